"""Rendering of stories into requests, notes, files and history.

A request that nobody has touched since it was opened has no time of a last edit. What people wrote in the web client stands
in its wrapper. All moments of one story get the same milliseconds, so that their order stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from .. import stories, story_texts
from ..planting import without_collector
from . import catalogue
from .changes import HOUR
from .records import Entry, File, Json, Note, Request
from .text import MARK, WRAPPER

if TYPE_CHECKING:
    from .vendor import ManageEngine

STATUSES = {
    "new": catalogue.OPEN,
    "in_progress": catalogue.IN_PROGRESS,
    "pending": catalogue.ON_HOLD,
    "resolved": catalogue.RESOLVED,
    "closed": catalogue.CLOSED,
    "canceled": catalogue.CANCELLED,
}
PRIORITIES = {
    1: catalogue.HIGH,
    2: catalogue.HIGH,
    3: catalogue.MEDIUM,
    4: catalogue.NORMAL,
    5: catalogue.LOW,
    None: None,
}
MODES = {"email": "E-Mail", "portal": "Web Form", "phone": "Phone Call", "chat": "Chat", "api": "API"}
CODES = {
    "permanent": "Success",
    "workaround": "Workaround",
    "no fault found": "Unable to Reproduce",
    "user error": "User Error",
}


def populate(vendor: ManageEngine, seed: int) -> None:
    """Add the people, groups and options of a seed, where they are not there yet."""
    state = vendor.state
    for name in stories.groups():
        if state.named("groups", name) is None:
            state.add_option("groups", name)
    for name in story_texts.SERVICES:
        if state.named("service_categories", name) is None:
            state.add_option("service_categories", name)
    for name, (_, below) in story_texts.CATEGORIES.items():
        if state.named("categories", name) is None:
            category = state.add_option("categories", name)
            for inner in below:
                state.add_option("subcategories", inner, parent=category.number)
    for person in stories.people(seed):
        if state.with_email(person.email) is not None:
            continue
        user = state.add_user(person.name, person.email, technician=person.role == "agent")
        user.phone = person.phone
        group = state.named("groups", person.group) if person.group else None
        if group is not None:
            state.join(user, group)


def plant(vendor: ManageEngine, tickets: int, seed: int) -> None:
    """Add the first stories of a seed as requests."""
    planter = _Planter(vendor)
    with without_collector():
        vendor.state.plant(planter.plant(story) for story in stories.stories(seed, tickets, vendor.clock.now()))


class _Planter:
    def __init__(self, vendor: ManageEngine) -> None:
        self.state = vendor.state
        self.numbers = {
            kind: {option.name: option.number for option in self.state.options[kind].values()}
            for kind in ("groups", "categories", "service_categories", "modes", "closure_codes")
        }

    def plant(self, story: stories.Story) -> Request:
        self.extra = story.number * 37 % 1000
        request = self._request(story)
        steps: list[stories.Comment | stories.Change] = [*story.comments, *story.changes]
        steps.sort(key=lambda step: step.at)
        for step in steps:
            moment = self._moment(step.at)
            if isinstance(step, stories.Comment):
                self._say(request, step, moment)
            else:
                self._change(request, step, moment, story)
        if steps:
            request.stored = request.values["last_updated_time"] = self._moment(story.updated)
        return request

    def _moment(self, at: datetime) -> int:
        return int(at.timestamp()) * 1000 + self.extra

    def _person(self, email: str) -> int:
        return self.state.by_email[email.casefold()]

    def _request(self, story: stories.Story) -> Request:
        state, opened, requester = self.state, self._moment(story.opened), self._person(story.requester)
        category = self.numbers["categories"][story.category]
        subcategory = state.named("subcategories", story.subcategory, category)
        urgent = story.urgency == 1 and story.number % 10 == 0
        values: Json = {
            "subject": story.title,
            "status": catalogue.OPEN,
            "request_type": catalogue.INCIDENT,
            "template": catalogue.DEFAULT_TEMPLATE,
            "requester": requester,
            "created_by": requester,
            "created_time": opened,
            "mode": self.numbers["modes"][MODES[story.channel]],
            "category": category,
            "subcategory": subcategory.number if subcategory else None,
            "service_category": self.numbers["service_categories"][story.service],
            "impact": story.impact,
            "urgency": 1 if urgent else story.urgency + 1,
            "priority": PRIORITIES[story.priority],
        }
        request = Request(state.next("requests"), values, opened)
        if story.labels:
            request.udf["udf_char2"] = ", ".join(story.labels)
        hours = catalogue.HOURS.get(values["priority"] or 0)
        if hours is not None:
            values["sla"] = values["priority"]
            values["first_response_due_by_time"], values["due_by_time"] = (opened + number * HOUR for number in hours)
        markup, _ = self._written(request, story.html, story.files, requester, opened, "request")
        values["description"] = markup if story.text or story.files else None
        request.history.append(Entry(state.next("history"), opened, requester, "CREATE", []))
        return request

    def _written(
        self, request: Request, markup: str, files: Sequence[stories.File], by: int, at: int, place: str
    ) -> tuple[str, list[int]]:
        """Keep the files of a text; give the text, its images by their marks, and the files' numbers."""
        numbers: list[int] = []
        for file in files:
            number = self.state.next("files")
            size = len(file.content)
            kept = File(number, file.name, file.media_type, size, lambda file=file: file.content, by, at)
            kept.place, kept.inline = "note" if place == "note" else "request", file.inline
            request.files[number] = kept
            numbers.append(number)
            markup = markup.replace(f"cid:{file.name}", f"{MARK}{number}")
        return WRAPPER.format(markup), numbers

    def _say(self, request: Request, said: stories.Comment, moment: int) -> None:
        author = self._person(said.author)
        markup, files = self._written(request, said.html, said.files, author, moment, "note")
        number = self.state.next("notes")
        request.notes.append(Note(number, markup, said.public, author, moment, author, moment, files))
        request.history.append(Entry(self.state.next("history"), moment, author, "NOTE", []))
        if said.public and self.state.users[author].technician:
            request.values.setdefault("responded_time", moment)

    def _change(self, request: Request, change: stories.Change, moment: int, story: stories.Story) -> None:
        values, by = request.values, None if change.by is None else self._person(change.by)
        before = dict(values)
        match change.field:
            case "group":
                values["group"] = self.numbers["groups"][change.after or ""]
                values["level"] = 1 if change.after == story_texts.GROUPS[0] else 2
            case "assignee":
                values["technician"], values["assigned_time"] = self._person(change.after or ""), moment
            case _:
                self._status(request, change.after or "", moment, by, story)
        diff = [(name, before.get(name), value) for name, value in values.items() if before.get(name) != value]
        request.history.append(Entry(self.state.next("history"), moment, by, "UPDATE", diff))

    def _status(self, request: Request, status: str, moment: int, by: int | None, story: stories.Story) -> None:
        values = request.values
        if request.held_since is not None:
            for name in ("due_by_time", "first_response_due_by_time"):
                if values.get(name) is not None:
                    values[name] += moment - request.held_since
            request.held_since = None
        went_on = values["status"] in {catalogue.OPEN, catalogue.IN_PROGRESS, catalogue.ON_HOLD}
        values["status"] = STATUSES[status]
        if status == "pending":
            request.held_since = values["onhold_time"] = moment
        elif status == "resolved":
            values["resolved_time"] = moment
            values["resolution"] = {"content": f"<div>{story.resolution}</div>", "by": by, "at": moment}
            values["closure_info"] = self._closure(CODES[story.resolution_code])
        elif status in {"closed", "canceled"}:
            values["completed_time"] = moment
            if status == "canceled":
                values["closure_info"] = self._closure("Cancelled")
        elif not went_on:
            values |= {"is_reopened": True, "resolved_time": None, "completed_time": None}

    def _closure(self, code: str) -> Json:
        return {"closure_code": self.numbers["closure_codes"][code], "closure_comments": None}
