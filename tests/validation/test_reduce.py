from validation.fuzz.judge import judge
from validation.fuzz.reduce import reduce

BLOCKS = ["import a\nimport b", *(f"x{k} = {k}\ny{k} = {k}" for k in range(20)), "run()"]


def test_only_what_is_needed_stays():
    text = reduce(BLOCKS, lambda text: "import b" in text and "y7 = 7" in text)
    assert text.split("\n") == ["import b", "y7 = 7"]


def test_a_script_that_does_not_fail_again_stays_whole():
    assert reduce(BLOCKS, lambda text: False) == "\n\n".join(BLOCKS)


def test_the_trials_are_limited():
    trials = []
    text = reduce(BLOCKS, lambda text: trials.append(text) or "y7" in text, most_trials=5)
    assert len(trials) == 5
    assert "y7 = 7" in text


def test_a_failing_network_becomes_short():
    blocks = [
        "from brian2 import *\nfrom brian2.devices import get_device",
        "start = 0.6 if type(get_device()).__name__ == 'TorchDevice' else 0.5",
        "P = PoissonGroup(5, 100*Hz, name='P')",
        "G = NeuronGroup(2, 'dv/dt = (1.5 - v)/(5*ms) : 1', threshold='v > 1', reset='v = 0',\n"
        "    method='euler', name='G')",
        "G.v = start",
        "H = NeuronGroup(2, 'v : 1', name='H')",
        "spikes = SpikeMonitor(G, name='spikes')",
        "run(12*ms)",
    ]

    def fails(text):
        return judge(text).kind == "different"

    text = reduce(blocks, fails)
    assert fails(text)
    assert "PoissonGroup" not in text and "'H'" not in text
    assert "G.v = start" in text
