"""What the operators of the query language mean, as predicates over rows.

Text compares without case, numbers as numbers, moments as moments. A row whose column is empty never matches a comparison
but always a negation (``!=``, ``NOT LIKE``, ``NOT IN``), as on the platform. A moment or a number that cannot be read makes
the condition invalid (unconfirmed for moments).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from .expressions import evaluate, relative
from .indexes import Bounds
from .paths import Getter, Path, display_value, find
from .query import Condition
from .schema import Column
from .session import Session
from .store import Row, Store
from .zones import moment, stored

Predicate: TypeAlias = Callable[[Row], bool]
Value: TypeAlias = tuple[float, str]
"""What sorts: a number, or text."""

_ME = "90d1921e5f510100a9ad2572f2b477fe"
"""The dynamic filter option "Me" of the base product."""
_WITHOUT_CASE = frozenset({"boolean", "integer", "glide_date_time", "due_date", "reference", "GUID"})
"""Columns whose stored values are written in one way only, so that they compare as they are."""
_FULL_TEXT_COLUMNS = ("number", "short_description", "description", "name", "close_notes")


@dataclass(frozen=True, slots=True)
class Test:
    """A valid condition, ready to run."""

    element: str
    """The column, where it is one of the table itself; else empty."""
    accepts: Predicate
    equals: tuple[str, ...] = ()
    """The only stored values that it accepts, where it accepts a list of values."""
    bounds: Bounds | None = None
    """The range that it accepts, where it accepts a range of text."""


def compile_condition(condition: Condition, table: str, store: Store, session: Session) -> Test | None:
    """Make a condition ready to run; None where it is invalid."""
    if condition.operator == "TEXTQUERY":
        return _full_text(condition.value)
    path = find(store, table, condition.element) if condition.operator else None
    if path is None or path.column.is_journal:
        return None
    return _Compiler(condition, path, table, store, session).compile()


class _Compiler:
    """Compiles one condition on a known column."""

    def __init__(self, condition: Condition, path: Path, table: str, store: Store, session: Session) -> None:
        self.condition = condition
        self.path = path
        self.table = table
        self.store = store
        self.session = session
        self.get: Getter = path.getter(store)
        self.element = path.column.element if not path.steps else ""

    def compile(self) -> Test | None:
        operator, value = self.condition.operator, self.condition.value
        simple = self._without_value(operator) or self._with_other_column(operator, value)
        if simple is not None:
            return simple
        if operator.startswith("RELATIVE"):
            return self._relative(operator[-2:], value)
        if operator in {"ON", "NOTON", "BETWEEN"}:
            return self._range(operator, value)
        if operator in {"IN", "NOT IN"}:
            return self._list(value.split(","), negated=operator == "NOT IN")
        if operator == "DYNAMIC":
            return self._list([self.session.user_id]) if value == _ME else None
        given = evaluate(value, self.session)
        if given is None:
            return None
        if operator in {"=", "!=", "INSTANCEOF"}:
            return self._list([given], negated=operator == "!=")
        if operator in {"<", "<=", ">", ">="}:
            return self._comparison(operator, given)
        return self._text(operator, given.lower())

    def _without_value(self, operator: str) -> Test | None:
        get = self.get
        if operator in {"ISEMPTY", "EMPTYSTRING"}:
            return Test(self.element, lambda row: not get(row))
        if operator == "ISNOTEMPTY":
            return Test(self.element, lambda row: bool(get(row)))
        return Test(self.element, lambda row: True) if operator == "ANYTHING" else None

    def _with_other_column(self, operator: str, value: str) -> Test | None:
        if operator not in _COLUMN_COMPARISONS:
            return None
        other = find(self.store, self.table, value)
        if other is None:
            return None
        get, read, compare, key = self.get, other.getter(self.store), _COLUMN_COMPARISONS[operator], self._key
        return Test("", lambda row: compare(key(get(row)), key(read(row))))

    def _key(self, text: str) -> Value:
        """Give the sort key of a stored value."""
        return sort_key(self.path.column, text)

    def _read(self, text: str) -> str | None:
        """Give a value of the query as it would be stored; None where the column cannot hold it."""
        column = self.path.column
        if not text or text == "NULL":
            return ""
        if column.is_date_time:
            found = moment(text)
            return None if found is None else stored(found)
        if column.is_number and not _is_number(text):
            return None
        return text

    def _list(self, values: list[str], *, negated: bool = False) -> Test | None:
        given = [evaluate(value, self.session) for value in values]
        read = [self._read(value) for value in given if value is not None]
        wanted = frozenset(value.lower() for value in read if value is not None)
        if not wanted:
            return None
        if negated:
            accepts = self._membership(wanted)
            return Test(self.element, lambda row: not accepts(row))
        only = next(iter(wanted)) if len(wanted) == 1 else None
        bounds = Bounds(only, high=only) if only and self._bounded else None
        equals = tuple(wanted) if "" not in wanted else ()
        return Test(self.element, self._membership(wanted), equals, bounds)

    def _membership(self, wanted: frozenset[str]) -> Predicate:
        get, element = self.get, self.element
        if element and self.path.column.kind in _WITHOUT_CASE:
            return lambda row: row.get(element, "") in wanted
        return lambda row: get(row).lower() in wanted

    @property
    def _bounded(self) -> bool:
        return bool(self.element) and (self.path.column.is_date_time or self.element == "sys_id")

    def _comparison(self, operator: str, text: str) -> Test | None:
        value = self._read(text)
        if not value:
            return None
        get, compare, key = self.get, _COMPARISONS[operator], self._key
        limit = key(value)
        bounds = None
        if self._bounded:
            low, exclusive = operator.startswith(">"), "=" not in operator
            bounds = Bounds(value, after=exclusive) if low else Bounds(high=value, up_to=not exclusive)
        return Test(self.element, lambda row: bool(found := get(row)) and compare(key(found), limit), bounds=bounds)

    def _range(self, operator: str, text: str) -> Test | None:
        parts = text.split("@")
        ends = parts[-2:] if len(parts) >= 2 else (f"{text} 00:00:00", f"{text} 23:59:59")
        low, high = (self._read(evaluate(end, self.session) or "") for end in ends)
        if not low or not high:
            return None
        get, key = self.get, self._key
        first, last = key(low), key(high)

        def within(row: Row) -> bool:
            found = get(row)
            return bool(found) and first <= key(found) <= last

        if operator == "NOTON":
            return Test(self.element, lambda row: not within(row))
        return Test(self.element, within, bounds=Bounds(low, high=high) if self._bounded else None)

    def _relative(self, direction: str, text: str) -> Test | None:
        ends = relative(text, self.session) if self.path.column.is_date_time else None
        if ends is None:
            return None
        if direction == "EE":
            return self._range("BETWEEN", "@".join(ends))
        return self._comparison({"GT": ">", "GE": ">=", "LT": "<", "LE": "<="}[direction], ends[0])

    def _shown(self, row: Row) -> str:
        return display_value(self.store, self.path.column.reference, self.get(row))

    def _text(self, operator: str, wanted: str) -> Test | None:
        get = self._shown if self.path.column.kind == "reference" else self.get
        match operator:
            case "LIKE" | "*":
                return Test("", lambda row: wanted in get(row).lower())
            case "NOT LIKE" | "!*":
                return Test("", lambda row: wanted not in get(row).lower())
            case "STARTSWITH":
                return Test("", lambda row: get(row).lower().startswith(wanted))
            case "ENDSWITH" | "%":
                return Test("", lambda row: get(row).lower().endswith(wanted))
            case _:
                return None


def _full_text(words: str) -> Test | None:
    wanted = words.lower().split()
    if not wanted:
        return None

    def matches(row: Row) -> bool:
        text = " ".join(row.get(element, "") for element in _FULL_TEXT_COLUMNS).lower()
        return all(word in text for word in wanted)

    return Test("", matches)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def sort_key(column: Column, text: str) -> Value:
    """Give what a stored value of a column sorts by; empty ones come first."""
    if column.is_number:
        return (float(text), "") if _is_number(text) else (float("-inf"), "")
    return 0.0, text.lower()


Comparison: TypeAlias = Callable[[Value, Value], bool]

_COMPARISONS: dict[str, Comparison] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_COLUMN_COMPARISONS: dict[str, Comparison] = {
    "SAMEAS": lambda left, right: left == right,
    "NSAMEAS": lambda left, right: left != right,
    "GT_FIELD": _COMPARISONS[">"],
    "LT_FIELD": _COMPARISONS["<"],
    "GT_OR_EQUALS_FIELD": _COMPARISONS[">="],
    "LT_OR_EQUALS_FIELD": _COMPARISONS["<="],
}
