"""Take JSON values apart: what is not of the expected shape counts as empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import orjson

from .records import Json

DEEPEST: Final = 20
"""Levels of a payload that are looked into."""


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


def records_in(
    payload: Any,
    take: Callable[[Json], Json | None],
    *,
    apart: frozenset[str] = frozenset(),
    opened: Callable[[str], Any] = json_in,
    depth: int = 0,
) -> Iterator[Json]:
    """Give each record of a payload, at any level and inside of JSON that travels as text.

    Args:
        payload: any JSON value.
        take: makes a record of an object, or None where it is none; only then the object is looked into.
        apart: keys that are not looked into.
        opened: gives the JSON that a text holds, or None.
        depth: how deep we are.
    """
    if depth > DEEPEST:
        return
    if isinstance(payload, str):
        payload = opened(payload)
    inner: list[Any] = as_list(payload)
    if isinstance(payload, dict):
        record = take(as_object(payload))
        if record is not None:
            yield record
            return
        inner = [value for key, value in as_object(payload).items() if key not in apart]
    for value in inner:
        yield from records_in(value, take, apart=apart, opened=opened, depth=depth + 1)
