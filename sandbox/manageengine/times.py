"""Times: epoch milliseconds as a string, beside a text for people that nobody should parse.

Source: manageengine.com, sdpop-v3-api, getting started; recorded bodies of several servers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from .flavour import Flavour

LONGEST = 19
"""Digits of the longest number that is read: an id of the Cloud has 18."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def shown(moment: int | None, flavour: Flavour) -> dict[str, str] | None:
    """Write a time as the API gives it; ``display_value`` is in the API user's own zone and format."""
    if moment is None:
        return None
    local = EPOCH + timedelta(milliseconds=moment, hours=flavour.zone)
    return {"display_value": f"{local:%b} {local.day}, {local:%Y %I:%M %p}", "value": str(moment)}


def milliseconds(value: Any) -> int | None:
    """Read a time as it is written: ``{"value": "1735689600000"}``; None where it is none."""
    inner: Any = cast("dict[str, Any]", value).get("value") if isinstance(value, dict) else None
    return digits(inner)


def digits(value: Any) -> int | None:
    """Read a bare number, as a string or a number: milliseconds, an id; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None


def iso(moment: int | None) -> str | None:
    """Write a time for oracles: ISO 8601, UTC, milliseconds."""
    if moment is None:
        return None
    return (EPOCH + timedelta(milliseconds=moment)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
