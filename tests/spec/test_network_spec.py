"""A spec is data: frozen, printable, comparable, without live objects and without torch."""

import dataclasses
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    TimedArray,
    check_units,
    implementation,
    ms,
    start_scope,
)

from brian2_l2l.spec.network_spec import FunctionSpec
from brian2_l2l.spec.recorder import record
from brian2_l2l.spec.specify import specify
from tests.spec.networks import mixed, small

ROOT = Path(__file__).parents[2]


def spec_of(net, namespace=None):
    return specify(record(net, namespace or {}))


def rebuilt(build, **options):
    start_scope()
    return spec_of(build(**options))


SMALL = """\
clock defaultclock: dt = 0.0001 s

defaultclock.dt: float64[1], scalar, constant
neuron.lastspike: float64[1]
neuron.not_refractory: bool[1]
defaultclock.t: float64[1], scalar
neuron.v: float64[1]
neuron._spikespace: int32[2]
stimulus._spikespace: int32[3]
stimulus.neuron_index: int32[3], constant
stimulus._timebins: int32[3], constant
stimulus._period_bins: int32[1], scalar, constant
stimulus._lastindex: int32[1], scalar
synapses.delay: float64[2], constant
synapses._synaptic_pre: int32[2], constant
synapses._synaptic_post: int32[2], constant
synapses.w: float64[2]
defaultclock.timestep: int64[1], scalar

neuron_stateupdater (stateupdate, defaultclock)
    size: 1
    tau = 0.01    # constant
    _lio_1 := timestep(0.002, dt)    # scalar
    _lio_2 := ((- dt) / tau)    # scalar
    _lio_3 := exp(_lio_2)    # scalar
    not_refractory = (timestep((t - lastspike), dt) >= _lio_1)
    _v := where(not_refractory, (_lio_3 * v), v)
    v = _v    # where not_refractory
neuron_spike_thresholder (threshold, defaultclock)
    events: neuron._spikespace
    size: 1
    not_refractory: neuron.not_refractory
    lastspike: neuron.lastspike
    t: defaultclock.t
    _cond := ((v > 1) and not_refractory)
stimulus (spikegenerator, defaultclock)
    neuron_index: stimulus.neuron_index
    timebins: stimulus._timebins
    period_bins: stimulus._period_bins
    lastindex: stimulus._lastindex
    events: stimulus._spikespace
synapses_pre_push_spikes (synapses_push_spikes, defaultclock)
    pathway: synapses_pre
    events: stimulus._spikespace
    delay: synapses.delay
    sources: synapses._synaptic_pre
    start: 0
    stop: 2
synapses_pre (synapses, defaultclock)
    pathway: synapses_pre
    _postsynaptic_idx: synapses._synaptic_post[_idx]
    not_refractory: neuron.not_refractory[_postsynaptic_idx]
    v_post: neuron.v[_postsynaptic_idx]
    v_post += w    # where not_refractory
neuron_spike_resetter (reset, defaultclock)
    events: neuron._spikespace
    v = 0"""


def test_print_shows_the_whole_program():
    assert str(spec_of(small())) == SMALL


def test_nothing_in_a_spec_can_be_changed():
    spec = spec_of(mixed())
    block = next(block for block in spec.blocks if block.functions)
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.blocks = ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        block.order = "by event"
    for mapping in (spec.arrays, spec.clocks, spec.pending, block.constants, block.functions):
        with pytest.raises(TypeError, match="dataclasses.replace"):
            mapping["x"] = 1
        with pytest.raises(TypeError, match="dataclasses.replace"):
            mapping.clear()
    for array in spec.arrays.values():
        with pytest.raises(ValueError, match="read-only"):
            array.values[:] = 0
    tables = [f.table for b in spec.blocks for f in b.functions.values() if f.table is not None]
    assert tables and not any(table.flags.writeable for table in tables)


def test_the_same_network_gives_the_same_spec():
    net = mixed()
    assert spec_of(net) == spec_of(net)
    assert rebuilt(small) == rebuilt(small)


def test_a_changed_weight_gives_another_spec():
    net = small()
    before = spec_of(net)
    net["synapses"].w[1] += 1e-12
    after = spec_of(net)
    assert before != after
    changed = {name for name in before.arrays if before.arrays[name] != after.arrays[name]}
    assert changed == {"synapses.w"}
    assert before.blocks == after.blocks


