"""Compare what two runs of a script left behind, bit for bit."""

import numpy as np


def differences(expected: dict[str, np.ndarray], found: dict[str, np.ndarray]) -> list[str]:
    """
    List everything in which two recordings differ.

    Parameters
    ----------
    expected, found : dict
        The values of two `Recording` objects.

    Returns
    -------
    differences : list of str
        One line for each value that differs; empty if the recordings are identical.
    """
    lines = [f"{name}: not recorded" for name in expected.keys() - found.keys()]
    lines += [f"{name}: recorded only here" for name in found.keys() - expected.keys()]
    for name in expected.keys() & found.keys():
        line = _difference(expected[name], found[name])
        if line:
            lines.append(f"{name}: {line}")
    return sorted(lines)


def _difference(expected: np.ndarray, found: np.ndarray) -> str:
    if expected.dtype != found.dtype:
        return f"type {found.dtype} instead of {expected.dtype}"
    if expected.shape != found.shape:
        return f"shape {found.shape} instead of {expected.shape}"
    if np.array_equal(expected, found, equal_nan=expected.dtype.kind == "f"):
        return ""
    unequal = expected != found
    if expected.dtype.kind == "f":
        unequal &= ~(np.isnan(expected) & np.isnan(found))
    # Recorded variables are [neuron, time]: the earliest difference is the telling one.
    first = min(np.argwhere(unequal).tolist(), key=lambda index: index[::-1])
    values = [array[tuple(first)].item() for array in (found, expected)]
    where = f"first at {first}" if first else "a scalar"
    return (
        f"{np.count_nonzero(unequal)} of {expected.size} values differ, {where}: "
        f"{values[0]!r} instead of {values[1]!r}"
    )
