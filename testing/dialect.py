"""What an in-memory tool can express: the facts of an imaginary vendor, its traits and its mapping, from one value.

Two tools with different dialects lose different things, as two real vendors do: one has no ``canceled``, one knows four
priorities, one cuts titles. The mapping declares each loss, so images are honest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final

from ..core.connector import FilePlace, MarkerKind, Traits
from ..core.mapping.spec import Direction, MappingSpec, Table, TableRow, WhenRule, parse_mapping
from ..core.model import Status

STATES: Final[dict[Status, str]] = {
    Status.NEW: "new",
    Status.IN_PROGRESS: "open",
    Status.PENDING: "waiting",
    Status.RESOLVED: "solved",
    Status.CLOSED: "closed",
    Status.CANCELED: "void",
}
"""Status -> the tool's own word."""
NEAREST: Final[dict[Status, Status]] = {
    Status.NEW: Status.IN_PROGRESS,
    Status.PENDING: Status.IN_PROGRESS,
    Status.CANCELED: Status.CLOSED,
    Status.CLOSED: Status.RESOLVED,
}
"""What is written instead of a status that the tool lacks; ``in_progress`` and ``resolved`` are always there."""
REASONS: Final = ("requester", "vendor", "change", "problem", "scheduled")
"""What a waiting record may wait for."""
ANSWERED: Final = "answered"
"""The code that the tool demands of a solved record which names none."""

