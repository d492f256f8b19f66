"""What an account can do, and what will hurt: probes that write nothing.

Vendor facts (ServiceNow documentation, roles and access control lists): creating and changing incidents takes ``itil``,
``sn_incident_write`` or ``admin``; deleting takes ``admin`` in most instances. A table that the account may not read
answers 403, or gives an empty list whose count is not zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ...core.errors import ForbiddenError, RecordError
from .account import Account, literals_are_utc
from .columns import TABLE
from .journal import Journal
from .query import Query, equals
from .table import TableApi

WRITERS: Final = frozenset({"itil", "admin", "itil_admin", "sn_incident_write"})
DELETERS: Final = frozenset({"admin", "maint", "itil_admin"})
SAMPLE: Final = 20
"""Tickets among which one with a thread is looked for."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """Probes one account."""

    table: TableApi
    journal: Journal
    account: Account

    def warnings(self) -> list[str]:
        """Give what works but will hurt, each with its fix.

        Raises:
            ForbiddenError: the account may not read incidents.
        """
        recent = self.table.page(TABLE, Query().ordered("sys_updated_on", "sys_id"), ("sys_id",), limit=SAMPLE).rows
        return [*self._zone(recent), *self._journal([row["sys_id"] for row in recent]), *self._audit(), *self._roles()]

    def _zone(self, recent: list[dict[str, str]]) -> list[str]:
        if self.account.is_gmt:
            return []
        found = [f"the account's time zone is {self.account.zone or 'not told'}: set it to GMT in the account's profile"]
        if recent and not literals_are_utc(self.table, recent[0]["sys_id"], recent[0]["sys_updated_on"]):
            found.append("the instance reads times in queries in that zone, so changes would be missed: set it to GMT")
        return found

    def _journal(self, ids: list[str]) -> list[str]:
        if ids and self.journal.readable is None:
            self.journal.of(ids, self.account)
        if self.journal.readable is False:
            return ["comments are read from the tickets' text, not as rows: let the account read sys_journal_field"]
        return []

    def _audit(self) -> list[str]:
        found: list[str] = []
        for table, what in (("sys_audit", "no history of fields"), ("sys_audit_delete", "deletions are found late")):
            if not self._readable(table, Query().where(equals("tablename", TABLE)).ordered("sys_id")):
                found.append(f"{what}: let the account read {table} (role admin, or an ACL)")
        return found

    def _readable(self, table: str, query: Query) -> bool:
        try:
            page = self.table.page(table, query, ("sys_id", "tablename"), limit=1)
        except (ForbiddenError, RecordError):
            return False
        return bool(page.rows) or not page.total

    def _roles(self) -> list[str]:
        roles = self._role_names()
        if not roles:
            return []
        found: list[str] = []
        if not roles & WRITERS:
            found.append("the account seems not to be allowed to write incidents: give it the role itil")
        if not roles & DELETERS:
            found.append("the account seems not to be allowed to delete incidents: give it the role admin if it has to")
        return found

    def _role_names(self) -> frozenset[str]:
        if self.account.id is None:
            return frozenset()
        query = Query().where(equals("user", self.account.id)).ordered("sys_id")
        try:
            return frozenset(
                str(row.get("role.name") or "") for row in self.table.rows("sys_user_has_role", query, ("role.name",))
            )
        except (ForbiddenError, RecordError):
            return frozenset()
