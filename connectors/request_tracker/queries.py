"""Build TicketSQL and TransactionSQL, with every value quoted and every time in the account's own zone.

Vendor facts (measured on 5.0.3):

- A value stands in single quotes; a backslash escapes a quote and itself. [docs.bestpractical.com, query builder]
- Times have whole seconds and are read in the zone of the account, else of the site. ``T`` and ``Z`` are misread, an offset
  is taken or not as the zone pleases, and what cannot be read counts as 1970, without an error.
- A custom field that does not exist matches nothing, without an error. Deleted and merged tickets are found by no search.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from ...core.connector import Scope

EVERYTHING: Final = "id > 0"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "'": "\\'"})
_HOUR: Final = timedelta(hours=1)


def quoted(value: str) -> str:
    """Give a value as one quoted word, from which nothing can break out; control characters become blanks."""
    plain = "".join(character if character.isprintable() else " " for character in value)
    return f"'{plain.translate(_ESCAPES)}'"


def moment(value: datetime, zone: tzinfo) -> str:
    """Give a moment as a quoted literal of the account's zone, never later than it is.

    In the hour that a zone lives twice nobody can say which is meant: the literal is an hour earlier then.
    """
    local = value.astimezone(zone)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        local = (value.astimezone(UTC) - _HOUR).astimezone(zone)
    return f"'{local:%Y-%m-%d %H:%M:%S}'"


def any_of(field: str, values: Iterable[str]) -> str:
    """Give the condition that a field is one of some values; false where there are none."""
    terms = [f"{field} = {quoted(value)}" for value in values]
    return f"({' OR '.join(terms)})" if terms else "id = 0"


def numbered(field: str, ids: Iterable[str]) -> str:
    """Give the condition that a field is one of some numbers."""
    return f"({' OR '.join(f'{field} = {int(each)}' for each in ids)})"


def custom_field(name: str, value: str) -> str:
    """Give the condition that a custom field holds a value; RT quotes neither brace nor quote in a field's name."""
    return f"'CF.{{{name}}}' = {quoted(value)}"


def in_scope(scope: Scope, zone: tzinfo) -> list[str]:
    """Give the conditions that narrow a search to a scope, as far as RT can tell; ``native`` as it is."""
    terms: list[str] = []
    if scope.group:
        terms.append(any_of("Queue", scope.group))
    if scope.key:
        terms.append(numbered("id", [key for key in scope.key if key.isascii() and key.isdigit()] or ["0"]))
    if scope.opened_after:
        terms.append(f"Created >= {moment(scope.opened_after, zone)}")
    if scope.updated_after:
        terms.append(f"LastUpdated >= {moment(scope.updated_after, zone)}")
    if scope.native:
        terms.append(f"({scope.native})")
    return terms


def together(terms: Iterable[str]) -> str:
    """Join conditions that must all hold."""
    return " AND ".join(terms) or EVERYTHING
