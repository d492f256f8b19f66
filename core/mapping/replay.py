"""Replay a record's history: what some fields of its incident were at first, and after each save.

A vendor's history names raw values of single record fields. Some incident fields come from several of them (a state and a
hold reason), so the values are gathered as they change and read together, as the record itself would be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from ..connector import FieldChange, Json
from ..model import Document
from .fields import MISSING, getter, root
from .mapping import Mapping
from .transforms import Names


class Replay:
    """The replay of some incident fields by one mapping."""

    def __init__(self, mapping: Mapping, fields: Collection[str]) -> None:
        """Find out which record fields the incident fields come from.

        Args:
            mapping: the connection's mapping.
            fields: the incident fields.
        """
        self._mapping = mapping
        self._fields_of: dict[str, set[str]] = {}
        self._companions: dict[str, tuple[str, ...]] = {}
        for name, rule in mapping.spec.fields.items():
            if name in fields:
                self._fields_of.setdefault(rule.field, set()).add(name)
                self._companions[rule.field] = tuple(rule.companions.values())
        for table in mapping.tables:
            for path in table.table.record:
                self._fields_of.setdefault(path, set()).update(set(fields).intersection(table.table.incident))
        self._fields_of = {path: told for path, told in self._fields_of.items() if told}
        self._paths: dict[str, list[str]] = {}
        for path in self._fields_of:
            for name in dict.fromkeys((path, root(path), *self._companions.get(path, ()))):
                self._paths.setdefault(name, []).append(path)
        self.people = frozenset(
            rule.field for name, rule in mapping.spec.fields.items() if name in fields and rule.transform == "person"
        )
        """Record paths whose raw values are ids of people."""

    def run(
        self, body: Json, changes: Sequence[FieldChange], names: Names
    ) -> Iterator[tuple[FieldChange | None, Document]]:
        """Give what the fields were at first, with None, and then what each save made of those that it touched.

        Args:
            body: the record as it is now; what its history does not name has always been so.
            changes: its history, oldest first.
            names: what the connection knows about people and groups.
        """
        numbers = frozenset(path for path in self._fields_of if type(getter(path)(body)) is int)
        state = self._beginning(body, changes, numbers)
        yield None, self._tell(state, set(self._fields_of), names)
        for save in saves(changes):
            touched = self._apply(save, state, numbers)
            if touched:
                yield save[-1], self._tell(state, touched, names)

    def touches(self, change: FieldChange) -> Sequence[str]:
        """Give the record paths that a change of the history is about."""
        return self._paths.get(change.field, ())

    def fields(self, change: FieldChange) -> set[str]:
        """Give the incident fields that a change of the history is about."""
        return {name for path in self.touches(change) for name in self._fields_of[path]}

    def _beginning(self, body: Json, changes: Iterable[FieldChange], numbers: Collection[str]) -> Json:
        first: dict[str, FieldChange] = {}
        for change in changes:
            for path in self.touches(change):
                first.setdefault(path, change)
        state: Json = {path: _raw(change.before, path in numbers) for path, change in first.items()}
        for path in self._fields_of:
            if path not in first:
                for each in (path, *self._companions.get(path, ())):
                    _put(state, each, getter(each)(body))
        return state

    def _apply(self, save: Iterable[FieldChange], state: Json, numbers: Collection[str]) -> set[str]:
        """Put the values of one save into the state, and give the paths that it touched.

        A reference is named by its id, or by a name that the history tells in its place.
        """
        told: dict[str, Any] = {}
        touched: set[str] = set()
        for change in save:
            for path in self.touches(change):
                touched.add(path)
                if change.field in (path, root(path)):
                    told[path] = _raw(change.after, path in numbers)
                else:
                    told[change.field] = change.after
                    told.setdefault(path, change.after)
        for path in touched:
            for companion in self._companions.get(path, ()):
                state.pop(companion, None)
        state.update(told)
        return touched

    def _tell(self, state: Json, paths: Collection[str], names: Names) -> Document:
        fields = frozenset(name for path in paths for name in self._fields_of[path])
        return self._mapping.tell(state, fields, names)


def saves(changes: Iterable[FieldChange]) -> Iterator[list[FieldChange]]:
    """Group changes into saves: those of one moment and one person, as long as they name no field twice."""
    save: list[FieldChange] = []
    for change in changes:
        alone = bool(save) and (change.at, change.by) != (save[0].at, save[0].by)
        if alone or any(change.field == each.field for each in save):
            yield save
            save = []
        save.append(change)
    if save:
        yield save


def _raw(text: str | None, number: bool) -> str | int | None:
    """Give a value of a history, which is text, as the record itself tells it."""
    return int(text) if number and text is not None and text.isdecimal() else text


def _put(state: Json, path: str, raw: Any) -> None:
    if raw is not MISSING:
        state[path] = raw
