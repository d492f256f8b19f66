"""Writing on the wire: values as the account knows them, files that never stay behind, fates that are unknown."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from isthmus.connectors.manageengine.files import part_label
from isthmus.core.connector import AddComment, Create, Delete, Dependency, FileSource, NewComment, Update
from isthmus.core.errors import ForbiddenError, NotFoundError, RejectedError, UnavailableError, UnexpectedReplyError
from isthmus.core.model import Visibility

LOST = requests.ConnectionError("lost")


def source(name: str = "a.txt") -> FileSource:
    @contextmanager
    def opened() -> Any:
        yield io.BytesIO(b"abc")

    return FileSource(name, "text/plain", 3, opened)


def comment(*files: FileSource, text: str = "hello", public: bool = True) -> AddComment:
    visibility = Visibility.PUBLIC if public else Visibility.INTERNAL
    return AddComment(key="k", record_id="1", comment=NewComment({"description": text}, visibility, "x/1/1", tuple(files)))


def written(desk: Any, server: Any, row: Any, **body: Any) -> Any:
    server.on("PUT", "/requests/1", {"request": row()})
    desk.update(Update(key="k", record_id="1", body=body))
    sent = server.sent("PUT", "/requests/1")
    return sent[-1]["request"] if sent else None


def test_values_as_the_account_knows_them(desk: Any, server: Any, listed: Any, row: Any) -> None:
    server.on("GET", "/statuses", listed("statuses", {"name": "Wartet", "in_progress": True, "stop_timer": True}))
    server.on("GET", "/impacts", listed("impacts", {"name": "Affects Business"}, {"name": "Affects User"}))
    body = {
        "state": "On Hold",
        "impact": {"name": "High"},
        "requester": {"id": None},
        "technician": {"id": None},
        "group": {"id": 3},
        "due_by_time": {"value": 1783000000000},
        "resolution": {"content": "x"},
        "closure_code": {"name": None},
        "labels": "a,b",
    }
    assert written(desk, server, row, **body) == {
        "status": {"name": "Wartet"},
        "impact": {"name": "Affects Business"},
        "technician": None,
        "group": {"id": "3"},
        "due_by_time": {"value": "1783000000000"},
        "resolution": {"content": "x"},
        "closure_info": {"closure_code": None},
        "udf_fields": {"udf_char2": "a,b"},
    }


def test_nothing_to_write_is_no_call(desk: Any, server: Any, row: Any) -> None:
    assert written(desk, server, row, requester={"id": None}) is None


def test_a_subcategory_depends_on_its_category_and_a_technician_on_the_group(desk: Any, server: Any, listed: Any) -> None:
    server.on("GET", "/subcategories", listed("subcategories", {"name": "vpn", "category": {"name": "network"}}))
    workers = [{"id": "7", "name": "Ann", "groups": [{"id": "3"}]}, {"id": "8", "name": "Bob"}]
    server.on("GET", "/technicians", listed("technicians", *workers))
    told = {info.id: info for info in desk.fields()}
    assert told["subcategory.name"].dependency == Dependency("category.name", frozenset({("network", "vpn")}))
    assert told["category.name"].dependency is None
    assert told["technician.id"].options == (("7", "Ann"), ("8", "Bob"))
    assert told["technician.id"].dependency == Dependency("group.id", frozenset({("", "7"), ("", "8"), ("3", "7")}))


def test_technicians_without_groups_may_work_anywhere(desk: Any, server: Any, listed: Any) -> None:
    server.on("GET", "/technicians", listed("technicians", {"id": "7", "name": "Ann"}))
    assert next(info for info in desk.fields() if info.id == "technician.id").dependency is None


def test_a_family_that_cannot_be_read_is_left_to_the_server(desk: Any, server: Any, row: Any) -> None:
    server.on("GET", "/subcategories", (403, "no"))
    assert written(desk, server, row, category={"name": "a"}, subcategory={"name": "b"})["subcategory"] == {"name": "b"}


def test_custom_values_by_their_types(desk: Any, server: Any, row: Any) -> None:
    fields = {"udf_date1": {"type": "datetime"}, "udf_long1": {"type": "integer"}}
    server.on("GET", "/requests/_metainfo", {"metainfo": {"fields": {"udf_fields": {"fields": fields}}}})
    custom = {"udf_date1": "2026-07-02T13:46:40Z", "udf_long1": 5}
    sent = written(desk, server, row, udf_fields=custom)
    assert sent["udf_fields"] == {"udf_date1": {"value": "1783000000000"}, "udf_long1": 5}
    with pytest.raises(RejectedError, match="udf_gone"):
        written(desk, server, row, udf_fields={"udf_gone": 1})


def test_live_metadata(desk: Any, server: Any, listed: Any) -> None:
    server.on("GET", "/impacts", listed("impacts", {"name": "Affects Business"}))
    server.on("GET", "/urgencies", (404, "no"))
    server.on("GET", "/statuses", listed("statuses", {"name": "Open"}))
    custom = {
        "udf_char1": {"display_name": "External ID"},
        "udf_pick_1": {"display_name": "Cause", "allowed_values": ["a"], "read_only": True},
    }
    fields = {"subject": {"constraints": {"max_length": 250}, "mandatory": True}, "udf_fields": {"fields": custom}}
    server.on("GET", "/requests/_metainfo", {"metainfo": {"fields": fields}})
    told = {info.id: info for info in desk.fields()}
    assert (told["subject"].max_length, told["subject"].required) == (250, True)
    assert {value for value, _ in told["impact.name"].options} == {"Affects Business", "High"}
    assert (told["udf_pick_1"].custom, told["udf_pick_1"].writable, told["udf_pick_1"].options) == (
        True,
        False,
        (("a", "a"),),
    )
    assert (told["marker"].custom, told["state"].options) == (False, (("Open", "Open"),))
    assert "urgency.name" not in told


def test_an_account_that_tells_no_lists(desk: Any, server: Any) -> None:
    for kind in ("statuses", "closure_codes"):
        server.on("GET", f"/{kind}", (403, "no"))
    assert {"state", "closure_code.name"}.isdisjoint(info.id for info in desk.fields())


# -- creates


def test_a_create_takes_the_account_where_there_is_no_requester(make: Any, server: Any, listed: Any, row: Any) -> None:
    server.on("GET", "/users", listed("users", {"id": "4", "email_id": "bot@example.com"}))
    server.on("POST", "/requests", (201, {"request": row()}))
    desk = make(account="bot@example.com")
    outcome = desk.create(Create(key="k", marker="isthmus:x:1", body={"subject": "x", "closure_code": {"name": None}}))
    (sent,) = server.sent("POST", "/requests")
    assert sent["request"] == {"subject": "x", "requester": {"id": "4"}, "udf_fields": {"udf_char1": "isthmus:x:1"}}
    assert outcome.record_id == "1"


def test_a_create_without_a_reply_is_looked_for(desk: Any, server: Any, listed: Any, row: Any) -> None:
    marked = row(udf_fields={"udf_char1": "isthmus:x:1"})
    server.on("POST", "/requests", {}, {})
    server.on("GET", "/requests", listed("requests", marked), listed("requests"))
    server.on("GET", "/requests/1", {"request": marked})
    write = Create(key="k", marker="isthmus:x:1", body={"subject": "x"})
    assert desk.create(write).record_id == "1"
    with pytest.raises(UnavailableError) as caught:
        desk.create(write)
    assert caught.value.maybe_applied


def test_a_create_carries_no_comments(desk: Any) -> None:
    with pytest.raises(RejectedError, match="after it"):
        desk.create(Create(key="k", marker="m", body={}, comments=(comment().comment,)))


# -- what is forbidden


def closes(*ids: int) -> list[Update]:
    return [Update(key=f"k{number}", record_id=str(number), body={"state": "Closed"}) for number in ids]


@pytest.mark.parametrize("status", [403, 200])
def test_a_forbidden_write_is_one_requests_refusal(
    desk: Any, server: Any, row: Any, listed: Any, failure: Any, status: int
) -> None:
    server.on("GET", "/requests", listed("requests"))
    forbidden = (status, failure(4002, "UNAUTHORISED"))
    for number in range(1, 9):
        server.on("PUT", f"/requests/{number}", {"request": row(number)} if number == 5 else forbidden)
    errors = [outcome.error for outcome in desk.submit(closes(1, 2, 3, 4, 4, 5, 6, 7, 8))]
    assert [type(error) for error in errors if error is not None] == [RejectedError] * 8
    assert (errors[0].key, "UNAUTHORISED" in str(errors[0])) == ("1", True)


def test_a_right_that_is_lost_stops_the_run(desk: Any, server: Any, listed: Any, failure: Any) -> None:
    forbidden = (403, failure(4002, "UNAUTHORISED"))
    server.on("GET", "/requests", listed("requests"))
    server.on("POST", "/requests", forbidden)
    creates = [Create(key=f"k{number}", marker=f"isthmus:x:{number}", body={"subject": "x"}) for number in range(9)]
    outcomes = desk.submit(creates)
    assert [type(next(outcomes).error) for _ in range(4)] == [RejectedError] * 4
    with pytest.raises(ForbiddenError):
        next(outcomes)
    server.on("GET", "/requests", forbidden)
    server.on("PUT", "/requests/1", forbidden)
    with pytest.raises(ForbiddenError):
        list(desk.submit(closes(1)))


# -- deletes


def test_deleting_twice_counts_as_deleted(desk: Any, server: Any, failure: Any) -> None:
    path = "/requests/1/move_to_trash"
    server.on("DELETE", path, (400, failure(4016, "Already in trash")), (400, failure(4001, "Locked")))
    assert desk.delete(Delete(key="k", record_id="1")).error is None
    with pytest.raises(RejectedError, match="Locked"):
        desk.delete(Delete(key="k", record_id="1"))


# -- notes with files


def stored(server: Any, listed: Any) -> None:
    server.on("GET", "/requests/1/attachments", listed("attachments"))
    server.on("PUT", "/requests/1/upload", {"attachment": {"id": "8"}})


def test_a_note_names_its_files(desk: Any, server: Any, listed: Any) -> None:
    stored(server, listed)
    server.on("POST", "/requests/1/notes", {"note": {"id": "3"}}, {})
    assert desk.add_comment(comment(source(), text="")).child_id == "3"
    (sent,) = server.sent("POST", "/requests/1/notes")
    assert sent["note"] == {"description": "a.txt", "show_to_requester": True, "attachments": [{"id": "8"}]}
    assert desk.add_comment(comment()).child_id is None


def test_an_internal_file_never_hangs_on_the_request(make: Any, server: Any, listed: Any) -> None:
    stored(server, listed)
    server.on("POST", "/requests/1/notes", {"request_note": {"id": "3"}})
    server.on("POST", "/requests/1/_uploads", {"attachment": {"file_id": "8"}})
    with pytest.raises(RejectedError, match="cannot be hidden"):
        make().add_comment(comment(source(), public=False))
    assert not server.calls
    make(cloud=True).add_comment(comment(source(), public=False))
    (form,) = server.sent("POST", "/requests/1/_uploads")
    assert "addtoattachment" not in form


def test_a_file_that_a_crash_left_is_taken_by_its_note(desk: Any, server: Any, listed: Any, row: Any) -> None:
    """Killed between the file and its note: meanwhile nobody takes the file for the request's own, and it is sent once."""
    stored(server, listed)
    server.on("POST", "/requests/1/notes", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        desk.add_comment(comment(source()))
    left = {"id": "8", "name": "a.txt", "description": server.query["description"]}
    server.on("GET", "/requests/1/attachments", listed("attachments", {"id": "7", "name": "a.txt"}, left))
    server.on("GET", "/requests/1", {"request": row(1, has_notes=False)})
    server.on("GET", "/requests/1/notes", listed("notes"))
    assert [file["id"] for file in desk.threads(["1"])["1"].files] == ["1/7"]
    server.on("POST", "/requests/1/notes", {"note": {"id": "3"}})
    assert desk.add_comment(comment(source())).child_id == "3"
    assert len(server.sent("PUT", "/requests/1/upload")) == 1
    assert server.sent("POST", "/requests/1/notes")[-1]["note"]["attachments"] == [{"id": "8"}]


def test_files_of_a_refused_note_are_taken_away(desk: Any, server: Any, listed: Any, failure: Any) -> None:
    stored(server, listed)
    server.on("POST", "/requests/1/notes", (400, failure(4001, "no")))
    server.on("DELETE", "/requests/1/attachments/8", {})
    with pytest.raises(RejectedError):
        desk.add_comment(comment(source()))
    assert len(server.sent("DELETE", "/requests/1/attachments/8")) == 1
    server.scripts.pop(("DELETE", "/requests/1/attachments/8"))
    with pytest.raises(RejectedError):
        desk.add_comment(comment(source()))


def test_a_note_whose_reply_was_lost_is_known_by_its_file(desk: Any, server: Any, listed: Any) -> None:
    stored(server, listed)
    server.on("POST", "/requests/1/notes", LOST)
    server.on(
        "GET", "/requests/1/notes", listed("notes", {"id": "2"}, {"id": "3", "attachments": [{"id": "8"}]}), listed("notes")
    )
    server.on("DELETE", "/requests/1/attachments/8", {})
    assert desk.add_comment(comment(source())).child_id == "3"
    with pytest.raises(UnavailableError):
        desk.add_comment(comment(source()))
    assert len(server.sent("DELETE", "/requests/1/attachments/8")) == 1


def test_a_lost_note_without_files_is_of_unknown_fate(desk: Any, server: Any) -> None:
    server.on("POST", "/requests/1/notes", LOST)
    with pytest.raises(UnavailableError) as caught:
        desk.add_comment(comment())
    assert caught.value.maybe_applied


def test_an_upload_whose_reply_was_lost_is_found(desk: Any, server: Any, listed: Any) -> None:
    other, new = {"id": "7", "name": "a.txt"}, {"id": "8", "name": "a.txt", "description": part_label("x/1/1", 1)}
    server.on("GET", "/requests/1/attachments", listed("attachments", other), listed("attachments", other, new))
    server.on("PUT", "/requests/1/upload", LOST)
    server.on("POST", "/requests/1/notes", {"note": {"id": "3"}})
    assert desk.add_comment(comment(source())).child_id == "3"
    assert server.sent("POST", "/requests/1/notes")[0]["note"]["attachments"] == [{"id": "8"}]
    server.on("GET", "/requests/1/attachments", listed("attachments"))
    with pytest.raises(UnavailableError):
        desk.add_comment(comment(source()))


def test_an_upload_that_names_no_file_is_told(make: Any, server: Any) -> None:
    server.on("POST", "/requests/1/_uploads", {"attachment": {"file_id": "8"}}, {})
    server.on("POST", "/requests/1/notes", {"request_note": {"id": "3"}})
    desk = make(cloud=True)
    assert desk.add_comment(comment(source("../x"))).child_id == "3"
    with pytest.raises(UnexpectedReplyError):
        desk.add_comment(comment(source("..")))


def test_a_note_on_nothing_is_not_found(desk: Any) -> None:
    with pytest.raises(NotFoundError):
        desk.add_comment(comment())
