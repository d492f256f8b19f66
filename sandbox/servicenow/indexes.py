"""Indexes over the rows of a table, so that lists of 100,000 rows cost what they deliver and not what is stored."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
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
    """The keys of a column in order.

    A key that belongs at the end costs nothing; others are inserted in place, or, while many rows are loaded, appended
    and sorted at the next look.
    """

    def __init__(self) -> None:
        self._keys: list[Key] = []
        self._sorted = True

    def add(self, key: Key, *, bulk: bool = False) -> None:
        """Add a key.

        Args:
            key: value and sys_id.
            bulk: many more follow: sort later.
        """
        if not self._keys or (self._sorted and key >= self._keys[-1]):
            self._keys.append(key)
        elif bulk or not self._sorted:
            self._keys.append(key)
            self._sorted = False
        else:
            insort(self._keys, key)

    def discard(self, key: Key) -> None:
        """Take a key out, if it is there."""
        keys = self.keys
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            del keys[at]

    @property
    def keys(self) -> list[Key]:
        """All keys in order; not to be changed."""
        if not self._sorted:
            self._keys.sort()
            self._sorted = True
        return self._keys


def span(keys: list[Key], bounds: Bounds) -> list[Key]:
    """Give those of ordered keys that lie within bounds. Empty values are within none."""
    start = bisect_right(keys, (bounds.low, LAST)) if bounds.after else bisect_left(keys, (bounds.low, ""))
    if bounds.high is None:
        return keys[start:]
    stop = bisect_right(keys, (bounds.high, LAST)) if bounds.up_to else bisect_left(keys, (bounds.high, ""))
    return keys[start:stop]


class HashIndex:
    """The rows that hold a value, in the order in which they came; letters compare without case, as the database does."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, None]] = {}

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
