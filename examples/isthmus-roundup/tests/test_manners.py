"""What a real tracker does that hardly anybody would think of, and the connector's answer to each."""

from __future__ import annotations

import io
from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from isthmus.plugin import (
    AddComment,
    AddFile,
    Connector,
    Context,
    Delete,
    FileSource,
    ForbiddenError,
    NewComment,
    Outcome,
    RejectedError,
    Scope,
    StaleVersionError,
    Update,
    Visibility,
    Write,
)
from isthmus_roundup import Roundup
from isthmus_roundup.records import MARKER, ORIGIN, kept_in, message_id

if TYPE_CHECKING:
    from bench import RoundupBench


def send(connector: Connector, write: Write) -> Outcome:
    (outcome,) = connector.submit([write])
    return outcome


def update(record_id: str, **body: Any) -> Update:
    return Update(key="k", record_id=record_id, body=body)


def body_of(bench: RoundupBench, record_id: str) -> dict[str, Any]:
    (record,) = bench.connector.fetch([record_id])
    return record.body


def file(data: bytes) -> FileSource:
    return FileSource("x.txt", "text/plain", len(data), lambda: nullcontext(io.BytesIO(data)))


@pytest.mark.parametrize("text", ["isthmus:desk:17", "a/b/c", "😀.<>@%2E..", ""])
def test_a_message_id_keeps_whatever_it_is_given(text: str) -> None:
    kept = message_id(MARKER, text)
    assert kept.isascii()
    assert ".." not in kept
    assert kept_in(MARKER, {"messageid": kept, "creator": "3"}, "3") == text
    assert kept_in(ORIGIN, {"messageid": kept, "creator": "3"}, "3") is None
    assert kept_in(MARKER, {"messageid": kept, "creator": "4"}, "3") is None, "anybody can send mail with a Message-ID"


def test_a_stranger_with_our_marker_is_not_found(roundup_bench: RoundupBench) -> None:
    with roundup_bench.tracker.opened("robin") as database:
        text = database.msg.create(content="x", author=database.getuid(), messageid=message_id(MARKER, "isthmus:a:1"))
        database.issue.create(title="not ours", messages=[text])
    assert roundup_bench.connector.find("isthmus:a:1") == []


def test_what_is_said_of_an_issue_without_a_text_is_a_comment(roundup_bench: RoundupBench) -> None:
    bench = roundup_bench
    with bench.tracker.opened("robin") as database:
        record_id = database.issue.create(title="without words")
    bench.advance(5)
    bench.say(record_id, "the first word", public=True)
    assert body_of(bench, record_id)["description"] is None
    (comment,) = bench.connector.threads([record_id])[record_id].comments
    assert comment["content"] == "the first word"


@pytest.mark.parametrize("status", ["unread", "resolved", "done-cbb", "need-eg"])
def test_a_comment_leaves_the_status_as_it_is(roundup_bench: RoundupBench, status: str) -> None:
    record_id = roundup_bench.open("talked about")
    assert send(roundup_bench.connector, update(record_id, status=status)).error is None
    comment = NewComment({"content": "a word"}, Visibility.PUBLIC, "a/1/2")
    assert send(roundup_bench.connector, AddComment(key="k", record_id=record_id, comment=comment)).error is None
    assert body_of(roundup_bench, record_id)["status"] == status


def test_what_is_internal_or_empty_is_refused(roundup_bench: RoundupBench) -> None:
    record_id = roundup_bench.open("open to all")
    writes = [
        AddComment(key="k", record_id=record_id, comment=NewComment({"content": "x"}, Visibility.INTERNAL, "a/1/2")),
        AddFile(key="k", record_id=record_id, file=file(b"x"), visibility=Visibility.INTERNAL),
        AddFile(key="k", record_id=record_id, file=file(b""), visibility=Visibility.PUBLIC),
    ]
    for write in writes:
        assert isinstance(send(roundup_bench.connector, write).error, RejectedError)
    thread = roundup_bench.connector.threads([record_id])[record_id]
    assert (thread.comments, thread.files) == ([], [])


