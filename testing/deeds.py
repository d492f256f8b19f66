"""Writing on the bench until it has surely happened once: what the engine does, in small.

A write of unknown fate is looked for before it is sent again: a record by its marker, a comment and a file in the record's
thread. So the same tests pass while the vendor fails, and a connector that lies about a write's fate is found out.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import timedelta
from typing import Any, BinaryIO, Final

from ..core.connector import (
    AddComment,
    AddFile,
    Create,
    Delete,
    FilePlace,
    FileSource,
    NewComment,
    Outcome,
    Record,
    Update,
    Write,
)
from ..core.errors import RetryableError, UnavailableError
from ..core.ledger.state import Value
from ..core.mapping.values import same
from ..core.model import Document, Visibility
from .bench import Bench

TRIES: Final = 20


def file_source(name: str, data: bytes, media_type: str = "application/octet-stream") -> FileSource:
    """Give a file to write."""

    @contextlib.contextmanager
    def opened() -> Generator[BinaryIO]:
        yield io.BytesIO(data)

    return FileSource(name, media_type, len(data), opened)


class Deeds:
    """Writes through the connector of a bench, each surely once."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._keys = 0

    @property
    def _traits(self) -> Any:
        return self.bench.connector.traits

    def _key(self) -> str:
        self._keys += 1
        return f"deed-{self._keys}"

    def send(self, write: Write) -> Outcome:
        """Send one write as it is, and give its outcome."""
        (outcome,) = self.bench.connector.submit([write])
        assert outcome.key == write.key, "an outcome bears the key of its write"
        return outcome

    def surely(self, make: Callable[[str], Write], look: Callable[[], str | None]) -> Outcome:
        """Send a write until it has happened; where its fate is unknown, look first.

        Args:
            make: gives the write for a key.
            look: gives the id of what was written, or None where it is not there.
        """
        for _ in range(TRIES):
            outcome = self.send(make(self._key()))
            error = outcome.error
            if error is None:
                return outcome
            if not isinstance(error, RetryableError):
                raise error
            if isinstance(error, UnavailableError) and error.maybe_applied:
                self.bench.let_pass(self.bench.connector.commit_bound, self._traits.search_lag)
                found = look()
                if found is not None:
                    return Outcome(outcome.key, outcome.record_id or found, child_id=found)
        raise AssertionError(f"the write did not get through in {TRIES} tries")

    # -- records

    def document(self, title: str, **fields: Any) -> Document:
        """Give what a ticket in work usually holds, in normalized words, with the vendor's own people and groups."""
        base: Document = {
            "title": title,
            "description": f"<p>Description of {title}</p>",
            "status": "in_progress",
            "requester": self.bench.requester.model_dump(exclude={"id"}),
            "assignee": self.bench.agent.model_dump(exclude={"id"}),
            "group": {"name": self.bench.group},
        }
        document = base | fields
        self.bench.side.directory.meet(document)
        return document

    def create(
        self,
        document: Document,
        *,
        marker: str | None = None,
        history: bool = False,
        comments: Sequence[NewComment] = (),
    ) -> str:
        """Create a record from a document and give its id."""
        marker = marker or f"isthmus:bench:{self._key()}"
        body = self.bench.side.mapping.write(document, self.bench.side.directory, creating=True)

        def make(key: str) -> Write:
            return Create(key=key, marker=marker, body=body, comments=tuple(comments), history=history)

        outcome = self.surely(make, lambda: self._found(marker))
        assert outcome.record_id, "the outcome of a create names the record"
        return outcome.record_id

    def _found(self, marker: str) -> str | None:
        records = self.bench.connector.find(marker)
        return records[0].id if records else None

    def update(self, record_id: str, document: Document, *, version: str | None = None) -> Outcome:
        """Change some fields; sending a change again does no harm."""
        self.bench.side.directory.meet(document)
        body = self.bench.side.mapping.write(document, self.bench.side.directory)

        def make(key: str) -> Write:
            return Update(key=key, record_id=record_id, body=body, version=version)

        foreseen = self.image(document, creating=False)
        return self.surely(make, lambda: record_id if self._holds(record_id, foreseen) else None)

    def _holds(self, record_id: str, foreseen: Mapping[str, Value]) -> bool:
        if not self.bench.connector.fetch([record_id]):
            return False
        held = self.values(record_id)
        return all(same(held.get(group, {}), value) for group, value in foreseen.items())

    def delete(self, record_id: str) -> None:
        """Delete a record."""
        self.surely(lambda key: Delete(key=key, record_id=record_id), lambda: self._gone(record_id))

    def _gone(self, record_id: str) -> str | None:
        left = [record for record in self.bench.connector.fetch([record_id]) if not record.deleted]
        return None if left else record_id

    def fetch(self, record_id: str) -> Record:
        """Read one record."""
        records = self.bench.connector.fetch([record_id])
        assert [record.id for record in records] == [record_id], "a record that is there is fetched by its id, once"
        return records[0]

    def values(self, record_id: str) -> dict[str, Value]:
        """Give the values of a record's groups, as the engine reads them."""
        return self.bench.side.values(self.bench.side.document(self.fetch(record_id)))

    def image(self, document: Document, *, creating: bool = True) -> dict[str, Value]:
        """Give the values that a record will hold after a document was written to it."""
        side = self.bench.side
        return side.values(side.mapping.predict(document, side.directory, creating=creating))

    # -- comments and files

    @property
    def hidden(self) -> Visibility:
        """What is said to the fewest people: internal, where the tool can hide a comment."""
        return Visibility.INTERNAL if self._traits.internal_comments else Visibility.PUBLIC

    def new_comment(
        self,
        text: str,
        visibility: Visibility,
        *,
        origin: str = "other/1/1",
        files: Sequence[FileSource] = (),
        history: bool = False,
        **fields: Any,
    ) -> NewComment:
        """Give a comment to write, in the vendor's form."""
        document = {"body": text, "visibility": visibility.value, **fields}
        self.bench.side.directory.meet({"comments": [document]})
        body = self.bench.side.mapping.comment.write(document, self.bench.side.directory, creating=history)
        return NewComment(body, visibility, origin, tuple(files))

    def comment(self, record_id: str, comment: NewComment) -> Document:
        """Append a comment and give its document, as it is read back."""
        before = [each["id"] for each in self.thread(record_id)["comments"]]

        def added() -> str | None:
            now = [each["id"] for each in self.thread(record_id)["comments"]]
            return next((each for each in now if each not in before), None)

        outcome = self.surely(lambda key: AddComment(key=key, record_id=record_id, comment=comment), added)
        comment_id = outcome.child_id or added()
        assert comment_id, "a comment that was written can be read"
        return next(each for each in self.thread(record_id)["comments"] if each["id"] == comment_id)

    def attach(self, record_id: str, name: str, data: bytes, visibility: Visibility) -> Document:
        """Attach a file, with a comment where files hang on comments, and give its document."""
        source = file_source(name, data)
        if self._traits.files_on is FilePlace.COMMENT:
            comment = self.new_comment("<p>With a file</p>", visibility, files=[source])
            (file,) = self.comment(record_id, comment)["attachments"]
            return file
        before = [each["id"] for each in self.thread(record_id)["attachments"]]

        def added() -> str | None:
            now = [each["id"] for each in self.thread(record_id)["attachments"]]
            return next((each for each in now if each not in before), None)

        self.surely(lambda key: AddFile(key=key, record_id=record_id, file=source, visibility=visibility), added)
        file_id = added()
        assert file_id, "a file that was written can be read"
        return next(each for each in self.thread(record_id)["attachments"] if each["id"] == file_id)

    def thread(self, record_id: str) -> Document:
        """Give the comments and files of a record, as the engine reads them."""
        document: Document = {"id": record_id}
        self.bench.side.hydrate({record_id: document})
        return document

    def download(self, file: Document) -> bytes:
        """Give a file's bytes; the digest that the connector tells must be theirs."""
        target = io.BytesIO()
        digest = self.bench.connector.download(file, target)
        data = target.getvalue()
        assert digest == hashlib.sha256(data).hexdigest(), "the digest is that of the bytes"
        return data

    def settle(self, *lags: timedelta) -> None:
        """Let everything that was written become visible in the feed."""
        self.bench.let_pass(self._traits.export_lag, self._traits.precision, *lags)
