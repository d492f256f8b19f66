"""Service levels: what was promised for an incident's priority, or by the vendor's own clock, and whether it was kept.

A vendor names its clocks freely; the words in the name tell which promise it is. One that tells neither stands in
``sla_facts`` and in no figure.
"""

from __future__ import annotations

VENDOR_CLOCKS = """
create or replace temp table vendor_clocks as
select n, c.connection, c.incident, name, target_seconds::double as target,
    case when regexp_matches(lower(name), 'respon|reply|acknowledg') then 'response'
        when regexp_matches(lower(name), 'resol|solution|clos|complet|fix|repair') then 'resolve' end as clock,
    breached and coalesce(c.due_at < getvariable('until'), true) as breached
from then_sla_clocks as c join part using (connection, incident)
"""

PROMISED = """
create or replace temp table promised as
select n, bool_or(breached) filter (clock = 'response') as response,
    bool_or(breached) filter (clock = 'resolve') as resolve
from vendor_clocks group by all
"""

# One row for each promise; `clock` is response or resolve, `source` ours or the vendor's.
SLA_FACTS = """
create or replace temp view sla_facts as
select connection, incident, 'response' as clock, 'priority ' || priority as name, response_target as target,
    response_spent as spent, response_breached as breached, 'ours' as source
from facts where response_target is not null
union all
select connection, incident, 'resolve', 'priority ' || priority, resolve_target, resolve_spent, resolve_breached, 'ours'
from facts where resolve_target is not null
union all
select connection, incident, clock, name, target, null, breached, 'vendor' from vendor_facts
"""
