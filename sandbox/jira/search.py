"""Finding issues: ``/search/jql`` with tokens, the older ``/search`` of Data Center, counting, parsing.

The index follows writes late where the fault profile says so: an issue written within the lag is not found, unless
``reconcileIssues`` names it. Pages ordered by ``updated`` go on behind the last issue's moment and id, as the index of the
vendor does, so an issue that is updated meanwhile comes again at the end.
Source: developer.atlassian.com, "Issue search", "Search and reconcile"; recorded pages.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .auth import Session
from .errors import bad_query, platform
from .issue_view import NAVIGABLE
from .jql import Search
from .jql_parse import JqlError, parse
from .jql_view import structure
from .jsons import Json, as_dict, as_int, as_list, as_strings
from .records import Issue

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
MOST, MOST_IDS = 100, 5000
MOST_RECONCILED = 50
DATA_CENTER_MOST = 1000
TOKEN_LIFE = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for."""

    jql: str
    most: int
    token: str | None
    fields: list[str]
    expand: str
    properties: list[str]
    reconcile: frozenset[int]


def make(vendor: Jira, session: Session, text: str, *, bounded: bool = True) -> Search:
    """Give a search.

    Raises:
        RefusedError: 400.
    """
    try:
        return Search(vendor, session, text, bounded=bounded)
    except JqlError as error:
        raise bad_query(str(error)) from None


def visible(
    vendor: Jira, search: Search, reconcile: frozenset[int] = frozenset(), after: tuple[int, int] | None = None
) -> Iterator[Issue]:
    """Give the issues that a query finds, in its order.

    Args:
        vendor: the site.
        search: the query.
        reconcile: ids that are found however late the index is.
        after: where a walk by ``updated`` goes on, as (updated, id).
    """
    if not search.session.is_licensed:
        return iter(())
    lag = int(vendor.faults.index_lag * 1000)
    horizon = vendor.now() - lag

    def there(issue: Issue) -> bool:
        return (not lag or issue.written <= horizon or issue.id in reconcile) and search.where(issue)

    if _by_updated(search):
        start = max(after or (0, 0), (search.floor, -1))
        return (issue for issue in _walk(vendor, start) if there(issue))
    return iter(_sorted(search, [issue for issue in _bounded(vendor, search) if there(issue)]))


def _by_updated(search: Search) -> bool:
    names = [(field.name, descending) for field, descending in search.orders]
    return names in ([("updated", False)], [("updated", False), ("id", False)])


def _walk(vendor: Jira, after: tuple[int, int]) -> Iterator[Issue]:
    state = vendor.state
    at = bisect_right(state.by_updated, after)
    return (state.issues[number] for _, number in islice(state.by_updated, at, None))


def _bounded(vendor: Jira, search: Search) -> Iterator[Issue]:
    return _walk(vendor, (search.floor, -1)) if search.floor else vendor.state.living()


def _sorted(search: Search, issues: list[Issue]) -> list[Issue]:
    issues.sort(key=lambda issue: issue.id, reverse=not search.orders)
    for field, descending in reversed(search.orders):

        def rank(issue: Issue, field: Any = field) -> tuple[bool, Any]:
            values = field.values(issue)
            return (bool(values), field.rank(values[0])) if values else (False, 0)

        issues.sort(key=rank, reverse=descending)
    return issues


# -- the new search


@routes.get("/rest/api/3/search/jql")
@routes.post("/rest/api/3/search/jql", writes=False)
def search_jql(vendor: Jira, call: Call) -> Response:
    """Give one page of what a query finds."""
    session: Session = call.account
    asked = _asked(call)
    search = make(vendor, session, asked.jql)
    offset, after = _resume(vendor, asked)
    found = visible(vendor, search, asked.reconcile, after)
    page = list(islice(found, offset, offset + asked.most + 1))
    shown, more = page[: asked.most], len(page) > asked.most
    names = vendor.view.selected(asked.fields)
    bare = asked.fields in ([], ["id"])
    issues_shown: list[Json] = [
        {"id": str(issue.id)} if bare else vendor.view.found(session, issue, names, asked.expand, asked.properties)
        for issue in shown
    ]
    body: Json = {"issues": issues_shown}
    if more:
        last = shown[-1]
        place: Json = {"a": [last.updated, last.id]} if _by_updated(search) else {"o": offset + asked.most}
        body["nextPageToken"] = _token({**place, "q": _digest(asked.jql), "t": vendor.now()})
    body["isLast"] = not more
    if "names" in asked.expand and not bare:
        body["names"] = vendor.view.names(names)
    if "schema" in asked.expand and not bare:
        body["schema"] = vendor.view.schemas(names)
    return reply(body)


