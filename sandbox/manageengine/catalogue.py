"""The lists of a fresh account: statuses, priorities and all other options, with their usual names and ids.

Every list can be edited by an administrator, so no client may rely on them. Ids of statuses are those of a recorded
server (Open is 2, Resolved 4). Impacts have other names in the two products.

Source: recorded bodies; manageengine.com, sdpop-v3-api, requests.
"""

from __future__ import annotations

from typing import Any

from .records import Lookup

OPEN, ON_HOLD, CLOSED, RESOLVED, CANCELLED, IN_PROGRESS = 2, 1, 3, 4, 5, 6
LOW, NORMAL, MEDIUM, HIGH = 1, 2, 3, 4
INCIDENT, SERVICE_REQUEST = 1, 3
WEB_FORM, EMAIL = 2, 1
DEFAULT_TEMPLATE = 1
HOURS: dict[int, tuple[int, int]] = {LOW: (16, 96), NORMAL: (8, 48), MEDIUM: (4, 24), HIGH: (1, 8)}
"""Priority -> hours to the first response, hours to the resolution."""
MATRIX: dict[tuple[int, int], int] = {
    (impact, urgency): (HIGH, HIGH, MEDIUM, MEDIUM, NORMAL, LOW, LOW)[impact + urgency - 2]
    for impact in (1, 2, 3, 4)
    for urgency in (1, 2, 3, 4)
}
"""(impact, urgency) -> priority, by number: 1 is the gravest of the first two."""


def _status(number: int, name: str, internal: str, color: str, *, in_progress: bool, stop_timer: bool) -> Lookup:
    more = {"internal_name": internal, "in_progress": in_progress, "stop_timer": stop_timer, "color": color}
    return Lookup(number, name, more=more)


def _named(*names: str) -> list[Lookup]:
    return [Lookup(number, name) for number, name in enumerate(names, 1)]


def _colored(**colors: str) -> list[Lookup]:
    return [Lookup(number, name, more={"color": color}) for number, (name, color) in enumerate(colors.items(), 1)]


def fresh() -> dict[str, dict[int, Lookup]]:
    """Give the options of a fresh account, by kind and number."""
    kinds: dict[str, list[Lookup]] = {
        "statuses": [
            _status(OPEN, "Open", "Open", "#0066ff", in_progress=True, stop_timer=False),
            _status(ON_HOLD, "On Hold", "Onhold", "#ff0000", in_progress=True, stop_timer=True),
            _status(CLOSED, "Closed", "Closed", "#006600", in_progress=False, stop_timer=True),
            _status(RESOLVED, "Resolved", "Resolved", "#00ff66", in_progress=False, stop_timer=True),
            _status(CANCELLED, "Cancelled", "Canceled", "#999999", in_progress=False, stop_timer=True),
            _status(IN_PROGRESS, "In Progress", "In Progress", "#00ffcc", in_progress=True, stop_timer=False),
        ],
        "priorities": _colored(Low="#666666", Normal="#006600", Medium="#ff6600", High="#ff0000"),
        "urgencies": _named("Urgent", "High", "Normal", "Low"),
        "impacts": [
            Lookup(1, "High", "Affects Business"),
            Lookup(2, "Medium", "Affects Department"),
            Lookup(3, "Low", "Affects User"),
            Lookup(4, "Affects Group", "Affects Group"),
        ],
        "levels": _named("Tier 1", "Tier 2", "Tier 3", "Tier 4"),
        "modes": _named("E-Mail", "Web Form", "Phone Call", "Chat", "API"),
        "request_types": _named("Incident", "Request For Information", "Service Request"),
        "request_templates": [Lookup(DEFAULT_TEMPLATE, "Default Request", more={"is_service_template": False})],
        "slas": _named("Low SLA", "Normal SLA", "Medium SLA", "High SLA"),
        "closure_codes": _named("Success", "Failed", "Unable to Reproduce", "Cancelled", "Workaround", "User Error"),
        "sites": _named("Head Office"),
        "departments": _named("Administration", "Engineering"),
        "service_categories": _named("User Management"),
        "groups": [],
        "categories": [],
        "subcategories": [],
        "items": [],
    }
    return {kind: {option.number: option for option in options} for kind, options in kinds.items()}


def attribute(option: Lookup | None, key: str) -> Any:
    """Give what an option has beside id and name; None where there is no option."""
    return None if option is None else option.more.get(key)
