"""Rendered expressions have the values that Brian2's numpy target computes, to the bit."""

import numpy as np
import pytest
import torch
from brian2.codegen.runtime.numpy_rt.numpy_rt import NumpyCodeObject  # noqa: F401  functions
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.parsing.rendering import NumpyNodeRenderer

from brian2_l2l.mirror.functions import block_functions
from brian2_l2l.mirror.gates import SpikeFunction
from brian2_l2l.mirror.helpers import Helpers
from brian2_l2l.mirror.render import SoftRenderer, TensorRenderer, render_number
from brian2_l2l.mirror.target import Target
from brian2_l2l.spec.expressions import Choice, Name, auxiliary, parse
from brian2_l2l.spec.functions import describe
from brian2_l2l.spec.network_spec import Block
from tests.spec.test_expressions import KINDS, VARIABLES, random_text

NAMES = ("exp", "clip", "int", "abs", "sin")
FUNCTIONS = {name: describe(name, DEFAULT_FUNCTIONS[name], None) for name in NAMES}
BLOCK = Block("block", "stateupdate", "clock", functions=FUNCTIONS)
TARGET = Target(exact=True, differentiable=False, dtype=torch.float64)
#: The names that hold numbers in the tests of a mixture.
HOSTS = frozenset({"y", "k", "c"})


def random_values(rng, size=64):
    return {
        "x": rng.normal(size=size),
        "y": rng.normal(size=size),
        "n": rng.integers(1, 6, size).astype(np.int32),
        "k": rng.integers(1, 6, size).astype(np.int32),
        "b": rng.random(size) < 0.5,
        "c": rng.random(size) < 0.5,
    }


def numpy_value(text, values):
    """Evaluate text as Brian2's numpy target does."""
    functions = {name: FUNCTIONS[name].numpy for name in NAMES}
    scope = {**functions, "logical_not": np.logical_not, **values}
    return eval(NumpyNodeRenderer().render_expr(text), scope)


def tensor_scope():
    functions = block_functions(BLOCK, exact=True, differentiable=False)
    numbers = {f"_number_{name}": spec.numpy for name, spec in FUNCTIONS.items()}
    return {"_l2l": Helpers(TARGET), **functions, **numbers}


def same(found, expected, text):
    found = np.asarray(found)
    assert found.dtype.kind == np.asarray(expected).dtype.kind, text
    np.testing.assert_array_equal(np.broadcast_to(found, np.shape(expected)), expected, text)


@pytest.mark.parametrize("kind", ["float", "integer", "boolean"])
def test_tensors_have_numpys_values(kind, rng):
    values = random_values(rng)
    tensors = {name: torch.as_tensor(value) for name, value in values.items()}
    renderer, scope = TensorRenderer(hosts=frozenset()), tensor_scope()
    for _ in range(200):
        text = random_text(rng, kind, depth=4)
        found = eval(renderer(parse(text, VARIABLES)), {**scope, **tensors})
        same(found, numpy_value(text, values), text)


@pytest.mark.parametrize("kind", ["float", "integer", "boolean"])
def test_tensors_and_numbers_mix(kind, rng):
    values = random_values(rng)
    values |= {name: values[name][0] for name in HOSTS}
    mixed = {name: torch.as_tensor(value) for name, value in values.items()}
    mixed |= {name: values[name].item() for name in HOSTS}
    renderer, scope = TensorRenderer(hosts=HOSTS), tensor_scope()
    for _ in range(200):
        text = random_text(rng, kind, depth=4)
        found = eval(renderer(parse(text, VARIABLES)), {**scope, **mixed})
        same(found, numpy_value(text, values), text)


@pytest.mark.parametrize("kind", ["float", "integer", "boolean"])
def test_numbers_have_numpys_values(kind, rng):
    values = {name: value[0] for name, value in random_values(rng).items()}
    scope = tensor_scope()
    for _ in range(200):
        text = random_text(rng, kind, depth=4)
        found = eval(render_number(parse(text, VARIABLES)), {**scope, **values})
        np.testing.assert_array_equal(found, numpy_value(text, values), text)


