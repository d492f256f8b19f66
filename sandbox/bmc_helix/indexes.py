"""Indexes over the rows of a table, so that a page costs what it delivers and not what is stored."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Key: TypeAlias = tuple[Any, str]
"""A value of the indexed column (-1 or empty for null), and the row's id."""
_LAST = chr(0x10FFFF)


@dataclass(frozen=True, slots=True)
class Range:
    """The values from ``low`` to ``high``, both within; None for an open end."""

    low: Any = None
    high: Any = None

    def both(self, other: Range) -> Range:
        """Give the intersection."""
        lows = [each for each in (self.low, other.low) if each is not None]
        highs = [each for each in (self.high, other.high) if each is not None]
        return Range(max(lows, default=None), min(highs, default=None))

    def either(self, other: Range) -> Range:
        """Give the smallest range that holds both."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return Range(low, high)


class SortedIndex:
    """The keys of a column in order."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys: list[Key] = sorted(keys)

    def add(self, key: Key) -> None:
        """Add a key; one that belongs at the end costs nothing."""
        if not self.keys or key >= self.keys[-1]:
            self.keys.append(key)
        else:
            insort(self.keys, key)

    def discard(self, key: Key) -> None:
        """Take out a key that is there."""
        del self.keys[bisect_left(self.keys, key)]

    def within(self, wanted: Range, *, descending: bool = False) -> Iterator[str]:
        """Give the ids of the rows in a range, in order."""
        start = 0 if wanted.low is None else bisect_left(self.keys, (wanted.low, ""))
        stop = len(self.keys) if wanted.high is None else bisect_right(self.keys, (wanted.high, _LAST))
        places = range(stop - 1, start - 1, -1) if descending else range(start, stop)
        return (self.keys[place][1] for place in places)


class HashIndex:
    """The rows that hold a value; letters compare without case, as the database does."""

    def __init__(self, pairs: Iterable[Key]) -> None:
        self._rows: dict[str, dict[str, None]] = {}
        for value, row_id in pairs:
            self.add(value, row_id)

    def add(self, value: str, row_id: str) -> None:
        """Note that a row holds a value; empty values are not kept."""
        if value:
            self._rows.setdefault(value.casefold(), {})[row_id] = None

    def discard(self, value: str, row_id: str) -> None:
        """Note that a row no longer holds a value."""
        self._rows.get(value.casefold(), {}).pop(row_id, None)

    def get(self, value: str) -> list[str]:
        """Give the rows that hold a value, in the order in which they came."""
        return list(self._rows.get(value.casefold(), ()))
