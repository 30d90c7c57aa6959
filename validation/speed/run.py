"""``python -m validation speed``: measure, check, print, write."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from validation import machine, reports
from validation.options import CommonOptions

from . import picture, registry, report, same_work, scaling
from .compare import compare
from .jobs import JOBS, SMOKE
from .peak import measure_peaks
from .peer import Peer

INSTALL = "pip install -c constraints.txt -e '.[peers]'"

#: What else may have been used, for the record.
PACKAGES = (
    *("brian2_l2l", "brian2", "torch", "numpy", "jax", "jaxlib", "optax", "flax"),
    *("snntorch", "norse", "spikingjelly", "spyx"),
)


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """
    What the command line asks for.

    Attributes
    ----------
    jobs : sequence of str
    peers : sequence of str or None
        The keys of the peers; None for all.
    rounds : int
    device : {'cpu', 'cuda'}
    scaling : bool
    bound : Path or None
        The folder of the hand-written program.
    """

    jobs: Sequence[str]
    peers: Sequence[str] | None
    rounds: int
    device: str
    scaling: bool
    bound: Path | None


def run(options: Options) -> int:
    """
    Measure, print and write; give 1 if the peers did not do the same work, else 0.

    Parameters
    ----------
    options : `Options`
    """
    peers = chosen_peers(options)
    found, texts, data, complaints = [], [], {}, []
    for name in options.jobs:
        rows, differences, peaks, wrong = _one_job(name, peers, options)
        found.append(rows)
        lines = [*report.verdict(rows, peaks), *(f"WRONG: {complaint}" for complaint in wrong)]
        texts.append("\n".join([report.table(rows, differences), *lines]))
        print(f"\n{texts[-1]}\n", flush=True)
        data[name] = report.as_data(rows, differences, peaks)
        complaints += wrong
    data = {"jobs": data, "complaints": complaints}
    if options.scaling:
        texts.append(_scaling(peers, options, data))
    _write(options, found, texts, data)
    return 1 if complaints else 0


def chosen_peers(options: Options) -> list[Peer]:
    """
    Give the peers that were asked for and are installed, and say which are not.

    Parameters
    ----------
    options : `Options`
    """
    known = [*registry.PEERS, *(registry.bound(options.bound) if options.bound else ())]
    wanted = [
        peer
        for peer in known
        if (options.peers is None or peer.key in options.peers or peer.ours or peer.bound)
        and options.device in peer.devices
    ]
    missing = {package for peer in wanted for package in peer.missing()}
    for package in sorted(missing):
        print(f"{package} is not installed, so its rows are left out: {INSTALL}")
    return [peer for peer in wanted if not peer.missing()]


def _one_job(name, peers, options):
    job = (SMOKE if options.smoke else JOBS)[name]
    peers = [peer for peer in peers if peer.equations(job)]
    differences = _differences(job, peers, options)
    peaks = measure_peaks(job, options.threads, options.device)
    tasks = [(job, peer) for peer in peers]
    rows = compare(tasks, options.rounds, options.threads, options.seed, _say, options.device)
    wrong = same_work.complaints(rows, differences, strict=not options.smoke)
    return rows, differences, peaks, wrong


def _differences(job, peers, options):
    if options.device != "cpu":
        # The programs are those that are compared on the CPU; time on a device is dearer.
        return {}
    _say(f"{job.name}: compare loss and gradients in float64")
    return same_work.exact_differences(job, peers, options.threads, options.seed)


def _scaling(peers, options, data):
    measured = [peer for peer in peers if peer.ours or peer.bound]
    series = scaling.all_series(options.smoke)
    found = scaling.measure(measured, options.rounds, options.threads, options.seed, series, _say)
    data["scaling"] = scaling.as_data(found)
    text = scaling.text(found)
    print(f"\n{text}\n", flush=True)
    return text


def _write(options, found, texts, data):
    where = machine.describe_machine(options.device)
    data |= {
        "machine": where,
        "packages": machine.package_versions(PACKAGES),
        "command": machine.command_line(),
        "threads": options.threads,
        "seed": options.seed,
        "rounds": options.rounds,
        "device": options.device,
        "precision": "float32",
    }
    threads = f", {options.threads} threads" if options.device == "cpu" else ""
    title = f"{where['graphics'] or where['processor']}{threads}, float32"
    versions = ", ".join(f"{name} {number}" for name, number in data["packages"].items())
    head = f"{title}, seed {options.seed}, {options.rounds} rounds\n{data['command']}\n{versions}"
    name = "speed" if options.device == "cpu" else f"speed_{options.device}"
    name = options.report_name(name)
    paths = reports.write(options.results, name, data, "\n\n".join([head, *texts]))
    paths.append(options.results / f"{name}.png")
    picture.draw(found, title, paths[-1])
    print("written:", *paths)


def _say(text):
    print(text, flush=True)
