"""Abstract code -> typed statements, as Brian2's numpy target reads them."""

from __future__ import annotations

from collections.abc import Mapping

from brian2.codegen.translation import make_statements
from brian2.core.functions import Function
from brian2.core.preferences import prefs
from brian2.core.variables import ArrayVariable
from brian2.parsing.bast import brian_dtype_from_dtype
from brian2.utils.stringtools import get_identifiers

from .expressions import Choice, Name, auxiliary, parse
from .functions import describe
from .network_spec import ArrayRef, Statement
from .recorder import RecordedCode

__all__ = ["specify_code"]

UFUNC_OPERATORS = frozenset({"+=", "-=", "*=", "/="})


def specify_code(obj, code: RecordedCode, names) -> dict[str, object]:
    """Return statements, array references, functions, guards and write order of a block.

    Parameters
    ----------
    obj : brian2.BrianObject
    code : RecordedCode
        With a single abstract code, as all run-time templates have.
    names : ArrayNames

    Returns
    -------
    content : dict
        The corresponding fields of `Block`.
    """
    text = "\n".join(code.abstract_code.values())
    scalar, vector = make_statements(
        text, code.variables, prefs.core.default_float_dtype, optimise=True, blockname=""
    )
    order = _write_order(vector, code)
    typed = _typed_variables(code.variables, (*scalar, *vector))
    used = _used_names(scalar, vector, code)
    return {
        "scalar": tuple(_statement(s, typed, "by statement") for s in scalar),
        "vector": tuple(_statement(s, typed, order) for s in vector),
        "arrays": _array_references(code, names, used),
        "functions": {
            name: describe(name, code.variables[name], code.owner)
            for name in sorted(used)
            if isinstance(code.variables.get(name), Function)
        },
        "guards": _guards(code),
        "order": order,
    }


def _typed_variables(variables: Mapping[str, object], statements) -> dict[str, object]:
    typed = dict(variables)
    for statement in statements:
        known = variables.get(statement.var)
        if not isinstance(known, ArrayVariable):
            kind = brian_dtype_from_dtype(statement.dtype)
            typed[statement.var] = auxiliary(statement.var, kind, statement.scalar)
    return typed


def _used_names(scalar, vector, code: RecordedCode) -> frozenset[str]:
    used = set()
    for statement in (*scalar, *vector):
        used |= get_identifiers(statement.expr) | {statement.var}
        for simpler in (statement.boolean_simplified_expressions or {}).values():
            used |= get_identifiers(simpler)
    guards = _guards(code)
    used |= {guards[name] for name in used if name in guards}
    used |= {code.variable_indices[name] for name in used if name in code.variables}
    return frozenset(used)


def _statement(statement, typed: Mapping[str, object], order: str) -> Statement:
    kind = brian_dtype_from_dtype(statement.dtype)
    value = parse(statement.expr, typed)
    if order != "by statement" and _numpy_writes_where(statement):
        value = _choice(statement, typed)
    return Statement(statement.var, statement.op, value, kind)


def _numpy_writes_where(statement) -> bool:
    booleans = statement.used_boolean_variables
    return (
        booleans is not None
        and len(booleans) == 1
        and brian_dtype_from_dtype(statement.dtype) == "float"
        and statement.complexity_std > sum(statement.complexities.values())
    )


def _choice(statement, typed) -> Choice:
    branches = {
        assigned[0][1]: parse(text, typed)
        for assigned, text in statement.boolean_simplified_expressions.items()
    }
    condition = Name("boolean", statement.used_boolean_variables[0])
    return Choice("float", condition, branches[True], branches[False])


def _guards(code: RecordedCode) -> dict[str, str]:
    guards = {}
    for name, variable in code.variables.items():
        condition = getattr(variable, "conditional_write", None)
        if condition is not None and condition.name not in code.override_conditional_write:
            guards[name] = condition.name
    return guards


def _array_references(code: RecordedCode, names, used) -> dict[str, ArrayRef]:
    references = {}
    for name in sorted(used):
        variable = code.variables.get(name)
        if isinstance(variable, ArrayVariable):
            references[name] = ArrayRef(
                names(variable),
                code.variable_indices[name],
                brian_dtype_from_dtype(variable.dtype),
                bool(variable.scalar),
            )
    return references


def _write_order(vector, code: RecordedCode) -> str:
    """Follow Brian2's numpy generator: ``ufunc.at`` where it can, a loop over events else."""
    indices = code.variable_indices
    written = {s.var for s in vector if isinstance(code.variables.get(s.var), ArrayVariable)}
    by_index = {indices[name] for name in written} - {"_idx", "0"}
    if all(code.variables[index].unique for index in by_index):
        return "unique"
    read: set[str] = set()
    for statement in vector:
        read |= {
            name
            for name in get_identifiers(statement.expr)
            if name in code.variables and name in indices and indices[name] != "_idx"
        }
        inplace_elsewhere = statement.inplace and indices[statement.var] != "_idx"
        if statement.var in read or (inplace_elsewhere and statement.op not in UFUNC_OPERATORS):
            return "by event"
    return "by statement"
