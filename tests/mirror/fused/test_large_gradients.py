"""Gradients of weights that are added up once per segment are those of the plain lowering."""

import numpy as np
import pytest
import torch
from brian2 import Network, SpikeGeneratorGroup, Synapses, ms

from brian2_l2l.mirror.fused import groups
from tests.claims.fused_equals_plain import assert_fused_equals_plain
from tests.mirror.fused.compilers import needs_compiler
from tests.mirror.trainable_networks import simple_cells

STEPS, BATCH = 40, 5

pytestmark = [needs_compiler, pytest.mark.usefixtures("optimised")]


@pytest.mark.parametrize("near", [0, 2**30], ids=["by segment", "by spike"])
@pytest.mark.parametrize("flag", ["", "(unless refractory)"])
@pytest.mark.parametrize("delay", [0, 2])
def test_gradients_of_neighbouring_products(near, flag, delay, rng, monkeypatch):
    monkeypatch.setattr(groups, "NEAR", near)
    sources = [SpikeGeneratorGroup(n, [], [] * ms, name=f"s{n}", dt=1 * ms) for n in (9, 70)]
    cells = simple_cells(33, flag, refractory=3 * ms)
    synapses = []
    for source in (*sources, cells):
        one = Synapses(source, cells, "w : 1", on_pre="v_post += w", delay=delay * ms, dt=1 * ms)
        one.connect()
        one.w = rng.normal(size=len(one)) * 1.5 / np.sqrt(len(source))
        synapses.append(one)
    inputs = {f"s{n}": torch.as_tensor(rng.random((STEPS, BATCH, n)) < 0.2) for n in (9, 70)}
    assert_fused_equals_plain(
        Network(*sources, cells, *synapses),
        [(one, "w") for one in synapses],
        [("cells", "spikes"), ("cells", "v")],
        STEPS * ms,
        inputs=inputs,
        surrogate_scale=1.0,
        checkpoint=7,
    )
