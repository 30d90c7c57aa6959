"""The example that evolves a balanced network."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from brian2 import Hz, ms, mV, second

from brian2_l2l_plugins.l2l import StandaloneEvaluation, evolve
from brian2_l2l_plugins.scripts import load_script

EXAMPLE = Path(__file__).parents[2] / "examples" / "evolve_standalone.py"
VALUES = {
    "neurons.drive": 17 * mV,
    "neurons.noise": 8 * mV,
    "E.w": 0.02 * mV,
    "I.w": 4 * mV,
}


@pytest.fixture
def example():
    return load_script(EXAMPLE, ("build_network", "measure", "cost", "parameters"))


@pytest.fixture
def small(example, monkeypatch):
    """The example with a small network and short runs."""
    for name, value in {"EXCITATORY": 80, "INHIBITORY": 20, "DURATION": 400 * ms}.items():
        monkeypatch.setattr(example, name, value)
    return example


def recorded(trains):
    """Return a network that has nothing but a monitor with these spikes."""
    times, neurons = np.concatenate(trains), np.repeat(np.arange(len(trains)), [*map(len, trains)])
    order = times.argsort(kind="stable")
    return {"spikes": SimpleNamespace(t=times[order] * second, i=neurons[order])}


def test_rate_and_irregularity_are_measured(example, rng):
    regular = [np.arange(0.2 + offset, 1, 0.05) for offset in rng.random(1000) * 0.05]
    rate, variation = example.measure(recorded(regular))
    assert rate / Hz == pytest.approx(20, rel=0.01) and variation < 1e-6
    random = [np.sort(rng.uniform(0.2, 1, rng.poisson(32))) for _ in range(1000)]
    rate, variation = example.measure(recorded(random))
    assert rate / Hz == pytest.approx(40, rel=0.05)
    assert variation == pytest.approx(1, abs=0.08)


def test_a_silent_network_has_a_cost(example):
    rate, variation = example.measure(recorded([np.array([])] * 1000))
    assert rate == 0 and variation == 0
    assert example.cost(recorded([np.array([])] * 1000)) == 2


def test_a_small_network_evolves(small, quick_compiler, tmp_path):
    evaluation = StandaloneEvaluation(small.build_network, small.cost)
    net = evaluation.run(VALUES, 1)
    rate, variation = small.measure(net)
    assert 1 * Hz < rate < 60 * Hz and 0.3 < variation < 1.5
    result = evolve(
        evaluation, small.parameters, generations=2, population=6, executor="serial", seed=1
    )
    assert np.isfinite(result.costs).all() and len(set(result.costs.ravel())) == 12
    assert evaluation(result.best, result.best_seed) == result.best_cost