def grouped(code="v + 1", tau=10 * ms, values=(1.0, 2.0), refractory=False):
    stimulus = TimedArray(np.array(values), dt=1 * ms, name="stimulus")
    group = NeuronGroup(
        2,
        "dv/dt = (stimulus(t) - v)/tau : 1",
        threshold="v > 1",
        reset=f"v = {code}",
        refractory=refractory,
        method="euler",
        namespace={"tau": tau, "stimulus": stimulus},
        name="group",
    )
    return Network(group)


@pytest.mark.parametrize(
    "change",
    [{"code": "v + 2"}, {"tau": 11 * ms}, {"values": (1.0, 3.0)}, {"refractory": 1 * ms}],
    ids=["code", "constant", "timed array", "refractory"],
)
def test_every_change_of_the_model_is_seen(change):
    assert rebuilt(grouped) == rebuilt(grouped)
    assert rebuilt(grouped) != rebuilt(grouped, **change)


def test_specs_can_be_pickled():
    spec = spec_of(mixed())
    copy = pickle.loads(pickle.dumps(spec))
    assert copy == spec
    assert str(copy) == str(spec)
    assert copy is not spec and copy.arrays["cells.v"] is not spec.arrays["cells.v"]
    with pytest.raises(TypeError, match="cannot be changed"):
        copy.arrays["cells.v"] = None


def triple_numpy(x):
    return 3 * x


@implementation("torch", triple_numpy)
@check_units(x=1, result=1)
def triple(x):
    return triple_numpy(x)


def test_a_users_function_keeps_both_implementations():
    group = NeuronGroup(1, "x : 1\ny = triple(x) : 1", threshold="y > 1", name="group")
    group.namespace["triple"] = triple
    spec = spec_of(Network(group))
    (block,) = spec.blocks
    function = block.functions["triple"]
    assert (function.family, function.elementwise) == ("user", True)
    assert function.torch is triple_numpy
    assert function.numpy(2.0) == 6.0


def test_functions_with_other_tables_or_numbers_differ():
    table = FunctionSpec("f", "timed array", table=np.arange(3.0), parameters={"epsilon": 1.0})
    same = dataclasses.replace(table, table=np.arange(3.0))
    assert table == same
    assert table != dataclasses.replace(table, table=np.arange(4.0))
    assert table != dataclasses.replace(table, parameters={"epsilon": 2.0})
    assert table != dataclasses.replace(table, table=None)


def test_arrays_keep_type_unit_and_role():
    spec = spec_of(mixed())
    arrays = spec.arrays
    assert (arrays["cells.not_refractory"].kind, arrays["cells.i"].kind) == ("boolean", "integer")
    assert arrays["cells.lastspike"].time and arrays["plastic.lastupdate"].time
    assert not arrays["cells.v"].time
    assert arrays["cells.I"].constant and not arrays["cells.v"].constant
    seconds = arrays["cells.lastspike"].dimensions
    assert seconds == (0, 0, 1, 0, 0, 0, 0) and arrays["cells.v"].dimensions == (0,) * 7
    np.testing.assert_array_equal(arrays["cells.I"].values, 0.1 * np.arange(6))


def test_writers_are_found():
    spec = spec_of(small())
    names = [block.name for block in spec.writers("neuron.v")]
    assert names == ["neuron_stateupdater", "synapses_pre", "neuron_spike_resetter"]
    assert "synapses.w" not in spec.written
    assert "neuron.v" in spec.written


WITHOUT_TORCH = """
import pickle, sys, types
# The package without its door, which imports the mirror.
package = types.ModuleType("brian2_l2l")
package.__path__ = ["brian2_l2l"]
sys.modules["brian2_l2l"] = package
from tests.spec.networks import mixed
from brian2 import prefs
from brian2_l2l.spec.recorder import record
from brian2_l2l.spec.specify import specify
prefs.codegen.target = "numpy"
spec = specify(record(mixed(), {}))
if sys.argv[1] == "write":
    pickle.dump(spec, sys.stdout.buffer)
else:
    print(len(spec.blocks), "torch" in sys.modules, pickle.load(sys.stdin.buffer) == spec)
"""


def test_a_network_is_recorded_without_torch_and_equals_that_of_another_process():
    # Two new processes, because names depend on what else is alive.
    command, options = [sys.executable, "-c", WITHOUT_TORCH], {"cwd": ROOT, "check": True}
    pickled = subprocess.run([*command, "write"], stdout=subprocess.PIPE, **options).stdout
    done = subprocess.run([*command, "compare"], input=pickled, stdout=subprocess.PIPE, **options)
    blocks, torch, equal = done.stdout.decode().split()
    assert (int(blocks) > 10, torch, equal) == (True, "False", "True")
