"""Running links from the command line: sync, plan and apply, and how they end."""

from __future__ import annotations

import json
import os
import signal

import orjson
import pytest
from isthmus.core.ledger.ledger import Ledger
from isthmus.testing.hostility import Fault


def test_sync_carries_and_then_rests(desk):
    desk.left.create(title="Printer on fire", severity=1)
    first = desk.run("sync", "pair", "--json")
    assert first.code == 0, first
    (cycle,) = first.json["cycles"]
    assert cycle["link"] == "pair"
    assert cycle["incidents"]["written"] == 1
    assert cycle["calls"]["right"] > 0
    assert [record["title"] for record in desk.right.records.values()] == ["Printer on fire"]
    writes = desk.right.writes.total()
    again = desk.run("sync", "--all", "--json")
    assert again.code == 0
    assert desk.right.writes.total() == writes


def test_people_read_a_table(desk):
    desk.left.create(title="Printer on fire")
    said = desk.run("sync", "pair")
    assert said.code == 0
    assert "unexplained" in said.out
    assert "incidents" in said.out
    assert not said.err


@pytest.mark.parametrize("arguments", [[], ["pair", "--all"]])
def test_sync_wants_one_link_or_all(desk, arguments):
    said = desk.run("sync", *arguments)
    assert said.code == 2
    assert "name a LINK, or say --all" in said.err


def test_a_configuration_without_links_has_nothing_to_run(desk):
    desk.write(links={})
    said = desk.run("sync", "--all")
    assert said.code == 2
    assert "links: there is none to run" in said.err


def test_an_unknown_link_is_a_usage_error_with_a_hint(desk):
    said = desk.run("sync", "pear", "--json")
    assert said.code == 2
    assert said.json == {
        "error": {"kind": "ConfigError", "message": "unknown link 'pear'; did you mean 'pair'?"},
        "exit": 2,
    }
    assert said.err == "error: unknown link 'pear'; did you mean 'pair'?\n"


def test_a_dry_run_writes_nothing(desk):
    desk.left.create(title="Printer on fire")
    said = desk.run("sync", "pair", "--dry-run", "--json")
    assert said.code == 0
    assert said.json["cycles"][0]["incidents"]["seen"] == 1
    assert not desk.right.records


def test_wrong_credentials_exit_with_7_and_name_the_connection(desk):
    connections = desk.settings["connections"]
    desk.write(connections={**connections, "right": {**connections["right"], "url": "https://wrong.example.com"}})
    said = desk.run("sync", "pair", "--json")
    assert said.code == 7
    (cycle,) = said.json["cycles"]
    assert cycle["error"] == "AuthenticationError"
    assert cycle["message"].startswith("right: the credentials are refused")
    human = desk.run("sync", "pair")
    assert human.code == 7
    assert "right: the credentials are refused" in human.out


def test_a_brake_exits_with_5_and_is_lifted_by_its_flag(desk):
    ticket = desk.right.create(title="Canary")
    desk.write(links={"pair": {**desk.settings["links"]["pair"], "brakes": {"canary": {"right": ticket}}}})
    desk.right.hostility.hidden.add(ticket)
    said = desk.run("sync", "pair", "--json")
    assert said.code == 5
    assert "--lift canary" in said.json["cycles"][0]["message"]
    planned = desk.run("plan", "pair", "--json")
    assert planned.code == 5
    assert planned.json["error"].items() >= {"brake": "canary", "flag": "--lift canary"}.items()
    assert desk.run("sync", "pair", "--lift", "canary").code == 0


def test_a_member_that_is_read_only_is_never_written(desk):
    connections = desk.settings["connections"]
    desk.write(connections={**connections, "right": {**connections["right"], "read_only": True}})
    desk.left.create(title="Printer on fire")
    desk.right.create(title="Mouse gone")
    assert desk.run("sync", "pair").code == 0
    assert not desk.right.attempts
    assert sorted(record["title"] for record in desk.left.records.values()) == ["Mouse gone", "Printer on fire"]


def test_a_held_lease_exits_with_6(desk):
    ledger = Ledger(f"sqlite:///{desk.folder / 'isthmus.db'}")
    ledger.acquire("pair", "another/1", 600)
    ledger.close()
    said = desk.run("sync", "pair", "--json")
    assert said.code == 6
    assert "another/1" in said.json["cycles"][0]["message"]


def test_a_failure_exits_with_3_and_waits_in_quarantine(desk):
    desk.left.create(title="Printer on fire")
    desk.right.hostility.script.append(Fault.REFUSED)
    said = desk.run("sync", "pair", "--json")
    assert said.code == 3
    assert said.json["cycles"][0]["incidents"]["failed"] == 1
    (failure,) = desk.run("failures", "list", "--json").json
    assert failure["connection"] == "left"
    assert failure["vendor_words"]


