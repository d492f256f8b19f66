"""What stands beside incidents in forms of their own: relationships and service-level clocks.

Vendor facts (public clients and reports; common knowledge of the product):

- ``HPD:Associations`` holds a relationship from ``Request ID02``, the incident's number, to ``Request ID01`` in the form
  ``Form Name01``; ``Association Type01`` says what the other one is. Either form may be hidden or not installed.
- ``SLM:Measurement`` holds the clocks: ``ApplicationUserFriendlyID`` is the incident's number, ``SVTTitle`` the target,
  ``MeasurementStatus`` its state, ``SVTDueDate`` its moment, ``GoalTimeHr`` and ``GoalTimeMin`` its length.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ...core.connector import Json
from ...core.errors import ForbiddenError, RecordError, UnexpectedReplyError
from ...core.model import LinkKind, format_time
from .calls import Calls
from .people import chunks
from .query import Keyset, one_of, parse_stamp
from .shapes import FIGURES, SLA

ASSOCIATIONS: Final = "HPD:Associations"
ASSOCIATION_FIELDS: Final = ("Request ID01", "Request ID02", "Form Name01", "Association Type01")
MEASUREMENTS: Final = "SLM:Measurement"
MEASUREMENT_FIELDS: Final = (
    "ApplicationUserFriendlyID",
    "SVTTitle",
    "MeasurementStatus",
    "SVTDueDate",
    "GoalTimeHr",
    "GoalTimeMin",
    "GoalCategoryChar",
    "OverallStopTime",
    "UpElapsedTime",
)
STATED: Final = {"Incident Response Time": "first_response", "Incident Resolution Time": "resolve"}
"""Goal of a measurement -> the figure that its elapsed time states."""
CHUNK: Final = 100
KINDS: Final = {
    "PBM:Problem Investigation": (LinkKind.PROBLEM, "problem"),
    "PBM:Known Error": (LinkKind.PROBLEM, "knownerror"),
    "CHG:Infrastructure Change": (LinkKind.CHANGE, "change"),
}
"""Form of the other one -> what it is, and its name in an address of Smart IT."""
INCIDENT_KINDS: Final = {
    "Duplicate of": LinkKind.DUPLICATE,
    "Child of": LinkKind.PARENT,
    "Parent of": LinkKind.CHILD,
    "Original of": LinkKind.CHILD,
}
"""What another incident is called -> what it is to this one."""
BREACHED: Final = frozenset({"Missed", "Missed Goal"})
IGNORED_CLOCKS: Final = frozenset({"Detached", "Invalid"})


class Related:
    """Reads relationships and clocks, as long as the account may."""

    def __init__(self, calls: Calls, base_url: str) -> None:
        """Make a reader; ``base_url`` is where people open the tool."""
        self._calls = calls
        self._base_url = base_url
        self._hidden: set[str] = set()

    def links(self, numbers: Sequence[str]) -> dict[str, list[Json]] | None:
        """Give the links of incidents by number, or None where the account may not read them."""
        rows = self._rows(ASSOCIATIONS, "Request ID02", "Associations ID", numbers, ASSOCIATION_FIELDS)
        if rows is None:
            return None
        found: dict[str, list[Json]] = {number: [] for number in numbers}
        for row in rows:
            link = self._link(row)
            if link is not None:
                found.setdefault(str(row["Request ID02"]), []).append(link)
        return found

    def clocks(self, numbers: Sequence[str]) -> dict[str, Json] | None:
        """Give the ``sla`` and ``figures`` of incidents by number, or None where the account may not read them."""
        rows = self._rows(MEASUREMENTS, "ApplicationUserFriendlyID", "Request ID", numbers, MEASUREMENT_FIELDS)
        if rows is None:
            return None
        found: dict[str, Json] = {number: {SLA: [], FIGURES: []} for number in numbers}
        for row in rows:
            number = str(row["ApplicationUserFriendlyID"])
            if number in found and row.get("MeasurementStatus") not in IGNORED_CLOCKS:
                found[number][SLA].append(_clock(row))
                found[number][FIGURES].extend(_figures(row))
        return found

    def _rows(
        self, form: str, column: str, key: str, numbers: Sequence[str], fields: Sequence[str]
    ) -> list[dict[str, Any]] | None:
        if form in self._hidden:
            return None
        try:
            return [
                row
                for chunk in chunks(numbers, CHUNK)
                for row in self._calls.rows(form, one_of(column, chunk), fields, keys=Keyset(key))
            ]
        except (RecordError, ForbiddenError, UnexpectedReplyError):
            self._hidden.add(form)
            return None

    def _link(self, row: Json) -> Json | None:
        other, form = str(row.get("Request ID01") or ""), str(row.get("Form Name01") or "")
        kind, place = KINDS.get(form, (None, "incident"))
        if form == "HPD:Help Desk":
            kind = INCIDENT_KINDS.get(str(row.get("Association Type01")))
        if kind is None or not other:
            return None
        url = f"{self._base_url}/smartit/app/#/{place}/displayid/{other}"
        return {"kind": kind.value, "id": other, "key": other, "url": url}


def _figures(row: Json) -> list[Json]:
    """Give what a clock that has stopped counted: its calendar's time, without pauses."""
    goal, spent = str(row.get("GoalCategoryChar") or ""), row.get("UpElapsedTime")
    if goal not in STATED or spent is None or not row.get("OverallStopTime"):
        return []
    return [{"figure": STATED[goal], "seconds": int(spent), "business": True, "source": f"UpElapsedTime of {goal}"}]


def _clock(row: Json) -> Json:
    state = str(row.get("MeasurementStatus") or "")
    hours, minutes = row.get("GoalTimeHr"), row.get("GoalTimeMin")
    due = row.get("SVTDueDate")
    clock: Json = {
        "name": str(row.get("SVTTitle") or "SLA"),
        "paused": state == "Pending",
        "breached": state in BREACHED,
    }
    if due:
        clock["due_at"] = format_time(parse_stamp(str(due)))
    if hours is not None or minutes is not None:
        clock["target_seconds"] = int(hours or 0) * 3600 + int(minutes or 0) * 60
    return clock
