from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
import responses
from isthmus.connectors.zendesk import Zendesk
from isthmus.core.connector import Scope, Thread
from isthmus.core.errors import NotFoundError, RejectedError
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from responses.matchers import query_param_matcher

URL = "https://acme.zendesk.com"
EVENTS = f"{URL}/api/v2/incremental/ticket_events"
Ticket = Callable[..., dict[str, Any]]


def comment(number: int, at: str = "2026-05-01T08:00:00Z", **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": "Comment",
        "author_id": 21,
        "html_body": f"<p>Comment {number}</p>",
        "public": True,
        "attachments": [],
        "via": {"channel": "web"},
        "created_at": at,
        "metadata": {"system": {}, "custom": {}},
        **fields,
    }


def serve(wire: responses.RequestsMock, ticket_id: int, *comments: dict[str, Any]) -> None:
    wire.get(f"{URL}/api/v2/tickets/{ticket_id}/comments", json={"comments": list(comments), "meta": {"has_more": False}})


def file(number: int, **fields: Any) -> dict[str, Any]:
    url = f"{URL}/attachments/token/{number}/?name=a.png"
    return {
        "id": number,
        "file_name": "a.png",
        "content_url": url,
        "content_type": "image/png",
        "size": 3,
        "inline": False,
        **fields,
    }


# -- ticket by ticket


def test_the_first_comment_is_the_description_and_its_files_are_the_tickets(
    zendesk: Zendesk, wire: responses.RequestsMock
) -> None:
    late = comment(3, "2026-05-01T09:00:00Z", public=False, attachments=[file(9), file(8, deleted=True)])
    serve(wire, 7, late, comment(1, attachments=[file(5)]), comment(2, author_id=-1))
    thread = zendesk.threads(["7"])["7"]
    assert [each["id"] for each in thread.comments] == [2, 3]
    assert thread.comments[0]["author_id"] is None
    assert [each["id"] for each in thread.comments[1]["attachments"]] == [9]
    assert not thread.description_internal
    mapping = Mapping(shipped_mapping("zendesk"))
    document = mapping.attachment.read(thread.files[0], Unlisted())
    assert document == {
        "id": "5",
        "name": "a.png",
        "media_type": "image/png",
        "size": 3,
        "url": f"{URL}/attachments/token/5/?name=a.png",
        "inline": False,
        "visibility": "public",
        "author": {"id": "21"},
        "created_at": "2026-05-01T08:00:00Z",
    }
    read = mapping.comment.read(thread.comments[1], Unlisted())
    assert (read["visibility"], read["body"]) == ("internal", "<p>Comment 3</p>")
    params = wire.calls[-1].request.params
    assert (params["include_inline_images"], params["sort"]) == ("true", "created_at")


@pytest.mark.parametrize("public", [False, None, "true"])
def test_a_first_comment_that_is_not_surely_public_stays_a_comment(
    zendesk: Zendesk, wire: responses.RequestsMock, public: Any
) -> None:
    serve(wire, 7, comment(1, public=public, attachments=[file(5)]), comment(2, "2026-05-01T09:00:00Z"))
    thread = zendesk.threads(["7"])["7"]
    assert [each["id"] for each in thread.comments] == [1, 2]
    assert thread.files == []
    assert thread.description_internal


