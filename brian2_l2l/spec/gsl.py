"""Describe the methods of the GNU Scientific Library (``method='gsl_rkf45'`` and others).

Brian2 writes them in C: abstract code has only the derivatives. While a network is recorded, the
state updater gets code for numpy instead, which is never run; the options of the method are checked
as Brian2's own generator does it, with the same types of errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from brian2.codegen.runtime.numpy_rt.numpy_rt import NumpyCodeObject
from brian2.stateupdaters.GSL import GSLContainer
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from .refusals import refuse

__all__ = ["DERIVATIVE", "METHODS", "derivatives_described", "gsl_options"]

#: The prefix of the derivatives' names in abstract code.
DERIVATIVE = "_gsl_"

#: The methods that the mirror has.
METHODS = ("rk2", "rk4", "rkf45", "rkck")


@contextmanager
def derivatives_described() -> Iterator[None]:
    """Let state updaters of the library give their abstract code to numpy."""
    original = GSLContainer.__call__

    def describe(container, updater):
        _check(container, updater)
        updater.codeobj_class = NumpyCodeObject
        updater.method_options, updater.integrator = container.method_options, container.integrator
        updater.needed_variables = ["t", "dt", *container.needed_variables]
        return container.abstract_code

    GSLContainer.__call__ = describe
    try:
        yield
    finally:
        GSLContainer.__call__ = original


def gsl_options(updater, code, names) -> Mapping[str, object]:
    """Return what a block needs to integrate its derivatives.

    Parameters
    ----------
    updater : brian2.StateUpdater
    code : RecordedCode
    names : ArrayNames
    """
    options, variables = updater.method_options, code.variables
    found = {}
    for line in "\n".join(code.abstract_code.values()).splitlines():
        target = line.partition("=")[0].strip()
        if target.startswith(DERIVATIVE):
            found[target.removeprefix(DERIVATIVE).rpartition("_f")[0]] = target
    own = options["absolute_error_per_variable"] or {}
    errors = {name: float(own.get(name, options["absolute_error"])) for name in found}
    return {
        "integrator": updater.integrator,
        "derivatives": tuple((names(variables[v]), name) for v, name in found.items()),
        "errors": tuple(errors.values()),
        "adaptable": bool(options["adaptable_timestep"]),
        "max_steps": int(options["max_steps"]),
        "keep_step": bool(options["use_last_timestep"]),
    }


def _check(container: GSLContainer, updater) -> None:
    options = container.method_options
    if container.integrator not in METHODS:
        refuse(
            updater,
            f"the mirror does not have the method 'gsl_{container.integrator}'",
            f"one of {', '.join(f'gsl_{name}' for name in METHODS)}",
        )
    for name in ("save_failed_steps", "save_step_count"):
        if options[name]:
            refuse(updater, f"the mirror does not have the option {name!r}", f"{name}=False")
    if not isinstance(options["absolute_error"], float):
        raise TypeError(
            f"absolute_error={options['absolute_error']!r} in method_options must be a float."
        )
    errors = options["absolute_error_per_variable"]
    if not isinstance(errors, dict | None):
        raise TypeError(
            f"absolute_error_per_variable={errors!r} in method_options must be None or a "
            "dictionary of names and errors."
        )
    for name, error in (errors or {}).items():
        if name not in container.needed_variables:
            raise KeyError(
                f"absolute_error_per_variable names {name!r}, which is not integrated; "
                f"'{updater.group.name}' integrates {', '.join(container.needed_variables)}."
            )
        fail_for_dimension_mismatch(
            error,
            updater.group.variables[name],
            f"absolute_error_per_variable: the error of {name!r} has the wrong units",
        )
