"""Importing a ticket with its history: every comment with its own author and time, no triggers, no mails.

Source: developer.zendesk.com, Ticket import. Times lie between 1970 and now. Comments name their text ``value``,
``body`` or ``html_body``; the first becomes the description. A ticket without comments takes its ``description``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .changes import EVENT_NAMES, Update, has_text, told
from .errors import invalid
from .records import Audit, Event, Json, User
from .times import parse
from .values import Reader

if TYPE_CHECKING:
    from .vendor import Zendesk


def import_ticket(vendor: Zendesk, data: Json, actor: User) -> Update:
    """Import one ticket.

    Raises:
        InvalidError: something is missing or wrong; nothing is stored then.
    """
    now = vendor.now()
    values = Reader(vendor, actor, None).read(data)
    said = _comments(vendor, data)
    created = _time(data, "created_at", now, now)
    updated = _time(data, "updated_at", now, max(created, *(_time(item, "created_at", now, created) for item in said)))
    requester = values.pop("requester_id", actor.id)
    ticket = vendor.changes.blank(requester, values.pop("submitter_id", actor.id), created)
    ticket.imported = True
    vendor.changes.derive(ticket, values)
    update = Update(ticket, actor, Audit(vendor.state.next_id(), ticket.id, created, actor.id, []), created=True)
    audits = [update.audit]
    for place, item in enumerate(said):
        moment = _time(item, "created_at", now, created)
        if place:
            author = int(item.get("author_id") or actor.id)
            update.audit = Audit(vendor.state.next_id(), ticket.id, moment, author, [])
            audits.append(update.audit)
        vendor.changes.say(update, {"author_id": requester, **item}, created=moment, raw=True)
    update.audit = audits[0]
    _apply(vendor, update, values)
    ticket.updated = updated
    if ticket.status in {"solved", "closed"}:
        ticket.solved_at = _time(data, "solved_at", now, updated)
        if ticket.status == "solved":
            vendor.rules.schedule_close(ticket)
    vendor.state.tickets[ticket.id] = ticket
    for audit in audits:
        vendor.state.log_audit(ticket, audit, now)
    vendor.state.log_change(ticket, now)
    return update


def _apply(vendor: Zendesk, update: Update, values: Json) -> None:
    ticket = update.ticket
    values.setdefault("organization_id", vendor.state.users[ticket.requester_id].organization_id)
    for attribute, value in values.items():
        if attribute == "external_id":
            vendor.state.set_external_id(ticket, value)
        else:
            setattr(ticket, attribute, value)
        if attribute != "fields":
            event = Event(vendor.state.next_id(), "Create", EVENT_NAMES.get(attribute, attribute), told(attribute, value))
            update.audit.events.append(event)


def _comments(vendor: Zendesk, data: Json) -> list[Json]:
    listed: Any = data.get("comments")
    said = (
        [cast("Json", item) for item in cast("list[Any]", listed) if isinstance(item, dict)]
        if isinstance(listed, list)
        else []
    )
    if not said:
        comment = data.get("comment")
        said = [cast("Json", comment) if isinstance(comment, dict) else {"body": comment or data.get("description")}]
    if not all(has_text(item) for item in said):
        field = vendor.state.field_titled("Description")
        raise invalid(
            "base",
            "Description: cannot be blank",
            "BlankValue",
            ticket_field_id=field.id,
            ticket_field_type="FieldDescription",
        )
    return said


def _time(data: Json, key: str, now: int, default: int) -> int:
    if data.get(key) is None:
        return default
    moment = parse(data[key])
    if moment is None or not 0 <= moment <= now:
        raise invalid(key, f"{key}: must be a time between 1970 and now", "InvalidValue")
    return moment
