"""How fast the machine multiplies matrices, and what share of it a training step reaches."""

import time

from validation.processes import limited_process

from .jobs import Job, Recurrent

#: The side of the large matrices, and how many seconds each product is repeated.
LARGE, SECONDS = 2048, 0.5


def product_shapes(job: Job) -> list[tuple[int, int, int]]:
    """
    List the products of one time step that carry the gradient back, ``(rows, inner, columns)``.

    The other products, forward and of the weights' gradients, can follow the few spikes; these
    cannot, as a neuron has a gradient whether it spiked or not.

    Parameters
    ----------
    job : `Recurrent` or `FeedForward`
    """
    if isinstance(job, Recurrent):
        return [(job.batch, job.neurons + job.outputs, job.neurons)]
    return [
        (job.batch, after, before)
        for before, after in zip(job.layers[1:], job.layers[2:], strict=False)
    ]


def backward_operations(job: Job) -> float:
    """Give the floating-point operations of these products in one training step."""
    return job.steps * sum(2.0 * a * b * c for a, b, c in product_shapes(job))


def measure_peaks(job: Job, threads: int, device: str = "cpu") -> dict[str, float]:
    """
    Measure the machine in operations per second.

    Parameters
    ----------
    job : `Recurrent` or `FeedForward`
    threads : int
    device : {'cpu', 'cuda'}

    Returns
    -------
    peaks : dict of str to float
        ``shapes``: of the job's own products, as torch computes them; ``large``: of a product of
        large matrices.
    """
    shapes, large = product_shapes(job), [(LARGE, LARGE, LARGE)]
    groups = {"shapes": shapes, "large": large}
    return limited_process(_rates, threads, groups, device, device=device)


def _rates(groups, device):
    return {name: _rate(shapes, device) for name, shapes in groups.items()}


def _rate(shapes, device):
    import torch

    torch.set_default_device(device)
    pairs = [(torch.randn(a, b), torch.randn(b, c)) for a, b, c in shapes]
    operations = sum(2.0 * a * b * c for a, b, c in shapes)
    times, end = [], time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        for left, right in pairs:
            left @ right
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    # The best: what else runs on the machine does not make its peak lower.
    return operations / min(times)
