"""The bench on which the conformance suite tries a connector: a vendor to try it against, and hands and eyes there.

A plug-in's author writes one :class:`Bench`: how to connect, how to act as a person at the vendor *without* the
connector, and how to let time pass. What the connector says is compared with what people did, never with itself.
"""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from ..core.connector import Connector, Context, Scope
from ..core.contract import guarded
from ..core.mapping.directory import Directory
from ..core.mapping.mapping import Mapping
from ..core.mapping.spec import shipped_mapping
from ..core.model import Person
from ..core.net.auth import TokenStore
from ..core.net.http import Exchange
from ..core.sync.side import Side

CONNECTION = "tried"
"""Name of the connection on the bench."""
EVERYTHING = Scope()
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Seen:
    """A comment as the vendor itself holds it."""

    text: str
    public: bool


class Bench(ABC):
    """A vendor, and hands and eyes there. One bench serves one test; the vendor may live longer."""

    agent: Person
    """An agent other than the integration's account: e-mail and name, as the vendor knows them."""
    requester: Person
    """A person who opens tickets: e-mail and name."""
    group: str
    """Name of an assignment group that the agent is in; any words where the vendor has no groups."""
    secrets: tuple[str, ...]
    """What may never be seen in a log, an error or a repr."""
    unknown_id: str
    """A well-formed record id that no record has."""
    unknown_person: str
    """A well-formed person id that nobody has."""
    ambiguous_email: str | None = None
    """An address that two people of the vendor share, or None where the vendor makes that impossible."""
    crowd: int = 250
    """So many records do not fit on one page of the feed: raise it, or let the connector ask for smaller pages."""
    extra_lag: timedelta = timedelta(0)
    """What the fault profile adds to the lags that the traits declare."""
    tells_before: bool = True
    """The vendor's history tells what stood in a field before its first change."""
    told: float = 1.0
    """Seconds that the vendor asks to wait under the profile ``throttled``."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        """Seconds of each wait that a connector asked for."""
        self._made: list[Connector] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._profile: str | None = None
        self._seed = 0

    # -- what an author writes

    @abstractmethod
    def connect(self, context: Context, *, wrong: bool) -> Connector:
        """Make a connector; with credentials that the vendor refuses where ``wrong``."""

    @abstractmethod
    def now(self) -> datetime:
        """Give the vendor's time, UTC."""

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Move the vendor's clock forward or, with a negative number, back."""

    @abstractmethod
    def open(self, title: str) -> str:
        """Open a ticket as the requester, with a description, and give the record's id."""

    @abstractmethod
    def retitle(self, record_id: str, title: str) -> None:
        """Change a title as the agent."""

    @abstractmethod
    def say(self, record_id: str, text: str, *, public: bool) -> None:
        """Comment as the agent, in plain text."""

    @abstractmethod
    def remove(self, record_id: str) -> None:
        """Delete a record as a person who may."""

    @abstractmethod
    def close_ticket(self, record_id: str) -> None:
        """Close a resolved ticket for good, as a person or by the vendor's own timer."""

    @abstractmethod
    def ids(self) -> set[str]:
        """Give the ids of all records that exist and are not deleted, read from the vendor's own state."""

    @abstractmethod
    def comments(self, record_id: str) -> list[Seen]:
        """Give the comments that the vendor holds of a record, oldest first; the description is none."""

    @abstractmethod
    def outbox(self) -> list[tuple[str, str]]:
        """Give (recipient, kind) of the mail that the vendor would have sent; kinds as in ``Traits.notifies``."""

    @abstractmethod
    def put_in_force(self, profile: str | None, seed: int) -> None:
        """Make the vendor misbehave by a profile, or behave again where it is None.

        ``flaky`` loses some requests before the vendor acts and some replies after it, ``throttled`` answers some calls
        with 429 and a ``Retry-After`` of :attr:`told` seconds; a vendor may have more. No request fails more than three
        times in a row, and the seed decides which.
        """

    def close(self) -> None:
        """Give back what the connectors hold."""
        for connector in self._made:
            connector.close()
        if self._folder is not None:
            self._folder.cleanup()

    # -- what an author may use

    def secret(self, value: str) -> str:
        """Give a reference to a secret, which lies in a file that only we may read."""
        path = Path(self.folder) / f"secret-{abs(hash(value))}"
        path.touch(mode=0o600)
        path.write_text(value, encoding="utf-8")
        return f"file:{path}"

    # -- what the suite uses

    @cached_property
    def mapping(self) -> Mapping:
        """How the vendor's records are translated: by the mapping that ships with the connector."""
        return Mapping(shipped_mapping(self.connector.name))

    @property
    def folder(self) -> str:
        """A folder that lives as long as the bench."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="isthmus-bench-")
        return self._folder.name

    def faults(self, profile: str | None) -> None:
        """Put a fault profile into force; each time with another seed."""
        self._profile = profile
        self._seed += 1
        self.put_in_force(profile, self._seed)

    def act(self, deed: Callable[[], Given]) -> Given:
        """Do something as a person, whom no fault profile disturbs, and give what it gives."""
        profile = self._profile
        if profile is not None:
            self.put_in_force(None, 0)
        try:
            return deed()
        finally:
            if profile is not None:
                self.faults(profile)

    def crowded(self, count: int) -> list[str]:
        """Open many tickets; an author may have a faster way."""
        return self.act(lambda: [self.open(f"One of many {number}") for number in range(count)])

    @abstractmethod
    def at_once(self, count: int) -> list[str]:
        """Open many tickets at the same moment of the vendor's clock."""

    def context(self, recorder: Callable[[Exchange], None] | None = None) -> Context:
        """Give a context whose waits cost no time: they move the vendor's clock."""
        return Context(
            connection=CONNECTION,
            tokens=TokenStore(Path(self.folder), CONNECTION),
            sleep=self._wait,
            clock=self.now,
            recorder=recorder,
        )

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.advance(seconds)

    def fresh(self, *, wrong: bool = False) -> Connector:
        """Give another connector, guarded as that of a plug-in is: what the contract does not allow is told."""
        connector = self.connect(self.context(), wrong=wrong)
        connector.__class__ = guarded(type(connector), f"connector '{connector.name}'")
        self._made.append(connector)
        return connector

    @cached_property
    def connector(self) -> Connector:
        """The connector that is tried."""
        return self.fresh()

    @cached_property
    def side(self) -> Side:
        """The connector with its mapping and a directory, as the engine uses it."""
        directory = Directory(self.connector)
        return Side(CONNECTION, self.connector, self.mapping, directory)

    def let_pass(self, *lags: timedelta) -> None:
        """Let lags go by, those of the fault profile as well."""
        self.advance(sum((lag.total_seconds() for lag in (*lags, self.extra_lag)), 1.0))

    def read_all(self, cursor: str | None = None) -> tuple[list[str], str | None]:
        """Read the feed to its end, and give the ids in order and the last cursor."""
        found: list[str] = []
        for page in self.connector.changes(cursor, EVERYTHING):
            found += [record.id for record in page.records]
            cursor = page.cursor
        return found, cursor

    def title_of(self, record_id: str) -> str | None:
        """Give the title that the connector and the mapping read."""
        records = self.connector.fetch([record_id])
        assert [record.id for record in records] == [record_id], "a record that is there is fetched by its id, once"
        return self.side.document(records[0]).get("title")

    def known_ids(self, people: Sequence[Person]) -> list[str]:
        """Give the vendor's ids of some people, by their e-mail addresses."""
        found = self.connector.find_people([person.email or "" for person in people])
        return [found[person.email or ""].id or "" for person in people]
