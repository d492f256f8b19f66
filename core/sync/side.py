"""One member of a link at work: its connector, its mapping and its directory, and the incidents they give together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..connector import Connector, Record, Thread, operations
from ..ledger.state import Value
from ..mapping.directory import Directory
from ..mapping.mapping import Mapping
from ..mapping.values import group_values, held_groups
from ..model import Document, Incident
from ..text import richtext
from .origin import in_told_order, stated_origin


@dataclass(slots=True)
class Side:
    """A connection as the engine uses it."""

    name: str
    connector: Connector
    mapping: Mapping
    directory: Directory
    writable: bool = True
    account: str | None = None
    """The vendor's id of the account that we use, where the connector told it."""

    def __post_init__(self) -> None:
        """Let the directory know the account as well."""
        self.identify(self.account)

    def identify(self, account: str | None) -> None:
        """Remember which of the vendor's accounts is ours."""
        self.account = self.directory.account = account

    def can(self, operation: str) -> bool:
        """Tell whether the connector has an operation."""
        return operation in operations(type(self.connector))

    @property
    def takes_notes(self) -> bool:
        """Tell whether there is a place for our own notes, which the requester may not read."""
        return self.writable and self.connector.traits.internal_comments

    def is_ours(self, person_id: str | None) -> bool:
        """Tell whether a change in the vendor's history was made by the account that we use."""
        return person_id is not None and person_id == self.account

    def document(self, record: Record) -> Document:
        """Give the document of one record, without its thread."""
        document = self.mapping.read(record.body, self.directory)
        document["connection"] = self.name
        document["id"] = record.id
        return document

    def documents(self, records: Iterable[Record]) -> dict[str, Document]:
        """Give documents by record id."""
        return {record.id: self.document(record) for record in records}

    def fetch(self, ids: Sequence[str]) -> dict[str, Record]:
        """Read records directly, by id; those gone or hidden are missing from the answer."""
        return {record.id: record for record in self.connector.fetch(ids)} if ids else {}

    def hydrate(self, documents: dict[str, Document]) -> None:
        """Put comments and files into documents, in as few calls as the vendor allows."""
        ids = list(documents)
        if not ids:
            return
        threads = self.connector.threads(ids) if self.can("threads") else {}
        self._meet_authors(threads.values())
        for record_id, document in documents.items():
            thread = threads.get(record_id) or Thread()
            document["comments"] = list(in_told_order(self._comment(raw) for raw in thread.comments))
            files = document["attachments"] = [self._file(raw) for raw in thread.files]
            if thread.description_internal:
                document["description"] = None
            elif thread.description is not None:
                stated = self.mapping.comment.read(thread.description, self.directory)
                document["description"] = stated.get("body") or document.get("description")
            described = document.get("description")
            if described:
                document["description"] = richtext.name_images(described, files)

    def _meet_authors(self, threads: Iterable[Thread]) -> None:
        """Look up all at once who wrote what, where comments tell ids alone; a comment by itself would ask for one."""
        rule = self.mapping.spec.comment.fields.get("author")
        if rule is not None and not rule.companions:
            comments = (raw for thread in threads for raw in thread.comments)
            self.directory.meet_ids(str(raw[rule.field]) for raw in comments if raw.get(rule.field))

    def _comment(self, raw: dict[str, Any]) -> Document:
        comment = self.mapping.comment.read(raw, self.directory)
        origin = self.connector.origin_of(raw) or self._stated_origin(comment)
        if origin is not None:
            comment["origin"] = origin
        visibility = comment.get("visibility") or "internal"
        comment["visibility"] = visibility
        comment["attachments"] = [
            {**self._file(file), "visibility": visibility} for file in comment.get("attachments") or ()
        ]
        return comment

    def _stated_origin(self, comment: Document) -> str | None:
        """Read the origin from a carried comment's first line; only in what our own account wrote does it count."""
        author: Document = comment.get("author") or {}
        if self.connector.traits.comment_origin or (self.account is not None and author.get("id") != self.account):
            return None
        return stated_origin(comment.get("body") or "")

    def _file(self, raw: dict[str, Any]) -> Document:
        return self.mapping.attachment.read(raw, self.directory)

    def incident(self, document: Document) -> Incident:
        """Give the typed form of a document."""
        return Incident.model_validate(document)

    def values(self, document: Document) -> dict[str, Value]:
        """Give the values of the groups that this tool holds."""
        return group_values(document, self.mapping)

    def image(self, group: str, value: Value) -> Value:
        """Give what this member will hold after a group's value was written to it."""
        self.directory.meet(value)
        return self.values(self.mapping.predict(value, self.directory)).get(group, {})

    def raw(self, group: str, record: Record) -> Value:
        """Give the raw values that a group was read from, so that a changed mapping can read them again."""
        body = record.body
        return {name: body[name] for name in sorted(self.mapping.fields_of(group)) if name in body}

    def reread(self, group: str, raw: Value) -> Value | None:
        """Give the value that today's mapping reads from raw values, or None where they tell nothing of the group."""
        return self.values(self.mapping.read(raw, self.directory)).get(group)

    def marker(self, record: Record) -> str | None:
        """Give the marker that a record bears, ours or not."""
        rule = self.mapping.spec.fields.get("marker")
        return record.body.get(rule.field) if rule else None

    def takes_no_change(self, document: Document) -> bool:
        """Tell whether the vendor refuses every change of this record: it is closed, and closed is final there."""
        return self.connector.traits.closed_is_final and document.get("status") == "closed"

    @property
    def groups(self) -> frozenset[str]:
        """The groups that can be written here at any time."""
        return held_groups(self.mapping)
