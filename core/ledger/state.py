"""What the ledger remembers, as values: bonds with their receipts and parts, intents, conflicts, quarantine, runs.

A *value* here is the JSON value of one group (see ``core.mapping.values``). Times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

Value: TypeAlias = dict[str, Any]
"""The value of one group: incident field -> JSON value."""


class PartKind(StrEnum):
    """What grows on an incident."""

    COMMENT = "comment"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Member:
    """One record of a bond."""

    connection: str
    record_id: str
    marker: str | None = None
    digest: str | None = None
    """SHA-256 of the record body as last seen; drops repeats in a feed."""
    version: str | None = None
    missing: int = 0
    """How many runs in a row a direct read has not found it."""
    gone: bool = False
    """Its deletion has been handled."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The value of a group at one member when the bond last agreed."""

    value: Value
    raw: Value | None = None
    """The vendor's raw values of the group's record fields."""
    mapping: str = ""
    """Version of the mapping that read them."""
    verified: bool = True
    """False while a predicted value has not been read back yet."""


@dataclass(frozen=True, slots=True)
class Park:
    """A group that a member refused, under the values of that moment."""

    connection: str
    group: str
    fingerprint: str
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """One comment or file: where it came from, and its copies."""

    id: str
    kind: PartKind
    origin_connection: str
    origin_id: str
    public: bool
    digest: str | None = None
    """SHA-256 of the text or of the bytes, as last carried."""
    copies: dict[str, str] = field(default_factory=dict)
    """Connection -> id of the copy there."""


@dataclass(frozen=True, slots=True)
class Bond:
    """The records, at most one for each member, that are the same incident; and what was agreed about them."""

    id: str
    link: str
    members: dict[str, Member] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    """Group -> value of record."""
    receipts: dict[tuple[str, str], Receipt] = field(default_factory=dict)
    """(connection, group) -> receipt."""
    parks: dict[tuple[str, str], Park] = field(default_factory=dict)
    frozen: frozenset[tuple[str, str]] = frozenset()
    """(connection, group) that swing; only a person releases them."""
    writes: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    """(connection, group) -> numbers of the cycles that wrote it, for the budget."""
    open_conflicts: frozenset[str] = frozenset()
    """Groups in the conflict inbox."""
    choices: dict[str, str] = field(default_factory=dict)
    """Group -> the member whose value a person chose, until that has been carried out."""
    parts: tuple[Part, ...] = ()


class IntentKind(StrEnum):
    """What an intent is about to do."""

    CREATE = "create"
    UPDATE = "update"
    COMMENT = "comment"
    FILE = "file"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Written before a call that changes a vendor; closed by its outcome."""

    id: str
    run: str
    link: str
    kind: IntentKind
    connection: str
    bond: str
    at: datetime
    record_id: str | None = None
    marker: str | None = None
    predicted: dict[str, Value] = field(default_factory=dict)
    """Group -> value that the target will hold."""
    path: tuple[dict[str, Value], ...] = ()
    """Group values that the target holds on the way."""
    details: dict[str, Any] = field(default_factory=dict)
    """What settling needs: the part, how many equal texts of ours stood there before, the new values of record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A group that a person must decide."""

    id: str
    link: str
    bond: str
    group: str
    at: datetime
    values: dict[str, Any]
    """Connection -> {record_id, value, changed_at, changed_by}."""
    reason: str
    state: str = "open"
    """``open``; ``chosen`` once a person decided; ``resolved`` once that is carried out or all members agree."""
    choice: str | None = None
    """The connection whose value was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A record in quarantine: it failed for a lasting reason and waits while the rest flows."""

    id: str
    link: str
    connection: str
    record_id: str
    error: str
    """Name of the error class."""
    message: str
    vendor_words: str
    first_at: datetime
    last_at: datetime
    tries: int
    state: str = "waiting"
    """``waiting``, ``retry`` (the next run tries it) or ``discarded`` (by a person)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGroup:
    """One group of an incident that is not written at one member, while everything else of it flows."""

    id: str
    link: str
    bond: str
    connection: str
    record_id: str
    group: str
    state: str
    """``parked`` (the tool refused it) or ``frozen`` (it kept swinging)."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run."""

    id: str
    kind: str
    link: str
    started_at: datetime
    ended_at: datetime | None = None
    number: int = 0
    """Counts the runs of a link, from 1."""
    outcome: str | None = None
    """``ok``, ``partial``, ``red``, ``braked`` or ``interrupted``."""
    report: dict[str, Any] = field(default_factory=dict)