def test_odd_comments_are_read(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    voice = comment(
        2,
        "2026-05-01T09:00:00Z",
        type="VoiceComment",
        data={"recording_url": "x"},
        body="Call from\n+33 < 1",
        author_id=None,
    )
    del voice["html_body"], voice["attachments"]
    chat = comment(3, "2026-05-01T09:00:01Z", html_body=None, body=None, plain_body=None, metadata=None, via=None)
    serve(wire, 7, comment(1), voice, chat)
    thread = zendesk.threads(["7"])["7"]
    assert [each["html_body"] for each in thread.comments] == ["<p>Call from<br>+33 &lt; 1</p>", ""]
    assert zendesk.origin_of(thread.comments[1]) is None


def test_a_thread_is_paged_and_a_deleted_ticket_is_left_out(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    place = f"{URL}/api/v2/tickets/7/comments"
    more = {"has_more": True, "after_cursor": "p2"}
    wire.get(place, json={"comments": [comment(1)], "meta": more})
    wire.get(place, json={"comments": [comment(2, "2026-05-01T09:00:00Z")], "meta": {}})
    wire.get(f"{URL}/api/v2/tickets/8/comments", status=404, json={"error": "RecordNotFound", "description": "Not found"})
    serve(wire, 9)
    threads = zendesk.threads(["7", "8", "9"])
    assert threads.keys() == {"7", "9"}
    assert [each["id"] for each in threads["7"].comments] == [2]
    assert threads["9"] == Thread()


def test_the_origin_is_read_from_the_metadata(zendesk: Zendesk) -> None:
    assert zendesk.origin_of({"metadata": {"custom": {"isthmus": {"origin": "ops/INC1/9"}}}}) == "ops/INC1/9"
    for metadata in (
        None,
        {},
        {"custom": None},
        {"custom": {"isthmus": "text"}},
        {"custom": {"isthmus": {"origin": None}}},
    ):
        assert zendesk.origin_of({"metadata": metadata}) is None


# -- in bulk


def event(ticket_id: int, *children: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": ticket_id * 10,
        "ticket_id": ticket_id,
        "created_at": "2026-05-01T08:00:00Z",
        "updater_id": 21,
        "metadata": {},
        "child_events": list(children),
        **fields,
    }


def child(number: int, **fields: Any) -> dict[str, Any]:
    body = {**comment(number), "event_type": "Comment", **fields}
    del body["metadata"]
    return body


def start(zendesk: Zendesk, wire: responses.RequestsMock, tickets: list[dict[str, Any]]) -> Any:
    wire.get(
        f"{URL}/api/v2/incremental/tickets/cursor", json={"tickets": tickets, "after_cursor": "c1", "end_of_stream": True}
    )
    pages = zendesk.changes(None, Scope())
    next(pages)
    return pages


def test_everything_is_read_with_one_pass_over_the_events(
    zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket
) -> None:
    numbers = range(1, 26)
    counts = dict.fromkeys(numbers, 2) | {25: 3}
    pages = start(zendesk, wire, [ticket(number, comment_count=counts[number]) for number in numbers])
    rows = [event(number, {"event_type": "Change", "status": "open"}, child(number * 100)) for number in numbers]
    again = [event(25, child(2500))]
    other = [event(number, child(number * 100 + 1, created_at="2026-05-01T09:00:00Z")) for number in numbers]
    ways = {"include": "comment_events"}
    wire.get(
        EVENTS,
        json={"ticket_events": rows, "end_time": 1777622400, "end_of_stream": False},
        match=[query_param_matcher({**ways, "start_time": "0"})],
    )
    wire.get(
        EVENTS,
        json={"ticket_events": again + other, "end_time": 1777626000, "end_of_stream": True},
        match=[query_param_matcher({**ways, "start_time": "1777622400"})],
    )
    serve(wire, 25, comment(2500), comment(2501), comment(2502))
    threads = zendesk.threads([str(number) for number in numbers])
    assert [each["id"] for each in threads["4"].comments] == [401]
    assert threads["4"].comments[0]["metadata"] == {}
    # One comment more than the events told: read from the ticket itself.
    assert [each["id"] for each in threads["25"].comments] == [2501, 2502]
    zendesk.threads(["1", "2"])
    assert zendesk.calls()["GET /api/v2/incremental/ticket_events"] == 2
    assert zendesk.calls()["GET /api/v2/tickets/{number}/comments"] == 1
    # With the page gone, nothing of it is trusted any more.
    assert list(pages) == []
    serve(wire, 4, comment(400))
    zendesk.threads(["4"])
    assert zendesk.calls()["GET /api/v2/tickets/{number}/comments"] == 2


@pytest.mark.parametrize(
    "doubt",
    [
        [{"event_type": "CommentPrivacyChange", "comment_id": 100, "public": False}],
        [{"event_type": "CommentRedactionEvent", "comment_id": 100}],
        [{"event_type": "AttachmentRedactionEvent", "attachment_id": 5}],
        [child(100, html_body='<p><img src="x"></p>')],
        [child(100, via={"channel": "api"})],
        [child(100, via="Web service")],
    ],
)
def test_a_comment_that_may_have_changed_is_read_from_its_ticket(
    zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket, doubt: list[dict[str, Any]]
) -> None:
    numbers = range(1, 21)
    pages = start(zendesk, wire, [ticket(number, comment_count=1) for number in numbers])
    rows = [event(number, child(number * 100)) for number in numbers] + [event(1, *doubt)]
    wire.get(EVENTS, json={"ticket_events": rows, "end_time": 0})
    serve(wire, 1, comment(100, public=False))
    assert zendesk.threads([str(number) for number in numbers])["1"].description_internal
    assert zendesk.calls()["GET /api/v2/tickets/{number}/comments"] == 1
    pages.close()


def test_an_event_with_its_metadata_tells_the_origin(
    zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket
) -> None:
    numbers = range(1, 21)
    pages = start(zendesk, wire, [ticket(number, comment_count=1 + (number == 1)) for number in numbers])
    custom = {"custom": {"isthmus": {"origin": "ops/1/2"}}}
    carried = child(101, via={"channel": "api"}, created_at="2026-05-01T09:00:00Z")
    rows = [event(number, child(number * 100)) for number in numbers] + [event(1, carried, metadata=custom)]
    wire.get(EVENTS, json={"ticket_events": rows, "end_time": 9, "end_of_stream": True})
    (copy,) = zendesk.threads([str(number) for number in numbers])["1"].comments
    assert zendesk.origin_of(copy) == "ops/1/2"
    assert list(pages) == []


def status(number: int, before: str | None, after: str, **fields: Any) -> dict[str, Any]:
    change = {"event_type": "Create"} if before is None else {"event_type": "Change", "previous_value": before}
    return {"id": number, "via": "Web form", "via_reference_id": None, "status": after, **change, **fields}


def test_field_changes_come_with_the_same_pass(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    tickets = [ticket(number, comment_count=1, status="open") for number in range(1, 26)]
    pages = start(zendesk, wire, tickets)
    tags = {"id": 9, "event_type": "Change", "tags": ["a"], "previous_value": [], "added_tags": ["a"], "removed_tags": []}
    created = [event(number, status(number * 100, None, "new"), tags | {"id": number * 100 + 1}) for number in range(1, 23)]
    opened = [event(number, status(number * 100 + 2, "new", "open", via="Rule")) for number in range(1, 22)]
    # 22 leads to another status than the page's, 23 leaves a step out, 24 does not number its event, 25 has none.
    gaps = [event(23, status(2300, None, "new"), status(2301, "hold", "open")), event(24, status(0, None, "open"))]
    rows = {"ticket_events": [*created, *opened, *gaps], "end_time": 1777626000, "end_of_stream": True}
    wire.get(EVENTS, json=rows)
    audited = {"created_at": "2026-05-01T07:00:00Z", "author_id": 5}
    audit = {**audited, "events": [{"type": "Create", "field_name": "status", "value": "open"}]}
    for number in (22, 23, 24, 25):
        body = {"audits": [audit], "meta": {"has_more": False}, "links": {"next": None}}
        wire.get(f"{URL}/api/v2/tickets/{number}/audits", json=body)
    found = zendesk.history([str(number) for number in range(1, 26)])
    assert [(each.field, each.before, each.after, each.by) for each in found["1"]] == [
        ("status", None, "new", "21"),
        ("tags", "", "a", "21"),
        ("status", "new", "open", None),
    ]
    assert {number: found[number][0].by for number in ("22", "23", "24", "25")} == dict.fromkeys(
        ("22", "23", "24", "25"), "5"
    )
    assert zendesk.calls()["GET /api/v2/tickets/{number}/audits"] == 4
    assert list(pages) == []


def test_few_tickets_are_not_worth_the_pass(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    pages = start(zendesk, wire, [ticket(7, comment_count=1), ticket(8)])
    serve(wire, 7, comment(1))
    zendesk.threads(["7"])
    assert "GET /api/v2/incremental/ticket_events" not in zendesk.calls()
    assert list(pages) == []


# -- files


def test_a_file_is_streamed_without_our_credentials_on_another_host(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    place, store = f"{URL}/attachments/token/5/", "https://storage.example.com/5"
    wire.get(place, status=302, headers={"Location": store})
    wire.get(store, body=b"abc")
    target = io.BytesIO()
    digest = zendesk.download({"id": "5", "name": "a.png", "url": place}, target)
    assert (target.getvalue(), digest) == (b"abc", hashlib.sha256(b"abc").hexdigest())
    assert "Authorization" in wire.calls[-2].request.headers
    assert "Authorization" not in wire.calls[-1].request.headers


def test_a_file_that_is_not_handed_out_stops_nothing_else(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.get(f"{URL}/attachments/5", status=403, json={"error": {"title": "Forbidden", "message": "Malware found"}})
    wire.get(f"{URL}/attachments/6", status=404, body="gone")
    with pytest.raises(RejectedError, match="Malware found"):
        zendesk.download({"id": "5", "url": f"{URL}/attachments/5"}, io.BytesIO())
    with pytest.raises(NotFoundError):
        zendesk.download({"id": "6", "url": f"{URL}/attachments/6"}, io.BytesIO())
    with pytest.raises(NotFoundError, match="no address"):
        zendesk.download({"id": "7", "url": None}, io.BytesIO())


# -- history


def test_audits_give_field_changes(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    rule = {"channel": "rule"}
    audits = [
        {
            "id": 1,
            "author_id": 21,
            "created_at": "2026-05-01T08:00:00Z",
            "events": [
                {"type": "Comment", "id": 5},
                {"type": "Create", "field_name": "status", "value": "new"},
                {"type": "Create", "field_name": "77", "value": "site_lyon"},
                {"type": "Change", "field_name": "priority", "previous_value": None, "value": "high", "via": rule},
                {"type": "Change", "value": "odd"},
            ],
        },
        {
            "id": 2,
            "author_id": -1,
            "created_at": "2026-05-01T09:00:00Z",
            "events": [
                {"type": "Change", "field_name": "tags", "previous_value": ["a"], "value": ["a", "b"], "via": None},
                {"type": "FollowerChange", "previous_followers": [], "current_followers": [31, 32]},
                {"type": "Change", "field_name": "custom_status_id", "previous_value": "98", "value": "99"},
            ],
        },
        {
            "id": 3,
            "author_id": None,
            "created_at": "2026-05-01T10:00:00Z",
            "events": [{"type": "EmailCcChange", "current_email_ccs": ["a@example.com"]}],
        },
        {"id": 4, "author_id": 21, "created_at": "2026-05-01T11:00:00Z"},
    ]
    wire.get(f"{URL}/api/v2/tickets/7/audits", json={"audits": audits, "meta": {}})
    wire.get(f"{URL}/api/v2/tickets/8/audits", status=404, json={"error": "RecordNotFound"})
    found = zendesk.history(["7", "8"])
    assert found.keys() == {"7"}
    assert [(each.field, each.before, each.after, each.by) for each in found["7"]] == [
        ("status", None, "new", "21"),
        ("custom_fields", None, "site_lyon", "21"),
        ("priority", None, "high", None),
        ("tags", "a", "a,b", None),
        ("collaborator_ids", "", "31,32", None),
        ("custom_status_id", "98", "99", None),
        ("collaborator_ids", None, "a@example.com", None),
    ]
    assert found["7"][0].at.isoformat() == "2026-05-01T08:00:00+00:00"
