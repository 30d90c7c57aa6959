"""Run random networks as programs with sanitizers: ``python -m tests.mirror.fused.sanitized``.

The process ends with an error at a wrong access to memory or undefined behaviour. It must be
started with the environment of `brian2_l2l.mirror.fused.compiler.sanitizer_environment`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import count

import torch
from brian2 import BrianLogger, ms, prefs

from brian2_l2l.errors import MirrorError
from brian2_l2l.mirror.fused import processor
from brian2_l2l.mirror.fused.compiler import load
from tests.claims.fused_equals_plain import run_lowered
from tests.mirror.fused.test_random_networks import random_networks


def run_network(made) -> int | None:
    """Return the number of spikes of a network, in both directions; None if it is not covered."""
    net, keys, trainable, namespace = made
    try:
        records, _ = run_lowered(net, "fused", 10 * ms, keys, trainable, namespace=namespace)
    except MirrorError as error:
        assert "does not cover" in str(error)
        return None
    return sum(int(value.sum()) for key, value in records.items() if key[1] == "spikes")


def main(seed: int, first: int, wanted: int) -> None:
    """Run so many networks of a seed, from the first one on."""
    prefs.codegen.target = "numpy"
    BrianLogger.suppress_name("resolution_conflict")
    torch.set_num_threads(2)
    loaded, spikes = [], []

    def load_sanitized(source, build):
        loaded.append(load(source, replace(build, sanitize=True)))
        return loaded[-1]

    processor.load = load_sanitized
    for index, network in random_networks(seed, count(first)):
        print(f"network {index} of seed {seed}", flush=True)
        found = run_network(network)
        spikes += [] if found is None else [found]
        if len(spikes) == wanted:
            break
    assert len(loaded) == wanted and sum(spikes) > 20 * wanted
    print(f"clean: {len(spikes)} networks with {sum(spikes)} spikes")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
