"""The functions of generated code: numpy's values to the bit, and derivatives."""

import numpy as np
import pytest
import torch
from brian2 import NeuronGroup, TimedArray, ms
from brian2.codegen.runtime.numpy_rt.numpy_rt import NumpyCodeObject
from brian2.core.functions import DEFAULT_FUNCTIONS

from brian2_l2l.errors import UnsupportedModelError
from brian2_l2l.mirror.functions import (
    FAST,
    REAL_FUNCTIONS,
    Exact,
    TimedTable,
    block_functions,
    exprel,
    power,
    timestep,
)
from brian2_l2l.spec.functions import describe
from brian2_l2l.spec.network_spec import Block, FunctionSpec

#: Where each function is defined, away from its corners.
DOMAINS = {
    "log": (0.1, 5),
    "log10": (0.1, 5),
    "log1p": (-0.8, 5),
    "sqrt": (0.1, 5),
    "arcsin": (-0.9, 0.9),
    "arccos": (-0.9, 0.9),
    "tan": (-1.2, 1.2),
}


def numpy_code(name):
    return describe(name, DEFAULT_FUNCTIONS[name], None).numpy


def lowered(name, exact):
    spec = FunctionSpec(name, "default", numpy=numpy_code(name))
    return block_functions(Block("b", "stateupdate", "c", functions={name: spec}), exact, True)[
        name
    ]


def arguments(name, rng, count=2000):
    low, high = DOMAINS.get(name, (-5, 5))
    return torch.as_tensor(rng.uniform(low, high, count))


def test_every_function_of_brian2_is_here():
    assert set(FAST) | {"rand", "randn", "poisson"} == set(DEFAULT_FUNCTIONS)


@pytest.mark.parametrize("name", sorted(REAL_FUNCTIONS | {"abs", "sign", "exprel"}))
def test_values_are_numpys_to_the_bit(name, rng):
    x = arguments(name, rng)
    x = torch.cat([x, torch.zeros(1)]) if name in ("exprel", "abs", "sign") else x
    np.testing.assert_array_equal(lowered(name, exact=True)(x), numpy_code(name)(x.numpy()))
    np.testing.assert_allclose(
        lowered(name, exact=False)(x), numpy_code(name)(x.numpy()), rtol=1e-12
    )


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("name", ["ceil", "floor", "int"])
def test_whole_numbers_are_integers(name, exact, rng):
    x = torch.cat([arguments(name, rng), torch.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])])
    value = lowered(name, exact)(x)
    assert value.dtype == torch.int32
    np.testing.assert_array_equal(value, numpy_code(name)(x.numpy()))


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("name", sorted(REAL_FUNCTIONS | {"exprel", "abs"}))
def test_gradients_are_derivatives(name, exact, rng):
    x = arguments(name, rng, 20).requires_grad_()
    assert torch.autograd.gradcheck(lowered(name, exact), x)


@pytest.mark.parametrize("exact", [True, False])
def test_the_gradient_of_clip_is_0_outside(exact):
    x = torch.tensor([-1.0, 0.2, 0.8, 3.0], dtype=torch.float64, requires_grad=True)
    for low, high in ((0.0, 1.0), (torch.zeros(4), torch.ones(4)), (0.0, torch.ones(4))):
        value = lowered("clip", exact)(x, low, high)
        assert value.tolist() == [0.0, 0.2, 0.8, 1.0]
        assert torch.autograd.grad(value.sum(), x)[0].tolist() == [0.0, 1.0, 1.0, 0.0]


def test_exprel_is_smooth_at_0():
    x = torch.tensor([0.0, 1e-20, -1e-12, 1e-3], dtype=torch.float64, requires_grad=True)
    value = exprel(x)
    np.testing.assert_allclose(value.detach(), [1, 1, 1 - 5e-13, 1.00050016670834], rtol=1e-14)
    (gradient,) = torch.autograd.grad(value.sum(), x)
    assert bool(torch.isfinite(gradient).all())


