"""A sandbox that a recording is sent to, and how the recorded ids are called there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import quote

import requests
from isthmus.sandbox import start

from .compare import Rules
from .exchanges import Exchange, read_folder

TIMEOUT = 30


class Account(ABC):
    """One sandbox for the exchanges of one file, in their order."""

    vendor: ClassVar[str]
    rules: ClassVar[Rules]
    named: ClassVar[frozenset[str]]
    """Members of a reply that name an object: what the sandbox calls it is learned from them."""

    def __init__(self, recording: Sequence[Exchange]) -> None:
        self.recording = recording
        self.running = start(self.vendor)
        self.http = requests.Session()
        self.names: dict[str, Any] = {}
        """The sandbox's id by the text of the recorded one."""

    def __enter__(self) -> Account:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.http.close()
        self.running.stop()

    # -- what each vendor writes

    @classmethod
    def recordings(cls, folder: Path) -> list[list[Exchange]]:
        """Give the exchanges of each file; a vendor whose files hold replies only says here what was asked."""
        return read_folder(folder, cls.vendor)

    @classmethod
    @abstractmethod
    def place(cls, exchange: Exchange) -> str:
        """Give the place of a reply's root: endpoint and manner."""

    @classmethod
    def envelope(cls, exchange: Exchange, reply: Any) -> Any:
        """Give a reply with what it holds under the name of its kind."""
        return reply

    @abstractmethod
    def fit(self, exchange: Exchange) -> None:
        """Make the state fit: the objects that the recording takes for granted."""

    @abstractmethod
    def refers(self, key: str) -> bool:
        """Tell whether a member of a request holds ids."""

    @property
    @abstractmethod
    def login(self) -> tuple[str, str]:
        """User name and password of the administrator."""

    def anonymous(self, exchange: Exchange) -> bool:
        """Tell whether an exchange was recorded without credentials."""
        return False

    def payload(self, exchange: Exchange) -> dict[str, Any]:
        """Give the body of a request, as arguments of ``requests``."""
        return {} if exchange.body is None else {"json": self.translated(exchange.body)}

    # -- what is the same for all

    def send(self, exchange: Exchange) -> requests.Response:
        """Send a recorded request to the sandbox."""
        query = [(key, self.translated(value, key)) for key, value in exchange.query]
        return self.http.request(
            exchange.method,
            self.running.base_url + self.path(exchange),
            params=query,
            auth=None if self.anonymous(exchange) else self.login,
            timeout=TIMEOUT,
            **self.payload(exchange),
        )

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Give the sandbox's reply to a request of our own, parsed; None where it refused."""
        reply = self.http.request(method, self.running.base_url + path, auth=self.login, timeout=TIMEOUT, **options)
        return reply.json() if reply.ok and reply.content else None

    def path(self, exchange: Exchange) -> str:
        """Give the path of a request with the sandbox's ids."""

        def step(text: str) -> str:
            stem, dot, form = text.partition(".json")
            return quote(str(self.names[stem]) + dot + form) if stem in self.names else text

        return "/".join(map(step, exchange.path.split("/")))

    def translated(self, value: Any, key: str = "") -> Any:
        """Give a part of a request with the sandbox's ids; ``key`` is the member that holds it."""
        if isinstance(value, dict):
            return {name: self.translated(member, name) for name, member in value.items()}
        if isinstance(value, list):
            return [self.translated(item, key) for item in value]
        if not self.refers(key):
            return value
        if isinstance(value, str):
            return ",".join(str(self.names.get(part, part)) for part in value.split(","))
        return self.names.get(str(value), value)

    def learn(self, recorded: Any, actual: Any) -> None:
        """Take from a pair of replies what the sandbox calls the recorded objects."""
        pair_up(recorded, actual, self.named, self.names.__setitem__)

    def load(self, *records: dict[str, Any]) -> None:
        """Load real records."""
        with self.running.vendor.lock:
            self.running.vendor.load(records)


def pair_up(recorded: Any, actual: Any, named: frozenset[str], found: Callable[[str, Any], None]) -> None:
    """Walk two replies side by side and give each pair of ids to ``found``."""
    if isinstance(recorded, dict) and isinstance(actual, dict):
        for key in recorded.keys() & actual.keys():
            if key in named and isinstance(recorded[key], int | str) and actual[key] is not None:
                found(str(recorded[key]), actual[key])
            else:
                pair_up(recorded[key], actual[key], named, found)
    elif isinstance(recorded, list) and isinstance(actual, list):
        for one, other in zip(recorded, actual, strict=False):
            pair_up(one, other, named, found)
