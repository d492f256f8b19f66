from __future__ import annotations

import base64
import contextlib
import io
import json
from collections.abc import Callable, Generator
from email.header import decode_header, make_header
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.request_tracker import RequestTracker
from isthmus.connectors.request_tracker.files import encoded_name, spooled
from isthmus.core.connector import AddComment, Create, Delete, FileSource, NewComment, Update
from isthmus.core.errors import AuthenticationError, NotFoundError, RejectedError, StaleVersionError, UnavailableError
from isthmus.core.model import Visibility

API = "https://rt.example/REST/2.0"
Ticket = Callable[..., dict[str, Any]]


def source(name: str, data: bytes, media_type: str = "text/plain") -> FileSource:
    @contextlib.contextmanager
    def opened() -> Generator[BinaryIO]:
        yield io.BytesIO(data)

    return FileSource(name, media_type, len(data), opened)


def hold(site: Any, ticket: dict[str, Any], etag: str = '"51"') -> None:
    """Let one ticket be there, to be read by number and by search."""
    site.mock.get(f"{API}/ticket/{ticket['id']}", json={**ticket, "id": int(ticket["id"])}, headers={"ETag": etag})
    site.search([ticket])
    site.texts({ticket["id"]: "<p>x</p>"})


# -- creates


def test_a_create_sends_text_marker_and_status_at_once(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    hold(site, ticket())
    site.mock.post(f"{API}/ticket", status=201, json={"id": "7"})
    outcome = tracker.create(Create(key="k", marker="m", body={"Subject": "s", "Content": "<p>x</p>", "Status": "open"}))
    assert (outcome.record_id, outcome.error, outcome.record and outcome.record.id) == ("7", None, "7")
    assert site.sent("POST", "/ticket") == [
        {
            "Queue": 3,
            "Subject": "s",
            "Status": "open",
            "Content": "<p>x</p>",
            "ContentType": "text/html",
            "CustomFields": {"Isthmus Marker": "m"},
        }
    ]


def test_a_status_in_which_no_ticket_begins_is_set_afterwards(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    hold(site, ticket(Status="stalled"))
    words = {"message": "New tickets can not have status 'stalled' in this queue."}
    site.mock.post(f"{API}/ticket", status=400, json=words)
    site.mock.post(f"{API}/ticket", status=201, json={"id": "7"})
    site.mock.put(f"{API}/ticket/7", json=["Ticket 7: Status changed from 'new' to 'stalled'"])
    for number in (1, 2):
        outcome = tracker.create(Create(key="k", marker=f"m{number}", body={"Subject": "s", "Status": "stalled"}))
        assert (outcome.record_id, outcome.error) == ("7", None)
    statuses = [sent.get("Status") for sent in site.sent("POST", "/ticket")]
    assert statuses == ["stalled", None, None], "what was refused once is not tried again"


def test_a_create_that_stops_half_way_names_the_ticket(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    hold(site, ticket(Status="new"))
    site.mock.post(
        f"{API}/ticket", status=400, json={"message": "New tickets can not have status 'resolved' in this queue."}
    )
    site.mock.post(f"{API}/ticket", status=201, json={"id": "7"})
    site.mock.put(f"{API}/ticket/7", json=["Ticket 7: You can't change status from 'new' to 'resolved'."])
    outcome = tracker.create(Create(key="k", marker="m", body={"Subject": "s", "Status": "resolved"}))
    assert outcome.record_id == "7"
    assert isinstance(outcome.error, RejectedError)
    assert "You can't change status" in outcome.error.vendor_words


def test_lost_credentials_end_a_create(tracker: RequestTracker, site: Any) -> None:
    site.mock.post(f"{API}/ticket", status=201, json={"id": "7"})
    site.mock.get(f"{API}/tickets", status=401, body="Authorization required")
    with pytest.raises(AuthenticationError):
        tracker.create(Create(key="k", marker="m", body={"Subject": "s"}))


def test_creates_that_cannot_be_found_again_are_refused(tracker: RequestTracker, site: Any) -> None:
    site.mock.get(f"{API}/queue/9", json={"id": 9, "Name": "Unmarked", "TicketCustomFields": []})
    with pytest.raises(RejectedError, match="queue Unmarked lacks"):
        tracker.create(Create(key="k", marker="m", body={"Queue": "9"}))
    comment = NewComment({}, Visibility.PUBLIC, "a/1/2")
    with pytest.raises(RejectedError, match="carries no comments"):
        tracker.create(Create(key="k", marker="m", body={}, comments=(comment,)))
    site.mock.post(f"{API}/ticket", status=400, json={"message": "Status 'zork' isn't a valid status"})
    with pytest.raises(RejectedError, match="zork"):
        tracker.create(Create(key="k", marker="m", body={"Subject": "s", "Status": "zork"}))


# -- updates


def test_a_guarded_update_names_the_newest_transaction(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    hold(site, ticket())
    site.mock.put(f"{API}/ticket/7", json=[])
    version = "2026-05-02T08:00:00Z"
    assert tracker.update(Update(key="k", record_id="7", body={"Status": "open"}, version=version)).error is None
    (put,) = [call.request for call in site.mock.calls if call.request.method == "PUT"]
    assert put.headers["If-Match"] == '"51"'
    with pytest.raises(StaleVersionError):
        tracker.update(Update(key="k", record_id="7", body={"Status": "open"}, version="2026-05-01T08:00:00Z"))
    site.mock.replace("PUT", f"{API}/ticket/7", status=412, json={"message": "Precondition Failed"})
    with pytest.raises(StaleVersionError):
        tracker.update(Update(key="k", record_id="7", body={"Status": "open"}, version=version))


def test_a_refusal_behind_a_success_code_is_found_out(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    hold(site, ticket())
    site.mock.put(f"{API}/ticket/7", json=["Ticket 7: Permission Denied", "Some new sentence."])
    with pytest.raises(RejectedError, match="does not take Subject, Owner") as refused:
        tracker.update(Update(key="k", record_id="7", body={"Subject": "other", "Owner": "ann", "Status": "open"}))
    assert refused.value.vendor_words == "Ticket 7: Permission Denied; Some new sentence."


def test_a_move_to_another_queue_comes_first(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    hold(site, ticket(Requestor=[{"id": "robin"}, {"id": "ann"}]))
    site.search([ticket(Queue={"id": "4"}, Requestor=[{"id": "bob"}, {"id": "ann"}])])
    site.mock.put(f"{API}/ticket/7", json=[])
    with pytest.raises(RejectedError, match="Queue"):
        tracker.update(Update(key="k", record_id="7", body={"Queue": "4", "Status": "open", "Requestor": "bob"}))
    assert site.sent("PUT", "/ticket/7") == [
        {"Queue": 4},
        {"Queue": 4, "Status": "open", "Requestor": ["bob", "ann"]},
    ]


def test_tickets_that_are_gone_or_hidden_are_told(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    site.mock.get(f"{API}/ticket/1", status=404, json={"message": "Resource does not exist; use POST to create"})
    site.mock.get(f"{API}/ticket/2", status=403, json={"message": "Forbidden"})
    site.mock.get(f"{API}/ticket/3", json=ticket(3, Status="deleted"))
    site.mock.get(f"{API}/ticket/4", json=ticket(9))
    for number, error in (("1", NotFoundError), ("2", RejectedError), ("3", NotFoundError), ("4", NotFoundError)):
        with pytest.raises(error):
            tracker.update(Update(key="k", record_id=number, body={"Subject": "x"}))
    site.mock.get(f"{API}/ticket/7", json=ticket())
    site.mock.put(f"{API}/ticket/7", json=[])
    site.search([])
    with pytest.raises(NotFoundError):
        tracker.update(Update(key="k", record_id="7", body={"Subject": "x"}))


def test_an_update_of_nothing_sends_nothing(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    hold(site, ticket())
    assert tracker.update(Update(key="k", record_id="7", body={})).error is None
    assert site.sent("PUT", "/ticket/7") == []


# -- comments


@pytest.mark.parametrize(("status", "kept"), [("resolved", "resolved"), ("new", "new"), ("open", None), ("stalled", None)])
def test_a_public_reply_reopens_nothing(
    tracker: RequestTracker, site: Any, ticket: Ticket, status: str, kept: str | None
) -> None:
    hold(site, ticket(Status=status))
    site.mock.post(
        f"{API}/ticket/7/correspond",
        status=201,
        json=["Correspondence added", "Custom fields updated"],
        headers={"Location": "/REST/2.0/transaction/62"},
    )
    comment = NewComment({"Content": "<p>hi</p>"}, Visibility.PUBLIC, "a/1/2")
    outcome = tracker.add_comment(AddComment(key="k", record_id="7", comment=comment))
    assert outcome.child_id == "62"
    (sent,) = site.sent("POST", "/ticket/7/correspond")
    assert (sent.get("Status"), sent["TxnCustomFields"]) == (kept, {"Isthmus Origin": "a/1/2"})


def test_an_internal_comment_stays_among_us(
    tracker: RequestTracker, site: Any, ticket: Ticket, caplog: pytest.LogCaptureFixture
) -> None:
    hold(site, ticket(Status="resolved"))
    sentence = "Unable to load transaction custom field: Isthmus Origin"
    site.mock.post(f"{API}/ticket/7/comment", status=201, json=["Comments added", sentence])
    comment = NewComment({"Content": ""}, Visibility.INTERNAL, "a/1/2", files=(source("a.txt", b"a"),))
    outcome = tracker.add_comment(AddComment(key="k", record_id="7", comment=comment))
    assert (outcome.error, outcome.child_id) == (None, None)
    assert sentence in caplog.text


def test_a_lost_reply_to_a_comment_is_of_unknown_fate(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    hold(site, ticket())
    site.mock.post(f"{API}/ticket/7/comment", status=500, body="")
    comment = NewComment({"Content": "x"}, Visibility.INTERNAL, "a/1/2")
    with pytest.raises(UnavailableError) as lost:
        tracker.add_comment(AddComment(key="k", record_id="7", comment=comment))
    assert lost.value.maybe_applied
    assert len(site.sent("POST", "/ticket/7/comment")) == 1


# -- files


def test_files_travel_within_the_message() -> None:
    files = [
        source("a.txt", b"a" * 500_000),
        source("empty.txt", b""),
        source("old.txt", "ümlaut".encode("latin-1")),
        source("cut.txt", "ü".encode()[:1]),
        source("mail.eml", b"x", "message/rfc822"),
        source("strange", b"x", "no media type"),
        source("image.png", b"\x89PNG", "image/png"),
    ]
    with spooled({"Content": "x"}, files) as spool:
        message = json.loads(spool.read())
    assert message["Content"] == "x"
    held = [(each["FileName"], each["FileType"], base64.b64decode(each["FileContent"])) for each in message["Attachments"]]
    opaque = "application/octet-stream"
    assert held == [
        ("a.txt", "text/plain", b"a" * 500_000),
        ("empty.txt", "text/plain", b""),
        ("old.txt", opaque, b"\xfcmlaut"),
        ("cut.txt", opaque, b"\xc3"),
        ("mail.eml", opaque, b"x"),
        ("strange", opaque, b"x"),
        ("image.png", "image/png", b"\x89PNG"),
    ]
    assert all(each["FileContent"] for each in message["Attachments"]), "RT takes an empty content for a missing one"


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_a_name_of_any_characters_comes_back(name: str) -> None:
    encoded = encoded_name(name)
    assert encoded.isascii()
    assert encoded.isprintable()
    assert encoded not in ("", "0"), "RT takes these for missing"
    assert str(make_header(decode_header(encoded))) == name


# -- deletions


def test_deleting_what_is_gone_is_no_error(tracker: RequestTracker, site: Any, ticket: Ticket) -> None:
    hold(site, ticket())
    site.mock.delete(f"{API}/ticket/7", status=204)
    site.mock.get(f"{API}/ticket/8", json=ticket(8, Status="deleted"))
    for number in ("7", "8"):
        assert tracker.delete(Delete(key="k", record_id=number)).error is None
    assert len([call for call in site.mock.calls if call.request.method == "DELETE"]) == 1
