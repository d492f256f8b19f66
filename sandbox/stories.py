"""Vendor-neutral tickets: who had which trouble, who said what when, and how it ended.

A story is a pure function of (seed, number, now). People and groups are the same for every vendor with the same seed, so
that they match by e-mail address across vendors. Each vendor renders stories into records of its own. All times are UTC and
in whole seconds; a story tells nothing that lies after ``now``, so young ones are still open.

The numbers carry the awkward cases, by number modulo 50: 3 has no description, 5 a very long one, 7 two equal comments
"any update?" of the same person, 9 text that looks like markup, 11 Liquid placeholders, 13 BBCode, 15 other scripts.
"""

from __future__ import annotations

import html
import random
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal, TypeAlias

from . import story_texts as texts

Status: TypeAlias = Literal["new", "in_progress", "pending", "resolved", "closed", "canceled"]
SPAN = timedelta(days=730)
REQUESTERS = 240
AGENTS_PER_GROUP = 4


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks or helps."""

    name: str
    email: str
    role: Literal["requester", "agent"]
    group: str | None
    """The group that an agent works in."""
    phone: str


@dataclass(frozen=True, slots=True)
class File:
    """A file; its bytes are made when asked for, always the same."""

    name: str
    media_type: str
    inline: bool
    """Shown in the text, where the HTML says ``<img src="cid:NAME">``."""
    key: int

    @property
    def content(self) -> bytes:
        """The bytes."""
        if self.media_type == "image/png":
            return _png(self.key)
        lines = (
            f"{self.key:x} {number:04d} {zlib.crc32(b'%d:%d' % (self.key, number)):08x}"
            for number in range(20 + self.key % 60)
        )
        return ("\n".join(lines) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Comment:
    """What one person wrote."""

    at: datetime
    author: str
    """E-mail address."""
    public: bool
    text: str
    html: str
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one field."""

    at: datetime
    by: str | None
    """E-mail address; None for the tool itself."""
    field: Literal["status", "group", "assignee", "priority"]
    before: str | None
    after: str | None


@dataclass(slots=True)
class Story:
    """One ticket with everything that happened to it."""

    number: int
    title: str
    text: str
    """The description as plain text; may be empty."""
    html: str
    """The same as HTML."""
    files: tuple[File, ...]
    """Files of the description."""
    requester: str
    channel: Literal["email", "portal", "phone", "chat", "api"]
    category: str
    subcategory: str
    service: str
    impact: int
    urgency: int
    priority: int | None
    """1 (highest) to 5; None where nobody set one."""
    labels: tuple[str, ...]
    opened: datetime
    updated: datetime
    """The time of the last change or comment."""
    status: Status = "new"
    reason: str = ""
    """Why it is pending: ``requester`` or ``vendor``."""
    group: str | None = None
    assignee: str | None = None
    resolution_code: str = ""
    resolution: str = ""
    resolved: datetime | None = None
    closed: datetime | None = None
    reopened: int = 0
    comments: list[Comment] = field(default_factory=list[Comment])
    changes: list[Change] = field(default_factory=list[Change])


@cache
def people(seed: int) -> tuple[Person, ...]:
    """Give everybody: first the agents, group by group, then the requesters."""
    dice = random.Random(f"people:{seed}")  # noqa: S311 - data for tests, no secret
    names = [(given, family) for given in texts.GIVEN for family in texts.FAMILY]
    dice.shuffle(names)
    crew = [group for group in texts.GROUPS for _ in range(AGENTS_PER_GROUP)]
    everybody: list[Person] = []
    for number, (given, family) in enumerate(names[: len(crew) + REQUESTERS]):
        group = crew[number] if number < len(crew) else None
        address = f"{_ascii(given)}.{_ascii(family)}@example.com"
        role: Literal["requester", "agent"] = "agent" if group else "requester"
        everybody.append(Person(f"{given} {family}", address, role, group, f"+49 30 {5550000 + number}"))
    return tuple(everybody)


def groups() -> tuple[str, ...]:
    """Give the names of the assignment groups."""
    return texts.GROUPS


def stories(seed: int, count: int, now: datetime) -> Iterator[Story]:
    """Give the first ``count`` stories, oldest first."""
    moment = now.astimezone(UTC).replace(microsecond=0)
    order = sorted(range(1, count + 1), key=lambda number: (_opened(seed, number, moment), number))
    return (story(seed, number, moment) for number in order)


