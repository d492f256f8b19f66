"""The ledger's parts: where each comment and file came from, and its copies."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from . import schema as db
from .state import Part, PartKind
from .store import Store, given, listed, new_id

ORIGIN = (db.parts.c.kind, db.parts.c.origin_connection, db.parts.c.origin_id)
"""What sorts parts: the same in every run."""

KEY = ("bond", "kind", "origin_connection", "origin_id")
"""What there is one part for."""
_KNOWN = select(db.parts.c.id).where(*given(db.parts, *KEY))
_OF_BONDS = select(db.parts).where(listed(db.parts, "bond")).order_by(*ORIGIN)
_COPIES = select(db.copies).join(db.parts, db.parts.c.id == db.copies.c.part).where(listed(db.parts, "bond"))


class PartMethods(Store):
    """Comments and files."""

    def add_part(
        self,
        bond: str,
        kind: PartKind,
        origin_connection: str,
        origin_id: str,
        *,
        public: bool,
        digest: str | None,
    ) -> str:
        """Make a comment or file known, once for its origin, and give its id."""
        key = {"bond": bond, "kind": kind.value, "origin_connection": origin_connection, "origin_id": origin_id}
        row = {"id": new_id(), **key, "public": public, "digest": digest}
        with self.transaction() as session:
            session.execute(self.insertion(db.parts).on_conflict_do_nothing(index_elements=KEY), row)
            return session.execute(_KNOWN, key).scalar_one()

    def redigest(self, part: str, digest: str) -> None:
        """Remember the digest of a part's text as it was last carried."""
        with self.transaction() as session:
            session.execute(update(db.parts).where(db.parts.c.id == part).values(digest=digest))

    def add_copy(self, part: str, connection: str, copy_id: str) -> None:
        """Remember where a part has been carried."""
        self.upsert(db.copies, [{"part": part, "connection": connection, "copy_id": copy_id}])


def load_parts(session: Connection, ids: Sequence[str]) -> dict[str, list[Part]]:
    """Give the parts of some bonds, by bond, with their copies."""
    found: dict[str, list[Part]] = {}
    by_id: dict[str, Part] = {}
    for row in session.execute(_OF_BONDS, {"ids": ids}):
        part = Part(row.id, PartKind(row.kind), row.origin_connection, row.origin_id, row.public, row.digest)
        by_id[part.id] = part
        found.setdefault(row.bond, []).append(part)
    for row in session.execute(_COPIES, {"ids": ids}):
        by_id[row.part].copies[row.connection] = row.copy_id
    return found
