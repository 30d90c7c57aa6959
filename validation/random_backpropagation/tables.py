"""Tables of what was found: errors, work and spikes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from validation.writing import columns

from . import MARKS, REFERENCE
from .learning import Outcome
from .means import by_name, final, mean

__all__ = ["errors_table", "spikes_table", "work_table"]

#: The errors, in percent, up to which work is counted.
GOALS = (10.0, 5.0, 3.0)
#: What the names of spikes begin with.
SPIKES = "spikes_"


def errors_table(found: Sequence[Outcome]) -> str:
    """Make a table of the errors, one row for each case."""
    marks = sorted({mark for outcome in found for mark in outcome.errors if mark <= MARKS[-1]})
    lines = [("test error, %", *(f"{mark:,}" for mark in marks), "all, at the end", "ms", "MB")]
    for name, mine in by_name(found).items():
        errors = [f"{mean(mine, mark):.1f}" for mark in marks if mark in mine[0].errors]
        errors += [""] * (len(marks) - len(errors))
        each = statistics.mean(outcome.milliseconds for outcome in mine)
        memory = max(outcome.megabytes for outcome in mine)
        end = f"{final(mine):.2f} after {max(mine[0].errors):,}"
        lines.append((name, *errors, end, f"{each:.2f}", f"{memory:.0f}"))
    reference = [f"{REFERENCE[mark]}" if mark in REFERENCE else "" for mark in marks]
    return columns([*lines, ("a direct program", *reference, "", "", "")])


def work_table(found: Sequence[Outcome]) -> str:
    """Make a table of the work to reach an error: operations of synapses or multiplications."""
    heads = [f"to {goal:g} %, 1e9" for goal in GOALS]
    lines = [("work", "for each digit, 1e6", *heads)]
    for name, mine in by_name(found).items():
        last = max(mine[0].work)
        each = statistics.mean(outcome.work[last] for outcome in mine) / last
        cells = [_cell([work_to(outcome, goal) for outcome in mine]) for goal in GOALS]
        lines.append((name, f"{each / 1e6:.2f}", *cells))
    return columns(lines)


def _cell(work: Sequence[float | None]) -> str:
    known = [amount for amount in work if amount is not None]
    return f"{statistics.mean(known) / 1e9:.1f}" if len(known) == len(work) else "-"


def work_to(outcome: Outcome, goal: float) -> float | None:
    """Give the work at the first mark at which an error is reached; None if it never is."""
    return next((outcome.work[m] for m, error in outcome.errors.items() if error <= goal), None)


def spikes_table(found: Sequence[Outcome]) -> str:
    """Make a table of the spikes of each group, for each of the last digits that were learned."""
    spiking = [one for one in found if any(name.startswith(SPIKES) for name in one.spikes)]
    groups = sorted({name for one in spiking for name in one.spikes if name.startswith(SPIKES)})
    lines = [("spikes for each digit", *(name.removeprefix(SPIKES) for name in groups))]
    for name, mine in by_name(spiking).items():
        each = [[one.spikes[g] for one in mine if g in one.spikes] for g in groups]
        lines.append((name, *(f"{statistics.mean(some):,.1f}" if some else "" for some in each)))
    return columns(lines)
