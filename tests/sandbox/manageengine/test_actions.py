"""Actions: close, assign, pick up, merge, trash, resolution."""

from __future__ import annotations

import pytest

VERBS = {"/api/v3": ("close", "assign", "pickup"), "/app/itdesk/api/v3": ("_close", "_assign", "_pickup")}


def said(answer):
    (message,) = answer["response_status"]["messages"]
    assert message["type"] == "success"
    return message["message"]


def test_closing(either):
    verb, one = VERBS[either.base][0], either.request()
    info = {
        "requester_ack_resolution": True,
        "requester_ack_comments": "Works",
        "closure_comments": "Restarted",
        "closure_code": {"name": "Success"},
    }
    path = f"requests/{one['id']}/{verb}"
    answer = either.ok("PUT", path, {"request": {"closure_info": info}}, 200)
    assert (set(answer), said(answer)) == ({"response_status"}, "Request(s) closed successfully.")
    shown = either.show(one)
    assert (shown["status"]["name"], shown["completed_time"]) == ("Closed", shown["last_updated_time"])
    assert {**shown["closure_info"], "closure_code": shown["closure_info"]["closure_code"]["name"]} == {
        **info,
        "closure_code": "Success",
    }
    assert either.refused("PUT", path) == (400, 4001, "id")
    other = either.request()
    assert said(either.ok("PUT", f"requests/{other['id']}/{verb}", {"request": {}})) == "Request(s) closed successfully."


@pytest.mark.parametrize(
    ("body", "field"),
    [({"request": {"status": {}}}, "status"), ({"note": {}}, "note"), ({"request": {"closure_info": "x"}}, "closure_info")],
)
def test_closing_takes_closure_info_only(server, body, field):
    one = server.request()
    assert server.refused("PUT", f"requests/{one['id']}/close", body)[2] == field
    assert server.show(one)["status"]["name"] == "Open"


def test_assigning(either):
    verb, one = VERBS[either.base][1], either.request()
    path = f"requests/{one['id']}/{verb}"
    body = {"request": {"group": {"name": "Support"}, "technician": {"name": "Alex Agent"}}}
    assert said(either.ok("PUT", path, body)) == "Assigned successfully."
    shown = either.show(one)
    assert (shown["technician"]["name"], shown["group"]["name"]) == ("Alex Agent", "Support")
    assert either.refused("PUT", path, {"request": {}}) == (400, 4012, ["technician"])
    assert either.refused("PUT", path, {"request": {"subject": "x"}})[2] == "subject"


def test_picking_up(either):
    one = either.request()
    said(either.ok("PUT", f"requests/{one['id']}/{VERBS[either.base][2]}"))
    assert either.show(one)["technician"]["email_id"] == "isthmus@example.com"


def test_merging(either):
    one, two, three = (either.request(subject=name) for name in ("one", "two", "three"))
    late, early = either.note(two, "<p>late</p>"), either.note(one, "<p>early</p>")
    either.upload(two)
    links = {"link_requests": [{"linked_request": {"id": two["id"]}}]}
    either.ok("POST", f"requests/{one['id']}/link_requests", links)
    path = f"requests/{one['id']}/merge_requests"
    assert "merged" in said(either.ok("PUT", path, {"merge_requests": [{"id": two["id"]}, {"id": three["id"]}]}))
    answer = either("GET", f"requests/{two['id']}")
    assert (answer.status_code, one["id"] in answer.text) == (404, True)
    assert either.ids() == [one["id"]]
    merged = either.ticket(one)
    assert {note["text"] for note in merged["comments"]} == {"late", "early"}
    assert [file["name"] for file in merged["files"]] == ["a.txt"]
    assert {early["id"], late["id"]} == {note["id"] for note in either.get(f"requests/{one['id']}/notes")["notes"]}
    assert either.ticket(two)["deleted"] is True
    assert either.ok("GET", f"requests/{one['id']}/link_requests")["link_requests"] == []
    for wrong in ([], [5], "x"):
        assert either.refused("PUT", path, {"merge_requests": wrong})[2] == "merge_requests"
    assert either.refused("PUT", path, {"merge_requests": [{"id": one["id"]}]})[2] == "merge_requests"
    assert either.refused("PUT", path, {"requests": []})[2] == "requests"


