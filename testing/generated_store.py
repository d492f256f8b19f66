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
    case when r8 < 0.05 then 1 else 0 end,
    json_object('connection', connection, 'id', incident, 'title', 'generated', 'status', state)
from stated
"""

_STATED = """
create or replace temp table stated as
select *, case when opened > {until} - interval 1 hour then 'new' when resolved > {until} then 'in_progress'
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
    store.sql.execute("create or replace temp macro h(n, word) as (hash(n, word) % 1000003) / 1000003.0")
    with store.transaction():
        for statement in (_INCIDENTS, _STATED, _VERSIONS, _EVENTS, _COMMENTS, _COLLECTIONS):
            store.sql.execute(statement.format(**words))
        store.sql.execute("drop table made")
        store.sql.execute("drop table stated")
