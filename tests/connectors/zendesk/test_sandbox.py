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
from isthmus.connectors.zendesk import Zendesk
from isthmus.core.connector import (
    AddComment,
    Context,
    Create,
    Delete,
    FileSource,
    NewComment,
    Outcome,
    Scope,
    Update,
    Write,
)
from isthmus.core.errors import AuthenticationError, ForbiddenError, NotFoundError, RejectedError, StaleVersionError
from isthmus.core.mapping.directory import Directory
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.model import Incident, Visibility
from isthmus.core.net.auth import TokenStore
from isthmus.core.sync.side import Side
from isthmus.sandbox import Running, start

NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
Connect = Callable[..., Zendesk]


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    """A sandbox that tests only read, or add to."""
    with start("zendesk", tickets=60, seed=3, now=NOW) as running:
        yield running


@pytest.fixture
def own() -> Iterator[Running]:
    with start("zendesk", tickets=25, seed=4, now=NOW) as running:
        yield running


@pytest.fixture
def connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    made: list[Zendesk] = []

    def build(sandbox: Running, auth: dict[str, Any] | None = None, **options: Any) -> Zendesk:
        credentials = sandbox.credentials
        monkeypatch.setenv("ZD_TOKEN", credentials["api_token"]["token"])
        monkeypatch.setenv("ZD_SECRET", credentials["oauth"]["client_secret"])
        monkeypatch.setenv("ZD_REFRESH", credentials["oauth"]["refresh_token"])
        auth = auth or {"kind": "api_token", "user": credentials["api_token"]["user"], "token": "env:ZD_TOKEN"}
        settings = Zendesk.Settings.model_validate({"url": sandbox.base_url, "auth": auth, **options})
        context = Context(
            connection="support",
            tokens=TokenStore(tmp_path, f"support{len(made)}"),
            sleep=lambda seconds: advance(sandbox, seconds),
            clock=lambda: NOW,
        )
        made.append(Zendesk(settings, context))
        return made[-1]

    yield build
    for connector in made:
        connector.close()


def control(sandbox: Running, order: str, body: dict[str, Any] | None = None) -> Any:
    reply = requests.request(
        "POST" if body is not None else "GET", f"{sandbox.base_url}/_sandbox/{order}", json=body, timeout=10
    )
    reply.raise_for_status()
    return reply.json()


def advance(sandbox: Running, seconds: float) -> None:
    control(sandbox, "clock", {"advance": seconds})


def as_admin(sandbox: Running, method: str, path: str, body: Any = None) -> Any:
    user = sandbox.credentials["api_token"]
    reply = requests.request(
        method, sandbox.base_url + path, json=body, auth=(f"{user['user']}/token", user["token"]), timeout=10
    )
    reply.raise_for_status()
    return reply.json()


def person(sandbox: Running, role: str) -> Any:
    return next(each for each in control(sandbox, "snapshot")["people"] if each["role"] == role and each["email"])


def tickets_of(sandbox: Running) -> list[dict[str, Any]]:
    return [each["record"] for each in control(sandbox, "snapshot")["tickets"] if not each["deleted"]]


def side_of(connector: Zendesk) -> Side:
    return Side("support", connector, Mapping(shipped_mapping("zendesk")), Directory(connector))


def source(content: bytes, name: str = "a.txt") -> FileSource:
    @contextmanager
    def open_it() -> Iterator[BinaryIO]:
        yield io.BytesIO(content)

    return FileSource(name, "text/plain", len(content), open_it)


def comment(
    text: str, author: Any, visibility: Visibility, *files: FileSource, at: str | None = None, origin: str = "ops/1/1"
) -> NewComment:
    body = {"html_body": f"<p>{text}</p>", "author_id": str(author["id"]), **({"created_at": at} if at else {})}
    return NewComment(body, visibility, origin, files)


def one(connector: Zendesk, write: Write) -> Outcome:
    (outcome,) = connector.submit([write])
    return outcome


def written(connector: Zendesk, write: Write) -> Outcome:
    outcome = one(connector, write)
    assert outcome.error is None
    return outcome


# -- session


@pytest.mark.parametrize("grant", ["client_credentials", "refresh_token"])
def test_oauth_reads_as_the_integration_user(shared: Running, connect: Connect, grant: str) -> None:
    auth = {
        "kind": "oauth",
        "grant": grant,
        "client_id": shared.credentials["oauth"]["client_id"],
        "client_secret": "env:ZD_SECRET",
    }
    if grant == "refresh_token":
        auth["refresh_token"] = "env:ZD_REFRESH"
    health = connect(shared, auth).check()
    assert health.account == shared.credentials["api_token"]["user"]
    assert not [warning for warning in health.warnings if "API tokens" in warning]


