"""Fill a store with generated incidents, fast: for benchmarks and for tests of reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..core.store.store import literal

if TYPE_CHECKING:
    from ..core.store.store import Store

CONNECTIONS = ("support", "ops", "service", "desk", "helix", "plus")
CONNECTORS = ("zendesk", "servicenow", "jira", "freshservice", "bmc_helix", "manageengine")
SPAN = timedelta(days=730)

# Descriptions are as long as those of people, and no two are the same.
_MACROS = (
    "h(n, word) as (hash(n, word) % 1000003) / 1000003.0",
    "told(moment) as strftime(moment, '%Y-%m-%dT%H:%M:%SZ')",
    """said(title, incident) as '<p>' || title || ': it worked yesterday, and since this morning it does not any more. '
        || 'I have tried another cable, another account and another machine; a restart helps for about '
        || hash(incident) % 55 || ' minutes.</p><p>Several colleagues on floor ' || hash(incident, 1) % 12
        || ' see the same. The message says: error ' || md5(incident) || ', connection refused by gateway '
        || hash(incident, 2) % 4096 || '.</p><p>This blocks the work of ' || hash(incident, 3) % 40
        || ' people, so please have a look soon. The log of the client is attached, its last lines are '
        || md5(incident || 'log') || ' and ' || md5(incident || 'end') || '.</p>'""",
)
# `h` is a hash of an incident's number and a word; every fact comes from one, so that it is the same in every run.
_INCIDENTS = """
create or replace temp table made as
with numbered as (
    select range as n, ['support', 'ops', 'service', 'desk', 'helix', 'plus'][1 + range % 6] as connection
    from range({count})
), drawn as (
    select *,
        h(n, 'opened') as r1, h(n, 'priority') as r2, h(n, 'resolve') as r3, h(n, 'state') as r4, h(n, 'what') as r5,
        h(n, 'respond') as r6, h(n, 'team') as r7, h(n, 'reopen') as r8
    from numbered
), timed as (
    select *,
        {start} + to_seconds(cast(r1 * {seconds} as bigint)) as opened,
        case when r2 < 0.04 then 1 when r2 < 0.16 then 2 when r2 < 0.6 then 3 when r2 < 0.9 then 4 else 5 end as prio
    from drawn
)
select n, connection, cast(n as varchar) as incident, opened, prio, r4, r5, r7, r8,
    opened + to_seconds(cast(60 + 3600 * prio * r6 * r6 as bigint)) as responded,
    opened + to_seconds(cast(600 + 14400 * prio * prio * r3 * r3 as bigint)) as resolved
from timed
"""

_VERSIONS = """
insert into incidents (connection, incident, learned_at, valid_from, deleted, digest, key, url, title, status, status_name,
    impact, urgency, priority, category, service, major, channel, labels, requester, requester_email, assignee,
    assignee_email, team, opened_at, acknowledged_at, first_response_at, resolved_at, closed_at, updated_at, reopen_count,
    document)
select *, json_object('connection', connection, 'id', incident, 'key', key, 'url', url, 'title', title,
    'description', said(title, incident), 'status', status, 'status_name', status_name, 'impact', impact,
    'urgency', urgency, 'priority', priority, 'category', category, 'service', service, 'major', major,
    'channel', channel, 'labels', labels,
    'requester', {{'id': requester, 'name': requester, 'email': requester_email}},
    'assignee', {{'id': assignee, 'name': assignee, 'email': assignee_email}}, 'group', {{'name': team}},
    'opened_at', told(opened_at), 'acknowledged_at', told(acknowledged_at), 'first_response_at', told(first_response_at),
    'resolved_at', told(resolved_at), 'closed_at', told(closed_at), 'updated_at', told(updated_at),
    'reopen_count', reopen_count)
from (
select connection, incident, {learned}, least(resolved + interval 3 day, {until}), false, md5(incident),
    upper(connection[1:3]) || '-' || incident, 'https://' || connection || '.example.com/' || incident,
    ['VPN drops every', 'Printer jams on floor', 'Password reset for account', 'Mailbox full again for user',
     'Laptop will not boot number', 'Shared drive missing for team', 'Invoice export fails in run',
     'Phone has no dial tone in room'][1 + cast(floor(r5 * 8) as integer)] || ' ' || cast(floor(r7 * 400) as integer),
    state, state, least(prio, 3), least(prio, 3), prio,
    ['network', 'hardware', 'access', 'email', 'hardware', 'access', 'software', 'telephony']
        [1 + cast(floor(r5 * 8) as integer)],
    ['Remote access', 'Printing', 'Identity', 'Mail', 'Workplace', 'Files', 'Finance', 'Telephony']
        [1 + cast(floor(r5 * 8) as integer)],
    prio = 1 and r4 < 0.3, ['email', 'portal', 'phone'][1 + n % 3], ['generated'],
    'User ' || n % 240, 'user' || n % 240 || '@example.com', 'Agent ' || n % 24, 'agent' || n % 24 || '@example.com',
    ['Service Desk', 'Network', 'Workplace', 'Applications'][1 + cast(floor(r7 * 4) as integer)],
    opened, responded, responded, case when state in ('resolved', 'closed') then resolved end,
    case when state = 'closed' then resolved + interval 3 day end, least(resolved + interval 3 day, {until}),
    case when reopened and halted then 1 else 0 end
from stated
) as facts(connection, incident, learned_at, valid_from, deleted, digest, key, url, title, status, status_name, impact,
    urgency, priority, category, service, major, channel, labels, requester, requester_email, assignee, assignee_email,
    team, opened_at, acknowledged_at, first_response_at, resolved_at, closed_at, updated_at, reopen_count)
