"""Times as the vendor writes and reads them.

Answers carry ``YYYY-MM-DDTHH:MM:SSZ``, UTC; due times in answers to updates and moves carry the account's offset instead
(api.freshservice.com, samples of these calls). Requests may use many ISO forms; no zone means UTC.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

ACCOUNT_ZONE = timezone(timedelta(hours=5, minutes=30))
"""The zone of the account's settings, as in the vendor's samples."""


def iso(seconds: int) -> str:
    """Write a time in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def iso_or_none(seconds: int | None) -> str | None:
    """Write a time that may be absent."""
    return None if seconds is None else iso(seconds)


def iso_local(seconds: int) -> str:
    """Write a time in the account's zone, with its offset."""
    return datetime.fromtimestamp(seconds, ACCOUNT_ZONE).isoformat()


def parse(text: object) -> int | None:
    """Read a time in ISO form, with ``Z``, an offset or nothing (UTC); None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def parse_day(text: str) -> int | None:
    """Read a day ``YYYY-MM-DD``, and give its first second in UTC; None where it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) if len(text) == 10 else None
