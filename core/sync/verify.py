"""Read back what a migration wrote, compare it with what was read at the source, and certify.

Every field is compared with the mapping's prediction, every comment with its text, visibility, author and time as far as
the target keeps them, every file by SHA-256. What differs is named; nothing is sampled.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from ..ledger.state import Bond, Part, PartKind
from ..mapping.values import same
from ..model import Document, Visibility, format_time
from ..text import richtext
from .carry import content_of, dressed
from .engine import Engine
from .side import Side
from .spool import Spool
from .threads import plan_threads

NOT_COMPARED = frozenset(
    {
        "key",
        "url",
        "id",
        "version",
        "marker",
        "updated_at",
        "reopen_count",
        "timeline",
        "sla",
        "figures",
        "status_name",
        "channel",
    }
)
"""Fields that belong to the record itself, or that the vendor counts."""


@dataclass(slots=True)
class Certificate:
    """The proof of a migration."""

    link: str
    source: str
    target: str
    staged: dict[str, int] = field(default_factory=dict)
    incidents: int = 0
    fields: int = 0
    comments: int = 0
    files: int = 0
    bytes: int = 0
    differences: list[str] = field(default_factory=list)
    census: int | None = None
    unread: list[str] = field(default_factory=list)
    """Records that the source's census names and that were never read."""
    explained: list[str] = field(default_factory=list)
    """Fields that somebody else, a person or a rule of the tool, has changed since by the tool's own history."""
    notes: list[str] = field(default_factory=list)
    digest: str = ""
    """SHA-256 over every compared value, in order."""

    @property
    def clean(self) -> bool:
        """Tell whether everything read was written and reads back as predicted."""
        left = sum(count for state, count in self.staged.items() if state not in ("written", "excluded"))
        return not self.differences and not self.unread and not left

    def report(self) -> dict[str, Any]:
        """Give the certificate as JSON values."""
        return {**{name: getattr(self, name) for name in self.__slots__}, "clean": self.clean}


@dataclass(frozen=True, slots=True)
class _Difference:
    """A field of a twin that does not hold what was written."""

    twin: str
    field: str
    words: str


