"""The command line: ``python -m validation`` and the name of a program."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from validation import reports

#: The names that ``speed`` takes.
JOBS = ("J1", "J2", "J3")
PEERS = ("loop", "compile", "jax", "spikingjelly", "norse", "snntorch", "spyx")

#: The names that ``trials`` takes.
NETWORKS = ("adaptive", "conductance")

#: The names that ``random-backpropagation`` runs by default, and all that it takes.
QUICK = ("online", "batches", "controls", "bits", "gradients")
CASES = (*QUICK, "sizes", "steps", "standalone", "fine", "long", "large")


def build_parser() -> argparse.ArgumentParser:
    """Make the parser; each program is one of its subcommands."""
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__)
    programs = parser.add_subparsers(dest="program", required=True)
    add_conformance(programs)
    add_fuzz(programs)
    add_lowerings(programs)
    add_speed(programs)
    add_trials(programs)
    add_sparse(programs)
    add_projection(programs)
    add_rewiring(programs)
    add_random_backpropagation(programs)
    add_function_learning(programs)
    add_navigation(programs)
    add_outer_loop(programs)
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


def add_lowerings(programs) -> None:
    """Add the program that compares the lowerings on random networks."""
    parser = programs.add_parser("lowerings", help="compare fused and plain on random networks")
    parser.add_argument("--networks", type=positive, default=200, help="how many are compared")
    parser.add_argument(
        "--sanitized", type=int, default=0, metavar="N", help="run N with the sanitizers too"
    )
    add_measurement(parser)
    parser.set_defaults(run=measurement("lowerings.run"))


def add_speed(programs) -> None:
    """Add the program that measures training steps beside those of other libraries."""
    parser = programs.add_parser("speed", help="measure training steps beside other libraries'")
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=JOBS)
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="by default all")
    parser.add_argument("--rounds", type=positive, default=7)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--scaling", action="store_true", help="also how time and memory grow")
    parser.add_argument(
        "--bound", type=Path, metavar="DIR", help="also the hand-written C++ in this folder"
    )
    add_measurement(parser)
    parser.set_defaults(run=measurement("speed.run"))


def add_trials(programs) -> None:
    """Add the program that measures many trials beside Brian2's C++ programs."""
    parser = programs.add_parser("trials", help="measure many trials beside Brian2's C++")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--rounds", type=positive, default=7)
    add_measurement(parser)
    parser.set_defaults(run=measurement("trials.run"))


def add_sparse(programs) -> None:
    """Add the program that measures how a training step grows with the size of its job."""
    parser = programs.add_parser("sparse", help="measure sparse networks, long and large batches")
    parser.add_argument("--rounds", type=positive, default=7)
    add_measurement(parser)
    parser.set_defaults(run=measurement("speed.growth"))


def add_projection(programs) -> None:
    """Add the program that projects the time of a whole training from some iterations."""
    parser = programs.add_parser("projection", help="project the time of a training on MNIST")
    add_digits(parser)
    parser.add_argument("--iterations", type=positive, default=200)
    add_measurement(parser)
    parser.set_defaults(run=measurement("projection.run"))


def add_rewiring(programs) -> None:
    """Add the program that trains sparse networks with and without rewiring."""
    parser = programs.add_parser("rewiring", help="train sparse networks, with rewiring or without")
    add_digits(parser)
    parser.add_argument("--iterations", type=positive, default=2200)
    parser.add_argument("--seeds", type=positive, default=3, help="how many")
    add_measurement(parser)
    parser.set_defaults(run=measurement("rewiring.run"))


def add_random_backpropagation(programs) -> None:
    """Add the program that learns digits spike by spike in many ways."""
    parser = programs.add_parser(
        "random-backpropagation", help="learn digits spike by spike, in many ways"
    )
    add_digits(parser)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=QUICK)
    parser.add_argument("--seeds", type=positive, default=3, help="how many")
    parser.add_argument("--resume", action="store_true", help="take over what is in the results")
    add_measurement(parser)
    parser.set_defaults(run=measurement("random_backpropagation.run"))


def add_function_learning(programs) -> None:
    """Add the program that compares networks that learn functions with others who learn them."""
    parser = programs.add_parser("function-learning", help="compare networks that learn functions")
    add_weights(parser)
    add_measurement(parser)
    parser.set_defaults(run=measurement("function_learning.run"))


def add_navigation(programs) -> None:
    """Add the program that lets networks come back to hidden goals."""
    parser = programs.add_parser("navigation", help="let networks come back to hidden goals")
    add_weights(parser)
    add_measurement(parser)
    parser.set_defaults(run=measurement("navigation.run"))


def add_outer_loop(programs) -> None:
    """Add the program that disturbs evolution and measures its overhead."""
    parser = programs.add_parser("outer-loop", help="evolve while processes are killed")
    add_measurement(parser)
    parser.set_defaults(run=measurement("outer_loop.run"))


def add_digits(parser: argparse.ArgumentParser) -> None:
    """Add the folder of MNIST."""
    parser.add_argument(
        "--digits", type=Path, required=True, metavar="DIR", help="with the four files of MNIST"
    )


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Add the folder of trained networks."""
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="DIR",
        default=reports.RESULTS / "weights",
        help="with the weights of trained networks",
    )


def add_measurement(parser: argparse.ArgumentParser) -> None:
    """Add what all measurements take."""
    parser.add_argument("--threads", type=positive, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--smoke", action="store_true", help="a tiny size, to try the program")
    add_results(parser)


def add_results(parser: argparse.ArgumentParser) -> None:
    """Add the folder for the report."""
    parser.add_argument("--results", "--output", type=Path, default=reports.RESULTS, metavar="DIR")


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


def measurement(name: str) -> Callable[[argparse.Namespace], int]:
    """Give what runs a measurement, by the name of its module."""

    def run(arguments: argparse.Namespace) -> int:
        module = import_module(f"validation.{name}")
        names = module.Options.__dataclass_fields__
        return module.run(module.Options(**{one: getattr(arguments, one) for one in names}))

    return run


def main(argv: list[str] | None = None) -> int:
    """Run the program that the arguments name, and give its exit code."""
    arguments = build_parser().parse_args(argv)
    return arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
