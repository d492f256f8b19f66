"""Comments and files: whole, in order, and never shown to the wrong people."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from isthmus.connectors.jira import Jira
from isthmus.connectors.jira.shares import is_carrier, shown_files
from isthmus.core.connector import AddComment, AddFile, FileSource, NewComment
from isthmus.core.errors import ForbiddenError, NotFoundError, RejectedError, UnavailableError, UnexpectedReplyError
from isthmus.core.model import Visibility
from isthmus.core.text.adf import write_adf

DESK = "/rest/servicedeskapi"
Make = Callable[..., dict[str, Any]]


def said(number: int, words: Any = "hello", **more: Any) -> dict[str, Any]:
    body = words
    if isinstance(words, str):
        body = {
            "type": "doc",
            "version": 1,
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": words}]}],
        }
    created = f"2026-07-14T10:{number % 60:02d}:00.000+0200"
    return {
        "id": str(number),
        "author": {"accountId": "712020:ana", "displayName": "Ana"},
        "body": body,
        "created": created,
        "jsdPublic": True,
        **more,
    }


def file(number: int, name: str = "log.txt", **more: Any) -> dict[str, Any]:
    created = f"2026-07-14T10:{number:02d}:00.000+0200"
    return {
        "id": str(number),
        "filename": name,
        "author": {"accountId": "712020:ana"},
        "created": created,
        "size": 3,
        "content": "/x",
        **more,
    }


def page(*comments: Any, total: int | None = None) -> dict[str, Any]:
    return {"comments": list(comments), "total": len(comments) if total is None else total}


def fetched(server: Any, make_issue: Make, **fields: Any) -> None:
    server.on("POST", "issue/bulkfetch", {"issues": [make_issue(500, **fields)], "issueErrors": []})


def test_visibility_is_told_or_internal(desk: Jira, server: Any, make_issue: Make) -> None:
    comments = [
        said(3, jsdPublic=False),
        said(1),
        said(2, visibility={"type": "role", "value": "Administrators"}),
        {**said(4), "jsdPublic": None, "author": None},
    ]
    fetched(server, make_issue, comment=page(*comments))
    thread = desk.threads(["500", "x"])["500"]
    assert [(each["id"], each["public"], each["author"]) for each in thread.comments] == [
        ("1", True, "712020:ana"),
        ("2", False, "712020:ana"),
        ("3", False, "712020:ana"),
        ("4", None, None),
    ]
    plain = make_issue(500, comment=page({**said(4), "jsdPublic": None}), project={"projectTypeKey": "software"})
    server.on("POST", "issue/bulkfetch", {"issues": [plain]})
    assert desk.threads(["500"])["500"].comments[0]["public"] is True
    assert server.asked(f"{DESK}/request/500/comment") == []


def test_a_thread_that_was_cut_is_read_to_its_end(desk: Jira, server: Any, make_issue: Make) -> None:
    fetched(server, make_issue, comment=page(said(3), total=3))

    def listed(params: Any, body: Any) -> Any:
        rows = [said(1), said(2), said(3)][int(params["startAt"]) :][:2]
        return {"comments": rows, "total": 3}

    server.on("GET", "issue/500/comment", listed)
    assert [each["id"] for each in desk.threads(["500"])["500"].comments] == ["1", "2", "3"]


def test_our_own_comments_tell_their_origin(desk: Jira, server: Any, make_issue: Make, users: Any) -> None:
    fetched(server, make_issue, comment=page(said(1), said(2, author=users["bot"])))
    told = [{"key": "other", "value": 1}, {"key": "isthmus.origin", "value": {"origin": "ops/1/2"}}]
    server.on("POST", "comment/list", {"values": [{"id": "2", "properties": told}]})
    for _ in range(2):
        first, second = desk.threads(["500"])["500"].comments
        assert (desk.origin_of(first), desk.origin_of(second)) == (None, "ops/1/2")
    assert server.sent("POST", "comment/list") == [{"ids": [2]}]


def test_data_center_tells_origins_one_by_one(center: Jira, server: Any, make_issue: Make) -> None:
    ours = {"name": "bot", "displayName": "Sync"}
    comments = page(
        said(1, "a *b*", author=ours), said(2, author=ours), said(3, author={"name": "ana", "displayName": "Ana"})
    )
    comments["comments"][0]["body"] = "a *b*"
    server.on("GET", "/rest/api/2/issue/500", make_issue(500, comment=comments))
    server.on(
        "GET", "/rest/api/2/comment/1/properties/isthmus.origin", {"key": "isthmus.origin", "value": {"origin": "ops/1/1"}}
    )
    server.on("GET", "/rest/api/2/issue/501", (404, {}, {"errorMessages": ["gone"]}))
    thread = center.threads(["500", "501"])["500"]
    assert [center.origin_of(each) for each in thread.comments] == ["ops/1/1", None, None]
    assert '"marks":[{"type":"strong"}]' in thread.comments[0]["body"]


# -- what customers see


def test_our_own_file_is_no_requesters(desk: Jira, server: Any, make_issue: Make, users: Any) -> None:
    fetched(server, make_issue, reporter=users["bot"], attachment=[file(1, author=users["bot"]), file(2)])
    assert [each["public"] for each in desk.threads(["500"])["500"].files] == [False, False]
    fetched(server, make_issue, reporter=users["ana"], attachment=[file(1, author=users["bot"]), file(2)])
    assert [each["public"] for each in desk.threads(["500"])["500"].files] == [False, True]


def media(name: str) -> dict[str, Any]:
    node = {"type": "media", "attrs": {"type": "file", "id": "u", "collection": "", "alt": name}}
    return {"type": "doc", "version": 1, "content": [{"type": "mediaGroup", "content": [node]}]}


@pytest.mark.parametrize(
    ("files", "comments", "shown"),
    [
        ([file(1)], [], set()),
        ([file(1)], [said(1, media("log.txt"))], {"1"}),
        ([file(1), file(9)], [said(1, media("log.txt"))], {"1"}),
        ([file(1)], [said(1, "see [^log.txt]")], {"1"}),
        ([file(1)], [said(30, "see [^log.txt]")], set()),
        ([file(1)], [said(1, "see [file: log.txt]")], set()),
        ([file(1)], [said(1, "see [^log.txt]", author={"accountId": "x"})], set()),
        ([file(1, author={"accountId": "qm:fred"})], [], {"1"}),
        ([file(1, author={"accountId": "q", "accountType": "customer"})], [], {"1"}),
        ([file(1), file(2, "shot.png")], [{**said(1), "body": "!shot.png|thumbnail! [^log.txt]"}], {"1", "2"}),
        ([file(1)], [{**said(1), "body": None}], set()),
    ],
)
def test_a_customer_sees_what_was_shared(files: Any, comments: Any, shown: set[str]) -> None:
    assert shown_files(files, comments, reporter="qm:fred") == shown


@pytest.mark.parametrize(
    ("words", "carries"),
    [("[^log.txt] (3 kB)", True), ("!a.png|thumbnail!\n[^b] _(1 kB)_", True), ("see [^log.txt]", False), ("", False)],
)
def test_a_comment_that_only_names_files(words: str, carries: bool) -> None:
    assert is_carrier(said(1, words)) is carries
    assert is_carrier({"body": words}) is carries


def test_what_comments_leave_open_the_service_desk_is_asked(desk: Jira, server: Any, make_issue: Make, users: Any) -> None:
    carrier = said(5, "[^b.txt] _(1 kB)_", author=users["bot"])
    server.on("POST", "comment/list", {"values": []})
    fetched(server, make_issue, comment=page(said(1), carrier), attachment=[file(1), file(2, "b.txt")])
    links = {"_links": {"jiraRest": "https://acme.atlassian.net/rest/api/2/attachment/2"}}
    odd = {"_links": {"content": "https://x.example/none"}}
    rows = [
        {"public": True, "attachments": {"values": [links, odd]}},
        {"public": False, "attachments": {"values": [links]}},
    ]
    server.on("GET", f"{DESK}/request/500/comment", {"values": rows, "isLastPage": True})
    thread = desk.threads(["500"])["500"]
    assert [(each["id"], each["public"]) for each in thread.files] == [("1", False), ("2", True)]
    assert [each["id"] for each in thread.comments] == ["1"]
    server.on("GET", f"{DESK}/request/500/comment", (403, {}, b""))
    assert [each["public"] for each in desk.threads(["500"])["500"].files] == [False, False]


# -- writing


def comment(visibility: Visibility, body: dict[str, Any] | None = None, record_id: str = "500") -> AddComment:
    return AddComment(key="k", record_id=record_id, comment=NewComment(body or {}, visibility, "ops/1/2"))


def test_a_comment_says_whether_it_is_internal_and_where_it_is_from(desk: Jira, server: Any) -> None:
    server.on(
        "POST",
        "issue/500/comment",
        lambda params, body: (201, {}, {"id": "7", "jsdPublic": not body["properties"][0]["value"]["internal"]}),
    )
    for visibility in Visibility:
        (outcome,) = desk.submit([comment(visibility)])
        assert (outcome.error, outcome.child_id) == (None, "7")
    sent = server.sent("POST", "issue/500/comment")
    assert [each["properties"][0] for each in sent] == [
        {"key": "sd.public.comment", "value": {"internal": False}},
        {"key": "sd.public.comment", "value": {"internal": True}},
    ]
    assert sent[0]["properties"][1] == {"key": "isthmus.origin", "value": {"origin": "ops/1/2"}}
    assert sent[0]["body"]["content"][0]["content"][0]["text"] == "(no text)"
    (outcome,) = desk.submit([comment(Visibility.PUBLIC, record_id="ITSM-1")])
    assert isinstance(outcome.error, NotFoundError)


def test_a_long_comment_loses_its_formatting_before_its_words(desk: Jira, server: Any) -> None:
    server.on("POST", "issue/500/comment", (201, {}, {"id": "7"}))
    lines = "<br>".join(f"<strong>line</strong> {number}" for number in range(1500))
    (outcome,) = desk.submit([comment(Visibility.PUBLIC, {"body": write_adf(f"<p>{lines}</p>")})])
    assert outcome.error is None
    (sent,) = server.sent("POST", "issue/500/comment")
    (block,) = sent["body"]["content"]
    assert block["type"] == "codeBlock"
    assert block["content"][0]["text"].split("\n") == [f"line {number}" for number in range(1500)]
    (outcome,) = desk.submit([comment(Visibility.PUBLIC, {"body": write_adf(f"<p>{'word ' * 8000}</p>")})])
    assert "Jira takes 32767" in str(outcome.error)


def test_an_internal_comment_that_came_out_public_is_taken_back(desk: Jira, server: Any) -> None:
    server.on("POST", "issue/500/comment", (201, {}, {"id": "7", "jsdPublic": True}))
    server.on("DELETE", "issue/500/comment/7", (204, {}, None))
    (outcome,) = desk.submit([comment(Visibility.INTERNAL)])
    assert "deleted again" in str(outcome.error)
    assert len(server.sent("DELETE", "issue/500/comment/7")) == 1


def test_a_leak_that_cannot_be_taken_back_stops_the_run(desk: Jira, server: Any) -> None:
    server.on("POST", "issue/500/comment", (201, {}, {"id": "7", "jsdPublic": True}))
    server.on("DELETE", "issue/500/comment/7", (403, {}, {"errorMessages": ["no"], "errors": {}}))
    with pytest.raises(ForbiddenError, match=r"internal comment 7 public.*delete it by hand"):
        list(desk.submit([comment(Visibility.INTERNAL)]))


def test_nothing_is_internal_where_there_are_no_customers(desk: Jira, server: Any) -> None:
    server.on("GET", "project/ITSM", {"id": "10", "key": "ITSM", "projectTypeKey": "software", "issueTypes": []})
    (outcome,) = desk.submit([comment(Visibility.INTERNAL)])
    assert "no internal comments" in str(outcome.error)
    assert server.sent("POST", "issue/500/comment") == []


def source(data: bytes) -> FileSource:
    @contextmanager
    def opened() -> Any:
        yield io.BytesIO(data)

    return FileSource("log.txt", "text/plain", len(data), opened)


def upload(visibility: Visibility, record_id: str = "500") -> AddFile:
    return AddFile(key="k", record_id=record_id, file=source(b"abc"), visibility=visibility)


def test_an_internal_file_goes_to_the_issue_only(desk: Jira, server: Any) -> None:
    server.on("POST", "issue/500/attachments", [{"id": "9"}], [])
    assert [outcome.child_id for outcome in desk.submit([upload(Visibility.INTERNAL)])] == ["9"]
    (sent,) = server.sent("POST", "issue/500/attachments")
    assert b'name="file"; filename="log.txt"' in sent
    assert server.headers[-1]["X-Atlassian-Token"] == "no-check"
    assert desk.add_file(upload(Visibility.INTERNAL)).child_id is None
    (outcome,) = desk.submit([upload(Visibility.INTERNAL, "ITSM-1")])
    assert isinstance(outcome.error, NotFoundError)


def test_a_public_file_is_shared_with_the_customer(desk: Jira, server: Any) -> None:
    server.on("GET", f"{DESK}/request/500", {"issueId": "500"})
    server.on(
        "POST",
        f"{DESK}/servicedesk/7/attachTemporaryFile",
        (201, {}, {"temporaryAttachments": [{"temporaryAttachmentId": "temp1"}]}),
    )
    shared = {"attachments": {"values": [{"_links": {"jiraRest": "https://acme.atlassian.net/rest/api/2/attachment/9"}}]}}
    server.on("POST", f"{DESK}/request/500/attachment", (201, {}, shared), (201, {}, {}))
    assert desk.add_file(upload(Visibility.PUBLIC)).child_id == "9"
    assert server.sent("POST", f"{DESK}/request/500/attachment") == [{"temporaryAttachmentIds": ["temp1"], "public": True}]
    assert desk.add_file(upload(Visibility.PUBLIC)).child_id is None
    server.on("POST", f"{DESK}/servicedesk/7/attachTemporaryFile", (403, {}, b""))
    (outcome,) = desk.submit([upload(Visibility.PUBLIC)])
    assert isinstance(outcome.error, RejectedError)


def test_a_public_file_of_what_is_no_request_stays_with_the_agents(desk: Jira, server: Any) -> None:
    server.on("POST", "issue/500/attachments", [{"id": "9"}])
    assert desk.add_file(upload(Visibility.PUBLIC)).child_id == "9"


def test_a_download_follows_the_redirect_without_credentials(desk: Jira, server: Any) -> None:
    server.on("GET", "attachment/content/9", (303, {"Location": "https://media.example/file?token=1"}, b""))
    server.on("GET", "/file", (200, {"Content-Type": "text/plain"}, b"abc"))
    target = io.BytesIO()
    desk.download({"id": "9", "size": 3}, target)
    assert target.getvalue() == b"abc"
    assert ["Authorization" in headers for headers in server.headers] == [True, False]
    with pytest.raises(UnavailableError):
        desk.download({"id": "9", "size": 4}, io.BytesIO())


def test_a_login_page_is_no_file(center: Jira, server: Any) -> None:
    server.on("GET", "/secure/attachment/9/log.txt", (302, {"Location": "https://acme.atlassian.net/login.jsp"}, b""))
    server.on("GET", "/login.jsp", (200, {}, b"<!DOCTYPE html><html>log in</html>"))
    address = "https://acme.atlassian.net/secure/attachment/9/log.txt"
    with pytest.raises(UnexpectedReplyError, match="login page"):
        center.download({"id": "9", "size": 3, "url": address}, io.BytesIO())
    with pytest.raises(UnexpectedReplyError, match="login page"):
        center.download({"id": "9", "size": 3, "url": "/secure/attachment/9/log.txt"}, io.BytesIO())
    with pytest.raises(NotFoundError):
        center.download({"id": "9"}, io.BytesIO())
