"""What a fresh account is set up with: workspaces, statuses, sources, categories, own fields, roles.

Numbers of the standard statuses, priorities and sources are those of api.freshservice.com, "Ticket properties"; own
statuses have higher numbers, own sources begin at 1001. The major-incident fields are in every account (recorded).
"""

from __future__ import annotations

from typing import TypeAlias

from .records import GLOBAL_WORKSPACE, PRIMARY_WORKSPACE, Json
from .sla import AWAITING_VENDOR

Tree: TypeAlias = dict[str, "Tree"]

ADMIN_EMAIL = "isthmus@example.com"
ADMIN_KEY = "q7Wm2xNd9LkPz4TrVb6S"
SUPPORT_EMAIL = "support@isthmus.example.com"
"""From which replies are sent."""
SECOND_WORKSPACE = 3
WORKSPACES: tuple[Json, ...] = (
    {"id": PRIMARY_WORKSPACE, "name": "IT", "primary": True, "template_name": "it"},
    {"id": SECOND_WORKSPACE, "name": "HR", "primary": False, "template_name": "hr"},
)

IN_PROGRESS = 6
STATUSES: dict[int, tuple[str, str]] = {
    2: ("Open", "Being Processed"),
    3: ("Pending", "Awaiting your Reply"),
    4: ("Resolved", "This ticket has been Resolved"),
    5: ("Closed", "This ticket has been Closed"),
    IN_PROGRESS: ("In Progress", "Being Processed"),
    AWAITING_VENDOR: ("Awaiting Vendor", "Being Processed"),
}
"""Number -> (what agents see, what requesters see)."""
PRIORITIES = {1: "Low", 2: "Medium", 3: "High", 4: "Urgent"}
LEVELS = {1: "Low", 2: "Medium", 3: "High"}
"""Of urgency and impact."""
SOURCES = {
    1: "Email", 2: "Portal", 3: "Phone", 4: "Chat", 5: "Feedback Widget", 6: "Yammer", 7: "AWS CloudWatch",
    8: "PagerDuty", 9: "Walk-up", 10: "Slack", 11: "Chatbot", 12: "Workplace", 13: "Employee Onboarding", 14: "Alerts",
    15: "MS Teams", 18: "Employee Offboarding",
}  # fmt: skip
FIRST_OWN_SOURCE = 1001
CREATED_TYPES = ("Incident",)
"""Types that a ticket can be created with."""
TYPES = ("Incident", "Service Request", "Major Incident", "Case")

CATEGORIES: Tree = {
    "network": {"vpn": {"client": {}, "gateway": {}}, "wireless": {}, "dns": {}},
    "hardware": {"laptop": {"docking station": {}, "battery": {}}, "printer": {}, "monitor": {}},
    "software": {"email": {}, "erp": {}, "browser": {}},
    "database": {"oracle": {}, "postgresql": {}},
    "access": {"password": {}, "permission": {}},
    "inquiry": {"how to": {}, "order": {}},
}
DEPARTMENTS = ("Operations", "Sales", "Finance")

OWN_FIELDS: tuple[tuple[str, str, str, tuple[str, ...], int], ...] = (
    ("major_incident_type", "Major incident type", "custom_dropdown", ("Full outage", "Partial outage"), GLOBAL_WORKSPACE),
    ("business_impact", "Business impact", "custom_paragraph", (), GLOBAL_WORKSPACE),
    ("impacted_locations", "Impacted locations", "custom_text", (), GLOBAL_WORKSPACE),
    ("no_of_customers_impacted", "No. of customers impacted", "custom_text", (), GLOBAL_WORKSPACE),
    ("external_ref", "External reference", "custom_text", (), GLOBAL_WORKSPACE),
    ("external_number", "External number", "custom_number", (), GLOBAL_WORKSPACE),
    ("service", "Service", "custom_text", (), PRIMARY_WORKSPACE),
    (
        "resolution_code",
        "Resolution code",
        "custom_dropdown",
        ("permanent", "workaround", "no fault found", "user error", "canceled"),
        PRIMARY_WORKSPACE,
    ),
    ("cause", "Cause", "custom_paragraph", (), PRIMARY_WORKSPACE),
    ("workaround", "Workaround", "custom_paragraph", (), PRIMARY_WORKSPACE),
    ("vip", "VIP", "custom_checkbox", (), PRIMARY_WORKSPACE),
    ("follow_up_on", "Follow up on", "custom_date", (), PRIMARY_WORKSPACE),
    ("called_back_at", "Called back at", "custom_date_time", (), PRIMARY_WORKSPACE),
    ("cost", "Cost", "custom_decimal", (), PRIMARY_WORKSPACE),
    ("sites", "Sites", "custom_multi_select_dropdown", ("lyon", "kraków", "osaka"), PRIMARY_WORKSPACE),
    ("employee_number", "Employee number", "custom_text", (), SECOND_WORKSPACE),
)
"""Name, label, kind, values, workspace."""
STRICT_FIELDS = ("category", "resolution_code")
"""Fields that the ``strict`` profile requires for closure."""

ROLES = (
    ("Account Admin", "Has complete control over the help desk including access to account settings."),
    ("Admin", "Can configure all features through the admin tab."),
    ("SD Supervisor", "Can perform all agent related activities and access reports."),
    ("SD Agent", "Can log, view, reply, update and resolve tickets and manage contacts."),
    ("Problem Manager", "Has full access to the problem module."),
)
ADMINS = frozenset({"Account Admin", "Admin"})
PRIORITY_MATRIX = ((1, 1, 2), (1, 2, 3), (2, 3, 4))
"""Priority by impact (row) and urgency (column), where the account has switched the matrix on."""
