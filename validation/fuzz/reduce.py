"""Make a failing script short: leave out blocks and lines as long as it still fails."""

from collections.abc import Callable, Sequence


def reduce(blocks: Sequence[str], fails: Callable[[str], bool], most_trials: int = 150) -> str:
    """
    Find a short script that still fails.

    Parameters
    ----------
    blocks : sequence of str
        The blocks of the script.
    fails : callable
        Tells whether a script, given as text, fails in the way that matters.
    most_trials : int
        How many scripts may be tried.

    Returns
    -------
    text : str
        The shortest failing script found: first blocks are left out, then lines of what remains.
        If the script does not fail when it is tried again, all of it.
    """
    budget = [most_trials]
    remaining = _drop(list(blocks), "\n\n", fails, budget)
    lines = _drop("\n\n".join(remaining).split("\n"), "\n", fails, budget)
    return "\n".join(lines)


def _drop(parts: list[str], joint: str, fails, budget: list[int]) -> list[str]:
    """Leave out parts, larger pieces first, from the end, where dependents come last."""
    size = max(len(parts) // 2, 1)
    while size:
        start = len(parts) - size
        while start > -size and budget[0] > 0:
            first = max(start, 0)
            candidate = parts[:first] + parts[first + size :]
            if candidate:
                budget[0] -= 1
                if fails(joint.join(candidate)):
                    parts = candidate
            start -= size
        size //= 2
    return parts
