"""Jobs that carry comments and files, and what recognises their copies."""

from __future__ import annotations

import io
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from ..connector import AddComment, AddFile, FilePlace, FileSource, NewComment, Outcome, Write
from ..errors import ConnectorError, ForbiddenError, RejectedError
from ..ledger.state import IntentKind, PartKind
from ..model import Document, Visibility
from .carry import dressed
from .copies import PartKey, learn_copies
from .jobs import Desk, Job, Progress
from .plan import PartPlan
from .side import Side
from .threads import part_digest


def carries_thread(desk: Desk, side: Side) -> bool:
    """Tell whether a create at this side carries the whole thread."""
    return desk.history and side.connector.traits.create_carries_comments


def part_jobs(desk: Desk, batch: Sequence[Progress], kind: PartKind) -> list[Job]:
    """Give a job for each comment, or for each file, that no create has carried."""
    jobs: list[Job] = []
    for progress in batch:
        handled = {id(part) for part in (*progress.parts_written, *progress.parts_failed)}
        for part in progress.plan.parts:
            if part.kind is not kind or id(part) in handled:
                continue
            record_id = progress.record_id(part.connection)
            if record_id is None:
                progress.parts_failed.append(part)
            else:
                jobs.append(_part_job(desk, progress, part, record_id))
    return jobs


def _part_job(desk: Desk, progress: Progress, part: PartPlan, record_id: str) -> Job:
    side = desk.sides[part.connection]
    details = {"parts": [part_key(desk, progress, part, side)]}
    kind = IntentKind.COMMENT if part.kind is PartKind.COMMENT else IntentKind.FILE
    intent = desk.intent(progress, kind, side.name, record_id=record_id, details=details)
    write: Write
    if part.kind is PartKind.COMMENT:
        write = AddComment(key=intent.id, record_id=record_id, comment=new_comment(desk, part, side))
    else:
        file = _source(desk, part.origin_connection, part.body)
        write = AddFile(key=intent.id, record_id=record_id, file=file, visibility=Visibility(part.body["visibility"]))

    def done(outcome: Outcome) -> None:
        progress.parts_written.append(part)
        if outcome.child_id is not None:
            _adopt(desk, progress, part, outcome.child_id)
        if outcome.child_id is None or (isinstance(write, AddComment) and write.comment.files):
            progress.unpaired.append(intent.id)

    def failed(error: ConnectorError, _: str | None) -> None:
        progress.parts_failed.append(part)

    return Job(progress, intent, write, done, failed)


def _adopt(desk: Desk, progress: Progress, part: PartPlan, copy_id: str) -> None:
    digest = part_digest(part.body) if part.kind is PartKind.COMMENT else None
    row = desk.ledger.add_part(
        progress.bond.id, part.kind, part.origin_connection, part.origin_id, public=part.public, digest=digest
    )
    desk.ledger.add_copy(row, part.connection, copy_id)


def new_comment(desk: Desk, part: PartPlan, side: Side) -> NewComment:
    """Give a comment in the form that this side takes, with the files that travel in it."""
    document = dressed(part, side, history=desk.history)
    files: tuple[FileSource, ...] = ()
    if side.connector.traits.files_on is FilePlace.COMMENT:
        files = tuple(_source(desk, part.origin_connection, file) for file in part.body.get("attachments") or ())
    body = side.mapping.comment.write(document, side.directory, creating=desk.history)
    return NewComment(body, Visibility(document["visibility"]), part.origin, files)


def _source(desk: Desk, connection: str, file: Document) -> FileSource:
    connector = desk.sides[connection].connector

    @contextmanager
    def opened() -> Generator[BinaryIO]:
        try:
            with desk.spool.fetch(connector, connection, file) as stream:
                yield stream
        except ForbiddenError as error:  # this file alone is withheld, such as one with a virus
            raise RejectedError(f"file {file['name']} is withheld: {error.message}", connection=connection) from error

    media_type = file.get("media_type") or "application/octet-stream"
    size = file.get("size")
    if size is None:  # the tool that it comes from does not tell
        with opened() as stream:
            size = stream.seek(0, io.SEEK_END)
    return FileSource(file["name"], media_type, size, opened)


def learn_written(desk: Desk, batch: Sequence[Progress]) -> None:
    """Read the threads that were written, where replies do not tell the new ids, and pair the copies."""
    for name, side in desk.sides.items():
        pending: dict[str, tuple[str, list[PartKey]]] = {}
        for progress in batch:
            record_id = progress.record_id(name)
            mine = [part for part in progress.parts_written if part.connection == name]
            if record_id is not None and mine:
                pending[record_id] = (progress.bond.id, [part_key(desk, progress, part, side) for part in mine])
        learn_copies(side, desk.ledger, pending)
    with desk.ledger.transaction():
        for progress in batch:
            for intent in progress.unpaired:
                desk.ledger.close_intent(intent, "done")
            progress.unpaired.clear()


def part_key(desk: Desk, progress: Progress, part: PartPlan, side: Side) -> PartKey:
    """Give what recognises a copy of a part at its target: kind, origin, and the words or the file's facts."""
    key = progress.keys.get(id(part))
    if key is None:
        key = progress.keys[id(part)] = _made_key(desk, part, side)
    return key


def _made_key(desk: Desk, part: PartPlan, side: Side) -> PartKey:
    carried: list[Document] = []
    words = ""
    digest = None
    if part.kind is PartKind.FILE:
        carried = [part.body]
    else:
        if side.connector.traits.files_on is FilePlace.COMMENT:
            carried = part.body.get("attachments") or []
        rules, directory = side.mapping.comment, side.directory
        written = rules.write({"body": dressed(part, side, history=desk.history)["body"]}, directory)
        words = rules.read(written, directory).get("body") or ""
        digest = part_digest(part.body)
    return {
        "kind": part.kind.value,
        "origin_connection": part.origin_connection,
        "origin_record": part.origin_record,
        "origin_id": part.origin_id,
        "public": part.public,
        "words": words,
        "digest": digest,
        "files": [
            {"origin_id": file["id"], "name": file["name"], "size": file.get("size"), "sha256": file.get("sha256")}
            for file in carried
        ],
    }
