"""Judging of two replies: the recorded one and the sandbox's.

**Places.** A member is known by where it stands: an object's kind and the names from there, as in ``ticket.via.channel``.
The kind goes by the name under which a reply holds the object, so the tickets of a list, of a search and of a single
reply are one kind.

**Keys.** The sandbox's object has every key that the recorded objects at this place have in common: those of this reply,
or of all recordings where this reply has none. A key beyond them is right where some other recording has it at the same
place: accounts differ in age and plan.

**Types.** The JSON type of a member is one that the recordings of this vendor show at that place. So null stands for a
value, and a value for null, only at a place where recordings show both; ``Rules.documented`` adds the few types that the
vendor's documents give for a place and that no recording happens to show.

**Lists.** A recorded list of objects that is not empty is not empty in the sandbox; each of the sandbox's items is compared
with the recorded items of the same sort (``type``, ``result_type``, ``action``).

**Headers.** The names of the headers of paging and of ``Location`` are the same, and so are the relations of ``Link``. Each
recorded header of limits is there; one beyond them is right where another recording of the vendor has it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PAGING = frozenset({"link", "x-total-count", "location"})
"""Headers of paging, and where a created object is."""
LIMITS = re.compile(r"retry-after|(x-|zendesk-)?rate-?limit\b.*")
RELATION = re.compile(r'rel="?(\w+)')
SORTS = ("result_type", "type", "action")
"""Members that tell the sort of an item of a mixed list."""


@dataclass(frozen=True)
class Rules:
    """What of a vendor's replies has to be known to compare them."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    """Kind by the name under which objects of that kind stand: alone, in a list, or as the sort of an item.

    A whole place instead of a name is for a list that has a kind of its own there.
    """
    mixed: frozenset[str] = frozenset()
    """Kinds whose items are of several sorts, with keys of their own."""
    shared: frozenset[str] = frozenset()
    """Names of members that mean the same in every reply, whatever the endpoint (``next_page``)."""
    open: frozenset[str] = frozenset()
    """Places of objects whose keys are data (fields of an account, by name)."""
    documented: Mapping[str, str] = field(default_factory=dict)
    """Type that the vendor's documents give for a place that the recordings show only null, empty or otherwise."""


@dataclass(frozen=True, order=True)
class Difference:
    """One way in which the sandbox's reply is not as recorded."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class Evidence:
    """What all recordings of a vendor show: types and keys by place, and names of headers."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.types: dict[str, set[str]] = defaultdict(set)
        self.keys: dict[str, set[str]] = defaultdict(set)
        self.common: dict[str, set[str]] = {}
        """The keys that every recorded object of a place has."""
        self.headers: set[str] = set()
        for place, kind in rules.documented.items():
            self.types[place].add(kind)

    def add(self, place: str, reply: Any, headers: Mapping[str, str] | None = None) -> None:
        """Take in a recorded reply whose root stands at ``place``."""
        self._value(place, reply)
        self.headers |= watched(headers or {})

    def _value(self, place: str, value: Any) -> None:
        self.types[place].add(type_name(value))
        if isinstance(value, dict):
            self.keys[place] |= value.keys()
            self.common[place] = self.common.get(place, set(value)) & value.keys()
            for key, member in value.items():
                self._value(self.inner(place, key, member), member)
        elif isinstance(value, list):
            for item in value:
                self._value(self.item(place, item), item)

    def inner(self, place: str, key: str, value: Any) -> str:
        """Give the place of a member."""
        if place in self.rules.open:
            return f"{place}.*"
        if key in self.rules.shared:
            return key
        if isinstance(value, dict) and key in self.rules.kinds:
            return self.rules.kinds[key]
        return f"{place}.{key}"

    def item(self, place: str, value: Any) -> str:
        """Give the place of an item of a list: for objects, their kind."""
        if not isinstance(value, dict):
            return f"{place}[]"
        name = place.rpartition(".")[2]
        kind = self.rules.kinds.get(place) or self.rules.kinds.get(name) or f"{place}[]"
        sort = next((value[key] for key in SORTS if kind in self.rules.mixed and key in value), None)
        return kind if sort is None else self.rules.kinds.get(str(sort), f"{kind}({sort})")


def type_name(value: Any) -> str:
    """Give the JSON type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def compare(evidence: Evidence, place: str, recorded: Sequence[Any], actual: Any) -> Iterator[Difference]:
    """Give how a value is not like those recorded at its place in this reply.

    Args:
        evidence: of the vendor.
        place: where the value stands.
        recorded: the values that the recorded reply has there; several for the items of a list.
        actual: the sandbox's value.
    """
    kind = type_name(actual)
    if kind not in evidence.types[place]:
        known = " or ".join(sorted(evidence.types[place])) or "nothing"
        yield Difference(place, f"{kind}, recorded is {known}")
    elif isinstance(actual, dict):
        yield from _object(evidence, place, [value for value in recorded if isinstance(value, dict)], actual)
    elif isinstance(actual, list):
        yield from _list(evidence, place, [value for value in recorded if isinstance(value, list)], actual)


def _object(
    evidence: Evidence, place: str, recorded: Sequence[Mapping[str, Any]], actual: Mapping[str, Any]
) -> Iterator[Difference]:
    free = place in evidence.rules.open
    common = set(recorded[0]).intersection(*recorded[1:]) if recorded else evidence.common[place]
    for key in sorted(common - actual.keys()) if not free else ():
        yield Difference(f"{place}.{key}", "missing")
    for key, value in actual.items():
        if not free and key not in evidence.keys[place]:
            yield Difference(f"{place}.{key}", "not recorded")
        else:
            inner = [members[key] for members in recorded if key in members]
            yield from compare(evidence, evidence.inner(place, key, value), inner, value)


def _list(evidence: Evidence, place: str, recorded: Sequence[Sequence[Any]], actual: Sequence[Any]) -> Iterator[Difference]:
    items = [item for values in recorded for item in values]
    if not actual and recorded and all(recorded) and any(isinstance(item, dict) for item in items):
        yield Difference(place, "empty")
    for item in actual:
        inner = evidence.item(place, item)
        alike = [other for other in items if evidence.item(place, other) == inner]
        yield from compare(evidence, inner, alike, item)


def watched(headers: Iterable[str]) -> set[str]:
    """Give the names of the headers of paging and limits, in lower case."""
    return {name.lower() for name in headers if name.lower() in PAGING or LIMITS.fullmatch(name.lower())}


def compare_headers(
    evidence: Evidence, recorded: Mapping[str, str] | None, actual: Mapping[str, str]
) -> Iterator[Difference]:
    """Give how the headers of paging and limits differ; nothing where they were not recorded."""
    if recorded is None:
        return
    expected, given = watched(recorded), watched(actual)
    for name in sorted(expected - given):
        yield Difference(f"header {name}", "missing")
    for name in sorted(given - expected - (evidence.headers - PAGING)):
        yield Difference(f"header {name}", "not recorded")
    if "link" in expected & given:
        lower = {name.lower(): value for name, value in actual.items()}
        before, now = (sorted(RELATION.findall(links["link"])) for links in (recorded, lower))
        if before != now:
            yield Difference("header link", f"{now}, recorded is {before}")


def compare_status(recorded: int | None, actual: int) -> Iterator[Difference]:
    """Give how the status differs; without a recorded one, any success will do."""
    if recorded is None and not 200 <= actual < 300:
        yield Difference("status", f"{actual}, recorded is success")
    elif recorded is not None and recorded != actual:
        yield Difference("status", f"{actual}, recorded is {recorded}")
