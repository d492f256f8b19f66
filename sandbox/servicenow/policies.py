"""Data policies and aborting rules: what makes a write fail with 403.

- Resolving and closing need resolution code and notes (a data policy of most instances; property
  ``sandbox.data_policy.resolution``, default ``true``). The reply names the labels.
- The profile ``strict`` adds: a new incident needs caller and short description; a resolved one needs category and
  assignment group; one on hold needs a reason.
- The property ``sandbox.rule.abort`` holds an encoded query on incident; a write that would leave a matching row is aborted
  by a business rule.
"""

from __future__ import annotations

from .change import Change
from .conditions import compile_condition
from .incident_rules import CLOSED, ON_HOLD, RESOLVED
from .query import parse
from .replies import FAILED, refuse

ABORTING_RULE = ("Reject by policy", "3d1c8f5ec3ab0210c5a8fc0d05013100")


def check(change: Change, *, strict: bool) -> None:
    """Check a write of an incident.

    Raises:
        RefusedError: 403.
    """
    missing = [element for element in _mandatory(change, strict=strict) if not change.after(element)]
    if missing:
        columns = change.store[change.table].spec.columns
        labels = ", ".join(columns[element].label for element in missing)
        raise refuse(403, FAILED, f"Data Policy Exception: The following fields are mandatory: {labels}")
    query = change.store.property("sandbox.rule.abort")
    if query and _matches(change, query):
        name, sys_id = ABORTING_RULE
        detail = f"Operation against file '{change.table}' was aborted by Business Rule '{name}^{sys_id}'."
        raise refuse(403, FAILED, f"{detail} Business Rule Stack:{name}")


def _mandatory(change: Change, *, strict: bool) -> list[str]:
    """Give the columns that must not be empty after this write."""
    elements: list[str] = []
    state = change.after("state")
    if state in {RESOLVED, CLOSED} and change.store.property("sandbox.data_policy.resolution", "true") == "true":
        elements += _touched(change, ("close_code", "close_notes"))
    if strict and change.inserts:
        elements += ("caller_id", "short_description")
    if strict and state in {RESOLVED, CLOSED}:
        elements += _touched(change, ("category", "assignment_group"))
    if strict and state == ON_HOLD:
        elements += _touched(change, ("hold_reason",))
    return elements


def _touched(change: Change, elements: tuple[str, ...]) -> list[str]:
    """Give all elements where the state changes, else those that this write changes."""
    return [element for element in elements if change.changes("state") or change.changes(element)]


def _matches(change: Change, query: str) -> bool:
    """Tell whether the row to be stored matches an encoded query; an invalid condition never does."""
    for groups in parse(query).alternatives:
        tests = [
            [compile_condition(condition, change.table, change.store, change.session) for condition in group]
            for group in groups
        ]
        if all(any(test is not None and test.accepts(change.new) for test in group) for group in tests):
            return True
    return False