def test_an_integer_times_a_number_is_as_precise_as_the_reals():
    """torch makes a float32 of an integer tensor and a Python number."""
    n = torch.arange(1, 50, dtype=torch.int32)
    assert (n * 0.1).dtype == torch.float32
    for text in ("int(b)*0.1", "n*0.1", "n/3", "0.1*n + 0.2", "exp(n)", "2/n", "n**0.5"):
        scope = {**tensor_scope(), "n": n, "b": n > 3}
        found = eval(TensorRenderer(frozenset())(parse(text, VARIABLES)), scope)
        assert found.dtype == torch.float64, text
        same(found, numpy_value(text, {"n": n.numpy(), "b": n.numpy() > 3}), text)


def test_a_choice_takes_one_of_two_branches():
    x, b = Name("float", "x"), Name("boolean", "b")
    choice = Choice("float", b, x, Name("integer", "n"))
    scope = tensor_scope()
    tensors = {
        "b": torch.tensor([True, False]),
        "x": torch.tensor([0.5, 0.7], dtype=torch.float64),
        "n": torch.tensor([3, 4], dtype=torch.int32),
    }
    found = eval(TensorRenderer(frozenset())(choice), {**scope, **tensors})
    assert (found.tolist(), found.dtype) == ([0.5, 4.0], torch.float64)
    for condition in (True, False):
        found = eval(render_number(choice), {"b": condition, "x": 0.5, "n": 4})
        assert found == (0.5 if condition else 4)


def soft_value(text, values, smooth=False):
    """Return the condition, and its spike as a function of the margins."""
    spike = SpikeFunction(lambda x: torch.exp(-x.abs()), torch.sigmoid, 1.0, smooth)
    target = Target(True, True, torch.float64, spikes={"": spike})
    lines = []
    renderer = SoftRenderer(TensorRenderer(frozenset()), lines.append)
    hard, soft = renderer(parse(text, VARIABLES))
    scope = {**tensor_scope(), "_l2l": Helpers(target), **values}
    exec("\n".join([*lines, f"_hard, _soft = {hard}, {soft}"]), scope)
    return scope["_hard"], scope["_soft"]


CONDITIONS = {
    "x > y": lambda p: p("x", "y"),
    "x < y": lambda p: p("y", "x"),
    "x >= y and b": lambda p: p("x", "y") * p("b"),
    "x > y and x > 0.5": lambda p: p("x", "y") * p("x", 0.5),
    "x > y or y > 0.5": lambda p: 1 - (1 - p("x", "y")) * (1 - p("y", 0.5)),
    "not (x > y) or n > 2": lambda p: 1 - p("x", "y") * (1 - p("n > 2")),
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_compose_as_probabilities(text, rng):
    raw = random_values(rng)
    values = {name: torch.as_tensor(value) for name, value in raw.items()}
    values |= {name: values[name].requires_grad_() for name in ("x", "y")}
    hard, soft = soft_value(text, values)
    same(hard, numpy_value(text, raw), text)
    assert torch.equal(soft.detach(), hard.to(torch.float64))
    assert 0 < soft.mean() < 1

    def chance(left, right=None):
        if right is None:
            return (values["n"] > 2 if left == "n > 2" else values[left]).to(torch.float64)
        right = values[right] if isinstance(right, str) else right
        hard, soft = soft_value("x > y", {"x": values[left], "y": torch.as_tensor(right)})
        return soft

    expected = CONDITIONS[text](chance)
    inputs = (values["x"], values["y"])
    found, wanted = (
        torch.autograd.grad(z.sum(), inputs, allow_unused=True, materialize_grads=True)
        for z in (soft, expected)
    )
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b)
    assert bool(found[0].any())


@pytest.mark.parametrize("text", ["n > k", "b", "x == y", "n == 2 and b"])
def test_what_has_no_margin_has_no_gradient(text, rng):
    values = {name: torch.as_tensor(value) for name, value in random_values(rng).items()}
    values["x"].requires_grad_()
    _, soft = soft_value(text, values)
    assert not soft.requires_grad


def test_every_kind_is_tested():
    kinds = {variable: auxiliary(variable, kind, False) for variable, kind in KINDS.items()}
    assert set(kinds) == set("xynkbc")
