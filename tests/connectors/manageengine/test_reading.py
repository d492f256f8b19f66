"""Reading on the wire: feeds, builds that give less, scopes, threads, history."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from isthmus.core.connector import Scope
from isthmus.core.errors import ConfigError, NotFoundError, RejectedError, UnexpectedReplyError

EVERYTHING = Scope()


def ids(desk: Any, cursor: str | None = None, scope: Scope = EVERYTHING) -> list[str]:
    return [record.id for page in desk.changes(cursor, scope) for record in page.records]


def at(number: int) -> dict[str, str]:
    return {"display_value": "x", "value": str(1_783_000_000_000 + number)}


def test_a_request_that_nobody_edited_is_not_missed(desk: Any, server: Any, listed: Any, row: Any) -> None:
    def answer(data: Any) -> Any:
        info = data["list_info"]
        assert info["search_criteria"]["field"] == info["sort_field"]
        if info["sort_field"] == "last_updated_time":
            return listed("requests", row(1, last_updated_time=at(9000)))
        return listed("requests", row(5), row(1, last_updated_time=at(9000)))

    server.on("GET", "/requests", answer)
    assert sorted(ids(desk, '{"changed":1783000000000}')) == ["1", "5"]


def test_what_moves_while_the_feeds_are_read_is_read_next_time(make: Any, server: Any, listed: Any, row: Any) -> None:
    """A request is opened, and one that was read is edited, while the rest is read, which takes long."""
    began = 1_784_019_600_000  # the clock of these tests
    during, late = ({"display_value": "x", "value": str(began + minutes * 60_000)} for minutes in (20, 40))
    server.on("GET", "/requests", listed("requests", row(1), row(2, created_time=late)))
    for cursor in (None, '{"changed":1783000000000}'):
        *_, page = make().changes(cursor, EVERYTHING)
        rows = (row(1, last_updated_time=during), row(3, created_time=during))

        def answer(data: Any, rows: Any = rows) -> Any:
            info = data["list_info"]
            since, name = int(info["search_criteria"]["value"]), info["sort_field"]
            return listed("requests", *(each for each in rows if int((each[name] or {"value": 0})["value"]) >= since))

        server.on("GET", "/requests", answer)
        assert sorted(ids(make(), page.cursor)) == ["1", "3"]
        server.on("GET", "/requests", listed("requests", row(1), row(2, created_time=late)))


def test_a_clock_that_goes_wrong_loses_nothing(make: Any, server: Any, listed: Any, row: Any) -> None:
    """The vendor's clock is an hour behind ours, which only its first reply tells."""
    server.date = "Tue, 14 Jul 2026 08:00:00 GMT"
    server.on("GET", "/requests", listed("requests"))
    *_, page = make().changes(None, EVERYTHING)
    assert json.loads(page.cursor) == {"changed": 1_784_019_600_000 - 62 * 60_000}


def test_the_cloud_is_read_by_one_feed(make: Any, server: Any, listed: Any, row: Any) -> None:
    server.on("GET", "/requests", listed("requests", row(1, last_updated_time=at(5), display_id="42")))
    desk = make(cloud=True)
    assert ids(desk, '{"changed":1783000000000}') == ["1"]
    assert len(server.sent("GET", "/requests")) == 1


def test_builds_that_refuse_the_wanted_fields_are_read_one_by_one(
    desk: Any, server: Any, listed: Any, row: Any, failure: Any
) -> None:
    few = {name: row()[name] for name in ("id", "created_time", "last_updated_time")}

    def answer(data: Any) -> Any:
        wanted = data["list_info"]["fields_required"]
        return (
            (400, failure(4001, "Invalid Input", field="fields_required"))
            if "impact" in wanted
            else listed("requests", few)
        )

    server.on("GET", "/requests", answer)
    server.on("GET", "/requests/1", {"request": row()})
    assert ids(desk) == ids(desk) == ["1"]
    assert len(server.sent("GET", "/requests/1")) == 2


