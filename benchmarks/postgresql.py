"""A PostgreSQL database for the ledger: the one that is named, or a private server where one is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, make_url, text

NAMED = "ISTHMUS_POSTGRES_URL"
"""Environment variable with the URL of a database in which schemas may be made."""


@contextmanager
def database() -> Generator[str | None]:
    """Give the URL of a fresh schema, which is dropped afterwards; None where no server is named or installed."""
    named, programs = os.environ.get(NAMED), _programs()
    if named:
        with _schema(named) as url:
            yield url
    elif programs:
        with _server(programs) as server, _schema(server) as url:
            yield url
    else:
        yield None


def _programs() -> Path | None:
    """Find the folder of the server's programs, which Debian keeps off the PATH."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "pg_ctl").exists() and (folder / "initdb").exists()), None)


@contextmanager
def _server(programs: Path) -> Generator[str]:
    """Run a private server on a socket of its own, as durable as a real one."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/var/tmp"))  # the socket's path must be short
    person: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        person = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        environment = {**os.environ, "LC_ALL": "C"}
        subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True, **person)

    try:
        run("initdb", "-U", "isthmus", "--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8")
        options = f"-c listen_addresses= -c unix_socket_directories={folder}"
        run("pg_ctl", "start", "-w", "-o", options, "-l", str(folder / "log"))
        try:
            yield f"postgresql://isthmus@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "fast")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _schema(url: str) -> Generator[str]:
    name = f"isthmus_{uuid.uuid4().hex}"
    address = make_url(url)
    engine = create_engine(address.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        path = {"options": f"-csearch_path={name}"}
        yield address.update_query_dict(path).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
