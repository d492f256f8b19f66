"""Qualifications carried out: predicates over rows, and what they tell an index.

Comparison is SQL's, with three values: null equals nothing but ``$NULL$``, and what is unknown selects no row. Text
compares without case (a setting of the database; that of the SaaS is unconfirmed). A selection compares by label or
by code, in the order of the codes. ``Status-History.Resolved.TIME`` and ``.USER`` are fields as well (docs.bmc.com,
status history).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from .indexes import Range
from .qualification import Compare, Expression, FieldRef, Join, Keyword, Not, Number, QualificationError, Sum, Text, Value
from .schema import Field, Form, Kind
from .store import Row
from .times import parsed

Predicate: TypeAlias = Callable[[Row], bool | None]
Getter: TypeAlias = Callable[[Row], Any]

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_SUMS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda one, other: one / other if other else None,
}
_HISTORY = re.compile(r"Status[ -]History\.([A-Za-z ]+)\.(TIME|USER)")


@dataclass(frozen=True, slots=True)
class Moment:
    """Whose qualification it is, and when."""

    login: str
    now: int


class UnknownFieldError(QualificationError):
    """A qualification names a field that the form lacks; the text is its name."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a comparison."""

    get: Getter
    kind: Kind | None
    """None for a constant."""
    field: Field | None = None
    constant: Any = None


def compile_expression(expression: Expression, form: Form, moment: Moment) -> Predicate:
    """Give the function that tells whether a row fits; None stands for unknown.

    Raises:
        UnknownFieldError: the form lacks a field.
        QualificationError: a value does not go with its field.
    """
    match expression:
        case Compare():
            return _compare(expression, form, moment)
        case Not(inner):
            inside = compile_expression(inner, form, moment)
            return lambda row: None if (found := inside(row)) is None else not found
        case Join(word, parts):
            tests = [compile_expression(part, form, moment) for part in parts]
            return _all(tests) if word == "AND" else _any(tests)


def _all(tests: list[Predicate]) -> Predicate:
    def together(row: Row) -> bool | None:
        unknown = False
        for test in tests:
            found = test(row)
            if found is False:
                return False
            unknown |= found is None
        return None if unknown else True

    return together


def _any(tests: list[Predicate]) -> Predicate:
    def either(row: Row) -> bool | None:
        unknown = False
        for test in tests:
            found = test(row)
            if found:
                return True
            unknown |= found is None
        return None if unknown else False

    return either


def _compare(node: Compare, form: Form, moment: Moment) -> Predicate:
    left, right = _side(node.left, form, moment), _side(node.right, form, moment)
    if node.operator == "LIKE":
        return _like(left, right)
    test = _OPERATORS[node.operator]
    for side, other in ((left, node.right), (right, node.left)):
        if other == Keyword("$NULL$"):
            return _null_test(side.get, node.operator)
    left, right = _typed(left, right)
    one, two = left.get, right.get

    def fits(row: Row) -> bool | None:
        first, second = one(row), two(row)
        return None if first is None or second is None else test(first, second)

    return fits


def _null_test(get: Getter, sign: str) -> Predicate:
    if sign == "=":
        return lambda row: get(row) is None
    if sign == "!=":
        return lambda row: get(row) is not None
    return lambda row: None


def _side(value: Value, form: Form, moment: Moment) -> _Side:
    match value:
        case FieldRef(name):
            return _field_side(name, form)
        case Text(text):
            return _constant(text)
        case Number(number):
            return _constant(int(number) if number.is_integer() else number)
        case Keyword("$NULL$"):
            return _constant(None)
        case Keyword("$TIMESTAMP$"):
            return _constant(moment.now)
        case Keyword("$USER$"):
            return _constant(moment.login)
        case Keyword(name):
            raise QualificationError(f"at {name}")
        case Sum(sign, left, right):
            return _sum(sign, _side(left, form, moment), _side(right, form, moment))


def _constant(value: Any) -> _Side:
    return _Side(lambda row: value, None, constant=value)


def _sum(sign: str, left: _Side, right: _Side) -> _Side:
    for side in (left, right):
        if side.kind not in {None, "integer", "time"} or isinstance(side.constant, str):
            raise QualificationError(f"at {sign}")
    one, two, join = left.get, right.get, _SUMS[sign]
    if left.kind is None and right.kind is None:
        known = left.constant is not None and right.constant is not None
        return _constant(join(left.constant, right.constant) if known else None)

    def total(row: Row) -> Any:
        first, second = one(row), two(row)
        return None if first is None or second is None else join(first, second)

    return _Side(total, "time" if "time" in {left.kind, right.kind} else "integer")


