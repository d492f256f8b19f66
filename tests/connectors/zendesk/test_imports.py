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
from isthmus.core.connector import Create, FileSource, NewComment
from isthmus.core.errors import AuthenticationError, RejectedError, UnavailableError, UnexpectedReplyError
from isthmus.core.model import Visibility
from responses.matchers import json_params_matcher

URL = "https://acme.zendesk.com"
ONE, MANY = f"{URL}/api/v2/imports/tickets", f"{URL}/api/v2/imports/tickets/create_many"
JOB = f"{URL}/api/v2/job_statuses/V3-1"
Ticket = Callable[..., dict[str, Any]]


def job(status: str, results: Any = None, **more: Any) -> dict[str, Any]:
    return {"job_status": {"id": "V3-1", "status": status, "results": results, "message": None, **more}}


def create(number: int, *comments: NewComment, **body: Any) -> Create:
    record = {"subject": f"Ticket {number}", "status": "solved", "created_at": f"2024-02-{number:02}T08:00:00Z", **body}
    return Create(key=f"i{number}", marker=f"isthmus:ops:{number}", body=record, comments=comments, history=True)


def comment(at: str | None, *files: FileSource, public: bool = True) -> NewComment:
    body = {"html_body": "<p>Hi</p>", "author_id": "22", **({"created_at": at} if at else {})}
    return NewComment(body, Visibility.PUBLIC if public else Visibility.INTERNAL, "ops/1/c", files)


def source(content: bytes) -> FileSource:
    @contextmanager
    def open_it() -> Iterator[BinaryIO]:
        yield io.BytesIO(content)

    return FileSource("a.txt", "text/plain", len(content), open_it)


def sent(wire: responses.RequestsMock, place: int = -1) -> Any:
    return json.loads(wire.calls[place].request.body)


