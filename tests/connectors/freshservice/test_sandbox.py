"""The connector against the emulated vendor, over real sockets."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import requests
from isthmus.connectors.freshservice import Freshservice
from isthmus.core.connector import AddComment, Context, Create, FileSource, NewComment, Outcome, Scope, Update, Write
from isthmus.core.errors import AuthenticationError, RejectedError
from isthmus.core.mapping.directory import Directory
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.model import ConfigurationItem, Incident, Visibility
from isthmus.core.net.auth import TokenStore
from isthmus.core.proof.proof import prove
from isthmus.core.sync.side import Side
from isthmus.core.sync.timeline import add_timelines
from isthmus.sandbox import Running, start

NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
Connect = Callable[..., Freshservice]


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    """A sandbox that tests only read."""
    with start("freshservice", tickets=60, seed=3, now=NOW) as running:
        yield running


@pytest.fixture
def own() -> Iterator[Running]:
    with start("freshservice", now=NOW) as running:
        yield running


@pytest.fixture
def connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    made: list[Freshservice] = []

    def build(sandbox: Running, **options: Any) -> Freshservice:
        monkeypatch.setenv("FS_KEY", sandbox.credentials["api_key"]["key"])
        auth = {"kind": "api_key", "key": "env:FS_KEY"}
        settings = Freshservice.Settings.model_validate({"url": sandbox.base_url, "auth": auth, **options})
        context = Context(
            connection="desk",
            tokens=TokenStore(tmp_path, f"desk{len(made)}"),
            sleep=lambda seconds: advance(sandbox, seconds),
            clock=sandbox.vendor.clock.now,
        )
        made.append(Freshservice(settings, context))
        return made[-1]

    yield build
    for connector in made:
        connector.close()


def control(sandbox: Running, order: str, body: dict[str, Any] | None = None) -> Any:
    url = f"{sandbox.base_url}/_sandbox/{order}"
    reply = requests.get(url, timeout=10) if body is None else requests.post(url, json=body, timeout=10)
    reply.raise_for_status()
    return reply.json()


def advance(sandbox: Running, seconds: float) -> None:
    control(sandbox, "clock", {"advance": seconds})


def as_admin(sandbox: Running, method: str, path: str, body: Any = None) -> Any:
    key = sandbox.credentials["api_key"]["key"]
    reply = requests.request(method, f"{sandbox.base_url}/api/v2/{path}", json=body, auth=(key, "X"), timeout=10)
    reply.raise_for_status()
    return reply.json() if reply.content else None


def opened(sandbox: Running, **fields: Any) -> str:
    body = {
        "email": "robin.requester@example.com",
        "subject": "x",
        "description": "y",
        "status": 2,
        "priority": 1,
        **fields,
    }
    return str(as_admin(sandbox, "POST", "tickets", body)["ticket"]["id"])


def tickets_of(sandbox: Running) -> dict[str, dict[str, Any]]:
    return {str(each["id"]): each for each in control(sandbox, "snapshot")["tickets"] if not each["deleted"]}


def side_of(connector: Freshservice) -> Side:
    return Side("desk", connector, Mapping(shipped_mapping("freshservice")), Directory(connector))


def read_all(connector: Freshservice) -> dict[str, dict[str, Any]]:
    """Read everything as a migration does: each page with its threads and timelines."""
    side, documents = side_of(connector), {}
    for page in connector.changes(None, Scope()):
        found = side.documents(page.records)
        side.hydrate(found)
        add_timelines(side, page.records, found)
        documents.update(found)
    return documents


def source(content: bytes, name: str = "a.bin") -> FileSource:
    @contextmanager
    def open_it() -> Iterator[BinaryIO]:
        yield io.BytesIO(content)

    return FileSource(name, "application/octet-stream", len(content), open_it)


def written(connector: Freshservice, write: Write) -> Outcome:
    (outcome,) = connector.submit([write])
    assert outcome.error is None
    return outcome


# -- read


def test_everything_is_read_and_nothing_is_missing(shared: Running, connect: Connect) -> None:
    connector = connect(shared)
    documents = read_all(connector)
    tickets = tickets_of(shared)
    assert documents.keys() == tickets.keys()
    for number, document in documents.items():
        raw = tickets[number]
        Incident.model_validate(document)
        assert document["title"] == raw["record"]["subject"]
        assert document["impact"] == 4 - raw["record"]["impact"]
        assert document["labels"] == sorted(raw["record"]["tags"])
        assert document.get("resolved_at") == raw["record"]["stats"]["resolved_at"]
        assert [(each["visibility"] == "public", each["author"]["email"]) for each in document["comments"]] == [
            (each["public"], each["email"]) for each in raw["comments"]
        ]
        files = [*document["attachments"], *(file for each in document["comments"] for file in each["attachments"])]
        assert sorted(file["name"] for file in files) == sorted(file["name"] for file in raw["files"])
        assert document["timeline"][-1]["after"] == document["status"]
    calls = connector.calls()
    assert calls["GET /api/v2/tickets"] == 1
    assert calls["GET /api/v2/tickets/{number}"] == len(tickets)
    assert calls["GET /api/v2/agents"] == 1


def test_a_second_reading_says_the_same(shared: Running, connect: Connect) -> None:
    side = side_of(connect(shared))
    fed = [record for page in side.connector.changes(None, Scope()) for record in page.records]
    fetched = side.connector.fetch([record.id for record in fed])
    assert fed == fetched


def test_the_census_and_the_count_agree_with_the_account(shared: Running, connect: Connect) -> None:
    connector = connect(shared)
    ids = tickets_of(shared).keys()
    assert set(connector.census(Scope())) == ids
    assert connector.count(Scope()) == len(ids)


def test_every_file_is_downloaded_whole_although_its_link_is_old(shared: Running, connect: Connect) -> None:
    connector = connect(shared)
    documents = read_all(connector)
    digests = {str(file["id"]): file["sha256"] for ticket in tickets_of(shared).values() for file in ticket["files"]}
    files = [
        file
        for document in documents.values()
        for file in (*document["attachments"], *(file for each in document["comments"] for file in each["attachments"]))
    ]
    assert len(files) == len(digests)
    advance(shared, 3600)
    for file in files[:12]:
        target = io.BytesIO()
        digest = connector.download(file, target)
        assert digest == hashlib.sha256(target.getvalue()).hexdigest() == digests[file["id"].rpartition("/")[2]]


def test_the_mapping_is_proven_against_the_live_account(shared: Running, connect: Connect) -> None:
    side = side_of(connect(shared))
    assert prove(side, side).problems == ()


def test_old_tickets_are_read_whatever_the_window(own: Running, connect: Connect) -> None:
    old = opened(own, subject="old")
    advance(own, 90 * 86_400)
    new = opened(own, subject="new")
    connector = connect(own)
    found = [record.id for page in connector.changes(None, Scope()) for record in page.records]
    assert found == [old, new]


def test_tickets_of_every_workspace_are_read_with_their_own_fields(own: Running, connect: Connect) -> None:
    here = opened(own)
    there = opened(own, workspace_id=3, custom_fields={"employee_number": "E17"})
    everything = side_of(connect(own))
    documents = everything.documents(
        record for page in everything.connector.changes(None, Scope()) for record in page.records
    )
    assert documents.keys() == {here, there}
    assert documents[there]["custom"]["Employee number"] == "E17"
    assert {group.name for group in everything.connector.groups()} >= {"Support", "HR Operations"}
    only = connect(own, workspace=3)
    assert [record.id for page in only.changes(None, Scope()) for record in page.records] == [there]
    assert list(only.census(Scope())) == [there]
    assert sorted(everything.connector.census(Scope())) == [here, there]


def test_a_deleted_ticket_is_told_and_comes_back_when_it_is_restored(own: Running, connect: Connect) -> None:
    number = opened(own)
    connector = connect(own)
    *_, last = connector.changes(None, Scope())
    since = own.vendor.clock.now()
    advance(own, 300)
    as_admin(own, "DELETE", f"tickets/{number}")
    assert list(connector.deleted(since)) == [number]
    assert connector.fetch([number]) == []
    assert connector.threads([number]) == {}
    advance(own, 300)
    as_admin(own, "PUT", f"tickets/{number}/restore")
    assert [record.id for page in connector.changes(last.cursor, Scope()) for record in page.records] == [number]
    assert list(connector.deleted(since)) == []


def test_an_hour_of_a_long_thread_is_read_whole(own: Running, connect: Connect) -> None:
    number = opened(own)
    for count in range(105):
        as_admin(own, "POST", f"tickets/{number}/notes", {"body": f"word {count}", "private": bool(count % 2)})
    thread = connect(own).threads([number])[number]
    assert [each["body_text"] for each in thread.comments] == [f"word {count}" for count in range(105)]
    assert [each["private"] for each in thread.comments] == [bool(count % 2) for count in range(105)]


def test_real_limits_are_waited_out(tmp_path: Path, connect: Connect) -> None:
    with start("freshservice", tickets=60, seed=3, now=NOW, limits="real") as running:
        connector = connect(running)
        records = [record for page in connector.changes(None, Scope()) for record in page.records]
        assert len(records) == 60
        assert running.vendor.clock.now() > NOW + timedelta(seconds=30), "five credits a view: it took more than a minute's"


def test_links_assets_and_satisfaction_are_read(own: Running, connect: Connect) -> None:
    requester = next(each["id"] for each in own.credentials["people"] if each["role"] == "requester")
    about = {"subject": "p", "description": "p", "requester_id": requester}
    problem = as_admin(own, "POST", "problems", about)["problem"]["id"]
    change = as_admin(own, "POST", "changes", about)["change"]["id"]
    asset = as_admin(own, "POST", "assets", {"name": "web-01", "serial_number": "S1"})["asset"]["display_id"]
    number = opened(
        own,
        problem={"display_id": problem},
        change_initiating_ticket={"display_id": change},
        assets=[{"display_id": asset}],
    )
    body = {"email": "robin.requester@example.com", "subject": "x", "description": "y", "status": 2, "priority": 1}
    child = str(as_admin(own, "POST", f"tickets/{number}/create_child_ticket", body)["ticket"]["id"])
    side = side_of(connect(own))
    documents = side.documents(side.connector.fetch([number, child]))
    assert [(link["kind"], link["id"]) for link in documents[number]["links"]] == [
        ("problem", str(problem)),
        ("change", str(change)),
        ("child", child),
    ]
    assert documents[child]["links"] == [{"kind": "parent", "id": number}]
    assert documents[number]["configuration_items"] == [{"id": str(asset), "name": "web-01", "serial": "S1"}]
    found = side.connector.find_item(ConfigurationItem(serial="S1"))
    assert found is not None
    assert found.id == str(asset)


# -- write


def test_a_whole_incident_is_created_as_it_is(own: Running, connect: Connect) -> None:
    asset = as_admin(own, "POST", "assets", {"name": "web-01"})["asset"]["display_id"]
    side = side_of(connect(own, marker_field="external_ref"))
    document = {
        "title": "VPN <down>",
        "description": "<p>No <strong>VPN</strong></p>",
        "status": "pending",
        "status_reason": "vendor",
        "resolution_notes": "half\ndone",
        "impact": 1,
        "urgency": 3,
        "priority": 2,
        "category": "network",
        "subcategory": "vpn",
        "requester": {"email": "robin.requester@example.com"},
        "assignee": {"email": "alex.agent@example.com"},
        "group": {"name": "Support"},
        "watchers": [{"email": "alex.agent@example.com"}, {"email": "stranger@example.com"}],
        "labels": ["vpn"],
        "due_at": "2026-06-01T08:00:00Z",
        "channel": "phone",
        "major": True,
        "configuration_items": [{"name": "web-01"}],
        "custom": {"Service": "Remote access", "VIP": True, "External number": 7, "Department": "Sales", "Item": "client"},
    }
    side.directory.meet(document)
    body = side.mapping.write(document, side.directory, creating=True)
    marker = "isthmus:ops:" + "f" * 32
    number = written(side.connector, Create(key="k", marker=marker, body=body)).record_id or ""
    (record,) = side.connector.find(marker)
    held = side.document(record)
    foreseen = side.mapping.predict(document, side.directory, creating=True)
    assert side.values(held).keys() >= side.values(foreseen).keys()
    raw = tickets_of(own)[number]["record"]
    assert (raw["status"], raw["type"], raw["priority"], raw["source"]) == (7, "Major Incident", 3, 3)
    assert raw["cc_emails"] == ["alex.agent@example.com"]
    assert raw["custom_fields"]["external_ref"] == marker
    assert (raw["custom_fields"]["service"], raw["custom_fields"]["external_number"]) == ("Remote access", 7)
    assert raw["assets"] == [asset]
    for field in (
        "status",
        "status_reason",
        "resolution_notes",
        "impact",
        "urgency",
        "priority",
        "labels",
        "due_at",
        "major",
    ):
        assert held[field] == document[field], field
    assert held["custom"] == foreseen["custom"] | {
        name: value for name, value in held["custom"].items() if name not in foreseen["custom"]
    }
    assert side.marker(record) == marker


def test_a_large_file_is_streamed_and_hidden_with_its_note(own: Running, connect: Connect) -> None:
    number = opened(own)
    connector = connect(own)
    content = bytes(range(256)) * 20_000
    note = NewComment(
        {"body": "<p>staff only</p>"}, Visibility.INTERNAL, "ops/1/1", (source(content), source(b"", "empty"))
    )
    written(connector, AddComment(key="k", record_id=number, comment=note))
    (said,) = tickets_of(own)[number]["comments"]
    assert said["public"] is False
    assert [file["size"] for file in said["files"]] == [len(content), 0]
    assert said["files"][0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert {message["kind"] for message in control(own, "outbox")["messages"]} == {"create"}


def test_more_than_forty_megabytes_are_refused_in_the_vendors_words(
    own: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isthmus.sandbox.freshservice.conversations.LARGEST", 1000)
    note = NewComment({"body": "<p>x</p>"}, Visibility.INTERNAL, "ops/1/1", (source(b"x" * 1001),))
    (outcome,) = connect(own).submit([AddComment(key="k", record_id=opened(own), comment=note)])
    assert isinstance(outcome.error, RejectedError)
    assert "40 MB" in outcome.error.vendor_words


def test_a_ticket_moves_with_its_group(own: Running, connect: Connect) -> None:
    number = opened(own)
    side = side_of(connect(own))
    body = side.mapping.write({"group": {"name": "HR Operations"}, "assignee": None}, side.directory)
    written(side.connector, Update(key="k", record_id=number, body=body))
    assert tickets_of(own)[number]["record"]["workspace_id"] == 3
    assert side.document(side.connector.fetch([number])[0])["group"]["name"] == "HR Operations"


def test_a_closure_rule_is_told_in_the_vendors_words(own: Running, connect: Connect) -> None:
    own.vendor.closure_rules = frozenset({"time_entries"})  # type: ignore[attr-defined]
    number = opened(own)
    connector = connect(own)
    (outcome,) = connector.submit([Update(key="k", record_id=number, body={"status": "Resolved"})])
    assert isinstance(outcome.error, RejectedError)
    assert "no time entry" in outcome.error.vendor_words


def test_an_unknown_key_refuses_the_whole_write(own: Running, connect: Connect) -> None:
    number = opened(own, subject="before")
    (outcome,) = connect(own).submit([Update(key="k", record_id=number, body={"subject": "after", "colour": "red"})])
    assert isinstance(outcome.error, RejectedError)
    assert "colour" in outcome.error.vendor_words
    assert tickets_of(own)[number]["record"]["subject"] == "before"


def test_wrong_credentials_are_told(own: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = connect(own)
    monkeypatch.setenv("FS_KEY", "not-the-right-one")
    with pytest.raises(AuthenticationError, match="logged in"):
        Freshservice(connector.settings, connector.context).check()


def test_an_agent_of_few_rights_is_told_what_is_missing(
    own: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connect(own)
    monkeypatch.setenv("FS_KEY", next(each["key"] for each in own.credentials["people"] if each["role"] == "agent"))
    lesser = Freshservice(connector.settings, connector.context)
    assert [words for words in lesser.check().warnings if "agents.manage" in words]
    number = opened(own)
    assert [record.id for record in lesser.fetch([number])] == [number]
    lesser.close()
