"""Fault profiles in the vendor's manner, rate limits, and the sleeping instance."""

from __future__ import annotations

from collections import Counter

import pytest
import requests


def use(client, profile, seed=1):
    client.control("faults", {"profile": profile, "seed": seed, "hold": 0.01})


def test_a_hibernating_instance_answers_every_path_with_a_page(hub):
    use(hub, "hibernating")
    assert hub.control("inspect")["profile"] == "hibernating"
    calls = [("GET", "/api/now/table/incident"), ("POST", "/oauth_token.do"), ("GET", "/nowhere"), ("PUT", "/api/now/x"),
             ("PATCH", "/api/now/table/incident/1"), ("DELETE", "/api/now/table/incident/1")]  # fmt: skip
    for method, path in calls:
        answer = hub(method, path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
        assert "hibernating" in answer.text
    use(hub, None)
    assert hub.rows("incident") == []
    assert hub("POST", "/_sandbox/faults", json={"profile": "nonsense"}).status_code == 400
    use(hub, "hibernating+flaky")
    assert hub.running.vendor.faults.profiles == {"hibernating", "flaky"}


def attempts(client, method, path, **options):
    """Send a request until it gets through; give the statuses."""
    seen = []
    for _ in range(8):
        try:
            answer = client(method, path, **options)
            answer.json()
        except requests.RequestException as error:
            seen.append(type(error).__name__)
            continue
        seen.append(answer.status_code)
        if answer.status_code < 300 and "error" not in answer.json():
            return seen
    pytest.fail(f"never got through: {seen}")


def test_flaky_lets_retries_through(hub):
    ids = [hub.create(sys_id=digit * 32)["sys_id"] for digit in "123"]
    use(hub, "flaky", 3)
    seen = Counter()
    for number in range(120):
        seen.update(attempts(hub, "GET", f"/api/now/table/incident?sysparm_query=sys_idISNOTEMPTY&x={number}"))
        seen.update(attempts(hub, "PATCH", f"/api/now/table/incident/{ids[number % 3]}", json={"work_notes": str(number)}))
    assert {200, 500} <= set(seen)
    injected = hub.control("inspect")["faults"]
    assert {"error", "unavailable", "reset", "lost error"} <= set(injected)


def test_a_list_may_carry_an_error_in_a_200(hub):
    for _ in range(4):
        hub.create()
    use(hub, "flaky")
    partial = []
    for number in range(300):
        try:
            answer = hub("GET", f"/api/now/table/incident?x={number}")
            body = answer.json()
        except requests.RequestException:
            continue
        if answer.status_code == 200 and "error" in body:
            partial.append(body)
    assert partial
    assert all(len(body["result"]) == 2 for body in partial)
    assert partial[0]["error"]["message"] == "Transaction cancelled: maximum execution time exceeded"


def test_an_insert_may_be_forbidden_although_it_happened(hub):
    use(hub, "flaky")
    lied = None
    for number in range(200):
        body = {"correlation_id": f"key-{number}"}
        try:
            answer = hub("POST", "/api/now/table/incident", json=body)
        except requests.RequestException:
            continue
        if answer.status_code == 403:
            lied = body
            break
    assert lied
    assert hub.control("inspect")["faults"]["forbidden although inserted"] == 1
    use(hub, None)
    assert len(hub.rows("incident", f"correlation_id={lied['correlation_id']}")) == 1


def test_throttled_with_and_without_headers_and_queued(hub):
    use(hub, "throttled")
    answers = [hub.get("table/incident", x=number) for number in range(150)]
    limited = [answer for answer in answers if answer.status_code == 429]
    with_headers = [answer for answer in limited if "Retry-After" in answer.headers]
    bare = [answer for answer in limited if "Retry-After" not in answer.headers]
    queued = [answer for answer in answers if answer.status_code == 202]
    assert with_headers
    assert bare
    assert queued
    assert with_headers[0].headers["X-RateLimit-Limit"] == "36000"
    assert {"X-RateLimit-Reset", "X-RateLimit-Rule"} <= set(with_headers[0].headers)
    assert "X-RateLimit-Rule" not in bare[0].headers
    assert with_headers[0].json()["error"] == {
        "message": "Rate limit exceeded",
        "detail": "Rate limit of 36000 requests per hour for Table API exceeded",
    }
    writes = [hub("POST", "/api/now/table/incident", json={"x": number}).status_code for number in range(60)]
    assert set(writes) == {201, 429}


def test_real_limits_follow_the_rule(hub, fresh):
    rule = hub.rows("sys_rate_limit_rules")[0]
    hub.change(rule["sys_id"], "sys_rate_limit_rules", request_limit="3")
    fresh.vendor.limits.mode = "real"
    for _ in range(3):
        answer = hub.get("table/incident")
        assert (answer.status_code, answer.headers["X-RateLimit-Rule"]) == (200, rule["sys_id"])
    answer = hub.get("table/incident")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    hub.advance(hours=1)
    assert hub.get("table/incident").status_code == 200
    assert hub("GET", "/oauth_auth.do").status_code == 400, "public paths are not counted"
    hub.change(rule["sys_id"], "sys_rate_limit_rules", active="false")
    assert "X-RateLimit-Rule" not in hub.get("table/incident").headers


def test_laggy_commits_are_stamped_before_they_are_seen(hub):
    use(hub, "laggy")
    made = [hub.create(comments="x") for _ in range(20)]
    now = hub.control("inspect")["now"][:19].replace("T", " ")
    stamps = [row["sys_updated_on"] for row in made]
    assert min(stamps) < now
    assert stamps != sorted(stamps)
    assert all(stamp > "2026-07-14 07:59:5" for stamp in stamps)
    row = made[0]
    for number in range(10):
        changed = hub.change(row["sys_id"], short_description=str(number))
        assert changed["sys_updated_on"] >= row["sys_updated_on"]
        row = changed


def test_strict_asks_for_more(hub):
    use(hub, "strict")
    eva = hub.user_id("eva.employee")

    def refused(method, path, **body):
        answer = hub(method, f"/api/now/table/incident{path}", json=body)
        assert answer.status_code == 403
        return answer.json()["error"]["detail"].partition("mandatory: ")[2]

    assert refused("POST", "") == "Caller, Short description"
    made = hub.create(caller_id=eva, short_description="x")
    assert refused("PATCH", f"/{made['sys_id']}", state="3") == "On hold reason"
    assert refused("PATCH", f"/{made['sys_id']}", state="6", category="") == (
        "Resolution code, Resolution notes, Category, Assignment group"
    )
    hub.change(made["sys_id"], short_description="y", caller_id="")


def test_rules_answer_with_writes_of_their_own(hub):
    use(hub, "rules")
    eva = hub.user_id("eva.employee")
    hub.change(eva, "sys_user", vip="true")
    made = hub.create(category="network", caller_id=eva)
    assert made["assignment_group"]["value"] == hub.group_id("Network")
    assert (made["urgency"], made["priority"], made["sys_mod_count"], made["sys_updated_by"]) == ("1", "3", "1", "system")
    notes = hub.rows("sys_journal_field", f"element_id={made['sys_id']}")
    assert [(row["element"], row["sys_created_by"]) for row in notes] == [("work_notes", "system")]
    assert "VIP" in notes[0]["value"]
    own = hub.create(category="network", assignment_group=hub.group_id("Database"))
    assert own["assignment_group"]["value"] == hub.group_id("Database")
    assert own["sys_mod_count"] == "0"
    assert hub.create(category="")["assignment_group"] == ""
    assert hub.change(own["sys_id"], short_description="x")["sys_mod_count"] == "1"


def test_an_engine_failure_has_the_vendors_envelope(fresh):
    answer = fresh.vendor.failure(500)
    assert answer.status_code == 500
    assert answer.json["status"] == "failure"
