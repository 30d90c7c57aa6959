"""Everything random is seeded, saved and put back."""

import random

import numpy as np
import torch

from brian2_l2l.training import order_generator, seed_everything
from brian2_l2l.training.seeds import random_state, restore_random_state, undisturbed


def draw():
    """One number of each generator; the normal one of NumPy comes in pairs."""
    return [random.random(), np.random.rand(), np.random.randn(), float(torch.randn(()))]


def test_a_seed_repeats_everything():
    seed_everything(5)
    first = draw()
    second = draw()
    seed_everything(5)
    assert draw() == first
    seed_everything(6)
    assert all(a != b for a, b in zip(draw(), first, strict=True))
    assert all(a != b for a, b in zip(second, first, strict=True))


def test_the_state_is_put_back():
    seed_everything(5)
    draw()
    state = random_state()
    first = [draw(), draw()]
    restore_random_state(state)
    assert [draw(), draw()] == first


def test_undisturbed():
    seed_everything(5)
    first = draw()
    seed_everything(5)
    with undisturbed():
        draw()
    assert draw() == first


def test_the_data_order_follows_its_seed_or_the_global_one():
    assert order_generator(3).initial_seed() == 3
    seed_everything(4)
    first = order_generator().initial_seed()
    assert order_generator().initial_seed() != first
    seed_everything(4)
    assert order_generator().initial_seed() == first
