"""Server expressions in query values: ``javascript:gs.dateGenerate('2026-07-14','00:28:40')`` and relative moments.

Only the calls that clients use in queries are known. Days begin and end in the session's time zone (product
documentation, scripted date filters); literals are UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from .session import Session
from .zones import stored

PREFIX = "javascript:"
_CALL = re.compile(r"(?:gs\.)?(?P<name>\w+)\((?P<arguments>[^()]*)\);?\Z")
_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "dayofweek": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
    "year": timedelta(days=365),
}

Arguments: TypeAlias = list[str]


def _day(session: Session, days_ago: int = 0, *, last: bool = False) -> str:
    local = session.now.astimezone(session.display.zone) - timedelta(days=days_ago)
    edge = local.replace(hour=23, minute=59, second=59) if last else local.replace(hour=0, minute=0, second=0)
    return stored(edge)


def _generated(session: Session, arguments: Arguments) -> str:
    day, time = arguments
    clock = {"start": "00:00:00", "end": "23:59:59"}.get(time, time)
    local = datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=session.display.zone)
    return stored(local)


def _ago(session: Session, count: str, unit: timedelta) -> str:
    return stored(session.now - int(count) * unit)


_CALLS: dict[str, Callable[[Session, Arguments], str]] = {
    "getUserID": lambda session, _: session.user_id,
    "getUserName": lambda session, _: session.user_name,
    "nowDateTime": lambda session, _: stored(session.now),
    "now": lambda session, _: stored(session.now),
    "beginningOfToday": lambda session, _: _day(session),
    "endOfToday": lambda session, _: _day(session, last=True),
    "beginningOfYesterday": lambda session, _: _day(session, 1),
    "endOfYesterday": lambda session, _: _day(session, 1, last=True),
    "daysAgoStart": lambda session, given: _day(session, int(given[0])),
    "daysAgoEnd": lambda session, given: _day(session, int(given[0]), last=True),
    "daysAgo": lambda session, given: _ago(session, given[0], _UNITS["day"]),
    "hoursAgo": lambda session, given: _ago(session, given[0], _UNITS["hour"]),
    "hoursAgoStart": lambda session, given: _ago(session, given[0], _UNITS["hour"]),
    "minutesAgo": lambda session, given: _ago(session, given[0], _UNITS["minute"]),
    "minutesAgoStart": lambda session, given: _ago(session, given[0], _UNITS["minute"]),
    "dateGenerate": _generated,
}


def evaluate(text: str, session: Session) -> str | None:
    """Give what a query value stands for: itself, or the result of a server expression; None for one that fails."""
    if not text.startswith(PREFIX):
        return text
    match = _CALL.match(text.removeprefix(PREFIX).strip())
    call = _CALLS.get(match["name"]) if match else None
    if match is None or call is None:
        return None
    arguments = [part.strip().strip("'\"") for part in match["arguments"].split(",")]
    try:
        return call(session, arguments)
    except (IndexError, OverflowError, ValueError):
        return None


def relative(text: str, session: Session) -> tuple[str, str] | None:
    """Give the moment of ``@hour@ago@1`` and the moment one unit later; None where it is malformed."""
    unit, _, rest = text.removeprefix("@").partition("@")
    direction, _, count = rest.partition("@")
    step = _UNITS.get(unit)
    if step is None or direction not in {"ago", "ahead"} or not count.isdecimal():
        return None
    try:
        at = session.now + int(count) * step * (-1 if direction == "ago" else 1)
        return stored(at), stored(at + step)
    except OverflowError:
        return None
