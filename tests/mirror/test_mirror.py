"""The mirror of a network: the same values as Brian2, for a batch, and back into Brian2."""

import gc
import weakref

import numpy as np
import pytest
import torch
from brian2 import (
    NetworkOperation,
    NeuronGroup,
    Quantity,
    SpikeMonitor,
    magic_network,
    ms,
    run,
    seed,
)

import brian2_l2l as l2l
from brian2_l2l.errors import MirrorError, UnsupportedModelError
from brian2_l2l.mirror import capabilities
from tests.mirror.networks import DURATION, STEPS, make_inputs, make_network


@pytest.fixture
def made(rng):
    return make_network(rng)


@pytest.fixture
def generator(seed):
    return torch.Generator().manual_seed(seed)


KEYS = [("neurons", "v"), ("neurons", "spikes"), ("neurons", "B"), ("R", "x")]


def test_in_conformance_every_value_is_that_of_brian2(made):
    mirror = l2l.mirror(made.net, [(made.S, "w"), (made.neurons, "tau")], fidelity="conformance")
    seed(5)
    record = mirror.run(DURATION, record=KEYS)
    after = np.random.random()
    seed(5)
    made.net.run(DURATION)
    assert np.random.random() == after
    assert 10 < made.spikes.num_spikes < STEPS
    times, neurons = record["neurons", "spikes"][:, 0].nonzero(as_tuple=True)
    np.testing.assert_array_equal(neurons, made.spikes.i)
    np.testing.assert_array_equal(times, np.round(made.spikes.t / (0.1 * ms)))
    for name in ("v", "B"):
        values = record[made.neurons, name][:, 0].detach().numpy()
        np.testing.assert_array_equal(values.T, getattr(made.states, name))


