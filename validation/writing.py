"""Write what was measured, with all that is needed to measure it again."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from validation import machine, reports
from validation.options import CommonOptions

PACKAGES = ("brian2_l2l", "brian2", "torch", "numpy")


def columns(lines: Sequence[Sequence[str]]) -> str:
    """Set cells in columns, one line for each sequence."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def write(name: str, data: dict, texts: Sequence[str], options: CommonOptions) -> None:
    """
    Print a report and write it, as text and as JSON.

    Parameters
    ----------
    name : str
        Of the program.
    data : dict
    texts : sequence of str
        One for each table.
    options : CommonOptions
    """
    where = machine.describe_machine()
    packages = machine.package_versions(PACKAGES)
    # Where files lie says nothing about the figures.
    asked = {key: v for key, v in asdict(options).items() if not isinstance(v, Path)}
    data = {
        **data,
        "options": asked,
        "machine": where,
        "packages": packages,
        "command": machine.command_line(),
    }
    head = (
        f"{where['processor']}, {options.threads} threads, seed {options.seed}\n"
        f"{data['command']}\n" + ", ".join(f"{key} {number}" for key, number in packages.items())
    )
    text = "\n\n".join([head, *texts])
    print(f"\n{text}\n", flush=True)
    name = options.report_name(name)
    print("written:", *reports.write(options.results, name, data, text))