def test_one_ticket_is_imported_with_its_thread(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    wire.post(f"{URL}/api/v2/uploads", status=201, json={"upload": {"token": "t1"}})
    wire.post(ONE, status=201, json={"ticket": ticket(12)})
    write = create(
        5,
        comment("2024-02-01T07:00:00Z", source(b"abc"), public=False),
        comment(None),
        requester_id="21",
        description="<p>It broke</p>",
        solved_at="2024-02-06T00:00:00Z",
    )
    outcome = zendesk.create(write)
    assert (outcome.error, outcome.record_id) == (None, "12")
    assert outcome.record is not None
    # The description stays first, even where a comment is older than the ticket.
    assert sent(wire) == {
        "ticket": {
            "subject": "Ticket 5",
            "status": "solved",
            "created_at": "2024-02-05T08:00:00Z",
            "solved_at": "2024-02-06T00:00:00Z",
            "requester_id": 21,
            "submitter_id": 21,
            "external_id": "isthmus:ops:5",
            "comments": [
                {"html_body": "<p>It broke</p>", "public": True, "author_id": 21, "created_at": "2024-02-01T07:00:00Z"},
                {
                    "html_body": "<p>Hi</p>",
                    "author_id": 22,
                    "created_at": "2024-02-01T07:00:00Z",
                    "public": False,
                    "uploads": ["t1"],
                },
                {"html_body": "<p>Hi</p>", "author_id": 22, "public": True},
            ],
        }
    }


def test_a_ticket_without_any_time_is_imported_without(
    zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket
) -> None:
    wire.post(ONE, status=201, json={"ticket": ticket(12)})
    zendesk.create(Create(key="i", marker="m", body={"subject": "x"}, history=True))
    assert sent(wire)["ticket"]["comments"] == [{"html_body": "", "public": True}]


def test_many_are_one_job_whose_rows_have_their_own_outcomes(
    zendesk: Zendesk, wire: responses.RequestsMock, slept: list[float]
) -> None:
    wire.post(MANY, json=job("queued"))
    wire.get(JOB, json=job("working", progress=2))
    results = [
        {"index": 2, "id": 91, "account_id": 1},
        {"index": 0, "id": 92, "account_id": 1},
        {"index": 1, "error": "TicketCreateFailed", "details": "Requester: is required"},
        {"index": 3, "success": False, "status": "Failed", "errors": "Status: is invalid"},
        {"index": 4, "status": "Failed"},
        {"odd": True},
    ]
    wire.get(JOB, json=job("completed", results, message="Completed at 2023-09-18 23:23:38 +0000"))
    outcomes = {outcome.key: outcome for outcome in zendesk.submit([create(number) for number in range(1, 7)])}
    assert {key: outcome.record_id for key, outcome in outcomes.items() if outcome.error is None} == {
        "i1": "92",
        "i3": "91",
    }
    words = {
        key: outcome.error.vendor_words for key, outcome in outcomes.items() if isinstance(outcome.error, RejectedError)
    }
    assert words == {"i2": "TicketCreateFailed: Requester: is required", "i4": "Status: is invalid", "i5": "Failed"}
    lost = outcomes["i6"].error
    assert isinstance(lost, UnavailableError)
    assert lost.maybe_applied
    assert slept == [pytest.approx(1.2), 5.0]
    assert zendesk.calls()["POST /api/v2/imports/tickets/create_many"] == 1


def test_a_hundred_go_in_one_job(
    zendesk: Zendesk, wire: responses.RequestsMock, slept: list[float], ticket: Ticket
) -> None:
    wire.post(MANY, json=job("completed", [{"index": place, "id": place + 1} for place in range(100)]))
    wire.post(ONE, status=201, json={"ticket": ticket(101)})
    writes = [Create(key=f"i{number}", marker=f"m{number}", body={}, history=True) for number in range(101)]
    assert [outcome.record_id for outcome in zendesk.submit(writes)] == [str(number) for number in range(1, 102)]
    assert slept == []


@pytest.mark.parametrize("status", ["failed", "killed"])
def test_rows_of_a_failed_job_are_settled_later(zendesk: Zendesk, wire: responses.RequestsMock, status: str) -> None:
    wire.post(MANY, json=job("working"))
    wire.get(JOB, json=job(status, [{"index": 0, "id": 91}], message="Out of memory"))
    first, second = zendesk.submit([create(1), create(2)])
    assert first.record_id == "91"
    assert isinstance(second.error, UnavailableError)
    assert second.error.maybe_applied
    assert f"{status}: Out of memory" in str(second.error)


@pytest.mark.parametrize("results", [None, {"success": True}])
def test_a_job_without_rows_is_settled_later(zendesk: Zendesk, wire: responses.RequestsMock, results: Any) -> None:
    wire.post(MANY, json=job("completed", results))
    for outcome in zendesk.submit([create(1), create(2)]):
        assert isinstance(outcome.error, UnavailableError)
        assert outcome.error.maybe_applied


def test_a_job_that_cannot_be_read_is_settled_later(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.post(MANY, json=job("queued"))
    wire.get(JOB, status=404, json={"error": "RecordNotFound"})
    for outcome in zendesk.submit([create(1), create(2)]):
        assert isinstance(outcome.error, UnavailableError)
        assert outcome.error.maybe_applied


def test_a_job_that_never_ends_is_settled_later(zendesk: Zendesk, wire: responses.RequestsMock, slept: list[float]) -> None:
    wire.post(MANY, json=job("queued"))
    wire.get(JOB, json=job("queued"))
    (outcome, _) = zendesk.submit([create(1), create(2)])
    assert isinstance(outcome.error, UnavailableError)
    assert outcome.error.maybe_applied
    assert 480 <= sum(slept) < 490


def test_a_job_whose_reply_is_lost_is_never_repeated(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.post(MANY, body=requests.ReadTimeout("late"))
    for outcome in zendesk.submit([create(1), create(2)]):
        assert isinstance(outcome.error, UnavailableError)
        assert outcome.error.maybe_applied
    assert len(wire.calls) == 1


def test_a_lost_import_of_one_is_never_repeated(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.post(ONE, body=requests.ReadTimeout("late"))
    (outcome,) = zendesk.submit([create(1)])
    assert isinstance(outcome.error, UnavailableError)
    assert outcome.error.maybe_applied


def test_too_many_jobs_are_waited_for(zendesk: Zendesk, wire: responses.RequestsMock, slept: list[float]) -> None:
    body = {"error": "TooManyJobs", "description": "Too many import jobs are currently queued or running. Try again later."}
    for status in (400, 403, 422):
        wire.post(MANY, status=status, json=body)
    wire.post(MANY, json=job("completed", [{"index": 0, "id": 1}, {"index": 1, "id": 2}]))
    assert [outcome.record_id for outcome in zendesk.submit([create(1), create(2)])] == ["1", "2"]
    assert len(slept) == 3


def test_one_bad_ticket_does_not_stop_its_batch(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    wire.post(MANY, status=422, json={"error": "RecordInvalid", "description": "Bad row"})
    bad = {"error": "RecordInvalid", "details": {"base": [{"description": "Created at: is invalid"}]}}

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        subject = json.loads(request.body)["ticket"]["subject"]
        return (422, {}, json.dumps(bad)) if subject == "Ticket 1" else (201, {}, json.dumps({"ticket": ticket(8)}))

    wire.add_callback(responses.POST, ONE, answer, content_type="application/json")
    first, second = zendesk.submit([create(1), create(2)])
    assert isinstance(first.error, RejectedError)
    assert first.error.vendor_words == "Created at: is invalid"
    assert second.record_id == "8"


def test_a_bad_file_fails_its_ticket_only(zendesk: Zendesk, wire: responses.RequestsMock, ticket: Ticket) -> None:
    wire.post(f"{URL}/api/v2/uploads", status=413, json={"description": "Too large"})
    wire.post(ONE, status=201, json={"ticket": ticket(8)})
    first, second = zendesk.submit([create(1, comment(None, source(b"abc"))), create(2)])
    assert isinstance(first.error, RejectedError)
    assert second.record_id == "8"


@pytest.mark.parametrize("place", ["upload", "one", "many", "poll"])
def test_refused_credentials_stop_the_run(zendesk: Zendesk, wire: responses.RequestsMock, place: str) -> None:
    denied = {"status": 401, "json": {"error": "Couldn't authenticate you"}}
    wire.post(f"{URL}/api/v2/uploads", **denied)
    wire.post(ONE, **denied)
    wire.post(MANY, **(denied if place == "many" else {"json": job("queued")}))
    wire.get(JOB, **denied)
    files = (source(b"abc"),) if place == "upload" else ()
    writes = [create(1, comment(None, *files))] if place in ("upload", "one") else [create(1), create(2)]
    with pytest.raises(AuthenticationError):
        list(zendesk.submit(writes))


def test_a_job_that_is_none_stops_the_run(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.post(MANY, json={"status": "fine"}, match=[json_params_matcher({}, strict_match=False)])
    with pytest.raises(UnexpectedReplyError, match="holds no 'job_status'"):
        list(zendesk.submit([create(1), create(2)]))
