"""Creating, changing and deleting tickets."""

from __future__ import annotations

import pytest

CREATED = {
    *("cc_emails", "fwd_emails", "reply_cc_emails", "fr_escalated", "spam", "email_config_id", "group_id", "priority"),
    *("requester_id", "requested_for_id", "responder_id", "source", "status", "subject", "to_emails", "department_id"),
    *("id", "type", "due_by", "fr_due_by", "is_escalated", "description", "description_text", "category", "sub_category"),
    *("item_category", "custom_fields", "created_at", "updated_at", "tags", "attachments", "workspace_id"),
    *("resolution_notes", "resolution_notes_html"),
}
PLANNED = {"planned_start_date", "planned_end_date", "planned_effort", "tasks_dependency_type"}
VIEWED = {
    *("deleted", "urgency", "impact", "sla_policy_id", "created_within_business_hours"),
    *("approval_status", "approval_status_name"),
}


def test_create_answers_201_with_location_and_wraps(desk):
    body = {"email": "ana.roux@example.com", "name": "Ana Roux", "subject": "VPN", "description": "<p>No VPN</p>"}
    answer = desk("POST", "tickets", json={**body, "status": 2, "priority": 3, "urgency": 3, "impact": 2, "tags": ["hub"]})
    ticket = answer.json()["ticket"]
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{desk.base}/api/v2/tickets/{ticket['id']}"
    assert set(ticket) == CREATED
    assert ticket["description"] == "<div><p>No VPN</p></div>"
    assert (ticket["description_text"], ticket["tags"], ticket["source"]) == ("No VPN", ["hub"], 2)
    assert (ticket["due_by"], ticket["fr_due_by"]) == ("2026-05-06T20:00:00Z", "2026-05-06T12:00:00Z")
    assert ticket["custom_fields"]["external_ref"] is None
    requester = desk.get(f"requesters/{ticket['requester_id']}")["requester"]
    assert (requester["first_name"], requester["last_name"]) == ("Ana", "Roux")
    assert requester["primary_email"] == "ana.roux@example.com"


def test_each_call_shows_its_own_keys(desk):
    ticket = desk.ticket(urgency=2, tags=["a"])
    viewed = desk.view(ticket)
    assert set(viewed) == (CREATED - {"tags"}) | PLANNED | VIEWED
    assert (viewed["urgency"], viewed["impact"], viewed["approval_status_name"]) == (2, 1, "Not Requested")
    assert set(desk.update(ticket, priority=2)) == CREATED | PLANNED
    (listed,) = desk.get("tickets")["tickets"]
    assert set(listed) == (CREATED | {"deleted"}) - {"tags", "attachments", "resolution_notes", "resolution_notes_html"}


def test_due_times_of_an_update_carry_an_offset(desk):
    ticket = desk.ticket(priority=4)
    assert desk.update(ticket, subject="Other")["due_by"] == "2026-05-06T17:30:00+05:30"
    assert desk.view(ticket)["due_by"] == "2026-05-06T12:00:00Z"


def test_an_update_changes_only_what_is_sent(desk):
    ticket = desk.ticket(custom_fields={"external_ref": "x", "vip": True}, tags=["a"])
    desk.advance(60)
    changed = desk.update(ticket, custom_fields={"vip": False})
    assert changed["custom_fields"]["external_ref"] == "x"
    assert (changed["custom_fields"]["vip"], changed["tags"]) == (False, ["a"])
    assert changed["updated_at"] == "2026-05-06T08:01:00Z"
    assert desk.activities(ticket)[0]["content"] == " set VIP as False"
    desk.advance(60)
    assert desk.update(ticket, priority=1)["updated_at"] == "2026-05-06T08:01:00Z"


