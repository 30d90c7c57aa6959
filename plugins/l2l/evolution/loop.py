"""The function `evolve`: ask, evaluate, tell, save and report, one generation after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Any

import numpy as np
from brian2.utils.logger import get_logger

from brian2_l2l.errors import TrainingError
from brian2_l2l.training import make_options, make_report
from brian2_l2l_plugins.l2l.evolution.checkpoint import Checkpoint
from brian2_l2l_plugins.l2l.evolution.executors import (
    Executor,
    Failure,
    LostTaskError,
    Task,
    make_executor,
)
from brian2_l2l_plugins.l2l.evolution.options import Options
from brian2_l2l_plugins.l2l.evolution.parameters import (
    Parameter,
    check_parameters,
    start_point,
    values_at,
    values_text,
)
from brian2_l2l_plugins.l2l.evolution.record import EvolutionResult, Record
from brian2_l2l_plugins.l2l.evolution.searches import (
    default_population,
    library_version,
    make_search,
)
from brian2_l2l_plugins.l2l.evolution.seeds import evaluation_seed, search_seed

logger = get_logger(__name__)


def evolve(
    inner: Callable[[Mapping[str, Any], int], float],
    parameters: Sequence[Parameter],
    *,
    report: str | Callable | None = None,
    **options: Any,
) -> EvolutionResult:
    """Find values that make a cost low, without gradients.

    Parameters
    ----------
    inner : callable
        ``inner(values, seed)`` runs one inner episode and returns its cost, a number; less is
        better. ``values`` maps the names of the parameters to quantities or numbers, and ``seed``
        is an integer below 2**32. The cost must depend on nothing else. A `StandaloneEvaluation`
        is such a function for a Brian2 network.
    parameters : sequence of Parameter
        What may change, and within which bounds.
    report : {'text', 'stdout', 'stderr'}, callable or None
        See `brian2_l2l.training.train`; told after every generation.
    **options
        The fields of `Options`; ``generations`` must be given.

    Returns
    -------
    EvolutionResult

    Raises
    ------
    TrainingError
        If an option is not known or not valid, all evaluations of a generation fail, an evaluation
        ends its process again and again, or the checkpoint is of another run.

    Notes
    -----
    A script calls this below the line ``if __name__ == '__main__'``, because the processes that it
    starts read the script too. An evaluation that raises, or has no finite cost, counts as the
    worst of its generation, and a warning names its values.
    """
    if not callable(inner):
        raise TrainingError(f"inner={inner!r} must be a function inner(values, seed) -> cost.")
    if "generations" not in options:
        raise TrainingError("Give the number of generations: generations=50.")
    (chosen,) = make_options("outer loop 'evolution'", options, Options)
    return Evolution(inner, check_parameters(parameters), chosen).run(report)


class Evolution:
    """One run of `evolve`, whose parameters it has."""

    def __init__(
        self, inner: Callable, parameters: tuple[Parameter, ...], options: Options
    ) -> None:
        self.inner, self.parameters, self.options = inner, parameters, options
        population = options.population or default_population(len(parameters))
        self.search = make_search(
            options.search,
            start_point(parameters),
            population,
            search_seed(options.seed),
            options.search_options,
        )
        self.record = Record(parameters, options.seed)
        settings = {
            **{f"parameter {p.name!r}": [p.low, p.high, p.scale, p.start] for p in parameters},
            "order of parameters": [parameter.name for parameter in parameters],
            "population": population,
            "search": options.search,
            "search_options": options.search_options,
            "search version": library_version(options.search),
            "seed": options.seed,
        }
        parts = {"search": self.search, "record": self.record}
        self.checkpoint = Checkpoint(options.checkpoint, parts, settings)
        self.checkpoint.start(options.resume)

    def run(self, report: str | Callable | None) -> EvolutionResult:
        """Go on to the last generation."""
        told = make_report(report, self._completed())
        with ExitStack() as stack:
            stack.enter_context(closing(told))
            executor = None
            try:
                while (stopped_by := self._stop_reason()) is None:
                    if executor is None:
                        executor = stack.enter_context(closing(self._make_executor()))
                    row = self._advance(executor)
                    self.checkpoint.save()
                    told.update(self.record.generations, self._completed(), row)
            except KeyboardInterrupt:
                self.checkpoint.say_interrupted(self.record.generations)
                raise
        return self.record.result(stopped_by)

    def _make_executor(self) -> Executor:
        chosen = self.options
        return make_executor(chosen.executor, self.inner, chosen.workers, chosen.executor_options)

    def _stop_reason(self) -> str | None:
        if self.record.generations >= self.options.generations:
            return "generations"
        return "convergence" if self.search.converged else None

    def _completed(self) -> float:
        return min(self.record.generations / self.options.generations, 1.0)

    def _advance(self, executor: Executor) -> dict[str, Any]:
        """Evaluate one generation, and return its row of the history."""
        points = np.asarray(self.search.ask(), dtype=float)
        tasks = [
            Task(
                number,
                values_at(self.parameters, point),
                evaluation_seed(self.options.seed, self.record.generations, number),
            )
            for number, point in enumerate(points)
        ]
        costs = evaluate(executor, tasks, self.record.generations + 1)
        self.search.tell(ranked(costs))
        return self.record.add(points, costs)


def evaluate(executor: Executor, tasks: Sequence[Task], generation: int) -> np.ndarray:
    """Return the costs of a generation, ``[individual]``, NaN for evaluations that raised.

    Raises
    ------
    TrainingError
        If none has a finite cost, or one is lost too often.
    """
    costs, problems = np.full(len(tasks), np.nan), {}
    try:
        for number, outcome in executor.evaluate(tasks):
            if isinstance(outcome, Failure):
                problems[number] = outcome.reason
                logger.debug(outcome.details)
            else:
                costs[number] = outcome
                if not np.isfinite(outcome):
                    problems[number] = f"the cost is {outcome}"
    except LostTaskError as lost:
        raise TrainingError(
            f"An evaluation of generation {generation} cannot be completed: {lost.reason}. "
            f"Its values: {values_text(lost.task.values)}; seed {lost.task.seed}."
        ) from lost
    said = [
        f"{values_text(tasks[k].values)}; seed {tasks[k].seed}: {problem}"
        for k, problem in sorted(problems.items())
    ]
    if len(said) == len(tasks):
        raise TrainingError(
            f"All evaluations of generation {generation} failed. The first one, with {said[0]}"
        )
    for one in said:
        logger.warn(f"An evaluation of generation {generation} failed, with {one}")
    return costs


def ranked(costs: np.ndarray) -> np.ndarray:
    """Return costs that are all finite: those that are not come next after the worst."""
    finite = np.isfinite(costs)
    worst = np.nextafter(costs[finite].max(), np.inf)
    return np.where(finite, costs, worst)
