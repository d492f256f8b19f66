"""What a record was before it was moved here: figures must tell of an incident's whole life, not of its last home.

A migration leaves in the ledger what each record told of itself: its events, its times, who said something when. A record
that we created from it tells these as our own writes made them: the incident seems to be opened, assigned and closed by
our account in the second of the move. So, of a record that the ledger knows as created by us,

- events that lie before its creation, or within our writes and made by our account or by the vendor's rules, are dropped,
  and those of the record that it was created from stand in their place;
- fields that nobody has changed since hold what they held there;
- copies of comments have the author and the time of what they are copies of, and notes of origin are left out.

When we wrote stands in the trail, which record was created from which in the bonds: nothing is guessed. What is kept of a
record that itself was created so has gone through this before, so a chain of moves needs one step only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from ..ledger.ledger import Ledger
from ..ledger.state import Bond, PartKind
from ..mapping.values import same
from ..model import GROUPS, Document
from .side import Side
from .timeline import ENDED, FIELDS, HISTORY, RESOLVED, moment

KEPT: Final = frozenset(
    {
        *FIELDS,
        "resolution_code",
        "impact",
        "urgency",
        "requester",
        "channel",
        "review_url",
        "reopen_count",
        "sla",
        "figures",
    }
    | {"opened_at", "acknowledged_at", "first_response_at", "resolved_at", "closed_at", "due_at"}
)
"""Fields of an incident that figures depend on."""
FOLLOWS: Final = {"resolution_code": "status", "impact": "priority", "urgency": "priority"}
"""Field that events do not tell -> the one that it changes with."""
GRAIN: Final = timedelta(seconds=2)
"""How far the vendor's time of a write may lie outside of ours, beyond the precision of its times and the clocks'
difference."""


def remembered(document: Document, events: Sequence[Document]) -> dict[str, Any]:
    """Give what the ledger keeps of a record: no text of it, but everything that figures need."""
    said = ("id", "author", "created_at", "visibility")
    return {
        "fields": {name: document[name] for name in sorted(KEPT) if name in document},
        "comments": [{name: each.get(name) for name in said} for each in document.get("comments") or ()],
        "events": list(events),
    }


@dataclass(frozen=True, slots=True)
class Origin:
    """What a record was created from, and when we wrote it."""

    bond: Bond
    connection: str
    kept: dict[str, Any]
    """What the ledger keeps of that record."""
    writes: tuple[tuple[datetime, datetime], ...]
    """Begin and end of each of our writes, on our clock."""

    @property
    def born(self) -> datetime:
        """When we created the record."""
        return self.writes[0][0]


class Past:
    """What the ledger knows of the time before the records of one connection were created."""

    def __init__(self, ledger: Ledger | None, side: Side) -> None:
        """Make one, without asking the ledger yet.

        Args:
            ledger: the ledger, or None where there is none.
            side: the connection.
        """
        self._ledger = ledger
        self._side = side
        self._writes: dict[str, list[tuple[datetime, datetime]]] | None = None
        self._links: list[str] | None = None

    def complete(
        self, documents: dict[str, Document], events: dict[str, list[Document]]
    ) -> tuple[dict[str, Document], dict[str, list[Document]]]:
        """Give documents and events with what was before, of the records of which the ledger knows it."""
        whole, told = dict(documents), dict(events)
        for record_id, origin in self._origins(list(documents)).items():
            document = documents[record_id]
            own = [event for event in events.get(record_id, ()) if not self._is_of_move(event, origin)]
            told[record_id] = joined(origin.kept["events"], own)
            changed = self._changed(document, events.get(record_id, ()), own, origin)
            whole[record_id] = {
                **_fields(document, origin.kept["fields"], changed, lambda at, of=origin: self._is_since(moment(at), of)),
                "reopen_count": _reopened(document, origin.kept["fields"], own),
                "comments": list(_comments(document, origin, self._side.name)),
            }
        return whole, told

    # -- from the ledger

    def _origins(self, ids: Sequence[str]) -> dict[str, Origin]:
        """Give what some records were created from, as far as a migration kept it, by id."""
        if self._ledger is None:
            return {}
        here = self._side.name
        if self._links is None:
            self._links = self._ledger.known_links()
        bond_ids = {bond for link in self._links for bond in self._ledger.find_bonds(link, here, ids).values()}
        made = [bond for bond in self._ledger.bonds(sorted(bond_ids)).values() if bond.members[here].marker is not None]
        sources = {(name, each.record_id) for bond in made for name, each in bond.members.items() if name != here}
        kept = {
            (name, record_id): body
            for name in {name for name, _ in sources}
            for record_id, body in self._ledger.timelines(name, [key for other, key in sources if other == name]).items()
        }
        found: dict[str, Origin] = {}
        for bond in made:
            for name, member in bond.members.items():
                body = kept.get((name, member.record_id), {})
                writes = tuple(sorted(self._written(bond.id))) if "fields" in body else ()
                if writes:
                    found[bond.members[here].record_id] = Origin(bond, name, body, writes)
        return found

    def _written(self, bond: str) -> Iterable[tuple[datetime, datetime]]:
        if self._writes is None:
            assert self._ledger is not None, "bonds come from a ledger"
            self._writes = our_writes(self._ledger, self._side.name, self._side.connector.commit_bound)
        return self._writes.get(bond, ())

    # -- what is of the move, and what came after

    def _vendor(self, ours: datetime) -> datetime:
        """Give a moment of our clock on the vendor's."""
        return ours + timedelta(seconds=self._side.connector.skew_seconds)

    def _is_of_move(self, event: Document, origin: Origin) -> bool:
        at = moment(event["at"])
        author: Document = event.get("by") or {}
        if author and not self._side.is_ours(author.get("id")):
            return at < self._vendor(origin.born) - self._grain
        return not self._is_since(at, origin)

    def _is_since(self, at: datetime, origin: Origin) -> bool:
        """Tell whether a moment of the vendor's clock lies after the creation and outside of all our writes."""
        grain, writes = self._grain, origin.writes
        return at >= self._vendor(origin.born) - grain and not any(
            self._vendor(begin) - grain <= at <= self._vendor(end) + grain for begin, end in writes
        )

    @property
    def _grain(self) -> timedelta:
        return self._side.connector.traits.precision + GRAIN

    def _changed(self, document: Document, events: Iterable[Document], own: Iterable[Document], origin: Origin) -> set[str]:
        """Give the fields that somebody has changed since the move: by the history, else by what we wrote then."""
        fields = {name: field for field, name in FIELDS.items()}
        changed = {fields[event["field"]] for event in own}
        if not any(event["source"] == HISTORY for event in events):
            held = self._side.values(document)
            for group in GROUPS:
                receipt = origin.bond.receipts.get((self._side.name, group))
                if receipt is not None and group in held and not same(held[group], receipt.value):
                    changed.update(GROUPS[group])
        return changed


