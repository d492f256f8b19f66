from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.freshservice import Freshservice
from isthmus.connectors.freshservice.history import facts_of, labels_of
from isthmus.core.errors import UnexpectedReplyError
from isthmus.core.mapping.directory import Directory
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping

LABELS = {"Site": "site"}


def activity(content: str, at: str, actor: int = 31, *details: str) -> dict[str, Any]:
    return {"actor": {"id": actor, "name": "x"}, "content": content, "sub_contents": list(details), "created_at": at}


def facts(content: str, *details: str, actor: int = 31) -> list[tuple[str, str]]:
    return list(facts_of(activity(content, "", actor, *details), LABELS))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (" set Status as Pending", [("status", "Pending")]),
        (
            " set Status as Open, set Urgency as Low and set Agent as Ana Roux",
            [("status", "Open"), ("urgency", "1"), ("responder_id", "Ana Roux")],
        ),
        (
            "created ticket for Robin Requester,  set Status as Open, set Source as Portal",
            [("status", "Open"), ("source", "Portal")],
        ),
        (" set Subject as Read and write, now", [("subject", "Read and write, now")]),
        (" set Site as Lyon", [("custom_fields", "Lyon")]),
        (" set Unheard of as x", []),
        (" added a private note", []),
        (" executed Close workflow from time based event", []),
        (" set nothing", []),
    ],
)
def test_changes_are_read_out_of_prose(content: str, found: list[tuple[str, str]]) -> None:
    assert facts(content) == found


def test_what_a_workflow_set_stands_below_its_name() -> None:
    assert facts(" executed x workflow", "set Status as Closed", "Workflow Ends", actor=0) == [("status", "Closed")]
    assert facts(" added a note", "set Status as Closed") == []


@pytest.mark.parametrize(
    "title", ["x, set Status as Closed", "x and set Status as Closed", "set Status as Closed", "a  set Priority as Urgent"]
)
def test_no_title_makes_up_a_change(title: str) -> None:
    assert facts(f" set Subject as {title}") == [("subject", title)]
    assert facts(f" set Status as Open, set Subject as {title}") == [("status", "Open"), ("subject", title)]
    assert facts(f" set Site as {title} and set Status as Open")[0][0] == "custom_fields"
    assert [key for key, _ in facts(f" set Unheard of as {title}, set Status as Open")] == []


@given(st.text(max_size=60))
def test_whatever_a_title_says_it_is_one_change(title: str) -> None:
    found = facts(f" set Subject as {title}")
    assert [key for key, _ in found] in ([], ["subject"])


def test_the_history_is_oldest_first_over_all_pages(plain: Freshservice, desk: Any) -> None:
    newest = [activity(" set Status as Resolved", "2026-05-03T08:00:00Z"), activity("x", "2026-05-02T09:00:00Z")]
    oldest = [
        activity(" executed x workflow", "2026-05-02T08:00:00Z", 0, "set Status as Pending"),
        activity("created ticket for Robin,  set Status as Open", "2026-05-01T08:00:00Z", 21),
    ]

    def paged(params: dict[str, str], body: Any) -> Any:
        if params.get("start_token") == "20":
            return {"activities": oldest, "next_page_url": "https://x/y?start_token=20"}
        return {"activities": newest, "next_page_url": "https://acme.freshservice.com/z?start_token=20"}

    desk.get("tickets/7/activities", paged)
    changes = plain.history(["7", "8", "x"])
    assert changes.keys() == {"7"}
    assert [(each.before, each.after, each.by) for each in changes["7"]] == [
        (None, "Open", "21"),
        ("Open", "Pending", None),
        ("Pending", "Resolved", "31"),
    ]
    assert changes["7"][0].at == datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
    mapping = Mapping(shipped_mapping("freshservice"))
    told = [mapping.tell({each.field: each.after}, {"status"}, Directory(plain)) for each in changes["7"]]
    assert told == [{"status": "new"}, {"status": "pending"}, {"status": "resolved"}]
    assert len(desk.params("tickets/7/activities")) == 2


def test_a_history_without_end_ends(plain: Freshservice, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isthmus.connectors.freshservice.history.MOST_PAGES", 3)
    tokens = iter(range(9))

    def paged(params: dict[str, str], body: Any) -> Any:
        return {"activities": [], "next_page_url": f"https://x/y?start_token={next(tokens)}"}

    desk.get("tickets/7/activities", paged)
    assert plain.history(["7"]) == {"7": []}
    assert len(desk.params("tickets/7/activities")) == 3
    desk.get("tickets/7/activities", {"nothing": 1})
    with pytest.raises(UnexpectedReplyError):
        plain.history(["7"])


def test_labels_name_the_fields_of_the_account() -> None:
    assert labels_of({"site": {"label": "Site"}, "bare": {}}) == {"Site": "site", "bare": "bare"}
