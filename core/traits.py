"""Facts about a vendor that a connector's code cannot show. The conformance suite probes each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class MarkerKind(StrEnum):
    """How a created record is recognised as ours, best first."""

    CHOSEN_ID = "chosen id"
    """We choose the record's id: the vendor itself makes it unique."""
    LOOKUP = "lookup"
    """A field that can be looked up exactly, without index lag, but is not unique."""
    SEARCH = "search"
    """A field found through a search index, after its lag."""


class FilePlace(StrEnum):
    """What a file hangs on."""

    COMMENT = "comment"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Facts about a vendor that code cannot show. The conformance suite probes each."""

    precision: timedelta
    """Grain of the change token's time."""
    version_moves_always: bool
    """The version changes with every save, so an equal version means an equal record."""
    overlap: timedelta
    """How far a reader goes back so that late commits are not lost."""
    export_lag: timedelta = timedelta(0)
    """How long a change stays invisible to :meth:`Connector.changes`."""
    conditional_write: bool
    """An update can be made to fail when the record has moved."""
    marker: MarkerKind
    """How a created record is recognised as ours."""
    commit_bound: timedelta
    """After this time a write that we gave up waiting for has happened or never will."""
    search_lag: timedelta = timedelta(0)
    """How long a new record stays invisible to :meth:`Connector.find`."""
    keeps_history: bool
    """A create carries times, and the author and time of each comment, as they were."""
    create_carries_comments: bool
    """A create may carry the whole thread, files included."""
    comment_origin: bool
    """A comment can carry its origin in a place that people do not see."""
    comment_author: bool
    """A live comment can be written in another person's name."""
    files_on: FilePlace
    """What a file hangs on."""
    internal_files: bool
    """A file can be hidden from the requester."""
    internal_comments: bool = True
    """A comment can be hidden from the requester; where none can, internal ones and our own notes stay out of the tool."""
    empty_files: bool = True
    """A file without bytes can be stored."""
    closed_is_final: bool
    """A closed record takes no change at all."""
    notifies: frozenset[str] = frozenset()
    """Writes that send mail to the requester: ``create``, ``public_comment``, ``resolve``."""
    notifies_watchers: frozenset[str] = frozenset()
    """Writes that send mail to the watchers, in the same words."""
    muting: str = ""
    """How a migration keeps the vendor from sending mail, in words."""
    batch: int = 1
    """Most writes that one :meth:`Connector.submit` sends at once."""
    seconds_per_call: float = 0.2
    """What one call costs at the vendor's published limits, for forecasts."""
    comment_limit: int | None = None
    """Most characters of one comment."""
    required_on_resolve: tuple[str, ...] = ()
    """Record fields without which the vendor refuses to resolve."""
