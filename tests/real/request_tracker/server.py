"""Make one Request Tracker on SQLite in a folder, start and stop it on loopback, and move its clock.

Its programs come from Debian's packages (``install.sh`` beside this file).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import requests

HERE: Final = Path(__file__).parent
PROGRAM: Final = Path("/usr/share/request-tracker5/libexec/rt-server")
SETUP: Final = Path("/usr/sbin/rt-setup-database-5")
AHEAD: Final = 1_000_000_000
STILL: Final = 1
"""How the times of a file move the clock: see ``MovableClock.pm``."""
PATIENCE: Final = 120
"""Seconds for a start on a busy machine."""


def why_not() -> str | None:
    """Give why no server can be started here, or None."""
    if PROGRAM.exists() and SETUP.exists():
        return None
    return "Request Tracker 5 is not installed (as root on Debian: tests/real/request_tracker/install.sh)"


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One Request Tracker in a folder."""

    def __init__(self, folder: Path, template: Path | None = None) -> None:
        """Make its database: seeded anew, or as that of another folder was before anything was written there."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._clock = folder / "clock"
        self._clock.touch()
        self._order(AHEAD)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        if template is None:
            self._setup("init", "--root-password-file", self._file("root", "password"))
            self._setup("insert", "--datafile", str(HERE / "seed.pl"))
        else:
            for name in ("database", "token"):
                shutil.copy(template / name, folder / name)
        self.token = (folder / "token").read_text("utf-8")

    def _file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, "utf-8")
        return str(self.folder / name)

    @property
    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "RT_SITE_CONFIG": str(HERE / "RT_SiteConfig.pm"),
            "RT_SITE_CONFIG_DIR": "/dev/null",
            "RT_FOLDER": str(self.folder),
            "RT_PORT": str(self.port),
            "RT_TOKEN_FILE": str(self.folder / "token"),
            "RT_CLOCK": str(self.folder / "clock"),
            "SB_PREFER_BIND": "0",  # to find the values in each query costs RT more than SQLite gains by it
            "PERL5OPT": f"-I{HERE} -MMovableClock",
            "TMPDIR": str(self.folder),
        }

    def _setup(self, action: str, *more: str) -> None:
        command = [str(SETUP), "--action", action, "--dba", "root", "--dba-password", "", *more]
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=self.folder
        )
        assert done.returncode == 0, done.stdout + done.stderr

    # -- running

    def start(self) -> None:
        """Start it, and return when it answers."""
        # Without workers one process serves all, and its caches last.
        serve = [str(PROGRAM), "--host", "127.0.0.1", "--port", str(self.port), "--workers", "0"]
        command = ["setpriv", "--pdeathsig", "TERM", *serve]  # it ends with us, even where we are killed
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.folder,
            )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                if requests.get(f"{self.url}/REST/2.0/rt", auth=("root", "password"), timeout=PATIENCE).ok:
                    return
            except requests.ConnectionError:
                assert self._process.poll() is None, (self.folder / "log").read_text("utf-8")
                time.sleep(0.05)
        raise AssertionError("Request Tracker does not answer")

    def stop(self) -> None:
        """End it."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._process = None

    # -- the clock

    def now(self) -> datetime:
        """Give its time, UTC."""
        order = self._clock.stat()
        seconds = order.st_mtime if order.st_atime == STILL else time.time() + order.st_mtime - AHEAD
        return datetime.fromtimestamp(seconds, UTC)

    def advance(self, seconds: float) -> None:
        """Move its clock, which goes on from there."""
        ahead = self.now().timestamp() + seconds - time.time()
        self._order(AHEAD + round(ahead))

    def _order(self, modified: int, read: int = 0) -> None:
        os.utime(self._clock, (read, modified))

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Hold its clock."""
        ahead = round(self.now().timestamp() - time.time())
        self._order(int(self.now().timestamp()), STILL)
        try:
            yield
        finally:
            self._order(AHEAD + ahead)

    # -- its own state

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask its database."""
        with closing(sqlite3.connect(self.folder / "database", timeout=30)) as database, database:
            return database.execute(statement, values).fetchall()

    def forget(self) -> None:
        """Make every ticket as if it were not there: deleted, without a trace in the history; and let a day pass."""
        self.query("UPDATE Tickets SET Status = 'deleted' WHERE Status != 'deleted'")
        self.advance(86_400)
