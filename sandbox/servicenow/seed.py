"""Rendering of stories into incidents, their journals, their audits and their files.

The audit is the replay of the story: each step changes some columns, and each difference is an audit row. A comment whose
HTML has more than paragraphs is stored in ``[code]`` tags, as an HTML-writing client stores it; its inline pictures refer
to ``sys_attachment.do``. Descriptions are plain text. What is too long for a column was cut when it was entered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ..stories import Change, Comment, File, Person, Story, groups, people
from .attachment_api import attachment_row
from .audit import JOURNAL, audit_row, is_audited
from .fresh import SYSTEM_USER, add_member, give_role, made_id, user_row
from .incident_rules import INACTIVE, ON_HOLD, RESOLVED, priority
from .journal import INTERNAL, PUBLIC, entry
from .store import Row, Store
from .zones import business_seconds, duration, stored

STATES = {"new": "1", "in_progress": "2", "pending": "3", "resolved": "6", "closed": "7", "canceled": "8"}
_REASONS = {"requester": "1", "vendor": "4"}
_CHANNELS = {"email": "email", "portal": "self-service", "phone": "phone", "chat": "chat", "api": ""}
_SOLUTIONS = {
    "permanent": "Solution provided",
    "workaround": "Workaround provided",
    "no fault found": "Not Solved (Not Reproducible)",
    "user error": "User error",
}
_ZONES = ("", "US/Pacific", "Europe/Berlin", "Asia/Tokyo", "GMT")
_VIP_EVERY = 20
_RICH = ("<ul>", "<strong>", "<img")


class Seeder:
    """Renders the stories of one seed into a store."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.seed = seed
        self.users: dict[str, Row] = {}
        """By e-mail address."""
        self.groups = {name: row for name in groups() if (row := store["sys_user_group"].first("name", name))}
        self.services = {row["name"]: row["sys_id"] for row in store["cmdb_ci_service"].rows.values()}
        for number, person in enumerate(people(seed)):
            self.users[person.email] = self._person(number, person)

    def add(self, stories: Iterable[Story]) -> None:
        """Add stories, oldest first."""
        for story in stories:
            _Rendering(self, story).store()

    def _person(self, number: int, person: Person) -> Row:
        known = self.store["sys_user"].first("email", person.email)
        if known is not None:
            return known
        first, _, last = person.name.partition(" ")
        user = user_row(
            person.email.partition("@")[0], first, last, email=person.email, phone=person.phone,
            time_zone=_ZONES[number % len(_ZONES)], vip="true" if number % _VIP_EVERY == _VIP_EVERY - 1 else "false",
        )  # fmt: skip
        self.store["sys_user"].put(user, bulk=True)
        if person.group:
            give_role(self.store, user, "itil")
            add_member(self.store, user, self.groups[person.group])
        return user


@dataclass(slots=True)
class _Stamp:
    """When a step happened, by whom, and as which update."""

    at: str
    by: str
    """A ``user_name``."""
    checkpoint: str


_Audit: TypeAlias = tuple[str, str, str, _Stamp]
"""Column, old value, new value, when and by whom."""


