"""The device ``'torch'`` runs a script as the runtime device does, with all its arguments."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NetworkOperation,
    NeuronGroup,
    SpikeMonitor,
    Synapses,
    check_units,
    get_device,
    implementation,
    ms,
    set_device,
)

from brian2_l2l.errors import UnsupportedModelError
from brian2_l2l.mirror.device import TorchDevice
from tests.claims.mirror_equals_brian2 import assert_mirror_equals_brian2, run_for
from tests.mirror.devices import leaky, on, on_both
from tests.spec.networks import mixed, small


@pytest.mark.parametrize(
    "durations", [(20,), (0, 20), (7.3, 0.1, 12.6)], ids=["one", "none first", "several"]
)
def test_a_network_of_many_constructs_is_the_same(durations, seed):
    def run_all(net):
        for duration in durations:
            net.run(duration * ms)

    assert_mirror_equals_brian2(mixed, seed, run_all)


def test_store_and_restore(seed):
    def run_twice(net):
        net.run(6 * ms)
        net.store()
        net.run(9 * ms)
        net.restore(restore_random_state=True)
        net.run(9 * ms)

    assert_mirror_equals_brian2(mixed, seed, run_twice)


def test_python_code_runs_between_the_steps(seed):
    def build():
        net = small()
        cells = leaky()

        def push():
            cells.v[0] += 0.01
            cells.v = "v*0.999"

        net.add(cells, NetworkOperation(push, dt=0.5 * ms, name="push"))
        return net

    assert_mirror_equals_brian2(build, seed, run_for(40 * ms), silent=("neuron",))


@check_units(x=1, result=1)
def half(x):
    return x / 2


@implementation("numpy", discard_units=True)
@check_units(x=1, result=1)
def third(x):
    return x / 3


def test_functions_of_the_user_run_with_their_numpy_code(seed):
    def build():
        namespace = {"half": half, "third": third}
        group = NeuronGroup(
            3,
            "dv/dt = (half(4) - third(v)*3)/(10*ms) : 1",
            threshold="v > 1 + half(0.2*i)",
            reset="v = third(0.3)",
            method="euler",
            namespace=namespace,
            name="group",
        )
        return Network(group)

    assert_mirror_equals_brian2(build, seed, run_for(40 * ms))


def test_what_is_refused_is_refused_in_a_run():
    with pytest.raises(UnsupportedModelError, match="'leaky_stateupdater' cannot be mirrored"):
        on("torch", lambda: Network(leaky(method="gsl_rk8pd")), lambda net: net.run(1 * ms))


def test_states_and_monitors_are_there_between_runs():
    def act(net):
        cells = leaky()
        spikes = SpikeMonitor(cells, name="spikes")
        synapses = Synapses(cells, cells, "w : 1", on_pre="v_post -= w", name="loop")
        synapses.connect(condition="i != j")
        synapses.w = 0.01
        net.add(cells, spikes, synapses)
        net.run(30 * ms)
        trains = {i: t.tolist() for i, t in spikes.spike_trains().items()}
        cells.v = "0.1*i"
        synapses.w = "w*2"
        net.run(30 * ms)
        return trains, spikes.i[:].tolist(), spikes.t[:].tolist(), cells.v[:].tolist()

    expected, found = on_both(Network, act)
    assert found == expected
    assert 0 < len(found[1]) < 3 * 600 / 4


def test_the_device_is_registered_with_its_name():
    set_device("torch")
    try:
        assert isinstance(get_device(), TorchDevice)
        np.testing.assert_array_equal(leaky().v[:], np.zeros(3))
    finally:
        set_device("runtime")
