"""Notes, replies and files."""

from __future__ import annotations

import hashlib

import pytest

CLOUD = "/app/itdesk/api/v3"


def key(client):
    return "request_note" if client.base == CLOUD else "note"


def test_a_note_on_premises(server):
    one = server.request()
    note = server.note(one, "<p>Looking</p>")
    assert note.keys() == {
        *("id", "request", "description", "show_to_requester", "added_by", "added_time", "last_updated_by"),
        *("last_updated_time", "has_attachments", "attachments"),
    }
    assert (note["request"], note["show_to_requester"]) == ({"id": one["id"], "subject": "Help"}, False)
    shown = server.show(one)
    assert shown["has_notes"]
    assert int(shown["last_updated_time"]["value"]) >= int(note["added_time"]["value"])
    body = server.get(f"requests/{one['id']}/notes")
    assert body["list_info"] == {
        "has_more_rows": False, "start_index": 1, "row_count": 1, "sort_field": "last_updated_time", "sort_order": "asc",
    }  # fmt: skip
    assert "description" not in body["notes"][0]
    assert server.get(f"requests/{one['id']}/notes/{note['id']}")["note"] == note


def test_a_note_in_cloud(cloud):
    one = cloud.request()
    note = cloud.note(one, "<p>Looking</p>", show_to_requester=True)
    assert {"created_by", "created_time"} <= note.keys()
    assert not {"added_by", "added_time"} & note.keys()
    (row,) = cloud.get(f"requests/{one['id']}/notes")["notes"]
    assert (row["description"], row["show_to_requester"]) == ("<p>Looking</p>", True)


def test_editing_and_deleting_a_note(either, server, connect):
    one = either.request()
    first, second = either.note(one, "<p>1</p>"), either.note(one, "<p>2</p>")
    path = f"requests/{one['id']}/notes/{first['id']}"
    either.advance(advance=60)
    changed = either.ok("PUT", path, {key(either): {"description": "<p>new</p>", "show_to_requester": True}})[key(either)]
    assert (changed["description"], changed["show_to_requester"]) == ("<p>new</p>", True)
    assert changed["last_updated_time"]["value"] > first["last_updated_time"]["value"]
    ids = [row["id"] for row in either.get(f"requests/{one['id']}/notes")["notes"]]
    assert ids == [second["id"], first["id"]]
    kept = either.ok("PUT", path, {key(either): {"show_to_requester": False}})[key(either)]
    assert (kept["description"], kept["show_to_requester"]) == ("<p>new</p>", False)
    assert either.refused("PUT", path, {key(either): {"description": " "}}) == (400, 4012, ["description"])
    file = either.upload(one)
    either.ok("PUT", path, {key(either): {"attachments": [{"id": file["id"]}]}})
    assert either.ok("DELETE", path) == {"response_status": {"status_code": 2000, "status": "success"}}
    assert either.refused("GET", path) == (404, 4007, None)
    assert either.ticket(one)["files"] == []


def test_lists_of_notes_can_be_searched(either):
    one = either.request()
    notes = [either.note(one, f"<p>{number}</p>", show_to_requester=number == 2) for number in range(4)]
    time = "created_time" if either.base == CLOUD else "added_time"
    path = f"requests/{one['id']}/notes"
    public = {"field": "show_to_requester", "condition": "is", "value": True}
    assert [row["id"] for row in either.get(path, search_criteria=public)["notes"]] == [notes[2]["id"]]
    since = {"field": time, "condition": "gte", "value": notes[3][time]["value"]}
    assert notes[3]["id"] in {row["id"] for row in either.get(path, search_criteria=since)["notes"]}
    body = either.get(path, row_count=1, sort_field=time, sort_order="desc", fields_required=["show_to_requester"])
    assert body["notes"] == [{"id": notes[3]["id"], "show_to_requester": False}]
    assert (body["list_info"]["has_more_rows"], body["list_info"]["sort_order"]) == (True, "desc")


@pytest.mark.parametrize(
    ("note", "code", "field"),
    [
        ({}, 4012, ["description"]),
        ({"description": "  "}, 4012, ["description"]),
        ({"description": 5}, 4021, "description"),
        ({"description": "x", "show_to_requester": "true"}, 4021, "show_to_requester"),
        ({"description": "x", "colour": 1}, 4001, "colour"),
        ({"description": "x", "attachments": {"id": "1"}}, 4021, "attachments"),
        ({"description": "x", "attachments": [{"id": "99"}]}, 4001, "attachments"),
        ({"description": "x", "attachments": ["1"]}, 4001, "attachments"),
    ],
)
def test_a_note_that_is_refused(either, note, code, field):
    one = either.request()
    assert either.refused("POST", f"requests/{one['id']}/notes", {key(either): note}) == (400, code, field)
    assert either.show(one)["has_notes"] is False


