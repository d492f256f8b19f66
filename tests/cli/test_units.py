"""Lengths of time and moments."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.units import parse_length, parse_moment


@pytest.mark.parametrize(
    ("text", "seconds"), [("60", 60), ("60s", 60), ("1.5 h", 5400), ("5m", 300), ("5min", 300), ("1d", 86400)]
)
def test_lengths(text, seconds):
    assert parse_length(text) == seconds


@given(st.text(max_size=8))
def test_any_text_is_a_positive_length_or_refused(text):
    with suppress(ValueError):
        assert parse_length(text) > 0


def test_a_moment_without_a_zone_is_in_utc():
    assert parse_moment("2026-03-02T09:00") == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert parse_moment("2026-03-02T09:00:00+01:00") == datetime(2026, 3, 2, 8, tzinfo=UTC)
    with pytest.raises(ValueError, match="'noon' is no moment"):
        parse_moment("noon")
