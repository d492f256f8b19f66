"""Times as the vendor writes them: ISO 8601, UTC, whole seconds, ``Z``."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def iso(seconds: int) -> str:
    """Write a time."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def iso_or_none(seconds: int | None) -> str | None:
    """Write a time that may be absent."""
    return None if seconds is None else iso(seconds)


def parse(text: object) -> int | None:
    """Read a time in ISO form, with ``Z``, an offset or nothing (UTC); None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip().replace(" UTC", "+00:00"))
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
