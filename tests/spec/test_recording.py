"""Recording leaves a network as if nobody had looked at it."""

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    magic_network,
    ms,
    prefs,
    run,
    seed,
    set_device,
    start_scope,
)
from brian2.devices.device import get_device

from brian2_l2l.errors import UnsupportedModelError
from brian2_l2l.spec.recorder import record
from brian2_l2l.spec.specify import specify
from tests.claims.mirror_equals_brian2 import assert_active, random_state, state_of
from tests.spec.networks import mixed, small


def spec_of(net, namespace=None):
    return specify(record(net, namespace or {}))


def recorded_states(random_seed, look):
    """Run the mixed network twice, with `look` before, between and after the runs."""
    start_scope()
    seed(random_seed)
    net = mixed()
    for _ in range(2):
        look(net)
        net.run(15 * ms)
    look(net)
    assert_active(net, [net["spikes"]])
    return {**state_of(net), "random": random_state()}


def test_a_recorded_network_runs_as_if_it_had_not_been_recorded(seed):
    expected = recorded_states(seed, lambda net: None)
    found = recorded_states(seed, spec_of)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def test_recording_draws_no_random_number_and_leaves_device_and_preferences(seed):
    net = mixed()
    np.random.seed(seed)
    before, target = random_state(), prefs.codegen.target
    device = get_device()
    spec_of(net)
    np.testing.assert_array_equal(random_state(), before)
    assert prefs.codegen.target == target
    assert get_device() is device
    assert "code_object" not in vars(device)


def test_a_recording_that_fails_leaves_the_device_too():
    group = NeuronGroup(1, "dv/dt = -v/unknown : 1", name="group")
    with pytest.raises(Exception, match="unknown"):
        record(Network(group), {})
    assert "code_object" not in vars(get_device())
    assert prefs.codegen.target == "numpy"


def test_the_preferred_target_comes_back():
    prefs.codegen.target = "cython"
    try:
        spec_of(small())
        assert prefs.codegen.target == "cython"
    finally:
        prefs.codegen.target = "numpy"


def test_the_magic_network_is_recorded_and_still_runs():
    group = NeuronGroup(3, "dv/dt = (1.5 - v)/(10*ms) : 1", threshold="v > 1", reset="v = 0")
    spikes = SpikeMonitor(group)
    magic_network._update_magic_objects(level=0)
    spec = spec_of(magic_network)
    assert {block.template for block in spec.blocks} >= {"stateupdate", "threshold", "reset"}
    run(30 * ms)
    assert 0 < spikes.num_spikes < 3 * 300 / 4


def test_a_magic_network_that_has_run_is_recorded():
    group = NeuronGroup(
        3, "dv/dt = (1.5 - v)/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact"
    )
    spikes = SpikeMonitor(group)
    run(15 * ms)
    before = spikes.num_spikes
    magic_network._update_magic_objects(level=0)
    spec = spec_of(magic_network)
    (clock,) = spec.clocks.values()
    assert clock.timestep == 150
    np.testing.assert_array_equal(spec.arrays[f"{group.name}.v"].values, group.v[:])
    run(15 * ms)
    assert 0 < before < spikes.num_spikes < 3 * 300 / 4


def test_the_namespace_of_the_caller_is_given():
    group = NeuronGroup(1, "dv/dt = -v/tau : 1", method="exact", name="group")
    (block,) = spec_of(Network(group), {"tau": 7 * ms}).blocks
    assert block.constants["tau"] == 0.007


def test_spikes_on_their_way_are_recorded():
    source = NeuronGroup(2, "v : 1", threshold="i == 1 and t < 0.15*ms", name="source")
    target = NeuronGroup(3, "v : 1", name="target")
    synapses = Synapses(source, target, on_pre="v_post += 1", name="synapses")
    synapses.connect()
    synapses.delay = "0.5*ms + j*0.2*ms"
    net = Network(source, target, synapses)
    assert spec_of(net).pending == {"synapses_pre": ()}
    net.run(0.3 * ms)
    pending = spec_of(net).pending["synapses_pre"]
    # Synapses 3, 4, 5 come from neuron 1; its spikes were at 0 and 0.1 ms, now it is 0.3 ms.
    waiting = {steps: synapses for steps, synapses in enumerate(pending) if synapses}
    assert waiting == {2: (3,), 3: (3,), 4: (4,), 5: (4,), 6: (5,), 7: (5,)}


def test_inactive_objects_are_left_out():
    net = small()
    net["synapses"].active = False
    names = {block.name for block in spec_of(net).blocks}
    assert names == {"neuron_stateupdater", "neuron_spike_thresholder", "neuron_spike_resetter"} | {
        "stimulus"
    }


def test_blocks_come_in_the_order_of_the_schedule():
    net = mixed()
    monitor = StateMonitor(net["cells"], "v", record=True, when="before_resets", name="early")
    net.add(monitor)
    names = [block.name for block in spec_of(net).blocks if not block.name.endswith("_push_spikes")]
    assert names == [obj.name for obj in net.sorted_objects if obj.code_objects]
    assert names.index("early") == names.index("cells_spike_resetter") - 1


def test_a_standalone_device_is_refused(tmp_path):
    set_device("cpp_standalone", directory=str(tmp_path), build_on_run=False)
    group = NeuronGroup(1, "dv/dt = -v/(10*ms) : 1")
    with pytest.raises(UnsupportedModelError, match="'CPPStandaloneDevice'.\nWrite instead: set_d"):
        record(Network(group), {})
