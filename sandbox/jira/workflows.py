"""Workflows: which transitions leave a status, and what each asks for and sets.

Projects without a workflow of the template (those of loaded records) let each status be reached from each.
Source: recorded transitions; developer.atlassian.com, "Get transitions", "Transition issue".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .auth import Session
from .jsons import Json
from .records import Issue, Transition
from .site import ROOT_CAUSE, workflow_of

if TYPE_CHECKING:
    from .vendor import Jira


class Workflows:
    """The workflows of a site."""

    def __init__(self, vendor: Jira) -> None:
        """Take the site."""
        self.vendor = vendor

    def initial(self, project_id: str, type_id: str) -> str:
        """Give the status in which an issue begins."""
        project = self.vendor.state.projects[project_id]
        return workflow_of(type_id).initial if project.desk else project.statuses[0]

    def statuses(self, project_id: str, type_id: str) -> list[str]:
        """Give the ids of the statuses that an issue can have."""
        project = self.vendor.state.projects[project_id]
        return list(workflow_of(type_id).statuses) if project.desk else project.statuses

    def transitions(self, issue: Issue) -> list[Transition]:
        """Give all transitions of an issue's workflow."""
        project = self.vendor.state.projects[issue.project]
        if project.desk:
            return list(workflow_of(issue.type_id).transitions)
        names = self.vendor.state.statuses
        return [Transition(f"{place}1", names[number].name, (), number) for place, number in enumerate(project.statuses, 1)]

    def available(self, session: Session, issue: Issue) -> list[Transition]:
        """Give the transitions that the caller can make now; none without the right."""
        if not session.is_agent:
            return []
        return [way for way in self.transitions(issue) if not way.sources or issue.status in way.sources]

    def required(self, way: Transition) -> tuple[str, ...]:
        """Give the fields that a transition demands."""
        strict = self.vendor.faults.strict and ROOT_CAUSE in way.screen
        return (*way.required, ROOT_CAUSE) if strict else way.required

    def listed(self, session: Session, issue: Issue, *, with_fields: bool, only: str | None = None) -> list[Json]:
        """Give the available transitions as the API shows them."""
        ways = self.available(session, issue)
        return [self._shown(session, issue, way, with_fields=with_fields) for way in ways if only in (None, way.id)]

    def _shown(self, session: Session, issue: Issue, way: Transition, *, with_fields: bool) -> Json:
        shown: Json = {
            "id": way.id,
            "name": way.name,
            "to": self.vendor.render.status(session, self.vendor.state.statuses[way.target]),
            "hasScreen": bool(way.screen),
            "isGlobal": not way.sources,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "isLooped": False,
        }
        if with_fields:
            project, needed = self.vendor.state.projects[issue.project], self.required(way)
            screens = self.vendor.screens
            fields = {name: screens.meta(session, name, project, required=name in needed) for name in way.screen}
            shown["fields"] = {name: {**meta, "hasDefaultValue": False} for name, meta in fields.items()}
        return shown
