from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Generator
from email import message_from_bytes, policy
from typing import Any, BinaryIO

import pytest
from isthmus.connectors.freshservice import Freshservice
from isthmus.core.connector import AddComment, FileSource, NewComment
from isthmus.core.errors import ForbiddenError, NotFoundError, RejectedError
from isthmus.core.mapping.directory import Directory
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.model import Visibility
from isthmus.core.sync.side import Side

Ticket = Callable[..., dict[str, Any]]
LINK = "https://acme.freshservice.com/storage/one?Signature=x"


def said(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "user_id": 31,
        "body": f"<div>Word {number}</div>",
        "incoming": False,
        "private": False,
        "source": 2,
        "ticket_id": 7,
        "attachments": [],
        "created_at": f"2026-05-02T08:00:{number:02d}Z",
        **fields,
    }


def source(name: str, data: bytes) -> FileSource:
    @contextlib.contextmanager
    def opened() -> Generator[BinaryIO]:
        yield io.BytesIO(data)

    return FileSource(name, "text/plain", len(data), opened)


# -- reading


def test_a_thread_is_read_with_the_visibility_of_each_part(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    file = {"id": 61, "name": "log.txt", "content_type": "text/plain", "size": 3, "attachment_url": LINK}
    rows = [
        said(2, private=True, attachments=[file]),
        said(1, source=0),
        said(3, source=3),
        said(4, source=4),
        {**said(5), "private": None},
    ]
    desk.get("tickets/7/conversations", {"conversations": rows, "meta": {"count": 5}})
    desk.get("tickets/7", {"ticket": ticket(7, attachments=[{**file, "id": None, "created_at": "2026-05-02T08:00:00Z"}])})
    thread = plain.threads(["7"])["7"]
    assert [(each["id"], each["private"]) for each in thread.comments] == [(1, False), (2, True), (5, True)]
    assert (
        thread.comments[1]["attachments"][0] | {"id": "7/2/61", "private": True, "user_id": 31}
        == thread.comments[1]["attachments"][0]
    )
    assert [(each["id"], each["private"]) for each in thread.files] == [("7//2026-05-02T08:00:00Z log.txt", False)]
    mapping, names = Mapping(shipped_mapping("freshservice")), Directory(plain)
    read = [mapping.comment.read(each, names) for each in thread.comments]
    assert [each["visibility"] for each in read] == ["public", "internal", "internal"]
    assert read[0]["author"] == {"id": "31", "name": "Alex Agent", "email": "alex@example.com"}
    assert mapping.attachment.read(thread.comments[1]["attachments"][0], names)["visibility"] == "internal"
    assert mapping.attachment.read(thread.files[0], names)["visibility"] == "public"


def test_all_pages_of_a_thread_are_read(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    """Whether the vendor heeds the size of a page here is not known, nor whether it tells that more follow."""
    rows = [said(number % 60, id=number) for number in range(1, 66)]

    def paged(params: dict[str, str], body: Any) -> Any:
        start = (int(params["page"]) - 1) * 30
        return {"conversations": rows[start : start + 30]}

    desk.get("tickets/7/conversations", paged)
    desk.get("tickets/7", {"ticket": ticket(7)})
    assert len(plain.threads(["7"])["7"].comments) == 65


def test_a_page_that_repeats_itself_ends_the_reading(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.get("tickets/7/conversations", {"conversations": [said(number % 60, id=number) for number in range(30)]})
    desk.get("tickets/7", {"ticket": ticket(7)})
    assert len(plain.threads(["7"])["7"].comments) == 30


def test_threads_of_tickets_that_are_gone_are_left_out(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.get("tickets/8/conversations", {"conversations": []})
    assert plain.threads(["7", "8", "x"]) == {}


def test_a_ticket_that_was_hidden_meanwhile_is_left_out(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    hidden = (403, {}, {"code": "access_denied", "message": "You are not authorized"})
    for path in ("tickets/7", "tickets/7/conversations", "tickets/7/activities"):
        desk.get(path, hidden)
    desk.get("tickets", {"tickets": []})
    assert plain.threads(["7"]) == plain.history(["7"]) == {}
    desk.get("tickets/7", {"ticket": ticket(7)})
    for read in (plain.threads, plain.history):
        with pytest.raises(ForbiddenError):
            read(["7"])


def test_files_that_came_with_a_view_are_not_asked_for_again(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    file = {"id": 61, "name": "log.txt", "Attachment_url": LINK}
    desk.get("tickets/7", {"ticket": ticket(7, attachments=[file])})
    desk.get("tickets/7/conversations", {"conversations": []})
    plain.fetch(["7"])
    assert plain.threads(["7"])["7"].files[0]["attachment_url"] == LINK.partition("?")[0]
    assert desk.paths().count("tickets/7") == 1
    plain.threads(["7"])
    assert desk.paths().count("tickets/7") == 2


def test_the_memory_of_files_is_bounded(
    plain: Freshservice, desk: Any, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isthmus.connectors.freshservice.reading.KEPT_FILES", 1)
    for number in (7, 8):
        desk.get(f"tickets/{number}", {"ticket": ticket(number)})
        desk.get(f"tickets/{number}/conversations", {"conversations": []})
    plain.fetch(["7", "8"])
    plain.threads(["7", "8"])
    assert (desk.paths().count("tickets/7"), desk.paths().count("tickets/8")) == (2, 1)


# -- writing


def add(connector: Freshservice, text: str, visibility: Visibility, *files: FileSource) -> str | None:
    comment = NewComment({"body": text, "private": "false"}, visibility, "ops/1/1", files)
    outcome = connector.add_comment(AddComment(key="k", record_id="7", comment=comment))
    assert outcome.record_id == "7"
    return outcome.child_id


@pytest.mark.parametrize(("visibility", "private"), [(Visibility.INTERNAL, True), (Visibility.PUBLIC, False)])
def test_a_note_is_as_visible_as_the_write_says(
    plain: Freshservice, desk: Any, visibility: Visibility, private: bool
) -> None:
    desk.on("POST", "/api/v2/tickets/7/notes", (201, {}, {"conversation": {"id": 91}}))
    assert add(plain, "<p>Carried</p>", visibility) == "91"
    assert desk.bodies("POST") == [{"body": "<p>Carried</p>", "private": private}]
    assert desk.paths("POST") == ["tickets/7/notes"]


def test_a_note_without_words_is_not_refused_as_empty(plain: Freshservice, desk: Any) -> None:
    desk.on("POST", "/api/v2/tickets/7/notes", (201, {}, ""))
    assert add(plain, "<p></p>", Visibility.INTERNAL) is None
    assert desk.bodies("POST") == [{"body": "<p>&nbsp;</p>", "private": True}]


def test_files_travel_beside_a_note(plain: Freshservice, desk: Any) -> None:
    desk.on("POST", "/api/v2/tickets/7/notes", (201, {}, {"conversation": {"id": 91}}))
    add(plain, "<p>Grüße</p>", Visibility.INTERNAL, source("../a.txt", b"one"), source("..", b"two"))
    sent = message_from_bytes(
        b"Content-Type: " + desk.headers[-1]["Content-Type"].encode() + b"\r\n\r\n" + desk.bodies("POST")[0],
        policy=policy.default,
    )
    parts = [
        (part.get_param("name", header="content-disposition"), part.get_filename(), part.get_content())
        for part in sent.iter_parts()
    ]
    assert parts[1:] == [
        ("private", None, "true"),
        ("attachments[]", ".._a.txt", "one"),
        ("attachments[]", "file..", "two"),
    ]
    assert parts[0][:2] == ("body", None)


def test_our_own_note_makes_the_files_be_read_anew(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.get("tickets/7", {"ticket": ticket(7)})
    desk.get("tickets/7/conversations", {"conversations": []})
    desk.on("POST", "/api/v2/tickets/7/notes", (201, {}, {"conversation": {"id": 91}}))
    plain.fetch(["7"])
    add(plain, "x", Visibility.INTERNAL)
    plain.threads(["7"])
    assert desk.paths().count("tickets/7") == 2


# -- downloads


def fetched(connector: Freshservice, file: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    digest = connector.download(file, target)
    assert digest == hashlib.sha256(target.getvalue()).hexdigest()
    return target.getvalue()


def test_a_link_is_followed_without_credentials(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.on("GET", "/storage/one", (200, {}, b"bytes"))
    desk.get("tickets/7", {"ticket": ticket(7, attachments=[{"id": 61, "attachment_url": LINK}])})
    desk.get("tickets/7/conversations", {"conversations": []})
    (file,) = plain.threads(["7"])["7"].files
    assert fetched(plain, {"id": file["id"], "url": file["attachment_url"]}) == b"bytes"
    assert "Authorization" not in desk.headers[-1]
    assert desk.paths().count("tickets/7") == 1
    assert fetched(plain, {"id": file["id"]}) == b"bytes"
    assert desk.paths().count("tickets/7") == 2


def test_an_old_link_is_read_anew(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.on("GET", "/storage/old", (403, {}, "<Error/>"))
    desk.on("GET", "/storage/one", (200, {}, b"bytes"))
    old = {"id": 61, "attachment_url": "https://acme.freshservice.com/storage/old?Expires=1"}
    files = [{"ticket": ticket(7, attachments=[file])} for file in (old, {"id": 61, "attachment_url": LINK})]
    desk.get("tickets/7", *files)
    desk.get("tickets/7/conversations", {"conversations": []})
    (file,) = plain.threads(["7"])["7"].files
    assert fetched(plain, {"id": file["id"]}) == b"bytes"


def test_what_is_signed_anew_at_every_reading_is_no_change(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    def signed(count: int) -> dict[str, Any]:
        image = f'<div><img src="https://s.example/i.png?Expires={count}&amp;Signature=x" alt="i"> <a href="https://x/?q={count // 9}">y</a></div>'
        file = {"id": 61, "name": "i.png", "attachment_url": f"https://s.example/i.png?Expires={count}"}
        return {"ticket": ticket(7, description=image, attachments=[file])}

    desk.get("tickets/7", signed(1), signed(2))
    desk.get(
        "tickets/7/conversations", *({"conversations": [said(1, body=signed(n)["ticket"]["description"])]} for n in (1, 2))
    )
    one, other = plain.fetch(["7"])[0], plain.fetch(["7"])[0]
    assert one == other
    assert 'href="https://x/?q=0"' in one.body["description"]
    assert plain.threads(["7"])["7"].comments == plain.threads(["7"])["7"].comments
    side = Side("desk", plain, Mapping(shipped_mapping("freshservice")), Directory(plain))
    documents = side.documents([other])
    side.hydrate(documents)
    assert "[image: i.png]" in documents["7"]["description"]


def test_the_memory_of_links_is_bounded(
    plain: Freshservice, desk: Any, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isthmus.connectors.freshservice.files.KEPT", 1)
    desk.on("GET", "/storage/one", (200, {}, b"bytes"))
    files = [{"id": number, "attachment_url": LINK} for number in (61, 62)]
    desk.get("tickets/7", {"ticket": ticket(7, attachments=files)})
    desk.get("tickets/7/conversations", {"conversations": []})
    plain.threads(["7"])
    assert fetched(plain, {"id": "7//62"}) == b"bytes"
    assert desk.paths().count("tickets/7") == 1


def test_an_old_link_of_a_tickets_file_is_read_anew(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.on("GET", "/storage/old", (403, {}, "<Error/>"))
    desk.on("GET", "/storage/one", (200, {}, b"bytes"))
    desk.get("tickets/7", {"ticket": ticket(7, attachments=[{"id": 61, "attachment_url": LINK}, {"id": 62}])})
    plain.fetch(["7"])
    assert fetched(plain, {"id": "7//61", "url": "https://acme.freshservice.com/storage/old"}) == b"bytes"
    assert desk.paths().count("tickets/7") == 2
    with pytest.raises(NotFoundError, match="gone"):
        fetched(plain, {"id": "7//62"})


def test_an_old_link_of_a_notes_file_is_read_anew(plain: Freshservice, desk: Any) -> None:
    desk.on("GET", "/storage/one", (200, {}, b"bytes"))
    note = said(2, attachments=[{"id": 61, "attachment_url": LINK}])
    desk.get("tickets/7/conversations", {"conversations": [said(1, attachments=[{"id": 61}]), note]})
    assert fetched(plain, {"id": "7/2/61", "url": None}) == b"bytes"


@pytest.mark.parametrize("file_id", [None, "", "61", "7//61", "7/2/61", "x//61", "x/2/61", "7/2"])
def test_a_file_that_is_gone_is_told(plain: Freshservice, desk: Any, file_id: str | None) -> None:
    with pytest.raises(NotFoundError):
        fetched(plain, {"id": file_id, "url": None})


def test_a_file_that_is_not_handed_out_stops_nothing_else(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.on("GET", "/storage/one", (403, {}, "<Error>Infected</Error>"))
    desk.get("tickets/7", {"ticket": ticket(7, attachments=[{"id": 61, "attachment_url": LINK}])})
    with pytest.raises(RejectedError, match="does not hand this file out"):
        fetched(plain, {"id": "7//61", "url": LINK})
