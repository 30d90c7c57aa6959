"""DEEP R keeps the number of connections and all signs, and moves what has become dormant."""

import numpy as np
import pytest
import torch
from brian2 import Network, SpikeGeneratorGroup, SpikeMonitor, Synapses, ms

import brian2_l2l as l2l
from brian2_l2l import training
from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.deep_r import deep_r
from brian2_l2l_plugins.deep_r.matrix import SMALLEST
from tests.mirror.trainable_networks import simple_cells

INPUTS, CELLS = 12, 10
NAMES = ("S_in", "S_rec")


def network(rng):
    """Return a recurrent network with 30 % of its connections."""
    source = SpikeGeneratorGroup(INPUTS, [], [] * ms, name="source", dt=1 * ms)
    cells = simple_cells(CELLS)
    built = []
    for name, group in (("S_in", source), ("S_rec", cells)):
        synapses = Synapses(group, cells, "w : 1", on_pre="v_post += w", name=name, dt=1 * ms)
        places = rng.choice(len(group) * CELLS, 3 * len(group), replace=False)
        i, j = places // CELLS, places % CELLS
        alone = (group is source) | (i != j)
        synapses.connect(i=i[alone], j=j[alone])
        sign = rng.choice([-1, 1], len(group))[synapses.i]
        synapses.w = np.abs(rng.normal(0.3, 0.1, len(synapses))) * sign
        built.append(synapses)
    return Network(source, cells, built)


def mirrored(net):
    trainable = [(net[name], "w") for name in NAMES]
    return l2l.mirror(net, trainable, batch_size=4, surrogate_scale=1.0)


def trained(mirror, rewiring, optimiser, rng, steps):
    """Train towards a high rate, and yield after each step."""
    spikes = torch.as_tensor(rng.random((25, 4, INPUTS)) < 0.3)
    for _ in range(steps):
        record = mirror.run(25 * ms, inputs={"source": spikes}, record=[("cells", "v")])
        optimiser.zero_grad()
        (record["cells", "v"] - 0.5).square().mean().backward()
        optimiser.step()
        rewiring.step()
        yield


def connections(mirror, name):
    found = mirror.connections(name)
    return found.sources, found.targets, mirror.values.raw(mirror.values.by_key[name, "w"])


@pytest.mark.parametrize("budget", ["together", "each"])
@pytest.mark.parametrize("temperature", [0.0, 1e-3])
def test_what_never_changes(budget, temperature, rng):
    mirror = mirrored(network(rng))
    optimiser = torch.optim.Adam(mirror.parameters(), lr=0.02)
    rewiring = deep_r(mirror, optimiser, budget=budget, l1=0.1, temperature=temperature)
    numbers = {name: len(connections(mirror, name)[0]) for name in NAMES}
    signs = {
        name: {int(i): float(w.sign()) for i, _, w in zip(*connections(mirror, name), strict=True)}
        for name in NAMES
    }
    start = {
        name: set(zip(*map(list, connections(mirror, name)[:2]), strict=True)) for name in NAMES
    }
    for _ in trained(mirror, rewiring, optimiser, rng, 50):
        now = {name: connections(mirror, name) for name in NAMES}
        assert sum(len(i) for i, _, _ in now.values()) == sum(numbers.values())
        for name, (i, j, w) in now.items():
            assert budget == "together" or len(i) == numbers[name]
            assert len(w) == len(i) == len(set(zip(i, j, strict=True)))
            assert name == "S_in" or not (i == j).any()
            assert (w != 0).all()
            for source, weight in zip(i, w, strict=True):
                assert signs[name].setdefault(int(source), float(weight.sign())) == weight.sign()
            state = optimiser.state[mirror.values.raw(mirror.values.by_key[name, "w"])]
            assert state["exp_avg"].shape == w.shape
    moved = sum(len(start[name] - set(zip(i, j, strict=True))) for name, (i, j, _) in now.items())
    assert moved > 5


def test_delays_move_with_the_connections(rng):
    net = network(rng)
    for name in NAMES:
        net[name].delay = rng.integers(0, 4, len(net[name])) * ms
    mirror = mirrored(net)
    optimiser = torch.optim.Adam(mirror.parameters(), lr=0.02)
    rewiring = deep_r(mirror, optimiser, l1=0.1)
    before = {name: dict(zip(*pairs_and_delays(net[name]), strict=True)) for name in NAMES}
    stayed = {name: set(before[name]) for name in NAMES}
    for _ in trained(mirror, rewiring, optimiser, rng, 30):
        for name in NAMES:
            # One that comes back at once, in the place it has left, has the smallest weight.
            stayed[name] &= {
                (int(i), int(j))
                for i, j, w in zip(*connections(mirror, name), strict=True)
                if abs(w) > SMALLEST
            }
    mirror.write_back()
    changed, found = 0, set()
    for name in NAMES:
        pairs, delays = pairs_and_delays(net[name])
        changed += sum(pair not in before[name] for pair in pairs)
        found |= set(delays)
        after = dict(zip(pairs, delays, strict=True))
        assert stayed[name]
        assert all(after[pair] == before[name][pair] for pair in stayed[name])
    assert changed > 5
    assert found == {0, 1, 2, 3}
    monitor = SpikeMonitor(net["cells"])
    net.add(monitor)
    spikes = np.argwhere(rng.random((200, INPUTS)) < 0.5)
    net["source"].set_spikes(spikes[:, 1], spikes[:, 0] * ms)
    net.run(200 * ms)
    assert monitor.num_spikes > 10


