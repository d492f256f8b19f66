"""Comments, audits, metrics, requests of end users, and what the vendor does by itself."""

from __future__ import annotations

WRAPPED = '<div class="zd-comment" dir="auto">{}</div>'


def test_a_comment_has_three_forms(zendesk):
    ticket = zendesk.ticket("First\n\nsecond <b>not bold</b>\nline")
    first = zendesk.comments(ticket)[0]
    assert first["html_body"] == WRAPPED.format('<p dir="auto">First</p>\n\n<p dir="auto">second not bold\n<br>line</p>')
    assert first["body"] == first["plain_body"] == "First\n\nsecond not bold\nline"
    said = zendesk.update(ticket, comment={"html_body": "<p onclick='x'>Hi <b>you</b><script>bad()</script></p>"})
    event = said["audit"]["events"][0]
    last = zendesk.comments(ticket)[-1]
    assert (event["id"], event["audit_id"]) == (last["id"], said["audit"]["id"])
    assert last["html_body"] == WRAPPED.format('<p dir="auto">Hi <b>you</b></p>')
    assert (last["body"], last["plain_body"]) == ("Hi **you**", "Hi you")


def test_visibility_defaults(zendesk):
    ticket = zendesk.ticket()
    assert [zendesk.update(ticket, comment=said) and 0 for said in ("a", {"body": "b", "public": False})] == [0, 0]
    assert [said["public"] for said in zendesk.comments(ticket)] == [True, True, False]
    private = zendesk.ok("POST", "tickets", {"ticket": {"comment": {"body": "x", "public": False}}})["ticket"]
    assert private["is_public"] is False
    zendesk.update(private, comment={"body": "y"})
    robin = zendesk.user("robin.requester@example.com")
    zendesk.update(private, comment={"body": "z", "author_id": robin["id"]})
    comments = zendesk.comments(private)
    assert [said["public"] for said in comments] == [False, False, True]
    assert comments[2]["author_id"] == robin["id"]


def test_long_comments_are_cut_and_blank_ones_are_none(zendesk):
    ticket = zendesk.ticket("x" * 70_000)
    assert len(zendesk.comments(ticket)[0]["body"]) == 65_000
    assert zendesk.update(ticket, comment={"body": "  "})["audit"]["events"] == []


def test_placeholders_of_agents_are_evaluated(zendesk):
    ticket = zendesk.ticket()
    zendesk.update(ticket, comment={"body": "No. {{ticket.id}} {{ticket.title | upcase}} {{nothing}}{% if x %}!"})
    assert zendesk.comments(ticket)[-1]["body"] == f"No. {ticket['id']} Help !"


def test_listing_by_cursor_offset_and_backwards(zendesk):
    ticket = zendesk.ticket("0")
    for number in range(1, 5):
        zendesk.update(ticket, comment={"body": str(number), "public": False})
    path = f"tickets/{ticket['id']}/comments"
    body = zendesk.get(path, params={"page[size]": 2, "include": "users"})
    assert [said["body"] for said in body["comments"]] == ["0", "1"]
    assert [user["name"] for user in body["users"]] == ["Isthmus"]
    assert body["meta"]["has_more"] is True
    second = zendesk.http.get(body["links"]["next"], timeout=10).json()
    assert [said["body"] for said in second["comments"]] == ["2", "3"]
    third = zendesk.http.get(second["links"]["next"], timeout=10).json()
    assert (third["meta"]["has_more"], third["links"]["next"] is not None) == (False, True)
    empty = zendesk.http.get(third["links"]["next"], timeout=10).json()
    assert empty["meta"] == {"has_more": False, "after_cursor": None, "before_cursor": None}
    assert empty["links"] == {"prev": None, "next": None}
    back = zendesk.http.get(third["links"]["prev"], timeout=10).json()
    assert [said["body"] for said in back["comments"]] == ["2", "3"]
    assert back["meta"]["has_more"] is True
    for params in ({"sort": "-created_at"}, {"sort_order": "desc"}):
        assert [said["body"] for said in zendesk.get(path, params=params)["comments"]] == list("43210")
    assert zendesk.get(path, params={"page": 2, "per_page": 3})["previous_page"].endswith("page=1")
    assert zendesk.get(f"{path}/count")["count"]["value"] == 5