def test_the_envelope_of_the_other_product_is_refused(server, cloud):
    one = server.request()
    body = {"request_note": {"description": "x"}}
    assert server.refused("POST", f"requests/{one['id']}/notes", body) == (400, 4001, "request_note")
    other = cloud.request()
    assert cloud.refused("POST", f"requests/{other['id']}/notes", {"note": {"description": "x"}})[2] == "note"
    assert cloud.refused("GET", f"requests/{other['id']}/notes/999") == (404, 4007, None)


def test_what_a_note_does_beside(either):
    one, other = either.request(), either.request()
    either.ok("POST", f"requests/{one['id']}/link_requests", {"link_requests": [{"linked_request": {"id": other["id"]}}]})
    flags = {"add_to_linked_requests": True, "mark_first_response": True, "notify_technician": True}
    either.note(one, "<p>both</p>", **flags)
    assert [said["text"] for said in either.ticket(other)["comments"]] == ["both"]
    first = either.show(one)["responded_time"]
    either.advance(advance=60)
    either.note(one, "<p>again</p>", mark_first_response=True)
    assert either.show(one)["responded_time"] == first


# -- replies


def test_a_reply(either, robin):
    one = robin.request()
    path = f"requests/{one['id'] if either.base != CLOUD else 123640000000000000 + int(one['id'])}"
    body = {"notification": {"description": "<p>Try again</p>"}}
    reply = either.ok("POST", f"{path}/notifications", body, 201)["notification"]
    assert (reply["to"], reply["type"]) == ([{"email_id": "robin.requester@example.com"}], "notification")
    (row,) = either.get(f"{path}/conversations")["conversations"]
    assert "description" not in row
    assert either.get(row["content_url"])["notification"]["description"] == "<p>Try again</p>"
    robin.ok(
        "POST", f"requests/{one['id']}/notifications", {"notification": {"description": "<p>Thanks</p>", "subject": "Re"}}
    )
    assert [row["type"] for row in either.get(f"{path}/conversations")["conversations"]] == ["notification", "conversation"]
    shown = either.get(path)["request"]
    assert (shown["unreplied_count"], shown["responded_time"]) == (1, reply["sent_time"])
    either.ok(
        "POST", f"{path}/notifications", {"notification": {"description": "x", "to": [{"email_id": "a@example.com"}]}}
    )
    assert either.get(path)["request"]["unreplied_count"] == 0
    assert either.mails() == [("public_comment", "robin.requester@example.com"), ("public_comment", "a@example.com")]
    said = either.ticket(one)["comments"]
    assert [(each["kind"], each["public"], each["text"]) for each in said] == [
        ("reply", True, "Try again"), ("reply", True, "Thanks"), ("reply", False, "x"),
    ]  # fmt: skip
    mails = robin.get(f"requests/{one['id']}/conversations")["conversations"]
    assert [row["to"] for row in mails] == [[{"email_id": "robin.requester@example.com"}], []]
    hidden = either.get(f"{path}/conversations")["conversations"][-1]["id"]
    number = hidden if either.base != CLOUD else int(hidden) - 123640000000000000
    assert robin.refused("GET", f"requests/{one['id']}/notifications/{number}")[0] == 404
    assert server_has_conversation(robin, one)


def server_has_conversation(client, one):
    return client.show(one)["has_conversation"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ["description"]),
        ({"description": "x", "to": "a@b"}, "to"),
        ({"description": "x", "to": [{"email_id": "nobody"}]}, "to"),
        ({"description": "x", "to": ["a@b"]}, "to"),
        ({"description": "x", "when": 1}, "when"),
    ],
)
def test_a_reply_that_is_refused(server, body, field):
    one = server.request()
    assert server.refused("POST", f"requests/{one['id']}/notifications", {"notification": body})[2] == field
    assert server.refused("GET", f"requests/{one['id']}/notifications/9") == (404, 4007, None)


def test_a_reply_to_somebody_without_an_address_goes_nowhere(server):
    user = server.ok("POST", "users", {"user": {"name": "No Mail"}}, 201)["user"]
    one = server.request(requester={"id": user["id"]})
    reply = server.ok("POST", f"requests/{one['id']}/notifications", {"notification": {"description": "x"}})["notification"]
    assert (reply["to"], server.mails()) == ([], [])


def test_a_draft_is_sent_to_nobody(server):
    one = server.request()
    made = server.ok("POST", f"requests/{one['id']}/drafts", {"draft": {"description": "<p>later</p>"}}, 201)["draft"]
    assert made["description"] == "<p>later</p>"
    assert server.show(one)["has_draft"] is True
    assert (server.mails(), server.ticket(one)["comments"]) == ([], [])