def pairs_and_delays(synapses):
    pairs = list(zip(synapses.i[:].tolist(), synapses.j[:].tolist(), strict=True))
    return pairs, np.rint(synapses.delay[:] / ms).astype(int).tolist()


def test_the_size_that_goes_and_comes(rng):
    mirror = mirrored(network(rng))
    optimiser = torch.optim.SGD(mirror.parameters(), lr=0.5)
    rewiring = deep_r(mirror, optimiser, budget="each", l1=0.4)
    before = connections(mirror, "S_in")
    i, j, w = (np.array(k) if k is not before[2] else k.detach().clone() for k in before)
    rewiring.step()
    new_i, new_j, new = connections(mirror, "S_in")
    stays = w.abs() > 0.5 * 0.4
    assert 0 < int(stays.sum()) < len(w)
    assert torch.allclose(new[stays], w[stays] - 0.2 * w[stays].sign())
    assert torch.allclose(new[~stays].abs(), torch.tensor(SMALLEST))
    assert np.array_equal(new_i[stays], i[stays]) and np.array_equal(new_j[stays], j[stays])


@pytest.mark.parametrize("budget", ["together", "each"])
def test_a_resumed_rewiring_goes_on_alike(budget, rng):
    seed, results = int(rng.integers(2**31)), []
    for stop in (False, True):
        random = np.random.default_rng(seed)
        mirror = mirrored(network(random))
        optimiser = torch.optim.Adam(mirror.parameters(), lr=0.02)
        rewiring = deep_r(mirror, optimiser, budget=budget, l1=0.1)
        list(trained(mirror, rewiring, optimiser, np.random.default_rng(1), 6))
        if stop:
            saved = (mirror.state_dict(), optimiser.state_dict(), rewiring.state_dict())
            mirror = mirrored(network(np.random.default_rng(seed)))
            optimiser = torch.optim.Adam(mirror.parameters(), lr=0.02)
            rewiring = deep_r(mirror, optimiser, budget=budget, l1=0.1)
            for part, state in zip((mirror, optimiser, rewiring), saved, strict=True):
                part.load_state_dict(state)
        list(trained(mirror, rewiring, optimiser, np.random.default_rng(2), 6))
        results.append(connections(mirror, "S_rec"))
    for one, other in zip(*results, strict=True):
        assert np.array_equal(torch.as_tensor(one).detach(), torch.as_tensor(other).detach())


def test_what_cannot_be_moved(rng):
    mirror = mirrored(network(rng))
    optimiser = torch.optim.Adam(mirror.parameters())
    with pytest.raises(TrainingError, match="'together' or 'each'"):
        deep_r(mirror, optimiser, budget="global")
    with pytest.raises(TrainingError, match=r"'S_out\.w' is not trained"):
        deep_r(mirror, optimiser, synapses=["S_out"])
    with torch.no_grad():
        mirror.values.raw(mirror.values.by_key["S_in", "w"])[3] = 0
    with pytest.raises(TrainingError, match="weights of 0"):
        deep_r(mirror, optimiser)


def task_of(seed):
    random = np.random.default_rng(seed)
    spikes = torch.as_tensor(random.random((25, 12, INPUTS)) < 0.3)
    examples = training.Examples({"source": spikes}, torch.as_tensor(random.integers(2, size=12)))
    return training.SupervisedTask(
        25 * ms, {"train": examples, "validation": examples}, ("cells", "v")
    )


@pytest.mark.parametrize("budget", ["together", "each"])
def test_training_goes_on_from_a_checkpoint(budget, rng, tmp_path):
    seed, results = int(rng.integers(2**31)), []
    options = {"learning_rate": 0.05, "batch_size": 4, "seed": 3, "restore_best": True}
    options |= {"rewiring_options": {"budget": budget, "l1": 1.0}, "evaluate_every": 2}
    # Stops where it is evaluated anyway: what is best may be what an end alone evaluates.
    for stops in ((9,), (6, 9)):
        path = tmp_path / f"{len(stops)}"
        for resume, iterations in enumerate(stops):
            mirror = mirrored(network(np.random.default_rng(seed)))
            more = {"iterations": iterations, "checkpoint": path, "resume": bool(resume)}
            training.train(mirror, task_of(seed), "bptt", "deep_r", **more, **options)
        # What was best, and where the training ended: before the best, few may have moved.
        results.append((mirror.state_dict(), training.load_checkpoint(path)["parts"]["mirror"]))
    assert "moved.S_rec.sources" in results[0][1]
    for one, other in zip(*results, strict=True):
        assert one.keys() == other.keys()
        for name, values in one.items():
            assert torch.equal(values, other[name]), name
