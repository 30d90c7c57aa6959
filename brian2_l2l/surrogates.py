"""
What a surrogate gradient is: two expressions that torch and generated C++ can both evaluate.

The spike is a step function of the margin by which the threshold condition is met; its derivative
is zero almost everywhere. In the backward pass the step's derivative is replaced by a surrogate's
(Neftci, Mostafa, Zenke 2019, IEEE Signal Processing Magazine 36:51).
"""

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from keyword import kwlist
from types import MappingProxyType

from brian2_l2l.errors import MirrorError, did_you_mean

#: The functions of an expression and their number of arguments, with Brian2's names and meanings;
#: ``erf`` is the error function, and ``int`` takes one comparison and gives 0 or 1.
FUNCTIONS = MappingProxyType(
    {
        "abs": 1,
        "arctan": 1,
        "clip": 3,
        "erf": 1,
        "exp": 1,
        "int": 1,
        "log": 1,
        "sign": 1,
        "sqrt": 1,
        "tanh": 1,
    }
)

#: The constants of an expression.
CONSTANTS = MappingProxyType({"pi": math.pi})

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


@dataclass(frozen=True)
class Surrogate:
    """
    The surrogate gradient of a spike, applied to every element of ``[time, batch, neuron]``.

    Parameters
    ----------
    derivative : str
        The surrogate's derivative as an expression of ``x``, the dimensionless margin: positive
        where the threshold condition is met. It may use the parameters, ``pi``, numbers,
        ``+ - * / **``, the functions in `FUNCTIONS`, and comparisons inside ``int(...)``.
    primitive : str
        An antiderivative of `derivative`, in the same vocabulary. It takes the place of the step
        function when gradients are checked against differences; it need not lie in [0, 1].
    parameters : mapping of str to float, optional
        Names and values that the expressions may use.

    Raises
    ------
    MirrorError
        If an expression leaves the vocabulary, or a parameter is not a finite number.
    """

    derivative: str
    primitive: str
    parameters: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self):
        values = {name: _number(name, value) for name, value in self.parameters.items()}
        object.__setattr__(self, "parameters", MappingProxyType(values))
        for role in ("derivative", "primitive"):
            _check_expression(role, getattr(self, role), values)

    def __reduce__(self):
        # The read-only view of the parameters cannot be copied or pickled.
        return type(self), (self.derivative, self.primitive, dict(self.parameters))

    def with_parameters(self, **parameters: float) -> "Surrogate":
        """
        Return the same surrogate with other values of some parameters.

        Parameters
        ----------
        **parameters : float
            The new values by name.

        Returns
        -------
        surrogate : `Surrogate`
            A new object; this one stays as it is.

        Raises
        ------
        MirrorError
            If there is no parameter of this name, or a value is not a finite number.
        """
        for name in parameters:
            if name not in self.parameters:
                raise MirrorError(
                    f"The surrogate has no parameter {name!r}."
                    f"{did_you_mean(name, self.parameters)} {_list_of_parameters(self.parameters)}"
                )
        return Surrogate(self.derivative, self.primitive, {**self.parameters, **parameters})


def _number(name: str, value) -> float:
    taken = {"x", *FUNCTIONS, *CONSTANTS, *kwlist}
    if not isinstance(name, str) or not name.isidentifier() or name in taken:
        raise MirrorError(
            f"{name!r} cannot name a parameter of a surrogate: write an identifier that is not "
            f"x, {', '.join(CONSTANTS)} or one of the functions."
        )
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise MirrorError(
            f"The surrogate's parameter {name!r} is {value!r}: write a finite number without units."
        )
    return number


def _check_expression(role: str, expression: str, parameters: Mapping[str, float]) -> None:
    try:
        tree = ast.parse(expression, mode="eval").body
        _check(tree, {"x", *CONSTANTS, *parameters})
    except (SyntaxError, TypeError, _VocabularyError) as error:
        raise MirrorError(
            f"The {role} {expression!r} of a surrogate cannot be used: {error}. "
            f"Write it with x, numbers, + - * / **, {', '.join(CONSTANTS)}, "
            f"{', '.join(f'{name}()' for name in FUNCTIONS)}, comparisons inside int(). "
            f"{_list_of_parameters(parameters)}"
        ) from None


def _list_of_parameters(parameters: Mapping[str, float]) -> str:
    return f"Its parameters are: {', '.join(parameters) or 'none'}."


class _VocabularyError(Exception):
    """A part of an expression that not every engine can evaluate."""


def _check(node: ast.expr, names: set[str]) -> None:
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return
        case ast.Name(id=name) if name in names:
            return
        case ast.Name(id=name):
            raise _VocabularyError(f"there is no {name!r}.{did_you_mean(name, names)}".rstrip("."))
        case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
            children = [node.operand]
        case ast.BinOp() if isinstance(node.op, _OPERATORS):
            children = [node.left, node.right]
        case ast.Call(func=ast.Name()):
            children = _arguments(node)
        case _:
            raise _VocabularyError(f"it contains {ast.unparse(node)!r}")
    for child in children:
        _check(child, names)


def _arguments(call: ast.Call) -> list[ast.expr]:
    name = call.func.id
    if name not in FUNCTIONS:
        raise _VocabularyError(f"there is no function {name!r}")
    if call.keywords or len(call.args) != FUNCTIONS[name]:
        raise _VocabularyError(f"{name}() takes {FUNCTIONS[name]} argument(s) by position")
    if name != "int":
        return call.args
    comparison = call.args[0]
    if not isinstance(comparison, ast.Compare) or len(comparison.ops) != 1:
        raise _VocabularyError("int() takes one comparison, such as int(abs(x) < 1)")
    if not isinstance(comparison.ops[0], _COMPARISONS):
        raise _VocabularyError("int() compares with <, <=, > or >=")
    return [comparison.left, comparison.comparators[0]]
