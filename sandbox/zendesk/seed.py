"""Rendering of stories into tickets, comments, audits and files.

The history of a story becomes audits: everything that one person did at one moment is one audit. A wait for the vendor is
``hold``, a canceled story a closed ticket with the resolution code ``canceled``. Zendesk knows no empty description: such a
ticket repeats its title.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from .. import stories
from ..planting import without_collector
from .changes import EVENT_NAMES, encoded, told
from .records import SYSTEM, Attachment, Audit, Comment, Event, Json, Ticket
from .rules import CLOSE_AFTER, by_rule

if TYPE_CHECKING:
    from .vendor import Zendesk

STATUSES = {
    "new": "new",
    "in_progress": "open",
    "pending": "pending",
    "resolved": "solved",
    "closed": "closed",
    "canceled": "solved",
}
PRIORITIES = {1: "urgent", 2: "high", 3: "normal", 4: "low", 5: "low", None: None}
CHANNELS = {"email": "email", "portal": "web", "phone": "voice", "chat": "chat", "api": "api"}
CLOSES = by_rule("Close ticket 4 days after status is set to solved", 6, "automation")


def populate(vendor: Zendesk, seed: int) -> None:
    """Add the people and groups of a seed, where they are not there yet."""
    state, now = vendor.state, vendor.now()
    for name in stories.groups():
        if state.group_named(name) is None:
            state.add_group(name, now)
    for person in stories.people(seed):
        if state.user_with_email(person.email) is not None:
            continue
        user = state.add_user(person.name, person.email, "agent" if person.group else "end-user", now)
        user.phone = person.phone
        group = state.group_named(person.group) if person.group else None
        if group is not None:
            state.join(user, group, default=True)
        else:
            user.organization_id = state.organization.id


def plant(vendor: Zendesk, tickets: int, seed: int) -> None:
    """Add the first stories of a seed as tickets."""
    planter = _Planter(vendor)
    with without_collector():
        told_stories = stories.stories(seed, tickets, vendor.clock.now())
        vendor.state.plant([planter.plant(story) for story in told_stories])


class _Planter:
    def __init__(self, vendor: Zendesk) -> None:
        self.vendor = vendor
        self.state = vendor.state
        self.groups = {group.name: group.id for group in self.state.groups.values()}
        self.status_ids = {category: self.state.default_status(category).id for category in {*STATUSES.values()}}
        self.fields = {field.title: field for field in self.state.custom_fields()}
        self.options = {
            (field.title, option.name): option.value for field in self.fields.values() for option in field.options
        }
        self.vias: dict[str, Json] = {
            name: {"channel": channel, "source": {"from": {}, "to": {}, "rel": None}} for name, channel in CHANNELS.items()
        }

    def plant(self, story: stories.Story) -> Ticket:
        ticket = self._ticket(story)
        self._opening(ticket, story)
        steps: list[tuple[int, int | None, stories.Comment | stories.Change]] = [
            (_seconds(said), self._person(said.author), said) for said in story.comments
        ]
        steps += [(_seconds(change), self._person(change.by), change) for change in story.changes]
        steps.sort(key=lambda step: step[0])
        audit: Audit | None = None
        for moment, person, step in steps:
            author = SYSTEM if person is None else person
            if audit is None or audit.created != moment or audit.author_id != author:
                audit = self._audit(ticket, moment, author)
            if isinstance(step, stories.Comment):
                self._say(ticket, audit, step)
            else:
                self._change(ticket, audit, step, story)
        self._resolution(ticket, story)
        if (
            ticket.status == "solved"
            and ticket.solved_at is not None
            and ticket.solved_at + CLOSE_AFTER <= self.vendor.now()
        ):
            self._set(ticket, self._audit(ticket, ticket.solved_at + CLOSE_AFTER, SYSTEM), "status", "closed")
        return self._finish(ticket)

    def _ticket(self, story: stories.Story) -> Ticket:
        opened = int(story.opened.timestamp())
        number = self.state.next_ticket_id()
        requester = self._person(story.requester)
        assert requester is not None
        ticket = Ticket(
            number, story.title, "new", self.status_ids["new"], requester, requester, opened, opened, opened,
            self.state.form_id, self.state.brand_id, encoded(number),
        )  # fmt: skip
        ticket.type = "question" if story.category == "inquiry" else "incident"
        ticket.priority = PRIORITIES[story.priority]
        ticket.organization_id = self.state.users[requester].organization_id
        ticket.via = self.vias[story.channel]
        values = {"Category": story.category, "Impact": str(story.impact), "Urgency": str(story.urgency)}
        chosen = {title: self.options[title, value] for title, value in values.items()}
        ticket.fields = {self.fields[title].id: value for title, value in chosen.items()}
        ticket.fields[self.fields["Subcategory"].id] = story.subcategory
        ticket.fields[self.fields["Service"].id] = story.service
        ticket.tags = sorted({*story.labels, *chosen.values()})
        return ticket

    def _opening(self, ticket: Ticket, story: stories.Story) -> None:
        audit = self._audit(ticket, ticket.created, ticket.requester_id)
        audit.via = ticket.via
        words = stories.Comment(
            story.opened,
            story.requester,
            True,
            story.text or story.title,
            story.html or f"<p>{story.title}</p>",
            story.files,
        )
        self._say(ticket, audit, words)
        for attribute in ("subject", "requester_id", "priority", "type", "status", "organization_id", "tags"):
            value = told(attribute, getattr(ticket, attribute))
            audit.events.append(Event(self.state.next_id(), "Create", EVENT_NAMES[attribute], value))
        for field_id, value in ticket.fields.items():
            audit.events.append(Event(self.state.next_id(), "Create", str(field_id), value))

    def _audit(self, ticket: Ticket, moment: int, author: int) -> Audit:
        audit = Audit(self.state.next_id(), ticket.id, moment, author, [], stored=moment)
        audit.via = CLOSES if author == SYSTEM else None
        ticket.audits.append(audit)
        return audit

    def _say(self, ticket: Ticket, audit: Audit, said: stories.Comment) -> None:
        inner = said.html.replace("<p>", '<p dir="auto">').replace("<ul>", '<ul dir="auto">')
        ids: list[int] = []
        for file in said.files:
            kept = self._file(ticket, file)
            ids.append(kept.id)
            url = self.vendor.render.attachment(kept)["content_url"]
            inner = inner.replace(f"cid:{file.name}", url.replace("&", "&amp;"))
        author = self._person(said.author)
        assert author is not None
        comment = Comment(self.state.next_id(), audit.id, author, audit.created, said.public, inner, tuple(ids), audit.via)
        ticket.comments.append(comment)
        audit.events.append(Event(comment.id, "Comment", comment=comment))

    def _file(self, ticket: Ticket, file: stories.File) -> Attachment:
        number = self.state.next_id()
        token = hashlib.sha256(f"file:{number}".encode()).hexdigest()[:24]
        kept = Attachment(
            number, file.name, file.media_type, len(file.content), lambda: file.content, token, file.inline, ticket.id
        )
        self.state.attachments[number] = kept
        self.state.attachment_by_token[token] = number
        return kept

    def _change(self, ticket: Ticket, audit: Audit, change: stories.Change, story: stories.Story) -> None:
        if change.field == "status":
            status = STATUSES[change.after or "new"]
            if status == "pending" and story.reason == "vendor":
                status = "hold"
            if status == "solved":
                ticket.solved_at = audit.created
            elif status != "closed":
                ticket.solved_at = None
            self._set(ticket, audit, "status", status)
            ticket.custom_status_id = self.state.default_status(status).id
        elif change.field == "group":
            self._set(ticket, audit, "group_id", self.groups[change.after or ""])
        else:
            self._set(ticket, audit, "assignee_id", self._person(change.after))

    def _set(self, ticket: Ticket, audit: Audit, attribute: str, value: object) -> None:
        previous = getattr(ticket, attribute)
        setattr(ticket, attribute, value)
        audit.events.append(
            Event(self.state.next_id(), "Change", EVENT_NAMES[attribute], told(attribute, value), told(attribute, previous))
        )

    def _resolution(self, ticket: Ticket, story: stories.Story) -> None:
        code = "canceled" if story.status == "canceled" else story.resolution_code
        if ticket.solved_at is None or not code:
            return
        ticket.fields[self.fields["Resolution code"].id] = tag = self.options["Resolution code", code]
        ticket.fields[self.fields["Resolution notes"].id] = story.resolution or "Canceled by the requester."
        ticket.tags = sorted({*ticket.tags, tag})
        solving = next(audit for audit in ticket.audits if audit.created == ticket.solved_at)
        for title in ("Resolution code", "Resolution notes"):
            number = self.fields[title].id
            solving.events.append(Event(self.state.next_id(), "Change", str(number), ticket.fields[number]))

    def _finish(self, ticket: Ticket) -> Ticket:
        ticket.updated = max(audit.created for audit in ticket.audits)
        if ticket.status == "solved":
            self.vendor.rules.schedule_close(ticket)
        return ticket

    def _person(self, email: str | None) -> int | None:
        return None if email is None else self.state.user_by_email[email]


def _seconds(step: stories.Comment | stories.Change) -> int:
    return int(step.at.timestamp())
