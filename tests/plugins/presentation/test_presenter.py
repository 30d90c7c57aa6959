"""Networks learn from many samples alike, on every device, and after they were stopped."""

import gc

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    Synapses,
    defaultclock,
    device,
    ms,
    prefs,
    set_device,
    volt,
)
from brian2.devices.device import reset_device

from brian2_l2l.errors import TrainingError
from brian2_l2l.rules import Quantisation
from brian2_l2l_plugins.presentation import Presenter, Samples
from tests.plugins.presentation.patterns import CLASSES, data, presenter


@pytest.fixture(autouse=True)
def time_step():
    defaultclock.dt = 1 * ms


@pytest.mark.parametrize("batch_size", [None, 5])
def test_it_learns_and_says_how_well(batch_size, rng):
    values, labels = data(rng)
    shown = presenter(batch_size=batch_size, transmission=0.9 if batch_size else 1)
    rows = []
    history = shown.train(values, labels, report=lambda *row: rows.append(row))
    assert [row["samples"] for row in history] == [20, 40, 60, 80] and len(rows) == 4
    assert rows[-1][1] == 1.0 and rows[-1][2] == history[-1]
    assert history[-1]["accuracy"] > 0.8 and history[-1]["spikes"] > 1
    counts = shown.counts(values[:33])
    assert counts.shape == (33, CLASSES) and counts.max() <= 20
    assert np.mean(counts.argmax(axis=1) == labels[:33]) > 0.8
    before = {name: learned.copy() for name, learned in shown.values.items()}
    assert shown.accuracy(values[:40], labels[:40]) > 0.8
    np.testing.assert_equal(shown.values, before)


def test_a_schedule_says_how_much_each_chunk_changes(tmp_path):
    samples = Samples(1, 1, chunk=2, sample=20 * ms, pause=10 * ms)
    source = NeuronGroup(1, "", threshold="True", name="one")
    output = NeuronGroup(1, "", threshold="True", name="answer")
    synapses = Synapses(source, output, "w : 1", on_pre="w += learning(t)")
    synapses.connect()
    shown = Presenter(Network(source, output, synapses), samples, output, [(synapses, "w")])
    values, labels, path = np.ones((8, 1)), np.zeros(8, int), tmp_path / "run"

    def learned(schedule, **options):
        shown.values = {f"{synapses.name}.w": np.zeros(1)}
        shown.train(values, labels, schedule=schedule, report=None, checkpoint=path, **options)
        return shown.values[f"{synapses.name}.w"].item()

    # Each of four chunks has two samples, each of which learns in ten steps.
    assert learned(None) == pytest.approx(80)
    assert learned(lambda part: 1 - part) == pytest.approx(20 * (1 + 0.75 + 0.5 + 0.25))
    with pytest.raises(TrainingError, match=r"schedule is \[1.0, 1.0, .* and was \[1.0, 0.75"):
        shown.train(
            values, labels, schedule=lambda part: 1, report=None, checkpoint=path, resume=True
        )


def test_samples_are_augmented_alike_after_a_stop(tmp_path, rng):
    values, labels = data(rng, 40)
    path, drawn = tmp_path / "run", []

    def augment(shown, random):
        drawn.append(random.random())
        return shown * (random.random(shown.shape) < 0.8)

    def stop(elapsed, completed, row):
        raise KeyboardInterrupt

    plain, whole, last = presenter(), presenter(), presenter()
    plain.train(values, labels, report=None)
    whole.train(values, labels, epochs=2, augment=augment, report=None)
    options = {"epochs": 2, "augment": augment, "checkpoint": path}
    with pytest.raises(KeyboardInterrupt):
        presenter().train(values, labels, report=stop, **options)
    last.train(values, labels, report=None, resume=True, **options)
    np.testing.assert_equal(last.values, whole.values)
    assert any((last.values[name] != learned).any() for name, learned in plain.values.items())
    assert drawn[:4] == drawn[4:] and len(set(drawn)) == 4
    with pytest.raises(TrainingError, match="augment is False and was True"):
        presenter().train(values, labels, epochs=2, checkpoint=path, resume=True, report=None)
    with pytest.raises(TrainingError, match="values from 2.0 to 2.0"):
        presenter().train(values, labels, augment=lambda v, _: 0 * v + 2, report=None)