def test_a_new_subject_is_told_without_details(desk):
    ticket = desk.ticket()
    desk.update(ticket, planned_effort="2h")
    assert desk.activities(ticket)[0]["content"] == " updated the ticket"


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"shoe_size": 44}, "shoe_size", "invalid_field"),
        ({"created_at": "2020-01-01"}, "created_at", "invalid_field"),
        ({"resolution_notes": "x"}, "resolution_notes", "invalid_field"),
        ({"description_html": "x"}, "description_html", "invalid_field"),
        ({"subject": " "}, "subject", "missing_field"),
        ({"subject": None}, "subject", "missing_field"),
        ({"subject": 7}, "subject", "datatype_mismatch"),
        ({"subject": "x" * 256}, "subject", "invalid_value"),
        ({"description": ""}, "description", "missing_field"),
        ({"status": 99}, "status", "invalid_value"),
        ({"status": "2"}, "status", "datatype_mismatch"),
        ({"status": True}, "status", "datatype_mismatch"),
        ({"priority": 5}, "priority", "invalid_value"),
        ({"urgency": None}, "urgency", "invalid_value"),
        ({"impact": 4}, "impact", "invalid_value"),
        ({"source": 77}, "source", "invalid_value"),
        ({"type": "Service Request"}, "type", "invalid_value"),
        ({"requester_id": 5}, "requester_id", "invalid_value"),
        ({"requester_id": "x"}, "requester_id", "datatype_mismatch"),
        ({"email": "nowhere"}, "email", "invalid_value"),
        ({"responder_id": 5}, "responder_id", "invalid_value"),
        ({"group_id": 5}, "group_id", "invalid_value"),
        ({"department_id": 0}, "department_id", "datatype_mismatch"),
        ({"category": "cars"}, "category", "invalid_value"),
        ({"sub_category": "vpn"}, "sub_category", "invalid_value"),
        ({"category": "network", "sub_category": "laptop"}, "sub_category", "invalid_value"),
        ({"custom_fields": {"nope": 1}}, "nope", "invalid_field"),
        ({"custom_fields": {"employee_number": "7"}}, "employee_number", "invalid_field"),
        ({"custom_fields": []}, "custom_fields", "datatype_mismatch"),
        ({"tags": "vip"}, "tags", "datatype_mismatch"),
        ({"tags": ["x" * 33]}, "tags", "invalid_value"),
        ({"cc_emails": ["nowhere"]}, "cc_emails", "invalid_value"),
        ({"email_config_id": 5}, "email_config_id", "invalid_value"),
        ({"due_by": "2026-06-01"}, "fr_due_by", "missing_field"),
        ({"due_by": "soon", "fr_due_by": "2026-06-01"}, "due_by", "invalid_value"),
        ({"due_by": "2026-06-01", "fr_due_by": "2026-06-02"}, "due_by", "invalid_value"),
        ({"planned_start_date": "soon"}, "planned_start_date", "invalid_value"),
        ({"problem": {"display_id": 9}}, "problem", "invalid_value"),
        ({"problem": 9}, "problem", "datatype_mismatch"),
        ({"change_initiating_ticket": {}}, "change_initiating_ticket", "invalid_value"),
        ({"assets": {}}, "assets", "datatype_mismatch"),
        ({"assets": [7]}, "assets", "datatype_mismatch"),
        ({"assets": [{"display_id": 99}]}, "assets", "invalid_value"),
        ({"workspace_id": 9}, "workspace_id", "invalid_value"),
        ({"attachments": ["x"]}, "attachments", "datatype_mismatch"),
    ],
)
def test_what_is_wrong_is_named(desk, fields, field, code):
    body = {"email": "a@example.com", "subject": "x", "description": "x", "status": 2, "priority": 1, **fields}
    assert desk.faults("POST", "tickets", body) == [(field, code)]
    assert desk.get("tickets")["tickets"] == []
    assert desk.get("requesters", email="a@example.com")["requesters"] == []


