"""The example network that sees digits: an ordinary Brian2 script."""

import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from brian2 import SpikeMonitor, second

from brian2_l2l.tasks import load_pictures, show_rows
from brian2_l2l_plugins.demo.learning import NAMES
from brian2_l2l_plugins.scripts import load_script

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits.py"


@pytest.fixture(scope="module")
def example():
    return load_script(EXAMPLE, NAMES)


def test_it_is_a_plain_brian2_script():
    assert "brian2_l2l" not in EXAMPLE.read_text(encoding="utf-8")


def test_it_runs_and_draws_one_figure(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.extend(plt.get_fignums()))
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert len(shown) == 1
    plt.close("all")
    shown, rate = capsys.readouterr().out.splitlines()
    assert shown.startswith("shown: 0, answer: ")
    assert 5 < float(rate.split()[-2]) < 60


def test_it_shows_what_the_task_shows(example, rng):
    pictures = rng.random((8, 5, 8))
    values = example.stimulus_values(pictures)
    np.testing.assert_array_equal(values, show_rows(pictures))
    np.testing.assert_array_equal(example.stimulus_values(pictures[:, 2]), values[:, 2])
    assert len(values) == round(float(example.DURATION / example.STEP))


def test_weights_follow_the_seed(example):
    first, again, other = (example.build_network(seed)[0]["S_rec"].w[:] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_untrained_it_fires_at_a_moderate_rate(example):
    net, stimulus = example.build_network(seed=0)
    encoder_spikes = SpikeMonitor(net["encoder"])
    net.add(encoder_spikes)
    net.store()
    pictures, _ = load_pictures()["test"]
    rates = []
    for trial in range(10):
        net.restore()
        stimulus.values[:] = example.stimulus_values(pictures[:, trial])
        net.run(example.DURATION, namespace={})
        rates.append(net["spikes"].num_spikes / example.HIDDEN / (example.DURATION / second))
        # 32 ms of a row's ink and its opposite, in eight columns
        assert encoder_spikes.num_spikes == pytest.approx(8 * 32, rel=0.1)
        assert net["output"].y.shape == (10, 40)
    assert 5 < np.mean(rates) < 60
    assert len(set(rates)) > 1
