"""
One peer in a process of its own, which does what it is told over a pipe.

It answers ``ready`` when its first step is done; then to ``("run", n)`` with the seconds of `n`
steps, to ``"memory"`` with MB, and to ``"arrays"`` with the gradients of the first step. An
answer is ``(kind, value)``; the kind ``failed`` comes instead of any other, with a reason.
"""

import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np
import torch

from .jobs import Job, make_data
from .memory import Memory, memory_of
from .peer import Peer, Program


@dataclass(frozen=True)
class Ready:
    """
    What a worker tells about its first step.

    Attributes
    ----------
    loss : float
    norms : dict of str to float
        Of the gradients, by synapses.
    rates : list of float
        The mean rates in Hz.
    build_seconds, first_seconds : float
        Until the program was there, and for its first forward and backward pass.
    """

    loss: float
    norms: dict[str, float]
    rates: list[float]
    build_seconds: float
    first_seconds: float


def serve(
    connection: Connection, peer: Peer, job: Job, seed: int, dtype: str, device: str = "cpu"
) -> None:
    """
    Build the program of a peer, and answer until told to stop.

    Parameters
    ----------
    connection : multiprocessing.connection.Connection
    peer : `Peer`
    job : `Recurrent` or `FeedForward`
    seed : int
    dtype : str
        Of the weights: ``'float32'`` or ``'float64'``.
    device : str
        Where programs run that do not choose for themselves: ``'cpu'`` or ``'cuda'``.
    """
    try:
        torch.set_default_device(device)
        _serve(connection, peer, job, seed, dtype, memory_of(device))
    except Exception as error:
        connection.send(("failed", f"{type(error).__name__}: {error}"))


def _serve(connection, peer, job, seed, dtype, memory):
    start = time.perf_counter()
    program = peer.build(job, make_data(job, seed, dtype))
    built = time.perf_counter()
    before = memory.used()
    loss = program.gradients()
    first = time.perf_counter() - built
    resting = memory.used()
    arrays = {name: np.array(array) for name, array in program.arrays().items()}
    if before is not None:
        # Full matrices, kept for the comparison: no step needs them.
        before += memory.used() - resting
    norms = {name: float(np.linalg.norm(array)) for name, array in arrays.items()}
    step_seconds(program)
    used = step_memory(program, before, memory)
    # Rates may need all spikes, and memory that was used once may stay resident: they come last.
    ready = Ready(loss, norms, program.rates(), built - start, first)
    connection.send(("ready", ready))
    for message in iter(connection.recv, "exit"):
        match message:
            case "arrays":
                connection.send(("arrays", arrays))
            case "memory":
                connection.send(("memory", used))
            case "run", steps:
                connection.send(("run", [step_seconds(program) for _ in range(steps)]))


def step_seconds(program: Program) -> float:
    """Time one training step."""
    start = time.perf_counter()
    program.step()
    return time.perf_counter() - start


def step_memory(program: Program, before: float | None, memory: Memory) -> dict[str, float] | None:
    """
    Measure the memory of one training step, in MB.

    Parameters
    ----------
    program : `Program`
    before : float or None
        The memory in use before the first step, with libraries, weights and inputs loaded.
    memory : `Memory`

    Returns
    -------
    memory : dict or None
        ``peak``: by how much the most that is in use within one step lies above `before`;
        ``step``: above what is in use between two steps. None where it cannot be measured.
    """
    if before is None:
        return None
    resting = memory.used()
    memory.reset_peak()
    step_seconds(program)
    highest = memory.peak()
    return {"peak": highest - before, "step": highest - resting}
