"""Service level clocks: two rows of ``SLM:Measurement`` for each incident, for responding and for resolving.

Targets by priority and a calendar without closing hours are the sandbox's own; names of fields and statuses are common
knowledge of the product. The clock of resolving rests while the incident is Pending: its due date moves by the pause.
"""

from __future__ import annotations

from .enums import ASSIGNED, CANCELLED, CLOSED, NEW, PENDING, RESOLVED
from .session import SERVICE_LOGIN
from .store import Row, instance_id

RESPONSE, RESOLUTION = "Incident Response Time", "Incident Resolution Time"
_MINUTES: dict[str, tuple[int, int]] = {"Critical": (15, 240), "High": (60, 480), "Medium": (240, 4320), "Low": (480, 7200)}
"""Priority -> minutes to respond, minutes to resolve."""
RUNNING = frozenset({"In Process", "Pending"})


def begun(incident: Row, goal: str, row_id: str) -> Row:
    """Give a clock at the start of its incident."""
    start = incident["Submit Date"]
    return {
        "Request ID": row_id,
        "Submitter": SERVICE_LOGIN,
        "Submit Date": start,
        "InstanceId": instance_id(goal, incident["Entry ID"]),
        "ApplicationInstanceID": incident["InstanceId"],
        "ApplicationUserFriendlyID": incident["Incident Number"],
        "ApplicationFormName": "HPD:Help Desk",
        "SVTTitle": f"{goal} - {incident['Priority']}",
        "GoalCategoryChar": goal,
        "OverallStartTime": start,
        "Paused": 0,
    }


def measured(clock: Row, incident: Row, at: int) -> Row:
    """Give a clock as the incident stands.

    Args:
        clock: as it was; ``Paused`` and ``Since`` are notes of its own: seconds of pause, and since when it rests.
        incident: the incident.
        at: the moment.
    """
    goal, status = clock["GoalCategoryChar"], incident.get("Status", NEW)
    priority = incident.get("Priority", "Low")
    minutes = _MINUTES[priority][int(goal == RESOLUTION)]
    paused, since = clock["Paused"], clock.get("Since")
    waits = goal == RESOLUTION and status == PENDING
    if waits and since is None:
        since = at
    elif not waits and since is not None:
        paused, since = paused + at - since, None
    stop = _stop(incident, goal, status)
    due = clock["OverallStartTime"] + minutes * 60 + paused
    ended = stop if stop is not None else since if since is not None else at
    return {
        **clock,
        "GoalTimeHr": minutes // 60,
        "GoalTimeMin": minutes % 60,
        "SVTTitle": f"{goal} - {priority}",
        "SVTDueDate": due,
        "OverallStopTime": stop,
        "UpElapsedTime": max(0, ended - clock["OverallStartTime"] - paused),
        "MeasurementStatus": _status(status, stop, due, at, waits=waits),
        "Paused": paused,
        "Since": since,
        "Last Modified By": SERVICE_LOGIN,
        "Last Modified Date": at,
        "Assignee Groups": incident.get("Assignee Groups"),
    }


def _stop(incident: Row, goal: str, status: str) -> int | None:
    if goal == RESPONSE:
        return incident.get("Responded Date") if status not in {NEW, ASSIGNED} else None
    return incident.get("Last Resolved Date") if status in {RESOLVED, CLOSED} else None


def _status(status: str, stop: int | None, due: int, at: int, *, waits: bool) -> str:
    if stop is not None:
        return "Met" if stop <= due else "Missed"
    if status == CANCELLED:
        return "Detached"
    if at > due and not waits:
        return "Missed Goal"
    return "Pending" if waits else "In Process"
