"""What the fused lowering does not cover, each with its reason.

A network that has any of it runs in the plain lowering, and the log says why.
"""

from __future__ import annotations

from ...spec.network_spec import Block

__all__ = ["REASONS", "NotCoveredError", "not_covered"]

REASONS = {
    "smooth": "with smooth spikes every synapse acts at every step, which is the work of the plain "
    "lowering; smooth mirrors check gradients and are not for speed",
    "exact": "conformance is defined by numpy's functions and numpy's order of sums",
    "device": "the generated program runs on the CPU or in CUDA",
    "shared": "trials that change variables together meet at each time step, as only programs for "
    "the CPU do",
    "gsl": "the methods of the GSL choose their own number of smaller steps for each neuron",
    "spatial": "the cable equation couples all compartments at each step by a linear solver",
    "user function": "the derivative of a user's function is known to torch only",
    "random per event": "synapses that wait for each other draw their random numbers in an order "
    "that depends on the events",
    "too many random numbers": "the random numbers of a run are drawn beforehand, and these would "
    "need too much memory",
    "random rate": "the numbers of a Poisson process whose rate the network changes cannot be drawn "  # noqa: E501
    "before the rate is known",
    "weights per trial": "weights that differ between trials need a matrix for each trial",
    "pending": "spikes on their way from an earlier run in Brian2 have no source in this one",
    "clocks": "a pathway or a reset on another clock than that of its source sees old spikes again",
    "push first": "the pathway runs before the threshold of its source in each time step",
    "read after write": "a statement reads what an earlier one of the same block has changed in "
    "other elements, so each statement needs a pass of its own",
    "read of others": "a statement reads an array through another index than the one it is changed "
    "through, as in a group that is linked to itself or has synapses among its own neurons, so the "
    "values from before the statement need a copy",
    "outside": "an index lies outside of an array, which is an error that torch reports",
    "shared write": "a shared variable is written once per lane",
    "indexed write": "a statement for all lanes writes other than by '+=' or '-=' through an index "
    "by which lanes may share an element",
    "floor division": "torch does not differentiate the floor division of real numbers",
    "whole power": "a power of two integers",
}


class NotCoveredError(Exception):
    """A construct that the fused lowering leaves to the plain one."""


def not_covered(block: Block | str, reason: str) -> None:
    """Raise `NotCoveredError` for a block and a key of `REASONS`."""
    name = block if isinstance(block, str) else block.name
    raise NotCoveredError(f"{name}: {REASONS[reason]}")
