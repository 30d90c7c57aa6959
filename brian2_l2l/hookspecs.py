"""
Every seam of brian2_l2l on one page.

A plugin is a module with functions of these names, each marked with `hookimpl`, and one line in the
entry point group ``brian2_l2l`` of its distribution. Every hook takes no argument and returns a
mapping from a name to the object that users get by this name. All tensors are
``[time, batch, neuron]``, in plain SI units. Import what is slow inside the functions that need it:
hooks are called by every command.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pluggy

from brian2_l2l.surrogates import Surrogate

#: The pluggy project name, and the entry point group.
PROJECT = "brian2_l2l"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def surrogates() -> Mapping[str, Surrogate]:
    """
    Contribute surrogate gradients.

    Each is a `Surrogate`: the derivative of a spike with respect to the scaled margin ``x``, and an
    antiderivative of it. Both are applied to every element.
    """


@hookspec
def trainers() -> Mapping[str, Callable[..., Any]]:
    """
    Contribute training methods.

    Each is called as ``trainer(mirror, task, *, report, **options)``, changes the mirror's
    parameters in place and returns a `brian2_l2l.training.TrainingResult`. One that can rewire
    also takes ``rewiring``. An option it does not know is a `TrainingError`.
    """


@hookspec
def rewirings() -> Mapping[str, Callable[..., Any]]:
    """
    Contribute rules that move connections during training.

    Each is called as ``rewiring(mirror, optimiser, **options)`` and returns an object with
    ``step()``, which changes the parameters in place after each step of the optimiser, and with
    ``state_dict()`` and ``load_state_dict(state)`` for an exact resume.
    """


@hookspec
def rules() -> Mapping[str, Callable[..., Any]]:
    """
    Contribute synaptic learning rules.

    Each is called as ``rule(source, target, **options)`` with two Brian2 groups and returns
    standard Brian2 `Synapses` whose equations hold the rule, so that it runs on every device; they
    have no connections yet. `brian2_l2l.rules.Rule` makes them of the variables that a rule needs,
    its third factor and its code.
    """


@hookspec
def readouts() -> Mapping[str, Callable[..., Any]]:
    """
    Contribute readouts.

    Each is called as ``readout(values, **options)`` with a record ``[time, batch, neuron]`` and
    returns one value per trial and output, ``[batch, output]``, differentiable in the record.
    """


@hookspec
def outer_loops() -> Mapping[str, Callable[..., Any]]:
    """
    Contribute outer loops of learning to learn.

    Each is called as ``outer_loop(inner, parameters, *, report, **options)``: ``parameters`` says
    what it may change, ``inner(values, seed)`` runs one inner episode with a mapping from their
    names to values (tensors where the loop follows gradients, quantities and numbers where it does
    not) and returns its cost, a scalar. It returns an object with ``best``, the mapping with the
    lowest cost, and ``history``, one row per step.
    """


@hookspec
def tasks() -> Mapping[str, Callable[..., Any]]:
    """
    Contribute tasks: data sets, generators and environments.

    Each is called as ``task(**options)`` and returns an object with the members of
    `brian2_l2l.training.Task`; the inputs of its batches are ``[time, batch, neuron]``.
    """


@hookspec
def commands() -> Mapping[str, Any]:
    """
    Contribute subcommands of ``brian2-l2l``.

    Each is an object with the text ``help``, the method ``add_arguments(parser)`` that takes an
    `argparse.ArgumentParser`, and the method ``run(arguments)`` that returns the exit code or None.
    """
