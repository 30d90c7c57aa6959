"""Find and load the Brian2 scripts that hold the networks of commands."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path, PurePosixPath
from types import ModuleType

from brian2_l2l.errors import L2LError

__all__ = ["find_script", "load_script"]

#: Where the scripts are in a checkout, and, below the folder for data, in an installation.
IN_CHECKOUT, INSTALLED = PurePosixPath("examples"), PurePosixPath("share/brian2_l2l/examples")


def find_script(name: str, advice: str = "") -> Path:
    """Return the path of a script of the folder ``examples``.

    Parameters
    ----------
    name : str
        Such as ``'digits.py'``.
    advice : str
        What to do with a script that was taken from elsewhere.

    Raises
    ------
    L2LError
        If it is neither in the checkout that this package runs from nor installed with it.
    """
    path = next((path for path in _places(name) if path.is_file()), None)
    if path is None:
        raise L2LError(
            f"The script {IN_CHECKOUT / name} is missing from this installation. Take it from the "
            f"source code of brian2_l2l{advice}."
        )
    return path


def _places(name: str) -> Iterator[Path]:
    checkout = Path(__file__).resolve().parents[1]
    # An installed package lies in a folder that may have anybody's examples beside it.
    if (checkout / "setup.cfg").is_file():
        yield checkout / IN_CHECKOUT / name
    try:
        files = metadata.files("brian2_l2l") or []
    except metadata.PackageNotFoundError:
        return
    named = (file for file in files if file.as_posix().endswith(str(INSTALLED / name)))
    yield from (Path(file.locate()).resolve() for file in named)


def load_script(path: Path, names: Sequence[str]) -> ModuleType:
    """Import a script from its path.

    Parameters
    ----------
    path : Path
    names : sequence of str
        What it must have.

    Raises
    ------
    L2LError
        If there is no such file, or it lacks one of the names.
    """
    if not path.is_file():
        raise L2LError(f"There is no script {path}.")
    spec = importlib.util.spec_from_file_location(f"brian2_l2l_script_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    # Where classes and pickles of the script look for their module.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    missing = [name for name in names if not hasattr(module, name)]
    if missing:
        raise L2LError(f"The script {path} has no {', '.join(missing)}.")
    return module
