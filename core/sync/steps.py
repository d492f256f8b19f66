"""Statuses that a vendor reaches by several steps: the states on the way are ours, nobody's change (DESIGN, section 6)."""

from __future__ import annotations

from collections.abc import Mapping

from ..connector import Json, Record
from ..errors import RejectedError
from ..ledger.state import Intent, Value
from ..mapping.values import same
from .side import Side

STATUS = "status"


def way(side: Side, record_id: str | None, body: Json, record: Record | None = None) -> tuple[dict[str, Value], ...]:
    """Give the group values that a record will hold on the way to ``body``.

    Args:
        side: the member that will be written.
        record_id: the record there; None for one that is to be created.
        body: what will be written.
        record: the record as it was read just now, where it was.
    """
    if not side.can("path"):
        return ()
    held = record or (None if record_id is None else side.fetch([record_id]).get(record_id))
    if held is None and record_id is not None:
        return ()
    try:
        steps = side.connector.path(held, body)
    except RejectedError:  # the write itself will say so, and is parked for it
        return ()
    return tuple(side.values(side.mapping.read(step, side.directory)) for step in steps)


def stopped_at(intent: Intent, values: Mapping[str, Value]) -> dict[str, Value]:
    """Give the groups whose value is one that the intent's write went through, and was not there before it."""
    before: dict[str, Value] = intent.details.get("before") or {}
    return {
        group: values[group]
        for step in intent.path
        for group, value in step.items()
        if group in values and _holds(values[group], value) and not _holds(before.get(group, {}), value)
    }


def _holds(value: Value, part: Value) -> bool:
    return bool(part) and same({name: value.get(name) for name in part}, part)
