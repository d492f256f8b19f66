"""The facts of which every figure is made: one row for each incident that counts.

An incident counts if it was opened before the period's end, is not deleted, and is no copy of another tool's incident. Its
facts are as they stood at the period's end, or as of the report's moment if that is earlier, whatever happened later. What
was over before the period before began, and was not touched since, has no row.

=================== ========= =====================================================================
column              type      meaning
=================== ========= =====================================================================
connection, incident varchar  what names it; ``key``, ``url`` and ``title`` are for people
status, priority, category, service, team, tier, major
                              what it was; services and categories that differ in case only are spelled in one way
opened_at, acknowledged_at, first_response_at, resolved_at, closed_at, canceled_at
                    timestamp UTC; NULL where it had not happened
end_at              timestamp when it ceased to be open; NULL while it is
mtta, first_response, resolve, close
                    double    seconds of business time since it was opened, less pauses
paused_resolve      double    the business seconds of pause that ``resolve`` is less; so ``paused_close`` and the like
reopened            boolean   in the period; ``reopen_count`` counts from its begin
hops, tiers         integer   moves between groups, and to a higher tier (NULL where no tier is known)
first_contact       boolean   resolved at the first contact
response_*, resolve_* double  service levels: target and time spent, in seconds, and whether breached
age                 double    seconds since it was opened, while it is open
touched             boolean   the period touches it: it was not over before the period began
=================== ========= =====================================================================
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..config.reporting import ReportConfig
from ..store.store import aware, naive
from . import calendars, clocks, rules, service_levels, timelines
from .periods import Period

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from ..store.store import Store

PART = 50_000
"""Incidents that are worked on at once."""
_CALENDARS_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
"""Time before it is nobody's business time."""
_STEPS = (
    timelines.PART,
    timelines.CHANGES,
    timelines.STOOD,
    timelines.MOVES,
    timelines.LIVES,
    timelines.TRANSFERS,
    timelines.REPLIES,
    timelines.SPOKEN,
    timelines.ASSIGNED,
    timelines.ENDED,
    clocks.TIMED,
    clocks.MOMENTS,
    clocks.PAUSES,
    clocks.PAUSED,
    service_levels.VENDOR_CLOCKS,
    service_levels.PROMISED,
)
_WORK = (
    *(
        "concerned",
        "part",
        "changes",
        "stood",
        "moves",
        "lives",
        "transfers",
        "replies",
        "spoken",
        "assigned",
        "ended",
        "timed",
    ),
    *("moments", "pauses", "paused", "vendor_clocks", "promised"),
)

# A time that lies before the opening measures nothing.
_FACTS = """
select i.connection, i.incident, coalesce(i.key, i.incident) as key, i.url, i.title, t.status, t.priority, i.service,
    i.category, t.team, coalesce(d.tier, t.tier) as tier, coalesce(t.major, false) as major, i.assignee, i.review_url,
    i.calendar, t.opened_at, t.acknowledged_at, t.first_response_at, t.resolved_at, t.closed_at, t.canceled_at, t.end_at,
    t.last_resolved_at, t.reopened_at,
    case when t.acknowledged_at >= t.opened_at
        then (m.acknowledged - m.opened - coalesce(p.acknowledged, 0)) / 1e6 end as mtta,
    case when t.first_response_at >= t.opened_at
        then (m.responded - m.opened - coalesce(p.responded, 0)) / 1e6 end as first_response,
    case when t.resolved_at >= t.opened_at then (m.resolved - m.opened - coalesce(p.resolved, 0)) / 1e6 end as resolve,
    case when t.closed_at >= t.opened_at then (m.closed - m.opened - coalesce(p.closed, 0)) / 1e6 end as close,
    case when t.first_response_at >= t.opened_at then coalesce(p.responded, 0) / 1e6 end as paused_first_response,
    case when t.resolved_at >= t.opened_at then coalesce(p.resolved, 0) / 1e6 end as paused_resolve,
    case when t.closed_at >= t.opened_at then coalesce(p.closed, 0) / 1e6 end as paused_close,
    t.reopen_count,
    case when t.has_timeline then coalesce(t.reopened_at >= getvariable('first'), false)
        else t.reopen_count > 0 and coalesce(t.resolved_at >= getvariable('first'), false) end as reopened,
    coalesce(x.hops, 0) as hops,
    case when coalesce(d.tier, t.tier) is not null or x.escalations > 0 then coalesce(x.escalations, 0) end as tiers,
    case when t.resolved_at is not null
        then coalesce(x.hops, 0) = 0 and t.reopen_count = 0 and coalesce(t.replies, 0) <= 1 end as first_contact,
    i.response_targets[t.priority] as response_target,
    case when t.answered_at >= t.opened_at
        then (m.answered - m.opened - coalesce(p.answered, 0)) / 1e6 end as response_spent,
    case when response_target is not null then response_spent > response_target
        when t.answered_at >= t.opened_at then v.response end as response_breached,
    i.resolve_targets[t.priority] as resolve_target,
    case when t.ended_at >= t.opened_at then (m.ended - m.opened - coalesce(p.ended, 0)) / 1e6 end as resolve_spent,
    case when resolve_target is not null then resolve_spent > resolve_target
        when t.ended_at >= t.opened_at then v.resolve end as resolve_breached,
    t.open, case when t.open then date_diff('microsecond', t.opened_at, getvariable('until')) / 1e6 end as age,
    t.end_at is null or t.end_at >= getvariable('first') as touched,
    t.has_timeline, t.closed_unresolved, i.learned_at, i.first_response_at as stated_first_response_at,
    i.resolved_at as stated_resolved_at, i.closed_at as stated_closed_at,
    greatest(i.opened_at, i.first_response_at, i.resolved_at, i.closed_at) as latest_stated_at
from part as i
join timed as t using (n)
join moments as m using (n)
left join paused as p using (n)
left join transfers as x using (n)
left join promised as v using (n)
left join tiers as d on d.team = t.team
"""