def test_a_refused_query_of_a_known_build_is_an_error(desk: Any, server: Any, listed: Any, row: Any, failure: Any) -> None:
    server.on("GET", "/requests", listed("requests", row()), (400, failure(4001, "Invalid Input")))
    assert ids(desk) == ["1"]
    with pytest.raises(RejectedError):
        ids(desk)


def test_more_equal_times_than_fit_on_a_page(make: Any, server: Any, listed: Any, row: Any) -> None:
    rows = [row(number, created_time=at(0)) for number in range(1, 46)]

    def answer(data: Any) -> Any:
        start = data["list_info"]["start_index"] - 1
        return listed("requests", *rows[start : start + 20], more=start + 20 < len(rows))

    server.on("GET", "/requests", answer)
    assert ids(make(page=20)) == [str(number) for number in range(1, 46)]


def test_service_requests_and_the_scope_are_filtered_here(make: Any, server: Any, listed: Any, row: Any) -> None:
    service = row(2, is_service_request=True)
    server.on("GET", "/requests", listed("requests", row(1), service, row(3)))
    assert ids(make()) == ["1", "3"]
    assert ids(make(service_requests=True)) == ["1", "2", "3"]
    late = datetime.fromtimestamp(1_783_000_002, UTC)
    assert ids(make(), scope=Scope(key=("3",))) == ["3"]
    assert ids(make(), scope=Scope(opened_after=late)) == ids(make(), scope=Scope(updated_after=late)) == ["3"]


def test_the_census_knows_every_scope(desk: Any, server: Any, listed: Any, row: Any) -> None:
    first = row(1, priority={"name": "High"}, group={"name": "Network"}, udf_fields={"udf_char2": "vip, lyon"})
    other = row(2, status={"name": "Closed"})
    server.on("GET", "/requests", listed("requests", first, other))
    for scope in (Scope(status=("new",)), Scope(priority=(1,)), Scope(group=("Network",)), Scope(label=("vip",))):
        assert list(desk.census(scope)) == ["1"]
        assert desk.count(scope) == 1
    assert list(desk.census(Scope(key=("2",), native='{"field":"id","condition":"is","value":"2"}'))) == ["2"]


def test_the_census_goes_on_by_id(desk: Any, server: Any, listed: Any, row: Any) -> None:
    server.on("GET", "/requests", listed("requests", row(1), row(2), more=True), listed("requests", row(3)))
    assert list(desk.census(EVERYTHING)) == ["1", "2", "3"]
    assert server.sent("GET", "/requests")[1]["list_info"]["search_criteria"]["value"] == "2"


def test_a_count_that_is_not_told_is_counted(make: Any, server: Any, listed: Any, row: Any) -> None:
    server.on("GET", "/requests", listed("requests", row(1), total_count=7), listed("requests", row(1), row(2)))
    assert make(service_requests=True).count(EVERYTHING) == 7
    assert make().count(EVERYTHING) == 2


@pytest.mark.parametrize("cursor", ["x", "5", "{}", '{"changed":"x"}', '{"changed":99999999999999999999}'])
def test_a_strange_cursor_is_refused(desk: Any, cursor: str) -> None:
    with pytest.raises(ConfigError, match="cursor"):
        ids(desk, cursor)


def test_fetching(desk: Any, server: Any, row: Any) -> None:
    server.on("GET", "/requests/1", {"request": row(1, is_trashed=True)})
    server.on("GET", "/requests/2", {"nothing": 1})
    (record,) = desk.fetch(["1", "x", "9"])
    assert record.deleted
    with pytest.raises(UnexpectedReplyError):
        desk.fetch(["2"])


