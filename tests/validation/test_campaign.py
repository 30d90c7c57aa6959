from multiprocessing import Pipe

import pytest

from validation.fuzz import campaign as campaigns
from validation.fuzz import report
from validation.fuzz.campaign import Campaign, run_campaign
from validation.fuzz.judge import Verdict
from validation.fuzz.script import FEATURES
from validation.fuzz.worker import Result, Worker


class ScriptedWorker:
    """Answers at once with the verdicts that the test planned, by number of the network."""

    plan: list[str] = []
    sent: list[tuple[int, bool]] = []

    def __init__(self, seed, device):
        self.connection, self.other = Pipe()
        self.spent = False

    def send(self, index, shorten):
        self.sent.append((index, shorten))
        kind = self.plan[index] if index < len(self.plan) else "identical"
        self.other.send(Result(index, Verdict(kind, ["why"]), ["SpikeMonitor"], "script"))

    def receive(self):
        return self.connection.recv()

    def close(self):
        self.connection.close()


@pytest.fixture
def planned(monkeypatch):
    def plan(*kinds):
        monkeypatch.setattr(campaigns, "Worker", ScriptedWorker)
        monkeypatch.setattr(ScriptedWorker, "plan", list(kinds))
        monkeypatch.setattr(ScriptedWorker, "sent", [])

    return plan


@pytest.mark.parametrize("processes", [1, 3])
def test_only_networks_that_prove_something_count(planned, processes):
    planned("silent", "identical", "saturated", "not finite", "invalid", "refused")
    campaign = run_campaign(1, wanted=10, processes=processes)
    assert campaign.counted == 10
    assert len(campaign.results) == 14
    assert campaign.count("identical") == 9 and campaign.count("refused") == 1


def test_a_silent_generator_comes_to_an_end(planned):
    planned(*["silent"] * 100)
    campaign = run_campaign(1, wanted=10, processes=2)
    assert campaign.counted == 0
    assert len(campaign.results) == 10 * campaigns.MOST_TRIED
    assert "only 0 networks count, 10 are wanted" in report.find_errors(campaign)


def test_ctrl_c_leaves_what_there_is(planned, monkeypatch):
    planned("identical", "identical")
    send = ScriptedWorker.send

    def interrupted(worker, index, shorten):
        if index == 2:
            raise KeyboardInterrupt
        send(worker, index, shorten)

    monkeypatch.setattr(ScriptedWorker, "send", interrupted)
    campaign = run_campaign(1, wanted=10, processes=1)
    assert campaign.count("identical") == 2
    assert "only 2 networks count, 10 are wanted" in report.find_errors(campaign)


def test_only_the_first_failures_are_made_short(planned):
    planned(*["different"] * 20)
    run_campaign(1, wanted=20, processes=1)
    shortened = [index for index, shorten in ScriptedWorker.sent if shorten]
    assert shortened == list(range(campaigns.MOST_REDUCED))


def test_a_process_that_dies_costs_one_network():
    worker = Worker(seed=1, device="torch")
    assert not worker.spent
    worker.send(7, False)
    worker.process.kill()
    result = worker.receive()
    assert (result.index, result.verdict.kind) == (7, "crashed")
    assert worker.spent
    worker.close()


def made_of(wanted, **counts):
    results = [
        Result(k, Verdict(kind.replace("_", " "), ["the reason"]), list(FEATURES), "the script")
        for kind, count in counts.items()
        for k in range(count)
    ]
    return Campaign(5, wanted, results)


def test_up_to_two_percent_may_be_refused():
    assert report.find_errors(made_of(100, identical=98, refused=2)) == []
    (error,) = report.find_errors(made_of(100, identical=97, refused=3))
    assert "3 of 100 are refused" in error


@pytest.mark.parametrize("kind", ["different", "failed", "crashed"])
def test_anything_else_is_an_error(kind):
    (error,) = report.find_errors(made_of(10, identical=9, **{kind: 1}))
    assert error == f"network 0: {kind}: the reason"


def test_a_large_campaign_uses_every_feature():
    campaign = made_of(report.FULL_COVERAGE, identical=report.FULL_COVERAGE)
    assert report.find_errors(campaign) == []
    for result in campaign.results:
        result.features.remove("gap junction" if "gap junction" in FEATURES else FEATURES[0])
    (error,) = report.find_errors(campaign)
    assert error.startswith("never used: ")


def test_features_of_networks_that_prove_nothing_do_not_count():
    assert made_of(5, silent=5, refused=2).uses() == {}
    assert made_of(5, identical=3).uses()[FEATURES[0]] == 3


@pytest.mark.parametrize("kind, code", [("identical", 0), ("different", 1)])
def test_the_report_is_written_and_the_exit_code_follows(monkeypatch, tmp_path, capsys, kind, code):
    monkeypatch.setattr(report, "run_campaign", lambda *arguments: made_of(4, **{kind: 4}))
    assert report.run(4, 5, 1, tmp_path) == code
    text = (tmp_path / "fuzz_5.txt").read_text()
    assert text in capsys.readouterr().out
    assert text.rstrip().split("\n")[-1].startswith("ERROR" if code else "OK")
    assert ("    the script" in text) == bool(code)
    assert f'"{kind}": 4' in (tmp_path / "fuzz_5.json").read_text()
