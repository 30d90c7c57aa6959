"""The whole demo: train, write back, run in every engine, compare, draw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from brian2 import ms, second

from brian2_l2l.errors import L2LError
from brian2_l2l.training import TrainingResult, evaluate, save_weights
from brian2_l2l_plugins.demo import results
from brian2_l2l_plugins.demo.answers import Answers
from brian2_l2l_plugins.demo.engines import numpy_target, run_brian2, run_mirror
from brian2_l2l_plugins.demo.learning import (
    NAMES,
    Settings,
    learn,
    make_mirror,
    make_task,
    weights_of,
)
from brian2_l2l_plugins.demo.picture import Story, draw
from brian2_l2l_plugins.demo.standalone import Program
from brian2_l2l_plugins.scripts import load_script
from brian2_l2l_plugins.standalone import StandaloneError
from brian2_l2l_plugins.threads import torch_threads

#: The exit codes, besides those of every command: 1 after an explained error, 130 after Ctrl-C.
AGREED, NO_STANDALONE = 0, 3


def run_demo(script: Path, settings: Settings, output: Path, resume: bool = False) -> int:
    """Run the demo.

    Parameters
    ----------
    script : path
        The script that holds the network, such as ``examples/digits.py``.
    settings : Settings
        How to train.
    output : path
        The folder for the results; it is made where it is missing.
    resume : bool
        Whether to go on from the checkpoint in it.

    Returns
    -------
    exit_code : int
        0, or 3 if C++ standalone could not be run.

    Raises
    ------
    L2LError
        If the script, a setting or the checkpoint does not fit; if the engines do not name the
        same class for every test digit, or the mirror in float64 has other spikes than Brian2.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise L2LError(f"The folder {output} cannot be made: {error}") from error
    # For so small a network more threads are no faster. With one, sums are made in the same order
    # whatever the number of processors.
    with Program(script, settings.seed) as program, numpy_target(), torch_threads(1):
        demo = Demonstration(script, settings, output)
        result = demo.learn(resume)
        program.start(weights_of(demo.net), demo.values)
        answers = demo.run_in_python()
        missing = None
        try:
            answers.append(program.answers())
        except StandaloneError as error:
            missing = str(error)
        return demo.conclude(result, answers, missing)


class Demonstration:
    """The network of a script, what it is to learn and what it is tested with.

    Parameters
    ----------
    script, settings, output
        See `run_demo`.
    """

    def __init__(self, script: Path, settings: Settings, output: Path) -> None:
        self.settings, self.output = settings, output
        self.module = load_script(script, NAMES)
        self.net, self.stimulus = self.module.build_network(settings.seed)
        self.before = weights_of(self.net)
        self.task = make_task(self.module, settings)
        test = self.task.examples["test"]
        (pictures,) = test.inputs.values()
        self.pictures, self.labels = pictures.numpy(), test.targets.numpy()
        self.values = np.asarray(self.module.stimulus_values(self.pictures), dtype=float)

    def learn(self, resume: bool) -> TrainingResult:
        """Train, write the weights back to the Brian2 objects, and save them."""
        mirror = make_mirror(self.module, self.net, batch_size=self.settings.batch_size)
        untrained = evaluate(mirror, self.task, "test")["accuracy"]
        sizes = {split: len(examples) for split, examples in self.task.examples.items()}
        say(
            f"{sizes['train']} digits to learn, {sizes['validation']} to decide when to stop, "
            f"{sizes['test']} to test with. Test accuracy before training: {100 * untrained:.1f} %."
        )
        try:
            result = learn(mirror, self.task, self.settings, self.output, resume)
        except KeyboardInterrupt:
            say("\nTo go on from here, give the same command with --resume.")
            raise
        say(
            f"Stopped after {result.iterations} updates ({result.stopped_by}); the best validation "
            f"loss was {result.best:.4f} after {result.best_iteration}."
        )
        mirror.write_back()
        save_weights(mirror, self.output / "weights.safetensors")
        results.write_history(self.output / "history.csv", result)
        return result

    def run_in_python(self) -> list[Answers]:
        """Run the trained network in the mirror and in Brian2's runtime; Brian2 is the last."""
        duration = self.module.DURATION
        fast = make_mirror(self.module, self.net)
        exact = make_mirror(self.module, self.net, dtype=torch.float64)
        return [
            run_mirror(fast, "mirror, float32", self.values, duration),
            run_mirror(exact, "mirror, float64", self.values, duration),
            run_brian2(self.net, self.stimulus, self.values, duration, vars(self.module)),
        ]

    def conclude(
        self, result: TrainingResult, answers: Sequence[Answers], missing: str | None
    ) -> int:
        """Print the table, write it with the picture, and return the exit code.

        Parameters
        ----------
        result : TrainingResult
            The course of training.
        answers : sequence of Answers
            Of the mirror in float32, in float64, of Brian2, and of C++ where it ran.
        missing : str, optional
            Why C++ did not run.
        """
        exact, brian2 = answers[1], answers[2]
        duration = float(self.module.DURATION / second)
        rows = results.make_rows(answers, brian2, self.labels, duration)
        text = results.table_text(rows) + "\n\n" + results.rates_text(exact, duration)
        say(f"\n{text}")
        (self.output / "table.txt").write_text(text + "\n", encoding="utf-8")
        results.write_results(self.output / "results.json", self.settings, result, rows, missing)
        draw(self.output / "digits.png", self._story(result, brian2))
        say(f"Picture, weights, history, table and checkpoint are in {self.output}")
        if missing:
            say(f"{missing} Then give the same command with --resume: it does not train again.")
        # The mirror in float32 is equal within a tolerance only: it is shown, and not asked for.
        if any(row["same_class"] < row["digits"] for row in rows[1:]):
            raise L2LError("The engines do not name the same class for every test digit.")
        if rows[1]["same_spike_trains"] < rows[1]["digits"]:
            raise L2LError("The mirror in float64 and Brian2 do not have the same spikes.")
        return NO_STANDALONE if missing else AGREED

    def _story(self, result: TrainingResult, answers: Answers) -> Story:
        return Story(
            result=result,
            accuracy=answers.correct(self.labels) / len(self.labels),
            answers=answers,
            pictures=self.pictures,
            labels=self.labels,
            before=self.before,
            after=weights_of(self.net),
            step=float(self.module.STEP / ms),
        )


def say(text: str) -> None:
    """Print at once, also into a file: between the progress bars on the standard error."""
    print(text, flush=True)
