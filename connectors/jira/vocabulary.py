"""The words of the JSM templates: statuses, priorities and why a ticket waits, and what sites call them instead.

Vendor facts:

- Names of statuses, priorities and options are a site's own, and are translated; a status has a category with a fixed key,
  ``new``, ``indeterminate`` or ``done``. [developer.atlassian.com, issue statuses]
- Default statuses: Open, Work in progress, Pending, Completed, Canceled, Closed for incidents; Waiting for support, Waiting
  for customer, Waiting for approval, In progress, Escalated, Resolved for service requests. [Atlassian support, JSM
  workflows]
- Some workflows reach a done status without a resolution, and a reopened issue may keep one: done is what the category
  says. [Atlassian support, resolutions]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

State: TypeAlias = Literal["Open", "Work in progress", "Pending", "Completed", "Closed", "Canceled"]
"""A status in the template's words, which the mapping knows."""
STATES: Final[dict[State, tuple[str, ...]]] = {
    "Open": ("open", "waiting for support", "new", "to do", "reopened", "backlog", "selected for development"),
    "Work in progress": ("work in progress", "in progress", "under investigation", "escalated", "in review"),
    "Pending": ("pending", "waiting for customer", "waiting for approval", "on hold", "waiting", "blocked"),
    "Completed": ("completed", "resolved", "done"),
    "Closed": ("closed",),
    "Canceled": ("canceled", "cancelled", "declined", "rejected", "won't do"),
}
"""State -> names that sites give it, best first."""
BY_CATEGORY: Final[dict[str, State]] = {"new": "Open", "indeterminate": "Work in progress", "done": "Completed"}
"""Key of a status category -> what an unknown name stands for."""
DONE: Final = frozenset({"Completed", "Closed", "Canceled"})
PENDING: Final = "Pending"
MORE_INFO: Final = "More info required"
WAITS_FOR: Final = {"waiting for customer": MORE_INFO, "waiting for approval": "Awaiting approval"}
"""Name of a status that says itself why the ticket waits -> the option of Pending reason."""
PRIORITIES: Final[dict[str, tuple[str, ...]]] = {
    "Highest": ("highest", "critical", "blocker", "p1", "urgent"),
    "High": ("high", "major", "p2"),
    "Medium": ("medium", "normal", "moderate", "p3"),
    "Low": ("low", "minor", "p4"),
    "Lowest": ("lowest", "trivial", "p5"),
}
"""Priority of the default scheme -> names that sites give it, best first."""

_STATES: Final = {name: state for state, names in STATES.items() for name in names}
_PRIORITIES: Final = {name: priority for priority, names in PRIORITIES.items() for name in names}


def state_of(name: str, category: str | None, overrides: Mapping[str, State]) -> str:
    """Give the state of a status: what the configuration says, its name, its category, else its name as it is."""
    if name in overrides:
        return overrides[name]
    known = _STATES.get(name.casefold())
    return known or BY_CATEGORY.get(category or "") or name


def rank(name: str, state: str) -> int:
    """Give how well a status's name fits a state, the best first."""
    names = [state.casefold(), *(each for known, each_names in STATES.items() if known == state for each in each_names)]
    return names.index(name.casefold()) if name.casefold() in names else len(names)


def priority_of(name: str, listed: Sequence[str] = ()) -> str:
    """Give the priority of the default scheme that a site's name means; the name itself where it means none.

    Args:
        name: the site's.
        listed: all names of the site, highest first: a name of its own means what its place among them says.
    """
    known = _PRIORITIES.get(name.casefold())
    if known is None and name in listed:
        scheme = tuple(PRIORITIES)
        return scheme[min(listed.index(name) * len(scheme) // len(listed), len(scheme) - 1)]
    return known or name


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a list that the site keeps: a priority, a resolution, a status, an option."""

    id: str
    name: str


def choose(wanted: str, choices: Iterable[Choice], synonyms: Mapping[str, tuple[str, ...]] = {}) -> Choice | None:
    """Find the choice of a name, however it is capitalised; else one of a name that means the same."""
    by_name: dict[str, Choice] = {}
    for choice in choices:
        by_name.setdefault(choice.name.casefold(), choice)
    names = (wanted.casefold(), *synonyms.get(wanted, ()))
    return next((by_name[name] for name in names if name in by_name), None)