def test_wrong_credentials_are_told(shared: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZD_WRONG", "wrong-token")
    with pytest.raises(AuthenticationError):
        connect(shared, {"kind": "api_token", "user": "isthmus@example.com", "token": "env:ZD_WRONG"}).check()


def test_an_agent_is_not_enough(shared: Running, connect: Connect) -> None:
    agent = next(each for each in shared.credentials["people"] if each["role"] == "agent")
    with pytest.raises(ForbiddenError, match="need an admin"):
        connect(shared, {"kind": "api_token", "user": agent["user"], "token": "env:ZD_TOKEN"}).check()


# -- read


def read_all(connector: Zendesk) -> dict[str, dict[str, Any]]:
    """Read everything as a migration does: each page with its threads."""
    side, documents = side_of(connector), {}
    for page in connector.changes(None, Scope()):
        found = side.documents(record for record in page.records if not record.deleted)
        side.hydrate(found)
        documents.update(found)
    return documents


def test_everything_is_read_in_few_calls_and_nothing_is_missing(shared: Running, connect: Connect) -> None:
    connector = connect(shared)
    documents = read_all(connector)
    tickets = {str(each["id"]): each for each in tickets_of(shared)}
    assert documents.keys() == tickets.keys()
    calls = connector.calls()
    assert calls["GET /api/v2/incremental/ticket_events"] == 1
    assert sum(calls.values()) < len(tickets) / 2
    # What the event export told is what each ticket's own comments say.
    again = side_of(connector)
    direct = again.documents(connector.fetch(list(documents)))
    again.hydrate(direct)
    assert direct == documents
    for document in documents.values():
        Incident.model_validate(document)


def test_the_census_and_the_count_agree_with_the_account(shared: Running, connect: Connect) -> None:
    connector = connect(shared)
    ids = {str(each["id"]) for each in tickets_of(shared)}
    assert set(connector.census(Scope())) == ids
    assert connector.count(Scope()) == len(ids)
    label = next(each["tags"][0] for each in tickets_of(shared) if each["tags"])
    scope = Scope(label=(label,))
    assert len(list(connector.census(scope))) == connector.count(scope) > 0
    native = Scope(native=f"tags:{label}")
    assert set(connector.census(native)) == set(connector.census(scope))
    found = {record.id for page in connector.changes(None, native) for record in page.records}
    assert found == set(connector.census(scope))


def test_people_groups_and_fields_are_known(shared: Running, connect: Connect) -> None:
    connector, user = connect(shared), person(shared, "end-user")
    found = connector.find_people([user["email"], "nobody@example.com"])
    assert found.keys() == {user["email"]}
    assert connector.people([str(user["id"]), "-1"]) == {str(user["id"]): found[user["email"]]}
    assert {group.name for group in connector.groups()} == {each["name"] for each in control(shared, "snapshot")["groups"]}
    assert {"subject", "status", "priority"} <= {field.id for field in connector.fields()}


def test_the_history_tells_each_status(shared: Running, connect: Connect) -> None:
    ticket = next(each for each in tickets_of(shared) if each["status"] == "closed")
    changes = connect(shared).history([str(ticket["id"])])[str(ticket["id"])]
    statuses = [change.after for change in changes if change.field == "status"]
    assert statuses[0] == "new"
    assert statuses[-1] == "closed"
    assert [change.at for change in changes] == sorted(change.at for change in changes)


def test_a_comment_made_private_is_never_read_as_public(own: Running, connect: Connect) -> None:
    ticket = next(each for each in tickets_of(own) if each["status"] != "closed")
    path = f"/api/v2/tickets/{ticket['id']}"
    as_admin(own, "PUT", path, {"ticket": {"comment": {"html_body": "<p>Not for you</p>", "public": True}}})
    newest = as_admin(own, "GET", f"{path}/comments?sort=-created_at")["comments"][0]
    as_admin(own, "PUT", f"{path}/comments/{newest['id']}/make_private")
    comments = read_all(connect(own))[str(ticket["id"])]["comments"]
    (hidden,) = [each for each in comments if "Not for you" in each["body"]]
    assert hidden["visibility"] == "internal"


def test_a_private_description_is_never_a_description(own: Running, connect: Connect) -> None:
    body = {"ticket": {"subject": "Secret", "comment": {"body": "Internal words", "public": False}}}
    number = str(as_admin(own, "POST", "/api/v2/tickets", body)["ticket"]["id"])
    as_admin(own, "PUT", f"/api/v2/tickets/{number}", {"ticket": {"comment": {"body": "Hello", "public": True}}})
    document = read_all(connect(own))[number]
    assert document["description"] is None
    assert [(each["body"], each["visibility"]) for each in document["comments"]] == [
        ("<p>Internal words</p>", "internal"),
        ("<p>Hello</p>", "public"),
    ]


# -- write


def test_the_life_of_a_ticket(own: Running, connect: Connect) -> None:
    connector, user, agent = connect(own), person(own, "end-user"), person(own, "agent")
    cursor = list(connector.changes(None, Scope()))[-1].cursor
    body = {
        "subject": "VPN",
        "description": "<p>No VPN</p>",
        "requester_id": str(user["id"]),
        "type": "incident",
        "status": "open",
    }
    create = Create(key="k1", marker="isthmus:ops:1", body=body)
    made = written(connector, create)
    assert made.record is not None
    number = str(made.record_id)
    assert written(connector, create).record_id == number
    assert [record.id for record in connector.find("isthmus:ops:1")] == [number]

    # Comments: author, visibility, origin, files.
    note = comment("Look", user, Visibility.INTERNAL, source(b"abc"), source(b"", "empty.txt"), origin="ops/1/9")
    first = written(connector, AddComment(key="k2", record_id=number, comment=note))
    written(connector, AddComment(key="k3", record_id=number, comment=comment("Hi", agent, Visibility.PUBLIC)))
    thread = connector.threads([number])[number]
    assert str(thread.comments[0]["id"]) == first.child_id
    assert [each["public"] for each in thread.comments] == [False, True]
    assert [each["author_id"] for each in thread.comments] == [user["id"], agent["id"]]
    assert connector.origin_of(thread.comments[0]) == "ops/1/9"
    contents = []
    for file in thread.comments[0]["attachments"]:
        target = io.BytesIO()
        assert (
            connector.download({"id": file["id"], "url": file["content_url"]}, target)
            == hashlib.sha256(target.getvalue()).hexdigest()
        )
        contents.append((file["file_name"], target.getvalue()))
    assert contents == [("a.txt", b"abc"), ("empty.txt", b"")]

    # Updates: safe ones, refused ones, watchers.
    version = connector.fetch([number])[0].version
    advance(own, 5)
    written(connector, Update(key="k4", record_id=number, body={"priority": "high"}, version=version))
    stale = one(connector, Update(key="k5", record_id=number, body={"priority": "low"}, version=version))
    assert isinstance(stale.error, StaleVersionError)
    unsolved = one(connector, Update(key="k6", record_id=number, body={"status": "solved"}))
    assert isinstance(unsolved.error, RejectedError)
    assert "Assignee" in unsolved.error.vendor_words
    for watchers in ([agent, user], [user], []):
        ids = [str(each["id"]) for each in watchers]
        written(connector, Update(key="k7", record_id=number, body={"collaborator_ids": ids}))
        held = connector.fetch([number])[0].body["collaborator_ids"]
        assert {str(each) for each in held} == set(ids)

    # Gone: by id, by marker, and told by the vendor.
    written(connector, Delete(key="k8", record_id=number))
    written(connector, Delete(key="k9", record_id=number))
    assert connector.fetch([number]) == connector.find("isthmus:ops:1") == []
    assert connector.threads([number]) == connector.history([number]) == {}
    assert number in set(connector.deleted(NOW - timedelta(days=1)))
    gone = one(connector, Update(key="k10", record_id=number, body={"priority": "low"}))
    assert isinstance(gone.error, NotFoundError)
    advance(own, 120)
    later = [record for page in connector.changes(cursor, Scope()) for record in page.records]
    assert {record.id: record.deleted for record in later}[number]


def test_closed_is_final(own: Running, connect: Connect) -> None:
    connector = connect(own)
    number = next(str(each["id"]) for each in tickets_of(own) if each["status"] == "closed")
    agent = person(own, "agent")
    for write in (
        Update(key="k1", record_id=number, body={"priority": "low"}),
        AddComment(key="k2", record_id=number, comment=comment("Late", agent, Visibility.INTERNAL)),
    ):
        outcome = one(connector, write)
        assert isinstance(outcome.error, RejectedError)
        assert "closed prevents ticket update" in outcome.error.vendor_words


def test_a_solver_lets_an_unassigned_ticket_be_solved(own: Running, connect: Connect) -> None:
    agent, user = person(own, "agent"), person(own, "end-user")
    connector = connect(own, solver=agent["email"])
    body = {"subject": "VPN", "description": "<p>x</p>", "requester_id": str(user["id"])}
    number = str(written(connector, Create(key="k1", marker="m", body=body)).record_id)
    solved = written(connector, Update(key="k2", record_id=number, body={"status": "solved"})).record
    assert solved is not None
    assert (solved.body["status"], solved.body["assignee_id"]) == ("solved", agent["id"])


def test_a_history_is_imported_as_it_was_and_sends_no_mail(own: Running, connect: Connect) -> None:
    connector, user, agent = connect(own), person(own, "end-user"), person(own, "agent")
    control(own, "outbox/clear", {})
    writes = [
        Create(
            key=f"i{number}",
            marker=f"isthmus:ops:{number}",
            history=True,
            body={
                "subject": f"Old {number}",
                "description": f"<p>Text {number}</p>",
                "requester_id": str(user["id"]) if number != 7 else "999",
                "status": "pending",
                "type": "incident",
                "created_at": f"2024-02-{number + 1:02}T08:00:00Z",
                "updated_at": "2024-04-05T08:00:00Z",
            },
            comments=(
                comment("Any update?", user, Visibility.PUBLIC, source(b"x" * number), at="2024-03-01T08:00:00Z"),
                comment("Any update?", user, Visibility.PUBLIC, at="2024-03-02T08:00:00Z"),
                comment("Internal", agent, Visibility.INTERNAL, at="2024-03-03T08:00:00Z"),
            ),
        )
        for number in range(20)
    ]
    outcomes = {outcome.key: outcome for outcome in connector.submit(writes)}
    assert [key for key, outcome in outcomes.items() if outcome.error] == ["i7"]
    assert "Requester" in str(outcomes["i7"].error)
    for number, write in enumerate(writes):
        if number == 7:
            assert connector.find(write.marker) == []
            continue
        (record,) = connector.find(write.marker)
        assert record.id == outcomes[write.key].record_id
        assert (record.body["subject"], record.body["created_at"]) == (
            f"Old {number}",
            f"2024-02-{number + 1:02}T08:00:00Z",
        )
        assert record.version == "2024-04-05T08:00:00Z"
        thread = connector.threads([record.id])[record.id]
        assert [(each["author_id"], each["created_at"][:10], each["public"]) for each in thread.comments] == [
            (user["id"], "2024-03-01", True),
            (user["id"], "2024-03-02", True),
            (agent["id"], "2024-03-03", False),
        ]
        assert [file["size"] for file in thread.comments[0]["attachments"]] == [number]
    assert control(own, "outbox")["messages"] == []
    assert connector.calls()["POST /api/v2/imports/tickets/create_many"] == 1


# -- bad weather


def test_reading_gets_through_faults(own: Running, connect: Connect) -> None:
    control(own, "faults", {"profile": "flaky+throttled", "seed": 5})
    connector = connect(own)
    documents = read_all(connector)
    control(own, "faults", {"profile": None})
    assert documents == read_all(connector)
    assert len(documents) == 25


def test_creates_get_through_faults_without_twins(own: Running, connect: Connect) -> None:
    connector, user = connect(own), person(own, "end-user")
    control(own, "faults", {"profile": "flaky+throttled", "seed": 6})
    body = {"subject": "VPN", "description": "<p>x</p>", "requester_id": str(user["id"])}
    outcomes = list(connector.submit([Create(key=f"k{number}", marker=f"m{number}", body=body) for number in range(40)]))
    control(own, "faults", {"profile": None})
    assert [outcome.error for outcome in outcomes] == [None] * 40
    for number in range(40):
        assert len(connector.find(f"m{number}")) == 1


def test_the_vendors_limits_are_kept(connect: Connect) -> None:
    with start("zendesk", tickets=0, now=NOW, limits="real") as sandbox:
        connector = connect(sandbox)
        for _ in range(25):
            list(connector.changes("start:631152000", Scope()))
        counts = control(sandbox, "inspect")["calls"]
    # Ten a minute; the headers of the tenth tell to wait, so that no call is ever refused.
    assert counts["GET /api/v2/incremental/tickets/cursor"] == 25
    assert connector.calls()["GET /api/v2/incremental/tickets/cursor"] == 25