def story(seed: int, number: int, now: datetime) -> Story:
    """Tell one story."""
    return _Teller(seed, number, now.astimezone(UTC).replace(microsecond=0)).tell()


def _opened(seed: int, number: int, now: datetime) -> datetime:
    share = zlib.crc32(b"%d/%d" % (seed, number)) / 2**32
    return now - timedelta(seconds=int(SPAN.total_seconds() * share) + 60)


class _Teller:
    """Tells one story step by step; a step that would lie after now ends it."""

    def __init__(self, seed: int, number: int, now: datetime) -> None:
        self.number = number
        self.now = now
        self.dice = random.Random(f"{seed}:{number}")  # noqa: S311 - data for tests, no secret
        crowd = people(seed)
        crew = len(texts.GROUPS) * AGENTS_PER_GROUP
        self.agents: dict[str, Sequence[Person]] = {
            group: crowd[place * AGENTS_PER_GROUP : (place + 1) * AGENTS_PER_GROUP]
            for place, group in enumerate(texts.GROUPS)
        }
        self.requester = self.dice.choice(crowd[crew:])
        self.at = _opened(seed, number, now)

    def tell(self) -> Story:
        self.story = self._opening()
        self._life()
        self.story.updated = max(
            [self.story.opened, *(change.at for change in self.story.changes), *(said.at for said in self.story.comments)]
        )
        return self.story

    def _fill(self, template: str) -> str:
        dice = self.dice
        return template.format(
            site=dice.choice(texts.SITES), n=dice.randrange(100, 9999), service=dice.choice(texts.SERVICES)
        )

    def _opening(self) -> Story:
        dice, place = self.dice, self.number % 50
        category = dice.choice(tuple(texts.CATEGORIES))
        lines = tuple(self._fill(line) for line in dice.sample(texts.OPENINGS, dice.randrange(1, 4)))
        if place == 3:
            lines = ()
        elif place == 5:
            lines = tuple(f"{count}. {self._fill(dice.choice(texts.OPENINGS))}" for count in range(1, 121))
        lines = texts.AWKWARD.get(place, lines)
        files = self._files(0.08)
        markup = _rich(lines, dice.randrange(4)) + "".join(
            f'<p><img src="cid:{file.name}"></p>' for file in files if file.inline
        )
        impact, urgency = dice.choice((1, 2, 2, 3, 3, 3)), dice.choice((1, 2, 2, 3, 3))
        return Story(
            number=self.number,
            title=self._fill(dice.choice(texts.PROBLEMS[category])),
            text="\n\n".join(lines),
            html=markup,
            files=files,
            requester=self.requester.email,
            channel=dice.choice(("email", "email", "portal", "portal", "phone", "chat", "api")),
            category=category,
            subcategory=dice.choice(texts.CATEGORIES[category][1]),
            service=dice.choice(texts.SERVICES),
            impact=impact,
            urgency=urgency,
            priority=None if dice.random() < 0.1 else min(5, impact + urgency - 1),
            labels=tuple(sorted(dice.sample(texts.LABELS, dice.choice((0, 0, 1, 1, 2))))),
            opened=self.at,
            updated=self.at,
        )

    def _life(self) -> None:
        dice = self.dice
        talk = self._talk()
        if not self._later(2, 600) or dice.random() < 0.02:
            return
        if dice.random() < 0.03:
            self._set("status", "canceled", self.requester.email)
            return
        self._take("Service Desk" if dice.random() < 0.5 else texts.CATEGORIES[self.story.category][0])
        for last in (False, False, True):
            ends = last or dice.random() < 0.92
            if not self._work(talk, last=ends):
                return
            if ends:
                break
            self._say(self.requester, dice.choice(texts.REQUESTER_SAYS), public=True)
            self.story.reopened += 1
            self._set("status", "in_progress", self.requester.email)
        if self._later(4 * 1440, 4 * 1440 + 60):
            self._set("status", "closed", None)
            self.story.closed = self.at

    def _work(self, talk: list[tuple[bool, bool, str]], *, last: bool) -> bool:
        """Work on it until it is resolved; False where now comes first, or nobody resolves it."""
        dice = self.dice
        count = len(talk) if last else dice.randrange(len(talk) + 1)
        for _ in range(count):
            by_agent, public, words = talk.pop(0)
            if not self._later(10, 2000):
                return False
            if self.story.status == "pending" and not by_agent:
                self._set("status", "in_progress", self.requester.email)
            self._say(self._agent() if by_agent else self.requester, words, public=public)
            if by_agent and public and dice.random() < 0.3:
                self.story.reason = dice.choice(("requester", "vendor"))
                self._set("status", "pending", self._agent().email)
            elif by_agent and dice.random() < 0.1 and self._later(1, 30):
                self._take(texts.CATEGORIES[self.story.category][0])
        if dice.random() < 0.05 or not self._later(20, 4000):
            return False
        self.story.resolution_code, self.story.resolution = dice.choice(texts.SOLUTIONS)
        self._set("status", "resolved", self._agent().email)
        self.story.resolved = self.at
        return self._later(30, 1440)

    def _talk(self) -> list[tuple[bool, bool, str]]:
        """Give (by an agent, public, words) of the comments to come."""
        if self.number % 50 == 7:
            return [(True, True, texts.AGENT_SAYS[0]), (False, True, "any update?"), (False, True, "any update?")]
        dice = self.dice
        lines: list[tuple[bool, bool, str]] = []
        for _ in range(min(6, int(dice.expovariate(0.3)))):
            kind = dice.random()
            pool = texts.REQUESTER_SAYS if kind < 0.35 else texts.AGENT_SAYS if kind < 0.7 else texts.AGENT_NOTES
            lines.append((kind >= 0.35, kind < 0.7, self._fill(dice.choice(pool))))
        return lines

    def _take(self, group: str) -> None:
        if group == self.story.group:
            return
        agent = self.dice.choice(self.agents[group])
        self._set("group", group, agent.email)
        self._set("assignee", agent.email, agent.email)
        if self.story.status == "new":
            self._set("status", "in_progress", agent.email)

    def _agent(self) -> Person:
        group = self.story.group or texts.GROUPS[0]
        return next(agent for agent in self.agents[group] if agent.email == self.story.assignee)

    def _later(self, least: int, most: int) -> bool:
        """Let some minutes pass; False where that would lie after now."""
        then = self.at + timedelta(seconds=self.dice.randrange(least * 60, most * 60))
        if then >= self.now:
            return False
        self.at = then
        return True

    def _set(self, name: Literal["status", "group", "assignee"], value: str, by: str | None) -> None:
        self.story.changes.append(Change(self.at, by, name, getattr(self.story, name), value))
        setattr(self.story, name, value)

    def _say(self, person: Person, words: str, *, public: bool) -> None:
        files = self._files(0.04)
        markup = _rich((words,), self.dice.randrange(4)) + "".join(
            f'<p><img src="cid:{file.name}"></p>' for file in files if file.inline
        )
        self.story.comments.append(Comment(self.at, person.email, public, words, markup, files))

    def _files(self, chance: float) -> tuple[File, ...]:
        dice = self.dice
        if dice.random() >= chance:
            return ()
        key = dice.randrange(2**24)
        if dice.random() < 0.5:
            return (File(f"screen-{key % 1000}.png", "image/png", dice.random() < 0.5, key),)
        return (File(f"log-{key % 1000}.txt", "text/plain", inline=False, key=key),)


def _rich(lines: Sequence[str], style: int) -> str:
    escaped = [html.escape(line, quote=False) for line in lines]
    if style == 1 and len(escaped) > 1:
        return f"<p>{escaped[0]}</p><ul>" + "".join(f"<li>{line}</li>" for line in escaped[1:]) + "</ul>"
    if style == 2 and escaped:
        return f"<p><strong>{escaped[0]}</strong></p>" + "".join(f"<p>{line}</p>" for line in escaped[1:])
    return "".join(f"<p>{line}</p>" for line in escaped)


def _ascii(name: str) -> str:
    plain = name.lower().translate(str.maketrans("éèëüöäøãíóáñ", "eeeuoaoaioan")).replace("ß", "ss")
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


def _png(key: int) -> bytes:
    """Give a picture of 8 by 8 pixels in one colour."""
    colour = (key & 0xFFFFFF).to_bytes(3, "big")

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    rows = (b"\0" + colour * 8) * 8
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
