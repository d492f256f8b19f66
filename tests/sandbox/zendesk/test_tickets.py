"""Creating, changing and deleting tickets."""

from __future__ import annotations

import pytest


def test_create_answers_201_with_location_and_audit(zendesk):
    answer = zendesk("POST", "tickets.json", json={"ticket": {"subject": "VPN", "description": "Down", "priority": "high"}})
    body = answer.json()
    ticket, audit = body["ticket"], body["audit"]
    assert answer.status_code == 201
    assert answer.headers["Location"] == ticket["url"] == f"{zendesk.base}/api/v2/tickets/{ticket['id']}.json"
    assert (ticket["status"], ticket["priority"], ticket["generated_timestamp"]) == ("new", "high", 0)
    assert ticket["description"] == "Down"
    assert audit["events"][0]["type"] == "Comment"
    created = {event["field_name"]: event["value"] for event in audit["events"][1:] if event["type"] == "Create"}
    assert created["subject"] == "VPN"
    assert created["requester_id"] == str(ticket["requester_id"])
    assert created["type"] is None
    shown = zendesk.get(f"tickets/{ticket['id']}")["ticket"]
    assert shown["generated_timestamp"] > 0
    assert {key: value for key, value in shown.items() if key != "generated_timestamp"} == {
        key: value for key, value in ticket.items() if key != "generated_timestamp"
    }


def test_put_still_shows_the_old_generated_timestamp(zendesk):
    ticket = zendesk.ticket()
    before = zendesk.get(f"tickets/{ticket['id']}")["ticket"]["generated_timestamp"]
    zendesk.control("clock", {"advance": 100})
    changed = zendesk.update(ticket, priority="low")
    assert changed["ticket"]["generated_timestamp"] == before
    assert zendesk.get(f"tickets/{ticket['id']}")["ticket"]["generated_timestamp"] >= before + 100
    assert changed["audit"]["events"] == [
        {
            **changed["audit"]["events"][0],
            "type": "Change",
            "field_name": "priority",
            "value": "low",
            "previous_value": None,
        }
    ]


def test_an_update_that_changes_nothing_is_200_and_moves_nothing(zendesk):
    ticket = zendesk.ticket(priority="low", tags=["a"])
    zendesk.control("clock", {"advance": 100})
    body = zendesk.update(ticket, priority="low", tags=["A"])
    assert body["audit"]["events"] == []
    assert body["ticket"]["updated_at"] == ticket["updated_at"]
    assert len(zendesk.get(f"tickets/{ticket['id']}/audits")["audits"]) == 1


def test_unknown_keys_are_dropped_and_named_in_a_header(zendesk):
    answer = zendesk("POST", "tickets", json={"ticket": {"comment": {"body": "x", "mood": 1}, "shoe_size": 44}})
    assert answer.status_code == 201
    assert '"ticket.shoe_size", "ticket.comment.mood"' in answer.headers["x-zendesk-api-warn"]
    number = answer.json()["ticket"]["id"]
    answer = zendesk("PUT", f"tickets/{number}", json={"ticket": {"id": number, "description": "other"}})
    assert ':action=>"update", :unpermitted_keys=>["ticket.id"]' in answer.headers["x-zendesk-api-warn"]
    assert answer.json()["ticket"]["description"] == "x"
    answer = zendesk("DELETE", f"tickets/{number}", json={"ticket": {"id": number}})
    assert answer.status_code == 204
    assert ':unpermitted_keys=>["ticket.id", "ticket"]' in answer.headers["x-zendesk-api-warn"]


@pytest.mark.parametrize("body", [b"[1]", b"{", b'{"ticket": 1}', b"", b'{"other": {}}'])
def test_a_body_without_a_ticket_is_400(zendesk, body):
    status, error = zendesk.refused("POST", "tickets", data=body, headers={"Content-Type": "application/json"})
    assert status == 400
    assert error["error"] in {"ParameterMissing", "UnprocessableEntity"}


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"ticket": []}'])
def test_a_delete_with_a_strange_body_still_deletes(zendesk, body):
    ticket = zendesk.ticket()
    assert zendesk("DELETE", f"tickets/{ticket['id']}", data=body).status_code == 204


