"""Say what came of a campaign: what must not be, what was used, and the failing scripts."""

from pathlib import Path

from validation import reports

from .campaign import Campaign, run_campaign
from .judge import IDENTICAL, INVALID, NOT_FINITE, REFUSED, SATURATED, SILENT, WRONG
from .script import FEATURES

#: At most this share of the networks that count may be refused.
MOST_REFUSED = 0.02
#: From so many networks on, every feature must have been used.
FULL_COVERAGE = 1000


def find_errors(campaign: Campaign) -> list[str]:
    """
    List everything for which the campaign must not count as a success.

    Parameters
    ----------
    campaign : `Campaign`
        What came of it.

    Returns
    -------
    errors : list of str
        One sentence for each; empty for a success.
    """
    errors = [
        f"network {result.index}: {result.verdict.kind}: {'; '.join(result.verdict.details[:2])}"
        for result in campaign.of_kind(*WRONG)
    ]
    if campaign.counted < campaign.wanted:
        errors.append(f"only {campaign.counted} networks count, {campaign.wanted} are wanted")
    refused = campaign.count(REFUSED)
    if refused > MOST_REFUSED * campaign.counted:
        errors.append(f"{refused} of {campaign.counted} are refused, at most 2 % may be")
    if campaign.wanted >= FULL_COVERAGE:
        uses = campaign.uses()
        errors += [f"never used: {feature}" for feature in FEATURES if feature not in uses]
    return errors


def summarise(campaign: Campaign, errors: list[str]) -> str:
    """Write the outcome as a text: counts, coverage, refusals, failing scripts, errors."""
    lines = [f"Random networks of seed {campaign.seed}: device 'torch' against numpy", ""]
    lines.append(f"{campaign.counted:>6} count (they spike, unsaturated, finite); of these")
    for kind in (IDENTICAL, REFUSED, *WRONG):
        lines.append(f"{campaign.count(kind):>10} {kind}")
    for kind in (SILENT, SATURATED, NOT_FINITE, INVALID):
        lines.append(f"{campaign.count(kind):>6} {kind}: not counted")
    lines.append(f"{campaign.seconds:>6.0f} seconds")
    uses = campaign.uses()
    lines += ["", "Networks with each feature:"]
    lines += [f"{uses.get(feature, 0):>6} {feature}" for feature in FEATURES]
    for result in campaign.of_kind(REFUSED, INVALID):
        lines += ["", f"Network {result.index} is {result.verdict.kind}:"]
        lines += [f"  {line}" for text in result.verdict.details for line in text.split("\n")]
    for result in campaign.of_kind(*WRONG):
        lines += ["", f"Network {result.index}: {result.verdict.kind}"]
        lines += [f"  {line}" for line in result.verdict.details]
        lines += [f"    {line}" for line in result.script.split("\n")]
    return "\n".join([*lines, "", *([f"ERROR {error}" for error in errors] or ["OK"])])


def as_data(campaign: Campaign, errors: list[str]) -> dict:
    """Give the outcome as plain data for a JSON file."""
    kinds = (IDENTICAL, REFUSED, *WRONG, SILENT, SATURATED, NOT_FINITE, INVALID)
    uses = campaign.uses()
    special = campaign.of_kind(REFUSED, INVALID, *WRONG)
    return {
        "seed": campaign.seed,
        "wanted": campaign.wanted,
        "counted": campaign.counted,
        "seconds": round(campaign.seconds),
        "errors": errors,
        "verdicts": {kind: campaign.count(kind) for kind in kinds},
        "coverage": {feature: uses.get(feature, 0) for feature in FEATURES},
        "special": [
            {"network": result.index, **vars(result.verdict), "script": result.script}
            for result in special
        ],
    }


def run(networks: int, seed: int, processes: int, results: Path, device: str = "torch") -> int:
    """Run a campaign, write the report, and give the exit code: 0 only if there is no error."""
    campaign = run_campaign(seed, networks, processes, device)
    errors = find_errors(campaign)
    text = summarise(campaign, errors)
    paths = reports.write(results, f"fuzz_{seed}", as_data(campaign, errors), text)
    print(text, *(f"written: {path}" for path in paths), sep="\n")
    return 1 if errors else 0
