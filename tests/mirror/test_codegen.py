"""The generated program is source that a person can read, and it runs where it says it does."""

import ast
import inspect

import numpy as np
import pytest
import torch
from brian2 import Network, NeuronGroup

import brian2_l2l as l2l
from brian2_l2l.mirror.codegen import generate
from brian2_l2l.mirror.opening import open_guards
from brian2_l2l.mirror.target import Target
from brian2_l2l.spec.recorder import record
from brian2_l2l.spec.specify import specify
from tests.claims.mirror_equals_brian2 import assert_mirror_equals_brian2
from tests.spec.networks import mixed, small

TARGET = Target(exact=True, differentiable=False, dtype=torch.float64)

# numpy rounds the exponential differently on different processors.
STATE_UPDATE = f"""\
# neuron_stateupdater (stateupdate)
# N = 1
# tau = 0.01
# dt = 0.0001
# _lio_1 = 20
# _lio_2 = -0.01
# _lio_3 = {float(np.exp(-0.01))!r}
def once(_lanes):
    return ()

def step(_lanes, _once):
    t = _lanes.state.clocks['defaultclock.t']
    t = _l2l.plain(t)
    lastspike = _lanes.read('neuron.lastspike', ())
    not_refractory = _lanes.read('neuron.not_refractory', ())
    v = _lanes.read('neuron.v', ())
    not_refractory = (timestep((t - lastspike), dt) >= _lio_1)
    _v = (_lio_3 * v)
    v = _l2l.where(not_refractory, _v, v)
    _lanes.write('neuron.not_refractory', (), not_refractory)
    _lanes.write('neuron.v', (), v)
    return ()
"""


def blocks_of(net):
    spec = specify(record(net, {}))
    return spec, {block.name: block for block in spec.blocks}


def test_the_source_of_a_state_update_reads_as_the_equations():
    spec, blocks = blocks_of(small())
    block = open_guards(blocks["neuron_stateupdater"])
    assert generate(block, spec, TARGET, static=True).source == STATE_UPDATE


def test_what_is_constant_is_computed_once():
    spec, blocks = blocks_of(mixed())
    code = generate(blocks["cells_stateupdater"], spec, TARGET, static=True)
    once, step = code.source.split("def step")
    assert "'cells.I'" in once and "'cells.I'" not in step
    assert "'cells.v'" in step and "'cells.v'" not in once
    moving = generate(blocks["cells_stateupdater"], spec, TARGET, static=False)
    assert "'cells.I'" in moving.source.split("def step")[1]


def test_the_source_of_all_steps_is_python():
    mirror = l2l.mirror(mixed())
    tree = ast.parse(mirror.source)
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert names and set(names) == {"once", "step"}
    assert max(map(len, mirror.source.splitlines())) < 250
    monitors = ("statemonitor", "spikemonitor", "ratemonitor")
    for block in (block for block in mirror.spec.blocks if block.template not in monitors):
        assert f"# {block.name} ({block.template})" in mirror.source


def test_constants_may_be_called_as_the_functions_are(seed):
    def build():
        group = NeuronGroup(
            2,
            "dv/dt = (step - v)/(10*ms) : 1",
            threshold="v > once",
            reset="v = 0",
            method="euler",
            namespace={"step": 1.5, "once": 1.0},
            name="cells",
        )
        return Network(group)

    assert_mirror_equals_brian2(build, seed)


def test_tracebacks_name_the_block():
    spec, blocks = blocks_of(small())
    code = generate(blocks["neuron_stateupdater"], spec, TARGET, static=True)
    assert inspect.getfile(code.step) == "<neuron_stateupdater>"
    with pytest.raises(AttributeError) as caught:
        code.step(None, ())
    assert "<neuron_stateupdater>" in str(caught.traceback[-1].path)