def test_all_faults_come_together_with_the_vendors_words(desk):
    status, refusal = desk.refused("POST", "tickets", {"foo": 1, "status": 9})
    words = {error["field"]: error["message"] for error in refusal["errors"]}
    assert status == 400
    assert words["foo"] == "Unexpected/invalid field in request"
    assert words["status"] == "It should be one of these values: '2,3,4,5,6,7'"
    assert set(words) == {"foo", "subject", "description", "status", "priority", "requester_id"}


def test_own_fields_are_checked_by_their_kind(desk):
    right = {
        "external_ref": "x", "external_number": 7, "cost": 1.5, "vip": True, "follow_up_on": "2026-06-01", "cause": None,
        "called_back_at": "2026-06-01T10:00:00+02:00", "resolution_code": "permanent", "sites": ["lyon", "osaka"],
    }  # fmt: skip
    kept = desk.ticket(custom_fields=right)["custom_fields"]
    assert kept == {**kept, **right, "called_back_at": "2026-06-01T08:00:00Z"}
    wrong = {
        "external_ref": 7, "external_number": "7", "cost": "x", "vip": "true", "follow_up_on": "soon", "called_back_at": 3,
        "resolution_code": "no", "sites": "lyon",
    }  # fmt: skip
    body = {"email": "a@example.com", "subject": "x", "description": "x", "status": 2, "priority": 1}
    assert dict(desk.faults("POST", "tickets", {**body, "custom_fields": wrong})) == {
        "external_ref": "datatype_mismatch", "external_number": "datatype_mismatch", "cost": "datatype_mismatch",
        "vip": "datatype_mismatch", "follow_up_on": "invalid_value", "called_back_at": "invalid_value",
        "resolution_code": "invalid_value", "sites": "datatype_mismatch",
    }  # fmt: skip
    assert desk.faults("POST", "tickets", {**body, "custom_fields": {"sites": ["lyon", "rome"]}})[0][0] == "sites"


def test_requesters_are_found_by_id_email_and_phone(desk):
    robin = desk.person("robin.requester@example.com")["id"]
    assert desk.ticket(email="Robin.Requester@example.com")["requester_id"] == robin
    assert desk.ticket(requester_id=robin, email=None)["requester_id"] == robin
    first = desk.ticket(email=None, phone="+49 1", name="Cem")["requester_id"]
    assert desk.ticket(email=None, phone="+49 1")["requester_id"] == first
    body = {"subject": "x", "description": "x", "status": 2, "priority": 1, "phone": "+49 2"}
    assert desk.faults("POST", "tickets", body) == [("name", "missing_field")]
    assert desk.ticket(email="solo@example.com")["requester_id"] != robin
    assert desk.person("solo@example.com")["name"] == "solo"
    ticket = desk.ticket()
    assert desk.update(ticket, email="solo@example.com")["requester_id"] == desk.person("solo@example.com")["id"]


def test_a_deactivated_requester_cannot_be_named(desk):
    robin = desk.person("robin.requester@example.com")["id"]
    desk.ok("DELETE", f"requesters/{robin}")
    ticket = {"subject": "x", "description": "x", "status": 2, "priority": 1, "requester_id": robin}
    assert desk.faults("POST", "tickets", ticket) == [("requester_id", "invalid_value")]


def test_what_depends_on_the_category_is_emptied(desk):
    ticket = desk.ticket(category="network", sub_category="vpn", item_category="client")
    assert (ticket["sub_category"], ticket["item_category"]) == ("vpn", "client")
    same = desk.update(ticket, category="network")
    assert (same["sub_category"], same["item_category"]) == ("vpn", "client")
    other = desk.update(ticket, sub_category="dns")
    assert (other["category"], other["sub_category"], other["item_category"]) == ("network", "dns", None)
    moved = desk.update(ticket, category="hardware")
    assert (moved["category"], moved["sub_category"], moved["item_category"]) == ("hardware", None, None)
    assert desk.update(ticket, category="")["category"] is None


