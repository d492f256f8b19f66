"""The state of a site: what it holds, and the indexes by which it is found."""

from __future__ import annotations

import uuid
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from . import site, site_fields
from .records import (
    Comment,
    Field,
    File,
    Issue,
    Link,
    Named,
    Organization,
    Project,
    RequestType,
    Role,
    Status,
    Task,
    User,
)

_NAMES = uuid.UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")
_DIRECTORY = "a713c8ea-1075-4e30-9d96-891a7d181739"
FIRST_NUMBER = 10000
GROUPS = ("jira-administrators", "jira-servicemanagement-users", "jira-users")


class State:
    """Everything that one site holds."""

    def __init__(self, now: int) -> None:
        """Make a fresh site: an admin, an agent, one with a hidden address, one without the licence, a customer, a bot."""
        self.founded = now
        self._numbers: dict[str, int] = {}
        self.users: dict[str, User] = {}
        self.by_email: dict[str, str] = {}
        self.groups: dict[str, str] = {}
        """Name -> groupId."""
        self.fields: dict[str, Field] = {field.id: field for field in site_fields.fields()}
        self.priorities = {item.id: item for item in site.PRIORITIES}
        self.resolutions = {item.id: item for item in site.RESOLUTIONS}
        self.statuses: dict[str, Status] = {item.id: item for item in site.STATUSES}
        self.types = {item.id: item for item in site.ISSUE_TYPES}
        self.link_types = {item.id: item for item in site.LINK_TYPES}
        self.request_types: dict[str, RequestType] = {item.id: item for item in site.request_types()}
        self.issues: dict[int, Issue] = {}
        self.by_key: dict[str, int] = {}
        self.links: dict[int, Link] = {}
        self.files: dict[int, File] = {}
        self.temporary: dict[str, tuple[str, str, bytes, int]] = {}
        """Temporary attachments: id -> (name, media type, bytes, expiry)."""
        self.media: dict[str, int] = {}
        """Attachment by its media id."""
        self.comment_issue: dict[int, int] = {}
        self.organizations: dict[int, Organization] = {}
        self.desk_customers: dict[str, list[str]] = {site.DESK: []}
        self.desk_organizations: dict[str, list[int]] = {site.DESK: []}
        self.tasks: dict[str, Task] = {}
        self.children: dict[int, set[int]] = {}
        """Subtasks by their parent."""
        self.by_updated: list[tuple[int, int]] = []
        """(updated, issue id) of the living, in order."""
        self._found()

    def _found(self) -> None:
        for name in GROUPS:
            self.add_group(name)
        self.admin = self.add_user("Isthmus", site.INTEGRATION, "admin")
        self.add_user("Alex Agent", "alex.agent@example.com", "agent")
        self.add_user("Heidi Hidden", "heidi.hidden@example.com", "agent").email_visible = False
        self.add_user("Ulla User", "ulla.user@example.com", "user")
        self.add_user("Robin Requester", "robin.requester@example.com", "customer")
        self.automation = self.add_user(site.AUTOMATION, "", "app")
        self.projects: dict[str, Project] = {site.PROJECT: site.project(self.admin.account_id)}

    # -- numbers

    def number(self, kind: str) -> int:
        """Give the next id of a kind."""
        self._numbers[kind] = self._numbers.get(kind, FIRST_NUMBER - 1) + 1
        return self._numbers[kind]

    def taken(self, kind: str, number: int) -> None:
        """Let the ids of a kind go on behind one that is taken."""
        self._numbers[kind] = max(self._numbers.get(kind, FIRST_NUMBER - 1), number)

    # -- people

    def add_user(self, name: str, email: str, role: Role, account_id: str | None = None) -> User:
        """Add an account."""
        own = uuid.uuid5(_NAMES, email or name)
        made = f"qm:{_DIRECTORY}:{own}" if role == "customer" else f"557058:{own}" if role == "app" else f"712020:{own}"
        user = User(account_id or made, name, email, role, 10100 + len(self.users))
        if user.is_licensed:
            user.groups.update(("jira-users", *(("jira-servicemanagement-users",) if user.is_agent else ())))
        if role == "admin":
            user.groups.add("jira-administrators")
        self.users[user.account_id] = user
        if email:
            self.by_email[email.casefold()] = user.account_id
        return user

    def user_with_email(self, email: str) -> User | None:
        """Find an account by its e-mail address, hidden or not."""
        account_id = self.by_email.get(email.casefold())
        return None if account_id is None else self.users[account_id]

    def user_named(self, username: str) -> User | None:
        """Find an account by its ``name`` or ``key`` on Data Center."""
        return next((user for user in self.users.values() if username in (user.username, user.key)), None)

    def add_group(self, name: str) -> str:
        """Add a group of people, where it is not there yet; gives its id."""
        return self.groups.setdefault(name, str(uuid.uuid5(_NAMES, f"group:{name}")))

    # -- metadata

    def project_named(self, name: object) -> Project | None:
        """Find a project by key or id."""
        text = str(name)
        found = self.projects.get(text)
        return found or next((project for project in self.projects.values() if project.key == text.upper()), None)

    def field_named(self, name: str) -> Field | None:
        """Find a field by its id."""
        return self.fields.get(name)

    def component(self, number: str) -> Named | None:
        """Find a component by its id."""
        found = (item for project in self.projects.values() for item in project.components if item.id == number)
        return next(found, None)

    def desk_project(self, desk: str) -> Project | None:
        """Find the project of a service desk: by the desk's id, or by the project's id or key."""
        by_id = next((project for project in self.projects.values() if project.desk == desk), None)
        found = by_id or self.project_named(desk.removeprefix("projectKey:").removeprefix("projectId:"))
        return found if found is not None and found.desk else None

    # -- issues

    def plant(self, issues: Iterable[Issue]) -> None:
        """Take in many issues at once."""
        for issue in issues:
            if issue.id in self.issues:
                self.drop(issue.id)
            self.issues[issue.id] = issue
            self.by_key[issue.key] = issue.id
            self.adopt(issue)
            for comment in issue.comments:
                self.comment_issue[comment.id] = issue.id
        self.by_updated = sorted((issue.updated, issue.id) for issue in self.issues.values() if not issue.deleted)

    def drop(self, number: int) -> None:
        """Forget an issue altogether."""
        issue = self.issues.pop(number)
        for comment in issue.comments:
            self.comment_issue.pop(comment.id, None)
        self.by_key.pop(issue.key, None)

    def add(self, issue: Issue) -> None:
        """Take in a new issue."""
        self.issues[issue.id] = issue
        self.by_key[issue.key] = issue.id
        self.adopt(issue)
        insort(self.by_updated, (issue.updated, issue.id))

    def touch(self, issue: Issue, now: int) -> None:
        """Note that an issue was changed now."""
        self._unlist(issue)
        issue.updated = issue.written = now
        insort(self.by_updated, (now, issue.id))

    def remove(self, issue: Issue, now: int) -> None:
        """Mark an issue as deleted."""
        self._unlist(issue)
        issue.deleted, issue.written = True, now
        for number in list(issue.links):
            self.unlink(number)

    def _unlist(self, issue: Issue) -> None:
        at = bisect_left(self.by_updated, (issue.updated, issue.id))
        if at < len(self.by_updated) and self.by_updated[at] == (issue.updated, issue.id):
            del self.by_updated[at]

    def issue_named(self, name: object) -> Issue | None:
        """Find a living issue by id or key."""
        text = str(name)
        number = int(text) if text.isdecimal() else self.by_key.get(text.upper(), 0)
        issue = self.issues.get(number)
        return None if issue is None or issue.deleted else issue

    def living(self) -> Iterator[Issue]:
        """Give the issues that are not deleted."""
        return (issue for issue in self.issues.values() if not issue.deleted)

    def subtasks(self, issue: Issue) -> list[Issue]:
        """Give the living children of an issue."""
        found = (self.issues[number] for number in sorted(self.children.get(issue.id, ())) if number in self.issues)
        return [child for child in found if not child.deleted]

    def adopt(self, issue: Issue, former: int | None = None) -> None:
        """Note an issue's parent, after it was set or changed."""
        if former is not None:
            self.children[former].discard(issue.id)
        parent = issue.values.get("parent")
        if parent is not None:
            self.children.setdefault(parent, set()).add(issue.id)

    def comment_named(self, number: int) -> tuple[Issue, Comment] | None:
        """Find a comment, and its living issue."""
        issue = self.issues.get(self.comment_issue.get(number, 0))
        comment = None if issue is None or issue.deleted else issue.comment(number)
        return None if issue is None or comment is None else (issue, comment)

    def link(self, link: Link) -> None:
        """Take in a link."""
        self.links[link.id] = link
        for number in (link.inward, link.outward):
            self.issues[number].links.append(link.id)

    def unlink(self, number: int) -> Link:
        """Take out a link."""
        link = self.links.pop(number)
        for end in (link.inward, link.outward):
            self.issues[end].links.remove(number)
        return link

    def add_file(self, file: File, issue: Issue) -> None:
        """Attach a file."""
        self.files[file.id] = file
        self.media[file.media_id] = file.id
        issue.files.append(file.id)

    def remove_file(self, file: File) -> None:
        """Take off a file."""
        del self.files[file.id]
        del self.media[file.media_id]
        issue = self.issues[file.issue_id]
        issue.files.remove(file.id)
        for comment in issue.comments:
            comment.files = [number for number in comment.files if number != file.id]
