"""Guards against networks that are silent or saturated, and against numbers that are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import torch
from brian2.utils.logger import get_logger

from brian2_l2l.errors import TrainingError

logger = get_logger(__name__)


class ActivityGuard:
    """Warns once per group that is silent, and once per group that is saturated.

    A group is silent when it has no spike in a whole batch, and saturated when every neuron
    spikes in more than every second time step. Neither gives a useful gradient.

    Parameters
    ----------
    dt : float
        The time step in seconds.
    """

    def __init__(self, dt: float) -> None:
        self.limit = 1 / (2 * dt)
        self._warned: set[tuple[str, str]] = set()

    def check(self, rates: Mapping[str, torch.Tensor], iteration: int) -> None:
        """Look at the firing rates of one batch: name of the group -> tensor [neuron] in Hz."""
        for group, values in rates.items():
            if not bool((values > 0).any()):
                self._warn(group, "silent", "no neuron spiked", "Raise its input", iteration)
            elif bool((values > self.limit).all()):
                reason = f"every neuron spiked at more than {self.limit:g} Hz"
                self._warn(group, "saturated", reason, "Lower its input", iteration)

    def _warn(self, group: str, state: str, reason: str, advice: str, iteration: int) -> None:
        if (group, state) in self._warned:
            return
        self._warned.add((group, state))
        logger.warn(
            f"The group '{group}' is {state}: {reason} in iteration {iteration}. Little can be "
            f"learned from it. {advice} or its weights, or change its threshold.",
            name_suffix=state,
        )


def check_loss(loss: torch.Tensor, mirror: torch.nn.Module, iteration: int) -> None:
    """Check that one can learn from a loss.

    Raises
    ------
    TrainingError
        If the loss is not finite, naming the parameters that are not; or if it does not depend on
        any parameter.
    """
    if not loss.requires_grad:
        raise TrainingError(
            "The loss does not depend on any trainable parameter. Look at whether the record it is "
            "made of is reached from the trainable variables, and computed without torch.no_grad()."
        )
    if bool(torch.isfinite(loss)):
        return
    raise TrainingError(f"The loss is {loss.item()} in iteration {iteration}. {_cause(mirror)}")


def check_gradients(mirror: torch.nn.Module, iteration: int) -> None:
    """Raise `TrainingError` if a gradient is not finite, naming the parameters it belongs to.

    In the first iteration, warn of parameters that the loss does not reach.
    """
    if iteration == 1:
        _warn_of_unreached(mirror)
    broken = _not_finite(mirror.named_parameters(), lambda parameter: parameter.grad)
    if broken:
        raise TrainingError(
            f"The gradient is not finite in iteration {iteration} for: {broken}. The parameters "
            f"were not changed. {_cause(mirror)}"
        )


def _warn_of_unreached(mirror: torch.nn.Module) -> None:
    unreached = [
        name
        for name, parameter in mirror.named_parameters()
        if parameter.requires_grad and parameter.grad is None
    ]
    if unreached:
        logger.warn(
            f"The loss does not depend on these trainable parameters, they stay as they are: "
            f"{', '.join(unreached)}.",
            name_suffix="unreached",
        )


def _cause(mirror: torch.nn.Module) -> str:
    broken = _not_finite(mirror.named_parameters(), lambda parameter: parameter)
    if broken:
        return (
            f"These parameters have values that are not finite: {broken}. A smaller learning rate, "
            "or a limit on the gradient's norm, often helps."
        )
    return (
        "All parameters are finite. Look at the inputs and the targets, and for a division by "
        "zero, a root or a logarithm in the equations."
    )


def _not_finite(
    parameters: Iterable[tuple[str, torch.nn.Parameter]],
    values: Callable[[torch.nn.Parameter], torch.Tensor | None],
) -> str:
    return ", ".join(
        name
        for name, parameter in parameters
        if values(parameter) is not None and not bool(torch.isfinite(values(parameter)).all())
    )
