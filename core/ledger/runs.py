"""The ledger's runs, and the counts that ``isthmus status`` shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, Table, func, insert, select, update

from . import schema as db
from .state import RunRecord
from .store import Store, dump, new_id


class RunMethods(Store):
    """Runs and counts."""

    def start_run(self, kind: str, link: str) -> str:
        """Open a run and give its id."""
        run = new_id()
        with self.transaction() as session:
            session.execute(
                insert(db.runs).values(
                    id=run, kind=kind, link=link, number=self.cycle(link) + 1, started_at=self.now(), report="{}"
                )
            )
        return run

    def end_run(self, run: str, outcome: str, report: dict[str, Any]) -> None:
        """Close a run with its outcome and report."""
        with self.transaction() as session:
            session.execute(
                update(db.runs).where(db.runs.c.id == run).values(ended_at=self.now(), outcome=outcome, report=dump(report))
            )

    def runs(self, link: str | None = None, *, kind: str | None = None, limit: int = 20) -> list[RunRecord]:
        """Give the latest runs, the newest first."""
        query = select(db.runs).order_by(db.runs.c.started_at.desc(), db.runs.c.number.desc(), db.runs.c.id).limit(limit)
        if link is not None:
            query = query.where(db.runs.c.link == link)
        if kind is not None:
            query = query.where(db.runs.c.kind == kind)
        with self.transaction() as session:
            return [_run(row) for row in session.execute(query)]

    def cycle(self, link: str) -> int:
        """Give the number of a link's latest run, counted from 1, for the budget of writes."""
        with self.transaction() as session:
            return session.execute(select(func.max(db.runs.c.number)).where(db.runs.c.link == link)).scalar() or 0

    def summary(self, link: str) -> dict[str, int]:
        """Give the counts that ``isthmus status`` shows."""

        def count(table: Table, *conditions: ColumnElement[bool]) -> int:
            query = select(func.count()).select_from(table).where(table.c.link == link, *conditions)
            return session.execute(query).scalar_one()

        def count_groups(table: Table, *conditions: ColumnElement[bool]) -> int:
            joined = table.join(db.bonds, db.bonds.c.id == table.c.bond)
            query = select(func.count()).select_from(joined).where(db.bonds.c.link == link, *conditions)
            return session.execute(query).scalar_one()

        with self.transaction() as session:
            return {
                "bonds": count(db.bonds),
                "dirty": count(db.dirty),
                "open_intents": count(db.intents, db.intents.c.open.is_(True)),
                "conflicts": count(db.conflicts, db.conflicts.c.state == "open"),
                "quarantine": count(db.failures, db.failures.c.state != "discarded"),
                "parked": count_groups(db.parks),
                "frozen": count_groups(db.swings, db.swings.c.frozen.is_(True)),
            }


def _run(row: Row[Any]) -> RunRecord:
    return RunRecord(
        id=row.id,
        kind=row.kind,
        link=row.link,
        started_at=datetime.fromisoformat(row.started_at),
        ended_at=datetime.fromisoformat(row.ended_at) if row.ended_at else None,
        number=row.number,
        outcome=row.outcome,
        report=orjson.loads(row.report),
    )
