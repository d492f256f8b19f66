"""How links and migrations stand: the last good run, the lag, and what waits for a person."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations
from typing import Any

from ..config.config import Config
from ..config.links import migration_link
from ..ledger.ledger import Ledger
from ..ledger.state import RunRecord
from ..model import format_time

GOOD = frozenset({"ok", "partial"})
"""Outcomes of runs that got to their end with everything explained."""
LOOK_BACK = 200
"""Runs among which the last good one is looked for."""


def status(config: Config, ledger: Ledger) -> list[dict[str, Any]]:
    """Give how each link stands, and each migration that was ever run, as JSON values.

    ``lag_seconds`` is the age of what the last good run read: edits made since then are not carried yet.
    """
    now = datetime.fromisoformat(ledger.now())
    rows = [_stand(name, ledger, now, kind="link") for name in config.links]
    for source, target in permutations(config.connections, 2):
        name = migration_link(source, target).name
        if ledger.runs(name, limit=1):
            rows.append({**_stand(name, ledger, now, kind="migration"), "staged": ledger.count_staged(name)})
    return rows


def _stand(name: str, ledger: Ledger, now: datetime, *, kind: str) -> dict[str, Any]:
    runs = [run for run in ledger.runs(name, limit=LOOK_BACK) if run.kind != "plan"]
    good = next((run for run in runs if run.outcome in GOOD), None)
    return {
        "name": name,
        "kind": kind,
        "last_run": _run(next(iter(runs), None)),
        "last_good_run": _run(good),
        "lag_seconds": round((now - good.started_at).total_seconds()) if good else None,
        **ledger.summary(name),
    }


def _run(run: RunRecord | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "run": run.id,
        "kind": run.kind,
        "outcome": run.outcome,
        "started_at": format_time(run.started_at),
        "ended_at": format_time(run.ended_at) if run.ended_at else None,
        "error": run.report.get("error"),
    }
