"""Find and load the Brian2 script that holds the network of the demo."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType

from brian2_l2l.errors import L2LError

#: Where the script is in a checkout, and, below the folder for data, in an installation.
IN_CHECKOUT, INSTALLED = Path("examples", "digits.py"), "share/brian2_l2l/examples/digits.py"
#: What a script must have.
NAMES = ("build_network", "stimulus_values", "DURATION")


def find_script() -> Path:
    """Return the path of ``examples/digits.py``.

    Raises
    ------
    L2LError
        If it is neither in the checkout that this package runs from nor installed with it.
    """
    path = next((path for path in _places() if path.is_file()), None)
    if path is None:
        raise L2LError(
            f"The script {IN_CHECKOUT} is missing from this installation. Take it from the source "
            "code of brian2_l2l and give its path: brian2-l2l demo --script digits.py"
        )
    return path


def _places() -> Iterator[Path]:
    checkout = Path(__file__).resolve().parents[2]
    # An installed package lies in a folder that may have anybody's examples beside it.
    if (checkout / "setup.cfg").is_file():
        yield checkout / IN_CHECKOUT
    try:
        files = metadata.files("brian2_l2l") or []
    except metadata.PackageNotFoundError:
        return
    named = (file for file in files if file.as_posix().endswith(INSTALLED))
    yield from (Path(file.locate()).resolve() for file in named)


def load_script(path: Path) -> ModuleType:
    """Import a script like ``examples/digits.py`` from its path.

    Raises
    ------
    L2LError
        If there is no such file, or it lacks one of `NAMES`.
    """
    if not path.is_file():
        raise L2LError(f"There is no script {path}.")
    spec = importlib.util.spec_from_file_location("brian2_l2l_demo_script", path)
    module = importlib.util.module_from_spec(spec)
    # Where classes and pickles of the script look for their module.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    missing = [name for name in NAMES if not hasattr(module, name)]
    if missing:
        raise L2LError(
            f"The script {path} has no {', '.join(missing)}; write it as in {IN_CHECKOUT}."
        )
    return module
