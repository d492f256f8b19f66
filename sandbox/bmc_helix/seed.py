"""Rendering of stories into incidents, their work logs, their files and their history.

The history is the replay of the story: each step changes some columns, each difference is part of an audit row, and
each change of status or assignment is told by a work log of the system. Texts are plain; a title longer than its
field is cut, as it was when it was entered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from ..stories import Change, Comment, File, Person, Story, groups, people
from . import forms as names
from .assignment import GROUP_ID, TRIPLE
from .audit import audit_row, company_groups, system_log
from .customer import fill
from .enums import ASSIGNED, CANCELLED, CLOSED, IMPACT, IN_PROGRESS, NEW, PENDING, RESOLVED, URGENCY
from .fields_work_log import FILE_NAMES, FILES
from .fresh import SUPPORT, add_member, add_person, group_named
from .jobs import Jobs
from .measurements import RESOLUTION, RESPONSE, begun, measured
from .priority import prioritized
from .session import SERVICE_LOGIN, permission
from .store import File as Stored
from .store import Row, Store, instance_id
from .times import seconds

STATUSES = {
    "new": NEW,
    "in_progress": IN_PROGRESS,
    "pending": PENDING,
    "resolved": RESOLVED,
    "closed": CLOSED,
    "canceled": CANCELLED,
}
_REASONS = {"requester": "Client Action Required", "vendor": "Third Party Vendor Action Reqd"}
_SOLUTIONS = {
    "permanent": "No Further Action Required",
    "workaround": "Temporary Corrective Action",
    "no fault found": "Monitoring Incident",
    "user error": "Customer Follow-Up Required",
}
_SOURCES = {"email": "Email", "portal": "Self Service", "phone": "Phone", "chat": "Chat", "api": "Systems Management"}
_MOST_FILES = len(FILES)
Save: TypeAlias = tuple[str, int, str, str, str, Sequence[tuple[str, object, object]]]
"""Entry id, moment, login, action, groups, and (field, before, after) of each change."""


class Seeder:
    """Renders the stories of one seed into a store."""

    def __init__(self, store: Store, seed: int, jobs: Jobs, now: int) -> None:
        self.store = store
        self.seed = seed
        self.jobs = jobs
        self.now = now
        self.people: dict[str, Row] = {}
        """By e-mail address."""
        self.groups = {name: group_named(store, name) for name in groups()}
        self.services = {row["Name"]: row for row in store[names.ITEMS].rows.values()}
        for person in people(seed):
            self.people[person.email] = self._person(person)

    def add(self, stories: Iterable[Story]) -> None:
        """Add stories, oldest first."""
        incidents: list[Row] = []
        logs: list[Row] = []
        saves: list[Save] = []
        for story in stories:
            rendering = Rendering(self, story)
            rendering.render()
            incidents.append({column: value for column, value in rendering.row.items() if value is not None})
            logs += rendering.logs
            saves += rendering.saves
        self.store[names.HELP_DESK].fill(incidents)
        self.store[names.WORK_LOG_FORM].fill(logs)
        self.store[names.AUDIT].postpone(audit_row(*save) for save in saves)
        self.store[names.MEASUREMENTS].postpone(self._clocks(incidents))

    def _person(self, person: Person) -> Row:
        known = self.store[names.PEOPLE].first("Internet E-mail", person.email)
        if known is not None:
            return known
        first, _, last = person.name.partition(" ")
        row = add_person(
            self.store,
            first,
            last,
            Remedy_Login_ID=person.email.partition("@")[0],
            Internet_E__mail=person.email,
            Phone_Number_Business=person.phone,
            Support_Staff="Yes" if person.group else "No",
        )
        if person.group:
            add_member(self.store, row, self.groups[person.group])
        return row

    def _clocks(self, incidents: list[Row]) -> Iterator[Row]:
        for incident in incidents:
            for goal in (RESPONSE, RESOLUTION):
                clock = begun(incident, goal, self.store[names.MEASUREMENTS].next_id())
                clock = measured(clock, incident, self.now)
                self.jobs.watch(clock)
                yield clock


class Rendering:
    """Renders one story."""

    def __init__(self, seeder: Seeder, story: Story) -> None:
        self.seeder = seeder
        self.store = seeder.store
        self.story = story
        self.logs: list[Row] = []
        self.saves: list[Save] = []
        self.row: Row = self._opening()

    def render(self) -> None:
        """Replay the story."""
        story = self.story
        self._say(story.requester, seconds(story.opened), public=True, text=None, files=story.files)
        events: list[Change | Comment] = sorted([*story.changes, *story.comments], key=lambda event: event.at)
        for at, together in groupby(events, key=lambda event: event.at):
            self._step(seconds(at), list(together))

    def _opening(self) -> Row:
        story, store = self.story, self.store
        customer, at = self.seeder.people[story.requester], seconds(story.opened)
        login, number = customer["Remedy Login ID"], store.next_number()
        impact, urgency = IMPACT[story.impact - 1][1], URGENCY[story.urgency][1]
        priority, weight = prioritized(impact, urgency)
        service = self.seeder.services.get(story.service, {})
        row: Row = {
            "Entry ID": store[names.HELP_DESK].next_id(),
            "Incident Number": number,
            "InstanceId": instance_id("seed", self.seeder.seed, story.number, number),
            "Submitter": login,
            "Submit Date": at,
            "Last Modified By": login,
            "Last Modified Date": at,
            "Reported Date": at,
            "Status": NEW,
            "Status-History": {NEW: (login, at)},
            "Description": story.title.encode()[:100].decode(errors="ignore"),
            "Detailed Decription": story.text or None,
            "Impact": impact,
            "Urgency": urgency,
            "Priority": priority,
            "Priority Weight": weight,
            "Service Type": "User Service Restoration",
            "Reported Source": _SOURCES[story.channel],
            "Categorization Tier 1": story.category,
            "Categorization Tier 2": story.subcategory,
            "ServiceCI": service.get("Name"),
            "ServiceCI_ReconID": service.get("ReconciliationIdentity"),
            "Company": customer["Company"],
            "Total Transfers": 0,
        }
        fill(row, customer)
        row["Assignee Groups"] = permission(store, row["Company"], login)
        return row

    def _step(self, at: int, events: Sequence[Change | Comment]) -> None:
        """Take what happens at one moment as one save, and the comments as work logs."""
        changes = [event for event in events if isinstance(event, Change)]
        if changes:
            by = changes[0].by
            login = self.seeder.people[by]["Remedy Login ID"] if by else SERVICE_LOGIN
            before, values = self.row, dict[str, Any]()
            for change in changes:
                values |= self._values(before, change, at)
            self._save(values, at, login)
        for event in events:
            if isinstance(event, Comment):
                self._say(event.author, at, public=event.public, text=event.text, files=event.files)

    def _values(self, row: Row, change: Change, at: int) -> Row:
        after = change.after or ""
        match change.field:
            case "group":
                group = self.seeder.groups[after]
                moved = {"Total Transfers": row["Total Transfers"] + 1} if row.get(GROUP_ID) else {}
                names_of = (group["Company"], SUPPORT, after)
                return {**moved, **dict(zip(TRIPLE, names_of, strict=True)), GROUP_ID: group["Support Group ID"]}
            case "assignee":
                person = self.seeder.people[after]
                return {"Assignee": person["Full Name"], "Assignee Login ID": person["Remedy Login ID"]}
            case "status":
                return self._entered(row, STATUSES[after], at)
            case "priority":
                return {}  # computed from impact and urgency, so it never changes alone

    def _entered(self, row: Row, status: str, at: int) -> Row:
        values: Row = {"Status": status}
        if status == PENDING:
            values["Status_Reason"] = _REASONS[self.story.reason]
        elif status == RESOLVED:
            values |= {"Status_Reason": _SOLUTIONS[self.story.resolution_code], "Resolution": self.story.resolution}
            values["Last Resolved Date"] = at
        elif status == CLOSED:
            values["Closed Date"] = at
        else:
            values["Status_Reason"] = None
        if status == IN_PROGRESS:
            values["Responded Date"] = row.get("Responded Date") or at
            if row["Status"] == RESOLVED:
                values["Re-Opened Date"] = at
        return values

    def _save(self, values: Row, at: int, login: str) -> None:
        before = self.row
        after = {**before, **values, "Last Modified By": login, "Last Modified Date": at}
        moves = before["Status"] != after["Status"]
        assigned = {ASSIGNED: (login, at)} if moves and before["Status"] == NEW and after["Status"] == IN_PROGRESS else {}
        after["Status-History"] = {**before["Status-History"], **assigned, after["Status"]: (login, at)}
        changed = [(name, before.get(name), value) for name, value in values.items() if before.get(name) != value]
        self.saves.append((self.row["Entry ID"], at, login, "Set", company_groups(after), changed))
        self.row = after
        if before.get("Assignee") != after.get("Assignee"):
            self._log(system_log(after, at, "Assignment Change", f"Assigned To: {after['Assignee']} by {login}"))
        if moves:
            text = f"Status: {before['Status']} -> {after['Status']} by {login}"
            self._log(system_log(after, at, "Status Update", text))

    def _log(self, log: Row) -> None:
        log["Work Log ID"] = self.store[names.WORK_LOG_FORM].next_id()
        self.logs.append(log)

    def _say(self, author: str, at: int, *, public: bool, text: str | None, files: Sequence[File]) -> None:
        """Write a work log, and more where there are more files than one holds."""
        login = self.seeder.people[author]["Remedy Login ID"]
        portions = [files[first : first + _MOST_FILES] for first in range(0, len(files), _MOST_FILES)]
        if text is not None and not portions:
            portions = [()]
        for number, portion in enumerate(portions):
            row: Row = {
                "Submitter": login,
                "Submit Date": at,
                "Last Modified By": login,
                "Last Modified Date": at,
                "Incident Number": self.row["Incident Number"],
                "Work Log Type": "Customer Communication" if public else "Working Log",
                "View Access": "Public" if public else "Internal",
                "Secure Work Log": "No",
                "Work Log Submitter": login,
                "Work Log Submit Date": at,
                "Work Log Date": at,
                "Assignee Groups": permission(self.store, self.row["Company"], self._customer if public else ""),
            }
            if text is not None and number == 0:
                row |= {"Description": _summary(text), "Detailed Description": text}
            for column, name, file in zip(FILES, FILE_NAMES, portion, strict=False):
                row |= {column: Stored(file.name, file.content), name: file.name, "Number of Attachments": len(portion)}
            self._log(row)

    @property
    def _customer(self) -> str:
        return str(self.row["Customer Login ID"])


def _summary(text: str) -> str:
    """Give the first line of a text, as long as a summary may be."""
    return text.partition("\n")[0].encode()[:100].decode(errors="ignore")
