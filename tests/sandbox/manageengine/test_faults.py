"""Faults in the vendor's manner."""

from __future__ import annotations

import pytest
import requests


def test_throttling_in_the_manner_of_each_product(server, cloud):
    server.control("faults", {"profile": "throttled", "seed": 3})
    answers = [server("GET", f"requests?page={number}") for number in range(60)]
    assert {answer.status_code for answer in answers} == {200, 400}
    assert {answer.text[:11] for answer in answers if answer.status_code == 400} == {"URL blocked"}
    answers = [cloud("GET", f"requests?page={number}") for number in range(150)]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert {answer.headers.get("Retry-After") for answer in answers if answer.status_code == 429} == {"1", None}


def test_flaky_writes_fail_in_many_ways_and_some_with_200(server):
    server.control("faults", {"profile": "flaky", "seed": 1, "hold": 0.01})
    outcomes = set()
    for number in range(300):
        try:
            answer = server("POST", "requests", {"request": {"subject": f"Help {number}"}})
        except requests.exceptions.RequestException:
            outcomes.add("no reply")
            continue
        if answer.status_code == 200:
            assert answer.json()["response_status"]["messages"][0]["status_code"] == 4004
        outcomes.add(answer.status_code)
    assert {"no reply", 200, 201, 500, 503} <= outcomes
    injected = server.control("inspect")["faults"]
    assert injected["refused with 200"] >= 1
    stored = server.control("inspect")["writes_stored"]
    server.control("faults", {"profile": None})
    subjects = {one["record"]["subject"] for one in server.control("snapshot")["tickets"]}
    assert 200 < len(subjects) == stored < 300


def test_a_quiet_refusal_strikes_once(server):
    server.control("faults", {"profile": "flaky", "seed": 1})
    manners = server.vendor.manners
    struck = next(text for text in (b"%d" % number for number in range(1000)) if manners.refuses_quietly(text))
    assert not manners.refuses_quietly(struck)


def test_an_unknown_profile_is_refused(server):
    assert "unknown fault profile" in server.control("faults", {"profile": "narrow+nonsense"})["error"]


def test_a_narrow_build_refuses_some_searches(server, cloud):
    server.control("faults", {"profile": "narrow"})
    one = {"field": "subject", "condition": "is", "value": "x"}
    since = {"field": "created_time", "condition": "greater than", "value": "1"}
    refusal = (400, 4001, "search_criteria")
    for criteria in ([one], [one, since], {**one, "children": [since]}, [since, since]):
        assert server.refused("GET", "requests", {"list_info": {"search_criteria": criteria}}) == refusal
    for criteria in (one, [one, one], since):
        assert server.get("requests", search_criteria=criteria)["requests"] == []


def test_a_laggy_list_sees_changes_late(server):
    server.control("faults", {"profile": "laggy"})
    one = server.request()
    assert server.ids() == []
    assert server.show(one)["id"] == one["id"]
    server.advance(advance=31)
    assert server.ids() == [one["id"]]


def test_a_real_bug_is_an_internal_error(server):
    server.vendor.state.options = {}
    assert server.refused("GET", "statuses") == (500, 4004, None)


def test_a_strict_template_demands_fields(start):
    server = start(faults="strict", seed=1)
    body = {"request": {"subject": "x"}}
    assert server.refused("POST", "requests", body) == (400, 4012, ["requester", "category"])
    fields = server.get("requests/_metainfo")["metainfo"]["fields"]
    assert [name for name, field in fields.items() if field.get("mandatory")] == ["subject", "category", "requester"]
    given = {"requester": {"email_id": "robin.requester@example.com"}, "category": {"name": "network"}}
    one = server.request(**given)
    assert server.refused("PUT", f"requests/{one['id']}/close") == (400, 4012, ["resolution"])
    assert server.refused(
        "PUT", f"requests/{one['id']}", {"request": {"status": {"name": "Resolved"}, "category": None}}
    ) == (
        400,
        4012,
        ["category", "resolution"],
    )
    assert server.show(one)["category"]["name"] == "network"
    half = {"request": {"status": {"name": "Resolved"}, "resolution": {"content": "done"}, "category": None}}
    assert server.refused("PUT", f"requests/{one['id']}", half)[2] == ["category"]
    assert server.show(one)["resolution"]["content"] is None
    assert server.update(one, status={"name": "Cancelled"})["status"]["name"] == "Cancelled"
    both = {"status": {"name": "Resolved"}, "resolution": {"content": "done"}}
    assert server.update(one, **both)["status"]["name"] == "Resolved"
    assert server.request(**given, **both)["resolution"]["content"] == "done"


@pytest.mark.parametrize(("impact", "urgency", "priority"), [("High", "Urgent", "High"), ("Low", "Low", "Low")])
def test_with_rules_the_priority_follows(start, impact, urgency, priority):
    server = start(faults="rules")
    one = server.request(impact={"name": impact}, urgency={"name": urgency}, priority={"name": "Normal"})
    assert one["priority"]["name"] == priority
    last = server.ticket(one)["history"][-1]
    assert (last["operation"], last["email"], last["fields"][0]) == ("BUSINESS_RULE", None, "priority")
    assert server.update(one, priority={"name": "Medium"})["priority"]["name"] == priority
    assert server.update(one, impact=None, priority={"name": "Medium"})["priority"]["name"] == "Medium"


def test_with_rules_a_public_note_begins_the_work(start):
    server = start(faults="rules")
    one = server.request()
    server.note(one)
    assert server.show(one)["status"]["name"] == "Open"
    server.note(one, show_to_requester=True)
    assert server.show(one)["status"]["name"] == "In Progress"
