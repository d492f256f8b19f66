"""Forecast the messages that vendors will send because of our writes."""

from __future__ import annotations

from collections.abc import Mapping

from .model import Document, Person
from .plan import BondPlan, Message
from .side import Side
from .state import PartKind


def forecast(
    plan: BondPlan, sides: Mapping[str, Side], documents: Mapping[str, Document], *, history: bool
) -> list[Message]:
    """Give the messages that carrying out a plan will make the vendors send to requesters."""
    messages: list[Message] = []
    for create in plan.creates:
        side = sides[create.connection]
        if history and side.connector.traits.keeps_history:
            continue
        recipient = _recipient(side, create.document)
        if recipient and "create" in side.connector.traits.notifies:
            messages.append(Message(side.name, recipient, "create"))
        if recipient and _resolves(side, create.document.get("status")):
            messages.append(Message(side.name, recipient, "resolve"))
    silent = {
        create.connection for create in plan.creates if history and sides[create.connection].connector.traits.keeps_history
    }
    written = {create.connection: create.document for create in plan.creates}
    for part in plan.parts:
        side = sides[part.connection]
        document = documents.get(side.name) or written.get(side.name)
        if part.kind is not PartKind.COMMENT or not part.public or document is None or side.name in silent:
            continue
        recipient = _recipient(side, document)
        if recipient and "public_comment" in side.connector.traits.notifies:
            messages.append(Message(side.name, recipient, "public_comment"))
    status = plan.groups.get("status")
    for name, value in status.writes.items() if status else ():
        recipient = _recipient(sides[name], documents[name])
        if recipient and _resolves(sides[name], value.get("status")):
            messages.append(Message(name, recipient, "resolve"))
    return messages


def _resolves(side: Side, status: str | None) -> bool:
    return status == "resolved" and "resolve" in side.connector.traits.notifies


def _recipient(side: Side, document: Document) -> str | None:
    requester = document.get("requester")
    if not requester:
        return None
    person = side.directory.stand_in(Person.model_validate(requester))
    return person.email if person else None
