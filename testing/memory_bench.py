"""The bench of the in-memory tool: the smallest example of a :class:`Bench`, and the suite's own proof."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from ..core.connector import Connector, Context
from ..core.mapping.mapping import Mapping
from ..core.model import Status
from ..core.text import richtext
from .bench import Bench, Seen
from .dialect import STATES, Dialect
from .hostility import Answer, Fault
from .memory import MemoryTool

LAG: Final = timedelta(seconds=30)
RULE: Final = Answer(when={"state": STATES[Status.IN_PROGRESS]}, set={"severity": 1, "tags": ["triaged"]})
"""The business rule of the profile ``rules``."""
CHANCES: Final[dict[str, dict[Fault, float]]] = {
    "flaky": {Fault.LOST: 0.1, Fault.LOST_REPLY: 0.1, Fault.LATE: 0.05},
    "throttled": {Fault.BUSY: 0.15},
}


class MemoryBench(Bench):
    """An in-memory tool of some dialect."""

    unknown_id = "memory-r999999"
    unknown_person = "memory-p999999"
    ambiguous_email = "shared@example.com"
    group = "Network"
    crowd = 13

    def __init__(self, dialect: Dialect | None = None) -> None:
        """Set up an empty tool whose clock stands still; its feed has small pages."""
        super().__init__()
        people = (
            ("Ann Agent", "ann@example.com"),
            ("Carla Customer", "carla@example.com"),
            ("One Twin", "shared@example.com"),
            ("Other Twin", "shared@example.com"),
        )
        self.tool = MemoryTool("memory", dialect, tick=timedelta(0), people=people, page_size=5)
        self.mapping = Mapping(self.tool.dialect.mapping)
        self.agent = self.tool.people[self.tool.person_id("ann")]
        self.requester = self.tool.people[self.tool.person_id("carla")]
        self.secrets = (self.tool.key,)

    def connect(self, context: Context, *, wrong: bool) -> Connector:
        """Show the tool's key, or another."""
        return self.tool.connector(context, key="no such key" if wrong else None)

    def now(self) -> datetime:
        """The tool's clock."""
        return self.tool.now

    def advance(self, seconds: float) -> None:
        """Move the tool's clock."""
        self.tool.clock.advance(seconds)

    def open(self, title: str) -> str:
        """Open a record as Carla."""
        return self.tool.create(by="carla", title=title, text=f"<p>Description of {title}</p>")

    def at_once(self, count: int) -> list[str]:
        """The clock stands still anyway."""
        return self.crowded(count)

    def retitle(self, record_id: str, title: str) -> None:
        """Edit as Ann."""
        self.tool.edit(record_id, by="ann", title=title)

    def say(self, record_id: str, text: str, *, public: bool) -> None:
        """Comment as Ann."""
        self.tool.comment(record_id, by="ann", text=text, public=public)

    def remove(self, record_id: str) -> None:
        """Delete as Ann."""
        self.tool.delete(record_id, by="ann")

    def close_ticket(self, record_id: str) -> None:
        """Close as Ann."""
        self.tool.edit(record_id, by="ann", state=STATES[Status.CLOSED])

    def ids(self) -> set[str]:
        """The tool's records."""
        return set(self.tool.records)

    def comments(self, record_id: str) -> list[Seen]:
        """The tool's comments."""
        return [
            Seen(richtext.to_text(comment["text"]).strip(), public=comment["readers"] == "everyone")
            for comment in self.tool.comments[record_id]
        ]

    def outbox(self) -> list[tuple[str, str]]:
        """The tool's outbox."""
        return [(recipient, kind) for _, recipient, kind, _ in self.tool.outbox]

    def put_in_force(self, profile: str | None, seed: int) -> None:
        """Set the tool's hostility."""
        names = (profile or "").split("+")
        hostility = self.tool.hostility
        hostility.reset(seed)
        hostility.chance = {fault: share for name in names for fault, share in CHANCES.get(name, {}).items()}
        hostility.read_failures = 0.1 if hostility.chance else 0.0
        hostility.lag = self.extra_lag = LAG if "laggy" in names else timedelta(0)
        hostility.answers = (RULE,) if "rules" in names else ()