def test_writes_of_unknown_fate_tell_when_they_are_settled(desk):
    desk.left.create(title="Printer on fire")
    desk.right.hostility.script.append(Fault.LOST_REPLY)
    first = desk.run("sync", "pair", "--json")
    assert first.code in {0, 3}
    desk.run("sync", "pair", "--json")
    assert len(desk.right.records) == 1


class Cycling:
    """Stops a link that runs for ever after some cycles."""

    def __init__(self, monkeypatch, cycles):
        self.pauses = []
        self.left = cycles
        from isthmus.core.run.stop import Stop

        monkeypatch.setattr(Stop, "wait", lambda stop, seconds=None: self.wait(stop, seconds))

    def wait(self, stop, seconds):
        self.pauses.append(seconds)
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGTERM)
        return stop()


def test_every_prints_a_line_for_each_cycle_and_ends_well_when_asked_to_stop(desk, monkeypatch):
    cycling = Cycling(monkeypatch, 3)
    desk.left.create(title="Printer on fire")
    said = desk.run("sync", "pair", "--every", "60s", "--json")
    assert said.code == 0
    assert [line["incidents"]["written"] for line in said.lines] == [1, 0, 0]
    assert cycling.pauses == [60.0, 60.0, 60.0]


def test_every_outlasts_passing_faults_with_growing_pauses(desk, monkeypatch):
    cycling = Cycling(monkeypatch, 3)
    ledger = Ledger(f"sqlite:///{desk.folder / 'isthmus.db'}")
    ledger.acquire("pair", "another/1", 10**9)
    ledger.close()
    said = desk.run("sync", "pair", "--every", "10m", "--json")
    assert said.code == 0
    assert [line["error"] for line in said.lines] == ["LeaseHeldError"] * 3
    assert cycling.pauses == [900.0, 900.0, 900.0]


def test_every_ends_where_a_person_is_needed(desk):
    connections = desk.settings["connections"]
    desk.write(connections={**connections, "right": {**connections["right"], "url": "https://wrong.example.com"}})
    said = desk.run("sync", "pair", "--every", "1s", "--json")
    assert said.code == 7
    first, *rest = said.out.splitlines()
    assert json.loads(first)["error"] == "AuthenticationError"
    assert json.loads("\n".join(rest))["exit"] == 7


def test_a_link_that_needs_a_person_keeps_no_other_from_running(desk, monkeypatch):
    cycling = Cycling(monkeypatch, 2)
    connections, pair = desk.settings["connections"], desk.settings["links"]["pair"]
    lost = {**connections["right"], "url": "https://wrong.example.com"}
    desk.write(
        connections={**connections, "lost": lost, "far": connections["left"]},
        links={"broken": {"members": ["lost", "far"]}, "pair": pair},
    )
    said = desk.run("sync", "--all", "--every", "1h", "--json")
    assert said.code == 7
    decoder, text, reports = json.JSONDecoder(), said.out, []
    while text.strip():
        report, end = decoder.raw_decode(text.lstrip())
        reports.append(report)
        text = text.lstrip()[end:]
    assert [report.get("link") for report in reports] == ["broken", "pair", "pair", None]
    assert reports[-1]["error"]["kind"] == "AuthenticationError"
    assert cycling.pauses == [3600.0, 3600.0]


@pytest.mark.parametrize("length", ["soon", "0s", "-5s"])
def test_every_wants_a_length_of_time(desk, length):
    said = desk.run("sync", "pair", f"--every={length}")
    assert said.code == 2
    assert f"'{length}' is no length of time" in said.err


def test_sigterm_finishes_the_write_in_hand_and_exits_with_8(desk):
    for number in range(3):
        desk.left.create(title=f"Printer {number} on fire")
    desk.right.before_write = lambda write: os.kill(os.getpid(), signal.SIGTERM)
    said = desk.run("sync", "pair", "--json")
    assert said.code == 8
    assert said.json["cycles"][0]["error"] == "InterruptedRunError"
    desk.right.before_write = None
    assert desk.run("sync", "pair").code == 0
    assert sorted(record["title"] for record in desk.right.records.values()) == [
        f"Printer {number} on fire" for number in range(3)
    ]


# -- plan and apply


def test_a_plan_is_saved_and_applied(desk):
    desk.left.create(title="Printer on fire")
    path = desk.folder / "plan.jsonl"
    said = desk.run("plan", "pair", "-o", str(path), "--json")
    assert said.code == 0
    assert said.json["plans"][0]["creates"][0]["document"]["title"] == "Printer on fire"
    assert not desk.right.records
    assert orjson.loads(path.read_bytes().splitlines()[0])["link"] == "pair"
    applied = desk.run("apply", str(path), "--json")
    assert applied.code == 0
    assert applied.json["incidents"]["written"] == 1
    assert len(desk.right.records) == 1


