"""Requesters, agents, roles, groups, departments, workspaces."""

from __future__ import annotations

import pytest

REQUESTER = {
    *("id", "is_agent", "first_name", "last_name", "job_title", "primary_email", "secondary_emails", "work_phone_number"),
    *("mobile_phone_number", "department_ids", "reporting_manager_id", "address", "time_zone", "time_format", "language"),
    *("location_id", "background_information", "custom_fields", "active", "has_logged_in", "external_id"),
    *("can_see_all_tickets_from_associated_departments", "created_at", "updated_at"),
}


def emails(desk, **params):
    return [row["primary_email"] for row in desk.get("requesters", **params)["requesters"]]


def test_the_keys_of_a_requester(desk):
    (row,) = desk.get("requesters")["requesters"]
    assert set(row) == REQUESTER
    assert desk.get(f"requesters/{row['id']}") == {"requester": row}


def test_create_and_find_a_requester(desk):
    department = desk.get("departments")["departments"][0]["id"]
    body = {
        "first_name": "Ana", "last_name": "Roux", "primary_email": "ana@example.com", "job_title": "Clerk",
        "secondary_emails": ["a.roux@example.com"], "work_phone_number": "+33 1", "department_ids": [department],
    }  # fmt: skip
    answer = desk("POST", "requesters", json=body)
    made = answer.json()["requester"]
    assert answer.status_code == 201
    assert made == {**made, **body}
    assert emails(desk, email="A.Roux@example.com") == ["ana@example.com"]
    assert emails(desk, work_phone_number="+33 1") == ["ana@example.com"]
    assert emails(desk, first_name="Ana", last_name="Roux") == ["ana@example.com"]
    assert emails(desk, mobile_phone_number="+33 1") == []


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("first_name", "missing_field"), ("primary_email", "missing_field")]),
        ({"first_name": "A", "email": "a@example.com"}, [("email", "invalid_field"), ("primary_email", "missing_field")]),
        ({"first_name": "A", "primary_email": "x"}, [("primary_email", "invalid_value")]),
        ({"first_name": "A", "primary_email": "Robin.Requester@example.com"}, [("primary_email", "duplicate_value")]),
        (
            {"first_name": "A", "work_phone_number": "1", "secondary_emails": ["alex.agent@example.com"]},
            [("secondary_emails", "duplicate_value")],
        ),
        ({"first_name": "A", "work_phone_number": "1", "department_ids": [5]}, [("department_ids", "invalid_value")]),
        ({"first_name": "A", "work_phone_number": "1", "department_ids": 5}, [("department_ids", "datatype_mismatch")]),
        ({"first_name": "A", "work_phone_number": "1", "custom_fields": {"x": 1}}, [("x", "invalid_field")]),
    ],
)
def test_wrong_requesters_are_refused(desk, body, faults):
    assert desk.faults("POST", "requesters", body) == faults


def test_update_deactivate_forget(desk):
    robin = desk.person("robin.requester@example.com")
    path = f"requesters/{robin['id']}"
    seen = "can_see_all_tickets_from_associated_departments"
    changed = desk.ok("PUT", path, {"primary_email": "rob@example.com", seen: True, "last_name": ""})["requester"]
    assert (changed["primary_email"], changed[seen], changed["last_name"]) == ("rob@example.com", True, None)
    assert desk.ok("PUT", path, {"address": "Lyon"})["requester"][seen] is False
    assert emails(desk, email="robin.requester@example.com") == []
    assert desk("DELETE", path).status_code == 204
    assert desk.get(path)["requester"]["active"] is False
    assert desk.ok("PUT", f"{path}/reactivate")["requester"]["active"] is True
    ticket = desk.ticket(email="rob@example.com")
    desk.note(ticket)
    assert desk("DELETE", f"{path}/forget").status_code == 204
    assert desk.refused("GET", path) == (404, None)
    assert desk.refused("GET", f"tickets/{ticket['id']}") == (404, None)
    assert desk.get("tickets")["tickets"] == []


