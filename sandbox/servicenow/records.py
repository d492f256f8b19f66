"""The write path: access, defaults, business rules, data policies, storing, journal, audit, notifications, answers.

An update that changes nothing leaves ``sys_mod_count`` and ``sys_updated_on`` as they are. A caller may choose the sys_id
of a new row; one that exists is refused with 403 and a unique-key message (wording unconfirmed).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from ..outbox import Outbox
from . import audit, incident_rules, notify, policies, table_rules
from .access import can_delete, can_insert, can_update
from .change import Change
from .journal import entry
from .replies import FAILED, refuse
from .session import Session
from .store import Row, Store
from .values import Input
from .zones import stored

AfterRule = Callable[["Records", Change], None]
MOST_NESTED = 4
"""How deep rules may answer the writes of rules."""


@dataclass(slots=True)
class Deleted:
    """What is left of a deleted task, for the snapshot."""

    row: Row
    journal: list[Row]
    files: list[tuple[Row, bytes]]


@dataclass(slots=True)
class Records:
    """Writes rows the way the platform does."""

    store: Store
    outbox: Outbox
    stamp: Callable[[datetime], datetime]
    """Gives the moment that a write is stamped with: now, or some seconds ago while commits are late."""
    strict: Callable[[], bool] = lambda: False
    """Tells whether extra data policies are in force."""
    after_rules: list[AfterRule] = field(default_factory=list[AfterRule])
    """Rules that answer a write of incident with writes of their own."""
    deleted: list[Deleted] = field(default_factory=list[Deleted])
    _depth: int = 0

    def insert(self, session: Session, table: str, given: Input) -> Row:
        """Insert a row and give it as stored.

        Raises:
            RefusedError: 403 by access rule, unique key, data policy or business rule.
        """
        if not can_insert(session, table):
            raise refuse(403, FAILED, "ACL Exception Insert Failed due to security constraints")
        target = self.store[table]
        sys_id = given.sys_id or uuid4().hex
        if sys_id in target.rows:
            raise refuse(403, FAILED, _duplicate(table, sys_id))
        at = stored(self.stamp(session.now))
        row = {**target.spec.defaults, **given.values}
        row |= {"sys_id": sys_id, "sys_created_on": at, "sys_created_by": session.user_name}
        if "sys_updated_on" in target.spec.columns:
            row |= {"sys_updated_on": at, "sys_updated_by": session.user_name, "sys_mod_count": "0"}
        if "sys_class_name" in target.spec.columns:
            row["sys_class_name"] = table
        change = Change(self.store, session, table, {}, row, frozenset(given.values), dict(given.journals), at)
        return self._write(change)

    def update(self, session: Session, table: str, row: Row, given: Input) -> Row:
        """Change a row and give it as stored.

        Raises:
            RefusedError: 403 by access rule, data policy or business rule.
        """
        if not can_update(session, table, row):
            raise refuse(403, FAILED, "ACL Exception Update Failed due to security constraints")
        at = max(stored(self.stamp(session.now)), row.get("sys_updated_on", ""))
        new = {**row, **given.values}
        return self._write(Change(self.store, session, table, row, new, frozenset(given.values), dict(given.journals), at))

    def delete(self, session: Session, table: str, row: Row) -> None:
        """Delete a row, with its journal and its files.

        Raises:
            RefusedError: 403 by access rule.
        """
        if not can_delete(session):
            raise refuse(403, FAILED, "ACL Exception Delete Failed due to security constraints")
        store, sys_id = self.store, row["sys_id"]
        store[table].remove(sys_id)
        store.files.pop(sys_id, None)
        gone = Deleted(row, [], [])
        for item in list(store["sys_journal_field"].where("element_id", sys_id)):
            gone.journal.append(store["sys_journal_field"].remove(item["sys_id"]))
        for item in list(store["sys_attachment"].where("table_sys_id", sys_id)):
            store["sys_attachment"].remove(item["sys_id"])
            gone.files.append((item, store.files.pop(item["sys_id"], b"")))
        if store[table].spec.audited:
            self.deleted.append(gone)
            audit.record_delete(store, session, table, row, stored(self.stamp(session.now)))

    def _write(self, change: Change) -> Row:
        self._before(change)
        change.new = {element: value for element, value in change.new.items() if value}
        change.written = change.differing()
        if not change.written and not change.journals:
            return change.old
        if not change.inserts and "sys_mod_count" in change.old:
            stamp = {"sys_updated_on": change.at, "sys_updated_by": change.session.user_name}
            change.new |= {**stamp, "sys_mod_count": str(int(change.before("sys_mod_count")) + 1)}
        self.store[change.table].put(change.new)
        self._after(change)
        return self.store[change.table].rows[change.new["sys_id"]]

    def _before(self, change: Change) -> None:
        table_rules.before_write(change)
        if change.table == "incident":
            incident_rules.before_write(change)
            if not change.session.is_platform:
                policies.check(change, strict=self.strict())

    def _after(self, change: Change) -> None:
        table, at, by = change.table, change.at, change.session.user_name
        for element, text in change.journals.items():
            self.store["sys_journal_field"].put(
                entry(uuid4().hex, table, change.new["sys_id"], element, text, at=at, by=by)
            )
        if self.store[table].spec.audited:
            audit.record(change)
        table_rules.after_write(change)
        if table != "incident":
            return
        notify.notify(change, self.outbox)
        if self._depth < MOST_NESTED:
            self._depth += 1
            try:
                for rule in self.after_rules:
                    rule(self, change)
            finally:
                self._depth -= 1


def _duplicate(table: str, sys_id: str) -> str:
    cause = f"Unique Key violation detected by database (Duplicate entry '{sys_id}' for key 'PRIMARY')"
    return f"Error during insert of {table} ({sys_id}): {cause}"
