"""Compile field rules into closures: one record field -> one incident field, and back.

A value that cannot be read never stops a record: it lands in ``extra`` as the vendor gave it, and the incident field stays
unknown. A value that cannot be written raises, with the field and the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias, cast

from ..connector import Json
from ..errors import MappingError
from ..model import Document, Incident, accepts
from ..records import Dependency
from ..text.flavours import cut, cut_bytes
from .directory import Unlisted
from .spec import FieldRule
from .transforms import TRANSFORMS, UNRESOLVED, Names, Transform, entry_id, find_transform, plain_text

MISSING: Final = object()
"""Stands for a record field that the vendor did not tell."""

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError)
"""What a transform raises on a value that it does not understand (``OSError``: a time beyond the platform's range)."""

ReadStep: TypeAlias = Callable[[Json, Names, Document], None]
WriteStep: TypeAlias = Callable[[Document, Names, Json], None]
Getter: TypeAlias = Callable[[Json], Any]
Setter: TypeAlias = Callable[[Json, Any], None]


# -- places in a record


def getter(path: str) -> Getter:
    """Compile a record path: ``name``, ``object.name`` or ``list[ID]``. It gives MISSING where nothing stands."""
    if path.endswith("]"):
        list_name, wanted = split_entry(path)

        def get_entry(body: Json) -> Any:
            for entry in _entries(body.get(list_name)):
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
                node = cast("Json", node).get(part, MISSING)
            return node

        return get_nested
    return lambda body: body.get(path, MISSING)


def setter(path: str) -> Setter:
    """Compile the way to write a path that :func:`getter` reads."""
    if path.endswith("]"):
        list_name, wanted = split_entry(path)

        def set_entry(body: Json, value: Any) -> None:
            others = [entry for entry in _entries(body.get(list_name)) if str(entry.get("id")) != wanted]
            body[list_name] = [*others, {"id": entry_id(wanted), "value": value}]

        return set_entry
    *parents, last = path.split(".")

    def set_nested(body: Json, value: Any) -> None:
        for parent in parents:
            body = body.setdefault(parent, {})
        body[last] = value

    return set_nested


def split_entry(path: str) -> tuple[str, str]:
    """Give the list and the id of a path ``list[ID]``."""
    list_name, _, wanted = path[:-1].partition("[")
    return list_name, wanted


def root(path: str) -> str:
    """Give the record's own field that a path begins with."""
    return path.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]


def _entries(value: Any) -> list[Json]:
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("Json", item) for item in items if isinstance(item, dict)]


def remainder(value: Any, paths: Iterable[str]) -> Any:
    """Give what no rule reads of an object or list of which rules read parts, or None for nothing."""
    if isinstance(value, list):
        ids = {split_entry(path)[1] for path in paths if path.endswith("]")}
        items = cast("list[Any]", value)
        return [item for item in items if not (isinstance(item, dict) and str(cast("Json", item).get("id")) in ids)] or None
    if isinstance(value, dict):
        left = dict(cast("Json", value))
        for path in paths:
            head, _, rest = path.partition(".")[2].partition(".")
            inner = left.pop(head, None)
            left_over = (
                inner if rest and not isinstance(inner, dict) else remainder(inner, [f"{head}.{rest}"]) if rest else None
            )
            if left_over is not None:
                left[head] = left_over
        return left or None
    return value


# -- places in a document


def put_at(name: str) -> Callable[[Document, Any], None]:
    """Compile the way to set an incident field: ``title``, ``custom.site``, ``links.problem`` (adds to a list).

    Where several record fields are links of one kind, their rules have names of their own: ``links.change.caused_by``.
    """
    top, _, rest = name.partition(".")
    if top == "links" and rest:
        kind = rest.partition(".")[0]

        def add_link(doc: Document, value: Any) -> None:
            links = doc.setdefault(top, [])
            if value is not None:
                links.append({"kind": kind, **value} if isinstance(value, dict) else {"kind": kind, "id": str(value)})

        return add_link
    if rest:

        def put_inner(doc: Document, value: Any) -> None:
            doc.setdefault(top, {})[rest] = value

        return put_inner

    def put(doc: Document, value: Any) -> None:
        doc[name] = value

    return put