def test_some_keys_cannot_be_changed(desk):
    ticket = desk.ticket()
    path = f"tickets/{ticket['id']}"
    for key, value in (("cc_emails", []), ("workspace_id", 3), ("email_config_id", 1), ("id", 5)):
        assert desk.faults("PUT", path, {key: value}) == [(key, "invalid_field")]
    assert desk.faults("PUT", path, {"requester_id": None}) == [("requester_id", "missing_field")]
    assert desk.faults("PUT", path, {"requested_for_id": ticket["requester_id"]}) == [
        ("requested_for_id", "incompatible_field")
    ]
    assert desk.faults("PUT", path, {"type": "Major Incident"}) == [("type", "invalid_value")]
    assert desk.update(ticket, type="Incident")["type"] == "Incident"


def test_any_status_may_follow_any_other(desk):
    ticket = desk.ticket()
    for status in (5, 2, 7, 4, 3, 6, 5):
        assert desk.update(ticket, status=status)["status"] == status
    changed = desk.update(ticket, subject="Still editable", resolution_notes="<b>Done</b>")
    assert (changed["resolution_notes"], changed["resolution_notes_html"]) == ("Done", "<div><b>Done</b></div>")
    assert desk.update(ticket, resolution_notes_html="")["resolution_notes"] is None
    assert desk.view(ticket, "stats")["stats"]["closed_at"] is not None
    assert desk.update(ticket, status=2)["status"] == 2
    assert desk.view(ticket, "stats")["stats"]["closed_at"] is None


def test_due_times_can_be_set_by_hand(desk):
    ticket = desk.ticket(due_by="2026-06-02T00:00:00+02:00", fr_due_by="2026-06-01")
    assert (ticket["due_by"], ticket["fr_due_by"]) == ("2026-06-01T22:00:00Z", "2026-06-01T00:00:00Z")
    desk.update(ticket, priority=4, status=3)
    desk.advance(60)
    desk.update(ticket, status=2)
    assert desk.view(ticket)["due_by"] == "2026-06-01T22:00:00Z"


def test_delete_restore_and_the_trash(desk):
    ticket = desk.ticket()
    path = f"tickets/{ticket['id']}"
    assert desk.refused("DELETE", path, {"a": 1})[1]["code"] == "no_content_required"
    assert desk("DELETE", path).status_code == 204
    assert desk.view(ticket)["deleted"] is True
    assert desk.get("tickets")["tickets"] == []
    assert [row["id"] for row in desk.get("tickets", filter="deleted")["tickets"]] == [ticket["id"]]
    for method, more in (("PUT", ""), ("DELETE", ""), ("GET", "/conversations"), ("GET", "/activities")):
        assert desk.refused(method, path + more) == (404, None)
    assert desk("PUT", f"{path}/restore").status_code == 204
    assert desk("PUT", f"{path}/restore").status_code == 404
    assert [row["content"] for row in desk.activities(ticket)[:2]] == [
        " restored this ticket from trash",
        " deleted this ticket",
    ]
    assert desk.view(ticket)["deleted"] is False
    assert desk.refused("GET", "tickets/999") == (404, None)


def test_children(desk):
    parent = desk.ticket(subject="Parent")
    body = {"email": "a@example.com", "subject": "Child", "description": "x", "status": 2, "priority": 1}
    child = desk.ok("POST", f"tickets/{parent['id']}/create_child_ticket", body)["ticket"]
    assert desk.view(child, "related_tickets")["related_tickets"] == {"parent_id": parent["id"]}
    (below,) = desk.view(parent, "related_tickets")["related_tickets"]["child_tickets"]
    assert (below["id"], below["status"]) == (child["id"], 2)
    faults = desk.faults("POST", f"tickets/{child['id']}/create_child_ticket", body)
    assert faults == [("parent_id", "incompatible_field")]


