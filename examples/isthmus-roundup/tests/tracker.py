"""A real Roundup tracker in a folder, served on loopback by a thread of the tests, with a clock that they move."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Thread
from typing import Any, Final
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

import roundup.date
import roundup.instance
import roundup.rate_limit
from roundup import configuration, init, mailer
from roundup.cgi.wsgi_handler import RequestDispatcher
from roundup.password import Password

ACCOUNTS: Final = {
    "isthmus": ("Isthmus", "Admin"),
    "alex": ("Alex Agent", "User"),
    "robin": ("Robin Requester", "User"),
}
"""User name -> real name, roles; the address is that of ``example.com``, the password ``NAME-pass``."""
LOST: Final = 0.1
"""How often the profile ``flaky`` loses a request, and as often a reply."""
MOST: Final = 3
"""Failures in a row."""


class Tracker:
    """One tracker of the template ``classic`` on SQLite."""

    def __init__(self, home: Path) -> None:
        """Make its database and begin to serve it."""
        self._ahead = timedelta(0)
        self._still: datetime | None = None
        self.mail: list[tuple[list[str], str]] = []
        """Addresses and text of each message that it would have sent."""
        self.flaky = 0.0
        self.dice = random.Random(0)
        self._in_a_row = 0
        for module in (roundup.date, roundup.rate_limit):
            module.utcnow = self.now
        mailer.Mailer.smtp_send = lambda _, to, message, sender=None: self.mail.append((to, message))
        self._server = WSGIServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._tracker = _made(home, self.url)
        site = RequestDispatcher(str(home))
        self.settings = site.tracker.config
        self._server.set_app(_dated(self, site))
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()

    # -- the clock

    def now(self) -> datetime:
        """Give its time, UTC."""
        return self._still or datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move its clock."""
        self._ahead += timedelta(seconds=seconds)

    def set_right(self) -> None:
        """Let it tell the true time."""
        self._ahead = timedelta(0)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Hold its clock."""
        self._still = self.now()
        try:
            yield
        finally:
            self._still = None

    # -- its own state

    @contextmanager
    def opened(self, user: str = "admin") -> Iterator[Any]:
        """Open its database under a user's name, as its web pages do."""
        database = self._tracker.open(user)
        try:
            yield database
            database.commit()
        finally:
            database.close()

    def empty(self) -> None:
        """Retire every issue, forget the mail, and let a day pass."""
        with self.opened() as database:
            for issue in database.issue.list():
                database.issue.retire(issue)
        self.mail.clear()
        self.advance(86_400)

    def employ(self, addresses: Iterable[str]) -> None:
        """Give accounts to people who have none."""
        with self.opened() as database:
            known = {database.user.get(user, "address") for user in database.user.list()}
            for address in sorted(set(addresses) - known):
                name = address.partition("@")[0]
                database.user.create(username=name, realname=name.replace(".", " ").title(), address=address, roles="User")

    # -- misbehaviour

    def fault(self) -> str | None:
        """Give what happens to the next request: it is lost, or its reply is."""
        draw = self.dice.random()
        if draw >= 2 * self.flaky or self._in_a_row >= MOST:
            self._in_a_row = 0
            return None
        self._in_a_row += 1
        return "request" if draw < self.flaky else "reply"


def _made(home: Path, url: str) -> Any:
    """Install a tracker, and give it the accounts."""
    template = Path(configuration.__file__).parents[4] / "share" / "roundup" / "templates" / "classic"
    settings = configuration.CoreConfig(settings={})
    settings["TRACKER_HOME"] = str(home)
    settings["TRACKER_WEB"] = f"{url}/"
    settings["MAIL_DOMAIN"] = "example.com"
    settings["RDBMS_BACKEND"] = "sqlite"
    settings["PASSWORD_PBKDF2_DEFAULT_ROUNDS"] = 1000
    settings["WEB_API_FAILED_LOGIN_LIMIT"] = 0
    init.install(str(home), str(template))
    settings.save(str(home / settings.INI_FILE))
    tracker = roundup.instance.open(str(home))
    tracker.init(Password("admin-pass", config=settings))
    database = tracker.open("admin")
    for name, (person, roles) in ACCOUNTS.items():
        address = f"{person.lower().replace(' ', '.')}@example.com"
        password = Password(f"{name}-pass", config=settings)
        database.user.create(username=name, realname=person, address=address, roles=roles, password=password)
    database.commit()
    database.close()
    return tracker


def _dated(tracker: Tracker, site: Any) -> Any:
    """Let replies bear the time of the tracker."""

    def dated(environ: Any, start: Any) -> Any:
        def begin(status: str, headers: list[tuple[str, str]]) -> Any:
            return start(status, [*headers, ("Date", format_datetime(tracker.now(), usegmt=True))])

        return site(environ, begin)

    return dated


def _handler(tracker: Tracker) -> type[WSGIRequestHandler]:
    class Handler(WSGIRequestHandler):
        def handle(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                return
            fault = tracker.fault()
            if fault == "request":
                return
            if fault == "reply":
                self.wfile = io.BytesIO()
            handler = ServerHandler(self.rfile, self.wfile, self.get_stderr(), self.get_environ(), multithread=False)
            handler.request_handler = self
            handler.run(self.server.get_app())

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler
