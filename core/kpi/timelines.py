"""From the events of an incident to what became of it by the end of a period, in SQL.

Works on a *part*: some of the incidents, so that memory holds whatever their number. Each statement makes a temp table from
the ones before it. ``getvariable('until')`` is the moment up to which anything counts.

Changes of status at one moment are taken in the order of an incident's life, from new to canceled.
"""

from __future__ import annotations

# What ended before `since`, and of which nothing was heard afterwards, is in no figure of the period.
# `n` names an incident: joins by one number are several times as fast as by two texts.
CONCERNED = """
create or replace temp table concerned as
with heard_of as (
    select connection, incident from then_incidents
    where coalesce(status, '') not in ('resolved', 'closed', 'canceled')
        or greatest(opened_at, acknowledged_at, first_response_at, resolved_at, closed_at, updated_at)
            >= getvariable('since')
    union select connection, incident from then_events where happened_at >= getvariable('since')
    union select connection, incident from then_comments where created_at >= getvariable('since')
)
select connection, incident, row_number() over () as n
from heard_of
semi join (select connection, incident from then_incidents where not deleted and opened_at < getvariable('until'))
    using (connection, incident)
anti join (select connection, incident from then_bonds where not counted) using (connection, incident)
"""

PART = """
create or replace temp table part as
select n, i.connection, i.incident, learned_at, key, url, title, status, priority, category,
    service, tier, major, review_url, requester, requester_email, assignee, team, opened_at, acknowledged_at,
    first_response_at, resolved_at, closed_at, due_at, updated_at, reopen_count, r.* exclude (connection)
from then_incidents as i
join concerned as c using (connection, incident)
join rules as r using (connection)
where n > getvariable('done') and n <= getvariable('done') + getvariable('size')
"""

# A field that had a value before its first change had it from the opening on.
CHANGES = """
create or replace temp table changes as
with told as (
    select n, opened_at, field, happened_at, before, after,
        case when field = 'status' then list_position(
            ['new', 'in_progress', 'pending', 'resolved', 'closed', 'canceled'], after) end as step
    from then_events join part using (connection, incident)
), began as (
    select n, field, opened_at, first(before order by happened_at, step) as after, min(happened_at) as happened_at
    from told group by all
)
select * exclude (opened_at) from told
union all
select n, field, opened_at, null, after, 0 from began where after is not null and opened_at < happened_at
"""

# What a field was at the end, where it has changed since; all others still are what the record says.
STOOD = """
create or replace temp table stood as
with ended as (
    select n, field,
        max({'at': happened_at, 'step': step, 'value': after}) filter (happened_at < getvariable('until')) as latest,
        min({'at': happened_at, 'step': step, 'value': before}) as following
    from changes where field in ('status', 'team', 'tier', 'priority', 'major')
    group by all having max(happened_at) >= getvariable('until')
), told as (
    select n, field, {'value': case when latest is null then following.value else latest.value end} as was
    from ended
)
select n, max(was) filter (field = 'status') as status, max(was) filter (field = 'team') as team,
    max(was) filter (field = 'tier') as tier, max(was) filter (field = 'priority') as priority,
    max(was) filter (field = 'major') as major
from told group by all
"""

MOVES = """
create or replace temp table moves as
with ordered as (
    select n, happened_at, step, after, lag(after, 1, 'new') over life as before,
        lead(happened_at) over life is null as latest
    from changes where field = 'status' and happened_at < getvariable('until')
    window life as (partition by n order by happened_at, step)
), marked as (
    select *, after in ('resolved', 'closed') and before not in ('resolved', 'closed') as resolves,
        before in ('resolved', 'closed') and after in ('new', 'in_progress', 'pending') as resumes
    from ordered
)
select *, last_value(case when resolves then happened_at end ignore nulls) over earlier as resolved_before
from marked
window earlier as (partition by n order by happened_at, step
    rows between unbounded preceding and 1 preceding)
"""

# What the timeline tells of the status. Resuming work within the time of `reopen` is reopening.
LIVES = """
create or replace temp table lives as
with known as (
    select m.*, resumes and coalesce(epoch(happened_at) - epoch(resolved_before) <= reopen_seconds, false) as reopens
    from moves as m join part using (n)
)
select n,
    max(after) filter (latest) as status,
    min(happened_at) filter (after not in ('new', 'canceled')) as moved_at,
    max(happened_at) filter (resolves) as resolved_at,
    max({'at': happened_at, 'closes': after = 'closed'}) filter (resolves) as last_resolution,
    max(happened_at) filter (after = 'closed' and before != 'closed') as closed_at,
    max(happened_at) filter (after = 'canceled' and before != 'canceled') as canceled_at,
    count(*) filter (reopens) as reopen_count, max(happened_at) filter (reopens) as reopened_at
from known group by all
"""

