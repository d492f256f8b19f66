"""Compile a mapping into closures and run it: record -> document, document -> record, and the image of a value.

The *image* of a value at a member is what that member will hold after the value was written to it, declared loss and the
vendor's own rules included. It is computed by writing into an empty record, applying the mapping's ``effects``, and reading
that back; so whatever the mapping cannot express shows as a difference between a value and its image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from .connector import Json
from .errors import MappingError
from .mapping_spec import Direction, FieldRule, MappingSpec, PartRules, Table, TableRow, WhenRule
from .model import GROUPS, Document
from .transforms import UNRESOLVED, Names, find_transform

MISSING: Final = object()
CUT: Final = "…"
"""Ends a text that the target had to shorten."""

ReadStep = Callable[[Json, Names, Document], None]
WriteStep = Callable[[Document, Names, Json], None]


# -- places in a record


def _getter(path: str) -> Callable[[Json], Any]:
    """Compile a record path: ``name``, ``object.name`` or ``list[ID]``."""
    if path.endswith("]"):
        list_name, _, wanted = path[:-1].partition("[")

        def get_entry(body: Json) -> Any:
            for entry in body.get(list_name) or ():
                if str(entry.get("id")) == wanted:
                    return entry.get("value")
            return MISSING

        return get_entry
    if "." in path:
        parts = path.split(".")

        def get_nested(body: Json) -> Any:
            if path in body:
                return body[path]
            node: Any = body
            for part in parts:
                if not isinstance(node, dict):
                    return MISSING
                node = node.get(part, MISSING)
            return node

        return get_nested
    return lambda body: body.get(path, MISSING)


def _setter(path: str) -> Callable[[Json, Any], None]:
    """Compile the way to write a path that :func:`_getter` reads."""
    if path.endswith("]"):
        list_name, _, wanted = path[:-1].partition("[")

        def set_entry(body: Json, value: Any) -> None:
            body.setdefault(list_name, []).append({"id": int(wanted) if wanted.isdigit() else wanted, "value": value})

        return set_entry
    *parents, last = path.split(".")

    def set_nested(body: Json, value: Any) -> None:
        for parent in parents:
            body = body.setdefault(parent, {})
        body[last] = value

    return set_nested


def _root(path: str) -> str:
    return path.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]


# -- field rules


def _put(name: str) -> Callable[[Document, Any], None]:
    """Compile the way to set an incident field: ``title``, ``custom.site``, ``links.problem`` (a list)."""
    top, _, rest = name.partition(".")
    if top == "links" and rest:

        def extend(doc: Document, value: Any) -> None:
            doc.setdefault(top, []).extend(value or ())

        return extend
    if rest:

        def put_inner(doc: Document, value: Any) -> None:
            doc.setdefault(top, {})[rest] = value

        return put_inner

    def put(doc: Document, value: Any) -> None:
        doc[name] = value

    return put


def _take(name: str) -> Callable[[Document], Any]:
    top, _, rest = name.partition(".")
    if rest:
        return lambda doc: (doc.get(top) or {}).get(rest, MISSING)
    return lambda doc: doc.get(name, MISSING)


def _reader(rule: FieldRule) -> Callable[[Any, Names], Any]:
    if rule.values is None:
        return find_transform(rule.transform).read
    values, unknown = rule.values, rule.unknown

    def read_value(raw: Any, names: Names) -> Any:  # noqa: ARG001
        if raw is None or raw == "":
            return None
        return values.get(str(raw), raw if unknown is None else unknown)

    return read_value


def _writer(rule: FieldRule) -> Callable[[Any, Names], Any]:
    if rule.values is None:
        return find_transform(rule.transform).write
    inverse: dict[Any, str] = {}
    for raw, value in rule.values.items():
        inverse.setdefault(value, raw)

    def write_value(value: Any, names: Names) -> Any:  # noqa: ARG001
        return None if value is None else inverse.get(value, UNRESOLVED)

    return write_value


def _compile_read(name: str, rule: FieldRule) -> ReadStep:
    get, read, put = _getter(rule.field), _reader(rule), _put(name)
    companions = tuple(rule.companions.items())
    plain = "." not in name and not companions
    key = rule.field if not (rule.field.endswith("]") or "." in rule.field) else None
    if plain and key is not None:

        def step_plain(body: Json, names: Names, doc: Document) -> None:
            if key in body:
                doc[name] = read(body[key], names)

        return step_plain

    def step(body: Json, names: Names, doc: Document) -> None:
        raw = get(body)
        if raw is MISSING:
            return
        value = read(raw, names)
        if companions and value is not None:
            _accompany(value[0] if isinstance(value, list) else value, companions, body)
        put(doc, value)

    return step


def _accompany(value: dict[str, Any], companions: tuple[tuple[str, str], ...], body: Json) -> None:
    for attribute, field in companions:
        known = body.get(field)
        if known:
            value[attribute] = known.lower() if attribute == "email" else known


def _compile_write(name: str, rule: FieldRule, empty: str | None) -> WriteStep:
    take, write, put = _take(name), _writer(rule), _setter(rule.field)

    def step(doc: Document, names: Names, body: Json) -> None:
        value = take(doc)
        if value is MISSING:
            return
        raw = write(value, names)
        if raw is not UNRESOLVED and raw not in (None, ""):
            allowed = names.options(rule.field)
            if allowed is not None and str(raw) not in allowed:
                raw = UNRESOLVED
        if raw is UNRESOLVED:
            raw = rule.otherwise
            if raw is None:
                return
        if raw is None:
            raw = empty
        put(body, cut(raw, rule.max) if rule.max and isinstance(raw, str) else raw)

    return step


def cut(text: str, limit: int) -> str:
    """Shorten a text to a limit, marking the cut."""
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT


# -- tables


class _TableRunner:
    """Looks values up in a table, both ways; what was looked up once is remembered."""

    _MEMORY: Final = 10_000

    def __init__(self, table: Table, aliases: dict[str, dict[str, str]]) -> None:
        self.table = table
        self._aliases = [aliases.get(field, {}) for field in table.record]
        self._getters = [_getter(field) for field in table.record]
        self._setters = {field: _setter(field) for field in table.record}
        self._exact = [row for row in table.rows if row.loss is None]
        self._lossy = [row for row in table.rows if row.loss is not None]
        self._read_memory: dict[tuple[Any, ...], dict[str, Any] | None] = {}
        self._write_memory: dict[tuple[Any, ...], TableRow | None] = {}

    def read(self, body: Json, names: Names, doc: Document) -> None:  # noqa: ARG002
        raws: list[Any] = []
        known = False
        for get, aliases in zip(self._getters, self._aliases, strict=True):
            raw = get(body)
            known = known or raw is not MISSING
            raw = None if raw is MISSING else raw
            raws.append(aliases.get(raw, raw) if aliases and isinstance(raw, str) else raw)
        if not known:
            return
        key = tuple(raws)
        if key not in self._read_memory:
            if len(self._read_memory) >= self._MEMORY:
                self._read_memory.clear()
            self._read_memory[key] = self._find_record(key)
        found = self._read_memory[key]
        if found is not None:
            doc.update(found)
            return
        extra = doc.setdefault("extra", {})
        extra.update({field: raw for field, raw in zip(self.table.record, raws, strict=True) if raw is not None})

    def _find_record(self, key: tuple[Any, ...]) -> dict[str, Any] | None:
        raw = dict(zip(self.table.record, key, strict=True))
        for row in self._exact:
            if all(_same(raw[field], value) for field, value in row.record.items()):
                return {field: row.incident.get(field) for field in self.table.incident}
        return None

    def row_for(self, doc: Document) -> TableRow | None:
        """Give the row that writes these incident values, an exact one before a lossy one."""
        key = tuple(doc.get(field) for field in self.table.incident)
        if key not in self._write_memory:
            if len(self._write_memory) >= self._MEMORY:
                self._write_memory.clear()
            self._write_memory[key] = self._find_incident(dict(zip(self.table.incident, key, strict=True)))
        return self._write_memory[key]

    def _find_incident(self, values: dict[str, Any]) -> TableRow | None:
        for row in self._exact:
            if all(values[field] == row.incident.get(field) for field in self.table.incident):
                return row
        for row in self._lossy:
            if all(values[field] == value for field, value in row.incident.items()):
                return row
        return None

    def write(self, doc: Document, names: Names, body: Json) -> None:  # noqa: ARG002
        if not any(field in doc for field in self.table.incident):
            return
        row = self.row_for(doc)
        if row is None:
            values = {field: doc.get(field) for field in self.table.incident}
            raise MappingError(f"no row of the mapping writes {values}; add one to the table or a row with a 'loss'")
        for field, value in row.record.items():
            self._setters[field](body, value)


def _same(raw: Any, wanted: Any) -> bool:
    return raw == wanted or (raw in (None, "") and wanted in (None, ""))


def _holds(rule: WhenRule, body: Json) -> bool:
    def matches(field: str, values: tuple[str, ...]) -> bool:
        return field in body and str("" if body[field] is None else body[field]) in values

    return all(matches(field, values) for field, values in rule.when.items()) and not any(
        matches(field, values) for field, values in rule.unless.items()
    )


# -- the whole


@dataclass(frozen=True, slots=True)
class Part:
    """The compiled rules of a comment or a file."""

    reads: tuple[ReadStep, ...]
    writes: tuple[WriteStep, ...]
    creates: tuple[WriteStep, ...]

    def read(self, body: Json, names: Names) -> Document:
        """Give the document of a vendor's comment or file."""
        doc: Document = {}
        for step in self.reads:
            step(body, names, doc)
        return doc

    def write(self, doc: Document, names: Names, *, creating: bool = False) -> Json:
        """Give the vendor's form; with ``creating`` those fields as well that only a create or import takes."""
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
        self._tables = [_TableRunner(table, spec.aliases) for table in spec.tables.values()]
        self._body = _compile_part(PartRules(fields=spec.fields), spec.empty)
        self.comment = _compile_part(spec.comment, spec.empty)
        self.attachment = _compile_part(spec.attachment, spec.empty)
        self._record_fields = _record_fields(spec)
        self.readable = frozenset(
            name.split(".")[0] for name in chain(spec.fields, *(table.incident for table in spec.tables.values()))
        )
        """Incident fields that this tool tells."""
        self.writable = frozenset(
            name.split(".")[0]
            for name in chain(
                (name for name, rule in spec.fields.items() if rule.direction is Direction.BOTH),
                *(table.incident for table in spec.tables.values()),
            )
        )
        """Incident fields that can be written at any time."""

    @property
    def version(self) -> str:
        """A name of this mapping's content, which changes with every edit."""
        return f"{self.spec.connector}/{self.spec.version}"

    def read(self, body: Json, names: Names) -> Document:
        """Give the document of a record, without its connection. Unknown record fields land in ``extra``."""
        doc: Document = {}
        for step in self._body.reads:
            step(body, names, doc)
        for table in self._tables:
            table.read(body, names, doc)
        prefix = self.spec.custom_prefix
        for field in body.keys() - self._record_fields:
            if prefix is not None and field.startswith(prefix):
                doc.setdefault("custom", {})[field] = body[field]
            else:
                doc.setdefault("extra", {})[field] = body[field]
        return doc

    def write(self, doc: Document, names: Names, *, creating: bool = False) -> Json:
        """Give the record body that stores the fields of a document.

        Raises:
            MappingError: a table has no row for the values.
        """
        body: Json = {}
        for table in self._tables:
            table.write(doc, names, body)
        for step in self._body.creates if creating else self._body.writes:
            step(doc, names, body)
        prefix = self.spec.custom_prefix
        if prefix is not None:
            body.update({name: value for name, value in (doc.get("custom") or {}).items() if name.startswith(prefix)})
        for rule in self.spec.required:
            if (creating or rule.when) and _holds(rule, body):
                body.update({field: value for field, value in rule.set.items() if body.get(field) in (None, "")})
        return body

    def predict(self, doc: Document, names: Names, *, creating: bool = False) -> Document:
        """Give the image: what the record will say after this document was written to it.

        Raises:
            MappingError: a table has no row for the values.
        """
        body = self.write(doc, names, creating=creating)
        for rule in self.spec.effects:
            if _holds(rule, body):
                body.update(rule.set)
        image = self.read(body, names)
        image.pop("extra", None)
        return image

    def fields_of(self, group: str) -> frozenset[str]:
        """Give the record fields that a group's value comes from, as the vendor's history names them."""
        wanted = set(GROUPS[group])
        found = {_root(rule.field) for name, rule in self.spec.fields.items() if name.split(".")[0] in wanted}
        for table in self.spec.tables.values():
            if wanted.intersection(table.incident):
                found.update(_root(field) for field in table.record)
        return frozenset(found)

    def unmapped(self, body: Json, doc: Document) -> str | None:
        """Say which table does not know a record's values, or None."""
        for runner in self._tables:
            fields = runner.table.record
            if any(field in body for field in fields) and not any(name in doc for name in runner.table.incident):
                values = ", ".join(f"{field}={body.get(field)!r}" for field in fields)
                return f"the mapping of {self.spec.connector} has no row for {values}"
        return None

    def timeline(self, changes: Iterable[tuple[str, str | None]], names: Names) -> list[str | None]:
        """Translate raw values of single record fields into statuses, None where the field tells no status."""
        statuses: list[str | None] = []
        for field, raw in changes:
            doc: Document = {}
            for table in self._tables:
                if "status" in table.table.incident and field in table.table.record:
                    table.read({field: raw}, names, doc)
            statuses.append(doc.get("status"))
        return statuses


def _compile_part(rules: PartRules, empty: str | None) -> Part:
    reads = tuple(_compile_read(name, rule) for name, rule in rules.fields.items())
    writable = [(name, rule) for name, rule in rules.fields.items() if rule.direction is not Direction.READ]
    return Part(
        reads=reads,
        writes=tuple(_compile_write(name, rule, empty) for name, rule in writable if rule.direction is Direction.BOTH),
        creates=tuple(_compile_write(name, rule, empty) for name, rule in writable),
    )


def _record_fields(spec: MappingSpec) -> frozenset[str]:
    rules = spec.fields.values()
    paths = chain(
        (rule.field for rule in rules),
        chain.from_iterable(rule.companions.values() for rule in rules),
        chain.from_iterable(table.record for table in spec.tables.values()),
        spec.ignored,
    )
    return frozenset(chain.from_iterable((path, _root(path)) for path in paths))
