"""Encoded queries, built so that no value can change their meaning and no dropped condition can widen their result.

Vendor facts (ServiceNow documentation, encoded query strings; Table API):

- ``a=1^b=2^ORb=3`` means ``a=1 AND (b=2 OR b=3)``; ``^NQ`` begins a fresh alternative that inherits nothing, so every
  alternative carries all conditions. ``^EQ`` ends a query copied from a list; ``^ORDERBY`` may repeat.
- There is no documented escape for ``^`` in a value, nor for a comma in a list: such a value is refused.
- A value that begins with ``javascript:`` is evaluated by the server; ``NULL`` and an empty value mean "is empty".
- A condition on an unknown field or with an unknown operator is dropped silently and the rest runs. So each condition
  knows how to tell whether a row satisfies it (:meth:`Query.check`).
- Times in conditions are UTC text, ``YYYY-MM-DD HH:MM:SS``; the database compares text without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ...core.errors import ConfigError, UnexpectedReplyError

Row = Mapping[str, Any]

_FIELD = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TRUTH = {"1": "true", "0": "false"}
_WHOLE_SPANS = ("RLQUERY", "ENDRLQUERY", "SUBQUERY", "ENDSUBQUERY", "JOIN", "ENDJOIN")
"""Parts of a query that span several terms and cannot be taken apart."""


class UnsafeValueError(ValueError):
    """A value that an encoded query cannot carry."""


def literal(value: str) -> str:
    """Give a value as a condition carries it, which is as it is.

    Raises:
        UnsafeValueError: the value would change the query's meaning.
    """
    if (
        not value
        or value != value.strip()
        or "^" in value
        or _CONTROL.search(value)
        or value.lower().startswith("javascript:")
        or value == "NULL"
        or value[0] in "=<>!*%@"
    ):
        raise UnsafeValueError("a value that a ServiceNow query cannot carry")
    return value


def is_listable(value: str) -> bool:
    """Tell whether a value can stand in a list."""
    try:
        literal(value)
    except UnsafeValueError:
        return False
    return "," not in value


def stamp(moment: datetime) -> str:
    """Give a moment as queries and rows hold it: UTC, in seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def parse_stamp(text: str) -> datetime:
    """Give the moment of a stored date-time.

    Raises:
        ValueError: it is none.
    """
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, or several joined by OR: its text, its fields, and whether a row satisfies it."""

    text: str
    fields: tuple[str, ...]
    holds: Callable[[Row], bool]


def _checked(field: str) -> str:
    if not _FIELD.fullmatch(field):
        raise UnsafeValueError(f"'{field}' is no field name")
    return field


def _held(row: Row, field: str) -> str:
    return str(row.get(field) or "")


def equals(field: str, value: str) -> Condition:
    """The field has this value; letters count without case."""
    wanted = value.lower()
    return Condition(f"{_checked(field)}={literal(value)}", (field,), lambda row: _held(row, field).lower() == wanted)


def differs(field: str, value: str) -> Condition:
    """The field has another value, or none."""
    unwanted = value.lower()
    return Condition(f"{_checked(field)}!={literal(value)}", (field,), lambda row: _held(row, field).lower() != unwanted)


def one_of(field: str, values: Iterable[str]) -> Condition:
    """The field has one of these values; letters count without case.

    Raises:
        UnsafeValueError: a value cannot stand in a list, or there is none.
    """
    listed = list(values)
    if not listed or not all(is_listable(value) for value in listed):
        raise UnsafeValueError("a list that a ServiceNow query cannot carry")
    wanted = {value.lower() for value in listed}
    return Condition(f"{_checked(field)}IN{','.join(listed)}", (field,), lambda row: _held(row, field).lower() in wanted)


def at_least(field: str, moment: datetime) -> Condition:
    """The time is this one or later."""
    text = stamp(moment)
    return Condition(f"{_checked(field)}>={text}", (field,), lambda row: _held(row, field) >= text)


def later_than(field: str, moment: datetime) -> Condition:
    """The time is later than this one, in seconds."""
    text = stamp(moment)
    return Condition(f"{_checked(field)}>{text}", (field,), lambda row: _held(row, field) > text)


def at_most(field: str, moment: datetime) -> Condition:
    """The time is this one or earlier."""
    text = stamp(moment)
    return Condition(f"{_checked(field)}<={text}", (field,), lambda row: "" < _held(row, field) <= text)


def id_beyond(field: str, value: str) -> Condition:
    """The id sorts after this one. Rows are checked for having left it behind, since only the database knows its order."""
    return Condition(f"{_checked(field)}>{literal(value)}", (field,), lambda row: _held(row, field) != value)


def either(first: Condition, *others: Condition) -> Condition:
    """At least one of some conditions."""
    every = (first, *others)
    return Condition(
        "^OR".join(condition.text for condition in every),
        tuple(field for condition in every for field in condition.fields),
        lambda row: any(condition.holds(row) for condition in every),
    )


@dataclass(frozen=True, slots=True)
class Query:
    """Alternatives of conditions, and an order."""

    alternatives: tuple[tuple[Condition, ...], ...] = ((),)
    order: tuple[str, ...] = ()

    def where(self, *conditions: Condition) -> Query:
        """Add conditions to every alternative."""
        return replace(self, alternatives=tuple((*each, *conditions) for each in self.alternatives))

    def union(self, *queries: Query) -> Query:
        """Give what this query or one of the others gives, in this one's order."""
        return replace(self, alternatives=tuple(each for query in (self, *queries) for each in query.alternatives))

    def within(self, other: Query) -> Query:
        """Give what both queries give, in this one's order."""
        return replace(
            self,
            alternatives=tuple((*theirs, *mine) for mine in self.alternatives for theirs in other.alternatives),
        )

    def ordered(self, *fields: str) -> Query:
        """Set the order."""
        return replace(self, order=tuple(_checked(field) for field in fields))

    def beyond(self, row: Row) -> Query:
        """Give the rest of this query after a row of its result: a keyset on the one or two fields of its order."""
        *leading, key = self.order
        if not leading:
            return self.where(id_beyond(key, _held(row, key)))
        (time,) = leading
        moment = parse_stamp(_held(row, time))
        return self.where(equals(time, stamp(moment)), id_beyond(key, _held(row, key))).union(
            self.where(later_than(time, moment))
        )

    @property
    def text(self) -> str:
        """The encoded query."""
        body = "^NQ".join("^".join(condition.text for condition in each) for each in self.alternatives)
        return "^".join(part for part in (body, *(f"ORDERBY{field}" for field in self.order)) if part)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that a row must show to be checked."""
        named = (field for each in self.alternatives for condition in each for field in condition.fields)
        return tuple(dict.fromkeys((*named, *self.order)))

    def check(self, rows: Sequence[Row], connection: str) -> None:
        """Make sure that the vendor applied every condition.

        Raises:
            UnexpectedReplyError: a row satisfies no alternative, so a condition was dropped.
        """
        for row in rows:
            if not any(all(condition.holds(row) for condition in each) for each in self.alternatives):
                raise UnexpectedReplyError(
                    "the vendor ignored a part of a query and gave too many records: a field of the scope is unknown or "
                    "hidden from the account, or the account's time zone is not GMT",
                    connection=connection,
                )


# -- the user's own queries


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a query that a user wrote."""

    field: str
    text: str


