"""The state of a vendor that lives in memory, and its rules: what people do and what an integration does obey the same."""

from __future__ import annotations

import copy
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ..core.connector import FieldChange, Json, Write
from ..core.errors import RecordError, RejectedError
from ..core.model import Group, Person, Status, format_time
from .dialect import STATES, Dialect
from .hostility import Fault, Hostility

START: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE: Final = (
    ("Ann Agent", "ann@example.com"),
    ("Ben Agent", "ben@example.com"),
    ("Carla Customer", "carla@example.com"),
    ("Dan Customer", "dan@example.com"),
)
GROUPS: Final = ("Service Desk", "Network", "Database")
BLANK: Final[Mapping[str, Any]] = {
    "external_key": None,
    "title": None,
    "text": None,
    "state": STATES[Status.NEW],
    "waiting_for": None,
    "code": None,
    "notes": None,
    "impact": None,
    "urgency": None,
    "severity": None,
    "kind": None,
    "subkind": None,
    "service": None,
    "major": None,
    "caller": None,
    "owner": None,
    "team": None,
    "followers": [],
    "tags": [],
    "due": None,
    "cause": None,
    "workaround": None,
    "channel": None,
}
"""The fields of a new record that people and integrations may write."""
STAMPS: Final = ("opened", "solved", "closed")
"""Times that the tool sets itself, and that a create with history carries."""


