"""
A pytest plugin that collects the outcome of every test, one list per pytest run.

It is handed to `brian2.test` as ``additional_args=['-p', 'validation.outcomes']``. Brian2 calls
pytest several times in one process; each of these passes adds one `Pass` to `passes`.
"""

from dataclasses import dataclass, field

import pytest

#: The tests that are known to fail: test id -> reason. Set before pytest starts.
listed: dict[str, str] = {}


@dataclass
class Pass:
    """One pytest run: the marker expression that chose the tests, and what came of each."""

    markers: str
    outcomes: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def tests_that(self, outcome: str) -> list[str]:
        """Give the ids of the tests with this outcome, in the order they ran."""
        return [test for test, seen in self.outcomes.items() if seen == outcome]


passes: list[Pass] = []


def pytest_sessionstart(session):
    """Begin a new pass."""
    passes.append(Pass(session.config.option.markexpr))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Expect the listed tests to fail; a strict expectation, so that a stale entry is noticed."""
    for item in items:
        if item.nodeid in listed:
            item.add_marker(pytest.mark.xfail(reason=listed[item.nodeid], strict=True))


def pytest_collectreport(report):
    """Note a test file that cannot be imported."""
    if report.failed:
        passes[-1].outcomes[report.nodeid] = "failed"
        passes[-1].reasons[report.nodeid] = str(report.longrepr)


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    """Note the outcome of a test; a failing setup or teardown is a failure of the test."""
    known = passes[-1].outcomes.get(report.nodeid)
    if report.when != "call" and (report.passed or known == "failed"):
        return
    outcome, reason = _read(report)
    passes[-1].outcomes[report.nodeid] = outcome
    if reason:
        passes[-1].reasons[report.nodeid] = reason


def _read(report) -> tuple[str, str]:
    if report.nodeid in listed and report.when == "call":
        if report.skipped and hasattr(report, "wasxfail"):
            return "listed", listed[report.nodeid]
        return "stale", "it is listed as failing, but does not fail: take it off the list"
    if report.passed:
        return "passed", ""
    if report.skipped:
        return "skipped", str(report.longrepr[-1]) if report.longrepr else ""
    return "failed", str(report.longrepr)
