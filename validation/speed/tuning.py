"""Choose the weights of networks with other equations, such that rates and gradients compare."""

from collections.abc import Callable

#: The recurrent weights relative to ours where the surrogate is 1 at threshold, not 0.3: with
#: stronger ones the gradients grow over time until they overflow.
RECURRENT = 0.2

#: The mean rate in Hz that is aimed at, and how often the range of strengths is halved.
RATE, HALVINGS = 10.0, 10


def tuned_gain(rate: Callable[[float], float], low: float = 0.1, high: float = 30.0) -> float:
    """
    Find the factor for the weights of the inputs that gives the wanted mean rate.

    Parameters
    ----------
    rate : callable
        The mean rate in Hz of a factor; it rises with it.
    low, high : float
        Between these.

    Returns
    -------
    gain : float
    """
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if rate(middle) > RATE else (middle, high)
    return (low * high) ** 0.5
