"""The transforms that a mapping names: one value of a record <-> one value of a document.

A transform is a pair of functions. ``read(value, names)`` gives the document's value of a raw one; ``write(value, names)``
gives the raw value, or :data:`UNRESOLVED` where the record's side knows nothing that corresponds (the caller then reports
a loss). ``names`` is what one connection knows about people, groups and fields (:class:`Names`).

A mapping may also name a function of its own, ``python:package.module:NAME``, where ``NAME`` is a :class:`Transform`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeAlias, cast

from ..errors import MappingError
from ..model import ConfigurationItem, Group, Person, format_time
from ..records import Dependency
from ..text import flavours

UNRESOLVED: Final = object()
"""What ``write`` gives where the target holds nothing that corresponds to the value."""


class Names(Protocol):
    """What one connection knows about the ids that its records use."""

    @property
    def base_url(self) -> str:
        """Where people open this tool, without a slash at the end; empty where unknown."""
        ...

    @property
    def account(self) -> str | None:
        """The vendor's id of the account that we use, where it is known."""
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

    @property
    def default_group(self) -> str | None:
        """Give the vendor's id of the group that stands for none, where no record is without a group."""
        ...

    def item_id(self, item: ConfigurationItem) -> str | None:
        """Give the vendor's id of a configuration item of any tool: by external id, by serial, then by exact name."""
        ...

    def item(self, item_id: str) -> ConfigurationItem | None:
        """Give the configuration item behind the vendor's id, if it is known."""
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

    def dependency(self, field: str) -> Dependency | None:
        """Give what decides which of its values a choice field takes, or None where all of them always do."""
        ...


ReadFunction: TypeAlias = Callable[[Any, Names], Any]
WriteFunction: TypeAlias = Callable[[Any, Names], Any]


@dataclass(frozen=True, slots=True)
class Transform:
    """Both ways of one transform.

    ``read`` raises (ValueError, TypeError, LookupError) on a value that it does not understand: the mapping then keeps the
    raw value.
    """

    read: ReadFunction
    write: WriteFunction
    echo: Callable[[str], str] | None = None
    """What was written -> what the tool tells of it, where that is not the same."""
    shorten: Callable[[Any, int], Any] | None = None
    """The document's value and a limit -> the longest raw value that fits, where cutting the raw text would break it."""
    loss: str | None = None
    """What the tool cannot keep, in words; None where writing and reading give the same value."""
    coarse: bool = False
    """The loss is in the form of the value: a tool that tells the same form has nothing more to lose."""


def plain_text(value: Any) -> str:
    """Give a single raw value as text: ``true`` and ``false`` for booleans.

    Raises:
        TypeError: the value is an object or a list.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise TypeError(f"a single value is expected, not {type(value).__name__}")


def _items(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    if not isinstance(value, list | tuple):
        raise TypeError(f"a list is expected, not {type(value).__name__}")
    return list(cast("Iterable[Any]", value))


def _keep(value: Any, names: Names) -> Any:
    return value


# -- text, numbers, truth


def _read_text(value: Any, names: Names) -> Any:
    return None if value is None or value == "" else value if type(value) is str else plain_text(value)


def _write_text(value: Any, names: Names) -> Any:
    return "" if value is None else value


def _read_integer(value: Any, names: Names) -> Any:
    return None if value is None or value == "" else int(plain_text(value).replace(",", ""))


def _write_digits(value: Any, names: Names) -> Any:
    return "" if value is None else str(value)


_TRUTH = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def _read_boolean(value: Any, names: Names) -> Any:
    return None if value is None or value == "" else _TRUTH[plain_text(value).lower()]


def _write_boolean_text(value: Any, names: Names) -> Any:
    return "" if value is None else "true" if value else "false"


# -- times


def _utc(text: str) -> datetime:
    """Give the moment that a text names; one without a zone is in UTC, as both APIs and documents mean it."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_rfc3339(value: Any, names: Names) -> Any:
    return format_time(_utc(value)) if value else None


def _write_whole_seconds(value: Any, names: Names) -> Any:
    return format_time(_utc(value).replace(microsecond=0)) if value else None


