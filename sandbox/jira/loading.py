"""Loading of real issues: records as the platform API, a search or a webhook gives them, of Cloud or Data Center.

People, projects, statuses, types and custom fields that a record names become stubs. An id that the site has for
something else is given anew, so that names stay what they were. What the sandbox needs and a record lacks gets a default;
each is told in ``vendor.defaults``. Fields that the sandbox has no model for are kept and shown as they were. The same id
twice keeps the later.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from . import times
from .jsons import Json, as_dict, as_int, as_list
from .records import Comment, Field, File, History, Issue, Named, Project, Status, User, Worklog
from .richtext import RichText
from .threads import media_id

if TYPE_CHECKING:
    from .vendor import Jira

MODELLED = frozenset(
    [
        *("summary", "description", "environment", "issuetype", "project", "status", "statusCategory", "priority"),
        *("resolution", "resolutiondate", "created", "updated", "statuscategorychangedate", "creator", "reporter"),
        *("assignee", "labels", "components", "duedate", "attachment", "comment", "worklog", "watches", "votes", "parent"),
        *("issuelinks", "subtasks", "timespent", "aggregatetimespent", "timeestimate", "aggregatetimeestimate"),
        *("timeoriginalestimate", "aggregatetimeoriginalestimate", "timetracking", "progress", "aggregateprogress"),
        *("workratio", "issuerestriction", "lastViewed"),
    ]
)
USUAL = {"open": "new", "to do": "new", "new": "new", "done": "done", "closed": "done", "resolved": "done"}
"""Category of a status by its name, where a record does not tell it."""


def load(vendor: Jira, records: Iterable[Json]) -> None:
    """Add real issues."""
    latest: dict[int, Json] = {}
    for record in records:
        number = as_int(record.get("id"), 0)
        if number > 0:
            latest[number] = record
        else:
            vendor.defaults.append(f"record without id left out: {str(record.get('key'))[:60]!r}")
    loader = _Loader(vendor)
    vendor.state.plant([loader.issue(number, record) for number, record in sorted(latest.items())])
    for number in latest:
        vendor.state.taken("issue", number)


class _Loader:
    def __init__(self, vendor: Jira) -> None:
        self.vendor = vendor
        self.state = vendor.state
        self.now = vendor.now()

    def issue(self, number: int, record: Json) -> Issue:
        fields = as_dict(record.get("fields"))
        key = str(record.get("key") or f"LOADED-{number}").upper()
        project = self._project(number, key, as_dict(fields.get("project")))
        kind = self._type(number, project, as_dict(fields.get("issuetype")))
        status = self._status(number, project, as_dict(fields.get("status")))
        reporter, creator = self._person(fields.get("reporter")), self._person(fields.get("creator"))
        if reporter is None and creator is None:
            self.vendor.defaults.append(f"issue {key}: reporter set to the administrator")
        who = creator or reporter or self.state.admin.account_id
        created = self._time(key, fields, "created", self.now - 3_600_000)
        updated = max(created, self._time(key, fields, "updated", created))
        moved = times.parse(fields.get("statuscategorychangedate")) or created
        issue = Issue(number, key, project.id, kind, status, who, created, updated, {"reporter": reporter or who}, moved)
        self._values(issue, fields)
        self._threads(issue, fields)
        self._histories(issue, as_dict(record.get("changelog")))
        issue.properties = dict(as_dict(record.get("properties")))
        return issue

    def _time(self, key: str, fields: Json, name: str, default: int) -> int:
        moment = times.parse(fields.get(name))
        if moment is None:
            self.vendor.defaults.append(f"issue {key}: {name} set to {times.iso(default, times.zone('Etc/UTC'))}")
        return default if moment is None else moment

    # -- values

    def _values(self, issue: Issue, fields: Json) -> None:
        values = issue.values
        summary = " ".join(str(fields.get("summary") or "").split())
        if not summary:
            self.vendor.defaults.append(f"issue {issue.key}: summary set to '(no summary)'")
        values["summary"] = summary or "(no summary)"
        for name in ("description", "environment"):
            text = rich_text(fields.get(name))
            if text is not None:
                values[name] = text
        values["labels"] = sorted({str(label) for label in as_list(fields.get("labels"))})
        if (assignee := self._person(fields.get("assignee"), agent=True)) is not None:
            values["assignee"] = assignee
        if isinstance(fields.get("duedate"), str):
            values["duedate"] = fields["duedate"][:10]
        for name, known in (("priority", self.state.priorities), ("resolution", self.state.resolutions)):
            given = as_dict(fields.get(name))
            if given:
                values[name] = _named(known, given, {"statusColor": "#707070", "isDefault": False})
        issue.resolved = times.parse(fields.get("resolutiondate"))
        if components := [self._component(issue, as_dict(item)) for item in as_list(fields.get("components"))]:
            values["components"] = components
        issue.raw = {name: value for name, value in fields.items() if name not in MODELLED} or None
        for name in issue.raw or ():
            self._stub_field(name)

    def _component(self, issue: Issue, given: Json) -> str:
        project = self.state.projects[issue.project]
        name = str(given.get("name") or given.get("id"))
        found = next((item for item in project.components if item.name == name), None)
        if found is None:
            taken = self.state.component(str(given.get("id"))) is not None or "id" not in given
            found = Named(str(self.state.number("component") + 20000) if taken else str(given["id"]), name)
            project.components.append(found)
        return found.id

    def _stub_field(self, name: str) -> None:
        if name in self.state.fields:
            return
        custom = name.startswith("customfield_")
        number = as_int(name.removeprefix("customfield_"), 0)
        schema: Json = {"type": "any", "custom": "com.example:unknown", "customId": number} if custom else {}
        clauses = (f"cf[{number}]", f"Field {number}") if custom else ()
        self.state.fields[name] = Field(name, f"Field {number}" if custom else name, "raw", schema, clauses)

    # -- what hangs on it

    def _threads(self, issue: Issue, fields: Json) -> None:
        desk = self.vendor.desk.serves(issue)
        for given in map(as_dict, as_list(as_dict(fields.get("comment")).get("comments"))):
            created = times.parse(given.get("created")) or issue.created
            author = self._person(given.get("author")) or issue.creator
            body = rich_text(given.get("body")) or RichText(markup="")
            public = given.get("jsdPublic", not desk)
            comment = Comment(
                self._free("comment", given.get("id"), issue),
                author,
                body,
                public is True,
                created,
                times.parse(given.get("updated")) or created,
                self._person(given.get("updateAuthor")) or author,
                as_dict(given.get("visibility")) or None,
                said="jsdPublic" in given,
            )
            issue.comments.append(comment)
        for given in map(as_dict, as_list(fields.get("attachment"))):
            self._file(issue, given)
        for given in map(as_dict, as_list(as_dict(fields.get("worklog")).get("worklogs"))):
            author = self._person(given.get("author")) or issue.creator
            created = times.parse(given.get("created")) or issue.created
            issue.worklogs.append(
                Worklog(
                    self._free("worklog", given.get("id"), issue),
                    author,
                    rich_text(given.get("comment")),
                    created,
                    times.parse(given.get("updated")) or created,
                    author,
                    times.parse(given.get("started")) or created,
                    as_int(given.get("timeSpentSeconds"), 60),
                )
            )
        issue.watchers = [issue.creator] if as_int(as_dict(fields.get("watches")).get("watchCount"), 0) else []

    def _free(self, kind: str, given: Any, issue: Issue) -> int:
        """Give the id of a part: the recorded one, unless another issue's part has it."""
        number = as_int(given, 0)
        owner = self.state.comment_issue.get(number) if kind == "comment" else None
        if number <= 0 or owner not in (None, issue.id):
            return self.state.number(kind)
        self.state.taken(kind, number)
        if kind == "comment":
            self.state.comment_issue[number] = issue.id
        return number

    def _file(self, issue: Issue, given: Json) -> None:
        number = as_int(given.get("id"), 0)
        if number <= 0 or number in self.state.files:
            number = self.state.number("attachment")
        self.state.taken("attachment", number)
        size = as_int(given.get("size"), 0)
        author = self._person(given.get("author")) or issue.creator
        file = File(
            number,
            issue.id,
            str(given.get("filename") or f"file-{number}"),
            str(given.get("mimeType") or "application/octet-stream"),
            size,
            lambda: b"-" * size,
            author,
            times.parse(given.get("created")) or issue.created,
            media_id(number),
        )
        self.state.files[number] = file
        self.state.media[file.media_id] = number
        issue.files.append(number)

    def _histories(self, issue: Issue, changelog: Json) -> None:
        for given in map(as_dict, as_list(changelog.get("histories"))):
            items = [as_dict(item) for item in as_list(given.get("items"))]
            moment = times.parse(given.get("created")) or issue.created
            author = self._person(given.get("author")) or self.state.automation.account_id
            number = as_int(given.get("id"), 0) or self.state.number("history")
            self.state.taken("history", number)
            issue.histories.append(History(number, author, moment, [self._item(each) for each in items]))
        issue.histories.sort(key=lambda history: (history.created, history.id))

    def _item(self, given: Json) -> Json:
        names = ("from", "fromString", "to", "toString")
        head = {name: given[name] for name in ("field", "fieldtype", "fieldId") if name in given}
        return {"field": "", "fieldtype": "jira", **head, **{name: given.get(name) for name in names}}

    # -- stubs

    def _person(self, value: Any, *, agent: bool = False) -> str | None:
        given = as_dict(value)
        name = given.get("accountId") or given.get("name") or given.get("key")
        if not name:
            return None
        email = str(given.get("emailAddress") or "")
        known = self.state.users.get(str(name)) or (self.state.user_with_email(email) if email else None)
        if known is None:
            customer = given.get("accountType") == "customer"
            known = self.state.add_user(
                str(given.get("displayName") or name),
                email or _address(str(name)),
                "customer" if customer else "agent",
                str(name),
            )
            known.email_visible = bool(email)
            known.active = bool(given.get("active", True))
            _set_zone(known, given.get("timeZone"))
        if agent and not known.is_agent:
            known.role = "agent"
        return known.account_id

    def _project(self, number: int, key: str, given: Json) -> Project:
        wanted = str(given.get("key") or key.rpartition("-")[0] or "LOADED")
        if not given:
            self.vendor.defaults.append(f"issue {key}: project set to {wanted}")
        project = next((each for each in self.state.projects.values() if each.key == wanted), None)
        if project is None:
            project_id = str(given.get("id") or "")
            if not project_id or project_id in self.state.projects:
                project_id = str(self.state.number("project") + 50000)
            kind, name = str(given.get("projectTypeKey") or "software"), str(given.get("name") or wanted)
            project = Project(project_id, wanted, name, kind, self.state.admin.account_id, [])
            self.state.projects[project_id] = project
        project.last_number = max(project.last_number, as_int(key.rpartition("-")[2], 0))
        return project

    def _type(self, number: int, project: Project, given: Json) -> str:
        if not given:
            self.vendor.defaults.append(f"issue {number}: issuetype set to 'Task'")
            given = {"name": "Task"}
        level = given.get("hierarchyLevel", -1 if given.get("subtask") else 0)
        more = {"hierarchyLevel": level, "avatarId": as_int(given.get("avatarId"), 10318)}
        kind = _named(self.state.types, given, more)
        if kind not in project.types:
            project.types.append(kind)
        return kind

    def _status(self, number: int, project: Project, given: Json) -> str:
        if not given:
            self.vendor.defaults.append(f"issue {number}: status set to 'To Do'")
            given = {"name": "To Do", "statusCategory": {"key": "new"}}
        name, wanted = str(given.get("name")), str(given.get("id") or "")
        category = str(as_dict(given.get("statusCategory")).get("key") or "")
        if category not in ("new", "indeterminate", "done"):
            category = USUAL.get(name.casefold(), "indeterminate")
            self.vendor.defaults.append(f"issue {number}: category of status {name!r} set to {category!r}")
        found = next((each for each in self.state.statuses.values() if each.name == name), None)
        if found is None:
            if not wanted or wanted in self.state.statuses:
                wanted = str(self.state.number("status") + 50000)
            found = Status(wanted, name, category, str(given.get("description") or ""))
            self.state.statuses[wanted] = found
        if found.id not in project.statuses:
            project.statuses.append(found.id)
        return found.id


def rich_text(value: Any) -> RichText | None:
    """Read a text of a record: a document or wiki markup."""
    if isinstance(value, dict):
        return RichText(document=as_dict(value))
    return RichText(markup=value) if isinstance(value, str) and value else None


def _named(known: dict[str, Named], given: Json, more: Json) -> str:
    """Give the id of a named thing: known by name, or made under its recorded id where that is free."""
    name = str(given.get("name") or given.get("id"))
    found = next((item for item in known.values() if item.name == name), None)
    if found is None:
        wanted = str(given.get("id") or "")
        number = wanted if wanted and wanted not in known else str(90000 + len(known))
        found = Named(number, name, str(given.get("description") or ""), more)
        known[number] = found
    return found.id


def _address(name: str) -> str:
    plain = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in name).strip("-")
    return f"user-{plain.lower()}@example.com"


def _set_zone(user: User, name: Any) -> None:
    try:
        times.zone(str(name))
    except (KeyError, ValueError, OSError):
        user.zone = "Etc/UTC"
    else:
        user.zone = str(name)
