"""The transforms that a mapping names: one value of a record <-> one value of a document.

A transform is a pair of functions. ``read(value, names)`` gives the document's value of a raw one; ``write(value, names)``
gives the raw value, or :data:`UNRESOLVED` where the record's side knows nothing that corresponds (the caller then reports
a loss). ``names`` is what one connection knows about people, groups and fields (:class:`Names`).

A mapping may also name a function of its own, ``python:package.module:NAME``, where ``NAME`` is a :class:`Transform`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from . import richtext
from .errors import MappingError
from .model import Group, Person, format_time

UNRESOLVED: Final = object()
"""What ``write`` gives where the target holds nothing that corresponds to the value."""


class Names(Protocol):
    """What one connection knows about the ids that its records use."""

    @property
    def base_url(self) -> str:
        """Where people open this tool, without a slash at the end; empty where unknown."""
        ...

    def person(self, person_id: str) -> Person | None:
        """Give the person behind the vendor's id, if it is known."""
        ...

    def person_id(self, person: Person) -> str | None:
        """Give the vendor's id of a person of any tool: by e-mail, then by the people table, then the named fallback."""
        ...

    def group(self, group_id: str) -> Group | None:
        """Give the group behind the vendor's id, if it is known."""
        ...

    def group_id(self, group: Group) -> str | None:
        """Give the vendor's id of a group of any tool: by name, then by the group table."""
        ...

    def field_name(self, field_id: str) -> str | None:
        """Give the name of a custom field that records name by id."""
        ...

    def field_id(self, field_name: str) -> str | None:
        """Give the id of a custom field that people know by name."""
        ...

    def options(self, field: str) -> frozenset[str] | None:
        """Give the values that a choice field takes, or None where the tool does not tell."""
        ...


ReadFunction = Callable[[Any, Names], Any]
WriteFunction = Callable[[Any, Names], Any]


@dataclass(frozen=True, slots=True)
class Transform:
    """Both ways of one transform."""

    read: ReadFunction
    write: WriteFunction


def _keep(value: Any, names: Names) -> Any:  # noqa: ARG001
    return value


def _read_text(value: Any, names: Names) -> Any:  # noqa: ARG001
    return None if value is None or value == "" else value if type(value) is str else str(value)


def _write_text(value: Any, names: Names) -> Any:  # noqa: ARG001
    return "" if value is None else value


def _read_integer(value: Any, names: Names) -> Any:  # noqa: ARG001
    return None if value is None or value == "" else int(str(value).replace(",", ""))


def _write_digits(value: Any, names: Names) -> Any:  # noqa: ARG001
    return "" if value is None else str(value)


_TRUTH = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def _read_boolean(value: Any, names: Names) -> Any:  # noqa: ARG001
    return value if isinstance(value, bool) else _TRUTH.get(str(value).lower())


def _write_boolean_text(value: Any, names: Names) -> Any:  # noqa: ARG001
    return "" if value is None else "true" if value else "false"


