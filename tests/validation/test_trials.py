import json
import shutil

import numpy as np
import pytest

from validation.__main__ import NETWORKS, main
from validation.trials import networks
from validation.trials.engines import Engine, engines, mirrored
from validation.trials.measure import Row, complaints, wrong_rate
from validation.trials.networks import SIZES, SMOKE, build_case
from validation.trials.run import table

NAMES = sorted(SIZES)
needs_compiler = pytest.mark.skipif(not shutil.which("g++"), reason="there is no g++")


def row(name, counts, rounds, dtype="float64"):
    engine = Engine(name, "fused", dtype)
    return Row(engine, np.asarray(counts), 1.0, 3.0, rounds)


def test_the_command_line_names_all_networks():
    assert set(NETWORKS) == set(SIZES) == set(SMOKE)


@pytest.mark.parametrize("name", NAMES)
def test_trials_differ_and_are_the_same_for_a_seed(name):
    def values(seed):
        case = build_case(name, SMOKE[name], seed)
        trials = [np.moveaxis(array, 1, 0) for array in case.inputs.values()]
        return [*trials, *case.initial.values()]

    for first, again, other in zip(values(1), values(1), values(2), strict=True):
        assert len(first) == SMOKE[name].trials
        assert np.array_equal(first, again) and not np.array_equal(first, other)
        assert not np.array_equal(first[0], first[1])


def test_the_conductance_network_has_two_percent_of_the_connections():
    case = networks.conductance(SIZES["conductance"], seed=0)
    number = sum(len(case.network[name]) for name in ("S_e", "S_i"))
    assert number == pytest.approx(0.02 * 1000**2, rel=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_the_batch_gives_the_counts_that_brian2_gives_trial_by_trial(name):
    case = build_case(name, SMOKE[name], seed=0)
    counts = mirrored(case, "plain", "float64")()
    case.network.store()
    for trial, expected in enumerate(counts):
        case.network.restore()
        for array, values in case.inputs.items():
            array.values[:] = values[:, trial]
        for (group, variable), values in case.initial.items():
            group.variables[variable].set_value(values[trial])
        case.network.run(case.duration, namespace={})
        assert np.array_equal(case.monitor.count, expected)
        assert 0 < expected.sum()


def test_times_are_per_trial_and_ratios_by_round():
    slow, fast = row("a", [[1, 2], [3, 4]], [4.0, 40.0]), row("b", [[1, 2], [3, 5]], [2.0, 20.0])
    assert fast.trial_seconds == 5.5 and fast.whole_seconds == 2.0
    assert slow.times_slower(fast) == 2.0
    assert fast.identical(slow) == 0.5
    text = table("adaptive", SMOKE["adaptive"], [slow, fast])
    assert "50%" in text and "2.00" in text


def test_complaints_name_what_is_wrong():
    right, wrong = [[100, 200]] * 10, [[100, 200]] * 8 + [[101, 199]] * 2
    rows = [row("Brian2", right, []), row("a", wrong, []), row("b", wrong, [], "float32")]
    assert complaints("net", rows) == ["net: a: only 80% of trials identical"]
    rows = [row("Brian2", right, []), row("b", [[100, 210]] * 10, [], "float32")]
    assert complaints("net", rows) == ["net: b: 3.3% more or fewer spikes"]
    assert wrong_rate("net", 0.0) and wrong_rate("net", 90.0) and not wrong_rate("net", 10.0)


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize(("name", "threads"), [("adaptive", 2), ("conductance", 1)])
def test_a_small_run_from_end_to_end(name, threads, tmp_path, capsys):
    code = main(
        ["trials", "--smoke", "--networks", name, "--rounds", "2", "--seed", "3"]
        + ["--threads", str(threads), "--results", str(tmp_path)]
    )
    text = capsys.readouterr().out
    assert code == 0, text
    data = json.loads((tmp_path / "trials_smoke.json").read_text())
    measured = data["networks"][name]
    assert list(measured["engines"]) == [engine.name for engine in engines(threads)]
    assert 1 < measured["rate"] < 50
    spikes = [engine["spikes"] for engine in measured["engines"].values()]
    assert all(one == spikes[0] and len(one) == SMOKE[name].trials for one in spikes)
    for engine in measured["engines"].values():
        assert engine["identical"] == 1
        assert len(engine["rounds"]) == 2 and engine["times_faster"] > 0
        assert engine["whole_seconds"] > 0 and engine["trial_seconds"] > 0
    assert data["options"]["seed"] == 3 and data["packages"]["brian2"]
    assert tmp_path.as_posix() not in (tmp_path / "trials_smoke.txt").read_text()
