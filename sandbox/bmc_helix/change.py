"""One save of one row on its way through the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .schema import Form
from .session import Session
from .store import Row, Store


@dataclass(slots=True)
class Change:
    """What a save does to a row."""

    store: Store
    session: Session
    form: Form
    old: Row
    """As it was; empty for a new row."""
    new: Row
    """As it will be; rules change it. Null values are dropped when it is stored."""
    given: frozenset[str]
    """The columns that the request names."""
    at: int
    """The moment of the save, as the row is stamped."""
    commands: Row = field(default_factory=dict[str, Any])
    """What the request gives to display-only fields."""

    @property
    def creates(self) -> bool:
        """Makes a new row."""
        return not self.old

    def changes(self, *columns: str) -> bool:
        """Tell whether one of some columns gets another value."""
        return any(self.old.get(column) != self.new.get(column) for column in columns)

    def gives(self, *columns: str) -> bool:
        """Tell whether the request names one of some columns."""
        return any(column in self.given for column in columns)

    def text(self, column: str) -> str:
        """Give the text that a column will hold; empty for null."""
        return self.new.get(column) or ""
