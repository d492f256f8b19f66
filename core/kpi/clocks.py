"""Business time between an incident's moments, less its pauses, in SQL.

The open time up to a moment is what lies before the calendar's last span that opened by then, and the part of that span
that has passed; ASOF JOIN finds the span. A pause takes off the open time between its begin and its end, as far as both lie
within what is measured. All is in whole microseconds, so that sums do not depend on the order of adding.
"""

from __future__ import annotations

# `answered_at` and `ended_at` are where the clocks of service levels stop, or stand while they run.
TIMED = """
create or replace temp table timed as
with spoken_of as (
    select e.* exclude (acknowledged_at, first_response_at), answered,
        coalesce(acknowledged_at, least(moved_at, assigned_at)) as acknowledged,
        case when comments > 0 then responded_at else first_response_at end as responded
    from ended as e
    left join assigned using (n)
    left join spoken using (n)
), limited as (
    select * exclude (acknowledged, responded),
        case when acknowledged < getvariable('until') then acknowledged end as acknowledged_at,
        case when responded < getvariable('until') then responded end as first_response_at
    from spoken_of
)
select *,
    coalesce(least(first_response_at, resolved_at), case when open then getvariable('until') end) as answered_at,
    coalesce(resolved_at, case when open then getvariable('until') end) as ended_at,
    len(list_filter(answered, lambda moment: moment <= resolved_at)) as replies
from limited
"""

OPEN_TIME = """
create or replace temp macro open_time(total, opens, closes, moment) as
total + greatest(0, date_diff('microsecond', opens, least(moment, closes)))
"""

MOMENTS = """
create or replace temp table moments as
with told as (
    unpivot (select n, calendar, opened_at, acknowledged_at, first_response_at, resolved_at, closed_at,
        answered_at, ended_at from timed)
    on opened_at, acknowledged_at, first_response_at, resolved_at, closed_at, answered_at, ended_at
    into name moment value happened_at
), summed as (
    select n, moment, open_time(h.total, h.opens, h.closes, happened_at) as total
    from told as t asof join calendar_hours as h on t.calendar = h.calendar and t.happened_at >= h.opens
)
select n,
    max(total) filter (moment = 'opened_at') as opened, max(total) filter (moment = 'acknowledged_at') as acknowledged,
    max(total) filter (moment = 'first_response_at') as responded, max(total) filter (moment = 'resolved_at') as resolved,
    max(total) filter (moment = 'closed_at') as closed, max(total) filter (moment = 'answered_at') as answered,
    max(total) filter (moment = 'ended_at') as ended
from summed group by all
"""

PAUSES = """
create or replace temp table pauses as
with states as (
    select n, happened_at as starts,
        lead(happened_at, 1, getvariable('until')) over life as ends,
        last_value(case when field = 'status' then after end ignore nulls) over life as status,
        last_value(case when field = 'status_reason' then coalesce(after, '') end ignore nulls) over life as reason
    from changes where field in ('status', 'status_reason') and happened_at < getvariable('until')
    window life as (partition by n order by happened_at, field, step, after)
)
select n, connection, incident, calendar, starts, ends, states.status, nullif(reason, '') as reason
from states join part using (n)
where starts < ends and list_contains(pause_status, states.status)
    and (len(pause_reason) = 0 or list_contains(pause_reason, reason))
"""

PAUSED = """
create or replace temp table paused as
with begun as (
    select p.*, open_time(h.total, h.opens, h.closes, starts) as begins
    from pauses as p asof join calendar_hours as h on p.calendar = h.calendar and p.starts >= h.opens
), summed as (
    select n, begins, open_time(h.total, h.opens, h.closes, ends) as stops
    from begun as p asof join calendar_hours as h on p.calendar = h.calendar and p.ends >= h.opens
)
select n,
    sum(greatest(0, least(stops, acknowledged) - greatest(begins, opened)))::bigint as acknowledged,
    sum(greatest(0, least(stops, responded) - greatest(begins, opened)))::bigint as responded,
    sum(greatest(0, least(stops, resolved) - greatest(begins, opened)))::bigint as resolved,
    sum(greatest(0, least(stops, closed) - greatest(begins, opened)))::bigint as closed,
    sum(greatest(0, least(stops, answered) - greatest(begins, opened)))::bigint as answered,
    sum(greatest(0, least(stops, ended) - greatest(begins, opened)))::bigint as ended
from summed join moments using (n) group by all
"""
