"""Run one script on Brian2's numpy target and on a device under test, and say what came of it."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from brian2.core.base import BrianObjectException

from brian2_l2l.errors import UnsupportedModelError

from .compare import differences
from .execute import execute

#: What can come of a script. Only the first two are a success, and only the first four count.
IDENTICAL, REFUSED = "identical", "refused"
DIFFERENT, FAILED = "different", "failed"
SILENT, SATURATED, NOT_FINITE, INVALID = "silent", "saturated", "not finite", "invalid"
CRASHED = "crashed"
COUNTED = (IDENTICAL, REFUSED, DIFFERENT, FAILED, CRASHED)
WRONG = (DIFFERENT, FAILED, CRASHED)
#: Differences beyond these few are of no help.
MOST_LINES = 8


@dataclass
class Verdict:
    """
    What came of a script.

    Attributes
    ----------
    kind : str
        One of the words above.
    details : list of str
        The differences, the refusal, or the error.
    """

    kind: str
    details: list[str] = field(default_factory=list)


def judge(text: str, device: str = "torch", reference: str = "runtime") -> Verdict:
    """
    Compare two runs of a script.

    Parameters
    ----------
    text : str
        The script.
    device : str
        The Brian2 device under test.
    reference : str
        The Brian2 device that is right by definition.

    Returns
    -------
    verdict : `Verdict`
        A script proves something only if it is valid, spikes, and is neither saturated nor
        infinite on the reference device; the device under test runs only then.
    """
    try:
        expected = execute(text, reference)
    except Exception as error:
        return Verdict(INVALID, describe(error))
    if expected.useful != "yes":
        return Verdict(expected.useful)
    try:
        with naming_causes():
            found = execute(text, device)
    except UnsupportedModelError as error:
        return Verdict(REFUSED, describe(error))
    except Exception as error:
        return Verdict(FAILED, describe(error))
    lines = differences(expected.values, found.values)
    return Verdict(DIFFERENT if lines else IDENTICAL, lines[:MOST_LINES])


@contextmanager
def naming_causes() -> Iterator[None]:
    """Let a refusal through that Brian2 wrapped into an error of the object it prepared."""
    try:
        yield
    except BrianObjectException as error:
        if isinstance(error.__cause__, UnsupportedModelError):
            raise error.__cause__ from None
        raise


def describe(error: BaseException) -> list[str]:
    """Give the error and its causes, and where each was raised, without the folders."""
    lines = []
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        place = f" ({frames[-1].name}, line {frames[-1].lineno})" if frames else ""
        lines.append(f"{type(error).__name__}: {str(error)[:400]}{place}")
        error = error.__cause__
    return lines
