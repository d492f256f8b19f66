"""Exports: whole, deduplicated, counted, and nothing left of one that was cut."""

from __future__ import annotations

import json
import os
import signal

import pytest
from isthmus.core.connector import Page, Record, Scope
from isthmus.core.run.export import export
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.dialect import Dialect
from isthmus.testing.memory import MemoryTool, memory_side


def read(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_incident_is_a_line(desk):
    for number in range(3):
        ticket = desk.left.create(title=f"Printer {number} on fire")
        desk.left.comment(ticket, text="<p>any update?</p>")
        desk.left.attach(ticket, name="fire.txt", data=b"hot")
    path = desk.folder / "left.jsonl"
    said = desk.run("export", "left", "-o", str(path), "--census", "--json")
    assert said.code == 0, said
    report = said.json
    assert (report["incidents"], report["comments"], report["files"]) == (3, 3, 3)
    assert report["census"] == 3
    assert report["missing"] == []
    lines = read(path)
    assert [line["title"] for line in lines] == [f"Printer {number} on fire" for number in range(3)]
    assert lines[0]["comments"][0]["body"] == "<p>any update?</p>"
    assert lines[0]["connection"] == "left"
    assert [each.name for each in desk.folder.glob("left.jsonl*")] == ["left.jsonl"]
    assert "incidents" in desk.run("export", "left", "-o", str(path)).out


@pytest.fixture
def tool():
    return MemoryTool("left")


def feed(monkeypatch, side, *pages):
    monkeypatch.setattr(
        side.connector,
        "changes",
        lambda cursor, scope: (Page(tuple(page), str(number)) for number, page in enumerate(pages)),
    )


def test_the_latest_of_repeats_is_kept(tool, tmp_path, monkeypatch):
    side = memory_side("left", tool)
    first, second = Record("1", {"id": "1", "title": "old"}), Record("1", {"id": "1", "title": "new"})
    other, gone = Record("2", {"id": "2", "title": "other"}), Record("3", {"id": "3", "title": "gone"})
    dropped = Record("3", {}, deleted=True)
    feed(monkeypatch, side, [first, other, gone], [second, dropped])
    done = export(side, tmp_path / "out.jsonl", RunOptions())
    assert [line["title"] for line in read(tmp_path / "out.jsonl")] == ["other", "new"]
    assert (done.incidents, done.deleted) == (2, 1)
    assert [each.name for each in tmp_path.iterdir()] == ["out.jsonl"]


def test_what_only_the_census_shows_is_read_and_what_cannot_be_is_missing(tool, tmp_path, monkeypatch):
    side = memory_side("left", tool)
    known, late = tool.create(title="known"), tool.create(title="late")
    feed(monkeypatch, side, side.connector.fetch([known]))
    monkeypatch.setattr(side.connector, "census", lambda scope: iter([known, late, "left-r999"]))
    done = export(side, tmp_path / "out.jsonl", RunOptions(), scope=Scope(), census=True)
    assert [line["title"] for line in read(tmp_path / "out.jsonl")] == ["known", "late"]
    assert done.census == 3
    assert done.missing == ("left-r999",)
    assert done.exit == 4


def test_without_a_census_the_wish_is_refused(desk):
    desk.install(MemoryTool("left", Dialect(lacks=frozenset({"census"}))))
    said = desk.run("export", "left", "-o", str(desk.folder / "left.jsonl"), "--census")
    assert said.code == 2
    assert "--census" in said.err


def test_an_export_that_is_stopped_leaves_no_file(desk, monkeypatch):
    desk.left.create(title="Printer on fire")
    path = desk.folder / "left.jsonl"
    path.write_text("the last one\n")
    plain = desk.left.shown

    def shown(record_id):
        os.kill(os.getpid(), signal.SIGTERM)
        monkeypatch.setattr(desk.left, "shown", plain)
        return plain(record_id)

    monkeypatch.setattr(desk.left, "shown", shown)
    said = desk.run("export", "left", "-o", str(path))
    assert said.code == 8
    assert path.read_text() == "the last one\n"
    assert [each.name for each in desk.folder.glob("left.jsonl*")] == ["left.jsonl"]


def test_a_place_that_cannot_be_written_is_named(desk):
    said = desk.run("export", "left", "-o", str(desk.folder / "nowhere" / "left.jsonl"))
    assert said.code == 2
    assert "cannot be written" in said.err
