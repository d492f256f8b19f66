"""What a connector reads: records, threads, history, metadata, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict

Json: TypeAlias = dict[str, Any]
"""An object of a vendor's API."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the vendor gives it."""

    id: str
    body: Json
    version: str | None = None
    changed_at: datetime | None = None
    """The vendor's time of the last change, UTC."""
    deleted: bool = False
    """The vendor itself says that it was deleted."""
    touched: str | None = None
    """What moved beside the body, such as the id of a new file, where the body does not show it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some changed records, and the cursor that follows them."""

    records: tuple[Record, ...]
    cursor: str


@dataclass(slots=True)
class Thread:
    """The comments and files of one record, as the vendor gives them."""

    comments: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    description: Json | None = None
    """The comment that is the description, where the vendor keeps its formatting there only."""
    description_internal: bool = False
    """The requester may not read the description: it stands among the comments, as an internal one, instead."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One change of one record field, from the vendor's own history."""

    record_id: str
    field: str
    """The record's field name, as the mapping uses it."""
    before: str | None
    after: str | None
    at: datetime
    """UTC, the vendor's clock."""
    by: str | None = None
    """The vendor's id of the person, or None for the vendor's own rules."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """That a choice field offers other options under each value of another field, such as a subcategory."""

    on: str
    """Id of that other field."""
    pairs: frozenset[tuple[str, str]]
    """(value of that field, value) of each combination that is offered; '' where that field may be empty."""


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """What the vendor says of one field: live metadata."""

    id: str
    """The key that a record uses."""
    name: str
    """The name that people see."""
    custom: bool = False
    max_length: int | None = None
    options: tuple[tuple[str, str], ...] | None = None
    """(value, label) of a choice field."""
    required: bool = False
    writable: bool = True
    dependency: Dependency | None = None
    """Set where the vendor refuses an option under a value of another field that does not offer it."""


@dataclass(frozen=True, slots=True)
class Health:
    """What :meth:`Connector.check` found."""

    account: str
    """Whom the vendor takes us for, as people know them."""
    zone: str | None = None
    """Time zone of that account."""
    skew_seconds: float = 0.0
    """The vendor's clock minus ours."""
    warnings: tuple[str, ...] = ()
    """What works but will hurt: a missing permission, a zone that is not UTC. Each names the fix."""
    account_id: str | None = None
    """The vendor's id of that account, as its history names it."""
    limits: tuple[str, ...] = ()
    """What the vendor says of its rate limits, in words: ``account: 693 of 700 left``."""


CLOCK_TOLERANCE = 30.0
"""Seconds between two clocks that are worth a warning."""


def clock_warnings(whose: str, skew: float) -> tuple[str, ...]:
    """Say that the vendor's clock differs from ours, where it does.

    Args:
        whose: the clock's owner, as the sentence begins: ``the server``.
        skew: the vendor's clock minus ours, in seconds.
    """
    if abs(skew) <= CLOCK_TOLERANCE:
        return ()
    return (f"{whose}'s clock is {skew:+.0f} s off ours: set this machine's clock by NTP",)


class Scope(BaseModel):
    """Which records belong to a link, in the words of the normalized model. Empty means all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: tuple[str, ...] = ()
    priority: tuple[int, ...] = ()
    group: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    opened_after: datetime | None = None
    updated_after: datetime | None = None
    native: str | None = None
    """A query in the vendor's own language, passed as it is."""
