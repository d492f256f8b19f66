"""Field changes, from the history of a request: in Cloud only.

Vendor facts: on-premises has no such call. In Cloud ``/requests/{id}/history`` lists entries with ``time``, ``by`` and
``diff``, a list of ``field``, ``previous_value`` and ``current_value``, which are shown as the request shows them; its form
is not in the vendor's public pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...core.connector import FieldChange, Json
from ...core.errors import NotFoundError
from ...core.shapes import as_list, as_object
from .calls import Calls
from .catalogue import Catalogue
from .shapes import CODE, OPTIONS, PEOPLE, STATE, TIMES, milliseconds, moment_of


def history_of(calls: Calls, catalogue: Catalogue, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
    """Give the field changes of some requests, oldest first; those gone are left out."""
    found: dict[str, list[FieldChange]] = {}
    for record_id in ids:
        try:
            rows = list(calls.rows("/requests/{id}/history", "history", id=record_id))
        except NotFoundError:
            continue
        rows.sort(key=lambda row: milliseconds(row.get("time")) or 0)
        found[record_id] = [change for row in rows for change in _changes(record_id, row, catalogue)]
    return found


def _changes(record_id: str, row: Json, catalogue: Catalogue) -> Iterator[FieldChange]:
    at, by = milliseconds(row.get("time")), as_object(row.get("by")).get("id")
    if at is None:
        return
    for each in as_list(row.get("diff")):
        told = as_object(each)
        field = str(told.get("field") or "")
        name, before, after = field, told.get("previous_value"), told.get("current_value")
        if field == "status":
            yield FieldChange(
                record_id, STATE, _state(before, catalogue), _state(after, catalogue), moment_of(at), by and str(by)
            )
            continue
        if field == "closure_info":
            name = f"{CODE}.name"
        elif field in OPTIONS:
            name = f"{field}.id" if field == "group" else f"{field}.name"
        elif field in PEOPLE:
            name = f"{field}.id"
        elif field in TIMES:
            name = f"{field}.value"
        yield FieldChange(record_id, name, _text(before, name), _text(after, name), moment_of(at), by and str(by))


def _state(value: Any, catalogue: Catalogue) -> str | None:
    return catalogue.state(value) or as_object(value).get("name")


def _text(value: Any, name: str) -> str | None:
    """Give a value as text: of an object the part that the record's field names."""
    if isinstance(value, dict):
        value = as_object(value).get(name.rpartition(".")[2])
    return None if value in (None, "", []) else str(value)
