"""Loading of real tickets: records as a list, a view or a write gives them.

People, groups, departments, own fields, statuses and sources that a record names become stubs with the same ids. What the
sandbox needs and a record lacks gets a default; each is told in ``vendor.defaults``. Attributes that the sandbox has no
model for are kept and shown as they were. The same id twice keeps the later. A loaded ticket is never closed by time, so
that its status stays what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from ..load import latest
from . import account, assets, sla, text
from .departments import PLAIN as DEPARTMENT
from .linked import COMMON, OWN
from .records import (
    CLOSED,
    DONE,
    GLOBAL_WORKSPACE,
    PRIMARY_WORKSPACE,
    Activity,
    Attachment,
    Choice,
    Conversation,
    Department,
    Field,
    Group,
    Json,
    Person,
    Source,
    Ticket,
)
from .times import iso, parse

if TYPE_CHECKING:
    from .vendor import Freshservice

MODELLED = frozenset(
    [
        *("id", "subject", "description", "description_text", "status", "priority", "source", "requester_id"),
        *("requested_for_id", "created_at", "updated_at", "due_by", "fr_due_by", "workspace_id", "type", "urgency"),
        *("impact", "responder_id", "group_id", "department_id", "category", "sub_category", "item_category"),
        *("email_config_id", "spam", "deleted", "resolution_notes", "resolution_notes_html", "planned_start_date"),
        *("planned_end_date", "planned_effort", "problem", "change_initiating_ticket", "change_initiated_by_ticket"),
        *("custom_fields", "tags", "cc_emails", "fwd_emails", "reply_cc_emails", "to_emails", "assets", "attachments"),
        *("stats", "conversations", "fr_escalated", "is_escalated", "tasks_dependency_type", "sla_policy_id"),
        *("created_within_business_hours", "approval_status", "approval_status_name", "requester", "requested_for"),
        *("department",),
    ]
)
PLAIN = ("planned_start_date", "planned_end_date", "planned_effort", "category", "sub_category", "item_category")
LISTS = ("tags", "cc_emails", "fwd_emails", "reply_cc_emails")
TIMES = (
    ("status_updated", "status_updated_at"), ("pending_since", "pending_since"), ("resolved", "resolved_at"),
    ("closed", "closed_at"), ("first_assigned", "first_assigned_at"), ("assigned", "assigned_at"),
    ("agent_responded", "agent_responded_at"), ("requester_responded", "requester_responded_at"),
    ("first_responded", "first_responded_at"), ("reopened", "opened_at"),
)  # fmt: skip


KINDS = {
    "bool": "custom_checkbox", "int": "custom_number", "float": "custom_decimal", "list": "custom_multi_select_dropdown",
}  # fmt: skip
"""Kind of an own field that only a record shows, by the type of its value."""


def load(vendor: Freshservice, records: Iterable[Json]) -> None:
    """Add real tickets."""
    found = latest(records, _integer, vendor.defaults.append)
    loader = _Loader(vendor)
    vendor.state.plant([loader.ticket(number, record) for number, record in found.items()])
    vendor.state.last_ticket_id = max([vendor.state.last_ticket_id, *found])


class _Loader:
    def __init__(self, vendor: Freshservice) -> None:
        self.vendor = vendor
        self.state = vendor.state
        self.now = vendor.now()

    def ticket(self, number: int, record: Json) -> Ticket:
        created = self._time(number, record, "created_at", self.now - 3600)
        updated = max(created, self._time(number, record, "updated_at", created))
        priority = self._code(number, record, "priority", account.PRIORITIES, 1)
        fr_due, due = sla.due_times(created, priority)
        stats: Json = record.get("stats") or {}
        ticket = Ticket(
            number,
            _integer(stats.get("ticket_id")) or self.state.next_id(),
            self._subject(number, record),
            self._description(record),
            self._code(number, record, "status", self.state.statuses, 2),
            priority,
            self._code(number, record, "source", self.state.source_names(), 2),
            self._person(number, record),
            created,
            updated,
            parse(record.get("due_by")) or due,
            parse(record.get("fr_due_by")) or fr_due,
            stays=True,
        )
        ticket.due_fixed = bool(record.get("due_by"))
        self._attributes(ticket, record)
        self._references(ticket, record)
        self._clocks(ticket, stats)
        self._conversations(ticket, record)
        ticket.attachment_ids = self._files(record.get("attachments"), created, of_ticket=True)
        ticket.extra = {key: value for key, value in record.items() if key not in MODELLED} or None
        ticket.activities.append(Activity(ticket.requester_id, "Import", " created ticket", (), created))
        return ticket

    def _attributes(self, ticket: Ticket, record: Json) -> None:
        for name in PLAIN:
            setattr(ticket, name, record.get(name))
        for name in LISTS:
            setattr(ticket, name, list(record.get(name) or []))
        ticket.to_emails = record.get("to_emails")
        ticket.type = str(record.get("type") or "Incident")
        ticket.urgency = _integer(record.get("urgency")) or 1
        ticket.impact = _integer(record.get("impact")) or 1
        ticket.spam, ticket.deleted = bool(record.get("spam")), bool(record.get("deleted"))
        ticket.email_config_id = _integer(record.get("email_config_id"))
        known = {row["id"] for row in account.WORKSPACES}
        workspace = _integer(record.get("workspace_id"))
        ticket.workspace_id = workspace if workspace is not None and workspace in known else PRIMARY_WORKSPACE
        ticket.escalated, ticket.fr_escalated = record.get("is_escalated"), record.get("fr_escalated")
        if workspace is None:
            self.vendor.defaults.append(f"ticket {ticket.id}: workspace_id set to {PRIMARY_WORKSPACE}")
        notes = record.get("resolution_notes_html") or record.get("resolution_notes")
        ticket.resolution_notes = text.stored(str(notes)) if notes else None
        for name, value in _object(record.get("custom_fields")).items():
            self._field(ticket, name, value)
            if value is not None:
                ticket.custom_fields[name] = value

    def _field(self, ticket: Ticket, name: str, value: Any) -> None:
        if name not in self.state.fields:
            label = name.replace("_", " ").capitalize()
            kind = KINDS.get(type(value).__name__, "custom_text")
            self.state.add_field(Field(self.state.next_id(), name, label, kind, workspace_id=GLOBAL_WORKSPACE))
        field = self.state.fields[name]
        if field.workspace_id != ticket.workspace_id:
            field.workspace_id = GLOBAL_WORKSPACE
        for item in cast("list[Any]", value if isinstance(value, list) else [value]):
            if field.kind.endswith("dropdown") and isinstance(item, str) and item not in field.values:
                field.choices = (*field.choices, Choice(self.state.next_id(), item))

    def _clocks(self, ticket: Ticket, stats: Json) -> None:
        clocks = ticket.clocks
        for name, key in TIMES:
            setattr(clocks, name, parse(stats.get(key)))
        clocks.inbound = _integer(stats.get("inbound_count")) or 1
        clocks.outbound = _integer(stats.get("outbound_count")) or 0
        if ticket.status in DONE and clocks.resolved is None:
            clocks.resolved = ticket.updated
        if ticket.status == CLOSED and clocks.closed is None:
            clocks.closed = ticket.updated

    # -- what a record refers to

    def _references(self, ticket: Ticket, record: Json) -> None:
        for_id = _integer(record.get("requested_for_id"))
        ticket.requested_for_id = self._stub(for_id) if for_id else ticket.requester_id
        agent_id = _integer(record.get("responder_id"))
        if agent_id is not None:
            ticket.responder_id = self._stub(agent_id, is_agent=True)
        ticket.group_id = _integer(record.get("group_id"))
        if ticket.group_id is not None and ticket.group_id not in self.state.groups:
            name = f"Group {ticket.group_id}"
            group = Group(ticket.group_id, name, name, ticket.workspace_id, self.state.founded, self.state.founded)
            self.state.groups[ticket.group_id] = group
        ticket.department_id = _integer(record.get("department_id"))
        if ticket.department_id is not None and ticket.department_id not in self.state.departments:
            founded = self.state.founded
            name = f"Department {ticket.department_id}"
            self.state.departments[ticket.department_id] = Department(
                ticket.department_id, name, founded, founded, other=dict(DEPARTMENT)
            )
        ticket.problem = self._linked("problems", record.get("problem"))
        ticket.change_initiating_ticket = self._linked("changes", record.get("change_initiating_ticket"))
        ticket.change_initiated_by_ticket = self._linked("changes", record.get("change_initiated_by_ticket"))
        for asset in record.get("assets") or ():
            number = _integer(asset.get("display_id"))
            if number is not None:
                self.state.assets[number] = assets.blank(self.vendor, number) | asset
                ticket.assets.append(number)

    def _linked(self, kind: str, record: Any) -> int | None:
        record = _object(record)
        number = _integer(record.get("display_id"))
        if number is None:
            return None
        rows: dict[int, Json] = self.state.problems if kind == "problems" else self.state.changes
        body: Json = {**COMMON, **OWN[kind], "deleted": False, "description": "", "description_text": ""}
        given = {key: value for key, value in record.items() if key not in {"display_id", "owner_id"}}
        rows.setdefault(number, {"id": number, **body, **given, "agent_id": record.get("owner_id")})
        return number

    def _person(self, number: int, record: Json) -> int:
        requester = _integer(record.get("requester_id"))
        if requester is None:
            self.vendor.defaults.append(f"ticket {number}: requester_id set to the admin")
            return self.state.admin.id
        return self._stub(requester)

    def _stub(self, person_id: int, *, is_agent: bool = False) -> int:
        known = self.state.people.get(person_id)
        if known is None:
            founded = self.state.founded
            email = f"user{person_id}@example.com"
            known = self.state.add_person(Person(person_id, "User", str(person_id), email, False, founded, founded))
        if is_agent and not known.is_agent:
            known.is_agent, known.role = True, "SD Agent"
        return person_id

    def _conversations(self, ticket: Ticket, record: Json) -> None:
        for item in cast("list[Json]", record.get("conversations") or ()):
            at = parse(item.get("created_at")) or ticket.created
            author = _integer(item.get("user_id")) or ticket.requester_id
            said = Conversation(
                _integer(item.get("id")) or self.state.next_id(),
                ticket.id,
                self._stub(author),
                text.stored(str(item.get("body") or item.get("body_text") or "")),
                bool(item.get("private")),
                bool(item.get("incoming")),
                int(item.get("source") or 0),
                at,
                max(at, parse(item.get("updated_at")) or at),
                to_emails=list(item.get("to_emails") or []),
                cc_emails=list(item.get("cc_emails") or []),
                bcc_emails=list(item.get("bcc_emails") or []),
                from_email=item.get("from_email"),
            )
            said.attachment_ids = self._files(item.get("attachments"), at, of_ticket=False)
            ticket.conversations.append(said)

    def _files(self, given: Any, at: int, *, of_ticket: bool) -> list[int]:
        """Keep files of the recorded names and sizes; their bytes are in no record, so others stand for them."""
        ids: list[int] = []
        for item in cast("list[Json]", given or ()):
            number = _integer(item.get("id")) or self.state.next_id()
            size, kind = _integer(item.get("size")) or 0, str(item.get("content_type") or "application/octet-stream")
            name = str(item.get("name") or "attachment")
            self.state.attachments[number] = Attachment(number, name, kind, size, _filler(size), at, of_ticket)
            ids.append(number)
        return ids

    # -- defaults

    def _time(self, number: int, record: Json, key: str, default: int) -> int:
        moment = parse(record.get(key))
        if moment is None:
            self.vendor.defaults.append(f"ticket {number}: {key} set to {iso(default)}")
        return default if moment is None else moment

    def _subject(self, number: int, record: Json) -> str:
        value = record.get("subject")
        if not str(value or "").strip():
            self.vendor.defaults.append(f"ticket {number}: subject set to '(no subject)'")
            return "(no subject)"
        return str(value)

    def _description(self, record: Json) -> str:
        value = record.get("description")
        if value:
            return text.stored(str(value))
        words = str(record.get("description_text") or "")
        return text.wrap(text.escape(words)) if words else ""

    def _code(self, number: int, record: Json, key: str, known: Any, default: int) -> int:
        """Give a code; one that this account does not know yet becomes known."""
        value = _integer(record.get(key))
        if value is None or (key == "priority" and value not in known):
            self.vendor.defaults.append(f"ticket {number}: {key} set to {default}")
            return default
        if value not in known:
            if key == "status":
                self.state.statuses[value] = (f"Status {value}", f"Status {value}")
            else:
                source = Source(self.state.next_id(), value, f"Source {value}", self.state.founded)
                self.state.sources[source.id] = source
        return value


def _object(value: Any) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _filler(size: int) -> Callable[[], bytes]:
    return lambda: b"-" * size


def _integer(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return int(value) if str(value).isdecimal() and int(value) > 0 else None
