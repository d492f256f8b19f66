"""Clocks of service level agreements, counted from what happened to an issue.

Two clocks, by a calendar without nights: to the first public answer of an agent (or to the end), and to the end; the second
stands still while the issue waits for somebody else. The goals go by priority.
Source: developer.atlassian.com, service desk API, SLA; Atlassian support, the template's default agreements.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import times
from .auth import Session
from .jsons import Json
from .records import Issue
from .site import PAUSING

if TYPE_CHECKING:
    from .vendor import Jira

FIRST_RESPONSE, RESOLUTION = "1", "2"
METRICS = {FIRST_RESPONSE: "Time to first response", RESOLUTION: "Time to resolution"}
METRIC_OF_FIELD = {"customfield_10221": FIRST_RESPONSE, "customfield_10222": RESOLUTION}
_HOUR = 3_600_000
_GOALS = {
    FIRST_RESPONSE: {"1": 1, "2": 2, "3": 4, "4": 8, "5": 24},
    RESOLUTION: {"1": 4, "2": 8, "3": 24, "4": 72, "5": 120},
}
"""Hours, by metric and priority."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One run of a clock."""

    start: int
    stop: int | None = None
    paused: int = 0
    """Milliseconds for which it stood still."""
    paused_since: int | None = None

    def elapsed(self, now: int) -> int:
        """Give the milliseconds that it ran."""
        end = self.stop if self.stop is not None else now
        standing = 0 if self.paused_since is None else max(0, end - self.paused_since)
        return max(0, end - self.start - self.paused - standing)


def cycles(vendor: Jira, issue: Issue, metric: str) -> list[Cycle]:
    """Give the runs of a clock, oldest first; the last one may still go on."""
    found = [Cycle(issue.created)]
    for moment, kind, value in _events(vendor, issue):
        last = found[-1]
        if kind == "answer":
            if metric == FIRST_RESPONSE and last.stop is None:
                found[-1] = replace(last, stop=moment)
        elif vendor.state.statuses[value].category == "done":
            if last.stop is None:
                found[-1] = replace(_resumed(last, moment), stop=moment)
        elif metric == RESOLUTION:
            if last.stop is not None:
                found.append(Cycle(moment))
            elif value in PAUSING:
                found[-1] = replace(last, paused_since=moment if last.paused_since is None else last.paused_since)
            else:
                found[-1] = _resumed(last, moment)
    return found


def _resumed(cycle: Cycle, moment: int) -> Cycle:
    if cycle.paused_since is None:
        return cycle
    return replace(cycle, paused=cycle.paused + moment - cycle.paused_since, paused_since=None)


def _events(vendor: Jira, issue: Issue) -> list[tuple[int, str, str]]:
    users, statuses = vendor.state.users, vendor.state.statuses
    answers = [
        (comment.created, "answer", "")
        for comment in issue.comments
        if comment.public and comment.author in users and users[comment.author].is_agent
    ]
    changes = [
        (history.created, "status", item["to"])
        for history in issue.histories
        for item in history.items
        if item.get("fieldId", item.get("field")) == "status" and item.get("to") in statuses
    ]
    return sorted(answers + changes)


def goal(issue: Issue, metric: str) -> int:
    """Give the goal in milliseconds."""
    return _GOALS[metric].get(issue.values.get("priority") or "3", 24) * _HOUR


def shown(vendor: Jira, session: Session, issue: Issue, metric: str) -> Json:
    """Give a clock, as both APIs show it."""
    now, limit = vendor.now(), goal(issue, metric)
    body: Json = {
        "id": metric,
        "name": METRICS[metric],
        "_links": {"self": f"{session.base}/rest/servicedeskapi/request/{issue.id}/sla/{metric}"},
        "completedCycles": [],
    }
    for cycle in cycles(vendor, issue, metric):
        elapsed = cycle.elapsed(now)
        view: Json = {"startTime": times.date_dto(cycle.start, session.zone)}
        if cycle.stop is not None:
            view["stopTime"] = times.date_dto(cycle.stop, session.zone)
        if cycle.paused_since is None or elapsed > limit:
            view["breachTime"] = times.date_dto(cycle.start + cycle.paused + limit, session.zone)
        view["breached"] = elapsed > limit
        if cycle.stop is None:
            view |= {"paused": cycle.paused_since is not None, "withinCalendarHours": True}
        view["goalDuration"] = times.duration_dto(limit)
        view |= {"elapsedTime": times.duration_dto(elapsed), "remainingTime": times.duration_dto(limit - elapsed)}
        if cycle.stop is None:
            body["ongoingCycle"] = view
        else:
            body["completedCycles"].append(view)
    return body
