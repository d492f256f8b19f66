r"""Build JQL, with every value quoted and every moment in the zone in which the site reads it.

Vendor facts:

- A value is quoted with ``"``; within it ``"`` and ``\`` are escaped with a backslash, and control characters are written
  ``\n``, ``\r``, ``\t`` or ``\uXXXX``. Custom fields are named ``cf[10001]``. [Atlassian support, JQL]
- ``id > 10502`` finds what is behind that issue in its own project, and nothing once it is gone. [Jira's clause for ids]
- A moment is ``"yyyy-MM-dd HH:mm"``: whole minutes, without a zone, read in the time zone of the caller's profile.
  [Atlassian support, JQL fields] Which of two moments a local time means that occurs twice is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from ...core.connector import Scope

HOUR: Final = timedelta(hours=1)
FARTHEST: Final = timedelta(hours=14)
"""No zone is farther from UTC."""
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
CATEGORIES: Final = {
    "new": ("new", "indeterminate"),
    "in_progress": ("new", "indeterminate"),
    "pending": ("new", "indeterminate"),
    "resolved": ("done",),
    "closed": ("done",),
    "canceled": ("done",),
}
"""Status of the normalized model -> keys of the categories in which it may be."""
CATEGORY_IDS: Final = {"new": "2", "indeterminate": "4", "done": "3"}
"""Ids of the categories: their names are translated."""


def quoted(value: str) -> str:
    """Give a value as one quoted literal, from which nothing can break out."""
    return '"' + "".join(_escaped(each) for each in value) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\u{ord(character):04x}" if ord(character) < 32 or ord(character) == 127 else character


def one_of(field: str, values: Iterable[str]) -> str:
    """Ask for one of some values of a field."""
    return f"{field} in ({', '.join(map(quoted, values))})"


def local_minute(moment: datetime, zone: tzinfo | None) -> str:
    """Give the latest literal that surely means no later moment, in whichever way the site reads it.

    Args:
        moment: the earliest moment that may not be missed.
        zone: the zone of the caller's profile; None where we do not know it.
    """
    if zone is None:
        return f"{moment.astimezone(UTC) - FARTHEST:%Y-%m-%d %H:%M}"
    wall = moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0, fold=0)
    while any(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) > moment for fold in (0, 1)):
        wall -= HOUR
    return f"{wall:%Y-%m-%d %H:%M}"


def at_least(field: str, moment: datetime, zone: tzinfo | None) -> str:
    """Ask for what a field of times says is not before a moment; some minutes earlier may come as well."""
    return f"{field} >= {quoted(local_minute(moment, zone))}"


def before(field: str, moment: datetime, zone: tzinfo | None) -> str:
    """Ask for what a field of times says is before a moment; some later may come as well."""
    wall = datetime.fromisoformat(local_minute(moment, zone)) + (2 * HOUR if zone else 2 * FARTHEST)
    return f"{field} < {quoted(f'{wall:%Y-%m-%d %H:%M}')}"


def behind(record_id: int) -> str:
    """Ask for issues of one project behind one of them that exists; 0 asks for all."""
    return f"id > {record_id}" if record_id else ""


def phrase(value: str) -> str:
    """Give a text as one phrase of a text search: it is found as it stands, word by word."""
    return quoted(quoted(value))


def joined(*clauses: str) -> str:
    """Ask for all of some conditions at once."""
    return " AND ".join(clause for clause in clauses if clause)


def projects(keys: Sequence[str]) -> str:
    """Ask for the issues of some projects; ``*`` stands for all."""
    return "project is not EMPTY" if "*" in keys else one_of("project", keys)


def lasting(scope: Scope, zone: tzinfo | None) -> str:
    """Give the conditions of a scope that a ticket cannot leave, and the vendor's own query."""
    return joined(
        one_of("key", scope.key) if scope.key else "",
        at_least("created", scope.opened_after, zone) if scope.opened_after else "",
        at_least("updated", scope.updated_after, zone) if scope.updated_after else "",
        f"({scope.native})" if scope.native else "",
    )


def present(scope: Scope, zone: tzinfo | None, group_field: str | None) -> str:
    """Give all conditions of a scope that the site can judge."""
    categories = {CATEGORY_IDS[key] for status in scope.status for key in CATEGORIES.get(status, ())}
    return joined(
        lasting(scope, zone),
        one_of("statusCategory", sorted(categories)) if categories else "",
        one_of("labels", scope.label) if scope.label else "",
        one_of(clause(group_field), scope.group) if scope.group and group_field else "",
    )


def clause(field_id: str) -> str:
    """Give the name of a field in a query."""
    number = field_id.removeprefix("customfield_")
    return f"cf[{number}]" if number.isascii() and number.isdigit() else field_id
