"""Creating and updating tickets: what changes, what is refused, and the audit that tells it.

* A comment is made only here; the first one is the description, and nothing changes it (developer.zendesk.com, Tickets).
* Setting an assignee moves ``new`` to ``open``; a group without the assignee among its agents clears the assignee.
* Solving needs an assignee and every field that is required; a closed ticket takes no change at all: 422 (recorded).
* ``safe_update`` with a stale ``updated_stamp`` is 409; sending it as false does the same.
* ``updated_at`` moves only when something changed; ids in audit events are strings (recorded).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from . import text
from .errors import InvalidError, conflict, invalid
from .records import Audit, Comment, Event, Json, Ticket, User
from .times import iso_or_none, parse
from .values import Reader

if TYPE_CHECKING:
    from .vendor import Zendesk

MOST_COMMENTS = 5000
EVENT_NAMES = {
    "subject": "subject",
    "requester_id": "requester_id",
    "priority": "priority",
    "type": "type",
    "status": "status",
    "assignee_id": "assignee_id",
    "group_id": "group_id",
    "organization_id": "organization_id",
    "custom_status_id": "custom_status_id",
    "brand_id": "brand_id",
    "form_id": "ticket_form_id",
    "tags": "tags",
    "external_id": "external_id",
    "problem_id": "problem_id",
    "due_at": "due_at",
}
"""Attribute -> name in audit events, in the order of recorded create audits."""
ALWAYS = ("subject", "requester_id", "priority", "type", "status")
"""Attributes that a create audit tells even when they are empty."""


@dataclass(slots=True)
class Update:
    """What one write did: the audit is not yet stored while rules still add to it."""

    ticket: Ticket
    actor: User
    audit: Audit
    created: bool = False
    status_before: str | None = None
    comment: Comment | None = None


class Changes:
    """Carries out the writes of one vendor on tickets."""

    def __init__(self, vendor: Zendesk) -> None:
        self.vendor = vendor

    # -- create

    def create(self, data: Json, actor: User, via: Json | None = None) -> Update:
        """Create a ticket with its first comment.

        Raises:
            InvalidError: something is missing or wrong.
        """
        state, now = self.vendor.state, self.vendor.now()
        source = self._followed(data)
        values = Reader(self.vendor, actor, None).read(self._inherited(source, data) if source else data)
        said = data.get("comment")
        comment_data: Json = cast("Json", said) if isinstance(said, dict) else {"body": said or data.get("description")}
        if not has_text(comment_data):
            field = state.field_titled("Description")
            raise invalid(
                "base",
                "Description: cannot be blank",
                "BlankValue",
                ticket_field_id=field.id,
                ticket_field_type="FieldDescription",
            )
        values.setdefault("requester_id", actor.id)
        ticket = self.blank(values.pop("requester_id"), values.pop("submitter_id", actor.id), now)
        ticket.via = via
        if source:
            ticket.via = {
                "channel": "api",
                "source": {"from": {"ticket_id": source.id, "subject": source.subject}, "to": {}, "rel": "follow_up"},
            }
        update = self._open_audit(ticket, actor, data, via)
        update.created = True
        author = comment_data.get("author_id") or (ticket.submitter_id if actor.is_agent and not source else actor.id)
        self.say(update, {**comment_data, "author_id": author})
        values.setdefault("subject", text.plain_body(ticket.comments[0].html)[:150])
        values.setdefault("organization_id", state.users[ticket.requester_id].organization_id)
        self.derive(ticket, values)
        self._check(ticket, values, actor)
        self._assign(ticket, values)
        self._tell_creation(update)
        state.tickets[ticket.id] = ticket
        if source:
            source.followup_ids.append(ticket.id)
            state.log_change(source, now)
        self._finish(update, now)
        return update

    def blank(self, requester_id: int, submitter_id: int, now: int) -> Ticket:
        """Give a new ticket, not yet stored."""
        state = self.vendor.state
        number = state.next_ticket_id()
        return Ticket(
            number,
            "",
            "new",
            state.default_status("new").id,
            requester_id,
            submitter_id,
            now,
            now,
            now,
            state.form_id,
            state.brand_id,
            encoded(number),
        )

    def _followed(self, data: Json) -> Ticket | None:
        number = data.get("via_followup_source_id")
        if not number:
            return None
        source = self.vendor.state.live(int(number))
        if source is None or source.status != "closed":
            raise invalid("via_followup_source_id", "Via followup source: is not a closed ticket")
        return source

    @staticmethod
    def _inherited(source: Ticket, data: Json) -> Json:
        """A follow-up takes the tags and most fields of the closed ticket unless the client sends its own."""
        kept: Json = {
            "subject": source.subject,
            "requester_id": source.requester_id,
            "priority": source.priority,
            "type": source.type,
            "group_id": source.group_id,
            "tags": source.tags,
            "custom_fields": [{"id": key, "value": value} for key, value in source.fields.items()],
        }
        return {**kept, **{key: value for key, value in data.items() if key != "submitter_id"}}

    def _tell_creation(self, update: Update) -> None:
        ticket = update.ticket
        for attribute, name in EVENT_NAMES.items():
            value = getattr(ticket, attribute)
            if attribute in ALWAYS or value:
                update.audit.events.append(Event(self.vendor.state.next_id(), "Create", name, told(attribute, value)))
        update.audit.events.extend(
            Event(self.vendor.state.next_id(), "Create", str(key), told("", value))
            for key, value in ticket.fields.items()
            if value
        )

    # -- update

    def update(self, ticket: Ticket, data: Json, actor: User, *, safe: bool = False, via: Json | None = None) -> Update:
        """Change a ticket, and append a comment if the data has one.

        Args:
            ticket: what to change.
            data: the ``ticket`` object of the request.
            actor: who does it.
            safe: check the ``updated_stamp`` whether or not the data asks for it, as ``update_many`` does.
            via: the channel, where it is not the API.

        Raises:
            InvalidError: something is wrong, or the ticket is closed.
            RefusedError: 409, the ticket moved since the stamp.
        """
        if ticket.status == "closed":
            raise invalid("status", "Status: closed prevents ticket update", None)
        self._check_stamp(ticket, data, safe=safe)
        values = Reader(self.vendor, actor, ticket).read(data)
        if "additional_tags" in data or "remove_tags" in data:
            tags = set(ticket.tags) | set(text.normalize_tags(data.get("additional_tags")))
            more = Reader(self.vendor, actor, ticket).read(
                {"tags": sorted(tags - set(text.normalize_tags(data.get("remove_tags"))))}
            )
            values |= more
        self.derive(ticket, values)
        self._check(ticket, values, actor)
        update = self._open_audit(ticket, actor, data, via)
        update.status_before = ticket.status
        said = data.get("comment")
        comment_data: Json = cast("Json", said) if isinstance(said, dict) else {"body": said}
        if has_text(comment_data):
            self.say(update, comment_data)
        before = {attribute: getattr(ticket, attribute) for attribute in values}
        self._assign(ticket, values)
        self.tell_changes(update, before)
        if update.audit.events:
            self._finish(update, self.vendor.now())
        return update

    @staticmethod
    def _check_stamp(ticket: Ticket, data: Json, *, safe: bool) -> None:
        if "updated_stamp" not in data or ("safe_update" not in data and not safe):
            return
        if parse(data["updated_stamp"]) != ticket.updated:
            raise conflict()

    def tell_changes(self, update: Update, before: Json, via: Json | None = None) -> None:
        """Append a Change event for each attribute whose value is no longer that of ``before``."""
        for attribute, old in before.items():
            new = getattr(update.ticket, attribute)
            if attribute == "fields":
                self._tell_fields(update, old, new, via)
            elif old != new and attribute in EVENT_NAMES:
                self._tell(update, EVENT_NAMES[attribute], told(attribute, new), told(attribute, old), via)
            elif old != new:
                self._tell(update, attribute, told(attribute, new), told(attribute, old), via)

    def _tell_fields(self, update: Update, old: dict[int, Any], new: dict[int, Any], via: Json | None) -> None:
        for key in sorted({*old, *new}):
            if (old.get(key) or None) != (new.get(key) or None):
                self._tell(update, str(key), told("", new.get(key)), told("", old.get(key)), via)

    def _tell(self, update: Update, name: str, value: Any, previous: Any, via: Json | None) -> None:
        update.audit.events.append(Event(self.vendor.state.next_id(), "Change", name, value, previous, via=via))

    # -- both

    def derive(self, ticket: Ticket, values: Json) -> None:
        """Fill in what follows: the group of an assignee, ``open`` once assigned, no due date but for tasks.

        Raises:
            InvalidError: the assignee is not in the group that the same write names.
        """
        state = self.vendor.state
        assignee = values.get("assignee_id", ticket.assignee_id)
        group = values.get("group_id", ticket.group_id)
        if assignee and not (group and state.is_member(assignee, group)):
            if values.get("assignee_id") and values.get("group_id"):
                raise invalid("assignee", "Assignee: is not a member of the group")
            if values.get("assignee_id"):
                values["group_id"] = state.users[assignee].default_group_id
            else:
                values["assignee_id"] = None
        status = values.get("status", ticket.status)
        if status == "new" and values.get("assignee_id"):
            values["status"], values["custom_status_id"] = "open", state.default_status("open").id
        if "requester_id" in values and "organization_id" not in values:
            values["organization_id"] = state.users[values["requester_id"]].organization_id
        if values.get("type", ticket.type) != "task" and (ticket.due_at or values.get("due_at")):
            values["due_at"] = None

    def _check(self, ticket: Ticket, values: Json, actor: User) -> None:
        solves = values.get("status") in {"solved", "closed"} and ticket.status not in {"solved", "closed"}
        if not solves:
            return
        state = self.vendor.state
        wrong: list[Json] = []
        if not values.get("assignee_id", ticket.assignee_id):
            field = state.field_titled("Assignee")
            wrong.append(_required("Assignee", field.id, "FieldAssignee"))
        fields = values.get("fields", ticket.fields)
        wrong.extend(
            _required(field.title, field.id, f"Field{field.type.capitalize()}")
            for field in state.custom_fields()
            if self.vendor.required_on_solve(field) and not fields.get(field.id)
        )
        if wrong and actor.is_agent:
            raise InvalidError({"base": wrong})

    def _assign(self, ticket: Ticket, values: Json) -> None:
        state = self.vendor.state
        if "external_id" in values:
            value = values["external_id"]
            state.by_external_id.setdefault(value, set()) if value is not None else None
        for attribute, value in values.items():
            if attribute == "external_id":
                state.set_external_id(ticket, value)
            else:
                setattr(ticket, attribute, value)

    def _open_audit(self, ticket: Ticket, actor: User, data: Json, via: Json | None) -> Update:
        metadata = data.get("metadata")
        custom = cast("Json", metadata) if isinstance(metadata, dict) else None
        audit = Audit(self.vendor.state.next_id(), ticket.id, self.vendor.now(), actor.id, [], via, custom)
        return Update(ticket, actor, audit)

    def say(self, update: Update, data: Json, *, created: int | None = None, raw: bool = False) -> Comment:
        """Append a comment to a ticket, and its event to the audit.

        Args:
            update: the write that it belongs to.
            data: the ``comment`` object of the request.
            created: its time; now by default. Only an import sets it.
            raw: leave placeholders as they are, as imports do.
        """
        state, ticket, actor = self.vendor.state, update.ticket, update.actor
        if len(ticket.comments) >= MOST_COMMENTS:
            raise invalid("base", "Ticket: has reached the limit of comments", None)
        author = state.users.get(int(data.get("author_id") or actor.id))
        if author is None:
            raise invalid("author", "Author: is invalid")
        public = self._public(ticket, author, data)
        html_body, body = data.get("html_body"), data.get("body", data.get("value"))
        given = str(html_body if html_body is not None else body or "")
        if author.is_agent and not raw:
            given = text.evaluate(given, self.vendor.rules.placeholders(ticket, actor))
        inner = text.sanitize(given) if html_body is not None else text.from_plain(given)
        files = self.vendor.claim_uploads(data.get("uploads"), ticket, inner)
        moment = self.vendor.now() if created is None else created
        requester = state.users[ticket.requester_id]
        if public and not raw and update.audit.via is None and requester.email:
            receiver = {"name": requester.name, "address": requester.email}
            update.audit.via = {"channel": "api", "source": {"from": {}, "to": receiver, "rel": None}}
        comment = Comment(
            state.next_id(),
            update.audit.id,
            author.id,
            moment,
            public,
            inner,
            files,
            update.audit.via,
            update.audit.metadata,
        )
        ticket.comments.append(comment)
        update.comment = comment
        update.audit.events.append(Event(comment.id, "Comment", comment=comment))
        return comment

    @staticmethod
    def _public(ticket: Ticket, author: User, data: Json) -> bool:
        """Public by default, but private after a private first comment; an end user always writes in public."""
        asked = data.get("public")
        if not author.is_agent and ticket.comments:
            return asked is not False
        if asked is None:
            return not ticket.comments or any(comment.public for comment in ticket.comments)
        return bool(asked)

    def _finish(self, update: Update, now: int) -> None:
        ticket = update.ticket
        self.vendor.rules.after(update)
        ticket.updated = now
        if ticket.status == "solved":
            ticket.solved_at = ticket.solved_at or now
            self.vendor.rules.schedule_close(ticket)
        elif ticket.status != "closed":
            ticket.solved_at = None
        self.vendor.state.log_audit(ticket, update.audit, now)
        self.vendor.state.log_change(ticket, now)


def has_text(comment: Json) -> bool:
    """Tell whether a comment says anything: a lone ``plain_body`` is ignored."""
    words = comment.get("html_body", comment.get("body", comment.get("value")))
    return bool(str(words or "").strip()) or bool(comment.get("uploads") and words is not None)


def told(attribute: str, value: Any) -> Any:
    """Give a value as audit events write it: ids as texts, times in ISO form, lists as they are."""
    if attribute == "due_at":
        return iso_or_none(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, int) else value


def encoded(number: int) -> str:
    """Give the ``encoded_id`` of a ticket: letters and digits, two parts."""
    letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    mixed, parts = number * 2_654_435_761 + 1_234_567_891_011, ""
    for _ in range(11):
        mixed, rest = divmod(mixed, len(letters))
        parts += letters[rest]
    return f"{parts[:6]}-{parts[6:]}"


def _required(title: str, number: int, kind: str) -> Json:
    return {
        "ticket_field_type": kind,
        "ticket_field_id": number,
        "description": f"{title}: is required when solving a ticket",
        "error": None,
    }
