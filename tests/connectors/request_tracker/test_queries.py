from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.request_tracker.queries import any_of, custom_field, in_scope, moment, numbered, quoted, together
from isthmus.core.connector import Scope

HOSTILE = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ["x' OR id > 0 OR 'a' = 'a", "'", "\\", "\\'", "a\\\\' OR id > 0", "\n", ""]
)
WORD = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
"""A quoted word, as RT's own parser takes it."""


@given(HOSTILE, HOSTILE)
def test_no_text_breaks_out_of_its_quotes(one: str, other: str) -> None:
    found = WORD.findall(f"Subject = {quoted(one)} AND Status = {quoted(other)}")
    read = [re.sub(r"\\(.)", r"\1", word) for word in found]
    assert read == ["".join(each if each.isprintable() else " " for each in text) for text in (one, other)]
    assert WORD.sub("?", f"Subject = {quoted(one)} AND Status = {quoted(other)}") == "Subject = ? AND Status = ?"


@given(
    st.integers(946_684_800, 2_114_380_800),
    st.sampled_from(["UTC", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
def test_a_moment_is_never_later_than_it_is(seconds: int, name: str) -> None:
    """Whichever of two equal hours RT takes the literal for."""
    value, zone = datetime.fromtimestamp(seconds, UTC), ZoneInfo(name)
    read = datetime.fromisoformat(moment(value, zone).strip("'"))
    taken = [read.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    assert max(taken) <= value
    assert (value - min(taken)).total_seconds() <= 7200


def test_conditions_read_as_the_vendor_takes_them() -> None:
    scope = Scope(
        group=("Support", "O'Brien"),
        key=("7", "INC8"),
        opened_after=datetime(2026, 5, 1, tzinfo=UTC),
        updated_after=datetime(2026, 5, 2, tzinfo=UTC),
        native="Status = 'open' OR Status = 'new'",
    )
    assert together(in_scope(scope, ZoneInfo("Asia/Tokyo"))) == (
        "(Queue = 'Support' OR Queue = 'O\\'Brien') AND (id = 7) AND Created >= '2026-05-01 09:00:00' "
        "AND LastUpdated >= '2026-05-02 09:00:00' AND (Status = 'open' OR Status = 'new')"
    )
    assert in_scope(Scope(key=("INC8",)), ZoneInfo("UTC")) == ["(id = 0)"]
    assert together(in_scope(Scope(), ZoneInfo("UTC"))) == "id > 0"
    assert any_of("Queue", ()) == "id = 0"
    assert custom_field("Isthmus Marker", "a'b") == "'CF.{Isthmus Marker}' = 'a\\'b'"
    with pytest.raises(ValueError, match="invalid literal"):
        numbered("id", ["7 OR id > 0"])
