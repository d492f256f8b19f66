"""The way from one status to another, and what each step needs.

Vendor facts (docs.bmc.com, incident status transitions and status reasons; recorded rows):

- Nothing goes back to New; Resolved opens again to Assigned or In Progress; Closed follows Resolved, except for some roles.
  Closed and Cancelled take no change. Cancelling is possible from any open status.
- Pending and Resolved need a status reason, Resolved a resolution; all beyond Assigned need an assignee.
- Workflow makes a new incident that has a group Assigned, in a save of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ...core.connector import Json
from ...core.errors import RejectedError

STATUS: Final = "Status"
REASON: Final = "Status_Reason"
RESOLUTION: Final = "Resolution"
OF_STATUS: Final = (STATUS, REASON, RESOLUTION)
NEW, ASSIGNED, IN_PROGRESS, PENDING = "New", "Assigned", "In Progress", "Pending"
RESOLVED, CLOSED, CANCELLED = "Resolved", "Closed", "Cancelled"
FINAL: Final = frozenset({CLOSED, CANCELLED})
WORKED: Final = frozenset({IN_PROGRESS, PENDING, RESOLVED, CLOSED})
"""Statuses that need an assignee."""
_DEFAULT_REASON: Final = "No Further Action Required"


def way(before: str, after: str) -> list[str]:
    """Give the statuses from one to another, the first one left out; none where it stays.

    Raises:
        RejectedError: there is no way.
    """
    if before == after:
        return []
    if before in FINAL:
        raise RejectedError(f"an incident that is {before} takes no change")
    if after == NEW:  # which reads as Assigned does
        return [] if before == ASSIGNED else [ASSIGNED]
    if after == CLOSED and before != RESOLVED:
        return [RESOLVED, CLOSED]
    if before == RESOLVED and after in (PENDING, CANCELLED):
        return [IN_PROGRESS, after]
    return [after]


def steps(held: Mapping[str, Any], body: Json) -> list[Json]:
    """Give the bodies that bring an incident to a status, each with the fields of a status that it requires.

    Args:
        held: what the incident holds.
        body: what is to be written; fields that are not the status's go with the first step.

    Raises:
        RejectedError: there is no way.
    """
    wanted = body.get(STATUS)
    statuses = way(str(held.get(STATUS) or NEW), str(wanted)) if wanted else []
    if not statuses:
        return [{name: value for name, value in body.items() if name != STATUS}] if wanted == NEW else [body]
    *between, last = statuses
    if not between:
        return [{**body, STATUS: last}]
    others = {name: value for name, value in body.items() if name not in OF_STATUS}
    own = {name: value for name, value in body.items() if name in OF_STATUS}
    first, *later = (_step(status, held, body) for status in between)
    return [{**others, **first}, *later, {**own, STATUS: last}]


def path(held: Mapping[str, Any], body: Json) -> Sequence[Json]:
    """Give what an incident will hold of its status on the way, the last step left out."""
    return [{name: step[name] for name in OF_STATUS if name in step} for step in steps(held, body)[:-1]]


def _step(status: str, held: Mapping[str, Any], body: Json) -> Json:
    resolution = body.get(RESOLUTION) or held.get(RESOLUTION)
    step: Json = {STATUS: status, REASON: None, RESOLUTION: resolution or None}
    if status == RESOLVED:
        step[REASON] = body.get(REASON) or _DEFAULT_REASON
    return step


def needs_assignee(status: Any) -> bool:
    """Tell whether an incident of this status needs somebody who works on it."""
    return status in WORKED
