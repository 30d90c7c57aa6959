"""Check that peers with the same equations do the same work as ours, and that networks spike."""

from collections.abc import Mapping, Sequence

import numpy as np

from .compare import Row
from .jobs import RATES, SMOKE, Job, Recurrent, make_data
from .peer import SAME, Peer
from .peer_process import Worker, WorkerError

#: How far loss and gradients may be from ours in float64, relative to the largest.
TOLERANCE = 1e-9

#: How far mean rates may be from ours in float32, where rounding moves spikes.
RATE_TOLERANCE = 0.03


def exact_differences(
    job: Job, peers: Sequence[Peer], threads: int, seed: int
) -> dict[str, float | str]:
    """
    Compare peers with the same equations in float64, on the small version of a job.

    Parameters
    ----------
    job : `Recurrent` or `FeedForward`
    peers : sequence of `Peer`
        The first one is what the others are compared with.
    threads, seed : int

    Returns
    -------
    differences : dict of str to float or str
        By the names of the other peers: the largest difference of the loss and of a gradient,
        relative to the largest; or why there is none.
    """
    small = SMOKE[job.name]
    connected = make_data(small, seed).connected
    peers = [p for p in peers if p.equations(job) and p.equations(job).relation == SAME]
    outcomes = {peer.name: _first_step(peer, small, threads, seed, connected) for peer in peers}
    names = iter(outcomes)
    reference = outcomes.get(next(names, None))
    return {name: _difference(outcomes[name], reference) for name in names}


def _first_step(peer, job, threads, seed, connected):
    try:
        worker = Worker(peer, job, seed, threads, "float64")
        arrays = {"loss": np.array(worker.ready.loss), **worker.ask("arrays")}
        worker.stop()
    except WorkerError as error:
        return str(error)
    if isinstance(job, Recurrent):
        # Dense peers also have weights where there is no connection.
        arrays["S_rec"] = arrays["S_rec"] * connected
    return arrays


def _difference(found: Mapping | str, reference: Mapping | str) -> float | str:
    for outcome in (found, reference):
        if isinstance(outcome, str):
            return outcome
    return max(
        float(np.abs(found[name] - reference[name]).max() / np.abs(reference[name]).max())
        for name in reference
    )


def complaints(rows: Sequence[Row], differences: Mapping, strict: bool) -> list[str]:
    """
    List what makes a comparison void.

    Parameters
    ----------
    rows : sequence of `Row`
        Of one job.
    differences : dict
        Of `exact_differences`.
    strict : bool
        Whether mean rates must be within the limits; small networks need not keep them.

    Returns
    -------
    complaints : list of str
        One sentence each; empty if all is well.
    """
    found = [f"{row.peer.name}: {row.failure}" for row in rows if row.failure]
    for name, difference in differences.items():
        if isinstance(difference, str):
            found.append(f"{name} in float64: {difference}")
        elif not difference <= TOLERANCE:
            found.append(f"{name} differs by {difference:.1e} in float64")
    measured = [row for row in rows if row.ready]
    for row in measured:
        found += _wrong_rates(row, measured[0], strict)
    return [f"{rows[0].job.name}: {complaint}" for complaint in found]


def _wrong_rates(row, first, strict):
    name, rates = row.peer.name, row.ready.rates
    if strict and not RATES[0] <= min(rates) <= max(rates) <= RATES[1]:
        yield f"{name} fires at {', '.join(f'{rate:.1f}' for rate in rates)} Hz"
    # The last group: where programs have no delay between layers, the others start later.
    rate, ours = rates[-1], first.ready.rates[-1]
    if row.equations.relation == SAME and abs(rate - ours) > RATE_TOLERANCE * ours:
        yield f"{name} fires at {rate:.2f} Hz, {first.peer.name} at {ours:.2f} Hz"
