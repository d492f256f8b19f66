"""Users, groups, organizations, fields, statuses, forms and brands."""

from __future__ import annotations

import pytest


def test_create_and_change_a_user(zendesk):
    answer = zendesk(
        "POST", "users", json={"user": {"name": "Ana", "email": "Ana@Example.com", "tags": ["x"], "notes": "n"}}
    )
    user = answer.json()["user"]
    assert (answer.status_code, answer.headers["Location"]) == (201, user["url"])
    assert (user["email"], user["role"], user["tags"], user["notes"]) == ("ana@example.com", "end-user", ["x"], "n")
    changed = zendesk.ok("PUT", f"users/{user['id']}", {"user": {"name": "Ana R", "email": "second@example.com"}})["user"]
    assert (changed["name"], changed["email"]) == ("Ana R", "ana@example.com")
    identities = zendesk.get(f"users/{user['id']}/identities")["identities"]
    assert [(one["value"], one["primary"]) for one in identities] == [
        ("ana@example.com", True),
        ("second@example.com", False),
    ]
    assert zendesk.user("second@example.com")["id"] == user["id"]
    nameless = zendesk.ok("POST", "users", {"user": {"name": "No mail"}})["user"]
    assert (
        zendesk.ok("PUT", f"users/{nameless['id']}", {"user": {"email": "now@example.com"}})["user"]["email"]
        == "now@example.com"
    )


@pytest.mark.parametrize(
    ("data", "attribute"),
    [
        ({"name": ""}, "name"),
        ({"name": "x", "email": "x"}, "email"),
        ({"name": "x", "email": "alex.agent@example.com"}, "email"),
        ({"name": "x", "role": "king"}, "role"),
        ({"name": "x", "organization_id": 5}, "organization_id"),
    ],
)
def test_users_that_are_refused(zendesk, data, attribute):
    status, body = zendesk.refused("POST", "users", {"user": data})
    assert (status, list(body["details"])) == (422, [attribute])


def test_upserts_match_by_external_id_then_email(zendesk):
    made = zendesk(
        "POST", "users/create_or_update", json={"user": {"name": "A", "email": "a@example.com", "external_id": "e1"}}
    )
    number = made.json()["user"]["id"]
    for data in ({"name": "B", "external_id": "e1"}, {"name": "C", "email": "a@example.com"}):
        answer = zendesk("POST", "users/create_or_update", json={"user": data})
        assert (answer.status_code, answer.json()["user"]["id"], answer.json()["user"]["name"]) == (
            200,
            number,
            data["name"],
        )
    assert made.status_code == 201
    rows = {"users": [{"name": "D", "external_id": "e1"}, {"name": "E"}, {"name": ""}]}
    job = zendesk.ok("POST", "users/create_or_update_many", rows)["job_status"]
    zendesk.control("clock", {"advance": 60})
    results = zendesk.get(f"job_statuses/{job['id']}")["job_status"]["results"]
    assert [row["status"] for row in results] == ["Updated", "Created", "Failed"]
    job = zendesk.ok("POST", "users/create_many", {"users": [{"name": "D", "external_id": "e1"}]})["job_status"]
    assert job["total"] == 1


def test_a_user_moves_to_an_organization(zendesk):
    organization = zendesk.ok("POST", "organizations", {"organization": {"name": "ACME"}})["organization"]["id"]
    robin = zendesk.user("robin.requester@example.com")
    changed = zendesk.ok("PUT", f"users/{robin['id']}", {"user": {"organization_id": organization}})["user"]
    assert changed["organization_id"] == organization
    assert zendesk.ticket(requester_id=robin["id"])["organization_id"] == organization


