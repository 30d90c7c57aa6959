"""Navigation: find a hidden goal in an arena, and come back to it again and again.

A goal is drawn for each episode. After each hit the walker is put back in the centre and rests
there, so that a network that remembers where the goal was gets there soon, and one that does not
has to search again. Its weights do not change meanwhile [1]_. The form of the arena, the rests, all
sizes, the code of the inputs and the distribution of the actions are ours.

Inputs and actions take turns. The input spikes of a step show where the walker is, by place cells
with Gaussian tuning, and whether it is at the goal or at the wall, by a population for each. At the
end of the step the readouts decide where it goes: the first two are the mean of a random direction
(see `Directions`), the third is an estimate of the rewards to come.

References
----------
.. [1] Bellec, Salaj, Subramoney, Legenstein, Maass 2018, NeurIPS, arXiv 1803.09574, "Learning to
   navigate"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from brian2.units import Quantity, ms, second

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks.arena import Arena, Walkers
from brian2_l2l.tasks.directions import Directions
from brian2_l2l.tasks.generated import GeneratedTask
from brian2_l2l.tasks.paths import Paths
from brian2_l2l.tasks.place_code import PlaceCode
from brian2_l2l.training import Average, Batch, check_count, check_quantity

__all__ = ["Goals", "NavigationTask", "NavigationEpisodes"]


@dataclass(frozen=True, eq=False)
class Goals:
    """The hidden goals of some episodes, and the seed of all that is random in them.

    Attributes
    ----------
    places : tensor of float64
        ``[trial, 2]``
    rest : tensor of int64
        ``[trial]``: the steps that the walkers rest after each hit.
    seed : int
    """

    places: torch.Tensor
    rest: torch.Tensor
    seed: int


@dataclass(frozen=True, eq=False)
class NavigationEpisodes:
    """What happened in some episodes.

    Attributes
    ----------
    inputs : dict
        The inputs of the whole episodes: stimulus -> spikes ``[time, trial, input]``.
    readouts : tensor
        ``[step, trial, 3]``, at the ends of the steps.
    actions : tensor
        ``[step, trial, 2]``: the directions that were taken.
    rewards : tensor
        ``[step, trial]``: what they brought.
    free : tensor of bool
        ``[step, trial]``: whether they did anything, which they do not where a walker is held.
    paths : Paths
        Where the walkers were.
    """

    inputs: dict[Any, torch.Tensor]
    readouts: torch.Tensor
    actions: torch.Tensor
    rewards: torch.Tensor
    free: torch.Tensor
    paths: Paths


@dataclass(frozen=True, eq=False)
class NavigationTask(GeneratedTask):
    """Come to a hidden goal as often as possible. A task whose trials are closed loops.

    Attributes
    ----------
    stimulus : PoissonGroup or str
        The inputs.
    readout : tuple
        The record key of three readouts.
    arena : Arena
    shortest_rest : int
        The shortest of the rests after hits; each episode has its own, up to that of the arena.
    easy_trials : int
        So many episodes at the start of each epoch of training have the shortest rest. From them a
        network learns that there is something to be remembered; then it learns to do so for longer.
    steps : int
        The steps of an episode.
    step_duration : Quantity
        The biological time of a step.
    code : PlaceCode
        How the inputs show where the walker is.
    dt : Quantity
        The time step.
    trials : int
        The number of episodes of an epoch; the default is for one epoch of 800 updates with 128.
    held_out : int
        The number of episodes of ``'validation'`` and of ``'test'``.
    seed : int
        Of these episodes.

    Raises
    ------
    TrainingError
        If an attribute is not valid.
    """

    stimulus: Any = "stimulus"
    readout: tuple = ("readout", "y")
    arena: Arena = field(default_factory=Arena)
    shortest_rest: int = 1
    steps: int = 100
    step_duration: Quantity = field(default_factory=lambda: 8 * ms)
    code: PlaceCode = field(default_factory=PlaceCode)
    dt: Quantity = field(default_factory=lambda: 1 * ms)
    easy_trials: int = 51200
    trials: int = 102400
    held_out: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "trials", "held_out"):
            check_count(name, getattr(self, name))
        check_count("shortest_rest", self.shortest_rest)
        check_count("easy_trials", self.easy_trials, least=0)
        if self.shortest_rest > self.arena.rest:
            raise TrainingError(
                f"shortest_rest={self.shortest_rest} must be at most the rest of the arena, "
                f"{self.arena.rest}."
            )
        check_quantity("step_duration", self.step_duration, second, example="8*ms")
        check_quantity("dt", self.dt, second, example="1*ms")
        if not self.dt <= self.step_duration:
            raise TrainingError(
                f"step_duration={self.step_duration} must not be shorter than dt={self.dt}."
            )
        if not float(self.code.rate * self.dt) <= 1:
            raise TrainingError(
                f"rate={self.code.rate} is more than one spike in each time step dt={self.dt}."
            )

    @property
    def steps_per_action(self) -> int:
        """The time steps between two actions."""
        return round(float(self.step_duration / self.dt))

    @property
    def duration(self) -> Quantity:
        """The biological time of an episode."""
        return self.steps * self.steps_per_action * self.dt

    def draw_batch(
        self, batch_size: int, generator: torch.Generator, split: str, done: int
    ) -> Batch:
        easy = split == "train" and done < self.easy_trials
        longest = self.shortest_rest if easy else self.arena.rest
        return Batch({}, self.draw_goals(batch_size, longest, generator), size=batch_size)

    def draw_goals(self, number: int, longest_rest: int, generator: torch.Generator) -> Goals:
        """Draw the goals and rests of some episodes."""
        places = self.arena.draw_goals(number, generator)
        rests = (self.shortest_rest, longest_rest + 1)
        rest = torch.randint(*rests, (number,), generator=generator, device="cpu")
        seed = int(torch.randint(2**62, (), generator=generator, device="cpu"))
        return Goals(places, rest, seed)

    def run(
        self, mirror: torch.nn.Module, batch: Batch, more: Sequence[tuple] = ()
    ) -> NavigationEpisodes:
        """Let the network walk, without gradients.

        Parameters
        ----------
        mirror : Mirror
        batch : Batch
        more : sequence of tuple
            Must be empty: what an episode gives is no record.

        Returns
        -------
        NavigationEpisodes
            A second run of the mirror with all ``inputs`` at once gives the same readouts, and
            can have gradients.
        """
        if more:
            raise TrainingError(
                "In this task the network acts, so that its trials give no record of "
                f"{', '.join(map(str, more))}. Take a trainer that learns from rewards."
            )
        with torch.no_grad():
            return self._walk(mirror, batch.targets)

    def _walk(self, mirror: torch.nn.Module, goals: Goals) -> NavigationEpisodes:
        generator = torch.Generator().manual_seed(goals.seed)
        walkers, state = self.arena.start(goals.places, goals.rest), None
        key = (*self.readout, "last")
        inputs, readouts, actions, visited = [], [], [], [walkers]
        for _ in range(self.steps):
            spikes = self.encode(walkers, generator)
            found = mirror.run(
                self.steps_per_action * self.dt,
                inputs={self.stimulus: spikes},
                record=[key],
                state=state,
            )
            state = found.state
            action = self.policy(found[key]).sample(generator)
            walkers = self.arena.move(walkers, action)
            inputs.append(spikes)
            readouts.append(found[key])
            actions.append(action)
            visited.append(walkers)
        return NavigationEpisodes(
            {self.stimulus: torch.cat(inputs)},
            torch.stack(readouts),
            torch.stack(actions),
            torch.stack([self.arena.rewards(after) for after in visited[1:]]),
            torch.stack([before.held == 0 for before in visited[:-1]]),
            Paths.of(self.arena, visited),
        )

    def encode(self, walkers: Walkers, generator: torch.Generator) -> torch.Tensor:
        """Return the input spikes ``[time, trial, input]`` of a step, as a PoissonGroup draws."""
        probability = (self.code.rates(walkers) * float(self.dt)).float()
        shape = (self.steps_per_action, *probability.shape)
        drawn = torch.rand(shape, generator=generator, dtype=torch.float32, device="cpu")
        return drawn < probability

    def decisions(self, record: Any) -> torch.Tensor:
        """Return the readouts at the ends of the steps, ``[step, trial, 3]``, of a record."""
        return record[self.readout][self.steps_per_action - 1 :: self.steps_per_action]

    def policy(self, readouts: torch.Tensor) -> Directions:
        """Return the distribution of the actions."""
        return Directions(readouts[..., :2])

    def value(self, readouts: torch.Tensor) -> torch.Tensor:
        """Return the estimates of the rewards to come."""
        return readouts[..., 2]

    def loss(self, episodes: NavigationEpisodes, goals: Goals) -> torch.Tensor:
        """Return minus the mean reward of an episode."""
        return -episodes.rewards.sum(dim=0).mean()

    def metrics(self, episodes: NavigationEpisodes, goals: Goals) -> dict[str, Average]:
        """Return the scores of `Paths.scores`."""
        return episodes.paths.scores()