def test_links(desk: Any, server: Any, row: Any) -> None:
    ties = {"has_problem": True, "has_request_initiated_change": True}
    server.on("GET", "/requests/1", {"request": row(1, linked_to_request={"id": "5", "display_id": "105"}, **ties)})
    server.on("GET", "/requests/1/problem", {"request_problem_association": {"problem": {"id": "3", "title": "x"}}})
    (record,) = desk.fetch(["1"])
    assert record.body["links"] == [{"kind": "parent", "id": "5", "key": "105"}, {"kind": "problem", "id": "3"}]


# -- threads


def test_a_thread_of_notes_mails_and_files(desk: Any, server: Any, listed: Any, row: Any) -> None:
    file = {"id": "8", "name": "a.txt", "size": {"value": "3"}}
    asked = {"requester": {"id": "6", "email_id": "Ann@example.com"}}
    server.on("GET", "/requests/1", {"request": row(1, has_notes=True, has_attachments=True, **asked)})
    server.on("GET", "/requests/1/notes", listed("notes", {"id": "3", "show_to_requester": False, "attachments": [file]}))
    told = {"description": "secret", "added_by": {"id": "4"}, "added_time": at(2000)}
    server.on("GET", "/requests/1/notes/3", {"note": told})
    server.on("GET", "/requests/1/attachments", listed("attachments", file, {"id": "9", "name": "b.txt"}))
    server.on("GET", "/requests/1/conversations", listed("conversations", {"id": "2", "sent_time": at(1000)}))
    server.on(
        "GET",
        "/requests/1/notifications/2",
        {"notification": {"description": "Re", "from": {"id": "6"}, "attachments": [file | {"id": "7"}]}},
    )
    thread = desk.threads(["1", "x", "77"])["1"]
    assert [(each["id"], each["show_to_requester"]) for each in thread.comments] == [("mail 2", True), ("3", False)]
    assert [each["id"] for each in thread.files] == ["1/9"]
    assert (thread.comments[1]["description"], thread.comments[1]["files"][0]["show_to_requester"]) == ("secret", False)


@pytest.mark.parametrize(
    ("mail", "public"),
    [
        ({"from": {"id": "6"}}, True),
        ({"from": {"id": "4"}, "to": [{"email_id": "ann@Example.com"}]}, True),
        ({"from": {"id": "4"}, "to": ["vendor@example.com"], "cc": ["ann@example.com"]}, True),
        ({"from": {"email_id": "ANN@example.com"}}, True),
        ({"from": {"id": "4"}, "to": [{"email_id": "vendor@example.com"}]}, False),
        ({"from": {"id": "9", "email_id": "vendor@example.com"}, "to": [{"email_id": "bob@example.com"}]}, False),
        ({}, False),
    ],
)
def test_a_mail_that_the_requester_never_got_is_internal(
    desk: Any, server: Any, listed: Any, row: Any, mail: Any, public: bool
) -> None:
    asked = {"requester": {"id": "6", "email_id": "ann@example.com"}, "has_notes": False}
    file = {"id": "8", "name": "quote.pdf"}
    server.on("GET", "/requests/1", {"request": row(1, has_attachments=True, **asked)})
    server.on("GET", "/requests/1/attachments", listed("attachments", file))
    server.on("GET", "/requests/1/notes", listed("notes"))
    server.on("GET", "/requests/1/conversations", listed("conversations", {"id": "2", "sent_time": at(1000)}))
    server.on("GET", "/requests/1/notifications/2", {"notification": {"attachments": [file], **mail}})
    thread = desk.threads(["1"])["1"]
    (said,) = thread.comments
    assert (said["show_to_requester"], said["files"][0]["show_to_requester"], thread.files) == (public, public, [])


def test_nobody_without_an_address_got_a_mail(desk: Any, server: Any, listed: Any, row: Any) -> None:
    told = row(1, has_notes=False, has_attachments=False, requester={"id": None, "email_id": ""})
    server.on("GET", "/requests/1", {"request": told})
    server.on("GET", "/requests/1/conversations", listed("conversations", {"id": "2", "sent_time": at(1000)}))
    server.on("GET", "/requests/1/notifications/2", {"notification": {"from": {"id": None, "email_id": None}, "to": [""]}})
    assert [said["show_to_requester"] for said in desk.threads(["1"])["1"].comments] == [False]


