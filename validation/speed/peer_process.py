"""Start the process of each peer, all with as many threads and processors, and talk to it."""

import contextlib
import threading

from validation.processes import SPAWN, limited

from .jobs import Job
from .peer import Peer
from .worker import Ready, serve

#: Processes inherit what all threads of this one share, so that one is started at a time.
_STARTING = threading.Lock()


class WorkerError(Exception):
    """A peer could not be built or run; the message says why."""


class Worker:
    """
    The process of a peer, seen from outside.

    Parameters
    ----------
    peer : `Peer`
    job : `Recurrent` or `FeedForward`
    seed, threads : int
    dtype : {'float32', 'float64'}
    device : {'cpu', 'cuda'}

    Attributes
    ----------
    ready : `Ready`
        What its first step gave.

    Raises
    ------
    WorkerError
        If it does not come to the end of its first step.
    """

    def __init__(
        self,
        peer: Peer,
        job: Job,
        seed: int,
        threads: int,
        dtype: str = "float32",
        device: str = "cpu",
    ):
        self.peer = peer
        self._pipe, other = SPAWN.Pipe()
        self._process = SPAWN.Process(
            target=serve, args=(other, peer, job, seed, dtype, device), name=peer.name, daemon=True
        )
        with _STARTING, limited(threads, device):
            self._process.start()
        other.close()
        self.ready: Ready = self._answer("ready")

    def ask(self, kind: str, *arguments):
        """Send a message, and give the answer."""
        self._pipe.send((kind, *arguments) if arguments else kind)
        return self._answer(kind)

    def stop(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._pipe.send("exit")
        self._process.join(10)
        self._process.kill()
        self._process.join()

    def _answer(self, kind: str):
        try:
            answered, value = self._pipe.recv()
        except EOFError:
            self._process.join()
            answered, value = "failed", f"its process ended with {self._process.exitcode}"
        if answered != kind:
            self.stop()
            raise WorkerError(value)
        return value
