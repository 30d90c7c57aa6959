"""Which lanes may run beside each other."""

from functools import partial

import numpy as np
import pytest

from brian2_l2l.mirror.fused.conflicts import Sharing, is_one_each, sharing_of
from brian2_l2l.mirror.fused.cuda.lanes import is_single, order_of
from brian2_l2l.mirror.fused.graph import Access, Accumulate, Graph, Store
from brian2_l2l.mirror.fused.operations import Pathway
from brian2_l2l.mirror.fused.wires import Wires

OWN, OTHER, SHARED = Access("x"), Access("x", "table"), Access("x", "0")


def graph_of(reads=(), stores=(), sums=()):
    graph = Graph()
    for access in reads:
        graph.load(access, "real")
    one = graph.constant(1, "real")
    for access in stores:
        graph.effect(Store(access, one))
    for access in sums:
        graph.effect(Accumulate(access, one))
    return graph


@pytest.mark.parametrize(
    ("graph", "sharing"),
    [
        (graph_of(reads=[OWN], stores=[OWN], sums=[OWN]), Sharing.NONE),
        (graph_of(reads=[OTHER, SHARED]), Sharing.NONE),
        (graph_of(sums=[OTHER]), Sharing.SUMS),
        (graph_of(sums=[SHARED, OTHER]), Sharing.SUMS),
        (graph_of(stores=[OTHER]), Sharing.SERIAL),
        (graph_of(reads=[OTHER], sums=[OTHER]), Sharing.SERIAL),
        (graph_of(reads=[OTHER], stores=[OWN]), Sharing.SERIAL),
        (graph_of(stores=[OWN], sums=[OTHER]), Sharing.SERIAL),
    ],
)
def test_lanes_that_meet_in_an_element(graph, sharing):
    found, added = sharing_of(graph, lambda access: access.index == "")
    assert found is sharing
    assert added == (frozenset(graph_accesses(graph)) if sharing is Sharing.SUMS else frozenset())


def graph_accesses(graph):
    return [effect.access for effect in graph.effects]


def test_a_table_without_an_element_twice_is_as_good_as_the_own_elements():
    assert sharing_of(graph_of(reads=[OTHER], stores=[OTHER]), lambda access: True) == (
        Sharing.NONE,
        frozenset(),
    )
    assert is_single(np.array([2, 0, 1])) and not is_single(np.array([2, 0, 2]))


def test_the_synapses_of_one_event_meet_only_where_it_has_two_to_one_target():
    sources, delays = np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])
    for targets, alone in (([0, 1, 0, 1], True), ([0, 0, 0, 1], False)):
        table = np.array(targets, np.int32)
        wires = Wires.of(sources, delays, 2)
        pathway = Pathway("S", "clock", 4, Graph(), {"table": table}, event="e", wires=wires)
        one_each = partial(is_one_each, pathway)
        assert one_each(OTHER) is alone
        assert one_each(OWN) and one_each(Access("~e", "sources")) and not one_each(SHARED)


def test_lanes_are_in_the_order_of_their_elements():
    table = np.array([3, 1, 3, 0, 1], np.int32)
    first, order = order_of(table)
    assert first.tolist() == [0, 1, 3, 3, 5] and order.tolist() == [3, 1, 4, 0, 2]