def test_finding_users(zendesk):
    alex = zendesk.user("alex.agent@example.com")
    zendesk.ok("PUT", f"users/{alex['id']}", {"user": {"external_id": "x1", "phone": "123"}})
    assert zendesk.get("users/search?query=alex.agent@example.com")["users"][0]["id"] == alex["id"]
    assert zendesk.get("users/search?external_id=x1")["users"][0]["id"] == alex["id"]
    assert zendesk.get("users/search?query=phone:123 role:agent external_id:x1")["count"] == 1
    assert zendesk.get("users/show_many?external_ids=x1")["users"][0]["id"] == alex["id"]
    assert zendesk.get(f"users/show_many?ids={alex['id']},5")["count"] == 1
    assert zendesk.get("users/autocomplete?name=alex")["users"][0]["id"] == alex["id"]
    assert zendesk.refused("GET", "users/autocomplete?name=a")[0] == 400
    assert zendesk.refused("GET", "users/search")[0] == 400
    assert zendesk.refused("GET", "users/show_many?external_ids=" + ",".join(map(str, range(101))))[0] == 400
    assert zendesk.refused("GET", "users/5")[0] == 404
    assert zendesk.get("users?role=admin")["count"] == 1
    assert zendesk.get("users?role[]=admin&role[]=agent&page[size]=100")["meta"]["has_more"] is False
    assert zendesk.get("users/count")["count"]["value"] == 267


def test_deleting_a_user(zendesk):
    robin = zendesk.user("robin.requester@example.com")
    ticket = zendesk.ticket(requester_id=robin["id"])
    assert zendesk.get(f"users/{robin['id']}/related")["user_related"]["requested_tickets"] == 1
    assert zendesk.refused("DELETE", f"users/{robin['id']}")[0] == 422
    zendesk.update(ticket, status="closed", assignee_email="alex.agent@example.com")
    assert zendesk.ok("DELETE", f"users/{robin['id']}")["user"]["active"] is False
    assert zendesk.get("deleted_users")["deleted_users"][0]["id"] == robin["id"]
    assert zendesk.ok("POST", "users", {"user": {"name": "R", "email": robin["email"]}})["user"]["id"] != robin["id"]
    assert zendesk.refused("POST", "tickets", {"ticket": {"comment": "x", "requester_id": robin["id"]}})[0] == 422


def test_identities(zendesk):
    robin = zendesk.user("robin.requester@example.com")
    path = f"users/{robin['id']}/identities"
    made = zendesk.ok("POST", path, {"identity": {"type": "email", "value": "R@Example.com", "verified": True}})["identity"]
    assert (made["value"], made["primary"], made["verified"]) == ("r@example.com", False, True)
    assert (
        zendesk.ok("POST", path, {"identity": {"type": "phone_number", "value": "+49"}})["identity"]["type"]
        == "phone_number"
    )
    assert (
        zendesk.ok("POST", path, {"identity": {"value": "p@example.com", "primary": True}})["identity"]["primary"] is True
    )
    assert zendesk.get(f"users/{robin['id']}")["user"]["email"] == "p@example.com"
    for value in ("r@example.com", "nothing"):
        assert zendesk.refused("POST", path, {"identity": {"value": value}})[0] == 422


def test_agents_are_made_by_admins_only(zendesk, agent):
    assert agent.refused("POST", "users", {"user": {"name": "x", "role": "agent"}})[0] == 403
    job = agent.ok("POST", "users/create_many", {"users": [{"name": "x", "role": "admin"}]})["job_status"]
    zendesk.control("clock", {"advance": 60})
    assert zendesk.get(f"job_statuses/{job['id']}")["job_status"]["results"][0]["details"] == "Forbidden"
    made = zendesk.ok("POST", "users", {"user": {"name": "x", "role": "agent"}})["user"]
    assert made["default_group_id"] is not None


