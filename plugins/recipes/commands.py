"""The arguments of ``brian2-l2l train`` and ``brian2-l2l evaluate``."""

from __future__ import annotations

import argparse
from pathlib import Path

from brian2_l2l_plugins.recipes.registry import RECIPES

FLAGS = {
    "lif": "neurons without adaptation",
    "fixed": "connections that stay where they are",
    "dense": "all connections",
    "noise": "all spikes are transmitted, and neurons have background noise",
    "symmetric": "feedback that follows the weights",
    "long": "for many epochs: large steps that get smaller",
    "robust": "so that few bits suffice: large steps that get smaller, and less noise",
    "large": "500 hidden neurons",
    "deep": "two hidden layers of 500 neurons each",
    "shifted": "pictures that are shifted a little while they are learned",
}

#: What else may be asked of a training; the recipes say what means something for them.
OPTIONS = (
    "iterations",
    "batch_size",
    "learning_rate",
    "bits",
    "checkpoint",
    "resume",
    "tensorboard",
)


class Train:
    """The command; see `brian2_l2l.hookspecs.commands`."""

    help = "train the network of an example on its task, and write its weights"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        listed = "; ".join(f"{name}: {recipe.help}" for name, recipe in RECIPES.items())
        parser.add_argument("task", choices=sorted(RECIPES), help=listed)
        _add_place(parser)
        parser.add_argument("--iterations", type=int, help="updates (default: the example's)")
        parser.add_argument(
            "--batch-size", type=int, metavar="N", help="trials per update (default: the example's)"
        )
        parser.add_argument("--learning-rate", type=float, help="(default: the example's)")
        parser.add_argument("--bits", type=int, metavar="N", help="of each weight (default: all)")
        parser.add_argument("--seed", type=int, default=0, help="of all that is random")
        for name, text in FLAGS.items():
            parser.add_argument(f"--{name}", action="store_true", help=text)
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="for the weights (TASK.safetensors)"
        )
        parser.add_argument(
            "--start", type=Path, metavar="FILE", help="weights of this network to begin with"
        )
        parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="save to it on the way")
        parser.add_argument(
            "--resume", action="store_const", const=True, help="go on from the checkpoint"
        )
        parser.add_argument("--tensorboard", type=Path, metavar="DIR", help="log for TensorBoard")

    def run(self, arguments: argparse.Namespace) -> int:
        """Train, and return the exit code."""
        # Only this command needs what is imported here.
        from brian2_l2l_plugins.recipes.pipeline import Place, train

        flags = [name for name in FLAGS if getattr(arguments, name)]
        options = {
            name: value for name in OPTIONS if (value := getattr(arguments, name)) is not None
        }
        output = arguments.output or Path(f"{arguments.task}.safetensors")
        place = Place(arguments.data, arguments.device)
        return train(arguments.task, flags, arguments.seed, place, output, options, arguments.start)


class Evaluate:
    """The command; see `brian2_l2l.hookspecs.commands`."""

    help = "evaluate weights that 'train' wrote, in the mirror and in Brian2's C++ standalone"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("weights", type=Path, metavar="FILE", help="with the weights")
        _add_place(parser)
        parser.add_argument("--split", default="test", help="of the task (default: %(default)s)")
        parser.add_argument(
            "--standalone",
            type=int,
            default=0,
            metavar="TRIALS",
            help="also run so many trials as a C++ program, and compare the answers",
        )

    def run(self, arguments: argparse.Namespace) -> int:
        """Evaluate, and return the exit code."""
        from brian2_l2l_plugins.recipes.pipeline import Place, evaluate

        place = Place(arguments.data, arguments.device)
        return evaluate(arguments.weights, place, arguments.split, arguments.standalone)


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the folder of the task's data, if it needs any"
    )
    parser.add_argument("--device", default="cpu", help="of torch, such as cuda (%(default)s)")
