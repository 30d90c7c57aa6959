"""The differentiable program of random networks: in conformance it gives Brian2's values."""

import gc

import numpy as np
import torch
from brian2 import SpikeMonitor, ms

import brian2_l2l as l2l
from validation.fuzz.generate import generate
from validation.lowerings.networks import build, keys_of, setup_of

DURATION = 10 * ms
WANTED, MOST_TRIED = 12, 60


def build_alike(setup: str):
    """Return `build`, with the names that Brian2 makes up, and so the order of objects, alike."""
    gc.collect()
    return build(setup)


def brian2_values(setup: str):
    net, groups, namespace = build_alike(setup)
    spiking, values = keys_of(groups)
    counters = {key: SpikeMonitor(groups[key[0]], record=False) for key in spiking}
    net.add(*counters.values())
    net.run(DURATION, namespace=namespace)
    found = {key: np.array(counter.count) for key, counter in counters.items()}
    found |= {key: groups[key[0]].variables[key[1]].get_value().copy() for key in values}
    return found, np.random.random()


def mirror_values(setup: str):
    net, groups, namespace = build_alike(setup)
    mirror = l2l.mirror(net, fidelity="conformance", namespace=namespace)
    record = mirror.run(DURATION, record=sum(keys_of(groups), []))
    return {key: value[0].detach().numpy() for key, value in record.items()}, np.random.random()


def test_the_differentiable_program_of_random_networks(seed):
    torch.set_num_threads(1)
    compared = spikes = 0
    for index in range(MOST_TRIED):
        setup = setup_of(generate(seed, index))
        if setup is None or compared == WANTED:
            continue
        try:
            expected, random = brian2_values(setup)
        except Exception:
            # Not every random script is one that Brian2 takes.
            continue
        if not all(np.isfinite(v).all() for v in expected.values() if v.dtype.kind == "f"):
            continue
        found, random_after = mirror_values(setup)
        for key, value in expected.items():
            np.testing.assert_array_equal(found[key], value, f"network {index}: {key}")
        assert random_after == random, f"network {index}: other random numbers were drawn"
        compared += 1
        spikes += sum(int(v.sum()) for key, v in expected.items() if key[1] == "spikes")
    assert compared == WANTED and spikes > 20 * WANTED
