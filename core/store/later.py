"""What was learned later: how what we believe now of a period's incidents differs from what we believed at a moment."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from ..model import format_time
from .learning import NOW, columns
from .rows import PARTS
from .store import Store, aware, literal

UNTOLD: Final = frozenset({'"connection"', '"incident"', '"digest"', '"document"', '"valid_from"', '"updated_at"'})
"""Columns that say nothing which another one does not say."""
WHOLE: Final = "incident"
"""Stands for all fields, of an incident that was not known then."""


@dataclass(frozen=True, slots=True)
class LearnedLater:
    """What was learned later of one incident."""

    connection: str
    incident: str
    key: str | None
    url: str | None
    title: str | None
    learned_at: datetime
    """When something of it was learned last."""
    what: tuple[str, ...]
    """Columns and tables that differ; ``incident`` where it was not known at all."""


@dataclass(frozen=True, slots=True)
class Later:
    """What was learned later of a period."""

    count: int
    """Incidents that differ."""
    by_what: dict[str, int]
    """Column or table -> how many incidents differ in it."""
    rows: tuple[LearnedLater, ...]

    def report(self) -> dict[str, Any]:
        """Give it as JSON values."""
        rows = [{**asdict(row), "learned_at": format_time(row.learned_at), "what": list(row.what)} for row in self.rows]
        return {"count": self.count, "by_what": self.by_what, "rows": rows}


def learned_later(store: Store, as_of: datetime, first: datetime, last: datetime, *, limit: int | None = 1000) -> Later:
    """Compare what is believed now of the incidents of a period with what was believed at a moment.

    Args:
        store: the store.
        as_of: the moment.
        first: begin of the period; an incident belongs to it that was open at any time within.
        last: end of the period, exclusive.
        limit: how many incidents are listed at most, the latest learned first; the counts are of all.
    """
    store.sql.execute(_differences(as_of, first, last))
    words = "select word, count(*) from (select unnest(what) as word from differing) group by 1 order by 1"
    counts = store.sql.execute(words)
    by_what = {word: int(number) for word, number in counts.fetchall()}
    total = store.sql.execute("select count(*) from differing").fetchone()
    assert total is not None, "a count has a row"
    listed = store.sql.execute("from differing order by learned_at desc, connection, incident limit ?", [limit or total[0]])
    rows = [
        LearnedLater(connection, incident, key, url, title, aware(at), tuple(what))
        for connection, incident, key, url, title, at, what in listed.fetchall()
    ]
    return Later(int(total[0]), by_what, tuple(rows))


def _differences(as_of: datetime, first: datetime, last: datetime) -> str:
    moment = literal(as_of)
    believed = f"learned_at <= {moment} and superseded_at > {moment}"
    touches = (
        f"(opened_at is null or opened_at < {literal(last)}) and "
        f"coalesce(closed_at, resolved_at, 'infinity') >= {literal(first)}"
    )
    told = [name for name in columns("incidents") if name not in UNTOLD]
    fields = ", ".join(f"case when t.{name} is distinct from n.{name} then '{name[1:-1]}' end" for name in told)
    moved = f"(learned_at > {moment} and {NOW}) or (({believed}) and not {NOW})"
    parts = " union all ".join(
        f"select connection, incident, '{part}' as word, "  # noqa: S608
        f"max(case when {NOW} then learned_at else superseded_at end) as seen "
        f"from {part} where {moved} group by all"
        for part in PARTS
    )
    return f"""
        create or replace temp table differing as
        with before as (select * from incidents where {believed}), present as (select * from incidents where {NOW}),
        part as ({parts}),
        parts as (select connection, incident, list(word order by word) as words, max(seen) as seen from part group by all),
        compared as (
            select n.connection, n.incident, n.key, n.url, n.title,
                greatest(n.learned_at, coalesce(p.seen, n.learned_at)) as learned_at,
                case when t.incident is null then ['{WHOLE}']
                    else [word for word in [{fields}] if word is not null] || coalesce(p.words, []) end as what
            from present as n
            left join before as t using (connection, incident)
            left join parts as p using (connection, incident)
            where exists (
                select 1 from (select * from before union all select * from present) as v
                where v.connection = n.connection and v.incident = n.incident and {touches})
        )
        select * from compared where len(what) > 0
    """  # noqa: S608
