"""Rendering of stories into issues, comments, changelogs and files.

What came by portal, e-mail or phone has a request type; the assignment group is a custom field. Inquiries are service
requests, all else incidents. Everything that one person changed at one moment is one entry of the changelog.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from .. import stories
from ..planting import without_collector
from . import site, times
from .changes import item
from .jsons import Json
from .records import REQUEST_TYPE, Comment, File, History, Issue
from .richtext import RichText
from .rules import IMPACT, URGENCY
from .threads import PUBLIC_PROPERTY, media_id
from .values import told

if TYPE_CHECKING:
    from .vendor import Jira

GROUP, SOURCE, CATEGORISATION, SERVICES = "customfield_10226", "customfield_10214", "customfield_10215", "customfield_10216"
NOTES = "customfield_10230"
_STATUSES = {
    True: {
        "new": site.WAITING,
        "in_progress": site.PROGRESSING,
        "pending": site.WAITING_CUSTOMER,
        "resolved": site.RESOLVED,
        "closed": site.CLOSED,
        "canceled": site.CANCELED,
    },
    False: {
        "new": site.OPEN,
        "in_progress": site.WORKING,
        "pending": site.PENDING,
        "resolved": site.COMPLETED,
        "closed": site.CLOSED,
        "canceled": site.CANCELED,
    },
}
"""Status of a story -> id of the status; by whether it is a service request."""
_RESOLUTIONS = {"permanent": "10000", "workaround": "10005", "no fault found": "10003", "user error": "10000"}
_SOURCES = {"email": "Email", "portal": "Portal", "phone": "Phone", "chat": "Chat", "api": "API"}
_PARAGRAPH = re.compile(r"<(p|li)>(.*?)</\1>", re.DOTALL)
_IMAGE = re.compile(r'<img src="cid:([^"]+)">')
_PIECE = re.compile(r"<strong>(.*?)</strong>|([^<]+)", re.DOTALL)


def populate(vendor: Jira, seed: int) -> None:
    """Add the people and groups of a seed, where they are not there yet."""
    state = vendor.state
    for name in stories.groups():
        state.add_group(name)
    for person in stories.people(seed):
        user = state.user_with_email(person.email)
        if user is None:
            user = state.add_user(person.name, person.email, "agent" if person.group else "customer")
        if person.group:
            user.groups.add(person.group)


def plant(vendor: Jira, tickets: int, seed: int) -> None:
    """Add the first stories of a seed as issues."""
    planter = _Planter(vendor)
    with without_collector():
        vendor.state.plant([planter.plant(story) for story in stories.stories(seed, tickets, vendor.clock.now())])


class _Planter:
    def __init__(self, vendor: Jira) -> None:
        self.vendor = vendor
        self.state = vendor.state
        self.project = self.state.projects[site.PROJECT]
        fields = self.state.fields
        self.options = {
            name: {option.value.casefold(): option for option in fields[name].options}
            for name in (SOURCE, CATEGORISATION, SERVICES)
        }
        self.impacts = [option.id for option in fields[IMPACT].options]
        self.urgencies = [option.id for option in fields[URGENCY].options]

    def plant(self, story: stories.Story) -> Issue:
        issue = self._issue(story)
        for file in story.files:
            self._file(issue, file, issue.created, issue.creator)
        steps: list[tuple[int, str, stories.Comment | stories.Change]] = [
            (times.millis(said.at), self._person(said.author), said) for said in story.comments
        ]
        steps += [(times.millis(change.at), self._person(change.by), change) for change in story.changes]
        steps.sort(key=lambda step: step[0])
        for moment, person, step in steps:
            if isinstance(step, stories.Comment):
                self._say(issue, step, moment, person)
            else:
                self._change(issue, step, story, moment, person)
        issue.updated = max([issue.created, *(moment for moment, _, _ in steps)])
        return issue

    def _person(self, email: str | None) -> str:
        return self.state.by_email[email] if email else self.state.automation.account_id

    def _issue(self, story: stories.Story) -> Issue:
        opened, requester = times.millis(story.opened), self._person(story.requester)
        inquiry = story.category == "inquiry"
        self.project.last_number += 1
        category = self.options[CATEGORISATION][story.category]
        child = next(option for option in category.children if option.value.casefold() == story.subcategory.casefold())
        values: Json = {
            "summary": story.title,
            "reporter": requester,
            "priority": str(story.priority or site.DEFAULT_PRIORITY),
            "labels": list(story.labels),
            IMPACT: self.impacts[story.impact - 1],
            URGENCY: self.urgencies[story.urgency - 1],
            SOURCE: self.options[SOURCE][_SOURCES[story.channel].casefold()].id,
            CATEGORISATION: [category.id, child.id],
            SERVICES: [self.options[SERVICES][story.service.casefold()].id],
        }
        if story.text:
            values["description"] = _document(story.html)
        if story.channel != "api":
            values[REQUEST_TYPE] = "32" if inquiry else "31"
        return Issue(
            self.state.number("issue"),
            f"{self.project.key}-{self.project.last_number}",
            self.project.id,
            site.SERVICE_REQUEST if inquiry else site.INCIDENT,
            _STATUSES[inquiry]["new"],
            requester,
            opened,
            opened,
            values,
            opened,
        )

    def _file(self, issue: Issue, file: stories.File, moment: int, author: str) -> int:
        number = self.state.number("attachment")
        kept = File(
            number,
            issue.id,
            file.name,
            file.media_type,
            len(file.content),
            lambda: file.content,
            author,
            moment,
            media_id(number),
        )
        self.state.add_file(kept, issue)
        return number

    def _say(self, issue: Issue, said: stories.Comment, moment: int, person: str) -> None:
        number = self.state.number("comment")
        comment = Comment(number, person, _document(said.html), said.public, moment, moment, person)
        if not said.public:
            comment.properties = {PUBLIC_PROPERTY: {"internal": True}}
        comment.files = [self._file(issue, file, moment, person) for file in said.files]
        issue.comments.append(comment)

    def _change(self, issue: Issue, change: stories.Change, story: stories.Story, moment: int, person: str) -> None:
        if change.field == "status":
            self._move(issue, change, story, moment, person)
        elif change.field == "group":
            self._set(issue, GROUP, change.after, moment, person)
        else:
            self._set(issue, "assignee", self._person(change.after), moment, person)

    def _set(self, issue: Issue, name: str, value: object, moment: int, person: str) -> None:
        field = self.state.fields[name]
        old, new = told(self.state, field, issue.values.get(name)), told(self.state, field, value)
        issue.values[name] = value
        label = field.name if field.custom else name
        self._note(issue, moment, person, [item(label, *old, *new, field_id=name, custom=field.custom)])

    def _note(self, issue: Issue, moment: int, person: str, items: list[Json]) -> None:
        last = issue.histories[-1] if issue.histories else None
        if last is not None and (last.created, last.author) == (moment, person):
            last.items.extend(items)
        else:
            issue.histories.append(History(self.state.number("history"), person, moment, items))

    def _move(self, issue: Issue, change: stories.Change, story: stories.Story, moment: int, person: str) -> None:
        before = self.state.statuses[issue.status]
        after = self.state.statuses[_STATUSES[issue.type_id == site.SERVICE_REQUEST][change.after or "new"]]
        items = [item("status", before.id, before.name, after.id, after.name, field_id="status")]
        issue.status = after.id
        if before.category != after.category:
            issue.category_changed = moment
        resolution = self._resolution(change.after, story)
        if after.category == "done" and before.category != "done":
            issue.values["resolution"], issue.resolved = resolution, moment
            items.append(
                item(
                    "resolution",
                    None,
                    None,
                    *told(self.state, self.state.fields["resolution"], resolution),
                    field_id="resolution",
                )
            )
            if change.after == "resolved":
                issue.values[NOTES] = _document(f"<p>{html.escape(story.resolution or '', quote=False)}</p>")
        elif after.category != "done" and before.category == "done":
            old = told(self.state, self.state.fields["resolution"], issue.values.pop("resolution"))
            issue.resolved = None
            items.append(item("resolution", *old, None, None, field_id="resolution"))
        self._note(issue, moment, person, items)

    def _resolution(self, status: str | None, story: stories.Story) -> str:
        return site.WONT_DO if status == "canceled" else _RESOLUTIONS[story.resolution_code or "permanent"]


def _document(markup: str) -> RichText:
    """Give the simple HTML of a story as a document."""
    content: list[Json] = []
    bullets: list[Json] = []
    for found in _PARAGRAPH.finditer(markup):
        block: Json = {"type": "paragraph", "content": _inline(found[2])}
        if found[1] == "li":
            bullets.append({"type": "listItem", "content": [block]})
            continue
        if bullets:
            content.append({"type": "bulletList", "content": bullets})
            bullets = []
        content.append(block)
    if bullets:
        content.append({"type": "bulletList", "content": bullets})
    return RichText(document={"type": "doc", "version": 1, "content": content})


def _inline(markup: str) -> list[Json]:
    image = _IMAGE.search(markup)
    if image is not None:
        return [{"type": "text", "text": image[1], "marks": [{"type": "code"}]}]
    nodes: list[Json] = []
    for found in _PIECE.finditer(markup):
        text = html.unescape(found[1] or found[2])
        nodes.append({"type": "text", "text": text, **({"marks": [{"type": "strong"}]} if found[1] else {})})
    return nodes
