"""Values of an account's own fields, by the kind of field (api.freshservice.com, "Ticket fields").

Drop-downs are written and read by the text of a choice. An unknown name is an error, as is one of another workspace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from .records import Field, Json
from .state import State
from .times import iso, parse
from .values import Values


def read(state: State, values: Values, workspace_id: int) -> Json:
    """Read ``custom_fields``, and note what is wrong with them."""
    known = {field.name: field for field in state.fields_of(workspace_id)}
    found: Json = {}
    for name, value in (values.object("custom_fields") or {}).items():
        if name not in known:
            values.problems.unexpected(name)
        elif value is None or (values.is_form and value == ""):
            found[name] = None
        else:
            found[name] = READERS[known[name].kind](values, known[name], value)
    return found


def _text(values: Values, field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        values.problems.mistyped(field.name, "String")
        return None
    return value


def _choice(values: Values, field: Field, value: Any) -> str | None:
    if value not in field.values:
        values.problems.not_a_choice(field.name, field.values)
        return None
    return value


def _choices(values: Values, field: Field, value: Any) -> list[str] | None:
    if not isinstance(value, list):
        values.problems.mistyped(field.name, "Array of String")
        return None
    return [found for item in cast("list[Any]", value) if (found := _choice(values, field, item)) is not None]


def _number(values: Values, field: Field, value: Any) -> int | None:
    return values.as_number(field.name, value, least=-(10**12))


def _decimal(values: Values, field: Field, value: Any) -> float | None:
    if values.is_form and isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        values.problems.mistyped(field.name, "Number")
        return None
    return value


def _checkbox(values: Values, field: Field, value: Any) -> bool | None:
    if values.is_form and value in {"true", "false"}:
        return value == "true"
    if not isinstance(value, bool):
        values.problems.mistyped(field.name, "Boolean")
        return None
    return value


def _day(values: Values, field: Field, value: Any) -> str | None:
    return values.day(field.name, value)


def _moment(values: Values, field: Field, value: Any) -> str | None:
    found = parse(value)
    if found is None:
        values.problems.add(field.name, "It should be a valid date time in the ISO8601 format", "invalid_value")
        return None
    return iso(found)


READERS: dict[str, Callable[[Values, Field, Any], Any]] = {
    "custom_text": _text,
    "custom_paragraph": _text,
    "custom_dropdown": _choice,
    "custom_multi_select_dropdown": _choices,
    "custom_number": _number,
    "custom_decimal": _decimal,
    "custom_checkbox": _checkbox,
    "custom_date": _day,
    "custom_date_time": _moment,
}
