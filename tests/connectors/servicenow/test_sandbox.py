"""The connector at work over real sockets, against the sandbox; what is really there is read from its snapshot."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from isthmus.connectors.servicenow import ServiceNow
from isthmus.core.connector import AddComment, AddFile, Context, Create, FileSource, NewComment, Record, Scope, Update
from isthmus.core.mapping.directory import Directory
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.model import Visibility
from isthmus.core.net.auth import TokenStore
from isthmus.core.sync.side import Side
from isthmus.sandbox import Running, start

NOW = datetime(2026, 7, 14, 9, 0, tzinfo=UTC)
TICKETS = 60


@pytest.fixture(scope="module")
def seeded() -> Iterator[Running]:
    with start("servicenow", tickets=TICKETS, seed=5, now=NOW) as running:
        yield running


class Hand:
    """What the tests do at the sandbox beside the connector."""

    def __init__(self, running: Running) -> None:
        self.running = running

    def control(self, order: str, body: Any = None) -> Any:
        url = f"{self.running.base_url}/_sandbox/{order}"
        with requests.Session() as session:
            session.trust_env = False
            reply = session.get(url, timeout=30) if body is None else session.post(url, json=body, timeout=30)
            reply.raise_for_status()
            return reply.json()

    def call(self, user: str, method: str, path: str, body: Any = None) -> Any:
        password = next(each["password"] for each in self.running.credentials["people"] if each["user"] == user)
        with requests.Session() as session:
            session.trust_env = False
            reply = session.request(method, self.running.base_url + path, json=body, auth=(user, password), timeout=30)
            reply.raise_for_status()
            return reply.json()["result"] if reply.content else None


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., ServiceNow]]:
    made: list[ServiceNow] = []

    def build(running: Running, kind: str = "basic", user: str = "isthmus", **options: Any) -> ServiceNow:
        given = running.credentials
        passwords = {each["user"]: each["password"] for each in given["people"]}
        monkeypatch.setenv("SN_PASSWORD", passwords.get(user, given["basic"]["password"]))
        monkeypatch.setenv("SN_SECRET", given["oauth"]["client_secret"])
        monkeypatch.setenv("SN_REFRESH", given["oauth"]["refresh_token"])
        monkeypatch.setenv("SN_KEY", given["api_key"]["key"])
        auth: dict[str, Any] = {"kind": "basic", "user": user, "password": "env:SN_PASSWORD"}
        if kind == "api_key":
            auth = {"kind": "api_key", "key": "env:SN_KEY"}
        elif kind != "basic":
            auth = {
                "kind": "oauth",
                "grant": kind,
                "client_id": given["oauth"]["client_id"],
                "client_secret": "env:SN_SECRET",
                "user": given["oauth"]["user"],
                "password": "env:SN_PASSWORD",
                "refresh_token": "env:SN_REFRESH",
            }
        settings = ServiceNow.Settings.model_validate({"url": running.base_url, "auth": auth, "page": 20, **options})
        hand = Hand(running)
        context = Context(
            connection="ops",
            tokens=TokenStore(tmp_path, f"ops-{len(made)}"),
            sleep=lambda seconds: hand.control("clock", {"advance": seconds}) and None,
            clock=lambda: datetime.fromisoformat(hand.control("inspect")["now"]),
        )
        made.append(ServiceNow(settings, context))
        return made[-1]

    yield build
    for connector in made:
        connector.close()


def everything(connector: ServiceNow) -> list[Record]:
    return [record for page in connector.changes(None, Scope()) for record in page.records]


@pytest.mark.parametrize("kind", ["basic", "api_key", "password", "client_credentials", "refresh_token"])
def test_every_kind_of_credentials_opens(seeded: Running, connect: Callable[..., ServiceNow], kind: str) -> None:
    health = connect(seeded, kind).check()
    assert health.account == "Isthmus Integration"
    assert health.account_id is not None
    assert health.warnings == ()
    assert abs(health.skew_seconds) < 2


def test_the_feed_the_census_and_the_count_agree_with_what_is_there(
    seeded: Running, connect: Callable[..., ServiceNow]
) -> None:
    connector = connect(seeded)
    there = {each["id"] for each in Hand(seeded).control("snapshot")["tickets"]}
    feed = [record.id for record in everything(connector)]
    assert len(feed) == len(set(feed)) == TICKETS
    assert set(feed) == set(connector.census(Scope())) == there
    assert connector.count(Scope()) == TICKETS
    native = Scope(native="active=true^NQpriority=1^ORpriority=2")
    wanted = {
        record.id
        for record in everything(connector)
        if record.body["priority"] in ("1", "2") or record.body["state"] not in ("7", "8")
    }
    assert {record.id for page in connector.changes(None, native) for record in page.records} == wanted
    assert set(connector.census(native)) == wanted
    assert connector.count(native) == len(wanted)


def test_every_seeded_ticket_is_read_whole(seeded: Running, connect: Callable[..., ServiceNow]) -> None:
    connector = connect(seeded)
    mapping = Mapping(shipped_mapping("servicenow"))
    side = Side("ops", connector, mapping, Directory(connector, base_url=seeded.base_url))
    records = everything(connector)
    documents = side.documents(records)
    assert [words for each in records if (words := mapping.unmapped(each.body, documents[each.id]))] == []
    side.hydrate(documents)
    incidents = [side.incident(document) for document in documents.values()]
    assert all(incident.requester and incident.requester.email for incident in incidents)
    assert sum(len(incident.comments) for incident in incidents) > TICKETS
    assert all(comment.author and comment.author.name for incident in incidents for comment in incident.comments)
    for incident in incidents:
        for attachment in incident.attachments:
            target = io.BytesIO()
            digest = connector.download(attachment.model_dump(mode="json"), target)
            assert digest == attachment.sha256 == hashlib.sha256(target.getvalue()).hexdigest()
    changes = connector.history([incident.id for incident in incidents])
    assert any(change.field == "state" and change.by for found in changes.values() for change in found)
    assert connector.calls()["GET /api/now/table/incident"] <= TICKETS // 20 + 2


@pytest.mark.parametrize("zone", ["GMT", "US/Pacific", "Europe/Berlin"])
def test_threads_read_as_text_are_those_read_as_rows(
    seeded: Running, connect: Callable[..., ServiceNow], zone: str
) -> None:
    """An account that may not read the journal sees the same entries, whatever its zone and the season."""
    hand = Hand(seeded)
    query = "/api/now/table/sys_user?sysparm_query=user_name=fiona.fulfiller&sysparm_fields=sys_id"
    (fiona,) = hand.call("otto.admin", "GET", query)
    hand.call("otto.admin", "PATCH", f"/api/now/table/sys_user/{fiona['sys_id']}", {"time_zone": zone})
    admin, fulfiller = connect(seeded), connect(seeded, user="fiona.fulfiller")
    ids = [record.id for record in everything(admin)]
    rows, texts = admin.threads(ids), fulfiller.threads(ids)
    facts = ("element", "value", "sys_created_on", "author", "author.name")

    def told(entries: list[dict[str, Any]]) -> list[tuple[str, ...]]:
        return sorted(tuple(str(entry[fact]).strip() for fact in facts) for entry in entries)

    assert fulfiller._journal.readable is False
    assert sum(len(thread.comments) for thread in texts.values()) > TICKETS
    for record_id in ids:
        assert told(texts[record_id].comments) == told(rows[record_id].comments)
        times = [entry["sys_created_on"] for entry in texts[record_id].comments]
        assert times == sorted(times)
    warnings = " ".join(fulfiller.check().warnings)
    assert "sys_journal_field" in warnings
    assert ("time zone" in warnings) is (zone != "GMT")
    assert fulfiller.history(ids[:5]) == {}
    assert list(fulfiller.deleted(NOW - timedelta(days=1000))) == []


@pytest.mark.parametrize("faults", [None, "flaky", "throttled", "laggy", "rules"])
def test_creates_are_stored_once_whatever_happens(connect: Callable[..., ServiceNow], faults: str | None) -> None:
    with start("servicenow", now=NOW, faults=faults, seed=3) as running:
        connector, hand = connect(running), Hand(running)
        markers = [f"isthmus:zd:{number}" for number in range(60)]
        waiting = {
            marker: Create(key=marker, marker=marker, body={"short_description": f"Ticket {marker}", "impact": "1"})
            for marker in markers
        }
        for _ in range(5):
            outcomes = {outcome.key: outcome for outcome in connector.submit(list(waiting.values()))}
            assert outcomes.keys() == waiting.keys()
            waiting = {key: waiting[key] for key, outcome in outcomes.items() if outcome.error}
            if not waiting:
                break
        assert waiting == {}
        there = [each["record"]["correlation_id"] for each in hand.control("snapshot")["tickets"]]
        assert sorted(there) == sorted(markers)
        (found,) = connector.find("isthmus:zd:7")
        assert found.body["short_description"] == "Ticket isthmus:zd:7"
        assert len(connector.fetch([found.id])) == 1


def test_a_whole_thread_is_written_in_few_calls(connect: Callable[..., ServiceNow]) -> None:
    with start("servicenow", now=NOW) as running:
        connector = connect(running)
        made = list(
            connector.submit(
                [Create(key=str(n), marker=f"isthmus:zd:{n}", body={"short_description": "x"}) for n in range(40)]
            )
        )
        ids = [str(outcome.record_id) for outcome in made]
        before = sum(connector.calls().values())
        writes: list[Any] = []
        for record_id in ids:
            writes.append(Update(key=f"{record_id} fields", record_id=record_id, body={"state": "2"}))
            for number, visibility in enumerate((Visibility.PUBLIC, Visibility.INTERNAL, Visibility.PUBLIC)):
                comment = NewComment({"value": f"text {number}"}, visibility, "zd/1/2")
                writes.append(AddComment(key=f"{record_id} {number}", record_id=record_id, comment=comment))
        assert [outcome.error for outcome in connector.submit(writes) if outcome.error] == []
        assert sum(connector.calls().values()) - before == 2
        threads = connector.threads(ids)
        for record_id in ids:
            entries = sorted((entry["value"], entry["element"]) for entry in threads[record_id].comments)
            assert entries == [("text 0", "comments"), ("text 1", "work_notes"), ("text 2", "comments")]


def test_files_go_up_and_come_down(connect: Callable[..., ServiceNow]) -> None:
    with start("servicenow", now=NOW) as running:
        connector = connect(running)
        outcome = connector.create(Create(key="c", marker="isthmus:zd:1", body={"short_description": "x"}))
        record_id = str(outcome.record_id)
        for name, content in (("größe & co.txt", b"hello"), ("empty.txt", b"")):
            source = FileSource(name, "text/plain", len(content), lambda content=content: nullcontext(io.BytesIO(content)))
            added = connector.add_file(AddFile(key="f", record_id=record_id, file=source, visibility=Visibility.PUBLIC))
            assert added.error is None
            (row,) = [each for each in connector.threads([record_id])[record_id].files if each["sys_id"] == added.child_id]
            assert row["file_name"] == name
            with closing(io.BytesIO()) as target:
                connector.download({"id": row["sys_id"], "sha256": row["hash"]}, target)
                assert target.getvalue() == content


def test_a_new_file_is_noticed_although_it_does_not_move_its_ticket(connect: Callable[..., ServiceNow]) -> None:
    with start("servicenow", tickets=3, seed=5, now=NOW) as running:
        connector, hand = connect(running), Hand(running)
        *_, last = connector.changes(None, Scope())
        quiet = everything(connector)[0]
        hand.control("clock", {"advance": 3600})
        # one reading moves the cursor past the old changes
        for page in connector.changes(last.cursor, Scope()):
            last = page
        password = next(each["password"] for each in running.credentials["people"] if each["user"] == "fiona.fulfiller")
        reply = requests.post(
            f"{running.base_url}/api/now/attachment/file",
            params={"table_name": "incident", "table_sys_id": quiet.id, "file_name": "late.txt"},
            data=b"late",
            headers={"Content-Type": "text/plain"},
            auth=("fiona.fulfiller", password),
            timeout=30,
        )
        file_id = reply.json()["result"]["sys_id"]
        hand.control("clock", {"advance": 60})
        found = [record for page in connector.changes(last.cursor, Scope()) for record in page.records]
        assert [(record.id, record.touched) for record in found] == [(quiet.id, file_id)]
        assert found[0].body == quiet.body