def test_somebody_who_comes_before_us_is_not_overwritten(
    roundup_bench: RoundupBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = roundup_bench
    record_id = bench.open("contested")
    api = bench.connector._api
    send_as_it_was, others = api._send, [1, 2, 3, 4, 5]

    def late(*words: Any, **options: Any) -> None:
        if others:
            bench.say(record_id, f"word {others.pop(0)}", public=True)
        send_as_it_was(*words, **options)

    monkeypatch.setattr(api, "_send", late)
    comment = NewComment({"content": "ours"}, Visibility.PUBLIC, "a/1/2")
    outcome = send(bench.connector, AddComment(key="k", record_id=record_id, comment=comment))
    assert isinstance(outcome.error, StaleVersionError), "five times is enough"
    outcome = send(bench.connector, AddComment(key="k", record_id=record_id, comment=comment))
    assert outcome.error is None
    assert [seen.text for seen in bench.comments(record_id)] == [*(f"word {number}" for number in range(1, 6)), "ours"]


def test_a_nosy_list_is_never_emptied_and_keeps_assignee_and_requester(roundup_bench: RoundupBench) -> None:
    bench = roundup_bench
    record_id = bench.open("watched")
    ids = bench.known_ids([bench.agent, bench.requester])
    for nosy, held in (([ids[0]], set(ids)), ([], {ids[1]})):
        assert send(bench.connector, update(record_id, nosy=nosy)).error is None
        assert set(body_of(bench, record_id)["nosy"]) == held
    bench.set(record_id, nosy=[ids[0]])
    assert send(bench.connector, update(record_id, nosy=[])).error is None
    assert body_of(bench, record_id)["nosy"] == [ids[1]]


def test_a_keyword_that_is_not_there_is_made_and_one_of_digits_is_no_id(roundup_bench: RoundupBench) -> None:
    record_id = roundup_bench.open("labelled")
    for names in (["4", "vip, gold"], ["4"], []):
        assert send(roundup_bench.connector, update(record_id, keyword=names)).error is None
        assert body_of(roundup_bench, record_id)["keyword"] == names


def test_searches_are_not_read_in_the_zone_of_the_account(roundup_bench: RoundupBench) -> None:
    bench = roundup_bench
    ours = bench.connector.check().account_id
    with bench.tracker.opened() as database:
        database.user.set(ours, timezone="9")
    try:
        bench.open("old")
        bench.advance(7200)
        start = bench.now() - timedelta(seconds=5)
        new = bench.open("new")
        assert list(bench.connector.census(Scope(opened_after=start))) == [new]
    finally:
        with bench.tracker.opened() as database:
            database.user.set(ours, timezone="0")


def test_an_account_that_sees_no_addresses_is_warned(roundup_bench: RoundupBench) -> None:
    bench = roundup_bench
    assert bench.connector.check().warnings == ()
    auth = {"kind": "basic", "user": "alex", "password": bench.secret("alex-pass")}
    connector = account(bench, auth, bench.context())
    assert "address" in connector.check().warnings[0]
    record_id = bench.open("kept")
    with pytest.raises(ForbiddenError):
        send(connector, Delete(key="k", record_id=record_id))
    connector.close()
    assert bench.ids() == {record_id}


def account(bench: RoundupBench, auth: dict[str, Any], context: Context) -> Connector:
    return Roundup(Roundup.Settings.model_validate({"url": bench.tracker.url, "auth": auth}), context)


def test_other_credentials_are_refused_when_they_are_read(roundup_bench: RoundupBench) -> None:
    with pytest.raises(ValueError, match="Roundup takes kind: basic"):
        account(roundup_bench, {"kind": "api_key", "key": "env:KEY"}, roundup_bench.context())
