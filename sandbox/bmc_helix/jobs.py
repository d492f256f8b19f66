"""What the server does later by itself: the second save of a new incident, clocks that run out, closing by time.

A second after its creation the service user saves a new incident again: it notes the owner group, and an incident
that was made "Assigned" without a group is routed to one and to one of its members (recorded: submitted at 08:47:49,
assigned by "Remedy Application Service" at 08:47:50). With the fault profile ``rules``, routing by category is
configured for every incident. Resolved incidents are closed after 15 days (docs.bmc.com, closing incidents).
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from . import forms as names
from .assignment import DEFAULT_GROUP, GROUP_ID, routed
from .enums import ASSIGNED, CLOSED, NEW, RESOLVED
from .measurements import RUNNING, measured
from .session import service_session
from .status_rules import FINAL
from .store import Row, Store

if TYPE_CHECKING:
    from .records import Records

AFTER_CREATE = 1
CLOSE_AFTER = 15 * 86400
CLOSE_EVERY = 3600
GROUP_OF_CATEGORY = {
    "network": "Network",
    "hardware": "Workplace",
    "software": "Applications",
    "database": "Database",
    "access": "Identity and Access",
    "inquiry": "Service Desk",
}
"""Routing of the profile ``rules``: by the first tier of the categorization."""


class Jobs:
    """The work that is due some time, the earliest first."""

    def __init__(self, now: int) -> None:
        self._saves: list[tuple[int, str]] = []
        self._clocks: list[tuple[int, str]] = []
        self._closed_at = now
        self._turn = 0

    def after_create(self, entry_id: str, at: int) -> None:
        """Order the second save of a new incident."""
        heapq.heappush(self._saves, (at + AFTER_CREATE, entry_id))

    def watch(self, clock: Row) -> None:
        """Look at a running clock once its due date has passed."""
        if clock["MeasurementStatus"] in RUNNING:
            heapq.heappush(self._clocks, (clock["SVTDueDate"], clock["Request ID"]))

    def run(self, records: Records, now: int, *, rules: bool) -> int:
        """Do what is due, and give how many rows that changed."""
        done = 0
        while self._saves and self._saves[0][0] <= now:
            due, entry_id = heapq.heappop(self._saves)
            done += self._save_again(records, entry_id, due, rules=rules)
        while self._clocks and self._clocks[0][0] < now:
            done += _look(records.store, heapq.heappop(self._clocks)[1], now)
        if now - self._closed_at >= CLOSE_EVERY:
            self._closed_at = now
            done += _close(records, now)
        return done

    def _save_again(self, records: Records, entry_id: str, due: int, *, rules: bool) -> int:
        row = records.store[names.HELP_DESK].rows.get(entry_id)
        if row is None or row.get("Status") in {None, *FINAL}:
            return 0
        values = self._routing(records.store, row, rules=rules)
        group = {**row, **values}
        for owner, source in (
            ("Owner Support Company", "Assigned Support Company"),
            ("Owner Support Organization", "Assigned Support Organization"),
            ("Owner Group", "Assigned Group"),
        ):
            if not row.get(owner) and group.get(source):
                values[owner] = group[source]
        values["Last Acknowledged Date"] = due
        records.update(service_session(due), records.store.forms[names.HELP_DESK], row, values)
        return 1

    def _routing(self, store: Store, row: Row, *, rules: bool) -> Row:
        if row.get(GROUP_ID) or not (row["Status"] == ASSIGNED or (rules and row["Status"] == NEW)):
            return {}
        by_category = GROUP_OF_CATEGORY.get(row.get("Categorization Tier 1", ""), DEFAULT_GROUP)
        self._turn += 1
        values = routed(store, by_category if rules else DEFAULT_GROUP, self._turn)
        return {**values, "Status": ASSIGNED} if values else {}


def _look(store: Store, row_id: str, now: int) -> int:
    """Note that a clock has run out; one whose due date has moved is watched by its later order."""
    clock = store[names.MEASUREMENTS].rows[row_id]
    incident = store.incident(clock["ApplicationUserFriendlyID"])
    if clock["MeasurementStatus"] != "In Process" or clock["SVTDueDate"] >= now or incident is None:
        return 0
    store[names.MEASUREMENTS].put(measured(clock, incident, now))
    return 1


def _close(records: Records, now: int) -> int:
    """Close what has been resolved for long enough."""
    form, session = records.store.forms[names.HELP_DESK], service_session(now)
    old = [
        row
        for row in records.store[names.HELP_DESK].where("Status", RESOLVED)
        if row.get("Last Resolved Date", now) <= now - CLOSE_AFTER
    ]
    for row in old:
        records.update(session, form, row, {"Status": CLOSED})
    return len(old)
