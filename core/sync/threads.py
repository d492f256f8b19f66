"""Plan the comments and files of an incident: which are new, where each goes, and who may see it there.

Each comment and file is carried once and keeps its origin in the ledger. Pairing is by the vendors' ids, never by text: two
equal "any update?" are two. Visibility is a type: an internal comment or file reaches a public place only through a
``declassify`` rule in the link's configuration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..config.links import LinkConfig
from ..connector import FilePlace
from ..ledger.state import Bond, Part, PartKind
from ..model import Document, Visibility
from .plan import Meeting, PartPlan, Skip
from .side import Side

WRAPPER = "file:"
"""Origin id of a comment that exists only to hold a file, where files hang on comments."""
NOTE = "note:"
"""Origin id of a note that Isthmus writes itself."""


@dataclass(slots=True)
class ThreadPlan:
    """What the threads of one incident ask for."""

    parts: list[PartPlan]
    skips: list[Skip]
    known_comments: int = 0
    known_files: int = 0
    met: list[Meeting] = field(default_factory=list)
    edited: dict[str, str] = field(default_factory=dict)
    """Part id -> new digest, of comments that were edited after they had been carried."""


class _Known:
    """The ledger's parts of one bond, by the ids under which members show them."""

    def __init__(self, bond: Bond | None) -> None:
        self._by_origin: dict[tuple[PartKind, str, str], Part] = {}
        self._copies: set[tuple[PartKind, str, str]] = set()
        for part in bond.parts if bond else ():
            self._by_origin[part.kind, part.origin_connection, part.origin_id] = part
            self._copies.update((part.kind, connection, copy) for connection, copy in part.copies.items())

    def part(self, kind: PartKind, connection: str, origin_id: str) -> Part | None:
        return self._by_origin.get((kind, connection, origin_id))

    def is_copy(self, kind: PartKind, connection: str, item_id: str) -> bool:
        return (kind, connection, item_id) in self._copies


def part_digest(comment: Document) -> str:
    """Give the digest under which a comment is known to have been carried: its text and who may see it."""
    return hashlib.sha256(f"{comment['visibility']}\n{comment.get('body') or ''}".encode()).hexdigest()


def plan_threads(
    link: LinkConfig,
    sides: Mapping[str, Side],
    documents: Mapping[str, Document],
    targets: Mapping[str, list[str]],
    bond: Bond | None,
    *,
    paired: bool = False,
) -> ThreadPlan:
    """Plan what to carry.

    Args:
        link: the link's configuration, for its ``declassify`` rules.
        sides: the members at work.
        documents: connection -> hydrated document, for the members whose record exists.
        targets: connection -> the members that its comments and files go to, records to be created included.
        bond: the bond so far, or None.
        paired: the records meet by their marker alone: what stands at a target already is recognised by its origin,
            and a file by its name and size.
    """
    plan = ThreadPlan([], [])
    known = _Known(bond)
    for connection, document in documents.items():
        for target in targets.get(connection, ()):
            there = documents.get(target)
            pair = _Pair(plan, known, link, sides[connection], sides[target], connection, document, there, paired)
            if there is not None and sides[target].takes_no_change(there):
                pair.hold_back()
            else:
                pair.plan_all()
    return plan