def test_make_private_and_redact(zendesk):
    ticket = zendesk.ticket("the secret word & more")
    comment = zendesk.comments(ticket)[0]
    path = f"tickets/{ticket['id']}/comments/{comment['id']}"
    assert zendesk.ok("PUT", f"{path}/make_private", {}) == {}
    assert zendesk.ok("PUT", f"{path}/redact", {"text": "secret"})["comment"]["body"] == "the ▇▇▇▇▇▇ word & more"
    assert zendesk.refused("PUT", f"{path}/redact", {"text": "nowhere"})[0] == 422
    body = {"ticket_id": ticket["id"], "html_body": "the <redact>word</redact>"}
    assert "▇▇▇▇ &amp;" in zendesk.ok("PUT", f"comment_redactions/{comment['id']}", body)["comment"]["html_body"]
    assert zendesk.refused("PUT", f"comment_redactions/{comment['id']}", {**body, "html_body": "none"})[0] == 400
    assert zendesk.refused("PUT", f"tickets/{ticket['id']}/comments/5/make_private", {})[0] == 404
    assert zendesk.comments(ticket)[0]["public"] is False
    kinds = [audit["events"][0]["type"] for audit in zendesk.get(f"tickets/{ticket['id']}/audits")["audits"]]
    assert kinds == ["Comment", "CommentPrivacyChange", "CommentRedactionEvent", "CommentRedactionEvent"]


def test_the_outbox_holds_what_the_triggers_send(zendesk, agent):
    robin = {"email": "robin.requester@example.com"}
    ticket = zendesk.ticket(requester=robin, email_ccs=[{"user_email": "cc@example.com"}])
    agent.update(ticket, comment={"body": "answer"})
    agent.update(ticket, comment={"body": "note", "public": False})
    zendesk.ok("POST", "tickets", {"ticket": {"comment": {"body": "x", "public": False}, "requester": robin}})
    zendesk.ticket()
    sent = [(mail["kind"], mail["to"], mail["ticket"], mail["text"]) for mail in zendesk.control("outbox")["messages"]]
    number = str(ticket["id"])
    assert sent == [
        ("create", robin["email"], number, "It broke"),
        ("create", "cc@example.com", number, "It broke"),
        ("public_comment", robin["email"], number, "answer"),
        ("public_comment", "cc@example.com", number, "answer"),
    ]
    audits = zendesk.get(f"tickets/{number}/audits")["audits"]
    notices = [event for audit in audits for event in audit["events"] if event["type"] == "Notification"]
    assert [event["via"]["channel"] for event in notices] == ["rule", "rule"]
    assert len(notices[0]["recipients"]) == 2


def test_an_end_user_works_with_requests(zendesk, requester):
    made = requester.ok("POST", "requests", {"request": {"subject": "Help", "comment": {"body": "x"}, "status": "solved"}})
    number = made["request"]["id"]
    assert made["request"]["status"] == "new"
    assert [row["id"] for row in requester.get("requests")["requests"]] == [number]
    assert requester.refused("PUT", f"requests/{number}", {"request": {"solved": True}})[0] == 422
    zendesk.update({"id": number}, status="solved", assignee_email="alex.agent@example.com", comment={"body": "done"})
    zendesk.update({"id": number}, comment={"body": "note", "public": False})
    comments = requester.get(f"requests/{number}/comments")["comments"]
    assert [said["body"] for said in comments] == ["x", "done"]
    assert (
        requester.ok("PUT", f"requests/{number}", {"request": {"comment": "still broken"}})["request"]["status"] == "open"
    )
    assert requester.ok("PUT", f"requests/{number}", {"request": {"comment": {"body": "ok"}, "solved": True}})["request"][
        "solved"
    ]
    zendesk.update({"id": number}, status="hold")
    assert requester.get(f"requests/{number}")["request"]["status"] == "open"
    other = zendesk.ticket()
    assert requester.refused("GET", f"requests/{other['id']}")[0] == 404
    changes = [
        event
        for audit in zendesk.get(f"tickets/{number}/audits")["audits"]
        for event in audit["events"]
        if event.get("field_name") == "status" and event["type"] == "Change"
    ]
    assert [(event["value"], "via" in event) for event in changes] == [
        ("solved", False),
        ("open", True),
        ("solved", False),
        ("hold", False),
    ]


def test_solved_tickets_close_after_four_days(zendesk):
    ticket = zendesk.ticket(assignee_email="alex.agent@example.com", status="solved")
    reopened = zendesk.ticket(assignee_email="alex.agent@example.com", status="solved")
    gone = zendesk.ticket(assignee_email="alex.agent@example.com", status="solved")
    zendesk.control("clock", {"advance": 90 * 3600})
    zendesk.update(reopened, status="open")
    zendesk.ok("DELETE", f"tickets/{gone['id']}")
    zendesk.control("clock", {"advance": 7 * 3600})
    assert zendesk.get(f"tickets/{ticket['id']}")["ticket"]["status"] == "closed"
    assert zendesk.get(f"tickets/{reopened['id']}")["ticket"]["status"] == "open"
    last = zendesk.get(f"tickets/{ticket['id']}/audits")["audits"][-1]
    assert (last["author_id"], last["via"]["source"]["rel"]) == (-1, "automation")
    assert last["events"][0]["value"] == "closed"


