"""A plan: what a run would do, as values that can be saved, read by people, approved and applied.

A plan is a list of :class:`BondPlan`, one for each incident that would change, and a header. Saved, it is JSON lines: the
header first. ``basis`` is a fingerprint of all that was seen of the incident when the plan was made; applying a saved plan
refuses exactly those incidents whose fingerprint has changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from ..errors import ConfigError
from ..ledger.state import PartKind, Value
from ..model import Document

FORMAT = 1
DELETION = "deletion"
"""Stands for a group where a deletion meets an edit, in the conflict inbox."""


@dataclass(slots=True)
class GroupPlan:
    """What happens to one group of one bond."""

    record: Value | None
    """The new value of record."""
    before: dict[str, Value] = field(default_factory=dict)
    """Connection -> value that it holds now, for those that are written."""
    writes: dict[str, Value] = field(default_factory=dict)
    """Connection -> value that it will hold."""
    receipts: dict[str, Value] = field(default_factory=dict)
    """Connection -> receipt that is stored without a write."""
    conflict: str | None = None
    changed: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    """Members that keep a value of their own; it is parked until something changes."""
    reason: str = ""
    agreed: list[str] = field(default_factory=list)
    """Members that hold what they should although a refusal is still noted: it is forgotten."""
    raws: dict[str, Value] = field(default_factory=dict)
    """Connection -> the vendor's raw values behind ``receipts``."""
    seen: dict[str, Document] = field(default_factory=dict)
    """Connection -> {record_id, value, changed_at, changed_by}, for a conflict's inbox entry."""


@dataclass(slots=True)
class CreatePlan:
    """A record to be created at one member."""

    connection: str
    marker: str
    document: Document
    """What to write; its comments and files are planned as parts."""
    carried: list[str] = field(default_factory=list)
    """Lines for a note: what the target has no place for."""


@dataclass(slots=True)
class PartPlan:
    """A comment or a file to be carried to one member."""

    kind: PartKind
    connection: str
    """Where to."""
    origin_connection: str
    origin_record: str
    origin_id: str
    body: Document
    """The comment's document, or the file's."""
    public: bool
    """Whether the requester will see it at the target."""
    part: str | None = None
    """The ledger's part, if it is known already."""

    @property
    def origin(self) -> str:
        """``connection/record/comment`` that it comes from."""
        return f"{self.origin_connection}/{self.origin_record}/{self.origin_id}"


@dataclass(slots=True)
class Meeting:
    """A copy that stands at a member already and that the ledger did not know of."""

    kind: PartKind
    origin_connection: str
    origin_id: str
    public: bool
    connection: str
    copy_id: str


@dataclass(slots=True)
class Message:
    """A message that a vendor will send because of a write."""

    connection: str
    recipient: str
    why: str
    write: str
    """What is written: ``create``, ``status``, or the origin of a comment."""


@dataclass(slots=True)
class Skip:
    """Something that is not carried, and why."""

    kind: str
    """``incident``, ``comment`` or ``file``."""
    connection: str
    id: str
    reason: str


@dataclass(slots=True)
class BondPlan:
    """Everything that a run would do about one incident."""

    link: str
    anchor: tuple[str, str]
    """(connection, record id) that made us look."""
    bond: str | None = None
    """None: a new bond."""
    records: dict[str, str] = field(default_factory=dict)
    """Connection -> record id, for the members that exist."""
    versions: dict[str, str | None] = field(default_factory=dict)
    """Connection -> the vendor's change token as read, for conditional writes."""
    digests: dict[str, str] = field(default_factory=dict)
    """Connection -> digest of the record's content as read, by which repeats in a feed are dropped."""
    held: dict[str, Document] = field(default_factory=dict)
    """Connection -> what its record holds of the fields that the tool may demand: that is never filled in."""
    young: list[str] = field(default_factory=list)
    """Connections whose record changed so lately that a further change would look the same: it is looked at again."""
    basis: str = ""
    groups: dict[str, GroupPlan] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    """In a migration: when the source was resolved and closed, written together with its final status."""
    creates: list[CreatePlan] = field(default_factory=list)
    parts: list[PartPlan] = field(default_factory=list)
    met: list[Meeting] = field(default_factory=list)
    """Copies that were recognised at a member and become known now."""
    known_parts: int = 0
    """Comments that every member holds already."""
    known_files: int = 0
    gone: list[str] = field(default_factory=list)
    """Connections whose record was found deleted."""
    missed: list[str] = field(default_factory=list)
    """Connections whose record a direct read did not find for the first time."""
    deletes: dict[str, str] = field(default_factory=dict)
    """Connection -> what is done there about a deletion elsewhere: ``delete`` or ``close``; a note is a part."""
    deletion_conflict: str | None = None
    """Why a person must decide about a deletion."""
    edited: dict[str, str] = field(default_factory=dict)
    """Part id -> new digest: a comment that was edited after it was carried, reported once."""
    skips: list[Skip] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    excluded: str | None = None
    """Why this incident is out of scope."""
    failed: str | None = None
    """Why this incident cannot be planned: it goes to quarantine."""

    @property
    def writes(self) -> int:
        """How many writes this would make, comments and files included."""
        updates = {connection for group in self.groups.values() for connection in group.writes}
        return len(updates) + len(self.creates) + len(self.parts) + len(self.deletes) + len(self.gone)

    @property
    def written(self) -> set[str]:
        """The members at which this would write anything."""
        groups = {connection for group in self.groups.values() for connection in group.writes}
        created = {create.connection for create in self.creates}
        return groups | created | {part.connection for part in self.parts} | self.deletes.keys()

    @property
    def conflicts(self) -> list[str]:
        """The groups that a person must decide."""
        found = [name for name, group in self.groups.items() if group.conflict]
        return [*found, DELETION] if self.deletion_conflict else found


_ADAPTER = TypeAdapter(BondPlan)


def same_plan(one: BondPlan, other: BondPlan) -> bool:
    """Tell whether two plans do the same about the same: what was seen, what is decided, what would be written."""
    apart = {"digests", "young"}
    return _ADAPTER.dump_json(one, exclude=apart) == _ADAPTER.dump_json(other, exclude=apart)


def save_plan(path: Path, header: dict[str, Any], plans: Iterable[BondPlan]) -> int:
    """Write a plan as JSON lines, the header first, and give the number of incidents."""
    count = 0
    with path.open("wb") as file:
        file.write(orjson.dumps({"isthmus_plan": FORMAT, **header}) + b"\n")
        for plan in plans:
            file.write(_ADAPTER.dump_json(plan) + b"\n")
            count += 1
    return count


def load_plan(path: Path) -> tuple[dict[str, Any], Iterator[BondPlan]]:
    """Read a saved plan: its header, and its incidents one by one.

    Raises:
        ConfigError: the file cannot be read or is no plan of this version.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise ConfigError(f"plan {path} cannot be read: {error.strerror}") from error
    try:
        header = orjson.loads(file.readline())
        version = header["isthmus_plan"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        file.close()
        raise ConfigError(f"{path} is not a plan; make one with: isthmus plan LINK -o FILE") from error
    if version != FORMAT:
        file.close()
        raise ConfigError(f"plan {path} has format {version}; this version reads {FORMAT}; make a new one")

    def plans() -> Iterator[BondPlan]:
        with file:
            for number, line in enumerate(file, 2):
                try:
                    yield _ADAPTER.validate_json(line)
                except ValidationError as error:
                    raise ConfigError(f"{path}, line {number}: not an incident of a plan") from error

    return header, plans()
