"""What the vendor does by itself: mails, reopening, timed closing, SLA clocks, workflows."""

from __future__ import annotations

HOUR = 3600


def test_who_is_mailed(desk):
    ticket = desk.ticket(cc_emails=["cc@example.com"])
    assert desk.outbox() == [("create", "robin.requester@example.com"), ("create", "cc@example.com")]
    desk.control("outbox/clear", {})
    desk.update(ticket, priority=3)
    desk.update(ticket, status=4, resolution_notes="Renewed")
    assert desk.outbox() == [("resolve", "robin.requester@example.com")]
    assert desk.control("outbox")["messages"][0]["text"] == "Renewed"


def test_nobody_is_mailed_about_his_own_ticket(desk):
    desk.ticket(email="isthmus@example.com")
    assert desk.outbox() == []


def test_a_reply_of_the_requester_opens_a_ticket_again(desk):
    robin = desk.person("robin.requester@example.com")["id"]
    for status in (3, 7, 4, 5):
        ticket = desk.ticket(status=status)
        desk.note(ticket, "private", user_id=robin, incoming=True)
        assert desk.view(ticket)["status"] == status
        desk.note(ticket, "no!", private=False, incoming=True, user_id=robin)
        assert desk.view(ticket)["status"] == 2
        workflow = desk.activities(ticket)[0]
        assert workflow["actor"] == {"id": 0, "name": "Ticket Workflow"}
        assert workflow["sub_contents"] == ["set Status as Open", "Workflow Ends"]
    ticket = desk.ticket(status=6)
    desk.note(ticket, "more", private=False, user_id=robin)
    assert desk.view(ticket)["status"] == 6


def test_resolved_tickets_are_closed_after_two_days(desk):
    kept, reopened, deleted, again = (desk.ticket() for _ in range(4))
    for ticket in (kept, reopened, deleted, again):
        desk.update(ticket, status=4)
    desk.advance(HOUR)
    desk.update(reopened, status=2)
    desk.update(again, status=2)
    desk.update(again, status=4)
    desk.ok("DELETE", f"tickets/{deleted['id']}")
    desk.advance(48 * HOUR - HOUR + 1)
    assert [desk.view(ticket)["status"] for ticket in (kept, reopened, deleted, again)] == [5, 2, 4, 4]
    stats = desk.view(kept, "stats")["stats"]
    assert (stats["resolved_at"], stats["closed_at"][:13]) == ("2026-05-06T08:00:00Z", "2026-05-08T08")
    assert desk.activities(kept)[0]["actor"]["id"] == 0
    desk.advance(HOUR)
    assert desk.view(again)["status"] == 5


def test_sla_clocks_stand_still_while_a_ticket_waits(desk):
    ticket = desk.ticket(priority=4)
    assert (ticket["fr_due_by"], ticket["due_by"]) == ("2026-05-06T09:00:00Z", "2026-05-06T12:00:00Z")
    desk.update(ticket, status=3)
    desk.advance(2 * HOUR)
    assert desk.view(ticket, "stats")["stats"]["pending_since"] == "2026-05-06T08:00:00Z"
    desk.update(ticket, status=7)
    desk.update(ticket, status=2)
    shown = desk.view(ticket)
    assert (shown["fr_due_by"], shown["due_by"], shown["fr_escalated"]) == (
        "2026-05-06T11:00:00Z",
        "2026-05-06T14:00:00Z",
        False,
    )
    desk.reply(ticket)
    desk.update(ticket, status=3)
    desk.advance(HOUR)
    desk.update(ticket, status=2)
    assert desk.view(ticket)["fr_due_by"] == "2026-05-06T11:00:00Z"
    assert desk.view(ticket)["due_by"] == "2026-05-06T15:00:00Z"
    desk.advance(10 * HOUR)
    late = desk.view(ticket)
    assert (late["is_escalated"], late["fr_escalated"]) == (True, False)
    assert desk.update(ticket, priority=1)["is_escalated"] is False


def test_stats(desk):
    ticket = desk.ticket(responder_id=desk.get("agents/me")["agent"]["id"])
    desk.advance(60)
    desk.note(ticket)
    desk.reply(ticket)
    desk.advance(60)
    desk.update(ticket, status=5, responder_id=None)
    desk.advance(60)
    stats = desk.view(ticket, "stats")["stats"]
    assert stats == {
        "created_at": "2026-05-06T08:00:00Z", "updated_at": "2026-05-06T08:02:00Z", "ticket_id": stats["ticket_id"],
        "opened_at": None, "group_escalated": False, "inbound_count": 1, "status_updated_at": "2026-05-06T08:02:00Z",
        "outbound_count": 1, "pending_since": None, "resolved_at": "2026-05-06T08:02:00Z",
        "closed_at": "2026-05-06T08:02:00Z", "first_assigned_at": "2026-05-06T08:00:00Z",
        "assigned_at": "2026-05-06T08:00:00Z", "agent_responded_at": "2026-05-06T08:01:00Z",
        "requester_responded_at": None, "first_responded_at": "2026-05-06T08:01:00Z", "first_resp_time_in_secs": 60,
        "resolution_time_in_secs": 120,
    }  # fmt: skip
    desk.update(ticket, status=2)
    assert desk.view(ticket, "stats")["stats"]["opened_at"] == "2026-05-06T08:03:00Z"


def test_workflows_answer_a_moment_later(start):
    desk = start(faults="rules")
    ticket = desk.ticket(tags=["vip"])
    assert (ticket["priority"], ticket["tags"]) == (1, ["vip"])
    shown = desk.view(ticket, "tags")
    assert (shown["priority"], shown["tags"]) == (2, ["vip", "auto_escalated"])
    assert desk.activities(ticket)[0]["content"] == (
        " executed Raise the priority of escalated tickets workflow from Ticket is raised  event"
    )
    quiet = desk.ticket()
    assert desk.view(quiet)["updated_at"] == quiet["updated_at"]
    assert len(desk.activities(quiet)) == 1


def test_the_first_reply_makes_a_ticket_wait(start):
    desk = start(faults="rules")
    ticket = desk.ticket()
    desk.note(ticket)
    assert desk.view(ticket)["status"] == 2
    desk.reply(ticket)
    assert desk.control("snapshot")["tickets"][0]["record"]["status"] == 3
    desk.update(ticket, status=6)
    desk.note(ticket, private=False)
    assert desk.view(ticket)["status"] == 6
    other = desk.ticket(status=4)
    desk.note(other, private=False)
    assert desk.view(other)["status"] == 4


def test_a_workflow_finds_its_ticket_gone(start):
    desk = start(faults="rules")
    desk.ticket(tags=["vip"])
    with desk.vendor.lock:
        desk.vendor.state.tickets[1].deleted = True
    desk.get("groups")
    assert desk.view({"id": 1}, "tags")["tags"] == ["vip"]


def test_the_priority_matrix(start):
    desk = start(faults="rules")
    ticket = desk.ticket()
    assert desk.update(ticket, urgency=3, impact=2)["priority"] == 3
    assert desk.update(ticket, impact=3, priority=1)["priority"] == 1
