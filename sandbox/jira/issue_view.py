"""Whole issues as the platform API shows them: which fields a request selects, and what each one looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from . import sla, times
from .auth import Session
from .jsons import Json
from .records import REQUEST_TYPE, Field, Issue
from .values import option_named

if TYPE_CHECKING:
    from .vendor import Jira

EXPAND = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
DESK_EXPAND = f"{EXPAND},{REQUEST_TYPE}.requestTypePractice"
EMBEDDED_COMMENTS = 20
"""Comments embedded in a found issue: the newest ones (reported by integrations; unconfirmed)."""
EMBEDDED_HISTORIES = 40
"""Entries of the changelog embedded in a found issue (unconfirmed); a single read has up to 100, Data Center all."""
NAVIGABLE, ALL = "*navigable", "*all"
Shown: TypeAlias = "Callable[[IssueView, Session, Issue], Any]"


class IssueView:
    """Shows issues to callers."""

    def __init__(self, vendor: Jira) -> None:
        """Take the site."""
        self.vendor = vendor
        self.render = vendor.render

    # -- which fields

    def selected(self, wanted: Iterable[str]) -> list[str]:
        """Give the ids of the fields that a request selects: ``*all``, ``*navigable``, names; ``-name`` leaves one out."""
        fields = self.vendor.state.fields
        chosen: dict[str, None] = {}
        names = list(wanted)
        if names and all(name.startswith("-") for name in names):
            names.insert(0, ALL)
        for name in names:
            if name.startswith("-"):
                chosen.pop(name[1:], None)
            elif name in (ALL, NAVIGABLE):
                chosen.update((field.id, None) for field in fields.values() if name == ALL or field.navigable)
            elif name in fields:
                chosen[name] = None
        for hidden in ("issuekey", "thumbnail"):
            chosen.pop(hidden, None)
        return list(chosen)

    # -- whole issues

    def found(
        self, session: Session, issue: Issue, names: list[str], expand: str = "", properties: Iterable[str] = ()
    ) -> Json:
        """Give an issue of a search."""
        return self.issue(session, issue, names, expand, properties, single=False)

    def issue(
        self,
        session: Session,
        issue: Issue,
        names: list[str],
        expand: str = "",
        properties: Iterable[str] = (),
        *,
        single: bool = True,
    ) -> Json:
        """Give an issue.

        Args:
            session: of the caller.
            issue: what to show.
            names: ids of fields, see :meth:`selected`.
            expand: what to show beside the fields, by comma.
            properties: keys of entity properties to show; ``*all`` for each.
            single: it is read by itself, so that what is embedded is whole.
        """
        project = self.vendor.state.projects[issue.project]
        shown: Json = {
            "expand": DESK_EXPAND if project.desk else EXPAND,
            "id": str(issue.id),
            "self": self.render.url(session, f"issue/{issue.id}"),
            "key": issue.key,
        }
        keys = list(properties)
        if keys:
            everything = "*all" in keys
            shown["properties"] = {key: value for key, value in issue.properties.items() if everything or key in keys}
        wanted = set(expand.split(","))
        if "renderedFields" in wanted:
            shown["renderedFields"] = self._rendered(session, issue, names)
        if "names" in wanted:
            shown["names"] = self.names(names)
        if "schema" in wanted:
            shown["schema"] = self.schemas(names)
        if "changelog" in wanted:
            most = len(issue.histories) if session.data_center else 100 if single else EMBEDDED_HISTORIES
            shown["changelog"] = self._changelog(session, issue, most)
        if "editmeta" in wanted:
            shown["editmeta"] = self.vendor.screens.edit_meta(session, issue)
        if "transitions" in wanted:
            shown["transitions"] = self.vendor.workflows.listed(session, issue, with_fields="transitions.fields" in expand)
        fields = {name: self.field(session, issue, name, single=single) for name in names}
        shown["fields"] = {name: value for name, value in fields.items() if name != "parent" or value is not None}
        if issue.raw:
            extra = {name: value for name, value in issue.raw.items() if name in names}
            shown["fields"] |= extra
        return shown

    def names(self, names: list[str]) -> Json:
        """Give the displayed names of fields."""
        return {name: self.vendor.state.fields[name].name for name in names}

    def schemas(self, names: list[str]) -> Json:
        """Give the schemas of fields."""
        return {name: schema for name in names if (schema := self.vendor.state.fields[name].schema)}

    def _changelog(self, session: Session, issue: Issue, most: int) -> Json:
        newest = issue.histories[::-1][:most]
        shown = [self.render.history(session, history) for history in newest]
        return {"startAt": 0, "maxResults": len(shown), "total": len(issue.histories), "histories": shown}

    def _rendered(self, session: Session, issue: Issue, names: list[str]) -> Json:
        rendered: Json = {}
        for name in names:
            field = self.vendor.state.fields[name]
            value = issue.values.get(name)
            if field.kind == "text":
                rendered[name] = value.html if value is not None else ""
            elif name in ("created", "updated"):
                rendered[name] = times.date_dto(getattr(issue, name), session.zone)["friendly"]
            else:
                rendered[name] = None
        return rendered

    # -- one field

    def field(self, session: Session, issue: Issue, name: str, *, single: bool = True) -> Any:
        """Give the value of a field."""
        if name == "comment":
            return self._comments(session, issue, single=single)
        if name in _SYSTEM:
            return _SYSTEM[name](self, session, issue)
        field = self.vendor.state.fields[name]
        value = issue.values.get(name)
        if value is None and field.kind not in ("sla", "feedback", "feedback_date", "approvals"):
            return [] if name in ("labels", "components", "fixVersions", "versions") else None
        return _KINDS[field.kind](self, session, issue, field, value)

    def _comments(self, session: Session, issue: Issue, *, single: bool) -> Json:
        shown = issue.comments if single or session.data_center else issue.comments[-EMBEDDED_COMMENTS:]
        return {
            "comments": [self.render.comment(session, issue, comment) for comment in shown],
            "self": self.render.url(session, f"issue/{issue.id}/comment"),
            "maxResults": len(shown),
            "total": len(issue.comments),
            "startAt": 0,
        }

    def request_type(self, session: Session, issue: Issue, number: str) -> Json:
        """Give the field Request Type."""
        desk = self.vendor.desk
        return {
            "_links": desk.request_links(session, issue),
            "requestType": desk.request_type(session, self.vendor.state.request_types[number]),
            "currentStatus": desk.current_status(session, issue),
        }


def _status(view: IssueView, session: Session, issue: Issue) -> Json:
    return view.render.status(session, view.vendor.state.statuses[issue.status])


def _watches(view: IssueView, session: Session, issue: Issue) -> Json:
    address = view.render.url(session, f"issue/{issue.key}/watchers")
    return {"self": address, "watchCount": len(issue.watchers), "isWatching": session.account_id in issue.watchers}


def _votes(view: IssueView, session: Session, issue: Issue) -> Json:
    address = view.render.url(session, f"issue/{issue.key}/votes")
    return {"self": address, "votes": len(issue.voters), "hasVoted": session.account_id in issue.voters}


def _worklogs(view: IssueView, session: Session, issue: Issue) -> Json:
    shown = [view.render.worklog(session, issue, worklog) for worklog in issue.worklogs[:20]]
    return {"startAt": 0, "maxResults": 20, "total": len(issue.worklogs), "worklogs": shown}


def _worked(issue: Issue) -> int:
    return sum(worklog.seconds for worklog in issue.worklogs)


def _progress(view: IssueView, session: Session, issue: Issue) -> Json:
    seconds = _worked(issue)
    return {"progress": seconds, "total": seconds, **({"percent": 100} if seconds else {})}


def _time(view: IssueView, session: Session, issue: Issue) -> Json:
    seconds = _worked(issue)
    if not seconds:
        return {}
    rest: Json = {"remainingEstimate": "0m", "timeSpent": times.worked(seconds)}
    return {**rest, "remainingEstimateSeconds": 0, "timeSpentSeconds": seconds}


def _links(view: IssueView, session: Session, issue: Issue) -> list[Json]:
    return [view.render.link(session, view.vendor.state.links[number], issue.id) for number in issue.links]


def _subtasks(view: IssueView, session: Session, issue: Issue) -> list[Json]:
    if view.vendor.state.types[issue.type_id].more["hierarchyLevel"] < 0:
        return []
    return [view.render.linked(session, child) for child in view.vendor.state.subtasks(issue)]


_SYSTEM: dict[str, Shown] = {
    "issuetype": lambda view, session, issue: view.render.issue_type(session, view.vendor.state.types[issue.type_id]),
    "project": lambda view, session, issue: view.render.project(session, view.vendor.state.projects[issue.project]),
    "status": _status,
    "statusCategory": lambda view, session, issue: _status(view, session, issue)["statusCategory"],
    "statuscategorychangedate": lambda view, session, issue: times.iso(issue.category_changed, session.zone),
    "resolutiondate": lambda view, session, issue: times.iso_or_none(issue.resolved, session.zone),
    "created": lambda view, session, issue: times.iso(issue.created, session.zone),
    "updated": lambda view, session, issue: times.iso(issue.updated, session.zone),
    "creator": lambda view, session, issue: view.render.person(session, issue.creator),
    "watches": _watches,
    "votes": _votes,
    "worklog": _worklogs,
    "timetracking": _time,
    **dict.fromkeys(("timespent", "aggregatetimespent"), lambda view, session, issue: _worked(issue) or None),
    **dict.fromkeys(("timeestimate", "aggregatetimeestimate"), lambda view, session, issue: 0 if _worked(issue) else None),
    **dict.fromkeys(("timeoriginalestimate", "aggregatetimeoriginalestimate"), lambda view, session, issue: None),
    **dict.fromkeys(("progress", "aggregateprogress"), _progress),
    "workratio": lambda view, session, issue: -1,
    "lastViewed": lambda view, session, issue: None,
    "issuerestriction": lambda view, session, issue: {"issuerestrictions": {}, "shouldDisplay": True},
    "issuelinks": _links,
    "subtasks": _subtasks,
    "attachment": lambda view, session, issue: [
        view.render.attachment(session, view.vendor.state.files[number]) for number in issue.files
    ],
}

Kind: TypeAlias = "Callable[[IssueView, Session, Issue, Field, Any], Any]"


def _options(view: IssueView, session: Session, field: Field, numbers: Iterable[str]) -> list[Json]:
    return [view.render.option(session, found) for number in numbers if (found := option_named(field, number))]


def _cascade(view: IssueView, session: Session, issue: Issue, field: Field, value: Any) -> Json:
    parent, *children = _options(view, session, field, value)
    return {**parent, "child": children[0]} if children else parent


def _named(what: str) -> Kind:
    def show(view: IssueView, session: Session, issue: Issue, field: Field, value: Any) -> Json | None:
        known = view.vendor.state.priorities if what == "priority" else view.vendor.state.resolutions
        render = view.render.priority if what == "priority" else view.render.resolution
        return render(session, known[value]) if value in known else None

    return show


def _organizations(view: IssueView, session: Session, issue: Issue, field: Field, value: Any) -> list[Json]:
    known = view.vendor.state.organizations
    return [view.vendor.desk.organization(session, known[number], dates=False) for number in value if number in known]


def _parent(view: IssueView, session: Session, issue: Issue, field: Field, value: Any) -> Json | None:
    parent = view.vendor.state.issues.get(value)
    return None if parent is None or parent.deleted else view.render.linked(session, parent)


def _feedback(view: IssueView, session: Session, issue: Issue, field: Field, value: Any) -> Any:
    given = issue.feedback
    if given is None:
        return None
    return {"rating": given["rating"]} if field.kind == "feedback" else times.iso(given["created"], session.zone)


def _as_it_is(view: IssueView, session: Session, issue: Issue, field: Field, value: Any) -> Any:
    return value


_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("string", "summary", "url", "number", "date", "labels", "raw"), _as_it_is),
    "text": lambda view, session, issue, field, value: value.shown(session.version),
    "datetime": lambda view, session, issue, field, value: times.iso(value, session.zone),
    "option": lambda view, session, issue, field, value: next(iter(_options(view, session, field, [value])), None),
    "options": lambda view, session, issue, field, value: _options(view, session, field, value),
    "cascade": _cascade,
    "user": lambda view, session, issue, field, value: view.render.person(session, value),
    "users": lambda view, session, issue, field, value: [view.render.person(session, item) for item in value],
    "group": lambda view, session, issue, field, value: view.render.group(session, value),
    "groups": lambda view, session, issue, field, value: [view.render.group(session, item) for item in value],
    "priority": _named("priority"),
    "resolution": _named("resolution"),
    "components": lambda view, session, issue, field, value: [
        view.render.component(session, found) for item in value if (found := view.vendor.state.component(item))
    ],
    "parent": _parent,
    "request_type": lambda view, session, issue, field, value: view.request_type(session, issue, value),
    "organizations": _organizations,
    "sla": lambda view, session, issue, field, value: (
        sla.shown(view.vendor, session, issue, sla.METRIC_OF_FIELD[field.id]) if view.vendor.desk.serves(issue) else None
    ),
    "feedback": _feedback,
    "feedback_date": _feedback,
    "approvals": lambda view, session, issue, field, value: (
        [view.vendor.desk.approval(session, issue, approval) for approval in issue.approvals] or None
    ),
}
