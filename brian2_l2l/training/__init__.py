"""Train a mirror: tasks, losses, the loop, checkpoints. No training method is named here."""

from brian2_l2l.training.api import train
from brian2_l2l.training.checkpoint import (
    check_checkpoint_path,
    load_checkpoint,
    load_weights,
    read_words,
    save_checkpoint,
    save_weights,
    set_aside,
)
from brian2_l2l.training.evaluation import evaluate, measure, run_batch
from brian2_l2l.training.guards import ActivityGuard, check_gradients, check_loss
from brian2_l2l.training.loop import Loop
from brian2_l2l.training.losses import LOSSES, Loss, accuracy, reduce_time
from brian2_l2l.training.method import Method
from brian2_l2l.training.metrics import Average
from brian2_l2l.training.optimisers import make_optimiser, make_schedule
from brian2_l2l.training.options import (
    check_arguments,
    check_choice,
    check_count,
    check_flag,
    check_positive,
    check_quantity,
    make_options,
)
from brian2_l2l.training.parallel import (
    Together,
    number_of_processes,
    pool_processes,
    rank_of_process,
)
from brian2_l2l.training.plan import Plan
from brian2_l2l.training.regularisers import FiringRates, firing_rates
from brian2_l2l.training.report import make_report
from brian2_l2l.training.result import TrainingResult
from brian2_l2l.training.seeds import order_generator, seed_everything
from brian2_l2l.training.settings import check_same, describe
from brian2_l2l.training.supervised import Examples, SupervisedTask
from brian2_l2l.training.task import Batch, Task, check_split

__all__ = [
    "LOSSES",
    "ActivityGuard",
    "Average",
    "Batch",
    "Examples",
    "FiringRates",
    "Loop",
    "Loss",
    "Method",
    "Plan",
    "SupervisedTask",
    "Task",
    "Together",
    "TrainingResult",
    "accuracy",
    "check_arguments",
    "check_checkpoint_path",
    "check_choice",
    "check_count",
    "check_flag",
    "check_gradients",
    "check_loss",
    "check_positive",
    "check_quantity",
    "check_same",
    "check_split",
    "describe",
    "evaluate",
    "firing_rates",
    "load_checkpoint",
    "load_weights",
    "make_optimiser",
    "make_options",
    "make_report",
    "make_schedule",
    "measure",
    "number_of_processes",
    "order_generator",
    "pool_processes",
    "rank_of_process",
    "read_words",
    "reduce_time",
    "run_batch",
    "save_checkpoint",
    "save_weights",
    "seed_everything",
    "set_aside",
    "train",
]
