"""How an in-memory tool misbehaves, on purpose and repeatably.

A fault either comes from a script (the next write gets the next one) or from chance (a seeded generator and a share of
writes). Chance is bounded as real trouble is: the same write is not hit more than :data:`PATIENCE` times in a row.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

PATIENCE: Final = 3


class Fault(StrEnum):
    """What goes wrong with one write."""

    NONE = "none"
    """Nothing: in a script, a write that succeeds."""
    LOST = "lost"
    """Nothing is stored, and the caller cannot know."""
    LOST_REPLY = "lost reply"
    """It is stored, and the caller cannot know."""
    LATE = "late"
    """The caller gets no reply, and it is stored some time later, within the tool's commit bound."""
    BUSY = "busy"
    """The tool asks to slow down; surely nothing is stored."""
    REFUSED = "refused"
    """The tool refuses the value for a lasting reason."""
    CRASH_BEFORE = "crash before"
    """Our process dies before the tool stores anything."""
    CRASH_AFTER = "crash after"
    """Our process dies after the tool has stored it, before the reply."""


class Crash(BaseException):
    """The death of our process: no error handling of the product may catch it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A business rule: the tool answers a write with a write of its own."""

    when: Mapping[str, Any]
    """Record fields that hold these values after the write."""
    set: Mapping[str, Any]
    """What the rule sets then."""
    times: int = 1
    """How often it may answer on one record: a rule without an end would swing for ever."""


@dataclass(slots=True)
class Hostility:
    """Switches of one tool; all may be turned while it runs."""

    seed: int = 0
    chance: dict[Fault, float] = field(default_factory=dict)
    """Fault -> share of the writes that it hits."""
    script: deque[Fault] = field(default_factory=deque)
    """Faults of the next writes, before chance is asked."""
    read_failures: float = 0.0
    """Share of reads that fail in passing."""
    late_by: timedelta = timedelta(seconds=30)
    """How long a late write takes; less than the tool's commit bound."""
    repeats: bool = False
    """The feed shows some records twice."""
    reorders: bool = False
    """Within a page the feed keeps no order."""
    lag: timedelta = timedelta(0)
    """What the feed and the index lag behind, beyond what the dialect declares."""
    read_only: bool = False
    """Every write is refused."""
    hidden: set[str] = field(default_factory=set)
    """Ids of records that our account may not see for now."""
    answers: tuple[Answer, ...] = ()
    answered: Counter[tuple[int, str]] = field(default_factory=Counter)
    """(rule, record) -> how often it has answered."""
    _random: random.Random = field(init=False)
    _streaks: Counter[str] = field(init=False, default_factory=Counter)

    def __post_init__(self) -> None:
        self.reset(self.seed)

    def reset(self, seed: int) -> None:
        """Begin anew with another seed; the switches stay."""
        self.seed = seed
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._streaks.clear()

    def calm(self) -> None:
        """Stop all misbehaviour; hidden records show again and rules stay."""
        self.chance.clear()
        self.script.clear()
        self.hidden.clear()
        self.read_failures = 0.0
        self.lag = timedelta(0)
        self.repeats = self.reorders = self.read_only = False

    def next_fault(self, write: str) -> Fault:
        """Give what happens to a write, named so that a repetition has the same name."""
        if self.script:
            return self.script.popleft()
        if self._streaks[write] >= PATIENCE:
            self._streaks[write] = 0
            return Fault.NONE
        dice = self._random.random()
        for fault, share in self.chance.items():
            dice -= share
            if dice < 0:
                self._streaks[write] += 1
                return fault
        self._streaks[write] = 0
        return Fault.NONE

    def fails_to_read(self, read: str) -> bool:
        """Tell whether a read fails in passing."""
        if self._streaks[read] < PATIENCE and self._random.random() < self.read_failures:
            self._streaks[read] += 1
            return True
        self._streaks[read] = 0
        return False

    def shuffle(self, items: list[Any]) -> None:
        """Bring items out of order where the feed keeps none."""
        if self.reorders:
            self._random.shuffle(items)

    def repeated(self, items: list[Any]) -> list[Any]:
        """Give some of the items once more where the feed repeats."""
        return [item for item in items if self._random.random() < 0.5] if self.repeats else []
