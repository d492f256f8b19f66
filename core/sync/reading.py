"""Read records into hydrated documents, and tell what of them is out of scope or has been seen before."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from ..connector import Record, Scope
from ..errors import DefectError, MappingError, RecordError
from ..model import Document
from .side import Side

log = logging.getLogger("isthmus.reading")

BROKEN = (DefectError, MappingError, RecordError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What goes wrong with one record that the mapping, the connector or we do not understand; it concerns no other."""


def read_documents(side: Side, records: Sequence[Record]) -> tuple[dict[str, Document], dict[str, str]]:
    """Give the hydrated documents of some records, and what the mapping cannot read, both by record id."""
    try:
        return _read(side, records)
    except BROKEN:
        log.warning("%s: a record of this page cannot be read; the page is read one by one", side.name)
    documents: dict[str, Document] = {}
    problems: dict[str, str] = {}
    for record in records:  # one of them cannot be read: the others can
        try:
            found, known = _read(side, [record])
        except BROKEN as error:
            documents[record.id] = {"connection": side.name, "id": record.id, "comments": [], "attachments": []}
            problems[record.id] = f"it cannot be read: {type(error).__name__}: {error}"
        else:
            documents |= found
            problems |= known
    return documents, problems


def _read(side: Side, records: Sequence[Record]) -> tuple[dict[str, Document], dict[str, str]]:
    documents = side.documents(records)
    problems = {
        record.id: problem for record in records if (problem := side.mapping.unmapped(record.body, documents[record.id]))
    }
    side.hydrate(documents)
    return documents, problems


def digest_of(record: Record) -> str:
    """Give the digest of a record's content, by which repeats in a feed are dropped."""
    facts = [record.body, record.deleted, record.touched]
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def basis(documents: Mapping[str, Document]) -> str:
    """Give a digest of all that was seen of an incident: every field, comment and file."""
    digest = hashlib.sha256()
    for name in sorted(documents):
        digest.update(orjson.dumps([name, documents[name]], option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()


def out_of_scope(scope: Scope | None, document: Document) -> str | None:
    """Say why a document is outside a scope, or None."""
    if scope is None:
        return None
    labels = set(document.get("labels") or ())
    stated: Document = document.get("group") or {}
    group = stated.get("name")
    checks = (
        (scope.status, document.get("status") in scope.status, "status"),
        (scope.priority, document.get("priority") in scope.priority, "priority"),
        (scope.group, group in scope.group, "group"),
        (scope.label, bool(labels.intersection(scope.label)), "label"),
        (scope.key, document.get("key") in scope.key or document.get("id") in scope.key, "key"),
        (scope.opened_after, _after(document.get("opened_at"), scope.opened_after), "opened_after"),
        (scope.updated_after, _after(document.get("updated_at"), scope.updated_after), "updated_after"),
    )
    outside = [name for wanted, inside, name in checks if wanted and not inside]
    return f"out of scope: {', '.join(outside)}" if outside else None


def _after(text: str | None, moment: datetime | None) -> bool:
    return moment is None or (text is not None and datetime.fromisoformat(text) > moment)
