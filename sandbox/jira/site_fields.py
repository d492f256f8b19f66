"""The fields of a fresh site: those of the system, then those that the template and the site's admins made.

Names and kinds of the template's fields are those of Jira Cloud; their ids differ from site to site, so a client has to
discover them. Sources: recorded fields of Jira Cloud; Atlassian support, ITSM template.
"""

from __future__ import annotations

from .jsons import Json
from .records import Field, Option
from .site import COMPONENTS

_FIELD_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"
_DESK_TYPES = "com.atlassian.servicedesk:"
_CATEGORISATION = {
    "Network": ("VPN", "Wireless", "DNS"),
    "Hardware": ("Laptop", "Printer", "Monitor"),
    "Software": ("Email", "ERP", "Browser"),
    "Database": ("Oracle", "PostgreSQL"),
    "Access": ("Password", "Permission"),
    "Inquiry": ("How to", "Order"),
}


def _system(name: str, label: str, kind: str, type_: str, *clauses: str, **more: object) -> Field:
    schema: Json = {"type": type_, "system": name}
    if items := more.get("items"):
        schema["items"] = items
    return Field(
        name,
        label,
        kind,
        schema if type_ else {},
        clauses,
        orderable=bool(more.get("orderable", True)),
        navigable=bool(more.get("navigable", True)),
        searchable=bool(more.get("searchable", True)),
    )


def custom(
    number: int, name: str, kind: str, type_: str, tail: str, items: str = "", options: tuple[Option, ...] = ()
) -> Field:
    """Give a custom field."""
    schema: Json = {"type": type_, "custom": tail if ":" in tail else _FIELD_TYPES + tail, "customId": number}
    if items:
        schema["items"] = items
    return Field(f"customfield_{number}", name, kind, schema, (f"cf[{number}]", name), options=options)


def _options(first: int, *values: str) -> tuple[Option, ...]:
    return tuple(Option(str(first + place), value) for place, value in enumerate(values))


def _tree(first: int, tree: dict[str, tuple[str, ...]]) -> tuple[Option, ...]:
    return tuple(
        Option(str(first + 10 * place), value, _options(first + 10 * place + 1, *children))
        for place, (value, children) in enumerate(tree.items())
    )


