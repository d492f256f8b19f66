from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from isthmus.connectors.request_tracker import RequestTracker
from isthmus.core.connector import Scope
from isthmus.core.errors import ConfigError, NotFoundError, RejectedError

API = "https://rt.example/REST/2.0"
Ticket = Callable[..., dict[str, Any]]


def test_a_record_brings_its_text_and_its_people(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    site.search([ticket()])
    site.texts({"7": "<p>No VPN</p>"})
    (record,) = tracker.fetch(["7", "x", "0", "7"])
    assert (record.id, record.body["Content"], record.version) == ("7", "<p>No VPN</p>", "2026-05-02T08:00:00Z")
    assert record.changed_at == datetime(2026, 5, 2, 8, tzinfo=UTC)
    assert tracker.people(["robin", "Nobody", "RT_System"])["robin"].email == "robin@example.com"
    assert site.queries() == ["(id = 7)"]
    assert len(tracker.fetch(["7"])) == 1
    assert len([call for call in site.mock.calls if "/transactions" in call.request.url]) == 1, "a text never changes"


def test_a_first_reading_of_nothing_gives_a_cursor(tracker: RequestTracker, site: Any) -> None:
    site.search([])
    (page,) = tracker.changes(None, Scope())
    assert (page.records, page.cursor) == ((), "2026-05-06T08:59:00Z")
    assert list(tracker.changes(page.cursor, Scope())) == []


def test_pages_go_on_by_time_and_within_a_second_by_number(
    tracker: RequestTracker, site: Any, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("reading", "texts"):
        monkeypatch.setattr(f"isthmus.connectors.request_tracker.{module}.PAGE", 2)
    late = {"LastUpdated": "2026-05-02T08:00:05Z"}
    site.search([ticket(1), ticket(2)], [ticket(3, **late), ticket(4, **late)], total=7)
    site.search([ticket(3, **late), ticket(4, **late)], total=6)
    site.search([ticket(5, **late), ticket(6, **late)], [ticket(7, **late)], total=5)
    site.texts({str(number): "<p>x</p>" for number in range(1, 8)})
    pages = list(tracker.changes("2026-05-02T07:59:00Z", Scope()))
    assert [record.id for page in pages for record in page.records] == ["1", "2", "3", "4", "5", "6", "7"]
    assert pages[-1].cursor == "2026-05-02T08:00:05Z"
    assert [query[-10:-1] for query in site.queries()] == [
        " 07:58:00",
        " 08:00:00",
        " 08:00:05",
        " 08:00:05",
        " 08:00:05",
    ]
    numbers = [call.request.params["page"] for call in site.mock.calls if "/tickets" in call.request.url]
    assert numbers == ["1", "1", "1", "2", "3"]


def test_a_strange_cursor_is_refused(tracker: RequestTracker) -> None:
    with pytest.raises(ConfigError, match="no cursor"):
        list(tracker.changes("searched:yesterday", Scope()))


def test_a_marker_is_found_exactly(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    site.search([ticket(), ticket(8, CustomFields=[])])
    site.texts({"7": "<p>x</p>", "8": "<p>y</p>"})
    assert [record.id for record in tracker.find("isthmus:a:1")] == ["7"]
    assert tracker.find("") == []


def test_census_and_count_ask_by_number(tracker: RequestTracker, site: Any) -> None:
    site.search([{"id": "3"}, {"id": "9"}], [])
    assert list(tracker.census(Scope())) == ["3", "9"]
    assert site.queries() == ["id > 0", "id > 9"]
    site.mock.replace("GET", f"{API}/tickets", json={"items": [], "total": 5})
    assert tracker.count(Scope(group=("Support",))) == 5


def test_deletions_are_told_once_and_no_older_ones(tracker: RequestTracker, site: Any) -> None:
    rows = [
        {"id": "9", "ObjectId": "7", "Created": "2026-05-03T08:00:00Z"},
        {"id": "8", "ObjectId": "7", "Created": "2026-05-02T08:00:00Z"},
        {"id": "5", "ObjectId": "2", "Created": "2026-04-01T08:00:00Z"},
    ]
    site.mock.get(f"{API}/transactions", json={"items": rows, "total": None})
    assert list(tracker.deleted(datetime(2026, 5, 1, tzinfo=UTC))) == ["7"]


HISTORY: list[dict[str, Any]] = [
    {"id": "70", "Type": "Create"},
    {"id": "71", "Type": "EmailRecord", "Creator": {"id": "RT_System"}},
    {"id": "72", "Type": "Correspond", "CustomFields": [{"name": "Isthmus Origin", "values": ["a/1/c"]}]},
    {"id": "73", "Type": "Comment", "CustomFields": [{"name": "Other", "values": ["x"]}]},
    {
        "id": "74",
        "Type": "Status",
        "Field": "Status",
        "OldValue": "new",
        "NewValue": "open",
        "Creator": {"id": "RT_System"},
    },
    {"id": "75", "Type": "Set", "Field": "Owner", "OldValue": "6", "NewValue": "29"},
    {"id": "76", "Type": "CustomField", "Field": "4", "OldValue": "", "NewValue": "North"},
    {"id": "77", "Type": "AddWatcher", "Field": "Cc", "NewValue": "31"},
    {"id": "78", "Type": "SetWatcher", "Field": "Owner", "OldValue": "6", "NewValue": "29"},
]
PARTS: list[dict[str, Any]] = [
    {"id": "1", "TransactionId": "70", "ContentType": "multipart/mixed"},
    {"id": "2", "TransactionId": "70", "ContentType": "text/plain", "Content": "a < b"},
    {"id": "3", "TransactionId": "70", "ContentType": "text/plain", "Filename": "log.txt", "ContentLength": "3"},
    {"id": "4", "TransactionId": "72", "ContentType": "text/plain", "Content": "hello"},
    {"id": "5", "TransactionId": "72", "ContentType": "text/html", "Content": "<p>hello</p>"},
    {"id": "6", "TransactionId": "73", "ContentType": "text/plain", "Content": "among us"},
    {"id": "7", "TransactionId": "73", "ContentType": "image/png"},
]


@pytest.fixture
def told(site: Any) -> None:
    rows = [{"Creator": {"id": "alex"}, "Created": "2026-05-02T08:00:00Z", **row} for row in HISTORY]
    for page in (rows[:4], rows[4:], []):  # a page is cut short in the middle, and only an empty one is the last
        site.mock.get(f"{API}/ticket/7/history", json={"items": page, "total": None})
    site.mock.get(f"{API}/ticket/8/history", status=403, json={"message": "Forbidden"})
    site.attachments(PARTS)


@pytest.mark.usefixtures("told")
def test_mail_is_no_comment_and_both_kinds_stay_apart(tracker: RequestTracker) -> None:
    threads = tracker.threads(["7", "8"])
    assert threads.keys() == {"7"}
    reply, comment = threads["7"].comments
    assert (reply["id"], reply["Content"], reply["public"], tracker.origin_of(reply)) == (
        "72",
        "<p>hello</p>",
        True,
        "a/1/c",
    )
    assert (comment["id"], comment["Content"], comment["public"], tracker.origin_of(comment)) == (
        "73",
        "<p>among us</p>",
        False,
        None,
    )
    assert [(file["Filename"], file["public"]) for file in threads["7"].files] == [("log.txt", True)]
    assert [(file["Filename"], file["public"]) for file in comment["Attachments"]] == [("attachment-7", False)]


@pytest.mark.usefixtures("told")
def test_the_history_names_people(tracker: RequestTracker, site: Any) -> None:
    site.mock.get(f"{API}/user/29", json={"Name": "isthmus"})
    site.mock.get(f"{API}/user/6", json={"Name": "Nobody"})
    site.mock.get(f"{API}/user/31", status=404, json={"message": "Resource does not exist"})
    changes = tracker.history(["7", "8"])
    assert changes.keys() == {"7"}
    assert [(each.field, each.before, each.after, each.by) for each in changes["7"]] == [
        ("Status", "new", "open", None),
        ("Owner", None, "isthmus", "alex"),
        ("CustomFields", None, "North", "alex"),
        ("Cc", None, None, "alex"),
    ]


def test_people_are_found_by_address_and_by_name(
    tracker: RequestTracker, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = {"id": "ann", "Name": "ann", "EmailAddress": "Ann@example.com", "RealName": ""}
    nameless = {"id": "bot", "Name": "bot", "EmailAddress": ""}
    site.mock.post(f"{API}/users", json={"items": [ann, nameless], "total": 2})
    found = tracker.find_people(["ann@example.com", "bob@example.com", ""])
    assert {email: person.name for email, person in found.items()} == {"ann@example.com": "ann"}
    assert tracker.people(["bot", "nobody"]).keys() == {"bot"}
    monkeypatch.setattr("isthmus.connectors.request_tracker.people.KEPT", 1)
    tracker._people.meet([{"Owner": ann, "Cc": [{"id": "x"}]}])
    assert len(tracker._people._met) == 1


def test_a_file_is_read(tracker: RequestTracker, site: Any) -> None:
    data = bytes(range(256))
    site.mock.get(f"{API}/attachment/7", json={"Content": base64.encodebytes(data).decode()})
    target = io.BytesIO(b"what stood there before, which was longer" * 10)
    assert tracker.download({"id": "7", "size": 256}, target) == hashlib.sha256(data).hexdigest()
    assert target.getvalue() == data
    with pytest.raises(NotFoundError):
        tracker.download({"id": "../7"}, target)
    with pytest.raises(RejectedError, match="MB"):
        tracker.download({"id": "7", "size": 10**9}, target)
