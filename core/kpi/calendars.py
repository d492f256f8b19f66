"""Business calendars as open spans of time in UTC, from which DuckDB reads business time by subtraction.

A calendar is open whenever a clock on the wall, in its zone, shows a time within the hours of that weekday, unless the day
is a holiday or closed. So a night in which the clocks are put back has an hour more, and one in which they are put forward
one less. Each span knows how much open time lies before it: what lies between two moments is the difference of two sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..config.reporting import ALWAYS, CalendarConfig, ReportConfig
from ..errors import ConfigError
from ..extras import extra
from .zones import spans

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Open = tuple[datetime, datetime]
"""Open from, and to; UTC."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BEGIN = datetime(1, 1, 1, tzinfo=UTC)
"""Before all that an incident may say: every moment finds a span that opened before it."""
_END = datetime(9999, 12, 31, tzinfo=UTC)
_TABLE = """
create or replace temp table calendar_hours (calendar varchar, opens timestamp, closes timestamp, total bigint)
"""
_ADD = """
insert into calendar_hours
select $calendar, make_timestamp(unnest($opens::bigint[])), make_timestamp(unnest($closes::bigint[])),
    unnest($totals::bigint[])
"""


def holidays(code: str, years: range, place: str = "holidays") -> set[date]:
    """Give the public holidays of a country or of its subdivision.

    Args:
        code: such as ``DE`` or ``DE-BE``.
        years: of which years.
        place: where the code stands in the configuration.

    Raises:
        ConfigError: the library ``holidays`` knows no such place.
        UserError: the library is not installed.
    """
    library: Any = extra("holidays", "report")
    country, _, subdivision = code.partition("-")
    known: dict[str, list[str]] = library.list_supported_countries()
    if country not in known:
        raise ConfigError(f"{place}: no holidays are known of '{country}'; write a country's code of ISO 3166, such as DE")
    if subdivision and subdivision not in known[country]:
        raise ConfigError(
            f"{place}: {country} has no subdivision '{subdivision}'; write {country} or one of {', '.join(known[country])}"
        )
    return set(library.country_holidays(country, subdiv=subdivision or None, years=years))


def days_off(name: str, calendar: CalendarConfig, first: datetime, last: datetime) -> set[date]:
    """Give a calendar's holidays and closed days around a span of time."""
    years = range(first.year - 1, last.year + 2)
    found = holidays(calendar.holidays, years, f"report.calendars.{name}.holidays") if calendar.holidays else set[date]()
    return found | set(calendar.closed)


def open_spans(calendar: CalendarConfig, off: set[date], first: datetime, last: datetime) -> Iterator[Open]:
    """Give when a calendar is open from ``first`` to ``last``, in order; spans that touch are one.

    Args:
        calendar: the calendar.
        off: its days off.
        first: UTC.
        last: UTC, exclusive.
    """
    kept: Open | None = None
    for opens, closes in _wall_hours(calendar, off, first, last):
        if kept and opens <= kept[1]:
            kept = (kept[0], closes)
            continue
        if kept:
            yield kept
        kept = (opens, closes)
    if kept:
        yield kept


def _wall_hours(calendar: CalendarConfig, off: set[date], first: datetime, last: datetime) -> Iterator[Open]:
    """Give the open hours, cut where the clocks are put forward or back."""
    week = calendar.week()
    for span in spans(ZoneInfo(calendar.zone), first, last):
        day = (span.first + span.offset).date()
        while (midnight := datetime.combine(day, time(), UTC) - span.offset) < span.last:
            for start, end in () if day in off else week[day.weekday()]:
                opens = max(midnight + timedelta(minutes=start), span.first)
                closes = min(midnight + timedelta(minutes=end), span.last)
                if opens < closes:
                    yield opens, closes
            day += timedelta(days=1)


def build(sql: DuckDBPyConnection, settings: ReportConfig, first: datetime, last: datetime) -> None:
    """Make the temp table ``calendar_hours``: each calendar's open spans, with the open microseconds that lie before each.

    Raises:
        ConfigError: a calendar's holidays are unknown.
        UserError: a calendar has holidays, and the library that knows them is not installed.
    """
    sql.execute(_TABLE)
    _add(sql, ALWAYS, [(_BEGIN, _END)])
    for name, calendar in settings.calendars.items():
        off = days_off(name, calendar, first, last)
        _add(sql, name, [(_BEGIN, _BEGIN), *open_spans(calendar, off, first, last)])


def _add(sql: DuckDBPyConnection, name: str, found: Sequence[Open]) -> None:
    lengths = [(closes - opens) // _MICROSECOND for opens, closes in found]
    columns = {
        "opens": [(opens - _EPOCH) // _MICROSECOND for opens, _ in found],
        "closes": [(closes - _EPOCH) // _MICROSECOND for _, closes in found],
        "totals": list(accumulate(lengths, initial=0))[:-1],
    }
    sql.execute(_ADD, {"calendar": name, **columns})
