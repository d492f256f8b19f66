"""Which records are one incident, from the ledger's bonds: one of them counts, the others are its copies.

Bonds are walked over any number of links: a record that moved from Z to S and from S to Y is one incident with three
records. The one that counts is the one that we did not create, the earliest opened where there are several; where the
store holds none, the last home of a chain of moves, which has the whole timeline. A deleted record counts only where
all of them are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ..ledger.ledger import Ledger
from .learning import NOW, Learner
from .store import Store

MEMBERS: Final = {"bond": "varchar", "connection": "varchar", "incident": "varchar", "created": "boolean"}

_BEGIN: Final = """
create or replace temp table node as
select connection, incident, bool_or(created) as created, bool_or(not created) as moved, min(bond) as label
from member group by connection, incident
"""
"""A record that we did not create in some bond was the origin there: where we created it in another, it has moved on."""

_SPREAD: Final = """
create or replace temp table spread as
with lowest as (
    select m.bond, min(n.label) as label from member as m join node as n using (connection, incident) group by m.bond
)
select n.connection, n.incident, n.created, n.moved, min(l.label) as label
from node as n join member as m using (connection, incident) join lowest as l using (bond)
group by all
"""

_CHANGED: Final = "select count(*) from spread join node using (connection, incident) where spread.label != node.label"

_FRESH: Final = f"""
create or replace temp table fresh_bonds as
select connection, incident, label as bond, rank = 1 as counted
from (
    select n.*, count(*) over incident as records,
        row_number() over (incident order by i.deleted, n.created, n.moved, i.opened_at, n.connection, n.incident) as rank
    from node as n join incidents as i using (connection, incident)
    where i.{NOW}
    window incident as (partition by n.label)
)
where records > 1
"""  # noqa: S608


def learn_bonds(store: Store, ledger: Ledger, now: datetime) -> None:
    """Bring the store's bonds up to date with the ledger's, for the records that the store holds.

    Args:
        store: the store.
        ledger: only read.
        now: our clock, UTC.
    """
    learner = Learner(store)
    with store.transaction():
        learner.fill("member", MEMBERS, ())
        for page in ledger.all_members():
            learner.fill("page", MEMBERS, [dict(zip(MEMBERS, row, strict=True)) for row in page])
            store.sql.execute("insert into member from page")
        store.sql.execute(_BEGIN)
        while _spread(store):
            pass
        store.sql.execute(_FRESH)
        learner.replace("bonds", "true", store.tick(now))


def _spread(store: Store) -> bool:
    """Give each record the lowest label of the records with which it shares a bond; tell whether any changed."""
    store.sql.execute(_SPREAD)
    changed = store.sql.execute(_CHANGED).fetchone()
    store.sql.execute("create or replace temp table node as from spread")
    return changed != (0,)
