"""Trials learn together: what one changes, the next one meets."""

import numpy as np
import pytest
import torch
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, defaultclock, ms

import brian2_l2l as l2l
from brian2_l2l.errors import MirrorError

STEPS, BATCH, SOURCES, TARGETS = 12, 4, 3, 2


@pytest.fixture(autouse=True)
def time_step():
    defaultclock.dt = 1 * ms


def network(on_pre, model="w : 1"):
    """Return a network whose synapses learn, and these."""
    source = SpikeGeneratorGroup(SOURCES, [], [] * ms, name="source")
    target = NeuronGroup(TARGETS, "v : 1\nteacher : 1", threshold="False", name="target")
    synapses = Synapses(source, target, model, on_pre=on_pre, name="S")
    synapses.connect()
    synapses.w = 1
    return Network(source, target, synapses), synapses


def run(net, synapses, spikes, teacher, shared=True, **options):
    """Return the record of a run with spikes and a teacher for each trial."""
    shared = [(synapses, "w")] if shared is True else shared
    mirror = l2l.mirror(net, shared=shared, dtype=torch.float64, **options)
    start = {("target", "teacher"): teacher} if "teacher" in mirror.source else {}
    keys = [("target", "v", "last"), (synapses, "w", "last")]
    return mirror, mirror.run(STEPS * ms, {"source": spikes}, start, record=keys)


def events(rng, batch=BATCH):
    return rng.random((STEPS, batch, SOURCES)) < 0.4, rng.random((batch, TARGETS))


def in_turn(spikes, teacher, change, part=1.0):
    """Return what the trials learn one after the other, and what their targets get."""
    weights = np.ones((SOURCES, TARGETS))
    got = np.zeros((spikes.shape[1], TARGETS))
    for step in spikes:
        for trial, sources in enumerate(step):
            got[trial] += sources @ weights
            for source in sources.nonzero()[0]:
                before = weights[source].copy()
                weights[source] += part * (change(before, teacher[trial]) - before)
    return weights, got


RULES = {
    "added": ("w += 0.1*teacher_post", lambda w, t: w + 0.1 * t),
    "shrunk": ("w = w*(1 - 0.3*teacher_post)", lambda w, t: w * (1 - 0.3 * t)),
    "clipped": (
        "w = clip(w + 0.2*teacher_post, 0, 1.5)",
        lambda w, t: np.clip(w + 0.2 * t, 0, 1.5),
    ),
}


@pytest.mark.parametrize("count", ["sum", "mean"])
@pytest.mark.parametrize("rule", RULES)
def test_trials_learn_in_turn(rule, count, rng):
    code, change = RULES[rule]
    net, synapses = network(f"v_post += w\n{code}")
    spikes, teacher = events(rng)
    _, record = run(net, synapses, spikes, teacher, {(synapses, "w"): count})
    weights, got = in_turn(spikes, teacher, change, 1 if count == "sum" else 1 / BATCH)
    found = record[synapses, "w", "last"]
    assert found.shape == (BATCH, SOURCES * TARGETS) and (weights != 1).all()
    np.testing.assert_allclose(found, np.tile(weights.ravel(), (BATCH, 1)), rtol=1e-12)
    np.testing.assert_allclose(record["target", "v", "last"], got, rtol=1e-12)


def test_a_single_trial_learns_as_it_does_alone(rng):
    net, synapses = network("v_post += w\nw += 0.1*teacher_post*v_post")
    spikes, teacher = events(rng, 1)
    (_, shared), (_, alone) = (run(net, synapses, spikes, teacher, s) for s in (True, ()))
    for key in shared:
        assert torch.equal(shared[key], alone[key])


def test_other_variables_of_synapses_belong_to_their_trial(rng):
    net, synapses = network("seen += 1\nw += 0.1*seen", "w : 1\nseen : 1")
    spikes, teacher = events(rng)
    mirror, _ = run(net, synapses, spikes, teacher)
    seen = mirror.run(STEPS * ms, {"source": spikes}, record=[(synapses, "seen", "last")])
    expected = np.repeat(spikes.sum(0), TARGETS, axis=1)
    np.testing.assert_array_equal(seen[synapses, "seen", "last"], expected)


def test_what_was_learned_goes_on_and_back(rng):
    net, synapses = network("v_post += w\nw += 0.1*teacher_post")
    spikes, teacher = events(rng)
    mirror, record = run(net, synapses, spikes, teacher)
    weights = in_turn(spikes, teacher, RULES["added"][1])[0]
    mirror.write_back(record.state)
    np.testing.assert_allclose(synapses.w, weights.ravel(), rtol=1e-12)
    start = {("target", "teacher"): teacher}
    more = mirror.run(STEPS * ms, {"source": spikes}, start, state=record.state)
    mirror.write_back(more.state)
    np.testing.assert_allclose(synapses.w, 2 * weights.ravel() - 1, rtol=1e-12)


@pytest.mark.parametrize(
    ("shared", "message"),
    [
        ([("S", "weight")], "has no variable 'weight'"),
        ([("S", "v")], "not stored for each synapse"),
        ([("target", "v")], "not stored for each synapse"),
        (["w"], r"write \(synapses, 'variable'\)"),
        ({("S", "w"): "all"}, "write 'sum' or 'mean'"),
        ([("S", "fixed")], "changed by nothing"),
        ({("S", "number"): "mean"}, "whole numbers, which have no 'mean'"),
        ([("S", "slow")], "'S_stateupdater', in each trial for itself"),
    ],
)
def test_what_cannot_be_shared_is_refused(shared, message):
    model = "w : 1\nnumber : integer\nfixed : 1\ndslow/dt = -slow/(5*ms) : 1 (clock-driven)"
    net, _ = network("v_post += fixed + slow\nw += 1\nnumber += 1", model)
    with pytest.raises(MirrorError, match=message):
        l2l.mirror(net, shared=shared)


def test_gradients_and_conformance_are_refused(rng):
    net, synapses = network("v_post += w*given\nw += 1", "w : 1\ngiven : 1 (constant)")
    shared = [(synapses, "w")]
    with pytest.raises(MirrorError, match="learns by its own synapses"):
        l2l.mirror(net, [(synapses, "given")], shared=shared)
    with pytest.raises(MirrorError, match="no trials share anything"):
        l2l.mirror(net, shared=shared, fidelity="conformance")
    spikes = torch.ones(STEPS, 1, SOURCES, requires_grad=True)
    mirror = l2l.mirror(net, shared=shared)
    with pytest.raises(MirrorError, match="would need a gradient"):
        mirror.run(STEPS * ms, {"source": spikes})
    with torch.no_grad():
        mirror.run(STEPS * ms, {"source": spikes})
    with pytest.raises(MirrorError, match=r"needs \[6\]"):
        mirror.run(1 * ms, initial={(synapses, "w"): np.ones((2, 6))})
