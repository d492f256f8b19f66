"""Who last changed what, and when, by the vendors' own histories; our own account's changes are left out."""

from __future__ import annotations

from collections.abc import Mapping

from ..connector import FieldChange
from ..mapping.fields import root
from ..model import Document, format_time
from .side import Side


class Histories:
    """The histories of some records, each asked for once."""

    def __init__(self, sides: Mapping[str, Side]) -> None:
        """Begin without having asked anybody.

        Args:
            sides: the members at work, by connection.
        """
        self._sides = sides
        self._known: dict[tuple[str, str], list[FieldChange]] = {}

    def last(self, connection: str, record_id: str, group: str) -> FieldChange | None:
        """Give the last change of a group by anybody but us, or None where the history tells none."""
        side = self._sides[connection]
        if not side.can("history"):
            return None
        key = (connection, record_id)
        if key not in self._known:
            self._known[key] = side.connector.history([record_id]).get(record_id, [])
        fields = side.mapping.fields_of(group)
        changes = [change for change in self._known[key] if root(change.field) in fields and not side.is_ours(change.by)]
        return max(changes, key=lambda change: change.at, default=None)

    def describe(self, connection: str, record_id: str, group: str) -> Document:
        """Say when and by whom a group was last changed, as far as the history tells."""
        change = self.last(connection, record_id, group)
        if change is None:
            return {}
        person = self._sides[connection].directory.person(change.by) if change.by else None
        name = (person.name or person.email) if person else change.by
        return {"changed_at": format_time(change.at), "changed_by": name or "a rule of the tool"}