def test_deleting_a_service_request_takes_its_children_along(desk):
    desk.vendor.load([{"id": 7, "subject": "Order", "type": "Service Request"}])
    body = {"email": "a@example.com", "subject": "Child", "description": "x", "status": 2, "priority": 1}
    children = [desk.ok("POST", "tickets/7/create_child_ticket", body)["ticket"] for _ in range(2)]
    desk.ok("DELETE", f"tickets/{children[0]['id']}")
    robin = desk.person("robin.requester@example.com")["id"]
    assert desk.ok("PUT", "tickets/7", {"requested_for_id": robin})["ticket"]["requested_for_id"] == robin
    assert desk.faults("PUT", "tickets/7", {"requested_for_id": 5}) == [("requested_for_id", "invalid_value")]
    desk.ok("DELETE", "tickets/7")
    assert [desk.view(child)["deleted"] for child in children] == [True, True]


def test_promote_and_demote(desk):
    ticket = desk.ticket()
    path = f"tickets/{ticket['id']}"
    assert desk.faults("PUT", f"{path}/promote", {}) == [("type", "missing_field")]
    assert desk.faults("PUT", f"{path}/promote", {"type": "Case"}) == [("type", "invalid_value")]
    major = desk.ok("PUT", f"{path}/promote", {"type": "Major Incident"})["ticket"]
    assert (major["type"], major["priority"]) == ("Major Incident", 4)
    assert desk.refused("PUT", f"{path}/promote", {"type": "Major Incident"})[0] == 409
    assert desk.ok("PUT", f"{path}/demote", {"type": "Incident"})["ticket"]["type"] == "Incident"


def test_moving_to_another_workspace(desk):
    ticket = desk.ticket(group_id=desk.get("groups")["groups"][0]["id"])
    path = f"tickets/{ticket['id']}/move_workspace"
    group = desk.get("groups", workspace_id=3)["groups"][0]["id"]
    assert desk.faults("PUT", path, {"workspace_id": 3, "group_id": ticket["group_id"], "responder_id": 4}) == [
        ("group_id", "invalid_value"),
        ("responder_id", "invalid_value"),
    ]
    moved = desk.ok("PUT", path, {"workspace_id": 3, "group_id": group})["ticket"]
    assert (moved["workspace_id"], moved["group_id"], moved["due_by"][-6:]) == (3, group, "+05:30")
    assert "employee_number" in moved["custom_fields"]
    assert "service" not in moved["custom_fields"]
    assert desk.get("tickets")["tickets"] == []
    assert len(desk.get("tickets", workspace_id=3)["tickets"]) == 1
    (everywhere,) = desk.get("tickets", workspace_id=0)["tickets"]
    assert "employee_number" not in everywhere["custom_fields"]


def test_associations(desk):
    made = {"subject": "Root", "description": "x", "email": "robin.requester@example.com"}
    problem = desk.ok("POST", "problems", made)["problem"]
    change = desk.ok("POST", "changes", made)["change"]
    asset = desk.ok("POST", "assets", {"name": "Laptop"})["asset"]
    ticket = desk.ticket(
        problem={"display_id": problem["id"]},
        change_initiating_ticket={"display_id": change["id"]},
        change_initiated_by_ticket={"display_id": change["id"]},
        assets=[{"display_id": asset["display_id"]}],
    )
    assert ticket["problem"]["display_id"] == problem["id"]
    assert ticket["change_initiated_by_ticket"]["subject"] == "Root"
    assert ticket["assets"][0]["name"] == "Laptop"
    shown = desk.view(ticket, "problem", "changes", "assets")
    assert shown["problem"]["subject"] == "Root"
    assert shown["changes"]["initiating"]["display_id"] == change["id"]
    assert [row["name"] for row in shown["assets"]] == ["Laptop"]
    plain = desk.view(desk.ticket(), "problem", "changes", "related_tickets", "department", "onboarding_context")
    assert (plain["problem"], plain["changes"]["initiating"], plain["department"]) == (None, None, None)
    assert plain["related_tickets"] == {"child_tickets": []}


# -- required fields


