"""Screens: which fields an issue can be created and edited with, and how clients learn of them.

Screens go by project and issue type. Fields of service management stand on those of its projects only; a resolution is set
on a transition's screen, never on the edit screen.
Source: recorded create metadata; developer.atlassian.com, create and edit metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .auth import Session
from .jsons import Json
from .records import ORGANIZATIONS, PARTICIPANTS, REQUEST_TYPE, Field, Issue, Project
from .site_fields import READ_ONLY
from .values import operations

if TYPE_CHECKING:
    from .vendor import Jira

_SYSTEM = ("summary", "description", "priority", "labels", "components", "assignee", "reporter", "duedate")
_BESIDE = ("attachment", "issuelinks")
"""Stand on screens, and are written by calls of their own or by ``update``."""
_DESK_ONLY = (REQUEST_TYPE, ORGANIZATIONS, PARTICIPANTS)
REQUIRED = ("summary", "issuetype", "project")


class Screens:
    """The screens of a site."""

    def __init__(self, vendor: Jira) -> None:
        """Take the site."""
        self.vendor = vendor

    def create(self, project: Project, type_id: str) -> dict[str, bool]:
        """Give the fields of a create screen, and whether each is required."""
        subtask = self.vendor.state.types[type_id].more["hierarchyLevel"] < 0
        names = ["summary", "issuetype", "project", *(("parent",) if subtask else ()), *_SYSTEM[1:], *_BESIDE]
        names += [field.id for field in self._custom(project)]
        return {name: name in REQUIRED or name == "parent" for name in names}

    def edit(self, issue: Issue) -> dict[str, bool]:
        """Give the fields of an edit screen, and whether each is required."""
        screen = self.create(self.vendor.state.projects[issue.project], issue.type_id)
        return {name: required for name, required in {**screen, "comment": False}.items() if name != "project"}

    def _custom(self, project: Project) -> list[Field]:
        fields = (field for field in self.vendor.state.fields.values() if field.custom and field.kind != "raw")
        return [field for field in fields if field.kind not in READ_ONLY and (project.desk or field.id not in _DESK_ONLY)]

    # -- metadata

    def meta(self, session: Session, name: str, project: Project, *, required: bool) -> Json:
        """Give the metadata of a field on a screen."""
        field = self.vendor.state.fields[name]
        shown: Json = {
            "required": required,
            "schema": field.schema or {"type": "issuelink", "system": name},
            "name": field.name,
            "key": name,
            "hasDefaultValue": name in ("priority", "reporter"),
            "operations": operations(field) if field.kind else ["add"] if name == "comment" else ["add", "set"],
        }
        if field.kind in ("user", "users"):
            address = f"user/assignable/search?project={project.key}&query="
            shown["autoCompleteUrl"] = self.vendor.render.url(session, address)
        allowed = self.allowed(session, field, project)
        if allowed is not None:
            shown["allowedValues"] = allowed
        return shown

    def allowed(self, session: Session, field: Field, project: Project) -> list[Any] | None:
        """Give the values that a field takes, where they are listed."""
        state, render = self.vendor.state, self.vendor.render
        match field.id:
            case "priority":
                return [render.priority(session, item) for item in state.priorities.values()]
            case "resolution":
                return [render.resolution(session, item) for item in state.resolutions.values()]
            case "components":
                return [render.component(session, item) for item in project.components]
            case "issuetype":
                return [render.issue_type(session, state.types[number]) for number in project.types]
            case "project":
                return [render.project(session, project)]
            case _:
                pass
        if not field.options:
            return None
        shown: list[Json] = []
        for option in field.options:
            children = [render.option(session, child) for child in option.children]
            shown.append({**render.option(session, option), **({"children": children} if children else {})})
        return shown

    def edit_meta(self, session: Session, issue: Issue) -> Json:
        """Give what can be edited; nothing for a caller who may not edit."""
        project = self.vendor.state.projects[issue.project]
        screen = self.edit(issue) if session.is_agent else {}
        return {"fields": {name: self.meta(session, name, project, required=needed) for name, needed in screen.items()}}
