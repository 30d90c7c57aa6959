"""The loop, driven by a method that is no gradient descent."""

import pytest
import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import Loop, Method, Plan, evaluate
from brian2_l2l.training.checkpoint import load_checkpoint
from tests.training.standin import StandIn, caught_logs, make_task, same_state, texts


class Drift:
    """Moves one weight by a random number; its loss is what a list says."""

    def __init__(self, mirror, losses=None):
        self.mirror, self.losses, self.steps = mirror, losses, 0

    def compute(self, batch, iteration):
        return {"train_loss": self.losses[iteration - 1] if self.losses else 1.0 / iteration}

    def apply(self):
        self.steps += 1
        with torch.no_grad():
            self.mirror.w_in[0, 0] += torch.randn(())

    def state_dict(self):
        return {"steps": self.steps}

    def load_state_dict(self, state):
        self.steps = state["steps"]


def make_loop(plan, task=None, drift=None, report=None, **settings):
    drift = drift or Drift(StandIn())
    method = Method(drift.mirror, drift.compute, drift.apply, {"drift": drift}, settings)
    return Loop(method, task or make_task(), plan, plan.seed_everything(), report)


def test_iterations_and_epochs():
    by_iterations = make_loop(Plan(iterations=9)).run()
    assert (by_iterations.iterations, by_iterations.stopped_by) == (9, "iterations")
    by_epochs = make_loop(Plan(epochs=2)).run()
    assert (by_epochs.iterations, by_epochs.stopped_by) == (8, "epochs")
    assert [row["epoch"] for row in by_epochs.history] == [1, 1, 1, 1, 2, 2, 2, 2]
    assert [row["iteration"] for row in by_epochs.history] == list(range(1, 9))


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, [4, 8, 9]),
        ({"evaluate_every": 3}, [3, 6, 9]),
        ({"evaluate_every": 5}, [5, 9]),
        ({"evaluate": ()}, []),
    ],
)
def test_when_it_evaluates(options, wanted):
    result = make_loop(Plan(iterations=9, **options)).run()
    rows = [row["iteration"] for row in result.history if "validation_loss" in row]
    assert rows == wanted


def test_which_splits_it_evaluates():
    drift = Drift(StandIn())
    plan = Plan(iterations=2, evaluate=["test", "validation"])
    row = make_loop(plan, drift=drift).run().history[-1]
    for split in ("test", "validation"):
        for name, value in evaluate(drift.mirror, make_task(), split).items():
            assert row[f"{split}_{name}"] == value
    assert "validation_loss" not in make_loop(Plan(iterations=2, evaluate="test")).run().history[-1]


def test_evaluating_changes_nothing():
    often, never = Drift(StandIn(noise=0.1)), Drift(StandIn(noise=0.1))
    make_loop(Plan(iterations=9, evaluate_every=1, seed=1), drift=often).run()
    make_loop(Plan(iterations=9, evaluate=(), seed=1), drift=never).run()
    assert same_state(often.mirror, never.mirror)


def test_without_validation_the_mean_training_loss_is_followed():
    losses = [4.0, 2.0, 6.0, 8.0, 1.0, 1.0, 9.0, 9.0]
    plan = Plan(iterations=8, evaluate_every=2)
    task = make_task(validation=0)
    result = make_loop(plan, task, Drift(StandIn(), losses)).run()
    assert (result.best_metric, result.best, result.best_iteration) == ("train_loss", 1.0, 6)
    plan = Plan(iterations=8, evaluate_every=2, early_stopping="train_loss", patience=1)
    result = make_loop(plan, task, Drift(StandIn(), losses)).run()
    assert (result.stopped_by, result.iterations, result.best) == ("early_stopping", 4, 3.0)


def test_an_improvement_starts_the_patience_again():
    losses = [4.0, 5.0, 3.0, 6.0, 7.0, 1.0]
    options = {"evaluate_every": 1, "evaluate": (), "early_stopping": "train_loss", "patience": 2}
    result = make_loop(Plan(iterations=6, **options), drift=Drift(StandIn(), losses)).run()
    assert (result.stopped_by, result.iterations, result.best_iteration) == ("early_stopping", 5, 3)


@pytest.mark.parametrize(("mode", "best"), [("max", 4.0), ("min", 1.0), (None, 1.0)])
def test_the_mode_says_what_is_better(mode, best):
    drift = Drift(StandIn(), [4.0, 1.0, 2.0])
    plan = Plan(iterations=3, evaluate_every=1, mode=mode, evaluate=())
    assert make_loop(plan, drift=drift).run().best == best


def test_not_a_number_is_never_the_best():
    drift = Drift(StandIn(), [float("nan"), 2.0, float("nan")])
    plan = Plan(iterations=3, evaluate_every=1, evaluate=())
    result = make_loop(plan, drift=drift).run()
    assert (result.best, result.best_iteration) == (2.0, 2)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [({}, [0, 4, 8, 9]), ({"checkpoint_every": 2}, [0, 2, 4, 6, 8, 9])],
)
def test_when_it_saves(tmp_path, monkeypatch, options, wanted):
    saved = []

    def note(path, content):
        saved.append(content["progress"]["iteration"])

    monkeypatch.setattr("brian2_l2l.training.saving.save_checkpoint", note)
    make_loop(Plan(iterations=9, checkpoint=tmp_path / "a", **options)).run()
    assert saved == wanted


