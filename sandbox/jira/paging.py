"""Paging: the platform's pages (``startAt``, ``total``, ``isLast``) and the service desk's (``start``, ``isLastPage``).

Source: developer.atlassian.com, platform "Pagination" and service desk "Pagination"; recorded pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ..vendor import Call, reply
from .auth import Session, inner_path
from .errors import platform
from .jsons import Json, as_int

T = TypeVar("T")
DESK_MOST = 100


def window(call: Call, default: int, most: int) -> tuple[int, int]:
    """Give ``startAt`` and ``maxResults`` of a request; beyond the most the server gives fewer."""
    start = max(0, as_int(call.request.args.get("startAt"), 0))
    size = as_int(call.request.args.get("maxResults"), default)
    if size < 0:
        raise platform(400, "Parameter 'maxResults' must not be negative")
    return start, min(size, most)


def page(call: Call, items: Sequence[T], show: Callable[[T], Any], *, default: int = 50, most: int = 50) -> Json:
    """Give a page of the platform."""
    start, size = window(call, default, most)
    shown = items[start : start + size]
    last = start + size >= len(items)
    body: Json = {"maxResults": size, "startAt": start, "total": len(items), "isLast": last}
    return {**body, "values": [show(item) for item in shown]}


def linked(call: Call, body: Json) -> Json:
    """Put the addresses of a page and of the next one into it."""
    session: Session = call.account
    path = session.base + _own_path(call)
    others = {key: value for key, value in call.request.args.items() if key not in ("startAt", "maxResults")}

    def at(start: int) -> str:
        return f"{path}?{urlencode({**others, 'maxResults': body['maxResults'], 'startAt': start})}"

    links: Json = {"self": at(body["startAt"])}
    if not body["isLast"]:
        links["nextPage"] = at(body["startAt"] + body["maxResults"])
    return {**links, **body}


def _own_path(call: Call) -> str:
    session: Session = call.account
    return inner_path(call.request.path).replace("/rest/api/3", f"/rest/api/{session.version}", 1)


def desk_page(call: Call, items: Sequence[T], show: Callable[[T], Any], *, expands: Sequence[str] = ()) -> Response:
    """Give a page of the service desk API."""
    return reply(desk_body(call, items, show, expands=expands))


def desk_body(
    call: Call, items: Sequence[T], show: Callable[[T], Any], *, expands: Sequence[str] = (), whole: bool = False
) -> Json:
    """Give the body of a page of the service desk API; ``whole``: the first page, whatever the request asks."""
    given: Json = {} if whole else call.request.args.to_dict()
    start = max(0, as_int(given.get("start"), 0))
    limit = min(max(1, as_int(given.get("limit"), 50)), DESK_MOST)
    shown = [show(item) for item in items[start : start + limit]]
    session: Session = call.account
    base = f"{session.base}/rest/servicedeskapi"
    others = {key: value for key, value in given.items() if key not in ("start", "limit")}

    def at(place: int) -> str:
        return f"{session.base}{inner_path(call.request.path)}?{urlencode({**others, 'start': place, 'limit': limit})}"

    links: Json = {"base": base, "context": "", "self": at(start)}
    last = start + limit >= len(items)
    if not last:
        links["next"] = at(start + limit)
    if start:
        links["prev"] = at(max(0, start - limit))
    body: Json = {"_expands": list(expands), "size": len(shown), "start": start, "limit": limit, "isLastPage": last}
    return {**body, "_links": links, "values": shown}
