"""Running queries over a table: through an index by value, through one in order, or through all rows.

The default order is by id. A list is read no further than its page, so that paging by key costs what a page holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .evaluate import Moment, Predicate, bounds, compile_expression, equals
from .indexes import Range
from .qualification import Expression
from .schema import Field, Form
from .store import Row, Table


@dataclass(frozen=True, slots=True)
class Order:
    """A field to sort by."""

    field: Field
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What a list asks for."""

    expression: Expression | None = None
    orders: tuple[Order, ...] = ()
    offset: int = 0
    limit: int = 0
    """The most rows of the page; 0 for all."""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows found, and whether more follow."""

    rows: list[Row]
    more: bool


def run(table: Table, form: Form, query: Query, visible: Predicate | None, moment: Moment) -> Page:
    """Give one page of the rows that fit and may be seen.

    Raises:
        QualificationError: the qualification does not fit the form.
    """
    expression = query.expression
    test = compile_expression(expression, form, moment) if expression is not None else None
    candidates, sorted_already = _candidates(table, form, query, moment)
    found = _filtered(candidates, test, visible)
    if not sorted_already:
        found = iter(_sorted(list(found), query.orders, table))
    if not query.limit:
        return Page(list(islice(found, query.offset, None)), more=False)
    rows = list(islice(found, query.offset, query.offset + query.limit + 1))
    return Page(rows[: query.limit], more=len(rows) > query.limit)


def _filtered(rows: Iterable[Row], *tests: Predicate | None) -> Iterator[Row]:
    used = [test for test in tests if test is not None]
    return (row for row in rows if all(test(row) for test in used))


def _candidates(table: Table, form: Form, query: Query, moment: Moment) -> tuple[Iterable[Row], bool]:
    """Give the rows that may fit, and whether they come in the order that is asked for."""
    pairs = equals(query.expression, form, table.hashed_by | {table.id_column})
    if pairs is not None:
        return _by_value(table, form, pairs), False
    columns = [order.field.column for order in query.orders]
    first = columns[0] if columns else table.id_column
    if first in table.ordered_by and _natural(query.orders, columns, table):
        wanted = bounds(query.expression, form, first, moment)
        descending = bool(query.orders) and query.orders[0].descending
        ids = table.ordered(first).within(wanted, descending=descending)
        return (table.rows[row_id] for row_id in ids), True
    for column in sorted(table.ordered_by):
        wanted = bounds(query.expression, form, column, moment)
        if wanted != Range():
            return (table.rows[row_id] for row_id in table.ordered(column).within(wanted)), False
    return table.rows.values(), False


def _by_value(table: Table, form: Form, pairs: list[tuple[str, str]]) -> list[Row]:
    ids: dict[str, None] = {}
    for column, value in pairs:
        if column == table.id_column:
            row_id = form.row_id(value)
            ids |= {row_id: None} if row_id in table.rows else {}
        else:
            ids |= dict.fromkeys(table.ids_where(column, value))
    return [table.rows[row_id] for row_id in ids]


def _natural(orders: tuple[Order, ...], columns: list[str], table: Table) -> bool:
    """Tell whether an index gives this order: one column, and ids in the same direction within it."""
    if len(orders) <= 1:
        return True
    return columns[1:] == [table.id_column] and orders[0].descending == orders[1].descending


def _sorted(rows: list[Row], orders: tuple[Order, ...], table: Table) -> list[Row]:
    rows.sort(key=lambda row: row[table.id_column])
    for order in reversed(orders):
        column, codes, default = order.field.column, order.field.codes, order.field.default

        def key(row: Row, column: str = column, codes: Any = codes, default: Any = default) -> tuple[bool, Any]:
            value = row.get(column, default)
            value = codes.get(value) if codes else value.casefold() if isinstance(value, str) else value
            return (False, 0) if value is None else (True, value)

        rows.sort(key=key, reverse=order.descending)
    return rows
