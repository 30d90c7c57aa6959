"""What the command lines of all measurements ask for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["CommonOptions", "DigitsOptions", "WeightsOptions"]


@dataclass(frozen=True, kw_only=True)
class CommonOptions:
    """
    What the command line asks for; programs add what is theirs.

    Attributes
    ----------
    threads : int
        Or processes, where these share out the work.
    seed : int
        Of all that is random, or the first one.
    smoke : bool
        Whether a tiny size is run, to try the program.
    results : Path
        The folder for the report.
    """

    threads: int
    seed: int
    smoke: bool
    results: Path

    def report_name(self, program: str) -> str:
        """Give the name of the files of a program; a small run has others."""
        return f"{program}_smoke" if self.smoke else program

    def picture(self, program: str) -> Path:
        """Give the path of a program's picture."""
        return self.results / f"{self.report_name(program)}.png"


@dataclass(frozen=True, kw_only=True)
class DigitsOptions(CommonOptions):
    """
    What the command line asks for, of programs that learn MNIST.

    Attributes
    ----------
    digits : Path
        The folder with its four files.
    """

    digits: Path


@dataclass(frozen=True, kw_only=True)
class WeightsOptions(CommonOptions):
    """
    What the command line asks for, of programs that compare trained networks.

    Attributes
    ----------
    weights : Path
        The folder of the trained networks.
    """

    weights: Path
