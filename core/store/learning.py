"""Learn what was read: replace what was believed where it differs, and leave alone what is the same.

Everything is set-based: a page of rows goes to DuckDB as one JSON text for each table, since single inserts take a hundred
times as long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import orjson

from ..model import Document, format_time
from .quoting import name as quoted
from .quoting import string
from .rows import PARTS, Row, Rows
from .schema import TABLES
from .store import Store, aware, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BELIEF: Final = frozenset({"learned_at", "superseded_at"})
NOW: Final = "superseded_at = 'infinity'"
"""True of what is believed now."""


@cache
def columns(table: str) -> dict[str, str]:
    """Give the columns of a bitemporal table that say something of the world, with their types."""
    stated = (column.split() for column in TABLES[table].split(","))
    return {quoted(name): kind for name, kind, *_ in stated if name not in BELIEF}


class Learner:
    """Puts rows into a store, inside the caller's transactions."""

    def __init__(self, store: Store) -> None:
        """Make a learner for an open store."""
        self._store = store
        self._sql: DuckDBPyConnection = store.sql

    def learn(self, connection: str, rows: Rows, moment: datetime) -> int:
        """Believe what was read of some incidents, whole, and give the number of incidents that changed.

        Args:
            connection: the connection.
            rows: all rows of some incidents, by table; what was believed of these and is not here is superseded.
            moment: now, on our clock.
        """
        incidents = {row["incident"]: row for row in rows["incidents"]}
        if not incidents:
            return 0
        self._fresh("incidents", list(incidents.values()))
        known = self._known(connection)
        for table in ("incidents", *PARTS):
            if not (known or rows[table]):
                continue
            if table != "incidents":
                self._fresh(table, rows[table])
            self.replace(table, f"connection = {string(connection)} and incident in (from asked)", moment, known=known)
        return self._changed(connection, moment)

    def replace(self, table: str, whose: str, moment: datetime, *, known: bool = True) -> None:
        """Believe the rows of ``fresh_TABLE`` in place of those that a condition names; equal ones stay as they are.

        Args:
            table: a bitemporal table.
            whose: SQL condition on the rows that are replaced.
            moment: now.
            known: whether there may be any such rows.
        """
        names = list(columns(table))
        same = " and ".join(f"f.{name} is not distinct from t.{name}" for name in _compared(table))
        unseen = ""
        if known:
            old = f"select t.rowid from {table} as t where t.{NOW} and {whose}"  # noqa: S608
            self._sql.execute(
                f"update {table} set superseded_at = {literal(moment)} where rowid in "  # noqa: S608
                f"({old} and not exists (select 1 from fresh_{table} as f where {same}))"
            )
            unseen = f"where not exists (select 1 from {table} as t where t.{NOW} and {whose} and {same})"  # noqa: S608
        self._sql.execute(
            f"insert into {table} ({', '.join(names)}, learned_at) "  # noqa: S608
            f"select distinct {', '.join(names)}, {literal(moment)} from fresh_{table} as f {unseen}"
        )

    def delete(self, connection: str, gone: Mapping[str, datetime | None], moment: datetime) -> int:
        """Mark incidents as deleted at the vendor, and give the number of those that were not marked before.

        Args:
            connection: the connection.
            gone: id -> when the vendor deleted it, as far as that is known.
            moment: now.
        """
        rows: list[Row] = [{"incident": each, "valid_from": at and format_time(at)} for each, at in gone.items()]
        self.fill("gone", {"incident": "varchar", "valid_from": "timestamp"}, rows)
        held = f"t.connection = {string(connection)} and t.{NOW} and not t.deleted"
        names = ", ".join(
            f"t.{name}" for name in columns("incidents") if name not in ('"valid_from"', '"deleted"', '"digest"')
        )
        self._sql.execute(
            f"create or replace temp table fresh_incidents as select {names}, true as deleted, "  # noqa: S608
            "sha256(t.digest || ' deleted') as digest, coalesce(g.valid_from, t.valid_from) as valid_from "
            f"from incidents as t join gone as g using (incident) where {held}"
        )
        self._sql.execute("create or replace temp table asked as select incident from fresh_incidents")
        whose = f"connection = {string(connection)} and incident in (from asked)"
        self.replace("incidents", whose, moment)
        return self._count("select count(*) from asked")

    def fill(self, name: str, kinds: Mapping[str, str], rows: Iterable[Row]) -> None:
        """Make a temp table of rows, which travel as one text; ``kinds`` gives the type of each column."""
        shape = {each.strip('"'): _JSON_KINDS.get(kind, kind) for each, kind in kinds.items()}
        listed = ", ".join(f"r.{each}::{kind} as {each}" for each, kind in kinds.items())
        structure = string(orjson.dumps([shape]).decode())
        self._sql.execute(
            f"create or replace temp table {name} as select {listed} "  # noqa: S608
            f"from (select unnest(from_json(?::json, {structure})) as r)",
            [orjson.dumps(list(rows)).decode()],
        )

    def events(self, connection: str, incidents: Collection[str]) -> dict[str, list[Document]]:
        """Give the events that are believed now of some incidents, oldest first."""
        found: dict[str, list[Document]] = {}
        told = "incident, happened_at, field, before, after, person, person_email, source"
        whose = f"connection = ? and {NOW} and list_contains(?, incident)"
        query = f"select {told} from events where {whose} order by happened_at, field"  # noqa: S608
        for row in self._sql.execute(query, [connection, list(incidents)]).fetchall():
            incident, at, field, before, after, person, email, source = row
            by = {"name": person, "email": email} if person or email else None
            event = {"at": format_time(aware(at)), "field": field, "before": before, "after": after}
            found.setdefault(incident, []).append({**event, "by": by, "source": source})
        return found

    def held(self, connection: str) -> set[str]:
        """Give the ids of the incidents that the store holds and does not know as deleted."""
        query = f"select incident from incidents where connection = ? and {NOW} and not deleted"  # noqa: S608
        return {row[0] for row in self._sql.execute(query, [connection]).fetchall()}

    # -- workings

    def _fresh(self, table: str, rows: Iterable[Row]) -> None:
        self.fill(f"fresh_{table}", columns(table), rows)
        if table == "incidents":
            self._sql.execute("create or replace temp table asked as select incident from fresh_incidents")

    def _known(self, connection: str) -> bool:
        query = f"select count(*) from incidents where connection = ? and {NOW} and incident in (from asked)"  # noqa: S608
        return self._count(query, connection) > 0

    def _changed(self, connection: str, moment: datetime) -> int:
        at = literal(moment)
        each = " union ".join(
            f"select incident from {table} where connection = $1 and (learned_at = {at} or superseded_at = {at})"  # noqa: S608
            for table in ("incidents", *PARTS)
        )
        return self._count(f"select count(*) from ({each})", connection)  # noqa: S608

    def _count(self, query: str, *values: Any) -> int:
        found = self._sql.execute(query, list(values)).fetchone()
        return int(found[0]) if found else 0


_JSON_KINDS: Final[dict[str, Any]] = {"json": "varchar", "varchar[]": ["varchar"]}
"""How JSON tells a value of such a type."""


def _compared(table: str) -> Iterable[str]:
    """Give the columns that tell whether two rows say the same; a digest stands for all columns of an incident."""
    return ("connection", "incident", "digest") if table == "incidents" else columns(table)
