"""Careful reading of JSON that a client sent: what is not as expected reads as empty."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

Json: TypeAlias = dict[str, Any]


def as_dict(value: Any) -> Json:
    """Give a JSON object, or an empty one."""
    return cast("Json", value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Give a JSON array, or an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def as_strings(value: Any) -> list[str]:
    """Give the items of an array, or of a comma-separated text, as texts."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [str(item) for item in as_list(value)]


def as_int(value: Any, default: int) -> int:
    """Give a whole number, also where it came as text."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if text.lstrip("-").isdecimal() and text.count("-") <= 1 else default


def truth(value: Any) -> bool:
    """Give a boolean, also where it came as text."""
    return value is True or str(value).lower() == "true"
