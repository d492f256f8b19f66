"""Tickets in every shape in which Freshservice returns them -> the form of this connector's records.

A record is the view of one ticket, with its side-loads, in which: ``status`` is the status's name, since codes beyond 2 to
5 differ between accounts; ``custom_fields`` is a list of ``{id, value}``; ``tags`` are those of people, and ``marker`` what
ours say; ``key`` is the number with its prefix; ``links`` and ``sla`` are put together from what tells them.

Vendor facts (api.freshservice.com, tickets; recorded tickets; webhook bodies of public integrations):

- One ticket comes bare or as ``{"ticket"}``, many as ``{"tickets"}``. The number has a prefix by type where people see it.
- A list lacks ``urgency``, ``impact``, tags, files and resolution notes; ``stats.ticket_id`` is another number.
- A webhook's body is typed by an admin. Placeholders give names for codes, and the number with its prefix; values may be
  encoded as in a URL. The simple form is ``{"freshdesk_webhook": {"ticket_id", "ticket_subject", ...}}``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from ...core.connector import Json
from ...core.model import format_time
from ...core.shapes import as_list, as_object

STATUSES: Final = {2: "Open", 3: "Pending", 4: "Resolved", 5: "Closed"}
"""Statuses that every account has."""
LEVELS: Final = {"low": 1, "medium": 2, "high": 3, "urgent": 4}
CODED: Final = ("priority", "urgency", "impact")
PREFIXES: Final = {"Service Request": "SR"}
"""Prefixes of numbers that are not ``INC``."""
ENVELOPES: Final = ("ticket", "tickets", "freshdesk_webhook")
OTHERS: Final = frozenset({"problem", "problems", "change", "changes", "conversation", "conversations", "task", "tasks"})
"""Keys under which records of other kinds stand, which look like tickets."""
MARK: Final = "isthmus"
"""A tag that begins so is ours."""
LONGEST_MARK: Final = 32
_PLAIN_MARK = re.compile(r"isthmus:[a-z0-9:._-]+")
_NUMBER = re.compile(r"(?:[A-Za-z]+-)?(\d+)")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")


# -- our tag


def tag_of(marker: str) -> str:
    """Give the tag that stands for a marker: itself where a tag can hold it, else a digest of it."""
    if len(marker) <= LONGEST_MARK and _PLAIN_MARK.fullmatch(marker):
        return marker
    return f"{MARK}#{hashlib.sha256(marker.encode(errors='replace')).hexdigest()}"[:LONGEST_MARK]


def is_ours(tag: Any) -> bool:
    """Tell whether a tag is one of ours."""
    return isinstance(tag, str) and tag.startswith((f"{MARK}:", f"{MARK}#"))


def parse_time(text: Any) -> datetime:
    """Give the moment that a time names; one without a zone is in UTC.

    Raises:
        ValueError: it is none.
    """
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def real_ids(ids: Iterable[str]) -> list[str]:
    """Give the ids that can exist at Freshservice: positive integers, each once."""
    return list(dict.fromkeys(each for each in ids if each.isascii() and each.isdigit() and int(each) > 0))


# -- out of whatever holds them


def unwrap(payload: Any) -> Iterator[Json]:
    """Give each ticket of a payload; what is no ticket gives none."""
    for item in as_list(payload):
        yield from unwrap(item)
    body = as_object(payload)
    if _is_ticket(body):
        yield tidy(_restored(body), STATUSES)
        return
    for key in ENVELOPES:
        if isinstance(body.get(key), dict | list):
            yield from unwrap(body[key])
            return
    if "ticket_id" in body and "body" not in body:
        yield tidy(_restored({key.removeprefix("ticket_"): value for key, value in body.items()}), STATUSES)
        return
    for key, value in body.items():
        if key not in OTHERS:
            yield from unwrap(value if isinstance(value, dict | list) else None)


def _is_ticket(body: Json) -> bool:
    return "id" in body and "subject" in body and not isinstance(body.get("ticket"), dict) and "change_type" not in body


def _restored(body: Json) -> Json:
    """Undo what placeholders do to values: names for codes, a prefixed number, the encoding of URLs."""
    restored: Json = {
        key: unquote(value) if isinstance(value, str) and _ENCODED.search(value) and " " not in value else value
        for key, value in body.items()
    }
    number = _NUMBER.fullmatch(str(restored.get("id") or "").strip())
    if number:
        restored |= {"id": int(number[1]), **({} if number[0].isdigit() else {"key": number[0]})}
    for key in CODED:
        level = restored.get(key)
        if isinstance(level, str):
            restored[key] = int(level) if level.isdigit() else LEVELS.get(level.strip().lower(), level)
    status = restored.get("status")
    if isinstance(status, str) and status.isdigit():
        restored["status"] = int(status)
    if "description" not in restored and restored.get("description_text"):
        restored["description"] = restored["description_text"]
    return restored


# -- one record

FIGURES: Final = (("first_response", "first_resp_time_in_secs"), ("resolve", "resolution_time_in_secs"))
"""What a ticket's statistics state in seconds. [recorded bodies]"""