def _write_spaced_utc(value: Any, names: Names) -> Any:
    return _utc(value).astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds") if value else ""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _epoch(unit: timedelta) -> Transform:
    def read(value: Any, names: Names) -> Any:
        if value is None or value == "":
            return None
        return format_time(_EPOCH + int(plain_text(value)) * unit)

    def write(value: Any, names: Names) -> Any:
        return None if value is None else (_utc(value) - _EPOCH) // unit

    return Transform(read, write, loss=None if unit < timedelta(seconds=1) else _WHOLE_SECONDS, coarse=True)


_WHOLE_SECONDS = "times are kept to the second"


# -- people and groups


def _read_person(value: Any, names: Names) -> Any:
    if value is None or value == "":
        return None
    person_id = plain_text(value)
    person = names.person(person_id)
    return {"id": person_id} if person is None else person.model_dump(mode="json", exclude_none=True)


def _write_person(value: Any, names: Names) -> Any:
    if value is None:
        return None
    return names.person_id(Person.model_validate(value)) or UNRESOLVED


def _write_requester(value: Any, names: Names) -> Any:
    """Write a person; a tool that knows no ticket without a requester puts the account that writes in their place."""
    written = _write_person(value, names)
    return names.account or written if written is None or written is UNRESOLVED else written


def _read_group(value: Any, names: Names) -> Any:
    if value is None or value == "":
        return None
    group_id = plain_text(value)
    group = names.group(group_id)
    return {"id": group_id} if group is None else group.model_dump(mode="json", exclude_none=True)


def _write_group(value: Any, names: Names) -> Any:
    if value is None:
        return None
    return names.group_id(Group.model_validate(value)) or UNRESOLVED


def _read_people(value: Any, names: Names) -> Any:
    return [_read_person(person_id, names) for person_id in _items(value)]


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


# -- references that only their own tool can resolve


def _unresolved(value: Any, names: Names) -> Any:
    return None if value in (None, [], ()) else UNRESOLVED


def _read_configuration_items(value: Any, names: Names) -> Any:
    if value is None or value == "":
        return []
    item_id = plain_text(value)
    item = names.item(item_id)
    return [{"id": item_id} if item is None else item.model_dump(mode="json", exclude_none=True)]


def _write_configuration_items(value: Any, names: Names) -> Any:
    """Write the first item; the others have no place in a single reference."""
    if not value:
        return None
    return names.item_id(ConfigurationItem.model_validate(value[0])) or UNRESOLVED


def _read_listed(value: Any, names: Names) -> Any:
    return _items(value)


def _read_satisfaction(value: Any, names: Names) -> Any:
    """Read ``{score, comment}``; a bare word is the score."""
    if value is None or value == "":
        return None
    if not isinstance(value, dict):
        return {"score": plain_text(value)}
    rating = cast("dict[str, Any]", value)
    comment = rating.get("comment")
    return {"score": plain_text(rating["score"]), **({"comment": plain_text(comment)} if comment else {})}


# -- labels and custom fields


def _read_labels(value: Any, names: Names) -> Any:
    return sorted({plain_text(label) for label in _items(value)})


def _write_labels(value: Any, names: Names) -> Any:
    return list(value or ())


def _write_tags(value: Any, names: Names) -> Any:
    return sorted({re.sub(r"[\s,]+", "_", label.strip().lower()) for label in value or () if label.strip()})


def _read_labels_commas(value: Any, names: Names) -> Any:
    return sorted(set(_split_commas(value)))


def _write_labels_commas(value: Any, names: Names) -> Any:
    return ",".join(sorted({" ".join(label.replace(",", " ").split()) for label in value or ()} - {""}))


def entry_id(field_id: str) -> int | str:
    """Give the id of a list's entry as tools write it: a number where it is one."""
    return int(field_id) if field_id.isdigit() else field_id


def _read_id_values(value: Any, names: Names) -> Any:
    """Read ``[{id, value}]`` as values by field name; an id without a known name stays the id."""
    found: dict[str, Any] = {}
    for entry in _items(value):
        field_id = str(entry["id"])
        found[names.field_name(field_id) or field_id] = entry.get("value")
    return found


def _write_id_values(value: Any, names: Names) -> Any:
    fields = cast("dict[str, Any]", value or {})
    named = ((names.field_id(name), item) for name, item in fields.items())
    return [
        {"id": entry_id(field_id), "value": item}
        for field_id, item in named
        if field_id is not None and _is_offered(item, names.options(field_id))
    ]


