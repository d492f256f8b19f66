"""What the configuration declares, as temp tables: a row for each connection, and one for each group that has a tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.reporting import ReportConfig

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PRIORITIES = range(1, 6)


def build(sql: DuckDBPyConnection, settings: ReportConfig) -> None:
    """Make the temp tables ``rules``, of the connections that the store knows, and ``tiers``, the lowest rank first.

    ``rules.response_targets`` and ``rules.resolve_targets`` are lists of seconds, by priority.
    """
    sql.execute("""
        create or replace temp table rules (
            connection varchar, calendar varchar, pause_status varchar[], pause_reason varchar[], reopen_seconds double,
            response_targets double[], resolve_targets double[])
    """)
    known = sql.execute("select distinct connection from then_incidents order by connection").fetchall()
    for (connection,) in known:
        rules = settings.rules(connection)
        sql.execute(
            "insert into rules values (?, ?, ?, ?, ?, ?, ?)",
            [
                connection,
                rules.calendar,
                list(rules.pauses.status),
                list(rules.pauses.reason),
                rules.reopen.within,
                [rules.targets.first_response.get(priority) for priority in PRIORITIES],
                [rules.targets.resolve.get(priority) for priority in PRIORITIES],
            ],
        )
    sql.execute("create or replace temp table tiers (team varchar, tier varchar, rank integer)")
    ranks = {tier: rank for rank, tier in enumerate(dict.fromkeys(settings.tiers.values()))}
    for team, tier in settings.tiers.items():
        sql.execute("insert into tiers values (?, ?, ?)", [team, tier, ranks[tier]])
