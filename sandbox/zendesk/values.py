"""Reading the ``ticket`` object of a write: which keys are allowed, what each means, and what is refused.

Unknown and read-only keys are dropped without an error; the header ``x-zendesk-api-warn`` names them (recorded). Refusals
are 422 ``RecordInvalid``. Source: developer.zendesk.com, Tickets ("JSON format", "Create", "Update").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from . import text
from .custom_values import field_value, tags_of
from .errors import invalid
from .records import Json, Ticket, User
from .times import parse

if TYPE_CHECKING:
    from .vendor import Zendesk

TYPES = ("problem", "incident", "question", "task")
PRIORITIES = ("low", "normal", "high", "urgent")
CATEGORIES = ("new", "open", "pending", "hold", "solved")

COMMON = frozenset(
    [
        "external_id",
        "type",
        "subject",
        "raw_subject",
        "comment",
        "status",
        "custom_status_id",
        "priority",
        "requester_id",
        "requester",
        "assignee_id",
        "assignee_email",
        "group_id",
        "organization_id",
        "collaborator_ids",
        "collaborators",
        "additional_collaborators",
        "email_ccs",
        "followers",
        "email_cc_ids",
        "follower_ids",
        "tags",
        "custom_fields",
        "fields",
        "ticket_form_id",
        "brand_id",
        "problem_id",
        "due_at",
        "metadata",
        "macro_id",
        "macro_ids",
        "attribute_value_ids",
        "voice_comment",
        "safe_update",
        "updated_stamp",
        "description",
    ]
)
CREATE = COMMON | {"submitter_id", "recipient", "via_id", "via_followup_source_id", "via"}
BULK = COMMON | {"additional_tags", "remove_tags", "id"}
IMPORT = CREATE | {"comments", "created_at", "updated_at", "solved_at"}
COMMENT = frozenset({"body", "html_body", "plain_body", "public", "author_id", "uploads", "type", "value", "created_at"})


def warning(action: str, keys: list[str]) -> str:
    """Give the value of ``x-zendesk-api-warn``: Ruby's text of a hash (recorded)."""
    named = ", ".join(f'"{key}"' for key in keys)
    allowed = f':controller=>"tickets", :action=>"{action}", :unpermitted_keys=>[{named}], :invalid_values=>[]'
    return f"{{:allowed_parameters=>{{{allowed}}}}}"


def warn(action: str, data: Mapping[str, Any], allowed: frozenset[str]) -> str | None:
    """Give the warning of the keys that an action drops, or None."""
    dropped = [f"ticket.{key}" for key in data if key not in allowed]
    comment = data.get("comment")
    if isinstance(comment, dict):
        dropped += [f"ticket.comment.{key}" for key in cast("Json", comment) if key not in COMMENT]
    return warning(action, dropped) if dropped else None


