"""The network: three layers of leaky integrate-and-fire neurons, and sparse synapses."""

from __future__ import annotations

import numpy as np
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, defaultclock, exp, ms

import brian2_l2l as l2l

SIZES = (784, 300, 100, 10)
PARAMETERS = {"tau": 10 * ms, "tau_out": 10 * ms}


def build_network(share: float, random: np.random.Generator) -> Network:
    """Return the network with a share of all possible connections, at random places.

    The places of all layers are drawn together, so that each layer has about its share.

    Parameters
    ----------
    share : float
    random : numpy.random.Generator
    """
    defaultclock.dt = 1 * ms
    groups = [SpikeGeneratorGroup(SIZES[0], [], [] * ms, name="stimulus")]
    for name, size in zip(("first", "second"), SIZES[1:-1], strict=True):
        groups.append(
            NeuronGroup(
                size,
                """
                dv/dt = (bias - v)/tau : 1
                bias : 1 (constant)
                """,
                threshold="v > 1",
                reset="v -= 1",
                method="exact",
                namespace=PARAMETERS,
                name=name,
            )
        )
        # Few inputs shall be enough for a spike.
        groups[-1].bias = 0.5
    groups.append(
        NeuronGroup(
            SIZES[-1],
            """
            dy/dt = (bias - y)/tau_out : 1
            bias : 1 (constant)
            """,
            method="exact",
            namespace=PARAMETERS,
            name="readout",
        )
    )
    return Network(groups, _synapses(groups, share, random))


def _synapses(groups, share: float, random: np.random.Generator) -> list[Synapses]:
    pairs = list(zip(groups[:-1], groups[1:], strict=True))
    possible = np.array([len(source) * len(target) for source, target in pairs])
    places = random.choice(possible.sum(), round(share * possible.sum()), replace=False)
    ends = np.cumsum(possible)
    found = []
    for k, (source, target) in enumerate(pairs):
        here = np.sort(places[(places >= ends[k] - possible[k]) & (places < ends[k])])
        i, j = np.divmod(here - (ends[k] - possible[k]), len(target))
        variable = "y_post" if target is groups[-1] else "v_post"
        synapses = Synapses(source, target, "w : 1", on_pre=f"{variable} += w", name=f"S_{k}")
        synapses.connect(i=i, j=j)
        # The mean number of connections that a neuron of the target gets.
        inputs = max(1.0, len(i) / len(target))
        # What a spike adds fades within some steps; the inputs of the first layer are mostly off.
        strength = (1 - exp(-1 / 10)) * (4 if k else 8)
        synapses.w = strength * random.standard_normal(len(i)) / np.sqrt(inputs)
        found.append(synapses)
    return found


def make_mirror(net: Network, batch_size: int):
    """Return the mirror of the network, in which all weights and biases are trained."""
    weights = [(net[f"S_{k}"], "w") for k in range(len(SIZES) - 1)]
    biases = [(net[name], "bias") for name in ("first", "second", "readout")]
    return l2l.mirror(net, weights + biases, batch_size=batch_size, surrogate="triangular")