# -- the trash


def test_the_trash_on_premises(server):
    one = server.request()
    path = f"requests/{one['id']}"
    assert server.refused("DELETE", path) == (400, 4017, None)
    gone = server.ok("DELETE", f"{path}/move_to_trash", status=200)["request"]
    assert (gone["is_trashed"], gone["deleted_by"]["name"], gone["last_updated_time"]) == (True, "isthmus", None)
    assert "deleted_on" in gone
    assert server.refused("DELETE", f"{path}/move_to_trash") == (400, 4016, None)
    assert server.ids() == []
    assert server.show(one)["is_trashed"] is True
    assert server.refused("PUT", path, {"request": {"subject": "x"}}) == (400, 4001, "id")
    assert server.ticket(one)["deleted"] is True
    back = server.ok("PUT", f"{path}/restore_from_trash")["request"]
    assert (back["is_trashed"], "deleted_on" in back) == (False, False)
    assert server.refused("PUT", f"{path}/restore_from_trash") == (400, 4017, None)
    server.upload(one)
    server.ok("DELETE", f"{path}/move_to_trash")
    assert server.ok("DELETE", path) == {"response_status": {"status_code": 2000, "status": "success"}}
    assert server.refused("GET", path) == (404, 4007, None)
    purged = server.ticket(one)
    assert (purged["deleted"], [file["name"] for file in purged["files"]]) == (True, ["a.txt"])


def test_the_trash_in_cloud(cloud):
    one, two = cloud.request(), cloud.request()
    gone = cloud.ok("DELETE", f"requests/{one['id']}")["request"]
    assert (gone["is_trashed"], gone["deleted_time"]["value"] > "1") == (True, True)
    assert cloud.refused("DELETE", f"requests/{one['id']}") == (400, 4016, None)
    cloud.ok("DELETE", f"requests/{two['id']}/move_to_trash")
    assert cloud.ids() == []
    cloud.ok("PUT", f"requests/{one['id']}/restore_from_trash")
    assert cloud.ids() == [one["id"]]


# -- the resolution


def test_the_resolution(either):
    one, other = either.request(), either.request()
    path = f"requests/{one['id']}/resolutions"
    empty = {"content": None, "resolution_attachments": []}
    assert either.ok("GET", path)["resolution"] == empty
    either.ok("POST", f"requests/{one['id']}/link_requests", {"link_requests": [{"linked_request": {"id": other["id"]}}]})
    answer = either.ok("POST", path, {"resolution": {"content": "<p>Done</p>"}})
    assert (set(answer), said(answer)) == ({"response_status"}, "Resolution added successfully.")
    shown = either.ok("GET", path)["resolution"]
    assert (shown["content"], shown["submitted_by"]["name"]) == ("<p>Done</p>", "isthmus")
    assert either.show(one)["resolution"] == shown
    body = {"resolution": {"content": "better", "add_to_linked_requests": True}}
    assert said(either.ok("PUT", path, body)) == "Resolution updated successfully."
    assert either.show(one)["resolution"]["content"] == either.show(other)["resolution"]["content"] == "better"
    either.update(other, resolution={"content": None})
    assert either.ok("GET", f"requests/{other['id']}/resolutions")["resolution"] == empty


def test_the_resolution_refuses(either):
    one = either.request()
    path = f"requests/{one['id']}/resolutions"
    assert either.refused("GET", path, {"list_info": {}}) == (400, 4000, None)
    assert either.refused("POST", path, {"resolution": {"content": ""}}) == (400, 4012, ["content"])
    assert (
        either.refused("POST", path, {"resolution": {"content": "x", "add_to_linked_requests": 1}})[2]
        == "add_to_linked_requests"
    )
    assert either.refused("POST", path, {"resolution": {"words": "x"}})[2] == "words"
