"""Networks in C++ standalone: compiled once, run with other values and seeds."""

import os
import pickle
import signal
import subprocess

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, defaultclock, get_device, ms, mV, prefs, set_device
from brian2.devices.device import all_devices, reset_device
from brian2.utils.logger import catch_logs

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.l2l import Parameter, StandaloneEvaluation, evolve
from brian2_l2l_plugins.l2l.evolution.executors import workplace
from brian2_l2l_plugins.l2l.evolution.standalone import compiling, program
from tests.plugins.l2l.evolution import standalone_networks as networks

VALUES = {
    "neurons.tau": 10 * ms,
    "neurons.gain": 1.0,
    "neurons.noise": 0.3,
    "S.w": 0.01,
    "S.delay": 1 * ms,
    "neurons.size": 3,
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A folder in which the test file keeps the program, so that it is compiled once."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture
def evaluation(quick_compiler, shared, tmp_path):
    workplace.settle(tmp_path / "own", shared)
    yield StandaloneEvaluation(networks.build_noisy, networks.fingerprint)
    workplace.leave()


def test_values_and_seed_decide_the_result(evaluation):
    assert 10 < networks.rate(evaluation.run(VALUES, 1)) < 150
    first, other, again = (evaluation(VALUES, seed) for seed in (1, 2, 1))
    assert first == again != other
    changes = {
        "neurons.tau": 12 * ms,
        "neurons.gain": 1.1,
        "neurons.noise": 0.4,
        "S.w": 0.02,
        "S.delay": 3 * ms,
    }
    for name, value in changes.items():
        assert evaluation({**VALUES, name: value}, 1) != first, name
    # Nothing of the runs before is left.
    assert evaluation(VALUES, 1) == first


def test_it_is_built_and_compiled_once(evaluation, monkeypatch):
    compiled, built = [], []

    def compile_and_count(folder, *arguments):
        compiled.append(folder)
        compiling.compile_project(folder, *arguments)

    def build():
        built.append(1)
        return networks.build_noisy()

    monkeypatch.setattr(program, "compile_project", compile_and_count)
    counted = StandaloneEvaluation(build, networks.fingerprint)
    costs = {counted({**VALUES, "S.w": 0.01 * k}, k) for k in range(5)}
    assert len(costs) == 5
    assert len(built) == len(compiled) == 1


def test_what_is_computed_from_parameters_follows(evaluation):
    net = evaluation.run(VALUES, 1)
    drive, weights = np.array(net["neurons"].drive), np.array(net["S"].w)
    net = evaluation.run({**VALUES, "neurons.gain": 2.0, "S.w": 0.03}, 1)
    np.testing.assert_allclose(net["neurons"].drive, 2 * drive)
    assert (weights == 0.01).all() and (np.array(net["S"].w) == 0.03).all()
    assert net["neurons"].gain[:] == 2.0


def test_what_the_script_seeds_stays_and_the_rest_follows_the_seed(evaluation):
    net = evaluation.run(VALUES, 1)
    before = np.array(net["S"].i), np.array(net["neurons"].drive), networks.fingerprint(net)
    net = evaluation.run(VALUES, 2)
    np.testing.assert_array_equal(net["S"].i, before[0])
    np.testing.assert_array_equal(net["neurons"].drive, before[1])
    assert networks.fingerprint(net) != before[2]


def test_integers_are_rounded(evaluation):
    for given, wanted in ((2.6, 3), (-1.4, -1), (1e3, 1000)):
        net = evaluation.run({**VALUES, "neurons.size": given}, 1)
        assert net["neurons"].size[:] == wanted


def test_the_process_keeps_its_device_and_its_numbers(evaluation):
    np.random.seed(3)
    wanted = np.random.random(2)
    np.random.seed(3)
    evaluation(VALUES, 1)
    assert get_device() is all_devices["runtime"]
    # The network has another time step.
    assert defaultclock.dt == 0.1 * ms
    np.testing.assert_array_equal(np.random.random(2), wanted)
    assert "BRIAN2_L2L_SEED" not in os.environ


def test_two_networks_take_turns(evaluation):
    other = StandaloneEvaluation(networks.build_noisy, networks.fingerprint, build_seed=1)
    first, second = evaluation(VALUES, 1), other(VALUES, 1)
    # The biases are others, which NumPy draws when the network is built.
    assert first != second
    assert evaluation(VALUES, 1) == first and other(VALUES, 1) == second


def test_what_numpy_draws_is_the_same_in_every_build(evaluation):
    np.random.seed(1)
    bias = np.array(evaluation.run(VALUES, 1)["neurons"].bias)
    np.random.seed(2)
    again = StandaloneEvaluation(networks.build_noisy, networks.fingerprint)
    np.testing.assert_array_equal(again.run(VALUES, 1)["neurons"].bias, bias)


def test_a_program_that_is_killed_is_run_again(evaluation, monkeypatch):
    first, call, killed = evaluation(VALUES, 1), subprocess.call, []

    def kill_first(command, **options):
        if not killed:
            killed.append(command)
            return -signal.SIGKILL
        return call(command, **options)

    monkeypatch.setattr(subprocess, "call", kill_first)
    assert evaluation(VALUES, 1) == first and killed


def test_it_can_be_sent_to_another_process(evaluation):
    evaluation(VALUES, 1)
    again = pickle.loads(pickle.dumps(evaluation))
    assert again._program is None and again.build is networks.build_noisy


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tau", "must be called by a group and its variable, such as 'group.tau'"),
        ("neuron.tau", "has no group 'neuron'.*Did you mean 'neurons'"),
        (
            "neurons.taum",
            "no variable 'taum'. Did you mean 'tau'.*of the namespace are compiled in",
        ),
        ("neurons.i", "values of 'neurons.i' cannot be set"),
        ("neurons.N", "values of 'neurons.N' cannot be set"),
    ],
)
def test_what_is_no_parameter_is_refused(name, message):
    evaluation = StandaloneEvaluation(networks.build_noisy, networks.rate)
    with pytest.raises(TrainingError, match=f"(?s){message}"):
        evaluation({name: 1.0}, 1)