"""

# Midway of its work an incident may wait for 20 minutes, or be thought to be resolved for as long.
_STATED = """
create or replace temp table stated as
select *, responded + (resolved - responded) / 2 as midway, r8 < 0.05 as reopened,
    r8 < 0.25 and resolved - responded > interval 1 hour as halted,
    case when opened > {until} - interval 1 hour then 'new' when resolved > {until} then 'in_progress'
    when r4 < 0.01 then 'canceled' when resolved + interval 3 day > {until} then 'resolved'
    when r4 < 0.03 then 'pending' else 'closed' end as state
from made
"""

_EVENTS = """
insert into events (connection, incident, learned_at, happened_at, field, before, after, person, person_email, source)
select connection, incident, {learned}, moment, field, before, after, 'Agent ' || n % 24,
    'agent' || n % 24 || '@example.com', 'generated'
from (
    select *, opened as moment, 'status' as field, null as before, 'new' as after from stated
    union all select *, opened, 'team', null, 'Service Desk' from stated
    union all select *, responded, 'status', 'new', 'in_progress' from stated where responded < resolved
    union all select *, midway, 'status', 'in_progress', if(reopened, 'resolved', 'pending') from stated where halted
    union all select *, midway + interval 20 minute, 'status', if(reopened, 'resolved', 'pending'), 'in_progress'
        from stated where halted
    union all select *, resolved, 'status', 'in_progress', 'pending' from stated where state = 'pending'
    union all select *, resolved, 'status', 'in_progress', 'canceled' from stated where state = 'canceled'
    union all select *, responded + interval 10 minute, 'team', 'Service Desk', 'Network' from stated where r7 >= 0.25
    union all select *, resolved, 'status', 'in_progress', 'resolved' from stated where state in ('resolved', 'closed')
    union all select *, resolved + interval 3 day, 'status', 'resolved', 'closed' from stated where state = 'closed'
)
where moment <= {until}
"""

_COMMENTS = """
insert into comments (connection, incident, learned_at, comment, position, created_at, visibility, author, author_email,
    author_id, body, document)
select connection, incident, {learned}, incident || '-1', 0, responded, 'public', 'Agent ' || n % 24,
    'agent' || n % 24 || '@example.com', 'a' || n % 24, '<p>We look at it.</p>',
    json_object('id', incident || '-1', 'visibility', 'public', 'body', '<p>We look at it.</p>')
from stated where responded <= {until}
"""

# One tool states its clocks, two their own figures: one by the minute, one of a clock that never stands still.
_PROMISES = """
insert into sla_clocks (connection, incident, learned_at, name, target_seconds, due_at, paused, breached)
select connection, incident, {learned}, 'Time to resolution', 14400 * prio * prio, opened + to_seconds(14400 * prio * prio),
    false, least(resolved, {until}) > opened + to_seconds(14400 * prio * prio)
from stated where connection = 'service'
"""

_FIGURES = """
insert into vendor_figures (connection, incident, learned_at, figure, business, seconds, source)
select connection, incident, {learned}, 'resolve', false,
    if(connection = 'support', 60 * floor(epoch(resolved - opened) / 60), epoch(resolved - opened)),
    if(connection = 'support', 'full_resolution_time_in_minutes', 'calendar_duration')
from stated where connection in ('support', 'ops') and state in ('resolved', 'closed')
"""

_COLLECTIONS = """
insert into collections (number, connection, connector, url, mapping, scope, started_at, ended_at, cursor, outcome, read,
    changed, held, vendor_count, census)
select row_number() over (order by connection), connection, connector, 'https://' || connection || '.example.com',
    connector || '/1-generated', '{{}}', {learned}, {learned}, 'end', 'ok', total, total, total, total, total
from (select connection, count(*) as total from stated group by connection)
join (select unnest({connections}) as connection, unnest({connectors}) as connector) using (connection)
"""


def fill(store: Store, count: int, *, until: datetime = datetime(2026, 7, 1, tzinfo=UTC)) -> None:
    """Put generated incidents of six connections into an empty store.

    Args:
        store: the store.
        count: how many incidents, over two years.
        until: when they were collected; nothing in them lies after it.
    """
    words = {
        "count": count,
        "start": literal(until - SPAN),
        "seconds": int(SPAN.total_seconds()),
        "until": literal(until),
        "learned": literal(until),
        "connections": list(CONNECTIONS),
        "connectors": list(CONNECTORS),
    }
    for macro in _MACROS:
        store.sql.execute(f"create or replace temp macro {macro}")
    with store.transaction():
        for statement in (_INCIDENTS, _STATED, _VERSIONS, _EVENTS, _COMMENTS, _PROMISES, _FIGURES, _COLLECTIONS):
            store.sql.execute(statement.format(**words))
        store.sql.execute("drop table made")
        store.sql.execute("drop table stated")
