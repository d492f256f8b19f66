"""Links, problems, changes, configuration items, tasks, worklogs, approvals, history."""

from __future__ import annotations

import pytest


def link(*ids, **more):
    return {"link_requests": [{"linked_request": {"id": id_}, **more} for id_ in ids]}


def test_links_are_of_both_sides(server, cloud):
    one, two, three = (server.request(subject=name, udf_fields={"udf_char1": name}) for name in ("one", "two", "three"))
    path = f"requests/{one['id']}/link_requests"
    answer = server.ok("POST", path, link(two["id"], three["id"], comments="same"))
    assert answer["response_status"]["messages"][0]["message"] == "Request successfully linked"
    body = server.ok("GET", path)
    assert body.keys() == {"response_status", "link_requests"}
    assert body["link_requests"][0] == {
        "comments": "same",
        "linked_request": {"id": two["id"], "subject": "two", "udf_fields": {"udf_char1": "two"}},
    }
    (back,) = cloud.ok("GET", f"requests/{123640000000000000 + int(two['id'])}/link_requests")["link_requests"]
    assert back["linked_request"]["display_id"] == one["id"]
    assert server.show(two)["linked_to_request"]["id"] == one["id"]
    assert (server.show(one)["has_linked_requests"], server.show(one)["linked_to_request"]) == (True, None)
    assert server.ticket(one)["links"] == [two["id"], three["id"]]
    assert server.refused("POST", path, link(two["id"])) == (400, 4008, "linked_request")
    server.ok("DELETE", path, link(two["id"]))
    assert server.show(two)["linked_to_request"] is None
    assert server.refused("DELETE", path, link(two["id"])) == (400, 4001, "linked_request")
    server.ok("DELETE", f"requests/{three['id']}/move_to_trash")
    server.ok("DELETE", f"requests/{three['id']}")
    assert server.ok("GET", path)["link_requests"] == []


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, 4012, ["link_requests"]),
        ({"link_requests": []}, 4012, ["link_requests"]),
        ({"links": []}, 4001, "links"),
        ({"link_requests": ["x"]}, 4021, "link_requests"),
        ({"link_requests": [{"request": {}}]}, 4001, "request"),
        (link("1"), 4001, "linked_request"),
        (link("99"), 4001, "linked_request"),
        ({"link_requests": [{"linked_request": "x"}]}, 4001, "linked_request"),
    ],
)
def test_links_that_are_refused(server, body, code, field):
    server.request()
    assert server.refused("POST", "requests/1/link_requests", body) == (400, code, field)


TIES = {
    "problem": ("problems", "problem", "request_problem_association", "has_problem"),
    "request_initiated_change": ("changes", "change", "request_initiated_change", "has_request_initiated_change"),
    "request_caused_by_change": ("changes", "change", "request_caused_by_change", "has_request_caused_by_change"),
}


@pytest.mark.parametrize("name", TIES)
def test_ties_to_problems_and_changes(server, name):
    module, key, envelope, flag = TIES[name]
    made = server.ok("POST", module, {key: {"title": "Root", "description": "<p>why</p>"}}, 201)[key]
    one = server.request()
    path = f"requests/{one['id']}/{name}"
    assert server.refused("GET", path) == (404, 4007, None)
    assert server.refused("DELETE", path) == (404, 4007, None)
    body = {envelope: {key: {"id": made["id"]}}}
    assert server.ok("POST", path, body, 201)[envelope] == {key: {"id": made["id"], "title": "Root"}}
    assert server.ok("GET", path)[envelope][key]["title"] == "Root"
    assert server.show(one)[flag] is True
    for wrong in ({key: {"id": "99"}}, {key: "x"}, {}):
        assert server.refused("PUT", path, {envelope: wrong}) == (400, 4001, key)
    server.ok("DELETE", path)
    assert server.show(one)[flag] is False


@pytest.mark.parametrize("module", ["problems", "changes"])
def test_problems_and_changes(either, module):
    key = module[:-1]
    made = either.ok("POST", module, {key: {"title": "Root"}}, 201)[key]
    assert either.get(f"{module}/{made['id']}")[key] == made
    (row,) = either.get(module)[module]
    assert row["title"] == "Root"
    assert "description" not in row
    assert either.refused("POST", module, {key: {}}) == (400, 4012, ["title"])
    assert either.refused("GET", f"{module}/x") == (400, 4001, "id")
    assert either.refused("GET", f"{module}/99") == (404, 4007, None)
    assert len(either.control("snapshot")[module]) == 1


def test_configuration_items(either):
    for kind in ("assets", "configuration_items"):
        criteria = {"field": "serial_number", "condition": "is", "value": "SN-1002"}
        (item,) = either.get(kind, search_criteria=criteria)[kind]
        assert (item["name"], item["type"]) == ("srv-mail-01", {"name": "Server"})
        assert either.get(f"{kind}/{item['id']}")[kind[:-1]] == item
        assert either.refused("GET", f"{kind}/x") == (404, 4007, None)


# -- children