def test_the_rules_profile_answers_writes(start):
    zendesk = start(faults="rules")
    ticket = zendesk.ticket(tags=["vip"], priority="normal")
    assert (ticket["priority"], ticket["tags"]) == ("high", ["auto_escalated", "vip"])
    answered = zendesk.update(ticket, comment={"body": "we look"})
    assert (answered["ticket"]["status"], answered["ticket"]["priority"]) == ("pending", "high")
    assert "first_reply_sent" in answered["ticket"]["tags"]
    by_rule = [event for event in answered["audit"]["events"] if event.get("via") and event["type"] == "Change"]
    assert {event["field_name"] for event in by_rule} == {"tags", "status", "custom_status_id"}
    again = zendesk.update(ticket, status="open", comment={"body": "more"})
    assert again["ticket"]["status"] == "open"
    held = zendesk.ticket(status="hold")
    assert zendesk.update(held, comment={"body": "x"})["ticket"]["status"] == "hold"


def test_the_strict_profile_wants_more_fields(start):
    zendesk = start(faults="strict")
    ticket = zendesk.ticket(assignee_email="alex.agent@example.com")
    status, body = zendesk.refused("PUT", f"tickets/{ticket['id']}", {"ticket": {"status": "solved"}})
    assert status == 422
    assert [item["description"] for item in body["details"]["base"]] == [
        "Category: is required when solving a ticket",
        "Resolution code: is required when solving a ticket",
    ]
    category, code = zendesk.field("Category"), zendesk.field("Resolution code")
    assert category["required"] is code["required"] is True
    fields = [{"id": category["id"], "value": "category_network"}, {"id": code["id"], "value": "resolution_code_permanent"}]
    assert zendesk.update(ticket, status="solved", custom_fields=fields)["ticket"]["status"] == "solved"


def test_a_thread_has_an_end(zendesk, monkeypatch):
    monkeypatch.setattr("isthmus.sandbox.zendesk.changes.MOST_COMMENTS", 1)
    ticket = zendesk.ticket()
    assert zendesk.refused("PUT", f"tickets/{ticket['id']}", {"ticket": {"comment": {"body": "x"}}})[0] == 422


def test_metrics_come_from_the_audits(zendesk, agent):
    ticket = zendesk.ticket(requester={"email": "robin.requester@example.com"})
    zendesk.control("clock", {"advance": 600})
    agent.update(ticket, comment={"body": "answer"}, assignee_email="alex.agent@example.com")
    zendesk.control("clock", {"advance": 600})
    agent.update(ticket, status="solved")
    metrics = zendesk.get(f"tickets/{ticket['id']}/metrics")["ticket_metric"]
    assert metrics["reply_time_in_minutes"] == {"calendar": 10, "business": 10}
    assert metrics["full_resolution_time_in_minutes"]["calendar"] == 20
    assert (metrics["replies"], metrics["reopens"], metrics["solved_at"] is not None) == (1, 0, True)
    agent.update(ticket, status="open")
    again = zendesk.get("ticket_metrics")["ticket_metrics"][0]
    assert (again["reopens"], again["solved_at"]) == (1, None)
    assert again["first_resolution_time_in_minutes"]["calendar"] == 20
    assert zendesk.refused("GET", "ticket_metrics/99")[0] == 404
    zendesk.control("clock", {"advance": 100})
    events = zendesk.get("incremental/ticket_metric_events?start_time=0")["ticket_metric_events"]
    assert [(event["metric"], event["type"]) for event in events] == [
        ("reply_time", "activate"),
        ("requester_wait_time", "activate"),
        ("reply_time", "fulfill"),
        ("requester_wait_time", "fulfill"),
    ]


def test_audits_can_be_listed_backwards_and_for_all_tickets(zendesk):
    ticket = zendesk.ticket()
    zendesk.update(ticket, priority="low")
    rows = zendesk.get(f"tickets/{ticket['id']}/audits?sort=-created_at&include=users")
    assert rows["audits"][0]["events"][0]["field_name"] == "priority"
    assert rows["users"][0]["name"] == "Isthmus"
    everything = zendesk.get("ticket_audits")
    assert [audit["id"] for audit in everything["audits"]] == [audit["id"] for audit in rows["audits"][::-1]]
    assert everything["meta"]["has_more"] is False