def _read_rfc3339(value: Any, names: Names) -> Any:  # noqa: ARG001
    if not value:
        return None
    if value[-1] == "Z" and value[10] == "T":
        return value
    moment = datetime.fromisoformat(value)
    return format_time(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _read_spaced_utc(value: Any, names: Names) -> Any:  # noqa: ARG001
    return f"{value[:10]}T{value[11:19]}Z" if value else None


def _write_spaced_utc(value: Any, names: Names) -> Any:  # noqa: ARG001
    if value is None:
        return ""
    return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _epoch(per_second: int) -> Transform:
    def read(value: Any, names: Names) -> Any:  # noqa: ARG001
        if value is None or value == "":
            return None
        return format_time(datetime.fromtimestamp(int(value) / per_second, UTC))

    def write(value: Any, names: Names) -> Any:  # noqa: ARG001
        return None if value is None else round(datetime.fromisoformat(value).timestamp() * per_second)

    return Transform(read, write)


def _read_person(value: Any, names: Names) -> Any:
    if value is None or value == "":
        return None
    person_id = str(value)
    person = names.person(person_id)
    return {"id": person_id} if person is None else person.model_dump(mode="json", exclude_none=True)


def _write_person(value: Any, names: Names) -> Any:
    if value is None:
        return None
    return names.person_id(Person.model_validate(value)) or UNRESOLVED


def _read_group(value: Any, names: Names) -> Any:
    if value is None or value == "":
        return None
    group_id = str(value)
    group = names.group(group_id)
    return {"id": group_id} if group is None else group.model_dump(mode="json", exclude_none=True)


def _write_group(value: Any, names: Names) -> Any:
    if value is None:
        return None
    return names.group_id(Group.model_validate(value)) or UNRESOLVED


def _read_people(value: Any, names: Names) -> Any:
    return [_read_person(person_id, names) for person_id in value or ()]


def _write_people(value: Any, names: Names) -> Any:
    ids = (_write_person(person, names) for person in value or ())
    return [person_id for person_id in ids if person_id is not UNRESOLVED]


def _split_commas(value: Any) -> list[str]:
    return [part for part in (piece.strip() for piece in (value or "").split(",")) if part]


def _read_people_commas(value: Any, names: Names) -> Any:
    """Read ids and bare e-mail addresses, joined with commas."""
    return [{"email": part.lower()} if "@" in part else _read_person(part, names) for part in _split_commas(value)]


def _write_people_commas(value: Any, names: Names) -> Any:
    """Write ids; a person whom the target does not know stays an e-mail address."""
    parts: list[str] = []
    for person in value or ():
        person_id = _write_person(person, names)
        if person_id is not UNRESOLVED:
            parts.append(person_id)
        elif person.get("email"):
            parts.append(person["email"])
    return ",".join(parts)


def _read_labels(value: Any, names: Names) -> Any:  # noqa: ARG001
    return sorted(value) if value else []


def _write_labels(value: Any, names: Names) -> Any:  # noqa: ARG001
    return list(value or ())


def _read_labels_commas(value: Any, names: Names) -> Any:  # noqa: ARG001
    return sorted(_split_commas(value))


def _write_labels_commas(value: Any, names: Names) -> Any:  # noqa: ARG001
    return ",".join(value or ())


def _read_id_values(value: Any, names: Names) -> Any:
    """Read ``[{id, value}]`` as values by field name; an id without a known name stays the id."""
    found: dict[str, Any] = {}
    for entry in value or ():
        field_id = str(entry["id"])
        found[names.field_name(field_id) or field_id] = entry.get("value")
    return found


def _write_id_values(value: Any, names: Names) -> Any:
    named = ((names.field_id(name), item) for name, item in (value or {}).items())
    return [{"id": int(field_id), "value": item} for field_id, item in named if field_id is not None]


def _rich(flavour: str) -> Transform:
    reader, writer = richtext.FLAVOURS[flavour]

    def read(value: Any, names: Names) -> Any:  # noqa: ARG001
        return None if value is None or value == "" else reader(value) or None

    def write(value: Any, names: Names) -> Any:  # noqa: ARG001
        return "" if value is None else writer(value)

    return Transform(read, write)


TRANSFORMS: dict[str, Transform] = {
    "raw": Transform(_keep, _keep),
    "text": Transform(_read_text, _write_text),
    "nullable_text": Transform(_read_text, _keep),
    "integer": Transform(_read_integer, _keep),
    "digits": Transform(_read_integer, _write_digits),
    "boolean": Transform(_read_boolean, _keep),
    "boolean_text": Transform(_read_boolean, _write_boolean_text),
    "rfc3339": Transform(_read_rfc3339, _keep),
    "spaced_utc": Transform(_read_spaced_utc, _write_spaced_utc),
    "epoch_s": _epoch(1),
    "epoch_ms": _epoch(1000),
    "person": Transform(_read_person, _write_person),
    "group": Transform(_read_group, _write_group),
    "people": Transform(_read_people, _write_people),
    "people_commas": Transform(_read_people_commas, _write_people_commas),
    "labels": Transform(_read_labels, _write_labels),
    "labels_commas": Transform(_read_labels_commas, _write_labels_commas),
    "id_values": Transform(_read_id_values, _write_id_values),
}
"""Transforms by the name that a mapping uses. Rich text is ``rich:FLAVOUR``."""


def find_transform(name: str) -> Transform:
    """Give the transform of this name.

    Raises:
        MappingError: no such transform, flavour, module or attribute exists.
    """
    if name in TRANSFORMS:
        return TRANSFORMS[name]
    kind, _, rest = name.partition(":")
    if kind == "rich" and rest in richtext.FLAVOURS:
        return _rich(rest)
    if kind == "python":
        return _import_transform(rest)
    raise MappingError(f"unknown transform '{name}'; known: {', '.join(known_transforms())}")


def known_transforms() -> Iterable[str]:
    """Give the names that a mapping may use, in alphabetical order."""
    return sorted([*TRANSFORMS, *(f"rich:{flavour}" for flavour in richtext.FLAVOURS), "python:MODULE:NAME"])


def _import_transform(place: str) -> Transform:
    module_name, _, attribute = place.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise MappingError(f"transform 'python:{place}' cannot be imported: {error}") from error
    if not isinstance(found, Transform):
        raise MappingError(f"transform 'python:{place}' is not a Transform")
    return found
