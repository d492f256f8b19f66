"""Comments, work notes and attachments: as rows, and as text where rows are hidden."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.servicenow import ServiceNow
from isthmus.connectors.servicenow.account import date_format
from isthmus.connectors.servicenow.threadtext import TextEntry, entry_ids, moments, split_entries
from isthmus.core.errors import ConfigError, UnavailableError, UnexpectedReplyError

INCIDENTS = "/api/now/table/incident"
A, B = "a" * 32, "b" * 32
PLAIN = date_format("", "", "ops")


def entry(number: int, element: str = "comments", **more: str) -> dict[str, str]:
    return {
        "sys_id": f"{number:032x}",
        "element_id": A,
        "element": element,
        "value": f"text {number}",
        "sys_created_on": "2026-07-14 08:00:00",
        "sys_created_by": "abel",
        **more,
    }


def shown(
    ticket: str = A, *, stored: str = "2026-07-14 08:00:00", local: str = "2026-07-14 08:00:00", **texts: str
) -> dict[str, Any]:
    cells = {name: {"display_value": text, "value": ""} for name, text in texts.items()}
    return {
        "sys_id": {"display_value": ticket, "value": ticket},
        "sys_updated_on": {"display_value": local, "value": stored},
        **cells,
    }


# -- rows


def test_entries_come_as_rows_in_order_with_their_authors(ops: ServiceNow, instance: Any, make_user: Any) -> None:
    rows = [
        entry(3, "work_notes", sys_created_on="2026-07-14 08:00:01", sys_created_by="system"),
        entry(2, sys_created_on="2026-07-14 08:00:02", element_id=B),
        entry(1),
    ]
    instance.table("sys_journal_field", {"result": rows})
    instance.people.append(make_user("abel"))
    instance.table("sys_attachment", {"result": []})
    threads = ops.threads([A, B])
    first, second = threads[A].comments
    assert (first["value"], first["author"], first["author.name"]) == ("text 1", make_user("abel")["sys_id"], "Abel")
    assert first["author.email"] == "abel@example.com"
    assert (second["value"], second["author"], second["author.name"]) == ("text 3", "system", "system")
    assert [each["value"] for each in threads[B].comments] == ["text 2"]
    users = instance.queries("/api/now/table/sys_user")
    assert users[-1] == "user_nameINabel,system^ORDERBYsys_id"
    assert ops.people(["system"]) == {}
    assert len(instance.queries("/api/now/table/sys_user")) == len(users)


def test_one_call_reads_the_entries_of_many_tickets(ops: ServiceNow, instance: Any) -> None:
    ids = [f"{number:032x}" for number in range(100)]
    instance.table("sys_journal_field", {"result": [entry(1, element_id=ids[0])]})
    ops.threads(ids)
    assert len(instance.queries("/api/now/table/sys_journal_field")) == 1
    assert len(instance.queries("/api/now/table/sys_attachment")) == 1


def test_an_empty_list_counts_only_where_the_text_is_empty(ops: ServiceNow, instance: Any) -> None:
    instance.table("incident", {"result": [shown(comments="", work_notes="")]})
    assert ops.threads([A])[A].comments == []
    assert ops._journal.readable is None
    instance.table("sys_journal_field", {"result": [entry(1)]})
    assert len(ops.threads([A])[A].comments) == 1
    instance.table("sys_journal_field", {"result": []})
    calls = len(instance.queries(INCIDENTS))
    assert ops.threads([A])[A].comments == []
    assert len(instance.queries(INCIDENTS)) == calls


NOTES = "2026-07-14 10:00:00 - Abel Tuter (Work notes)\npsst\n\n"
COMMENTS = "2026-07-14 11:00:00 - Joe Employee (Comments)\nHi,\n\nany update?\n\n2026-07-14 09:00:00 - Abel Tuter (Comments)\nhello\n\n"
MERGED = (
    "2026-07-14 11:00:00 - Joe Employee (Comments)\nHi,\n\nany update?\n\n"
    "2026-07-14 10:00:00 - Abel Tuter (Work notes)\npsst\n\n"
    "2026-07-14 09:00:00 - Abel Tuter (Comments)\nhello\n\n"
)


@pytest.mark.parametrize("hidden", [{"result": []}, (403, {}, {"error": {"message": "User Not Authorized"}})])
@pytest.mark.parametrize("merged", [MERGED, "", NOTES])
def test_hidden_rows_are_read_from_the_text(
    ops: ServiceNow, instance: Any, make_user: Any, hidden: Any, merged: str
) -> None:
    joe = {**make_user("joe"), "name": "Joe Employee"}
    twins = [{**make_user(each), "name": "Abel Tuter"} for each in ("abel", "abel2")]
    instance.people[:] = [make_user("isthmus", time_zone="Europe/Berlin"), joe, *twins]
    instance.table("sys_journal_field", hidden)
    record = shown(local="2026-07-14 10:00:00", comments=COMMENTS, work_notes=NOTES, comments_and_work_notes=merged)
    instance.table("incident", {"result": [record]})
    first, second, third = ops.threads([A])[A].comments
    assert (first["value"], first["element"], first["sys_created_on"]) == ("hello", "comments", "2026-07-14 07:00:00")
    assert (second["value"], second["element"]) == ("psst", "work_notes")
    assert (third["value"], third["author"]) == ("Hi,\n\nany update?", joe["sys_id"])
    assert (first["author"], first["author.name"]) == ("Abel Tuter", "Abel Tuter")
    again = ops.threads([A])[A].comments
    assert [each["sys_id"] for each in again] == [each["sys_id"] for each in (first, second, third)]
    assert len(instance.queries("/api/now/table/sys_journal_field")) == 1


def test_labels_that_do_not_tell_the_journals_apart(ops: ServiceNow, instance: Any) -> None:
    texts = {"comments": COMMENTS.replace("(Comments)", "(Notiz)"), "work_notes": NOTES.replace("(Work notes)", "(Notiz)")}
    merged = MERGED.replace("(Comments)", "(Notiz)").replace("(Work notes)", "(Notiz)")
    instance.table("incident", {"result": [shown(**texts, comments_and_work_notes=merged)]})
    assert [each["element"] for each in ops.threads([A])[A].comments] == ["comments", "work_notes", "comments"]


@pytest.mark.parametrize(
    "record",
    [
        shown(comments="14.07.2026 10:00 - Abel (Comments)\nhi\n\n"),
        shown(comments_and_work_notes=MERGED),
        shown(comments=COMMENTS, local="2026-07-14 01:00:00"),
    ],
)
def test_a_text_that_cannot_be_read_is_told(ops: ServiceNow, instance: Any, record: Any) -> None:
    instance.table("incident", {"result": [record]})
    with pytest.raises(ConfigError, match="let the account read sys_journal_field"):
        ops.threads([A])


def test_a_ticket_without_a_time_is_told(ops: ServiceNow, instance: Any) -> None:
    instance.table("incident", {"result": [{**shown(comments=COMMENTS), "sys_updated_on": ""}]})
    with pytest.raises(UnexpectedReplyError, match="sys_updated_on"):
        ops.threads([A])


def test_another_tickets_text_is_not_taken(ops: ServiceNow, instance: Any) -> None:
    instance.table("incident", {"result": [shown(B, comments=COMMENTS)]})
    with pytest.raises(UnexpectedReplyError, match="ignored a part"):
        ops.threads([A])


# -- texts


def test_a_line_that_looks_like_a_header_stays_text() -> None:
    text = (
        "2026-07-14 11:00:00 - Joe (Comments)\nYou wrote:\n2026-07-14 09:00:00 - Abel (Comments)\n> hello\n\n"
        "2026-07-14 10:59:00 - Joe (Work notes)\nquoted\n\n"
        "2026-07-14 13:00:00 - Joe (Comments)\nfrom the future\n\n"
        "2026-13-14 13:00:00 - Joe (Comments)\nno time\n\n"
        "2026-07-14 09:00:00 - Abel (Comments)\nhello\n\n"
    )
    first, second = split_entries(text, PLAIN)
    assert first.text.startswith("You wrote:\n2026-07-14 09:00:00 - Abel (Comments)\n> hello\n\n2026-07-14 10:59:00")
    assert first.text.endswith("no time")
    assert (second.author, second.text) == ("Abel", "hello")
    for bad in ("", "hello", "x\n\n" + text):
        with pytest.raises(ValueError, match="begins with no entry"):
            split_entries(bad, PLAIN)


LINES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=10)


@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.lists(LINES, min_size=1, max_size=3).map("\n".join)), min_size=1, max_size=5
    )
)
def test_texts_round_trip(entries: list[tuple[int, str]]) -> None:
    newest_first = sorted(entries, key=lambda each: -each[0])
    start = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    text = "".join(
        f"{datetime.fromtimestamp(start + at, UTC):%Y-%m-%d %H:%M:%S} - Name (Comments)\n{body}\n\n"
        for at, body in newest_first
    )
    assert [each.text for each in split_entries(text, PLAIN)] == [body for _, body in newest_first]


@given(st.lists(st.integers(0, 4 * 3600), min_size=1, max_size=8), st.sampled_from(["Europe/Berlin", "US/Pacific", "GMT"]))
def test_clocks_set_back_lose_no_order(seconds: list[int], name: str) -> None:
    zone = ZoneInfo(name)
    start = {
        "Europe/Berlin": datetime(2026, 10, 24, 23, 0, tzinfo=UTC),
        "US/Pacific": datetime(2026, 11, 1, 7, 0, tzinfo=UTC),
    }
    begin = start.get(name, datetime(2026, 1, 1, tzinfo=UTC)).timestamp()
    true = [datetime.fromtimestamp(begin + each, UTC) for each in sorted(seconds)]
    local = [TextEntry(each.astimezone(zone).replace(tzinfo=None, fold=0), "n", "l", "t") for each in true]
    found = moments(local[::-1], zone)[::-1]
    assert found == sorted(found)
    for guessed, real in zip(found, true, strict=True):
        assert guessed.astimezone(zone).replace(tzinfo=None, fold=0) == real.astimezone(zone).replace(tzinfo=None, fold=0)


def test_an_hour_that_occurs_twice() -> None:
    zone = ZoneInfo("Europe/Berlin")
    stamps = ["2026-10-25 01:59:00", "2026-10-25 02:50:00", "2026-10-25 02:10:00", "2026-10-25 03:00:00"]
    entries = [TextEntry(datetime.fromisoformat(each), "n", "l", "t") for each in stamps]
    assert [f"{each:%H:%M}" for each in moments(entries[::-1], zone)[::-1]] == ["23:59", "00:50", "01:10", "02:00"]
    text = "".join(f"{each} - n (l)\nt\n\n" for each in stamps[::-1])
    assert len(split_entries(text, PLAIN)) == 4
    summer, winter = (
        TextEntry(datetime.fromisoformat(f"2026-{each} 12:00:00"), "n", "l", "t") for each in ("07-01", "12-01")
    )
    assert [each.hour for each in moments([winter, summer], zone)] == [11, 10]


def test_equal_entries_have_ids_of_their_own() -> None:
    ids = entry_ids([("a", "b"), ("a", "b"), ("ab", "")])
    assert len(set(ids)) == 3
    assert ids[:2] == entry_ids([("a", "b"), ("a", "b")])


# -- formats and zones


@pytest.mark.parametrize(
    ("date", "time", "text"),
    [
        ("", "", "2026-07-14 17:28:40"),
        ("MM/dd/yyyy", "hh:mm:ss a", "07/14/2026 05:28:40 PM"),
        ("dd.MM.yyyy", "HH.mm.ss", "14.07.2026 17.28.40"),
        ("dd-MM-yy", "HH:mm:ss", "14-07-26 17:28:40"),
    ],
)
def test_date_formats(date: str, time: str, text: str) -> None:
    dates = date_format(date, time, "ops")
    assert dates.parse(text) == datetime(2026, 7, 14, 17, 28, 40)  # noqa: DTZ001
    assert len(split_entries(f"{text} - A (l)\nhi\n\n", dates)) == 1


def test_an_unknown_date_format_is_told() -> None:
    with pytest.raises(ConfigError, match="date format 'dd MMM yyyy '"):
        date_format("dd MMM yyyy", "", "ops")


@pytest.mark.parametrize(
    ("users", "properties", "zone"),
    [
        ([{"time_zone": ""}], [{"sys_id": "1", "name": "glide.sys.default.tz", "value": "Europe/Berlin"}], "Europe/Berlin"),
        ([{"time_zone": ""}], [], None),
        ([{}, {}], [], None),
        ((403, {}, {"error": "no"}), (403, {}, {"error": "no"}), None),
    ],
)
def test_the_zone_of_the_account(
    ops: ServiceNow, instance: Any, make_user: Any, users: Any, properties: Any, zone: str | None
) -> None:
    rows = {"result": [make_user("isthmus", **each) for each in users]} if isinstance(users, list) else users
    instance.table("sys_user", rows)
    instance.table("sys_properties", {"result": properties} if isinstance(properties, list) else properties)
    assert ops._account.zone == zone
    if zone is None:
        with pytest.raises(ConfigError, match=r"time zone .system. is unknown"):
            ops._account.tzinfo("ops")


# -- attachments


def attachment(number: int = 1, **more: str) -> dict[str, str]:
    return {
        "sys_id": f"{number:032x}",
        "table_name": "incident",
        "table_sys_id": A,
        "file_name": "log.txt",
        "sys_created_on": "2026-07-14 08:00:00",
        "sys_created_by": "abel",
        **more,
    }


def test_attachments_of_many_tickets_with_their_authors(ops: ServiceNow, instance: Any, make_user: Any) -> None:
    rows = [attachment(1, sys_created_on="2026-07-14 08:00:09"), attachment(2), attachment(3, table_sys_id=B)]
    instance.table("sys_attachment", {"result": rows})
    instance.people.append(make_user("abel"))
    threads = ops.threads([A, B])
    assert [int(each["sys_id"], 16) for each in threads[A].files] == [2, 1]
    assert threads[B].files[0]["author.email"] == "abel@example.com"


def test_a_download_is_held_against_the_vendors_hash(ops: ServiceNow, instance: Any) -> None:
    digest = hashlib.sha256(b"hello").hexdigest()
    instance.on("GET", "/api/now/attachment/f%2F1/file", (200, {"Content-Type": "text/plain"}, b"hello"))
    target = io.BytesIO()
    assert ops.download({"id": "f/1", "sha256": digest.upper()}, target) == digest
    assert target.getvalue() == b"hello"
    assert ops.download({"id": "f/1"}, io.BytesIO()) == digest
    with pytest.raises(UnavailableError, match="other bytes"):
        ops.download({"id": "f/1", "sha256": "0" * 64}, io.BytesIO())
    assert isinstance(instance.wire, responses.RequestsMock)
