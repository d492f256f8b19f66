"""Values as people read them."""

from __future__ import annotations

import shlex
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.kpi.figures import Figure, KpiInfo, Unit
from isthmus.core.report.words import NONE, Words, command, met, short

MINUTE, HOUR, DAY = 60, 3600, 86_400
MINUS = "\N{MINUS SIGN}"
ALWAYS, OFFICE = (Words(ZoneInfo("Europe/Berlin"), days=days) for days in (True, False))


def told(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("seconds", "always", "office"),
    [
        (None, NONE, NONE),
        (0, "0 s", "0 s"),
        (45.4, "45 s", "45 s"),
        (59.7, "1 min", "1 min"),
        (270, "4 min 30 s", "4 min 30 s"),
        (42 * MINUTE, "42 min", "42 min"),
        (HOUR - 1, "1 h", "1 h"),
        (3 * HOUR + 20 * MINUTE, "3 h 20 min", "3 h 20 min"),
        (DAY, "24 h", "24 h"),
        (2 * DAY, "2 d", "48 h"),
        (3.21 * DAY, "3 d 5 h", "77 h"),
        (40 * DAY, "40 d", "960 h"),
        (100 * DAY, "100 d", "2,400 h"),
        (-90 * MINUTE, f"{MINUS}1 h 30 min", f"{MINUS}1 h 30 min"),
    ],
)
def test_a_length_of_time(seconds, always, office):
    assert told(ALWAYS.duration(seconds)) == always
    assert told(OFFICE.duration(seconds)) == office


@given(st.floats(0, 1e9), st.booleans())
def test_a_length_of_time_is_near_what_it_says(seconds, days):
    units = {"s": 1, "min": MINUTE, "h": HOUR, "d": DAY}
    words = told(Words(ZoneInfo("UTC"), days=days).duration(seconds)).replace(",", "").split()
    said = sum(int(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
    assert len(words) <= 4
    assert said == pytest.approx(seconds, rel=0.055, abs=0.5)


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [(Unit.SHARE, 0.9123, "91.2%"), (Unit.COUNT, 12345, "12,345"), (Unit.MEAN, 1.416, "1.42"), (Unit.COUNT, None, NONE)],
)
def test_a_value(unit, value, words):
    assert told(ALWAYS.value(unit, value)) == words


@pytest.mark.parametrize(
    ("unit", "better", "now", "before", "words", "judgement"),
    [
        (Unit.SECONDS, "lower", 3600, 3000, "20% higher", "worse"),
        (Unit.SECONDS, "lower", 3600, 3601, "unchanged", ""),
        (Unit.SECONDS, "lower", 60, 0, "1 min higher", "worse"),
        (Unit.SECONDS, "lower", 3600, 60, "59 times higher", "worse"),
        (Unit.SHARE, "higher", 0.93, 0.95, "2.0 points lower", "worse"),
        (Unit.SHARE, "lower", 0.004, 0.002, "0.2 points higher", "worse"),
        (Unit.COUNT, None, 1200, 1000, "20% higher", ""),
        (Unit.COUNT, "lower", 3, 7, "4 lower", "better"),
        (Unit.COUNT, "lower", 0, 0, "unchanged", ""),
    ],
)
def test_a_trend(unit, better, now, before, words, judgement):
    info = KpiInfo(id="k", title="K", definition="", unit=unit, better=better)
    trend = ALWAYS.trend(info, Figure(kpi="k", value=now, before=before, count=1))
    assert (told(trend.words), trend.judgement) == (words, judgement)


def test_what_a_period_that_is_not_over_counts_is_neither_better_nor_worse():
    words = Words(ZoneInfo("UTC"), days=True, unfinished=True)
    judged = {}
    for name in ("major", "backlog"):
        info = KpiInfo(id=name, title="K", definition="", unit=Unit.COUNT, better="lower")
        judged[name] = words.trend(info, Figure(kpi=name, value=4, before=40, count=4)).judgement
    assert judged == {"major": "", "backlog": "better"}


@pytest.mark.parametrize(("now", "before"), [(None, 1), (1, None)])
def test_there_is_no_trend_without_two_values(now, before):
    info = KpiInfo(id="k", title="K", definition="", unit=Unit.COUNT)
    assert ALWAYS.trend(info, Figure(kpi="k", value=now, before=before, count=1)) is None


@pytest.mark.parametrize(
    ("better", "goal", "value", "kept"),
    [
        ("lower", 10, 10, True),
        ("lower", 10, 11, False),
        ("higher", 0.9, 0.95, True),
        ("higher", 0.9, 0.8, False),
        ("lower", None, 1, None),
        ("lower", 1, None, None),
    ],
)
def test_a_goal(better, goal, value, kept):
    assert met(KpiInfo(id="k", title="K", definition="", unit=Unit.COUNT, better=better, goal=goal), value) is kept


@given(st.text())
def test_a_command_is_one_line_that_a_shell_reads_back(value):
    line = command("2026-Q1", "2026-04-01T00:00:00Z", "mttr", "group", value)
    assert shlex.split(line)[:8] == [
        "isthmus",
        "report",
        "--period",
        "2026-Q1",
        "--as-of",
        "2026-04-01T00:00:00Z",
        "--tickets",
        "mttr",
    ]
    assert len(shlex.split(line)) == 10
    assert "\x00" not in line


def test_a_long_text_is_cut():
    assert short("a\n b\tc") == "a b c"
    assert short("x" * 200, 10) == "x" * 9 + "…"
