"""Every bad option gets an error that names it and says what can be given."""

import pytest
from brian2 import ms

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import train
from tests.training.standin import StandIn, make_task, same_state


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"iterations": 0}, "iterations=0 must be an integer of 1 or more"),
        ({"iterations": 2.5}, "iterations=2.5 must be an integer"),
        ({"iterations": 5, "epochs": 5}, "either iterations or epochs"),
        ({"iterations": None}, "either iterations or epochs"),
        ({"iteration": 5}, "no option 'iteration'. Did you mean 'iterations'"),
        ({"optimiser": "Adm"}, "optimiser='Adm' is not known. Did you mean 'Adam'.*RMSprop"),
        ({"optimiser": "LBFGS"}, "optimiser='LBFGS' is not known"),
        ({"optimiser_options": {"beta": 1}}, "'Adam' has no option 'beta'. Did you mean 'betas'"),
        ({"optimiser_options": {"lr": 1}}, "not as 'lr'"),
        ({"optimiser_options": {"eps": -1.0}}, "optimiser='Adam' refuses.*eps"),
        ({"learning_rate": 0}, "learning_rate=0 must be a number above 0"),
        ({"learning_rate": "fast"}, "learning_rate='fast' must be a number"),
        ({"schedule": "StepRL"}, "schedule='StepRL' is not known. Did you mean 'StepLR'"),
        ({"schedule": "ReduceLROnPlateau"}, "schedule='ReduceLROnPlateau' is not known"),
        ({"schedule": "StepLR"}, "schedule='StepLR' refuses.*step_size"),
        (
            {"schedule": "StepLR", "schedule_options": {"stepsize": 3}},
            "no option 'stepsize'. Did you mean 'step_size'",
        ),
        ({"schedule_options": {"gamma": 1}}, "needs a schedule"),
        ({"clip_gradient": -1}, "clip_gradient=-1 must be a number above 0"),
        ({"rate_target": 10}, "rate_target=10 .*for example 10\\*Hz"),
        ({"rate_target": 10 * ms}, "rate_target=.*for example 10\\*Hz"),
        ({"rate_weight": 0.1, "rate_groups": ["hidden"]}, "rate_weight=0.1 .*0.1\\*ms\\*\\*2"),
        ({"rate_weight": 0.1 * ms**2}, "rate_groups="),
        ({"batch_size": 0}, "batch_size=0 must be an integer"),
        ({"evaluate": "exam"}, "no split 'exam'. It has: 'train', 'validation', 'test'"),
        ({"evaluate_every": -1}, "evaluate_every=-1"),
        (
            {"early_stopping": "validation_acuracy"},
            "early_stopping='validation_acuracy' is not known. Did you mean 'validation_accuracy'",
        ),
        ({"early_stopping": "train_loss", "patience": 0}, "patience=0"),
        ({"mode": "up"}, "mode='up' is not known.*'min', 'max'"),
        ({"restore_best": 1}, "restore_best=1 must be True or False"),
        ({"checkpoint": 3}, "checkpoint=3 must be the path of a file"),
        ({"checkpoint": "."}, "checkpoint='.' must be the path of a file"),
        ({"checkpoint_every": 5}, "checkpoint_every=5 needs the file"),
        ({"resume": True}, "resume=True needs the file"),
        ({"resume": "yes"}, "resume='yes' must be True or False"),
        ({"resume": True, "checkpoint": "missing"}, "no checkpoint missing to resume from"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 2**32}, "seed=4294967296 must be below"),
        ({"report": "txt"}, "report='txt' is not known. Did you mean 'text'"),
    ],
    ids=str,
)
def test_bad_options_are_named(options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mirror, before = StandIn(), StandIn()
    with pytest.raises(TrainingError, match=message):
        train(mirror, make_task(), "bptt", **{"report": None, "iterations": 1, **options})
    assert same_state(mirror, before)
    assert list(tmp_path.iterdir()) == []
