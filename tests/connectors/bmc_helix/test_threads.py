"""Work logs: what is a comment, whose, for whom, and with which files."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Generator
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.bmc_helix import BmcHelix
from isthmus.connectors.bmc_helix import comments as c
from isthmus.core.connector import AddComment, FileSource, NewComment
from isthmus.core.errors import NotFoundError, RejectedError, UnavailableError
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.model import Visibility

LOGS = "HPD:WorkLog"
INCIDENT = "INC000000000001"
MAPPING = Mapping(shipped_mapping("bmc_helix"))


@pytest.fixture(autouse=True)
def one_incident(server: Any, make_row: Any) -> None:
    server.form("HPD:IncidentInterface", [make_row(1)])


def log(number: int, text: str | None = "text", **more: Any) -> dict[str, Any]:
    return {
        "Work Log ID": f"WLG{number}",
        "Incident Number": "INC000000000501",
        "Description": None,
        "Detailed Description": text,
        "View Access": "Internal",
        "Work Log Type": "General Information",
        "Submitter": "ann",
        "Work Log Submitter": "ann",
        "Work Log Submit Date": f"2026-07-14T08:00:{number:02}.000+0000",
        **more,
    }


def file(name: str, size: int = 3) -> dict[str, Any]:
    return {"name": name, "sizeBytes": size, "href": "https://inner.host/attach"}


def documents(ops: BmcHelix) -> list[dict[str, Any]]:
    rows = ops.threads([INCIDENT])[INCIDENT].comments
    return [MAPPING.comment.read(row, Unlisted()) for row in rows]


def test_a_comment(ops: BmcHelix, server: Any) -> None:
    ann = {"Person ID": "PPL1", "Remedy Login ID": "ann", "Full Name": "Ann", "Internet E-mail": "Ann@example.com"}
    server.form("CTM:People", [ann])
    server.form(
        LOGS,
        [
            log(2, "later", **{"View Access": "Public"}),
            log(1, "first"),
            log(3, "x", **{"View Access": None, "Work Log Submitter": None, "Submitter": "old"}),
        ],
    )
    first, later, unknown = documents(ops)
    assert first == {
        "id": "WLG1",
        "author": {"id": "ann", "name": "Ann", "email": "ann@example.com"},
        "body": "<p>first</p>",
        "created_at": "2026-07-14T08:00:01Z",
        "visibility": "internal",
        "attachments": [],
    }
    assert (later["id"], later["visibility"]) == ("WLG2", "public")
    assert unknown["author"] == {"id": "old", "name": "old"}
    assert unknown["visibility"] in (None, "internal")


@pytest.mark.parametrize(
    ("said", "system"),
    [
        ({"Communication Source": "System Assignment"}, True),
        ({"Submitter": "Remedy Application Service", "Work Log Type": "Assignment Change"}, True),
        ({"Submitter": "AR_ESCALATOR", "Work Log Type": "Status Update"}, True),
        ({"Submitter": "Remedy Application Service", "Work Log Type": "Customer Communication"}, False),
        ({"Work Log Type": "Status Update"}, False),
    ],
)
def test_what_workflow_writes_is_no_comment(ops: BmcHelix, server: Any, said: dict[str, str], *, system: bool) -> None:
    server.form(LOGS, [log(1, **said)])
    assert (documents(ops) == []) is system


@pytest.mark.parametrize(
    ("summary", "text", "body"),
    [
        (None, "text", "text"),
        (".", "text", "text"),
        ("text", "text and more", "text and more"),
        ("Summary", "text", "Summary\ntext"),
        ("Summary", None, "Summary"),
        (None, None, ""),
    ],
)
def test_a_summary_that_says_more_is_kept(
    ops: BmcHelix, server: Any, summary: str | None, text: str | None, body: str
) -> None:
    server.form(LOGS, [log(1, text, Description=summary)])
    (row,) = ops.threads([INCIDENT])[INCIDENT].comments
    assert row["text"] == body


@given(st.text(max_size=300))
def test_our_summary_says_nothing_more(text: str) -> None:
    summary = c.summary_of(text.encode(errors="replace").decode())
    assert len(summary.encode()) <= 100
    assert "\n" not in summary
    stored = {"Description": summary, "Detailed Description": text.encode(errors="replace").decode()}
    assert c._text(stored) == stored["Detailed Description"]


def test_files_of_a_split_comment_come_together(ops: BmcHelix, server: Any) -> None:
    """Never where more people see it, and never before its text is there."""
    key = c.split_key("other/1/1")
    half = c.split_summary(key, last=False)
    rows = [
        log(
            1,
            None,
            Description=half,
            **{"z2AF Work Log01": file("1.txt"), "z2AF Work Log02": file("2.txt"), "z2AF Work Log03": file("3.txt")},
        ),
        log(2, "the text", Description=c.split_summary(key, last=True), **{"z2AF Work Log01": file("4.txt")}),
        log(3, None, Description=half, **{"View Access": "Public", "z2AF Work Log01": file("public.txt")}),
        log(4, None, Description=c.split_summary("0" * 16, last=False), **{"z2AF Work Log01": file("orphan.txt")}),
        log(5, None, **{"z2AF Work Log02": file("alone.txt")}),
    ]
    server.form(LOGS, rows)
    whole, alone = documents(ops)
    assert (whole["id"], whole["body"]) == ("WLG2", "<p>the text</p>")
    assert [each["name"] for each in whole["attachments"]] == ["1.txt", "2.txt", "3.txt", "4.txt"]
    assert (alone["body"], [each["id"] for each in alone["attachments"]]) == (None, ["WLG5/2"])
    read = MAPPING.attachment.read(whole["attachments"][0], Unlisted())
    assert (read["id"], read["name"], read["size"], read["visibility"]) == ("WLG1/1", "1.txt", 3, "internal")


def test_threads_of_nobody(ops: BmcHelix, server: Any) -> None:
    server.form("HPD:IncidentInterface", [])
    assert ops.threads(["INC9"]) == {}


# -- files


def test_a_file_is_read_from_our_own_server(ops: BmcHelix, server: Any) -> None:
    server.on("GET", "/api/arsys/v1/entry/HPD:WorkLog/WLG1/attach/z2AF Work Log02", (200, {}, b"abc"))
    target = io.BytesIO()
    assert ops.download({"id": "WLG1/2", "url": "https://evil.example/x"}, target).startswith("ba7816bf")
    assert target.getvalue() == b"abc"


@pytest.mark.parametrize("file_id", ["", "WLG1", "WLG1/4", "/1", "WLG1/x", None])
def test_no_file_of_a_work_log(ops: BmcHelix, file_id: Any) -> None:
    with pytest.raises(NotFoundError, match="no file of a work log"):
        ops.download({"id": file_id}, io.BytesIO())


def test_a_download_that_the_server_gives_up(ops: BmcHelix, server: Any, failure: Any) -> None:
    server.on("GET", "/api/arsys/v1/entry/HPD:WorkLog/WLG1/attach/z2AF Work Log01", failure(92))
    with pytest.raises(UnavailableError, match="gave up") as caught:
        ops.download({"id": "WLG1/1"}, io.BytesIO())
    assert not caught.value.maybe_applied


# -- writing


def source(name: str, data: bytes = b"abc") -> FileSource:
    @contextlib.contextmanager
    def opened() -> Generator[BinaryIO]:
        yield io.BytesIO(data)

    return FileSource(name, "text/plain", len(data), opened)


def comment(text: str = "hello", visibility: Visibility = Visibility.INTERNAL, *names: str) -> AddComment:
    said = NewComment({"text": text}, visibility, "other/1/1", tuple(source(name) for name in names))
    return AddComment(key="k", record_id=INCIDENT, comment=said)


MADE = (201, {"Location": "https://inner.host/api/arsys/v1/entry/HPD:WorkLog/WLG77"}, None)


@pytest.mark.parametrize(("visibility", "access"), [(Visibility.INTERNAL, "Internal"), (Visibility.PUBLIC, "Public")])
def test_a_written_comment(ops: BmcHelix, server: Any, visibility: Visibility, access: str) -> None:
    server.on("POST", "/api/arsys/v1/entry/HPD:WorkLog", MADE)
    outcome = ops.add_comment(comment("one\ntwo", visibility))
    assert (outcome.record_id, outcome.child_id, outcome.error) == (INCIDENT, "WLG77", None)
    assert server.sent("POST", LOGS) == [
        {
            "values": {
                "Incident Number": "INC000000000501",
                "Work Log Type": "General Information",
                "View Access": access,
                "Secure Work Log": "No",
                "Description": "one two",
                "Detailed Description": "one\ntwo",
            }
        }
    ]


def test_a_comment_with_files_is_a_form(ops: BmcHelix, server: Any) -> None:
    server.on("POST", "/api/arsys/v1/entry/HPD:WorkLog", MADE)
    ops.add_comment(comment("", Visibility.PUBLIC, 'a"b\r\n.txt', "../x", ".."))
    (body,) = server.sent("POST", LOGS)
    assert body.index(b'name="entry"') < body.index(b'name="attach-z2AF Work Log01"; filename="a%22b%0D%0A.txt"')
    assert b'name="attach-z2AF Work Log02"; filename=".._x"' in body
    assert b'name="attach-z2AF Work Log03"; filename="file.."' in body
    assert b'"View Access":"Public"' in body
    assert int(server.headers[-1]["Content-Length"]) == len(body)


def test_more_than_three_files_are_written_once(ops: BmcHelix, server: Any) -> None:
    server.on("POST", "/api/arsys/v1/entry/HPD:WorkLog", MADE)
    names = [f"{number}.txt" for number in range(7)]
    half = c.split_summary(c.split_key("other/1/1"), last=False)
    held = {f"z2AF Work Log0{number}": file(f"{number - 1}.txt") for number in (1, 2, 3)}
    server.form(LOGS, [log(1, None, Description=half, **held), log(2, "another comment")])
    ops.add_comment(comment("text", Visibility.INTERNAL, *names))
    bodies = server.sent("POST", LOGS)
    assert len(bodies) == 2, "the first three stand there already"
    assert b"5.txt" in bodies[0]
    assert b"6.txt" in bodies[1]
    assert b"with its text" in bodies[1]
    assert b"with its text" not in bodies[0]
    assert b'"Detailed Description":"text"' in bodies[1]


def test_a_comment_on_nobody(ops: BmcHelix, server: Any) -> None:
    server.form("HPD:IncidentInterface", [])
    (outcome,) = ops.submit([comment()])
    assert isinstance(outcome.error, NotFoundError)
    assert server.sent("POST", LOGS) == []


@pytest.mark.parametrize(("number", "error"), [(92, UnavailableError), (93, UnavailableError), (48370, RejectedError)])
def test_a_comment_is_not_repeated(ops: BmcHelix, server: Any, failure: Any, number: int, error: Any) -> None:
    server.on("POST", "/api/arsys/v1/entry/HPD:WorkLog", failure(number))
    (outcome,) = ops.submit([comment()])
    assert isinstance(outcome.error, error)
    assert getattr(outcome.error, "maybe_applied", False) is (error is UnavailableError)
    assert len(server.sent("POST", LOGS)) == 1
