import copy
import math
import pickle

import numpy as np
import pytest
from scipy import special
from scipy.stats import norm

from brian2_l2l import plugins
from brian2_l2l.errors import MirrorError
from brian2_l2l.surrogates import CONSTANTS, FUNCTIONS, Surrogate

NUMPY = {
    "abs": np.abs,
    "arctan": np.arctan,
    "clip": np.clip,
    "erf": special.erf,
    "exp": np.exp,
    "int": lambda condition: np.asarray(condition, dtype=float),
    "log": np.log,
    "sign": np.sign,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
}


def evaluate(surrogate, role, x):
    names = {**NUMPY, **CONSTANTS, **surrogate.parameters, "x": x}
    return np.broadcast_to(eval(getattr(surrogate, role), {"__builtins__": {}}, names), x.shape)


# Written again from the papers, with the parameters as plain numbers.
FORMULAS = {
    "triangular": lambda x: 0.3 * np.maximum(0.0, 1.0 - np.abs(x)),
    "fast_sigmoid": lambda x: 1.0 / (1.0 + np.abs(10.0 * x)) ** 2,
    "arctan": lambda x: 1.0 / (1.0 + (math.pi * x) ** 2),
    "gaussian": lambda x: norm.pdf(x, 0.0, 0.5),
    "multi_gaussian": lambda x: (
        0.5
        * (1.15 * norm.pdf(x, 0, 0.5) - 0.15 * norm.pdf(x, 0.5, 3) - 0.15 * norm.pdf(x, -0.5, 3))
    ),
}


def test_there_are_no_other_surrogates_in_this_package():
    own = next(info for info in plugins.listing() if info.name == "surrogates")
    assert own.state == "ok"
    assert set(own.contributions["surrogates"]) == set(FORMULAS)


@pytest.mark.parametrize("name", FORMULAS)
def test_derivative_is_the_formula_of_the_paper(name, rng):
    x = rng.uniform(-4, 4, 1000)
    actual = evaluate(plugins.get("surrogates", name), "derivative", x)
    assert np.ptp(actual) > 0.1
    np.testing.assert_allclose(actual, FORMULAS[name](x), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("factor", [1.0, 1.7])
def test_derivative_is_the_derivative_of_the_primitive(name, factor, rng):
    surrogate = plugins.get("surrogates", name)
    scaled = {key: factor * value for key, value in surrogate.parameters.items()}
    surrogate = surrogate.with_parameters(**scaled)
    step = 1e-5
    x = rng.uniform(-4, 4, 1000)
    kinks = np.array([-1.0, 0.0, 1.0])
    x = x[np.min(np.abs(x[:, None] - kinks), axis=1) > 2 * step]
    differences = evaluate(surrogate, "primitive", x + step)
    differences = (differences - evaluate(surrogate, "primitive", x - step)) / (2 * step)
    derivative = evaluate(surrogate, "derivative", x)
    np.testing.assert_allclose(differences, derivative, rtol=1e-5, atol=1e-9)


def test_every_function_of_the_vocabulary_can_be_used():
    assert set(NUMPY) == set(FUNCTIONS)
    for name, count in FUNCTIONS.items():
        argument = "abs(x) < width" if name == "int" else ", ".join(["x"] * count)
        surrogate = Surrogate(f"-{name}({argument}) + pi / 2.0", "x", {"width": 1})
        assert np.isfinite(evaluate(surrogate, "derivative", np.array([0.5]))).all()


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("sinh(x)", "no function 'sinh'"),
        ("__import__('os')", "no function '__import__'"),
        ("dampenning * x", "no 'dampenning'. Did you mean 'dampening'?"),
        ("x.real", "contains 'x.real'"),
        ("x < 1", "contains 'x < 1'"),
        ("int(x)", "takes one comparison"),
        ("int(0 < x < 1)", "takes one comparison"),
        ("int(x == 1)", "compares with"),
        ("clip(x, 0)", "takes 3 argument"),
        ("exp(x=x)", "takes 1 argument"),
        ("x if x else 1", "contains"),
        ("True", "contains 'True'"),
        ("x // 2", "contains 'x // 2'"),
        ("1 +", "invalid syntax"),
        (1.0, "1.0"),
    ],
)
@pytest.mark.parametrize("role", ["derivative", "primitive"])
def test_an_expression_outside_the_vocabulary_is_refused(role, expression, complaint):
    good = {"derivative": "x", "primitive": "0.5 * x**2", "parameters": {"dampening": 1}}
    with pytest.raises(MirrorError) as error:
        Surrogate(**{**good, role: expression})
    assert complaint in str(error.value)
    assert f"The {role} {expression!r}" in str(error.value)
    assert "Its parameters are: dampening" in str(error.value)


@pytest.mark.parametrize("name", ["x", "pi", "exp", "not an identifier", "class", 3])
def test_a_parameter_needs_a_name_of_its_own(name):
    with pytest.raises(MirrorError, match="cannot name a parameter"):
        Surrogate("x", "x", {name: 1.0})


@pytest.mark.parametrize("value", [math.nan, math.inf, "a", None])
def test_a_parameter_is_a_finite_number(value):
    with pytest.raises(MirrorError, match="finite number"):
        Surrogate("x", "x", {"a": value})


def test_with_parameters_leaves_the_original_alone():
    original = plugins.get("surrogates", "triangular")
    changed = original.with_parameters(dampening=1)
    assert (original.parameters["dampening"], changed.parameters["dampening"]) == (0.3, 1.0)
    assert changed != original and changed.derivative == original.derivative
    with pytest.raises(MirrorError, match="no parameter 'damping'. Did you mean 'dampening'"):
        original.with_parameters(damping=1)
    with pytest.raises(TypeError):
        original.parameters["dampening"] = 1


@pytest.mark.parametrize(
    "same", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_copies_are_equal_and_hash_alike(same):
    original = plugins.get("surrogates", "multi_gaussian")
    assert same(original) == original
    assert hash(same(original)) == hash(original)
