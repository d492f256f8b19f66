"""The line above a carried comment, and the order that these lines tell."""

from __future__ import annotations

import pytest
from isthmus.core.sync.origin import header, in_told_order, stated_origin

SECOND = "2026-11-20T09:08:23Z"


def comment(name: str, *lines: str, at: str = SECOND) -> dict:
    return {"id": name, "created_at": at, "body": "".join([*lines, f"<p>{name}</p>"])}


def order(*comments: dict) -> str:
    return "".join(each["id"] for each in in_told_order(comments))


def line(time: str, origin: str | None = "a/1/2", author: str = "Eva <eva@example.com>") -> str:
    return header(author, f"2026-11-19T{time}Z", origin)


@pytest.mark.parametrize("origin", [None, "a/1/2"])
def test_what_was_carried_within_a_second_stands_in_the_order_in_which_it_was_said(origin: str | None):
    late, early = line("10:00:00.5", origin), line("09:00:00", origin)
    assert order(comment("b", late), comment("c", line("10:00:01", origin)), comment("a", early)) == "abc"
    assert order(comment("b", early, late), comment("a", early, early), comment("c", late, early)) == "abc"


def test_a_note_of_origin_stands_first():
    assert order(comment("b", line("09:00:00")), comment("a", header("Isthmus", None, "a/1/note:b"))) == "ab"


def test_the_order_of_the_tool_is_kept_where_lines_do_not_tell_it():
    late, early = line("10:00:00"), line("09:00:00")
    assert order(comment("a", late), comment("b"), comment("c", early)) == "abc"
    assert order(comment("a", late, at="2026-11-20T09:08:22Z"), comment("b", early)) == "ab"
    assert order(comment("a", early), comment("b", early)) == "ab"
    assert order({"id": "a", "body": None}, {"id": "b"}) == "ab"


def test_the_origin_stands_in_the_line():
    assert stated_origin(line("09:00:00", "a/1/2") + "<p>Words</p>") == "a/1/2"
    assert stated_origin("<p>Words</p>") is None
