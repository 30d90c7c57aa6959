"""Numbers that a program cannot compute with are errors, and never a wrong place in memory."""

import shutil
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, TimedArray, ms

import brian2_l2l as l2l
from brian2_l2l.errors import MirrorError
from brian2_l2l.mirror.fused import compiler, processor
from tests.mirror.fused.compilers import needs_compiler
from tests.mirror.fused.emulation import emulated

COLUMNS, BATCH, SIZE = 4, 3, 70
LEAST = -(2**31)

pytestmark = needs_compiler

machines = pytest.mark.parametrize(
    "machine",
    [
        "cpu",
        pytest.param("cuda", marks=pytest.mark.skipif(not shutil.which("g++"), reason="no g++")),
    ],
)


def neurons(code="x = stim(t, k)"):
    """Return neurons with whole numbers that the network changes, and statements about them."""
    group = NeuronGroup(SIZE, "k : integer\nm : integer\ny : integer\nx : 1", name="G")
    group.run_regularly(f"k = k + 0*i\nm = m + 0*i\n{code}")
    return group


def with_stimulus(*objects):
    """Return a network whose objects look up a table with so many columns."""
    stimulus = TimedArray(np.zeros((2, COLUMNS)), dt=0.5 * ms, name="stim")
    for one in objects:
        one.namespace["stim"] = stimulus
    return Network(*objects)


def gradient(net, lowering, initial=None):
    """Return x, and the gradient of the sum of its squares."""
    mirror = l2l.mirror(net, lowering=lowering, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    shape = (2, BATCH, COLUMNS)
    stimulus = torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)
    inputs = {"stim": stimulus}
    record = mirror.run(1 * ms, inputs=inputs, record=[("G", "x")], initial=initial)
    record["G", "x"].square().sum().backward()
    return record["G", "x"].detach(), stimulus.grad


def on(machine):
    """Let the fused lowering be that for a machine, in its emulation."""
    return emulated(order="shuffled") if machine == "cuda" else nullcontext()


def run(machine, net):
    """Return the same of the fused lowering for a machine."""
    with on(machine):
        return gradient(net, "fused")


def assert_same(expected, found):
    assert all(float(value.norm()) > 0 for value in expected)
    for one, other in zip(expected, found, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-12, atol=1e-12)


@machines
@pytest.mark.parametrize("column", ["k", "1.5*k", "(k + int(t/ms))", "int(k > 0)"])
def test_columns_that_change(machine, column, rng):
    net = with_stimulus(neurons(f"x = stim(t, {column})"))
    net["G"].k = rng.integers(-2, 2, SIZE)
    assert_same(gradient(net, "plain"), run(machine, net))


@machines
@pytest.mark.parametrize("column", [-1, COLUMNS - 1, -COLUMNS])
def test_a_column_that_is_a_number(machine, column):
    net = with_stimulus(neurons(f"x = stim(t, {column}) + k"))
    assert_same(gradient(net, "plain"), run(machine, net))


@machines
@pytest.mark.parametrize("column", [COLUMNS, -COLUMNS - 1, 2 * 10**8, LEAST])
def test_a_column_outside(machine, column):
    net = with_stimulus(neurons())
    net["G"].k[SIZE - 1] = column
    with pytest.raises(IndexError):
        gradient(net, "plain")
    with pytest.raises(IndexError, match=r"'G_run_regularly'.*'stim'.*an index from 0 to 3\."):
        run(machine, net)
    net["G"].k = 1
    assert_same(gradient(net, "plain"), run(machine, net))


@pytest.mark.parametrize("column", ["4e9", "2.0**32 + 1", "-1e300", "log(x - 1)"])
def test_a_real_column_outside(column):
    net = with_stimulus(neurons(f"x = stim(t, k + {column})"))
    for lowering in ("plain", "fused"):
        with pytest.raises(IndexError):
            gradient(net, lowering)


def test_a_wide_column_outside():
    net = with_stimulus(neurons("x = stim(t, timestep(k*ms, 1e-9*ms))"))
    net["G"].k = 5
    for lowering in ("plain", "fused"):
        with pytest.raises(IndexError):
            gradient(net, lowering)


