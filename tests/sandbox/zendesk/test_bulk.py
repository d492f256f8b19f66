"""Jobs, bulk writes and imports."""

from __future__ import annotations

import pytest


def finish(client, job):
    """Look at a job until it has completed, and give what was seen."""
    seen = [job]
    while seen[-1]["status"] != "completed":
        seen.append(client.get(f"job_statuses/{job['id']}")["job_status"])
    return seen


def test_a_job_passes_through_its_states(zendesk):
    rows = [{"subject": str(number), "comment": {"body": "x"}} for number in range(8)]
    job = zendesk.ok("POST", "tickets/create_many", {"tickets": [*rows, {"subject": "no description"}]})["job_status"]
    assert (job["status"], job["progress"], job["message"], job["results"], job["total"]) == ("queued", None, None, None, 9)
    _, working, done = finish(zendesk, job)
    assert (working["status"], working["progress"], working["message"]) == ("working", 5, "Creating ticket #5")
    assert done["message"].startswith("Completed at 2026-05-06 08:")
    assert done["results"][8] == {"index": 8, "error": "TicketCreateFailed", "details": "Description: cannot be blank"}
    made = [row["id"] for row in done["results"][:8]]
    assert sorted(made) != made
    for place, number in enumerate(made):
        assert zendesk.get(f"tickets/{number}")["ticket"]["subject"] == str(place)
    assert [one["id"] for one in zendesk.get(f"job_statuses/show_many?ids={job['id']},V3-x")["job_statuses"]] == [job["id"]]
    assert zendesk.refused("GET", "job_statuses/show_many")[0] == 400
    assert zendesk.refused("GET", "job_statuses/V3-x")[0] == 404


def test_a_job_completes_with_time_and_is_forgotten_after_a_day(zendesk):
    job = zendesk.ok("POST", "tickets/create_many", {"tickets": []})["job_status"]
    zendesk.control("clock", {"advance": 30})
    assert zendesk.get(f"job_statuses/{job['id']}")["job_status"]["status"] == "completed"
    assert [one["status"] for one in zendesk.get("job_statuses")["job_statuses"]] == ["completed"]
    zendesk.control("clock", {"advance": 90_000})
    assert zendesk.refused("GET", f"job_statuses/{job['id']}")[0] == 404
    assert zendesk.get("job_statuses")["job_statuses"] == []


def test_more_than_a_hundred_rows_are_refused(zendesk):
    rows = [{"comment": {"body": "x"}}] * 101
    for path in ("tickets/create_many", "imports/tickets/create_many"):
        status, body = zendesk.refused("POST", path, {"tickets": rows})
        assert (status, body["error"], body["max_count"]) == (400, "TooManyValues", 100)
    assert zendesk.refused("POST", "organizations/create_many", {"organizations": [{}] * 101})[0] == 400
    assert zendesk.refused("POST", "users/create_many", {"users": [{}] * 101})[1]["description"].startswith("Maximum 100")


def test_one_change_for_many_tickets(zendesk):
    one, two = zendesk.ticket(tags=["a"]), zendesk.ticket()
    body = {"ticket": {"priority": "low", "additional_tags": ["New Tag"], "remove_tags": ["a"]}}
    job = zendesk.ok("PUT", f"tickets/update_many?ids={one['id']},{two['id']},99", body)["job_status"]
    results = finish(zendesk, job)[-1]["results"]
    assert results[0] == {"id": one["id"], "action": "update", "status": "Updated", "success": True}
    assert (results[2]["success"], results[2]["errors"]) == (False, "Not found")
    rows = zendesk.get(f"tickets/show_many?ids={one['id']},{two['id']}")["tickets"]
    assert [(row["priority"], row["tags"]) for row in rows] == [("low", ["new_tag"])] * 2


def test_many_changes_check_their_stamps(zendesk):
    closed = zendesk.ticket(assignee_email="alex.agent@example.com", status="closed")
    one, two = zendesk.ticket(), zendesk.ticket()
    rows = [
        {"id": one["id"], "priority": "low", "updated_stamp": "2026-01-01T00:00:00Z"},
        {"id": two["id"], "priority": "low", "updated_stamp": two["updated_at"], "comment": {"body": "y"}},
        {"id": closed["id"], "priority": "low"},
    ]
    results = finish(zendesk, zendesk.ok("PUT", "tickets/update_many", {"tickets": rows})["job_status"])[-1]["results"]
    assert [row["success"] for row in results] == [False, True, False]
    assert results[0]["errors"].startswith("Safe Update prevented")
    assert results[2]["errors"] == "Status: closed prevents ticket update"


def test_many_tickets_are_deleted(zendesk):
    ticket = zendesk.ticket()
    job = zendesk.ok("DELETE", f"tickets/destroy_many?ids={ticket['id']},77")["job_status"]
    assert [row["success"] for row in finish(zendesk, job)[-1]["results"]] == [True, False]
    assert zendesk.get("tickets")["count"] == 0