@pytest.mark.parametrize(
    ("fields", "attribute", "error"),
    [
        ({"comment": {"body": " "}}, "base", "BlankValue"),
        ({"comment": {"plain_body": "alone"}}, "base", "BlankValue"),
        ({"status": "done"}, "status", "InvalidValue"),
        ({"status": {}}, "status", "InvalidValue"),
        ({"priority": "p1"}, "priority", "InvalidValue"),
        ({"type": ["incident"]}, "type", "InvalidValue"),
        ({"type": "task", "due_at": "soon"}, "due_at", "InvalidFormat"),
        ({"requester_id": 5}, "requester", "BlankValue"),
        ({"requester": {"email": "x@example.com"}}, "requester", "BlankValue"),
        ({"requester": {"name": "X", "email": "nowhere"}}, "email", "InvalidFormat"),
        ({"submitter_id": 5}, "submitter", "BlankValue"),
        ({"assignee_id": 5}, "assignee", "InvalidValue"),
        ({"assignee_email": "robin.requester@example.com"}, "assignee", "InvalidValue"),
        ({"group_id": 5}, "group", "InvalidValue"),
        ({"organization_id": 5}, "organization_id", "InvalidValue"),
        ({"problem_id": 5}, "problem_id", "InvalidValue"),
        ({"custom_status_id": 5}, "custom_status_id", "InvalidValue"),
        ({"comment": {"body": "x", "author_id": 5}}, "author", "InvalidValue"),
        ({"comment": {"body": "x", "uploads": ["nothing"]}}, "attachments", "InvalidValue"),
        ({"via_followup_source_id": 5}, "via_followup_source_id", "InvalidValue"),
    ],
)
def test_what_is_wrong_is_named(zendesk, fields, attribute, error):
    status, body = zendesk.refused("POST", "tickets", {"ticket": {"comment": {"body": "x"}, **fields}})
    assert (status, body["error"]) == (422, "RecordInvalid")
    assert body["details"][attribute][0]["error"] == error
    assert zendesk.get("tickets/count")["count"]["value"] == 0


def test_requesters_are_found_or_made(zendesk):
    robin = zendesk.user("robin.requester@example.com")
    assert zendesk.ticket(requester={"email": "Robin.Requester@example.com"})["requester_id"] == robin["id"]
    assert zendesk.ticket(requester_id=robin["id"])["requester_id"] == robin["id"]
    made = zendesk.ticket(requester={"name": "Ana Roux", "email": "ana@example.com"})
    assert zendesk.user("ana@example.com")["id"] == made["requester_id"]
    moved = zendesk.update(made, requester="robin.requester@example.com")["ticket"]
    assert moved["requester_id"] == robin["id"]


def test_assigning_opens_and_brings_the_group(zendesk):
    alex = zendesk.user("alex.agent@example.com")
    ticket = zendesk.ticket(assignee_email="alex.agent@example.com")
    assert (ticket["status"], ticket["assignee_id"], ticket["group_id"]) == ("open", alex["id"], alex["default_group_id"])
    network = next(group for group in zendesk.get("groups")["groups"] if group["name"] == "Network")
    moved = zendesk.update(ticket, group_id=network["id"])["ticket"]
    assert (moved["group_id"], moved["assignee_id"]) == (network["id"], None)
    status, body = zendesk.refused(
        "PUT", f"tickets/{ticket['id']}", {"ticket": {"group_id": network["id"], "assignee_id": alex["id"]}}
    )
    assert (status, body["details"]["assignee"][0]["description"]) == (422, "Assignee: is not a member of the group")
    back = zendesk.update(ticket, assignee_id=alex["id"])["ticket"]
    assert back["group_id"] == alex["default_group_id"]
    assert zendesk.update(ticket, assignee_id=None, group_id=None)["ticket"]["group_id"] is None


def test_status_rules(zendesk):
    ticket = zendesk.ticket()
    status, body = zendesk.refused("PUT", f"tickets/{ticket['id']}", {"ticket": {"status": "solved"}})
    assert status == 422
    assert body["details"]["base"][0]["description"] == "Assignee: is required when solving a ticket"
    solved = zendesk.update(ticket, status="solved", assignee_email="alex.agent@example.com")["ticket"]
    assert solved["status"] == "solved"
    status, body = zendesk.refused("PUT", f"tickets/{ticket['id']}", {"ticket": {"status": "new"}})
    assert (status, "status" in body["details"]) == (422, True)
    assert zendesk.update(ticket, status="hold")["ticket"]["status"] == "hold"
    assert zendesk.update(ticket, status="closed")["ticket"]["status"] == "closed"
    status, body = zendesk.refused("PUT", f"tickets/{ticket['id']}", {"ticket": {"priority": "low"}})
    assert status == 422
    assert body["details"]["status"][0]["description"] == "Status: closed prevents ticket update"


