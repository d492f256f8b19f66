"""An export holds what was chosen, whole, in every format, and as it was believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from isthmus.core.errors import InterruptedRunError, UserError
from isthmus.core.export import export as exporting
from isthmus.core.export import selection
from isthmus.core.export.landing import landing
from isthmus.core.export.request import Format, Request
from isthmus.core.export.workbook import WorkbookWriter
from isthmus.core.model import Incident

PARTS = ("incidents", "comments", "timeline", "sla")


def dropped(document, *fields):
    return {name: value for name, value in document.items() if name not in fields}


def test_a_whole_incident_is_what_was_read(shelf, make_incident):
    document = make_incident(7)
    shelf.put(document, make_incident(8, comments=[], attachments=[], sla=[], figures=[]))
    whole, bare = shelf.lines()
    assert (
        Incident.model_validate(whole).document()
        == Incident.model_validate({**document, "timeline": whole["timeline"]}).document()
    )
    assert [(step["before"], step["after"], step.get("by")) for step in whole["timeline"]] == [
        (None, "new", None),
        ("new", "resolved", {"name": "Bob Nowak", "email": "bob@example.com"}),
    ]
    assert whole["timeline"][1]["at"] == "2026-03-02T11:00:00.500000Z"
    assert whole["figures"] == document["figures"]
    assert Incident.model_validate(bare).comments == ()
    assert not {"sla", "figures"} & bare.keys()


def test_rows_say_the_same_in_every_format(shelf, make_incident):
    shelf.put(make_incident(7, title="=1+1"), make_incident(8, connection="ops", opened_at=None, labels=[], priority=None))
    done, folder = shelf.export("parquet", name="out")
    assert {str(part): count for part, count in done.rows.items()} == dict(zip(PARTS, (2, 2, 6, 2), strict=True))
    book = shelf.book()
    for part in PARTS:
        rows, lines = shelf.table(part), shelf.lines(part) if part != "incidents" else None
        sheet = list(book[part.capitalize()].iter_rows(values_only=True))
        assert list(rows[0]) == list(sheet[0])
        assert len(sheet) - 1 == len(rows)
        with duckdb.connect() as sql:
            read = sql.execute(
                f"select * from read_parquet('{folder}/{part}/**/*.parquet', hive_partitioning=true)"
            ).fetchall()
        assert len(read) == len(rows)
        if lines is not None:
            plain = [{name: _as_text(value) for name, value in line.items()} for line in lines]
            assert [{name: row[name] for name in line} for row, line in zip(rows, plain, strict=True)] == plain
    ops, support = shelf.table("incidents")
    assert (support["title"], support["labels"], support["resolved_at"]) == (
        "'=1+1",
        "remote, vip",
        "2026-03-02T11:00:00.500000Z",
    )
    assert (ops["opened_at"], ops["labels"], ops["priority"]) == ("", "", "")
    shown = dict(zip(support, list(book["Incidents"].values)[2], strict=True))
    assert (shown["title"], shown["priority"]) == ("'=1+1", 2)
    assert shown["opened_at"].isoformat() == "2026-03-02T09:00:00"
    assert sorted(path.parent.relative_to(folder).as_posix() for path in folder.glob("incidents/**/*.parquet")) == [
        "incidents/connection=ops/month=unknown",
        "incidents/connection=support/month=2026-03",
    ]


def _as_text(value):
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_tables_of_a_workbook_are_tables_and_go_on_in_further_sheets(shelf, make_incident, monkeypatch):
    shelf.put(*(make_incident(number, title=f"n{number}") for number in range(5)))
    monkeypatch.setattr(
        exporting, "WorkbookWriter", lambda store, path, *, mask: WorkbookWriter(store, path, mask=mask, limit=4)
    )
    book = shelf.book("incidents", "sla", which={"labels": ("vip",)})
    assert book.sheetnames == ["Incidents", "Incidents 2", "Sla", "Sla 2"]
    assert [(each.name, each.ref, each.autoFilter.ref) for sheet in book for each in sheet.tables.values()] == [
        ("incidents", "A1:AG4", "A1:AG4"),
        ("incidents_2", "A1:AG3", "A1:AG3"),
        ("sla", "A1:G4", "A1:G4"),
        ("sla_2", "A1:G3", "A1:G3"),
    ]
    assert [column.name for column in book["Sla"].tables["sla"].tableColumns] == [cell.value for cell in book["Sla"][1]]
    empty = shelf.book("comments", which={"labels": ("none",)})
    assert [each.ref for each in empty["Comments"].tables.values()] == ["A1:I2"]


def test_a_text_longer_than_a_cell_is_cut_and_told(shelf, make_incident):
    shelf.put(make_incident(7, title="x" * 40_000))
    done, _ = shelf.export("xlsx")
    assert done.cut == 1
    assert len(shelf.table("incidents")[0]["title"]) == 40_000


@pytest.mark.parametrize(
    ("which", "found"),
    [
        ({}, ["1", "2", "3"]),
        ({"connections": ("ops",)}, ["3"]),
        (
            {"opened_from": datetime(2026, 3, 2, 9, tzinfo=UTC), "opened_before": datetime(2026, 4, 1, tzinfo=UTC)},
            ["1", "3"],
        ),
        ({"opened_before": datetime(2026, 3, 2, 9, tzinfo=UTC)}, ["2"]),
        ({"statuses": ("new", "pending")}, ["2"]),
        ({"priorities": (1, 3)}, ["2"]),
        ({"groups": ("network",)}, ["1", "3"]),
        ({"labels": ("vip", "none")}, ["1", "3"]),
        ({"labels": ("vip",), "connections": ("support",), "groups": ("'); drop table incidents; --",)}, []),
    ],
)
def test_a_filter_chooses(shelf, make_incident, which, found):
    facts = {"status": "new", "priority": 1, "group": {"name": "Apps"}, "labels": [], "opened_at": "2026-03-02T08:59:59Z"}
    shelf.put(make_incident(1), make_incident(2, **facts), make_incident(3, connection="ops"))
    assert sorted(row["incident"] for row in shelf.table("incidents", which=which)) == found
    assert sorted(row["incident"] for row in shelf.table("comments", which=which)) == found


def test_an_export_as_of_a_moment_shows_what_was_believed_then(shelf, make_incident):
    shelf.put(make_incident(7, title="first"))
    shelf.put(make_incident(7, title="second", comments=[]), moment=datetime(2026, 5, 1, tzinfo=UTC))
    assert shelf.lines()[0]["title"] == "second"
    then = shelf.lines(as_of=datetime(2026, 4, 2, tzinfo=UTC))[0]
    assert (then["title"], len(then["comments"])) == ("first", 1)
    assert shelf.lines(as_of=datetime(2026, 1, 1, tzinfo=UTC)) == []


@pytest.mark.parametrize("form", ["jsonl", "csv", "xlsx"])
def test_chunks_and_spans_change_nothing(shelf, make_incident, monkeypatch, form):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    shelf.put(*(make_incident(n, opened_at=(start + timedelta(days=40 - n)).isoformat()) for n in range(7)))
    _, whole = shelf.export(form, name=f"whole.{form}")
    monkeypatch.setattr(selection.chunks, "__defaults__", (2, 4))
    _, cut = shelf.export(form, name=f"cut.{form}")
    assert whole.read_bytes() == cut.read_bytes()
    assert [line["id"] for line in shelf.lines()] == ["6", "5", "4", "3", "2", "1", "0"]
    assert shelf.store.sql.execute("select count(*) from duckdb_tables() where table_name like 'span%'").fetchone() == (0,)


def test_a_folder_that_holds_something_is_left_alone(shelf, make_incident):
    shelf.put(make_incident(7))
    (shelf.folder / "out").mkdir()
    assert shelf.export("parquet", name="out")[1].is_dir()
    with pytest.raises(UserError, match="is there already"):
        shelf.export("parquet", name="out")
    (shelf.folder / "file").write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        shelf.export("parquet", name="file")
    assert (shelf.folder / "file").read_text() == "mine"


@pytest.mark.parametrize("form", list(Format))
def test_an_export_that_is_stopped_leaves_nothing(shelf, make_incident, monkeypatch, form):
    shelf.put(*(make_incident(number) for number in range(3)))
    monkeypatch.setattr(selection.chunks, "__defaults__", (2, 4))
    answers = iter([False, True])
    with pytest.raises(InterruptedRunError):
        exporting.export(shelf.store, Request(format=form), shelf.folder / "out", stop=lambda: next(answers))
    assert list(shelf.folder.iterdir()) == []


def test_a_place_that_the_database_cannot_write_is_named(shelf, make_incident):
    shelf.put(make_incident(7))
    (shelf.folder / "out.csv.part.chunk").mkdir()
    with pytest.raises(UserError, match="cannot be written"):
        shelf.export("csv")


@pytest.mark.parametrize("folder", [False, True])
def test_what_another_process_is_writing_is_left_to_it(tmp_path, folder):
    path = tmp_path / "out"
    with landing(path, folder=folder) as part:
        (part / "1" if folder else part).write_text("whole")
        with pytest.raises(UserError, match="is being written by another process"), landing(path, folder=folder):
            pass
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
    assert (path / "1" if folder else path).read_text() == "whole"


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("left", [False, True])
def test_what_a_killed_process_left_is_no_obstacle(tmp_path, folder, left):
    part = tmp_path / "out.part"
    if left:
        part.mkdir()
    (part / "0" if left else part).write_text("half of something")
    with landing(tmp_path / "out", folder=folder) as place:
        assert not folder or list(place.iterdir()) == []
        (place / "1" if folder else place).write_text("whole")
    assert [each.name for each in tmp_path.rglob("*")] == (["out", "1"] if folder else ["out"])


def test_what_lands_while_we_ask_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("isthmus.core.export.landing._is", lambda *_: False)
    with pytest.raises(UserError, match="another process"), landing(tmp_path / "out"):
        pass


def test_a_full_disk_is_told_whatever_a_library_makes_of_it_and_nothing_is_left(tmp_path):
    with pytest.raises(UserError, match="out cannot be written: No space left"), landing(tmp_path / "out"):
        raise RuntimeError(OSError(28, "No space left on device"))
    with pytest.raises(KeyboardInterrupt), landing(tmp_path / "out"):
        raise KeyboardInterrupt
    with pytest.raises(RuntimeError, match="a defect"), landing(tmp_path / "out"):
        raise RuntimeError("a defect")
    assert list(tmp_path.iterdir()) == []
