"""What waits for people: status, conflicts and quarantine."""

from __future__ import annotations

import pytest
from isthmus.core.ledger.ledger import Ledger
from isthmus.testing.hostility import Fault


@pytest.fixture
def disputed(desk):
    """Give a desk with one open conflict, and its id."""
    desk.write(links={"pair": {**desk.settings["links"]["pair"], "fields": {"title": {"policy": "ask"}}}})
    ticket = desk.left.create(title="Printer on fire")
    desk.run("sync", "pair")
    desk.left.edit(ticket, title="Printer smokes")
    desk.right.edit(next(iter(desk.right.records)), title="Printer is fine")
    assert desk.run("sync", "pair").code == 3
    (conflict,) = desk.run("conflicts", "list", "--json").json
    return desk, conflict["id"]


def test_a_conflict_is_listed_shown_and_resolved(disputed):
    desk, conflict = disputed
    listed = desk.run("conflicts", "list", "--link", "pair")
    assert conflict in listed.out
    shown = desk.run("conflicts", "show", conflict)
    assert "Printer smokes" in shown.out
    assert "Printer is fine" in shown.out
    report = desk.run("conflicts", "show", conflict, "--json").json
    assert report["values"]["left"]["value"] == {"title": "Printer smokes"}
    said = desk.run("conflicts", "resolve", conflict, "--take", "right")
    assert said.code == 0
    assert "Chosen: right" in said.out
    assert desk.run("sync", "pair").code == 0
    assert [record["title"] for record in desk.left.records.values()] == ["Printer is fine"]
    assert desk.run("conflicts", "list", "--json").json == []
    again = desk.run("conflicts", "resolve", conflict, "--take", "left")
    assert again.code == 2
    assert "resolved already" in again.err


def test_mistakes_in_conflicts_are_named(disputed):
    desk, conflict = disputed
    assert "there is no conflict 'zzz'" in desk.run("conflicts", "show", "zzz").err
    said = desk.run("conflicts", "resolve", conflict, "--take", "rigth")
    assert said.code == 2
    assert "--take: 'rigth' is no member of this conflict; did you mean 'right'?" in said.err


@pytest.fixture
def refused(desk):
    """Give a desk with one incident in quarantine, and the failure's id."""
    desk.left.create(title="Printer on fire")
    desk.right.hostility.script.append(Fault.REFUSED)
    assert desk.run("sync", "pair").code == 3
    (failure,) = desk.run("failures", "list", "--link", "pair", "--json").json
    return desk, failure["id"]


def test_a_failure_is_tried_again(refused):
    desk, failure = refused
    assert failure in desk.run("failures", "list").out
    assert desk.run("sync", "pair").code == 0
    assert not desk.right.records
    (moved,) = desk.run("failures", "retry", failure, "--json").json
    assert moved["state"] == "retry"
    assert desk.run("sync", "pair").code == 0
    assert len(desk.right.records) == 1
    assert desk.run("failures", "list", "--json").json == []


def test_all_failures_are_discarded(refused):
    desk, failure = refused
    (moved,) = desk.run("failures", "discard", "--all", "--json").json
    assert (moved["id"], moved["state"]) == (failure, "discarded")
    desk.run("sync", "pair")
    assert not desk.right.records


def test_mistakes_in_failures_are_named(refused):
    desk, failure = refused
    assert desk.run("failures", "retry").code == 2
    assert desk.run("failures", "retry", failure, "--all").code == 2
    said = desk.run("failures", "retry", failure, "zzz")
    assert said.code == 2
    assert "there is no failure 'zzz'" in said.err
    assert desk.run("failures", "list", "--json").json[0]["state"] == "waiting"


# -- status


def test_status_of_a_link_that_never_ran(desk):
    (row,) = desk.run("status", "--json").json
    assert row["name"] == "pair"
    assert row["last_run"] is None
    assert row["last_good_run"] is None
    assert row["lag_seconds"] is None
    assert desk.run("status").code == 0


def test_status_tells_runs_lag_and_what_waits(refused):
    desk, _ = refused
    ledger = Ledger(f"sqlite:///{desk.folder / 'isthmus.db'}")
    run = ledger.start_run("sync", "pair")
    ledger.end_run(run, "failed", {"error": "the vendor fails"})
    ledger.close()
    (row,) = desk.run("status", "--json").json
    assert row["last_run"]["run"] == run
    assert row["last_run"]["error"] == "the vendor fails"
    assert row["last_good_run"]["outcome"] == "partial"
    assert 0 <= row["lag_seconds"] < 60
    assert row["quarantine"] == 1
    page = desk.run("status").out
    assert "pair" in page
    assert "partial" in page


def test_status_lists_writes_of_unknown_fate(desk):
    desk.left.create(title="Printer on fire")
    desk.right.hostility.script.append(Fault.LOST)
    desk.run("sync", "pair")
    assert desk.run("status", "--json").json[0]["open_intents"] == 1
    assert "1 writes of unknown fate" in desk.run("status").out


def test_status_lists_migrations_that_ran(desk):
    desk.left.create(title="Printer on fire")
    desk.run("migrate", "left", "right", "--yes")
    migration = desk.run("status", "--json").json[1]
    assert migration["name"] == "left>right"
    assert migration["kind"] == "migration"
    assert migration["staged"] == {"written": 1}
