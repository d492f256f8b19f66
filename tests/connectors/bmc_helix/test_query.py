"""Qualifications: no value changes their meaning."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.bmc_helix import query as q
from isthmus.core.errors import ConfigError

WORDS = (
    "'",
    '"',
    "''",
    '""',
    "\\",
    "%",
    "_",
    "(",
    ")",
    " AND ",
    " OR ",
    "NOT ",
    "=",
    ">",
    "LIKE",
    "$NULL$",
    "$USER$",
    "\n",
    "1=1",
)
HOSTILE = st.one_of(st.text(max_size=12), st.lists(st.sampled_from([*WORDS, "a", "Status", "7"]), max_size=6).map("".join))
TOKEN = re.compile(
    r"""\s*(?:(?P<name>'(?:[^']|'')*')|(?P<text>"(?:[^"]|"")*")|(?P<number>\d+)|(?P<sign>[()]|>=|>|=|AND\b|OR\b))"""
)


def tokens(qualification: str) -> list[tuple[str, str]]:
    """Read a qualification as the documentation describes it: names, texts, numbers, signs."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(qualification.rstrip()):
        match = TOKEN.match(qualification, at)
        assert match, f"no token: {qualification[at:]!r}"
        kind = str(match.lastgroup)
        value = match.group(kind)
        if kind == "name":
            value = value[1:-1].replace("''", "'")
        elif kind == "text":
            value = value[1:-1].replace('""', '"')
        found.append((kind, value))
        at = match.end()
    return found


@given(HOSTILE)
def test_a_value_stays_a_value(value: str) -> None:
    try:
        made = q.both(q.equals("Incident Number", value), q.equals("Status", "New"))
    except q.UnsafeValueError:
        assert not q.is_askable(value)
        return
    assert q.is_askable(value)
    assert tokens(made) == [
        ("name", "Incident Number"),
        ("sign", "="),
        ("text", value),
        ("sign", "AND"),
        ("name", "Status"),
        ("sign", "="),
        ("text", "New"),
    ]
    assert not re.fullmatch(r"\$\w+\$", value)


@given(st.lists(HOSTILE, max_size=4))
def test_a_list_stays_a_list(values: list[str]) -> None:
    try:
        made = q.one_of("Entry ID", values)
    except q.UnsafeValueError:
        assert not values or not all(q.is_askable(value) for value in values)
        return
    wanted: list[tuple[str, str]] = []
    for value in values:
        wanted += [("sign", "OR")] if wanted else []
        wanted += [("name", "Entry ID"), ("sign", "="), ("text", value)]
    assert tokens(made) == [("sign", "("), *wanted, ("sign", ")")]


@given(HOSTILE)
def test_a_field_name_stays_a_name(name: str) -> None:
    try:
        made = q.field(name)
    except q.UnsafeValueError:
        return
    assert tokens(made) == [("name", name)]


@given(HOSTILE, HOSTILE)
def test_a_keyset_goes_on_after_its_row(entry: str, other: str) -> None:
    keys = q.Keyset("Entry ID", "Last Modified Date")
    row: dict[str, Any] = {"Entry ID": entry, "Last Modified Date": "2022-06-21T16:23:14.000+0000"}
    try:
        made = q.both(q.equals("Status", "New"), keys.after(row, q.epoch))
    except q.UnsafeValueError:
        return
    at = [("name", "Last Modified Date")]
    moment = [("number", "1655828594")]
    assert tokens(made)[4:] == [
        ("sign", "("),
        *at,
        ("sign", ">"),
        *moment,
        ("sign", "OR"),
        *at,
        ("sign", "="),
        *moment,
        ("sign", "AND"),
        ("name", "Entry ID"),
        ("sign", ">"),
        ("text", entry),
        ("sign", ")"),
    ]
    assert keys.sort == "Last Modified Date.asc,Entry ID.asc"
    assert q.Keyset("Entry ID").sort == "Entry ID.asc"


@given(HOSTILE)
def test_a_users_own_query_stays_one_condition(text: str) -> None:
    try:
        made = q.native(text, "ops")
    except ConfigError:
        return
    depth, inside = 0, re.sub(r'"(?:[^"]|"")*"' + r"|'(?:[^']|'')*'", "", made)
    for number, sign in enumerate(inside, 1):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        assert depth > 0 or number == len(inside), "it is left before its end"
    assert depth == 0
    assert "'" not in inside
    assert '"' not in inside


@pytest.mark.parametrize(
    "text", ["'Status' = \"New\"", "('A' = 1 OR 'B' = 2) AND NOT 'C' = $NULL$", '\'It\'\'s\' = "a ""b)"""']
)
def test_usual_queries_are_taken(text: str) -> None:
    assert q.native(text, "ops") == f"({text})"


@pytest.mark.parametrize("text", ["", "  ", "'A' = 1) OR ('B' = 2", "'A' = \"x", "((", "'A", "\n'A' = 1"])
def test_broken_queries_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="connection ops: scope 'native'"):
        q.native(text, "ops")


FIRST, LAST = datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("9998-01-01")


@given(st.datetimes(FIRST, LAST, timezones=st.timezones()))
def test_times_come_back(moment: datetime) -> None:
    whole = moment.replace(microsecond=0).astimezone(UTC)
    assert q.parse_stamp(q.stamp(moment)) == whole
    assert q.epoch(whole) == str(int(whole.timestamp()))
    assert q.quoted_time(whole) == f'"{q.stamp(whole)}"'


def test_a_time_with_another_zone_or_none() -> None:
    assert q.parse_stamp("2022-06-21T18:23:14.000+0200") == datetime(2022, 6, 21, 16, 23, 14, tzinfo=UTC)
    assert q.parse_stamp("2022-06-21T16:23:14") == datetime(2022, 6, 21, 16, 23, 14, tzinfo=UTC)
    assert q.stamp(datetime(2022, 6, 21, 18, 23, 14, tzinfo=timezone(timedelta(hours=2)))) == "2022-06-21T16:23:14.000+0000"
