"""The query language of filters: ``"priority:3 AND (status:2 OR tag:'vip')"``.

The whole stands in double quotes and has at most 512 characters. ``field:value`` is equality, ``field:>value`` at least and
``field:<value`` at most; there is no strict form, and dates have no equality. Texts and dates stand in single quotes,
numbers and booleans do not; ``null`` means unassigned. ``AND`` binds closer than ``OR``. Names of people can be asked by
their beginning: ``~[first_name|last_name]:'an'``. Names of fields are case sensitive.

What is wrong is told with the vendor's odd messages: stringified lists (api.freshservice.com, "Filter tickets").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

from ..vendor import RefusedError
from .errors import invalid
from .times import parse, parse_day

LONGEST = 512
OPENS, CLOSES = "()"
TOKEN = re.compile(
    r"\s*(?:(?P<bracket>[()])|(?P<word>AND|OR)\b|(?P<key>~\[\w+(?:\|\w+)*\]|\w+)\s*:\s*(?P<op>[<>]?)\s*"
    r"(?:'(?P<text>(?:[^'\\]|\\.)*)'|(?P<bare>-?\d+(?:\.\d+)?|true|false|null)(?=[\s)]|$)))"
)


class Indexed(Protocol):
    """What an index holds of a record, by the names that a query uses."""

    def __getitem__(self, key: str, /) -> Any: ...


Test: TypeAlias = Callable[[Indexed], bool]


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison."""

    keys: tuple[str, ...]
    operator: str
    """``=``, ``>``, ``<`` or ``~``."""
    value: Any


def asked(given: str | None) -> str:
    """Give the query without its double quotes.

    Raises:
        RefusedError: 400, it is missing, not quoted or too long.
    """
    if not given:
        raise invalid("query", "It should not be blank as this is a mandatory field", "missing_field")
    if len(given) < 2 or not (given.startswith('"') and given.endswith('"')):
        raise invalid("query", "Given query is invalid. Query must be enclosed between a pair of double quotes")
    inner = given[1:-1]
    if len(inner) > LONGEST:
        raise invalid("query", f"It should be {LONGEST} characters or less")
    return inner


class Query:
    """A parsed query.

    Args:
        text: without its double quotes.
        fields: kind (``number``, ``text``, ``boolean``, ``date``, ``nullable``) by name.
        prefixes: the fields that can be asked by their beginning.

    Raises:
        RefusedError: 400, the query is malformed, or names an unknown field or a value of the wrong kind.
    """

    def __init__(self, text: str, fields: Mapping[str, str], prefixes: Sequence[str] = ()) -> None:
        self.fields = fields
        self.prefixes = prefixes
        self.tokens = self._tokens(text)
        self.place = 0
        self.holds = self._either()
        if self.place != len(self.tokens):
            raise malformed()

    def terms_of(self, key: str) -> list[Any]:
        """Give the values that the terms of a field ask for."""
        return [token.value for token in self.tokens if isinstance(token, Term) and token.keys == (key,)]

    # -- reading

    def _tokens(self, text: str) -> list[str | Term]:
        found: list[str | Term] = []
        place = 0
        while text[place:].strip():
            match = TOKEN.match(text, place)
            if match is None:
                raise malformed()
            found.append(match["bracket"] or match["word"] or self._term(match))
            place = match.end()
        return found

    def _term(self, match: re.Match[str]) -> Term:
        key = match["key"]
        quoted = None if match["text"] is None else re.sub(r"\\(.)", r"\1", match["text"])
        if key.startswith("~"):
            keys = tuple(key[2:-1].split("|"))
            if not set(keys) <= set(self.prefixes) or quoted is None:
                raise invalid(key, "[:invalid_field]")
            return Term(keys, "~", quoted.lower())
        if key not in self.fields:
            raise invalid(key, "[:invalid_field]")
        operator = match["op"] or "="
        return Term((key,), operator, self._value(key, operator, quoted, match["bare"]))

    def _value(self, key: str, operator: str, quoted: str | None, bare: str | None) -> Any:
        kind = self.fields[key]
        if kind == "date":
            moment = None if quoted is None or operator == "=" else _date(quoted, operator)
            if moment is None:
                raise _mistyped(key, "valid Date")
            return moment
        if kind == "text":
            if quoted is None or operator != "=":
                raise _mistyped(key, "valid String")
            return quoted.lower()
        if kind == "boolean":
            if bare not in {"true", "false"} or operator != "=":
                raise _mistyped(key, "valid Boolean")
            return bare == "true"
        if kind == "nullable" and bare == "null" and operator == "=":
            return None
        if bare is None or not re.fullmatch(r"-?\d+(\.\d+)?", bare):
            raise _mistyped(key, "Positive Integer")
        return float(bare) if "." in bare else int(bare)

    # -- meaning

    def _either(self) -> Test:
        tests = [self._both()]
        while self._next() == "OR":
            self.place += 1
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda record: any(test(record) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._next() == "AND":
            self.place += 1
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda record: all(test(record) for test in tests)

    def _one(self) -> Test:
        token = self._next()
        self.place += 1
        if isinstance(token, Term):
            return lambda record: _holds(token, record)
        if token != OPENS:
            raise malformed()
        inner = self._either()
        if self._next() != CLOSES:
            raise malformed()
        self.place += 1
        return inner

    def _next(self) -> str | Term | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None


def _holds(term: Term, record: Indexed) -> bool:
    if term.operator == "~":
        return any(str(record[key] or "").lower().startswith(term.value) for key in term.keys)
    have = record[term.keys[0]]
    items = cast("list[Any]", have) if isinstance(have, list) else [have]
    match term.operator:
        case "=":
            return any(_same(item, term.value) for item in items)
        case ">":
            return any(item is not None and _comparable(item) >= term.value for item in items)
        case _:
            return any(item is not None and _comparable(item) <= term.value for item in items)


def _same(have: Any, wanted: Any) -> bool:
    if isinstance(have, bool) or isinstance(wanted, bool):
        return bool(have) == wanted if isinstance(wanted, bool) else False
    return have.lower() == wanted if isinstance(have, str) else have == wanted


def _comparable(value: Any) -> float:
    """Give a number as it is, a date or time as seconds."""
    return (parse(value) or 0) if isinstance(value, str) else value


def _date(text: str, operator: str) -> int | None:
    """Give the first or last second that a date means; a time means itself."""
    day = parse_day(text)
    if day is not None:
        return day + 86_399 if operator == "<" else day
    return parse(text) if "T" in text else None


def malformed() -> RefusedError:
    """400: the query cannot be read."""
    return invalid("query", "Given query is invalid. Please check and try again")


def _mistyped(key: str, kind: str) -> RefusedError:
    return invalid(key, f'[ " It should be a/an {kind} " ]')
