"""Business rules, data policies, notifications and jobs of incident."""

from __future__ import annotations

import pytest

RESOLUTION = {"state": "6", "close_code": "Solution provided", "close_notes": "Done"}
PRIORITIES = {
    ("1", "1"): "1", ("1", "2"): "2", ("1", "3"): "3",
    ("2", "1"): "2", ("2", "2"): "3", ("2", "3"): "4",
    ("3", "1"): "3", ("3", "2"): "4", ("3", "3"): "5",
}  # fmt: skip


def mails(hub):
    return [(mail["kind"], mail["to"]) for mail in hub.control("outbox")["messages"]]


def patch(client, sys_id, **body):
    return client("PATCH", f"/api/now/table/incident/{sys_id}", json=body)


@pytest.mark.parametrize(("pair", "priority"), PRIORITIES.items())
def test_priority_is_computed(hub, pair, priority):
    made = hub.create(impact=pair[0], urgency=pair[1], priority="1")
    assert made["priority"] == priority
    assert hub.change(made["sys_id"], priority="2", short_description="x")["priority"] == priority
    assert hub.change(made["sys_id"], impact="1", urgency="1")["priority"] == "1"


def test_incident_state_mirrors_state(hub):
    made = hub.create()
    assert hub.change(made["sys_id"], incident_state="2")["state"] == "2"
    assert hub.change(made["sys_id"], state="3", incident_state="1")["incident_state"] == "3"
    assert hub.change(made["sys_id"], state="")["state"] == "3"


def test_leaving_hold_clears_the_reason(hub):
    made = hub.create(state="3", hold_reason="4")
    assert made["hold_reason"] == "4"
    assert hub.change(made["sys_id"], state="2")["hold_reason"] == ""
    assert hub.create(hold_reason="1")["hold_reason"] == ""


def test_resolving_needs_code_and_notes(hub):
    made = hub.create()
    answer = patch(hub, made["sys_id"], state="6")
    detail = "Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes"
    assert (answer.status_code, answer.json()["error"]) == (403, {"message": "Operation Failed", "detail": detail})
    answer = patch(hub, made["sys_id"], state="7", close_code="Duplicate")
    assert answer.json()["error"]["detail"].endswith("mandatory: Resolution notes")
    assert hub.row(made["sys_id"]) == made
    hub.change(made["sys_id"], **RESOLUTION)
    assert patch(hub, made["sys_id"], close_notes="").status_code == 403
    assert patch(hub, made["sys_id"], work_notes="still fine").status_code == 200
    hub.set_property("sandbox.data_policy.resolution", "false")
    assert hub.create(state="6")["state"] == "6"


def test_resolving_closing_reopening(hub, agent):
    made = hub.create()
    hub.advance(hours=2)
    resolved = agent.change(made["sys_id"], **RESOLUTION)
    fiona = hub.user_id("fiona.fulfiller")
    assert resolved["resolved_by"]["value"] == fiona
    assert resolved["resolved_at"] == resolved["sys_updated_on"]
    assert (resolved["active"], resolved["calendar_stc"][:3]) == ("true", "720")
    reopened = agent.change(made["sys_id"], state="2")
    assert (reopened["reopen_count"], reopened["resolved_at"], reopened["resolved_by"]) == ("1", "", "")
    assert reopened["reopened_by"]["value"] == fiona
    assert reopened["reopened_time"] == reopened["sys_updated_on"]
    closed = agent.change(made["sys_id"], state="7")
    assert (closed["active"], closed["closed_by"]["value"]) == ("false", fiona)
    assert closed["closed_at"] == closed["sys_updated_on"]
    answer = patch(agent, made["sys_id"], work_notes="late")
    assert answer.json()["error"]["detail"] == "ACL Exception Update Failed due to security constraints"
    noted = hub.change(made["sys_id"], work_notes="An admin may")
    assert (noted["sys_mod_count"], noted["work_notes"], noted["state"]) == ("4", "", "7")
    assert hub.change(made["sys_id"], state="2")["reopen_count"] == "2"


def test_times_and_people_of_a_migration_are_kept(hub):
    fiona = hub.user_id("fiona.fulfiller")
    times = {
        "opened_at": "2024-01-01 10:00:00",
        "resolved_at": "2024-01-02 10:00:00",
        "closed_at": "2024-01-03 10:00:00",
    }
    made = hub.create(**{**RESOLUTION, "state": "7"}, **times, resolved_by=fiona, closed_by=fiona, opened_by=fiona)
    assert {name: made[name] for name in times} == times
    assert {made[name]["value"] for name in ("resolved_by", "closed_by", "opened_by")} == {fiona}
    assert made["active"] == "false"


def test_cancelling(hub):
    made = hub.create(state="8")
    assert (made["active"], made["closed_at"], made["resolved_at"]) == ("false", "", "")


