"""Expression trees: Brian2's types, and text that means the same."""

import math
import pickle

import numpy as np
import pytest
from brian2 import Network, NeuronGroup
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.variables import Constant

from brian2_l2l.spec.expressions import (
    Binary,
    Call,
    Choice,
    Compare,
    Logical,
    Name,
    Number,
    Unary,
    auxiliary,
    calls_in,
    children,
    names_in,
    parse,
    substitute,
)
from brian2_l2l.spec.recorder import record
from brian2_l2l.spec.specify import specify

KINDS = {"x": "float", "y": "float", "n": "integer", "k": "integer", "b": "boolean", "c": "boolean"}
VARIABLES = {name: auxiliary(name, kind, scalar=False) for name, kind in KINDS.items()}
VARIABLES |= {name: DEFAULT_FUNCTIONS[name] for name in ("exp", "clip", "int", "abs", "sin")}
FUNCTIONS = {
    "exp": np.exp,
    "clip": lambda value, low, high: min(max(value, low), high),
    "int": int,
    "abs": abs,
    "sin": np.sin,
    "where": lambda condition, yes, no: yes if condition else no,
}


@pytest.mark.parametrize(
    ("text", "node", "kind"),
    [
        ("x", Name, "float"),
        ("n", Name, "integer"),
        ("b", Name, "boolean"),
        ("2", Number, "integer"),
        ("2.5", Number, "float"),
        ("1e-3", Number, "float"),
        ("True", Number, "boolean"),
        ("-n", Unary, "integer"),
        ("-x", Unary, "float"),
        ("+x", Unary, "float"),
        ("not b", Unary, "boolean"),
        ("n + k", Binary, "integer"),
        ("n + x", Binary, "float"),
        ("n * 2", Binary, "integer"),
        ("n * 2.0", Binary, "float"),
        ("n / k", Binary, "float"),
        ("n // k", Binary, "integer"),
        ("x // n", Binary, "float"),
        ("n % k", Binary, "integer"),
        ("x % k", Binary, "float"),
        ("n ** 2", Binary, "integer"),
        ("x ** 2", Binary, "float"),
        ("x - y", Binary, "float"),
        ("x < n", Compare, "boolean"),
        ("n == k", Compare, "boolean"),
        ("x != y", Compare, "boolean"),
        ("b and c", Logical, "boolean"),
        ("b or c or x > 1", Logical, "boolean"),
        ("exp(x)", Call, "float"),
        ("exp(n)", Call, "float"),
        ("int(b)", Call, "integer"),
        ("int(x)", Call, "integer"),
        ("clip(x, 0, 1)", Call, "float"),
    ],
)
def test_every_kind_of_node_has_brian2s_type(text, node, kind):
    expression = parse(text, VARIABLES)
    assert (type(expression), expression.kind) == (node, kind)


@pytest.mark.parametrize(
    "text", ["0 < x < 1", "x if b else y", "x & 1", "~n", "[x]", "x.y", "lambda: x"]
)
def test_what_brian2_does_not_support_is_a_syntax_error(text):
    with pytest.raises(SyntaxError):
        parse(text, VARIABLES)


def random_text(rng, kind: str, depth: int) -> str:
    """Return a random expression of a kind, with as few brackets as its author likes."""
    if depth == 0 or rng.random() < 0.15:
        names = [name for name, of in KINDS.items() if of == kind]
        literal = {
            "float": f"{rng.uniform(0.1, 3):.3f}",
            "integer": str(rng.integers(1, 5)),
            "boolean": "True",
        }
        return str(rng.choice([*names, literal[kind]]))
    a, b = (random_text(rng, kind, depth - 1) for _ in range(2))
    if kind == "boolean":
        x, y = (random_text(rng, str(rng.choice(["float", "integer"])), depth - 1) for _ in "xy")
        forms = [f"({a}) and {b}", f"{a} or {b}", f"not ({a})", f"({x}) < ({y})", f"({x}) >= ({y})"]
    elif kind == "integer":
        forms = [f"{a} + {b}", f"{a} * ({b})", f"-{a}", f"{a} % 3", f"({a}) // 2", f"{a} - {b}"]
        forms.append(f"int({random_text(rng, 'boolean', depth - 1)})")
    else:
        n = random_text(rng, "integer", depth - 1)
        forms = [
            f"{a} + {b}",
            f"{a} - {b}",
            f"{a} * {b}",
            f"({a}) / (1 + abs({b}))",
            f"-{a} + +{b}",
        ]
        forms += [f"sin({a})", f"exp(-abs({a}))", f"clip({a}, 0, {n})", f"({a}) * ({n})"]
        forms += [f"-({a})**2", f"abs({a})**0.5"]
        forms += [
            f"({a}) % (0.5 + abs({b}))",
            f"({a}) // (0.5 + abs({b}))",
            f"{a} / (1 + abs({n}))",
        ]
    return str(rng.choice(forms))


