"""Writing incidents: creates under a chosen id, updates, and journal entries, one by one or in batches.

Vendor facts (ServiceNow documentation, Table API; knowledge base KB2697679; client experience with chosen ids):

- A create may choose its ``sys_id``; a second one under the same id fails. So the id is made from our marker, and a refused
  create is looked up before it counts as refused: 403 also answers a create whose row was stored, when a later rule fails
  or the account may not read the row.
- One PATCH carries fields, one public comment and one work note; each appends an entry. Its reply tells no entry's id.
- Keys that are no column are ignored silently.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from ...core.connector import AddComment, AddFile, Create, Delete, Json, Outcome, Record, Update, Write
from ...core.errors import ConnectorError, Facts, FatalError, ForbiddenError, RecordError, RejectedError
from ...core.model import Visibility
from ...core.net.http import fill_path
from ...core.shapes import as_object
from .batch import MOST_BYTES, Batch, Item
from .calls import Calls
from .columns import CUSTOM, TABLE, Columns
from .files import Files
from .items import Items
from .journal import ELEMENTS, INTERNAL, PUBLIC
from .people import People
from .reading import record_of
from .replies import INSERT_REFUSED

COLLECTION: Final = f"/api/now/table/{TABLE}"
ONE: Final = f"/api/now/table/{TABLE}/{{id}}"
DISPLAY: Final = "Isthmus"
"""What ``correlation_display`` says of a record that we created."""


def id_for(marker: str) -> str:
    """Give the sys_id of the record that bears a marker: 32 hex digits."""
    return hashlib.sha256(marker.encode()).hexdigest()[:32]


@dataclass(slots=True)
class _Call:
    """One call, and the writes that it carries out."""

    method: str
    record_id: str
    body: Json
    keys: list[str]
    marker: str | None = None

    @property
    def is_create(self) -> bool:
        return self.marker is not None

    @property
    def repeatable(self) -> bool:
        """Appending to a journal is not; a create is, under a chosen id."""
        return not any(element in self.body for element in ELEMENTS)

    def takes(self, body: Json) -> bool:
        """Tell whether one more write of the same record fits, in order and once for each journal."""
        mine, more = self.body.keys() & set(ELEMENTS), body.keys() & set(ELEMENTS)
        return not self.is_create and not (mine & more) and not (mine and body.keys() - set(ELEMENTS))


@dataclass(slots=True)
class _Wave:
    """Calls of different records, which may travel together, and what has to wait for them."""

    calls: list[_Call] = field(default_factory=list)
    single: list[Write] = field(default_factory=list)
    later: list[Write] = field(default_factory=list)


class Writing:
    """Writes incidents of one instance."""

    def __init__(
        self,
        calls: Calls,
        batch: Batch,
        columns: Columns,
        people: People,
        files: Files,
        items: Items,
        find: Callable[[str], list[Record]],
    ) -> None:
        """Make a writer.

        Args:
            calls: the session's calls.
            batch: the batch API.
            columns: the columns of incidents.
            people: who remembers those who come with a reply.
            files: who uploads.
            items: who knows the services.
            find: gives the records that bear a marker.
        """
        self._calls = calls
        self._batch = batch
        self._columns = columns
        self._people = people
        self._files = files
        self._items = items
        self._find = find
        self._inserted = False
        self._chosen_ids = True

    def submit(self, writes: Sequence[Write]) -> Iterator[Outcome]:
        """Carry out writes, those of one record in order; a record's later writes wait for its earlier ones."""
        waiting = list(writes)
        broken: dict[str, ConnectorError] = {}
        while waiting:
            wave = self._wave(waiting, broken)
            for outcome in self._wave_outcomes(wave):
                if outcome.error is not None and outcome.record_id:
                    broken[outcome.record_id] = outcome.error
                yield outcome
            for write in wave.later:
                error = broken.get(_record_id(write) or "")
                if error is not None:
                    yield Outcome(write.key, _record_id(write), error=error)
            waiting = [write for write in wave.later if (_record_id(write) or "") not in broken]

    def _wave(self, writes: Sequence[Write], broken: dict[str, ConnectorError]) -> _Wave:
        """Choose the first call of each record; fields, a comment and a note that follow each other become one."""
        wave = _Wave()
        begun: dict[str, _Call | None] = {}
        closed: set[str] = set()
        for write in writes:
            record_id = id_for(write.marker) if isinstance(write, Create) else _record_id(write) or ""
            call = begun.get(record_id)
            body = _body(write)
            if record_id in closed or (record_id in begun and (call is None or body is None or not call.takes(body))):
                closed.add(record_id)
                wave.later.append(write)
            elif call is not None and body is not None:
                call.body.update(self._items.resolved(body))
                call.keys.append(write.key)
            elif body is None or len(str(body)) > MOST_BYTES:
                begun[record_id] = None
                wave.single.append(write)
            else:
                made = self._call_of(write, record_id, body)
                begun[record_id] = made
                wave.calls.append(made)
        return wave

    def _call_of(self, write: Write, record_id: str, body: Json) -> _Call:
        if not isinstance(write, Create):
            return _Call("PATCH", record_id, self._items.resolved(dict(body)), [write.key])
        marked = {
            **self._items.resolved(body),
            "sys_id": record_id,
            "correlation_id": write.marker,
            "correlation_display": DISPLAY,
        }
        return _Call("POST", record_id, marked, [write.key], write.marker)

    # -- sending

    def _wave_outcomes(self, wave: _Wave) -> Iterator[Outcome]:
        usable: list[_Call] = []
        for call in wave.calls:
            refusal = self._refusal(call)
            if refusal is None:
                usable.append(call)
            else:
                yield from _failed(call, refusal)
        for call, answer in self._answers(usable):
            yield from self._outcomes(call, answer)
        for write in wave.single:
            yield self._send_single(write)

    def _refusal(self, call: _Call) -> ConnectorError | None:
        """Refuse what the vendor would drop without a word: values of custom columns that it does not have."""
        strange = [
            column
            for column, value in call.body.items()
            if column.startswith(CUSTOM) and value not in (None, "") and not self._columns.knows(column)
        ]
        for column in [column for column in call.body if column.startswith(CUSTOM) and not self._columns.knows(column)]:
            del call.body[column]
        if not strange:
            return None
        return RejectedError(
            f"incidents have no column {', '.join(sorted(strange))}; create it or take it out of the mapping",
            connection=self._calls.connection,
            operation=f"{call.method} {COLLECTION}",
            key=call.record_id,
        )

    def _answers(self, calls: Sequence[_Call]) -> Iterator[tuple[_Call, Any | ConnectorError]]:
        """Send calls, several in batches, and give the row or the error of each."""
        if len(calls) < 2:
            for call in calls:
                yield call, self._send_alone(call)
            return
        items = [
            Item(
                call.method,
                f"{self._path(call)}?{urlencode(self._params)}",
                self._operation(call),
                call.body,
                self._safe(call),
            )
            for call in calls
        ]
        for index, answer in self._batch.send(items):
            if isinstance(answer, FatalError) and not isinstance(answer, ForbiddenError):
                raise answer
            yield calls[index], answer if isinstance(answer, ConnectorError) else answer.data

    def _send_alone(self, call: _Call) -> Any | ConnectorError:
        template = COLLECTION if call.is_create else ONE
        try:
            reply = self._calls.write(
                call.method, template, json=call.body, params=self._params, repeatable=self._safe(call), id=call.record_id
            )
        except ForbiddenError as error:
            return error
        except FatalError:
            raise
        except ConnectorError as error:
            return error
        return reply.data

    def _safe(self, call: _Call) -> bool:
        return call.repeatable and (self._chosen_ids or not call.is_create)

    @property
    def _params(self) -> dict[str, str]:
        return {
            "sysparm_display_value": "false",
            "sysparm_exclude_reference_link": "true",
            "sysparm_input_display_value": "false",
            "sysparm_fields": ",".join(self._columns.wanted),
        }

    def _path(self, call: _Call) -> str:
        return COLLECTION if call.is_create else fill_path(ONE, id=call.record_id)

    def _operation(self, call: _Call) -> str:
        return f"{call.method} {COLLECTION if call.is_create else ONE}"

    # -- outcomes

    def _outcomes(self, call: _Call, answer: Any | ConnectorError) -> Iterator[Outcome]:
        if isinstance(answer, ConnectorError):
            record = self._stored_after_all(call, answer)
            if record is None:
                yield from _failed(call, self._judged(call, answer))
                return
        else:
            record = self._echoed(call, answer)
        if call.is_create:
            self._inserted = True
            self._chosen_ids = record is None or record.id == call.record_id
        for key in call.keys:
            yield Outcome(key, record.id if record else call.record_id, record=record)

    def _echoed(self, call: _Call, answer: Any) -> Record | None:
        """Give the row of a good reply; None where it brings none, as an instance may be set up to do."""
        row = as_object(as_object(answer).get("result"))
        if not row.get("sys_id"):
            found = self._find(call.marker) if call.marker else []
            return found[0] if found else None
        self._people.meet([row])
        return record_of(row)

    def _stored_after_all(self, call: _Call, error: ConnectorError) -> Record | None:
        """Look a refused create up: it may have been stored, now or by an earlier attempt whose reply was lost."""
        if call.marker is None or not isinstance(error, RecordError | ForbiddenError):
            return None
        found = self._find(call.marker)
        return found[0] if found else None

    def _judged(self, call: _Call, error: ConnectorError) -> ConnectorError:
        """A refusal concerns the record, except where this account has never been let create one."""
        facts = Facts(
            connection=error.connection,
            operation=error.operation,
            key=call.record_id,
            status=error.status,
            vendor_words=error.vendor_words,
        )
        if call.is_create and not self._inserted and INSERT_REFUSED in error.vendor_words:
            raise ForbiddenError("the account may not create incidents; give it the role itil", **facts)
        if isinstance(error, ForbiddenError):
            raise error
        if isinstance(error, RejectedError):
            return RejectedError(error.message, **facts)
        return error

    # -- what travels alone

    def _send_single(self, write: Write) -> Outcome:
        record_id = _record_id(write)
        try:
            if isinstance(write, AddFile):
                file_id = self._files.upload(write.record_id, write.file)
                return Outcome(write.key, record_id, child_id=file_id)
            if isinstance(write, Delete):
                self._calls.write("DELETE", ONE, repeatable=False, id=write.record_id)
                return Outcome(write.key, record_id)
        except FatalError:
            raise
        except ConnectorError as error:
            return Outcome(write.key, record_id, error=error)
        made = self._call_of(
            write, id_for(write.marker) if isinstance(write, Create) else record_id or "", _body(write) or {}
        )
        (outcome,) = self._outcomes(made, self._send_alone(made))
        return outcome


def _record_id(write: Write) -> str | None:
    return getattr(write, "record_id", None)


def _body(write: Write) -> Json | None:
    """Give the body of a write that is a record's fields or journal entries, None for one that travels alone."""
    match write:
        case Create() | Update():
            return write.body
        case AddComment():
            element = PUBLIC if write.comment.visibility is Visibility.PUBLIC else INTERNAL
            return {element: write.comment.body["value"]}
        case _:
            return None


def _failed(call: _Call, error: ConnectorError) -> Iterator[Outcome]:
    record_id = None if call.is_create else call.record_id
    for key in call.keys:
        yield Outcome(key, record_id, error=error)
