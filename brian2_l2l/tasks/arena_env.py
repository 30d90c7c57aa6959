"""The arena as environments of gymnasium: many walkers at once, or one.

Importing this module needs the extra ``reinforcement`` and registers ``brian2_l2l/Arena-v0``:

>>> import gymnasium
>>> gymnasium.make("brian2_l2l.tasks.arena_env:brian2_l2l/Arena-v0")  # doctest: +SKIP
>>> gymnasium.make_vec("brian2_l2l.tasks.arena_env:brian2_l2l/Arena-v0", 64)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from brian2_l2l.errors import TrainingError
from brian2_l2l.tasks.arena import Arena, Walkers
from brian2_l2l.training import check_count

try:
    import gymnasium
    from gymnasium.spaces import Box
    from gymnasium.vector import AutoresetMode, VectorEnv
    from gymnasium.vector.utils import batch_space
except ImportError as error:
    raise ImportError(
        "The environments of the arena need gymnasium: pip install 'brian2_l2l[reinforcement]'."
    ) from error

__all__ = ["ArenaEnv", "ArenaVectorEnv"]

NAME = "brian2_l2l/Arena-v0"


class ArenaVectorEnv(VectorEnv):
    """Walkers in arenas, each with a hidden goal of its own, which is new in each episode.

    An action is a step ``[2]`` in units of the longest one. What is seen is ``[4]``: the place, and
    whether (1 or 0) the walker is at the goal and at the wall. It is not seen how long a walker
    will be held, which is always the ``rest`` of the arena. All episodes are cut off after the same
    number of steps.

    Parameters
    ----------
    num_envs : int
        The number of walkers.
    steps : int
        The length of an episode.
    **rules
        The attributes of `Arena`.

    Attributes
    ----------
    arena : Arena
    walkers : Walkers
        They know the goals.
    """

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP, "render_modes": []}

    def __init__(self, num_envs: int = 1, steps: int = 100, **rules: float) -> None:
        check_count("num_envs", num_envs)
        check_count("steps", steps)
        self.arena = Arena(**rules)
        self.num_envs, self.steps = num_envs, steps
        self.walkers: Walkers | None = None
        self.single_observation_space = Box(
            np.array([-1, -1, 0, 0], np.float32), np.ones(4, np.float32)
        )
        self.single_action_space = Box(-1, 1, (2,), np.float32)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._step = 0

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin new episodes.

        Parameters
        ----------
        seed : int, optional
            Of the goals.
        options : dict, optional
            ``'goals'``: an array ``[walker, 2]`` of goals to take.
        """
        super().reset(seed=seed)
        goals = (options or {}).get("goals")
        if goals is None:
            drawn_from = torch.Generator().manual_seed(int(self.np_random.integers(2**62)))
            goals = self.arena.draw_goals(self.num_envs, drawn_from)
        elif np.shape(goals) != (self.num_envs, 2):
            raise TrainingError(
                f"The goals have the shape {np.shape(goals)}; it must be ({self.num_envs}, 2)."
            )
        self.walkers, self._step = self.arena.start(goals), 0
        return self._observe(), {}

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Make a step; after the end of the episodes, begin new ones instead."""
        if self.walkers is None:
            raise gymnasium.error.ResetNeeded("Call reset() before step().")
        nothing = np.zeros(self.num_envs, np.bool_)
        if self._step == self.steps:
            seen, info = self.reset()
            return seen, np.zeros(self.num_envs), nothing, nothing.copy(), info
        chosen = torch.as_tensor(np.asarray(actions), dtype=torch.float64, device="cpu")
        self.walkers = self.arena.move(self.walkers, chosen)
        self._step += 1
        over = np.full(self.num_envs, self._step == self.steps)
        return self._observe(), self.arena.rewards(self.walkers).numpy(), nothing, over, {}

    def _observe(self) -> np.ndarray:
        walkers = self.walkers
        signals = torch.stack([walkers.at_goal, walkers.at_wall], dim=-1)
        return torch.cat([walkers.position, signals], dim=-1).float().numpy()


class ArenaEnv(gymnasium.Env):
    """One walker in an arena; see `ArenaVectorEnv`.

    Parameters
    ----------
    steps : int
    **rules
        The attributes of `Arena`.
    """

    metadata = {"render_modes": []}

    def __init__(self, steps: int = 100, **rules: float) -> None:
        self.walker = ArenaVectorEnv(1, steps, **rules)
        self.observation_space = self.walker.single_observation_space
        self.action_space = self.walker.single_action_space

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin a new episode; ``options`` may have the ``'goal'``, an array ``[2]``."""
        super().reset(seed=seed)
        goal = (options or {}).get("goal")
        goals = None if goal is None else {"goals": np.reshape(goal, (1, 2))}
        seen, info = self.walker.reset(seed=seed, options=goals)
        return seen[0], info

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Make a step."""
        seen, rewards, ends, over, info = self.walker.step(np.asarray(action)[None])
        return seen[0], float(rewards[0]), bool(ends[0]), bool(over[0]), info


if NAME not in gymnasium.registry:
    gymnasium.register(
        NAME,
        entry_point=f"{__name__}:ArenaEnv",
        vector_entry_point=f"{__name__}:ArenaVectorEnv",
    )
