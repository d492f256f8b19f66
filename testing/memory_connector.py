"""A real connector over an in-memory tool: about the smallest honest one. See ``core.connector`` for the contract."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, BinaryIO, ClassVar, Final, TypeAlias

from ..core.connector import (
    AddComment,
    AddFile,
    ConnectionSettings,
    Connector,
    Context,
    Create,
    Delete,
    FieldChange,
    FieldInfo,
    FileSource,
    Health,
    Json,
    NewComment,
    Outcome,
    Page,
    Record,
    Scope,
    Thread,
    Update,
    Write,
)
from ..core.errors import (
    AuthenticationError,
    ConnectorError,
    FatalError,
    NotFoundError,
    RateLimitedError,
    StaleVersionError,
    UnavailableError,
)
from ..core.model import Group, Person, Status, Visibility, format_time
from ..core.net.secrets import SecretText
from .dialect import STATES
from .hostility import Crash, Fault
from .memory_store import STAMPS, MemoryStore

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
STATUS: Final = ("state", "waiting_for", "code", "notes")
"""The columns of a record's status."""
RETRIES: Final = 4
"""How often a read or a surely unstored write is tried, as ``core.net.http`` does for tools over HTTP."""
BUSY_SECONDS: Final = 5.0
"""How long a busy tool asks to wait."""


Contents: TypeAlias = Sequence[tuple[FileSource, bytes]]


class MemorySettings(ConnectionSettings):
    """An in-memory tool has no options of its own."""


