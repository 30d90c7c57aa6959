"""What the backward pass computes again: what adjoints read, and what that is made of."""

import pytest

from brian2_l2l.mirror.fused.again import changes_of, computed_again, lasting
from brian2_l2l.mirror.fused.graph import Access, Accumulate, Fire, Graph, Record, Store
from brian2_l2l.mirror.fused.operations import Given, Loop, Pathway, Product
from brian2_l2l.mirror.fused.tape import NOTHING, Kept, Sources

TYPES = {"v": "real", "y": "real", "ready": "bool", "last": "double"}


def load(graph, name):
    return graph.load(Access(name), TYPES[name])


def update():
    """The end of the refractory period, and the decay of the membrane potential."""
    graph = Graph()
    ready = graph.compare("le", load(graph, "last"), graph.host("latest", "double"))
    graph.effect(Store(Access("ready"), ready))
    v = graph.binary("mul", load(graph, "v"), graph.constant(0.9, "real"))
    graph.effect(Store(Access("v"), v))
    return Loop("update", "clock", 3, graph)


def threshold():
    """Spikes, and their times."""
    graph = Graph()
    above = graph.compare("gt", load(graph, "v"), graph.constant(1, "real"))
    fired = graph.add("and", "bool", (above, load(graph, "ready")))
    graph.effect(Fire("spikes", fired, None))
    last = graph.select(fired, graph.host("t", "double"), load(graph, "last"))
    graph.effect(Store(Access("last"), last))
    return Loop("threshold", "clock", 3, graph)


def readout():
    """What follows the membrane potential, and is recorded."""
    graph = Graph()
    graph.effect(Accumulate(Access("y"), load(graph, "v")))
    graph.effect(Record(0, load(graph, "y")))
    return Loop("readout", "clock", 3, graph)


OPERATIONS = [update(), threshold(), readout()]
READS_SPIKES = [NOTHING, Sources({}, before=frozenset({"v", "ready"})), NOTHING]


def test_nothing_without_gradients():
    assert computed_again(OPERATIONS, [NOTHING] * 3, frozenset()) == set()


def test_what_is_kept_as_bits_and_its_causes_are_not_computed_again():
    assert computed_again(OPERATIONS, READS_SPIKES, frozenset({"ready"})) == {"v"}
    assert computed_again(OPERATIONS, READS_SPIKES, frozenset()) == {"v", "ready", "last"}


def test_the_causes_of_what_is_needed_are():
    needs = [NOTHING, NOTHING, Sources({}, before=frozenset({"y"}))]
    assert computed_again(OPERATIONS, needs, frozenset()) == {"y", "v"}


def test_conditions_on_the_tape_are_made_of_arrays():
    graph = OPERATIONS[0].graph
    (ready,) = [e.value for e in graph.effects if e.access.array == "ready"]
    needs = [Sources({}, taped=(ready,)), NOTHING, NOTHING]
    # The last spike is made of those before.
    assert computed_again(OPERATIONS, needs, frozenset()) == {"last", "v", "ready"}


def test_synapses_need_their_weights_and_their_guard():
    product = Product("syn", "clock", event="spikes", weight="w", target="v", guard="ready")
    needs = [NOTHING, Sources({}, before=frozenset({"v"}))]
    assert computed_again([product, OPERATIONS[1]], needs, frozenset()) == {"v", "w", "ready"}


def test_an_event_runs_all_statements_of_its_synapses():
    graph = readout().graph
    graph.effect(Store(Access("x"), graph.load(Access("z"), "real")))
    pathway = Pathway("pathway", "clock", 3, graph, event="spikes")
    needs = [Sources({}, before=frozenset({"x"})), NOTHING]
    given = Given("given", "clock", "spikes")
    # y is changed too, but nobody reads it.
    assert computed_again([pathway, given], needs, frozenset()) == {"x", "v", "z"}


@pytest.mark.parametrize(
    ("kept", "wanted"),
    [
        (Kept(saves=frozenset({"ready"}), before={"ready": 1}), {"ready"}),
        (Kept(saves=frozenset({"ready"}), restores=frozenset({"ready"})), set()),
        (Kept(), set()),
    ],
    ids=["on the tape", "put back", "in the state"],
)
def test_truth_values_last_where_all_adjoints_find_them_on_the_tape(kept, wanted):
    found = lasting(TYPES, READS_SPIKES, [Kept(), kept, Kept()])
    assert found - {"last", "v", "y"} == wanted


def test_only_changes_of_some_arrays():
    assert [e.access.array for e in changes_of(OPERATIONS[0].graph, frozenset({"v"}))] == ["v"]
    assert changes_of(OPERATIONS[2].graph, frozenset({"v"})) == []
