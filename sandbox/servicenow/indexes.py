"""Indexes over the rows of a table, so that lists of 100,000 rows cost what they deliver and not what is stored."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = tuple[str, str]
"""A value of the indexed column, and the row's sys_id."""
LAST = chr(0x10FFFF)
"""Sorts after every sys_id."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A range of values of a column."""

    low: str = "\0"
    after: bool = False
    """The lower bound is not part of it."""
    high: str | None = None
    up_to: bool = True
    """The upper bound is part of it."""

    def within(self, other: Bounds) -> Bounds:
        """Give the intersection."""
        low, after = max((self.low, self.after), (other.low, other.after))
        if self.high is None or (other.high is not None and (other.high, other.up_to) < (self.high, self.up_to)):
            return Bounds(low, after, other.high, other.up_to)
        return Bounds(low, after, self.high, self.up_to)


class SortedIndex:
    """The keys of a column in order."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys: list[Key] = sorted(keys)
        """All keys in order; to be changed by nobody else."""

    def add(self, key: Key) -> None:
        """Add a key; one that belongs at the end costs nothing."""
        if not self.keys or key >= self.keys[-1]:
            self.keys.append(key)
        else:
            insort(self.keys, key)

    def discard(self, key: Key) -> None:
        """Take a key out, if it is there."""
        at = bisect_left(self.keys, key)
        if at < len(self.keys) and self.keys[at] == key:
            del self.keys[at]


def span(keys: list[Key], bounds: Bounds) -> list[Key]:
    """Give those of ordered keys that lie within bounds. Empty values are within none."""
    start = bisect_right(keys, (bounds.low, LAST)) if bounds.after else bisect_left(keys, (bounds.low, ""))
    if bounds.high is None:
        return keys[start:]
    stop = bisect_right(keys, (bounds.high, LAST)) if bounds.up_to else bisect_left(keys, (bounds.high, ""))
    return keys[start:stop]


class HashIndex:
    """The rows that hold a value, in the order in which they came; letters compare without case, as the database does."""

    def __init__(self, pairs: Iterable[Key]) -> None:
        self._rows: dict[str, dict[str, None]] = {}
        for value, sys_id in pairs:
            self.add(value, sys_id)

    def add(self, value: str, sys_id: str) -> None:
        """Note that a row holds a value; empty values are not kept."""
        if value:
            self._rows.setdefault(value.lower(), {})[sys_id] = None

    def discard(self, value: str, sys_id: str) -> None:
        """Note that a row no longer holds a value."""
        rows = self._rows.get(value.lower())
        if rows is not None:
            rows.pop(sys_id, None)
            if not rows:
                del self._rows[value.lower()]

    def get(self, value: str) -> Iterator[str]:
        """Give the rows that hold a value."""
        return iter(self._rows.get(value.lower(), ()))
