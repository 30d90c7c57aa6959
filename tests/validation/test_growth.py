import dataclasses
import json

import numpy as np
import pytest

from validation.__main__ import main
from validation.speed import growth
from validation.speed.compare import Row
from validation.speed.growth import all_series, complaints, conclude, deviations_from_lines, verdict
from validation.speed.jobs import JOBS, RATES, SMOKE, make_data
from validation.speed.networks import MirroredJob, build_network
from validation.speed.peer import Peer
from validation.speed.scaling import Series
from validation.speed.worker import Ready


def row(job, seconds, peak, rate=10.0):
    ready = Ready(2.3, {"S_in": 1.0}, [rate], build_seconds=1, first_seconds=1)
    return Row(job, Peer("ours", "ours", "mirrored"), ready, [[seconds]], {"peak": peak})


def test_the_series_are_what_is_claimed():
    connectivity, steps, batch, delay, spread = all_series(smoke=False)
    assert [(job.neurons, job.connectivity) for job in connectivity.jobs] == [
        (2000, 0.001),
        (2000, 0.1),
        (2000, 1.0),
    ]
    for series in (steps, batch):
        values = [series.value(job) for job in series.jobs]
        assert len(values) >= 4 and values[-1] == 8 * values[0]
    for series in (delay, spread):
        assert [series.value(job) for job in series.jobs] == [0, 1, 5, 20]


@pytest.mark.parametrize("kind", [{"delay": 3}, {"spread": 3}])
def test_recurrent_spikes_are_delayed(kind):
    job = dataclasses.replace(SMOKE["J1"], **kind)
    delays = np.array(build_network(job, make_data(job)).network["S_rec"].delay) * 1e3
    assert set(np.atleast_1d(np.round(delays))) == ({3} if "delay" in kind else {0, 1, 2, 3})


@pytest.mark.parametrize("index", [0, 1, 2])
def test_the_networks_fire_at_the_stated_rates(index):
    job = dataclasses.replace(all_series(smoke=False)[0].jobs[index], batch=1)
    (rate,) = MirroredJob(job, make_data(job)).rates()
    assert RATES[0] <= rate <= RATES[1]


def test_deviations_from_a_proportional_and_from_a_straight_line():
    values = [1, 2, 4, 8]
    assert max(deviations_from_lines(values, [3, 6, 12, 24]).values()) < 1e-12
    found = deviations_from_lines(values, [2, 3, 5, 9])
    assert found["proportional"] == pytest.approx(2 * 8 / 9 - 1)
    assert found["affine"] < 1e-12
    assert deviations_from_lines(values, [1, 2, 6, 8])["affine"] > 0.1


def test_shares_and_deviations_are_concluded():
    few, sparse, full = (
        dataclasses.replace(JOBS["J2"], connectivity=share) for share in (0.001, 0.1, 1.0)
    )
    steps = [dataclasses.replace(JOBS["J1"], steps=number) for number in (100, 200)]
    results = [
        (
            Series("connectivity", (few, sparse, full)),
            [row(few, 0.5, 9.0), row(sparse, 1.0, 30.0), row(full, 8.0, 90.0)],
        ),
        (Series("steps", tuple(steps)), [row(steps[0], 1.1, 1.0), row(steps[1], 2.0, 1.0)]),
        (
            Series("delay", tuple(steps), grows=False),
            [row(steps[0], 2.0, 1.0), row(steps[1], 2.1, 1.0)],
        ),
    ]
    found = conclude(results)
    assert found["shares"] == {"time": 0.125, "memory": pytest.approx(1 / 3)}
    assert found["fixed"] == {"time": 0.0625, "memory": pytest.approx(0.1)}
    assert found["deviations"]["steps"]["proportional"] == pytest.approx(0.1)
    assert found["deviations"].keys() == {"steps"}
    assert found["delays"] == {"delay": pytest.approx(1.05)}
    (text,) = verdict(found)
    assert "12.5% of the time" in text and "10.0% from the proportional line" in text
    assert "delays of all connections of up to 20 steps: at most 1.050 times the time" in text


def test_complaints_name_what_failed_or_does_not_fire():
    job = JOBS["J1"]
    silent, failed = row(job, 1.0, 1.0, rate=0.0), Row(job, Peer("a", "a", "a"), failure="no g++")
    assert complaints([row(job, 1.0, 1.0)], strict=True) == []
    assert "0.0 Hz" in complaints([silent], strict=False)[0]
    assert "no g++" in complaints([failed], strict=True)[0]


@pytest.mark.slow
def test_a_small_run_from_end_to_end(tmp_path, capsys):
    arguments = ["--rounds", "1", "--threads", "1", "--results", str(tmp_path)]
    code = main(["sparse", "--smoke", *arguments])
    text = capsys.readouterr().out
    assert code == 0, text
    data = json.loads((tmp_path / "sparse_smoke.json").read_text())
    assert len(data["series"]) == sum(len(s.jobs) for s in growth.all_series(smoke=True))
    for one in data["series"]:
        assert not one["failure"] and 1 < one["rates"][0] < 100
        assert np.all(np.asarray(one["rounds"]) > 0)
    found = data["conclusions"]
    assert found["deviations"].keys() == {"steps", "batch"}
    assert found["delays"].keys() == {"delay", "spread"}
    assert all(np.isfinite(v) and v > 0 for v in found["shares"].values())
    assert "of the time" in (tmp_path / "sparse_smoke.txt").read_text()
