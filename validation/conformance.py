"""
Run Brian2's own test suite on the ``torch`` device.

The tests that the device cannot pass, and those that Brian2 itself skips there, are listed in
``conformance_skips.toml`` with a reason each. They are run all the same and expected to fail, or to
be skipped, so that the list cannot grow stale.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import brian2
import numpy as np

from validation import outcomes, reports

SKIPS = Path(__file__).with_name("conformance_skips.toml")
MOST_SKIPS = 8
PASSES = ("single run", "multiple runs", "device's own")
#: How many tests Brian2 marks as fit for a standalone device: (single run, multiple runs).
EXPECTED_COUNTS = {"2.9.0": (217, 16)}


@dataclass(frozen=True)
class Listed:
    """The tests that are not expected to pass, with the reasons.

    Attributes
    ----------
    failing, skipped : dict
        Test id -> reason; `skipped` are those that Brian2's own code skips.
    """

    failing: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def __len__(self):
        return len(self.failing) + len(self.skipped)


def read_skips(path: Path, float_dtype: str) -> Listed:
    """Read the tests that are listed for this type."""
    listed = Listed()
    for entry in tomllib.loads(path.read_text()).get("skip", []):
        if not entry.get("test") or not entry.get("reason"):
            raise ValueError(f"{path.name}: every entry needs a test and a reason, not {entry}")
        if entry.get("float_dtype", float_dtype) == float_dtype:
            kind = listed.skipped if entry.get("skipped_by_brian2") else listed.failing
            kind[entry["test"]] = entry["reason"]
    return listed


def run_suite(device: str, float_dtype: str, only: str | None = None) -> list[outcomes.Pass]:
    """Run the passes of Brian2's suite for a standalone device and give their outcomes."""
    outcomes.passes.clear()
    arguments = ["-p", "validation.outcomes", "-p", "no:cacheprovider", "-ra", "--tb=short"]
    if only is not None:
        arguments += ["-k", only]
    brian2.test(
        codegen_targets=[],
        test_codegen_independent=False,
        test_standalone=device,
        test_GSL=True,
        float_dtype=getattr(np, float_dtype),
        additional_args=arguments,
    )
    return list(outcomes.passes)


def find_errors(passes: list[outcomes.Pass], listed: Listed, complete: bool) -> list[str]:
    """
    List everything for which the run must not count as a success.

    Parameters
    ----------
    passes : list of `outcomes.Pass`
        The outcomes of the suite.
    listed : `Listed`
        The tests that are not expected to pass.
    complete : bool
        Whether the whole suite was run; only then tests can be found missing.

    Returns
    -------
    errors : list of str
        One sentence for each; empty for a success.
    """
    errors = []
    for single in passes:
        errors += [f"failed: {test}" for test in single.tests_that("failed")]
        errors += [f"{test}: {single.reasons[test]}" for test in single.tests_that("stale")]
        errors += [
            f"skipped, but not listed: {test}: {single.reasons.get(test, '')}"
            for test in single.tests_that("skipped")
            if test not in listed.skipped
        ]
        ran = single.outcomes.keys() - single.tests_that("skipped")
        errors += [f"listed as skipped, but it ran: {t}" for t in listed.skipped.keys() & ran]
    if len(listed) > MOST_SKIPS:
        errors.append(f"{len(listed)} tests are listed, at most {MOST_SKIPS} may be")
    return errors + (_missing(passes, listed) if complete else [])


def _missing(passes: list[outcomes.Pass], listed: Listed) -> list[str]:
    found = {test for single in passes for test in single.outcomes}
    names = listed.failing.keys() | listed.skipped.keys()
    errors = [f"listed, but no such test: {test}" for test in sorted(names - found)]
    counts = tuple(len(single.outcomes) for single in passes[:2])
    expected = EXPECTED_COUNTS.get(brian2.__version__)
    if len(counts) < 2 or 0 in counts or (expected is not None and counts != expected):
        errors.append(f"the first two passes ran {counts} tests, expected {expected or '> 0'}")
    return errors


def summarise(passes: list[outcomes.Pass], errors: list[str], title: str) -> str:
    """Write the outcome as a short text: a table of counts, the skips, the errors."""
    kinds = ("passed", "failed", "listed", "stale", "skipped")
    lines = [title, "", f"{'pass':<16}{'tests':>7}" + "".join(f"{kind:>9}" for kind in kinds)]
    for name, single in zip(PASSES, passes, strict=False):
        counts = "".join(f"{len(single.tests_that(kind)):>9}" for kind in kinds)
        lines.append(f"{name:<16}{len(single.outcomes):>7}{counts}")
    for kind, heading in (("listed", "Listed as failing:"), ("skipped", "Skipped by Brian2:")):
        tests = [f"  {t}: {one.reasons.get(t)}" for one in passes for t in one.tests_that(kind)]
        lines += ["", heading, *tests] if tests else []
    lines += ["", *([f"ERROR {error}" for error in errors] or ["OK"])]
    return "\n".join(lines)


def run(device: str, float_dtype: str, results: Path, only: str | None = None) -> int:
    """Run the suite, write the report, and give the exit code: 0 only if there is no error."""
    listed = read_skips(SKIPS, float_dtype)
    outcomes.listed.clear()
    outcomes.listed.update(listed.failing)
    passes = run_suite(device, float_dtype, only)
    errors = find_errors(passes, listed, complete=only is None)
    title = f"Brian2 {brian2.__version__}'s own suite on device {device!r}, {float_dtype}"
    text = summarise(passes, errors, title)
    data = {"device": device, "float_dtype": float_dtype, "errors": errors}
    data["passes"] = [vars(single) for single in passes]
    paths = reports.write(results, f"conformance_{float_dtype}", data, text)
    print(text, *(f"written: {path}" for path in paths), sep="\n")
    return 1 if errors else 0