def test_a_closed_ticket_is_followed_up(zendesk):
    category = zendesk.field("Category")
    old = zendesk.ticket(
        assignee_email="alex.agent@example.com",
        status="closed",
        tags=["vip"],
        custom_fields=[{"id": category["id"], "value": "category_network"}],
    )
    new = zendesk.ticket(via_followup_source_id=old["id"], submitter_id=5, priority="high")
    assert {"vip", "category_network"} <= set(new["tags"])
    assert new["via"]["source"] == {"from": {"ticket_id": old["id"], "subject": "Help"}, "to": {}, "rel": "follow_up"}
    assert zendesk.get(f"tickets/{old['id']}")["ticket"]["followup_ids"] == [new["id"]]


def test_custom_statuses_and_categories_move_together(zendesk):
    made = zendesk.ok(
        "POST", "custom_statuses", {"custom_status": {"agent_label": "In Progress", "status_category": "open"}}
    )["custom_status"]
    ticket = zendesk.ticket(custom_status_id=made["id"])
    assert (ticket["status"], ticket["custom_status_id"]) == ("open", made["id"])
    pending = zendesk.update(ticket, status="pending")["ticket"]
    default = zendesk.get("custom_statuses", params={"status_categories": "pending", "default": "true"})["custom_statuses"]
    assert pending["custom_status_id"] == default[0]["id"]


def test_naming_the_same_status_keeps_the_custom_one(zendesk):
    made = zendesk.ok("POST", "custom_statuses", {"custom_status": {"agent_label": "W", "status_category": "open"}})
    ticket = zendesk.ticket(custom_status_id=made["custom_status"]["id"])
    assert zendesk.update(ticket, status="open")["ticket"]["custom_status_id"] == made["custom_status"]["id"]


def test_tags_and_fields_move_together(zendesk):
    fields = {
        title: zendesk.field(title)["id"] for title in ("Category", "Sites", "Major incident", "Affected users", "Cost")
    }
    ticket = zendesk.ticket(
        tags=["Two words", "b"],
        custom_fields=[
            {"id": fields["Category"], "value": "category_network"},
            {"id": fields["Sites"], "value": ["sites_lyon", "sites_moon"]},
            {"id": fields["Major incident"], "value": True},
            {"id": fields["Affected users"], "value": 12},
            {"id": fields["Cost"], "value": "12.5"},
            {"id": 1, "value": "unknown field"},
        ],
    )
    values = {item["id"]: item["value"] for item in ticket["custom_fields"]}
    assert ticket["tags"] == ["b", "category_network", "major_incident", "sites_lyon", "two_words"]
    assert [values[fields[title]] for title in ("Sites", "Affected users", "Cost")] == [["sites_lyon"], "12", "12.5"]
    changed = zendesk.update(
        ticket, custom_fields={str(fields["Category"]): "category_database", str(fields["Cost"]): None}
    )
    assert changed["ticket"]["tags"] == ["b", "category_database", "major_incident", "sites_lyon", "two_words"]
    told = {event["field_name"]: event["value"] for event in changed["audit"]["events"]}
    assert told == {
        str(fields["Category"]): "category_database",
        str(fields["Cost"]): None,
        "tags": changed["ticket"]["tags"],
    }
    cleared = zendesk.update(ticket, tags=["b", "impact_1"])["ticket"]
    values = {item["id"]: item["value"] for item in cleared["custom_fields"]}
    assert [values[fields[title]] for title in ("Category", "Sites", "Major incident")] == [None, None, False]
    assert values[zendesk.field("Impact")["id"]] == "impact_1"


def test_an_unknown_option_vanishes_without_an_error(zendesk):
    field = zendesk.field("Category")["id"]
    ticket = zendesk.ticket(custom_fields=[{"id": field, "value": "no_such_option"}])
    assert {"id": field, "value": None} in ticket["custom_fields"]


@pytest.mark.parametrize(
    ("title", "value"), [("Affected users", "many"), ("Cost", "cheap"), ("Follow up on", "soon"), ("Asset tag", "x")]
)
def test_a_value_that_does_not_fit_its_field_is_refused(zendesk, title, value):
    field = zendesk.field(title)["id"]
    status, body = zendesk.refused(
        "POST", "tickets", {"ticket": {"comment": {"body": "x"}, "custom_fields": [{"id": field, "value": value}]}}
    )
    assert (status, body["details"]["base"][0]["ticket_field_id"]) == (422, field)


def test_values_that_fit_are_kept(zendesk):
    wanted = {"Follow up on": "2026-06-01", "Asset tag": "AB-12", "Summary": "words", "Sites": []}
    ids = {title: zendesk.field(title)["id"] for title in wanted}
    ticket = zendesk.ticket(custom_fields=[{"id": ids[title], "value": value} for title, value in wanted.items()])
    values = {item["id"]: item["value"] for item in ticket["custom_fields"]}
    assert [values[ids[title]] for title in wanted] == ["2026-06-01", "AB-12", "words", None]


