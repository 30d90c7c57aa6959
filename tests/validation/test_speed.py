import dataclasses
import json
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from validation.__main__ import PEERS, main
from validation.speed import jobs, peak, registry, scaling
from validation.speed.compare import Row, compare
from validation.speed.jobs import JOBS, RATES, SMOKE, make_data
from validation.speed.networks import MirroredJob, build_network
from validation.speed.peer import LESS, OTHER, SAME, Equations, Peer
from validation.speed.peer_process import Worker, WorkerError
from validation.speed.peers import mirrored, torch_loop
from validation.speed.run import Options, chosen_peers
from validation.speed.same_work import TOLERANCE, complaints, exact_differences
from validation.speed.worker import Ready

PEER = {peer.name: peer for peer in registry.PEERS}
OURS, LOOP = PEER["brian2_l2l plain"], PEER["plain torch loop"]
NAMES = sorted(JOBS)


def small_job(name):
    return SMOKE[name]


def options(**changed):
    plain = Options(
        jobs=NAMES,
        peers=[],
        rounds=1,
        threads=1,
        seed=0,
        device="cpu",
        smoke=True,
        scaling=False,
        bound=None,
        results=None,
    )
    return dataclasses.replace(plain, **changed)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_numbers_for_a_seed(name):
    first, second = make_data(small_job(name), 3), make_data(small_job(name), 3)
    assert np.array_equal(first.spikes, second.spikes)
    assert all(np.array_equal(first.weights[k], second.weights[k]) for k in first.weights)
    assert not np.array_equal(first.spikes, make_data(small_job(name), 4).spikes)


