"""The fields of a request: their types, which of them can be written, and which custom fields the account has.

``created_time`` is taken as read-only in both products (the documents differ). ``last_updated_time`` is stored as the time
of the last edit; Cloud shows the time of creation before the first one, on-premises shows null.

Source: manageengine.com, sdpod-v3-api and sdpop-v3-api, requests: attributes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["text", "html", "lookup", "user", "time", "flag", "emails", "items", "number", "object"]
LONGEST_TEXT = 250


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request."""

    name: str
    kind: Kind
    title: str
    writable: bool = True
    options: str = ""
    """Of a lookup: the kind of its options."""


def _lookups() -> list[Field]:
    rows = (
        ("status", "statuses", "Request Status"),
        ("priority", "priorities", "Priority"),
        ("urgency", "urgencies", "Urgency"),
        ("impact", "impacts", "Impact"),
        ("level", "levels", "Level"),
        ("mode", "modes", "Mode"),
        ("request_type", "request_types", "Request Type"),
        ("category", "categories", "Category"),
        ("subcategory", "subcategories", "Subcategory"),
        ("item", "items", "Item"),
        ("service_category", "service_categories", "Service Category"),
        ("template", "request_templates", "Request Template"),
        ("group", "groups", "Group"),
        ("site", "sites", "Site"),
        ("department", "departments", "Department"),
        ("sla", "slas", "SLA"),
    )
    return [Field(name, "lookup", title, name != "sla", options) for name, options, title in rows]


def _plain(kind: Kind, *names: str, writable: bool = True) -> list[Field]:
    return [Field(name, kind, name.replace("_", " ").title(), writable) for name in names]


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        *_plain("text", "subject", "impact_details"),
        *_plain("html", "description"),
        *_lookups(),
        *_plain("user", "requester", "technician", "on_behalf_of", "editor"),
        *_plain("user", "created_by", "deleted_by", writable=False),
        *_plain("time", "due_by_time", "first_response_due_by_time", "scheduled_start_time", "scheduled_end_time"),
        *_plain(
            "time",
            "created_time",
            "last_updated_time",
            "assigned_time",
            "responded_time",
            "resolved_time",
            "completed_time",
            "deleted_time",
            "onhold_time",
            "deleted_on",
            "ola_due_by_time",
            writable=False,
        ),
        *_plain("flag", "is_fcr"),
        *_plain(
            "flag",
            "is_service_request",
            "is_overdue",
            "is_first_response_overdue",
            "is_escalated",
            "is_reopened",
            "is_read",
            "is_trashed",
            "has_notes",
            "has_attachments",
            "has_conversation",
            "has_linked_requests",
            "has_problem",
            "has_project",
            "has_draft",
            "has_request_initiated_change",
            "has_request_caused_by_change",
            "cancellation_requested",
            "cancel_requested",
            writable=False,
        ),
        *_plain("emails", "email_ids_to_notify"),
        *_plain("emails", "email_to", "email_cc", "email_bcc", writable=False),
        *_plain("items", "assets", "configuration_items"),
        *_plain("number", "unreplied_count", "time_elapsed", writable=False),
        *_plain("text", "id", "display_id", "short_description", "notification_status", writable=False),
        *_plain(
            "object",
            "attachments",
            "lifecycle",
            "approval_status",
            "linked_to_request",
            "tags",
            "cancel_flag_comments",
            writable=False,
        ),
    )
}
WRITE_ONLY = ("status_change_comments", "update_reason", "closure_info", "resolution", "onhold_scheduler", "udf_fields")
"""Keys of a written request that are no plain fields."""
SORTABLE = (
    "created_time",
    "due_by_time",
    "first_response_due_by_time",
    "last_updated_time",
    "scheduled_start_time",
    "scheduled_end_time",
    "subject",
    "id",
    "priority",
    "status",
)


@dataclass(frozen=True, slots=True)
class Custom:
    """A custom field: a key of ``udf_fields``."""

    key: str
    title: str
    type: Literal["string", "integer", "double", "boolean", "datetime"]
    options: tuple[str, ...] = ()
    """The allowed values of a pick list."""


CUSTOM: dict[str, Custom] = {
    custom.key: custom
    for custom in (
        Custom("udf_char1", "External ID", "string"),
        Custom("udf_char2", "Labels", "string"),
        Custom("udf_char3", "Vendor Reference", "string"),
        Custom("udf_long1", "Affected Users", "integer"),
        Custom("udf_date1", "Original Creation Time", "datetime"),
        Custom("udf_pick_303", "Root Cause", "string", ("Hardware fault", "Software fault", "Human error", "Unknown")),
        Custom("udf_mline_304", "Workaround", "string"),
        Custom("dbl_305", "Cost of Repair", "double"),
        Custom("bool_306", "Major Incident", "boolean"),
    )
}