def _field_side(name: str, form: Form) -> _Side:
    found = form.find(name)
    if found is None:
        return _history_side(name)
    column, kind = found.column, found.kind
    if found.name == form.id_field:
        return _Side(lambda row: form.entry_id(row[column]).casefold(), "char", found)
    match kind:
        case "enum":
            codes = found.codes
            default = codes.get(found.default)
            return _Side(lambda row: codes.get(row[column]) if column in row else default, kind, found)
        case "char":
            default = found.default.casefold() if isinstance(found.default, str) else None
            return _Side(lambda row: row[column].casefold() if row.get(column) else default, kind, found)
        case "integer" | "time":
            return _Side(lambda row: row.get(column, found.default), kind, found)
        case _:
            raise QualificationError(f"at '{name}'")


def _history_side(name: str) -> _Side:
    part = _HISTORY.fullmatch(name)
    if part is None:
        raise UnknownFieldError(name)
    status, place = part[1], 1 if part[2] == "TIME" else 0
    kind: Kind = "time" if place else "char"
    return _Side(
        lambda row: row["Status-History"].get(status, (None, None))[place] if "Status-History" in row else None, kind
    )


def _typed(left: _Side, right: _Side) -> tuple[_Side, _Side]:
    """Read a constant as the field on the other side would hold it."""
    if left.kind is None and right.kind is None:
        same = isinstance(left.constant, str) == isinstance(right.constant, str)
        if not same:
            raise QualificationError("at a comparison of text with a number")
    if left.kind is None and right.kind is not None:
        return _constant(_as(right, left.constant)), right
    if right.kind is None and left.kind is not None:
        return left, _constant(_as(left, right.constant))
    if left.kind is not None and right.kind is not None and (left.kind == "char") != (right.kind == "char"):
        raise QualificationError("at a comparison of fields of different types")
    return left, right


def _as(side: _Side, constant: Any) -> Any:
    """Give a constant as the field of the other side holds it; null stays null."""
    if constant is None:
        return None
    is_text = isinstance(constant, str)
    match side.kind:
        case "enum":
            assert side.field is not None
            return _code(side.field, constant)
        case "time":
            found = parsed(constant) if is_text else constant
        case "integer":
            found = constant if not is_text else int(constant) if re.fullmatch(r"-?\d+", constant) else None
        case _:
            return constant.casefold() if is_text else str(constant)
    if found is None:
        raise QualificationError(f'at "{constant}"')
    return found


def _code(field: Field, constant: Any) -> int:
    if isinstance(constant, int):
        return constant
    known = {label.casefold(): code for label, code in field.codes.items()}
    code = known.get(str(constant).casefold())
    if code is None:
        raise QualificationError(f"at \"{constant}\", no value of '{field.name}'")
    return code


def _like(left: _Side, right: _Side) -> Predicate:
    pattern = right.constant
    if left.kind != "char" or right.kind is not None or not isinstance(pattern, str):
        raise QualificationError("at LIKE")
    parts = (".*" if sign == "%" else "." if sign == "_" else re.escape(sign) for sign in pattern.casefold())
    matches, get = re.compile("".join(parts), re.DOTALL).fullmatch, left.get
    return lambda row: None if (text := get(row)) is None else matches(text) is not None


def bounds(expression: Expression | None, form: Form, column: str, moment: Moment) -> Range:
    """Give a range of a column outside of which no row fits; the wider one where it is not clear."""
    match expression:
        case Join("AND", parts):
            whole = Range()
            for part in parts:
                whole = whole.both(bounds(part, form, column, moment))
            return whole
        case Join("OR", parts):
            first, *others = (bounds(part, form, column, moment) for part in parts)
            for other in others:
                first = first.either(other)
            return first
        case Compare(sign, FieldRef(name), right):
            return _range(sign, name, right, form, column, moment)
        case Compare(sign, left, FieldRef(name)) if sign != "LIKE":
            return _range(_TURNED[sign], name, left, form, column, moment)
        case _:
            return Range()


def _range(sign: str, name: str, value: Value, form: Form, column: str, moment: Moment) -> Range:
    field = form.find(name)
    if field is None or field.column != column or field.kind != "time":
        return Range()
    side = _side(value, form, moment)
    constant = _as(_field_side(name, form), side.constant) if side.kind is None else None
    if constant is None:
        return Range()
    return Range(constant if sign in {"=", ">", ">="} else None, constant if sign in {"=", "<", "<="} else None)


def equals(expression: Expression | None, form: Form, columns: frozenset[str]) -> list[tuple[str, str]] | None:
    """Give pairs of column and text such that every row that fits holds one of them; None where there are none."""
    match expression:
        case Join("AND", parts):
            return next((found for part in parts if (found := equals(part, form, columns)) is not None), None)
        case Join("OR", parts):
            found = [equals(part, form, columns) for part in parts]
            return None if None in found else [pair for pairs in found for pair in pairs or ()]
        case Compare("=", FieldRef(name), Text(value)) | Compare("=", Text(value), FieldRef(name)):
            field = form.find(name)
            usable = field is not None and field.column in columns and value
            return [(field.column, value)] if field is not None and usable else None
        case _:
            return None
