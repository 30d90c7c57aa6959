"""The arguments of ``brian2-l2l demo``."""

from __future__ import annotations

import argparse
from pathlib import Path

from brian2_l2l_plugins.demo.learning import Settings

DEFAULT = Settings()
ADVICE = " and give its path: brian2-l2l demo --script digits.py"


class Demo:
    """The command; see `brian2_l2l.hookspecs.commands`."""

    help = "train a network on handwritten digits; run it in the mirror, in Brian2 and in C++"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        parser.description = self.help
        parser.epilog = (
            "Exit code: 0, or 1 if training failed or the engines do not agree, 3 if C++ could not "
            "be run and the others agree, 130 after Ctrl-C (--resume goes on from there)."
        )
        parser.add_argument(
            "--output",
            type=Path,
            default=Path("results", "demo"),
            metavar="DIR",
            help="where to leave picture, weights, history and checkpoint (default: %(default)s)",
        )
        parser.add_argument(
            "--resume", action="store_true", help="go on from the checkpoint in DIR"
        )
        parser.add_argument(
            "--script", type=Path, help="a script like examples/digits.py (default: that one)"
        )
        _add_number(parser, "--seed", 0, "seed of all that is random")
        _add_number(parser, "--epochs", 1, "passes through the training digits, at most")
        _add_number(parser, "--batch-size", 1, "digits per update")
        _add_number(parser, "--train-size", 1, "training digits (default: all that are left)")
        _add_number(parser, "--validation-size", 1, "digits that decide when to stop")
        _add_number(parser, "--test-size", 1, "digits that all engines are tested with")

    def run(self, arguments: argparse.Namespace) -> int:
        """Run the demo and return the exit code."""
        # Only this command needs what is imported here.
        from brian2_l2l_plugins.demo.pipeline import run_demo
        from brian2_l2l_plugins.scripts import find_script

        given = {name: getattr(arguments, name) for name in vars(DEFAULT) if name in arguments}
        script = arguments.script or find_script("digits.py", ADVICE)
        return run_demo(script, Settings(**given), arguments.output, arguments.resume)


def _add_number(parser: argparse.ArgumentParser, option: str, least: int, text: str) -> None:
    """Add an option that is a field of `Settings`."""
    default = getattr(DEFAULT, option.strip("-").replace("-", "_"))
    if default is not None:
        text = f"{text} (default: {default})"

    def number(value: str) -> int:
        if not value.isdecimal() or int(value) < least:
            raise argparse.ArgumentTypeError(f"{value!r} is no integer of {least} or more")
        return int(value)

    parser.add_argument(option, type=number, default=default, metavar="N", help=text)