class Reader:
    """Reads the attributes of one write into values of :class:`~.records.Ticket`, checking each."""

    def __init__(self, vendor: Zendesk, actor: User, ticket: Ticket | None) -> None:
        self.vendor = vendor
        self.state = vendor.state
        self.actor = actor
        self.ticket = ticket

    def read(self, data: Json) -> Json:
        """Give the new values by attribute of the ticket; what the write does not name is absent."""
        values: Json = {}
        readers: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
            ("external_id", "external_id", _text_or_none),
            ("raw_subject", "subject", _text),
            ("subject", "subject", _text),
            ("type", "type", lambda value: _choice("type", "Type", value, TYPES)),
            ("priority", "priority", lambda value: _choice("priority", "Priority", value, PRIORITIES)),
            ("due_at", "due_at", _due),
            ("recipient", "recipient", _text_or_none),
            ("tags", "tags", text.normalize_tags),
            ("problem_id", "problem_id", self._problem),
            ("brand_id", "brand_id", lambda value: value or self.state.brand_id),
            ("ticket_form_id", "form_id", lambda value: value or self.state.form_id),
        )
        for key, attribute, reader in readers:
            if key in data:
                values[attribute] = reader(data[key])
        self._people(data, values)
        self._status(data, values)
        self._fields(data, values)
        return values

    # -- people

    def _people(self, data: Json, values: Json) -> None:
        if requester := data.get("requester"):
            values["requester_id"] = self.person(requester)
        elif data.get("requester_id"):
            values["requester_id"] = self._user("requester", data["requester_id"]).id
        if data.get("submitter_id"):
            values["submitter_id"] = self._user("submitter", data["submitter_id"]).id
        if "group_id" in data:
            values["group_id"] = self._group(data["group_id"])
        if "assignee_email" in data or "assignee_id" in data:
            values["assignee_id"] = self._assignee(data)
        if "organization_id" in data:
            number = _integer(data["organization_id"])
            if number is not None and number not in self.state.organizations:
                raise invalid("organization_id", "Organization: is invalid")
            values["organization_id"] = number
        for key, attribute in (("email_ccs", "email_cc_ids"), ("followers", "follower_ids")):
            if isinstance(data.get(key), list):
                values[attribute] = self._watchers(attribute, data[key])
        for key in ("collaborator_ids", "collaborators", "additional_collaborators"):
            if isinstance(data.get(key), list):
                kept = self.ticket.email_cc_ids if self.ticket and key.startswith("additional") else []
                values["email_cc_ids"] = sorted({*kept, *(self.person(who) for who in data[key])})

    def person(self, who: Any) -> int:
        """Give the id of a user by id, e-mail or ``{name, email}``; an unknown e-mail makes an end user."""
        if isinstance(who, int | str) and str(who).isdigit():
            return self._user("requester", who).id
        given: Json = cast("Json", who) if isinstance(who, dict) else {"email": who}
        email, name = str(given.get("email") or "").strip(), str(given.get("name") or "").strip()
        known = self.state.user_with_email(email) if email else None
        if known is not None:
            return known.id
        if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
            raise invalid("email", f"Email: {email} is not properly formatted", "InvalidFormat")
        if not name and isinstance(who, dict):
            raise invalid("requester", "Requester: Name: is too short (minimum one character)", "BlankValue")
        return self.state.add_user(name or email.partition("@")[0], email or None, "end-user", self.vendor.now()).id

    def _user(self, role: str, number: Any) -> User:
        user = self.state.users.get(_integer(number) or 0)
        if user is None or not user.active:
            raise invalid(role, f"{role.capitalize()}: is required", "BlankValue")
        return user

    def _group(self, number: Any) -> int | None:
        given = _integer(number)
        group = self.state.groups.get(given or 0)
        if given and (group is None or group.deleted):
            raise invalid("group", "Group: is invalid")
        return given or None

    def _assignee(self, data: Json) -> int | None:
        if data.get("assignee_email"):
            user = self.state.user_with_email(str(data["assignee_email"]))
        elif data.get("assignee_id"):
            user = self.state.users.get(_integer(data["assignee_id"]) or 0)
        else:
            return None
        if user is None or not user.is_agent or not user.active:
            raise invalid("assignee", "Assignee: is invalid")
        return user.id

    def _watchers(self, attribute: str, entries: list[Any]) -> list[int]:
        kept = set[int](getattr(self.ticket, attribute) if self.ticket else ())
        for entry in cast("list[Json]", entries):
            number = (
                self._user("user", entry["user_id"]).id
                if entry.get("user_id")
                else self.person(
                    {"email": entry.get("user_email"), "name": entry.get("user_name") or entry.get("user_email")}
                )
            )
            kept = kept - {number} if entry.get("action") == "delete" else kept | {number}
        return sorted(kept)

    def _problem(self, value: Any) -> int | None:
        number = _integer(value)
        problem = self.state.live(number or 0)
        if number and (problem is None or problem.type != "problem"):
            raise invalid("problem_id", "Problem: is invalid")
        return number or None

    # -- status

    def _status(self, data: Json, values: Json) -> None:
        status, custom = data.get("status"), _integer(data.get("custom_status_id"))
        if custom:
            known = self.state.statuses.get(custom)
            if known is None or not known.active:
                raise invalid("custom_status_id", "Custom status: is invalid")
            values["status"], values["custom_status_id"] = known.category, known.id
        elif status is not None:
            if status not in (*CATEGORIES, "closed"):
                raise invalid("status", f"Status: {status} is not included in the list")
            if self.ticket is None or self.ticket.status != status:
                values["status"] = status
                values["custom_status_id"] = self.state.default_status(status).id
        if self.ticket is not None and values.get("status") == "new" != self.ticket.status:
            raise invalid("status", "Status: can't be set back to New")

    # -- custom fields

    def _fields(self, data: Json, values: Json) -> None:
        named = data.get("custom_fields", data.get("fields"))
        if isinstance(named, dict):
            named = [{"id": key, "value": value} for key, value in cast("Json", named).items()]
        changed = dict[int, Any](self.ticket.fields if self.ticket else {})
        tags = set[str](values.get("tags", self.ticket.tags if self.ticket else ()))
        if "tags" in values:
            self._tags_to_fields(tags, changed)
        for entry in cast("list[Json]", named if isinstance(named, list) else []):
            field = self.state.fields.get(_integer(entry.get("id")) or 0)
            if field is None or not field.removable or not field.active:
                continue
            tags -= set(tags_of(field, changed.get(field.id)))
            value = field_value(field, entry.get("value"))
            if value is None:
                changed.pop(field.id, None)
            else:
                changed[field.id] = value
            tags |= set(tags_of(field, value))
        if named is not None or "tags" in values:
            values["fields"], values["tags"] = changed, sorted(tags)

    def _tags_to_fields(self, tags: set[str], fields: dict[int, Any]) -> None:
        """A tag that is an option's sets its field, and one that was taken away clears it."""
        for field in self.state.custom_fields():
            if field.type == "tagger":
                held = [option.value for option in field.options if option.value in tags]
                fields.update({field.id: held[0]} if held else {})
                if not held:
                    fields.pop(field.id, None)
            elif field.type == "multiselect":
                held = [option.value for option in field.options if option.value in tags]
                fields[field.id] = held or None
            elif field.type == "checkbox" and field.tag:
                fields[field.id] = field.tag in tags


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _text_or_none(value: Any) -> str | None:
    return None if value is None else str(value)


def _integer(value: Any) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdigit() else None


def _choice(attribute: str, title: str, value: Any, known: tuple[str, ...]) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or value not in known:
        raise invalid(attribute, f"{title}: {value} is not included in the list")
    return value


def _due(value: Any) -> int | None:
    if value is None:
        return None
    moment = parse(value)
    if moment is None:
        raise invalid("due_at", "Due at: is not a valid date", "InvalidFormat")
    return moment
