"""
One process that judges networks, so that a crash or a hang costs one network and no more.

Brian2 is used in the main thread of its process, as it expects.
"""

import signal
from dataclasses import dataclass, field

from validation.processes import SPAWN

from .generate import generate
from .judge import CRASHED, WRONG, Verdict, judge
from .reduce import reduce

#: A process is replaced after so many networks, because Brian2 keeps some of each in memory.
MOST_TASKS = 200


@dataclass
class Result:
    """
    What came of one network of a campaign.

    Attributes
    ----------
    index : int
        The number of the network.
    verdict : `Verdict`
        What came of it.
    features : list of str
        The features of its script.
    script : str
        A short script that fails in the same way; empty unless the network failed.
    """

    index: int
    verdict: Verdict
    features: list[str] = field(default_factory=list)
    script: str = ""


def examine(seed: int, index: int, device: str, shorten: bool = True) -> Result:
    """Make one network, judge it and, if it fails, look for a short script that fails too."""
    script = generate(seed, index)
    verdict = judge(script.text(), device)
    features = sorted(script.features)
    if verdict.kind not in WRONG:
        return Result(index, verdict, features)
    if not shorten:
        return Result(index, verdict, features, script.text())
    text = reduce(script.blocks, lambda text: judge(text, device).kind == verdict.kind)
    return Result(index, verdict, features, text)


def serve(connection, seed: int, device: str) -> None:
    """Examine the networks whose numbers arrive, until None arrives."""
    import torch

    import brian2_l2l  # noqa: F401  registers the device 'torch'

    from .execute import prepare, tidy

    # Ctrl-C is for the parent, which then ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    prepare()
    while (task := connection.recv()) is not None:
        index, shorten = task
        connection.send(examine(seed, index, device, shorten))
        tidy()


class Worker:
    """
    The parent's end of one process.

    Parameters
    ----------
    seed : int
        The seed of the campaign.
    device : str
        The device under test.
    """

    def __init__(self, seed: int, device: str):
        self.connection, other = SPAWN.Pipe()
        self.process = SPAWN.Process(target=serve, args=(other, seed, device), daemon=True)
        self.process.start()
        other.close()
        self.tasks, self.index = 0, -1

    def send(self, index: int, shorten: bool) -> None:
        """Ask for a network."""
        self.tasks, self.index = self.tasks + 1, index
        self.connection.send((index, shorten))

    def receive(self) -> Result:
        """Give the result; if the process died, a result that says so."""
        try:
            return self.connection.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            code = self.process.exitcode
            return Result(self.index, Verdict(CRASHED, [f"the process ended with code {code}"]))

    @property
    def spent(self) -> bool:
        """Whether the process has ended or should be replaced."""
        return self.tasks >= MOST_TASKS or not self.process.is_alive()

    def close(self) -> None:
        """End the process."""
        if self.process.is_alive():
            self.process.terminate()
        self.process.join()
        self.connection.close()
