"""A fresh site: one project of service management with its workflows, fields and forms.

Names of priorities, resolutions, statuses and link types are those that the templates of Jira Cloud commonly make;
sites differ, so a client has to discover them. Sources: recorded lists of Jira Cloud; Atlassian support, ITSM template.
"""

from __future__ import annotations

from .records import Named, Project, RequestType, Status, Transition, Workflow

CLOUD_ID = "3f0c1d5e-52a1-4f6e-9a43-0d5b7f3b9c11"
SITE_NAME = "isthmus-sandbox"
INTEGRATION = "isthmus@example.com"
AUTOMATION = "Automation for Jira"
PROJECT, PROJECT_KEY = "10200", "ITSM"
INCIDENT, SERVICE_REQUEST, PROBLEM, CHANGE, SUBTASK = "10210", "10211", "10212", "10213", "10214"
DESK = "1"

PRIORITIES = (
    Named("1", "Highest", "This problem will block progress.", {"statusColor": "#d04437", "isDefault": False}),
    Named("2", "High", "Serious problem that could block progress.", {"statusColor": "#f15C75", "isDefault": False}),
    Named("3", "Medium", "Has the potential to affect progress.", {"statusColor": "#f79232", "isDefault": True}),
    Named("4", "Low", "Minor problem or easily worked around.", {"statusColor": "#707070", "isDefault": False}),
    Named(
        "5",
        "Lowest",
        "Trivial problem with little or no impact on progress.",
        {"statusColor": "#999999", "isDefault": False},
    ),
)
DEFAULT_PRIORITY = "3"
RESOLUTIONS = (
    Named("10000", "Done", "Work has been completed on this issue."),
    Named("10001", "Won't Do", "This issue won't be actioned."),
    Named("10002", "Duplicate", "The problem is a duplicate of an existing issue."),
    Named("10003", "Cannot Reproduce", "All attempts at reproducing this issue failed."),
    Named("10004", "Declined", "This issue was not approved."),
    Named("10005", "Known Error", "The problem has a documented root cause and a workaround."),
    Named("10006", "Hardware failure", ""),
    Named("10007", "Software failure", ""),
)
WONT_DO = "10001"
STATUSES = (
    Status("10200", "Open", "new", "The issue is open and ready for the assignee to start work on it."),
    Status("10201", "Work in progress", "indeterminate"),
    Status("10202", "Pending", "indeterminate"),
    Status("10203", "Completed", "done"),
    Status("10204", "Closed", "done", "The issue is considered finished."),
    Status("10205", "Canceled", "done"),
    Status("10206", "Waiting for support", "new"),
    Status("10207", "Waiting for customer", "indeterminate"),
    Status("10208", "Waiting for approval", "indeterminate"),
    Status("10209", "In progress", "indeterminate"),
    Status("10210", "Resolved", "done"),
)
CATEGORIES: dict[str, tuple[int, str, str]] = {
    "undefined": (1, "No Category", "medium-gray"),
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
"""Key -> (id, name, colour)."""
OPEN, WORKING, PENDING, COMPLETED, CLOSED, CANCELED = (status.id for status in STATUSES[:6])
WAITING, WAITING_CUSTOMER, WAITING_APPROVAL, PROGRESSING, RESOLVED = (status.id for status in STATUSES[6:])
PAUSING = frozenset({PENDING, WAITING_CUSTOMER, WAITING_APPROVAL})
"""Statuses in which the clock to resolution stands still."""
PENDING_REASON, ROOT_CAUSE = "customfield_10213", "customfield_10217"
INCIDENT_WORKFLOW = Workflow(
    OPEN,
    (OPEN, WORKING, PENDING, COMPLETED, CLOSED, CANCELED),
    (
        Transition("11", "Investigate", (OPEN,), WORKING),
        Transition("21", "Pending", (OPEN, WORKING), PENDING, screen=(PENDING_REASON,)),
        Transition("31", "Back to work in progress", (PENDING,), WORKING),
        Transition("41", "Cancel request", (OPEN, WORKING, PENDING), CANCELED, sets_resolution=WONT_DO, customers=True),
        Transition("51", "Close", (COMPLETED,), CLOSED),
        Transition("61", "Reopen", (COMPLETED, CLOSED, CANCELED), WORKING, sets_resolution=""),
        Transition(
            "761",
            "Resolve this issue",
            (WORKING, PENDING),
            COMPLETED,
            screen=("resolution", "customfield_10230", ROOT_CAUSE, "customfield_10218"),
            required=("resolution",),
        ),
    ),
)
REQUEST_WORKFLOW = Workflow(
    WAITING,
    (WAITING, WAITING_CUSTOMER, WAITING_APPROVAL, PROGRESSING, RESOLVED, CANCELED, CLOSED),
    (
        Transition("111", "Start work", (WAITING,), PROGRESSING),
        Transition("121", "Respond to customer", (WAITING, PROGRESSING), WAITING_CUSTOMER),
        Transition("131", "Respond to support", (WAITING_CUSTOMER,), WAITING, customers=True),
        Transition(
            "141",
            "Cancel request",
            (WAITING, WAITING_CUSTOMER, PROGRESSING),
            CANCELED,
            sets_resolution=WONT_DO,
            customers=True,
        ),
        Transition("151", "Close", (RESOLVED,), CLOSED),
        Transition("161", "Reopen", (RESOLVED, CLOSED, CANCELED), WAITING, sets_resolution=""),
        Transition("171", "Ask for approval", (WAITING, PROGRESSING), WAITING_APPROVAL),
        Transition("181", "Approve", (WAITING_APPROVAL,), PROGRESSING),
        Transition("191", "Decline", (WAITING_APPROVAL,), CANCELED, sets_resolution="10004"),
        Transition(
            "201", "Resolve this issue", (WAITING, PROGRESSING, WAITING_CUSTOMER), RESOLVED, sets_resolution="10000"
        ),
    ),
)
APPROVE, DECLINE = "181", "191"
ISSUE_TYPES = (
    Named(INCIDENT, "[System] Incident", "For system outages or incidents.", {"hierarchyLevel": 0, "avatarId": 10553}),
    Named(
        SERVICE_REQUEST,
        "[System] Service request",
        "For customer support issues.",
        {"hierarchyLevel": 0, "avatarId": 10554},
    ),
    Named(PROBLEM, "[System] Problem", "Track underlying causes of incidents.", {"hierarchyLevel": 0, "avatarId": 10555}),
    Named(CHANGE, "[System] Change", "For system upgrades or alterations.", {"hierarchyLevel": 0, "avatarId": 10556}),
    Named(
        SUBTASK,
        "Sub-task",
        "A small piece of work that is part of a larger task.",
        {"hierarchyLevel": -1, "avatarId": 10316},
    ),
)
LINK_TYPES = (
    Named("10000", "Blocks", more={"inward": "is blocked by", "outward": "blocks"}),
    Named("10001", "Cloners", more={"inward": "is cloned by", "outward": "clones"}),
    Named("10002", "Duplicate", more={"inward": "is duplicated by", "outward": "duplicates"}),
    Named("10003", "Relates", more={"inward": "relates to", "outward": "relates to"}),
    Named("10004", "Problem/Incident", more={"inward": "is caused by", "outward": "causes"}),
    Named("10005", "Post-Incident Reviews", more={"inward": "is reviewed by", "outward": "reviews"}),
)
COMPONENTS = ("VPN", "E-mail", "ERP", "Intranet", "Printing", "Telephony")


def workflow_of(type_id: str) -> Workflow:
    """Give the workflow of an issue type."""
    return REQUEST_WORKFLOW if type_id in (SERVICE_REQUEST, CHANGE) else INCIDENT_WORKFLOW


def project(lead: str) -> Project:
    """Give the project of service management."""
    components = [Named(str(10000 + place), name) for place, name in enumerate(COMPONENTS)]
    types = [kind.id for kind in ISSUE_TYPES]
    return Project(PROJECT, PROJECT_KEY, "IT Service Management", "service_desk", lead, types, DESK, 0, components)


def request_types() -> tuple[RequestType, ...]:
    """Give the forms of the portal."""
    base = (("summary", "Summary", True), ("description", "Description", False), ("attachment", "Attachment", False))
    impact = (("customfield_10204", "Impact", False), ("customfield_10211", "Urgency", False))
    change = (("customfield_10208", "Start of the change", False), ("customfield_10203", "Approvers", False))
    return (
        RequestType(
            "31", "Report a system problem", "Having trouble with a system?", INCIDENT, DESK, ("11",), (*base, *impact)
        ),
        RequestType(
            "32",
            "Get IT help",
            "Get assistance for general IT problems and questions.",
            SERVICE_REQUEST,
            DESK,
            ("11",),
            base,
        ),
        RequestType("33", "Request a change", "Ask for an upgrade or alteration.", CHANGE, DESK, ("12",), (*base, *change)),
    )


REQUEST_GROUPS = {"11": "Common requests", "12": "Changes"}
