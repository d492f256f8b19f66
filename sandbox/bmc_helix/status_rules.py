"""Status rules of an incident; each refusal is a 500, one at a time.

In Progress, Pending and Resolved need an assignee; Pending and Resolved a status reason that goes with them; Resolved
a resolution (docs.bmc.com, incident status and resolving incidents). Closed and Cancelled are final; closing without
resolving first is for administrators; cancelling is possible from any open status; nothing goes back to New. Open
tasks block resolving and closing. Which rows a customer may change, and the codes of the refusals, are unconfirmed.
"""

from __future__ import annotations

from . import errors
from . import forms as names
from .change import Change
from .enums import ASSIGNED, CANCELLED, CLOSED, IN_PROGRESS, NEW, PENDING, REASONS_OF, RESOLVED
from .errors import invalid, refuse

FINAL = frozenset({CLOSED, CANCELLED})
_OPEN = (ASSIGNED, IN_PROGRESS, PENDING)
_NEXT = {
    NEW: {*_OPEN, RESOLVED, CLOSED, CANCELLED},
    ASSIGNED: {*_OPEN, RESOLVED, CLOSED, CANCELLED},
    IN_PROGRESS: {*_OPEN, RESOLVED, CLOSED, CANCELLED},
    PENDING: {*_OPEN, RESOLVED, CLOSED, CANCELLED},
    RESOLVED: {ASSIGNED, IN_PROGRESS, CLOSED},
}
_WORKED = frozenset({IN_PROGRESS, PENDING, RESOLVED, CLOSED})
_TASK_ENDS = frozenset({"Closed", "Bypassed", "Cancelled"})
_BY_CUSTOMER = {RESOLVED: {ASSIGNED, IN_PROGRESS, CLOSED}, NEW: {CANCELLED}, ASSIGNED: {CANCELLED}}


def check_status(change: Change, *, strict: bool) -> None:
    """Check where an incident goes, and what it needs there; the service user goes where it wants.

    Raises:
        RefusedError: 500 by a rule, 403 for a customer.
    """
    new, old, status = change.new, change.old, change.new["Status"]
    before = old.get("Status", NEW)
    if change.session.role == "service":
        return
    if before in FINAL:
        raise invalid(errors.READ_ONLY, old.get("Incident Number"))
    if not change.session.is_support and not change.creates and status not in _BY_CUSTOMER.get(before, set()):
        raise refuse(403, errors.NO_RECORD_WRITE, names.INTERFACE_FORM)
    moves = status != before
    if moves and status not in _NEXT[before]:
        raise invalid(errors.NO_TRANSITION, f"{before} -> {status}")
    if moves and status == CLOSED and before != RESOLVED and not change.session.is_admin:
        raise invalid(errors.NO_TRANSITION, f"{before} -> {status}")
    if moves and not change.gives("Status_Reason") and status != CLOSED:
        new["Status_Reason"] = None
    if status in _WORKED and not new.get("Assignee"):
        raise invalid(errors.NO_ASSIGNEE, status)
    _check_reason(change, status)
    if status in {RESOLVED, CLOSED} and not new.get("Resolution"):
        raise invalid(errors.NO_RESOLUTION, "Resolution")
    if moves and status in {RESOLVED, CLOSED}:
        _check_tasks(change)
        if strict and status == RESOLVED and not new.get("Resolution Method"):
            raise invalid(errors.MISSING_BY_RULE, "Resolution Method")


def _check_reason(change: Change, status: str) -> None:
    reason = change.text("Status_Reason")
    if not reason and status in {PENDING, RESOLVED}:
        raise invalid(errors.NO_STATUS_REASON, "Status_Reason")
    if reason and reason not in REASONS_OF[status]:
        raise invalid(errors.NOT_IN_STATUS, f"{status}: {reason}")


def _check_tasks(change: Change) -> None:
    tasks = change.store[names.TASKS].where("RootRequestID", change.text("Incident Number"))
    unfinished = [task for task in tasks if task.get("Status") not in _TASK_ENDS]
    if unfinished:
        raise invalid(errors.OPEN_TASKS, unfinished[0]["Task ID"])


def stamp_status(change: Change) -> None:
    """Note when and by whom: the history, and the moments of responding, resolving, reopening and closing.

    Each save stamps the present status in the history, so that it tells the last save in a status and not its
    beginning; a new incident that is Assigned has stamps of New and Assigned (recorded rows).
    """
    new, status, before = change.new, change.new["Status"], change.old.get("Status")
    stamp = (change.session.login, change.at)
    first = {NEW: stamp} if change.creates else change.old.get("Status-History", {})
    new["Status-History"] = {**first, status: stamp}
    if status == before:
        return
    if status in _WORKED and not new.get("Responded Date"):
        new["Responded Date"] = change.at
    if status == RESOLVED:
        new["Last Resolved Date"] = change.at
    if status == CLOSED:
        new["Closed Date"] = change.at
        new.setdefault("Last Resolved Date", change.at)
    if before == RESOLVED and status in {ASSIGNED, IN_PROGRESS}:
        new["Re-Opened Date"] = change.at
