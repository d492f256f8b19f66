"""Build queries of the filter language, with every value quoted.

Vendor facts (api.freshservice.com, filter tickets, search assets):

- ``field:value`` is equality, ``field:>value`` at least, ``field:<value`` at most; texts and dates stand in single quotes,
  numbers do not; ``AND``, ``OR`` and brackets join. The whole stands in double quotes, with at most 512 characters within.
- A date is safest as a day. How a quote within a text is written is told nowhere, so a text with one cannot be asked for.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from ...core.errors import ConfigError

LONGEST: Final = 512
_UNASKABLE = re.compile(r"['\"\\\x00-\x1f\x7f]")
_TOKEN = re.compile(r"'[^'\"\\\x00-\x1f\x7f]*'|[()]|[^'\"\\()\x00-\x1f\x7f]+")


class UnsafeValueError(ValueError):
    """A value that a query cannot hold."""


def quoted(value: str) -> str:
    """Give a text as one quoted term.

    Raises:
        UnsafeValueError: it holds a character that would end the quotes, or none at all.
    """
    if not value or _UNASKABLE.search(value):
        raise UnsafeValueError(value)
    return f"'{value}'"


def is_askable(value: str) -> bool:
    """Tell whether a query can hold a text."""
    return bool(value) and not _UNASKABLE.search(value)


def equals(field: str, value: str | int) -> str:
    """Give the condition that a field has a value."""
    return f"{field}:{value if isinstance(value, int) else quoted(value)}"


def since(field: str, day: date) -> str:
    """Give the condition that a time lies on a day or later."""
    return f"{field}:>'{day.isoformat()}'"


def until(field: str, day: date) -> str:
    """Give the condition that a time lies on a day or before."""
    return f"{field}:<'{day.isoformat()}'"


def both(*conditions: str) -> str:
    """Join conditions that must all hold; empty ones are left out."""
    return " AND ".join(condition for condition in conditions if condition)


def either(*conditions: str) -> str:
    """Join conditions of which one must hold."""
    return f"({' OR '.join(conditions)})"


def native(query: str, connection: str) -> str:
    """Give a query of the user's own as one condition, from which nothing breaks out.

    Raises:
        ConfigError: its quotes or brackets do not close.
    """
    inner = query.strip().removeprefix('"').removesuffix('"').strip()
    depth, place = 0, 0
    while place < len(inner):
        token = _TOKEN.match(inner, place)
        if token is None:
            break
        depth += (token[0] == "(") - (token[0] == ")")
        place = token.end()
        if depth < 0:
            break
    if not inner or depth or place < len(inner):
        raise ConfigError(f"connection {connection}: scope 'native' is no query of Freshservice's filter: {query}")
    return f"({inner})"


def whole(condition: str, connection: str) -> str:
    """Give a query as a request carries it.

    Raises:
        ConfigError: it is longer than Freshservice takes.
    """
    if len(condition) > LONGEST:
        raise ConfigError(f"connection {connection}: the scope makes a query of over {LONGEST} characters; narrow it less")
    return f'"{condition}"'
