"""JQL: no value breaks out of its quotes, and no moment is read as a later one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from isthmus.connectors.jira import jql
from isthmus.core.connector import Scope
from isthmus.sandbox.jira.jql_parse import parse

ZONES = st.sampled_from(
    [
        "Etc/UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "Africa/Casablanca",
    ]
)
MOMENTS = st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2037-01-01"), timezones=st.just(UTC))


@given(st.text(st.characters(codec="utf-8"), max_size=30) | st.text("\"'\\()=~,\n\r\t\x00 ANDOR", max_size=20))
@example('" OR project = "X')
@example("\\")
@example('\\" OR labels is EMPTY')
@example("a\u2028b")
def test_no_value_changes_the_meaning_of_a_query(value: str) -> None:
    text = jql.quoted(value)
    assert text[0] == text[-1] == '"'
    assert not any(ord(each) < 32 for each in text)
    inner = text[1:-1]
    assert '"' not in inner.replace("\\\\", "").replace('\\"', "")
    assert len(inner.replace("\\\\", "")) == 0 or inner.replace("\\\\", "")[-1] != "\\"
    plain = parse(f"labels = {jql.quoted('x')}")
    hostile = parse(f"labels = {text}")
    assert type(hostile.where) is type(plain.where)
    assert hostile.orders == plain.orders


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=10), min_size=1, max_size=4))
def test_a_list_of_values_stays_one_condition(values: list[str]) -> None:
    first, other = parse(jql.one_of("labels", values)), parse(jql.one_of("labels", ["x"] * len(values)))
    assert type(first.where) is type(other.where)


@given(MOMENTS, ZONES)
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin")
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin")
@example(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "Europe/Berlin")
@example(datetime(2026, 4, 4, 15, 15, tzinfo=UTC), "Australia/Lord_Howe")
def test_a_literal_never_means_a_later_moment(moment: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    wall = datetime.fromisoformat(jql.local_minute(moment, zone))
    meant = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    assert max(meant) <= moment
    assert moment - min(meant) <= timedelta(hours=26)
    later = datetime.fromisoformat(jql.before("updated", moment, zone).partition('"')[2].rstrip('"'))
    assert min(later.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)) >= moment


def test_an_unknown_zone_loses_nothing() -> None:
    moment = datetime(2026, 7, 14, 9, 30, 59, tzinfo=UTC)
    assert jql.local_minute(moment, None) == "2026-07-13 19:30"
    assert jql.before("updated", moment, None) == 'updated < "2026-07-14 23:30"'
    assert jql.local_minute(moment, ZoneInfo("Europe/Berlin")) == "2026-07-14 11:30"


def test_a_scope_becomes_conditions() -> None:
    moment = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
    scope = Scope(
        status=("new", "resolved", "odd"),
        label=('a"b',),
        group=("Network",),
        key=("ITSM-1",),
        opened_after=moment,
        updated_after=moment,
        native="component = VPN OR component = DNS",
    )
    assert jql.lasting(scope, ZoneInfo("Etc/UTC")) == (
        'key in ("ITSM-1") AND created >= "2026-07-14 09:30" AND updated >= "2026-07-14 09:30" AND '
        "(component = VPN OR component = DNS)"
    )
    text = jql.present(scope, ZoneInfo("Etc/UTC"), "customfield_3")
    assert text.endswith('AND statusCategory in ("2", "3", "4") AND labels in ("a\\"b") AND cf[3] in ("Network")')
    assert "cf[" not in jql.present(scope, None, None)
    assert jql.lasting(Scope(), None) == jql.present(Scope(), None, None) == ""


@pytest.mark.parametrize(("keys", "text"), [(("A", "B"), 'project in ("A", "B")'), (("A", "*"), "project is not EMPTY")])
def test_projects(keys: tuple[str, ...], text: str) -> None:
    assert jql.projects(keys) == text


def test_small_parts() -> None:
    assert (jql.clause("customfield_12"), jql.clause("labels"), jql.clause("customfield_x")) == (
        "cf[12]",
        "labels",
        "customfield_x",
    )
    assert (jql.behind(0), jql.behind(7)) == ("", "id > 7")
    assert jql.phrase('a"b') == '"\\"a\\\\\\"b\\""'
