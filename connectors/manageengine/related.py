"""What a request is tied to: the request that it was linked to, its problem, the change that it began.

Vendor facts (manageengine.com, request associations; a recorded link): ``linked_to_request`` names the request that this
one hangs on; flags say whether there is a problem or a change, and a call for each tells which. That call is not in the
vendor's public pages of all builds, so where it does not exist the tie is not told.
"""

from __future__ import annotations

from typing import Any, Final

from ...core.connector import Json
from ...core.errors import ForbiddenError, RecordError
from ...core.shapes import as_object
from .calls import Calls

TIES: Final = (
    ("problem", "has_problem", "/problem", "request_problem_association", "problem"),
    ("change", "has_request_initiated_change", "/request_initiated_change", "request_initiated_change", "change"),
)
"""Kind of link, the flag that there is one, path, envelope, key of the other record."""


def links_of(calls: Calls, row: Json) -> list[Json]:
    """Give the links of a request, as documents hold them."""
    found: list[Json] = []
    parent = as_object(row.get("linked_to_request"))
    if parent.get("id"):
        found.append(_link("parent", parent))
    for kind, flag, path, envelope, key in TIES:
        if row.get(flag) is True:
            other = as_object(_tie(calls, f"/requests/{{id}}{path}", str(row["id"]), envelope).get(key))
            found += [_link(kind, other)] if other.get("id") else []
    return found


def _tie(calls: Calls, path: str, request_id: str, envelope: str) -> Json:
    try:
        reply: Any = calls.read(path, id=request_id)
    except (RecordError, ForbiddenError):
        return {}
    return as_object(as_object(reply).get(envelope))


def _link(kind: str, other: Json) -> Json:
    shown = other.get("display_id")
    return {"kind": kind, "id": str(other["id"]), **({"key": str(shown)} if shown else {})}
