"""The ledger's tests run on SQLite, and on a real PostgreSQL server where one is installed.

The server is the one that ISTHMUS_POSTGRES_URL names, or else a private one in a temporary folder, on a socket of its own.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from isthmus.core.ledger.ledger import Ledger
from sqlalchemy import NullPool, create_engine, make_url, text

LEFT_OUT = (
    "no PostgreSQL server is installed: the ledger was tested on SQLite alone (set ISTHMUS_POSTGRES_URL, or install one)"
)


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def tick(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Server:
    """A private PostgreSQL server; it refuses to run as root, so that root starts it as somebody else."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/var/tmp"))  # its socket's path must be short
        self._programs = programs
        self._as: dict[str, object] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._run("initdb", "-D", self.data, "-U", "isthmus", "--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8")
        self.start()

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    @property
    def url(self) -> str:
        return f"postgresql://isthmus@/postgres?host={self.folder}"

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off -c shared_buffers=16MB"
        self._run("pg_ctl", "start", "-w", "-D", self.data, "-o", options, "-l", str(self.folder / "log"))

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", self.data)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            cwd=self.folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            **self._as,  # type: ignore[arg-type]
        )
        assert done.returncode == 0, done.stderr.decode()


def installed() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "pg_ctl").exists() and (folder / "initdb").exists()), None)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    programs = installed()
    if programs is None:
        pytest.skip(LEFT_OUT)
    server = Server(programs)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest) -> str:
    named = os.environ.get("ISTHMUS_POSTGRES_URL")
    return named or request.getfixturevalue("server").url


@pytest.fixture
def schema(postgresql: str) -> Iterator[str]:
    """A schema of its own for each test."""
    name = f"isthmus_{uuid.uuid4().hex}"
    url = make_url(postgresql).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    yield make_url(postgresql).update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/isthmus.db"
    return request.getfixturevalue("schema")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_ledger(url: str, clock: Clock) -> Iterator[Callable[[], Ledger]]:
    """Open the ledger, again and again: what a process sees that comes after a crash, or at the same time."""
    opened: list[Ledger] = []

    def make() -> Ledger:
        opened.append(Ledger(url, clock=clock))
        return opened[-1]

    yield make
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Callable[[], Ledger]) -> Ledger:
    return open_ledger()
