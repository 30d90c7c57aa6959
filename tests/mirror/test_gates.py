"""Gates: a spike's value and gradient, and effects that are exactly 0 where nothing happened."""

import pytest
import torch

from brian2_l2l.mirror.gates import Form, SpikeFunction, blend, gated

FORMS = {
    "hard": Form(),
    "detached": Form(detach=True),
    "smooth": Form(smooth=True),
    "smooth, detached": Form(smooth=True, detach=True),
}


def tensor(rng, *shape, **options):
    return torch.as_tensor(rng.normal(size=shape), **options)


def random_gate(rng, *shape, requires_grad=True):
    gate = torch.as_tensor(rng.random(shape) < 0.5, dtype=torch.float64)
    gate.view(-1)[:2] = torch.tensor([0.0, 1.0])
    return gate.requires_grad_(requires_grad)


def bell(x):
    return torch.exp(-(x**2))


def antiderivative(x):
    return 0.5 * torch.pi**0.5 * torch.erf(x)


def make_spike(scale=0.5, smooth=False):
    return SpikeFunction(bell, antiderivative, scale, smooth)


def test_a_spike_is_0_or_1_with_the_surrogates_gradient(rng):
    margin = tensor(rng, 3, 20).requires_grad_()
    fired = margin.detach() > 0
    spike = make_spike()(fired, margin, 1.0, torch.float64)
    assert torch.equal(spike, fired.to(torch.float64))
    weights = tensor(rng, 3, 20)
    (gradient,) = torch.autograd.grad((weights * spike).sum(), margin)
    expected = weights * bell(margin.detach() / 0.5) / 0.5
    torch.testing.assert_close(gradient, expected, rtol=1e-14, atol=0)
    assert float(gradient.abs().min()) > 0


def test_the_width_is_the_size_of_the_threshold(rng):
    margin = tensor(rng, 4).requires_grad_()
    threshold = torch.tensor([2.0, -2.0, 0.0, 0.5], dtype=torch.float64)
    spike = make_spike(scale=None)(margin > 0, margin, threshold, torch.float64)
    (gradient,) = torch.autograd.grad(spike.sum(), margin)
    width = torch.tensor([2.0, 2.0, 1.0, 0.5], dtype=torch.float64)
    torch.testing.assert_close(gradient, bell(margin.detach() / width) / width)
    for number, same in ((2.0, 2.0), (0.0, 1.0), (-3.0, 3.0)):
        spike = make_spike(scale=None)(margin > 0, margin, number, torch.float64)
        (gradient,) = torch.autograd.grad(spike.sum(), margin)
        torch.testing.assert_close(gradient, bell(margin.detach() / same) / same)


def test_a_smooth_spike_rises_from_0_and_has_the_same_gradient(rng):
    margin = tensor(rng, 50).requires_grad_()
    fired = margin.detach() > 0
    smooth = make_spike(smooth=True)(fired, margin, 1.0, torch.float64)
    far = make_spike(smooth=True)(fired[:1], torch.tensor([-1e3]), 1.0, torch.float64)
    assert float(far) == 0
    gradients = [
        torch.autograd.grad(spike.sum(), margin)[0]
        for spike in (smooth, make_spike()(fired, margin, 1.0, torch.float64))
    ]
    torch.testing.assert_close(*gradients)
    assert torch.autograd.gradcheck(
        lambda m: make_spike(smooth=True)(fired, m, 1.0, torch.float64), margin
    )


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_blend_is_one_or_the_other_with_the_gradient_of_the_formula(form, rng):
    gate = random_gate(rng, 2, 9)
    after, before = (tensor(rng, 2, 9).requires_grad_() for _ in range(2))
    value = blend(gate, after, before, form)
    exact = torch.where(gate > 0.5, after, before)
    torch.testing.assert_close(value, exact, rtol=0, atol=1e-14 if form.smooth else 0)
    weights = tensor(rng, 2, 9)
    found = torch.autograd.grad(
        (weights * value).sum(), (gate, after, before), allow_unused=True, materialize_grads=True
    )
    wanted = weights * (after - before).detach() * (not form.detach)
    for gradient, expected in zip(
        found, (wanted, weights * gate.detach(), weights * (1 - gate.detach())), strict=True
    ):
        torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("smooth", [False, True])
def test_a_gated_value_has_the_gradient_of_the_product(rng, smooth):
    gate, value = random_gate(rng, 2, 9), tensor(rng, 2, 9).requires_grad_()
    product = gated(gate, value, Form(smooth=smooth))
    assert torch.equal(product, torch.where(gate > 0.5, value, 0.0))
    weights = tensor(rng, 2, 9)
    found = torch.autograd.grad((weights * product).sum(), (gate, value))
    for gradient, expected in zip(found, (weights * value, weights * gate), strict=True):
        torch.testing.assert_close(gradient, expected.detach())


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("requires_grad", [True, False])
def test_nan_behind_a_closed_gate_never_leaks(rng, bad, requires_grad):
    gate = random_gate(rng, 12, requires_grad=requires_grad)
    before = tensor(rng, 12).requires_grad_()
    source = tensor(rng, 12).requires_grad_()
    after = torch.where(gate.detach() > 0.5, source, bad)
    inputs = (before, source, gate) if requires_grad else (before, source)
    for value in (blend(gate, after, before, Form()), gated(gate, after, Form())):
        assert bool(torch.isfinite(value).all())
        options = {"allow_unused": True, "retain_graph": True}
        for gradient in torch.autograd.grad(value.sum(), inputs, **options):
            assert gradient is None or bool(torch.isfinite(gradient).all())


def test_what_is_not_real_is_chosen_without_a_gradient(rng):
    gate = random_gate(rng, 6)
    for dtype in (torch.bool, torch.int32):
        after, before = torch.ones(6, dtype=dtype), torch.zeros(6, dtype=dtype)
        value = blend(gate, after, before, Form())
        assert value.dtype == dtype and not value.requires_grad
        assert torch.equal(value, (gate > 0.5).to(dtype))