class MemoryConnector(Connector):
    """Speaks to one in-memory tool; :meth:`MemoryTool.connector` makes the class that belongs to a tool."""

    name = "memory"
    title = "In-memory tool"
    Settings = MemorySettings
    tool: ClassVar[MemoryStore]

    def __init__(self, settings: ConnectionSettings, context: Context, *, key: str) -> None:
        """Make a connector that shows a key to the tool."""
        super().__init__(settings, context)
        self._key = SecretText(key)
        self._calls: Counter[str] = Counter()

    @property
    def skew_seconds(self) -> float:
        """The tool's clock minus ours."""
        return self.tool.skew.total_seconds()

    def check(self) -> Health:
        """Show the key."""
        self._call("check")
        warnings = ("the account may only read; give it the right to write",) if self.tool.hostility.read_only else ()
        account = self.tool.people[self.tool.account].email or ""
        return Health(account, "UTC", self.skew_seconds, warnings, self.tool.account)

    def fields(self) -> Sequence[FieldInfo]:
        """Give the fields of the tool's dialect."""
        self._call("fields")
        options = {name: tuple((str(value), str(value)) for value in values) for name, values in self.tool.options.items()}
        lengths = {"title": self.tool.dialect.title_length}
        required = self.tool.dialect.required_on_resolve
        return [
            FieldInfo(name, name, name.startswith("x_"), lengths.get(name), options.get(name), name in required)
            for name in self.tool.field_names
        ]

    # -- read

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        """Give the feed, keyset on the time of the last change and the id.

        A first reading that finds nothing gives an empty page, so that its cursor marks the start.
        """
        dialect, hostility = self.tool.dialect, self.tool.hostility
        position = (datetime.fromisoformat(cursor) - dialect.overlap if cursor else BEGINNING, "")
        while True:
            self._call("changes")
            ready = self.tool.now - dialect.export_lag - hostility.lag
            entries = sorted(entry for entry in self._entries(scope) if position < entry[:2] and entry[0] <= ready)
            page = entries[: self.tool.page_size]
            if not page:
                if cursor is None and position[0] == BEGINNING:
                    yield Page((), format_time(ready))
                return
            position = page[-1][:2]
            records = [record for _, record_id, deleted in page if (record := self._feed(record_id, deleted=deleted))]
            records += hostility.repeated(records)
            hostility.shuffle(records)
            yield Page(tuple(records), format_time(position[0]))

    def _entries(self, scope: Scope) -> Iterator[tuple[datetime, str, bool]]:
        """Give (time of the last change, id, deleted) of what the feed shows."""
        for record_id in self.tool.records:
            body = self.tool.shown(record_id)
            if body is not None and self._in_scope(body, scope):
                yield datetime.fromisoformat(body["updated"]), record_id, False
        if self.tool.dialect.tombstones:
            for record_id, (moment, _) in self.tool.trash.items():
                yield moment, record_id, True

    def _feed(self, record_id: str, *, deleted: bool) -> Record | None:
        if not deleted:
            return self._record(record_id)
        moment, body = self.tool.trash[record_id]
        return Record(record_id, dict(body), changed_at=moment, deleted=True)

    def _record(self, record_id: str) -> Record | None:
        body = self.tool.shown(record_id)
        if body is None:
            return None
        version = str(body["revision"]) if self.tool.dialect.version_moves_always else body["updated"]
        return Record(record_id, body, version, datetime.fromisoformat(body["updated"]))

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        """Read records by id."""
        self._call("fetch")
        return [record for record_id in dict.fromkeys(ids) if (record := self._record(record_id))]

    def find(self, marker: str) -> list[Record]:
        """Look the marker up; a new record shows after the tool's index lag."""
        self._call("find")
        indexed = self.tool.now - self.tool.dialect.search_lag - self.tool.hostility.lag
        found = (self._record(record_id) for record_id in self.tool.records if self.tool.born[record_id] <= indexed)
        return [record for record in found if record is not None and record.body["external_key"] == marker]

    def census(self, scope: Scope) -> Iterator[str]:
        """Walk through all records by id."""
        self._call("census")
        for record_id in list(self.tool.records):
            body = self.tool.shown(record_id)
            if body is not None and self._in_scope(body, scope):
                yield record_id

    def count(self, scope: Scope) -> int:
        """Count what the census walks through."""
        self._call("count")
        bodies = (self.tool.shown(record_id) for record_id in self.tool.records)
        return sum(body is not None and self._in_scope(body, scope) for body in bodies)

    def threads(self, ids: Sequence[str]) -> dict[str, Thread]:
        """Give comments and files."""
        self._call("threads")
        return {
            record_id: Thread(
                [dict(comment) for comment in self.tool.comments[record_id]],
                [dict(file) for file in self.tool.files[record_id]],
            )
            for record_id in ids
            if self.tool.shown(record_id) is not None
        }

    def download(self, file: Json, target: BinaryIO) -> str:
        """Give a file's bytes."""
        self._call("download")
        if file["id"] not in self.tool.bytes:
            raise NotFoundError("the file is gone", connection=self.context.connection, key=file["id"])
        data = self.tool.bytes[file["id"]]
        target.write(data)
        return hashlib.sha256(data).hexdigest()

    def history(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Give the field changes."""
        self._call("history")
        return {
            record_id: list(self.tool.history[record_id]) for record_id in ids if self.tool.shown(record_id) is not None
        }

    def deleted(self, since: datetime) -> Iterator[str]:
        """Give the ids of deleted records."""
        self._call("deleted")
        yield from [record_id for record_id, (moment, _) in self.tool.trash.items() if moment >= since]

    def people(self, ids: Iterable[str]) -> dict[str, Person]:
        """Give people by id."""
        self._call("people")
        return {person_id: self.tool.people[person_id] for person_id in ids if person_id in self.tool.people}

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        """Give people by e-mail."""
        self._call("find_people")
        found: dict[str, Person] = {}
        for email in emails:
            holders = [person for person in self.tool.people.values() if person.email == email]
            if len(holders) == 1:
                found[email] = holders[0]
        return found

    def groups(self) -> list[Group]:
        """Give all groups."""
        self._call("groups")
        return list(self.tool.groups.values())

    def origin_of(self, comment: Json) -> str | None:
        """Give the origin that the tool keeps beside a comment."""
        return comment.get("origin")

    def calls(self) -> Mapping[str, int]:
        """Give the number of calls made so far."""
        return self._calls

    # -- write

    def create(self, write: Create) -> Outcome:
        """Create one record; where the tool lets us choose ids, repeating it gives the same record."""
        dialect = self.tool.dialect
        fields = {name: value for name, value in write.body.items() if name not in STAMPS}
        keeps = write.history and dialect.keeps_history
        stamps = {name: write.body[name] for name in STAMPS if keeps and write.body.get(name)}
        chosen = self.tool.chosen_id(write.marker) if dialect.chosen_id else None
        contents = [_read(comment.files) for comment in write.comments]

        def store() -> Outcome:
            if chosen in self.tool.records:
                return self._done(write, chosen)
            everything = {**fields, **(begun[0] if begun else {}), "external_key": write.marker}
            record_id = self.tool.insert(everything, self.tool.account, stamps=stamps, record_id=chosen, quiet=keeps)
            for comment, files in zip(write.comments, contents, strict=True):
                self._say(record_id, comment, files, history=keeps)
            return self._done(write, record_id)

        begun = self.path(None, write.body) if dialect.by_steps and not keeps else ()
        outcome = self._write("create", write, write.marker, store)
        if not begun or outcome.record_id is None:
            return outcome
        try:
            status = {name: item for name, item in fields.items() if name in STATUS}
            return self._save(Update(key=write.key, record_id=outcome.record_id, body=status))
        except FatalError:
            raise
        except ConnectorError as error:
            return Outcome(write.key, outcome.record_id, error=error)

    def update(self, write: Update) -> Outcome:
        """Change fields of one record; where the tool goes by steps, its status after all else, and step by step."""
        record = self._record(write.record_id)
        if self.tool.dialect.by_steps and record is not None:
            others = {name: item for name, item in write.body.items() if name not in STATUS}
            status = {name: item for name, item in write.body.items() if name in STATUS}
            *before, last = [each for each in (others, *self.path(record, write.body), status) if each] or [{}]
            for step in before:
                outcome = self._save(replace(write, body=step))
                assert outcome.record is not None
                write = replace(write, version=write.version and outcome.record.version)
            write = replace(write, body=last)
        return self._save(write)

    def path(self, record: Record | None, body: Json) -> Sequence[Json]:
        """Give the one step on the way from any status but ``open`` to any other; a new record begins there."""
        between = STATES[Status.IN_PROGRESS]
        held = None if record is None else record.body["state"]
        target = body.get("state", held)
        if target in {held, between} or held == between:
            return ()
        status = {name: None for name in STATUS if name not in self.tool.dialect.absent}
        return ({**status, "state": between},)

    def _save(self, write: Update) -> Outcome:
        def store() -> Outcome:
            record = self._record(write.record_id)
            if record is None:
                raise self._missing(write.record_id)
            if self.tool.dialect.conditional_write and write.version is not None and write.version != record.version:
                raise StaleVersionError("the record has moved", connection=self.context.connection, key=record.id)
            if self.tool.dialect.by_steps and self.path(record, write.body):
                raise self.tool.refuse(f"no step leads from {record.body['state']} to {write.body['state']}")
            fields = {name: value for name, value in write.body.items() if name not in STAMPS}
            self.tool.save(write.record_id, fields, self.tool.account)
            return self._done(write, write.record_id)

        return self._write("update", write, write.record_id, store)

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one comment."""
        files = _read(write.comment.files)

        def store() -> Outcome:
            if self._record(write.record_id) is None:
                raise self._missing(write.record_id)
            comment = self._say(write.record_id, write.comment, files, history="at" in write.comment.body)
            return self._done(write, write.record_id, comment)

        return self._write("comment", write, write.record_id, store)

    def add_file(self, write: AddFile) -> Outcome:
        """Hang one file on a record."""
        ((source, data),) = _read([write.file])

        def store() -> Outcome:
            if self._record(write.record_id) is None:
                raise self._missing(write.record_id)
            file = self._keep(source, data, public=write.visibility is Visibility.PUBLIC)
            self.tool.hang(write.record_id, file)
            return self._done(write, write.record_id, file["id"])

        return self._write("file", write, write.record_id, store)

    def delete(self, write: Delete) -> Outcome:
        """Delete one record."""

        def store() -> Outcome:
            if self._record(write.record_id) is None:
                raise self._missing(write.record_id)
            self.tool.remove(write.record_id)
            return Outcome(write.key, write.record_id)

        return self._write("delete", write, write.record_id, store)

    def _say(self, record_id: str, comment: NewComment, sent: Contents, *, history: bool) -> str:
        dialect = self.tool.dialect
        body = {"text": comment.body.get("text") or "", "author": self.tool.account}
        named = comment.body.get("author")
        if named and (dialect.comment_author or (history and dialect.keeps_history)):
            body["author"] = named
        if history and dialect.keeps_history and comment.body.get("at"):
            body["at"] = comment.body["at"]
        public = comment.visibility is Visibility.PUBLIC
        files = [self._keep(source, data, public=public) for source, data in sent]
        return self.tool.say(
            record_id, body, public=public, files=files, origin=comment.origin, quiet=history and dialect.keeps_history
        )

    def _keep(self, file: FileSource, data: bytes, *, public: bool) -> Json:
        return self.tool.keep_file(file.name, file.media_type, data, self.tool.account, public=public)

    def _done(self, write: Write, record_id: str, child: str | None = None) -> Outcome:
        self.tool.answer(record_id)
        return Outcome(write.key, record_id, self._record(record_id), child if self.tool.dialect.tells_ids else None)

    # -- calls and what goes wrong with them

    def _call(self, operation: str) -> None:
        """Count a call, refuse a wrong key, and repeat a read that fails in passing."""
        for attempt in range(RETRIES):
            self._calls[operation] += 1
            self.tool.arrive()
            if self._key.reveal() != self.tool.key:
                raise AuthenticationError("the credentials are refused", connection=self.context.connection)
            if not self.tool.hostility.fails_to_read(operation):
                return
            self.context.sleep(2.0**attempt)
        raise UnavailableError("the vendor fails", connection=self.context.connection, operation=operation)

    def _write(self, kind: str, write: Write, name: str, store: Callable[[], Outcome]) -> Outcome:
        """Carry out one write, or let it go wrong; where the tool asks to slow down, wait as told and repeat."""
        for _ in range(RETRIES):
            self._call(kind)
            self.tool.attempts[kind] += 1
            fault = self._fault(kind, write, name)
            if fault is not Fault.BUSY:
                return self._try(kind, fault, store)
            self.context.sleep(BUSY_SECONDS)
        raise RateLimitedError("the vendor asks to slow down", connection=self.context.connection, retry_after=BUSY_SECONDS)

    def _fault(self, kind: str, write: Write, name: str) -> Fault:
        if self.tool.before_write is not None:
            self.tool.before_write(write)
        if self.tool.hostility.read_only:
            raise self.tool.refuse("the account may only read")
        fault = self.tool.hostility.next_fault(f"{kind} {name}")
        if fault is not Fault.NONE:
            self.tool.faults[fault] += 1
        return fault

    def _try(self, kind: str, fault: Fault, store: Callable[[], Outcome]) -> Outcome:
        match fault:
            case Fault.CRASH_BEFORE:
                raise Crash(kind)
            case Fault.REFUSED:
                raise self.tool.refuse("the vendor's rules forbid it")
            case Fault.LOST:
                raise self._unavailable(kind)
            case Fault.LATE:
                self.tool.later(self.tool.hostility.late_by, lambda: self._store(kind, store))
                raise self._unavailable(kind)
            case _:
                outcome = self._store(kind, store)
        if fault is Fault.LOST_REPLY:
            raise self._unavailable(kind)
        if fault is Fault.CRASH_AFTER:
            raise Crash(kind)
        return outcome

    def _store(self, kind: str, store: Callable[[], Outcome]) -> Outcome:
        self.tool.pass_time()
        outcome = store()
        self.tool.writes[kind] += 1
        return outcome

    def _unavailable(self, kind: str) -> UnavailableError:
        error = UnavailableError("no usable reply", connection=self.context.connection, operation=kind)
        error.maybe_applied = True
        return error

    def _missing(self, record_id: str) -> NotFoundError:
        return NotFoundError("not found", connection=self.context.connection, key=record_id)

    # -- scope

    def _in_scope(self, body: Json, scope: Scope) -> bool:
        """Tell whether a record is in a scope; ``native`` is one condition, ``field=value``."""
        group = self.tool.groups.get(body["team"] or "")
        native, _, value = (scope.native or "").partition("=")
        checks: tuple[tuple[Any, bool], ...] = (
            (scope.status, body["state"] in {STATES[Status(status)] for status in scope.status}),
            (scope.priority, body["severity"] in scope.priority),
            (scope.group, group is not None and group.name in scope.group),
            (scope.label, not set(scope.label).isdisjoint(body["tags"])),
            (scope.key, body["number"] in scope.key or body["id"] in scope.key),
            (scope.opened_after, _after(body["opened"], scope.opened_after)),
            (scope.updated_after, _after(body["updated"], scope.updated_after)),
            (scope.native, str(body.get(native)) == value),
        )
        return all(inside for wanted, inside in checks if wanted)


def _after(text: str, moment: datetime | None) -> bool:
    return moment is None or datetime.fromisoformat(text) > moment.astimezone(UTC)


def _read(files: Iterable[FileSource]) -> Contents:
    """Read what is sent before anything goes wrong: the source may be gone when a late write is stored."""
    contents: list[tuple[FileSource, bytes]] = []
    for file in files:
        with file.open() as opened:
            contents.append((file, opened.read()))
    return contents
