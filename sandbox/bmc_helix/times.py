"""Moments: whole seconds since 1970 in the database, ``2022-12-23T08:47:49.000+0000`` on the wire (recorded replies).

A qualification may give a moment as a bare number (seconds) or as quoted text: ISO as delivered, or the server's
locale, here en_US (docs.bmc.com lists forms by locale; which of them REST accepts is unconfirmed). Text without a
zone is UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y")


def seconds(moment: datetime) -> int:
    """Give a moment as the database holds it."""
    return int(moment.timestamp())


def shown(stored: int) -> str:
    """Give a stored moment as replies show it."""
    return datetime.fromtimestamp(stored, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def parsed(text: str) -> int | None:
    """Read a moment in one of the accepted forms; None for another."""
    if "T" in text:
        try:
            return _aware(datetime.fromisoformat(text))
        except ValueError:
            return None
    for form in _FORMS:
        try:
            return _aware(datetime.strptime(text, form).replace(tzinfo=UTC))
        except ValueError:
            continue
    return None


def _aware(moment: datetime) -> int:
    return seconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
