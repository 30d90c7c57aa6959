import pytest

from validation import conformance, outcomes
from validation.conformance import Listed
from validation.outcomes import Pass


@pytest.fixture(autouse=True)
def known_counts(monkeypatch):
    """Let the suite of every version of Brian2 have the size that is known for 2.9.0."""
    counts = conformance.EXPECTED_COUNTS
    monkeypatch.setitem(counts, conformance.brian2.__version__, counts["2.9.0"])


def suite(**more):
    """Return the outcomes of a suite of the expected size; `more` is test=(outcome, reason)."""
    passes = []
    sizes = conformance.EXPECTED_COUNTS[conformance.brian2.__version__]
    for name, size in zip(("test", "test_multiple"), sizes, strict=True):
        single = Pass("")
        single.outcomes = {f"{name}_{k}": "passed" for k in range(size)}
        passes.append(single)
    for test, (outcome, reason) in more.items():
        passes[0].outcomes[test], passes[0].reasons[test] = outcome, reason
    return passes


def test_a_suite_that_passes_has_no_errors():
    listed = Listed(skipped={"test_1": "why"})
    passes = suite(test_1=("skipped", "Need double precision for this test"))
    assert conformance.find_errors(passes, listed, complete=True) == []


@pytest.mark.parametrize(
    "outcome, reason, error",
    [
        ("failed", "boom", "failed: test_1"),
        ("stale", "take it off the list", "test_1: take it off the list"),
        ("skipped", "not on this device", "skipped, but not listed: test_1"),
    ],
)
def test_what_must_not_be_is_an_error(outcome, reason, error):
    (found,) = conformance.find_errors(suite(test_1=(outcome, reason)), Listed(), complete=True)
    assert found.startswith(error)


def test_tests_that_are_missing_are_an_error():
    passes = suite()
    del passes[0].outcomes["test_0"]
    (error,) = conformance.find_errors(passes, Listed(), complete=True)
    assert "expected" in error
    assert conformance.find_errors(passes, Listed(), complete=False) == []
    for gone in (Listed({"test_gone": "why"}), Listed(skipped={"test_gone": "why"})):
        (error,) = conformance.find_errors(suite(), gone, complete=True)
        assert error == "listed, but no such test: test_gone"


def test_a_test_that_brian2_skips_no_more_is_an_error():
    (error,) = conformance.find_errors(suite(), Listed(skipped={"test_1": "why"}), complete=False)
    assert error == "listed as skipped, but it ran: test_1"


def test_at_most_eight_may_be_listed():
    failing = {f"test_{k}": "why" for k in range(conformance.MOST_SKIPS)}
    passes = suite(test_100=("skipped", "why"))
    listed = Listed(failing, {"test_100": "why"})
    (error,) = conformance.find_errors(passes, listed, complete=True)
    assert error == "9 tests are listed, at most 8 may be"


def test_the_list_is_read_for_one_type(tmp_path):
    path = tmp_path / "skips.toml"
    entry = '[[skip]]\ntest = "{}"\nreason = "why"\n'
    second = entry.format("b") + 'float_dtype = "float32"\nskipped_by_brian2 = true\n'
    path.write_text(entry.format("a") + second)
    assert conformance.read_skips(path, "float64") == Listed({"a": "why"})
    assert conformance.read_skips(path, "float32") == Listed({"a": "why"}, {"b": "why"})
    path.write_text('[[skip]]\ntest = "a"\n')
    with pytest.raises(ValueError, match="needs a test and a reason"):
        conformance.read_skips(path, "float64")


def test_the_list_in_use_is_short():
    for dtype in ("float64", "float32"):
        assert len(conformance.read_skips(conformance.SKIPS, dtype)) <= conformance.MOST_SKIPS


@pytest.mark.parametrize("outcome, code", [("passed", 0), ("failed", 1)])
def test_the_exit_code_follows_the_outcome(monkeypatch, tmp_path, capsys, outcome, code):
    passes = suite(test_1=(outcome, "boom"))
    monkeypatch.setattr(conformance, "run_suite", lambda *arguments: passes)
    monkeypatch.setattr(outcomes, "listed", {})
    monkeypatch.setattr(conformance, "read_skips", lambda *arguments: Listed())
    assert conformance.run("torch", "float64", tmp_path) == code
    text = (tmp_path / "conformance_float64.txt").read_text()
    assert ("ERROR failed: test_1" in text) == bool(code)
    assert text in capsys.readouterr().out
