from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pytest
import requests
import responses
from isthmus.connectors.zendesk import Zendesk
from isthmus.core.connector import AddComment, AddFile, Create, Delete, FileSource, NewComment, Outcome, Update, Write
from isthmus.core.errors import (
    ConfigError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    StaleVersionError,
    UnavailableError,
    UnexpectedReplyError,
)
from isthmus.core.model import Visibility

URL = "https://acme.zendesk.com"
CLOSED = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"status": [{"description": "Status: closed prevents ticket update"}]},
}
FORBIDDEN = {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}
Ticket = Callable[..., dict[str, Any]]


def source(content: bytes = b"abc", opened: list[str] | None = None) -> FileSource:
    @contextmanager
    def open_it() -> Iterator[BinaryIO]:
        with io.BytesIO(content) as handle:
            yield handle
        if opened is not None:
            opened.append("closed")

    return FileSource("ä b&c.png", "image/png", len(content), open_it)


def note(visibility: Visibility = Visibility.INTERNAL, **fields: Any) -> NewComment:
    body = {"html_body": "<p>Hi</p>", "author_id": "21", "public": "true", "created_at": "2026-05-01T08:00:00Z"}
    return NewComment(body, visibility, "ops/INC1/c1", **fields)


def one(zendesk: Zendesk, write: Write) -> Outcome:
    (outcome,) = zendesk.submit([write])
    return outcome


def sent(wire: responses.RequestsMock, place: int = -1) -> Any:
    return json.loads(wire.calls[place].request.body)


# -- create


def test_a_live_create_carries_marker_and_idempotency_key(
    zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket
) -> None:
    wire.post(f"{URL}/api/v2/tickets", status=503, json={"error": "unavailable"})
    wire.post(f"{URL}/api/v2/tickets", status=201, json={"ticket": ticket(12), "audit": {}})
    body = {
        "subject": "VPN down",
        "description": "<p>No VPN</p>",
        "requester_id": "21",
        "group_id": "41",
        "assignee_id": None,
        "collaborator_ids": ["31"],
        "type": "incident",
        "created_at": "2026-05-01T08:00:00Z",
        "updated_at": "2026-05-01T08:00:00Z",
        "solved_at": None,
        "custom_status": {"agent_label": "Open"},
    }
    outcome = one(zendesk, Create(key="i1", marker="isthmus:ops:INC1", body=body))
    assert (outcome.error, outcome.record_id) == (None, "12")
    assert outcome.record is not None
    assert sent(wire, -2) == {
        "ticket": {
            "subject": "VPN down",
            "requester_id": 21,
            "submitter_id": 21,
            "group_id": 41,
            "assignee_id": None,
            "collaborator_ids": [31],
            "type": "incident",
            "external_id": "isthmus:ops:INC1",
            "comment": {"html_body": "<p>No VPN</p>", "public": True},
        }
    }
    keys = [call.request.headers["Idempotency-Key"] for call in wire.calls if call.request.method == "POST"]
    assert keys == ["isthmus-i1", "isthmus-i1"]
    assert Zendesk.wrap({"description": "<p>x</p>"}) == {"ticket": {"comment": {"html_body": "<p>x</p>", "public": True}}}


def test_a_live_create_with_comments_is_refused_whole(zendesk: Zendesk) -> None:
    outcome = one(zendesk, Create(key="i1", marker="m", body={}, comments=(note(),)))
    assert isinstance(outcome.error, RejectedError)


