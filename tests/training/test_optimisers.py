"""Every optimiser and schedule that is offered can be made and steps."""

import pytest
import torch

from brian2_l2l.training import make_optimiser, make_schedule
from brian2_l2l.training.optimisers import optimiser_classes, schedule_classes
from tests.training.standin import StandIn, same_state

ARGUMENTS = {
    "LambdaLR": {"lr_lambda": lambda step: 0.5**step},
    "MultiplicativeLR": {"lr_lambda": lambda step: 0.5},
    "StepLR": {"step_size": 1},
    "MultiStepLR": {"milestones": [1]},
    "ExponentialLR": {"gamma": 0.5},
    "CosineAnnealingLR": {"T_max": 5},
    "CosineAnnealingWarmRestarts": {"T_0": 5},
    "CyclicLR": {"base_lr": 0.1, "max_lr": 0.5, "cycle_momentum": False},
    "OneCycleLR": {"max_lr": 0.5, "total_steps": 9},
}


def test_the_usual_ones_are_offered():
    assert {"Adam", "AdamW", "SGD", "RMSprop"} <= set(optimiser_classes())
    assert {"StepLR", "CosineAnnealingLR", "OneCycleLR"} <= set(schedule_classes())


@pytest.mark.parametrize("name", sorted(set(optimiser_classes()) - {"SparseAdam"}))
def test_an_optimiser_changes_the_parameters(name):
    mirror, before = StandIn(), StandIn()
    optimiser = make_optimiser(mirror, name, 0.1)
    for parameter in mirror.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimiser.step()
    assert not same_state(mirror, before)


@pytest.mark.parametrize("name", sorted(schedule_classes()))
def test_a_schedule_steps_without_arguments(name):
    optimiser = make_optimiser(StandIn(), "SGD", 0.1)
    schedule = make_schedule(optimiser, name, ARGUMENTS.get(name))
    rates = []
    for _ in range(6):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    assert len(set(rates)) > 1


def test_no_schedule():
    assert make_schedule(make_optimiser(StandIn(), "SGD", 0.1), None) is None
