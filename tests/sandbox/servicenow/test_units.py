"""Small parts on their own: indexes, bounds, zones, declarations."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.sandbox.servicenow.indexes import Bounds, HashIndex, SortedIndex, span
from isthmus.sandbox.servicenow.schema import parse_columns
from isthmus.sandbox.servicenow.store import Store
from isthmus.sandbox.servicenow.table_rules import custom_name
from isthmus.sandbox.servicenow.zones import Display, business_seconds, duration, moment, show_duration, stored, zone

KEYS = st.tuples(st.sampled_from("abcdef"), st.sampled_from("123"))


@given(st.sets(KEYS), st.lists(KEYS))
def test_a_sorted_index_stays_sorted(first, changes):
    index, wanted = SortedIndex(first), set(first)
    for key in changes:
        if key in wanted:
            index.discard(key)
            wanted.discard(key)
        else:
            index.discard(key)
            index.add(key)
            wanted.add(key)
    assert index.keys == sorted(wanted)


BOUNDS = st.builds(Bounds, st.sampled_from("\0bd"), st.booleans(), st.sampled_from([None, "b", "d", "e"]), st.booleans())


def holds(bounds, value):
    low = value > bounds.low or (value == bounds.low and not bounds.after)
    high = bounds.high is None or value < bounds.high or (value == bounds.high and bounds.up_to)
    return low and high


@given(st.sets(KEYS), BOUNDS, BOUNDS)
def test_bounds_select_and_intersect(keys, one, other):
    ordered = sorted(keys)
    assert span(ordered, one) == [key for key in ordered if holds(one, key[0])]
    both = one.within(other)
    assert span(ordered, both) == [key for key in ordered if holds(one, key[0]) and holds(other, key[0])]


def test_a_hash_index_forgets():
    index = HashIndex([("A", "1"), ("", "2"), ("a", "3")])
    assert list(index.get("a")) == ["1", "3"]
    index.discard("A", "1")
    index.discard("a", "3")
    index.discard("x", "9")
    assert list(index.get("a")) == []


@pytest.mark.parametrize("text", ["a | string | A | b", "a | str-ing | A", "a | string nonsense | A"])
def test_malformed_columns_are_refused(text):
    with pytest.raises(ValueError, match=r"values to unpack|not a column"):
        parse_columns("t", text)


def test_durations():
    assert duration(102197) == "1970-01-02 04:23:17"
    assert show_duration("1970-01-02 04:23:17") == "1 Day 4 Hours 23 Minutes"
    assert show_duration("1970-01-01 00:00:01") == "1 Second"
    assert show_duration("1970-01-01 00:00:30") == "30 Seconds"
    assert show_duration("1970-01-03 01:01:00") == "2 Days 1 Hour 1 Minute"
    assert show_duration("long") == "long"
    start, end = datetime(2026, 7, 10, 16, tzinfo=UTC), datetime(2026, 7, 13, 9, 30, tzinfo=UTC)
    assert business_seconds(start, end) == 9000


def test_moments():
    assert stored(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02 03:04:05"
    assert moment("2026-01-02") == datetime(2026, 1, 2, tzinfo=UTC)
    assert moment("2026-01-02T00:00:00Z") is None
    assert zone("Nowhere/Land").key == "UTC"
    assert zone("").key == "GMT"
    display = Display("Europe/Berlin", "dd/MM/yyyy", "HH:mm:ss")
    assert display.show("2026-07-14 08:00:00") == "14/07/2026 10:00:00"
    assert display.show("") == ""
    assert display.show("soon") == "soon"
    assert display.read("14/07/2026 10:00:00") == datetime(2026, 7, 14, 8, tzinfo=UTC)
    assert display.read("2026-07-14 10:00:00") is None


@given(st.integers(946684800, 2145830400), st.sampled_from(["US/Pacific", "Europe/Berlin", "GMT"]))
def test_display_and_input_agree_except_in_the_repeated_hour(seconds, name):
    at = datetime.fromtimestamp(seconds, UTC)
    display = Display(name)
    back = display.read(display.show(stored(at)))
    assert abs((back - at).total_seconds()) in {0, 3600}


def test_custom_names():
    assert custom_name("Cost Centre (EU)") == "u_cost_centre_eu"
    assert custom_name("u_done") == "u_done"


def test_what_a_store_does_not_know():
    store = Store()
    assert store.property("nosuch", "x") == "x"
    assert store.choices("incident", "nosuch") == {}
    assert store.referenced("kb_knowledge", "1") is None
    with pytest.raises(KeyError):
        store["nosuch"]
