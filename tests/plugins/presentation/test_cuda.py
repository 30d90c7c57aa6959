"""Presenters as programs of Brian2CUDA: they are written here, and compiled where there is nvcc.

They run where there is a device.
"""

import importlib.util
import os
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch
from brian2 import prefs, set_device
from brian2.devices.device import all_devices

from brian2_l2l_plugins.presentation.cuda import FLAGS, STANDARD
from brian2_l2l_plugins.scripts import find_script, load_script
from tests.plugins.presentation.patterns import data, presenter

pytest.importorskip("brian2cuda")

#: Networks of the example, each with other statements at its synapses or with background noise.
NETWORKS = {
    "blanks": {},
    "blanks, bits": {"bits": 8},
    "noise": {"noise": True},
    "noise, bits": {"noise": True, "bits": 8},
}

#: What is said of a machine that need not have CUDA.
ABSENT = {
    "detect_gpus": False,
    "detect_cuda": False,
    "gpu_id": 0,
    "compute_capability": 9.0,
    "cuda_path": "/usr/local/cuda",
}


@pytest.fixture
def absent(monkeypatch):
    """Let Brian2CUDA look for no device, and return its preferences."""
    from brian2cuda.utils import gputools

    for known in ("_cuda_installation", "_gpu_selection"):
        monkeypatch.setattr(gputools, known, dict.fromkeys(getattr(gputools, known)))
    for name, value in ABSENT.items():
        prefs[f"devices.cuda_standalone.cuda_backend.{name}"] = value
    return prefs.devices.cuda_standalone.cuda_backend


@pytest.fixture
def nvcc(absent, tmp_path):
    """Let Brian2CUDA compile with what is here, or skip the test."""
    from brian2cuda.utils.gputools import get_cuda_path

    absent.detect_cuda, absent.cuda_path = True, None
    try:
        cuda = get_cuda_path()
    except RuntimeError as missing:
        pytest.skip(f"there is no nvcc: {missing}")
    link_curand(Path(cuda), tmp_path)
    # Brian2 asks for all files at once, each of which takes some 500 MB of memory.
    prefs.devices.cpp_standalone.extra_make_args_unix = [f"-j{len(os.sched_getaffinity(0))}"]


def link_curand(cuda, links):
    """Let programs be compiled and linked with cuRAND, or skip the test."""
    found = find_curand([cuda, Path("/usr/local/cuda"), *wheels()])
    if found is None:
        pytest.skip("cuRAND is missing: neither CUDA nor a wheel such as nvidia-curand has it")
    headers, library = found
    # Wheels have the library without the name by which it is linked.
    (links / "libcurand.so").symlink_to(library)
    flags = prefs.codegen.cpp
    flags.include_dirs = [*flags.include_dirs, str(headers)]
    flags.library_dirs = [*flags.library_dirs, str(links)]


def find_curand(folders):
    """Return the headers and the library of cuRAND in the first folder that has both."""
    for folder in folders:
        library = next(folder.glob("lib*/libcurand.so*"), None)
        if library is not None and (folder / "include/curand.h").is_file():
            return folder / "include", library
    return None


def wheels():
    """Return the folders of packages of CUDA's libraries."""
    spec = importlib.util.find_spec("nvidia")
    places = [] if spec is None else spec.submodule_search_locations
    return [folder for place in places for folder in Path(place).iterdir()]


class BuiltError(Exception):
    """Instead of a run."""


@pytest.fixture
def build(monkeypatch):
    """Return what has the device build the program of a presenter, and not run it."""

    def stop(**options):
        raise BuiltError

    def build_for(shown, values):
        with pytest.raises(BuiltError):
            shown.counts(values)

    monkeypatch.setattr(all_devices["cuda_standalone"], "run", stop)
    return build_for


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder for all programs: make compiles again only the sources that differ."""
    return tmp_path_factory.mktemp("program")


@pytest.mark.parametrize("version", [12.4, 13.0])
def test_a_program_is_written_by_the_standard_that_cuda_needs(version, absent, build, tmp_path):
    absent.cuda_runtime_version = version
    before = [list(prefs[name]) for name in FLAGS]
    set_device("cuda_standalone", build_on_run=False, directory=str(tmp_path), compile=False)
    build(presenter(transmission=0.65), data(0)[0])
    makefile, main = ((tmp_path / name).read_text() for name in ("makefile", "main.cu"))
    assert (STANDARD in makefile) == (version >= 13)
    seeds, runs = main.index("random_number_buffer.set_seed(strtoull"), main.index("network.run(")
    assert seeds < main.index("set_from_command_line(args)", seeds) < runs
    assert [list(prefs[name]) for name in FLAGS] == before


@pytest.mark.slow
@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_nvcc_compiles_the_example(options, nvcc, build, folder):
    matplotlib.use("Agg")
    example = load_script(find_script("frompapers/Neftci_et_al_2017.py"), ["make_presenter"])
    program = folder / "main"
    program.unlink(missing_ok=True)
    set_device("cuda_standalone", build_on_run=False, directory=str(folder))
    build(example.make_presenter(0, chunk=2, hidden=(5,), **options), np.zeros((2, 784)))
    assert program.is_file()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no device with CUDA")
def test_a_program_on_the_device_learns(tmp_path, rng):
    values, labels = data(rng)
    set_device("cuda_standalone", build_on_run=False, directory=str(tmp_path))
    shown = presenter(transmission=0.65)
    shown.train(values, labels, report=None)
    assert shown.accuracy(values[:40], labels[:40]) > 0.8
