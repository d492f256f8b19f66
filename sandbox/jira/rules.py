"""Automation: what the site does by itself, in the name of the account "Automation for Jira".

Always on, as in the template: a public comment of a customer on a request that waits for the customer takes it up again.

With the fault profile ``rules``, as sites configure it: the priority follows from impact and urgency, whatever was written;
and the first public answer of an agent takes an open incident into work.
Source: Atlassian support, "Automation templates", impact-urgency matrix of the ITSM template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .jsons import Json
from .records import Comment, Issue, User
from .site import OPEN, PENDING, WAITING, WAITING_CUSTOMER, WORKING

if TYPE_CHECKING:
    from .vendor import Jira

IMPACT, URGENCY = "customfield_10204", "customfield_10211"


class Rules:
    """The rules of a site."""

    def __init__(self, vendor: Jira) -> None:
        """Take the site."""
        self.vendor = vendor

    def created(self, issue: Issue) -> None:
        """Answer a creation."""
        if self.vendor.faults.rules:
            self._prioritise(issue)

    def edited(self, issue: Issue, items: list[Json]) -> None:
        """Answer an edit."""
        if self.vendor.faults.rules and {each.get("fieldId") for each in items} & {IMPACT, URGENCY, "priority"}:
            self._prioritise(issue)

    def commented(self, actor: User, issue: Issue, comment: Comment) -> None:
        """Answer a comment."""
        if comment.public and actor.role == "customer" and issue.status in (PENDING, WAITING_CUSTOMER):
            self._move(issue, WORKING if issue.status == PENDING else WAITING)
        elif self.vendor.faults.rules and comment.public and actor.is_agent and issue.status == OPEN:
            self._move(issue, WORKING)

    def _prioritise(self, issue: Issue) -> None:
        levels = self.vendor.state.fields
        places: list[int] = []
        for name in (IMPACT, URGENCY):
            numbers = [option.id for option in levels[name].options]
            chosen = issue.values.get(name)
            if chosen not in numbers:
                return
            places.append(numbers.index(chosen))
        priority = str(1 + min(4, (sum(places) + 1) * 2 // 3))
        if issue.values.get("priority") != priority:
            self.vendor.changes.set_values(self.vendor.state.automation.account_id, issue, {"priority": priority})

    def _move(self, issue: Issue, target: str) -> None:
        for way in self.vendor.workflows.transitions(issue):
            if way.target == target and issue.status in way.sources:
                self.vendor.changes.move_as(self.vendor.state.automation.account_id, issue, way, {})
                return