_MADE = {
    "facts": _FACTS,
    "pause_facts": "select * exclude (n) from pauses",
    "vendor_facts": "select * exclude (n) from vendor_clocks",
}


# Tools spell one thing as they like: Database at one, database at another.
_ALIKE = """
update facts set {name} = chosen from (
    select lower(spelling) as folded, first(spelling order by n desc, spelling) as chosen
    from (select {name} as spelling, count(*) as n from facts where {name} is not null group by all)
    group by folded having count(*) > 1
) where lower({name}) = folded and {name} <> chosen
"""
_SPELLED = ("service", "category")


def build(store: Store, settings: ReportConfig, period: Period, as_of: datetime, since: datetime | None = None) -> None:
    """Make the temp tables ``facts``, ``pause_facts`` and ``vendor_facts`` and the view ``sla_facts`` for a period.

    Args:
        store: the store.
        settings: calendars, pauses, targets and tiers.
        period: the period.
        as_of: what was learned later does not count.
        since: incidents that were over before this are left out; by default the begin of the period before.

    Raises:
        ConfigError: a calendar's holidays are unknown.
        UserError: a library of the extra ``report`` is missing.
    """
    store.believe(as_of)
    sql = store.sql
    until = min(period.last, as_of)
    for name, moment in {"first": period.first, "until": until, "since": since or period.before.first}.items():
        sql.execute(f"set variable {name} = $moment::timestamp", {"moment": naive(moment)})
    sql.execute(clocks.OPEN_TIME)
    rules.build(sql, settings)
    sql.execute(timelines.CONCERNED)
    count, oldest = _extent(sql)
    calendars.build(sql, settings, max(aware(oldest), _CALENDARS_BEGIN), until)
    sql.execute("set variable size = $size", {"size": PART})
    for done in range(0, count or 1, PART):
        sql.execute("set variable done = $done", {"done": done})
        for statement in _STEPS:
            sql.execute(statement)
        for table, made in _MADE.items():
            sql.execute(f"insert into {table} {made}" if done else f"create or replace temp table {table} as {made}")
    for name in _SPELLED:
        sql.execute(_ALIKE.format(name=name))
    sql.execute(service_levels.SLA_FACTS)
    for table in _WORK:
        sql.execute(f"drop table {table}")


def _extent(sql: DuckDBPyConnection) -> tuple[int, datetime]:
    """Give how many incidents the period concerns, and when the oldest was opened."""
    found = sql.execute("""
        select count(*), coalesce(min(opened_at), getvariable('until'))
        from then_incidents join concerned using (connection, incident)
    """).fetchone()
    assert found is not None, "an aggregate gives a row"
    return found
