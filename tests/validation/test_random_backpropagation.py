"""The program that learns digits spike by spike in many ways."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from brian2 import prefs

from tests.mirror.fused.compilers import needs_compiler
from tests.mnist import write_small
from validation import __main__ as command
from validation.random_backpropagation import CLASSES, MARKS, PIXELS, REFERENCE
from validation.random_backpropagation.cases import CASES, GROUPS, Case
from validation.random_backpropagation.gradients import _Network, learn_by_gradients
from validation.random_backpropagation.learning import Digits, Outcome, learn
from validation.random_backpropagation.run import complaints
from validation.random_backpropagation.tables import errors_table, spikes_table, work_table, work_to


def outcome(name, errors=REFERENCE, final=8.0, rate=120.0):
    work = {mark: 1e6 * mark for mark in errors}
    spikes = {"spikes_hidden_0": 50 * rate}
    return Outcome(name, 0, dict(errors), work, final, 1.5, 500.0, spikes)


def test_the_command_line_knows_all_cases():
    assert set(command.CASES) == set(GROUPS) and set(command.QUICK) < set(GROUPS)
    assert len({case.name for case in CASES}) == len(CASES)


def test_complaints_say_what_is_wrong():
    assert complaints([outcome("one at a time"), outcome("10 side by side")]) == []
    worse = outcome("one at a time", {mark: 1.5 * error for mark, error in REFERENCE.items()})
    assert len(complaints([worse])) == len(MARKS)
    silent = outcome("background noise", rate=0.5)
    assert "hidden neurons at 0.5 Hz" in complaints([silent])[0]
    # Of more neurons, as many spikes are less.
    assert "hidden neurons at 1.6 Hz" in complaints([outcome("long, 500, shifted", rate=4)])[0]
    bits = [outcome("8 bits", final=8.5), outcome("not rounded", final=8.1)]
    assert complaints(bits) == ["weights of 8 bits lose 0.40 points"]


def test_engines_are_told_apart_by_more_than_noise():
    def engine(name, *finals):
        return [outcome(name, final=final) for final in finals]

    one, program = engine("one at a time", 6.0, 6.2, 6.4), "C++ standalone"
    assert complaints(one + engine(program, 6.1, 6.5, 6.6)) == []
    assert complaints(one + engine(program, 7.1, 7.3, 7.2)) == [
        "one at a time has 6.20 %, and C++ standalone 7.20 %"
    ]
    # Seeds that differ much say less.
    assert complaints(one + engine(program, 6.2, 7.2, 8.2)) == []


def test_work_is_counted_up_to_an_error():
    one = outcome("one at a time")
    assert work_to(one, 10) == 40_000 * 1e6 and work_to(one, 5) is None
    lines = work_table([one]).splitlines()
    assert lines[1].split()[-4:] == ["1.00", "40.0", "-", "-"]
    assert spikes_table([one]).splitlines()[1].split()[-1] == "6,000.0"
    assert "13.5" in errors_table([one]) and "a direct program" in errors_table([one])


@pytest.mark.parametrize("random", [False, True])
def test_gradients_are_those_of_torch_but_for_the_feedback(random, seed):
    network = _Network(random, seed)
    value, target = torch.rand(PIXELS), torch.eye(CLASSES)[3]
    weights = [network.first.clone().requires_grad_(), network.second.clone().requires_grad_()]
    hidden = (value @ weights[0]).relu()
    hidden.retain_grad()
    loss = -((hidden @ weights[1]).log_softmax(0) @ target)
    loss.backward()
    error = (network.outputs(value)[1]).softmax(0) - target
    back = network.second.T if network.feedback is None else network.feedback
    expected = torch.outer(value, (error @ back) * (hidden > 0)).detach()
    before = [network.first.clone(), network.second.clone()]
    network.learn(value, target, 0.1)
    torch.testing.assert_close(before[1] - network.second, 0.1 * weights[1].grad)
    torch.testing.assert_close(before[0] - network.first, 0.1 * expected, atol=1e-6, rtol=1e-4)
    same = torch.allclose(expected, weights[0].grad, atol=1e-6)
    assert same != random


def patterns(rng, count=1200, tests=200):
    """Return digits that are easy to tell apart."""
    shapes = rng.random((CLASSES, PIXELS)) < 0.2

    def some(number):
        labels = rng.integers(CLASSES, size=number)
        noise = rng.random((number, PIXELS)) < 0.02
        return 255 * (shapes[labels] ^ noise).astype(np.uint8), labels

    return Digits(*some(count), *some(tests))


@pytest.mark.parametrize("epochs", [1, 2])
def test_gradients_learn(epochs, rng, seed):
    case = Case("some", "none", {"random": True, "long": epochs > 1}, "torch", epochs)
    found = learn_by_gradients(case, patterns(rng), seed)
    last = 1200 * epochs
    assert list(found.errors) == [1000, 1200, 2400][: epochs + 1] and found.final < 5
    assert found.work[last] == last * (2 * PIXELS * 200 + 3 * 200 * CLASSES)


# Few digits, or many side by side, leave a class without spikes now and then.
@needs_compiler
@pytest.mark.parametrize(
    "way, digits, shifted",
    [
        ({"long": True, "batch_size": 10}, 900, True),
        ({"robust": True, "batch_size": 5}, 600, False),
        ({"robust": True, "batch_size": 5, "bits": 8}, 600, False),
    ],
)
def test_a_mirror_learns_and_says_what_it_costs(way, digits, shifted, rng, seed, optimised):
    prefs.l2l.lowering = "fused"
    case = Case("short", "none", {"chunk": 100, **way}, shifted=shifted)
    found = learn(case, patterns(rng, digits, 100), seed)
    assert list(found.errors) == [digits] and found.final == found.errors[digits] < 20
    # Synapses from pixels to hidden neurons have nearly all events.
    pixels = found.spikes["spikes_pixels"]
    assert 1 < found.work[digits] / digits / (200 * pixels) < 1.5
    assert found.milliseconds > 0 and found.megabytes > 50


def test_a_small_run_from_end_to_end(rng, tmp_path, monkeypatch):
    from validation.random_backpropagation import run

    write_small(tmp_path, rng, monkeypatch, train=60, test=20)
    # Processes of their own would look for the original files.
    monkeypatch.setattr(run, "limited_process", lambda work, threads, *rest: work(*rest))
    arguments = ["random-backpropagation", "--digits", str(tmp_path), "--cases", "gradients"]
    arguments += ["--seeds", "1", "--smoke", "--output", str(tmp_path)]
    assert command.main(arguments) == 0
    found = json.loads((tmp_path / "random_backpropagation_smoke.json").read_text())
    names = [one["name"] for one in found["outcomes"]]
    assert names == [case.name for case in CASES if case.group == "gradients"] and len(names) == 4
    assert (tmp_path / "random_backpropagation_smoke.png").stat().st_size > 1000


def test_a_killed_run_goes_on_with_what_is_missing(tmp_path, monkeypatch):
    from validation.random_backpropagation import run

    (tmp_path / "random_backpropagation_smoke.jsonl").write_text("of an older run\n")
    learned, ends = [], {1}

    def learn_until_killed(work, threads, options, case, seed):
        if len(learned) in ends:
            ends.discard(len(learned))
            raise KeyboardInterrupt
        learned.append((case.name, seed))
        return replace(outcome(case.name), seed=seed)

    monkeypatch.setattr(run, "limited_process", learn_until_killed)
    arguments = ["random-backpropagation", "--digits", "none", "--cases", "batches"]
    arguments += ["--seeds", "2", "--smoke", "--output", str(tmp_path)]
    with pytest.raises(KeyboardInterrupt):
        command.main(arguments)
    assert command.main([*arguments, "--resume"]) == 0
    wanted = [(case.name, seed) for seed in (0, 1) for case in CASES if case.group == "batches"]
    assert learned == wanted and len(wanted) > 2
    found = json.loads((tmp_path / "random_backpropagation_smoke.json").read_text())["outcomes"]
    assert [(one["name"], one["seed"]) for one in found] == wanted
    assert found[0] == json.loads(json.dumps(asdict(outcome(wanted[0][0]))))
    # The report alone is enough to add other cases to it.
    (tmp_path / "random_backpropagation_smoke.jsonl").unlink()
    arguments[arguments.index("batches")] = "online"
    assert command.main([*arguments, "--resume"]) == 0
    more = json.loads((tmp_path / "random_backpropagation_smoke.json").read_text())["outcomes"]
    assert len(learned) > len(wanted) and len(more) == len(learned)
    assert [one for one in more if one in found] == found