def test_groups_and_memberships(zendesk):
    assert [group["name"] for group in zendesk.get("groups")["groups"]] == sorted(
        ["Support", "Service Desk", "Network", "Workplace", "Applications", "Database", "Identity and Access"]
    )
    group = zendesk.ok("POST", "groups", {"group": {"name": "Second line"}})["group"]
    assert zendesk.refused("POST", "groups", {"group": {"name": "Second line"}})[0] == 422
    assert zendesk.refused("POST", "groups", {"group": {"name": " "}})[0] == 422
    alex, robin = zendesk.user("alex.agent@example.com"), zendesk.user("robin.requester@example.com")
    row = {"group_membership": {"user_id": alex["id"], "group_id": group["id"]}}
    place = zendesk.ok("POST", "group_memberships", row)["group_membership"]
    assert place["default"] is False
    assert zendesk.refused("POST", "group_memberships", row)[0] == 422
    assert zendesk.refused("POST", "group_memberships", {"group_membership": {"user_id": robin["id"]}})[0] == 422
    assert zendesk.get(f"users/{alex['id']}/group_memberships")["count"] == 2
    assert zendesk.get(f"groups/{group['id']}/memberships")["count"] == 1
    assert zendesk.get(f"groups/{group['id']}/users")["users"][0]["id"] == alex["id"]
    assert [one["name"] for one in zendesk.get(f"users/{alex['id']}/groups")["groups"]] == ["Second line", "Support"]
    assert len(zendesk.get("group_memberships?page[size]=5")["group_memberships"]) == 5
    zendesk.ok("DELETE", f"group_memberships/{place['id']}")
    assert zendesk.refused("DELETE", f"group_memberships/{place['id']}")[0] == 404
    assert (
        zendesk.ok("PUT", f"groups/{group['id']}", {"group": {"name": "L2", "description": "d"}})["group"]["name"] == "L2"
    )
    zendesk.ok("DELETE", f"groups/{group['id']}")
    assert zendesk.refused("GET", f"groups/{group['id']}")[0] == 404
    assert zendesk.refused("DELETE", f"groups/{alex['default_group_id']}")[0] == 422
    assert zendesk.get("groups/count")["count"]["value"] == 7
    assert zendesk.get("groups?exclude_deleted=false")["count"] == 8


def test_organizations(zendesk):
    made = zendesk.ok("POST", "organizations", {"organization": {"name": "ACME", "external_id": "e1", "tags": ["x"]}})
    number = made["organization"]["id"]
    assert zendesk.get(f"organizations/{number}")["organization"] == made["organization"]
    for data, attribute in (({"name": "acme"}, "name"), ({"name": "x", "external_id": "e1"}, "external_id"), ({}, "name")):
        status, body = zendesk.refused("POST", "organizations", {"organization": data})
        assert (status, list(body["details"])) == (422, [attribute])
    same = zendesk("POST", "organizations/create_or_update", json={"organization": {"external_id": "e1", "notes": "n"}})
    assert (same.status_code, same.json()["organization"]["notes"]) == (200, "n")
    assert zendesk("POST", "organizations/create_or_update", json={"organization": {"name": "New"}}).status_code == 201
    changed = zendesk.ok("PUT", f"organizations/{number}", {"organization": {"organization_fields": {"a": 1}}})
    assert changed["organization"]["organization_fields"] == {"a": 1}
    assert zendesk.get("organizations/search?name=ACME")["organizations"][0]["id"] == number
    assert zendesk.get("organizations/search?external_id=e1")["count"] == 1
    assert zendesk.refused("GET", "organizations/search")[0] == 400
    assert zendesk.get(f"organizations/show_many?ids={number},5")["count"] == 1
    assert zendesk.get("organizations/show_many?external_ids=e1,e2")["count"] == 1
    assert zendesk.get("organizations")["count"] == zendesk.get("organizations/count")["count"]["value"] == 3
    job = zendesk.ok("POST", "organizations/create_many", {"organizations": [{"name": "Z"}, {"name": "Z"}]})["job_status"]
    zendesk.control("clock", {"advance": 60})
    results = zendesk.get(f"job_statuses/{job['id']}")["job_status"]["results"]
    assert [row["status"] for row in results] == ["Created", "Failed"]
    zendesk.ok("DELETE", f"organizations/{number}")
    assert zendesk.refused("GET", f"organizations/{number}")[0] == 404