def test_a_second_training_goes_on(rng):
    values, labels = data(rng, 40)
    shown = presenter()
    first = shown.train(values, labels, report=None)
    second = shown.train(values, labels, report=None)
    assert first[-1]["samples"] == 40 and second[-1]["samples"] == 80


@pytest.mark.parametrize("batch_size", [None, 5])
def test_it_goes_on_after_it_was_stopped_twice(batch_size, tmp_path, rng):
    def presenter_again():
        return presenter(batch_size=batch_size)

    values, labels = data(rng)
    whole = presenter_again()
    history = whole.train(values, labels, report=None)
    path, stopped = tmp_path / "run.checkpoint", []

    def stop(elapsed, completed, row):
        stopped.append(row["samples"])
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            presenter_again().train(values, labels, checkpoint=path, resume=True, report=stop)
    assert stopped == [20, 40]
    last = presenter_again()
    assert last.train(values, labels, checkpoint=path, resume=True, report=None) == history
    np.testing.assert_equal(last.values, whole.values)
    with pytest.raises(TrainingError, match="epochs is 2.0 and was 1.0"):
        presenter_again().train(values, labels, epochs=2, checkpoint=path, resume=True, report=None)
    path.write_bytes(b"something else")
    with pytest.raises(TrainingError, match="holds no presentation of this network"):
        presenter_again().train(values, labels, checkpoint=path, resume=True, report=None)


WAYS = {
    "blanks": {"transmission": 0.65},
    "stochastic rounding": {"quantisation": Quantisation(8, -1 * volt, 1 * volt)},
    "nearest rounding": {"quantisation": Quantisation(10, -1 * volt, 1 * volt, "nearest")},
}


def learned_on(name, way, folder):
    """Return what is learned on a device: the history, the values, and answers."""
    values, labels = data(3, 40)
    if name != "runtime":
        options = {"build_on_run": False, "directory": folder} if "standalone" in name else {}
        set_device(name, **options)
    try:
        shown = presenter(**WAYS[way])
        history = shown.train(values, labels, report=None)
        return history, shown.values, shown.counts(values[:3])
    finally:
        if name != "runtime":
            device.reinit()
            reset_device()
        del shown
        gc.collect()


@pytest.mark.parametrize("way", WAYS)
def test_a_cpp_program_learns_the_same(way, tmp_path, compiler):
    # Compilers that may change the order of sums would change the last places.
    prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O2", "-ffp-contract=off"]
    history, learned, counts = learned_on("runtime", way, None)
    others, relearned, recounted = learned_on("cpp_standalone", way, str(tmp_path))
    assert history == others and history[-1]["spikes"] > 1
    np.testing.assert_array_equal(counts, recounted)
    np.testing.assert_equal(relearned, learned)
    # The samples of a chunk are not kept.
    assert not list((tmp_path / "static_arrays").glob("*timedarray*init*"))
    # Three arrays and the weights of two layers, of the latest run.
    assert len(list((tmp_path / "static_arrays").glob("given_*"))) == 5


@pytest.mark.parametrize("way", WAYS)
def test_the_device_torch_learns_the_same(way):
    (history, learned, counts), (others, relearned, recounted) = (
        learned_on(name, way, None) for name in ("runtime", "torch")
    )
    assert history == others and history[-1]["spikes"] > 1
    np.testing.assert_array_equal(counts, recounted)
    np.testing.assert_equal(relearned, learned)


def test_a_program_that_is_built_by_run_is_refused(tmp_path):
    set_device("cpp_standalone", directory=str(tmp_path))
    with pytest.raises(TrainingError, match="build_on_run=False"):
        presenter()


