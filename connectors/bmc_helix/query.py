"""Qualifications, built so that no value can change their meaning.

Vendor facts (docs.bmc.com, AR System, building qualifications; REST API, URL parameters):

- Field names stand in single quotes, text in double quotes; a quote inside is doubled. ``=`` knows no wildcards.
- ``$NULL$``, ``$USER$`` and other keywords stand without quotes. Numbers as well; a whole number compared with a time is
  seconds since 1970. Some servers read times only as quoted text, in the form that they write them.
- AND binds tighter than OR; parentheses group. An unknown field or a syntax error is refused, never ignored.
- Whether the database compares text with regard to case depends on the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ...core.errors import ConfigError

Row = Mapping[str, Any]
Literal = Callable[[datetime], str]
"""How a server reads times in a qualification."""

MYSELF: Final = "$USER$"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_KEYWORD = re.compile(r"\$[A-Za-z]+\$")
_QUOTED = re.compile(r'"(?:[^"]|"")*"' + r"|'(?:[^']|'')*'")


class UnsafeValueError(ValueError):
    """A value that a qualification cannot carry."""


def field(name: str) -> str:
    """Give a field's name as a qualification carries it.

    Raises:
        UnsafeValueError: it holds a control character, or nothing.
    """
    if not name or _CONTROL.search(name):
        raise UnsafeValueError("a field name that a qualification cannot carry")
    return "'" + name.replace("'", "''") + "'"


def text(value: str) -> str:
    """Give a text as a qualification carries it.

    Raises:
        UnsafeValueError: it holds a control character, or is a keyword or empty, which would mean something else.
    """
    if not value or _CONTROL.search(value) or _KEYWORD.fullmatch(value):
        raise UnsafeValueError("a value that a qualification cannot carry")
    return '"' + value.replace('"', '""') + '"'


def is_askable(value: str) -> bool:
    """Tell whether a text can stand in a qualification."""
    try:
        text(value)
    except UnsafeValueError:
        return False
    return True


# -- times


def epoch(moment: datetime) -> str:
    """Give a moment as seconds since 1970."""
    return str(int(moment.timestamp()))


def quoted_time(moment: datetime) -> str:
    """Give a moment as quoted text, in the form that the server writes."""
    return f'"{stamp(moment)}"'


def stamp(moment: datetime) -> str:
    """Give a moment as entries hold it: ``2022-06-21T16:23:14.000+0000``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000+0000"


def parse_stamp(value: str) -> datetime:
    """Give the moment of an entry's time.

    Raises:
        ValueError: it is none.
    """
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


# -- conditions


def equals(name: str, value: str) -> str:
    """The field has this value."""
    return f"{field(name)} = {text(value)}"


def beyond(name: str, value: str) -> str:
    """The field sorts after this value."""
    return f"{field(name)} > {text(value)}"


def one_of(name: str, values: Iterable[str]) -> str:
    """The field has one of these values.

    Raises:
        UnsafeValueError: there is none, or one cannot be asked for.
    """
    return either(*(equals(name, value) for value in values))


def either(*conditions: str) -> str:
    """At least one of some conditions."""
    if not conditions:
        raise UnsafeValueError("a choice of nothing")
    return f"({' OR '.join(conditions)})"


def both(*conditions: str) -> str:
    """All of some conditions; the empty ones say nothing."""
    return " AND ".join(condition for condition in conditions if condition)


def native(qualification: str, connection: str) -> str:
    """Give a user's own qualification so that it can be joined to others.

    Raises:
        ConfigError: its quotes or parentheses do not match, so joining it would change its meaning.
    """
    bare = _QUOTED.sub("", qualification)
    depth = 0
    for sign in bare:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            break
    if depth or not bare.strip() or re.search(r"[\"'\x00-\x1f]", bare):
        raise ConfigError(
            f"connection {connection}: scope 'native' is no qualification that can be used here: "
            f"'{qualification[:80]}'; write conditions like 'Company' = \"Acme\" joined by AND and OR"
        )
    return f"({qualification})"


# -- keysets


@dataclass(frozen=True, slots=True)
class Keyset:
    """An order by a time, if there is one, and an id; a page begins after the last row of the one before."""

    id: str
    time: str | None = None

    @property
    def sort(self) -> str:
        """The order, as the parameter ``sort`` takes it."""
        return ",".join(f"{name}.asc" for name in (self.time, self.id) if name)

    def after(self, row: Row, literal: Literal) -> str:
        """Give the condition of the rest after a row."""
        later_id = beyond(self.id, str(row[self.id]))
        if self.time is None:
            return later_id
        moment = literal(parse_stamp(str(row[self.time])))
        name = field(self.time)
        return either(f"{name} > {moment}", both(f"{name} = {moment}", later_id))