def test_watchers_problems_due_dates_and_external_ids(zendesk):
    robin, alex = zendesk.user("robin.requester@example.com"), zendesk.user("alex.agent@example.com")
    problem = zendesk.ticket(type="problem")
    ticket = zendesk.ticket(
        type="incident",
        problem_id=problem["id"],
        external_id="snow:1",
        due_at="2026-06-01T00:00:00Z",
        email_ccs=[{"user_email": "new@example.com", "action": "put"}, {"user_id": robin["id"]}],
        followers=[{"user_id": alex["id"], "action": "put"}],
    )
    assert ticket["due_at"] is None
    assert robin["id"] in ticket["email_cc_ids"]
    assert len(ticket["email_cc_ids"]) == 2
    assert ticket["follower_ids"] == [alex["id"]]
    assert zendesk.get(f"tickets/{problem['id']}")["ticket"]["has_incidents"] is True
    assert [row["id"] for row in zendesk.get(f"tickets/{problem['id']}/incidents")["tickets"]] == [ticket["id"]]
    assert [row["id"] for row in zendesk.get("problems")["tickets"]] == [problem["id"]]
    assert zendesk.get(f"tickets/{problem['id']}/related")["ticket_related"]["incidents"] == 1
    assert [row["id"] for row in zendesk.get("tickets?external_id=snow:1")["tickets"]] == [ticket["id"]]
    fewer = zendesk.update(ticket, email_ccs=[{"user_id": robin["id"], "action": "delete"}], external_id="snow:2")["ticket"]
    assert len(fewer["email_cc_ids"]) == 1
    assert zendesk.get("tickets?external_id=snow:1")["tickets"] == []
    more = zendesk.update(ticket, additional_collaborators=[robin["id"]], external_id=None, problem_id=None)["ticket"]
    assert (len(more["email_cc_ids"]), more["problem_id"]) == (2, None)
    only = zendesk.update(ticket, collaborators=["robin.requester@example.com"])["ticket"]
    assert only["email_cc_ids"] == [robin["id"]]
    for role, count in (("collaborators", 2), ("email_ccs", 1), ("followers", 1)):
        assert zendesk.get(f"tickets/{ticket['id']}/{role}")["count"] == count
    task = zendesk.ticket(type="task", due_at="2026-06-01T02:00:00+02:00")
    assert task["due_at"] == "2026-06-01T00:00:00Z"
    assert zendesk.update(task, due_at=None)["ticket"]["due_at"] is None


def test_organization_follows_the_requester_unless_named(zendesk):
    organization = zendesk.ok("POST", "organizations", {"organization": {"name": "ACME"}})["organization"]["id"]
    assert zendesk.ticket(organization_id=organization)["organization_id"] == organization
    assert zendesk.ticket(organization_id=None)["organization_id"] is None
    zendesk.ok("DELETE", f"organizations/{organization}")
    assert zendesk.get("tickets/1")["ticket"]["organization_id"] is None


def test_a_subject_is_taken_from_the_comment(zendesk):
    answer = zendesk.ok("POST", "tickets", {"ticket": {"comment": "No light in room 5"}})
    assert answer["ticket"]["subject"] == "No light in room 5"


def test_safe_update(zendesk):
    ticket = zendesk.ticket()
    stamp = ticket["updated_at"]
    zendesk.control("clock", {"advance": 5})
    assert zendesk.update(ticket, priority="low", safe_update=True, updated_stamp=stamp)["ticket"]["priority"] == "low"
    for flag in (True, False):
        status, body = zendesk.refused(
            "PUT", f"tickets/{ticket['id']}", {"ticket": {"priority": "high", "safe_update": flag, "updated_stamp": stamp}}
        )
        assert (status, body["error"]) == (409, "UpdateConflict")
    assert zendesk.update(ticket, priority="high", updated_stamp=stamp)["ticket"]["priority"] == "high"


def test_idempotency_key(zendesk):
    first = zendesk("POST", "tickets", json={"ticket": {"comment": {"body": "x"}}}, headers={"Idempotency-Key": "k1"})
    again = zendesk("POST", "tickets", json={"ticket": {"comment": {"body": "x"}}}, headers={"Idempotency-Key": "k1"})
    assert [answer.headers["x-idempotency-lookup"] for answer in (first, again)] == ["miss", "hit"]
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    status, body = zendesk.refused(
        "POST", "tickets", {"ticket": {"comment": {"body": "y"}}}, headers={"Idempotency-Key": "k1"}
    )
    assert (status, body["error"]) == (400, "IdempotentRequestError")
    zendesk.control("clock", {"advance": 7300})
    later = zendesk("POST", "tickets", json={"ticket": {"comment": {"body": "y"}}}, headers={"Idempotency-Key": "k1"})
    assert later.headers["x-idempotency-lookup"] == "miss"