def test_resuming_a_finished_run_changes_nothing(tmp_path):
    plan = {"iterations": 5, "checkpoint": tmp_path / "a", "restore_best": True, "seed": 1}
    first, second = Drift(StandIn()), Drift(StandIn(seed=9))
    wanted = make_loop(Plan(**plan), drift=first).run()
    assert make_loop(Plan(**plan, resume=True), drift=second).run() == wanted
    assert same_state(first.mirror, second.mirror)


def test_a_finished_run_can_be_made_longer(tmp_path):
    plan = {"evaluate_every": 3, "seed": 1}
    straight, longer = Drift(StandIn()), Drift(StandIn())
    wanted = make_loop(Plan(iterations=9, **plan), drift=straight).run()
    plan["checkpoint"] = tmp_path / "a"
    make_loop(Plan(iterations=6, **plan)).run()
    result = make_loop(Plan(iterations=9, **plan, resume=True), drift=longer).run()
    assert result == wanted
    assert same_state(straight.mirror, longer.mirror)


def test_an_earlier_checkpoint_is_moved_not_lost(tmp_path):
    plan = {"checkpoint": tmp_path / "a"}
    make_loop(Plan(iterations=5, **plan)).run()
    with caught_logs() as log:
        make_loop(Plan(iterations=2, **plan)).run()
    assert any("a.previous" in message and "resume=True" in message for message in texts(log))
    assert load_checkpoint(tmp_path / "a")["progress"]["iteration"] == 2
    assert load_checkpoint(tmp_path / "a.previous")["progress"]["iteration"] == 5


@pytest.mark.parametrize(
    ("options", "settings", "message"),
    [
        ({"batch_size": 8}, {"rate": 1}, "batch_size is 8.0 and was 16.0"),
        ({"seed": 2}, {"rate": 1}, "seed is 2.0 and was 1.0"),
        ({}, {"rate": 2}, "rate is 2.0 and was 1.0"),
        ({}, {"rate": 1, "more": "x"}, "more is 'x' and was missing"),
    ],
    ids=str,
)
def test_other_settings_cannot_resume(tmp_path, options, settings, message):
    plan = {"iterations": 3, "checkpoint": tmp_path / "a", "seed": 1}
    make_loop(Plan(**plan), rate=1).run()
    make_loop(Plan(**plan, resume=True), rate=1).run()
    with pytest.raises(TrainingError, match=f"settings differ: {message}"):
        make_loop(Plan(**{**plan, "resume": True, **options}), **settings)


def test_another_network_cannot_resume(tmp_path):
    plan = {"iterations": 3, "checkpoint": tmp_path / "a"}
    make_loop(Plan(**plan)).run()
    with pytest.raises(TrainingError, match="state of the mirror does not fit"):
        make_loop(Plan(**plan, resume=True), drift=Drift(StandIn(hidden=5)))
    mirror = StandIn()
    method = Method(mirror, None, None, parts={})
    with pytest.raises(TrainingError, match="it has the state of mirror, data, drift; this run"):
        Loop(method, make_task(), Plan(**plan, resume=True), torch.Generator())


def test_a_state_that_cannot_be_saved_is_found_before_training(tmp_path):
    class Bad(Drift):
        def state_dict(self):
            return {"task": object()}

    drift = Bad(StandIn())
    with pytest.raises(TrainingError, match="was not written"):
        make_loop(Plan(iterations=3, checkpoint=tmp_path / "a"), drift=drift).run()
    assert drift.steps == 0


def test_an_error_leaves_the_last_checkpoint(tmp_path):
    class Failing(Drift):
        def compute(self, batch, iteration):
            if iteration == 6:
                raise TrainingError("enough")
            return super().compute(batch, iteration)

    with pytest.raises(TrainingError, match="enough"):
        plan = Plan(iterations=9, checkpoint=tmp_path / "a", checkpoint_every=2)
        make_loop(plan, drift=Failing(StandIn())).run()
    assert load_checkpoint(tmp_path / "a")["progress"]["iteration"] == 4


def test_the_report_is_told_and_closed():
    told = []
    plan = Plan(epochs=3)
    make_loop(plan, report=lambda elapsed, done, row: told.append((row["iteration"], done))).run()
    assert [iteration for iteration, _ in told] == [1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 12]
    done = [completed for _, completed in told]
    assert done == sorted(done)
    assert done[-1] == 1.0


def test_the_curve_of_an_unknown_column_names_the_known():
    result = make_loop(Plan(iterations=2)).run()
    with pytest.raises(KeyError, match="No column 'loss'.*train_loss"):
        result.curve("loss")