def test_in_training_the_values_are_close(made):
    exact = l2l.mirror(made.net, fidelity="conformance")
    expected = exact.run(DURATION, record=KEYS, seed=1)
    close = l2l.mirror(made.net, dtype=torch.float64)
    # The same noise for both: its spikes are given as input.
    noise = exact.run(DURATION, record=[("noise", "spikes")], seed=1)["noise", "spikes"]
    assert float(noise.sum()) > 10
    found = close.run(DURATION, inputs={"noise": noise}, record=KEYS)
    for key in KEYS:
        torch.testing.assert_close(found[key], expected[key], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("fidelity", ["training", "conformance"])
@pytest.mark.parametrize("sparse", [False, True])
def test_element_0_of_a_batch_is_the_run_with_batch_1(made, generator, fidelity, sparse):
    mirror = l2l.mirror(made.net, fidelity=fidelity, dtype=torch.float64)
    silence = torch.zeros(STEPS, 16, 5)
    inputs = {**make_inputs(made, torch, generator, sparse=sparse), made.noise: silence}
    many = mirror.run(DURATION, inputs=inputs, record=KEYS)
    first = {
        key: (value.to_dense() if value.is_sparse else value)[:, :1]
        for key, value in inputs.items()
    }
    one = mirror.run(DURATION, inputs=first, record=KEYS)
    assert float(many["neurons", "spikes"].std(dim=1).sum()) > 0, "all trials are the same"
    for key in KEYS:
        # On some processors a product of matrices adds up in another order for few rows.
        exact = fidelity == "conformance" or key[1] == "spikes"
        limit = 0 if exact else 1e-12
        torch.testing.assert_close(many[key][:, :1], one[key], rtol=limit, atol=limit)


def test_the_network_runs_on_in_brian2_as_if_it_had_never_been_mirrored(rng, seed):
    results = []
    for mirrored in (False, True):
        made = make_network(np.random.default_rng(3))
        np.random.seed(1)
        if mirrored:
            mirror = l2l.mirror(made.net, [(made.S, "w")])
            mirror.run(5 * ms, record=[("neurons", "spikes")], seed=1)
        made.net.run(DURATION)
        # Copies: Brian2 2.10 gives views of memory that goes with the network.
        results.append([np.array(v[:]) for v in (made.states.v, made.spikes.t, made.R.x)])
    for never, after in zip(*results, strict=True):
        np.testing.assert_array_equal(never, after)


def test_values_go_back_with_their_units(made):
    mirror = l2l.mirror(made.net, [(made.S, "w"), (made.neurons, "tau")])
    assert isinstance(mirror.value(made.neurons, "tau"), Quantity)
    np.testing.assert_allclose(mirror.value("neurons", "tau") / ms, 6 + np.arange(6))
    names = dict(mirror.named_parameters())
    assert set(names) == {"values.S.w", "values.neurons.tau"}
    with torch.no_grad():
        names["values.neurons.tau"] += 1  # in ms, the unit that Brian2 shows
        names["values.S.w"] *= 2
    before = made.S.w[:].copy()
    mirror.write_back()
    np.testing.assert_allclose(made.neurons.tau / ms, 7 + np.arange(6), rtol=1e-6)
    np.testing.assert_allclose(made.S.w, 2 * before, rtol=1e-6)


def test_written_back_values_give_brian2_the_spikes_of_the_mirror(made):
    mirror = l2l.mirror(made.net, [(made.R, "w"), (made.neurons, "tau")], fidelity="conformance")
    optimiser = torch.optim.SGD(mirror.parameters(), 0.3)
    record = mirror.run(DURATION, record=[("neurons", "spikes", "sum")], seed=1)
    record["neurons", "spikes", "sum"].sum().mul(0.01).backward()
    optimiser.step()
    assert all(float(p.grad.abs().max()) > 0 for p in mirror.parameters())
    mirror.write_back()
    trained = mirror.run(DURATION, record=KEYS, seed=2)
    seed(2)
    made.net.run(DURATION)
    values = trained["neurons", "v"][:, 0].detach().numpy()
    np.testing.assert_array_equal(values.T, made.states.v)


def test_the_magic_network(rng):
    group = NeuronGroup(3, "dv/dt = (2 - v)/(5*ms) : 1", threshold="v > 1", reset="v = 0")
    group.v = rng.random(3)
    monitor = SpikeMonitor(group)
    mirror = l2l.mirror(fidelity="conformance")
    record = mirror.run(20 * ms, record=[(group, "spikes", "sum")])
    run(20 * ms)
    assert monitor.num_spikes > 3
    np.testing.assert_array_equal(record[group, "spikes", "sum"][0], monitor.count)
    assert magic_network.t == 20 * ms


def test_a_mirror_made_after_a_run_starts_where_the_network_is(made):
    made.net.run(7.3 * ms)
    mirror = l2l.mirror(made.net, fidelity="conformance")
    steps = 73
    seed(2)
    record = mirror.run(DURATION, record=KEYS)
    seed(2)
    made.net.run(DURATION)
    values = record["neurons", "v"][:, 0].numpy()
    np.testing.assert_array_equal(values.T, made.states.v[:, steps:])


def test_a_run_goes_on_from_a_state(made, generator):
    mirror = l2l.mirror(made.net, dtype=torch.float64)
    source = make_inputs(made, torch, generator)[made.source]
    whole = mirror.run(DURATION, inputs={made.source: source}, record=KEYS, seed=1)
    first = mirror.run(10 * ms, inputs={made.source: source[:100]}, record=KEYS, seed=1)
    second = mirror.run(
        20 * ms, inputs={made.source: source[100:]}, record=KEYS, state=first.state.detach()
    )
    for key in KEYS:
        torch.testing.assert_close(torch.cat([first[key], second[key]]), whole[key])


def test_a_state_with_another_number_of_trials_is_named(made, generator):
    mirror = l2l.mirror(made.net, batch_size=2)
    state = mirror.run(DURATION).state
    inputs = make_inputs(made, torch, generator, batch=3)
    with pytest.raises(MirrorError, match="The state to go on from has 2 trials and The input"):
        mirror.run(DURATION, inputs=inputs, state=state)


def test_the_same_seed_gives_the_same_noise(made):
    mirror = l2l.mirror(made.net, batch_size=4)
    runs = [mirror.run(DURATION, record=KEYS, seed=s)[KEYS[0]] for s in (1, 1, 2)]
    assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])
    torch.manual_seed(3)
    again = mirror.run(DURATION, record=KEYS[:1])[KEYS[0]]
    torch.manual_seed(3)
    assert torch.equal(again, mirror.run(DURATION, record=KEYS[:1])[KEYS[0]])


