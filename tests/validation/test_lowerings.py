"""Differences between the lowerings are measured, told and counted."""

import os

import pytest
import torch

from validation.lowerings.differences import Difference, difference
from validation.lowerings.judge import COMPARED, CONDITION, CRASHED, NOT_COVERED, WAYS, Judged
from validation.lowerings.run import judge_all
from validation.lowerings.tables import complaints, differences_table, kinds_table

NAN, INF = float("nan"), float("inf")


def result(spikes, values, gradient):
    """Return what a run gives."""
    records = {
        ("G", "spikes", "sum"): torch.tensor(spikes),
        ("G", "v", "last"): torch.tensor(values),
    }
    return records, {"w": torch.tensor(gradient)}


def test_differences_are_those_of_spikes_values_and_gradients():
    expected = result([1, 2, 3], [4.0, NAN, INF, 0.0], [3.0, 4.0])
    assert difference(expected, expected) == Difference(0, 0.0, 0.0)
    found = difference(expected, result([1, 0, 4], [4.0, NAN, INF, 1e-3], [3.0, 4.5]))
    assert found.spikes == 2 and found.values == pytest.approx(1e-3 / 4)
    assert found.gradients == pytest.approx(0.5 / 5)
    assert difference(expected, result([1, 2, 3], [4.0, 1.0, INF, 0.0], [0.0, 0.0])) == Difference(
        0, INF, 1.0
    )
    # Of another shape are also those that could be broadcast.
    assert difference(expected, result([1, 2, 3], [4.0], [3.0])) == Difference(0, INF, INF)
    # A gradient is there in both or in none of them.
    nothing = result([1], [1.0], [0.0, 0.0])
    assert difference(nothing, result([1], [1.0], [0.0, 1e-30])).gradients == INF
    assert difference(nothing, nothing).gradients == 0
    unknown = result([1], [1.0], [NAN, 1.0])
    assert difference(unknown, unknown).gradients == 0
    assert difference(unknown, nothing).gradients == INF
    assert difference(result([1], [1.0], [1.0, 1.0]), unknown).gradients == INF


def compared(index, **differences):
    same = dict.fromkeys([*WAYS, CONDITION], Difference(0, 1e-16, 1e-15))
    return Judged(index, COMPARED, "", 30, 2, same | differences)


def test_complaints_name_the_network_and_the_way():
    worse, single = Difference(0, 0.0, 1e-6), Difference(0, 1e-6, 5e-3)
    others = Difference(3, 1.0, 1.0)
    assert complaints([compared(1), Judged(2, NOT_COVERED, "cables")]) == []
    assert "network 3, 2 threads" in complaints([compared(3, **{"2 threads": worse})])[0]
    assert len(complaints([compared(3, **{name: others}) for name in WAYS])) == len(WAYS) - 1
    # In single precision spikes may be others, and gradients are as good as they can be.
    assert "network 4, float32" in complaints([compared(4, float32=single)])[0]
    assert complaints([compared(4, **{"float32": single, CONDITION: single})]) == []
    assert complaints([Judged(5, CRASHED)])[0].startswith("network 5 crashed")


def test_tables_say_what_was_compared_and_what_was_not():
    found = [compared(0), compared(1), Judged(2, NOT_COVERED, "a cable"), Judged(3, CRASHED)]
    text = kinds_table(found)
    assert "4 gradients; 2 networks" in text and "     1 a cable" in text and "2 compared" in text
    first = differences_table(found).splitlines()[1]
    assert first.startswith("1 thread") and "0 of 2" in first and "1.0e-16" in first


def judged(seed, index):
    """Stand in for what judges: one network ends the process."""
    if index == 2:
        os._exit(1)
    return Judged(index, COMPARED if index % 2 else NOT_COVERED, str(seed))


def test_a_network_that_ends_its_process_is_named():
    found = judge_all(7, 1, 1, judged)
    assert [one.index for one in found] == list(range(len(found)))
    assert [one.index for one in found if one.kind == CRASHED] == [2]
    assert found[1].kind == COMPARED and found[1].reason == "7"
