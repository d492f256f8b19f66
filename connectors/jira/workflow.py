"""The way through a workflow from one status to another.

Vendor facts:

- A status moves by transitions only; those that leave the present status and are open to the caller are listed with the
  fields of their screens. Which leave another status is not told without administering the site, so it is learned from an
  issue that stands there. [developer.atlassian.com, transitions]
- A create may carry a first transition, and tells beside the new issue whether it worked. [developer.atlassian.com, create
  issue]
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from ...core.connector import Json
from ...core.errors import NotFoundError, RejectedError
from ...core.shapes import as_list, as_object
from .api import Api
from .jql import joined, one_of
from .site import Site
from .vocabulary import STATES, WAITS_FOR, rank

MOST_STEPS: Final = 6
"""Longer ways are taken for none."""
ENDS: Final = frozenset({"Closed", "Canceled"})
"""States that no way leads through."""
USUAL: Final = ("Work in progress",)
"""States that are tried on the way to any other where no whole way is known: they surprise nobody."""
STEPS: Final[dict[str, tuple[str, ...]]] = {"Open": (), "Closed": ("Completed", *USUAL)}
"""State -> those that are tried on the way to it, where other than the usual."""
ORDER: Final = ("Work in progress", "Open", "Pending", "Completed", "Closed", "Canceled", *STATES)


class UnknownWayError(RejectedError):
    """No way is known, and not every place has been seen: there may be one."""


@dataclass(frozen=True, slots=True)
class Way:
    """One transition."""

    id: str
    to: Json
    """The status that it leads to."""
    screen: frozenset[str] = frozenset()
    """Ids of the fields of its screen."""
    demands: frozenset[str] = frozenset()
    """Those of them that must be filled."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an issue stands: its type and its status decide which transitions it has."""

    type_id: str
    status: Json

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from other places."""
        return self.type_id, str(self.status.get("id"))


@dataclass(slots=True)
class Workflow:
    """What is known of a site's workflows."""

    api: Api
    site: Site
    search: Callable[[str], Sequence[str]]
    """Gives the id of an issue that a query finds, as a list."""
    known: dict[tuple[str, str], list[Way]] = field(default_factory=dict[tuple[str, str], list[Way]])
    initial: dict[str, Json] = field(default_factory=dict[str, Json])
    """Issue type -> the status in which an issue begins."""
    _nobody: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Places at which no issue stands."""

    def learn(self, record_id: str, place: Place) -> list[Way]:
        """Read the transitions that an issue has where it stands."""
        params = {"expand": "transitions.fields"}
        data = as_object(self.api.read("issue/{issue}/transitions", params, issue=record_id))
        ways = [_way(as_object(each)) for each in as_list(data.get("transitions"))]
        self.known[place.key] = ways
        return ways

    def ways(self, place: Place) -> list[Way] | None:
        """Give the transitions that leave a place, from memory or from an issue there; None where none is known."""
        if place.key in self.known or place.key in self._nobody:
            return self.known.get(place.key)
        status = str(place.status.get("id"))
        query = joined(one_of("issuetype", [place.type_id]), one_of("status", [status]))
        for record_id in self.search(query):
            try:
                return self.learn(record_id, place)
            except NotFoundError:
                break
        self._nobody.add(place.key)
        return None

    def state(self, status: Json) -> str:
        """Give the state that a status stands for."""
        return self.site.state(status)

    def route(self, start: Place, goal: str, reason: str | None = None, *, avoid: Collection[str] = ()) -> list[Way]:
        """Give the shortest way from a place to a status that stands for a state.

        Args:
            start: where the issue stands.
            goal: the state to reach.
            reason: why the ticket waits, which a status may say itself.
            avoid: ids of statuses that the way does not lead through.

        Raises:
            UnknownWayError: no way is known, and nobody stands at some of the places on the way.
            RejectedError: there is no way.
        """
        blind = False
        level: list[tuple[Place, list[Way]]] = [(start, [])]
        seen = {start.key[1], *avoid}
        for _ in range(MOST_STEPS):
            ends: list[list[Way]] = []
            following: list[tuple[Place, list[Way]]] = []
            for place, taken in level:
                ways = self.ways(place)
                blind = blind or ways is None
                for way in self._sorted(ways or []):
                    if self.state(way.to) == goal:
                        ends.append([*taken, way])
                    elif str(way.to.get("id")) not in seen and self.state(way.to) not in ENDS:
                        seen.add(str(way.to.get("id")))
                        following.append((Place(start.type_id, way.to), [*taken, way]))
            if ends:
                return min(ends, key=lambda each: _fitness(each[-1].to, goal, reason))
            level = following
        raise self._no_way(start, goal, UnknownWayError if blind else RejectedError)

    def step(self, start: Place, goal: str, visited: Collection[str]) -> Way:
        """Give a transition worth trying where no whole way is known: to a status that was not visited yet.

        Raises:
            RejectedError: there is none.
        """
        ways = [each for each in self.known.get(start.key) or [] if str(each.to.get("id")) not in visited]
        for state in STEPS.get(goal, USUAL):
            for way in ways:
                if self.state(way.to) == state:
                    return way
        raise self._no_way(start, goal)

    def _sorted(self, ways: list[Way]) -> list[Way]:
        return sorted(ways, key=lambda way: ORDER.index(state) if (state := self.state(way.to)) in ORDER else len(ORDER))

    def _no_way(self, start: Place, goal: str, kind: type[RejectedError] = RejectedError) -> RejectedError:
        offered = ", ".join(str(way.to.get("name")) for way in self.known.get(start.key) or []) or "none"
        return kind(
            f"no transition leads from '{start.status.get('name')}' to a status that means '{goal}'; this account is "
            f"offered: {offered}",
            connection=self.api.connection,
        )


def _fitness(status: Json, goal: str, reason: str | None) -> tuple[bool, int]:
    name = str(status.get("name"))
    return WAITS_FOR.get(name.casefold(), reason) != reason, rank(name, goal)


def _way(row: Json) -> Way:
    fields = as_object(row.get("fields"))
    return Way(
        id=str(row.get("id")),
        to=as_object(row.get("to")),
        screen=frozenset(fields),
        demands=frozenset(
            name
            for name, meta in fields.items()
            if as_object(meta).get("required") and not as_object(meta).get("hasDefaultValue")
        ),
    )