def test_agents_are_no_requesters_unless_asked_for(desk, agent):
    assert emails(desk, email="alex.agent@example.com") == []
    assert emails(desk, email="alex.agent@example.com", include_agents="true") == ["alex.agent@example.com"]
    assert agent.refused("GET", "requesters", params={"include_agents": "true"})[0] == 403
    assert desk.faults("GET", "requesters", params={"include_agents": "perhaps"})[0][0] == "include_agents"
    alex = desk.person("alex.agent@example.com")["id"]
    assert desk.refused("GET", f"requesters/{alex}") == (404, None)
    robin = desk.person("robin.requester@example.com")["id"]
    assert desk.refused("GET", f"agents/{robin}") == (404, None)


def test_the_query_of_people_is_minutes_late(desk):
    desk.ok("POST", "requesters", {"first_name": "Ana", "primary_email": "ana@example.com"})
    query = "\"primary_email:'ana@example.com'\""
    assert emails(desk, query=query) == []
    desk.advance(121)
    assert emails(desk, query=query) == ["ana@example.com"]
    assert emails(desk, query="\"~[first_name|last_name]:'req'\"") == ["robin.requester@example.com"]
    assert emails(desk, query="\"created_at:>'2026-05-06'\"") == ["robin.requester@example.com", "ana@example.com"]
    assert emails(desk, query='"location_id:7 OR department_id:7"') == []
    assert desk.get("requesters", query=query)["total"] == 1
    answer = desk.get("agents", query="\"email:'alex.agent@example.com' OR primary_email:'isthmus@example.com'\"")
    assert [row["first_name"] for row in answer["agents"]] == ["Isthmus", "Alex"]
    assert desk.faults("GET", "requesters", params={"query": '"mood:7"'}) == [("mood", "invalid_value")]
    assert desk.faults("GET", "requesters", params={"query": query, "page": 41}) == [("page", "invalid_value")]


def test_requester_becomes_agent_and_back(desk):
    robin = desk.person("robin.requester@example.com")["id"]
    assert desk.ok("PUT", f"requesters/{robin}/convert_to_agent")["agent"]["occasional"] is True
    assert desk.get(f"agents/{robin}")["agent"]["email"] == "robin.requester@example.com"
    assert desk.ok("PUT", f"agents/{robin}/convert_to_requester")["requester"]["is_agent"] is False


def test_merging_requesters(desk):
    robin = desk.person("robin.requester@example.com")["id"]
    ticket = desk.ticket(email="ana@example.com")
    desk.ticket()
    path = f"requesters/{robin}/merge"
    assert desk.faults("PUT", path) == [("secondary_requesters", "missing_field")]
    other = ticket["requester_id"]
    merged = desk.ok("PUT", f"{path}?secondary_requesters={other},{robin}")["requester"]
    assert merged["secondary_emails"] == ["ana@example.com"]
    assert desk.view(ticket)["requester_id"] == robin
    assert desk.refused("GET", f"requesters/{other}") == (404, None)
    assert desk.ticket(email="ana@example.com")["requester_id"] == robin


# -- agents


def test_agents(desk, agent):
    me = desk.get("agents/me")["agent"]
    assert me["email"] == "isthmus@example.com"
    assert not {"group_ids", "role_ids", "scopes", "primary_email"} & me.keys()
    names = {row["id"]: row["name"] for row in desk.get("roles")["roles"]}
    assert names[me["roles"][0]["role_id"]] == "Account Admin"
    assert me["member_of"] == [desk.get("groups")["groups"][0]["id"]]
    assert [row["first_name"] for row in desk.get("agents", email="alex.agent@example.com")["agents"]] == ["Alex"]
    assert len(desk.get("agents", active="true", state="fulltime")["agents"]) == 2
    assert desk.get("agents", state="occasional")["agents"] == []
    assert desk.faults("GET", "agents", params={"state": "lazy"}) == [("state", "invalid_value")]
    assert agent.get("agents/me")["agent"]["email"] == "alex.agent@example.com"
    for path in ("agents", "roles", f"agents/{me['id']}"):
        assert agent.refused("GET", path)[0] == 403


