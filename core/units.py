"""Lengths of time and moments, as people write them on a command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d)?")
_SECONDS = {None: 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def parse_length(text: str) -> float:
    """Give seconds of ``60s``, ``5m``, ``2h``, ``1d`` or a bare number of seconds.

    Raises:
        ValueError: the text is no length of time, or none at all.
    """
    match = _LENGTH.fullmatch(text.strip())
    seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    if seconds <= 0:
        raise ValueError(f"'{text}' is no length of time; write 60s, 5m, 2h or 1d")
    return seconds


def parse_moment(text: str) -> datetime:
    """Give a moment of ISO 8601; one without a zone is in UTC.

    Raises:
        ValueError: the text is no moment.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is no moment; write 2026-03-02T09:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