def test_assignment(hub):
    network, service = hub.group_id("Network"), hub.group_id("Service Desk")
    database, fiona = hub.group_id("Database"), hub.user_id("fiona.fulfiller")
    made = hub.create(assignment_group=network, assigned_to=fiona)
    assert made["reassignment_count"] == "0"
    moved = hub.change(made["sys_id"], assignment_group=service)
    assert (moved["assigned_to"]["value"], moved["reassignment_count"]) == (fiona, "1")
    moved = hub.change(made["sys_id"], assignment_group=database)
    assert (moved["assigned_to"], moved["reassignment_count"]) == ("", "2")
    both = hub.change(made["sys_id"], assignment_group=network, assigned_to=hub.user_id("eva.employee"))
    assert both["assigned_to"]["value"] == hub.user_id("eva.employee")
    assert hub.change(made["sys_id"], assigned_to="")["reassignment_count"] == "4"


def test_the_caller_takes_a_ticket_off_hold(hub, employee):
    eva = hub.user_id("eva.employee")
    made = hub.create(caller_id=eva, state="3", hold_reason="1")
    assert hub.change(made["sys_id"], comments="any news?")["state"] == "3"
    answered = employee.change(made["sys_id"], comments="here you are")
    assert (answered["state"], answered["incident_state"], answered["hold_reason"]) == ("2", "2", "")
    vendor = hub.create(caller_id=eva, state="3", hold_reason="4")
    assert employee.change(vendor["sys_id"], comments="hm")["state"] == "3"


def test_children_follow_their_parent(hub):
    parent = hub.create()
    child = hub.create(parent_incident=parent["sys_id"])
    done = hub.create(parent_incident=parent["sys_id"], state="8")
    assert hub.row(parent["sys_id"])["child_incidents"] == "2"
    hub.change(parent["sys_id"], state="3", hold_reason="1")
    assert hub.row(child["sys_id"])["state"] == "1"
    hub.change(parent["sys_id"], **RESOLUTION)
    followed = hub.row(child["sys_id"])
    assert (followed["state"], followed["close_code"]) == ("6", "Solution provided")
    assert hub.row(done["sys_id"])["state"] == "8"
    hub.change(child["sys_id"], parent_incident="")
    assert hub.row(parent["sys_id"])["child_incidents"] == "1"


def test_a_rule_can_abort(hub):
    hub.set_property("sandbox.rule.abort", "short_descriptionLIKEforbidden^ORshort_description=no^NQurgency=1^nosuch=1")
    answer = hub("POST", "/api/now/table/incident", json={"short_description": "this is FORBIDDEN"})
    assert answer.status_code == 403
    assert answer.json()["error"]["detail"].startswith("Operation against file 'incident' was aborted by Business Rule '")
    made = hub.create(short_description="fine", urgency="1")
    assert patch(hub, made["sys_id"], short_description="no").status_code == 403
    assert hub.row(made["sys_id"])["short_description"] == "fine"


def test_notifications(hub, agent, employee):
    eva = hub.user_id("eva.employee")
    address = "eva.employee@example.com"
    made = hub.create(caller_id=eva, short_description="VPN", comments="opening words", work_notes="hush")
    assert mails(hub) == [("create", address)]
    message = hub.control("outbox")["messages"][0]
    assert (message["ticket"], message["text"]) == (made["number"], "opening words")
    hub.control("outbox/clear", {})
    agent.change(made["sys_id"], work_notes="internal")
    employee.change(made["sys_id"], comments="from me")
    assert mails(hub) == []
    agent.change(made["sys_id"], comments="for you", **RESOLUTION)
    assert mails(hub) == [("public_comment", address), ("resolve", address)]
    assert "hush" not in str(hub.control("outbox"))
    hub.control("outbox/clear", {})
    employee.create(caller_id=eva)
    hub.create()
    hub.change(eva, "sys_user", active="false")
    hub.create(caller_id=eva)
    hub.change(eva, "sys_user", active="true", email="")
    hub.create(caller_id=eva)
    assert mails(hub) == []


def test_resolved_incidents_close_by_themselves(hub):
    made = hub.create(**RESOLUTION)
    silent = hub.create(state="2")
    fiona = hub.user_id("fiona.fulfiller")
    old = hub.create(**RESOLUTION, resolved_at="2026-01-01 00:00:00", resolved_by=fiona)
    hub.advance(hours=1, seconds=1)
    assert hub.row(old["sys_id"])["state"] == "7"
    assert hub.row(old["sys_id"])["closed_by"]["value"] == fiona
    hub.advance(days=6)
    assert hub.row(made["sys_id"])["state"] == "6"
    hub.advance(days=1)
    closed = hub.row(made["sys_id"])
    assert (closed["state"], closed["active"], closed["sys_updated_by"]) == ("7", "false", "system")
    assert closed["closed_by"] == closed["resolved_by"]
    assert hub.row(silent["sys_id"])["state"] == "2"


def test_autoclose_can_be_off_or_run_from_the_last_update(hub):
    hub.set_property("glide.ui.autoclose.time", "0")
    made = hub.create(**RESOLUTION)
    hub.advance(days=30)
    assert hub.row(made["sys_id"])["state"] == "6"
    hub.set_property("glide.ui.autoclose.time", "2")
    hub.set_property("com.snc.incident.autoclose.basedon.resolved_at", "false")
    hub.change(made["sys_id"], work_notes="touched")
    hub.advance(days=1)
    assert hub.row(made["sys_id"])["state"] == "6"
    hub.advance(days=2)
    assert hub.row(made["sys_id"])["state"] == "7"
