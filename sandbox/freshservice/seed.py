"""Rendering of stories into tickets, conversations, histories and files.

A wait for the supplier is the status Awaiting Vendor, work in progress the status In Progress; a canceled story is resolved
with the code ``canceled``. Priorities 1 to 5 become Urgent to Low, impact and urgency turn round, since the vendor's
numbers grow with severity. A story's files and inline pictures stay where they were.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import stories
from ..planting import without_collector
from . import account, assets, sla, text
from .changes import BY_POLICY, TOLD_ON_CREATION, count
from .records import CLOSED, OPEN, PENDING, PRIMARY_WORKSPACE, RESOLVED, Activity, Attachment, Conversation, Json, Ticket
from .rules import CLOSE_AFTER
from .times import iso

if TYPE_CHECKING:
    from .vendor import Freshservice

STATUSES = {
    "new": OPEN, "in_progress": account.IN_PROGRESS, "pending": PENDING, "resolved": RESOLVED, "closed": CLOSED,
    "canceled": RESOLVED,
}  # fmt: skip
PRIORITIES = {1: 4, 2: 3, 3: 2, 4: 1, 5: 1, None: 1}
CHANNELS = {"email": 1, "portal": 2, "phone": 3, "chat": 4, "api": 14}
LINK_LIVES = 10 * 365 * 86_400
"""Seconds for which the links of inline pictures work: they are part of the text."""
DEVICES = ("Laptop 0815", "Gateway lyon-1", "Printer 4711", "Mail server", "ERP production")


def populate(vendor: Freshservice, seed: int) -> None:
    """Add the people, groups and assets of a seed, where they are not there yet."""
    state, now = vendor.state, vendor.now()
    for name in stories.groups():
        if state.group_named(name) is None:
            state.add_group(name, now)
    departments = list(state.departments)
    for number, person in enumerate(stories.people(seed)):
        if state.with_email(person.email) is not None:
            continue
        first, _, last = person.name.partition(" ")
        if person.group is None:
            added = state.add_requester(first, last, person.email, now)
            added.department_ids = [departments[number % len(departments)]]
        else:
            added = state.add_agent(first, last, person.email, "SD Agent", now)
            group = state.group_named(person.group)
            assert group is not None
            group.members.append(added.id)
        added.work_phone = person.phone
    if not state.assets:
        for device in DEVICES:
            assets.add(vendor, {"name": device, "asset_tag": f"TAG-{len(state.assets) + 1}"})


def plant(vendor: Freshservice, tickets: int, seed: int) -> None:
    """Add the first stories of a seed as tickets."""
    planter = _Planter(vendor)
    with without_collector():
        vendor.state.plant([planter.plant(story) for story in stories.stories(seed, tickets, vendor.clock.now())])


class _Planter:
    def __init__(self, vendor: Freshservice) -> None:
        self.vendor = vendor
        self.state = vendor.state
        self.groups = {group.name: group.id for group in self.state.groups.values()}
        self.now = vendor.now()

    def plant(self, story: stories.Story) -> Ticket:
        ticket = self._ticket(story)
        steps: list[stories.Comment | stories.Change] = [*story.comments, *story.changes]
        for step in sorted(steps, key=lambda step: step.at):
            if isinstance(step, stories.Comment):
                self._say(ticket, step)
            else:
                self._change(ticket, step, story)
        self._finish(ticket, story)
        return ticket

    def _ticket(self, story: stories.Story) -> Ticket:
        opened = int(story.opened.timestamp())
        requester = self._person(story.requester)
        priority = PRIORITIES[story.priority]
        fr_due, due = sla.due_times(opened, priority)
        ticket = Ticket(
            self.state.next_ticket_id(), self.state.next_id(), story.title, "", OPEN, priority, CHANNELS[story.channel],
            requester, opened, opened, due, fr_due, PRIMARY_WORKSPACE,
        )  # fmt: skip
        ticket.requested_for_id = requester
        ticket.urgency, ticket.impact = 4 - story.urgency, 4 - story.impact
        ticket.category, ticket.sub_category = story.category, story.subcategory
        ticket.department_id = next(iter(self.state.people[requester].department_ids), None)
        ticket.tags = list(story.labels)
        ticket.custom_fields = {"service": story.service}
        ticket.attachment_ids, markup = self._files(story.files, story.html, opened, of_ticket=True)
        ticket.description = text.wrap(markup) if markup else ""
        changes = self.vendor.changes
        facts = changes.told(ticket, {name: getattr(ticket, name) for name in TOLD_ON_CREATION if getattr(ticket, name)})
        name = self.state.people[requester].name
        self._record(ticket, requester, f"created ticket for {name},  {facts}", opened, BY_POLICY)
        return ticket

    def _say(self, ticket: Ticket, said: stories.Comment) -> None:
        at, author = int(said.at.timestamp()), self._person(said.author)
        by_agent = self.state.people[author].is_agent
        ids, markup = self._files(said.files, said.html, at, of_ticket=False)
        reply = said.public
        conversation = Conversation(
            self.state.next_id(), ticket.id, author, text.wrap(markup), not reply, not by_agent, 0 if reply else 2, at, at,
            attachment_ids=ids,
        )  # fmt: skip
        if reply:
            requester = self.state.people[ticket.requester_id].email or ""
            sender, target = (account.SUPPORT_EMAIL, requester) if by_agent else (said.author, account.SUPPORT_EMAIL)
            conversation.from_email, conversation.to_emails = sender, [target]
        ticket.conversations.append(conversation)
        count(ticket, conversation, by_agent=by_agent)
        self._record(ticket, author, " sent a reply" if reply else " added a private note", at)

    def _change(self, ticket: Ticket, change: stories.Change, story: stories.Story) -> None:
        at = int(change.at.timestamp())
        if change.field == "status":
            status = STATUSES[change.after or "new"]
            if status == PENDING and story.reason == "vendor":
                status = sla.AWAITING_VENDOR
            self._move(ticket, status, at, change.by)
        elif change.field == "group":
            self._set(ticket, "group_id", self.groups[change.after or ""], at, change.by)
        else:
            self._set(ticket, "responder_id", self._person(change.after or ""), at, change.by)
            ticket.clocks.assigned = at
            ticket.clocks.first_assigned = ticket.clocks.first_assigned or at

    def _move(self, ticket: Ticket, status: int, at: int, by: str | None) -> None:
        if status == CLOSED and ticket.clocks.resolved is not None:
            at = min(at, ticket.clocks.resolved + CLOSE_AFTER)
        before = ticket.status
        if before != status:
            self._set(ticket, "status", status, at, by)
            sla.move(ticket, before, at)

    def _set(self, ticket: Ticket, name: str, value: int, at: int, by: str | None) -> None:
        setattr(ticket, name, value)
        fact = self.vendor.changes.told(ticket, {name: value})
        if by is None:
            content, details = " executed Close resolved tickets workflow from time based  event", (fact, "Workflow Ends")
            ticket.activities.append(Activity(0, "Ticket Workflow", content, details, at))
        else:
            self._record(ticket, self._person(by), f" {fact}", at)

    def _finish(self, ticket: Ticket, story: stories.Story) -> None:
        if ticket.clocks.resolved is not None:
            canceled = story.status == "canceled"
            ticket.custom_fields["resolution_code"] = "canceled" if canceled else story.resolution_code
            ticket.resolution_notes = text.wrap("Canceled by the requester." if canceled else story.resolution)
            if ticket.status == RESOLVED and ticket.clocks.resolved + CLOSE_AFTER <= self.now:
                self._move(ticket, CLOSED, ticket.clocks.resolved + CLOSE_AFTER, None)
        ticket.activities.sort(key=lambda row: row.at)
        ticket.updated = max(row.at for row in ticket.activities)
        if ticket.status == RESOLVED:
            self.vendor.rules.schedule_close(ticket)
        if ticket.clocks.resolved is not None and ticket.id % 5 == 0:
            ticket.satisfaction = self._satisfaction(ticket)

    def _satisfaction(self, ticket: Ticket) -> Json:
        happy = ticket.id % 3 != 0
        return {
            "id": self.state.next_id(),
            "overall_rating": 103 if happy else -103,
            "overall_rating_text": "Extremely Satisfied" if happy else "Extremely Dissatisfied",
            "questionnaire_responses": [],
            "created_at": iso(ticket.updated),
        }

    def _files(self, files: tuple[stories.File, ...], markup: str, at: int, *, of_ticket: bool) -> tuple[list[int], str]:
        """Keep files, and give their ids and the HTML with links to the pictures in it."""
        ids: list[int] = []
        for file in files:
            number = self.state.next_id()
            content, size = _bytes_of(file), len(file.content)
            kept = Attachment(number, file.name, file.media_type, size, content, at, of_ticket, file.inline)
            self.state.attachments[number] = kept
            ids.append(number)
            link = self.vendor.render.link(kept, self.now + LINK_LIVES).replace("&", "&amp;")
            markup = markup.replace(f"cid:{file.name}", link)
        return ids, markup

    def _record(self, ticket: Ticket, person: int, content: str, at: int, *details: str) -> None:
        ticket.activities.append(Activity(person, self.state.people[person].name, content, details, at))

    def _person(self, email: str) -> int:
        return self.state.person_by_email[email]


def _bytes_of(file: stories.File) -> Callable[[], bytes]:
    return lambda: file.content