def test_other_units_are_refused(evaluation):
    with pytest.raises(TrainingError, match="'neurons.tau' has the value 10. mV, and the variable"):
        evaluation({**VALUES, "neurons.tau": 10 * mV}, 1)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (networks.build_without_running, "must run the network"),
        (networks.build_nothing, "returned None; it must return the Network"),
    ],
)
def test_what_build_must_do_is_said(build, message):
    with pytest.raises(TrainingError, match=message):
        StandaloneEvaluation(build, networks.rate)({"neurons.v": 1.0}, 1)


def test_what_cannot_be_built_is_tried_once():
    built = []
    evaluation = StandaloneEvaluation(lambda: built.append(1), networks.rate)
    for _ in range(3):
        with pytest.raises(TrainingError, match="returned None"):
            evaluation({"neurons.v": 1.0}, 1)
    assert len(built) == 1


def test_what_the_compiler_says_is_shown(compiler):
    evaluation = StandaloneEvaluation(networks.build_uncompilable, networks.rate)
    with pytest.raises(TrainingError, match="(?s)cannot be compiled.*main.cpp.*error"):
        evaluation({"neurons.v": 1.0}, 1)


def test_the_users_own_standalone_network_is_left_alone():
    set_device("cpp_standalone", build_on_run=False)
    net = Network(NeuronGroup(1, "v : 1"))
    net.run(1 * ms)
    with pytest.raises(TrainingError, match="has a network already"):
        StandaloneEvaluation(networks.build_noisy, networks.rate)(VALUES, 1)
    assert net in get_device().networks
    reset_device()


def test_a_network_that_differs_between_processes_is_noticed(tmp_path):
    folders = [tmp_path / "a", tmp_path / "b"]
    with catch_logs(only_from=("brian2_l2l_plugins",)) as log:
        for folder in folders:
            (folder / "static_arrays").mkdir(parents=True)
            (folder / "main.cpp").write_text("same")
            (folder / "static_arrays" / "weights").write_text("same")
            compiling._warn_of_difference(folder, tmp_path / "noted")
        assert log == []
        (folders[0] / "static_arrays" / "weights").write_text("other")
        compiling._warn_of_difference(folders[0], tmp_path / "noted")
    assert "depend on who evaluates" in log[0][2]


class KilledOnce:
    """An evaluation whose process is killed at one of three seeds, the first time."""

    def __init__(self, evaluation, folder):
        self.evaluation, self.folder = evaluation, folder

    def __call__(self, values, seed):
        mark = self.folder / str(seed)
        if seed % 3 == 0 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.evaluation(values, seed)


@pytest.mark.parametrize("executor", ["processes", "dask"])
def test_executors_give_the_results_of_one_process(executor, evaluation, tmp_path):
    if executor == "dask":
        pytest.importorskip("distributed")
    parameters = [
        Parameter("neurons.tau", 5 * ms, 20 * ms),
        Parameter("S.w", 0.001, 0.1, scale="log"),
    ]
    options = {"generations": 2, "population": 8, "seed": 4}
    wanted = evolve(evaluation, parameters, executor="serial", **options)
    assert len(set(wanted.costs.ravel())) > 10
    (tmp_path / "marks").mkdir()
    inner = KilledOnce(evaluation, tmp_path / "marks")
    result = evolve(inner, parameters, executor=executor, workers=2, **options)
    np.testing.assert_array_equal(result.costs, wanted.costs)
    assert list((tmp_path / "marks").iterdir())
    assert prefs.codegen.cpp.extra_compile_args_gcc[1] == "-O0"
