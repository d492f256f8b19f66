"""Field changes, from the vendor's audit, or from the status history where the audit is hidden.

Vendor facts (docs.bmc.com, AR System, log-style audits; public clients):

- ``HPD:HelpDesk_AuditLogSystem`` gets an entry for each save that changed an audited field: ``Original Request ID`` is the
  incident's entry id, ``User`` the login, ``Fields Changed`` lists names between semicolons, ``Log`` holds one line
  ``NAME: NEW VALUE`` for each, or ``NAME: OLD VALUE -> NEW VALUE``. Where only new values are told, what stood before is
  what an earlier entry told.
- ``Status-History`` on the incident tells, for each status, the last save in it and its user.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ...core.connector import FieldChange, Json
from ...core.errors import ForbiddenError, RecordError, UnexpectedReplyError
from ...core.shapes import as_object
from .calls import Calls
from .columns import BY_ID, ID, INCIDENT
from .people import chunks
from .query import Keyset, is_askable, one_of, parse_stamp
from .shapes import ASSIGNEE, CUSTOMER, GROUP

AUDIT: Final = "HPD:HelpDesk_AuditLogSystem"
AUDIT_FIELDS: Final = ("Original Request ID", "Create Date", "User", "Fields Changed", "Log")
BY_AUDIT: Final = Keyset("Request ID")
CHUNK: Final = 50
STATUS: Final = "Status"
ARROW: Final = " -> "
OBJECTS: Final = {
    "Assignee": f"{ASSIGNEE}.name",
    "Assignee Login ID": f"{ASSIGNEE}.id",
    "Assigned Group": f"{GROUP}.name",
    "Assigned Group ID": f"{GROUP}.id",
    "Assigned Support Organization": f"{GROUP}.organization",
    "Assigned Support Company": f"{GROUP}.company",
    "Customer Login ID": f"{CUSTOMER}.id",
    "Person ID": f"{CUSTOMER}.person",
}
"""Audited field -> the record's field that says the same."""


class History:
    """The history of incidents."""

    def __init__(self, calls: Calls) -> None:
        """Make a reader of the audit."""
        self._calls = calls
        self._audited = True

    def of(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Give the field changes of some incidents, oldest first."""
        usable = [each for each in dict.fromkeys(ids) if is_askable(each)]
        found = self._from_audit(usable) if self._audited else {}
        silent = [each for each in usable if each not in found]
        return {**found, **self._from_status_history(silent)}

    def _from_audit(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        try:
            rows = [
                row
                for chunk in chunks(ids, CHUNK)
                for row in self._calls.rows(AUDIT, one_of("Original Request ID", chunk), AUDIT_FIELDS, keys=BY_AUDIT)
            ]
        except (RecordError, ForbiddenError, UnexpectedReplyError):
            self._audited = False
            return {}
        by_record: dict[str, list[Json]] = {}
        for row in rows:
            by_record.setdefault(str(row["Original Request ID"]), []).append(row)
        return {record_id: list(_changes(record_id, each)) for record_id, each in by_record.items()}

    def _from_status_history(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        found: dict[str, list[FieldChange]] = {}
        for chunk in chunks(ids, CHUNK):
            for row in self._calls.rows(INCIDENT, one_of(ID, chunk), (ID, "Status-History"), keys=BY_ID):
                found[str(row[ID])] = status_changes(str(row[ID]), row.get("Status-History"))
        return found


def _changes(record_id: str, rows: Iterable[Json]) -> Iterable[FieldChange]:
    known: dict[str, str | None] = {}
    both: bool | None = None
    for row in sorted(rows, key=lambda each: (str(each.get("Create Date") or ""), str(each["Request ID"]))):
        values = logged(row)
        told = [value for value in values.values() if value]
        if both is None and told:  # the first entry shows in which of the two forms the server writes
            both = all(ARROW in value for value in told)
        at, by = parse_stamp(str(row["Create Date"])), row.get("User") or None
        for name, value in values.items():
            before, after = _halves(value, known.get(name)) if both and value else (known.get(name), value)
            yield FieldChange(record_id, OBJECTS.get(name, name), before=before, after=after, at=at, by=by)
            known[name] = after


def logged(row: Mapping[str, Any]) -> dict[str, str | None]:
    """Give what an entry of the audit says of each field that changed."""
    found: dict[str, str | None] = {name: None for name in str(row.get("Fields Changed") or "").split(";") if name}
    if not found:
        return found
    heads = "|".join(re.escape(name) for name in sorted(found, key=len, reverse=True))
    log = str(row.get("Log") or "").replace("\r\n", "\n")
    pieces = re.split(rf"^({heads}):[ ]?", log, flags=re.MULTILINE)
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        found[name] = value.removesuffix("\n") or None
    return found


def _halves(value: str, known: str | None) -> tuple[str | None, str | None]:
    """Take ``OLD -> NEW`` apart; an old value that is known may hold an arrow of its own."""
    if known and value.startswith(known + ARROW):
        return known, value.removeprefix(known + ARROW) or None
    before, _, after = value.partition(ARROW)
    return before or None, after or None


def status_changes(record_id: str, told: Any) -> list[FieldChange]:
    """Give the status changes that an incident's own status history tells, oldest first."""
    entries: list[tuple[datetime, str, str | None]] = []
    for status, entry in as_object(told).items():
        stamp = as_object(entry)
        if stamp.get("timestamp"):
            entries.append((parse_stamp(str(stamp["timestamp"])), status, stamp.get("user")))
    changes: list[FieldChange] = []
    before: str | None = None
    for at, status, user in sorted(entries, key=lambda each: each[0]):
        changes.append(FieldChange(record_id, STATUS, before=before, after=status, at=at, by=user))
        before = status
    return changes
