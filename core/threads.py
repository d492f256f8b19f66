"""Plan the comments and files of an incident: which are new, where each goes, and who may see it there.

Each comment and file is carried once and keeps its origin in the ledger. Pairing is by the vendors' ids, never by text: two
equal "any update?" are two. Visibility is a type: an internal comment or file reaches a public place only through a
``declassify`` rule in the link's configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .connector import FilePlace
from .link_config import LinkConfig
from .model import Document, Visibility
from .plan import PartPlan, Skip
from .side import Side
from .state import Bond, Part, PartKind

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


def plan_threads(
    link: LinkConfig,
    sides: Mapping[str, Side],
    documents: Mapping[str, Document],
    targets: Mapping[str, list[str]],
    bond: Bond | None,
) -> ThreadPlan:
    """Plan what to carry.

    Args:
        link: the link's configuration, for its ``declassify`` rules.
        sides: the members at work.
        documents: connection -> hydrated document, for the members whose record exists.
        targets: connection -> the members that its comments and files go to, records to be created included.
        bond: the bond so far, or None.
    """
    plan = ThreadPlan([], [])
    known = _Known(bond)
    for connection, document in documents.items():
        for target in targets.get(connection, ()):
            _plan_pair(plan, known, link, sides[target], connection, document)
    return plan


def _plan_pair(
    plan: ThreadPlan, known: _Known, link: LinkConfig, target: Side, connection: str, document: Document
) -> None:
    for comment in document.get("comments") or ():
        if known.is_copy(PartKind.COMMENT, connection, comment["id"]) or _is_ours(comment, link):
            continue
        public = _public(link, connection, comment["visibility"])
        part = known.part(PartKind.COMMENT, connection, comment["id"])
        files, skips = _comment_files(known, target, connection, comment, public=public)
        plan.skips += skips
        if part is not None and target.name in part.copies:
            plan.known_comments += 1
            for file in files:
                _add_file(plan, known, target, connection, document, file, public=public)
            continue
        body = {**comment, "attachments": files, "visibility": _visibility(public)}
        if target.connector.traits.files_on is FilePlace.RECORD:
            for file in files:
                _add_file(plan, known, target, connection, document, file, public=public)
        plan.parts.append(
            PartPlan(
                kind=PartKind.COMMENT,
                connection=target.name,
                origin_connection=connection,
                origin_record=document["id"],
                origin_id=comment["id"],
                body=body,
                public=public,
                part=part.id if part else None,
            )
        )
    for file in document.get("attachments") or ():
        _plan_file(plan, known, link, target, connection, document, file)


def _comment_files(
    known: _Known, target: Side, connection: str, comment: Document, *, public: bool
) -> tuple[list[Document], list[Skip]]:
    """Give the files of a comment that the target can hold with this visibility, and the skips."""
    files: list[Document] = []
    skips: list[Skip] = []
    for file in comment.get("attachments") or ():
        if known.is_copy(PartKind.FILE, connection, file["id"]):
            continue
        if not public and not target.connector.traits.internal_files:
            skips.append(Skip("file", target.name, file["id"], "the tool cannot hide a file from the requester"))
        else:
            files.append({**file, "visibility": _visibility(public)})
    return files, skips


def _plan_file(
    plan: ThreadPlan,
    known: _Known,
    link: LinkConfig,
    target: Side,
    connection: str,
    document: Document,
    file: Document,
) -> None:
    """Plan one file that hangs on the record itself."""
    if known.is_copy(PartKind.FILE, connection, file["id"]):
        return
    public = _public(link, connection, _file_visibility(file, document))
    if not public and not target.connector.traits.internal_files:
        plan.skips.append(Skip("file", target.name, file["id"], "the tool cannot hide a file from the requester"))
        return
    _add_file(plan, known, target, connection, document, file, public=public)


def _add_file(
    plan: ThreadPlan,
    known: _Known,
    target: Side,
    connection: str,
    document: Document,
    file: Document,
    *,
    public: bool,
) -> None:
    """Plan a file by itself; where files hang on comments, a comment that only holds it goes with it."""
    part = known.part(PartKind.FILE, connection, file["id"])
    if part is not None and target.name in part.copies:
        plan.known_files += 1
        return
    kind, origin_id, body = PartKind.FILE, file["id"], {**file, "visibility": _visibility(public)}
    if target.connector.traits.files_on is FilePlace.COMMENT:
        kind, origin_id = PartKind.COMMENT, WRAPPER + file["id"]
        body = {
            "id": origin_id,
            "body": "<p>Attached file</p>",
            "author": file.get("author"),
            "created_at": file.get("created_at"),
            "visibility": body["visibility"],
            "attachments": [body],
        }
    plan.parts.append(
        PartPlan(kind, target.name, connection, document["id"], origin_id, body, public=public, part=None)
    )


def _file_visibility(file: Document, document: Document) -> str:
    """A file on the record is public where the requester brought it; of any other the origin counts as internal."""
    stated = file.get("visibility")
    if stated is not None:
        return stated
    author, requester = file.get("author") or {}, document.get("requester") or {}
    brought = any(author.get(name) and author.get(name) == requester.get(name) for name in ("id", "email"))
    return Visibility.PUBLIC if brought else Visibility.INTERNAL


def _public(link: LinkConfig, connection: str, visibility: str) -> bool:
    return visibility == Visibility.PUBLIC or link.declassifies(connection)


def _visibility(public: bool) -> str:
    return Visibility.PUBLIC.value if public else Visibility.INTERNAL.value


def _is_ours(comment: Document, link: LinkConfig) -> bool:
    """A comment that bears an origin of this link was carried by us, even where the ledger has forgotten it."""
    origin = comment.get("origin")
    return origin is not None and origin.partition("/")[0] in link.members