def test_create_update_deactivate_an_agent(desk):
    role, group = desk.get("roles")["roles"][3]["id"], desk.get("groups")["groups"][0]["id"]
    body = {"first_name": "Bo", "email": "bo@example.com", "roles": [{"role_id": role}], "member_of": [group]}
    bo = desk.ok("POST", "agents", {**body, "occasional": True, "signature": "<p>Bo</p>"})["agent"]
    assert (bo["member_of"], bo["occasional"], bo["signature"]) == ([group], True, "<p>Bo</p>")
    path = f"agents/{bo['id']}"
    changed = desk.ok("PUT", path, {"member_of": [], "roles": [{"role_id": desk.get("roles")["roles"][0]["id"]}]})["agent"]
    assert (changed["member_of"], changed["roles"][0]["assignment_scope"]) == ([], "entire_helpdesk")
    assert desk.ok("PUT", path, {"email": "bob@example.com"})["agent"]["email"] == "bob@example.com"
    assert desk.ok("DELETE", path)["agent"]["active"] is False
    assert desk.faults("PUT", f"tickets/{desk.ticket()['id']}", {"responder_id": bo["id"]}) == [
        ("responder_id", "invalid_value")
    ]
    assert [row["id"] for row in desk.get("agents", active="false")["agents"]] == [bo["id"]]
    assert desk.ok("PUT", f"{path}/reactivate")["agent"]["active"] is True
    assert desk.refused("GET", "roles/5") == (404, None)
    assert desk.get(f"roles/{role}")["role"]["name"] == "SD Agent"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"email": "x@example.com"}, ("first_name", "missing_field")),
        ({"first_name": "X", "email": None}, ("email", "missing_field")),
        ({"first_name": "X", "email": "alex.agent@example.com"}, ("email", "duplicate_value")),
        ({"first_name": "X", "email": "x@example.com", "roles": []}, ("roles", "missing_field")),
        ({"first_name": "X", "email": "x@example.com", "roles": [{"role_id": 1}]}, ("roles", "invalid_value")),
        ({"first_name": "X", "email": "x@example.com", "role_ids": [1]}, ("role_ids", "invalid_field")),
        ({"first_name": "X", "email": "x@example.com", "member_of": [1]}, ("member_of", "invalid_value")),
    ],
)
def test_wrong_agents_are_refused(desk, body, fault):
    role = {"roles": [{"role_id": desk.get("roles")["roles"][0]["id"]}]}
    assert desk.faults("POST", "agents", {**role, **body}) == [fault]


# -- groups, departments, workspaces, the form


def test_groups(desk, agent):
    alex = desk.person("alex.agent@example.com")["id"]
    body = {"name": "Linux", "description": "Servers", "members": [alex], "observers": [alex], "unassigned_for": "30m"}
    made = desk.ok("POST", "groups", body)["group"]
    assert made == {**made, **body, "workspace_id": 2, "leaders": []}
    path = f"groups/{made['id']}"
    assert desk.ok("PUT", path, {"description": "All", "leaders": [alex]})["group"]["leaders"] == [alex]
    assert desk.ok("PUT", path, {"name": "Unix"})["group"]["members"] == [alex]
    assert [row["name"] for row in desk.get("groups")["groups"]] == ["Support", "Unix"]
    other = desk.ok("POST", "groups", {"name": "Payroll", "workspace_id": 3})["group"]
    assert [row["name"] for row in desk.get("groups", workspace_id=3)["groups"]] == ["HR Operations", "Payroll"]
    assert agent.get(path)["group"]["name"] == "Unix"
    assert agent.refused("PUT", path, {"name": "x"})[0] == 403
    assert desk.faults("POST", "groups", {}) == [("name", "missing_field")]
    assert desk.faults("PUT", path, {"workspace_id": 3}) == [("workspace_id", "invalid_field")]
    assert desk.faults("POST", "groups", {"name": "Unix", "members": [5]}) == [
        ("name", "duplicate_value"),
        ("members", "invalid_value"),
    ]
    assert desk.faults("GET", "groups", params={"workspace_id": 0})[0][0] == "workspace_id"
    plain, ticket = desk.ticket(), desk.ticket(group_id=made["id"])
    assert desk("DELETE", path).status_code == 204
    assert [desk.view(row)["group_id"] for row in (plain, ticket)] == [None, None]
    assert desk.refused("GET", path) == (404, None)
    assert desk.faults("PUT", f"tickets/{plain['id']}", {"group_id": other["id"]}) == [("group_id", "invalid_value")]