def _is_offered(value: Any, options: frozenset[str] | None) -> bool:
    """Tell whether a field takes a value; of a field of many choices, whether it takes each."""
    if options is None or value in (None, ""):
        return True
    chosen = cast("list[Any]", value) if isinstance(value, list) else [value]
    return all(not isinstance(each, dict | list) and plain_text(each) in options for each in chosen)


def _rich(flavour: flavours.Flavour) -> Transform:
    def read(value: Any, names: Names) -> Any:
        return None if value is None or value == "" else flavour.read(plain_text(value)) or None

    def write(value: Any, names: Names) -> Any:
        return "" if value is None else flavour.write(value)

    return Transform(read, write, flavour.echo, flavour.shorten, flavour.loss, coarse=True)


_OTHER_TOOL = "what belongs to another tool cannot be written here"
_UNMATCHED = "people are matched by e-mail; whom the target does not know is left out"

TRANSFORMS: dict[str, Transform] = {
    "raw": Transform(_keep, _keep),
    "text": Transform(_read_text, _write_text),
    "nullable_text": Transform(_read_text, _keep),
    "integer": Transform(_read_integer, _keep),
    "digits": Transform(_read_integer, _write_digits),
    "boolean": Transform(_read_boolean, _keep),
    "boolean_text": Transform(_read_boolean, _write_boolean_text),
    "rfc3339": Transform(_read_rfc3339, _keep),
    "rfc3339_s": Transform(_read_rfc3339, _write_whole_seconds, loss=_WHOLE_SECONDS, coarse=True),
    "spaced_utc": Transform(_read_rfc3339, _write_spaced_utc, loss=_WHOLE_SECONDS, coarse=True),
    "epoch_s": _epoch(timedelta(seconds=1)),
    "epoch_ms": _epoch(timedelta(milliseconds=1)),
    "person": Transform(_read_person, _write_person, loss=_UNMATCHED),
    "requester": Transform(
        _read_person,
        _write_requester,
        loss="people are matched by e-mail; in place of whom the target does not know stands the account that writes",
    ),
    "group": Transform(_read_group, _write_group, loss="groups are matched by name; one that the target lacks is left out"),
    "people": Transform(_read_people, _write_people, loss=_UNMATCHED),
    "people_commas": Transform(_read_people_commas, _write_people_commas),
    "labels": Transform(_read_labels, _write_labels),
    "labels_commas": Transform(_read_labels_commas, _write_labels_commas, loss="commas in a label become blanks"),
    "tags": Transform(_read_labels, _write_tags, loss="labels are lower case, with underscores for blanks"),
    "id_values": Transform(
        _read_id_values, _write_id_values, loss="custom fields and choices that the target lacks are left out"
    ),
    "named": Transform(_read_text, _unresolved, loss=_OTHER_TOOL),
    "listed": Transform(_read_listed, _unresolved),
    "configuration_items": Transform(
        _read_configuration_items,
        _write_configuration_items,
        loss="one item, matched by external id, serial or exact name; one that the target lacks is left out",
    ),
    "satisfaction": Transform(_read_satisfaction, _unresolved, loss=_OTHER_TOOL),
}
"""Transforms by the name that a mapping uses. Rich text is ``rich:FLAVOUR``.

``named`` is a reference that people know by its name, which a companion gives; ``listed`` is a list that the connector has
put together in the document's own form, such as links and service-level clocks; ``tags`` are labels in lower case.
"""


def find_transform(name: str) -> Transform:
    """Give the transform of this name.

    Raises:
        MappingError: no such transform, flavour, module or attribute exists.
    """
    if name in TRANSFORMS:
        return TRANSFORMS[name]
    kind, _, rest = name.partition(":")
    if kind == "rich" and rest in flavours.FLAVOURS:
        return _rich(flavours.FLAVOURS[rest])
    if kind == "python":
        return _import_transform(rest)
    raise MappingError(f"unknown transform '{name}'; known: {', '.join(known_transforms())}")


def known_transforms() -> Iterable[str]:
    """Give the names that a mapping may use, in alphabetical order."""
    return sorted([*TRANSFORMS, *(f"rich:{flavour}" for flavour in flavours.FLAVOURS), "python:MODULE:NAME"])


def _import_transform(place: str) -> Transform:
    module_name, _, attribute = place.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except Exception as error:  # a module of somebody else's may raise anything
        raise MappingError(f"transform 'python:{place}' cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(found, Transform):
        raise MappingError(f"transform 'python:{place}' is not a Transform")
    return found
