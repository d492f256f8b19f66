"""Uploads, attachments and their content."""

from __future__ import annotations

import requests


def test_a_file_travels(zendesk):
    content = bytes(range(256)) * 40
    upload = zendesk.upload("Ünicode & file.png", content, "image/png")
    file = upload["attachment"]
    assert (file["size"], file["content_type"], file["inline"]) == (len(content), "image/png", False)
    assert upload["attachments"] == [file]
    html = f'<p>See <img src="{file["content_url"]}" alt="x"></p>'
    ticket = zendesk.ticket(comment={"html_body": html, "uploads": [upload["token"]]})
    assert zendesk.comments(ticket)[0]["attachments"] == []
    [shown] = zendesk.comments(ticket, params={"include_inline_images": "true"})[0]["attachments"]
    assert (shown["id"], shown["inline"]) == (file["id"], True)
    assert file["content_url"].replace("&", "&amp;") in zendesk.comments(ticket)[0]["html_body"]
    answer = zendesk("GET", file["content_url"].removeprefix(zendesk.base))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("http://localhost:")
    stored = requests.get(answer.headers["Location"], timeout=10)
    assert (stored.content, stored.headers["Content-Type"]) == (content, "image/png")
    leaked = requests.get(answer.headers["Location"], headers={"Authorization": "Basic x"}, timeout=10)
    assert leaked.status_code == 400
    assert zendesk.get(f"attachments/{file['id']}")["attachment"]["malware_scan_result"] == "malware_not_found"
    assert zendesk.control("snapshot")["tickets"][0]["files"][0]["size"] == len(content)


def test_several_files_under_one_token(zendesk):
    first = zendesk.upload()
    second = zendesk.upload("b.txt", token=first["token"])
    assert (second["token"], len(second["attachments"])) == (first["token"], 2)
    ticket = zendesk.ticket(comment={"body": "two files", "uploads": first["token"]})
    assert [file["file_name"] for file in zendesk.comments(ticket)[0]["attachments"]] == ["a.txt", "b.txt"]
    assert (
        zendesk.refused(
            "PUT", f"tickets/{ticket['id']}", {"ticket": {"comment": {"body": "x", "uploads": first["token"]}}}
        )[0]
        == 422
    )


def test_tokens_expire(zendesk):
    upload = zendesk.upload()
    zendesk.control("clock", {"advance": 3700})
    assert zendesk("POST", f"uploads?filename=x&token={upload['token']}", data=b"x").status_code == 404
    body = {"ticket": {"comment": {"body": "x", "uploads": [upload["token"]]}}}
    assert zendesk.refused("POST", "tickets", body)[0] == 422
    assert zendesk("DELETE", f"uploads/{upload['token']}").status_code == 204
    assert zendesk("DELETE", f"uploads/{upload['token']}").status_code == 404
    assert zendesk.refused("GET", f"attachments/{upload['attachment']['id']}")[0] == 404
    assert zendesk("GET", upload["attachment"]["content_url"].removeprefix(zendesk.base)).status_code == 404


def test_what_is_refused(zendesk, monkeypatch):
    assert zendesk.refused("POST", "uploads", data=b"x")[0] == 400
    monkeypatch.setattr("isthmus.sandbox.zendesk.attachments.LARGEST", 3)
    status, body = zendesk.refused("POST", "uploads?filename=x", data=b"xxxx")
    assert (status, set(body)) == (413, {"description", "message"})


def test_redaction_and_override(zendesk):
    upload = zendesk.upload()
    number = upload["attachment"]["id"]
    ticket = zendesk.ticket(comment={"body": "x", "uploads": upload["token"]})
    override = zendesk.ok("PUT", f"attachments/{number}", {"attachment": {"malware_access_override": True}})
    assert override["attachment"]["malware_access_override"] is True
    path = f"tickets/{ticket['id']}/comments/{zendesk.comments(ticket)[0]['id']}/attachments"
    assert zendesk.ok("PUT", f"{path}/{number}/redact", {})["attachment"]["file_name"] == "a.txt"
    assert zendesk.refused("PUT", f"{path}/5/redact", {})[0] == 404
    file = zendesk.get(f"attachments/{number}")["attachment"]
    assert (file["file_name"], file["content_type"]) == ("redacted.txt", "text/plain")
    answer = zendesk("GET", file["content_url"].removeprefix(zendesk.base))
    assert requests.get(answer.headers["Location"], timeout=10).content == b"This file has been redacted."
