from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from isthmus.connectors.freshservice.queries import (
    LONGEST,
    UnsafeValueError,
    both,
    either,
    equals,
    is_askable,
    native,
    quoted,
    since,
    until,
    whole,
)
from isthmus.core.errors import ConfigError
from isthmus.sandbox.freshservice.query import Query, asked
from isthmus.sandbox.vendor import RefusedError

FIELDS = {"tag": "text", "status": "number", "group_id": "nullable", "created_at": "date", "workspace_id": "number"}
ANY = st.text(st.characters(codec="utf-8"), max_size=30)
HOSTILE = ANY | st.sampled_from(["x' OR tag:'y", '"', "'", "\\", "a\\'b", "x') OR (status:2", "null", "\n", ""])


class Held(dict[str, object]):
    """What an index holds of one ticket."""


def test_conditions_read_as_the_vendor_documents_them() -> None:
    condition = both(
        equals("priority", 3),
        "",
        either(equals("tag", "vip"), equals("tag", "very vip")),
        since("created_at", date(2026, 5, 6)),
        until("created_at", date(2026, 5, 7)),
    )
    assert condition == (
        "priority:3 AND (tag:'vip' OR tag:'very vip') AND created_at:>'2026-05-06' AND created_at:<'2026-05-07'"
    )
    assert whole(condition, "desk") == f'"{condition}"'


def test_a_query_that_is_too_long_is_told() -> None:
    whole("x" * LONGEST, "desk")
    with pytest.raises(ConfigError, match="512"):
        whole("x" * (LONGEST + 1), "desk")


@given(HOSTILE, HOSTILE)
def test_no_text_changes_the_meaning_of_a_query(text: str, other: str) -> None:
    """Whatever is asked for, a ticket is found exactly where it bears that tag, and no other condition comes into force."""
    assert is_askable(text) is not any(character in text for character in "'\"\\") or not text.isprintable() or not text
    try:
        condition = both(equals("tag", text), equals("status", 2))
    except UnsafeValueError:
        assert not is_askable(text)
        return
    query = Query(asked(whole(condition, "desk")), FIELDS)
    assert query.holds(Held(tag=[text], status=2))
    assert not query.holds(Held(tag=[text], status=3))
    assume(other.lower() != text.lower())
    assert not query.holds(Held(tag=[other], status=2))


@given(HOSTILE)
def test_no_native_query_breaks_out_of_its_brackets(text: str) -> None:
    """What a user writes is one condition beside ours: a ticket of another workspace is never found by it."""
    try:
        condition = both(native(text, "desk"), equals("workspace_id", 2))
        query = Query(asked(whole(condition, "desk")), FIELDS)
    except (ConfigError, RefusedError):
        return
    for status in (2, 3, None):
        assert not query.holds(Held(tag=["x", "y"], status=status, group_id=None, created_at=0, workspace_id=3))


@pytest.mark.parametrize(
    ("given_query", "made"),
    [
        ("status:2", "(status:2)"),
        ("\"status:2 OR (tag:'a (b' AND priority:1)\"", "(status:2 OR (tag:'a (b' AND priority:1))"),
    ],
)
def test_a_native_query_is_taken_as_it_is(given_query: str, made: str) -> None:
    assert native(given_query, "desk") == made


@pytest.mark.parametrize("bad", ["", '""', "status:2)", "(status:2", "tag:'x", "status:2) OR (status:3", 'a"b'])
def test_a_native_query_that_does_not_close_is_refused(bad: str) -> None:
    with pytest.raises(ConfigError, match="native"):
        native(bad, "desk")


def test_what_cannot_be_quoted_is_no_term() -> None:
    assert quoted("vip") == "'vip'"
    for bad in ("", "it's", 'x"', "a\\", "a\nb"):
        assert not is_askable(bad)
        with pytest.raises(UnsafeValueError):
            quoted(bad)
