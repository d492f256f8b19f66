"""One write on its way through the business rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from .session import Session
from .store import Row, Store


@dataclass(slots=True)
class Change:
    """An insert or an update: what was, what shall be, and who wants it."""

    store: Store
    session: Session
    table: str
    old: Row
    """Empty for an insert; never changed."""
    new: Row
    """What rules change before it is stored."""
    sent: frozenset[str]
    """The columns that the client wrote."""
    journals: dict[str, str]
    """Element -> the text of a new entry."""
    at: str
    """The stored moment that the write is stamped with."""
    written: list[str] = field(default_factory=list[str])
    """The columns that differ in the end, once it is stored."""

    @property
    def inserts(self) -> bool:
        """A new row."""
        return not self.old

    def before(self, element: str) -> str:
        """Give the old value of a column."""
        return self.old.get(element, "")

    def after(self, element: str) -> str:
        """Give the new value of a column."""
        return self.new.get(element, "")

    def changes(self, element: str) -> bool:
        """Tell whether a column gets another value."""
        return self.before(element) != self.after(element)

    def set(self, element: str, value: str) -> None:
        """Give a column a value."""
        self.new[element] = value

    def set_unless_sent(self, element: str, value: str) -> None:
        """Give a column a value that the client did not give."""
        if element not in self.sent or not self.after(element):
            self.set(element, value)

    def differing(self) -> list[str]:
        """Give the columns whose value differs, in order."""
        return [element for element in dict.fromkeys((*self.new, *self.old)) if self.changes(element)]
