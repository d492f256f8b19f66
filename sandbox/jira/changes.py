"""Writes to issues: creating, editing, moving through the workflow, with the changelog that each leaves.

Source: developer.atlassian.com, "Create issue", "Edit issue", "Transition issue"; recorded changelogs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import drafts
from .auth import Session
from .errors import bad_fields, no_issue, platform
from .jsons import Json, as_dict
from .records import History, Issue, Project, Transition
from .site import DEFAULT_PRIORITY
from .values import Reader, told

if TYPE_CHECKING:
    from .vendor import Jira


class Changes:
    """Carries out writes, for every API."""

    def __init__(self, vendor: Jira) -> None:
        """Take the site."""
        self.vendor = vendor

    # -- finding

    def issue(self, session: Session, name: object) -> Issue:
        """Find an issue that the caller may see.

        Raises:
            RefusedError: 404.
        """
        issue = self.vendor.state.issue_named(name)
        if issue is None or not session.is_licensed:
            raise no_issue()
        return issue

    def editable(self, session: Session, name: object) -> Issue:
        """Find an issue that the caller may edit.

        Raises:
            RefusedError: 403, 404, or 429 for too many writes on one issue.
        """
        issue = self.issue(session, name)
        if not session.is_agent:
            raise platform(403, "You do not have permission to edit issues in this project.")
        self.vendor.admit_write(issue)
        return issue

    # -- creating

    def create(self, session: Session, sent: Json) -> tuple[Issue, Json]:
        """Create an issue; gives it and the reply.

        Raises:
            RefusedError: 400.
        """
        fields = as_dict(sent.get("fields"))
        project, type_id = self._kind(session, fields)
        screen = self.vendor.screens.create(project, type_id)
        reader = Reader(self.vendor.state, session)
        draft = drafts.read(reader, sent, screen, lambda _: None, ignored=drafts.CREATE_ONLY)
        self._parent(draft, type_id)
        if "summary" not in draft.values and "summary" not in draft.errors:
            draft.errors["summary"] = "You must specify a summary of the issue."
        draft.check()
        issue = self.make(session, project, type_id, draft.values)
        for item in properties_of(sent):
            issue.properties[item[0]] = item[1]
        self.finish_create(session, issue)
        self._extras(session, issue, draft)
        reply: Json = {"id": str(issue.id), "key": issue.key, "self": self.vendor.render.url(session, f"issue/{issue.id}")}
        if transition := as_dict(sent.get("transition")):
            reply["transition"] = self._first_transition(session, issue, transition)
        return issue, reply

    def _kind(self, session: Session, fields: Json) -> tuple[Project, str]:
        state = self.vendor.state
        wanted = as_dict(fields.get("project"))
        project = state.project_named(wanted.get("id") or wanted.get("key") or "") if session.is_licensed else None
        if project is None:
            raise bad_fields({"project": "Specify a valid project ID or key"})
        wanted = as_dict(fields.get("issuetype"))
        if not wanted:
            raise bad_fields({"issuetype": "Specify an issue type"})
        for number in project.types:
            if number == str(wanted.get("id", "")) or (
                "id" not in wanted and state.types[number].name == wanted.get("name")
            ):
                return project, number
        raise bad_fields({"issuetype": "The issue type selected is invalid."})

    def _parent(self, draft: drafts.Draft, type_id: str) -> None:
        state = self.vendor.state
        subtask = state.types[type_id].more["hierarchyLevel"] < 0
        if subtask and draft.values.get("parent") is None:
            draft.errors.setdefault("parent", "Issue type is a sub-task but parent issue key or id not specified.")

    def _first_transition(self, session: Session, issue: Issue, transition: Json) -> Json:
        way = next(
            (way for way in self.vendor.workflows.available(session, issue) if way.id == str(transition.get("id"))), None
        )
        if way is None or self.vendor.workflows.required(way):
            text = f"It seems that you have tried to perform an illegal workflow operation ({transition.get('id')})."
            return {"status": 400, "errorCollection": {"errorMessages": [text], "errors": {}}}
        self.move(session, issue, way, {})
        return {"status": 204, "errorCollection": {"errorMessages": [], "errors": {}}}

    def make(self, session: Session, project: Project, type_id: str, values: Json) -> Issue:
        """Make an issue of values that were read."""
        state, now = self.vendor.state, self.vendor.now()
        project.last_number += 1
        given = {name: value for name, value in values.items() if value is not None}
        given.setdefault("reporter", session.account_id)
        given.setdefault("priority", DEFAULT_PRIORITY)
        issue = Issue(
            state.number("issue"),
            f"{project.key}-{project.last_number}",
            project.id,
            type_id,
            self.vendor.workflows.initial(project.id, type_id),
            session.account_id,
            now,
            now,
            given,
            now,
            written=now,
            watchers=[session.account_id] if session.is_licensed else [],
        )
        state.add(issue)
        return issue

    def finish_create(self, session: Session, issue: Issue) -> None:
        """Do what follows a creation: approvals, mails, rules."""
        self.vendor.desk.ask_approvers(issue)
        self.vendor.notify.created(session.who, issue)
        self.vendor.rules.created(issue)

    # -- editing

    def update(self, session: Session, issue: Issue, sent: Json) -> None:
        """Edit an issue.

        Raises:
            RefusedError: 400.
        """
        if "fields" not in sent and "update" not in sent and "properties" not in sent:
            raise platform(400, "one of 'fields' or 'update' required")
        screen = self.vendor.screens.edit(issue)
        reader = Reader(self.vendor.state, session)
        draft = drafts.read(reader, sent, screen, issue.values.get, ignored=("issuetype",))
        kind = self._new_type(issue, as_dict(sent.get("fields")), draft)
        draft.check()
        items = self._items(issue, draft.values)
        if kind is not None and kind != issue.type_id:
            names = self.vendor.state.types
            items.append(item("issuetype", issue.type_id, names[issue.type_id].name, kind, names[kind].name))
            issue.type_id = kind
        for key, value in properties_of(sent):
            issue.properties[key] = value
        self._extras(session, issue, draft)
        self.note(issue, session.account_id, items, as_dict(sent.get("historyMetadata")))
        self.vendor.rules.edited(issue, items)

    def _new_type(self, issue: Issue, fields: Json, draft: drafts.Draft) -> str | None:
        if "issuetype" not in fields:
            return None
        wanted, state = as_dict(fields["issuetype"]), self.vendor.state
        for number in state.projects[issue.project].types:
            fits = number == str(wanted.get("id", "")) or (
                "id" not in wanted and state.types[number].name == wanted.get("name")
            )
            if fits and issue.status in self.vendor.workflows.statuses(issue.project, number):
                return number
        draft.errors["issuetype"] = "The issue type selected is invalid."
        return None

    def _items(self, issue: Issue, values: Json) -> list[Json]:
        """Set values; gives the items of the changelog."""
        state = self.vendor.state
        items: list[Json] = []
        for name, value in values.items():
            before = issue.values.get(name)
            if before == value or (not before and not value and before != 0 and value != 0):
                continue
            field = state.fields[name]
            old, new = told(state, field, before), told(state, field, value)
            label = field.name if field.custom else "Component" if name == "components" else name
            items.append(item(label, *old, *new, field_id=name, custom=field.custom))
            if value is None:
                issue.values.pop(name, None)
            else:
                issue.values[name] = value
            if name == "parent":
                state.adopt(issue, before)
        return items

    def _extras(self, session: Session, issue: Issue, draft: drafts.Draft) -> None:
        for sent in draft.extras.get("comment", ()):
            self.vendor.threads.add(session, issue, sent)
        for sent in draft.extras.get("worklog", ()):
            self.vendor.threads.log_work(session, issue, sent)
        for sent in draft.extras.get("issuelinks", ()):
            outward = "outwardIssue" in sent
            other = as_dict(sent.get("outwardIssue" if outward else "inwardIssue"))
            ends = (
                (issue.key, other.get("key") or other.get("id"))
                if outward
                else (other.get("key") or other.get("id"), issue.key)
            )
            self.link(session, sent.get("type"), *ends)

    def assign(self, session: Session, issue: Issue, value: Any) -> None:
        """Set the assignee."""
        self.update(session, issue, {"fields": {"assignee": value}})

    def set_values(self, account_id: str, issue: Issue, values: Json) -> list[Json]:
        """Set stored values in the name of an account, and note it."""
        items = self._items(issue, values)
        self.note(issue, account_id, items)
        return items

    def note(self, issue: Issue, account_id: str, items: list[Json], metadata: Json | None = None) -> None:
        """Put an entry into the changelog, and mark the issue as changed."""
        now = self.vendor.now()
        if items:
            number = self.vendor.state.number("history")
            issue.histories.append(History(number, account_id, now, items, metadata or None))
        self.vendor.state.touch(issue, now)

    # -- workflow

    def transition(self, session: Session, issue: Issue, sent: Json) -> None:
        """Carry out a transition.

        Raises:
            RefusedError: 400.
        """
        wanted = str(as_dict(sent.get("transition")).get("id", ""))
        if not wanted:
            raise platform(400, "Missing 'transition' identifier")
        workflows = self.vendor.workflows
        way = next((way for way in workflows.available(session, issue) if way.id == wanted), None)
        if way is None:
            raise platform(400, f"It seems that you have tried to perform an illegal workflow operation. ({wanted})")
        needed = workflows.required(way)
        screen = {name: name in needed for name in way.screen}
        reader = Reader(self.vendor.state, session)
        draft = drafts.read(reader, sent, screen, issue.values.get)
        for name in needed:
            if name not in draft.errors and not draft.values.get(name, issue.values.get(name)):
                draft.errors[name] = f"{self.vendor.state.fields[name].name} is required."
        draft.check()
        self.move(session, issue, way, draft.values, as_dict(sent.get("historyMetadata")))
        self._extras(session, issue, draft)

    def move(self, session: Session, issue: Issue, way: Transition, values: Json, metadata: Json | None = None) -> None:
        """Carry out a transition whose values were read."""
        self.move_as(session.account_id, issue, way, values, metadata)

    def move_as(self, account_id: str, issue: Issue, way: Transition, values: Json, metadata: Json | None = None) -> None:
        """Carry out a transition in the name of an account."""
        state, now = self.vendor.state, self.vendor.now()
        if way.sets_resolution is not None:
            values = {**values, "resolution": way.sets_resolution or None}
        items = self._items(issue, values)
        before, after = state.statuses[issue.status], state.statuses[way.target]
        items.append(item("status", before.id, before.name, after.id, after.name, field_id="status"))
        issue.status = after.id
        if before.category != after.category:
            issue.category_changed = now
        if "resolution" in values:
            issue.resolved = now if issue.values.get("resolution") else None
        self.note(issue, account_id, items, metadata)
        self.vendor.notify.moved(state.users[account_id], issue, before.category, after.category)

    # -- links

    def link(self, session: Session, kind: Any, inward: Any, outward: Any) -> None:
        """Link two issues: the inward one *does* to the outward one what the type's outward words say.

        Raises:
            RefusedError: 404.
        """
        state, named = self.vendor.state, as_dict(kind)
        found = next(
            (item for item in state.link_types.values() if named.get("id") == item.id or named.get("name") == item.name),
            None,
        )
        if found is None:
            raise platform(404, f"No issue link type with name '{named.get('name', named.get('id'))}' found.")
        ends = [self.issue(session, name) for name in (inward, outward)]
        self.vendor.threads.connect(session.account_id, found, *ends)

    def delete(self, session: Session, issue: Issue, *, subtasks: bool) -> None:
        """Delete an issue, and its subtasks if asked for.

        Raises:
            RefusedError: 400: it has subtasks.
        """
        children = self.vendor.state.subtasks(issue)
        if children and not subtasks:
            raise platform(
                400,
                f"The issue '{issue.key}' has subtasks.  You must specify the 'deleteSubtasks' parameter to delete this"
                " issue and all its subtasks.",
            )
        for each in (*children, issue):
            self.vendor.state.remove(each, self.vendor.now())


def item(
    label: str,
    old: str | None,
    old_text: str | None,
    new: str | None,
    new_text: str | None,
    *,
    field_id: str | None = None,
    custom: bool = False,
) -> Json:
    """Give an item of the changelog."""
    shown: Json = {"field": label, "fieldtype": "custom" if custom else "jira"}
    if field_id is not None:
        shown["fieldId"] = field_id
    return {**shown, "from": old, "fromString": old_text, "to": new, "toString": new_text}


def properties_of(sent: Json) -> list[tuple[str, Any]]:
    """Give the entity properties that a body carries."""
    found = [as_dict(each) for each in sent.get("properties") or ()]
    return [(str(each["key"]), each.get("value")) for each in found if "key" in each]
