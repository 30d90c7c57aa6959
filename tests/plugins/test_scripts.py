"""Commands find their scripts in a checkout and in an installation."""

import configparser
from importlib import metadata
from pathlib import Path

import pytest

from brian2_l2l.errors import L2LError
from brian2_l2l_plugins import scripts
from brian2_l2l_plugins.demo.command import ADVICE
from brian2_l2l_plugins.demo.learning import NAMES
from brian2_l2l_plugins.recipes.registry import RECIPES

ROOT = Path(__file__).parents[2]


def test_a_checkout_takes_its_own_script():
    assert scripts.find_script("digits.py") == ROOT / "examples" / "digits.py"


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """The package in a folder of its own, with the files that the test lists."""
    site = tmp_path / "lib" / "site-packages"
    monkeypatch.setattr(scripts, "__file__", str(site / "brian2_l2l_plugins" / "scripts.py"))
    # Somebody else's example, which must not be taken.
    (site / "examples").mkdir(parents=True)
    (site / "examples" / "digits.py").touch()

    class Distribution:
        def locate_file(self, path):
            return site / path

    def install(*names):
        files = [metadata.PackagePath(name) for name in names]
        for file in files:
            file.dist = Distribution()
        monkeypatch.setattr(metadata, "files", lambda name: files)
        return site

    return install


def test_an_installation_takes_the_script_that_came_with_it(installed):
    name = "../../share/brian2_l2l/examples/digits.py"
    site = installed("brian2_l2l/__init__.py", "examples/digits.py", name)
    (site / name).parent.mkdir(parents=True)
    (site / name).touch()
    assert scripts.find_script("digits.py").samefile(site / name)


def test_a_missing_script_is_explained(installed):
    installed("brian2_l2l/__init__.py")
    with pytest.raises(L2LError, match="missing from this installation.*--script digits.py"):
        scripts.find_script("digits.py", ADVICE)


def test_the_scripts_of_commands_are_installed():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    found = {
        f"{folder.strip()}/{Path(file).name}": file
        for folder, files in setup["options.data_files"].items()
        for file in files.split()
    }
    assert all((ROOT / file).is_file() for file in found.values())
    wanted = ["digits.py", *(recipe.script for recipe in RECIPES.values())]
    assert set(found) == {f"{scripts.INSTALLED}/{name}" for name in wanted}


def test_a_script_without_the_names_is_refused(tmp_path):
    path = tmp_path / "other.py"
    path.write_text("DURATION = 3\n")
    with pytest.raises(L2LError, match="has no build_network, stimulus_values"):
        scripts.load_script(path, NAMES)