def take_at(name: str) -> Callable[[Document], Any]:
    """Compile the way to read an incident field that :func:`put_at` sets; MISSING where it is unknown."""
    top, _, rest = name.partition(".")
    if top == "links" and rest:
        kind = rest.partition(".")[0]

        def first_link(doc: Document) -> Any:
            if top not in doc:
                return MISSING
            return next((link["id"] for link in doc[top] if link["kind"] == kind), None)

        return first_link
    if rest:
        return lambda doc: cast("Json", doc.get(top) or {}).get(rest, MISSING)
    return lambda doc: doc.get(name, MISSING)


# -- reading


def compile_read(name: str, rule: FieldRule, claimed: frozenset[str], *, strict: bool) -> ReadStep:
    """Compile the reading of one rule.

    Args:
        name: the incident field.
        rule: its rule.
        claimed: ids of entries of the same record field that have a rule of their own.
        strict: raise on a value that cannot be read, where there is no ``extra`` to keep it.
    """
    read = _reader(name, rule, of_incident=not strict)
    if claimed:
        read = _without_claimed(read, claimed)
    path, get, put = rule.field, getter(rule.field), put_at(name)
    companions = tuple((attribute, getter(field)) for attribute, field in rule.companions.items())

    def keep_unread(raw: Any, error: Exception, doc: Document) -> None:
        if strict:
            raise MappingError(f"{name}: the value {raw!r} of '{path}' cannot be read: {error}") from error
        doc.setdefault("extra", {})[path] = raw

    def plain_step(body: Json, names: Names, doc: Document) -> None:
        if path in body:
            try:
                doc[name] = read(body[path], names)
            except UNREADABLE as error:
                keep_unread(body[path], error, doc)

    def step(body: Json, names: Names, doc: Document) -> None:
        raw = get(body)
        if raw is not MISSING:
            if rule.besides:
                named = {body.get(field) for field in rule.besides}
                raw = [each for each in raw or () if each not in named]
            try:
                put(doc, _accompanied(raw, read, companions, body, names) if companions else read(raw, names))
            except UNREADABLE as error:
                keep_unread(raw, error, doc)

    plain = "." not in name and root(path) == path and not companions and not rule.besides
    return plain_step if plain else step


def _reader(name: str, rule: FieldRule, *, of_incident: bool) -> Callable[[Any, Names], Any]:
    read = find_transform(rule.transform).read if rule.values is None else _values_reader(rule.values, rule.unknown)
    trusted = rule.values is None and rule.transform in TRANSFORMS and rule.transform != "raw"
    if not of_incident or name not in Incident.model_fields or (trusted and name not in _NARROW):
        return read

    def checked(raw: Any, names: Names) -> Any:
        value = read(raw, names)
        if value is not None and not accepts(name, value):
            raise ValueError(f"{value!r} is not a value of the incident's {name}")
        return value

    return checked


_NARROW = frozenset({"status", "impact", "urgency", "priority"})
"""Fields that not even every value of the right type suits."""


def _values_reader(values: Mapping[str, Any], unknown: str | None) -> Callable[[Any, Names], Any]:
    def read_value(raw: Any, names: Names) -> Any:
        if raw is None or raw == "":
            return None
        text = plain_text(raw)
        for spelling in (str(raw), text):
            if spelling in values:
                return values[spelling]
        return text if unknown is None else unknown

    return read_value


def _without_claimed(read: Callable[[Any, Names], Any], claimed: frozenset[str]) -> Callable[[Any, Names], Any]:
    def read_rest(raw: Any, names: Names) -> Any:
        return read(raw and [entry for entry in raw if str(entry["id"]) not in claimed], names)

    return read_rest


