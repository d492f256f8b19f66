"""Migrations from the command line: forecast, question, resume, verification."""

from __future__ import annotations

import os
import signal

import click
import pytest
from isthmus.testing.hostility import Fault


@pytest.fixture
def full(desk):
    for number in range(3):
        ticket = desk.left.create(title=f"Printer {number} on fire", severity=1)
        desk.left.comment(ticket, text="<p>any update?</p>")
        desk.left.attach(ticket, name="fire.txt", data=b"hot", public=True)
    return desk


def test_a_migration_forecasts_writes_and_certifies(full):
    said = full.run("migrate", "left", "right", "--yes", "--json")
    assert said.code == 0, said
    report = said.json
    assert report["forecast"]["incidents"] == 3
    assert report["run"]["incidents"]["written"] == 3
    assert report["certificate"]["clean"]
    assert report["certificate"]["comments"] == 3
    assert report["certificate"]["files"] == 3
    assert report["calls"]["right"] > 0
    assert len(full.right.records) == 3
    assert not full.run("migrate", "left", "right", "--verify", "--json").json["certificate"]["differences"]


def test_people_read_forecast_and_certificate(full):
    said = full.run("migrate", "left", "right", "--yes")
    assert said.code == 0
    assert "Forecast" in said.err
    assert "Read back and compared" in said.out


@pytest.mark.parametrize("answer", [True, False])
def test_without_yes_it_asks(full, monkeypatch, answer):
    asked = []
    monkeypatch.setattr(click, "confirm", lambda words, **_: asked.append(words) or answer)
    said = full.run("migrate", "left", "right", "--json")
    assert asked == ["Write this to right?"]
    assert said.code == (0 if answer else 8)
    assert said.json["approved"] is answer
    assert len(full.right.records) == (3 if answer else 0)


def test_no_answer_writes_nothing(full, monkeypatch):
    def abort(*_, **__):
        raise click.Abort

    monkeypatch.setattr(click, "confirm", abort)
    said = full.run("migrate", "left", "right")
    assert said.code == 8
    assert "aborted" in said.err
    assert not full.right.records


def test_a_declined_one_shows_that_nothing_was_written(full, monkeypatch):
    monkeypatch.setattr(click, "confirm", lambda *_, **__: False)
    assert "Nothing was written." in full.run("migrate", "left", "right").out


def test_an_interrupted_one_goes_on_with_resume(full):
    full.right.before_write = lambda write: os.kill(os.getpid(), signal.SIGTERM)
    assert full.run("migrate", "left", "right", "--yes").code == 8
    full.right.before_write = None
    refused = full.run("migrate", "left", "right", "--yes")
    assert refused.code == 2
    assert "--resume" in refused.err
    said = full.run("migrate", "left", "right", "--resume", "--yes", "--json")
    assert said.code == 0, said
    assert len(full.right.records) == 3
    assert said.json["certificate"]["clean"]


def test_a_failure_is_partial_and_tried_again(full):
    full.right.hostility.script.append(Fault.REFUSED)
    said = full.run("migrate", "left", "right", "--yes", "--json")
    assert said.code == 3
    assert said.json["certificate"]["staged"] == {"written": 2, "failed": 1}
    assert full.run("migrate", "left", "right", "--resume", "--yes").code == 0
    assert len(full.right.records) == 3


def test_a_difference_on_reading_back_is_red(full):
    full.run("migrate", "left", "right", "--yes")
    record_id = next(iter(full.right.records))
    full.right.records[record_id]["title"] = "Nobody's"
    said = full.run("migrate", "left", "right", "--verify")
    assert said.code == 4
    assert "1 differences" in said.out


def test_what_somebody_changed_since_is_explained_and_not_red(full):
    full.run("migrate", "left", "right", "--yes")
    full.right.edit(next(iter(full.right.records)), title="Somebody else's")
    said = full.run("migrate", "left", "right", "--verify")
    assert said.code == 0
    assert "1 changed there since" in said.out


def test_nothing_is_migrated_to_a_read_only_connection(full):
    connections = full.settings["connections"]
    full.write(connections={**connections, "right": {**connections["right"], "read_only": True}})
    said = full.run("migrate", "left", "right", "--yes")
    assert said.code == 2
    assert "connections.right.read_only" in said.err


def test_an_unknown_connection_is_named(full):
    said = full.run("migrate", "left", "rigth")
    assert said.code == 2
    assert "did you mean 'right'?" in said.err