def parse_native(text: str, connection: str) -> list[list[list[Term]]]:
    """Take a user's query apart: alternatives of clauses of terms joined by OR. Its order is left out.

    Raises:
        ConfigError: it cannot be joined to other conditions without changing its meaning.
    """
    alternatives: list[list[list[Term]]] = [[]]
    for piece in text.strip().split("^"):
        if piece.startswith("ORDERBY") or piece == "EQ":
            continue
        if piece.startswith("NQ") and alternatives[-1]:
            alternatives.append([])
            piece = piece.removeprefix("NQ")  # noqa: PLW2901 - the rest of the piece is the first term of the alternative
        joined = piece.startswith("OR")
        term = _term(piece.removeprefix("OR"), connection)
        if not joined:
            alternatives[-1].append([term])
        elif alternatives[-1]:
            alternatives[-1][-1].append(term)
        else:
            raise _unusable(piece, connection)
    if not alternatives[-1]:
        raise _unusable(text, connection)
    return alternatives


def _term(text: str, connection: str) -> Term:
    named = _FIELD.match(text)
    if named is None or named.end() == len(text) or text.startswith(_WHOLE_SPANS) or _CONTROL.search(text):
        raise _unusable(text, connection)
    return Term(named.group(), text)


def _unusable(piece: str, connection: str) -> ConfigError:
    return ConfigError(
        f"connection {connection}: scope 'native' has a part that cannot be used here: '{piece[:80]}'; write conditions "
        "FIELD OPERATOR VALUE joined by ^, ^OR and ^NQ"
    )


def native_query(alternatives: Sequence[Sequence[Sequence[Term]]]) -> Query:
    """Give a user's query; rows are checked as far as a term can be understood here."""
    return Query(tuple(tuple(_clause(clause) for clause in each) for each in alternatives))


def _clause(clause: Sequence[Term]) -> Condition:
    tests = [_test(term) for term in clause]
    known = [test for test in tests if test is not None]
    understood = len(known) == len(tests)
    return Condition(
        "^OR".join(term.text for term in clause),
        tuple(term.field for term in clause) if understood else (),
        lambda row: not understood or any(test(row) for test in known),
    )


def _test(term: Term) -> Callable[[Row], bool] | None:
    """Give the test of ``field=value`` and ``fieldINa,b`` on a column of the record itself."""
    if "." in term.field:
        return None
    rest = term.text.removeprefix(term.field)
    kind, value = ("IN", rest[2:]) if rest.startswith("IN") else (rest[:1], rest[1:])
    if kind == "=" and value in _TRUTH:
        return lambda row: _held(row, term.field) in (value, _TRUTH[value])
    try:
        if kind == "=" and not _DATE.match(value):
            return equals(term.field, value).holds
        if kind == "IN":
            return one_of(term.field, value.split(",")).holds
    except UnsafeValueError:
        return None
    return None
