"""Our figures beside the vendor's own, with the reason for each difference from a closed list."""

from __future__ import annotations

from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .definitions import BY_ID
from .figures import Difference, Ticket, VendorAgreement
from .tickets import Names

if TYPE_CHECKING:
    from ..store.store import Store


class Reason(StrEnum):
    """Why the vendor's figure differs from ours: the first of these that holds."""

    ROUNDING = "the tool rounds to minutes"
    PAUSE = "the tool does not take pauses off"
    CALENDAR = "the tool counts by the wall clock, we by the business calendar"
    CALENDAR_PAUSE = "the tool counts by the wall clock less pauses, we by the business calendar"
    REOPENED = "the tool counts to another resolution of a reopened incident"
    REPLY = "the tool takes another moment for the first response"
    MOMENT = "the tool states another moment than its timeline tells"
    OWN_CALENDAR = "the tool counts by a business calendar of its own"
    UNKNOWN = "unknown"


SHOWN = 5
"""Differences that a report shows of one figure."""

# What we measure up to, by our clock and by the wall clock, and what the tool says of the same moment.
_OURS = """
create or replace temp view ours as
with measured as (
    select connection, incident, opened_at, calendar, reopen_count, 'first_response' as figure, first_response as seconds,
        first_response_at as end_at, paused_first_response as paused, stated_first_response_at as stated_at
    from facts where {first_response}
    union all
    select connection, incident, opened_at, calendar, reopen_count, 'resolve', resolve, resolved_at, paused_resolve,
        stated_resolved_at
    from facts where {mttr}
    union all
    select connection, incident, opened_at, calendar, reopen_count, 'close', close, closed_at, paused_close,
        stated_closed_at
    from facts where {mttc}
), stood as (
    select m.connection, m.incident, figure, sum(greatest(0, date_diff('microsecond', greatest(starts, opened_at),
        least(ends, end_at)))) / 1e6 as seconds
    from measured as m join pause_facts using (connection, incident) group by all
)
select m.*, date_diff('microsecond', opened_at, end_at) / 1e6 as wall, coalesce(s.seconds, 0) as wall_paused
from measured as m left join stood as s using (connection, incident, figure)
"""

_COMPARED = """
with compared as (
    select o.connection, o.incident, o.figure, source, o.seconds as ours, v.seconds as theirs,
        case
            when abs(ours - theirs) < 1 then null
            when abs(ours - theirs) < 60 then 'ROUNDING'
            when paused > 0 and abs(ours + paused - theirs) < 60 then 'PAUSE'
            when not business and calendar != 'always' and abs(wall - theirs) < 60 then 'CALENDAR'
            when not business and calendar != 'always' and abs(wall - wall_paused - theirs) < 60 then 'CALENDAR_PAUSE'
            when o.figure != 'first_response' and reopen_count > 0 then 'REOPENED'
            when stated_at is not null and abs(epoch(stated_at) - epoch(end_at)) >= 1
                then case when o.figure = 'first_response' then 'REPLY' else 'MOMENT' end
            when business then 'OWN_CALENDAR'
            else 'UNKNOWN' end as reason
    from ours as o join then_vendor_figures as v using (connection, incident, figure)
    where v.seconds is not null
)
select connection, figure, source, reason, count(*), min({
    'weight': -abs(ours - theirs), 'connection': connection, 'incident': incident, 'ours': ours, 'theirs': theirs}, $shown)
from compared group by connection, figure, source, reason order by connection, figure, source, reason nulls first
"""
_KPIS = {"first_response": "first_response", "resolve": "mttr", "close": "mttc"}
"""What the store calls a vendor's figure -> the KPI beside which it stands."""


def agreement(store: Store) -> tuple[VendorAgreement, ...]:
    """Give for each figure that a tool itself states how it compares with ours, after :func:`.facts.build`."""
    store.sql.execute(_OURS.format(**{kpi: BY_ID[kpi].population for kpi in _KPIS.values()}))
    found = store.sql.execute(_COMPARED, {"shown": SHOWN}).fetchall()
    names = Names(store, (_unnamed(each) for row in found for each in row[5]))
    groups = groupby(found, key=lambda row: (row[0], row[1], row[2]))
    return tuple(_agreement(names, *key, list(rows)) for key, rows in groups)


def _agreement(names: Names, connection: str, figure: str, source: str, rows: list[Any]) -> VendorAgreement:
    reasons = {row[3]: row[4] for row in rows}
    apart = sorted(
        ((each["weight"], row[3], each) for row in rows if row[3] for each in row[5]),
        key=lambda found: (found[0], found[2]["incident"]),
    )
    return VendorAgreement(
        connection=connection,
        kpi=_KPIS[figure],
        source=source,
        compared=sum(reasons.values()),
        equal=reasons.get(None, 0),
        reasons=tuple((Reason[name].value, count) for name, count in reasons.items() if name),
        examples=tuple(
            Difference(
                ticket=names.fill([_unnamed(each)])[0],
                kpi=_KPIS[figure],
                ours=each["ours"],
                theirs=each["theirs"],
                reason=Reason[reason].value,
            )
            for _, reason, each in apart[:SHOWN]
        ),
    )


def _unnamed(row: dict[str, Any]) -> Ticket:
    return Ticket(connection=row["connection"], id=row["incident"], key="", value=row["ours"])
