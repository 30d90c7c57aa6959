"""
Run Brian2's own test suite on the ``torch`` device.

The tests that the device cannot pass are listed in ``conformance_skips.toml`` with a reason each.
They are run all the same and expected to fail, so that the list cannot grow stale.
"""

import tomllib
from pathlib import Path

import brian2
import numpy as np

from validation import outcomes, reports

SKIPS = Path(__file__).with_name("conformance_skips.toml")
MOST_SKIPS = 8
PASSES = ("single run", "multiple runs", "device's own")
#: How many tests Brian2 marks as fit for a standalone device: (single run, multiple runs).
EXPECTED_COUNTS = {"2.9.0": (217, 16)}
#: Brian2's own reasons to skip a test; any other reason is an error, lest a test goes missing.
BRIAN2_REASONS = (
    "GSL support for numpy has not been implemented yet",
    "Random values not known for this configuration",
    "Need double precision for this test",
    "Not testing legacy refractory mechanism with single precision floats",
    "needs a compiler with C99 support",
)


def read_skips(path: Path, float_dtype: str) -> dict[str, str]:
    """Read the tests listed as failing for this type: test id -> reason."""
    entries = tomllib.loads(path.read_text()).get("skip", [])
    for entry in entries:
        if not entry.get("test") or not entry.get("reason"):
            raise ValueError(f"{path.name}: every entry needs a test and a reason, not {entry}")
    return {
        entry["test"]: entry["reason"]
        for entry in entries
        if entry.get("float_dtype", float_dtype) == float_dtype
    }


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


def find_errors(passes: list[outcomes.Pass], listed: dict[str, str], complete: bool) -> list[str]:
    """
    List everything for which the run must not count as a success.

    Parameters
    ----------
    passes : list of `outcomes.Pass`
        The outcomes of the suite.
    listed : dict
        The tests listed as failing, with their reasons.
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
        errors += _unexplained_skips(single)
    if len(listed) > MOST_SKIPS:
        errors.append(f"{len(listed)} tests are listed as failing, at most {MOST_SKIPS} may be")
    return errors + (_missing(passes, listed) if complete else [])


def _unexplained_skips(single: outcomes.Pass) -> list[str]:
    return [
        f"skipped for a reason that is not Brian2's own: {test}: {single.reasons.get(test, '')}"
        for test in single.tests_that("skipped")
        if not any(reason in single.reasons.get(test, "") for reason in BRIAN2_REASONS)
    ]


def _missing(passes: list[outcomes.Pass], listed: dict[str, str]) -> list[str]:
    found = {test for single in passes for test in single.outcomes}
    errors = [f"listed as failing, but no such test: {test}" for test in listed.keys() - found]
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
    outcomes.listed.update(listed)
    passes = run_suite(device, float_dtype, only)
    errors = find_errors(passes, listed, complete=only is None)
    title = f"Brian2 {brian2.__version__}'s own suite on device {device!r}, {float_dtype}"
    text = summarise(passes, errors, title)
    data = {"device": device, "float_dtype": float_dtype, "errors": errors}
    data["passes"] = [vars(single) for single in passes]
    paths = reports.write(results, f"conformance_{float_dtype}", data, text)
    print(text, *(f"written: {path}" for path in paths), sep="\n")
    return 1 if errors else 0
