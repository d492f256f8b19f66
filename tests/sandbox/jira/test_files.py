"""Files: uploads, redirecting downloads, the media service, Data Center."""

from __future__ import annotations

import pytest
import requests

NO_CHECK = {"X-Atlassian-Token": "no-check"}


def test_upload_show_and_delete(jira):
    key = jira.issue()
    files = [
        ("file", ("a.txt", b"hello", "text/plain")),
        ("file", ("a.txt", b"png", "image/png")),
        ("other", ("b", b"", "")),
    ]
    made = jira.ok("POST", f"issue/{key}/attachments", files=files, headers=NO_CHECK)
    assert [(each["filename"], each["size"], each["mimeType"]) for each in made] == [
        ("a.txt", 5, "text/plain"),
        ("a.txt", 3, "image/png"),
    ]
    assert ("thumbnail" in made[0], "thumbnail" in made[1], made[0]["id"]) == (False, True, "10000")
    assert jira.get("attachment/10000")["id"] == 10000
    assert [each["id"] for each in jira.show(key)["attachment"]] == ["10000", "10001"]
    assert jira.get("attachment/meta") == {"enabled": True, "uploadLimit": 10485760}
    jira.delete("attachment/10000")
    assert jira.refused("GET", "attachment/10000")[0] == 404
    told = [entry["items"][0] for entry in jira.get(f"issue/{key}/changelog")["values"]]
    assert [(each["from"], each["to"], each["fieldId"]) for each in told][1:] == [
        (None, "10001", "attachment"),
        ("10000", None, "attachment"),
    ]


def test_uploads_that_are_refused(jira, customer, monkeypatch):
    key = jira.issue()
    path, file = f"issue/{key}/attachments", {"file": ("a", b"x")}
    assert jira.refused("POST", path, files=file) == (403, "XSRF check failed")
    assert jira.refused("POST", path, files={"upload": ("a", b"x")}, headers=NO_CHECK)[0] == 400
    assert jira.refused("POST", path, files=[("file", ("a", b"x"))] * 61, headers=NO_CHECK)[0] == 413
    monkeypatch.setattr("isthmus.sandbox.jira.attachments.LARGEST", 3)
    assert jira.refused("POST", path, files={"file": ("a", b"long")}, headers=NO_CHECK)[0] == 413
    assert customer.refused("POST", path, files=file, headers=NO_CHECK)[0] == 404
    assert jira.state.files == {}


def test_people_without_the_licence_attach_nothing(jira, as_person):
    key = jira.issue()
    answer = as_person("ulla.user@example.com").refused(
        "POST", f"issue/{key}/attachments", files={"file": ("a", b"x")}, headers=NO_CHECK
    )
    assert answer[0] == 404


def test_a_download_leads_to_another_host_without_credentials(jira):
    number = jira.attach(jira.issue(), content=b"0123456789")["id"]
    answer = jira("GET", f"attachment/content/{number}")
    where = answer.headers["Location"]
    assert answer.status_code == 303
    assert where.startswith("http://localhost:")
    assert requests.get(where, timeout=10).content == b"0123456789"
    assert requests.get(where, headers={"Authorization": "Basic x"}, timeout=10).status_code == 400
    assert requests.get(where + "0", timeout=10).status_code == 403
    followed = requests.get(f"{jira.base}/rest/api/3/attachment/content/{number}", auth=jira.http.auth, timeout=10)
    assert followed.content == b"0123456789"
    jira.advance(601)
    assert requests.get(where, timeout=10).status_code == 403
    assert jira.refused("GET", "attachment/content/77")[0] == 404


@pytest.mark.parametrize(
    ("wanted", "status", "content", "told"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=8-", 206, b"89", "bytes 8-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("lines=1", 200, b"0123456789", None),
    ],
)
def test_parts_of_a_file(jira, wanted, status, content, told):
    number = jira.attach(jira.issue(), content=b"0123456789")["id"]
    answer = jira("GET", f"attachment/content/{number}?redirect=false", headers={"Range": wanted})
    assert (answer.status_code, answer.content, answer.headers.get("Content-Range")) == (status, content, told)


def test_data_center_serves_the_bytes_itself(jira, server):
    jira.attach(jira.issue(), "ä b.txt", b"hello")
    (file,) = server.get("/rest/api/2/issue/ITSM-1")["fields"]["attachment"]
    assert file["content"].startswith(f"{jira.base}/secure/attachment/10000/")
    path = file["content"].removeprefix(jira.base)
    assert server("GET", path).content == b"hello"
    for stranger in (
        jira.stranger()("GET", path),
        requests.get(jira.base + path, headers={"Authorization": "Bearer x"}, allow_redirects=False, timeout=10),
    ):
        assert (stranger.status_code, stranger.headers["Location"]) == (302, f"{jira.base}/login.jsp")
    page = jira.stranger()("GET", "/login.jsp")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
    assert server.refused("GET", "/secure/attachment/77/x")[0] == 404
