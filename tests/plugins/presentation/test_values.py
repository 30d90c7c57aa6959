"""What a presenter has learned: which values fit, and which training they belong to."""

import gc
from pathlib import Path

import numpy as np
import pytest
from brian2 import Hz, Network, NeuronGroup, Synapses, defaultclock, device, ms, set_device
from brian2.utils.logger import catch_logs

from brian2_l2l.errors import TrainingError
from brian2_l2l_plugins.presentation import Presenter, Samples, as_program

VALUES, LABELS = np.ones((4, 2)), np.zeros(4, int)


@pytest.fixture(autouse=True)
def time_step():
    defaultclock.dt = 1 * ms


def counting(chunk=2, step=1.0, on_pre="v_post += w; w += step*learning(t)", **options):
    """Return what shows samples to two neurons, whose weights grow with each spike."""
    samples = Samples(2, 2, chunk=chunk, sample=20 * ms, pause=10 * ms)
    pixels = NeuronGroup(2, "", threshold="intensity(t, i) > 0.5", name="pixels")
    answer = NeuronGroup(2, "v : 1", threshold="v > 0.5", reset="v = 0", name="answer")
    layer = Synapses(pixels, answer, "w : 1", on_pre=on_pre, name="layer")
    layer.connect()
    layer.w = 1
    names = {"step": step, **options.pop("namespace", {})}
    learned = options.pop("learned", [(layer, "w")])
    if isinstance(learned, str):
        learned = {(layer, "w"): learned}
    net = Network(pixels, answer, layer)
    return Presenter(net, samples, answer, learned, namespace=names, **options)


@pytest.mark.parametrize("batch_size", [None, 2])
def test_values_that_do_not_fit_are_refused(batch_size):
    shown = counting(batch_size=batch_size)
    with pytest.raises(TrainingError, match="'layer.w' has 4 values, and 3 are given"):
        shown.values = {"layer.w": np.ones(3)}
    with pytest.raises(TrainingError, match="Nothing learned is called 'layer.v'"):
        shown.values = {"layer.v": np.ones(4)}
    with pytest.raises(TrainingError, match="'layer.w' has values that are not finite"):
        shown.values = {"layer.w": np.array([1, 2, np.nan, 4])}
    assert shown.values == {}


def test_a_program_refuses_values_that_do_not_fit(compiler):
    with as_program():
        shown = counting()
        # Brian2 does not know before a run how many synapses a program makes.
        shown.values = {"layer.w": np.ones(3)}
        with pytest.raises(TrainingError, match="'layer.w' has 4 values, and 3 are given"):
            shown.counts(VALUES)
        folder = Path(device.project_dir)
        assert folder.exists()
        with pytest.raises(TrainingError, match="'layer.w' has 4 values, and 5 are given"):
            shown.values = {"layer.w": np.ones(5)}
        shown.values = {"layer.w": np.ones(4)}
        np.testing.assert_array_equal(shown.counts(VALUES), [[5, 5]] * 4)
        del shown
        gc.collect()
    assert not folder.exists()


def test_nothing_is_built_for_samples_that_do_not_fit(tmp_path):
    set_device("cpp_standalone", build_on_run=False, directory=str(tmp_path / "program"))
    shown = counting()
    with pytest.raises(TrainingError, match="the network has 2 inputs"):
        shown.train(np.ones((4, 3)), LABELS)
    with pytest.raises(TrainingError, match="labels go from 0 to 2"):
        shown.train(VALUES, np.array([0, 1, 2, 0]))
    assert not list(tmp_path.rglob("*.cpp"))


def test_what_was_learned_before_a_stop_is_there():
    def stop(elapsed, completed, row):
        raise KeyboardInterrupt

    shown = counting()
    with pytest.raises(KeyboardInterrupt):
        shown.train(VALUES, LABELS, report=stop)
    # Two samples, each with ten steps in which something is learned.
    np.testing.assert_array_equal(shown.values["layer.w"], np.full(4, 21.0))


def test_weights_that_are_not_finite_are_not_learned_on():
    shown = counting(step=1e300, on_pre="v_post += w; w *= 1 + step*learning(t)")
    with pytest.raises(TrainingError, match="'layer.w' has values that are not finite"):
        shown.train(VALUES, LABELS, report=None)
    assert shown.values == {}


@pytest.mark.parametrize("factor", [-1.0, np.nan])
def test_a_schedule_gives_factors_above_zero(factor):
    with pytest.raises(TrainingError, match=r"schedule\(0\)=.* must be a number above 0"):
        counting().train(VALUES, LABELS, schedule=lambda part: factor, report=None)


def test_a_few_samples_at_the_end_may_have_no_answer():
    values = np.array([[1, 1], [1, 1], [0, 0]])
    (_, last) = counting().train(values, LABELS[:3], shuffle=False, report=None)
    assert last["samples"] == 3 and last["spikes"] == 0
    with pytest.raises(TrainingError, match="the output is silent in all 2 samples"):
        counting().train(values[::-1] * [[1], [0], [0]], LABELS[:3], shuffle=False, report=None)


