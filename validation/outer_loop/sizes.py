"""How much is evaluated."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """
    The size of all runs.

    Attributes
    ----------
    name : str
    generations, population : int
    every : int
        A process is killed after so many results.
    kill_after : tuple of int
        After how many generations the whole run is killed, each time.
    overhead : int
        The number of evaluations that the overhead is measured with.
    """

    name: str
    generations: int
    population: int
    every: int
    kill_after: tuple[int, ...]
    overhead: int


SIZES = {
    "full": Size("full", 10, 20, 20, (2, 5, 8), 50),
    # To try the program; its times say nothing.
    "smoke": Size("smoke", 3, 8, 8, (1,), 4),
}
