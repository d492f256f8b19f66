"""Erase people from every table of the store, and from its file."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, cast

import orjson

from ..errors import LedgerError
from ..extras import extra
from ..model import Document
from .forgotten import ERASED, PERSONAL_FIELDS, TEXTS, Erasure, Forgotten, normal
from .quoting import name as quoted
from .quoting import string
from .rows import rows_of
from .store import Store, private, spill

PEOPLE: Final = {
    "incidents": (("requester", "requester_email"), ("assignee", "assignee_email")),
    "comments": (("author", "author_email", "author_id"),),
    "events": (("person", "person_email"),),
}
"""Table -> the columns of each person in it: the name, the address, and the vendor's id where there is one."""
KEPT: Final = frozenset({"connection", "incident", "digest"})
"""Columns of text that name rows and hold nothing else."""
LISTS: Final = frozenset({"settings", "forgotten"})
"""Tables that hold no data of people."""


def names_of(store: Store, address: str) -> set[str]:
    """Give the names under which the store knows who has an e-mail address."""
    found: set[str] = set()
    for table, people in PEOPLE.items():
        for name, email, *_ in people:
            query = f"select distinct {name} from {table} where lower(trim({email})) = ? and {name} is not null"  # noqa: S608
            found.update(row[0] for row in store.sql.execute(query, [normal(address)]).fetchall())
    for table, columns in _texts(store).items():
        if "document" in columns:
            query = f"select document::varchar from {table} where contains(lower(document::varchar), ?)"  # noqa: S608
            for row in store.sql.execute(query, [normal(address)]).fetchall():
                found |= names_in(orjson.loads(row[0]), address)
    return found - {ERASED}


def names_in(value: Any, address: str) -> set[str]:
    """Give the names under which a JSON value knows who has an e-mail address."""
    match value:
        case list():
            return set[str]().union(*(names_in(each, address) for each in cast("list[Any]", value)))
        case dict():
            fields = cast("dict[str, Any]", value)
            name, email = fields.get("name"), fields.get("email")
            mine = isinstance(name, str) and isinstance(email, str) and normal(email) == normal(address)
            found: set[str] = {str(name)} if mine else set()
            return found.union(*(names_in(each, address) for each in fields.values()))
        case _:
            return set()


def erase(store: Store, erasure: Erasure) -> dict[str, int]:
    """Erase people, put them on the list of the forgotten, and give how many texts of each table were changed.

    Earlier versions of an incident are erased too: this is the one change that the store makes to what it once believed.
    """
    changed: Counter[str] = Counter()
    with store.transaction():
        Forgotten(store).add(erasure)
        _find_own(store, erasure)
        for table, people in PEOPLE.items():
            for columns in people:
                changed[table] += _empty(store, erasure, table, columns)
        changed["events"] += _empty_values(store, erasure)
        for table, columns in _texts(store).items():
            changed[table] += _erase_texts(store, erasure, table, columns)
        store.sql.execute("drop table own")
        _digest_anew(store)
    return {table: number for table, number in changed.items() if number}


def _texts(store: Store) -> dict[str, list[str]]:
    """Give the columns of text of each table, found in the database itself: one that is added later is not overlooked."""
    query = (
        "select table_name, column_name from duckdb_columns() where not internal and database_name = current_database() "
        "and data_type in ('VARCHAR', 'VARCHAR[]', 'JSON') and table_name in "
        "(select table_name from duckdb_tables() where not temporary) order by table_name, column_index"
    )
    found: dict[str, list[str]] = {}
    for table, column in store.sql.execute(query).fetchall():
        if table not in LISTS and column not in KEPT:
            found.setdefault(table, []).append(column)
    return found


def _listed(identities: frozenset[str]) -> str:
    """Give identities as a list of SQL; one that holds a NUL cannot stand there, and is erased as any text is."""
    return ", ".join(string(each) for each in sorted(identities) if "\0" not in each) or "null"


def _is_meant(erasure: Erasure, name: str, email: str) -> str:
    """Give the condition that a row's person is one of those who are erased."""
    addresses, names = _listed(erasure.addresses), _listed(erasure.names | erasure.addresses)
    return f"(lower(trim({email})) in ({addresses}) or (coalesce({email}, '') = '' and lower({name}) in ({names})))"


def _find_own(store: Store, erasure: Erasure) -> None:
    """Make the temp table of the incidents in which they took part."""
    each = [
        f"select connection, incident from {table} where {_is_meant(erasure, name, email)}"  # noqa: S608
        for table, people in PEOPLE.items()
        for name, email, *_ in people
    ]
    store.sql.execute(f"create or replace temp table own as {' union '.join(each)}")


