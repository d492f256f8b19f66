"""Moments in JQL: literals of minute precision in the time zone of the caller's profile, periods, and functions.

An unquoted number is a moment in milliseconds since 1970; whether Jira keeps more than its minute is unconfirmed, so here
it is cut to the minute, as every literal is. Source: Atlassian support, "JQL fields", "JQL functions".
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from . import times
from .jql_parse import Call, Empty, JqlError, Word

_LITERAL = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2}))?")
_PERIOD = re.compile(r"([+-]?)((?:\d+[yMwdhm]\s*)+)")
_PART = re.compile(r"(\d+)([yMwdhm])")
_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "y": 31536000, "M": 2592000}
_FUNCTION = re.compile(r"(start|end)of(day|week|month|year)", re.IGNORECASE)
MINUTE = 60_000


def moment(operand: Word | Call | Empty, field: str, now: int, zone: tzinfo) -> int:
    """Give the moment that an operand means.

    Raises:
        JqlError: it means none.
    """
    if isinstance(operand, Call):
        return _function(operand, field, now, zone)
    if isinstance(operand, Empty):
        raise _invalid("EMPTY", field)
    text = operand.text.strip()
    if not operand.quoted and re.fullmatch(r"-?\d{6,}", text):
        return int(text) // MINUTE * MINUTE
    literal = _LITERAL.fullmatch(text)
    if literal:
        try:
            parts = [int(part or 0) for part in literal.groups()]
            return times.millis(datetime(*parts, tzinfo=zone))
        except (ValueError, OverflowError):
            raise _invalid(text, field) from None
    period = _PERIOD.fullmatch(text)
    if period:
        return now + _span(text) * 1000
    raise _invalid(text, field)


def _invalid(text: str, field: str) -> JqlError:
    return JqlError(
        f"Date value '{text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm',"
        " 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )


def _span(text: str) -> int:
    seconds = sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(text))
    return -seconds if text.startswith("-") else seconds


def _function(call: Call, field: str, now: int, zone: tzinfo) -> int:
    name = call.name.lower()
    if name in ("now", "currentlogin"):
        return now
    found = _FUNCTION.fullmatch(name)
    if found is None:
        raise JqlError(f"Unable to find JQL function '{call.name}({', '.join(call.args)})'.")
    start = times.local(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    unit = found[2]
    if unit == "week":
        start -= timedelta(days=(start.weekday() + 1) % 7)
    elif unit != "day":
        start = start.replace(day=1, month=1 if unit == "year" else start.month)
    if found[1].lower() == "end":
        later = {"day": 1, "week": 7, "month": 32, "year": 366}[unit]
        start += timedelta(days=later)
        if unit in ("month", "year"):
            start = start.replace(day=1, month=1 if unit == "year" else start.month)
        start -= timedelta(milliseconds=1)
    return times.millis(start) + (_offset(call, unit) if call.args else 0)


def _offset(call: Call, unit: str) -> int:
    text = call.args[0]
    if re.fullmatch(r"[+-]?\d+", text):
        text += {"day": "d", "week": "w", "month": "M", "year": "y"}[unit]
    if not _PERIOD.fullmatch(text):
        raise JqlError(
            f"Duration for function '{call.name}' should have the format (+/-)n(yMwdhm), e.g -1M for 1 month earlier."
        )
    return _span(text) * 1000
