"""Presenters as programs of Brian2CUDA: they are written here, and run where there is a device."""

import pytest
import torch
from brian2 import prefs, set_device

from brian2_l2l_plugins.presentation.cuda import FLAGS, STANDARD
from tests.plugins.presentation.patterns import data, presenter

pytest.importorskip("brian2cuda")

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


@pytest.mark.parametrize("version", [12.4, 13.0])
def test_a_program_is_written_by_the_standard_that_cuda_needs(version, absent, tmp_path):
    absent.cuda_runtime_version = version
    before = [list(prefs[name]) for name in FLAGS]
    set_device("cuda_standalone", build_on_run=False, directory=str(tmp_path), compile=False)
    presenter(transmission=0.65)
    makefile, main = ((tmp_path / name).read_text() for name in ("makefile", "main.cu"))
    assert (STANDARD in makefile) == (version >= 13)
    seeds, runs = main.index("random_number_buffer.set_seed(strtoull"), main.index("network.run(")
    assert seeds < main.index("set_from_command_line(args)", seeds) < runs
    assert [list(prefs[name]) for name in FLAGS] == before


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no device with CUDA")
def test_a_program_on_the_device_learns(tmp_path, rng):
    values, labels = data(rng)
    set_device("cuda_standalone", build_on_run=False, directory=str(tmp_path))
    shown = presenter(transmission=0.65)
    shown.train(values, labels, report=None)
    assert shown.accuracy(values[:40], labels[:40]) > 0.8
