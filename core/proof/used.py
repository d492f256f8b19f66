"""Count the values that incidents really use, for the proof of a mapping. Texts are measured, not kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

from ..ledger.state import Value
from ..mapping.values import key
from ..model import Document

COUNTED: Final = {
    "status": ("status", "status_reason", "resolution_code"),
    "priority": ("impact", "urgency", "priority"),
    "category": ("category", "subcategory"),
    "group": ("group",),
    "tier": ("tier",),
    "service": ("service",),
    "configuration_items": ("configuration_items",),
    "channel": ("channel",),
}
"""Fields whose values come from a list, counted together where they constrain each other."""
PEOPLE: Final = ("requester", "assignee", "watchers")
MOST_VALUES: Final = 5_000
"""Most different values kept of one group or custom field; what has more is no list."""
FINAL: Final = frozenset({"resolved", "closed"})


@dataclass(slots=True)
class Used:
    """One value in use."""

    value: Value
    count: int = 0


@dataclass(slots=True)
class UsedValues:
    """What some incidents use."""

    incidents: int = 0
    groups: dict[str, dict[str, Used]] = field(default_factory=dict[str, dict[str, Used]])
    """Name in :data:`COUNTED` -> key of the value -> the value and how many incidents have it."""
    custom: dict[str, dict[str, Used]] = field(default_factory=dict[str, dict[str, Used]])
    """The same for custom fields, by name."""
    people: dict[str, Used] = field(default_factory=dict[str, Used])
    """Everybody who is named, by e-mail, else by name."""
    longest: dict[str, int] = field(default_factory=dict[str, int])
    """Text field -> characters of its longest value."""
    empty: dict[str, int] = field(default_factory=dict[str, int])
    """Field -> how many incidents tell no value of it."""
    empty_at_end: dict[str, int] = field(default_factory=dict[str, int])
    """The same among resolved and closed incidents."""
    overflowed: set[str] = field(default_factory=set[str])
    """Groups and custom fields with more values than are kept."""

    def add(self, document: Document, fields: Iterable[str]) -> None:
        """Count one document.

        Args:
            document: an incident.
            fields: the incident fields that its tool tells, for counting those without a value.
        """
        self.incidents += 1
        for name, names in COUNTED.items():
            value = {each: document[each] for each in names if document.get(each) not in (None, [])}
            if value:
                self._count(self.groups.setdefault(name, {}), name, value)
        for name, item in cast("dict[str, Any]", document.get("custom") or {}).items():
            if item not in (None, "", []):
                self._count(self.custom.setdefault(name, {}), f"custom field {name}", {"custom": {name: item}})
        for person in _people(document):
            self._count(self.people, "people", {"requester": person})
        for name in fields:
            self._measure(name, document)

    def _count(self, counts: dict[str, Used], place: str, value: Value) -> None:
        name = key(value)
        if name not in counts:
            if len(counts) >= MOST_VALUES:
                self.overflowed.add(place)
                return
            counts[name] = Used(value)
        counts[name].count += 1

    def _measure(self, name: str, document: Document) -> None:
        value = document.get(name)
        if value in (None, "", [], {}):
            self.empty[name] = self.empty.get(name, 0) + 1
            if document.get("status") in FINAL:
                self.empty_at_end[name] = self.empty_at_end.get(name, 0) + 1
        elif isinstance(value, str):
            self.longest[name] = max(self.longest.get(name, 0), len(value))

    def report(self) -> dict[str, Any]:
        """Give the counts as JSON values, the commonest first."""

        def ranked(counts: dict[str, Used]) -> list[dict[str, Any]]:
            return [
                {"value": used.value, "count": used.count} for used in sorted(counts.values(), key=lambda each: -each.count)
            ]

        return {
            "incidents": self.incidents,
            "groups": {name: ranked(counts) for name, counts in self.groups.items()},
            "custom": {name: ranked(counts) for name, counts in self.custom.items()},
            "people": len(self.people),
            "longest": self.longest,
            "empty": self.empty,
            "overflowed": sorted(self.overflowed),
        }


def _people(document: Document) -> Iterator[Value]:
    for name in PEOPLE:
        found: Any = document.get(name) or []
        yield from cast("list[Value]", found) if isinstance(found, list) else [found]
    for comment in cast("list[Document]", document.get("comments") or ()):
        if comment.get("author"):
            yield comment["author"]


def collect_values(documents: Iterable[Document], fields: Iterable[str] = ()) -> UsedValues:
    """Count the values that some documents use.

    Args:
        documents: incidents of one tool; read once, never held.
        fields: the incident fields that the tool tells (its mapping's ``readable``).
    """
    used, told = UsedValues(), tuple(fields)
    for document in documents:
        used.add(document, told)
    return used