def test_memory_is_freed_after_the_backward_pass(made):
    mirror = l2l.mirror(made.net, [(made.S, "w")], batch_size=4)
    record = mirror.run(DURATION, record=[("neurons", "v", "sum")])
    record["neurons", "v", "sum"].sum().backward()
    state = weakref.ref(record.state)
    gc.collect()
    gc.disable()
    try:
        del record
        assert state() is None, "something keeps the state of a run alive"
    finally:
        gc.enable()


def test_python_code_in_the_network_is_refused(made):
    made.net.add(NetworkOperation(lambda: None, name="my_operation"))
    with pytest.raises(UnsupportedModelError, match="(?s)my_operation.*run_regularly") as caught:
        l2l.mirror(made.net)
    assert __file__ in str(caught.value), "the message does not say where it was created"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fidelity": "exakt"}, "fidelity='exakt'"),
        ({"dtype": torch.float16}, "write torch.float32 or torch.float64"),
        ({"fidelity": "conformance", "dtype": torch.float32}, "in float64"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"checkpoint": "always"}, "checkpoint='always'"),
        ({"surrogate": {"nurons": "arctan"}}, "no group 'nurons'.*Did you mean 'neurons'"),
        ({"surrogate_scale": -1.0}, "must be above 0"),
        ({"network": 5}, "is no Network"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_bad_arguments_are_named(made, arguments, message):
    with pytest.raises(MirrorError, match=message):
        l2l.mirror(**{"network": made.net, **arguments})


@pytest.mark.parametrize("duration", [30, 0 * ms, 5.03 * ms, float("nan") * ms], ids=str)
def test_a_duration_that_cannot_be_run_is_named(made, duration):
    with pytest.raises(MirrorError, match="duration="):
        l2l.mirror(made.net).run(duration)


def test_a_device_that_is_not_there_is_named(made):
    with pytest.raises(MirrorError, match="device='cuda:63' cannot be used on this machine"):
        l2l.mirror(made.net, device="cuda:63")


@pytest.mark.parametrize(
    ("lacking", "message"),
    [
        (torch.float64, "'neurons.lastspike' needs torch.float64.*neurons_stateupdater"),
        (torch.int64, "'counter.total' needs torch.int64.*counting"),
    ],
    ids=str,
)
def test_a_device_without_a_type_that_is_needed_is_named(made, lacking, message, monkeypatch):
    counter = NeuronGroup(2, "total : integer", dtype={"total": np.int64}, name="counter")
    counter.run_regularly("total += 1", dt=1 * ms, name="counting")
    made.net.add(counter)

    def supports(device, dtype):
        return dtype != lacking

    monkeypatch.setattr(capabilities, "supports", supports)
    with pytest.raises(MirrorError, match=f"(?s){message}.*(test_mirror|networks).py") as caught:
        l2l.mirror(made.net)
    assert "Write device='cpu'" in str(caught.value)


def test_a_mirror_cannot_be_moved(made):
    with pytest.raises(MirrorError, match="device=..., dtype=..."):
        l2l.mirror(made.net).double()


def test_the_program_can_be_read(made):
    mirror = l2l.mirror(made.net, [(made.neurons, "tau")])
    assert "trains neurons.tau: 6 values in ms" in repr(mirror)
    assert "def step(_lanes, _once):" in mirror.source
    assert mirror.dt == 0.1 * ms
