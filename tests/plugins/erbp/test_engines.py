"""The same circuit learns alike in all engines."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, defaultclock, ms, volt

from brian2_l2l.rules import Quantisation
from brian2_l2l_plugins.erbp import erbp, erbp_neurons
from tests.claims.mirror_equals_brian2 import assert_mirror_equals_brian2, run_for

INPUTS, STEPS = 12, 120


def network(random_seed, **options):
    """Return a circuit with inputs, and a label that no output can guess, since it changes."""
    defaultclock.dt = 0.5 * ms
    rng = np.random.default_rng(random_seed)
    step, channel = (rng.random((STEPS, INPUTS)) < 0.1).nonzero()
    source = SpikeGeneratorGroup(INPUTS, channel, step * defaultclock.dt, name="source")
    model = erbp_neurons(rate=0.02 * volt)
    layers = [
        NeuronGroup(number, **model.group_arguments(), name=name)
        for number, name in ((8, "first"), (7, "second"), (3, "output"))
    ]
    circuit = erbp(
        source, layers[:-1], layers[-1], label="1 + int(t > 30*ms)", random=rng, **options
    )
    return Network(source, layers, circuit.objects)


@pytest.mark.parametrize(
    "options",
    [
        {"transmission": 1},
        {"transmission": 0.65},
        {"transmission": 1, "quantisation": Quantisation(8, -1 * volt, 1 * volt)},
    ],
    ids=["noise", "blanks", "bits"],
)
def test_the_mirror_learns_the_same_weights(options, seed):
    start = np.array(network(seed, **options)["erbp_layer_0"].w)
    values = assert_mirror_equals_brian2(
        lambda: network(seed, **options),
        seed,
        run_for(STEPS * 0.5 * ms),
    )
    changed = values["erbp_layer_0.w"] != start
    assert changed.mean() > 0.1
