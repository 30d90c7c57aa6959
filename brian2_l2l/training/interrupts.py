"""Keep Ctrl-C out of a short block that must run to its end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def shielded() -> Iterator[None]:
    """Hold back Ctrl-C until the block is done.

    Half an update of the weights would make the state worthless for a checkpoint. Python
    delivers Ctrl-C in the main thread only: elsewhere there is nothing to hold back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held_back = []
    handler = signal.signal(signal.SIGINT, lambda *arguments: held_back.append(arguments))
    try:
        yield
    finally:
        # There is none if it was not set from Python.
        signal.signal(signal.SIGINT, signal.SIG_DFL if handler is None else handler)
    if held_back:
        signal.raise_signal(signal.SIGINT)
