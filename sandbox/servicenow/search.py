"""Running queries: validity, access paths over the indexes, sorting, and a cache of the latest results.

An invalid condition is dropped without a word, so that a call can return every row; only with the property
``glide.invalid_query.returns_no_rows`` does it return none (product documentation, encoded query strings).

Without an order the platform's is undefined; here it is that of the index that was used.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias, TypeVar

from .conditions import Predicate, Test, compile_condition, sort_key
from .indexes import Bounds, Key, span
from .paths import display_value, find
from .query import Condition, Order, Query, parse
from .session import Session
from .store import Store, Table

_CACHED = 8
_MANY = 2000
"""Rows of a range from which on filtering is worth remembering."""
_VOLATILE = ("javascript:", "RELATIVE", "DYNAMIC")
"""What makes a query depend on the moment or the user."""

K = TypeVar("K")
V = TypeVar("V")
_FilterKey: TypeAlias = tuple[str, str, tuple[tuple[Condition, ...], ...]]


@dataclass(slots=True)
class _Group:
    """Conditions of which one must hold."""

    conditions: tuple[Condition, ...]
    tests: list[Test]

    @property
    def only(self) -> Test | None:
        """The condition, where it is one of a kind."""
        return self.tests[0] if len(self.tests) == 1 else None

    def predicate(self) -> Predicate:
        only = self.only
        if only is not None:
            return only.accepts
        accepts = [test.accepts for test in self.tests]
        return lambda row: any(accept(row) for accept in accepts)


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows of one alternative."""

    ids: list[str]
    index: str
    """The index in whose order they come; empty for none."""


