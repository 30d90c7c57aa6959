"""Random numbers: numpy's in numpy's order for conformance, torch's for training."""

import numpy as np
import pytest
import torch

from brian2_l2l.mirror.random import (
    SAMPLERS,
    Binomial,
    Normal,
    NumpyRandom,
    Poisson,
    TorchRandom,
    Uniform,
    binomial,
)

CPU = torch.device("cpu")
DRAWS = {
    "rand": (Uniform(), lambda g, n: g.rand(n)),
    "randn": (Normal(), lambda g, n: g.randn(n)),
    "poisson": (Poisson(2.5), lambda g, n: g.poisson(2.5, size=n)),
    "binomial": (Binomial(10, 0.3), lambda g, n: g.binomial(10, 0.3, size=n)),
    "approximated": (
        Normal(3.0, 1.5, standard=False),
        lambda g, n: g.normal(3.0, 1.5, size=n),
    ),
}


@pytest.mark.parametrize("name", DRAWS)
def test_the_first_trial_draws_what_brian2_draws(name, seed):
    sampler, expected = DRAWS[name]
    random = NumpyRandom.seeded(seed, 3, torch.float64)
    generator = np.random.RandomState(seed)
    drawn = [random.per_trial(sampler, 3, size) for size in (4, 1, 7)]
    for numbers, size in zip(drawn, (4, 1, 7), strict=True):
        np.testing.assert_array_equal(numbers[0], expected(generator, size))
        assert numbers.shape == (3, size)
    # All twelve together: one number of a Poisson distribution is often the same thrice.
    assert len({tuple(row) for row in torch.cat(drawn, 1).tolist()}) == 3


@pytest.mark.parametrize("name", DRAWS)
def test_a_mask_draws_for_its_elements_only(name, seed):
    sampler, expected = DRAWS[name]
    random = NumpyRandom.seeded(seed, 1, torch.float64)
    generator = np.random.RandomState(seed)
    mask = torch.tensor([[True, False, True, True, False]])
    drawn = random.per_trial(sampler, 1, 5, where=mask)
    np.testing.assert_array_equal(drawn[mask], expected(generator, 3))
    assert not drawn[~mask].any()


@pytest.mark.parametrize("name", DRAWS)
def test_events_draw_in_their_order(name, seed):
    sampler, expected = DRAWS[name]
    random = NumpyRandom.seeded(seed, 2, torch.float64)
    trial = torch.tensor([0, 0, 0, 1, 1])
    drawn = random.per_event(sampler, trial, 2)
    np.testing.assert_array_equal(drawn[:3], expected(np.random.RandomState(seed), 3))
    alone = NumpyRandom.seeded(seed, 2, torch.float64)
    alone.per_event(sampler, trial[:3], 2)
    assert torch.equal(drawn[3:], alone.per_event(sampler, trial[3:], 2))


def test_rates_of_their_own_are_drawn_one_by_one(seed):
    rates = torch.tensor([[0.5, 3.0, 20.0], [1.0, 0.0, 2.0]], dtype=torch.float64)
    random = NumpyRandom.seeded(seed, 2, torch.float64)
    drawn = random.per_trial(Poisson(rates), 2, 3)
    generator = np.random.RandomState(seed)
    np.testing.assert_array_equal(drawn[0], generator.poisson(rates[0].numpy()))
    assert drawn[1, 1] == 0


def test_the_global_generator_is_the_one_that_brian2_seeds(seed):
    np.random.seed(seed)
    drawn = NumpyRandom([np.random]).per_trial(Uniform(), 1, 5)
    np.random.seed(seed)
    np.testing.assert_array_equal(drawn[0], np.random.rand(5))


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_a_snapshot_draws_the_same_again(kind, seed):
    if kind == "numpy":
        random = NumpyRandom.seeded(seed, 2, torch.float64)
    else:
        random = TorchRandom.seeded(seed, torch.float64, CPU)
    random.per_trial(Normal(), 2, 3)
    copy = random.snapshot()
    first = [random.per_trial(s, 2, 5) for s, _ in DRAWS.values()]
    assert all(
        torch.equal(a, copy.per_trial(s, 2, 5))
        for a, (s, _) in zip(first, DRAWS.values(), strict=True)
    )
    assert not torch.equal(first[0], random.per_trial(Uniform(), 2, 5))


@pytest.mark.parametrize("name", DRAWS)
def test_torch_draws_from_the_same_distribution(name, seed):
    sampler, expected = DRAWS[name]
    count = 40_000
    drawn = TorchRandom.seeded(seed, torch.float64, CPU).per_trial(sampler, 4, count // 4)
    reference = np.asarray(expected(np.random.RandomState(seed), count), dtype=float)
    error = 6 * reference.std() / count**0.5
    assert float(drawn.mean()) == pytest.approx(reference.mean(), abs=error)
    assert float(drawn.std()) == pytest.approx(reference.std(), rel=0.05)
    assert drawn.dtype == torch.float64 and drawn.shape == (4, count // 4)


def test_torchs_seed_decides_where_none_is_given(seed):
    draws = []
    for _ in range(2):
        torch.manual_seed(seed)
        draws.append(TorchRandom.seeded(None, torch.float32, CPU).per_trial(Uniform(), 1, 4))
    assert torch.equal(*draws)
    other = TorchRandom.seeded(None, torch.float32, CPU).per_trial(Uniform(), 1, 4)
    assert not torch.equal(draws[0], other)


def test_the_samplers_of_brian2s_functions():
    assert {name: kind for name, kind in SAMPLERS.items()} == {
        "rand": Uniform,
        "randn": Normal,
        "poisson": Poisson,
    }
    exact, normal = binomial({"n": 5.0, "p": 0.1}), binomial({"loc": 2.0, "scale": 0.5})
    assert (exact.n, exact.p) == (5, 0.1)
    assert (normal.loc, normal.scale, normal.standard) == (2.0, 0.5, False)