def _empty(store: Store, erasure: Erasure, table: str, columns: tuple[str, ...]) -> int:
    name, email, *others = columns
    nothing = "".join(f", {column} = null" for column in (email, *others))
    query = (
        f"update {table} set {name} = case when {name} is null then null else {string(ERASED)} end{nothing} "  # noqa: S608
        f"where {_is_meant(erasure, name, email)}"
    )
    return _count(store.sql.execute(query).fetchone())


def _empty_values(store: Store, erasure: Erasure) -> int:
    """Erase them where a field of the timeline had them as its value, be it a name of a single word."""
    fields, meant = ", ".join(map(string, PERSONAL_FIELDS)), _listed(erasure.names | erasure.addresses)
    return sum(
        _count(
            store.sql.execute(
                f"update events set {column} = {string(ERASED)} "  # noqa: S608
                f"where field in ({fields}) and lower(trim({column})) in ({meant})"
            ).fetchone()
        )
        for column in ("before", "after")
    )


def _erase_texts(store: Store, erasure: Erasure, table: str, columns: list[str]) -> int:
    changed: list[None] = []

    def stored(text: str, own: bool) -> str:
        erased = erasure.stored(text, own=own)
        if erased != text:
            changed.append(None)
        return erased

    kinds = {row[0]: row[1] for row in store.sql.execute(f"describe {quoted(table)}").fetchall()}
    own = "(connection, incident) in (from own)" if {"connection", "incident"} <= kinds.keys() else "false"
    with _function(store, "erased", stored, ["VARCHAR", "BOOLEAN"]):
        for column in columns:
            kind = str(kinds[column])
            text = f"to_json({quoted(column)})::varchar" if kind == "VARCHAR[]" else f"{quoted(column)}::varchar"
            part = own if column in TEXTS or kind == "JSON" else "false"
            hints = " or ".join(f"contains(lower({text}), {string(hint)})" for hint in erasure.hints)
            back = f"::json::{kind}" if kind != "VARCHAR" else ""
            store.sql.execute(
                f"update {quoted(table)} set {quoted(column)} = erased({text}, {part}){back} "  # noqa: S608
                f"where {quoted(column)} is not null and ({hints} or {part})"
            )
    return len(changed)


def _digest_anew(store: Store) -> None:
    """Give erased incidents the digests that they will have when they are read and erased again."""

    def digest(document: str) -> str:
        held: Document = orjson.loads(document)
        return str(rows_of(held, ())["incidents"][0]["digest"])

    mine = f"contains(document::varchar, {string(ERASED)})"
    with _function(store, "digested", digest, ["VARCHAR"]):
        store.sql.execute(
            f"update incidents set digest = digested(document::varchar) where {mine} and not deleted"  # noqa: S608
        )
        store.sql.execute(
            f"update incidents set digest = sha256(digested(document::varchar) || ' deleted') where {mine} and deleted"  # noqa: S608
        )


@contextmanager
def _function(store: Store, name: str, function: Callable[..., str], parameters: list[str]) -> Generator[None]:
    """Let SQL call a function of ours, which gives a text."""
    sql: Any = store.sql
    sql.create_function(name, function, parameters, "VARCHAR")
    try:
        yield
    finally:
        sql.remove_function(name)


def _count(row: Any) -> int:
    return int(row[0]) if row else 0


def rewrite(path: Path) -> None:
    """Write a closed store's file anew: what was erased from its tables stands in no block of the new file.

    Raises:
        LedgerError: the file is in use, or cannot be written.
    """
    duckdb: Any = extra("duckdb", "report")
    fresh = path.with_name(path.name + ".fresh")
    left = (fresh, fresh.with_name(fresh.name + ".wal"))
    try:
        _remove(*left)
        with private(), closing(duckdb.connect()) as sql:
            sql.execute(f"attach {string(str(path))} as old")
            shutil.rmtree(spill(path), ignore_errors=True)  # of a process that was killed: nobody else is at work
            sql.execute("checkpoint old")
            sql.execute(f"attach {string(str(fresh))} as fresh")
            sql.execute("copy from database old to fresh")
        fresh.replace(path)
    except (duckdb.Error, OSError) as error:
        raise LedgerError(f"the store {path} cannot be written anew: {error}") from error
    finally:
        _remove(*left)


def _remove(*paths: Path) -> None:
    for each in paths:
        each.unlink(missing_ok=True)