def tidy(body: Json, statuses: Mapping[int, str], departments: Mapping[int, str] | None = None) -> Json:
    """Give the record of a ticket.

    Args:
        body: a ticket as Freshservice gives it.
        statuses: the names of the account's statuses by code.
        departments: the names of its departments by id, where they are known.
    """
    clean = dict(body)
    status = clean.get("status")
    if isinstance(status, int):
        clean["status"] = statuses.get(status, str(status))
    fields = clean.get("custom_fields")
    if isinstance(fields, dict):
        clean["custom_fields"] = [{"id": name, "value": value} for name, value in as_object(fields).items()]
    if "tags" in clean:
        ours = [tag for tag in as_list(clean["tags"]) if is_ours(tag)]
        clean["tags"] = [tag for tag in as_list(clean["tags"]) if not is_ours(tag)]
        clean["marker"] = next((tag for tag in ours if tag.startswith(f"{MARK}:")), None)
    if departments and clean.get("department_id", 0) in {*departments, None}:
        number = clean.pop("department_id")
        clean["department"] = None if number is None else departments[number]
    if not isinstance(clean.get("key"), str):
        clean["key"] = f"{PREFIXES.get(str(clean.get('type')), 'INC')}-{clean['id']}"
    if "changes" in clean or "related_tickets" in clean:
        clean["links"] = list(_links(clean))
    if "due_by" in clean and "is_escalated" in clean:
        with suppress(ValueError):  # a webhook's text that is no time
            clean["sla"] = list(_clocks(clean))
    if "stats" in clean:
        clean["figures"] = list(_figures(as_object(clean["stats"])))
    return clean


def _figures(stats: Json) -> Iterator[Json]:
    for figure, name in FIGURES:
        if isinstance(stats.get(name), int | float):
            yield {"figure": figure, "seconds": stats[name], "source": f"stats.{name}"}


def _links(body: Json) -> Iterator[Json]:
    """Give what a ticket is associated with, and take it out of the body."""
    problem = as_object(body.pop("problem", None))
    if problem:
        yield _link("problem", problem)
    for change in as_object(body.pop("changes", None)).values():
        for each in _objects(change):
            yield _link("change", each)
    related = as_object(body.pop("related_tickets", None))
    if related.get("parent_id"):
        yield _link("parent", {"id": related["parent_id"]})
    for child in _objects(related.get("child_tickets")):
        yield _link("child", child)


def _objects(value: Any) -> Iterable[Json]:
    return [each for each in (as_object(item) for item in (as_list(value) or [value])) if each]


def _link(kind: str, target: Json) -> Json:
    number = str(target.get("display_id") or target.get("id"))
    return {"kind": kind, "id": number}


def _clocks(body: Json) -> Iterator[Json]:
    stats, done = as_object(body.get("stats")), body.get("status") in ("Resolved", "Closed")
    paused = body.get("status") == "Pending"
    answered = bool(stats.get("first_responded_at"))
    clocks = (
        ("First response", "fr_due_by", "fr_escalated", answered or done),
        ("Resolution", "due_by", "is_escalated", done),
    )
    for name, due, late, stopped in clocks:
        if body.get(due):
            yield {
                "name": name,
                "due_at": format_time(parse_time(body[due])),
                "paused": paused and not stopped,
                "breached": bool(body.get(late)),
            }
