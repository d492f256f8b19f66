"""Take JSON values apart: what is not of the expected shape counts as empty."""

from __future__ import annotations

from typing import Any, cast

import orjson

from .records import Json


def as_object(value: Any) -> Json:
    """Give a JSON object, or an empty one."""
    return cast("Json", value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Give a JSON list, or an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def json_in(text: str) -> Any:
    """Give the JSON object or list that travels as text, or None where the text is none."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
