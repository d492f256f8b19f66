"""Links of an issue to others: parent, sub-tasks, problems, changes, duplicates.

Vendor facts:

- A link has a type with words for both ways, and names the other issue as ``inwardIssue`` or ``outwardIssue``. Default
  types: Blocks, Cloners, Duplicate, Relates, Problem/Incident, Post-Incident Reviews. [developer.atlassian.com, issue
  links; Atlassian support, linking issues] What an issue is, its own type tells best.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ...core.connector import Json
from ...core.shapes import as_list, as_object

REVIEW: Final = "post-incident review"


def links_of(fields: Json, page: Callable[[Any], str | None]) -> Json:
    """Give the links that an issue's fields tell, the address of a post-incident review, and what no kind fits.

    Args:
        fields: of the issue.
        page: gives the page of an issue by its key.
    """
    told = [name for name in ("parent", "subtasks", "issuelinks") if name in fields]
    if not told:
        return {}
    links: list[Json] = []
    parent = as_object(fields.get("parent"))
    if parent:
        links.append(_link("parent", parent, page))
    links += [_link("child", as_object(each), page) for each in as_list(fields.get("subtasks"))]
    found: Json = {}
    others: list[Any] = []
    for each in map(as_object, as_list(fields.get("issuelinks"))):
        other = as_object(each.get("outwardIssue") or each.get("inwardIssue"))
        kind = _kind(each, other)
        if kind == "review":
            found["review"] = page(other.get("key"))
        elif kind is None:
            others.append(each)
        else:
            links.append(_link(kind, other, page))
    if others:
        found["issuelinks"] = others
    return {**found, "links": links}


def _link(kind: str, issue: Json, page: Callable[[Any], str | None]) -> Json:
    link: Json = {"kind": kind, "id": str(issue.get("id") or issue.get("key")), "key": issue.get("key")}
    address = page(issue["key"]) if issue.get("key") else None
    return {**link, "url": address} if address else link


def _kind(link: Json, other: Json) -> str | None:
    named = str(as_object(link.get("type")).get("name")).casefold()
    what = str(as_object(as_object(other.get("fields")).get("issuetype")).get("name")).casefold()
    if not other:
        return None
    if REVIEW in named:
        return "review"
    if named == "duplicate":
        return "duplicate"
    return next((kind for kind in ("problem", "change") if kind in what), None)
