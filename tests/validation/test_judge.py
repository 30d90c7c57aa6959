import pytest

from validation.fuzz.judge import judge

#: A network that spikes; `{}` takes statements that come before its run.
SPIKING = """
from brian2 import *
from brian2.devices import get_device
from brian2_l2l.errors import UnsupportedModelError

on_torch = type(get_device()).__name__ == 'TorchDevice'
G = NeuronGroup(3, 'dv/dt = (I - v)/(5*ms) : 1\\nI : 1', threshold='v > 1', reset='v = 0',
    method='euler', name='G')
G.I = 1.5
S = Synapses(G, G, 'w : 1', on_pre='v_post += w', delay=0.3*ms, name='S')
S.connect(condition='i != j')
S.w = 0.01
spikes = SpikeMonitor(G, name='spikes')
net = Network(collect())
{}
net.run(15*ms)
"""


def judged(statements=""):
    return judge(SPIKING.format(statements))


def test_an_equal_network_is_identical():
    assert judged().kind == "identical"


@pytest.mark.parametrize(
    "statements, name",
    [
        ("S.w = nextafter(0.01, 1) if on_torch else 0.01", "S.w"),
        ("S.delay = 0.4*ms if on_torch else 0.3*ms", "G.v"),
        ("rand() if on_torch else 0", "random state"),
        ("spikes.active = not on_torch", "spikes.i"),
    ],
)
def test_a_planted_difference_is_found(statements, name):
    verdict = judged(statements)
    assert verdict.kind == "different"
    assert any(line.startswith(name) for line in verdict.details)


@pytest.mark.parametrize("cause", ["", " from None"])
def test_a_refusal_is_counted_as_one(cause):
    verdict = judged(f"if on_torch: raise UnsupportedModelError('write it otherwise'){cause}")
    assert verdict.kind == "refused"
    assert "write it otherwise" in verdict.details[0]


def test_a_refusal_inside_brian2_is_one():
    code = """
class Refusing(NetworkOperation):
    def before_run(self, namespace):
        if on_torch:
            raise UnsupportedModelError('write it otherwise')
net.add(Refusing(lambda: None))
"""
    verdict = judged(code)
    assert verdict.kind == "refused", verdict
    assert "write it otherwise" in verdict.details[0]


def test_an_error_is_a_failure_and_says_where():
    verdict = judged("1/0 if on_torch else 0")
    assert verdict.kind == "failed"
    assert "ZeroDivisionError: division by zero" in verdict.details[0]
    assert "line" in verdict.details[0]


@pytest.mark.parametrize(
    "statements, kind",
    [
        ("G.I = 0.5", "silent"),
        ("G.I = 1e6", "saturated"),
        ("S.w = inf", "not finite"),
        ("G.no_such_variable = 1", "invalid"),
        ("1/0", "invalid"),
    ],
)
def test_what_proves_nothing_does_not_reach_the_device(statements, kind):
    assert judged(f"if on_torch: 1/0\n{statements}").kind == kind
