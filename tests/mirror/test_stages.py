"""When each name of a block gets its value: once or per step, as a number or as a tensor."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from brian2 import Clock, Network, NeuronGroup, TimedArray, ms

from brian2_l2l.mirror.stages import HOST_ONCE, HOST_STEP, TENSOR_ONCE, TENSOR_STEP, analyse
from brian2_l2l.mirror.target import Target
from brian2_l2l.spec.recorder import record
from brian2_l2l.spec.specify import specify

TARGET = Target(exact=True, differentiable=True, dtype=torch.float64)

EQUATIONS = """
dv/dt = (drive(t) + table(t, i) + w*s - v)/tau + noise*xi*tau**-0.5 : 1
w : 1 (constant)
noise : 1 (constant, shared)
s : 1 (shared)
still = w*exp(-w) : 1 (constant over dt)
"""


@pytest.fixture
def recorded():
    namespace = {
        "tau": 10 * ms,
        "drive": TimedArray(np.arange(3.0), dt=1 * ms, name="drive"),
        "table": TimedArray(np.ones((3, 2)), dt=1 * ms, name="table"),
    }
    group = NeuronGroup(2, EQUATIONS, method="euler", name="group", namespace=namespace)
    group.run_regularly("s = s*0.5", clock=Clock(1 * ms, name="slow"), name="decay")
    spec = specify(record(Network(group), {}))
    (block,) = (block for block in spec.blocks if block.name == "group_stateupdater")
    return spec, block


def stages_of(recorded, static=True, **changes):
    spec, block = recorded
    return analyse(block, spec, replace(TARGET, **changes), static)


def hidden_names(block, name):
    """The names that Brian2 gave to the parts of an expression that use `name` alone."""
    return [s.target for s in block.scalar if name in str(s.value)]


def test_numbers_of_the_model_are_known_before_the_run(recorded):
    stages = stages_of(recorded)
    assert stages["tau"] == stages["dt"] == stages["noise"] == HOST_ONCE


def test_time_is_a_number_at_every_step(recorded):
    stages = stages_of(recorded)
    assert stages["t"] == HOST_STEP
    assert all(stages[name] == HOST_STEP for name in hidden_names(recorded[1], "drive(t)"))


def test_what_nobody_writes_is_read_once(recorded):
    stages = stages_of(recorded)
    assert stages["w"] == stages["i"] == TENSOR_ONCE


def test_what_changes_is_a_tensor_at_every_step(recorded):
    stages = stages_of(recorded)
    for name in ("v", "_v", "s", "xi"):
        assert stages[name] == TENSOR_STEP, name


def test_a_trained_number_becomes_a_tensor_that_is_made_once(recorded):
    stages = stages_of(recorded, tensors=frozenset({"group.noise"}))
    assert stages["noise"] == TENSOR_ONCE
    assert stages_of(recorded)["noise"] == HOST_ONCE


def test_a_value_that_is_given_at_each_step_is_read_at_each_step(recorded):
    given = frozenset({"group.w", "group.noise"})
    stages = stages_of(recorded, tensors=given, stepped=given)
    assert stages["w"] == stages["noise"] == TENSOR_STEP


def test_a_timed_array_of_a_trial_is_no_number(recorded):
    stages = stages_of(recorded, tensors=frozenset({"drive"}))
    assert all(stages[name] == TENSOR_STEP for name in hidden_names(recorded[1], "drive(t)"))
    assert hidden_names(recorded[1], "drive(t)")


def test_moving_lanes_read_everything_at_each_step(recorded):
    stages = stages_of(recorded, static=False)
    assert stages["w"] == TENSOR_STEP
    assert stages["tau"] == HOST_ONCE and stages["t"] == HOST_STEP


def test_stages_join_to_the_later_one():
    assert HOST_ONCE.join(HOST_ONCE) == HOST_ONCE
    assert HOST_ONCE.join(HOST_STEP) == HOST_STEP
    assert HOST_STEP.join(TENSOR_ONCE) == TENSOR_STEP
    assert TENSOR_ONCE.join(HOST_ONCE) == TENSOR_ONCE
