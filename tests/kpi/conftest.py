"""Stores that hold a few incidents, written as an oracle's tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pytest
from isthmus.core.store.schema import BITEMPORAL
from isthmus.core.store.store import Store, naive
from isthmus.testing.oracle.kpi import Ticket

Keep = Callable[..., None]


@pytest.fixture(scope="session")
def store() -> Iterable[Store]:
    """One store in memory; `keep` empties it."""
    with Store(None) as opened:
        yield opened


@pytest.fixture(scope="session")
def keep(store: Store) -> Keep:
    """Put tickets into the store, in place of what was there."""

    def put(tickets: Iterable[Ticket], learned_at: datetime) -> None:
        for table in (*BITEMPORAL, "collections"):
            store.sql.execute(f"delete from {table}")
        rows: dict[str, list[dict[str, Any]]] = {
            "incidents": [],
            "events": [],
            "comments": [],
            "sla_clocks": [],
            "bonds": [],
        }
        for ticket in tickets:
            _add(rows, ticket, naive(learned_at))
        for table, found in rows.items():
            if found:
                names = list(found[0])
                values = ", ".join("(" + ", ".join("?" * len(names)) + ")" for _ in found)
                store.sql.execute(
                    f"insert into {table} ({', '.join(names)}) values {values}",
                    [row[name] for row in found for name in names],
                )

    return put


def _add(rows: dict[str, list[dict[str, Any]]], ticket: Ticket, learned_at: datetime) -> None:
    who = {"connection": ticket.connection, "incident": ticket.id, "learned_at": learned_at}
    times = ("opened_at", "acknowledged_at", "first_response_at", "resolved_at", "closed_at", "updated_at")
    rows["incidents"].append(
        who
        | {name: _naive(getattr(ticket, name)) for name in times}
        | {
            name: getattr(ticket, name)
            for name in ("status", "priority", "team", "tier", "category", "service", "major", "deleted")
        }
        | {"reopen_count": ticket.reopen_count, "requester_email": ticket.requester, "title": f"Incident {ticket.id}"}
        | {"digest": "", "document": "{}", "key": None, "url": None}
    )
    rows["events"].extend(
        who
        | {
            "happened_at": _naive(each.at),
            "field": each.field,
            "before": each.before,
            "after": each.after,
            "source": "test",
        }
        for each in ticket.changes
    )
    rows["comments"].extend(
        who
        | {"comment": f"{ticket.id}-{place}", "position": place, "created_at": _naive(each.at), "author_email": each.author}
        | {"visibility": "public" if each.public else "internal", "body": "", "document": "{}"}
        for place, each in enumerate(ticket.comments)
    )
    rows["sla_clocks"].extend(
        who | {"name": each.name, "due_at": _naive(each.due_at), "breached": each.breached} for each in ticket.clocks
    )
    if ticket.copy:
        rows["bonds"].append(who | {"bond": "b", "counted": False})


def _naive(moment: datetime | None) -> datetime | None:
    return naive(moment) if moment else None