class Search:
    """Answers encoded queries over a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._cache: OrderedDict[tuple[str, str], tuple[int, list[str]]] = OrderedDict()
        self._filtered: OrderedDict[_FilterKey, tuple[int, list[Key]]] = OrderedDict()

    def find(self, table: str, text: str, session: Session) -> list[str]:
        """Give the sys_ids of the rows that a query selects, in its order; not to be changed."""
        key, version = (table, text), self.store.version
        cached = self._cache.get(key)
        if cached is not None and cached[0] == version:
            return cached[1]
        ids = self._run(self.store[table], parse(text), session)
        if not any(word in text for word in _VOLATILE):
            _remember(self._cache, key, (version, ids))
        return ids

    def _run(self, table: Table, query: Query, session: Session) -> list[str]:
        orders = [order for order in query.orders if find(self.store, table.spec.name, order.element)]
        first = orders[0].element if orders and orders[0].element in table.ordered_by else "sys_id"
        compiled = [self._compile(table.spec.name, groups, session) for groups in query.alternatives]
        invalid = any(dropped for _, dropped in compiled)
        if invalid and self.store.property("glide.invalid_query.returns_no_rows") == "true":
            return []
        found = _merge(table, [self._select(table, groups, first) for groups, _ in compiled])
        if not orders or self._in_order(found, orders):
            return found.ids
        if found.index and [Order(found.index, descending=True)] == orders:
            return found.ids[::-1]
        return self._sort(table, found.ids, orders)

    def _compile(self, table: str, groups: list[list[Condition]], session: Session) -> tuple[list[_Group], bool]:
        kept: list[_Group] = []
        dropped = False
        for conditions in groups:
            tests = [compile_condition(condition, table, self.store, session) for condition in conditions]
            valid = [test for test in tests if test is not None]
            dropped |= len(valid) < len(tests)
            if valid:
                kept.append(_Group(tuple(conditions), valid))
        return kept, dropped

    def _select(self, table: Table, groups: list[_Group], first: str) -> _Found:
        """Give the rows that all groups accept, through the narrowest index there is."""
        for group in groups:
            only = group.only
            if only is not None and only.equals and only.element in table.hashed_by:
                index = table.hashed(only.element)
                candidates = [sys_id for value in only.equals for sys_id in index.get(value)]
                return _Found(_filter(table, candidates, [other for other in groups if other is not group]), "")
        index_name, bounds, rest = _bounds(table, groups, first)
        keys = table.ordered(index_name).keys
        within = span(keys, bounds) if bounds else keys
        if bounds is not None and rest and len(within) > _MANY:
            return _Found([key[1] for key in span(self._filter_all(table, index_name, rest), bounds)], index_name)
        return _Found(_filter(table, [key[1] for key in within], rest), index_name)

    def _filter_all(self, table: Table, index_name: str, groups: list[_Group]) -> list[Key]:
        """Give the keys of all rows that groups accept; kept, as a client that pages by key asks again and again."""
        name = table.spec.name, index_name, tuple(group.conditions for group in groups)
        version = self.store.version
        cached = self._filtered.get(name)
        if cached is None or cached[0] != version:
            accepted = set(_filter(table, list(table.rows), groups))
            cached = version, [key for key in table.ordered(index_name).keys if key[1] in accepted]
            if not any(word in repr(name) for word in _VOLATILE):
                _remember(self._filtered, name, cached)
        return cached[1]

    @staticmethod
    def _in_order(found: _Found, orders: list[Order]) -> bool:
        natural = [Order(found.index), Order("sys_id")]
        return bool(found.index) and orders in (natural, natural[:1])

    def _sort(self, table: Table, ids: list[str], orders: list[Order]) -> list[str]:
        rows = [table.rows[sys_id] for sys_id in ids]
        for order in reversed(orders):
            path = find(self.store, table.spec.name, order.element)
            assert path is not None
            get, column = path.getter(self.store), path.column
            if column.kind == "reference":
                names = {value: display_value(self.store, column.reference, value) for value in set(map(get, rows))}
                rows.sort(key=lambda row, get=get, names=names: names[get(row)].lower(), reverse=order.descending)
            else:
                rows.sort(key=lambda row, get=get, column=column: sort_key(column, get(row)), reverse=order.descending)
        return [row["sys_id"] for row in rows]


def _bounds(table: Table, groups: list[_Group], first: str) -> tuple[str, Bounds | None, list[_Group]]:
    """Give the index to use, the range there, and the groups that the range does not settle."""
    usable = [group.only.element for group in groups if group.only and group.only.bounds]
    names = [name for name in (first, *usable) if name in usable and name in table.ordered_by]
    if not names:
        return first, None, groups
    bounds, rest = Bounds(), list[_Group]()
    for group in groups:
        only = group.only
        if only is not None and only.bounds is not None and only.element == names[0]:
            bounds = bounds.within(only.bounds)
        else:
            rest.append(group)
    return names[0], bounds, rest


def _filter(table: Table, ids: list[str], groups: list[_Group]) -> list[str]:
    rows = table.rows
    for group in groups:
        accepts = group.predicate()
        ids = [sys_id for sys_id in ids if accepts(rows[sys_id])]
    return ids


def _merge(table: Table, parts: list[_Found]) -> _Found:
    """Unite alternatives; ranges of one index that follow each other keep its order."""
    if len(parts) == 1:
        return parts[0]
    index = parts[0].index
    filled = [part for part in parts if part.ids]
    if index and all(part.index == index for part in filled) and _ascending(table, filled, index):
        return _Found([sys_id for part in filled for sys_id in part.ids], index)
    return _Found(list(dict.fromkeys(sys_id for part in parts for sys_id in part.ids)), "")


def _ascending(table: Table, parts: list[_Found], index: str) -> bool:
    def key(sys_id: str) -> tuple[str, str]:
        return table.rows[sys_id].get(index, ""), sys_id

    return all(key(before.ids[-1]) < key(after.ids[0]) for before, after in pairwise(parts))


def _remember(cache: OrderedDict[K, V], key: K, value: V) -> None:
    """Keep a value, and forget the one that was kept longest ago."""
    cache[key] = value
    cache.move_to_end(key)
    if len(cache) > _CACHED:
        cache.popitem(last=False)