def test_ticket_fields(zendesk):
    options = [{"name": "One", "value": "ONE"}, {"name": "Two", "value": "two"}]
    made = zendesk.ok(
        "POST", "ticket_fields", {"ticket_field": {"type": "tagger", "title": "T", "custom_field_options": options}}
    )
    field = made["ticket_field"]
    assert [option["value"] for option in field["custom_field_options"]] == ["one", "two"]
    path = f"ticket_fields/{field['id']}"
    changed = zendesk.ok("PUT", path, {"ticket_field": {"custom_field_options": options[:1], "required": True}})[
        "ticket_field"
    ]
    assert changed["custom_field_options"][0]["id"] == field["custom_field_options"][0]["id"]
    assert zendesk.get(f"{path}/options")["custom_field_options"] == changed["custom_field_options"]
    ticket = zendesk.ticket(assignee_email="alex.agent@example.com")
    status, body = zendesk.refused("PUT", f"tickets/{ticket['id']}", {"ticket": {"status": "solved"}})
    assert (status, body["details"]["base"][0]["ticket_field_id"]) == (422, field["id"])
    zendesk.ok("PUT", path, {"ticket_field": {"active": False}})
    assert (
        zendesk.update(ticket, status="solved", custom_fields=[{"id": field["id"], "value": "one"}])["ticket"]["tags"] == []
    )
    for data in (
        {"type": "color", "title": "x"},
        {"type": "text"},
        {"title": "x", "custom_field_options": [{"name": "x"}]},
    ):
        assert zendesk.refused("POST", "ticket_fields", {"ticket_field": data})[0] == 422
    zendesk.ok("DELETE", path)
    assert zendesk.refused("GET", path)[0] == 404
    subject = zendesk.field("Subject")
    assert (subject["removable"], subject["type"]) == (False, "subject")
    assert zendesk.refused("DELETE", f"ticket_fields/{subject['id']}")[0] == 422
    status_field = zendesk.field("Status")
    assert [option["value"] for option in status_field["system_field_options"]] == ["open", "pending", "hold", "solved"]
    assert zendesk.get("ticket_fields/count")["count"]["value"] == len(
        zendesk.get("ticket_fields?page[size]=100")["ticket_fields"]
    )


def test_custom_statuses(zendesk):
    rows = zendesk.get("custom_statuses?default=true&active=true")["custom_statuses"]
    assert [row["status_category"] for row in rows] == ["new", "open", "pending", "hold", "solved"]
    made = zendesk.ok(
        "POST", "custom_statuses", {"custom_status": {"agent_label": "Waiting", "status_category": "pending"}}
    )
    status = made["custom_status"]
    assert (status["end_user_label"], status["default"]) == ("Waiting", False)
    for data in (
        {"agent_label": "x", "status_category": "closed"},
        {"agent_label": "x" * 49, "status_category": "open"},
        {"agent_label": "waiting", "status_category": "open"},
    ):
        assert zendesk.refused("POST", "custom_statuses", {"custom_status": data})[0] == 422
    answer = zendesk(
        "PUT", f"custom_statuses/{status['id']}", json={"custom_status": {"agent_label": "W", "status_category": "open"}}
    )
    assert answer.json()["custom_status"]["status_category"] == "pending"
    assert "custom_status.status_category" in answer.headers["x-zendesk-api-warn"]
    assert zendesk.refused("PUT", f"custom_statuses/{rows[0]['id']}", {"custom_status": {"active": False}})[0] == 422
    assert zendesk.ok("PUT", "custom_status/default", {"ids": str(status["id"])}) == {}
    assert zendesk.ticket(status="pending")["custom_status_id"] == status["id"]
    assert zendesk.get(f"custom_statuses/{rows[2]['id']}")["custom_status"]["default"] is False
    assert zendesk.refused("GET", "custom_statuses/5")[0] == 404
    zendesk.ok("PUT", f"custom_statuses/{rows[2]['id']}", {"custom_status": {"active": False}})
    assert zendesk.refused("POST", "tickets", {"ticket": {"comment": "x", "custom_status_id": rows[2]["id"]}})[0] == 422


def test_forms_and_brands(zendesk):
    [form] = zendesk.get("ticket_forms")["ticket_forms"]
    assert zendesk.get(f"ticket_forms/{form['id']}")["ticket_form"] == form
    assert len(form["ticket_field_ids"]) == zendesk.get("ticket_fields/count")["count"]["value"]
    [brand] = zendesk.get("brands")["brands"]
    assert zendesk.get(f"brands/{brand['id']}")["brand"] == brand
    for path in ("ticket_forms/5", "brands/5"):
        assert zendesk.refused("GET", path)[0] == 404
    ticket = zendesk.ticket(brand_id=None, ticket_form_id=None)
    assert (ticket["brand_id"], ticket["ticket_form_id"]) == (brand["id"], form["id"])
