"""The store's tables, in DuckDB.

Times are TIMESTAMP values in UTC. Every row of what vendors told is *bitemporal*. When it was true is on the vendor's
clock: ``valid_from`` of an incident's version, ``happened_at`` of an event, ``created_at`` of a comment. When we learned it
is on ours: a row is believed from ``learned_at`` until ``superseded_at``, infinity while nothing has replaced it. No
row is ever changed otherwise, or removed, so that a question asked as of an earlier moment has the answer that it had then.
"""

from __future__ import annotations

VERSION = 1
"""Of these tables; a store of a later version is refused."""

BELIEVED = "learned_at timestamp not null, superseded_at timestamp not null default 'infinity'"
INCIDENT = "connection varchar not null, incident varchar not null"
"""What names an incident in every table: its connection, and the vendor's id."""

TABLES = {
    "settings": "name varchar primary key, value varchar not null",
    # One reading of one connection, from cursor to cursor, with what proves that nothing is missing.
    "collections": """
        number bigint primary key, connection varchar not null, connector varchar not null, url varchar not null,
        mapping varchar not null, scope json not null, started_at timestamp not null, ended_at timestamp,
        cursor varchar, outcome varchar, read bigint not null default 0, changed bigint not null default 0,
        held bigint, vendor_count bigint, census bigint, missing json, problems json""",
    # A version of an incident. `document` is the whole incident as JSON, without comments, files, timeline and SLA clocks.
    "incidents": f"""
        {INCIDENT}, {BELIEVED}, valid_from timestamp, deleted boolean not null, digest varchar not null,
        key varchar, url varchar, marker varchar, title varchar,
        status varchar, status_reason varchar, status_name varchar, resolution_code varchar,
        impact tinyint, urgency tinyint, priority tinyint, category varchar, subcategory varchar, service varchar,
        tier varchar, major boolean, channel varchar, review_url varchar, labels varchar[],
        requester varchar, requester_email varchar, assignee varchar, assignee_email varchar, team varchar,
        opened_at timestamp, acknowledged_at timestamp, first_response_at timestamp, resolved_at timestamp,
        closed_at timestamp, due_at timestamp, updated_at timestamp, reopen_count integer,
        document json not null""",
    "comments": f"""
        {INCIDENT}, {BELIEVED}, comment varchar not null, position integer not null, created_at timestamp,
        visibility varchar not null, author varchar, author_email varchar, author_id varchar, origin varchar,
        body varchar not null, document json not null""",
    # A file's facts, of an incident or of one of its comments.
    "files": f"""
        {INCIDENT}, {BELIEVED}, file varchar not null, comment varchar, name varchar not null, media_type varchar,
        size bigint, sha256 varchar, visibility varchar not null, document json not null""",
    # The timeline: one change of one field (status, status_reason, team, assignee, tier, priority or major).
    "events": f"""
        {INCIDENT}, {BELIEVED}, happened_at timestamp not null, field varchar not null, before varchar, after varchar,
        person varchar, person_email varchar, source varchar not null""",
    "sla_clocks": f"""
        {INCIDENT}, {BELIEVED}, name varchar not null, target_seconds bigint, due_at timestamp, paused boolean,
        breached boolean""",
    # What the vendor itself states of an incident: first_response, resolve, close (seconds), business or elapsed time.
    "vendor_figures": f"""
        {INCIDENT}, {BELIEVED}, figure varchar not null, business boolean not null, seconds double,
        source varchar not null""",
    # Records of several tools that are one incident, from the ledger's bonds: all but `counted` are its copies.
    "bonds": f"{INCIDENT}, {BELIEVED}, bond varchar not null, counted boolean not null",
    # People to be erased from what is read: digests (core.store.forgotten) of addresses (0 words) and of names.
    "forgotten": "digest varchar primary key, words integer not null",
    # Reports that were made, so that one can be made again with the settings of then.
    "reports": """
        made_at timestamp not null, as_of timestamp not null, first varchar not null, last varchar not null,
        settings json not null, digests json not null""",
}
"""Name of each table -> its columns."""

BITEMPORAL = ("incidents", "comments", "files", "events", "sla_clocks", "vendor_figures", "bonds")
"""Tables whose rows are believed from a moment to a moment."""
