"""Checks of connections and links."""

from __future__ import annotations

import os
import signal

import pytest
from isthmus.core.errors import MappingError
from isthmus.core.proof.proof import Finding, Proof
from isthmus.core.run.guard import require
from isthmus.testing.dialect import Dialect
from isthmus.testing.memory import MemoryTool


def test_all_connections_are_checked(desk):
    said = desk.run("check", "--json")
    assert said.code == 0, said
    rows = said.json["connections"]
    assert [row["connection"] for row in rows] == ["left", "right"]
    assert rows[0]["account"] == "isthmus@example.com"
    assert rows[0]["zone"] == "UTC"
    assert rows[0]["ok"]
    assert rows[0]["fields"] > 10
    page = desk.run("check").out
    assert "isthmus@example.com" in page


def test_one_connection_is_checked(desk):
    rows = desk.run("check", "right", "--json").json["connections"]
    assert [row["connection"] for row in rows] == ["right"]


def test_warnings_and_missing_operations_are_told(desk):
    desk.install(MemoryTool("right", Dialect(lacks=frozenset({"census"}))))
    desk.right.hostility.read_only = True
    said = desk.run("check", "right", "--json")
    (row,) = said.json["connections"]
    assert said.code == 0
    assert "census" in row["missing"]
    assert "may only read" in row["warnings"][0]
    assert "right: the account may only read" in desk.run("check", "right").out


def test_one_refused_connection_keeps_no_other_from_being_checked(desk):
    connections = desk.settings["connections"]
    desk.write(connections={**connections, "left": {**connections["left"], "url": "https://wrong.example.com"}})
    said = desk.run("check", "pair", "--json")
    assert said.code == 7
    left, right = said.json["connections"]
    assert (left["ok"], right["ok"]) == (False, True)
    assert "credentials are refused" in left["error"]
    assert "credentials are refused" in desk.run("check", "pair").out


def test_a_calendar_whose_holidays_nobody_knows_is_told_before_the_report(desk):
    office = {"zone": "UTC", "hours": {"mon-fri": ["09:00-17:00"]}, "holidays": "XX"}
    desk.write(report={"calendars": {"office": office}})
    said = desk.run("check", "--quick", "--json")
    assert said.code == 2
    (told,) = said.json["report"]
    assert "report.calendars.office.holidays: no holidays are known of 'XX'; write a country's code" in told
    assert "no holidays are known of 'XX'" in desk.run("check", "--quick").out
    assert desk.run("check", "left", "--json").json["report"] == []


def test_a_name_that_is_neither_is_told(desk):
    said = desk.run("check", "lefty")
    assert said.code == 2
    assert "unknown connection 'lefty'; did you mean 'left'?" in said.err


def test_a_link_is_proven_both_ways_on_the_values_in_use(desk):
    desk.left.create(title="Printer on fire", state="open", severity=1)
    said = desk.run("check", "pair", "--json")
    assert said.code == 0, said
    proofs = said.json["proofs"]
    assert [(proof["source"], proof["target"]) for proof in proofs] == [("left", "right"), ("right", "left")]
    assert all(proof["complete"] for proof in proofs)
    assert proofs[0]["values"] > proofs[1]["values"]
    quick = desk.run("check", "pair", "--quick", "--json").json["proofs"]
    assert quick[0]["values"] == quick[1]["values"]
    assert "left -> right" in desk.run("check", "pair").out


def test_nothing_is_proven_towards_a_member_that_is_read_only(desk):
    connections = desk.settings["connections"]
    desk.write(connections={**connections, "right": {**connections["right"], "read_only": True}})
    said = desk.run("check", "pair", "--quick", "--json")
    assert [(proof["source"], proof["target"]) for proof in said.json["proofs"]] == [("right", "left")]


def test_a_check_is_stopped_while_it_reads(desk, monkeypatch):
    desk.left.create(title="Printer on fire")
    plain = desk.left.shown

    def shown(record_id):
        os.kill(os.getpid(), signal.SIGTERM)
        monkeypatch.setattr(desk.left, "shown", plain)
        return plain(record_id)

    monkeypatch.setattr(desk.left, "shown", shown)
    assert desk.run("check", "pair").code == 8


STATES = {"new": "new", "in_progress": "open"}


@pytest.fixture
def incomplete(desk):
    """Give a desk whose link cannot say at the right what ``resolved`` is."""
    rows = [{"incident": {"status": status}, "record": {"state": state}} for status, state in STATES.items()]
    tables = {"status": {"incident": ["status"], "record": ["state"], "rows": rows}}
    desk.write(links={"pair": {**desk.settings["links"]["pair"], "mapping": {"right": {"tables": tables}}}})
    desk.left.create(title="Printer on fire", state="solved", code="fixed", notes="Water.")
    return desk


@pytest.mark.parametrize("command", [["sync", "pair"], ["migrate", "left", "right", "--yes"]])
def test_nothing_is_written_through_a_mapping_that_is_not_total(incomplete, command):
    said = incomplete.run(*command)
    assert said.code == 2
    everything = said.out + said.err
    assert "the mapping left -> right is not proven: status" in everything
    assert "--lift proof" in everything
    assert not incomplete.right.records
    assert "Traceback" not in everything


def test_a_person_may_lift_the_proof(incomplete):
    said = incomplete.run("sync", "pair", "--lift", "proof", "--json")
    assert said.code == 3
    assert said.json["cycles"][0]["incidents"]["failed"] == 1


def test_an_incomplete_mapping_keeps_a_saved_plan_from_being_applied(incomplete):
    path = str(incomplete.folder / "plan.jsonl")
    incomplete.run("plan", "pair", "-o", path)
    said = incomplete.run("apply", path)
    assert said.code == 2
    assert "not proven" in said.err


def test_a_long_list_of_problems_is_cut():
    problems = tuple(Finding("status", f"'{number}' has no image", "add a row") for number in range(8))
    with pytest.raises(MappingError, match="'4' has no image; add a row; and 3 more"):
        require(Proof("left", "right", problems, (), (), 8), frozenset())


def test_a_mapping_that_is_not_total_is_told_by_check(incomplete):
    said = incomplete.run("check", "pair", "--json")
    assert said.code == 2
    forth = said.json["proofs"][0]
    assert not forth["complete"]
    assert any("resolved" in problem["value"] for problem in forth["problems"])
    assert "problems:" in incomplete.run("check", "pair").out


def test_a_check_is_stopped_while_it_waits_for_a_vendor(desk, monkeypatch):
    def check(connector):
        os.kill(os.getpid(), signal.SIGTERM)
        connector.context.sleep(60)

    monkeypatch.setattr(desk.entries["left"].loaded, "check", check)
    said = desk.run("check")
    assert said.code == 8
    assert "asked to stop" in said.err
