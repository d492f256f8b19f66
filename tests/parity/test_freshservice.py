"""The account of Freshservice: printed samples are read, and a state is made to fit them."""

from __future__ import annotations

import json

import pytest
from parity.freshservice import ASKED, Freshservice
from parity.replay import check

HOST = "https://domain.freshservice.com/api/v2"
TICKET = {"id": 20, "subject": "Printer", "status": 2, "priority": 1, "updated_at": "2022-07-12T08:00:00Z"}
LISTED = {**TICKET, "created_at": "2022-07-11T08:00:00Z"}
MISSING = {"subject": "x", "description": "x", "status": 2, "priority": 1, "email": "a@example.com"}


def sample(method, path, response=None, **more):
    return {"title": path, "method": method, "url": HOST + path, "response": response, **more}


@pytest.fixture
def answers(tmp_path):
    """Gives the status and JSON of the sandbox's answer to each printed sample."""

    def given(*samples):
        folder = tmp_path / "freshservice" / "docs_samples"
        folder.mkdir(parents=True)
        (folder / "printed.json").write_text(json.dumps(samples), "utf-8")
        found = []
        for (exchange,) in (one for one in Freshservice.recordings(tmp_path) if one):
            with Freshservice([exchange]) as account:
                account.fit(exchange)
                reply = account.send(exchange)
                found.append((reply.status_code, reply.json() if reply.content[:1] == b"{" else reply.content))
        return found

    return given


def test_tickets_are_loaded_and_lists_asked_in_their_time(answers):
    view, listed = answers(
        sample("GET", "/tickets/7", {"ticket": {**TICKET, "mood": "good"}}),
        sample("GET", "/tickets", {"tickets": [LISTED]}),
    )
    assert (view[1]["ticket"]["subject"], "mood" in view[1]["ticket"]) == ("Printer", False)
    assert [row["id"] for row in listed[1]["tickets"]] == [20]


def test_forms_and_bodies_that_were_not_printed(answers):
    form, reply, gone = answers(
        sample(
            "POST",
            "/tickets",
            {"ticket": TICKET},
            multipart_fields=["attachments[]=@a.png", *(f"{key}={value}" for key, value in MISSING.items())],
        ),
        sample("POST", "/tickets/141/reply", {"conversation": {"body": "<div>We try.</div>"}}),
        sample("DELETE", "/tickets/1", response_prefix="HTTP\nStatus:\n204\nNo\nContent"),
    )
    assert [file["name"] for file in form[1]["ticket"]["attachments"]] == ["a.png"]
    assert reply[1]["conversation"]["body_text"] == "We try."
    assert gone == (204, b"")


def test_stand_ins_for_ids_of_each_kind(answers):
    agent, group, entry, task, file, note, linked = answers(
        sample("PUT", "/agents/1", {"agent": {}}, request={"roles": [{"role_id": 7}]}),
        sample("POST", "/groups", {"group": {}}, request={"name": "Linux", "members": [1], "escalate_to": 1155}),
        sample("POST", "/tickets/1/time_entries", request={"time_entry": {"agent_id": 1, "time_spent": "03:00"}}),
        sample("PUT", "/tickets/1/tasks/1", {"task": {}}, request={"title": "x"}),
        sample("GET", "/attachments/1", response_prefix="200"),
        sample("PUT", "/conversations/5", {"conversation": {}}, request={"body": "other"}),
        sample("POST", "/tickets", {"ticket": TICKET}, request={**MISSING, "problem": {"display_id": 2}}),
    )
    assert [one[0] for one in (agent, group, entry, task, file, note, linked)] == [200, 201, 201, 200, 200, 200, 201]
    assert len(group[1]["group"]["members"]) == 1
    assert len(note[1]["conversation"]["attachments"]) == 1
    assert linked[1]["ticket"]["problem"]["display_id"] == 2


def test_a_file_with_one_reply_is_judged(tmp_path):
    name = "mocks_rapid7/list_tickets_empty.json"
    assert ASKED[name][1] == "/tickets"
    for place, reply in ((name, {"tickets": []}), ("other/reply.json", {"tickets": [TICKET]})):
        path = tmp_path / "freshservice" / place
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(reply), "utf-8")
    found = check(tmp_path, "freshservice", (), ())
    assert (found.compared, found.wrong) == (1, [])
