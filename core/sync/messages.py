"""Forecast the messages that vendors will send because of our writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..ledger.state import PartKind
from ..model import Document, Person
from .plan import BondPlan, Message, PartPlan
from .side import Side


def forecast(
    plan: BondPlan, sides: Mapping[str, Side], documents: Mapping[str, Document], *, history: bool
) -> list[Message]:
    """Give the messages that carrying out a plan will make the vendors send to requesters and, where they do, watchers."""
    created = {create.connection: create.document for create in plan.creates}
    written = {**created, **{name: _updated(plan, name, document) for name, document in documents.items()}}
    silent = {name for name in created if history and sides[name].connector.traits.keeps_history}
    messages: list[Message] = []
    for name, document in created.items():
        if name not in silent:
            messages += _told(sides[name], document, "create", "create")
            messages += _told_if_resolved(sides[name], document, document)
    for part in plan.parts:
        if part.kind is PartKind.COMMENT and part.public and part.connection not in silent:
            messages += _told_of_comment(sides[part.connection], written[part.connection], part)
    status = plan.groups.get("status")
    for name, value in status.writes.items() if status else ():
        messages += _told_if_resolved(sides[name], written[name], value)
    return messages


def _updated(plan: BondPlan, name: str, document: Document) -> Document:
    """Give a member's document as it will be when its comments are written: fields come first."""
    changes: Document = {}
    for group in plan.groups.values():
        changes |= group.writes.get(name, {})
    return {**document, **changes}


def _told_if_resolved(side: Side, document: Document, change: Document) -> list[Message]:
    return _told(side, document, "resolve", "status") if change.get("status") == "resolved" else []


def _told_of_comment(side: Side, document: Document, part: PartPlan) -> list[Message]:
    """Nobody is told of a comment that stands there in the person's own name."""
    stated = part.body.get("author")
    author = side.directory.find(Person.model_validate(stated)) if stated and side.connector.traits.comment_author else None
    told = _told(side, document, "public_comment", part.origin)
    return [each for each in told if author is None or each.recipient != author.email]


def _told(side: Side, document: Document, why: str, write: str) -> list[Message]:
    emails = dict.fromkeys(person.email for person in _audience(side, document, why) if person.email)
    return [Message(side.name, email, why, write) for email in emails]


def _audience(side: Side, document: Document, why: str) -> Iterator[Person]:
    """Give the people, as this side knows them, who are told of what happens to a record; our own account is not."""
    traits = side.connector.traits
    requester = [document.get("requester")] if why in traits.notifies else []
    watchers = document.get("watchers") or () if why in traits.notifies_watchers else ()
    for stated in (*requester, *watchers):
        person = side.directory.stand_in(Person.model_validate(stated)) if stated else None
        if person is not None and not side.is_ours(person.id):
            yield person
