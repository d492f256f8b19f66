"""Opening, upgrading, crashing, restarting."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from isthmus.core.errors import ConfigError, LedgerError
from isthmus.core.evidence.verify import follow
from isthmus.core.ledger import ledger as ledger_module
from isthmus.core.ledger import schema as db
from isthmus.core.ledger.ledger import Ledger, dump, new_id, utc_now
from isthmus.core.ledger.store import chunks, stamp
from sqlalchemy import inspect, select, text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "isthmus.db"


# -- SQLite


def test_the_file_is_for_its_owner_alone_and_durable(path: Path):
    ledger = Ledger(f"sqlite:///{path}")
    ledger.start_run("sync", "pair")
    files = [path, *path.parent.glob("isthmus.db-*")]
    assert len(files) > 1
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    with ledger.transaction() as session:
        pragmas = [
            session.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "busy_timeout")
        ]
    assert pragmas == ["wal", 2, 30_000]
    ledger.close()


def test_a_file_that_others_could_read_is_closed_to_them(path: Path):
    path.touch(0o644)
    path.chmod(0o644)
    Ledger(f"sqlite:///{path}").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("isthmus.db", "not a URL"),
        ("mysql://isthmus:hunter2-secret@db/x", "'mysql' is not supported"),
        ("sqlite:///file:x?mode=memory&uri=true", "not a file: URI"),
        ("sqlite:////no/such/folder/x.db", "No such file"),
        ("postgresql://isthmus:hunter2-secret@127.0.0.1:1/x?connect_timeout=2", "cannot be opened"),
        ("postgresql://isthmus:hunter2-secret@127.0.0.1:port/x", "not a URL"),
    ],
)
def test_a_ledger_that_cannot_be_opened_is_told_without_its_password(url: str, words: str):
    with pytest.raises(ConfigError, match=words) as caught:
        Ledger(url)
    assert "hunter2" not in str(caught.value)


def test_without_the_extra_postgresql_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"isthmus\[postgresql\]"):
        Ledger("postgresql://isthmus@db/x")


def test_a_file_that_is_no_ledger_is_left_alone(path: Path):
    path.write_bytes(b"a letter to the editor, " * 100)
    with pytest.raises(LedgerError, match="is no ledger"):
        Ledger(f"sqlite:///{path}")
    assert path.read_bytes() == b"a letter to the editor, " * 100


def test_a_ledger_in_memory():
    ledger = Ledger("sqlite://")
    ledger.remember("pair", "ops", ["1"], "c")
    assert ledger.dirty("pair") == [("ops", "1")]
    ledger.close()


def test_a_ledger_that_another_process_keeps_locked_is_an_error_of_ours(path: Path, monkeypatch):
    monkeypatch.setattr(ledger_module, "BUSY_SECONDS", 0.05)
    ledger = Ledger(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="database is locked"):
        ledger.start_run("sync", "pair")
    with pytest.raises(ConfigError, match="database is locked"):
        Ledger(f"sqlite:///{path}")
    other.execute("ROLLBACK")
    other.close()
    ledger.start_run("sync", "pair")
    ledger.close()


# -- both


def test_an_error_within_a_transaction_keeps_nothing_of_it(ledger, open_ledger):
    def crash() -> None:
        with ledger.transaction():
            ledger.remember("pair", "ops", ["1"], "c")
            ledger.record("run", "pair", [{"x": 1}])
            raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        crash()
    later = open_ledger()
    assert (later.dirty("pair"), later.cursor("pair", "ops"), later.trail_head()[0]) == ([], None, 0)
    ledger.remember("pair", "ops", ["2"], "c")
    assert later.dirty("pair") == [("ops", "2")]


def test_a_process_that_is_killed_within_a_transaction_leaves_nothing_of_it(ledger, url):
    code = (
        "import os, signal, sys\n"
        "from isthmus.core.ledger.ledger import Ledger\n"
        "ledger = Ledger(sys.argv[1])\n"
        "ledger.remember('pair', 'ops', ['1'], 'c1')\n"
        "with ledger.transaction():\n"
        "    ledger.remember('pair', 'ops', ['2'], 'c2')\n"
        "    ledger.record('run', 'pair', [{'x': 1}])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, url], check=False).returncode == -9
    assert (ledger.dirty("pair"), ledger.cursor("pair", "ops")) == ([("ops", "1")], "c1")
    ledger.record("run", "pair", [{"x": 2}])
    assert follow(ledger.trail_entries())["entries"] == ledger.trail_head()[0] == 1


def test_an_error_of_the_database_names_no_values(ledger):
    ledger.start_run("sync", "pair")
    with pytest.raises(LedgerError) as caught, ledger.transaction() as session:
        session.execute(
            db.runs.insert().values(id="personal-value", kind="x", link="pair", number=1, started_at="x", report="x")
        )
    assert "personal-value" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_new_ledger_knows_all_migrations(ledger):
    with ledger.transaction() as session:
        assert set(session.execute(select(db.versions.c.name)).scalars()) == {name for name, _ in db.MIGRATIONS}
        assert db.pending(session) == []


def test_an_older_ledger_is_upgraded_once(ledger, open_ledger, monkeypatch):
    ledger.remember("pair", "ops", ["1"], "c")
    done: list[str] = []

    def add_column(connection) -> None:
        done.append("0099")
        connection.execute(text("ALTER TABLE runs ADD COLUMN note VARCHAR"))

    monkeypatch.setattr(db, "MIGRATIONS", (*db.MIGRATIONS, ("0099-notes", add_column)))
    open_ledger()
    later = open_ledger()
    assert done == ["0099"]
    assert later.dirty("pair") == [("ops", "1")]
    with later.transaction() as session:
        assert "note" in {column["name"] for column in inspect(session).get_columns("runs")}


def test_the_status_changes_of_an_older_ledger_are_kept(ledger, open_ledger):
    steps = [("10:00:00", "resolved"), ("09:00:00", "new")]
    with ledger.transaction() as session:
        session.execute(text("DROP TABLE timeline"))
        session.execute(
            text(
                "CREATE TABLE timeline (connection VARCHAR, record_id VARCHAR, at VARCHAR, after VARCHAR, body TEXT, "
                "PRIMARY KEY (connection, record_id, at, after))"
            )
        )
        session.execute(db.versions.delete().where(db.versions.c.name == "0002-whole-timelines"))
        for at, status in steps:
            row = {"at": at, "after": status, "body": dump({"at": at, "after": status})}
            session.execute(text("INSERT INTO timeline VALUES ('ops', '1', :at, :after, :body)"), row)
    told = [{"field": "status", "at": at, "after": status} for at, status in reversed(steps)]
    assert open_ledger().timelines("ops", ["1", "2"]) == {"1": {"events": told}}
    with ledger.transaction() as session:
        session.execute(text("DROP TABLE timeline"))
        session.execute(db.versions.delete().where(db.versions.c.name == "0002-whole-timelines"))
        session.execute(
            text("CREATE TABLE timeline (connection VARCHAR, record_id VARCHAR, at VARCHAR, after VARCHAR, body TEXT)")
        )
    assert open_ledger().timelines("ops", ["1"]) == {}


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(ledger, open_ledger, monkeypatch):
    def half(connection) -> None:
        connection.execute(text("ALTER TABLE runs ADD COLUMN half VARCHAR"))
        connection.execute(text("SELECT * FROM nowhere"))

    with monkeypatch.context() as patch:
        patch.setattr(db, "MIGRATIONS", (*db.MIGRATIONS, ("0099-half", half)))
        with pytest.raises((LedgerError, ConfigError)):
            open_ledger()
    again = open_ledger()
    with again.transaction() as session:
        assert "half" not in {column["name"] for column in inspect(session).get_columns("runs")}


def test_a_ledger_of_a_newer_isthmus_is_refused(ledger, open_ledger):
    with ledger.transaction() as session:
        session.execute(db.versions.insert().values(name="9999-later", at="x"))
    with pytest.raises(LedgerError, match=r"newer Isthmus wrote this ledger \(9999-later\)"):
        open_ledger()


def test_processes_that_open_a_new_ledger_at_once_make_it_once(url):
    code = (
        "import sys\n"
        "from isthmus.core.ledger.ledger import Ledger\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "Ledger(sys.argv[1]).start_run('sync', sys.argv[2])\n"
    )
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", code, url, str(name)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in range(3)
    ]
    assert [maker.stdout.readline() for maker in makers] == ["ready\n"] * 3
    for maker in makers:
        maker.stdin.write("go\n")
        maker.stdin.flush()
    for maker in makers:
        maker.communicate(timeout=60)
    assert [maker.returncode for maker in makers] == [0, 0, 0]
    ledger = Ledger(url)
    assert len(ledger.runs()) == 3
    ledger.close()


# -- PostgreSQL


def test_numbers_have_64_bits(schema):
    ledger = Ledger(schema)
    with ledger.transaction() as session:
        kinds = {name: str(inspect(session).get_columns(name)[0]["type"]) for name in ("staged", "trail")}
    ledger.close()
    assert kinds == {"staged": "BIGINT", "trail": "BIGINT"}


def test_a_restart_of_the_server_costs_the_transaction_in_hand_at_most(server, schema):
    ledger = Ledger(schema)
    ledger.remember("pair", "ops", ["1"], "c1")
    server.stop()
    with pytest.raises(LedgerError):
        ledger.remember("pair", "ops", ["2"], "c2")
    server.start()
    assert ledger.cursor("pair", "ops") == "c1"

    def interrupted() -> None:
        with ledger.transaction():
            ledger.remember("pair", "ops", ["3"], "c3")
            server.stop()
            server.start()
            ledger.remember("pair", "ops", ["4"], "c4")

    with pytest.raises(LedgerError):
        interrupted()
    assert ledger.dirty("pair") == [("ops", "1")]
    ledger.close()


def test_a_password_in_the_url_is_masked_everywhere(monkeypatch):
    url = "postgresql://isthmus:ledger-pass-word@127.0.0.1:1/x?connect_timeout=2"
    with pytest.raises(ConfigError):
        Ledger(url)
    assert "ledger-pass-word" not in str(ConfigError(url))


# -- what the parts share


def test_moments_have_one_width():
    assert len({len(stamp(utc_now().replace(microsecond=each))) for each in (0, 5, 500_000)}) == 1
    assert dump({"b": 1, "a": None}) == '{"a":null,"b":1}'
    assert [list(each) for each in chunks([1, 2, 3], 2)] == [[1, 2], [3]]
    assert new_id() != new_id()


def test_columns_in_keep_stay_as_they_were(ledger):
    rows = [{"link": "pair", "connection": "ops", "record_id": "1", "digest": "d1"}]
    ledger.upsert(db.excluded, rows)
    ledger.upsert(db.excluded, [{**rows[0], "digest": "d2"}], keep=["digest"])
    assert ledger.digests("pair", "ops", ["1"]) == {"1": "d1"}