# Moves between groups; a tier is that of its group where it is declared, otherwise what the vendor tells.
TRANSFERS = """
create or replace temp table transfers as
with moved as (
    select n, field, after, lag(after ignore nulls) over life as before
    from changes where field in ('team', 'tier') and happened_at < getvariable('until')
    window life as (partition by n, field order by happened_at, after)
), ranked as (
    select m.*, coalesce(a.rank, c.rank) as rank, coalesce(b.rank, d.rank) as rank_before
    from moved as m
    left join tiers as a on field = 'team' and a.team = m.after
    left join tiers as b on field = 'team' and b.team = m.before
    left join (select distinct tier, rank from tiers) as c on field = 'tier' and c.tier = m.after
    left join (select distinct tier, rank from tiers) as d on field = 'tier' and d.tier = m.before
)
select n, count(*) filter (field = 'team' and after != before) as hops,
    greatest(
        count(*) filter (field = 'team' and rank > rank_before),
        count(*) filter (field = 'tier' and coalesce(rank > rank_before, after > before))
    ) as escalations
from ranked group by all
"""

# Public words of someone who is not the requester; people are told apart by e-mail, or else by name.
REPLIES = """
create or replace temp table replies as
select n, c.created_at,
    visibility = 'public' and coalesce(author_email, author) is not null and case
        when coalesce(requester_email, requester) is null then true
        when author_email is not null and requester_email is not null then lower(author_email) != lower(requester_email)
        else author is distinct from requester end as answers
from then_comments as c join part using (connection, incident)
"""

SPOKEN = """
create or replace temp table spoken as
select n, count(*) as comments, min(created_at) filter (answers and created_at < getvariable('until')) as responded_at,
    list_sort(list(created_at) filter (answers and created_at < getvariable('until'))) as answered
from replies group by all
"""

ASSIGNED = """
create or replace temp table assigned as
select n, min(happened_at) as assigned_at
from changes where field = 'assignee' and after is not null and happened_at < getvariable('until') group by all
"""

# How it stood at the end. Where the timeline leaves out the last step, the record's own times tell it.
ENDED = """
create or replace temp table ended as
with stands as (
    select p.n, p.calendar, p.opened_at, p.acknowledged_at, p.first_response_at, p.resolved_at, p.closed_at, p.updated_at,
        l.status as told_status, l.moved_at, l.resolved_at as told_resolved_at, l.closed_at as told_closed_at,
        l.canceled_at as told_canceled_at, l.last_resolution, l.status is not null as has_timeline,
        coalesce(l.reopen_count, p.reopen_count, 0) as reopen_count, l.reopened_at,
        case when s.team is null then p.team else s.team.value end as team,
        case when s.tier is null then p.tier else s.tier.value end as tier,
        case when s.priority is null then p.priority else try_cast(s.priority.value as tinyint) end as priority,
        case when s.major is null then p.major else try_cast(s.major.value as boolean) end as major,
        case
            when s.status is not null then coalesce(s.status.value, 'new')
            when p.status in ('resolved', 'closed') and coalesce(l.status, '') not in ('resolved', 'closed')
                and coalesce(p.resolved_at, p.closed_at, p.updated_at) >= getvariable('until')
                then coalesce(l.status, 'in_progress')
            when p.status = 'closed' and coalesce(l.status, '') != 'closed' and p.closed_at >= getvariable('until')
                then 'resolved'
            when p.status = 'canceled' and coalesce(l.status, '') != 'canceled'
                and coalesce(p.closed_at, p.updated_at) >= getvariable('until')
                then coalesce(l.status, 'in_progress')
            else coalesce(p.status, l.status, 'new') end as status
    from part as p
    left join lives as l using (n)
    left join stood as s using (n)
), dated as (
    select * exclude (resolved_at, closed_at),
        case when status in ('resolved', 'closed') then case
            when told_status in ('resolved', 'closed') then told_resolved_at
            when coalesce(resolved_at, closed_at) < getvariable('until') then coalesce(resolved_at, closed_at)
        end end as resolved_at,
        case when status = 'closed' then case
            when told_status = 'closed' then told_closed_at
            when closed_at < getvariable('until') then closed_at
        end end as closed_at,
        case when status = 'canceled' then case
            when told_status = 'canceled' then told_canceled_at
            else coalesce(closed_at, updated_at) end end as canceled_at
    from stands
)
select *, greatest(told_resolved_at, resolved_at) as last_resolved_at,
    status not in ('resolved', 'closed', 'canceled') as open,
    case when status in ('resolved', 'closed') then coalesce(resolved_at, closed_at, updated_at, opened_at)
        when status = 'canceled' then coalesce(canceled_at, opened_at) end as end_at,
    coalesce(last_resolution.closes and status = 'closed', false) as closed_unresolved
from dated
"""
