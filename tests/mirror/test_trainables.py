"""What can be trained, in which unit, within which limits; and what is said where it cannot."""

import numpy as np
import pytest
import torch
from brian2 import Network, NeuronGroup, Soma, SpatialNeuron, Synapses, linked_var, ms, mV, um

import brian2_l2l as l2l
from brian2_l2l.errors import MirrorError, UnsupportedModelError
from brian2_l2l.mirror.trainables import Above, Below, Between, SameSign


def signed(values):
    return SameSign(torch.sign(values), 0.7)


@pytest.mark.parametrize(
    ("transform", "inside"),
    [
        (Between(-1.0, 2.0), lambda x: -1 + 3 * torch.sigmoid(x)),
        (Above(0.5), lambda x: 0.5 + x.exp()),
        (Below(0.5), lambda x: 0.5 - x.exp()),
        (None, lambda x: x),
    ],
    ids=["between", "above", "below", "sign"],
)
def test_constraints_hold_for_every_raw_value(transform, inside, rng):
    values = inside(torch.as_tensor(rng.normal(size=50)))
    transform = transform or signed(values)
    assert bool(transform.allowed(values).all())
    torch.testing.assert_close(transform.value(transform.raw(values)), values)
    raw = torch.as_tensor(rng.normal(size=50, scale=8)).requires_grad_()
    moved = transform.value(raw)
    assert bool(transform.allowed(moved).all())
    if isinstance(transform, SameSign):
        assert torch.equal(torch.sign(moved), torch.sign(values))
    assert torch.autograd.gradcheck(transform.value, (raw,))


@pytest.fixture
def made(rng):
    group = NeuronGroup(
        4,
        """
        dv/dt = (drive - v)/tau : volt
        drive : volt
        tau : second (constant)
        gain : 1 (shared, constant)
        twice = 2*drive : volt
        count : integer
        unused : 1
        """,
        threshold="v > 9*mV*gain",
        reset="v = 0*mV",
        method="euler",
        name="G",
    )
    group.tau, group.drive, group.gain = 5 * ms, "(10 + i)*mV", 1
    synapses = Synapses(group, group, "w : volt", on_pre="v_post += w", delay=1 * ms, name="S")
    synapses.connect(condition="i != j")
    synapses.w = rng.choice([-1, 1], len(synapses)) * rng.uniform(0.1, 1, len(synapses)) * mV
    return group, synapses, Network(group, synapses)


def test_constraints_hold_during_training(made):
    group, synapses, net = made
    trainable = [
        l2l.Trainable(synapses, "w", sign=True),
        l2l.Trainable(group, "tau", bounds=(4 * ms, 6 * ms)),
        l2l.Trainable(group, "drive", bounds=(9.9 * mV, None)),
        (group, "gain"),
    ]
    mirror = l2l.mirror(net, trainable, dtype=torch.float64)
    signs, start = np.sign(synapses.w), mirror.value(synapses, "w")
    np.testing.assert_array_equal(start, synapses.w)
    optimiser = torch.optim.SGD(mirror.parameters(), 30.0)
    for _ in range(5):
        record = mirror.run(10 * ms, record=[(group, "v")])
        optimiser.zero_grad()
        (record[group, "v"] * 1e3).sum().backward()
        optimiser.step()
    mirror.write_back()
    assert np.all(np.sign(synapses.w) == signs)
    assert np.any(np.abs(synapses.w - start) > 0.1 * mV), "nothing was learned"
    assert np.all((group.tau >= 4 * ms) & (group.tau <= 6 * ms))
    assert np.all(group.drive >= 9.9 * mV) and np.any(group.tau != 5 * ms)


def test_units_of_raw_values(made):
    group, synapses, net = made
    trainable = [(synapses, "w"), l2l.Trainable(group, "tau", unit=0.5 * ms), (group, "gain")]
    mirror = l2l.mirror(net, trainable, dtype=torch.float64)
    raw = dict(mirror.named_parameters())
    np.testing.assert_allclose(raw["values.G.tau"].detach(), 10)
    np.testing.assert_allclose(raw["values.G.gain"].detach(), 1)
    unit = float(np.asarray(synapses.w)[0]) / float(raw["values.S.w"][0])
    assert unit in (pytest.approx(1e-3), pytest.approx(1e-6))
    assert "G.gain: 1 values\n" in repr(mirror) + "\n"