@pytest.mark.parametrize("name", NAMES)
def test_float64_has_the_values_of_float32(name):
    single, double = (make_data(small_job(name), 0, dtype) for dtype in ("float32", "float64"))
    assert all((double.weights[k] == single.weights[k]).all() for k in single.weights)
    assert all(w.dtype == np.float64 for w in double.weights.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_networks_fire_at_the_stated_rates(name):
    # Fewer trials and, for the recurrent networks, fewer steps than in the comparison.
    job = dataclasses.replace(JOBS[name], batch=4, steps=min(JOBS[name].steps, 300))
    rates = MirroredJob(job, make_data(job)).rates()
    assert RATES[0] <= min(rates) and max(rates) <= RATES[1]


def test_the_network_has_the_sizes_and_connections_of_its_job():
    job = JOBS["J1"]
    net = build_network(job, make_data(job)).network
    assert len(net["neurons"]) == 220 and np.sum(net["neurons"].beta[:] > 0) == 100
    assert len(net["S_rec"]) == 220 * 219 and not np.any(net["S_rec"].i == net["S_rec"].j)
    sparse = dataclasses.replace(job, connectivity=0.1)
    number = len(build_network(sparse, make_data(sparse)).network["S_rec"])
    assert number == pytest.approx(0.1 * 220 * 219, rel=0.1)


@pytest.mark.parametrize("name", NAMES)
def test_the_plain_loop_computes_what_the_mirror_computes(name):
    job = small_job(name)
    data = make_data(job, dtype=np.float64)
    ours, loop = mirrored.build(job, data), torch_loop.build(job, data)
    assert ours.gradients() == pytest.approx(loop.gradients(), rel=1e-12)
    assert 1 < min(ours.rates()) and max(ours.rates()) < 50
    assert ours.rates()[-1] == pytest.approx(loop.rates()[-1])
    expected = loop.arrays()
    for synapses, gradient in ours.arrays().items():
        kept = data.connected if synapses == "S_rec" else 1
        largest = np.abs(gradient).max()
        assert largest > 1e-3
        np.testing.assert_allclose(gradient, kept * expected[synapses], atol=1e-10 * largest)


@pytest.mark.parametrize("build", [mirrored.build, torch_loop.build])
def test_a_training_step_changes_all_weights(build):
    job = small_job("J1")
    program = build(job, make_data(job))
    before = [weight.detach().clone() for weight in program.weights.values()]
    program.step()
    after = program.weights.values()
    assert all(not torch.equal(w, old) for w, old in zip(after, before, strict=True))


def test_the_weighted_sum_is_the_mean_of_the_leaky_readout(rng):
    job = small_job("J1")
    spikes = rng.random(job.steps) < 0.1
    y, total = 0.0, 0.0
    for z in spikes:
        y = jobs.KAPPA * y + z
        total += y
    weights = jobs.readout_weights(job, np.float64)
    assert weights @ spikes == pytest.approx(total / job.steps)


def test_the_products_of_the_backward_pass_are_counted():
    job = JOBS["J1"]
    assert peak.product_shapes(job) == [(128, 230, 220)]
    assert peak.backward_operations(job) == 784 * 2 * 128 * 230 * 220
    assert peak.product_shapes(JOBS["J3"]) == [(128, 256, 256), (128, 20, 256)]


def test_the_series_change_one_number():
    for smoke in (True, False):
        for series in scaling.all_series(smoke):
            values = [series.value(job) for job in series.jobs]
            assert values == sorted(set(values)) and len(values) > 2
    steps = scaling.all_series(smoke=False)[0]
    assert [job.steps for job in steps.jobs] == [196, 392, 784, 1568]


def test_the_command_line_names_all_jobs_and_peers():
    assert set(PEERS) == {peer.key for peer in registry.PEERS if not peer.ours}


@pytest.mark.parametrize(
    "arguments",
    [["--jobs", "J4"], ["--peers", "unknown"], ["--rounds", "0"], ["--threads", "x"]],
)
def test_bad_arguments_end_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ending:
        main(["speed", *arguments])
    assert ending.value.code == 2
    assert "usage: python -m validation speed" in capsys.readouterr().err


def test_arguments_are_read(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr("validation.speed.run.run", lambda options: seen.append(options) or 0)
    assert main(["speed", "--jobs", "J1", "--peers", "--output", str(tmp_path), "--smoke"]) == 0
    expected = options(jobs=["J1"], rounds=7, threads=2, results=tmp_path)
    assert seen == [expected]


def test_what_is_not_installed_is_left_out_with_a_line(monkeypatch, capsys):
    absent = Peer("absent", "absent", "absent", packages=("not_a_package",))
    monkeypatch.setattr(registry, "PEERS", (OURS, LOOP, absent))
    assert chosen_peers(options(peers=None)) == [OURS, LOOP]
    assert chosen_peers(options(peers=["loop"])) == [OURS, LOOP]
    told = capsys.readouterr().out.splitlines()
    assert told == [
        "not_a_package is not installed, so its rows are left out: "
        "pip install -c constraints.txt -e '.[peers]'"
    ]


def ready(rate):
    return Ready(loss=2.3, norms={"S_in": 1.0}, rates=[rate], build_seconds=1, first_seconds=1)


def row(name, seconds, rate=10.0, relation=SAME):
    peer = Peer(name, name, "module", Equations(relation))
    return Row(JOBS["J1"], peer, ready(rate), [[s] for s in seconds])


def test_a_ratio_compares_the_rounds_one_by_one():
    # The machine was ten times slower in the second round, for both.
    slow, fast = row("a", [2.0, 20.0, 2.2]), row("b", [1.0, 10.0, 1.0])
    assert slow.times_slower(fast) == pytest.approx(2.0)


def test_only_competitors_count():
    assert row("a", [1.0]).counted and row("a", [1.0], relation=OTHER).counted
    assert not row("a", [1.0], relation=LESS).counted
    assert not row("a", []).counted
    assert not Row(JOBS["J1"], OURS, ready(10.0), [[1.0]]).counted


def test_complaints_name_what_is_wrong():
    rows = [row("ours", [1.0]), row("b", [1.0], 11.0), row("c", [1.0], 30.0, OTHER)]
    found = complaints(rows, {"b": 1e-3, "c": "no compiler", "d": 1e-16}, strict=True)
    assert found == [
        "J1: b differs by 1.0e-03 in float64",
        "J1: c in float64: no compiler",
        "J1: b fires at 11.00 Hz, ours at 10.00 Hz",
        "J1: c fires at 30.0 Hz",
    ]
    assert complaints(rows[:1], {"b": float("nan")}, strict=True) == [
        "J1: b differs by nan in float64"
    ]
    assert complaints([row("ours", [1.0])], {}, strict=True) == []


def test_a_peer_that_cannot_be_built_fails_with_its_reason():
    broken = Peer("broken", "broken", "bound", options={"folder": "/nowhere"})
    with pytest.raises(WorkerError, match="CalledProcessError|FileNotFoundError"):
        Worker(broken, small_job("J1"), seed=0, threads=1)


def test_rows_have_times_and_memory():
    # One peer after the other in each round; the broken one does not stop the others.
    broken = Peer("broken", "broken", "bound", options={"folder": "/nowhere"})
    told = []
    tasks = [(small_job("J3"), LOOP), (small_job("J3"), broken)]
    good, bad = compare(tasks, rounds=2, threads=1, seed=0, say=told.append)
    assert len(good.rounds) == 2 and good.seconds > 0 and not good.failure
    assert good.memory is None or good.memory["peak"] > 0
    assert bad.failure and not bad.rounds
    assert told[-1] == "round 2 of 2"


def test_a_small_run_from_end_to_end(monkeypatch, tmp_path, capsys):
    ours = [peer for peer in registry.PEERS if peer.ours][-1]
    monkeypatch.setattr(registry, "PEERS", (ours, LOOP))
    code = main(
        ["speed", "--smoke", "--jobs", "J1", "--peers", "loop", "--rounds", "2"]
        + ["--threads", "1", "--results", str(tmp_path)]
    )
    text = capsys.readouterr().out
    assert code == 0, text
    data = json.loads((tmp_path / "speed_smoke.json").read_text())
    peers = data["jobs"]["J1"]["peers"]
    assert peers.keys() == {ours.name, LOOP.name}
    for peer in peers.values():
        assert peer["seconds"] > 0 and peer["relation"] == SAME and len(peer["rounds"]) == 2
    assert peers[LOOP.name]["float64_difference"] < TOLERANCE
    assert data["seed"] == 0 and data["packages"]["torch"] and data["machine"]["cores"]
    assert LOOP.name in (tmp_path / "speed_smoke.txt").read_text()
    assert (tmp_path / "speed_smoke.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["jax", "spikingjelly", "norse", "spyx"])
def test_installed_peers_do_the_same_work(name, key):
    known = [peer for peer in registry.PEERS if "cpu" in peer.devices]
    peers = [p for p in known if p.key == key and p.equations(JOBS[name])]
    same = [p for p in peers if p.equations(JOBS[name]).relation == SAME]
    missing = [package for peer in same for package in peer.packages if not find_spec(package)]
    if missing or not same:
        pytest.skip(f"not installed: {missing}" if missing else "it has other equations")
    differences = exact_differences(JOBS[name], [LOOP, *same], threads=1, seed=0)
    assert differences and all(d < TOLERANCE for d in differences.values())
