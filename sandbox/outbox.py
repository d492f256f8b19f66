"""The outbox: the mail that the vendor would have sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """One mail."""

    time: datetime
    to: str
    """An e-mail address."""
    kind: str
    """Why it was sent: ``create``, ``public_comment``, ``resolve``, or a word of the vendor's."""
    ticket: str
    """The ticket's number or id, as people know it."""
    subject: str
    text: str


class Outbox:
    """The mails in the order of sending."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, message: Message) -> None:
        """Keep a mail."""
        self.messages.append(message)

    def clear(self) -> None:
        """Forget all mails."""
        self.messages.clear()

    def to_json(self) -> list[dict[str, Any]]:
        """Give the mails as JSON values."""
        return [asdict(message) for message in self.messages]
