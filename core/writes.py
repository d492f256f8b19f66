"""What a connector writes, and what becomes of it: one value for each write."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

from .errors import ConnectorError
from .model import Visibility
from .records import Json, Record


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file to be written: its facts, and how to open its bytes (again, for a retry)."""

    name: str
    media_type: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True, slots=True)
class NewComment:
    """A comment to be written."""

    body: Json
    """The vendor's own form, made by the mapping."""
    visibility: Visibility
    origin: str
    """``connection/record/comment`` that it is carried from."""
    files: tuple[FileSource, ...] = ()
    """Only where files hang on comments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Base of all writes. ``key`` is the intent's, and comes back with the outcome."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Write):
    """Create a record. ``comments`` only where the trait ``create_carries_comments`` is set."""

    marker: str
    body: Json
    comments: tuple[NewComment, ...] = ()
    history: bool = False
    """Keep original times and stay silent: a migration. Otherwise a live create."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Write):
    """Change some fields. ``version``, where given, is the one that the caller last saw."""

    record_id: str
    body: Json
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddComment(Write):
    """Append one comment."""

    record_id: str
    comment: NewComment


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFile(Write):
    """Attach one file to a record, where files hang on records."""

    record_id: str
    file: FileSource
    visibility: Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Write):
    """Delete a record."""

    record_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one write: ``error`` is None exactly when it succeeded."""

    key: str
    record_id: str | None = None
    record: Record | None = None
    """The record as the vendor echoed it, if it did."""
    child_id: str | None = None
    """The vendor's id of the new comment or file, where the reply tells it."""
    error: ConnectorError | None = None