@pytest.mark.parametrize("kind", ["float", "integer", "boolean"])
def test_the_text_of_an_expression_has_its_value(kind, rng):
    values = {"x": 0.7, "y": -1.3, "n": 3, "k": 2, "b": True, "c": False}
    for _ in range(150):
        text = random_text(rng, kind, depth=4)
        expression = parse(text, VARIABLES)
        scope = {**values, **FUNCTIONS, "__builtins__": {}}
        expected, found = eval(text, dict(scope)), eval(str(expression), dict(scope))
        assert found == expected or (math.isnan(found) and math.isnan(expected)), text
        assert expression.kind == kind, text
        again = parse(str(expression), VARIABLES)
        assert again == expression, text
        assert pickle.loads(pickle.dumps(expression)) == expression


def test_numbers_keep_their_last_digit():
    for value in (0.1, 1e-300, 1 / 3, 12345678901234567):
        assert eval(str(parse(repr(value), VARIABLES))) == value


def test_a_choice_is_printed_as_where():
    x, n = Name("float", "x"), Name("integer", "n")
    choice = Choice("float", Name("boolean", "b"), x, Binary("float", "*", x, n))
    assert str(choice) == "where(b, x, (x * n))"
    scope = {"x": 2.0, "n": 3, **FUNCTIONS}
    assert [eval(str(choice), {**scope, "b": b}) for b in (True, False)] == [2.0, 6.0]


def test_walking_a_tree():
    expression = parse("exp(x) + clip(y, 0, n) * int(b and not c)", VARIABLES)
    assert names_in(expression) == {"x", "y", "n", "b", "c"}
    assert calls_in(expression) == {"exp", "clip", "int"}
    assert [type(child) for child in children(expression)] == [Call, Binary]
    assert children(Name("float", "x")) == ()


def test_substitution_goes_everywhere():
    text = "exp(x) + clip(x, 0, -x) * int(x > 1 or not x < 2)"
    changed = substitute(parse(text, VARIABLES), {"x": Number("float", 0.5)})
    assert "x" not in names_in(changed)
    scope = {**FUNCTIONS, "__builtins__": {}}
    assert eval(str(changed), dict(scope)) == eval(text, {**scope, "x": 0.5})
    condition = Choice("float", Name("boolean", "b"), Name("float", "x"), Name("float", "y"))
    opened = substitute(condition, {"b": Number("boolean", True)})
    assert opened.condition == Number("boolean", True)


def test_constants_of_a_network_are_typed_by_their_value():
    variables = {"whole": Constant("whole", value=3), "real": Constant("real", value=3.0)}
    assert parse("whole * 2", variables).kind == "integer"
    assert parse("real * 2", variables).kind == "float"


def test_statements_of_a_network_have_the_types_of_their_variables():
    group = NeuronGroup(
        2, "v : 1\nn : integer\nb : boolean", threshold="v > n and b", reset="v += n", name="group"
    )
    group.run_regularly("n = n + 1\nb = not b\nv = n/2", name="regular")
    spec = specify(record(Network(group), {}))
    kinds = {s.target: s.kind for block in spec.blocks for s in block.vector}
    assert kinds == {"n": "integer", "b": "boolean", "v": "float", "_cond": "boolean"}
