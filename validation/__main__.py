"""The command line: ``python -m validation conformance`` and ``python -m validation fuzz``."""

import argparse
import sys
from pathlib import Path

from validation import reports


def build_parser() -> argparse.ArgumentParser:
    """Make the parser; each program is one of its subcommands."""
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__)
    programs = parser.add_subparsers(dest="program", required=True)
    add_conformance(programs)
    add_fuzz(programs)
    return parser


def add_conformance(programs) -> None:
    """Add the program that runs Brian2's own suite on the device 'torch'."""
    parser = programs.add_parser("conformance", help="run Brian2's own tests on device 'torch'")
    parser.add_argument("--float-dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--only", metavar="K", help="only the tests that pytest's -k selects")
    add_results(parser)
    parser.set_defaults(run=run_conformance)


def add_fuzz(programs) -> None:
    """Add the program that compares random networks with Brian2's numpy target."""
    parser = programs.add_parser("fuzz", help="compare random networks with Brian2's numpy target")
    parser.add_argument("--networks", type=positive, default=2000, help="how many must count")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--processes", type=positive, default=2)
    add_results(parser)
    parser.set_defaults(run=run_fuzz)


def add_results(parser: argparse.ArgumentParser) -> None:
    """Add the folder for the report."""
    parser.add_argument("--results", type=Path, default=reports.RESULTS, metavar="DIR")


def positive(text: str) -> int:
    """Read a number that is at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


# The programs import Brian2 and torch, which takes seconds: not before they are needed.


def run_conformance(arguments: argparse.Namespace) -> int:
    """Run the suite."""
    import brian2_l2l  # noqa: F401  registers the device 'torch'
    from validation import conformance

    return conformance.run("torch", arguments.float_dtype, arguments.results, arguments.only)


def run_fuzz(arguments: argparse.Namespace) -> int:
    """Run a campaign."""
    from validation.fuzz import report

    return report.run(arguments.networks, arguments.seed, arguments.processes, arguments.results)


def main(argv: list[str] | None = None) -> int:
    """Run the program that the arguments name, and give its exit code."""
    arguments = build_parser().parse_args(argv)
    return arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
