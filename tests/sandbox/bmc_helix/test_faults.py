"""Fault profiles in the vendor's manner, the gateway's quota, kills."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter

import pytest
import requests

CREATE, INTERFACE = "HPD:IncidentInterface_Create", "HPD:IncidentInterface"


def attempts(client, method, form, entry_id="", **options):
    """Send a request until it gets through, logging in again where the token is gone; give what came."""
    seen = []
    for _ in range(9):
        try:
            answer = client.entry(method, form, entry_id, **options)
            failed = answer.status_code >= 400 or (bool(answer.content) and isinstance(answer.json(), list))
        except requests.RequestException as error:
            seen.append(type(error).__name__)
            continue
        if answer.status_code == 401:
            client.running.vendor.faults.use(None)
            client.log_in("isthmus")
            client.use("flaky", 3)
        seen.append(f"{answer.status_code}{'!' if failed else ''}")
        if not failed:
            return seen
    pytest.fail(f"never got through: {seen}")


def test_flaky_lets_retries_through(hub):
    made = [hub.create()["Request ID"] for _ in range(3)]
    hub.use("flaky", 3)
    seen = Counter()
    for number in range(150):
        seen.update(attempts(hub, "GET", INTERFACE, params={"x": number}))
        seen.update(attempts(hub, "PUT", INTERFACE, made[number % 3], json={"values": {"Description": str(number)}}))
    assert {"200", "204", "500!", "200!"} <= set(seen)
    assert {"error", "unavailable", "reset", "error in a 200"} <= set(hub.control("inspect")["faults"])


def test_a_create_may_time_out_although_it_was_stored(hub, words):
    hub.use("flaky")
    timed_out = []
    for number in range(150):
        values = words["new"] | {"Vendor Ticket Number": f"key-{number}"}
        try:
            answer = hub.entry("POST", CREATE, json={"values": values})
        except requests.RequestException:
            continue
        if answer.status_code == 500 and answer.headers["Content-Type"].startswith("application/json"):
            timed_out += [number] if answer.json()[0]["messageNumber"] == 92 else []
    assert timed_out
    hub.use(None)
    hub.log_in("isthmus")
    for number in timed_out:
        assert len(hub.rows(INTERFACE, f"'Vendor Ticket Number' = \"key-{number}\"")) == 1


def test_a_token_may_be_forgotten(hub):
    hub.use("flaky")
    answers = []
    for number in range(400):
        try:
            answers.append(hub.entry("GET", "COM:Company", params={"x": number}).status_code)
        except requests.RequestException:
            continue
        if answers[-1] == 401:
            break
    assert answers[-1] == 401
    assert hub.control("inspect")["faults"]["token forgotten"] == 1


def test_throttled_is_a_page(hub):
    hub.use("throttled")
    answers = [hub.entry("GET", "COM:Company", params={"x": number}) for number in range(150)]
    limited = [answer for answer in answers if answer.status_code == 429]
    assert {"Retry-After" in answer.headers for answer in limited} == {True, False}
    assert all(answer.headers["Content-Type"].startswith("text/html") for answer in limited)
    assert {answer.status_code for answer in answers} == {200, 429}


def test_real_limits_are_those_of_the_gateway(hub, fresh, monkeypatch):
    monkeypatch.setattr("isthmus.sandbox.bmc_helix.vendor._CALLS_A_MINUTE", 3)
    fresh.vendor.limits.mode = "real"
    assert [hub.entry("GET", "COM:Company").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = hub.entry("GET", "COM:Company")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert hub("POST", "/api/jwt/login", data={"username": "x"}).status_code == 401, "logins are not counted"
    hub.advance(60)
    assert hub.entry("GET", "COM:Company").status_code == 200


def test_laggy_saves_are_stamped_before_they_are_seen(hub):
    hub.use("laggy")
    stamps = [hub.create()["Submit Date"] for _ in range(20)]
    assert min(stamps) < "2026-07-14T08:00:00"
    assert stamps != sorted(stamps)
    assert min(stamps) >= "2026-07-14T07:59:56"
    made = hub.create()
    last = made["Last Modified Date"]
    for number in range(10):
        hub.change(made["Request ID"], Description=str(number))
        row = hub.row(made["Request ID"])
        assert row["Last Modified Date"] >= last
        last = row["Last Modified Date"]


def test_strict_asks_for_more(hub, words):
    hub.use("strict")
    assert hub.refused("POST", CREATE, **words["new"]) == (500, 48320, "Categorization Tier 1")
    made = hub.create(**words["desk"], **{"Categorization Tier 1": "network"})["Request ID"]
    assert hub.refused("PUT", INTERFACE, made, **words["resolved"]) == (500, 48320, "Resolution Method")
    hub.change(made, **words["resolved"], **{"Resolution Method": "Remote"})


def test_rules_answer_with_saves_of_their_own(hub):
    hub.use("rules")
    made = hub.create(**{"Categorization Tier 1": "network"})
    other = hub.create()
    hub.advance(3)
    row = hub.row(made["Request ID"])
    assert (row["Status"], row["Assigned Group"], row["Last Modified By"]) == (
        "Assigned",
        "Network",
        "Remedy Application Service",
    )
    assert row["Assignee Login ID"] == "fiona.fulfiller"
    assert hub.row(other["Request ID"])["Assigned Group"] == "Service Desk"
    assert [log["Work Log Type"] for log in hub.logs(made)] == ["Assignment Change", "Status Update"]


def test_routing_without_members_or_groups(hub):
    hub.use("rules")
    made = hub.create(**{"Categorization Tier 1": "database"})
    hub.advance(3)
    row = hub.row(made["Request ID"])
    assert (row["Status"], row["Assigned Group"], row["Assignee"]) == ("Assigned", "Database", None)
    group = hub.rows("CTM:Support Group", "'Support Group Name' = \"Database\"")[0]
    hub.entry("DELETE", "CTM:Support Group", group["Support Group ID"])
    lost = hub.create(**{"Categorization Tier 1": "database"})
    hub.advance(3)
    assert hub.row(lost["Request ID"])["Status"] == "New"


def test_profiles_have_to_be_known(hub):
    assert hub("POST", "/_sandbox/faults", json={"profile": "nonsense"}).status_code == 400
    hub.use("one_session+flaky")
    assert hub.control("inspect")["profile"] == "one_session+flaky"


def test_a_failure_is_an_array(hub, fresh):
    answer = fresh.vendor.failure(500)
    assert (answer.status_code, answer.json[0]["messageNumber"]) == (500, 93)


def test_a_kill_at_a_write(hub, words):
    victim = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    try:
        hub.control("kill", {"pid": victim.pid, "write": 1, "when": "stored"})
        hub.log_in("isthmus")
        hub.rows(INTERFACE)
        assert hub.control("inspect")["writes_seen"] == 0, "neither logging in nor reading is a write"
        with pytest.raises(requests.ConnectionError):
            hub.entry("POST", CREATE, json={"values": words["new"]})
        assert victim.wait(10) == -signal.SIGKILL
    finally:
        victim.kill()
        victim.stdin.close()
        victim.wait(10)
    assert len(hub.rows(INTERFACE)) == 1
