"""Aggregate API: counts, averages, sums, minima and maxima, as a whole or by group.

Source: product documentation, Aggregate API. Averages have four decimals, as in its sample.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from ..vendor import Call, Routes
from .access import can_read
from .parameters import flag, shape
from .paths import Path, find
from .replies import result
from .session import Session
from .shapes import Shape, render
from .store import Row
from .table_api import encoded_query, opened

if TYPE_CHECKING:
    from .instance import ServiceNow

routes = Routes()
_KINDS = ("avg", "min", "max", "sum")


@routes.get("/api/now/stats/<table>", "/api/now/<any('v1','v2'):version>/stats/<table>")
def stats(vendor: ServiceNow, call: Call, table: str, version: str = "") -> Response:
    """Compute the aggregates of the rows that the session may read."""
    session = opened(vendor, call, table)
    request = call.request
    ids = vendor.search.find(table, encoded_query(vendor, request, table), session)
    rows = [row for sys_id in ids if can_read(vendor.store, session, table, row := vendor.store[table].rows[sys_id])]
    grouping = [path for name in _names(request, "sysparm_group_by") if (path := find(vendor.store, table, name))]
    if not grouping:
        return result({"stats": _aggregates(vendor, request, table, rows)})
    groups: dict[tuple[str, ...], list[Row]] = {}
    getters = [path.getter(vendor.store) for path in grouping]
    for row in rows:
        groups.setdefault(tuple(get(row) for get in getters), []).append(row)
    names = _names(request, "sysparm_group_by")
    return result(
        [
            {
                "stats": _aggregates(vendor, request, table, members),
                "groupby_fields": _labelled(vendor, session, table, members[0], names, shape(request)),
            }
            for members in groups.values()
        ]
    )


def _labelled(
    vendor: ServiceNow, session: Session, table: str, row: Row, names: list[str], wanted: Shape
) -> list[dict[str, Any]]:
    """Give the values by which a group is one, as values, labels or both."""
    shown = render(vendor.store, session, table, [row], Shape("all", exclude_link=True, fields=tuple(names)))[0]
    fields: list[dict[str, Any]] = []
    for name, pair in shown.items():
        match wanted.show:
            case "false":
                fields.append({"field": name, "value": pair["value"]})
            case "true":
                fields.append({"field": name, "value": pair["display_value"]})
            case "all":
                fields.append({"field": name, **pair})
    return fields


def _names(request: Request, parameter: str) -> list[str]:
    return [name.strip() for name in request.args.get(parameter, "").split(",") if name.strip()]


def _aggregates(vendor: ServiceNow, request: Request, table: str, rows: list[Row]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if flag(request, "sysparm_count"):
        found["count"] = str(len(rows))
    for kind in _KINDS:
        paths = {name: find(vendor.store, table, name) for name in _names(request, f"sysparm_{kind}_fields")}
        values = {name: _aggregate(vendor, kind, path, rows) for name, path in paths.items() if path}
        if values:
            found[kind] = values
    return found


def _aggregate(vendor: ServiceNow, kind: str, path: Path, rows: Iterable[Row]) -> str:
    get = path.getter(vendor.store)
    texts = [text for text in map(get, rows) if text]
    if not texts:
        return ""
    if not path.column.is_number:
        return {"min": min, "max": max}[kind](texts) if kind in {"min", "max"} else ""
    numbers = [float(text) for text in texts]
    if kind == "avg":
        return f"{sum(numbers) / len(numbers):.4f}"
    value = {"min": min, "max": max, "sum": sum}[kind](numbers)
    return f"{value:g}" if value != int(value) else str(int(value))