class Clock:
    """A clock that stands still until it is told; several tools may share one."""

    def __init__(self, now: datetime = START) -> None:
        """Set the clock."""
        self.now = now

    def __call__(self) -> datetime:
        """Give the time, UTC."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class MemoryStore:
    """The state of one in-memory tool."""

    def __init__(
        self,
        name: str,
        dialect: Dialect | None = None,
        *,
        clock: Clock | None = None,
        skew: timedelta = timedelta(0),
        tick: timedelta = timedelta(seconds=1),
        hostility: Hostility | None = None,
        people: Sequence[tuple[str, str]] = PEOPLE,
        groups: Sequence[str] = GROUPS,
        page_size: int = 50,
    ) -> None:
        """Set up an empty tool.

        Args:
            name: prefix of its ids, so that ids of two tools never look alike.
            dialect: what it can express and how it behaves.
            clock: the time that it shares with other tools.
            skew: its own clock minus the shared one.
            tick: how much time each change takes; zero gives changes at the same moment.
            hostility: how it misbehaves.
            people: names and e-mail addresses; the same ones at every tool, so that they match.
            groups: names of assignment groups.
            page_size: records on one page of the feed.
        """
        self.name = name
        self.dialect = dialect or Dialect()
        self.clock = clock or Clock()
        self.skew = skew
        self.tick = tick
        self.hostility = hostility or Hostility()
        self.page_size = page_size
        self.url = f"https://{name}.example.com"
        self._settle_people(people, groups)
        self._begin_empty()

    def _settle_people(self, people: Sequence[tuple[str, str]], groups: Sequence[str]) -> None:
        name = self.name
        self.people = {
            f"{name}-p{number}": Person(id=f"{name}-p{number}", name=person, email=email)
            for number, (person, email) in enumerate([("Isthmus", "isthmus@example.com"), *people])
        }
        self.account = f"{name}-p0"
        """Id of the integration's own account."""
        self.groups = {
            f"{name}-g{number}": Group(id=f"{name}-g{number}", name=group) for number, group in enumerate(groups, 1)
        }

    def _begin_empty(self) -> None:
        self.records: dict[str, Json] = {}
        """Record id -> raw fields, as they stand; deleted ones are in ``trash``."""
        self.comments: dict[str, list[Json]] = {}
        """Record id -> raw comments, oldest first."""
        self.files: dict[str, list[Json]] = {}
        """Record id -> raw files that hang on the record."""
        self.bytes: dict[str, bytes] = {}
        """File id -> content."""
        self.history: dict[str, list[FieldChange]] = {}
        self.trash: dict[str, tuple[datetime, Json]] = {}
        """Record id -> when it was deleted, and what it held."""
        self.outbox: list[tuple[datetime, str, str, str]] = []
        """(time, e-mail address, kind, record id) of the mail that the tool would send."""
        self.key = "memory-key"
        """What a connector must show."""
        self.attempts: Counter[str] = Counter()
        """Kind of write -> how often an integration tried it, refused and failed ones included."""
        self.writes: Counter[str] = Counter()
        """Kind of write -> how often one was stored."""
        self.faults: Counter[Fault] = Counter()
        """What went wrong, and how often."""
        self.before_write: Callable[[Write], None] | None = None
        """Called before each write of an integration: somebody may edit between its read and its write."""
        self.born: dict[str, datetime] = {}
        """Record id -> when it was stored."""
        self._veils: dict[str, tuple[datetime, Json | None]] = {}
        self._later: list[tuple[datetime, Callable[[], object]]] = []
        self._arriving: datetime | None = None
        self._numbers = 0

    # -- time and names

    @property
    def now(self) -> datetime:
        """The tool's own time, UTC; while a late write is stored, the time at which that happened."""
        return self._arriving or self.clock() + self.skew

    def stamp(self) -> str:
        """Give the time in the precision of the tool's change token."""
        grain = self.dialect.precision.total_seconds()
        seconds = self.now.timestamp() // grain * grain if grain else self.now.timestamp()
        return format_time(datetime.fromtimestamp(seconds, UTC))

    def person_id(self, who: str) -> str:
        """Give the id of a person named by id, by e-mail or by the part of it before the ``@``."""
        for person_id, person in self.people.items():
            email = person.email or ""
            if who in (person_id, email, email.partition("@")[0]):
                return person_id
        raise KeyError(who)

    def group_id(self, name: str) -> str:
        """Give the id of a group by its name."""
        return next(group_id for group_id, group in self.groups.items() if group.name == name)

    def chosen_id(self, marker: str) -> str:
        """Give the id that a create with a marker chooses, where the tool lets it."""
        return f"{self.name}-r{hashlib.sha256(marker.encode()).hexdigest()[:12]}"

    def _next_id(self, kind: str) -> str:
        self._numbers += 1
        return f"{self.name}-{kind}{self._numbers}"

    # -- what the tool does
    def insert(
        self,
        fields: Json,
        author: str | None,
        *,
        stamps: Json | None = None,
        record_id: str | None = None,
        quiet: bool = False,
    ) -> str:
        """Store a new record and give its id.

        Args:
            fields: raw fields.
            author: id of the person, None for the tool itself.
            stamps: times that it keeps instead of the tool's own.
            record_id: the id, where the caller chooses it.
            quiet: send nothing.

        Raises:
            RejectedError: the tool's rules forbid it.
        """
        record_id = record_id or self._next_id("r")
        now = self.stamp()
        record = {**{name: copy.copy(value) for name, value in BLANK.items()}, **self._checked({}, fields)}
        self.born[record_id] = self.now
        self.trash.pop(record_id, None)
        self.records[record_id] = {
            name: value
            for name, value in {
                "id": record_id,
                "number": f"T{len(self.born):06d}",
                "url": f"{self.url}/records/{record_id}",
                **record,
                **dict.fromkeys(STAMPS),
                "opened": now,
                "updated": now,
                "revision": 1,
            }.items()
            if name not in self.dialect.absent
        }
        self.comments[record_id], self.files[record_id], self.history[record_id] = [], [], []
        self._note(record_id, "state", None, record["state"], author)
        self._follow_state(record_id)
        self.records[record_id].update(stamps or {})
        if not quiet:
            self.mail(record_id, "create")
            self._mail_solved(record_id)
        return record_id

    def save(self, record_id: str, fields: Json, author: str | None) -> bool:
        """Store changed fields, and tell whether anything changed: an update without change leaves no trace.

        Raises:
            RejectedError: the tool's rules forbid it.
        """
        record = self.records[record_id]
        wanted = self._checked(record, fields)
        changed = {name: value for name, value in wanted.items() if value != record.get(name)}
        if not changed:
            return False
        for name, value in changed.items():
            self._note(record_id, name, record.get(name), value, author)
        record.update(copy.deepcopy(changed))
        if "state" in changed:
            self._follow_state(record_id)
            self._mail_solved(record_id)
        self._touch(record_id)
        return True

    def say(
        self,
        record_id: str,
        body: Json,
        *,
        public: bool,
        files: Sequence[Json] = (),
        origin: str | None = None,
        quiet: bool = False,
    ) -> str:
        """Store a comment and give its id.

        Raises:
            RejectedError: the record is closed for good, or the tool cannot hide the comment.
        """
        self._check_open(self.records[record_id])
        if not (public or self.dialect.internal_comments):
            raise RejectedError("refused", vendor_words="whoever sees a record sees its comments")
        comment: Json = {
            "id": self._next_id("c"),
            "at": format_time(self.now),
            **body,
            "readers": "everyone" if public else "staff",
            "files": list(files),
        }
        if origin is not None and self.dialect.comment_origin:
            comment["origin"] = origin
        self.comments[record_id].append(comment)
        self.comments[record_id].sort(key=lambda each: each["at"])
        self._touch(record_id)
        if public and not quiet:
            self.mail(record_id, "public_comment", author=comment["author"])
        return comment["id"]

    def keep_file(self, name: str, media_type: str, data: bytes, author: str | None, *, public: bool) -> Json:
        """Store a file's bytes and give its document; it hangs on nothing yet.

        Raises:
            RejectedError: it is empty, and the tool stores no such file.
        """
        if not (data or self.dialect.empty_files):
            raise RejectedError("refused", vendor_words="a file needs content")
        file: Json = {
            "id": self._next_id("f"),
            "name": name,
            "type": media_type,
            **({"size": len(data)} if self.dialect.tells_sizes else {}),
            "sha256": hashlib.sha256(data).hexdigest(),
            "at": format_time(self.now),
            "author": author,
        }
        if self.dialect.internal_files:
            file["readers"] = "everyone" if public else "staff"
        self.bytes[file["id"]] = data
        return file

    def hang(self, record_id: str, file: Json) -> None:
        """Hang a file on a record.

        Raises:
            RejectedError: the record is closed for good.
        """
        self._check_open(self.records[record_id])
        self.files[record_id].append(file)
        self._touch(record_id)

    def remove(self, record_id: str) -> None:
        """Delete a record for good."""
        self.trash[record_id] = (self.now, self.records.pop(record_id))

    def mail(self, record_id: str, kind: str, author: str | None = None) -> None:
        """Write the requester, and maybe the followers, a message, but not to whoever wrote what it is about."""
        record = self.records[record_id]
        followers = record.get("followers") or () if self.dialect.notifies_watchers else ()
        for person_id in dict.fromkeys((record["caller"] or "", *followers)):
            person = self.people.get(person_id)
            if kind in self.dialect.notifies and person_id != author and person is not None and person.email:
                self.outbox.append((self.now, person.email, kind, record_id))

    def answer(self, record_id: str) -> None:
        """Let the tool's business rules answer a write of the integration, each as often as it may."""
        for number, rule in enumerate(self.hostility.answers):
            record = self.records[record_id]
            met = all(record.get(name) == value for name, value in rule.when.items())
            able = self.hostility.answered[number, record_id] < rule.times
            if met and able and self.save(record_id, dict(rule.set), None):
                self.hostility.answered[number, record_id] += 1

    def later(self, delay: timedelta, action: Callable[[], object]) -> None:
        """Do something when its time has come: a write that is stored after its caller gave up."""
        self._later.append((self.now + delay, action))

    def arrive(self) -> None:
        """Do what was put off and is due by now."""
        now = self.now
        due = sorted((entry for entry in self._later if entry[0] <= now), key=lambda entry: entry[0])
        self._later = [entry for entry in self._later if entry[0] > now]
        for moment, action in due:
            self._arriving = moment
            try:
                action()
            except RecordError:
                continue  # the record has been closed or deleted in the meantime: the write comes to nothing
            finally:
                self._arriving = None

    def veil(self, record_id: str, seconds: float, before: Json | None) -> None:
        """Let readers see an older state of a record, or none, for a while: its transaction commits late."""
        self._veils[record_id] = (self.now + timedelta(seconds=seconds), before)

    def shown(self, record_id: str) -> Json | None:
        """Give a record's fields as readers see them now, or None."""
        record = self.records.get(record_id)
        moment, before = self._veils.get(record_id, (self.now, None))
        if moment > self.now:
            record = before
        if record is None or record_id in self.hostility.hidden:
            return None
        body: Json = copy.deepcopy(record)
        if not self.dialect.version_moves_always:
            del body["revision"]
        return body

    # -- rules

    def pass_time(self) -> None:
        """Let the time of one change pass."""
        if self._arriving is not None:
            return
        self.arrive()
        self.clock.advance(self.tick.total_seconds())

    def _touch(self, record_id: str) -> None:
        self.records[record_id]["updated"] = self.stamp()
        self.records[record_id]["revision"] += 1

    def _note(self, record_id: str, field: str, before: Any, after: Any, by: str | None) -> None:
        old, new = (None if value is None else str(value) for value in (before, after))
        self.history[record_id].append(FieldChange(record_id, field, old, new, self.now, by))

    def _checked(self, record: Json, fields: Json) -> Json:
        """Give fields as the tool stores them.

        Raises:
            RejectedError: a field or value that it does not know, a closed record, a missing code.
        """
        strangers = [name for name in fields if name not in BLANK and not name.startswith("x_")]
        if strangers or not self.dialect.absent.isdisjoint(fields):
            raise self.refuse(f"unknown field {', '.join(strangers) or ', '.join(self.dialect.absent & fields.keys())}")
        wanted: Json = {name: None if value == "" else value for name, value in fields.items()}
        if wanted.get("tags"):
            wanted["tags"] = sorted(set(wanted["tags"]))
        limit = self.dialect.title_length
        if limit is not None and wanted.get("title"):
            wanted["title"] = wanted["title"][:limit]
        self._check_values(wanted)
        if any(value != record.get(name) for name, value in wanted.items()):
            self._check_open(record)
        after = {**record, **wanted}
        if after.get("state") == STATES[Status.RESOLVED] != record.get("state"):
            missing = [name for name in self.dialect.required_on_resolve if not after.get(name)]
            if missing:
                raise self.refuse(f"a solved record needs {', '.join(missing)}")
        return wanted

    def _check_values(self, fields: Json) -> None:
        options = self.options
        for name, value in fields.items():
            if name in options and value not in options[name] and (value is not None or name == "state"):
                raise self.refuse(f"{name} cannot be {value!r}")
        for name in ("caller", "owner"):
            if fields.get(name) is not None and fields[name] not in self.people:
                raise self.refuse(f"{name}: nobody has the id {fields[name]!r}")
        if fields.get("team") is not None and fields["team"] not in self.groups:
            raise self.refuse(f"team: no group has the id {fields['team']!r}")

    @property
    def field_names(self) -> list[str]:
        """The fields that people and integrations may write, custom ones in use included."""
        custom = {name for record in self.records.values() for name in record if name.startswith("x_")}
        return [*(name for name in BLANK if name not in self.dialect.absent), *sorted(custom)]

    @property
    def options(self) -> dict[str, tuple[Any, ...]]:
        """The values that choice fields take."""
        states = tuple(STATES[status] for status in Status if status in self.dialect.statuses)
        return {"state": states, "severity": tuple(range(1, self.dialect.priorities + 1))}

    def _check_open(self, record: Json) -> None:
        if self.dialect.closed_is_final and record.get("state") == STATES[Status.CLOSED]:
            raise self.refuse("a closed record takes no change")

    def refuse(self, words: str) -> RejectedError:
        """Give the error with which the tool refuses a write."""
        return RejectedError("the tool refuses", connection=self.name, vendor_words=words)

    def _follow_state(self, record_id: str) -> None:
        record = self.records[record_id]
        state, now = record["state"], format_time(self.now)
        done = (STATES[Status.RESOLVED], STATES[Status.CLOSED], STATES[Status.CANCELED])
        record["solved"] = (record["solved"] or now) if state in done else None
        record["closed"] = (record["closed"] or now) if state in done[1:] else None

    def _mail_solved(self, record_id: str) -> None:
        if self.records[record_id]["state"] == STATES[Status.RESOLVED]:
            self.mail(record_id, "resolve")
