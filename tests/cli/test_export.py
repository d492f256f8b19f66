"""The command that exports: the store alone, or the vendors first, and nothing left of an export that was cut."""

from __future__ import annotations

import csv
import json
import os
import signal

import pytest
from isthmus.core.export import writers
from isthmus.core.store.collect import Collector


def read(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def fires(desk):
    """Give a desk with three tickets, each with a comment and a file."""
    for number in range(3):
        ticket = desk.left.create(title=f"Printer {number} on fire")
        desk.left.comment(ticket, text="<p>any update?</p>")
        desk.left.attach(ticket, name="fire.txt", data=b"hot")
    return desk


def test_one_command_reads_the_vendor_and_writes_every_incident(fires):
    path = fires.folder / "left.jsonl"
    said = fires.run("export", "left", "--collect", "--census", "-o", str(path), "--json")
    assert said.code == 0, said
    assert (said.json["incidents"], said.json["rows"]) == (3, {"incidents": 3})
    assert said.json["collected"][0]["census"] == 3
    lines = read(path)
    assert sorted(line["title"] for line in lines) == [f"Printer {number} on fire" for number in range(3)]
    assert [line["connection"] for line in lines] == ["left"] * 3
    assert lines[0]["comments"][0]["body"] == "<p>any update?</p>"
    files = [file for line in lines for file in (*line["attachments"], *line["comments"][0]["attachments"])]
    assert [file["name"] for file in files] == ["fire.txt"] * 3
    assert [each.name for each in fires.folder.glob("left.jsonl*")] == ["left.jsonl"]


def test_without_collecting_no_vendor_is_asked(fires, monkeypatch):
    path = fires.folder / "all.csv"
    assert fires.run("export", "-o", str(path)).code == 2
    assert fires.run("collect", "left").code == 0
    monkeypatch.setattr(fires.left, "shown", None)  # whoever asks fails
    said = fires.run("export", "-o", str(path), "--table", "comments")
    assert (said.code, "comments=3" in said.out) == (0, True)
    with path.open(newline="", encoding="utf-8") as source:
        assert [row["body"] for row in csv.DictReader(source)] == ["<p>any update?</p>"] * 3


def test_standard_output_holds_the_lines_alone(fires):
    fires.run("collect", "left")
    said = fires.run("export", "left", "-o", "-", "--mask", "people")
    assert said.code == 0
    assert len(said.lines) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("left", "-o", "left.txt"), "what format is that"),
        (("left", "-o", "left.csv", "--table", "sla", "--table", "comments"), "one table"),
        (("left", "-o", "-", "--format", "xlsx"), "standard output"),
        (("lefd", "-o", "left.csv"), "did you mean 'left'"),
        (("left", "-o", "left.csv", "--period", "2026-Q5"), "is no period"),
        (("left", "-o", "left.csv", "--census"), "--collect"),
        (("left", "-o", "nowhere/left.csv"), "cannot be written"),
        (("left", "-o", "nowhere/left.xlsx"), "cannot be written: No such file"),
        (("left", "-o", "left.csv", "--as-of", "2020-01-01T00:00:00Z"), "nothing had been collected by 2020-01-01"),
        (("left", "-o", "left.csv", "--mask", "people", "--mask-key", "plain"), "reference"),
    ],
)
def test_a_wish_that_cannot_be_met_is_named(desk, monkeypatch, arguments, words):
    monkeypatch.chdir(desk.folder)
    desk.left.create(title="Printer on fire")
    desk.run("collect", "left")
    said = desk.run("export", *arguments)
    assert (said.code, words in said.err) == (2, True), said


def test_a_connection_that_was_never_collected_is_named(desk):
    desk.run("collect", "left")
    said = desk.run("export", "right", "-o", str(desk.folder / "right.csv"))
    assert (said.code, "nothing of 'right'" in said.err) == (2, True)


def test_a_connection_that_cannot_be_read_gives_no_file(desk):
    path = desk.folder / "left.jsonl"
    desk.write(
        connections={
            **desk.settings["connections"],
            "left": {**desk.settings["connections"]["left"], "url": "https://wrong.example.com"},
        }
    )
    said = desk.run("export", "left", "--collect", "-o", str(path))
    assert (said.code, "nothing was exported" in said.err) == (7, True), said
    assert not path.exists()


@pytest.mark.parametrize(
    ("owner", "name", "found", "options"),
    [(Collector, "_rows", {"incidents": []}, ["--collect"]), (writers, "documents", [], [])],
)
def test_an_export_that_is_stopped_leaves_no_file(fires, monkeypatch, owner, name, found, options):
    path = fires.folder / "left.jsonl"
    path.write_text("the last one\n")
    fires.run("collect", "left")
    plain = getattr(owner, name)

    def interrupted(*_):
        os.kill(os.getpid(), signal.SIGTERM)
        monkeypatch.setattr(owner, name, plain)
        return found

    monkeypatch.setattr(owner, name, interrupted)
    fires.left.create(title="Printer 4 on fire")
    said = fires.run("export", "left", "-o", str(path), *options)
    assert said.code == 8, said
    assert path.read_text() == "the last one\n"
    assert [each.name for each in fires.folder.glob("left.jsonl*")] == ["left.jsonl"]
