"""``search_criteria``: a small language in JSON, compiled into a predicate.

A criterion is ``{"field", "condition", "value" or "values", "logical_operator", "children"}``. Several stand in an array
and are joined from left to right by the ``logical_operator`` of the later one (AND where it has none); ``children`` are
joined to their parent in the same way and bound closer. ``values`` means any of them; ``is`` with empty ``values`` or a
null value asks for null, and ``is not`` without a value for what is not null. Text is compared whatever its case, times as
epoch milliseconds, and an order relation to null is false.

Source: manageengine.com, sdpop-v3-api and sdpod-v3-api, search criteria.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from .errors import invalid, mismatch
from .records import Json
from .times import digits

Type: TypeAlias = Literal["text", "time", "number", "flag"]
Getter: TypeAlias = Callable[[Any], Any]
Predicate: TypeAlias = Callable[[Any], bool]

CONDITIONS = {
    "is": "is",
    "=": "is",
    "eq": "is",
    "is not": "is not",
    "!=": "is not",
    "neq": "is not",
    "greater than": "greater than",
    "gt": "greater than",
    "greater or equal": "greater or equal",
    "gte": "greater or equal",
    "lesser than": "lesser than",
    "lt": "lesser than",
    "lesser or equal": "lesser or equal",
    "lte": "lesser or equal",
    "between": "between",
    "not between": "not between",
    "starts with": "starts with",
    "ends with": "ends with",
    "contains": "contains",
    "not contains": "not contains",
}
ORDERING: dict[str, Callable[[Any, Any], bool]] = {
    "greater than": lambda stored, asked: stored > asked,
    "greater or equal": lambda stored, asked: stored >= asked,
    "lesser than": lambda stored, asked: stored < asked,
    "lesser or equal": lambda stored, asked: stored <= asked,
}
MATCHING: dict[str, Callable[[str, str], bool]] = {
    "starts with": str.startswith,
    "ends with": str.endswith,
    "contains": lambda stored, asked: asked in stored,
    "not contains": lambda stored, asked: asked not in stored,
}
KEYS = frozenset({"field", "condition", "value", "values", "logical_operator", "children"})
DEEPEST = 20
WHERE = "search_criteria"


@dataclass(frozen=True, slots=True)
class Column:
    """What a field of a criterion stands for: the type of its values, and how to get one from a record."""

    type: Type
    get: Getter
    parts: dict[str, Column] | None = None
    """Of an object: the paths that go on from here, ``name`` and ``id`` among them."""


Resolve: TypeAlias = Callable[[str], Column | None]


@dataclass(frozen=True, slots=True)
class Criteria:
    """A compiled search."""

    holds: Predicate
    floors: dict[str, int]
    """Times that every record found has at least, by field: only where all criteria are joined by AND."""
    dates: int
    """How many criteria are about times."""
    count: int


def compiled(asked: Any, resolve: Resolve) -> Criteria:
    """Compile what stands under ``search_criteria``: one criterion, or an array of them.

    Raises:
        RefusedError: it is malformed, or names a field or condition that is not known.
    """
    made = _Compiler(resolve)
    rows = cast("list[Any]", asked) if isinstance(asked, list) else [asked]
    if not rows:
        raise invalid(WHERE)
    holds = made.joined(rows, 0)
    floors = made.floors if made.conjunctive else {}
    return Criteria(holds, floors, made.dates, made.count)


class _Compiler:
    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.floors: dict[str, int] = {}
        self.conjunctive = True
        self.dates = 0
        self.count = 0

    def joined(self, rows: Sequence[Any], depth: int, first: Predicate | None = None) -> Predicate:
        holds = first
        for row in rows:
            if not isinstance(row, dict):
                raise mismatch(WHERE)
            stated = cast("Json", row)
            one = self.criterion(stated, depth)
            operator = str(stated.get("logical_operator") or "AND").upper()
            if operator not in {"AND", "OR"}:
                raise invalid("logical_operator")
            holds = one if holds is None else self._both(holds, one) if operator == "AND" else self._either(holds, one)
        assert holds is not None
        return holds

    def _both(self, left: Predicate, right: Predicate) -> Predicate:
        return lambda record: left(record) and right(record)

    def _either(self, left: Predicate, right: Predicate) -> Predicate:
        self.conjunctive = False
        return lambda record: left(record) or right(record)

    def criterion(self, row: Json, depth: int) -> Predicate:
        for key in row:
            if key not in KEYS:
                raise invalid(key, "Extra key found in JSON")
        name = row.get("field")
        column = self.resolve(name) if isinstance(name, str) else None
        if column is None or depth > DEEPEST:
            raise invalid(str(name) if isinstance(name, str) else "field")
        condition = CONDITIONS.get(str(row.get("condition") or "").strip().lower())
        if condition is None:
            raise invalid("condition")
        self.count += 1
        self.dates += column.type == "time"
        holds = self._leaf(str(name), column, condition, row)
        children = row.get("children")
        if children is None:
            return holds
        if not isinstance(children, list):
            raise mismatch("children")
        return self.joined(cast("list[Any]", children), depth + 1, holds)

    def _leaf(self, name: str, column: Column, condition: str, row: Json) -> Predicate:
        values = row["values"] if "values" in row else [row.get("value")]
        if not isinstance(values, list):
            raise mismatch("values")
        stated = cast("list[Any]", values)
        asked = [value for value in stated if value is not None]
        if condition in {"is", "is not"}:
            return self._equality(column, condition, asked)
        if condition in {"between", "not between"}:
            return self._between(column, condition, asked)
        if not asked:
            raise invalid("value")
        if condition in ORDERING:
            if condition.startswith("greater") and column.type == "time" and len(asked) == 1:
                self.floors.setdefault(name, _value(name, column, asked[0]))
            return _any(column.get, ORDERING[condition], [_value(name, column, value) for value in asked])
        if column.type != "text":
            raise invalid("condition")
        return _matching(column, condition, [_value(name, column, value) for value in asked])

    def _equality(self, column: Column, condition: str, asked: list[Any]) -> Predicate:
        wanted = condition == "is"
        if not asked:
            get = column.get
            return lambda record: (get(record) in (None, "")) is wanted
        groups: dict[int, tuple[Getter, set[Any]]] = {}
        for value in asked:
            part = _part(column, value)
            inner = next(iter(cast("Json", value).values())) if isinstance(value, dict) else value
            groups.setdefault(id(part), (part.get, set()))[1].add(_value("value", part, inner))
        tests = list(groups.values())
        if len(tests) == 1:
            get, known = tests[0]
            return lambda record: (_folded(get(record)) in known) is wanted
        return lambda record: any(_folded(get(record)) in known for get, known in tests) is wanted

    def _between(self, column: Column, condition: str, asked: list[Any]) -> Predicate:
        if len(asked) != 2:
            raise invalid("values")
        low, high = (_value("values", column, value) for value in asked)
        wanted, get = condition == "between", column.get

        def holds(record: Any) -> bool:
            stored = _folded(get(record))
            return stored is not None and (low <= stored <= high) is wanted

        return holds


def _part(column: Column, value: Any) -> Column:
    """Give the column that an object value is about: ``{"name": "Open"}`` asks the name."""
    if not isinstance(value, dict):
        return column
    keys = list(cast("Json", value))
    part = (column.parts or {}).get(keys[0]) if len(keys) == 1 else None
    if part is None:
        raise invalid("value")
    return part


def _value(field: str, column: Column, value: Any) -> Any:
    """Read a value of a criterion as the type of its field."""
    if column.type in {"time", "number"}:
        number = digits(value)
        if number is None:
            raise invalid(field)
        return number
    if column.type == "flag":
        if isinstance(value, bool):
            return value
        if str(value).lower() not in {"true", "false"}:
            raise invalid(field)
        return str(value).lower() == "true"
    if isinstance(value, dict | list):
        raise invalid(field)
    return str(value).casefold()


def _folded(stored: Any) -> Any:
    return stored.casefold() if isinstance(stored, str) else stored


def _any(get: Getter, relation: Callable[[Any, Any], bool], asked: list[Any]) -> Predicate:
    if len(asked) == 1:
        only = asked[0]

        def simple(record: Any) -> bool:
            stored = get(record)
            return stored is not None and relation(_folded(stored), only)

        return simple

    def holds(record: Any) -> bool:
        stored = get(record)
        return stored is not None and any(relation(_folded(stored), value) for value in asked)

    return holds


def _matching(column: Column, condition: str, asked: list[str]) -> Predicate:
    get, relation = column.get, MATCHING[condition]
    together = all if condition == "not contains" else any

    def holds(record: Any) -> bool:
        stored = (get(record) or "").casefold()
        return together(relation(stored, value) for value in asked)

    return holds
