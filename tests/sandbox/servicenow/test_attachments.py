"""Attachment API."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import unquote

import pytest

TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
def ticket(hub):
    return hub.create(caller_id=hub.user_id("eva.employee"))["sys_id"]


def upload(client, ticket, data=b"hello", name="a b.txt", headers=TEXT):
    params = {"table_name": "incident", "table_sys_id": ticket, "file_name": name}
    return client("POST", "/api/now/attachment/file", params=params, data=data, headers=headers)


def test_raw_upload_and_download(hub, ticket):
    before = hub.row(ticket)
    answer = upload(hub, ticket, "hällo".encode(), "größe.txt")
    row = answer.json()["result"]
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{hub.base}/api/now/attachment/{row['sys_id']}"
    assert {type(value) for value in row.values()} == {str}
    expected = {
        "file_name": "größe.txt",
        "content_type": "text/plain",
        "size_bytes": "6",
        "hash": hashlib.sha256("hällo".encode()).hexdigest(),
        "state": "available",
        "table_name": "incident",
        "table_sys_id": ticket,
        "sys_created_by": "isthmus",
        "chunk_size_bytes": "700000",
        "image_width": "",
        "download_link": f"{hub.base}/api/now/attachment/{row['sys_id']}/file",
    }
    assert {name: row[name] for name in expected} == expected
    assert hub.get(f"attachment/{row['sys_id']}").json()["result"] == row
    assert hub.row(ticket) == before
    file = hub("GET", f"/api/now/attachment/{row['sys_id']}/file", headers={"Accept": "*/*"})
    assert (file.content, file.headers["Content-Type"]) == ("hällo".encode(), "text/plain")
    assert json.loads(unquote(file.headers["X-Attachment-Metadata"]))["file_name"] == "größe.txt"


def test_multipart_upload(hub, ticket):
    form = {"table_name": "incident", "table_sys_id": ticket}
    files = {"uploadFile": ("pic.png", bytes(range(256)), "image/png")}
    answer = hub("POST", "/api/now/attachment/upload", data=form, files=files)
    row = answer.json()["result"]
    assert (answer.status_code, row["file_name"], row["content_type"]) == (201, "pic.png", "image/png")
    assert hub("GET", f"/api/now/attachment/{row['sys_id']}/file").content == bytes(range(256))
    assert hub("POST", "/api/now/attachment/upload", data=form).status_code == 400


def test_lists(hub, ticket):
    for number in range(3):
        upload(hub, ticket, name=f"{number}.txt")
    query = f"table_name=incident^table_sys_id={ticket}^ORDERBYfile_name"
    answer = hub.get("attachment", sysparm_query=query, sysparm_limit=2)
    assert [row["file_name"] for row in answer.json()["result"]] == ["0.txt", "1.txt"]
    assert answer.headers["X-Total-Count"] == "3"
    assert 'rel="next"' in answer.headers["Link"]
    chosen = hub.get("attachment", sysparm_fields="sys_id,file_name").json()["result"][0]
    assert set(chosen) == {"sys_id", "file_name"}
    linked = hub.get("attachment", sysparm_fields="sys_id,download_link").json()["result"][0]
    assert set(linked) == {"sys_id", "download_link"}
    assert len(hub.rows("sys_attachment")) == 3
    assert hub.get("attachment", sysparm_query="table_sys_id=nosuch").json() == {"result": []}


def test_rename_and_delete(hub, agent, ticket):
    path = f"/api/now/attachment/{upload(hub, ticket).json()['result']['sys_id']}"
    assert hub("PATCH", path, json={"file_name": "new.txt"}).status_code == 204
    row = hub("GET", path).json()["result"]
    assert (row["file_name"], row["sys_mod_count"]) == ("new.txt", "1")
    assert hub("PATCH", path, json={}).status_code == 400
    assert agent("DELETE", path).status_code == 403
    assert hub("DELETE", path).status_code == 204
    assert hub("GET", path).status_code == 404
    assert hub("GET", f"{path}/file").status_code == 404
    own = f"/api/now/attachment/{upload(agent, ticket).json()['result']['sys_id']}"
    assert agent("DELETE", own).status_code == 204
    table = f"/api/now/table/sys_attachment/{upload(hub, ticket).json()['result']['sys_id']}"
    assert hub("DELETE", table).status_code == 204


def test_refusals(hub, agent, employee, ticket):
    assert upload(hub, "").status_code == 400
    assert upload(hub, "", name="").json()["error"]["detail"] == "table_sys_id, file_name"
    assert upload(hub, "f" * 32).status_code == 404
    assert upload(hub, ticket, headers={}).status_code == 415
    params = {"table_name": "nosuch", "table_sys_id": ticket, "file_name": "a"}
    assert hub("POST", "/api/now/attachment/file", params=params, data=b"x", headers=TEXT).status_code == 400
    hub.set_property("glide.attachment.extensions", "txt, PDF")
    assert upload(hub, ticket, name="a.exe").json()["error"]["message"] == "File type is not allowed"
    assert upload(hub, ticket, name="a.pdf").status_code == 201
    hub.set_property("com.glide.attachment.max_size", "1")
    assert upload(hub, ticket, b"x" * (1024 * 1024 + 1)).status_code == 413
    hub.change(ticket, state="8")
    assert upload(agent, ticket).status_code == 403
    assert employee.get("attachment").json()["result"] != []


def test_files_are_hidden_with_their_record(hub, employee):
    foreign = hub.create()["sys_id"]
    sys_id = upload(hub, foreign).json()["result"]["sys_id"]
    answer = employee.get("attachment")
    assert (answer.json()["result"], answer.headers["X-Total-Count"]) == ([], "1")
    assert employee.get(f"attachment/{sys_id}").status_code == 404
    assert employee("GET", f"/api/now/attachment/{sys_id}/file").status_code == 404
    assert upload(employee, foreign).status_code == 404