def test_an_async_create_answers_202_with_a_job(zendesk):
    answer = zendesk("POST", "tickets?async=true", json={"ticket": {"comment": {"body": "x"}}})
    assert answer.status_code == 202
    assert zendesk.get(f"tickets/{answer.json()['ticket']['id']}")["ticket"]["subject"] == "x"
    assert answer.json()["job_status"]["status"] == "queued"


def test_delete_restore_and_delete_for_ever(zendesk):
    one, two, three = zendesk.ticket(status="open"), zendesk.ticket(), zendesk.ticket()
    for ticket in (two, one, three):
        zendesk.ok("DELETE", f"tickets/{ticket['id']}")
        zendesk.control("clock", {"advance": 10})
    assert zendesk.refused("GET", f"tickets/{one['id']}") == (404, {"error": "RecordNotFound", "description": "Not found"})
    assert zendesk.refused("GET", f"tickets/{one['id']}/comments")[0] == 404
    rows = zendesk.get("deleted_tickets")["deleted_tickets"]
    assert (rows[0]["id"], rows[0]["previous_state"], rows[0]["actor"]["name"]) == (one["id"], "open", "Isthmus")
    rows = zendesk.get("deleted_tickets?sort_by=deleted_at&sort_order=desc")["deleted_tickets"]
    assert [row["id"] for row in rows] == [three["id"], one["id"], two["id"]]
    assert zendesk.ok("PUT", f"deleted_tickets/{one['id']}/restore") == {}
    assert zendesk.get(f"tickets/{one['id']}")["ticket"]["status"] == "open"
    assert zendesk.ok("DELETE", f"deleted_tickets/{two['id']}")["job_status"]["job_type"] == "Delete Tickets Permanently"
    assert zendesk.refused("PUT", f"deleted_tickets/{two['id']}/restore")[0] == 404
    assert zendesk.ok("PUT", f"deleted_tickets/restore_many?ids={three['id']}") == {}
    zendesk.ok("DELETE", f"tickets/{three['id']}")
    zendesk.ok("DELETE", f"deleted_tickets/destroy_many?ids={three['id']}")
    zendesk.ok("DELETE", f"tickets/{one['id']}")
    zendesk.control("clock", {"advance": 31 * 86_400})
    assert zendesk.get("deleted_tickets")["count"] == 0
    exported = zendesk.get("incremental/tickets.json?start_time=0")["tickets"]
    assert {row["id"]: (row["status"], row["subject"]) for row in exported} == {
        one["id"]: ("deleted", "Help"),
        two["id"]: ("deleted", "SCRUBBED"),
        three["id"]: ("deleted", "SCRUBBED"),
    }
    assert zendesk.ticket()["id"] == three["id"] + 1


def test_spam_suspends_the_requester(zendesk, requester):
    ticket = zendesk.ticket(requester={"email": "robin.requester@example.com"})
    zendesk.ok("PUT", f"tickets/{ticket['id']}/mark_as_spam")
    assert requester("GET", "requests").status_code == 401
    assert zendesk.refused("DELETE", f"tickets/{ticket['id']}")[0] == 404


def test_tags_calls(zendesk):
    ticket = zendesk.ticket(tags="One, two")
    path = f"tickets/{ticket['id']}/tags"
    assert zendesk.get(path) == {"tags": ["one", "two"]}
    assert zendesk("POST", path, json={"tags": ["x"]}).status_code == 201
    assert zendesk.ok("PUT", path, {"tags": ["Y"]}) == {"tags": ["x", "y"]}
    assert zendesk.ok("DELETE", path, {"tags": ["x"]}) == {"tags": ["y"]}


def test_metadata_lands_in_the_audit(zendesk):
    ticket = zendesk.ticket(metadata={"origin": {"event": "e-1"}})
    audit = zendesk.get(f"tickets/{ticket['id']}/audits")["audits"][0]
    assert audit["metadata"]["custom"] == {"origin": {"event": "e-1"}}
    assert zendesk.get(f"tickets/{ticket['id']}/audits/{audit['id']}")["audit"] == audit
    assert zendesk.refused("GET", f"tickets/{ticket['id']}/audits/5")[0] == 404
    assert zendesk.get(f"tickets/{ticket['id']}/audits/count")["count"]["value"] == 1