def test_departments(desk):
    made = desk.ok("POST", "departments", {"name": "Legal", "description": "x", "domains": ["example.com"]})["department"]
    path = f"departments/{made['id']}"
    assert desk.get(path)["department"]["domains"] == ["example.com"]
    assert desk.ok("PUT", path, {"name": "Law"})["department"]["name"] == "Law"
    assert desk.ok("PUT", path, {"head_user_id": 7})["department"]["name"] == "Law"
    assert desk.faults("POST", "departments", {"name": "Law", "foo": 1}) == [
        ("foo", "invalid_field"),
        ("name", "duplicate_value"),
    ]
    assert desk.refused("GET", "departments/5") == (404, None)


def test_workspaces(desk):
    rows = desk.get("workspaces")["workspaces"]
    assert [(row["id"], row["primary"]) for row in rows] == [(2, True), (3, False)]
    assert desk.get("workspaces/3")["workspace"]["name"] == "HR"
    assert desk.refused("GET", "workspaces/9") == (404, None)


def test_the_form_tells_codes_and_choices(desk):
    names = [row["name"] for row in desk.get("ticket_form_fields")["ticket_fields"]]
    assert names[:3] == ["workspace_id", "requester", "subject"]
    assert "employee_number" not in names
    assert desk.field("employee_number", workspace_id=3)["field_type"] == "custom_text"
    statuses = {row["id"]: row["value"] for row in desk.field("status")["choices"]}
    assert statuses == {2: "Open", 3: "Pending", 4: "Resolved", 5: "Closed", 6: "In Progress", 7: "Awaiting Vendor"}
    category = desk.field("category")
    vpn = category["choices"][0]["nested_options"][0]
    assert (vpn["value"], [row["value"] for row in vpn["nested_options"]]) == ("vpn", ["client", "gateway"])
    assert "nested_options" not in vpn["nested_options"][0]
    assert [row["name"] for row in category["nested_fields"]] == ["sub_category", "item_category"]
    assert (desk.field("follow_up_on")["field_type"], desk.field("follow_up_on")["date_only"]) == ("custom_date", True)
    assert (desk.field("called_back_at")["field_type"], desk.field("called_back_at")["date_only"]) == ("custom_date", False)
    assert [row["value"] for row in desk.field("group")["choices"]] == ["Support"]
    assert desk.faults("GET", "ticket_form_fields", params={"workspace_id": 1})[0][0] == "workspace_id"


def test_an_own_source(desk, agent):
    made = desk.ok("POST", "ticket_fields/sources", {"name": "Hub"})["source"]
    assert (made["choice_id"], made["value"]) == (1001, "Hub")
    assert desk.ok("POST", "ticket_fields/sources", {"name": "Hub 2"})["source"]["choice_id"] == 1002
    assert desk.faults("POST", "ticket_fields/sources", {"name": "Hub"}) == [("name", "duplicate_value")]
    assert agent.refused("POST", "ticket_fields/sources", {"name": "X"})[0] == 403
    assert {"id": 1001, "value": "Hub"} in desk.field("source")["choices"]
    assert desk.ticket(source=1001)["source"] == 1001
