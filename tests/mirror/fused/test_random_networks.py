"""The fused lowering equals the plain one on random networks, gradients included."""

from functools import partial

import pytest
import torch
from brian2 import BrianLogger, ms

from brian2_l2l.mirror import api
from tests.claims.fused_equals_plain import assert_same, run_lowered
from tests.mirror.fused.compilers import needs_compiler
from validation.lowerings.networks import random_networks

#: How many networks there are in all tests of this file together, and how many are tried for one.
PARTS, WANTED, MOST_TRIED = 8, 25, 150
#: The part that is compiled as for users, which takes twice as long.
AS_FOR_USERS = 0

pytestmark = [needs_compiler, pytest.mark.slow]


@pytest.fixture(autouse=True)
def record_once(monkeypatch):
    """Let all mirrors of a network share what was recorded of it, which takes long."""
    record, latest = api._record, []

    def known(network, *arguments):
        if not latest or latest[0] is not network:
            latest[:] = network, record(network, *arguments)
        return latest[1]

    monkeypatch.setattr(api, "_record", known)


def run_both(net, keys, trainable, namespace):
    """Return the results of the plain and the fused lowering; None if they cannot be compared."""
    run = partial(run_lowered, net, keys=keys, trainable=trainable, namespace=namespace)
    try:
        found = run("fused", 10 * ms)
    except Exception as error:
        # Some networks end in Brian2 as well, with an index out of bounds or a cable that is not
        # finite.
        if "does not cover" not in str(error):
            with pytest.raises(type(error)):
                run("plain", 10 * ms)
        return None
    try:
        return run("plain", 10 * ms), found
    except RuntimeError as error:
        # torch has no derivative of the floor division of real numbers.
        assert "derivative for" in str(error)
        return None


@pytest.mark.parametrize("part", range(PARTS))
def test_random_networks(part, seed, request):
    if part == AS_FOR_USERS:
        request.getfixturevalue("optimised")
    torch.set_num_threads(1)
    BrianLogger.suppress_name("resolution_conflict")
    compared = spikes = gradients = 0
    indices = range(part * MOST_TRIED, (part + 1) * MOST_TRIED)
    for index, network in random_networks(seed, indices):
        # Names that Brian2 makes up, and with them the order of objects, differ between two builds.
        results = run_both(*network)
        if results is None:
            continue
        expected, found = results
        try:
            spikes += assert_same(expected, found)
        except AssertionError as error:
            raise AssertionError(f"network {index} of --seed {seed}: {error}") from error
        compared += 1
        gradients += len(expected[1])
        if compared == WANTED:
            break
    assert compared == WANTED and spikes > 20 * WANTED and gradients > WANTED