@pytest.mark.parametrize(
    ("kind", "key", "body"),
    [
        ("tasks", "task", {"title": "Look", "status": "Open", "owner": {"email_id": "alex.agent@example.com"}}),
        ("tasks", "task", {"title": "Look", "status": {"name": "Open"}}),
        ("worklogs", "worklog", {"description": "looked", "start_time": {"value": "1"}}),
        ("approval_levels", "approval_level", {"level": 1}),
    ],
)
def test_children(either, kind, key, body):
    one = either.request()
    path = f"requests/{one['id']}/{kind}"
    made = either.ok("POST", path, {key: body}, 201)[key]
    assert (made["request"]["id"], made["created_by"]["name"]) == (one["id"], "isthmus")
    assert either.get(f"{path}/{made['id']}")[key] == made
    assert either.get(path)[kind] == [made]
    changed = either.ok("PUT", f"{path}/{made['id']}", {key: {"level" if "level" in body else "description": 2}})[key]
    assert changed["level" if "level" in body else "description"] == 2
    assert either.refused("POST", path, {key: {}})[1] == 4012
    assert either.refused("POST", path, {key: {"colour": 1}}) == (400, 4001, "colour")
    either.ok("DELETE", f"{path}/{made['id']}")
    assert either.refused("GET", f"{path}/{made['id']}") == (404, 4007, None)


def test_tasks_have_owners_who_exist(server):
    one = server.request()
    path = f"requests/{one['id']}/tasks"
    made = server.ok("POST", path, {"task": {"title": "x", "owner": {"name": "Alex Agent"}}})["task"]
    assert made["owner"]["email_id"] == "alex.agent@example.com"
    assert server.refused("POST", path, {"task": {"title": "x", "owner": {"name": "Nobody"}}}) == (400, 4001, "owner")


@pytest.mark.parametrize(("verbs", "outcome"), [(("_approve", "_approve"), "Approved"), (("_reject",), "Rejected")])
def test_approvals(server, verbs, outcome):
    one = server.request()
    approvers = [{"approver": {"name": name}} for name in ("Alex Agent", "Robin Requester")]
    body = {"approval_level": {"level": 1, "approvals": approvers}}
    level = server.ok("POST", f"requests/{one['id']}/approval_levels", body)["approval_level"]
    assert level["status"] == {"name": "Pending Approval"}
    path = f"requests/{one['id']}/approval_levels/{level['id']}/approvals"
    rows = server.get(path)["approvals"]
    assert [(row["approver"]["name"], row["status"]["name"]) for row in rows] == [
        ("Alex Agent", "Pending Approval"), ("Robin Requester", "Pending Approval"),
    ]  # fmt: skip
    for row, verb in zip(rows, verbs, strict=False):
        server.ok("PUT", f"{path}/{row['id']}/{verb}")
    assert server.show(one)["approval_status"] == {"name": outcome}
    assert server.refused("PUT", f"{path}/{rows[0]['id']}/_approve") == (400, 4001, "approval")
    assert server.refused("PUT", f"{path}/99/_approve") == (404, 4007, None)
    for wrong, field in (("x", "approvals"), ([5], "approver"), ([{"approver": {"name": "Nobody"}}], "approver")):
        assert (
            server.refused(
                "POST", path.rpartition("/")[0].rpartition("/")[0], {"approval_level": {"level": 1, "approvals": wrong}}
            )[2]
            == field
        )


# -- history


def test_the_history_in_cloud(cloud):
    one = cloud.request(priority={"name": "Low"})
    cloud.update(
        one,
        priority={"name": "High"},
        technician={"name": "Alex Agent"},
        description="<p>x</p>",
        assets=[{"name": "gw-vpn-01"}],
        udf_fields={"udf_char1": "INC1"},
        resolution={"content": "done"},
        closure_info={"closure_code": {"name": "Success"}},
        due_by_time={"value": "1900000000000"},
        onhold_scheduler={"scheduled_time": {"value": "1900000000000"}, "change_to_status": {"name": "Open"}},
    )
    cloud.note(one)
    rows = cloud.get(f"requests/{one['id']}/history", row_count=100)["history"]
    assert [row["operation"] for row in rows] == ["CREATE", "UPDATE", "NOTE"]
    assert rows[0]["by"]["email_id"] == "isthmus@example.com"
    diff = {item["field"]: (item["previous_value"], item["current_value"]) for item in rows[1]["diff"]}
    assert [value["name"] for value in diff["priority"]] == ["Low", "High"]
    assert (diff["technician"][0], diff["technician"][1]["name"]) == (None, "Alex Agent")
    assert diff["description"] == (None, "<p>x</p>")
    assert (diff["assets"][0], diff["assets"][1][0]["name"]) == ([], "gw-vpn-01")
    assert diff["udf_fields.udf_char1"] == (None, "INC1")
    assert diff["resolution"] == (None, "done")
    assert (diff["closure_info"][0], diff["closure_info"][1]["name"]) == (None, "Success")
    assert diff["due_by_time"][1]["value"] == "1900000000000"
    assert diff["onhold_scheduler"] == (None, None)
    assert rows[2]["diff"] == []


def test_a_timeline_can_be_read_from_the_history(seeded_cloud):
    closed = seeded_cloud.ids({"field": "status.name", "condition": "is", "value": "Closed"})[:30]
    for id_ in closed:
        shown = seeded_cloud.get(f"requests/{id_}")["request"]
        rows = seeded_cloud.get(f"requests/{id_}/history", row_count=100)["history"]
        moments = [int(row["time"]["value"]) for row in rows]
        assert moments == sorted(moments)
        assert (moments[0], moments[-1]) == (int(shown["created_time"]["value"]), int(shown["last_updated_time"]["value"]))
        status = "Open"
        for item in (item for row in rows for item in row["diff"] if item["field"] == "status"):
            assert item["previous_value"]["name"] == status
            status = item["current_value"]["name"]
        assert status == "Closed"
        assert rows[-1]["by"] is None
