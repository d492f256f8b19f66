"""Opening the store, and its clock."""

from __future__ import annotations

import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from isthmus.core.errors import LedgerError
from isthmus.core.store.erasing import rewrite
from isthmus.core.store.learning import Learner
from isthmus.core.store.rows import rows_of
from isthmus.core.store.store import Store, aware, literal, naive

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "isthmus.duckdb"


def learn(store: Store, *names: str, now: datetime = NOW) -> None:
    with store.transaction():
        for name in names:
            rows = rows_of({"connection": "desk", "id": name, "title": "x"}, ())
            Learner(store).learn("desk", rows, store.tick(now))


def crash(store: Store) -> None:
    with store.transaction():
        rows = rows_of({"connection": "desk", "id": "1", "title": "x"}, ())
        Learner(store).learn("desk", rows, store.tick(NOW))
        raise KeyError


def test_its_files_are_for_their_owner_alone(path: Path):
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Store(path) as store:
        learn(store, "1")
        found = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
        assert found == {path.name: 0o600, f"{path.name}.wal": 0o600, f"{path.name}.tmp": 0o700}
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    rewrite(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_killed_process_left_is_gone_when_it_is_written_anew(path: Path):
    Store(path).close()
    for name in ("fresh", "fresh.wal"):
        path.with_name(f"{path.name}.{name}").write_bytes(b"Anna Bloom")
    path.with_name(f"{path.name}.tmp").mkdir()
    (path.with_name(f"{path.name}.tmp") / "duckdb_temp_1_0_storage_DEFAULT-0.tmp").write_bytes(b"Anna Bloom")
    rewrite(path)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_full_disk_is_an_error_of_ours(path: Path):
    duckdb = pytest.importorskip("duckdb")
    with pytest.raises(LedgerError, match="fails: no space"), Store(path):
        raise duckdb.IOException("no space\nleft")


def test_it_is_found_again_as_it_was_left(path: Path):
    with Store(path) as store:
        assert store.last_learned() is None
        learn(store, "1", "2")
    with Store(path, read_only=True) as one, Store(path, read_only=True) as other:
        assert one.last_learned() == other.last_learned() == NOW + timedelta(microseconds=1)


def test_time_goes_on_though_the_clock_went_back(path: Path):
    with Store(path) as store:
        learn(store, "1")
        assert store.tick(NOW - timedelta(days=1)) == NOW + timedelta(microseconds=1)
        assert store.tick(NOW) == NOW + timedelta(microseconds=2)
        assert store.tick(NOW + timedelta(seconds=1)) == NOW + timedelta(seconds=1)
    with Store(path) as store:
        assert store.tick(NOW - timedelta(days=1)) == NOW + timedelta(microseconds=1)


def test_a_transaction_that_fails_leaves_nothing(path: Path):
    with Store(path) as store:
        with pytest.raises(KeyError):
            crash(store)
        assert store.last_learned() is None


def test_a_store_of_a_later_version_is_refused_and_let_go(path: Path):
    with Store(path) as store:
        store.sql.execute("update settings set value = '99' where name = 'version'")
    for _ in range(2):
        with pytest.raises(LedgerError, match="a later version of Isthmus"):
            Store(path)


def test_a_file_that_is_no_store_is_left_alone(path: Path):
    path.write_bytes(b"a letter to the editor, " * 100)
    with pytest.raises(LedgerError, match="cannot be opened"):
        Store(path)
    assert path.read_bytes() == b"a letter to the editor, " * 100


@pytest.mark.parametrize("columns", ["name varchar primary key, value varchar", "name integer"])
def test_a_database_of_something_else_is_left_alone(path: Path, columns: str):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(path)) as sql:
        sql.execute(f"create table settings ({columns})")
    path.chmod(0o644)
    for read_only in (False, True):
        with pytest.raises(LedgerError, match="a database of something else"):
            Store(path, read_only=read_only)
    with duckdb.connect(str(path)) as sql:
        assert [row[0] for row in sql.execute("show tables").fetchall()] == ["settings"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_store_at_which_another_process_works_is_an_error_of_ours(path: Path):
    with Store(path):
        code = f"from pathlib import Path; from isthmus.core.store.store import Store; Store(Path({str(path)!r}))"
        ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "LedgerError" in ended.stderr
    assert ended.returncode == 1


def test_moments_are_utc_in_the_store():
    moment = datetime(2026, 5, 4, 14, 30, 0, 5, tzinfo=UTC).astimezone()
    assert naive(moment).isoformat() == "2026-05-04T14:30:00.000005"
    assert aware(naive(moment)) == moment
    assert literal(moment) == "timestamp '2026-05-04 14:30:00.000005'"