def test_a_file_of_an_internal_note_is_never_the_requests_own(desk: Any, server: Any, listed: Any, row: Any) -> None:
    """The note came after the request said that it had none, and its list does not tell its files."""
    file = {"id": "8", "name": "dump.txt"}
    server.on("GET", "/requests/1", {"request": row(1, has_notes=False, has_attachments=True)})
    server.on("GET", "/requests/1/attachments", listed("attachments", file))
    server.on("GET", "/requests/1/notes", listed("notes", {"id": "3", "description": "see", "show_to_requester": False}))
    server.on("GET", "/requests/1/notes/3", {"note": {"description": "see", "attachments": [file]}})
    thread = desk.threads(["1"])["1"]
    assert (thread.files, thread.comments[0]["files"][0]["show_to_requester"]) == ([], False)


def test_a_server_without_conversations_is_asked_once(desk: Any, server: Any, row: Any) -> None:
    for number in (1, 2):
        server.on("GET", f"/requests/{number}", {"request": row(number, has_notes=False, has_attachments=False)})
    assert [thread.comments for thread in desk.threads(["1", "2"]).values()] == [[], []]
    assert len([path for _, path, _ in server.calls if path.endswith("/conversations")]) == 1


def test_files_come_from_the_place_of_the_product(make: Any, server: Any) -> None:
    server.on("GET", "/requests/1/attachments/2/_download", (200, "one"))
    server.on("GET", "/requests/1/_uploads/2/download", (200, "two"))
    server.on("GET", "/content/2", (200, "three"))
    for desk, file, content in (
        (make(), {"id": "1/2", "url": "/content/2"}, b"one"),
        (make(cloud=True), {"id": "1/2"}, b"two"),
        (make(cloud=True), {"id": "1/2", "url": "/content/2?x=1"}, b"three"),
        (make(cloud=True), {"id": "1/2", "url": "//elsewhere.example.com/x"}, b"two"),
    ):
        target = io.BytesIO()
        desk.download(file, target)
        assert target.getvalue() == content
    for strange in ("", "1", "1/x", "../2"):
        with pytest.raises(NotFoundError):
            make().download({"id": strange}, io.BytesIO())


# -- history


def test_history_in_the_words_of_the_mapping(make: Any, server: Any, listed: Any) -> None:
    server.on(
        "GET", "/statuses", listed("statuses", {"id": "1", "name": "Wartet", "in_progress": True, "stop_timer": True})
    )
    diff = [
        {"field": "status", "previous_value": {"name": "Open"}, "current_value": {"name": "Wartet"}},
        {"field": "priority", "previous_value": None, "current_value": {"name": "High"}},
        {"field": "group", "previous_value": {"id": "1", "name": "x"}, "current_value": None},
        {"field": "technician", "previous_value": None, "current_value": {"id": "5"}},
        {"field": "due_by_time", "previous_value": None, "current_value": at(0)},
        {"field": "closure_info", "previous_value": None, "current_value": {"name": "Success"}},
    ]
    server.on(
        "GET", "/requests/1/history", listed("history", {"time": at(0), "by": {"id": "4"}, "diff": diff}, {"time": None})
    )
    found = make(cloud=True).history(["1", "2"])
    assert list(found) == ["1"]
    assert [(each.field, each.before, each.after, each.by) for each in found["1"]] == [
        ("state", "Open", "On Hold", "4"),
        ("priority.name", None, "High", "4"),
        ("group.id", "1", None, "4"),
        ("technician.id", None, "5", "4"),
        ("due_by_time.value", None, "1783000000000", "4"),
        ("closure_code.name", None, "Success", "4"),
    ]
