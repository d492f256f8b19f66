"""Values: read from requests into the database's form, and shown in replies.

Text, numbers, null; a selection as its label (the code, as number or text, is accepted too: public clients send it);
a moment as ISO text; an attachment as the name of a part of the request. Text longer than its field is refused with
306, never cut. ``""`` is null. Bytes count, not letters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from . import errors
from .errors import refuse
from .schema import Field, Form
from .store import File, Row
from .times import parsed, shown

_LATEST = 2**31 - 1


def read_values(form: Form, given: Any, files: Mapping[str, File], *, system: bool = False) -> Row:
    """Give what a request sets, by column; None for what it clears.

    Args:
        form: the form written to.
        given: the ``values`` of the body.
        files: the parts of the request, by field.
        system: whether fields of the system may be written, as a merge may.

    Raises:
        RefusedError: 400.
    """
    if not isinstance(given, dict):
        raise refuse(400, errors.BAD_REQUEST, "values")
    values = cast("dict[str, Any]", given)
    row: Row = {}
    for name, value in values.items():
        field = form.find(name)
        if field is None:
            raise refuse(400, errors.NO_FIELD, f"{form.name} : <{name}>")
        if field.option == "SYSTEM" and not system:
            raise refuse(403, errors.NO_FIELD_WRITE, f"{form.name} : {field.name}")
        row[field.column] = _read(form, field, value, files)
    unnamed = sorted(files.keys() - values.keys())
    if unnamed:
        raise refuse(400, errors.BAD_REQUEST, f"attach-{unnamed[0]}")
    return row


def _read(form: Form, field: Field, value: Any, files: Mapping[str, File]) -> Any:
    if value is None or value == "":
        return None
    match field.kind:
        case "attachment":
            found: Any = files.get(field.name)
        case "enum":
            found = _label(field, value)
        case "time":
            found = _moment(value)
        case "integer":
            found = int(value) if re.fullmatch(r"-?\d{1,9}", str(value)) else None
        case _:
            found = _text(field, value)
    if found is None:
        raise refuse(400, errors.OUT_OF_LIMITS, f"{form.name} : {field.name}")
    return found


def _label(field: Field, value: Any) -> str | None:
    for code, label in field.choices:
        if value == label or (not isinstance(value, bool) and str(value) == str(code)):
            return label
    return None


def _moment(value: Any) -> int | None:
    if isinstance(value, str):
        return parsed(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LATEST else None


def _text(field: Field, value: Any) -> str | None:
    if isinstance(value, bool | dict | list):
        return None
    text = value if isinstance(value, str) else str(value)
    if field.name in {"Description", "Summary"}:
        text = re.sub(r"[\r\n]+", " ", text)  # one line; that breaks become blanks is unconfirmed
    return text if not field.limit or len(text.encode()) <= field.limit else None


def show(form: Form, field: Field, row: Row, base: str) -> Any:
    """Give a field of a row as replies show it.

    Args:
        form: the form that is read.
        field: its field.
        row: the row.
        base: the address of the entry API, for the links of attachments.
    """
    value = row.get(field.column)
    if field.name == form.id_field:
        return value_id(form, row)
    if value is None:
        return unset(field)
    match field.kind:
        case "time":
            return shown(value)
        case "history":
            return {status: {"user": login, "timestamp": shown(at)} for status, (login, at) in value.items()}
        case "attachment":
            href = f"{entry_url(base, form, value_id(form, row))}/attach/{quote(field.name)}"
            return {"name": value.name, "sizeBytes": len(value.content), "href": href}
        case _:
            return value


def unset(field: Field) -> Any:
    """Give what a field shows that a row does not hold."""
    return field.default if field.option != "DISPLAY" else None


def value_id(form: Form, row: Row) -> str:
    """Give what a form calls a row."""
    return form.entry_id(row[form.fields[form.id_field].column])


def entry_url(base: str, form: Form, entry_id: str) -> str:
    """Give the address of an entry."""
    return f"{base}/{quote(form.name, safe=':')}/{quote(entry_id, safe='')}"
