"""The texts and files of transactions, and with them the descriptions of tickets.

Vendor facts (measured on 5.0.3):

- A transaction's text and files are its attachments. Containers (``multipart/...``) are listed too; a part without a name
  and with a text type is the message, the others are files. Of the same message as HTML and as plain text, HTML says more.
- A list gives the content of a text as it is. ``POST /attachments`` takes terms of which any may fit, so one call reads the
  texts of many transactions.
- TransactionSQL finds the ``Create`` transactions of many tickets at once. A description is never changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ...core.connector import Json
from ...core.text.richtext import from_text
from .api import PAGE, Api
from .people import chunks
from .queries import numbered

FIELDS: Final = "TransactionId,ContentType,Filename,ContentLength,Content"
KEPT: Final = 20_000
"""Descriptions remembered; a bound for memory."""
LONGEST: Final = 8_000
"""Characters of a description that is remembered."""


def is_message(part: Json) -> bool:
    """Tell whether an attachment is a transaction's own text."""
    return not part.get("Filename") and str(part.get("ContentType")) in ("text/html", "text/plain")


def is_file(part: Json) -> bool:
    """Tell whether an attachment is a file."""
    return not is_message(part) and not str(part.get("ContentType")).startswith("multipart/")


def message_of(parts: Sequence[Json]) -> str:
    """Give the text of a transaction as HTML."""
    texts = [part for part in parts if is_message(part)]
    rich = [part for part in texts if part["ContentType"] == "text/html"]
    return "".join(
        str(part.get("Content") or "") if rich else from_text(str(part.get("Content") or "")) for part in rich or texts
    )


class Descriptions:
    """Reads the descriptions of tickets, each once."""

    def __init__(self, api: Api) -> None:
        """Make it; nothing is read yet."""
        self._api = api
        self._known: dict[str, str] = {}

    def of(self, ids: Iterable[str]) -> dict[str, str]:
        """Give the descriptions of some tickets; whoever may not see one finds none."""
        wanted = list(ids)
        found = {each: self._known[each] for each in wanted if each in self._known}
        for some in chunks([each for each in wanted if each not in found], PAGE):
            found |= self._read(some)
        return found

    def _read(self, ids: Sequence[str]) -> dict[str, str]:
        query = f"ObjectType = 'RT::Ticket' AND Type = 'Create' AND {numbered('ObjectId', ids)}"
        params = {"query": query, "fields": "ObjectId", "orderby": "id", "order": "ASC"}
        tickets: dict[str, str] = {}
        for page in self._api.pages("/transactions", params):
            tickets |= {str(row["id"]): str(row["ObjectId"]) for row in page}
            if len(tickets) >= len(ids):
                break
        parts = parts_of(self._api, list(tickets))
        found = {ticket: message_of(parts.get(transaction, ())) for transaction, ticket in tickets.items()}
        self._known |= {ticket: text for ticket, text in found.items() if len(text) <= LONGEST}
        while len(self._known) > KEPT:
            self._known.pop(next(iter(self._known)))
        return found


def parts_of(api: Api, transactions: Sequence[str]) -> dict[str, list[Json]]:
    """Give the attachments of some transactions that the account may see, in order."""
    found: dict[str, list[Json]] = {}
    for some in chunks(transactions, PAGE):
        terms = [{"field": "TransactionId", "operator": "=", "value": int(each)} for each in some]
        params = {"fields": FIELDS, "orderby": "id", "order": "ASC"}
        for page in api.pages("/attachments", params, terms=terms, all_seen=True):
            for part in page:
                found.setdefault(str(part["TransactionId"]), []).append(part)
    return found
