"""A call of the compiled program: tensors in, tensors out, gradients back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from ...errors import MirrorError
from .program import FusedProgram
from .segments import segment_steps
from .spare import empty

__all__ = ["Call", "Fused"]


@dataclass(eq=False)
class Call:
    """One run of a program.

    Attributes
    ----------
    program : FusedProgram
    batch, ticks, threads, segment : int
    keep : bool
        Whether the forward pass keeps all that the backward pass needs.
    fixed : dict of str to torch.Tensor
        Arguments without gradient, by the name of the argument.
    numbers : dict of str to int
    graded : tuple of str
        The arguments that have a gradient.
    outputs, bits : dict of str to torch.Tensor
        What the program fills, by the name of the argument; the bits of events apart, because only
        the program reads them.
    """

    program: FusedProgram
    batch: int
    ticks: int
    threads: int
    segment: int
    keep: bool = False
    fixed: dict[str, torch.Tensor] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    graded: tuple[str, ...] = ()
    outputs: dict[str, torch.Tensor] = field(default_factory=dict)
    bits: dict[str, torch.Tensor] = field(default_factory=dict)

    @classmethod
    def plan(cls, program: FusedProgram, batch: int, ticks: int, wanted: int | str | None) -> Call:
        """Return a call for so many trials and time steps.

        Parameters
        ----------
        program : FusedProgram
        batch, ticks : int
        wanted : int or 'auto' or None
            The steps that the backward pass computes again at once. None stands for what needs
            little time, 'auto' for what also needs little memory.
        """
        machine, context = program.code.machine, program.context
        threads = machine.workers(batch)
        if wanted is None and machine.keeps(context, ticks, batch, program.code.device):
            return cls(program, batch, ticks, threads, ticks, keep=True)
        return cls(
            program, batch, ticks, threads, segment_steps(context, wanted, ticks, batch, threads)
        )

    def __post_init__(self):
        names = ("batch", "ticks", "threads", "segment")
        self.numbers |= {name: getattr(self, name) for name in names}

    def invoke(
        self, function: str, tensors: Mapping[str, torch.Tensor | None], keep: bool
    ) -> torch.Tensor | None:
        """Call a function of the library, and return what it has kept.

        Arguments that are not given are null.
        """
        code, given = self.program.code, {**self.fixed, **tensors}
        numbers = {**self.numbers, "keep": int(keep)}
        context = self.program.context
        return code.machine.invoke(code.library, function, context, given, numbers)

    def checkpoints(self) -> torch.Tensor:
        """Return memory for the state at the beginning of each segment."""
        segments = -(-self.ticks // self.segment)
        state = self.program.context.memory.checkpoint
        size = segments * self.batch * state
        return empty([size], torch.uint8, self.program.code.device)

    def bits_kept(self) -> dict[str, torch.Tensor]:
        """Return memory for the truth values that the backward pass needs of the whole run."""
        rows = self.program.context.bit_rows.items()
        shape, device = (self.ticks, self.batch), self.program.code.device
        return {name: empty((*shape, words), torch.int64, device) for name, words in rows}

    def gradient(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        """Return memory for the gradient of an argument."""
        kind, _, array = name.partition(" ")
        shared = kind == "input" and self.numbers.get(f"stride {array}") == 0
        # The trials of each worker are summed up apart; the program does so itself for weights.
        apart = shared and array not in self.program.blocks.weights
        shape = (self.threads, *tensor.shape) if apart else tensor.shape
        return torch.zeros(shape, dtype=self.real, device=self.program.code.device)

    @property
    def real(self) -> torch.dtype:
        """The type of all adjoints."""
        return self.program.plain.target.dtype


class Fused(torch.autograd.Function):
    """The program as a function of the arguments that have a gradient."""

    @staticmethod
    def forward(ctx, call: Call, needed: bool, *tensors: torch.Tensor):
        graded = dict(zip(call.graded, tensors, strict=True))
        kept = {"checkpoints": call.checkpoints(), **call.bits_kept()} if needed else {}
        filled = {**call.outputs, **call.bits, **kept}
        tape = call.invoke("forward", {**graded, **filled}, call.keep and needed)
        ctx.call, ctx.kept = call, {**kept, "tape": tape}
        ctx.versions = _versions(call.fixed) if needed else {}
        ctx.save_for_backward(*tensors)
        ctx.set_materialize_grads(False)
        ctx.names, results = tuple(call.outputs), tuple(call.outputs.values())
        ctx.mark_non_differentiable(*(t for t in results if not t.dtype.is_floating_point))
        # Its results must not keep the call, and with it themselves.
        call.outputs = {}
        return results

    @staticmethod
    def backward(ctx, *gradients):
        call: Call = ctx.call
        # torch's own check only sees gradients that have a gradient themselves.
        if torch.is_grad_enabled():
            raise MirrorError(
                "The fused lowering has no second derivatives (create_graph=True). Write "
                "mirror(..., lowering='plain')."
            )
        _check_unchanged(call.fixed, ctx.versions)
        graded = dict(zip(call.graded, ctx.saved_tensors, strict=True))
        given = {
            f"gradient {name}": gradient.to(call.real).contiguous()
            for name, gradient in zip(ctx.names, gradients, strict=True)
            if gradient is not None
        }
        wanted = {
            name: call.gradient(name, tensor)
            for name, tensor, needed in zip(
                graded, graded.values(), ctx.needs_input_grad[2:], strict=True
            )
            if needed
        }
        back = {_gradient_name(name): tensor for name, tensor in wanted.items()}
        call.invoke("backward", {**graded, **call.bits, **ctx.kept, **given, **back}, call.keep)
        return (None, None, *(_joined(wanted.get(name), graded[name]) for name in call.graded))


def _versions(tensors: Mapping[str, torch.Tensor]) -> dict[str, int]:
    """Return how often each tensor was changed in place, as far as torch counts it."""
    return {name: t._version for name, t in tensors.items() if not t.is_inference()}


def _check_unchanged(tensors: Mapping[str, torch.Tensor], versions: Mapping[str, int]) -> None:
    changed = [name for name, version in versions.items() if tensors[name]._version != version]
    if changed:
        raise MirrorError(
            f"The {changed[0]!r} of a run was changed in place before its gradients were computed, "
            "which need it. Give the run a copy: tensor.clone()."
        )


def _gradient_name(name: str) -> str:
    kind, _, rest = name.partition(" ")
    return f"gradient {rest}" if kind in ("input", "spikes") else f"gradient {name}"


def _joined(gradient: torch.Tensor | None, like: torch.Tensor) -> torch.Tensor | None:
    if gradient is None:
        return None
    return (gradient if gradient.dim() == like.dim() else gradient.sum(0)).to(like.dtype)