def closing(desk, ticket, **fields):
    return dict(desk.faults("PUT", f"tickets/{ticket['id']}", {"status": 4, **fields}))


def test_strict_accounts_want_fields_to_resolve(start):
    desk = start(faults="strict")
    assert desk.field("category")["required_for_closure"]
    assert desk.field("resolution_code")["required_for_closure"]
    assert not desk.field("service")["required_for_closure"]
    ticket = desk.ticket()
    assert closing(desk, ticket) == {"category": "missing_field", "resolution_code": "missing_field"}
    assert desk.update(ticket, status=3)["status"] == 3
    done = desk.update(ticket, status=4, category="access", custom_fields={"resolution_code": "workaround"})
    assert done["status"] == 4
    assert desk.update(ticket, status=5, category="")["status"] == 5
    body = {"email": "a@example.com", "subject": "x", "description": "x", "status": 5, "priority": 1}
    assert dict(desk.faults("POST", "tickets", body)) == {"category": "missing_field", "resolution_code": "missing_field"}
    assert desk.ticket(workspace_id=3, status=5)["status"] == 5


def test_an_admin_may_bypass_what_is_mandatory(start):
    desk = start(faults="strict")
    ticket = desk.ticket()
    path = f"tickets/{ticket['id']}?bypass_mandatory=true"
    assert desk.ok("PUT", path, {"status": 4, "subject": ""})["ticket"]["subject"] == "Help"
    assert desk.faults("PUT", path, {"requester_id": None}) == [("requester_id", "missing_field")]
    assert desk.faults("PUT", f"tickets/{ticket['id']}?bypass_mandatory=maybe", {}) == [
        ("bypass_mandatory", "datatype_mismatch")
    ]
    alex = type(desk)(desk.running, desk.running.credentials["people"][0]["key"])
    other = desk.ticket()
    assert alex("PUT", f"tickets/{other['id']}?bypass_mandatory=true", json={"status": 4}).status_code == 400
    alex.http.close()


def test_an_own_field_can_be_mandatory(desk):
    desk.vendor.state.fields["external_ref"].required = True
    desk.vendor.state.fields["cause"].required_for_closure = True
    body = {"email": "a@example.com", "subject": "x", "description": "x", "status": 2, "priority": 1}
    assert desk.faults("POST", "tickets", body) == [("external_ref", "missing_field")]
    ticket = desk.ticket(custom_fields={"external_ref": "x"})
    assert desk.faults("PUT", f"tickets/{ticket['id']}", {"custom_fields": {"external_ref": None}})[0][0] == "external_ref"
    assert closing(desk, ticket) == {"cause": "missing_field"}
    assert desk.field("external_ref")["required_for_agents"]


def test_closure_rules(desk):
    ticket = desk.ticket()
    body = {"email": "a@example.com", "subject": "x", "description": "x", "status": 2, "priority": 1}
    child = desk.ok("POST", f"tickets/{ticket['id']}/create_child_ticket", body)["ticket"]
    task = desk.ok("POST", f"tickets/{ticket['id']}/tasks", {"title": "Do"})["task"]
    desk.vendor.closure_rules = frozenset({"time_entries", "tasks", "children"})
    status, refusal = desk.refused("PUT", f"tickets/{ticket['id']}", {"status": 5})
    assert status == 400
    assert [error["message"].rpartition("has ")[2] for error in refusal["errors"]] == [
        "no time entry",
        "open tasks",
        "open child tickets",
    ]
    desk.ok("PUT", f"tickets/{ticket['id']}/tasks/{task['id']}", {"status": 3})
    me = desk.get("agents/me")["agent"]["id"]
    for number in (child["id"], ticket["id"]):
        entry = {"time_entry": {"agent_id": me, "time_spent": "00:10"}}
        desk.ok("POST", f"tickets/{number}/time_entries", entry)
    desk.update(child, status=5)
    assert desk.update(ticket, status=5)["status"] == 5
