"""A state that fits recordings of Jira, and the reading of its files."""

from __future__ import annotations

import json

from parity.exchanges import Exchange
from parity.jira import Jira
from parity.jira_documented import JiraDocumented

GATEWAY = "/ex/jira/07779958-e747-4285-ad18-0f5252a97bff/rest/api/3"


def exchange(method, path, reply=None, body=None, status=200, **query):
    pairs = tuple((key, str(value)) for key, value in query.items())
    return Exchange("jira", "file.json", 1, method, path, pairs, body, status, None, reply)


def answer(one, kind=Jira):
    with kind([one]) as account:
        account.fit(one)
        return account.send(one)


def test_the_form_of_the_recordings_is_read(tmp_path):
    folder = tmp_path / "jira_service_management" / "recorded"
    folder.mkdir(parents=True)
    sent = {"method": "GET", "path": f"{GATEWAY}/myself", "query": {"a": 1}, "body": None}
    got = {"status": 200, "headers": {"Server": "x"}, "body": ""}
    (folder / "a.json").write_text(json.dumps({"exchanges": [{"request": sent, "response": got}]}), "utf-8")
    (folder / "b.json").write_text("[]", "utf-8")
    (one,), other = Jira.recordings(tmp_path)
    assert (one.query, one.headers, one.reply, one.file, other) == (
        (("a", "1"),),
        {"server": "x"},
        None,
        "recorded/a.json",
        [],
    )
    assert Jira.place(one) == "GET /rest/api/3/myself"


def test_recorded_issues_are_loaded_and_found():
    shown = {"id": "10002", "key": "KAN-2", "fields": {"summary": "Printer", "status": {"id": "5", "name": "Odd"}}}
    reply = answer(exchange("GET", f"{GATEWAY}/issue/KAN-2", shown)).json()
    assert (reply["id"], reply["fields"]["summary"], reply["fields"]["status"]["name"]) == ("10002", "Printer", "Odd")
    found = answer(
        exchange("POST", f"{GATEWAY}/search/jql", {"issues": [shown]}, {"jql": "key = KAN-2", "fields": ["summary"]})
    )
    assert found.json()["issues"][0]["fields"] == {"summary": "Printer"}


def test_what_only_a_path_or_a_body_names():
    assert answer(exchange("DELETE", f"{GATEWAY}/issue/KAN-10", status=204)).status_code == 204
    assert answer(exchange("DELETE", f"{GATEWAY}/attachment/10002", status=204)).status_code == 204
    ends = {"inwardIssue": {"key": "KAN-8"}, "outwardIssue": {"key": "KAN-7"}}
    assert answer(exchange("POST", f"{GATEWAY}/issueLink", body={"type": {"name": "Blocks"}, **ends})).status_code == 201
    assert answer(exchange("GET", f"{GATEWAY}/status/10000", {})).json()["name"] == "To Do"
    assert answer(exchange("GET", f"{GATEWAY}/project/KAN/version", {})).status_code == 200


def test_custom_fields_are_left_out():
    reply = {"key": "A-1", "fields": {"summary": "x", "customfield_1": 2}}
    assert Jira.envelope(exchange("GET", "/x"), reply) == {"issue": {"key": "A-1", "fields": {"summary": "x"}}}
    assert Jira.envelope(exchange("GET", "/x"), [{"id": "customfield_1"}, {"id": "summary"}]) == [{"id": "summary"}]
    assert Jira.envelope(exchange("GET", "/x"), None) is None


def test_a_state_stands_for_the_documented_one():
    path = "/rest/servicedeskapi/request/{requestIdOrKey}/feedback"
    assert answer(exchange("GET", path), JiraDocumented).json()["rating"] == 4
    clock = answer(exchange("GET", "/rest/servicedeskapi/request/{issueIdOrKey}/sla/{slaMetricId}"), JiraDocumented).json()
    assert clock["completedCycles"]
    assert clock["ongoingCycle"]
