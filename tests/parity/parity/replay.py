"""The whole check: every recording sent again, every difference listed, every entry of the lists needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from .account import Account
from .bmc_helix import BmcHelix
from .compare import Difference, Evidence, compare, compare_headers, compare_status
from .exchanges import Exchange
from .freshservice import Freshservice
from .jira import Jira
from .jira_documented import JiraDocumented
from .listed import DIFFERENCES, OUTSIDE, Listed, Outside
from .manageengine import ManageEngine
from .servicenow import ServiceNow
from .zendesk import Zendesk

ACCOUNTS: dict[str, type[Account]] = {
    "bmc_helix": BmcHelix,
    "freshservice": Freshservice,
    "jira": Jira,
    "jira_documented": JiraDocumented,
    "manageengine": ManageEngine,
    "servicenow": ServiceNow,
    "zendesk": Zendesk,
}


@dataclass(frozen=True)
class Outcome:
    """How the sandbox answered one recorded exchange."""

    exchange: Exchange
    differences: tuple[Difference, ...]

    @property
    def served(self) -> bool:
        """Whether the sandbox does what the recording shows, or refuses where it shows a refusal."""
        return not any(difference.place == "status" for difference in self.differences)


@dataclass
class Verdict:
    """What is wrong, and the counts."""

    compared: int = 0
    outside: int = 0
    listed: int = 0
    """Differences that the list covers."""
    wrong: list[str] = field(default_factory=list)
    """Differences that no entry covers."""
    stale: list[str] = field(default_factory=list)
    """Entries that cover nothing, or what the sandbox serves."""

    def __str__(self) -> str:
        return (
            f"{self.compared} exchanges compared, {self.outside} outside the scope, {self.listed} listed differences,"
            f" {len(self.wrong)} unexplained"
        )


def gather(account: type[Account], files: Iterable[Sequence[Exchange]], outside: Sequence[Outside]) -> Evidence:
    """Give what the recordings within the scope show."""
    evidence = Evidence(account.rules)
    for exchange in (exchange for file in files for exchange in file):
        if not any(entry.covers(exchange) for entry in outside):
            evidence.add(account.place(exchange), account.envelope(exchange, exchange.reply), exchange.headers)
    return evidence


def replay(vendor: str, files: Iterable[Sequence[Exchange]], outside: Sequence[Outside]) -> list[Outcome]:
    """Send the recordings of a vendor to its sandbox: a fresh one for each file."""
    kept = list(files)
    evidence = gather(ACCOUNTS[vendor], kept, outside)
    outcomes: list[Outcome] = []
    for file in kept:
        if file:
            with ACCOUNTS[vendor](file) as account:
                outcomes.extend(_one(account, evidence, exchange) for exchange in file)
    return outcomes


def _one(account: Account, evidence: Evidence, exchange: Exchange) -> Outcome:
    account.fit(exchange)
    reply = account.send(exchange)
    actual = body(reply)
    account.learn(exchange.reply, actual)
    recorded = account.envelope(exchange, exchange.reply)
    differences = [
        *compare_status(exchange.status, reply.status_code),
        *compare_headers(evidence, exchange.headers, reply.headers),
    ]
    if not any(difference.place == "status" for difference in differences):
        differences += compare(evidence, account.place(exchange), [recorded], account.envelope(exchange, actual))
    return Outcome(exchange, tuple(dict.fromkeys(differences)))


def body(reply: requests.Response) -> Any:
    """Give the parsed body of a reply; None where it is empty, the text where it is not JSON."""
    if not reply.content:
        return None
    try:
        return reply.json()
    except ValueError:
        return reply.text


def check(
    folder: Path, vendor: str, outside: Sequence[Outside] = OUTSIDE, listed: Sequence[Listed] = DIFFERENCES
) -> Verdict:
    """Hold a vendor's sandbox against the recordings in a folder."""
    beyond = [entry for entry in outside if entry.vendor == vendor]
    outcomes = replay(vendor, ACCOUNTS[vendor].recordings(folder), beyond)
    return judge(outcomes, beyond, [entry for entry in listed if entry.vendor == vendor])


def judge(outcomes: Iterable[Outcome], outside: Sequence[Outside], listed: Sequence[Listed]) -> Verdict:
    """Hold the outcomes of one vendor against the lists."""
    verdict = Verdict()
    idle: set[Outside | Listed] = {*outside, *listed}
    for outcome in outcomes:
        beyond = [entry for entry in outside if entry.covers(outcome.exchange)]
        idle.difference_update(beyond)
        if not beyond:
            verdict.compared += 1
            _differences(outcome, listed, verdict, idle)
        elif outcome.served:
            verdict.stale.extend(f"{entry}: the sandbox serves {outcome.exchange}" for entry in beyond)
        else:
            verdict.outside += 1
    verdict.stale.extend(f"{entry}: nothing needs it" for entry in (*outside, *listed) if entry in idle)
    return verdict


def _differences(outcome: Outcome, listed: Sequence[Listed], verdict: Verdict, idle: set[Outside | Listed]) -> None:
    for difference in outcome.differences:
        entries = [entry for entry in listed if entry.covers(outcome.exchange, difference)]
        idle.difference_update(entries)
        if entries:
            verdict.listed += 1
        else:
            verdict.wrong.append(f"{outcome.exchange}: {difference}")
