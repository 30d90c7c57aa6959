"""The demo finds its script in a checkout and in an installation, and compares engines."""

import configparser
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from brian2_l2l.errors import L2LError
from brian2_l2l_plugins.demo import script
from brian2_l2l_plugins.demo.answers import Answers
from brian2_l2l_plugins.demo.results import make_rows, table_text

ROOT = Path(__file__).parents[2]


def test_a_checkout_takes_its_own_script():
    assert script.find_script() == ROOT / "examples" / "digits.py"


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """The package in a folder of its own, with the files that the test lists."""
    site = tmp_path / "lib" / "site-packages"
    monkeypatch.setattr(script, "__file__", str(site / "brian2_l2l_plugins" / "demo" / "script.py"))
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
    assert script.find_script().samefile(site / name)


def test_a_missing_script_is_explained(installed):
    installed("brian2_l2l/__init__.py")
    with pytest.raises(L2LError, match="missing from this installation.*--script digits.py"):
        script.find_script()


def test_the_script_is_installed():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    ((folder, files),) = setup["options.data_files"].items()
    assert f"{folder.strip()}/{Path(files.strip()).name}" == script.INSTALLED
    assert (ROOT / files.strip()).is_file()


def test_a_script_without_the_names_is_refused(tmp_path):
    path = tmp_path / "other.py"
    path.write_text("DURATION = 3\n")
    with pytest.raises(L2LError, match="has no build_network, stimulus_values; write it as in"):
        script.load_script(path)


def test_rows_count_what_differs():
    spikes = np.zeros((4, 3, 2), dtype=bool)
    spikes[1, :, 0] = True
    readout = np.zeros((4, 3, 10))
    readout[:, (0, 1, 2), (5, 6, 7)] = 1
    reference = Answers("A", spikes, readout, seconds=1.0)
    other = Answers("B", spikes.copy(), readout.copy(), seconds=2.0)
    other.spikes[3, 1, 1] = True
    other.readout[2, 2, 8] = 9
    first, second = make_rows([reference, other], reference, np.array([5, 0, 7]), duration=0.004)
    assert (first["correct"], first["same_class"], first["same_spike_trains"]) == (2, 3, 3)
    assert (second["correct"], second["same_class"], second["same_spike_trains"]) == (1, 2, 2)
    assert (first["spikes"], second["spikes"]) == (3, 4)
    # One spike per digit in one of two neurons in 4 ms.
    assert first["rate_Hz"] == pytest.approx(125)
    lines = table_text([first, second]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert "66.7 %" in lines[2] and "33.3 %" in lines[3] and "2 of 3" in lines[3]