def test_people_read_a_plan(desk):
    ticket = desk.left.create(title="Printer on fire")
    desk.run("sync", "pair")
    desk.left.edit(ticket, title="Printer smokes")
    desk.left.comment(ticket, text="<p>any update?</p>")
    said = desk.run("plan", "pair", "-o", str(desk.folder / "plan.jsonl"))
    assert said.code == 0
    assert "update right" in said.out
    assert "Printer smokes" in said.out
    assert "comment to right" in said.out
    assert "isthmus apply" in said.out


def test_a_plan_may_be_looked_at_only(desk):
    desk.left.create(title="Printer on fire")
    said = desk.run("plan", "pair", "--json")
    assert said.code == 0
    assert said.json["file"] is None
    assert [each.name for each in desk.folder.glob("*.jsonl")] == []


def test_what_changed_since_the_plan_is_left_alone(desk):
    ticket = desk.left.create(title="Printer on fire")
    path = desk.folder / "plan.jsonl"
    desk.run("plan", "pair", "-o", str(path))
    desk.left.edit(ticket, title="Printer is fine")
    said = desk.run("apply", str(path), "--json")
    assert said.code == 3
    assert "changed since" in " ".join(said.json["notes"])
    assert not desk.right.records


def test_a_file_that_is_no_plan_is_named(desk):
    path = desk.folder / "plan.jsonl"
    path.write_text("{}")
    said = desk.run("apply", str(path))
    assert said.code == 2
    assert "is not a plan" in said.err


def test_a_broken_line_of_a_plan_writes_nothing(desk):
    desk.left.create(title="Printer on fire")
    path = desk.folder / "plan.jsonl"
    desk.run("plan", "pair", "-o", str(path))
    with path.open("a") as file:
        file.write("{}\n")
    said = desk.run("apply", str(path))
    assert said.code == 2
    assert "line 3" in said.err
    assert not desk.right.records


def test_a_plan_that_cannot_be_written_is_named(desk):
    said = desk.run("plan", "pair", "-o", str(desk.folder / "nowhere" / "plan.jsonl"))
    assert said.code == 2
    assert "cannot be written" in said.err


def test_people_of_different_addresses_meet_through_the_links_table(desk):
    """Ann is known by another address on the right: she stays the assignee on both sides, whoever assigns her."""
    from isthmus.testing.memory import MemoryTool

    people = [("Ann Agent", "ann@right.example"), ("Carla Customer", "carla@example.com")]
    desk.install(MemoryTool("right", clock=desk.left.clock, people=people))
    table = {"people": {"ann@example.com": "ann@right.example"}}
    desk.write(links={"pair": {**desk.settings["links"]["pair"], **table}})
    desk.left.create(title="Printer on fire", owner=desk.left.person_id("ann"))
    desk.right.create(title="Mouse gone", owner=desk.right.person_id("ann"))
    assert desk.run("sync", "pair").code == 0
    owners = {record["title"]: record["owner"] for record in desk.right.records.values()}
    assert owners["Printer on fire"] == desk.right.person_id("ann")
    owners = {record["title"]: record["owner"] for record in desk.left.records.values()}
    assert owners["Mouse gone"] == desk.left.person_id("ann")
    writes = (desk.left.writes.total(), desk.right.writes.total())
    assert desk.run("sync", "pair").code == 0
    assert (desk.left.writes.total(), desk.right.writes.total()) == writes


def test_nothing_runs_after_the_wish_to_stop(desk):
    from isthmus.core.config.config import load_config
    from isthmus.core.run import cycles
    from isthmus.core.run.assemble import PLAIN
    from isthmus.core.run.stop import Stop
    from isthmus.core.sync.engine import RunOptions

    config = load_config(desk.config)
    with Stop() as stop:
        stop.wish()
        made = cycles.make(config, [config.link("pair")], RunOptions(stop=stop), PLAIN, stop)
        assert cycles.gather(made.once()) == {"cycles": [], "exit": 0}


def test_writes_of_unknown_fate_shorten_the_pause(desk, monkeypatch):
    cycling = Cycling(monkeypatch, 1)
    desk.left.create(title="Printer on fire")
    desk.right.hostility.script.append(Fault.LOST)
    desk.run("sync", "pair", "--json")
    said = desk.run("sync", "pair", "--every", "1h", "--json")
    assert said.lines[0]["settle_at"]
    assert 1 <= cycling.pauses[0] < 600