def _asked(call: Call) -> Asked:
    given: Any = call.request.args
    if call.request.method == "POST":
        given = as_dict(call.json())
    fields = as_strings(given.get("fields"))
    bare = set(fields) <= {"id", "key", "issuekey"}
    most = as_int(given.get("maxResults"), 50)
    if most < 0:
        raise bad_query("The value for 'maxResults' must not be negative.")
    reconcile = [as_int(item, 0) for item in as_strings(given.get("reconcileIssues"))]
    if len(reconcile) > MOST_RECONCILED:
        raise bad_query(f"The number of issues to reconcile must not exceed {MOST_RECONCILED}.")
    return Asked(
        str(given.get("jql") or ""),
        max(1, min(most, MOST_IDS if bare else MOST)),
        given.get("nextPageToken") or None,
        fields,
        ",".join(as_strings(given.get("expand"))),
        as_strings(given.get("properties")),
        frozenset(reconcile),
    )


def _digest(jql: str) -> str:
    return hashlib.sha256(jql.encode()).hexdigest()[:12]


def _token(place: Json) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def _resume(vendor: Jira, asked: Asked) -> tuple[int, tuple[int, int] | None]:
    """Give where a page begins: an offset, or behind which (updated, id)."""
    if asked.token is None:
        return 0, None
    try:
        place = as_dict(orjson.loads(base64.urlsafe_b64decode(asked.token + "=" * (-len(asked.token) % 4))))
    except ValueError:
        raise bad_query("The provided next page token is invalid.") from None
    if place.get("q") != _digest(asked.jql) or vendor.now() - as_int(place.get("t"), 0) > TOKEN_LIFE:
        raise bad_query("The provided next page token is invalid or expired.")
    after = as_list(place.get("a"))
    return as_int(place.get("o"), 0), (int(after[0]), int(after[1])) if after else None


@routes.post("/rest/api/3/search/approximate-count", writes=False)
def approximate_count(vendor: Jira, call: Call) -> Response:
    """Count what a query finds."""
    search = make(vendor, call.account, str(as_dict(call.json()).get("jql") or ""))
    return reply({"count": sum(1 for _ in visible(vendor, search))})


# -- the older search


@routes.get("/rest/api/3/search")
@routes.post("/rest/api/3/search", writes=False)
def search_older(vendor: Jira, call: Call) -> Response:
    """Give one page of what a query finds, in the manner of Data Center."""
    session: Session = call.account
    given: Any = call.request.args
    if call.request.method == "POST":
        given = as_dict(call.json())
    search = make(vendor, session, str(given.get("jql") or ""), bounded=False)
    start, most = max(0, as_int(given.get("startAt"), 0)), as_int(given.get("maxResults"), 50)
    if most < 0:
        raise platform(400, "The value for 'maxResults' must not be negative.")
    size = min(most, DATA_CENTER_MOST)
    found = list(visible(vendor, search))
    names = vendor.view.selected(as_strings(given.get("fields")) or [NAVIGABLE])
    expand = ",".join(as_strings(given.get("expand")))
    shown = [vendor.view.found(session, issue, names, expand) for issue in found[start : start + size]]
    body: Json = {"expand": "schema,names", "startAt": start, "maxResults": size, "total": len(found), "issues": shown}
    if "names" in expand:
        body["names"] = vendor.view.names(names)
    return reply(body)


# -- queries themselves


@routes.post("/rest/api/3/jql/parse", writes=False)
def parse_queries(vendor: Jira, call: Call) -> Response:
    """Parse queries; with ``validation=strict`` fields and values have to be known, too."""
    strict = call.request.args.get("validation", "strict") == "strict"
    results: list[Json] = []
    for text in as_strings(as_list(as_dict(call.json()).get("queries"))):
        result: Json = {"query": text}
        try:
            query = Search(vendor, call.account, text, bounded=False).query if strict else parse(text)
            result["structure"] = structure(query)
        except JqlError as error:
            result["errors"] = [str(error)]
        results.append(result)
    return reply({"queries": results})


@routes.post("/rest/api/3/jql/match", writes=False)
def match(vendor: Jira, call: Call) -> Response:
    """Tell which of some issues some queries find."""
    sent = as_dict(call.json())
    numbers = [as_int(item, 0) for item in as_list(sent.get("issueIds"))]
    matches: list[Json] = []
    for text in as_strings(as_list(sent.get("jqls"))):
        try:
            search = Search(vendor, call.account, text)
        except JqlError as error:
            matches.append({"matchedIssues": [], "errors": [str(error)]})
            continue
        living = (issue for number in numbers if (issue := vendor.state.issue_named(number)))
        matches.append({"matchedIssues": [issue.id for issue in living if search.where(issue)], "errors": []})
    return reply({"matches": matches})