_MAPPING: Final = """
connector: memory
version: 1
custom_prefix: x_
fields:
  id: {field: id, direction: read}
  key: {field: number, direction: read}
  url: {field: url, direction: read}
  version: {field: revision, as: digits, direction: read}
  marker: {field: external_key, direction: read}
  title: {field: title}
  description: {field: text, as: "rich:html"}
  resolution_code: {field: code}
  resolution_notes: {field: notes}
  impact: {field: impact, as: integer}
  urgency: {field: urgency, as: integer}
  category: {field: kind}
  subcategory: {field: subkind}
  service: {field: service}
  major: {field: major, as: boolean}
  requester: {field: caller, as: person}
  assignee: {field: owner, as: person}
  group: {field: team, as: group}
  watchers: {field: followers, as: people}
  labels: {field: tags, as: labels}
  due_at: {field: due, as: rfc3339}
  cause: {field: cause}
  workaround: {field: workaround}
  channel: {field: channel}
  opened_at: {field: opened, as: rfc3339, direction: create}
  resolved_at: {field: solved, as: rfc3339, direction: create}
  closed_at: {field: closed, as: rfc3339, direction: create}
  updated_at: {field: updated, as: rfc3339, direction: read}
comment:
  fields:
    id: {field: id, direction: read}
    author: {field: author, as: person}
    body: {field: text, as: "rich:html"}
    created_at: {field: at, as: rfc3339, direction: create}
    visibility: {field: readers, values: {everyone: public, staff: internal}}
    attachments: {field: files, as: raw, direction: read}
attachment:
  fields:
    id: {field: id, direction: read}
    name: {field: name}
    media_type: {field: type}
    size: {field: size, as: integer, direction: read}
    sha256: {field: sha256, direction: read}
    visibility: {field: readers, values: {everyone: public, staff: internal}, direction: read}
    created_at: {field: at, as: rfc3339, direction: read}
    author: {field: author, as: person, direction: read}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What one in-memory tool can express and how it behaves. The defaults lose nothing."""

    statuses: frozenset[Status] = frozenset(Status)
    """``in_progress`` and ``resolved`` among them."""
    reasons: bool = True
    """It tells what a pending record waits for."""
    resolution: bool = True
    """It has a resolution code and notes."""
    priorities: int = 5
    """Priorities, 1 highest; a lower one than the lowest here is written as the lowest."""
    impact: bool = False
    """It has impact and urgency as well."""
    title_length: int | None = None
    """Longest title; the tool cuts what is longer, and says nothing."""
    plain_text: bool = False
    """Texts carry no formatting."""
    lacks: frozenset[str] = frozenset()
    """Operations of the contract that it does not have."""
    tombstones: bool = True
    """Its feed tells deletions."""

    precision: timedelta = timedelta(seconds=1)
    version_moves_always: bool = True
    """Its change token counts saves; otherwise it is the time of the last change, in its precision."""
    overlap: timedelta = timedelta(minutes=2)
    export_lag: timedelta = timedelta(0)
    conditional_write: bool = True
    chosen_id: bool = False
    """A create names its id, so that repeating it gives the same record."""
    commit_bound: timedelta = timedelta(seconds=90)
    search_lag: timedelta = timedelta(0)
    keeps_history: bool = True
    create_carries_comments: bool = True
    comment_origin: bool = True
    comment_author: bool = False
    files_on: FilePlace = FilePlace.RECORD
    internal_files: bool = True
    internal_comments: bool = True
    empty_files: bool = True
    tells_sizes: bool = True
    """It tells how long a file is."""
    closed_is_final: bool = False
    by_steps: bool = False
    """A status that is not open is entered and left by way of ``open`` only, one save for each step."""
    required_on_resolve: tuple[str, ...] = ()
    """Fields without which it refuses to solve a record; only ``code`` is known."""
    notifies: frozenset[str] = frozenset()
    notifies_watchers: bool = False
    batch: int = 1
    tells_ids: bool = True
    """The reply to a new comment or file tells its id."""

    @property
    def traits(self) -> Traits:
        """The traits of a connector to this tool."""
        return Traits(
            precision=self.precision,
            version_moves_always=self.version_moves_always,
            overlap=self.overlap,
            export_lag=self.export_lag,
            conditional_write=self.conditional_write,
            marker=self._marker,
            commit_bound=self.commit_bound,
            search_lag=self.search_lag,
            keeps_history=self.keeps_history,
            create_carries_comments=self.create_carries_comments,
            comment_origin=self.comment_origin,
            comment_author=self.comment_author,
            files_on=self.files_on,
            internal_files=self.internal_files,
            internal_comments=self.internal_comments,
            empty_files=self.empty_files,
            closed_is_final=self.closed_is_final,
            notifies=self.notifies,
            notifies_watchers=self.notifies if self.notifies_watchers else frozenset(),
            muting="creates with history send nothing" if self.keeps_history else "",
            batch=self.batch,
            seconds_per_call=0.0,
            required_on_resolve=self.required_on_resolve,
        )

    @property
    def _marker(self) -> MarkerKind:
        if self.chosen_id:
            return MarkerKind.CHOSEN_ID
        return MarkerKind.SEARCH if self.search_lag else MarkerKind.LOOKUP

    @property
    def absent(self) -> frozenset[str]:
        """Record fields that a record of this tool does not have."""
        absent = () if self.reasons else ("waiting_for",)
        absent += () if self.resolution else ("code", "notes")
        absent += () if self.impact else ("impact", "urgency")
        return frozenset(absent)

    @property
    def mapping(self) -> MappingSpec:
        """The mapping of this tool, every loss declared."""
        return _mapping_of(self)

    def compile_mapping(self) -> MappingSpec:
        """Make the mapping anew."""
        spec = parse_mapping(_MAPPING, "the mapping of an in-memory tool")
        fields = {name: rule for name, rule in spec.fields.items() if rule.field not in self.absent}
        if not self.version_moves_always:
            fields["version"] = fields["version"].model_copy(update={"field": "updated", "transform": "rfc3339"})
        if not self.keeps_history:
            for name in ("opened_at", "resolved_at", "closed_at"):
                fields[name] = fields[name].model_copy(update={"direction": Direction.READ})
        if self.title_length is not None:
            fields["title"] = fields["title"].model_copy(update={"max": self.title_length})
        comment = spec.comment
        if self.plain_text:
            fields["description"] = fields["description"].model_copy(update={"transform": "rich:text"})
            body = comment.fields["body"].model_copy(update={"transform": "rich:text"})
            comment = comment.model_copy(update={"fields": {**comment.fields, "body": body}})
        required = tuple(
            WhenRule(when={"state": (STATES[Status.RESOLVED],)}, set={field: ANSWERED})
            for field in self.required_on_resolve
        )
        return spec.model_copy(
            update={
                "fields": fields,
                "comment": comment,
                "required": required,
                "tables": {"status": self._status_table(), "priority": self._priority_table()},
            }
        )

    def nearest(self, status: Status) -> Status:
        """Give the status that the tool holds in place of one that it lacks."""
        while status not in self.statuses:
            status = NEAREST[status]
        return status

    def _status_table(self) -> Table:
        record = ("state", "waiting_for") if self.reasons else ("state",)
        return Table(
            incident=("status", "status_reason"), record=record, rows=(*self._exact_statuses(), *self._lossy_statuses())
        )

    def _exact_statuses(self) -> Iterator[TableRow]:
        for status in Status:
            if status in self.statuses:
                yield TableRow(incident={"status": status.value}, record=self._raw_status(status, None), loss=None)
        if self.reasons and Status.PENDING in self.statuses:
            for reason in REASONS:
                yield TableRow(
                    incident={"status": Status.PENDING.value, "status_reason": reason},
                    record=self._raw_status(Status.PENDING, reason),
                    loss=None,
                )

    def _lossy_statuses(self) -> Iterator[TableRow]:
        for status in Status:
            loss = "the reason" if status in self.statuses else f"there is no status '{status.value}'"
            yield TableRow(
                incident={"status": status.value}, record=self._raw_status(self.nearest(status), None), loss=loss
            )

    def _raw_status(self, status: Status, reason: str | None) -> dict[str, Any]:
        raw: dict[str, Any] = {"state": STATES[status]}
        return {**raw, "waiting_for": reason} if self.reasons else raw

    def _priority_table(self) -> Table:
        levels = range(1, self.priorities + 1)
        exact = [TableRow(incident={"priority": level}, record={"severity": level}, loss=None) for level in levels]
        lossy = [
            TableRow(
                incident={"priority": level},
                record={"severity": self.priorities},
                loss=f"there are {self.priorities} priorities",
            )
            for level in range(self.priorities + 1, 6)
        ]
        none = TableRow(incident={"priority": None}, record={"severity": None}, loss=None)
        return Table(incident=("priority",), record=("severity",), rows=(*exact, none, *lossy))


@cache
def _mapping_of(dialect: Dialect) -> MappingSpec:
    return dialect.compile_mapping()
