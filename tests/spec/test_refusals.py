"""What cannot be mirrored is refused: object, construct, where it was made, what to write."""

import brian2
import pytest
from brian2 import Network, NetworkOperation, NeuronGroup, StateMonitor, ms
from brian2.core.base import BrianObject, BrianObjectException
from brian2.groups.group import CodeRunner

from brian2_l2l.errors import UnsupportedModelError
from brian2_l2l.spec.recorder import record
from brian2_l2l.spec.refusals import origin_of
from brian2_l2l.spec.specify import specify


def spec_of(*objects):
    return specify(record(Network(*objects), {}))


def refusal(*objects) -> str:
    with pytest.raises(UnsupportedModelError) as caught:
        spec_of(*objects)
    message = str(caught.value)
    assert __file__ in message, "the user's file is missing"
    assert "Write instead: " in message
    return message


def leaky(**options):
    return NeuronGroup(2, "dv/dt = (1 - v**3)/(10*ms) : 1", name="leaky", **options)


def test_a_gsl_method_that_the_mirror_lacks_names_the_others():
    message = refusal(leaky(method="gsl_rk8pd"))
    assert message.startswith("'leaky_stateupdater' cannot be mirrored: the mirror does not have")
    assert "'gsl_rk8pd'" in message and "Write instead: one of gsl_rk2, gsl_rk4" in message


def test_an_unknown_template_is_named():
    group = leaky(method="euler")
    finder = CodeRunner(group, "group_get_indices", code="_cond = v > 0", name="finder")
    message = refusal(group, finder)
    assert message.startswith("'finder' cannot be mirrored: it runs Brian2's template ")
    assert "'group_get_indices', which the mirror does not know" in message
    assert "stateupdate" in message.partition("Write instead")[2]


class Counter(BrianObject):
    """An object of the user's that runs Python code."""

    def __init__(self):
        super().__init__(name="counter")
        self.count = 0

    def run(self):
        self.count += 1


def patched():
    group = leaky(method="euler")
    group.state_updater.run = lambda: None
    return group


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: NetworkOperation(lambda: None, name="operation"), "operation"),
        (Counter, "counter"),
        (patched, "leaky_stateupdater"),
    ],
    ids=["NetworkOperation", "subclass with run", "replaced run"],
)
def test_python_code_is_a_block_of_its_own(make, name):
    blocks = {block.name: block for block in spec_of(make()).blocks}
    assert blocks[name].template == "network_operation"
    assert __file__ in blocks[name].origin


class Keeper(BrianObject):
    """An object that makes its code once, whatever happens to the network afterwards."""

    def __init__(self, group):
        super().__init__(name="keeper")
        self._code_objects.extend(group.state_updater.code_objects)


def test_code_that_is_not_made_anew_is_refused():
    group = leaky(method="euler")
    Network(group).run(1 * ms)
    old = list(group.state_updater.code_objects)
    keeper = Keeper(group)
    keeper._code_objects[:] = old
    group.active = False
    message = refusal(keeper)
    assert message.startswith("'keeper' cannot be mirrored: it keeps the code 'leaky_stateupdater")


@pytest.mark.skipif(not hasattr(brian2, "EventClock"), reason="brian2 2.10 has EventClock first")
@pytest.mark.parametrize("what", ["run_at", "operation", "monitor"])
def test_a_clock_without_a_time_step_is_refused(what):
    clock = brian2.EventClock([1, 3] * ms, name="moments") if what != "run_at" else None
    if what == "run_at":
        made = [leaky(method="euler")]
        made[0].run_at("v = 0", times=[1, 3] * ms, name="restart")
    elif what == "operation":
        made = [NetworkOperation(lambda: None, clock=clock, name="restart")]
    else:
        group = leaky(method="euler")
        made = [group, StateMonitor(group, "v", record=True, clock=clock, name="restart")]
    message = refusal(*made)
    assert "'restart" in message
    assert "ticks at given times and has no time step" in message
    assert "run_regularly" in message


def test_brian2s_own_errors_stay_as_they_are():
    group = NeuronGroup(1, "dv/dt = -v/unknown : 1", name="group")
    with pytest.raises(BrianObjectException) as caught:
        spec_of(group)
    assert not isinstance(caught.value, UnsupportedModelError)
    assert "unknown" in str(caught.value.__cause__)


def test_the_origin_is_the_users_line():
    group = leaky(method="euler")
    assert __file__ in origin_of(group) and "NeuronGroup" in origin_of(group)
    assert "test_refusals" in origin_of(group.state_updater)
    assert "inside Brian2" in origin_of(object())
