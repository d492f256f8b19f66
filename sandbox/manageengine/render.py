"""A request as each product shows it: whole, and as the cut-down row of a list.

The keys are those of recorded bodies. On-premises leaves out the times of responding, resolving and completing while they
are null. Lists lack description, category, urgency, impact and custom fields unless ``fields_required`` names them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from . import text
from .catalogue import attribute
from .fields import FIELDS
from .flavour import Flavour
from .records import Json, Request
from .rendering import Parts
from .times import shown

if TYPE_CHECKING:
    from .vendor import ManageEngine

COMMON = (
    "id", "subject", "description", "status", "priority", "urgency", "impact", "impact_details", "level", "mode",
    "request_type", "category", "subcategory", "item", "template", "requester", "technician", "group", "site",
    "department", "created_by", "created_time", "last_updated_time", "due_by_time", "first_response_due_by_time",
    "assigned_time", "resolution", "udf_fields", "sla", "lifecycle", "approval_status", "notification_status",
    "linked_to_request", "has_notes", "has_attachments", "has_linked_requests", "has_draft", "has_problem",
    "has_project", "has_request_initiated_change", "is_overdue", "is_first_response_overdue", "is_reopened",
    "is_read", "is_trashed", "is_service_request", "unreplied_count", "email_to", "email_cc",
    "email_ids_to_notify",
)  # fmt: skip
CLOUD_DETAIL = (
    *COMMON,
    "display_id", "attachments", "responded_time", "resolved_time", "completed_time", "deleted_time",
    "onhold_scheduler", "time_elapsed", "cancellation_requested", "cancel_flag_comments", "email_bcc",
    "is_escalated", "is_fcr",
)  # fmt: skip
SERVER_DETAIL = (
    *COMMON,
    "assets", "primary_asset", "service_category", "scheduled_start_time", "scheduled_end_time", "onhold_time",
    "ola_due_by_time", "tags", "chat_type", "callback_url", "recommend_template", "reason_for_cancel",
    "cancel_requested", "cancel_requested_by", "cancel_requested_time", "cancel_requested_is_pending",
    "sla_violated_group", "sla_violated_technician", "has_conversation", "has_dependency",
    "has_resolution_attachments", "has_request_caused_by_change", "is_shared", "request_template_task_ids",
)  # fmt: skip
WHEN_SET = ("closure_info", "on_behalf_of", "editor", "configuration_items")
CLOUD_WHEN_SET = (*WHEN_SET, "assets", "service_category", "scheduled_start_time", "scheduled_end_time")
SERVER_WHEN_SET = (*WHEN_SET, "responded_time", "resolved_time", "completed_time", "deleted_by", "deleted_on")
CLOUD_ROW = (
    "id", "display_id", "subject", "status", "requester", "technician", "template", "created_time", "due_by_time",
    "group", "has_draft", "has_notes", "is_service_request", "cancellation_requested", "cancel_flag_comments",
)  # fmt: skip
SERVER_ROW = (
    "id", "subject", "short_description", "status", "priority", "requester", "technician", "created_by",
    "created_time", "due_by_time", "group", "site", "template", "is_overdue", "is_service_request",
    "time_elapsed", "response_time_elapsed", "cancel_requested", "cancel_requested_is_pending",
)  # fmt: skip
EMPTY_LISTS = frozenset(
    {
        "email_to", "email_cc", "email_bcc", "email_ids_to_notify", "assets", "configuration_items", "tags",
        "request_template_task_ids",
    }
)  # fmt: skip
ALWAYS_FALSE = frozenset(
    {"cancel_requested_is_pending", "has_dependency", "is_shared", "cancel_requested", "cancellation_requested"}
)


class Render:
    """Renders requests of one server."""

    def __init__(self, vendor: ManageEngine) -> None:
        self.vendor = vendor
        self.parts = Parts(vendor.state)
        self._computed: dict[str, Callable[[Request, Flavour], Any]] = {
            "id": lambda request, flavour: flavour.id(request.number),
            "display_id": lambda request, flavour: str(request.number),
            "description": lambda request, flavour: self.parts.html(request, request.values.get("description"), flavour),
            "short_description": lambda request, flavour: text.short(request.values.get("description")),
            "technician": lambda request, flavour: self.parts.technician(request.values.get("technician"), flavour),
            "last_updated_time": lambda request, flavour: shown(updated(request, flavour), flavour),
            "resolution": self._resolution,
            "udf_fields": self.parts.udf,
            "attachments": lambda request, flavour: self.parts.files(request, "request", flavour),
            "closure_info": self._closure,
            "onhold_scheduler": self._scheduler,
            "linked_to_request": self._linked_to,
            "unreplied_count": lambda request, flavour: request.values.get("unreplied_count", 0 if flavour.cloud else None),
            "time_elapsed": lambda request, flavour: self._elapsed(request) or ("0" if flavour.cloud else None),
            "chat_type": lambda request, flavour: 0,
            "has_notes": lambda request, flavour: bool(request.notes),
            "has_attachments": lambda request, flavour: any(file.place == "request" for file in request.files.values()),
            "has_resolution_attachments": lambda request, flavour: any(
                file.place == "resolution" for file in request.files.values()
            ),
            "has_conversation": lambda request, flavour: bool(request.replies),
            "has_linked_requests": lambda request, flavour: bool(request.links),
            "is_overdue": lambda request, flavour: self.overdue(request, "due_by_time", "resolved_time", "completed_time"),
            "is_first_response_overdue": lambda request, flavour: self.overdue(
                request, "first_response_due_by_time", "responded_time"
            ),
            "primary_asset": lambda request, flavour: next(iter(self.value(request, "assets", flavour)), None),
        }

    def detail(self, request: Request, flavour: Flavour) -> Json:
        """Give the whole request."""
        keys, more = (CLOUD_DETAIL, CLOUD_WHEN_SET) if flavour.cloud else (SERVER_DETAIL, SERVER_WHEN_SET)
        body = {key: self.value(request, key, flavour) for key in keys}
        for key in more:
            value = self.value(request, key, flavour)
            if value is not None and value != []:
                body[key] = value
        return body

    def row(self, request: Request, flavour: Flavour, wanted: Iterable[str] = ()) -> Json:
        """Give the row of a list, with the wanted fields only where some are named."""
        keys = dict.fromkeys(("id", *wanted)) if wanted else CLOUD_ROW if flavour.cloud else SERVER_ROW
        return {key: self.value(request, key, flavour) for key in keys}

    def known(self, key: str) -> bool:
        """Tell whether a key may be asked for."""
        return key in FIELDS or key in self._computed or key in CLOUD_DETAIL or key in SERVER_DETAIL

    def value(self, request: Request, key: str, flavour: Flavour) -> Any:
        """Give what a request shows under a key."""
        computed = self._computed.get(key)
        if computed is not None:
            return computed(request, flavour)
        stored = request.values.get(key)
        field = FIELDS.get(key)
        match field.kind if field else None:
            case "lookup":
                return self.parts.option(field.options if field else "", stored, flavour)
            case "user":
                return self.parts.user(stored, flavour)
            case "time":
                return shown(stored, flavour)
            case "flag":
                return bool(stored)
            case "items":
                return [self.parts.item(number, flavour) for number in stored or ()]
            case _:
                return [] if stored is None and key in EMPTY_LISTS else False if key in ALWAYS_FALSE else stored

    # -- computed

    def overdue(self, request: Request, due: str, *done: str) -> bool:
        """Tell whether a due time has passed before it was done; a stopped clock never runs out."""
        limit = request.values.get(due)
        end = next((request.values[name] for name in done if request.values.get(name) is not None), None)
        if limit is None or (end is None and request.held_since is not None):
            return False
        return (self.vendor.now() if end is None else end) > limit

    def in_progress(self, request: Request) -> bool:
        """Tell whether the status of a request says that it is not completed."""
        return bool(attribute(self.vendor.state.option("statuses", request.values["status"]), "in_progress"))

    def _elapsed(self, request: Request) -> str | None:
        """Give the milliseconds that a request took, once it is done; that holds count is (unconfirmed)."""
        done = request.values.get("resolved_time") or request.values.get("completed_time")
        return str(max(0, done - request.values["created_time"])) if done else None

    def _resolution(self, request: Request, flavour: Flavour) -> Json | None:
        body = self.parts.resolution(request, flavour)
        return None if flavour.cloud and body["content"] is None else body

    def _closure(self, request: Request, flavour: Flavour) -> Json | None:
        kept: Json | None = request.values.get("closure_info")
        if kept is None:
            return None
        return {
            "closure_code": self.parts.option("closure_codes", kept.get("closure_code"), flavour),
            "closure_comments": kept.get("closure_comments"),
            "requester_ack_resolution": bool(kept.get("requester_ack_resolution")),
            "requester_ack_comments": kept.get("requester_ack_comments"),
        }

    def _scheduler(self, request: Request, flavour: Flavour) -> Json | None:
        kept: Json | None = request.values.get("onhold_scheduler")
        if kept is None:
            return None
        return {
            "scheduled_time": shown(kept["scheduled_time"], flavour),
            "change_to_status": self.parts.option("statuses", kept["change_to_status"], flavour),
            "comments": kept["comments"],
            "held_by": self.parts.user(kept["held_by"], flavour),
        }

    def _linked_to(self, request: Request, flavour: Flavour) -> Json | None:
        parent = self.vendor.state.requests.get(request.values.get("linked_to", 0))
        return None if parent is None else self.linked(parent, flavour)

    def linked(self, other: Request, flavour: Flavour) -> Json:
        """Give a request as a link shows it (recorded)."""
        body: Json = {
            "id": flavour.id(other.number),
            "subject": other.values["subject"],
            "udf_fields": {"udf_char1": other.udf.get("udf_char1")},
        }
        return {**body, "display_id": str(other.number)} if flavour.cloud else body


def updated(request: Request, flavour: Flavour) -> int | None:
    """Give the time of the last edit: before the first one it is the creation's in Cloud, and null on-premises."""
    edited = request.edited
    return request.created if edited is None and flavour.cloud else edited