class Verifier:
    """Compares incidents of two sides."""

    def __init__(self, engine: Engine, source: Side, target: Side) -> None:
        """Make a verifier for a migration's engine."""
        self._engine = engine
        self._source = source
        self._target = target
        self._digest = hashlib.sha256()

    def check(self, documents: list[Document], certificate: Certificate) -> None:
        """Compare some incidents of the source with their twins, and add to the certificate."""
        ledger, link = self._engine.ledger, self._engine.link.name
        by_id = {document["id"]: document for document in documents}
        found = ledger.find_bonds(link, self._source.name, list(by_id))
        bonds = ledger.bonds(sorted(set(found.values())))
        twins = {
            record_id: member.record_id
            for record_id, bond in found.items()
            if (member := bonds[bond].members.get(self._target.name)) is not None
        }
        records = self._target.fetch(list(twins.values()))
        targets = self._target.documents(records.values())
        self._target.hydrate(targets)
        differing: list[_Difference] = []
        for record_id, document in by_id.items():
            twin = targets.get(twins.get(record_id, ""))
            if twin is None:
                certificate.differences.append(f"{record_id}: no twin at {self._target.name}")
                continue
            certificate.incidents += 1
            differing += self._compare_fields(document, twin, certificate)
            with Spool().batch() as spool:
                self._compare_threads(document, twin, bonds[found[record_id]], certificate, spool)
            self._digest.update(orjson.dumps([document["id"], twin], option=orjson.OPT_SORT_KEYS))
        self._explain(differing, certificate)
        certificate.digest = self._digest.hexdigest()

    def _explain(self, differing: list[_Difference], certificate: Certificate) -> None:
        """Ask the target's history who changed what differs: what somebody else changed since is no fault of the move."""
        twins = sorted({each.twin for each in differing})
        histories = self._target.connector.history(twins) if twins and self._target.can("history") else {}
        for each in differing:
            fields = self._target.mapping.record_fields(each.field)
            changes = [change for change in histories.get(each.twin, ()) if change.field in fields]
            last = max(changes, key=lambda change: change.at, default=None)
            if last is None or self._target.is_ours(last.by):
                certificate.differences.append(each.words)
            else:
                who = last.by or "a rule of the tool"
                certificate.explained.append(f"{each.words}: changed by {who} at {format_time(last.at)}")

    def _compare_fields(self, document: Document, twin: Document, certificate: Certificate) -> list[_Difference]:
        target = self._target
        differing: list[_Difference] = []
        content = content_of(document)
        target.directory.meet(content)
        image = target.mapping.predict(content, target.directory, creating=True)
        for name, value in image.items():
            if name in NOT_COMPARED:
                continue
            certificate.fields += 1
            if name == "custom":
                held: Document = twin.get("custom") or {}
                wrong = {key for key, item in value.items() if held.get(key) != item}
                found = [f"custom field {key} differs" for key in sorted(wrong)]
            elif not same({name: value}, {name: twin.get(name)}):
                found = [f"{name} is {twin.get(name)!r}, not {value!r}"]
            else:
                continue
            differing += [_Difference(twin["id"], name, f"{document['id']}: {words}") for words in found]
        return differing

    def _compare_threads(
        self, document: Document, twin: Document, bond: Bond, certificate: Certificate, spool: Spool
    ) -> None:
        source, target = self._source.name, self._target.name
        untouched = Bond(bond.id, bond.link)
        plan = plan_threads(self._engine.link, self._engine.sides, {source: document}, {source: [target]}, untouched)
        comments = {comment["id"]: comment for comment in twin["comments"]}
        files = {file["id"]: file for file in twin["attachments"]}
        for comment in comments.values():
            files.update({file["id"]: file for file in comment["attachments"]})
        for skip in plan.skips:
            certificate.notes.append(f"{document['id']}: {skip.kind} {skip.id}: {skip.reason}")
        for part in plan.parts:
            if part.kind is PartKind.COMMENT:
                self._compare_comment(part, bond, comments, document["id"], certificate)
            carried = [part.body] if part.kind is PartKind.FILE else part.body.get("attachments") or []
            if part.kind is PartKind.COMMENT and not self._files_with_comments:
                continue
            for file in carried:
                self._compare_file(file, bond, files, document["id"], certificate, spool)

    @property
    def _files_with_comments(self) -> bool:
        return self._target.connector.traits.files_on == "comment"

    def _copy(self, bond: Bond, kind: PartKind, origin_id: str) -> str | None:
        def matches(part: Part) -> bool:
            return part.kind is kind and (part.origin_connection, part.origin_id) == (
                self._source.name,
                origin_id,
            )

        part = next((each for each in bond.parts if matches(each)), None)
        return None if part is None else part.copies.get(self._target.name)

    def _compare_comment(
        self, part: Any, bond: Bond, comments: dict[str, Document], record_id: str, certificate: Certificate
    ) -> None:
        copy = self._copy(bond, PartKind.COMMENT, part.origin_id)
        found = comments.get(copy or "")
        name = f"{record_id}: comment {part.origin_id}"
        if found is None:
            certificate.differences.append(f"{name} is missing")
            return
        certificate.comments += 1
        wanted = dressed(part, self._target, history=self._engine.history)
        image = self._target.mapping.comment.read(
            self._target.mapping.comment.write(wanted, self._target.directory, creating=True),
            self._target.directory,
        )
        if found["visibility"] != (Visibility.PUBLIC if part.public else Visibility.INTERNAL):
            certificate.differences.append(f"{name} is {found['visibility']}")
        if richtext.comparable(found.get("body") or "") != richtext.comparable(image.get("body") or ""):
            certificate.differences.append(f"{name} has another text")
        kept = self._engine.history and self._target.connector.traits.keeps_history
        if kept and not _same_time(
            found.get("created_at"), wanted.get("created_at"), self._target.connector.traits.precision
        ):
            certificate.differences.append(f"{name} has another time")

    def _compare_file(
        self,
        file: Document,
        bond: Bond,
        files: dict[str, Document],
        record_id: str,
        certificate: Certificate,
        spool: Spool,
    ) -> None:
        copy = self._copy(bond, PartKind.FILE, file["id"])
        found = files.get(copy or "")
        name = f"{record_id}: file {file['name']}"
        if found is None:
            certificate.differences.append(f"{name} is missing")
            return
        certificate.files += 1
        certificate.bytes += file.get("size") or 0
        one = spool.digest(self._source.connector, self._source.name, file)
        other = spool.digest(self._target.connector, self._target.name, found)
        if one != other:
            certificate.differences.append(f"{name} has other bytes")
        if found.get("visibility") == "public" and file.get("visibility") != "public":
            certificate.differences.append(f"{name} became public")


def _same_time(one: str | None, other: str | None, precision: timedelta) -> bool:
    """Tell whether two times are the same as far as a tool keeps them."""
    if one is None or other is None:
        return one == other
    return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) < max(precision, timedelta(microseconds=1))
