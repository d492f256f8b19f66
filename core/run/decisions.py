"""What people decide: which value of a conflict holds, and what becomes of a record in quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..errors import UserError
from ..ledger.ledger import Ledger
from ..ledger.state import Conflict, Failure, HeldGroup
from ..model import format_time
from ..suggest import did_you_mean


def describe_conflict(conflict: Conflict) -> dict[str, Any]:
    """Give a conflict as JSON values."""
    return {**asdict(conflict), "at": format_time(conflict.at)}


def describe_failure(failure: Failure) -> dict[str, Any]:
    """Give a record in quarantine as JSON values."""
    return {**asdict(failure), "first_at": format_time(failure.first_at), "last_at": format_time(failure.last_at)}


def find_conflict(ledger: Ledger, conflict: str) -> Conflict:
    """Give a conflict by its id.

    Raises:
        UserError: there is none.
    """
    found = ledger.conflict(conflict)
    if found is None:
        raise UserError(
            f"there is no conflict '{conflict}'{did_you_mean(conflict, (each.id for each in ledger.conflicts()))}"
        )
    return found


def resolve(ledger: Ledger, conflict: str, take: str) -> Conflict:
    """Choose the member whose value holds; the next run carries it out.

    Raises:
        UserError: there is no such conflict or member, or the conflict is over.
    """
    found = find_conflict(ledger, conflict)
    if take not in found.values:
        raise UserError(f"--take: '{take}' is no member of this conflict{did_you_mean(take, found.values)}")
    with ledger.transaction():
        if not ledger.choose(conflict, take):
            raise UserError(f"conflict '{conflict}' is resolved already")
        for name, held in found.values.items():
            ledger.remember(found.link, name, [held["record_id"]] if held.get("record_id") else [], None)
    return find_conflict(ledger, conflict)


def move_failures(ledger: Ledger, ids: Sequence[str], state: str) -> list[dict[str, Any]]:
    """Move records in quarantine to ``retry`` or ``discarded``, without ids all those that wait, and give them.

    Raises:
        UserError: an id does not exist; nothing is moved then.
    """
    known = {failure.id: failure for failure in ledger.failures()}
    held = {each.id: each for each in ledger.held_groups()}
    strangers = [each for each in ids if each not in known and each not in held]
    if strangers:
        raise UserError(f"there is no failure '{strangers[0]}'{did_you_mean(strangers[0], [*known, *held])}")
    kept = [each for each in ids if each in held]
    if kept and state != "retry":
        raise UserError(f"'{kept[0]}' is one group of an incident that goes on: it can be retried, not discarded")
    chosen = [each for each in ids if each in known] or [
        failure.id for failure in known.values() if failure.state == "waiting" and not ids
    ]
    with ledger.transaction():
        for each in chosen:
            ledger.set_failure(each, state)
        for each in kept:
            ledger.release(held[each])
    moved = [describe_failure(failure) for failure in ledger.failures() if failure.id in chosen]
    return [*moved, *(_describe_held(held[each], "released") for each in kept)]


def list_failures(ledger: Ledger, link: str | None) -> list[dict[str, Any]]:
    """Give the quarantine, and the single groups that are parked or frozen while the rest of their incident flows."""
    waiting = [describe_failure(each) for each in ledger.failures(link)]
    return [*waiting, *(_describe_held(each, each.state) for each in ledger.held_groups(link))]


def _describe_held(held: HeldGroup, state: str) -> dict[str, Any]:
    return {**asdict(held), "state": state, "tries": None}
