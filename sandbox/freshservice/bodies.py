"""Bodies of requests: JSON, or ``multipart/form-data`` when files are sent.

A form names nested values as ``custom_fields[key]``, ``tags[]`` and ``assets[][display_id]``, and files as
``attachments[]``; its values are texts, which the checks read as numbers and booleans. A body of any other type is 415, one
that is no JSON object 400 (api.freshservice.com, "Attachments" and "Errors").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, cast

from werkzeug.datastructures import FileStorage

from ..vendor import Call, RefusedError
from .errors import refused
from .records import Json

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
STEP = re.compile(r"\[([^\[\]]*)\]")
FILES = "attachments"


@dataclass(slots=True)
class Upload:
    """A file that a request brings."""

    name: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Body:
    """What a request brings."""

    data: Json = field(default_factory=dict[str, Any])
    files: list[Upload] = field(default_factory=list[Upload])
    is_form: bool = False
    """Values are texts."""


def read(call: Call) -> Body:
    """Read a request's body.

    Raises:
        RefusedError: 400, it is no JSON object; 415, it is neither JSON nor a form with files.
    """
    kind = call.request.mimetype
    if kind == "multipart/form-data":
        return _form(call)
    if kind not in {"application/json", ""} and call.request.get_data().strip():
        message = f"Content-Type header is set to {kind}. It should have only application/json"
        raise refused(415, "invalid_content_type", message)
    try:
        data: Any = call.json()
    except ValueError:
        raise _invalid_json() from None
    if data is None:
        return Body()
    if not isinstance(data, dict):
        raise _invalid_json()
    return Body(cast("Json", data))


def none(call: Call) -> None:
    """Check that a request brings no body.

    Raises:
        RefusedError: 400, it does.
    """
    if call.request.get_data().strip() not in {b"", b"{}"}:
        raise refused(400, "no_content_required", "No content is required for this request")


def _invalid_json() -> RefusedError:
    return refused(400, "invalid_json", "Request body has invalid json format")


def _form(call: Call) -> Body:
    body = Body(is_form=True)
    for name, value in call.request.form.items(multi=True):
        found = NAME.fullmatch(name)
        if found is None:
            body.data[name] = value
        else:
            _put(body.data, found[1], STEP.findall(found[2]), value)
    for name, file in call.request.files.items(multi=True):
        if name.removesuffix("[]") == FILES:
            body.files.append(_upload(file))
        else:
            body.data[name.removesuffix("[]")] = None
        file.close()
    return body


def _upload(file: FileStorage) -> Upload:
    return Upload(file.filename or "attachment", file.mimetype or "application/octet-stream", file.read())


def _put(target: Json, key: str, steps: list[str], value: str) -> None:
    """Put a value of a form at its place."""
    if not steps:
        target[key] = value
    elif steps == [""]:
        _list(target, key).append(value)
    elif not steps[0]:
        _put(_last_without(_list(target, key), steps[1]), steps[1], steps[2:], value)
    else:
        held = target.setdefault(key, {})
        if not isinstance(held, dict):
            held = target[key] = {}
        _put(cast("Json", held), steps[0], steps[1:], value)


def _list(target: Json, key: str) -> list[Any]:
    held = target.setdefault(key, [])
    if not isinstance(held, list):
        held = target[key] = []
    return cast("list[Any]", held)


def _last_without(items: list[Any], key: str) -> Json:
    """Give the last object of a list, or a new one where the last has the key already."""
    if not items or not isinstance(items[-1], dict) or key in items[-1]:
        items.append({})
    return cast("Json", items[-1])