def test_a_state_dict_goes_from_one_mirror_to_another(made):
    group, synapses, net = made
    trainable = [l2l.Trainable(group, "tau", bounds=(1 * ms, 9 * ms)), (synapses, "w")]
    first, second = (l2l.mirror(net, trainable, dtype=t) for t in (torch.float32, torch.float64))
    with torch.no_grad():
        for parameter in first.parameters():
            parameter += 0.3
    second.load_state_dict(first.state_dict())
    for key in ((group, "tau"), (synapses, "w")):
        np.testing.assert_allclose(first.value(*key), second.value(*key), rtol=1e-6)


def test_a_link_is_trained_at_its_source():
    source = NeuronGroup(3, "x : 1", name="source")
    target = NeuronGroup(3, "dv/dt = (x - v)/ms : 1\nx : 1 (linked)", method="euler", name="target")
    target.x, source.x = linked_var(source, "x"), [1, 2, 3]
    mirror = l2l.mirror(Network(source, target), [(source, "x")])
    mirror.run(1 * ms, record=[(target, "v")])[target, "v"].sum().backward()
    assert float(mirror.values.raw(mirror.values.by_key["source", "x"]).grad.min()) > 0


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (("G", "ta"), "has no variable 'ta'. Did you mean 'tau'.*(?s:.*)'ta : 1 \\(constant\\)'"),
        (("H", "tau"), "no group 'H'"),
        (("G", "v"), "overwritten by the network: .*G_stateupdater(?s:.*)initial=True"),
        (("G", "twice"), "computed from other variables"),
        (("G", "unused"), "not used by the network"),
        (("G", "t"), "time of a clock"),
        (("S", "w", 1), "write \\(object, 'variable'\\)"),
        (("G", "i"), "how the network is built|of the type|not used"),
        (l2l.Trainable("G", "tau", initial=True), "nothing in the network changes it"),
        (l2l.Trainable("G", "tau", bounds=(6 * ms, 9 * ms)), "4 values .* does not allow"),
        (l2l.Trainable("G", "tau", bounds=(9 * ms, 6 * ms)), "not below the upper"),
        (l2l.Trainable("G", "tau", bounds=(1 * mV, None)), "has the bound"),
        (l2l.Trainable("G", "tau", unit=mV), "but its unit is"),
        (l2l.Trainable("G", "v", initial=True, sign=True), "not 0 where they keep their sign"),
    ],
    ids=range(14),
)
def test_what_cannot_be_trained_is_named(made, entry, message):
    with pytest.raises(MirrorError, match=message):
        l2l.mirror(made[2], [entry])


def test_other_refusals(made):
    group, synapses, net = made
    with pytest.raises(MirrorError, match="twice"):
        l2l.mirror(net, [(synapses, "w"), ("S", "w")])
    with pytest.raises(MirrorError, match="part of a group"):
        l2l.mirror(net, [(group[:2], "tau")])
    with pytest.raises(MirrorError, match="how the network is built"):
        l2l.mirror(net, [(synapses.pre, "delay")])
    with pytest.raises(MirrorError, match="not both"):
        l2l.Trainable(group, "tau", bounds=(0, None), sign=True)
    with pytest.raises(MirrorError, match="'S.w' is not trained; the mirror trains G.tau"):
        l2l.mirror(net, [(group, "tau")]).value(synapses, "w")


def test_the_cable_itself_cannot_be_trained():
    neuron = SpatialNeuron(Soma(20 * um), "Im = 0*amp/meter**2 : amp/meter**2", name="cell")
    with pytest.raises((MirrorError, UnsupportedModelError), match="cell.Cm|'cell', 'Cm'"):
        l2l.mirror(Network(neuron), [(neuron, "Cm")])
