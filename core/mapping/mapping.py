"""Compile a mapping and run it: record -> document, document -> record, and the image of a value.

The *image* of a value at a member is what that member will hold after the value was written to it, declared loss and the
vendor's own rules included. It is computed by writing into an empty record, applying the mapping's ``effects``, and reading
that back; so whatever the mapping cannot express shows as a difference between a value and its image.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson

from ..connector import Json
from ..model import GROUPS, Document
from ..text.flavours import CUT
from .fields import (
    MISSING,
    Getter,
    ReadStep,
    Setter,
    WriteStep,
    compile_read,
    compile_write,
    getter,
    remainder,
    root,
    setter,
    split_entry,
)
from .spec import Direction, FieldRule, MappingSpec, PartRules, WhenRule
from .tables import TableRunner
from .transforms import Names, find_transform

__all__ = ["CUT", "Mapping", "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """The compiled rules of a comment or a file."""

    reads: tuple[ReadStep, ...]
    writes: tuple[WriteStep, ...]
    creates: tuple[WriteStep, ...]

    def read(self, body: Json, names: Names) -> Document:
        """Give the document of a vendor's comment or file.

        Raises:
            MappingError: a value cannot be read; names the field and the value.
        """
        doc: Document = {}
        for step in self.reads:
            step(body, names, doc)
        return doc

    def write(self, doc: Document, names: Names, *, creating: bool = False) -> Json:
        """Give the vendor's form; with ``creating`` those fields as well that only a create or import takes.

        Raises:
            MappingError: a value cannot be written; names the field and the value.
        """
        body: Json = {}
        for step in self.creates if creating else self.writes:
            step(doc, names, body)
        return body


class Mapping:
    """One compiled mapping. Immutable, and safe to share between threads."""

    def __init__(self, spec: MappingSpec) -> None:
        """Compile a mapping.

        Raises:
            MappingError: a transform does not exist.
        """
        self.spec = spec
        self.tables = tuple(TableRunner(name, table, spec.aliases) for name, table in spec.tables.items())
        self._body = _compile_part(PartRules(fields=spec.fields), spec.empty, strict=False)
        self._steps = tuple(zip(spec.fields, self._body.reads, strict=True))
        self.comment = _compile_part(spec.comment, spec.empty, strict=True)
        self.attachment = _compile_part(spec.attachment, spec.empty, strict=True)
        self._known, self._partly_known = _record_fields(spec)
        self._echoes = _echoes(spec)
        self._required = tuple((rule, _fills(rule)) for rule in spec.required)
        self._demandable = tuple(sorted({root(field) for rule in spec.required for field in rule.set}))
        custom = ("custom",) if spec.custom_prefix is not None else ()
        in_tables = tuple(chain.from_iterable(table.incident for table in spec.tables.values()))
        self.readable = _tops(spec.fields, in_tables, custom)
        """Incident fields that this tool tells."""
        self.writable = _tops(_with_direction(spec, Direction.BOTH), in_tables, custom)
        """Incident fields that can be written at any time."""
        self.creatable = self.writable | _tops(_with_direction(spec, Direction.CREATE))
        """Incident fields that can be written when a record is created."""
        self.version = f"{spec.connector}/{spec.version}-{_digest(spec)}"
        """A name of this mapping's content, which changes with every edit."""

    # -- record -> document

    def read(self, body: Json, names: Names) -> Document:
        """Give the document of a record, without its connection.

        Record fields that no rule reads, and values that cannot be read, land in ``extra``.
        """
        doc: Document = {}
        for step in self._body.reads:
            step(body, names, doc)
        for table in self.tables:
            table.read(body, doc)
        prefix, known = self.spec.custom_prefix, self._known
        for field in body:
            if field in known:
                continue
            if field in self._partly_known:
                rest = remainder(body[field], self._partly_known[field])
                if rest is not None:
                    doc.setdefault("extra", {}).setdefault(field, rest)
            elif prefix is not None and field.startswith(prefix):
                doc.setdefault("custom", {})[field] = body[field]
            else:
                doc.setdefault("extra", {})[field] = body[field]
        return doc

    def unmapped(self, body: Json, doc: Document) -> str | None:
        """Say which values of a record no row of a table knows, or None."""
        for table in self.tables:
            values = table.lacks_row(body)
            if values is not None:
                return f"the mapping of {self.spec.connector} has no row in table '{table.name}' for {values}"
        return None

    def tell(self, body: Json, fields: Collection[str], names: Names) -> Document:
        """Give some fields of an incident, as far as those fields of its record that are at hand tell them."""
        doc: Document = {}
        for name, step in self._steps:
            if name in fields:
                step(body, names, doc)
        for table in self.tables:
            if any(name in fields for name in table.table.incident):
                table.read(body, doc)
        return {name: value for name, value in doc.items() if name in fields}

    # -- document -> record

    def write(
        self, doc: Document, names: Names, *, creating: bool = False, dated: bool = False, held: Json | None = None
    ) -> Json:
        """Give the record body that stores the fields of a document.

        Args:
            doc: the document, or the fields of it that change.
            names: what the connection knows about people, groups and fields.
            creating: for a new record: with what only a create takes, and with what the vendor demands of one.
            dated: for a record that exists: with what only a create takes, such as its times.
            held: what a record that exists holds of what the vendor may demand (see :meth:`demanded`): it is not filled.

        Raises:
            MappingError: a table has no row for the values, or a value cannot be written.
        """
        body: Json = {}
        for table in self.tables:
            table.write(doc, body, names)
        for step in self._body.creates if creating or dated else self._body.writes:
            step(doc, names, body)
        prefix = self.spec.custom_prefix
        if prefix is not None:
            body.update({name: value for name, value in _custom(doc).items() if name.startswith(prefix)})
        for rule, fills in self._required:
            if (creating or rule.when) and _holds(rule, body):
                for get, put, value in fills:
                    if _is_empty(get(body), get(held or {})):
                        put(body, value)
        return body

    def demanded(self, body: Json) -> Json:
        """Give what a record holds of the fields that the vendor may demand."""
        return {field: body[field] for field in self._demandable if body.get(field) not in (None, "", [], {})}

    def predict(self, doc: Document, names: Names, *, creating: bool = False) -> Document:
        """Give the image: what the record will say after this document was written to it.

        Raises:
            MappingError: a table has no row for the values, or a value cannot be written.
        """
        body = self.write(doc, names, creating=creating)
        for get, put, echo in self._echoes:
            raw = get(body)
            if isinstance(raw, str):
                put(body, echo(raw))
        for rule in self.spec.effects:
            if _holds(rule, body):
                body.update(rule.set)
        image = self.read(body, names)
        image.pop("extra", None)
        return image

    def losses(self, doc: Document, names: Names | None = None) -> list[str]:
        """Give what gets lost when a document is written, in the words of the tables' lossy rows."""
        rows = (table.row_for(doc, names) for table in self.tables if table.concerns(doc))
        return [row.loss for row in rows if row is not None and row.loss is not None]

    # -- what it is made of

    def record_fields(self, field: str) -> frozenset[str]:
        """Give the record fields that an incident field comes from, as the vendor's history names them."""
        found = {root(rule.field) for name, rule in self.spec.fields.items() if name.split(".")[0] == field}
        for table in self.spec.tables.values():
            if field in table.incident:
                found.update(root(each) for each in table.record)
        return frozenset(found)

    def fields_of(self, group: str) -> frozenset[str]:
        """Give the record fields that a group's value comes from, as the vendor's history names them."""
        return frozenset(chain.from_iterable(self.record_fields(field) for field in GROUPS[group]))


