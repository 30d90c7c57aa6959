"""Short networks in which the device once differed from Brian2's numpy target."""

import pytest

from validation.fuzz.judge import judge

NEURONS = """
from brian2 import *
seed(5)
G = NeuronGroup(4, '''{equations}''', threshold='{threshold}', reset='v = 0', method='euler',
    {arguments}, name='G')
G.v = 'rand()'
{statements}
spikes = SpikeMonitor(G, variables=['v'], name='spikes')
states = StateMonitor(G, 'v', record=True, name='states')
net = Network(collect())
net.run(15*ms)
"""
DRIVEN = "dv/dt = (1.4 - v + {})/(4*ms) : 1"


def network(equations, statements="", threshold="v > 1", arguments="refractory=False"):
    values = dict(equations=equations, statements=statements, threshold=threshold)
    return NEURONS.format(**values, arguments=arguments)


FOUND = {
    "a number divided by a value": network(DRIVEN.format("300/(9 + v) - 30")),
    "floor taken for real": network(
        DRIVEN.format("drift") + "\nx : 1\ndrift = clip(floor(3*x), -1, 1)/3 : 1",
        "G.x = 'rand() - 0.5'",
    ),
    "shared random value": network(
        DRIVEN.format("common") + "\ncommon : 1 (shared)",
        "G.run_regularly('common = rand()', dt=1*ms)",
    ),
    "shared value with a TimedArray at a spike": network(
        "v = sin(t/(1*ms) + i) + common + stimulus(t) : 1\nphase : 1\ncommon : 1 (shared)",
        "stimulus = TimedArray([0.1, 0.3, 0.2], dt=2*ms)\n"
        "G.run_regularly('common = 0.1*rand()', dt=1*ms)",
        threshold="v > 0.9",
    )
    .replace("reset='v = 0', method='euler'", "reset='phase += 1'")
    .replace("G.v = 'rand()'", ""),
    "parameter changed by Python code": network(
        DRIVEN.format("x") + "\nx : 1",
        "@network_operation(dt=2*ms, name='op')\ndef op():\n    G.x[1] += 0.3",
    ),
    "assignment to a refractory neuron": network(
        "dv/dt = (1.4 - v)/(4*ms) : 1 (unless refractory)",
        "S = Synapses(G, G, on_pre='v_post = 0.3', name='S')\n"
        "S.connect(i=[0, 1, 2, 3], j=[1, 2, 0, 1])",
        arguments="refractory=2*ms",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_it_differs_no_more(name):
    verdict = judge(FOUND[name])
    assert verdict.kind == "identical", verdict
