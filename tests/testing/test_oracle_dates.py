"""A time that a tool gives to what ends is no time that was lost, of a ticket only that was canceled and has none."""

from __future__ import annotations

from collections import Counter

import pytest
from isthmus.testing.oracle import tool
from isthmus.testing.oracle.facts import Facts, Said
from isthmus.testing.oracle.judge import Verdict, compare

NOTE = Said("", "", public=False, text="Carried by Isthmus from ops 1.")


def facts(status: str, *comments: Said, **times: str) -> Facts:
    values = {"title": "t", "status": status, "priority": "3", "resolved": "", "closed": "", **times}
    return Facts(
        id="1",
        values=values,
        description="d",
        comments=comments,
        public_files=Counter(),
        internal_files=Counter(),
        record={},
    )


@pytest.mark.parametrize(
    ("vendor", "name", "status", "lossy"),
    [
        ("jira", "resolved", "canceled", True),
        ("jira", "resolved", "resolved", False),
        ("jira", "resolved", "new", False),
        ("freshservice", "closed", "canceled", True),
        ("manageengine", "closed", "canceled", True),
        ("manageengine", "resolved", "canceled", False),
        ("servicenow", "resolved", "canceled", False),
    ],
)
def test_a_time_that_was_not_there(vendor: str, name: str, status: str, lossy: bool):
    verdict = Verdict()
    compare(facts(status), facts(status, NOTE, **{name: "2026-07-01 09:00:00"}), tool(vendor), "ops", verdict)
    assert verdict.lossy[name] == lossy
    assert len(verdict.wrong) == (not lossy), verdict.wrong
