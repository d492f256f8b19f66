"""``list_info``: which rows of a list, in which order, and what a list says about itself.

``row_count`` is 1 to 100, by default 10; ``start_index`` counts from 1, and 0 is tolerated; ``page`` is another way to say
it. The answer tells the number of rows in ``row_count`` and repeats the order that was asked for; ``get_total_count`` comes
back as a string, with ``total_count`` and ``page`` (recorded).

Source: manageengine.com, sdpop-v3-api, input data; recorded lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, reply
from .criteria import Column, Criteria, Resolve, Type, compiled
from .errors import invalid, mismatch
from .input_data import check_keys, input_data
from .records import Json

MOST = 100
DEFAULT = 10
PLACE = ("row_count", "start_index", "page")
KEYS = frozenset(
    {
        *PLACE,
        "sort_field",
        "sort_order",
        "get_total_count",
        "fields_required",
        "search_criteria",
        "search_fields",
        "filter_by",
    }
)


@dataclass(frozen=True, slots=True)
class ListInfo:
    """What a request asks of a list."""

    start: int
    count: int
    page: int
    sort_field: str | None
    descending: bool
    total: bool
    fields: tuple[str, ...]
    criteria: Criteria | None
    filter_by: str | None
    echo: Json
    """What the answer repeats."""


def read(call: Call, resolve: Resolve, sortable: Iterable[str], known: Callable[[str], bool] = lambda _: True) -> ListInfo:
    """Read ``list_info`` of a request.

    Args:
        call: the request.
        resolve: gives the column of a field of ``search_criteria``.
        sortable: the fields that the list can be sorted by.
        known: tells which keys ``fields_required`` may name.

    Raises:
        RefusedError: something in it is not as it should be.
    """
    data = input_data(call)
    check_keys(data, ("list_info",))
    info: Any = data.get("list_info", {})
    if not isinstance(info, dict):
        raise mismatch("list_info")
    asked = cast("Json", info)
    check_keys(asked, KEYS)
    count = _number(asked, "row_count", DEFAULT, 1, MOST)
    start = max(1, _number(asked, "start_index", 1, 0, 10**9))
    page = _number(asked, "page", (start - 1) // count + 1, 1, 10**9)
    if "page" in asked:
        start = (page - 1) * count + 1
    sort_field, order = asked.get("sort_field"), str(asked.get("sort_order") or "asc").lower()
    if sort_field is not None and sort_field not in sortable:
        raise invalid("sort_field")
    if order not in {"asc", "desc"}:
        raise invalid("sort_order")
    fields: Any = asked.get("fields_required") or []
    if not isinstance(fields, list) or not all(isinstance(name, str) and known(name) for name in cast("list[Any]", fields)):
        raise invalid("fields_required")
    names = tuple(cast("list[str]", fields))
    echo = {key: asked[key] for key in ("sort_field", "sort_order", "search_criteria", "fields_required") if key in asked}
    total = str(asked.get("get_total_count", False)).lower() == "true"
    criteria, chosen = _criteria(asked, resolve), _filter(asked)
    return ListInfo(start, count, page, sort_field, order == "desc", total, names, criteria, chosen, echo)


def _number(asked: Json, key: str, default: int, least: int, most: int) -> int:
    value = asked.get(key, default)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise invalid(key)
    return value


def _criteria(asked: Json, resolve: Resolve) -> Criteria | None:
    rows: list[Any] = []
    if "search_criteria" in asked:
        found = compiled(asked["search_criteria"], resolve)
        if "search_fields" not in asked:
            return found
        wanted: Any = asked["search_criteria"]
        rows = list(cast("list[Any]", wanted)) if isinstance(wanted, list) else [wanted]
    fields: Any = asked.get("search_fields")
    if fields is None:
        return None
    if not isinstance(fields, dict) or not fields:
        raise mismatch("search_fields")
    for field, value in cast("Json", fields).items():
        rows.append({"field": field, "condition": "contains", "value": value, "logical_operator": "AND"})
    return compiled(rows, resolve)


def _filter(asked: Json) -> str | None:
    chosen: Any = asked.get("filter_by")
    if chosen is None:
        return None
    name: Any = cast("Json", chosen).get("name") if isinstance(chosen, dict) else None
    if not isinstance(name, str):
        raise mismatch("filter_by")
    return name


def answer(info: ListInfo, name: str, found: Iterable[Any], row: Callable[[Any], Json]) -> Response:
    """Give a page of what was found, in its order.

    Args:
        info: what was asked.
        name: the key under which the rows stand.
        found: all records that fit; read no further than the page needs.
        row: renders one.
    """
    rest = iter(found)
    skipped = sum(1 for _ in islice(rest, info.start - 1))
    cut = list(islice(rest, info.count))
    more = next(rest, None) is not None
    body: Json = {"has_more_rows": more, "start_index": info.start, "row_count": len(cut), **info.echo}
    if info.total:
        body["total_count"] = skipped + len(cut) + more + sum(1 for _ in rest)
        body |= {"page": info.page, "get_total_count": "true"}
    rows = [row(record) for record in cut]
    return reply({"response_status": [{"status_code": 2000, "status": "success"}], "list_info": body, name: rows})


def columns(columns: Mapping[str, Type]) -> Resolve:
    """Give the columns of a list whose records are bodies: each path leads to a value within one."""
    made = {path: Column(kind, _getter(path, kind)) for path, kind in columns.items()}
    return made.get


def _getter(path: str, kind: Type) -> Callable[[Any], Any]:
    steps = path.split(".")

    def get(body: Any) -> Any:
        for step in steps:
            body = cast("Json", body).get(step) if isinstance(body, dict) else None
        if kind == "time" and isinstance(body, dict):
            return int(cast("Json", body)["value"])
        return body

    return get


def listed(
    call: Call, name: str, bodies: Iterable[Json], types: Mapping[str, Type], default: str = "id", *, order: bool = False
) -> Response:
    """Give a page of a list of bodies: filtered, sorted and cut as asked.

    Args:
        call: the request.
        name: the key under which the rows stand.
        bodies: all rows.
        types: the fields that can be searched and sorted by.
        default: the field that the list is sorted by where none is asked for.
        order: tell the default order in the answer.
    """
    resolve = columns(types)
    info = read(call, resolve, types)
    criteria = info.criteria
    rows = [body for body in bodies if criteria is None or criteria.holds(body)]
    column = resolve(info.sort_field or default)
    assert column is not None
    get = column.get

    def key(body: Json) -> tuple[bool, Any, int]:
        value = get(body)
        folded = value.casefold() if isinstance(value, str) else value
        place = int(folded) if isinstance(folded, str) and folded.isdigit() else folded
        return value is not None, place if value is not None else 0, int(body["id"])

    rows.sort(key=key, reverse=info.descending)
    if order and info.sort_field is None:
        info.echo.update(sort_field=default, sort_order="asc")
    wanted = info.fields

    def row(body: Json) -> Json:
        return {name: body.get(name) for name in ("id", *wanted)} if wanted else body

    return answer(info, name, rows, row)