def our_writes(ledger: Ledger, connection: str, bound: timedelta) -> dict[str, list[tuple[datetime, datetime]]]:
    """Give begin and end of every write to a connection that the trail tells, by bond.

    Args:
        ledger: the ledger.
        connection: the connection that was written.
        bound: after this time a write whose end nobody saw has happened or never will.
    """
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    begun: dict[str, tuple[str, datetime]] = {}
    for entry in ledger.trail_entries():
        body, at = orjson.loads(entry["body"]), moment(entry["at"])
        intent = body.get("intent")
        if body.get("connection") == connection and intent:
            begun[intent] = body["bond"], at
        elif intent in begun:
            bond, since = begun.pop(intent)
            found.setdefault(bond, []).append((since, at))
    for bond, since in begun.values():
        found.setdefault(bond, []).append((since, since + bound))
    return found


def joined(before: Iterable[Document], after: Iterable[Document]) -> list[Document]:
    """Give the events of one life, each with what its field was before; one that changes nothing is none."""
    held: dict[str, str | None] = {}
    found: list[Document] = []
    for event in sorted([*before, *after], key=lambda event: moment(event["at"])):
        field = event["field"]
        if event["after"] != held.get(field):
            found.append({**event, "before": held.get(field)})
            held[field] = event["after"]
    return found


def _fields(document: Document, kept: Document, changed: set[str], is_since: Callable[[str], bool]) -> Document:
    """Give a document as of one life; ``is_since`` tells whether a time of it is no trace of our own writes."""
    whole = {**document}
    for field in (*FIELDS, *FOLLOWS, "requester"):
        if FOLLOWS.get(field, field) not in changed:
            _take(whole, kept, field)
    for field in ("opened_at", "channel"):
        if kept.get(field) is not None:
            whole[field] = kept[field]

    def own(field: str) -> str | None:
        at = document.get(field)
        return at if at and is_since(at) else None

    over = "status" not in changed and whole.get("status") in RESOLVED | ENDED
    whole["review_url"] = document.get("review_url") or kept.get("review_url")
    whole["due_at"] = kept.get("due_at") if over else document.get("due_at")
    for field in ("acknowledged_at", "first_response_at"):
        whole[field] = kept.get(field) or own(field)
    for field in ("resolved_at", "closed_at"):
        if "status" not in changed:
            _take(whole, kept, field)
        elif document.get(field):
            whole[field] = own(field) or kept.get(field)
    clocks: list[Document] = [] if over else document.get("sla") or []
    named = {clock["name"] for clock in clocks}
    whole["sla"] = [*(clock for clock in kept.get("sla") or () if clock["name"] not in named), *clocks]
    whole["figures"] = kept.get("figures") or []
    return whole


def _take(whole: Document, kept: Mapping[str, Any], field: str) -> None:
    if field in kept:
        whole[field] = kept[field]
    else:
        whole.pop(field, None)


def _reopened(document: Document, kept: Mapping[str, Any], own: Iterable[Document]) -> int | None:
    """Count how often the incident was reopened: there, and here since."""
    steps = [event for event in own if event["field"] == "status"]
    here = sum(step["before"] in RESOLVED and step["after"] not in RESOLVED | ENDED for step in steps)
    if kept.get("reopen_count") is None and document.get("reopen_count") is None:
        return None
    return (kept.get("reopen_count") or 0) + here


def _comments(document: Document, origin: Origin, here: str) -> Iterable[Document]:
    said = {each["id"]: each for each in origin.kept["comments"]}
    parts = [part for part in origin.bond.parts if part.kind is PartKind.COMMENT and here in part.copies]
    copies = {part.copies[here]: part.origin_id for part in parts if part.origin_connection == origin.connection}
    for comment in document.get("comments") or ():
        first = copies.get(comment["id"])
        if first is None:
            yield comment
        elif first in said:
            yield {**comment, **{name: said[first][name] for name in ("author", "created_at", "visibility")}}