def connected(column):
    """Return neurons whose synapses look up a column of their own when a spike arrives."""
    source = SpikeGeneratorGroup(5, [0, 3, 3], [0.2, 0.3, 0.6] * ms, name="source")
    group = NeuronGroup(SIZE, "x : 1", name="G")
    synapses = Synapses(
        source, group, "k : integer\nw : 1", on_pre="x_post += w*stim(t, k); k = k + 0", name="S"
    )
    synapses.connect()
    synapses.k, synapses.w = "j % 4 - i % 2", "1 + 0.1*i + 0.01*j"
    synapses.k[3, SIZE - 1] = column
    return Network(source, *with_stimulus(group, synapses).objects)


@machines
def test_columns_of_synapses(machine):
    net = connected(-1)
    assert_same(gradient(net, "plain"), run(machine, net))
    net["S"].k[3, SIZE - 1] = COLUMNS
    with pytest.raises(IndexError):
        gradient(net, "plain")
    with pytest.raises(IndexError, match="'S_pre'"):
        run(machine, net)


@pytest.fixture
def texts(monkeypatch):
    """Return the list to which the text of each program is added."""
    found = []

    def load(text, build):
        found.append(text)
        return compiler.load(text, build)

    monkeypatch.setattr(processor, "load", load)
    return found


@pytest.mark.parametrize(("column", "checked"), [("i", 0), ("k", 0), ("3", 0), ("k % 4", 2)])
def test_columns_that_are_known_are_not_checked(column, checked, texts):
    group = NeuronGroup(COLUMNS, "x : 1\nk : integer (constant)", name="G")
    group.k = [0, 3, 1, 1]
    group.run_regularly(f"x = stim(t, {column})")
    net = with_stimulus(group)
    assert_same(gradient(net, "plain"), gradient(net, "fused"))
    # In both directions.
    assert texts[0].count("faults.column(") == checked


@pytest.mark.parametrize("given", [False, True])
def test_a_known_column_outside(given):
    group = NeuronGroup(2, "x : 1\nk : integer (constant)", name="G")
    group.run_regularly("x = stim(t, k)")
    net, options = with_stimulus(group), {}
    assert_same(gradient(net, "plain"), gradient(net, "fused"))
    if given:
        options = {"initial": {("G", "k"): torch.tensor([0, COLUMNS])}}
    else:
        group.k[1] = COLUMNS
    for lowering in ("plain", "fused"):
        with pytest.raises(IndexError):
            gradient(net, lowering, **options)


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)])
def test_a_table_without_values_is_left_to_the_plain_lowering(shape):
    group = NeuronGroup(2, "x : 1", name="G")
    group.namespace["empty"] = TimedArray(np.zeros(shape), dt=1 * ms, name="empty")
    group.run_regularly("x = empty(t, i)")
    net = Network(group)
    with pytest.raises(MirrorError, match="an index lies outside of an array"):
        l2l.mirror(net, lowering="fused").run(1 * ms)
    with pytest.raises(IndexError):
        l2l.mirror(net, lowering="auto").run(1 * ms)


def whole(machine, code, k, m):
    """Return what a statement of whole numbers makes of two, in both lowerings."""
    net = Network(neurons(code))
    net["G"].k, net["G"].m = k, m
    with on(machine):
        return [
            l2l.mirror(net, lowering=lowering).run(0.1 * ms, record=[("G", "y")])["G", "y"]
            for lowering in ("plain", "fused")
        ]


@machines
@pytest.mark.parametrize("code", ["y = k // m", "y = k % m", "y = k // 3", "y = k % -3"])
def test_whole_numbers_are_divided_as_in_python(machine, code, rng):
    k, m = rng.integers(-20, 20, SIZE), rng.integers(1, 6, SIZE) * rng.choice([-1, 1], SIZE)
    k[:5], m[:5] = LEAST, [-1, 3, -3, 1, 2]
    expected, found = whole(machine, code, k, m)
    assert expected.unique().numel() > 2
    assert torch.equal(found, expected)


@machines
@pytest.mark.parametrize(
    "code", ["y = k // m", "y = k % m", "y = k // (m*0)", "m = k; y = m % (k - 7)"]
)
def test_a_whole_number_divided_by_zero(machine, code):
    m = np.ones(SIZE)
    m[SIZE - 1] = 0
    with pytest.raises(RuntimeError, match="ZeroDivision"):
        whole("plain", code, 7, m)
    net = Network(neurons(code))
    net["G"].k, net["G"].m = 7, m
    with (
        on(machine),
        pytest.raises(ZeroDivisionError, match="'G_run_regularly' divides an integer by zero"),
    ):
        l2l.mirror(net, lowering="fused").run(0.1 * ms)
