"""The rows of one table of one chunk as SQL, with values as a format wants them."""

from __future__ import annotations

from ..store.quoting import name
from .cells import safe_sql
from .masking import PARTIES, masked
from .request import Format, Part
from .tables import TABLES, Column, Kind, Table

_TEXTS = frozenset({Kind.TEXT, Kind.TERM, Kind.CODE, Kind.NAME, Kind.EMAIL, Kind.VALUE})


def rows(part: Part, form: Format, *, mask: bool) -> str:
    """Give the SQL of a table's rows for the incidents of the chunk, in order.

    Args:
        part: the table.
        form: what file the rows are for: times are text in CSV and JSONL, lists are text in CSV and XLSX, and a text that a
            spreadsheet would take for a formula is made plain in both.
        mask: hide people; the table ``parties`` must be there.
    """
    table = TABLES[part]
    outer = ", ".join(f"{_value(column, form)} as {name(column.name)}" for column in table.columns)
    month = ", month" if form is Format.PARQUET else ""
    # The inner select is evaluated once for each row, however often the outer one uses a value.
    return f"select {outer}{month} from ({_raw(table, mask=mask)}) order by row_place"  # noqa: S608 - of names alone


def _raw(table: Table, *, mask: bool) -> str:
    columns = ", ".join(f"{masked(each) if mask else each.sql} as {name(each.name)}" for each in table.columns)
    parties = f"left join {PARTIES} using (place)" if mask else ""
    order = f"row_number() over (order by t.place, {table.order}) as row_place"
    return f"select {columns}, {order}, t.month from in_{table.rows} t {parties}"  # noqa: S608 - of names alone


def _value(column: Column, form: Format) -> str:
    value = name(column.name)
    spread = form in (Format.CSV, Format.XLSX)
    if column.kind is Kind.LIST and spread:
        value = f"array_to_string({value}, ', ')"
    if spread and (column.kind in _TEXTS or column.kind is Kind.LIST):
        return safe_sql(value)
    if column.kind is not Kind.TIME or form is Format.XLSX:
        return value
    return f"{value} at time zone 'UTC'" if form is Format.PARQUET else iso(value)


def iso(moment: str) -> str:
    """Give the SQL of a moment of the store as RFC 3339 in UTC, with microseconds only where there are any."""
    return (
        f"case when epoch_us({moment}) % 1000000 = 0 then strftime({moment}, '%Y-%m-%dT%H:%M:%SZ') "
        f"else strftime({moment}, '%Y-%m-%dT%H:%M:%S.%fZ') end"
    )
