"""Encoded queries: no value changes their meaning, and rows that a query should not give are noticed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from isthmus.connectors.servicenow import query as q
from isthmus.core.errors import ConfigError, UnexpectedReplyError

WORDS = (
    "",
    "^",
    "^OR",
    "^NQ",
    "^EQ",
    "^ORDERBY",
    "=",
    "!=",
    ">=",
    "IN",
    "LIKE",
    ",",
    "@",
    "%",
    "javascript:",
    "NULL",
    "\n",
)
HOSTILE = st.one_of(
    st.text(max_size=12), st.lists(st.sampled_from([*WORDS, "a", "sys_id", "1", " "]), max_size=6).map("".join)
)
OPERATORS = ("ISEMPTY", "ISNOTEMPTY", "LIKE", "STARTSWITH", "IN", ">=", "<=", "!=", "=", ">", "<")


def parse(text: str) -> list[list[list[tuple[str, str, str]]]]:
    """Read an encoded query as the documentation describes it: alternatives of clauses of (field, operator, value)."""
    alternatives: list[list[list[tuple[str, str, str]]]] = [[]]
    for part in text.split("^"):
        piece = part
        if piece.startswith("ORDERBY") or piece == "EQ":
            continue
        if piece.startswith("NQ"):
            alternatives.append([])
            piece = piece[2:]
        joins = piece.startswith("OR")
        found = re.match(r"(OR)?([a-z0-9_.]+)", piece)
        assert found, f"no condition: {piece!r}"
        rest = piece[found.end() :]
        operator = next((each for each in OPERATORS if rest.startswith(each)), None)
        assert operator, f"no operator: {piece!r}"
        condition = (found.group(2), operator, rest[len(operator) :])
        if joins:
            alternatives[-1][-1].append(condition)
        else:
            alternatives[-1].append([condition])
    return alternatives


def evaluated(value: str) -> bool:
    """Tell whether the vendor takes a value for something else than its letters."""
    return value.lower().lstrip().startswith("javascript:") or value in ("", "NULL") or "\n" in value or "\r" in value


@given(HOSTILE)
def test_a_value_stays_a_value(value: str) -> None:
    try:
        text = q.Query().where(q.equals("number", value), q.equals("active", "true")).ordered("sys_id").text
    except q.UnsafeValueError:
        return
    assert parse(text) == [[[("number", "=", value)], [("active", "=", "true")]]]
    assert not evaluated(value)


@given(st.lists(HOSTILE, max_size=4))
def test_a_list_stays_a_list(values: list[str]) -> None:
    try:
        condition = q.one_of("sys_id", values)
    except q.UnsafeValueError:
        assert not values or not all(q.is_listable(value) for value in values)
        return
    ((((field, operator, listed),),),) = parse(condition.text)
    assert (field, operator, listed.split(",")) == ("sys_id", "IN", values)
    assert not any(evaluated(value) for value in values)


@given(HOSTILE)
def test_a_field_name_is_a_field_name(name: str) -> None:
    assume(not re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", name))
    with pytest.raises(q.UnsafeValueError):
        q.equals(name, "1")
    with pytest.raises(q.UnsafeValueError):
        q.Query().ordered(name)


@given(HOSTILE)
def test_a_native_query_is_joined_without_changing_or_refused(native: str) -> None:
    mine = q.equals("sys_class_name", "incident")
    try:
        theirs = q.native_query(q.parse_native(native, "ops"))
    except ConfigError:
        return
    text = q.Query().where(mine).within(theirs).ordered("sys_id").text
    for alternative in text.removesuffix("^ORDERBYsys_id").split("^NQ"):
        assert alternative.endswith("^sys_class_name=incident")
        assert not alternative.startswith("OR")


@pytest.mark.parametrize(
    ("native", "text"),
    [
        ("active=true", "active=true^a=1"),
        ("active=true^priority=1^ORpriority=2", "active=true^priority=1^ORpriority=2^a=1"),
        ("active=true^NQpriority=1^ORpriority=2", "active=true^a=1^NQpriority=1^ORpriority=2^a=1"),
        ("active=true^ORDERBYDESCnumber^EQ", "active=true^a=1"),
        ("caller_id.emailENDSWITH@example.com", "caller_id.emailENDSWITH@example.com^a=1"),
        (
            "opened_atONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()",
            "opened_atONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()^a=1",
        ),
    ],
)
def test_native_queries_carry_all_conditions_in_every_alternative(native: str, text: str) -> None:
    theirs = q.native_query(q.parse_native(native, "ops"))
    assert q.Query().where(q.equals("a", "1")).within(theirs).text == text


@pytest.mark.parametrize(
    "native",
    [
        "",
        "ORDERBYnumber^EQ",
        "ORa=1",
        "NQa=1",
        "a=1^NQ",
        "a=1^NQORb=2",
        "a=1^^b=2",
        "a",
        "=1",
        "RLQUERYtask_sla.task,>=1^ENDRLQUERY",
        "a=1\n^b=2",
    ],
)
def test_native_queries_that_would_change_others_are_refused(native: str) -> None:
    with pytest.raises(ConfigError, match="scope 'native'"):
        q.parse_native(native, "ops")


def test_rows_are_held_against_a_native_query_as_far_as_it_is_understood() -> None:
    query = q.native_query(q.parse_native("category=network^ORcategory=software^active=1^caller_id.vip=true", "ops"))
    query.check([{"category": "Network", "active": "true"}], "ops")
    assert query.fields == ("category", "active")
    with pytest.raises(UnexpectedReplyError, match="ignored a part of a query"):
        query.check([{"category": "hardware", "active": "true"}], "ops")
    with pytest.raises(UnexpectedReplyError):
        query.check([{"category": "network", "active": "false"}], "ops")
    listed = q.native_query(q.parse_native("stateIN1,2^numberLIKE7^opened_at=2026-01-01^cmdb_ci=javascript:x()", "ops"))
    listed.check([{"state": "2"}], "ops")
    with pytest.raises(UnexpectedReplyError):
        listed.check([{"state": "3"}], "ops")


def test_conditions_know_which_rows_satisfy_them() -> None:
    moment = datetime(2026, 7, 14, 2, 0, tzinfo=timezone(timedelta(hours=2)))
    row = {"n": "INC7", "t": "2026-07-14 00:00:00", "e": None}
    assert q.equals("n", "inc7").holds(row)
    assert not q.differs("n", "INC7").holds(row)
    assert q.differs("e", "x").holds(row)
    assert q.one_of("n", ["INC8", "inc7"]).holds(row)
    assert q.at_least("t", moment).holds(row)
    assert q.at_most("t", moment).holds(row)
    assert not q.later_than("t", moment).holds(row)
    assert not q.at_most("e", moment).holds(row)
    assert not q.id_beyond("n", "INC7").holds(row)
    assert q.either(q.equals("n", "x"), q.equals("n", "INC7")).holds(row)
    assert not q.either(q.equals("n", "x"), q.equals("n", "y")).holds(row)


def test_a_keyset_repeats_every_condition_in_both_halves() -> None:
    query = q.Query().where(q.equals("a", "1")).ordered("sys_updated_on", "sys_id")
    rest = query.beyond({"sys_updated_on": "2026-07-14 00:00:00", "sys_id": "ab"})
    assert rest.text == (
        "a=1^sys_updated_on=2026-07-14 00:00:00^sys_id>ab^NQa=1^sys_updated_on>2026-07-14 00:00:00"
        "^ORDERBYsys_updated_on^ORDERBYsys_id"
    )
    rest.check([{"a": "1", "sys_updated_on": "2026-07-14 00:00:00", "sys_id": "ac"}], "ops")
    with pytest.raises(UnexpectedReplyError):
        rest.check([{"a": "1", "sys_updated_on": "2026-07-14 00:00:00", "sys_id": "ab"}], "ops")
    assert q.Query().ordered("sys_id").text == "ORDERBYsys_id"
    assert q.stamp(q.parse_stamp("2026-07-14 00:00:00")) == "2026-07-14 00:00:00"
    assert q.parse_stamp("2026-07-14 00:00:00").tzinfo is UTC
