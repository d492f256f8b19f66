"""Field changes and deletions, from the vendor's audit tables.

Vendor facts (ServiceNow documentation, auditing; knowledge base KB0724183): ``sys_audit`` names the person by user name and
holds raw values; journal entries appear there as well; a deletion is a row whose new value is ``DELETED``.
``sys_audit_delete`` names the deleted record in ``documentkey``. Both are often for administrators only: a hidden table
answers 403, or gives an empty list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ...core.connector import FieldChange
from ...core.errors import ForbiddenError
from .columns import TABLE
from .people import People, chunks
from .query import Query, at_least, equals, one_of, parse_stamp
from .table import TableApi

FIELDS = ("documentkey", "fieldname", "oldvalue", "newvalue", "user", "sys_created_on")
JOURNALS = frozenset({"comments", "work_notes", "comments_and_work_notes"})
MARKS = frozenset({"DELETED", "RECOVERED"})
CHUNK = 50


class History:
    """The audit of incidents."""

    def __init__(self, table: TableApi, people: People) -> None:
        """Make a reader of the audit."""
        self._table = table
        self._people = people

    def of(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Give the field changes of some incidents, oldest first; nothing where the account may not read the audit."""
        found: dict[str, list[FieldChange]] = {record_id: [] for record_id in ids}
        try:
            rows = [
                row
                for chunk in chunks(ids, CHUNK)
                for row in self._table.rows(
                    "sys_audit",
                    Query()
                    .where(equals("tablename", TABLE), one_of("documentkey", chunk))
                    .ordered("sys_created_on", "sys_id"),
                    FIELDS,
                )
                if row["fieldname"] not in JOURNALS and row.get("newvalue") not in MARKS
            ]
        except ForbiddenError:
            return {}
        people = self._people.by_user_name({row["user"] for row in rows if row.get("user")})
        for row in rows:
            person = people.get(row.get("user") or "")
            found[row["documentkey"]].append(
                FieldChange(
                    record_id=row["documentkey"],
                    field=row["fieldname"],
                    before=row.get("oldvalue") or None,
                    after=row.get("newvalue") or None,
                    at=parse_stamp(row["sys_created_on"]),
                    by=person.id if person else None,
                )
            )
        return {record_id: changes for record_id, changes in found.items() if changes}

    def deleted(self, since: datetime) -> Iterator[str]:
        """Give the ids of incidents deleted since a moment; none where the account may not read the audit."""
        query = Query().where(equals("tablename", TABLE), at_least("sys_created_on", since)).ordered("sys_id")
        try:
            for row in self._table.rows("sys_audit_delete", query, ("documentkey", "sys_created_on")):
                yield str(row["documentkey"])
        except ForbiddenError:
            return
