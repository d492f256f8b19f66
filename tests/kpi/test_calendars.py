"""Business calendars: open whenever a clock on the wall says so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.core.config.reporting import CalendarConfig, ReportConfig
from isthmus.core.errors import ConfigError
from isthmus.core.kpi import calendars
from isthmus.testing.oracle.kpi import Calendar, business_minutes

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kolkata", "UTC")
CHANGES = (date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 4), date(2026, 10, 25), date(2026, 11, 1))


@st.composite
def spans(draw: st.DrawFn) -> list[tuple[int, int]]:
    edges = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=6)))
    return list(zip(edges[::2], edges[1::2], strict=False))


@settings(max_examples=30)
@given(
    zone=st.sampled_from(ZONES), day=st.sampled_from(CHANGES), hours=spans(), off=st.sets(st.integers(-2, 2), max_size=2)
)
def test_open_spans_hold_the_minutes_at_which_the_wall_clock_says_so(zone, day, hours, off):
    closed = {day + timedelta(days=each) for each in off}
    told = [f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}" for start, end in hours]
    config = CalendarConfig.model_validate({"zone": zone, "hours": {"mon-sun": told}, "closed": sorted(closed)})
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    last = first + timedelta(days=4)
    found = list(calendars.open_spans(config, closed, first, last))
    assert all(start < end for start, end in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    by_hand = Calendar(zone, ((tuple(hours)),) * 7, frozenset(closed))
    for hour in range(0, 96, 5):
        here = first + timedelta(hours=hour)
        ours = sum((min(end, here) - min(start, here) for start, end in found), timedelta())
        assert ours == business_minutes(by_hand, first, here) * timedelta(minutes=1)


def test_holidays_are_those_of_the_place():
    berlin, germany = (calendars.holidays(code, range(2026, 2027)) for code in ("DE-BE", "DE"))
    assert berlin - germany == {date(2026, 3, 8)}  # International Women's Day
    assert date(2026, 5, 1) in germany


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("XX", "report.calendars.office.holidays: no holidays are known of 'XX'"),
        ("DE-XX", "DE has no subdivision 'XX'; write DE or"),
    ],
)
def test_a_place_without_holidays_is_told(store, code, words):
    declared = {"calendars": {"office": {"zone": "UTC", "hours": {"mon": ["09:00-10:00"]}, "holidays": code}}}
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ConfigError, match=words):
        calendars.build(store.sql, ReportConfig.model_validate(declared), moment, moment)