@dataclass(slots=True)
class _Pair:
    """The way of one member's thread to one other member."""

    plan: ThreadPlan
    known: _Known
    link: LinkConfig
    origin: Side
    target: Side
    connection: str
    document: Document
    there: Document | None
    """The target's document, where its record exists."""
    paired: bool
    """The records meet by their marker, and the ledger knows nothing of the two threads."""

    def plan_all(self) -> None:
        """Plan what is new of the thread."""
        for comment in self.document.get("comments") or ():
            if not self._is_copy(comment):
                self._plan_comment(comment)
        for file in self.document.get("attachments") or ():
            if not self.known.is_copy(PartKind.FILE, self.connection, file["id"]):
                self._plan_file(file, public=self._is_public(self._file_visibility(file)))

    def hold_back(self) -> None:
        """Report what is new of the thread, since the target takes no change any more."""
        waiting = ThreadPlan([], [])
        replace(self, plan=waiting).plan_all()
        self.plan.known_comments += waiting.known_comments
        self.plan.known_files += waiting.known_files
        words = "it waits: the record is closed, and closed is final there"
        for part in waiting.parts:
            kind = PartKind.FILE if part.origin_id.startswith(WRAPPER) else part.kind
            self.plan.skips.append(Skip(kind.value, self.target.name, part.origin_id, words))

    def _is_copy(self, comment: Document) -> bool:
        """A comment that bears an origin of this link was carried by us, even where the ledger has forgotten it."""
        origin = comment.get("origin")
        carried = origin is not None and origin.partition("/")[0] in self.link.members
        return carried or self.known.is_copy(PartKind.COMMENT, self.connection, comment["id"])

    def _file_visibility(self, file: Document) -> str:
        """A file on the record whose origin does not say is public where the requester brought it; else it is hidden.

        Between two tools that hide no file it stays as public as it is.
        """
        stated = file.get("visibility")
        if stated is not None:
            return stated
        hides = self.origin.connector.traits.internal_files or self.target.connector.traits.internal_files
        author: Document = file.get("author") or {}
        requester: Document = self.document.get("requester") or {}
        brought = any(author.get(name) and author.get(name) == requester.get(name) for name in ("id", "email"))
        return Visibility.INTERNAL if hides and not brought else Visibility.PUBLIC

    def _is_public(self, visibility: str) -> bool:
        return visibility == Visibility.PUBLIC or self.link.declassifies(self.connection)

    def _plan_comment(self, comment: Document) -> None:
        public = self._is_public(comment["visibility"])
        if not public and not self.target.connector.traits.internal_comments:
            words = "the tool cannot hide a comment from the requester"
            self.plan.skips.append(Skip("comment", self.target.name, comment["id"], words))
            self._files_of(comment, public=False)
            return
        part = self.known.part(PartKind.COMMENT, self.connection, comment["id"])
        files = self._files_of(comment, public=public)
        if part is not None and self.target.name in part.copies:
            self.plan.known_comments += 1
            self._notice_edit(part, comment)
        elif self._stands_there(comment, public=public):
            self.plan.known_comments += 1
        else:
            body = {**comment, "attachments": files, "visibility": _visibility(public)}
            self._add(PartKind.COMMENT, comment["id"], body, public=public, part=part.id if part else None)
            if self.target.connector.traits.files_on is FilePlace.COMMENT:
                return
        for file in files:
            self._add_file(file, public=public)

    def _notice_edit(self, part: Part, comment: Document) -> None:
        digest = part_digest(comment)
        if part.digest is not None and part.digest != digest:
            words = "it was edited or hidden after it had been carried, and carried comments cannot be changed there"
            self.plan.skips.append(Skip("edit", self.target.name, comment["id"], words))
            self.plan.edited[part.id] = digest

    def _stands_there(self, comment: Document, *, public: bool) -> bool:
        """Recognise a copy by the origin that it states, and make it known."""
        origin = f"{self.connection}/{self.document['id']}/{comment['id']}"
        for each in (self.there or {}).get("comments") or ():
            if each.get("origin") == origin:
                self._meet(PartKind.COMMENT, comment["id"], each["id"], public=public)
                return True
        return False

    def _meet(self, kind: PartKind, origin_id: str, copy_id: str, *, public: bool) -> None:
        self.plan.met.append(Meeting(kind, self.connection, origin_id, public, self.target.name, copy_id))

    def _files_of(self, comment: Document, *, public: bool) -> list[Document]:
        """Give the files of a comment that the target can hold with this visibility; the others are skipped."""
        return [
            {**file, "visibility": _visibility(public)}
            for file in comment.get("attachments") or ()
            if not self.known.is_copy(PartKind.FILE, self.connection, file["id"]) and self._holds(file, public=public)
        ]

    def _holds(self, file: Document, *, public: bool) -> bool:
        traits, words = self.target.connector.traits, ""
        if not public and not traits.internal_files:
            words = "the tool cannot hide a file from the requester"
        elif file.get("size") == 0 and not traits.empty_files:
            words = "the tool keeps no file without bytes"
        if words:
            self.plan.skips.append(Skip("file", self.target.name, file["id"], words))
        return not words

    def _plan_file(self, file: Document, *, public: bool) -> None:
        """Plan one file that hangs on the record itself."""
        if self._holds(file, public=public):
            self._add_file(file, public=public)

    def _add_file(self, file: Document, *, public: bool) -> None:
        """Plan a file by itself; where files hang on comments, a comment that only holds it goes with it."""
        part = self.known.part(PartKind.FILE, self.connection, file["id"])
        if (part is not None and self.target.name in part.copies) or self._file_stands_there(file, public=public):
            self.plan.known_files += 1
            return
        body = {**file, "visibility": _visibility(public)}
        if self.target.connector.traits.files_on is FilePlace.RECORD:
            self._add(PartKind.FILE, file["id"], body, public=public)
            return
        wrapper: Document = {
            "id": WRAPPER + file["id"],
            "body": "<p>Attached file</p>",
            "author": file.get("author"),
            "created_at": file.get("created_at"),
            "visibility": body["visibility"],
            "attachments": [body],
        }
        self._add(PartKind.COMMENT, wrapper["id"], wrapper, public=public)

    def _file_stands_there(self, file: Document, *, public: bool) -> bool:
        """At a meeting of two records recognise a file by its name and size, and make it known."""
        if not self.paired or self.there is None:
            return False
        there: list[Document] = [*(self.there.get("attachments") or ())]
        for comment in self.there.get("comments") or ():
            there += comment.get("attachments") or ()
        met = {meeting.copy_id for meeting in self.plan.met if meeting.kind is PartKind.FILE}
        for each in there:
            if each["id"] not in met and (each["name"], each.get("size")) == (file["name"], file.get("size")):
                self._meet(PartKind.FILE, file["id"], each["id"], public=public)
                return True
        return False

    def _add(self, kind: PartKind, origin_id: str, body: Document, *, public: bool, part: str | None = None) -> None:
        record = self.document["id"]
        target = self.target.name
        self.plan.parts.append(PartPlan(kind, target, self.connection, record, origin_id, body, public=public, part=part))


def _visibility(public: bool) -> str:
    return Visibility.PUBLIC.value if public else Visibility.INTERNAL.value