class _Rendering:
    """Renders one story."""

    def __init__(self, seeder: Seeder, story: Story) -> None:
        self.seeder = seeder
        self.db = seeder.store
        self.story = story
        self.key = f"{seeder.seed}:{story.number}"
        self.sys_id = made_id("incident", self.key)
        self.items = 0
        self.updates = 0
        self.audits: list[_Audit] = []
        self.row = self._opening()

    def store(self) -> None:
        story, requester = self.story, self._user(self.story.requester)
        self._attach(story.files, stored(story.opened), requester["user_name"])
        events: list[Change | Comment] = [*story.changes, *story.comments]
        for event in sorted(events, key=lambda event: event.at):
            self.updates += 1
            by = event.author if isinstance(event, Comment) else event.by
            user_name = self._user(by)["user_name"] if by else SYSTEM_USER
            stamp = _Stamp(stored(event.at), user_name, str(self.updates))
            if isinstance(event, Comment):
                self._say(event, stamp)
            else:
                self._step(self._values(event, stamp.at), stamp)
            self.row |= {"sys_updated_on": stamp.at, "sys_updated_by": stamp.by, "sys_mod_count": stamp.checkpoint}
        self.db["incident"].put({element: value for element, value in self.row.items() if value}, bulk=True)
        self.db["sys_audit"].postpone(_audit_rows(self.sys_id, self.audits))

    def _opening(self) -> Row:
        story = self.story
        requester, at = self._user(story.requester), stored(story.opened)
        number = self.db["incident"].next_number()
        impact, urgency = str(story.impact), str(story.urgency)
        return {
            **self.db["incident"].spec.defaults,
            "sys_id": self.sys_id,
            "number": number,
            "task_effective_number": number,
            "sys_class_name": "incident",
            "sys_created_on": at,
            "sys_created_by": requester["user_name"],
            "sys_updated_on": at,
            "sys_updated_by": requester["user_name"],
            "sys_mod_count": "0",
            "opened_at": at,
            "opened_by": requester["sys_id"],
            "caller_id": requester["sys_id"],
            "short_description": story.title[:160],
            "description": story.text[:4000],
            "category": story.category,
            "subcategory": story.subcategory,
            "contact_type": _CHANNELS[story.channel],
            "business_service": self.seeder.services.get(story.service, ""),
            "impact": impact,
            "urgency": urgency,
            "priority": priority(impact, urgency),
        }

    def _item_id(self) -> str:
        """Give the sys_id of the story's next row in another table."""
        self.items += 1
        return f"{self.sys_id[:28]}{self.items:04x}"

    def _user(self, email: str) -> Row:
        return self.seeder.users[email]

    def _values(self, change: Change, at: str) -> Row:
        """Give the columns that a change of the story sets."""
        after = change.after or ""
        match change.field:
            case "group":
                return self._moved({"assignment_group": self.seeder.groups[after]["sys_id"]})
            case "assignee":
                return self._moved({"assigned_to": self._user(after)["sys_id"]})
            case "status":
                return self._entered(STATES[after], change, at)
            case "priority":
                return {}  # computed from impact and urgency, so it never changes alone

    def _moved(self, values: Row) -> Row:
        if any(self.row.get(element) for element in values):
            values["reassignment_count"] = str(int(self.row["reassignment_count"]) + 1)
        return values

    def _entered(self, state: str, change: Change, at: str) -> Row:
        by = self._user(change.by)["sys_id"] if change.by else self.row.get("resolved_by", "")
        values: Row = {"state": state, "incident_state": state, "active": "false" if state in INACTIVE else "true"}
        values["hold_reason"] = _REASONS[self.story.reason] if state == ON_HOLD else ""
        if self.row["state"] == RESOLVED and state == STATES["in_progress"]:
            count = str(int(self.row["reopen_count"]) + 1)
            values |= {"reopen_count": count, "reopened_time": at, "reopened_by": by, "resolved_at": "", "resolved_by": ""}
        elif state == RESOLVED:
            calendar = int((change.at - self.story.opened).total_seconds())
            business = business_seconds(self.story.opened, change.at)
            values |= {"resolved_at": at, "resolved_by": by}
            values["close_code"] = _SOLUTIONS[self.story.resolution_code]
            values |= {"close_notes": self.story.resolution}
            values |= {"calendar_stc": str(calendar), "business_stc": str(business)}
            values |= {"calendar_duration": duration(calendar), "business_duration": duration(business)}
        elif state == STATES["closed"]:
            values |= {"closed_at": at, "closed_by": by}
        return values

    def _step(self, values: Row, stamp: _Stamp) -> None:
        for element, after in values.items():
            before = self.row.get(element, "")
            if before != after and is_audited(element):
                self.audits.append((element, before, after, stamp))
        self.row |= values

    def _say(self, comment: Comment, stamp: _Stamp) -> None:
        links = self._attach(comment.files, stamp.at, stamp.by)
        text = _journal_text(comment, links)
        element = PUBLIC if comment.public else INTERNAL
        row = entry(self._item_id(), "incident", self.sys_id, element, text, at=stamp.at, by=stamp.by)
        self.db["sys_journal_field"].put(row, bulk=True)
        self.audits.append((element, JOURNAL, text, stamp))

    def _attach(self, files: Iterable[File], at: str, by: str) -> dict[str, str]:
        """Store files; give the sys_ids by name."""
        found: dict[str, str] = {}
        for file in files:
            found[file.name] = self._item_id()
            row = attachment_row(
                found[file.name], "incident", self.sys_id, file.name, file.media_type, file.content, at=at, by=by
            )
            self.db["sys_attachment"].put(row, bulk=True)
            self.db.files[found[file.name]] = file.content
        return found


def _audit_rows(sys_id: str, audits: list[_Audit]) -> Iterator[Row]:
    for number, (field, before, after, stamp) in enumerate(audits):
        yield audit_row(
            "incident",
            sys_id,
            field,
            before,
            after,
            at=stamp.at,
            by=stamp.by,
            checkpoint=stamp.checkpoint,
            sys_id=f"{sys_id[:28]}{number:04x}",
        )


def _journal_text(comment: Comment, links: dict[str, str]) -> str:
    if not any(tag in comment.html for tag in _RICH):
        return comment.text
    html = comment.html
    for name, sys_id in links.items():
        html = html.replace(f"cid:{name}", f"/sys_attachment.do?sys_id={sys_id}")
    return f"[code]{html}[/code]"
