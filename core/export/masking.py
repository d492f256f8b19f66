"""Hide people in the rows of an export: :class:`People` as functions of SQL.

The rule of what is personal data is that of :mod:`..store.people`; here it meets columns. For the texts of an incident its
own people are gathered first, chunk by chunk, in the table ``parties``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import orjson

from ..store.forgotten import PERSONAL_FIELDS
from ..store.people import People
from ..store.quoting import string
from .tables import Column, Kind

if TYPE_CHECKING:
    from ..store.store import Store

PARTIES = "parties"
"""Table of the chunk's people: ``place``, and ``people``, a list as JSON."""
SOURCES = ("incidents", "comments", "events")
"""Tables of the store in which they stand."""
_FIELDS = ", ".join(map(string, PERSONAL_FIELDS))

_PAIRS = f"""
select place, requester as name, requester_email as email from in_incidents
union select place, assignee, assignee_email from in_incidents
union select place, watcher ->> 'name', watcher ->> 'email'
    from (select place, unnest(document -> '$.watchers[*]') as watcher from in_incidents)
union select place, author, author_email from in_comments
union select place, person, person_email from in_events
union select place, if(contains(value, '@'), null, value), if(contains(value, '@'), value, null)
    from (select place, unnest([before, after]) as value from in_events where field in ({_FIELDS}))
"""  # noqa: S608 - of constants
_PARTIES = f"""
create or replace temp table {PARTIES} as
select place, cast(to_json(list(struct_pack(name, email) order by name, email)) as varchar) as people
from ({_PAIRS}) where name is not null or email is not null group by place
"""  # noqa: S608 - of constants
_ALIASES = """
select lower(name), min(lower(email)) from (
    select requester as name, requester_email as email from then_incidents
    union select assignee, assignee_email from then_incidents
    union select author, author_email from then_comments
    union select person, person_email from then_events
) where name <> '' and email <> '' group by all having count(distinct lower(email)) = 1
"""


def start(store: Store, key: bytes | None) -> People:
    """Give the people of the store, and make the functions that hide them known to it."""
    aliases = dict(cast("list[tuple[str, str]]", store.sql.execute(_ALIASES).fetchall()))
    people = People(key, aliases=aliases)

    @lru_cache(4096)
    def read(text: str) -> tuple[dict[str, Any], ...]:
        return tuple(orjson.loads(text))

    def mask_text(text: str | None, known: str | None) -> str | None:
        return None if text is None else people.redact_text(text, read(known or "[]"))

    def mask_value(value: str | None) -> str | None:
        return people.email(value) if value and "@" in value else people.name(value)

    functions: dict[str, Callable[..., str | None]] = {
        "mask_text": mask_text,
        "mask_name": people.name,
        "mask_email": people.email,
        "mask_value": mask_value,
    }
    for called, function in functions.items():
        count = 1 if called == "mask_value" else 2
        sql: Any = store.sql  # the library's types are incomplete
        sql.create_function(called, function, ["VARCHAR"] * count, "VARCHAR", null_handling="special")
    return people


def stop(store: Store) -> None:
    """Forget the functions again, so that another export can make its own."""
    for called in ("mask_text", "mask_name", "mask_email", "mask_value"):
        store.sql.remove_function(called)


def gather(store: Store) -> None:
    """Make the table of the chunk's people."""
    store.sql.execute(_PARTIES)


def parties(store: Store) -> dict[int, list[dict[str, Any]]]:
    """Give the people (``name``, ``email``) of each incident of the chunk, by its place."""
    found = store.sql.execute(f"select place, people from {PARTIES}").fetchall()  # noqa: S608 - of a constant
    return {place: orjson.loads(people) for place, people in found}


def masked(column: Column) -> str:
    """Give the SQL of a column that hides people."""
    match column.kind:
        case Kind.TEXT | Kind.TERM:
            return f"mask_text({column.sql}, {PARTIES}.people)"
        case Kind.LIST:
            return f"list_transform({column.sql}, lambda term: mask_text(term, {PARTIES}.people))"
        case Kind.NAME:
            return f"mask_name({column.sql}, {column.of})"
        case Kind.EMAIL:
            return f"mask_email({column.sql}, {column.of})"
        case Kind.VALUE:
            return f"case when {column.of} in ({_FIELDS}) then mask_value({column.sql}) else {column.sql} end"
        case _:
            return column.sql