def test_thirty_jobs_are_the_most_at_once(start):
    zendesk = start(limits="real")
    for number in range(30):
        answer = zendesk("POST", "tickets/create_many", json={"tickets": []})
        assert f"remaining={29 - number};" in answer.headers["zendesk-ratelimit-inflight-jobs"]
    status, body = zendesk.refused("POST", "tickets/create_many", {"tickets": []})
    assert (status, body["error"], len(body["current_job_ids"])) == (429, "TooManyJobs", 30)


def test_an_import_keeps_times_and_authors_and_stays_silent(zendesk):
    robin, alex = zendesk.user("robin.requester@example.com"), zendesk.user("alex.agent@example.com")
    upload = zendesk.upload()
    data = {
        "subject": "Old", "requester_id": robin["id"], "assignee_id": alex["id"], "status": "solved", "external_id": "x-1",
        "created_at": "2024-02-01T08:00:00Z", "updated_at": "2024-02-03T09:00:00Z", "solved_at": "2024-02-02T09:00:00Z",
        "comments": [
            {"author_id": robin["id"], "html_body": "<p>It {{broke}}</p>", "created_at": "2024-02-01T08:00:00Z"},
            {"author_id": alex["id"], "value": "note", "created_at": "2024-02-01T10:00:00Z", "public": False,
             "uploads": [upload["token"]]},
        ],
    }  # fmt: skip
    answer = zendesk("POST", "imports/tickets", json={"ticket": data})
    ticket = answer.json()["ticket"]
    assert (answer.status_code, answer.headers["Location"]) == (201, ticket["url"])
    assert (ticket["created_at"], ticket["updated_at"]) == (data["created_at"], data["updated_at"])
    comments = zendesk.comments(ticket)
    assert [(said["author_id"], said["created_at"], said["public"], said["body"]) for said in comments] == [
        (robin["id"], "2024-02-01T08:00:00Z", True, "It {{broke}}"),
        (alex["id"], "2024-02-01T10:00:00Z", False, "note"),
    ]
    assert [file["file_name"] for file in comments[1]["attachments"]] == ["a.txt"]
    assert zendesk.control("outbox")["messages"] == []
    assert zendesk.refused("GET", f"tickets/{ticket['id']}/metrics")[0] == 404
    assert zendesk.get("tickets?external_id=x-1")["count"] == 1
    zendesk.control("clock", {"advance": 70})
    assert zendesk.get("incremental/tickets/cursor?start_time=1770000000")["tickets"][0]["id"] == ticket["id"]
    assert zendesk.get(f"tickets/{ticket['id']}")["ticket"]["status"] == "closed"


def test_an_import_takes_fields_tags_and_the_group_of_the_assignee(zendesk):
    field, alex = zendesk.field("Category")["id"], zendesk.user("alex.agent@example.com")
    data = {
        "description": "d", "assignee_id": alex["id"], "tags": ["x"], "status": "pending",
        "custom_fields": [{"id": field, "value": "category_network"}], "ticket_form_id": None,
    }  # fmt: skip
    ticket = zendesk.ok("POST", "imports/tickets", {"ticket": data})["ticket"]
    assert (ticket["group_id"], ticket["tags"]) == (alex["default_group_id"], ["category_network", "x"])
    [audit] = zendesk.get(f"tickets/{ticket['id']}/audits")["audits"]
    assert "ticket_form_id" in {event.get("field_name") for event in audit["events"]}


def test_a_short_import(zendesk):
    body = zendesk.ok("POST", "imports/tickets", {"ticket": {"subject": "s", "description": "d", "status": "closed"}})
    assert (body["ticket"]["description"], body["ticket"]["status"]) == ("d", "closed")
    body = zendesk.ok(
        "POST", "imports/tickets?archive_immediately=true", {"ticket": {"comment": {"body": "c"}, "status": "closed"}}
    )
    assert body["ticket"]["description"] == "c"
    job = zendesk.ok("POST", "imports/tickets/create_many", {"tickets": [{"comment": "c"}, {}]})["job_status"]
    first, second = finish(zendesk, job)[-1]["results"]
    assert (first["account_id"], second["error"]) == (18_525_119, "TicketCreateFailed")


@pytest.mark.parametrize(
    ("fields", "attribute"),
    [
        ({"comments": [{"value": ""}]}, "base"),
        ({"description": "d", "created_at": "tomorrow"}, "created_at"),
        ({"description": "d", "created_at": "1969-01-01T00:00:00Z"}, "created_at"),
        ({"comments": [{"value": "c", "created_at": "2030-01-01T00:00:00Z"}]}, "created_at"),
    ],
)
def test_imports_that_are_refused(zendesk, fields, attribute):
    status, body = zendesk.refused("POST", "imports/tickets", {"ticket": fields})
    assert (status, list(body["details"])) == (422, [attribute])
    status, body = zendesk.refused("POST", "imports/tickets?archive_immediately=true", {"ticket": {"description": "d"}})
    assert (status, list(body["details"])) == (422, ["status"])
    assert zendesk.get("tickets")["count"] == 0