def test_a_silent_layer_is_not_learned_from():
    samples = Samples(2, 2, chunk=2, sample=20 * ms, pause=10 * ms)
    groups = [
        NeuronGroup(2, "v : 1", threshold=threshold, reset="v = 0", name=name)
        for name, threshold in (("pixels", "True"), ("inner", "v > 0.5"), ("answer", "True"))
    ]
    layers = [
        Synapses(*pair, "w : 1", on_pre="v_post += w; w += 0.1*learning(t)")
        for pair in zip(groups, groups[1:], strict=False)
    ]
    for layer in layers:
        layer.connect()
        layer.w = -1
    learned = [(layer, "w") for layer in layers]
    shown = Presenter(Network(groups, layers), samples, groups[-1], learned)
    with pytest.raises(TrainingError, match="because 'inner' is silent in all 2 samples"):
        shown.train(VALUES, LABELS, report=None)


def test_a_class_that_is_never_answered_is_told_once():
    one_class = "v_post += w*(1 - j); w += step*learning(t)"

    def warnings(labels, **options):
        with catch_logs(only_from=("brian2_l2l_plugins",)) as logs:
            shown = counting(chunk=20, **options)
            shown.train(np.ones((40, 2)), labels, shuffle=False, report=None)
        return [text for _, name, text in logs if "silent_class" in name]

    (warning,) = warnings(np.arange(40) % 2, on_pre=one_class)
    assert "Neuron 1 of 'answer' is silent in a whole chunk, with 10 samples" in warning
    assert not warnings(np.arange(40) % 2)
    # A class of which few samples are shown may have no answer by chance.
    assert not warnings(np.arange(40) % 20 // 11, on_pre=one_class)


def test_groups_that_do_not_spike_may_be_added_up():
    samples = Samples(2, 2, chunk=2, sample=20 * ms, pause=10 * ms)
    rates = NeuronGroup(2, "x = intensity(t, i) : 1", name="rates")
    answer = NeuronGroup(2, "drive : 1", threshold="drive > 0.5", reset="", name="answer")
    layer = Synapses(rates, answer, "w : 1\ndrive_post = w*x_pre : 1 (summed)", name="layer")
    layer.connect("i == j")
    layer.w = 1
    shown = Presenter(Network(rates, answer, layer), samples, answer, [(layer, "w")])
    np.testing.assert_array_equal(shown.counts([[1.0, 0.0]]), [[10, 0]])


def test_trials_may_learn_their_mean():
    learned = {}
    for way in ("sum", "mean"):
        shown = counting(batch_size=2, learned=way)
        shown.train(VALUES, LABELS, report=None)
        learned[way] = shown.values["layer.w"]
    np.testing.assert_allclose(learned["sum"], 1 + 4 * 10)
    np.testing.assert_allclose(learned["mean"], 1 + 4 * 10 / 2)


OTHERS = {
    "network": {"step": 2.0},
    "batch_size": {"batch_size": 2},
    "seed": {"seed": 1},
    "chunk": {"chunk": 4},
    "between": {"between": lambda values: None},
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_training_goes_on_as_it_began(name, tmp_path):
    path = tmp_path / "run"
    counting().train(VALUES, LABELS, checkpoint=path, report=None)
    with pytest.raises(TrainingError, match=f"settings differ.*{name} is .* and was"):
        counting(**OTHERS[name]).train(VALUES, LABELS, checkpoint=path, resume=True, report=None)


def test_a_training_goes_on_with_its_samples_and_equations(tmp_path):
    path, options = tmp_path / "run", {"resume": True, "report": None}
    counting().train(VALUES, LABELS, checkpoint=path, report=None)
    counting().train(VALUES, LABELS, checkpoint=path, **options)
    with pytest.raises(TrainingError, match="contents is"):
        counting().train(VALUES, 1 - LABELS, checkpoint=path, **options)
    other = counting(on_pre="v_post += 2*w; w += step*learning(t)")
    with pytest.raises(TrainingError, match="network is"):
        other.train(VALUES, LABELS, checkpoint=path, **options)
    # What an equation does not mention may be another thing.
    other = counting(namespace={"something": 3 * Hz})
    other.train(VALUES, LABELS, checkpoint=path, **options)


def test_a_training_that_starts_anew_keeps_an_earlier_checkpoint(tmp_path):
    path = tmp_path / "run"
    counting().train(VALUES, LABELS, checkpoint=path, report=None)
    before = path.read_bytes()
    counting(seed=1).train(VALUES, LABELS, checkpoint=path, report=None)
    assert (tmp_path / "run.previous").read_bytes() == before != path.read_bytes()