_SELECT, _LEVELS = ("option", "select"), ("Low", "Medium", "High")
_IMPACT = _options(10030, "Extensive / Widespread", "Significant / Large", "Moderate / Limited", "Minor / Localized")
_SYSTEM = (
    _system(
        "statuscategorychangedate",
        "Status Category Changed",
        "",
        "datetime",
        "statusCategoryChangedDate",
        orderable=False,
    ),
    _system("issuetype", "Issue Type", "", "issuetype", "issuetype", "type", "worktype"),
    _system("timespent", "Time Spent", "", "number", "timespent", orderable=False, searchable=False),
    _system("project", "Project", "", "project", "project", "spaceJira"),
    _system("fixVersions", "Fix versions", "raw", "array", "fixVersion", items="version"),
    _system("statusCategory", "Status Category", "", "statusCategory", "statusCategory", orderable=False),
    _system("parent", "Parent", "parent", "", "parent"),
    _system("resolution", "Resolution", "resolution", "resolution", "resolution"),
    _system("resolutiondate", "Resolved", "", "datetime", "resolutiondate", "resolved", orderable=False),
    *(
        _system(name, label, "", "number", *clauses, orderable=False, searchable=False)
        for name, label, *clauses in (
            ("timeestimate", "Remaining Estimate", "remainingEstimate", "timeestimate"),
            ("timeoriginalestimate", "Original estimate", "originalEstimate", "timeoriginalestimate"),
            ("aggregatetimespent", "Σ Time Spent"),
            ("aggregatetimeestimate", "Σ Remaining Estimate"),
            ("aggregatetimeoriginalestimate", "Σ Original Estimate"),
        )
    ),
    _system("progress", "Progress", "", "progress", "progress", orderable=False, searchable=False),
    _system("aggregateprogress", "Σ Progress", "", "progress", orderable=False, searchable=False),
    _system("workratio", "Work Ratio", "", "number", "workratio", orderable=False),
    _system("lastViewed", "Last Viewed", "", "datetime", "lastViewed", orderable=False, searchable=False),
    _system("watches", "Watchers", "", "watches", "watchers", orderable=False, searchable=False),
    _system("issuerestriction", "Restrict to", "", "issuerestriction", navigable=False),
    _system("thumbnail", "Images", "", "", orderable=False, searchable=False),
    _system("created", "Created", "", "datetime", "created", "createdDate", orderable=False),
    _system("priority", "Priority", "priority", "priority", "priority"),
    _system("labels", "Labels", "labels", "array", "labels", items="string"),
    _system("versions", "Affects versions", "raw", "array", "affectedVersion", items="version"),
    _system("issuelinks", "Linked Issues", "", "array", "issueLink", "workItemLink", items="issuelinks"),
    _system("assignee", "Assignee", "user", "user", "assignee"),
    _system("updated", "Updated", "", "datetime", "updated", "updatedDate", orderable=False),
    _system("status", "Status", "", "status", "status", orderable=False),
    _system("components", "Components", "components", "array", "component", items="component"),
    _system(
        "issuekey",
        "Key",
        "",
        "",
        "id",
        "issue",
        "issuekey",
        "key",
        "workItem",
        "workItemKey",
        orderable=False,
        searchable=False,
    ),
    _system("description", "Description", "text", "string", "description"),
    _system("timetracking", "Time tracking", "", "timetracking", navigable=False),
    _system("security", "Security Level", "raw", "securitylevel", "level"),
    _system("attachment", "Attachment", "", "array", "attachments", navigable=False, items="attachment"),
    _system("summary", "Summary", "summary", "string", "summary"),
    _system("creator", "Creator", "", "user", "creator", orderable=False),
    _system("subtasks", "Sub-tasks", "", "array", "subtasks", orderable=False, searchable=False, items="issuelinks"),
    _system("reporter", "Reporter", "user", "user", "reporter"),
    _system("environment", "Environment", "text", "string", "environment"),
    _system("duedate", "Due date", "date", "date", "due", "duedate"),
    _system("votes", "Votes", "", "votes", "votes", orderable=False, searchable=False),
    _system("comment", "Comment", "", "comments-page", "comment", navigable=False),
    _system("worklog", "Log Work", "", "array", navigable=False, items="worklog"),
)
_CUSTOM = (
    custom(
        10202,
        "Organizations",
        "organizations",
        "array",
        f"{_DESK_TYPES}sd-customer-organizations",
        "sd-customerorganization",
    ),
    custom(10203, "Approvers", "users", "array", "multiuserpicker", "user"),
    custom(10204, "Impact", "option", *_SELECT, options=_IMPACT),
    custom(10205, "Change type", "option", *_SELECT, options=_options(10040, "Standard", "Normal", "Emergency")),
    custom(10206, "Change risk", "option", *_SELECT, options=_options(10050, *_LEVELS)),
    custom(
        10207, "Change reason", "option", *_SELECT, options=_options(10055, "Repair", "Upgrade", "Maintenance", "Other")
    ),
    custom(10208, "Change start date", "datetime", "datetime", "datetime"),
    custom(10209, "Change completion date", "datetime", "datetime", "datetime"),
    custom(10210, "Request Type", "request_type", "sd-customerrequesttype", f"{_DESK_TYPES}vp-origin"),
    custom(10211, "Urgency", "option", *_SELECT, options=_options(10060, "Critical", "High", "Medium", "Low")),
    custom(
        10212,
        "Severity",
        "option",
        "option",
        "radiobuttons",
        options=_options(10070, "Sev-1", "Sev-2", "Sev-3", "Sev-4"),
    ),
    custom(
        10213,
        "Pending reason",
        "option",
        *_SELECT,
        options=_options(
            10080,
            "More info required",
            "Awaiting approval",
            "Waiting on vendor",
            "Pending on change request",
            "Scheduled",
        ),
    ),
    custom(
        10214,
        "Source",
        "option",
        *_SELECT,
        options=_options(10090, "Email", "Portal", "Phone", "Chat", "Monitoring system", "API"),
    ),
    custom(
        10215,
        "Operational categorization",
        "cascade",
        "option-with-child",
        "cascadingselect",
        options=_tree(10100, _CATEGORISATION),
    ),
    custom(10216, "Affected services", "options", "array", "multiselect", "option", _options(10200, *COMPONENTS)),
    custom(10217, "Root cause", "text", "string", "textarea"),
    custom(10218, "Workaround", "text", "string", "textarea"),
    custom(10219, "Major incident", "options", "array", "multicheckboxes", "option", _options(10210, "Major incident")),
    custom(10220, "Request participants", "users", "array", f"{_DESK_TYPES}sd-request-participants", "user"),
    custom(10221, "Time to first response", "sla", "sd-servicelevelagreement", f"{_DESK_TYPES}sd-sla-field"),
    custom(10222, "Time to resolution", "sla", "sd-servicelevelagreement", f"{_DESK_TYPES}sd-sla-field"),
    custom(10223, "Satisfaction", "feedback", "sd-feedback", f"{_DESK_TYPES}sd-request-feedback"),
    custom(10224, "Satisfaction date", "feedback_date", "datetime", f"{_DESK_TYPES}sd-request-feedback-date"),
    custom(10225, "Approvals", "approvals", "sd-approvals", f"{_DESK_TYPES}sd-approvals"),
    custom(10226, "Assignment group", "group", "group", "grouppicker"),
    custom(10227, "External id", "string", "string", "textfield"),
    custom(10228, "Responders", "users", "array", "multiuserpicker", "user"),
    custom(10229, "Escalation manager", "user", "user", "userpicker"),
    custom(10230, "Resolution notes", "text", "string", "textarea"),
    custom(10231, "Affected users", "number", "number", "float"),
    custom(10232, "Follow up on", "date", "date", "datepicker"),
    custom(10233, "Knowledge article", "url", "string", "url"),
    custom(10234, "Keywords", "labels", "array", "labels", "string"),
    custom(10235, "Informed groups", "groups", "array", "multigrouppicker", "group"),
    custom(10236, "Reported at", "datetime", "datetime", "datetime"),
)
READ_ONLY = frozenset({"sla", "feedback", "feedback_date", "approvals"})
"""Kinds of custom fields that stand on no screen."""


def fields() -> list[Field]:
    """Give all fields."""
    return [*_SYSTEM, *_CUSTOM]