# -- files


def test_a_file_on_premises(server):
    one = server.request()
    content = bytes(range(256)) * 40
    file = server.ok(
        "PUT",
        f"requests/{one['id']}/upload?description=log",
        files={"input_file": ("Grüße 日本.bin", content, "image/png")},
    )["attachment"]
    assert (file["name"], file["content_type"], file["description"]) == ("Grüße 日本.bin", "image/png", "log")
    assert file["size"] == {"value": "10240", "display_value": "10.00 KB"}
    assert server.get(f"requests/{one['id']}/attachments")["attachments"] == [file]
    for path in (f"requests/{one['id']}/attachments/{file['id']}/_download", file["content_url"]):
        answer = server("GET", path)
        assert (answer.content, answer.headers["Content-Type"]) == (content, "application/x-download")
    assert server.show(one)["has_attachments"] is True
    (seen,) = server.ticket(one)["files"]
    assert (seen["sha256"], seen["size"]) == (hashlib.sha256(content).hexdigest(), 10240)
    server.ok("DELETE", f"requests/{one['id']}/attachments/{file['id']}")
    assert server.refused("GET", file["content_url"]) == (404, 4007, None)
    assert server.refused("POST", f"requests/{one['id']}/attachments")[:2] == (400, 4021)


def test_a_file_in_cloud(cloud):
    one = cloud.request()
    path = f"requests/{one['id']}/_uploads"
    listed = cloud.ok("POST", path, files={"filename": ("a.txt", b"one")}, params={"addtoattachment": "true"}, status=201)
    loose = cloud.ok("POST", path, files={"filename": ("b.txt", b"two", "text/plain")})["attachment"]
    assert listed["attachment"]["file_id"] == listed["attachment"]["id"]
    assert [file["name"] for file in cloud.show(one)["attachments"]] == ["a.txt"]
    note = cloud.note(one, attachments=[{"id": loose["id"]}])
    assert [file["name"] for file in note["attachments"]] == ["b.txt"]
    answer = cloud("GET", loose["content_url"], headers={"Accept": "*/*"})
    assert (answer.content, answer.headers["Content-Type"]) == (b"two", "text/plain")
    cloud.ok("DELETE", f"requests/{one['id']}/attachments/{loose['id']}")
    assert cloud.get(f"requests/{one['id']}/notes/{note['id']}")["request_note"]["attachments"] == []
    form = cloud.ok("POST", path, files={"filename": ("c.txt", b"3"), "addtoattachment": (None, "true")})["attachment"]
    assert [file["id"] for file in cloud.show(one)["attachments"]] == [listed["attachment"]["id"], form["id"]]
    assert cloud.upload(one)["name"] == "a.txt"


def test_uploads_that_are_refused(server, cloud, monkeypatch):
    monkeypatch.setattr("isthmus.sandbox.manageengine.attachments.MEGABYTE", 1)
    monkeypatch.setitem(__import__("isthmus.sandbox.manageengine.attachments", fromlist=["x"]).LARGEST, False, 10)
    one = server.request()
    path = f"requests/{one['id']}/upload"
    assert server.refused("PUT", path) == (400, 4012, ["input_file"])
    assert server.refused("PUT", path, files={"other": ("a", b"x")}) == (400, 4012, ["input_file"])
    assert server.refused("PUT", path, files={"input_file": ("a", b"x" * 11)}) == (400, 4001, "input_file")
    other = cloud.request()
    assert cloud.refused("POST", f"requests/{other['id']}/_uploads") == (400, 4012, ["filename"])
    assert server.refused("GET", f"requests/{one['id']}/attachments/x/_download") == (404, 4007, None)


def test_images_in_texts(seeded, seeded_cloud):
    found = 0
    for ticket in seeded.control("snapshot")["tickets"]:
        for file in (file for file in ticket["files"] if file["inline"]):
            for client, id_ in ((seeded, ticket["id"]), (seeded_cloud, ticket["cloud_id"])):
                shown = client.get(f"requests/{id_}")["request"]
                texts = [shown["description"] or ""]
                for note in client.get(f"requests/{id_}/notes", row_count=100)["notes"]:
                    one = client.get(f"requests/{id_}/notes/{note['id']}")
                    texts.append(one["request_note" if client is seeded_cloud else "note"]["description"])
                (url,) = {
                    part.split('"')[0]
                    for text in texts
                    for part in text.split('src="')[1:]
                    if part.split('"')[0].removesuffix("/content").endswith(file["id"])
                }
                answer = client("GET", url)
                assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
                assert answer.headers["Content-Type"] == "image/png"
                found += 1
    assert found >= 4
