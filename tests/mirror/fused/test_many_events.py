"""Where many sources have events, a matrix product gives what the sum of their rows gives."""

import pytest
import torch
from brian2 import Network, SpikeGeneratorGroup, Synapses, ms

from brian2_l2l.mirror.fused import products
from tests.claims.fused_equals_plain import run_lowered
from tests.mirror.fused.compilers import needs_compiler
from tests.mirror.trainable_networks import simple_cells

STEPS, BATCH, SOURCES = 30, 11, 70
NEVER, ALWAYS = 1, 0

pytestmark = needs_compiler


def network(rng, flag, delays):
    source = SpikeGeneratorGroup(SOURCES, [], [] * ms, name="source", dt=1 * ms)
    cells = simple_cells(37, flag, refractory=2 * ms)
    synapses = Synapses(source, cells, "w : 1", on_pre="v_post += w", name="synapses", dt=1 * ms)
    synapses.connect()
    synapses.w = rng.normal(size=len(synapses)) / 5
    synapses.delay = rng.choice(delays, len(synapses)) * ms
    return Network(source, cells, synapses)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("flag", ["", "(unless refractory)"])
@pytest.mark.parametrize("delays", [[0], [0, 2]])
def test_both_ways_give_the_same(dtype, flag, delays, rng, monkeypatch):
    # Steps with few events and steps with many.
    density = rng.random((STEPS, 1, 1))
    spikes = torch.as_tensor(rng.random((STEPS, BATCH, SOURCES)) < density)
    net, keys = network(rng, flag, delays), [("cells", "spikes"), ("cells", "v")]
    monkeypatch.setattr(products, "LARGE", 0)
    results = []
    for many in (NEVER, products.MANY, ALWAYS):
        monkeypatch.setattr(products, "MANY", many)
        results.append(
            run_lowered(
                net,
                "fused",
                STEPS * ms,
                keys,
                [("synapses", "w")],
                inputs={"source": spikes},
                dtype=dtype,
                batch_size=BATCH,
                surrogate_scale=1.0,
            )
        )
    (expected, gradients), *others = results
    assert 50 < int(expected["cells", "spikes"].sum()) < 0.5 * STEPS * BATCH * 37
    for records, other_gradients in others:
        assert all(torch.equal(records[key], value) for key, value in expected.items())
        assert all(torch.equal(other_gradients[n], g) for n, g in gradients.items())
