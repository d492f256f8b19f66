"""Batch and Aggregate API."""

from __future__ import annotations

import base64
import json

JSON = [{"name": "Content-Type", "value": "application/json"}, {"name": "Accept", "value": "application/json"}]


def item(number, method, url, body=None, **more):
    encoded = {} if body is None else {"body": base64.b64encode(json.dumps(body).encode()).decode()}
    return {"id": str(number), "method": method, "url": url, "headers": JSON, **encoded, **more}


def batch(client, *items, **options):
    body = {"batch_request_id": "7", "rest_requests": list(items)}
    return client("POST", "/api/now/v1/batch", json=body, **options)


def body_of(served):
    return json.loads(base64.b64decode(served["body"]) or "null")


def test_items_are_served_in_order(hub):
    made = hub.create(short_description="a")
    path = f"/api/now/table/incident/{made['sys_id']}"
    answer = batch(
        hub,
        item(1, "PATCH", path, {"short_description": "b"}),
        item(2, "GET", f"{path}?sysparm_fields=short_description", exclude_response_headers=True),
        item(3, "POST", "/api/now/table/incident", {}),
        item(4, "GET", "/api/now/table/nosuch"),
        item(5, "GET", "/nowhere"),
        item(6, "PUT", "/api/now/table/incident"),
        item(7, "DELETE", path),
        item(8, "GET", "/api/now/table/incident?sysparm_query=short_description%3Db%5EORnumberISNOTEMPTY&sysparm_limit=1"),
        {"id": "9", "method": "POST", "url": "/api/now/table/incident", "body": "***", "headers": JSON},
    )
    assert answer.status_code == 200
    reply = answer.json()
    assert set(reply) == {"batch_request_id", "serviced_requests", "unserviced_requests"}
    served = {entry["id"]: entry for entry in reply["serviced_requests"]}
    codes = [entry["status_code"] for entry in served.values()]
    assert codes == [200, 200, 201, 400, 400, 405, 204, 200, 400]
    assert body_of(served["2"]) == {"result": {"short_description": "b"}}
    assert served["2"]["headers"] == []
    assert "Location" in {header["name"] for header in served["3"]["headers"]}
    assert served["3"]["status_text"] == "Created"
    assert body_of(served["4"])["error"]["message"] == "Invalid table nosuch"
    assert (served["7"]["body"], len(body_of(served["8"])["result"])) == ("", 1)
    assert reply["unserviced_requests"] == []


def test_what_does_not_fit_is_not_served(hub):
    hub.set_property("sandbox.batch.items", "1")
    reply = batch(hub, *(item(number, "POST", "/api/now/table/incident", {}) for number in (1, 2, 3))).json()
    assert reply["unserviced_requests"] == ["2", "3"]
    assert len(hub.rows("incident")) == 1
    hub.set_property("sandbox.batch.items", "")
    for name in ("glide.rest.batch.max.inputSize", "glide.rest.batch.max.outputSize"):
        hub.set_property(name, "1")
    big = item(1, "POST", "/api/now/table/incident", {"work_notes": "x" * 1100000})
    assert batch(hub, big).json()["unserviced_requests"] == ["1"]
    small = {"X-BATCHREQUEST-MAX-OUTPUT-SIZE": "10"}
    assert batch(hub, item(1, "GET", "/api/now/table/incident"), headers=small).json()["unserviced_requests"] == ["1"]


def test_malformed_batches(hub):
    assert hub("POST", "/api/now/batch", json={}).status_code == 400
    assert hub("POST", "/api/now/batch", json={"rest_requests": [1]}).status_code == 400
    assert hub("POST", "/api/now/v1/batch", data=b"{", headers={"Content-Type": "application/json"}).status_code == 400


def test_only_batches_that_store_count_as_writes(hub):
    batch(hub, item(1, "GET", "/api/now/table/incident"))
    assert hub.control("inspect")["writes_seen"] == 0
    batch(hub, item(1, "GET", "/api/now/table/incident"), item(2, "POST", "/api/now/table/incident", {}))
    inspect = hub.control("inspect")
    assert (inspect["writes_seen"], inspect["writes_stored"]) == (1, 1)


def test_items_act_as_the_caller(agent):
    reply = batch(agent, item(1, "POST", "/api/now/table/incident", {})).json()
    assert body_of(reply["serviced_requests"][0])["result"]["sys_created_by"] == "fiona.fulfiller"


def stats(client, **params):
    answer = client.get("stats/incident", **params)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def test_counts(hub, employee):
    hub.create(urgency="1")
    hub.create()
    assert stats(hub, sysparm_count="true") == {"stats": {"count": "2"}}
    assert stats(hub, sysparm_count="true", sysparm_query="urgency=1") == {"stats": {"count": "1"}}
    assert stats(employee, sysparm_count="true") == {"stats": {"count": "0"}}
    assert hub.get("stats/nosuch", sysparm_count="true").status_code == 400


def test_groups_and_aggregates(hub):
    for category, count in (("network", "3"), ("network", "4"), ("software", "")):
        hub.create(category=category, reassignment_count=count, opened_at=f"2026-01-0{count or 1} 00:00:00")
    found = stats(hub, sysparm_count="true", sysparm_group_by="category", sysparm_query="ORDERBYopened_at",
                  sysparm_avg_fields="reassignment_count", sysparm_display_value="all")  # fmt: skip
    assert found == [
        {
            "stats": {"count": "1", "avg": {"reassignment_count": ""}},
            "groupby_fields": [{"field": "category", "display_value": "Software", "value": "software"}],
        },
        {
            "stats": {"count": "2", "avg": {"reassignment_count": "3.5000"}},
            "groupby_fields": [{"field": "category", "display_value": "Network", "value": "network"}],
        },
    ]
    shown = stats(hub, sysparm_count="true", sysparm_group_by="category,nosuch", sysparm_display_value="true")
    assert {group["groupby_fields"][0]["value"] for group in shown} == {"Network", "Software"}
    plain = stats(hub, sysparm_count="true", sysparm_group_by="category")
    assert {group["groupby_fields"][0]["value"] for group in plain} == {"network", "software"}
    whole = stats(hub, sysparm_min_fields="opened_at,nosuch", sysparm_max_fields="reassignment_count",
                  sysparm_sum_fields="reassignment_count,opened_at")["stats"]  # fmt: skip
    assert whole == {
        "min": {"opened_at": "2026-01-01 00:00:00"},
        "max": {"reassignment_count": "4"},
        "sum": {"reassignment_count": "7", "opened_at": ""},
    }
