"""The surrogate gradient in the mirror: each formula, its scale, conditions, and the reset."""

import math

import pytest
import torch
from brian2 import Network, NeuronGroup, ms, mV, volt

import brian2_l2l as l2l
from brian2_l2l import plugins
from brian2_l2l.surrogates import Surrogate


def normal(x, mean, sigma):
    return torch.exp(-0.5 * ((x - mean) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))


#: The formulas of the papers, with the parameters that the plugins have.
FORMULAS = {
    "triangular": lambda x: 0.3 * torch.clamp(1 - x.abs(), min=0),
    "fast_sigmoid": lambda x: (1 + 10 * x.abs()) ** -2,
    "arctan": lambda x: 1 / (1 + (math.pi * x) ** 2),
    "gaussian": lambda x: normal(x, 0, 0.5),
    "multi_gaussian": lambda x: (
        0.5 * (1.15 * normal(x, 0, 0.5) - 0.15 * (normal(x, 0.5, 3) + normal(x, -0.5, 3)))
    ),
}


def test_every_surrogate_of_the_plugin_has_its_formula_here():
    own = plugins.get("surrogates", "triangular")
    assert isinstance(own, Surrogate) and FORMULAS.keys() <= set(plugins.names("surrogates"))


def spike_gradient(values, threshold="v > -50*mV", **options):
    """Return spikes, and the gradient of their sum in `v`, in 1/volt."""
    group = NeuronGroup(len(values), "v : volt\nu : 1", threshold=threshold, reset="", name="G")
    group.v, group.u = values.numpy() * mV, 2
    trainable = [l2l.Trainable(group, "v", unit=volt)]
    mirror = l2l.mirror(Network(group), trainable, dtype=torch.float64, **options)
    spikes = mirror.run(0.1 * ms, record=[(group, "spikes")])[group, "spikes"]
    spikes.sum().backward()
    return spikes.detach().flatten(), next(mirror.parameters()).grad


VALUES = torch.linspace(-120, 20, 41, dtype=torch.float64)


@pytest.mark.parametrize("fidelity", ["training", "conformance"])
@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("scale", ["threshold", 7 * mV], ids=["threshold", "width"])
def test_each_formula(name, scale, fidelity):
    options = {"surrogate": name, "surrogate_scale": scale, "fidelity": fidelity}
    spikes, gradient = spike_gradient(VALUES, **options)
    assert torch.equal(spikes, (VALUES > -50).double())
    width = 0.05 if scale == "threshold" else 0.007
    expected = FORMULAS[name]((VALUES + 50) * 1e-3 / width) / width
    torch.testing.assert_close(gradient, expected, rtol=1e-9, atol=1e-12)


def test_one_for_each_group():
    surrogate = {"": "arctan", "G": plugins.get("surrogates", "triangular")}
    scale = {"G": 10 * mV}
    _, gradient = spike_gradient(VALUES, surrogate=surrogate, surrogate_scale=scale)
    torch.testing.assert_close(gradient, FORMULAS["triangular"]((VALUES + 50) / 10) / 0.01)


@pytest.mark.parametrize(
    ("threshold", "factor"),
    [
        ("v > -50*mV and u > 1", lambda x: FORMULAS["arctan"](x)),
        ("v > -50*mV and u > 3", lambda x: 0 * x),
        ("v > -50*mV or u > 3", lambda x: FORMULAS["arctan"](x)),
        ("v > -50*mV or u > 1", lambda x: 0 * x),
        ("not (v <= -50*mV)", lambda x: FORMULAS["arctan"](x)),
        ("-50*mV < v", lambda x: FORMULAS["arctan"](x)),
    ],
)
def test_conditions_compose(threshold, factor):
    options = {"surrogate": "arctan", "surrogate_scale": {"G": 50 * mV}}
    _, gradient = spike_gradient(VALUES, threshold, **options)
    torch.testing.assert_close(gradient, factor((VALUES + 50) / 50) / 0.05)


@pytest.mark.parametrize("detach", [False, True])
def test_the_reset_is_detached_where_asked(detach):
    group = NeuronGroup(3, "dv/dt = 0/ms : 1", threshold="v > 1", reset="v -= 0.75", name="G")
    group.v = [0.5, 0.9, 1.2]
    trainable = [l2l.Trainable(group, "v", initial=True)]
    mirror = l2l.mirror(
        Network(group), trainable, detach_reset=detach, surrogate="arctan", dtype=torch.float64
    )
    record = mirror.run(0.1 * ms, record=[(group, "v")])[group, "v"]
    torch.testing.assert_close(record.flatten().detach(), torch.tensor([0.5, 0.9, 0.45]).double())
    record.sum().backward()
    through_spike = -0.75 * FORMULAS["arctan"](torch.tensor([-0.5, -0.1, 0.2]).double())
    expected = torch.ones(3).double() + (0 if detach else through_spike)
    torch.testing.assert_close(next(mirror.parameters()).grad, expected)
