"""Choice lists of the base product, by table and column, as rows for ``sys_choice``.

States, hold reasons and resolution codes: product documentation of the incident state model. Labels of impact, urgency,
priority, approval and notify: recorded replies with ``sysparm_display_value=true``. Choices of inherited columns stand
under ``task``, those that incident has of its own under ``incident``. As on a customer's instance, some categories and
subcategories are the customer's own (``access``, ``laptop``, ``erp``, ...).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice."""

    table: str
    element: str
    value: str
    label: str
    sequence: int
    dependent_value: str = ""


_LISTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("incident", "state"): ("1=New", "2=In Progress", "3=On Hold", "6=Resolved", "7=Closed", "8=Canceled"),
    ("incident", "incident_state"): ("1=New", "2=In Progress", "3=On Hold", "6=Resolved", "7=Closed", "8=Canceled"),
    ("incident", "hold_reason"): ("1=Awaiting Caller", "3=Awaiting Problem", "4=Awaiting Vendor", "5=Awaiting Change"),
    ("incident", "severity"): ("1=1 - High", "2=2 - Medium", "3=3 - Low"),
    ("incident", "notify"): ("1=Do Not Notify", "2=Send Email", "3=Telephone"),
    ("incident", "category"): (
        "inquiry=Inquiry / Help",
        "software=Software",
        "hardware=Hardware",
        "network=Network",
        "database=Database",
        "access=Access",
    ),
    ("incident", "close_code"): (
        "Duplicate",
        "Known error",
        "No resolution provided",
        "Resolved by caller",
        "Resolved by change",
        "Resolved by problem",
        "Resolved by request",
        "Solution provided",
        "Workaround provided",
        "User error",
        "Solved (Work Around)",
        "Solved (Permanently)",
        "Solved Remotely (Work Around)",
        "Solved Remotely (Permanently)",
        "Not Solved (Not Reproducible)",
        "Not Solved (Too Costly)",
        "Closed/Resolved by Caller",
    ),
    ("incident", "contact_type"): (
        "chat=Chat",
        "email=Email",
        "phone=Phone",
        "self-service=Self-service",
        "virtual_agent=Virtual Agent",
        "walk-in=Walk-in",
        "monitoring=Monitoring",
    ),
    ("task", "impact"): ("1=1 - High", "2=2 - Medium", "3=3 - Low"),
    ("task", "urgency"): ("1=1 - High", "2=2 - Medium", "3=3 - Low"),
    ("task", "priority"): ("1=1 - Critical", "2=2 - High", "3=3 - Moderate", "4=4 - Low", "5=5 - Planning"),
    ("task", "escalation"): ("0=Normal", "1=Moderate", "2=High", "3=Overdue"),
    ("task", "approval"): (
        "not requested=Not Yet Requested",
        "requested=Requested",
        "approved=Approved",
        "rejected=Rejected",
    ),
    ("task", "upon_approval"): ("proceed=Proceed to Next Task", "do_nothing=Wait for a User to Close this task"),
    ("task", "upon_reject"): ("cancel=Cancel all future Tasks", "goto=Go to a previous Task"),
    ("task", "contact_type"): ("email=Email", "phone=Phone", "self-service=Self-service", "walk-in=Walk-in"),
    ("task", "state"): ("-5=Pending", "1=Open", "2=Work in Progress", "3=Closed Complete", "4=Closed Incomplete"),
    ("problem", "state"): (
        "101=New",
        "102=Assess",
        "103=Root Cause Analysis",
        "104=Fix in Progress",
        "106=Resolved",
        "107=Closed",
    ),
    ("problem", "problem_state"): (
        "101=New",
        "102=Assess",
        "103=Root Cause Analysis",
        "104=Fix in Progress",
        "106=Resolved",
        "107=Closed",
    ),
    ("change_request", "state"): (
        "-5=New",
        "-4=Assess",
        "-3=Authorize",
        "-2=Scheduled",
        "-1=Implement",
        "0=Review",
        "3=Closed",
        "4=Canceled",
    ),
    ("change_request", "type"): ("standard=Standard", "normal=Normal", "emergency=Emergency"),
    ("change_request", "category"): ("Hardware", "Software", "Service", "Network", "Documentation", "Other"),
    ("change_request", "phase"): ("requested=Requested", "plan=Plan", "build=Build", "test=Test", "deploy=Deploy"),
    ("change_request", "phase_state"): ("open=Open", "complete=Complete"),
    ("change_request", "scope"): ("1=Massive", "2=Large", "3=Medium", "4=Small", "5=Tiny"),
    ("change_request", "risk"): ("2=High", "3=Moderate", "4=Low"),
}

_SUBCATEGORIES: dict[str, tuple[str, ...]] = {
    "inquiry": (
        "antivirus=Antivirus",
        "email=Email",
        "internal application=Internal Application",
        "how to=How to",
        "order=Order",
    ),
    "software": ("email=Email", "os=Operating System", "erp=ERP", "browser=Browser"),
    "hardware": (
        "laptop=Laptop",
        "cpu=CPU",
        "disk=Disk",
        "keyboard=Keyboard",
        "memory=Memory",
        "monitor=Monitor",
        "mouse=Mouse",
        "printer=Printer",
    ),
    "network": ("dhcp=DHCP", "dns=DNS", "ip address=IP Address", "vpn=VPN", "wireless=Wireless"),
    "database": ("db2=DB2", "sql server=MS SQL Server", "oracle=Oracle", "postgresql=PostgreSQL"),
    "access": ("password=Password", "permission=Permission"),
}


def base_choices() -> Iterator[Choice]:
    """Give every choice of the base product, in sequence."""
    for (table, element), entries in _LISTS.items():
        yield from _choices(table, element, entries)
    for category, entries in _SUBCATEGORIES.items():
        yield from _choices("incident", "subcategory", entries, category)


def _choices(table: str, element: str, entries: tuple[str, ...], dependent_value: str = "") -> Iterator[Choice]:
    for sequence, entry in enumerate(entries, 1):
        value, _, label = entry.partition("=")
        yield Choice(table, element, value, label or value, sequence, dependent_value)
