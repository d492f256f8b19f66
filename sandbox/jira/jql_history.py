"""WAS and CHANGED: what the changelog tells of a field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .records import Issue

if TYPE_CHECKING:
    from .jql_fields import JqlField

DAY = 86_400_000
Predicates = Mapping[str, tuple[Any, ...]]


def _changes(field: JqlField, issue: Issue) -> Iterator[tuple[int, str, Any, Any]]:
    """Give (when, who, from, to) of each change of a field."""
    for history in issue.histories:
        for item in history.items:
            if item.get("fieldId", item["field"]) == field.history:
                yield history.created, history.author, item["from"], item["to"]


def _within(predicates: Predicates, start: int, end: int | None) -> bool:
    """Tell whether the time from ``start`` to ``end`` touches what the predicates of time ask for."""
    last = float("inf") if end is None else end
    if "after" in predicates and last <= predicates["after"][0]:
        return False
    if "before" in predicates and start >= predicates["before"][0]:
        return False
    if "on" in predicates and not (start < predicates["on"][0] + DAY and last >= predicates["on"][0]):
        return False
    during = predicates.get("during", ())
    return len(during) != 2 or (start <= during[1] and last >= during[0])


def changed(field: JqlField, issue: Issue, predicates: Predicates) -> bool:
    """Tell whether a field was changed as the predicates say."""
    return any(
        _within(predicates, when, when + 1)
        and ("by" not in predicates or who in predicates["by"])
        and ("from" not in predicates or before in predicates["from"])
        and ("to" not in predicates or after in predicates["to"])
        for when, who, before, after in _changes(field, issue)
    )


def was(field: JqlField, issue: Issue, wanted: set[Any], predicates: Predicates) -> bool:
    """Tell whether a field ever had one of the values, within the time and by whom the predicates say."""
    changes = list(_changes(field, issue))
    present = field.values(issue)
    value = changes[0][2] if changes else present[0] if present else None
    start, who = issue.created, issue.creator
    for when, by, _, after in [*changes, (None, "", None, None)]:
        held = value in wanted and _within(predicates, start, when)
        if held and ("by" not in predicates or who in predicates["by"]):
            return True
        value, start, who = after, when or 0, by
    return False