def _custom(doc: Document) -> dict[str, Any]:
    return doc.get("custom") or {}


def _tops(*names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.split(".")[0] for name in chain.from_iterable(names))


def _with_direction(spec: MappingSpec, direction: Direction) -> list[str]:
    return [name for name, rule in spec.fields.items() if rule.direction is direction]


def _digest(spec: MappingSpec) -> str:
    content = orjson.dumps(spec.model_dump(mode="json", by_alias=True), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()[:10]


def _holds(rule: WhenRule, body: Json) -> bool:
    def matches(field: str, values: tuple[str, ...]) -> bool:
        return field in body and str("" if body[field] is None else body[field]) in values

    return all(matches(field, values) for field, values in rule.when.items()) and not any(
        matches(field, values) for field, values in rule.unless.items()
    )


def _fills(rule: WhenRule) -> tuple[tuple[Getter, Setter, Any], ...]:
    return tuple((getter(field), setter(field), value) for field, value in rule.set.items())


def _is_empty(sent: Any, held: Any) -> bool:
    """Tell whether a field will be empty: sent empty, or not sent and empty at the record."""
    return (held if sent is MISSING else sent) in (MISSING, None, "", [])


def _compile_part(rules: PartRules, empty: str | None, *, strict: bool) -> Part:
    claimed: dict[str, set[str]] = {}
    for rule in rules.fields.values():
        if rule.field.endswith("]"):
            list_name, entry = split_entry(rule.field)
            claimed.setdefault(list_name, set()).add(entry)

    homes = {rule.field: name for name, rule in rules.fields.items() if rule.direction is not Direction.READ}

    def claims(rule: FieldRule) -> frozenset[str]:
        return frozenset(claimed.get(rule.field, ()))

    def writes(*directions: Direction) -> tuple[WriteStep, ...]:
        return tuple(
            compile_write(name, rule, claims(rule), empty, homes)
            for name, rule in rules.fields.items()
            if rule.direction in directions
        )

    return Part(
        reads=tuple(compile_read(name, rule, claims(rule), strict=strict) for name, rule in rules.fields.items()),
        writes=writes(Direction.BOTH),
        creates=writes(Direction.BOTH, Direction.CREATE),
    )


def _record_fields(spec: MappingSpec) -> tuple[frozenset[str], dict[str, list[str]]]:
    """Give the record fields that are read whole, and those of which parts are read with the paths of these parts."""
    paths = set(
        chain(
            (rule.field for rule in spec.fields.values()),
            chain.from_iterable(rule.companions.values() for rule in spec.fields.values()),
            chain.from_iterable(table.record for table in spec.tables.values()),
            spec.ignored,
        )
    )
    partly: dict[str, list[str]] = {}
    for path in sorted(paths):
        if root(path) not in paths:
            partly.setdefault(root(path), []).append(path)
    return frozenset(paths), partly


def _echoes(spec: MappingSpec) -> tuple[tuple[Getter, Setter, Callable[[str], str]], ...]:
    """Compile what the tool tells of a field it was sent, for fields where that is not the same."""
    found: list[tuple[Getter, Setter, Callable[[str], str]]] = []
    for rule in spec.fields.values():
        echo = None if rule.values is not None else find_transform(rule.transform).echo
        if echo is not None:
            found.append((getter(rule.field), setter(rule.field), echo))
    return tuple(found)
