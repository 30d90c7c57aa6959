"""The function `train` finds the trainer and the rewiring, and checks what they are given."""

import pytest

from brian2_l2l.errors import PluginError, TrainingError
from brian2_l2l.training import Plan, make_options, train
from brian2_l2l.training.options import check_arguments
from tests.training.standin import StandIn, make_task


def trainer(mirror, task, *, report, rewiring=None, speed=1):
    return {"report": report, "rewiring": rewiring, "speed": speed}


def plain(mirror, task, *, report):
    return "plain"


def rewiring(mirror, optimiser, every=1):
    return mirror, optimiser, every


def test_options_reach_the_trainer():
    found = train(StandIn(), make_task(), trainer, speed=3, report=None)
    assert found == {"report": None, "rewiring": None, "speed": 3}
    assert train(StandIn(), make_task(), plain) == "plain"


def test_the_rewiring_gets_its_options():
    options = {"rewiring": rewiring, "rewiring_options": {"every": 5}}
    found = train(StandIn(), make_task(), trainer, **options)
    assert found["rewiring"]("mirror", "optimiser") == ("mirror", "optimiser", 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"trainer": trainer, "sped": 3}, "trainer 'trainer' has no option 'sped'. Did you mean"),
        ({"trainer": plain, "rewiring": rewiring}, "trainer 'plain' has no option 'rewiring'"),
        ({"trainer": trainer, "rewiring_options": {"every": 5}}, "needs a rewiring"),
        (
            {"trainer": trainer, "rewiring": rewiring, "rewiring_options": {"evry": 5}},
            "rewiring 'rewiring' has no option 'evry'. Did you mean 'every'",
        ),
        ({"trainer": trainer, "task": 5}, "task=5 is not a task"),
    ],
    ids=["option", "no rewiring", "options alone", "option of the rewiring", "task"],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(TrainingError, match=message):
        train(**{"mirror": StandIn(), "task": make_task(), **arguments})


@pytest.mark.parametrize("kind", ["trainer", "rewiring"])
def test_an_unknown_name_is_an_error_that_names_it(kind):
    arguments = {"trainer": trainer, kind: "nobody_has_this"}
    with pytest.raises(PluginError, match="nobody_has_this"):
        train(StandIn(), make_task(), **arguments)


def test_options_are_divided_among_dataclasses():
    (plan,) = make_options("trainer 'x'", {"iterations": 3, "seed": 1}, Plan)
    assert (plan.iterations, plan.seed, plan.epochs) == (3, 1, None)
    with pytest.raises(TrainingError, match="trainer 'x' has no option 'iteratons'. Did you mean"):
        make_options("trainer 'x'", {"iteratons": 3}, Plan)


def test_a_function_that_takes_anything_checks_for_itself():
    check_arguments("trainer 'x'", lambda **options: None, {"anything": 1})
