"""What a fused program holds: arrays, and events."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Array", "Event"]


@dataclass(frozen=True)
class Array:
    """An array of the program.

    Attributes
    ----------
    name : str
    type : str
        Of its elements: ``bool``, ``int32``, ``int64``, ``real`` or ``double``.
    size : int
    storage : {'state', 'shared', 'input', 'series', 'record'}
        Changed by the network, for each trial, or of all trials together; constant, one or for each
        trial; given for each step and trial; written for each step and trial.
    active : bool
        Whether it has a gradient.
    clock : str
        Of a series or a record.
    averaged : bool
        Whether a change by one trial counts for its part of the batch.
    """

    name: str
    type: str
    size: int
    storage: str
    active: bool = False
    clock: str = ""
    averaged: bool = False

    @property
    def changes(self) -> bool:
        """Whether the network changes it."""
        return self.storage in ("state", "shared")

    def shape(self, batch: int) -> tuple[int, ...]:
        """Return the shape of its values in a run."""
        return (self.size,) if self.storage == "shared" else (batch, self.size)


@dataclass(frozen=True)
class Event:
    """Spikes, or custom events, of a group.

    Attributes
    ----------
    name : str
    size : int
    clock : str
    lookback : int
        The longest delay with which anything listens to them, in steps.
    active : bool
        Whether they have a surrogate gradient.
    """

    name: str
    size: int
    clock: str
    lookback: int = 0
    active: bool = False

    @property
    def history(self) -> int:
        """The steps from before a run that are kept as bits: at least the last one."""
        return max(1, self.lookback)