def _accompanied(
    raw: Any,
    read: Callable[[Any, Names], Any],
    companions: tuple[tuple[str, Getter], ...],
    body: Json,
    names: Names,
) -> Any:
    """Read a reference that the record itself describes; nobody is asked about one that it describes in full."""
    known = {attribute: text for attribute, get in companions if (text := get(body)) not in (MISSING, None, "")}
    if "email" in known:
        known["email"] = known["email"].lower()
    value = read(raw, Unlisted(names.base_url) if len(known) == len(companions) else names)
    if isinstance(value, dict):
        return {**cast("Json", value), **known}
    if isinstance(value, list):
        first, *others = cast("list[Json]", value) or [{}]
        return [{**first, **known}, *others] if value else []
    return value if value is None else known.get("name", value)


# -- writing


def compile_write(
    name: str, rule: FieldRule, claimed: frozenset[str], empty: str | None, homes: Mapping[str, str]
) -> WriteStep:
    """Compile the writing of one rule.

    Args:
        name: the incident field.
        rule: its rule.
        claimed: ids of entries of the same record field that have a rule of their own.
        empty: what the vendor writes for "none".
        homes: record field -> the incident field that is written to it.
    """
    take, put, transform = take_at(name), setter(rule.field), _writer(rule)
    write, option_field = transform.write, option_key(rule.field)

    def step(doc: Document, names: Names, body: Json) -> None:
        value = take(doc)
        if value is MISSING:
            return
        try:
            raw = write(value, names)
            if isinstance(raw, str) and rule.max is not None and len(raw) > rule.max:
                raw = transform.shorten(value, rule.max) if transform.shorten else cut(raw, rule.max)
            if isinstance(raw, str) and rule.max_bytes is not None:
                raw = cut_bytes(raw, rule.max_bytes)
        except UNREADABLE as error:
            raise MappingError(f"{name}: the value {value!r} cannot be written to '{rule.field}': {error}") from error
        if raw is not UNRESOLVED and not is_option(raw, names.options(option_field)):
            raw = UNRESOLVED
        if raw is UNRESOLVED:
            if rule.otherwise is None:
                return
            raw = rule.otherwise
        if not is_offered(raw, names.dependency(option_field), homes, doc, body):
            raw = None
        if claimed:
            written = [entry for entry in _entries(raw) if str(entry.get("id")) not in claimed]
            raw = [*_entries(body.get(rule.field)), *written]
        put(body, empty if raw is None else raw)

    return step


def option_key(path: str) -> str:
    """Give the key under which live metadata knows a record path: the id of a list's entry, else the path."""
    return split_entry(path)[1] if path.endswith("]") else path


def is_option(raw: Any, allowed: frozenset[str] | None) -> bool:
    """Tell whether a raw value is one that a choice field takes; what is empty or no single value always is."""
    return allowed is None or raw in (None, "") or isinstance(raw, list | dict) or plain_text(raw) in allowed


def is_offered(raw: Any, dependency: Dependency | None, homes: Mapping[str, str], doc: Document, body: Json) -> bool:
    """Tell whether a value stands under what was written to the field on which it depends.

    What is no option there is emptied, since the old value need not be one either. A field that the target cannot fill
    counts as empty; where nothing was to be written to it, the vendor decides.

    Args:
        raw: the value.
        dependency: on what it depends.
        homes: record field -> the incident field that is written to it.
        doc: what is written.
        body: what the record will hold of it, up to here.
    """
    if dependency is None or raw in (None, ""):
        return True
    above = getter(dependency.on)(body)
    if above is MISSING and (dependency.on not in homes or take_at(homes[dependency.on])(doc) is MISSING):
        return True
    return ("" if above in (MISSING, None) else plain_text(above), plain_text(raw)) in dependency.pairs


def _writer(rule: FieldRule) -> Transform:
    if rule.values is None:
        return find_transform(rule.transform)
    inverse: dict[Any, str] = {}
    for raw, value in rule.values.items():
        inverse.setdefault(value, raw)

    def write_value(value: Any, names: Names) -> Any:
        return None if value is None else inverse.get(value, UNRESOLVED)

    return Transform(TRANSFORMS["raw"].read, write_value)
