"""The outer loop: history, failures, checkpoints."""

import logging

import numpy as np
import pytest
from brian2 import ms, mV
from brian2.utils.logger import catch_logs

from brian2_l2l import plugins
from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.l2l import Parameter, evolve
from brian2_l2l_plugins.l2l.evolution.loop import ranked
from brian2_l2l_plugins.l2l.evolution.searches import SEARCHES
from tests.plugins.l2l.evolution.inner_functions import Raising, bowl, noisy_bowl

PARAMETERS = [Parameter("x", 0.0, 5.0), Parameter("u", 1 * mV, 100 * mV, scale="log")]


def caught_logs():
    return catch_logs(logging.INFO, only_from=("brian2_l2l", "brian2_l2l_plugins"))


def texts(log):
    return [message for _, _, message in log]


def run(inner=noisy_bowl, parameters=PARAMETERS, **options):
    return evolve(
        inner, parameters, **{"executor": "serial", "population": 6, "seed": 3, **options}
    )


def same(one, other):
    assert one.history == other.history and one.stopped_by == other.stopped_by
    assert one.best == other.best and one.best_seed == other.best_seed
    np.testing.assert_array_equal(one.costs, other.costs)
    for name, values in one.values.items():
        np.testing.assert_array_equal(values, other.values[name])


def test_it_is_a_plugin():
    assert plugins.get("outer_loops", "evolution") is evolve


def test_the_best_values_are_found_in_their_units():
    result = run(bowl, generations=40)
    assert result.best["x"] == pytest.approx(3, abs=0.01)
    assert result.best["u"] / mV == pytest.approx(10, abs=0.1)
    assert result.best_cost == result.costs.min() == bowl(result.best, result.best_seed)


def test_the_result_holds_every_evaluation():
    result = run(generations=4)
    assert result.costs.shape == (4, 6) and result.stopped_by == "generations"
    assert result.values["x"].shape == result.values["u"].shape == (4, 6)
    assert noisy_bowl(result.best, result.best_seed) == result.best_cost
    for row, costs in zip(result.history, result.costs, strict=True):
        assert row["cost"] == costs.min() and row["mean_cost"] == pytest.approx(costs.mean())
        assert row["best_cost"] == result.costs[: row["iteration"]].min()
        assert row["failed"] == 0
    assert [row["iteration"] for row in result.history] == [1, 2, 3, 4]
    seeds = [noisy_bowl(result.best, 0), result.best_seed]
    assert seeds[0] != seeds[1]


def test_every_evaluation_has_a_seed_of_its_own():
    seen = []
    run(lambda values, seed: seen.append(seed) or values["x"], generations=5)
    assert len(set(seen)) == 30 and all(0 <= seed < 2**32 for seed in seen)


def test_another_seed_is_another_run():
    assert not np.array_equal(run(generations=2).costs, run(generations=2, seed=4).costs)


def test_a_search_that_has_converged_ends_the_run():
    result = run(lambda values, seed: values["x"], parameters=PARAMETERS[:1], generations=500)
    assert result.stopped_by == "convergence" and len(result.history) < 500


def test_reports_are_told_after_every_generation(capsys):
    told = []
    run(generations=3, report=lambda *arguments: told.append(arguments))
    assert [completed for _, completed, _ in told] == pytest.approx([1 / 3, 2 / 3, 1])
    result = run(generations=3)
    assert [row for _, _, row in told] == list(result.history)
    run(generations=2, report="text")
    assert "best_cost=" in capsys.readouterr().out


def test_an_evaluation_that_raises_is_named_and_the_others_go_on():
    with caught_logs() as log:
        result = run(Raising(4.0), generations=3, population=20)
    failed = np.isnan(result.costs)
    assert 0 < failed.sum() < 20
    np.testing.assert_array_equal(failed, result.values["x"] > 4)
    assert [row["failed"] for row in result.history] == failed.sum(axis=1).tolist()
    warnings = [text for text in texts(log) if "failed, with x = " in text]
    assert len(warnings) == failed.sum()
    x, u = (result.values[name][failed][0] for name in ("x", "u"))
    assert f"x = {x}, u = {u}; seed " in warnings[0]
    assert f"ValueError: {x:.3f} is too much" in warnings[0]
    assert np.isfinite(result.best_cost)


def test_a_cost_that_is_not_finite_counts_as_a_failure():
    with caught_logs() as log:
        result = run(
            lambda values, seed: np.inf if values["x"] > 3 else values["x"],
            generations=1,
            population=20,
        )
    assert result.history[0]["failed"] == np.isinf(result.costs).sum() > 0
    assert any("the cost is inf" in text for text in texts(log))


def test_failures_are_told_as_the_worst():
    np.testing.assert_array_equal(
        ranked(np.array([1.0, np.nan, 3.0, np.inf])).argsort()[:2], [0, 2]
    )
    assert np.isfinite(ranked(np.array([1.0, np.nan, -np.inf]))).all()


