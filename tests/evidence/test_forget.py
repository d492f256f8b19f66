"""A forgotten person stands in no byte of ledger and store, whatever interrupts the forgetting; the trail is whole."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from isthmus.core.errors import ConfigError, LeaseHeldError, LedgerError
from isthmus.core.evidence import forget as forgetting
from isthmus.core.evidence.forget import forget
from isthmus.core.evidence.verify import follow
from isthmus.core.ledger import ledger as ledger_module
from isthmus.core.ledger import schema as db
from isthmus.core.ledger.forgetting import PERSONAL
from isthmus.core.ledger.ledger import Ledger
from isthmus.core.ledger.state import Intent, IntentKind
from isthmus.core.model import Incident
from isthmus.core.store import erasing
from isthmus.core.store.forgotten import ERASED, Forgotten
from isthmus.core.store.learning import Learner
from isthmus.core.store.rows import rows_of
from isthmus.core.store.store import Store
from isthmus.testing.generated_store import fill
from sqlalchemy import String, Text, insert, select

ADDRESS, NAME, OTHER = "anna.bloom@acme.example", "Anna Bloom", "bo@acme.example"
WHO = {"id": "u7", "name": NAME, "email": ADDRESS}
NOW = datetime(2026, 7, 2, tzinfo=UTC)
WORDS = f"<p>Hi Anna, {NAME} ({ADDRESS.upper()}) asks, {OTHER} answers</p>"
DOCUMENT = {
    "connection": "support",
    "id": "x1",
    "title": f"Mail of {NAME}",
    "status": "new",
    "requester": WHO,
    "assignee": {"id": "u8", "name": "Bo", "email": OTHER},
    "watchers": [WHO],
    "description": WORDS,
    "labels": [f"mail:{ADDRESS}", "vip"],
    "updated_at": "2026-07-01T10:00:00Z",
    "extra": {"requester_href": "https://x.example/?mail=anna.bloom%40acme.example"},
    "comments": [
        {
            "id": "c1",
            "author": WHO,
            "body": WORDS,
            "visibility": "public",
            "attachments": [{"id": "f1", "name": "Anna.png"}],
        }
    ],
}
EVENTS = [
    {"at": "2026-07-01T10:00:00Z", "field": "assignee", "before": None, "after": NAME, "by": WHO, "source": "history"}
]


def personal_row(table) -> dict:
    """A row of a table of the ledger that names the person in every column that can."""
    row = {}
    for column in table.c:
        if column.name in PERSONAL[table]:
            row[column.name] = json.dumps({"who": WHO, "body": WORDS}, sort_keys=True)
        elif isinstance(column.type, String | Text):
            row[column.name] = "closed" if column.name == "link" else f"{table.name}-{column.name}"
        else:
            row[column.name] = 1
    return {**row, **({"open": False} if "open" in row else {})}


@pytest.fixture
def known(told: Ledger) -> Ledger:
    """A ledger that names the person in every place that can, and in its trail as a digest."""
    with told.transaction() as session:
        for table in PERSONAL:
            session.execute(insert(table), personal_row(table))
    told.record("run", "pair", [{"kind": "skip", "reason": f"{ADDRESS} is unknown"}])
    return told


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("store") / "isthmus.duckdb"
    with Store(path) as store:
        fill(store, 60)
        learn(store, DOCUMENT)
        learn(store, {**DOCUMENT, "status": "closed"})
        store.sql.execute("update collections set problems = ?", [json.dumps({"9": f"no {ADDRESS}"})])
    return path


@pytest.fixture
def path(filled: Path, tmp_path: Path) -> Path:
    """A store that names the person in two versions of an incident, and holds some of others."""
    return Path(shutil.copy(filled, tmp_path))


def learn(store: Store, document: dict) -> int:
    with store.transaction():
        moment = store.tick(NOW)
        return Learner(store).learn("support", rows_of(*Forgotten(store).erase((document, EVENTS))), moment)


def holds(path: Path) -> list[str]:
    """Give the files beside a path in which a byte search finds the person."""
    words = [word.lower().encode() for word in (ADDRESS, NAME, "anna.bloom%40acme.example", "Hi Anna")]
    contents = {file.name: file.read_bytes().lower() for file in path.parent.iterdir()}
    return [f"{name}: {word}" for name, content in contents.items() for word in words if word in content]


def test_every_text_of_the_ledger_was_decided_on():
    harmless = {
        "schema_versions": {"at", "name"},
        "runs": {"kind", "link", "started_at", "ended_at", "outcome"},
        "bonds": {"link"},
        "members": {"link", "record_id", "marker", "digest", "version"},
        "receipts": {"mapping"},
        "parks": {"fingerprint"},
        "swings": {"cycles"},
        "parts": {"bond", "kind", "origin_connection", "origin_id", "digest"},
        "copies": {"copy_id"},
        "intents": {"link", "at", "outcome"},
        "cursors": {"cursor"},
        "left_out": {"digest"},
        "conflicts": {"link", "bond", "group_name", "at", "state", "choice"},
        "failures": {"link", "connection", "record_id", "error", "first_at", "last_at", "state"},
        "leases": {"owner", "until"},
        "staged": {"run", "record_id", "state"},
        "trail": {"at", "body", "hash"},  # never changed; holds digests of people only
        "person_keys": {"key"},  # its row is deleted
    }
    for table in db.metadata.sorted_tables:
        texts = {each.name for each in table.c if isinstance(each.type, String) and not each.primary_key}
        texts |= {"name"} if table is db.versions else set()
        assert texts == set(PERSONAL.get(table, ())) | harmless.get(table.name, set()), table.name


def test_no_byte_of_a_forgotten_person_is_left(known, path):
    assert {each.split(":")[0] for each in holds(path)} >= {"isthmus.db-wal", "isthmus.duckdb"}
    done = forget(known, path, "Anna.Bloom@acme.example")
    assert holds(path) == []
    assert done.names == 1
    assert done.ledger == {table.name: 1 for table in PERSONAL}
    assert done.store.keys() == {"incidents", "comments", "files", "events", "collections"}
    assert done.trail == 0
    assert not known.forget_person(ADDRESS)
    entries = list(known.trail_entries())
    assert [json.loads(entry["body"])["kind"] for entry in entries[-2:]] == ["forget", "forgotten"]
    assert follow(known.trail_entries())["entries"] == 13
    with known.transaction() as session:
        (value,) = session.execute(select(db.values.c.value)).scalars()
    words = f"<p>Hi {ERASED}, {ERASED} ({ERASED}) asks, {OTHER} answers</p>"
    assert json.loads(value) == {"who": {"id": None, "name": ERASED, "email": None}, "body": words}


def test_what_others_are_is_left_and_every_version_stays(known, path):
    with Store(path) as store:
        before = store.sql.execute("select count(*), count(distinct superseded_at) from incidents").fetchone()
        others = store.sql.execute("select * from incidents where incident <> 'x1' order by all").fetchall()
    forget(known, path, ADDRESS)
    with Store(path) as store:
        assert store.sql.execute("select count(*), count(distinct superseded_at) from incidents").fetchone() == before
        assert store.sql.execute("select * from incidents where incident <> 'x1' order by all").fetchall() == others
        query = "select title, requester, requester_email, assignee, assignee_email, labels, document from incidents"
        for title, requester, email, assignee, theirs, labels, document in store.sql.execute(
            f"{query} where incident = 'x1'"
        ).fetchall():
            assert (title, requester, email) == (f"Mail of {ERASED}", ERASED, None)
            assert (assignee, theirs, labels) == ("Bo", OTHER, [f"mail:{ERASED}", "vip"])
            assert Incident.model_validate_json(document).watchers[0].email is None
        assert store.sql.execute(
            "select author, author_email, author_id, body from comments where incident = 'x1'"
        ).fetchall() == [(ERASED, None, None, f"<p>Hi {ERASED}, {ERASED} ({ERASED}) asks, {OTHER} answers</p>")]
        assert store.sql.execute("select person, person_email, after from events where incident = 'x1'").fetchall() == [
            (ERASED, None, ERASED)
        ]


def test_what_the_vendor_still_holds_does_not_bring_the_person_back(known, path):
    forget(known, path, ADDRESS)
    with Store(path) as store:
        assert learn(store, {**DOCUMENT, "status": "closed"}) == 0
        assert learn(store, {**DOCUMENT, "status": "new", "resolution_notes": f"{NAME} agrees"}) == 1
    assert holds(path) == []


class Killed(BaseException):
    """What ends a process."""


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (forgetting, "_erase"),
        (erasing, "erase"),
        (erasing, "rewrite"),
        (Ledger, "erase"),
        (Ledger, "forget_person"),
        (Ledger, "compact"),
        (Ledger, "end_forgetting"),
    ],
)
def test_an_interrupted_forgetting_is_finished_by_the_next(known, path, monkeypatch, place, name):
    def kill(*_arguments):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(place, name, kill)
        with pytest.raises(Killed):
            forget(known, path, ADDRESS)
    if name not in ("compact", "end_forgetting"):
        with pytest.raises(ConfigError, match="another erasure was interrupted"):
            forget(known, path, OTHER)
    known.acquire("pair", "somebody", 60)
    known.give_back("pair", "somebody")
    forget(known, path, None)
    assert holds(path) == []
    assert known.begun_forgetting() is None
    assert follow(known.trail_entries())["entries"] == 13
    with pytest.raises(ConfigError, match="e-mail address"):
        forget(known, path, None)


def test_a_ledger_without_a_store(known, tmp_path):
    assert forget(known, tmp_path / "none.duckdb", ADDRESS, ["Nan Bloom"]).names == 2
    assert not (tmp_path / "none.duckdb").exists()
    assert holds(tmp_path / "isthmus.db") == []


def test_a_trail_of_an_earlier_time_that_spells_the_person_is_told(told, tmp_path):
    told.note({"kind": "skip", "reason": f"{ADDRESS} is unknown"})
    assert forget(told, tmp_path / "none.duckdb", ADDRESS).trail == 1
    assert follow(told.trail_entries())["entries"] == 13


@pytest.mark.parametrize("person", [None, "Anna Bloom", "@", "anna@"])
def test_a_person_is_named_by_an_address(told, tmp_path, person):
    with pytest.raises(ConfigError, match="e-mail address"):
        forget(told, tmp_path / "none.duckdb", person)
    assert told.begun_forgetting() is None


def test_a_write_of_unknown_fate_is_settled_first(known, path):
    intent = Intent(
        id="i1",
        run="run",
        link="pair",
        kind=IntentKind.UPDATE,
        connection="left",
        bond="b",
        at=NOW,
        predicted={"requester": {"requester": WHO}},
    )
    known.open_intents([intent])
    with pytest.raises(ConfigError, match="isthmus sync pair"):
        forget(known, path, ADDRESS)
    assert known.begun_forgetting() is None
    known.close_intent("i1", "done")
    forget(known, path, ADDRESS)
    assert holds(path) == []


def test_a_run_at_work_is_not_disturbed(known, path):
    known.start_run("sync", "pair")
    known.acquire("pair", "elsewhere/1/x/y", 60)
    with pytest.raises(LeaseHeldError):
        forget(known, path, ADDRESS)
    assert known.begun_forgetting() is None


def test_a_ledger_that_another_process_reads_is_told(known, path, tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_module, "BUSY_SECONDS", 0)
    reader = sqlite3.connect(tmp_path / "isthmus.db")
    reader.execute("begin")
    reader.execute("select * from runs").fetchall()
    impatient = Ledger(f"sqlite:///{tmp_path}/isthmus.db")
    with pytest.raises(LedgerError, match="compacted"):
        forget(impatient, path, ADDRESS)
    reader.close()
    forget(impatient, path, None)
    impatient.close()
    assert holds(path) == []


def test_a_file_that_is_no_store_is_not_written_anew(tmp_path):
    path = tmp_path / "isthmus.duckdb"
    path.write_bytes(b"words")
    with pytest.raises(LedgerError, match="cannot be written anew"):
        erasing.rewrite(path)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"words"]
