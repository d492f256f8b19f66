"""Pair the copies of comments and files with what they copy.

Pairing is by the vendors' ids. Where a reply does not tell the id of what it wrote, the thread is read once more and what
is new there is matched with what was written: a comment by the origin that it states, else by its words; a file by its name
and size within the comment or record that holds it. A copy that stays unpaired would be carried back as news.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..ledger.ledger import Ledger
from ..ledger.state import Bond, PartKind
from ..model import Document
from ..text import richtext
from .side import Side

PartKey: TypeAlias = dict[str, Any]
"""What recognises the copy of one comment or file, as ``core.sync.parts`` makes it and an intent keeps it."""


def learn_copies(side: Side, ledger: Ledger, pending: Mapping[str, tuple[str, list[PartKey]]]) -> dict[str, int]:
    """Pair what was written at a side with the parts that it copies, and give the number paired by record.

    Args:
        side: where the copies are.
        ledger: where the pairs are kept.
        pending: record id -> (bond, what was written there). What is paired already is passed over.
    """
    bonds = ledger.bonds([bond for bond, _ in pending.values()])
    open_keys = {
        record_id: [key for key in keys if not is_paired(bonds[bond], side.name, key)]
        for record_id, (bond, keys) in pending.items()
    }
    wanted = [record_id for record_id, keys in open_keys.items() if keys]
    documents: dict[str, Document] = {record_id: {} for record_id in wanted}
    side.hydrate(documents)
    paired: dict[str, int] = {}
    with ledger.transaction():
        for record_id in wanted:
            bond = bonds[pending[record_id][0]]
            paired[record_id] = _Matcher(side, ledger, bond, documents[record_id]).match(open_keys[record_id])
    return paired


def is_paired(bond: Bond, connection: str, key: PartKey) -> bool:
    """Tell whether the copies of a part, and of the files in it, are known at a member."""
    wanted = [(PartKind(key["kind"]), key["origin_id"])]
    wanted += [(PartKind.FILE, file["origin_id"]) for file in key["files"]]
    known = _Known(bond, connection)
    return all(known.copy(kind, key["origin_connection"], origin) is not None for kind, origin in wanted)


class _Known:
    """What the ledger knows of one member's thread."""

    def __init__(self, bond: Bond, connection: str) -> None:
        self._copies = {
            (part.kind, part.origin_connection, part.origin_id): part.copies[connection]
            for part in bond.parts
            if connection in part.copies
        }
        self._taken = {(part.kind, part.copies[connection]) for part in bond.parts if connection in part.copies}
        self._taken |= {(part.kind, part.origin_id) for part in bond.parts if part.origin_connection == connection}

    def copy(self, kind: PartKind, origin_connection: str, origin_id: str) -> str | None:
        return self._copies.get((kind, origin_connection, origin_id))

    def news(self, kind: PartKind, items: list[Document]) -> list[Document]:
        return [item for item in items if (kind, item["id"]) not in self._taken]


@dataclass(slots=True)
class _Matcher:
    """Matches one thread as it stands with what was written there."""

    side: Side
    ledger: Ledger
    bond: Bond
    document: Document

    def match(self, keys: list[PartKey]) -> int:
        """Pair in order, and give the number of comments and of files by themselves that were found."""
        known = _Known(self.bond, self.side.name)
        comments = known.news(PartKind.COMMENT, self.document["comments"])
        files = known.news(PartKind.FILE, self.document["attachments"])
        count = 0
        for key in keys:
            if key["kind"] == PartKind.FILE:
                count += self._match_files(key, files, sure=False)
                continue
            comment = self._comment(key, known, comments)
            if comment is not None:
                count += 1
                self._match_files(key, known.news(PartKind.FILE, comment["attachments"]), sure=True)
        return count

    def _comment(self, key: PartKey, known: _Known, comments: list[Document]) -> Document | None:
        copy = known.copy(PartKind.COMMENT, key["origin_connection"], key["origin_id"])
        if copy is not None:
            return next((each for each in self.document["comments"] if each["id"] == copy), None)
        found = next((each for each in comments if _says(each, key)), None)
        if found is not None:
            comments.remove(found)
            self._remember(PartKind.COMMENT, key, key["origin_id"], found["id"])
        return found

    def _match_files(self, key: PartKey, files: list[Document], *, sure: bool) -> int:
        """Pair files by name and size; in a comment that is surely ours what is left pairs in order."""
        wanted = list(key["files"])
        pairs: list[tuple[Mapping[str, Any], Document]] = []
        for each in list(wanted):
            copy = next((file for file in files if self._may_be_ours(file) and _is_file(file, each)), None)
            if copy is not None:
                wanted.remove(each)
                files.remove(copy)
                pairs.append((each, copy))
        if sure:
            pairs += list(zip(wanted, files, strict=False))
        for each, copy in pairs:
            self._remember(PartKind.FILE, key, each["origin_id"], copy["id"])
        return len(pairs)

    def _may_be_ours(self, file: Document) -> bool:
        """A file that somebody else brought is no copy of ours, however alike it looks."""
        author: Document = file.get("author") or {}
        return self.side.account is None or author.get("id") in (None, self.side.account)

    def _remember(self, kind: PartKind, key: PartKey, origin_id: str, copy_id: str) -> None:
        digest = key["digest"] if kind is PartKind.COMMENT else None
        part = self.ledger.add_part(
            self.bond.id, kind, key["origin_connection"], origin_id, public=key["public"], digest=digest
        )
        self.ledger.add_copy(part, self.side.name, copy_id)


def _says(comment: Document, key: PartKey) -> bool:
    """A comment that tells its origin is known by it; any other by its words, which no other comment of ours shares."""
    origin = comment.get("origin")
    if origin is not None:
        return origin == f"{key['origin_connection']}/{key['origin_record']}/{key['origin_id']}"
    public = comment["visibility"] == "public"
    return public == key["public"] and richtext.comparable(comment.get("body") or "") == richtext.comparable(key["words"])


def _is_file(file: Document, wanted: Mapping[str, Any]) -> bool:
    facts = [(file.get(name), wanted.get(name)) for name in ("size", "sha256")]
    return file["name"] == wanted["name"] and all(None in pair or pair[0] == pair[1] for pair in facts)