@pytest.mark.parametrize("batch_size", [None, 5])
def test_silence_is_not_learned_from(batch_size):
    values, labels = data(0, 10)
    silent = presenter(transmission=0.65, low=0 * Hz, batch_size=batch_size)
    with pytest.raises(TrainingError, match="because the output is silent in all 10 samples"):
        silent.train(0 * values, labels, report=None)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_samples_side_by_side_are_those_of_the_chunk(batch_size, rng):
    """Each source says which sample it sees, and each output answers for its own."""
    samples = Samples(3, 3, chunk=8, sample=20 * ms, pause=5 * ms)
    source = NeuronGroup(3, "", threshold="intensity(t, i) > 0.5", name="pixels")
    output = NeuronGroup(3, "v : 1", threshold="v > 0.5", reset="v -= 1", name="answer")
    synapses = Synapses(
        source, output, "w : 1", on_pre="v_post += 1; w += learning(t)*int(label(t) == j)"
    )
    synapses.connect("i == j")
    shown = Presenter(
        Network(source, output, synapses),
        samples,
        output,
        [(synapses, "w")],
        batch_size=batch_size,
    )
    labels = rng.integers(3, size=13)
    values = np.eye(3)[labels]
    np.testing.assert_array_equal(shown.counts(values), 15 * values)
    assert shown.accuracy(values, labels) == 1.0
    (_, last) = shown.train(values, labels, report=None)
    # One of three pixels is on in each of the 20 steps.
    assert last["samples"] == 13 and last["operations"] == last["spikes_pixels"] == 20
    expected = 15 * np.bincount(labels, minlength=3)
    np.testing.assert_array_equal(shown.values[f"{synapses.name}.w"], expected)


def test_a_chunk_that_trials_cannot_share_is_refused():
    with pytest.raises(TrainingError, match="20 samples cannot be shared out to batch_size=3"):
        presenter(batch_size=3)


def test_a_mirror_runs_on_no_other_device(tmp_path):
    set_device("cpp_standalone", build_on_run=False, directory=str(tmp_path))
    with pytest.raises(TrainingError, match=r"Leave out set_device\(\)"):
        presenter(batch_size=5)


def test_what_does_not_fit_is_refused():
    with pytest.raises(TrainingError, match="'erbp_layer_0' has no variable 'weight'"):
        presenter(learned=lambda net: [(net["erbp_layer_0"], "weight")])
    group = NeuronGroup(3, "v : 1", threshold="v > 1", reset="v = 0", name="three")
    with pytest.raises(TrainingError, match="'three' has 3 neurons for 2 classes"):
        Presenter(Network(group), Samples(4, 2), group, [])


def test_any_rule_can_learn():
    """The samples of one class make the weights onto one neuron grow."""
    samples = Samples(4, 2, chunk=4, sample=50 * ms, pause=10 * ms)
    source = NeuronGroup(4, "", threshold="rand() < 0.1*intensity(t, i)", name="pixels")
    output = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0", name="answer")
    synapses = Synapses(
        source, output, "w : 1", on_pre="v_post += w; w += 0.1*learning(t)*int(label(t) == j)"
    )
    synapses.connect()
    synapses.w = 0.3
    shown = Presenter(Network(source, output, synapses), samples, output, [(synapses, "w")])
    values = np.ones((8, 4))
    history = shown.train(values, np.zeros(8, int), report=None)
    (*_, last) = history
    # Each of four pixels spikes in a tenth of all steps, and reaches two synapses.
    assert last["spikes_pixels"] == pytest.approx(0.1 * 4 * 50, rel=0.5)
    assert last["operations"] == 2 * last["spikes_pixels"]
    learned = shown.values[f"{synapses.name}.w"].reshape(4, 2)
    assert np.all(learned[:, 0] > 1) and np.all(learned[:, 1] == 0.3)


def test_what_lies_between_chunks_changes_what_was_learned():
    samples = Samples(1, 2, chunk=2, sample=20 * ms, pause=0 * ms)
    source = NeuronGroup(1, "", threshold="True", name="one")
    output = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0", name="answers")
    synapses = Synapses(source, output, "w : 1\nseen : 1", on_pre="v_post += w; w += 1; seen = w")
    synapses.connect()

    def halve(values):
        values[f"{synapses.name}.w"] = values[f"{synapses.name}.w"] / 2

    shown = Presenter(
        Network(source, output, synapses), samples, output, [(synapses, "w")], between=halve
    )
    shown.values = {f"{synapses.name}.w": np.array([8.0, 16.0])}
    shown.train(np.ones((4, 1)), np.zeros(4, int), report=None)
    np.testing.assert_allclose(shown.values[f"{synapses.name}.w"], [62, 64])
