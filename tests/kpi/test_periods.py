"""Periods: what people write, the days that are meant, and the period before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from isthmus.core.errors import UserError
from isthmus.core.kpi.periods import Period


@pytest.mark.parametrize(
    ("text", "first", "end", "before"),
    [
        ("2026", "2026-01-01", "2027-01-01", "2025"),
        ("2026-Q1", "2026-01-01", "2026-04-01", "2025-Q4"),
        ("2024-02", "2024-02-01", "2024-03-01", "2024-01"),
        ("2026-W01", "2025-12-29", "2026-01-05", "2025-W52"),
        ("2026-03-01..2026-03-31", "2026-03-01", "2026-04-01", "2026-01-29..2026-02-28"),
    ],
)
def test_a_period_is_whole_days(text, first, end, before):
    period = Period.parse(text, "UTC")
    assert (period.label, str(period.day), str(period.end), period.before.label) == (text, first, end, before)
    assert period.before.last == period.first == datetime.fromisoformat(f"{first}T00:00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-Q5",
        "2026-13",
        "2026-W54",
        "2026-02-30..2026-03-01",
        "2026-03-02..2026-03-01",
        "0000",
        "0001",
        "9999",
        "2026-01-01..9999-12-31",
        "Q1",
    ],
)
def test_what_is_no_period_is_told_with_what_is(text):
    with pytest.raises(UserError, match="is no period; write 2026, 2026-Q1"):
        Period.parse(text, "UTC").last  # noqa: B018 - the last year that exists has no end


def test_days_are_those_of_the_zone():
    quarter = Period.parse("2026-Q1", "Europe/Berlin")
    assert (quarter.first, quarter.last) == (
        datetime(2025, 12, 31, 23, tzinfo=UTC),
        datetime(2026, 3, 31, 22, tzinfo=UTC),
    )


def test_a_day_without_a_midnight_begins_with_its_first_hour():
    day = Period.parse("2018-11-04..2018-11-04", "America/Sao_Paulo")  # clocks went from 00:00 to 01:00
    assert day.first == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert day.last - day.first == timedelta(hours=23)


@pytest.mark.parametrize(
    ("text", "step", "labels"),
    [
        ("2026-02", "day", [str(date(2026, 2, 1) + timedelta(days=day)) for day in range(28)]),
        (
            "2026-04-30..2026-06-09",
            "week",
            ["2026-04-30", *(str(date(2026, 5, 4) + timedelta(weeks=week)) for week in range(6))],
        ),
        ("2026", "month", [f"2026-{month:02}-01" for month in range(1, 13)]),
    ],
)
def test_a_period_is_told_by_days_weeks_or_months(text, step, labels):
    period = Period.parse(text, "Europe/Berlin")
    buckets = period.buckets()
    assert (period.step, [bucket.label for bucket in buckets]) == (step, labels)
    assert [bucket.first for bucket in buckets] == [period.first, *(bucket.last for bucket in buckets[:-1])]
    assert buckets[-1].last == period.last