@pytest.mark.parametrize("dt", [1e-4, 1e-3, 0.3e-3])
def test_the_number_of_a_step_is_brian2s(dt):
    steps = torch.arange(20_000)
    t = steps * dt
    expected = numpy_code("timestep")(t.numpy(), dt)
    np.testing.assert_array_equal(timestep(t, dt), expected)
    np.testing.assert_array_equal(expected, steps)
    assert timestep(t, dt).dtype == torch.int64


@pytest.mark.parametrize("exact", [True, False])
def test_powers(exact, rng):
    base = torch.as_tensor(rng.uniform(0.1, 3, 500))
    exponent = torch.as_tensor(rng.uniform(-2, 2, 500))
    check = np.testing.assert_array_equal if exact else np.testing.assert_allclose
    for a, b in ((base, exponent), (base, 3), (base, 0.5), (2.5, exponent)):
        raw = [v.numpy() if isinstance(v, torch.Tensor) else v for v in (a, b)]
        found = power(exact)(a, b)
        if exact:
            np.testing.assert_array_equal(found, raw[0] ** raw[1])
        else:
            check(found, raw[0] ** raw[1], rtol=1e-12)
    x, y = base[:5].requires_grad_(), exponent[:5].requires_grad_()
    assert torch.autograd.gradcheck(power(exact), (x, y))
    assert torch.autograd.gradcheck(lambda e: power(exact)(2.5, e), y)


def test_an_exact_function_differentiates_only_what_needs_it(rng):
    x = arguments("exp", rng, 5).requires_grad_()
    y = arguments("exp", rng, 5)
    product = Exact(lambda a, b: a * np.exp(b), lambda a, b: a * torch.exp(b), "product")
    value = product(x, y)
    (gradient,) = torch.autograd.grad(value.sum(), x)
    torch.testing.assert_close(gradient, torch.exp(y))
    assert not product(x.detach(), y).requires_grad
    assert torch.autograd.gradcheck(product, (x, y.requires_grad_()))


@pytest.mark.parametrize("dt", [0.1 * ms, 0.3 * ms, 1 * ms, 0.05 * ms])
@pytest.mark.parametrize("columns", [None, 3])
def test_a_timed_array_is_looked_up_as_in_brian2(dt, columns, rng):
    values = rng.normal(size=(7,) if columns is None else (7, columns))
    array = TimedArray(values, dt=dt)
    owner = NeuronGroup(2, "v : 1")
    table = TimedTable(describe("array", array, owner))
    code = array.implementations[NumpyCodeObject].get_code(owner)
    # To the end of the table and beyond, where the last row stays.
    for step in range(int(9 * float(dt) / 1e-4) + 2):
        t = np.float64(step * 1e-4)
        row = table.row(t, 7)
        expected = code(t) if columns is None else code(t, np.arange(columns))
        np.testing.assert_array_equal(table.table[row], expected)


def test_a_function_without_a_torch_implementation_is_refused_with_the_line_to_write():
    spec = FunctionSpec("double", "user", numpy=lambda x: 2 * x)
    block = Block("group_stateupdater", "stateupdate", "c", functions={"double": spec})
    block = Block(**{**vars(block), "origin": "File 'script.py', line 3"})
    for exact, differentiable in ((False, False), (False, True), (True, True)):
        with pytest.raises(UnsupportedModelError) as caught:
            block_functions(block, exact, differentiable)
        message = str(caught.value)
        assert message.startswith("'group_stateupdater' cannot be mirrored: the function 'double'")
        assert "Write instead: @implementation('torch', f)" in message
        assert "script.py" in message
    without_gradient = block_functions(block, exact=True, differentiable=False)["double"]
    assert without_gradient(torch.tensor([1.5])).tolist() == [3.0]
    with pytest.raises(UnsupportedModelError, match="'double' has no implementation for tensors"):
        without_gradient(torch.tensor([1.5], requires_grad=True))