def test_a_generation_of_failures_is_an_error():
    with pytest.raises(TrainingError) as error:
        run(Raising(-1.0), generations=2)
    assert "All evaluations of generation 1 failed. The first one, with x = " in str(error.value)
    assert "is too much" in str(error.value)


class StoppedError(Exception):
    """The run is over."""


def stopping_after(generation):
    def report(elapsed, completed, row):
        if row["iteration"] == generation:
            raise StoppedError

    return report


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("stopped_after", [1, 4])
def test_a_resumed_run_ends_as_one_without_a_stop(search, stopped_after, tmp_path):
    options = {"search": search, "generations": 7, "inner": Raising(4.5)}
    wanted = run(**options)
    file = {"checkpoint": tmp_path / "run", "resume": True}
    with pytest.raises(StoppedError):
        run(**options, **file, report=stopping_after(stopped_after))
    evaluated = []

    def counted(values, seed):
        evaluated.append(seed)
        return Raising(4.5)(values, seed)

    same(run(**{**options, "inner": counted}, **file), wanted)
    assert len(evaluated) == 6 * (7 - stopped_after)
    # All is there: nothing is evaluated any more.
    same(run(**{**options, "inner": Raising(-1)}, **file), wanted)


def test_more_generations_can_follow(tmp_path):
    file = {"checkpoint": tmp_path / "run", "resume": True}
    run(generations=3, **file)
    same(run(generations=6, **file), run(generations=6))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"parameters": PARAMETERS[:1]}, "parameter 'u' is missing and was"),
        ({"parameters": PARAMETERS[::-1]}, "order of parameters is"),
        (
            {"parameters": [Parameter("x", 0.0, 6.0), PARAMETERS[1]]},
            "parameter 'x' is .*6.0.* and was .*5.0",
        ),
        (
            {"parameters": [PARAMETERS[0], Parameter("u", 1 * ms, 100 * ms, scale="log")]},
            "parameter 'u' is",
        ),
        ({"population": 7}, "population is 7.0 and was 6.0"),
        ({"seed": 4}, "seed is 4.0 and was 3.0"),
        ({"search": "nevergrad"}, "search is 'nevergrad' and was 'cmaes'"),
        ({"search_options": {"sigma": 0.3}}, "search_options is"),
    ],
)
def test_the_checkpoint_of_another_run_is_refused(changed, message, tmp_path):
    file = {"checkpoint": tmp_path / "run"}
    run(generations=1, **file)
    with pytest.raises(TrainingError, match=f"(?s)Cannot resume from .*{message}"):
        run(generations=2, **file, resume=True, **changed)


def test_the_checkpoint_of_a_training_is_refused(tmp_path):
    from brian2_l2l.training import save_checkpoint

    save_checkpoint(tmp_path / "run", {"settings": {}, "parts": {}, "progress": {}})
    with pytest.raises(TrainingError, match="is no checkpoint of an evolution"):
        run(generations=1, checkpoint=tmp_path / "run", resume=True)


def test_a_new_run_moves_the_checkpoint_away(tmp_path):
    file = tmp_path / "run"
    run(generations=1, checkpoint=file)
    with caught_logs() as log:
        run(generations=2, checkpoint=file)
    assert (tmp_path / "run.previous").exists()
    assert any("was moved to" in text for text in texts(log))


def test_ctrl_c_says_how_to_go_on(tmp_path):
    def interrupt(elapsed, completed, row):
        raise KeyboardInterrupt

    with caught_logs() as log, pytest.raises(KeyboardInterrupt):
        run(generations=2, report=interrupt)
    assert any("Nothing was saved" in text for text in texts(log))
    with caught_logs() as log, pytest.raises(KeyboardInterrupt):
        run(generations=2, report=interrupt, checkpoint=tmp_path / "run")
    assert any("after 1 generations" in text and "resume=True" in text for text in texts(log))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Give the number of generations"),
        ({"generations": 0}, "generations=0 must be an integer of 1 or more"),
        ({"generations": 1, "population": 0}, "population=0 must be"),
        ({"generations": 1, "seed": -1}, "seed=-1 must be"),
        ({"generations": 1, "workers": 0}, "workers=0 must be"),
        ({"generations": 1, "generation": 1}, "has no option 'generation'. Did you mean"),
        ({"generations": 1, "executor": "process"}, "Did you mean 'processes'"),
        ({"generations": 1, "executor_options": {"tries": 2}}, "'serial' has no option 'tries'"),
        ({"generations": 1, "resume": True}, "resume=True needs the file"),
        ({"generations": 1, "checkpoint": 3}, "checkpoint=3 must be the path of a file"),
        ({"generations": 1, "report": "txt"}, "report='txt' is not known"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(TrainingError, match=message):
        run(**options)


def test_the_inner_function_must_be_one():
    with pytest.raises(TrainingError, match="inner=3 must be a function"):
        run(3, generations=1)
