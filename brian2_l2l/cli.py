"""The command line ``brian2-l2l``: it lists the plugins and runs the commands they contribute."""

import argparse
import sys
from collections.abc import Sequence

from brian2.utils.logger import get_logger

from brian2_l2l import __version__, plugins
from brian2_l2l.errors import L2LError

logger = get_logger(__name__)

#: The exit code of an error that is explained in one message, and of Ctrl-C (128 + SIGINT). A
#: wrong command line is 2, as argparse has it.
FAILED, INTERRUPTED = 1, 130


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments without the program's name. Defaults to those of the process.

    Returns
    -------
    exit_code : int
        0 on success, 1 after an explained error, 2 for a wrong command line, 130 after Ctrl-C.
    """
    try:
        arguments = _parser().parse_args(argv)
        return arguments.run_command(arguments) or 0
    except L2LError as error:
        print(f"brian2-l2l: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("brian2-l2l: interrupted", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="brian2-l2l", description="Train Brian2 networks. Commands come from plugins."
    )
    parser.add_argument("--version", action="version", version=f"brian2_l2l {__version__}")
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listing = subparsers.add_parser("plugins", help="list the installed plugins")
    listing.set_defaults(run_command=_list_plugins)
    for name in plugins.names("commands"):
        _add_command(subparsers, name)
    return parser


def _add_command(subparsers, name: str) -> None:
    command = plugins.get("commands", name)
    # The command's own parser is filled first and only then added: one that fails leaves no trace.
    own = argparse.ArgumentParser(prog=f"brian2-l2l {name}", add_help=False)
    try:
        command.add_arguments(own)
        text = command.help.replace("%", "%%")
        parser = subparsers.add_parser(name, help=text, description=text, parents=[own])
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        logger.warn(f"The command {name!r} is left out: {error!r}", name_suffix="command")
    else:
        parser.set_defaults(run_command=command.run)


def _list_plugins(arguments: argparse.Namespace) -> int:
    rows = [("PLUGIN", "DISTRIBUTION", "STATE", "CONTRIBUTES")]
    rows += [
        (info.name, f"{info.distribution} {info.version}", info.state, _summary(info))
        for info in plugins.listing()
    ]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join([*cells, row[-1]]).rstrip())
    return 0


def _summary(info: plugins.PluginInfo) -> str:
    contributed = [f"{kind}: {', '.join(sorted(n))}" for kind, n in info.contributions.items()]
    refused = [f"refused {words}" for words in info.refused]
    return info.reason or "; ".join(contributed + refused)
