"""Find the entry points of the installed plugins; one unreadable package does not hide the rest."""

import importlib.metadata
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from brian2_l2l.hookspecs import PROJECT


@dataclass(frozen=True)
class Source:
    """Where a plugin comes from, and the function that imports it."""

    name: str
    distribution: str
    version: str
    load: Callable[[], Any]


def find_sources(
    distributions: Iterable[importlib.metadata.Distribution] | None = None,
) -> list[Source]:
    """
    Return the plugins of all installed distributions, this package's own first.

    `importlib.metadata.entry_points` fails as a whole if one distribution has a malformed
    ``entry_points.txt``; here such a distribution becomes a source whose loading raises the error.

    Parameters
    ----------
    distributions : iterable of `importlib.metadata.Distribution`, optional
        The distributions to look at. Defaults to all that are installed.

    Returns
    -------
    sources : list of `Source`
        Ordered by distribution and name, so that the order does not depend on the file system.
    """
    if distributions is None:
        distributions = importlib.metadata.distributions()
    sources = [
        source
        for name, distribution in _first_of_each_name(distributions)
        for source in _sources_of(name, distribution)
    ]
    return sorted(sources, key=lambda s: (s.distribution != PROJECT, s.distribution, s.name))


def _first_of_each_name(distributions) -> Iterator[tuple[str, Any]]:
    # The first on the path is the one that is imported; a second one, such as the metadata that an
    # editable install leaves beside the sources, describes the same plugins again.
    seen = set()
    for distribution in distributions:
        name = distribution.metadata["Name"] or "unknown distribution"
        normalized = re.sub(r"[-_.]+", "-", name).lower()
        if normalized not in seen:
            seen.add(normalized)
            yield name, distribution


def _sources_of(name: str, distribution) -> list[Source]:
    version = distribution.metadata["Version"] or "unknown version"
    try:
        selected = distribution.entry_points.select(group=PROJECT)
    except Exception as error:
        if f"[{PROJECT}]" not in (distribution.read_text("entry_points.txt") or ""):
            return []
        return [Source("entry_points.txt", name, version, _raiser(error))]
    return [Source(point.name, name, version, point.load) for point in selected]


def _raiser(error: Exception) -> Callable[[], Any]:
    def load():
        raise error

    return load
