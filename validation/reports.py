"""Write what a validation found: a JSON file for programs and a short text for people."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("brian2_l2l", "brian2", "numpy", "torch", "sympy")


def versions() -> dict[str, str]:
    """Give the versions of Python and of the packages that the outcome may depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def write(folder: Path, name: str, data: dict, text: str) -> list[Path]:
    """Write ``name.json`` and ``name.txt`` into `folder`, and give the two paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.json", folder / f"{name}.txt"]
    paths[0].write_text(json.dumps({"versions": versions(), **data}, indent=1) + "\n")
    paths[1].write_text(text + "\n")
    return paths
