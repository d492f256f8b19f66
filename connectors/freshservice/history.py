"""Field changes of tickets, from their activities.

Vendor facts (api.freshservice.com, ticket activities; public clients):

- Activities are prose, the newest first, 20 a page; ``next_page_url`` carries the token of the next page. The actor is told
  by id; 0 is a workflow.
- A change reads ``set Status as Pending, set Urgency as High and set Agent as Ana Roux``, in values as people see them. A
  creation reads so after ``created ticket for NAME,``; what a workflow set stands in ``sub_contents``.
- Only the new value is told: what stood before is what an earlier activity told, else unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from ...core.connector import FieldChange, Json
from ...core.errors import ForbiddenError, NotFoundError
from ...core.shapes import as_list, as_object
from .api import Api
from .payloads import parse_time

ACTIVITIES: Final = "/api/v2/tickets/{number}/activities"
MOST_PAGES: Final = 500
FIELDS: Final = {
    "Status": "status",
    "Urgency": "urgency",
    "Priority": "priority",
    "Source": "source",
    "Type": "type",
    "Impact": "impact",
    "Group": "group_id",
    "Agent": "responder_id",
    "Department": "department",
    "Category": "category",
    "Sub-Category": "sub_category",
    "Item": "item_category",
    "Subject": "subject",
    "Requester": "requester_id",
}
"""What activities call a field -> the key of a record."""
RANKS: Final = {name: str(rank) for rank, name in enumerate(("Low", "Medium", "High", "Urgent"), 1)}
"""Word -> the number that a record holds, of the fields that rank."""
RANKED: Final = frozenset({"priority", "urgency", "impact"})
OWN: Final = "custom_fields"
_FACT = re.compile(r"(?:^|, | and )set ([^,]{1,80}?) as ")
_CREATED: Final = "created ticket for "
_SET: Final = "set "


def read_changes(
    api: Api, record_id: str, labels: Mapping[str, str], sees: Callable[[str], bool]
) -> list[FieldChange] | None:
    """Read all field changes of one ticket, oldest first, or give None where it is gone or hidden.

    Args:
        api: the connection's session.
        record_id: the ticket.
        labels: label of a field of the account's own -> its name.
        sees: tells whether the account may see a ticket.
    """
    try:
        activities = list(_activities(api, record_id))
    except NotFoundError:
        return None
    except ForbiddenError:
        if sees(record_id):
            raise
        return None
    known: dict[str, str] = {}
    changes: list[FieldChange] = []
    for activity in reversed(activities):
        at = parse_time(activity["created_at"])
        actor = as_object(activity.get("actor")).get("id")
        for field, value in facts_of(activity, labels):
            by = str(actor) if actor else None
            changes.append(FieldChange(record_id, field, known.get(field), value or None, at, by))
            known[field] = value
    return changes


def _activities(api: Api, record_id: str) -> Iterator[Json]:
    token: str | None = None
    for _ in range(MOST_PAGES):
        reply = api.call("GET", ACTIVITIES, params={"start_token": token} if token else None, number=record_id)
        yield from as_list(api.whole(reply, "activities", f"GET {ACTIVITIES}"))
        following = parse_qs(urlsplit(str(as_object(reply.data).get("next_page_url") or "")).query)
        stated = following.get("start_token", [""])[0]
        if not stated or stated == token:
            return
        token = stated


def facts_of(activity: Json, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give the changes that one activity tells, as (key of a record, new value)."""
    content = str(activity.get("content") or "").strip()
    told: list[str] = []
    if content.startswith(_CREATED):
        told = [content.rpartition(",  ")[2].strip()]
    elif content.startswith(_SET):
        told = [content]
    elif not as_object(activity.get("actor")).get("id"):
        told = [str(each).strip() for each in as_list(activity.get("sub_contents"))]
    for text in told:
        yield from _facts(text, labels)


def _facts(text: str, labels: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Take a sentence apart; a title or a field of the account's own, which may hold any words, takes all the rest."""
    found: list[tuple[str, str]] = []
    place = 0
    while (fact := _FACT.match(text, place)) is not None:
        label = fact[1]
        following = _FACT.search(text, fact.end())
        free = label == "Subject" or label not in FIELDS
        end = len(text) if free or following is None else following.start()
        key = FIELDS.get(label) or (OWN if label in labels else None)
        if key is not None:
            value = text[fact.end() : end].strip()
            found.append((key, RANKS.get(value, value) if key in RANKED else value))
        place = end
    return found


def labels_of(fields: Mapping[str, Json]) -> dict[str, str]:
    """Give label -> name of the account's own fields."""
    return {str(row.get("label") or name): name for name, row in fields.items()}
