"""What a checked request does: creating and changing tickets, conversations, their history and their clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from . import account, sla
from .bodies import Upload
from .drafts import Draft
from .records import Activity, Attachment, Conversation, Json, Person, Ticket

if TYPE_CHECKING:
    from .vendor import Freshservice

LABELS = {
    "status": "Status", "urgency": "Urgency", "priority": "Priority", "source": "Source", "type": "Type",
    "impact": "Impact", "group_id": "Group", "responder_id": "Agent", "department_id": "Department",
    "category": "Category", "sub_category": "Sub-Category", "item_category": "Item", "subject": "Subject",
    "requester_id": "Requester",
}  # fmt: skip
"""What the history calls an attribute, in the order in which it names them."""
BY_POLICY = "System executed Default SLA Policy (SLA)"
TOLD_ON_CREATION = ("status", "urgency", "priority", "source", "type", "impact", "group_id", "responder_id", "category")


class Changes:
    """Carries out writes on one account."""

    def __init__(self, vendor: Freshservice) -> None:
        self.vendor = vendor

    # -- tickets

    def create(self, draft: Draft, actor: Person, parent: Ticket | None = None) -> Ticket:
        """Create a ticket."""
        state, now = self.vendor.state, self.vendor.now()
        values = self._with_requester(draft)
        values.setdefault("requested_for_id", values["requester_id"])
        fr_due, due = sla.due_times(now, values["priority"])
        base: Json = {"source": 2, "due": due, "fr_due": fr_due, "created": now, "updated": now}
        ticket = Ticket(state.next_ticket_id(), state.next_id(), **{**base, **_set(values)})
        ticket.parent_id = None if parent is None else parent.id
        ticket.attachment_ids = self.attach(draft.files, of_ticket=True)
        sla.move(ticket, 0, now)
        self._assigned(ticket, now)
        state.add_ticket(ticket)
        facts = self.told(ticket, {name: getattr(ticket, name) for name in TOLD_ON_CREATION if getattr(ticket, name)})
        requester = state.people[ticket.requester_id].name
        self.record(ticket, actor, f"created ticket for {requester},  {facts}", (BY_POLICY,))
        self.vendor.rules.created(ticket, actor)
        return ticket

    def update(self, ticket: Ticket, draft: Draft, actor: Person) -> None:
        """Change a ticket; what stays the same is no change."""
        changed = self.apply(ticket, _set(self._with_requester(draft)))
        ticket.attachment_ids += self.attach(draft.files, of_ticket=True)
        if not changed and not draft.files:
            return
        self.vendor.state.touch(ticket, self.vendor.now())
        facts = self.told(ticket, changed)
        self.record(ticket, actor, f" {facts}" if facts else " updated the ticket")
        self.vendor.rules.updated(ticket, actor, changed)

    def apply(self, ticket: Ticket, values: Json) -> Json:
        """Set attributes and keep the clocks; give those that changed, with their new values."""
        now, before = self.vendor.now(), ticket.status
        changed = {name: value for name, value in values.items() if getattr(ticket, name) != value}
        old_fields = ticket.custom_fields
        for name, value in changed.items():
            setattr(ticket, name, value)
        if "custom_fields" in changed:
            changed["custom_fields"] = {
                name: value for name, value in ticket.custom_fields.items() if old_fields.get(name) != value
            }
        if "priority" in changed and "due" not in changed:
            sla.reprioritize(ticket)
        if "status" in changed:
            sla.move(ticket, before, now)
        if "responder_id" in changed:
            self._assigned(ticket, now)
        return changed

    def _assigned(self, ticket: Ticket, now: int) -> None:
        if ticket.responder_id is not None:
            ticket.clocks.assigned = now
            ticket.clocks.first_assigned = ticket.clocks.first_assigned or now

    def _with_requester(self, draft: Draft) -> Json:
        """Give the values of a draft, its new requester added to the account."""
        if draft.newcomer is None:
            return draft.values
        name, email, phone = draft.newcomer
        first, _, last = name.partition(" ")
        person = self.vendor.state.add_requester(first, last or None, email, self.vendor.now())
        person.work_phone = phone
        return draft.values | {"requester_id": person.id}

    def delete(self, ticket: Ticket, actor: Person) -> None:
        """Put a ticket into the trash; a service request takes its children along."""
        state = self.vendor.state
        children = state.children(ticket.id) if ticket.type == "Service Request" else []
        for each in (ticket, *(child for child in children if not child.deleted)):
            each.deleted = True
            state.touch(each, self.vendor.now())
            self.record(each, actor, " deleted this ticket")

    def restore(self, ticket: Ticket, actor: Person) -> None:
        """Take a ticket out of the trash."""
        ticket.deleted = False
        self.vendor.state.touch(ticket, self.vendor.now())
        self.record(ticket, actor, " restored this ticket from trash")

    # -- conversations and files

    def say(self, ticket: Ticket, said: Conversation, actor: Person) -> None:
        """Add a conversation to its ticket, and keep the clocks."""
        state, now = self.vendor.state, self.vendor.now()
        ticket.conversations.append(said)
        state.conversations[said.id] = said
        count(ticket, said, by_agent=state.people[said.user_id].is_agent)
        state.touch(ticket, now)
        kind = "private note" if said.private else "reply" if said.source == 0 else "public note"
        self.record(ticket, actor, f" sent a {kind}" if said.source == 0 else f" added a {kind}")
        self.vendor.rules.said(ticket, said)

    def attach(self, files: Iterable[Upload], *, of_ticket: bool) -> list[int]:
        """Keep files, and give their ids."""
        state, now = self.vendor.state, self.vendor.now()
        ids: list[int] = []
        for file in files:
            number = state.next_id()
            state.attachments[number] = Attachment(
                number, file.name, file.content_type, len(file.content), _constant(file.content), now, of_ticket
            )
            ids.append(number)
        return ids

    # -- history

    def record(self, ticket: Ticket, actor: Person | None, content: str, details: Sequence[str] = ()) -> None:
        """Append to a ticket's history; without an actor it was a workflow, whose id is 0."""
        who = (0, "Ticket Workflow") if actor is None else (actor.id, actor.name)
        ticket.activities.append(Activity(*who, content, tuple(details), self.vendor.now()))

    def told(self, ticket: Ticket, changed: Json) -> str:
        """Give changes as the history tells them: ``set Status as Open, set ... and set ...``."""
        facts = [f"set {label} as {self._shown(name, changed[name])}" for name, label in LABELS.items() if name in changed]
        fields = self.vendor.state.fields
        facts += [f"set {fields[name].label} as {value}" for name, value in changed.get("custom_fields", {}).items()]
        return joined(facts)

    def _shown(self, name: str, value: Any) -> str:
        state = self.vendor.state
        names: dict[str, Any] = {
            "status": {number: pair[0] for number, pair in state.statuses.items()},
            "priority": account.PRIORITIES,
            "urgency": account.LEVELS,
            "impact": account.LEVELS,
            "source": state.source_names(),
            "group_id": {group.id: group.name for group in state.groups.values()},
            "department_id": {row.id: row.name for row in state.departments.values()},
        }
        if name in {"responder_id", "requester_id"}:
            return state.people[value].name if value in state.people else "None"
        return str(names.get(name, {}).get(value, value))


def joined(facts: Sequence[str]) -> str:
    """Join facts as the history does: commas, and ``and`` before the last."""
    return ", ".join(facts[:-1]) + (" and " if len(facts) > 1 else "") + facts[-1] if facts else ""


def count(ticket: Ticket, said: Conversation, *, by_agent: bool) -> None:
    """Count a conversation in the ticket's clocks."""
    clocks = ticket.clocks
    if said.incoming or not by_agent:
        clocks.inbound += 1
        clocks.requester_responded = said.created
    elif not said.private:
        clocks.outbound += 1
        clocks.agent_responded = said.created
        clocks.first_responded = clocks.first_responded or said.created


def _set(values: Json) -> Json:
    """Leave out what a draft has no value for although its key was sent and is forgiven."""
    return {name: value for name, value in values.items() if not (value is None and name in {"subject", "description"})}


def _constant(content: bytes) -> Any:
    return lambda: content
