"""User functions in a mirror: they need a torch implementation, and get gradients by it."""

import numpy as np
import pytest
import torch
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    Synapses,
    check_units,
    implementation,
    ms,
    mV,
    volt,
)

import brian2_l2l as l2l
from brian2_l2l.errors import UnsupportedModelError
from tests.claims.gradients import assert_gradient


@implementation("torch", lambda v, w: w * torch.exp(-v / 0.02))
@check_units(v=volt, w=volt, result=volt)
def saturating(v, w):
    return w * np.exp(-v / (20 * mV))


@check_units(v=volt, result=volt)
def only_numpy(v):
    return 0.9 * v


def network(on_pre, namespace, rng):
    times = np.sort(rng.choice(90, 30, replace=False)) * 0.1 * ms
    source = SpikeGeneratorGroup(1, np.zeros(30, dtype=int), times, name="source")
    target = NeuronGroup(
        3,
        "dv/dt = (12*mV - v)/(8*ms) : volt",
        threshold="v > 10*mV",
        reset="v = 0*mV",
        method="exact",
        name="target",
    )
    synapses = Synapses(source, target, "w : volt", on_pre=on_pre, namespace=namespace, name="S")
    synapses.connect()
    synapses.w = rng.uniform(2, 4, 3) * mV
    return Network(source, target, synapses), synapses


def test_a_function_with_a_torch_implementation_is_differentiated(rng):
    net, synapses = network("v_post += saturating(v_post, w)", {"saturating": saturating}, rng)
    assert_gradient(net, [(synapses, "w")], ("target", "v"), rng)


def test_a_function_without_one_is_refused_with_what_to_write(rng):
    net, synapses = network("v_post = only_numpy(v_post) + w", {"only_numpy": only_numpy}, rng)
    with pytest.raises(UnsupportedModelError, match="only_numpy.*@implementation\\('torch', f\\)"):
        l2l.mirror(net, [(synapses, "w")])
