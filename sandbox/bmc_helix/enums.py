"""Selection lists: labels with their database codes.

Status and the first eight status reasons are documented (docs.bmc.com, incident status reasons); the other status
reasons are offered by public clients, their codes and the statuses that they go with are common knowledge of the
product. Impact, urgency and priority: recorded labels. The labels of ``Work Log Type`` and ``Reported Source`` are
the recorded ones and the usual ones beside them; they differ by version.
"""

from __future__ import annotations

from typing import TypeAlias

Choices: TypeAlias = tuple[tuple[int, str], ...]

NEW, ASSIGNED, IN_PROGRESS, PENDING = "New", "Assigned", "In Progress", "Pending"
RESOLVED, CLOSED, CANCELLED = "Resolved", "Closed", "Cancelled"
STATUS: Choices = tuple(enumerate((NEW, ASSIGNED, IN_PROGRESS, PENDING, RESOLVED, CLOSED, CANCELLED)))

_REASONS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (1000, "Infrastructure Change Created", (PENDING,)),
    (2000, "Local Site Action Required", (PENDING,)),
    (3000, "Purchase Order Approval", (PENDING,)),
    (4000, "Registration Approval", (PENDING,)),
    (5000, "Supplier Delivery", (PENDING,)),
    (6000, "Support Contact Hold", (PENDING,)),
    (7000, "Third Party Vendor Action Reqd", (PENDING,)),
    (8000, "Client Action Required", (PENDING,)),
    (9000, "Infrastructure Change", (PENDING, CLOSED)),
    (10000, "Request", (PENDING,)),
    (11000, "Future Enhancement", (RESOLVED, CLOSED)),
    (12000, "Pending Original Incident", (PENDING,)),
    (13000, "Client Hold", (PENDING,)),
    (14000, "Monitoring Incident", (RESOLVED, CLOSED)),
    (15000, "Customer Follow-Up Required", (RESOLVED, CLOSED)),
    (16000, "Temporary Corrective Action", (RESOLVED, CLOSED)),
    (17000, "No Further Action Required", (RESOLVED, CLOSED)),
    (18000, "Resolved by Original Incident", (RESOLVED, CLOSED)),
    (19000, "Automated Resolution Reported", (RESOLVED, CLOSED)),
    (20000, "No longer a Causal CI", (CANCELLED,)),
)
STATUS_REASON: Choices = tuple((code, label) for code, label, _ in _REASONS)
REASONS_OF: dict[str, frozenset[str]] = {
    status: frozenset(label for _, label, of in _REASONS if status in of) for _, status in STATUS
}
"""Status -> the status reasons that go with it."""

IMPACT: Choices = (
    (1000, "1-Extensive/Widespread"),
    (2000, "2-Significant/Large"),
    (3000, "3-Moderate/Limited"),
    (4000, "4-Minor/Localized"),
)
URGENCY: Choices = ((1000, "1-Critical"), (2000, "2-High"), (3000, "3-Medium"), (4000, "4-Low"))
PRIORITY: Choices = tuple(enumerate(("Critical", "High", "Medium", "Low")))
SERVICE_TYPE: Choices = tuple(
    enumerate(
        (
            "User Service Restoration",
            "User Service Request",
            "Infrastructure Restoration",
            "Infrastructure Event",
            "Security Incident",
        )
    )
)
REPORTED_SOURCE: Choices = (
    (1000, "Direct Input"),
    (2000, "Email"),
    (3000, "External Escalation"),
    (4000, "Fax"),
    (4200, "Self Service"),
    (5000, "Systems Management"),
    (6000, "Phone"),
    (7000, "Voice Mail"),
    (8000, "Walk In"),
    (9000, "Web"),
    (10000, "Other"),
    (11000, "BMC Impact Manager Event"),
    (12000, "Chat"),
)
WORK_LOG_TYPE: Choices = (
    (1000, "Customer Inbound Communication"),
    (2000, "Customer Communication"),
    (3000, "Customer Follow-up"),
    (4000, "Working Log"),
    (5000, "Email System"),
    (6000, "Assignment Change"),
    (7000, "Status Update"),
    (8000, "General Information"),
    (9000, "Incident Task / Action"),
    (10000, "Resolution Communications"),
    (11000, "Satisfaction Survey"),
)
VIEW_ACCESS: Choices = ((0, "Internal"), (1, "Public"))
YES_NO: Choices = ((0, "Yes"), (1, "No"))
ENABLED: Choices = tuple(enumerate(("Proposed", "Enabled", "Offline", "Obsolete", "Archive", "Delete")))
COMMUNICATION_TYPE: Choices = ((0, "Inbound"), (1, "Outbound"))
CLIENT_TYPE: Choices = (
    (2000, "Office-Based Employee"),
    (3000, "Field-Based Employee"),
    (4000, "Home-Based Employee"),
    (5000, "Contractor"),
    (7000, "Customer"),
    (8000, "Prospect"),
    (10000, "Vendor"),
)
SENSITIVITY: Choices = ((0, "Sensitive"), (1, "Standard"))
REQUEST_TYPE: Choices = (
    (6000, "Configuration Item"),
    (9000, "Incident"),
    (10000, "Infrastructure Change"),
    (11000, "Known Error"),
    (12000, "Problem Investigation"),
)
ASSOCIATION_TYPE: Choices = (
    (5000, "Caused"),
    (6000, "Caused by"),
    (19000, "Duplicate of"),
    (20000, "Original of"),
    (31000, "Resolved"),
    (32000, "Resolved by"),
    (35000, "Related to"),
)
MIRRORED = {
    "Caused": "Caused by",
    "Caused by": "Caused",
    "Duplicate of": "Original of",
    "Original of": "Duplicate of",
    "Resolved": "Resolved by",
    "Resolved by": "Resolved",
    "Related to": "Related to",
}
"""What a relationship is called from its other end."""
MEASUREMENT_STATUS: Choices = tuple(
    enumerate(("Attached", "In Process", "Warning", "Pending", "Met", "Missed", "Missed Goal", "Detached", "Invalid"))
)
TASK_STATUS: Choices = (
    (1000, "Staged"),
    (2000, "Assigned"),
    (3000, "Pending"),
    (4000, "Work In Progress"),
    (6000, "Closed"),
    (7000, "Bypassed"),
    (8000, "Cancelled"),
)
PROBLEM_STATUS: Choices = tuple(
    enumerate(("Draft", "Under Review", "Request For Authorization", "Assigned", "Under Investigation", "Pending",
               "Completed", "Rejected", "Closed", "Cancelled"))
)  # fmt: skip
CHANGE_STATUS: Choices = tuple(
    enumerate(("Draft", "Request For Authorization", "Request For Change", "Planning In Progress", "Scheduled For Review",
               "Scheduled For Approval", "Scheduled", "Implementation In Progress", "Pending", "Rejected", "Completed",
               "Closed", "Cancelled"))
)  # fmt: skip