def test_a_reused_idempotency_key_is_told_in_the_vendors_words(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    said = "Request parameters don't match the given idempotency key"
    wire.post(f"{URL}/api/v2/tickets", status=400, json={"error": "IdempotentRequestError", "description": said})
    outcome = one(zendesk, Create(key="i1", marker="m", body={}))
    assert isinstance(outcome.error, RejectedError)
    assert said in outcome.error.vendor_words


def test_a_reply_without_a_ticket_stops_the_run(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.post(f"{URL}/api/v2/tickets", status=201, json={})
    with pytest.raises(UnexpectedReplyError, match="holds no 'ticket'"):
        one(zendesk, Create(key="i1", marker="m", body={}))


# -- update


def test_an_update_is_safe_where_the_version_is_given(
    zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket
) -> None:
    place = f"{URL}/api/v2/tickets/7"
    wire.put(place, json={"ticket": ticket(status="pending", generated_timestamp=5), "audit": {"id": 3}})
    outcome = one(zendesk, Update(key="i1", record_id="7", body={"status": "pending"}, version="2026-05-02T08:00:00Z"))
    assert outcome.record is not None
    assert outcome.record.body["status"] == "pending"
    assert sent(wire) == {"ticket": {"status": "pending", "safe_update": True, "updated_stamp": "2026-05-02T08:00:00Z"}}
    one(zendesk, Update(key="i2", record_id="7", body={"status": "pending", "updated_at": "x"}))
    assert sent(wire) == {"ticket": {"status": "pending"}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (
            409,
            {"error": "UpdateConflict", "description": "Safe Update prevented the update"},
            StaleVersionError,
            "Safe Update",
        ),
        (409, {"error": "DatabaseConflict", "description": "Please retry"}, StaleVersionError, "Please retry"),
        (422, CLOSED, RejectedError, "Status: closed prevents ticket update"),
        (
            422,
            {
                "error": "RecordInvalid",
                "details": {"base": [{"description": "Type:: is required when solving a ticket", "ticket_field_id": 1}]},
            },
            RejectedError,
            "Type:: is required",
        ),
        (404, {"error": "RecordNotFound", "description": "Not found"}, NotFoundError, "Not found"),
    ],
)
def test_a_refusal_is_the_outcome_of_its_write_only(
    zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket, status, body, kind, words
) -> None:
    wire.put(f"{URL}/api/v2/tickets/7", status=status, json=body)
    wire.put(f"{URL}/api/v2/tickets/8", json={"ticket": ticket(8)})
    writes = [
        Update(key="i1", record_id="7", body={"status": "solved"}),
        AddComment(key="i2", record_id="7", comment=note()),
        Update(key="i3", record_id="8", body={"status": "solved"}),
    ]
    first, second, third = zendesk.submit(writes)
    assert type(first.error) is kind
    assert words in first.error.vendor_words
    # What comes after a failed write of the same record is not sent.
    assert second.error is first.error
    assert third.error is None


def test_an_update_whose_reply_is_lost_is_repeated(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    wire.put(f"{URL}/api/v2/tickets/7", body=requests.ConnectionError("reset"))
    wire.put(f"{URL}/api/v2/tickets/7", json={"ticket": ticket()})
    assert one(zendesk, Update(key="i1", record_id="7", body={"priority": "high"})).error is None


def test_a_long_ticket_update_limit_leaves_the_write_for_the_next_run(
    zendesk: Zendesk, wire: responses.RequestsMock
) -> None:
    said = {"error": "Rate limit for ticket updates exceeded, please slow down"}
    wire.put(f"{URL}/api/v2/tickets/7", status=429, json=said, headers={"Retry-After": "540"})
    assert isinstance(one(zendesk, Update(key="i1", record_id="7", body={})).error, RateLimitedError)


def test_a_hidden_ticket_is_no_missing_permission(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.put(f"{URL}/api/v2/tickets/7", status=403, json=FORBIDDEN)
    wire.get(f"{URL}/api/v2/tickets/show_many", json={"tickets": []})
    outcome = one(zendesk, Update(key="i1", record_id="7", body={}))
    assert isinstance(outcome.error, RejectedError)
    assert (outcome.error.key, outcome.error.vendor_words) == ("7", "You do not have access to this page.")


def test_a_missing_permission_stops_the_run(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    wire.put(f"{URL}/api/v2/tickets/7", status=403, json=FORBIDDEN)
    wire.get(f"{URL}/api/v2/tickets/show_many", json={"tickets": [ticket()]})
    with pytest.raises(ForbiddenError):
        one(zendesk, Update(key="i1", record_id="7", body={}))
    wire.post(f"{URL}/api/v2/tickets", status=403, json=FORBIDDEN)
    with pytest.raises(ForbiddenError):
        one(zendesk, Create(key="i2", marker="m", body={}))


@pytest.mark.parametrize(
    ("held", "written"),
    [
        (
            {"email_cc_ids": [31, 32], "follower_ids": [33, 34], "collaborator_ids": [31, 32, 33, 34]},
            {
                "email_ccs": [{"user_id": "35", "action": "put"}, {"user_id": "32", "action": "delete"}],
                "followers": [{"user_id": "34", "action": "delete"}],
            },
        ),
        ({"email_cc_ids": [31, 33, 35], "collaborator_ids": []}, {}),
        ({"email_cc_ids": [], "follower_ids": [], "collaborator_ids": [31]}, {"collaborator_ids": [31, 33, 35]}),
    ],
)
def test_watchers_are_put_and_deleted_one_by_one(
    zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket, held: dict[str, Any], written: dict[str, Any]
) -> None:
    wire.get(f"{URL}/api/v2/tickets/show_many", json={"tickets": [ticket(**held)]})
    wire.put(f"{URL}/api/v2/tickets/7", json={"ticket": ticket()})
    one(zendesk, Update(key="i1", record_id="7", body={"collaborator_ids": ["31", "33", "35"]}))
    assert sent(wire) == {"ticket": written}


def test_an_account_without_ccs_takes_plain_collaborators(
    zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket
) -> None:
    old = ticket()
    del old["email_cc_ids"]
    wire.get(f"{URL}/api/v2/tickets/show_many", json={"tickets": [old]})
    wire.put(f"{URL}/api/v2/tickets/7", json={"ticket": old})
    one(zendesk, Update(key="i1", record_id="7", body={"collaborator_ids": []}))
    assert sent(wire) == {"ticket": {"collaborator_ids": []}}


def test_watchers_of_a_ticket_that_is_gone(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.get(f"{URL}/api/v2/tickets/show_many", json={"tickets": []})
    assert isinstance(one(zendesk, Update(key="i1", record_id="7", body={"collaborator_ids": []})).error, NotFoundError)


# -- a solver


@pytest.mark.parametrize(
    ("body", "held", "written"),
    [
        ({"status": "solved"}, 31, {"status": "solved"}),
        ({"status": "solved"}, None, {"status": "solved", "assignee_id": 55}),
        ({"status": "solved", "assignee_id": None}, 31, {"status": "solved", "assignee_id": 55}),
        ({"status": "solved", "assignee_id": "31"}, None, {"status": "solved", "assignee_id": 31}),
        ({"status": "closed"}, None, {"status": "closed", "assignee_id": 55}),
        ({"status": "pending"}, None, {"status": "pending"}),
    ],
)
def test_who_solves_becomes_the_assignee_where_there_is_none(
    zendesk: Zendesk, make: Callable[..., Zendesk], wire: responses.RequestsMock, ticket: Ticket, body, held, written
) -> None:
    users = [{"id": 55, "email": "solver@example.com", "active": True}]
    wire.get(f"{URL}/api/v2/users/search", json={"users": users})
    wire.get(f"{URL}/api/v2/tickets/show_many", json={"tickets": [ticket(assignee_id=held)]})
    wire.put(f"{URL}/api/v2/tickets/7", json={"ticket": ticket()})
    one(make(solver="Solver@example.com"), Update(key="i1", record_id="7", body=body))
    assert sent(wire) == {"ticket": written}
    # Without a solver nothing is read, and nobody is assigned.
    one(zendesk, Update(key="i1", record_id="7", body={"status": "solved"}))
    assert sent(wire) == {"ticket": {"status": "solved"}}


def test_a_live_create_of_a_solved_ticket_has_the_solver(
    zendesk: Zendesk, make: Callable[..., Zendesk], wire: responses.RequestsMock, ticket: Ticket
) -> None:
    wire.get(f"{URL}/api/v2/users/search", json={"users": [{"id": 55, "email": "solver@example.com"}]})
    wire.post(f"{URL}/api/v2/tickets", status=201, json={"ticket": ticket()})
    connector = make(solver="solver@example.com")
    for key in ("i1", "i2"):
        one(connector, Create(key=key, marker=key, body={"status": "solved"}))
    assert sent(wire)["ticket"]["assignee_id"] == 55
    assert connector.calls()["GET /api/v2/users/search"] == 1
    one(zendesk, Create(key="i3", marker="i3", body={"status": "solved"}))
    assert "assignee_id" not in sent(wire)["ticket"]


def test_check_names_a_solver_who_does_not_exist(
    zendesk: Zendesk, make: Callable[..., Zendesk], wire: responses.RequestsMock
) -> None:
    wire.get(f"{URL}/api/v2/users/me", json={"user": {"id": 11, "role": "admin", "email": "sync@example.com"}})
    wire.get(f"{URL}/api/v2/users/search", json={"users": []})
    with pytest.raises(ConfigError, match=r"support\.solver.*'nobody@example.com'"):
        make(solver="nobody@example.com").check()


# -- comments and files


def test_a_comment_keeps_author_origin_and_files(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    opened: list[str] = []
    wire.post(f"{URL}/api/v2/uploads", status=502, body="<html>Bad gateway</html>", content_type="text/html")
    wire.post(f"{URL}/api/v2/uploads", status=201, json={"upload": {"token": "t1"}})
    events = [{"type": "Change", "id": 1}, {"type": "Comment", "id": 901}]
    wire.put(f"{URL}/api/v2/tickets/7", json={"ticket": ticket(), "audit": {"id": 3, "events": events}})
    outcome = one(zendesk, AddComment(key="i1", record_id="7", comment=note(files=(source(opened=opened),))))
    assert (outcome.error, outcome.child_id) == (None, "901")
    assert sent(wire) == {
        "ticket": {
            "comment": {"html_body": "<p>Hi</p>", "author_id": 21, "public": False, "uploads": ["t1"]},
            "metadata": {"isthmus": {"origin": "ops/INC1/c1"}},
        }
    }
    upload = next(call.request for call in wire.calls if call.response.status_code == 201)
    assert upload.params == {"filename": "ä b&c.png"}
    assert upload.headers["Content-Type"] == "image/png"
    assert opened == ["closed", "closed"]


def test_an_empty_file_is_uploaded_as_one(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    wire.post(f"{URL}/api/v2/uploads", status=201, json={"upload": {"token": "t1"}})
    wire.put(f"{URL}/api/v2/tickets/7", json={"ticket": ticket()})
    outcome = one(zendesk, AddComment(key="i1", record_id="7", comment=note(Visibility.PUBLIC, files=(source(b""),))))
    assert (outcome.error, outcome.child_id) == (None, None)
    upload = next(call.request for call in wire.calls if "/uploads" in str(call.request.url))
    assert upload.headers["Content-Length"] == "0"
    assert sent(wire)["ticket"]["comment"]["public"] is True


def test_a_file_that_is_too_large_is_told(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.post(f"{URL}/api/v2/uploads", status=413, json={"description": "Attachment too large", "message": "413"})
    outcome = one(zendesk, AddComment(key="i1", record_id="7", comment=note(files=(source(),))))
    assert isinstance(outcome.error, RejectedError)
    assert outcome.error.vendor_words == "Attachment too large"


def test_a_comment_whose_reply_is_lost_is_never_repeated(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.put(f"{URL}/api/v2/tickets/7", body=requests.ConnectionError("reset"))
    error = one(zendesk, AddComment(key="i1", record_id="7", comment=note())).error
    assert isinstance(error, UnavailableError)
    assert error.maybe_applied
    assert zendesk.calls()["PUT /api/v2/tickets/{number}"] == 1


def test_files_hang_on_comments_only(zendesk: Zendesk) -> None:
    with pytest.raises(NotImplementedError):
        one(zendesk, AddFile(key="i1", record_id="7", file=source(), visibility=Visibility.PUBLIC))


# -- delete


@pytest.mark.parametrize("status", [204, 404])
def test_a_deleted_ticket_is_deleted(zendesk: Zendesk, wire: responses.RequestsMock, status: int) -> None:
    wire.delete(f"{URL}/api/v2/tickets/7", status=status)
    outcome = one(zendesk, Delete(key="i1", record_id="7"))
    assert (outcome.error, outcome.record_id) == (None, "7")
