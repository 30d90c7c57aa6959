"""Where connections moved, programs are those of before with other tables, or are made anew."""

import numpy as np
import pytest
import torch
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, ms

import brian2_l2l as l2l
from brian2_l2l.mirror import programs
from brian2_l2l.mirror.kept import KEPT, Kept
from tests.claims.fused_equals_plain import assert_same
from tests.mirror.fused.compilers import needs_compiler

SOURCES, TARGETS, DURATION = 12, 9, 60 * ms
#: What synapses do with a spike, and whether the program of moved ones keeps its text.
KINDS = {
    "a product": ("w : 1", "v_post += w", True),
    "several products": ("w : 1\nc : 1", "v_post += 2*w*c\nother_post += c", True),
    "statements": ("w : 1\nx : 1", "x += w\nv_post += 0.1*x", False),
    "a sum": ("w : 1\nother_post = w*v_pre : 1 (summed)", "v_post += w", False),
}


class Moving:
    """Networks with the same input and other connections."""

    def __init__(self, rng, kind):
        self.rng, self.kind = rng, kind
        spikes = np.argwhere(rng.random((SOURCES, 60)) < 0.3)
        self.times = spikes[:, 0], spikes[:, 1] * ms

    def drawn(self, number):
        """Return the neurons of so many pairs, none of them twice, and weights."""
        places = self.rng.choice(SOURCES * TARGETS, number, replace=False)
        return places // TARGETS, places % TARGETS, self.rng.normal(0.4, 0.4, number)

    def mirror(self, connections):
        model, on_pre, _ = KINDS[self.kind]
        source = SpikeGeneratorGroup(SOURCES, *self.times, name="source", dt=1 * ms)
        relay, cells = cells_of(SOURCES, "relay"), cells_of(TARGETS, "cells")
        # Trained, so that the spikes of the relay have a gradient.
        feed = Synapses(source, relay, "u : 1", on_pre="v_post += u", name="feed", dt=1 * ms)
        feed.connect(j="i")
        feed.u = 1.1
        synapses = Synapses(relay, cells, model, on_pre=on_pre, name="synapses", dt=1 * ms)
        if len(connections[0]):
            synapses.connect(i=connections[0], j=connections[1])
            synapses.w = connections[2]
            if "c :" in model:
                synapses.c = 0.6
        else:
            synapses.connect("False")
        net = Network(source, relay, cells, feed, synapses)
        options = {"lowering": "fused", "dtype": torch.float64, "surrogate_scale": 1.0}
        return l2l.mirror(net, [("synapses", "w"), ("feed", "u")], **options)


def cells_of(size, name):
    return NeuronGroup(
        size,
        "dv/dt = -v/(20*ms) : 1\nother : 1",
        threshold="v > 1",
        reset="v -= 1",
        method="exact",
        name=name,
        dt=1 * ms,
    )


def results(mirror):
    keys = [("cells", "spikes"), ("cells", "v"), ("cells", "other")]
    record = mirror.run(DURATION, record=keys)
    loss = record["cells", "v"].square().sum() + record["cells", "other"].sum()
    if loss.requires_grad:
        loss.backward()
    named = mirror.named_parameters()
    gradients = {name: p.grad.clone() for name, p in named if p.grad is not None}
    mirror.zero_grad(set_to_none=True)
    return {key: value.detach() for key, value in record.items()}, gradients


@pytest.fixture
def written(monkeypatch):
    """Return a list that grows with each program that is written."""
    fuse, found = programs.fuse, []
    monkeypatch.setattr(programs, "fuse", lambda *a: found.append(fuse(*a)) or found[-1])
    return found


@needs_compiler
@pytest.mark.parametrize("kind", KINDS)
def test_the_text_stays_where_it_does_not_know_the_connections(kind, rng, written):
    networks = Moving(rng, kind)
    mirror = networks.mirror(networks.drawn(20))
    results(mirror)
    for number in (20, 25, 19):
        now = networks.drawn(number)
        values = {"w": now[2]} | ({"c": np.full(number, 0.6)} if "products" in kind else {})
        values |= {"x": np.zeros(number)} if kind == "statements" else {}
        mirror.rewire("synapses", *now[:2], values)
        found, before = results(mirror), len(written)
        assert (before == 1) is KINDS[kind][2], before
        expected = results(networks.mirror(now))
        assert assert_same(expected, found) > 10
        del written[before:]


@needs_compiler
def test_another_form_is_written_anew(rng, written):
    networks = Moving(rng, "a product")
    mirror = networks.mirror(networks.drawn(20))
    # Compressed rows, rows of all targets, compressed rows again, and none.
    for number in (20, 100, 20, 0):
        now = networks.drawn(number)
        mirror.rewire("synapses", *now[:2], {"w": now[2]})
        found, before = results(mirror), len(written)
        expected = results(networks.mirror(now))
        assert_same(expected, found)
        del written[before:]
    assert len(written) == 4


def test_results_are_kept_moved_and_made():
    made, moved = [], []

    def make(key):
        made.append(key)
        return [key]

    def move(former, key):
        moved.append(key)
        return None if key == "new" else [*former, "moved"]

    kept = Kept(make, move)
    assert kept("a") is kept("a") and kept("new") == ["new"]
    kept.outdate()
    kept.outdate()
    assert kept("a") == ["a", "moved"] and kept("a") is kept("a")
    assert kept("new") == ["new"] and made == ["a", "new", "new"] and moved == ["a", "new"]
    for number in range(KEPT):
        kept(number)
    kept("a")
    assert made[-1] == "a"
