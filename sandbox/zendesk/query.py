"""The search language: terms with operators, combined the way Zendesk combines them.

``type:ticket status<solved tags:vip -tags:spam created>2026-05-01 "exact words" requester:a@example.com``. Terms of
different keywords must all hold, of terms of the same keyword (with ``:``) one is enough, each negated term must not hold.
Source: developer.zendesk.com and support.zendesk.com, "Search reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from . import text
from .records import Group, Json, Organization, Ticket, User
from .tickets import PRIORITY_ORDER, STATUS_ORDER
from .times import parse

if TYPE_CHECKING:
    from .vendor import Zendesk

TERM = re.compile(r'(?P<not>-)?(?:(?P<key>[a-z_][\w.]*)(?P<op><=|>=|:|<|>))?(?:"(?P<quoted>[^"]*)"?|(?P<bare>\S*))')
RELATIVE = re.compile(r"(\d+)(minute|hour|day|week|month|year)s?")
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_592_000, "year": 31_536_000}
TIMES = {"created": "created", "updated": "updated", "solved": "solved_at", "due_date": "due_at"}
KINDS = ("ticket", "user", "organization", "group")


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a query; a free word has no key."""

    key: str | None
    operator: str
    value: str
    negated: bool


def terms(query: str) -> list[Term]:
    """Split a query into terms; ``order_by`` and ``sort`` are no terms of their own."""
    found: list[Term] = []
    for match in TERM.finditer(query):
        value = match["quoted"] if match["quoted"] is not None else match["bare"]
        if not value and not match["key"]:
            continue
        found.append(Term(match["key"], match["op"] or ":", value, bool(match["not"])))
    return [term for term in found if term.key not in {"order_by", "sort"}]


class Query:
    """A query against one account."""

    def __init__(self, vendor: Zendesk, query: str, kind: str | None = None) -> None:
        self.vendor = vendor
        asked = terms(query)
        kinds = {term.value.lower() for term in asked if term.key == "type" and not term.negated}
        self.kinds = kinds & set(KINDS) or ({kind} if kind else set(KINDS))
        self.terms = [term for term in asked if term.key != "type"]

    def holds(self, record: Ticket | User | Organization | Group) -> bool:
        """Tell whether a record matches."""
        any_of: dict[str, bool] = {}
        for term in self.terms:
            holds = self._term(term, record)
            if term.negated:
                if holds:
                    return False
            elif term.key is not None and term.operator == ":":
                any_of[term.key] = any_of.get(term.key, False) or holds
            elif not holds:
                return False
        return all(any_of.values())

    def _term(self, term: Term, record: Ticket | User | Organization | Group) -> bool:
        if term.key is None:
            return _contains(self._words(record), term.value)
        if term.key in TIMES:
            return self._time(term, record)
        if isinstance(record, Ticket):
            return self._ticket(term, record)
        if isinstance(record, User):
            return self._user(term, record)
        return term.key in {"name", "external_id", "tags"} and _matches(term.value, getattr(record, term.key, None))

    def _words(self, record: Ticket | User | Organization | Group) -> list[Any]:
        if isinstance(record, Ticket):
            return [
                str(record.id),
                record.subject,
                record.external_id,
                *(text.plain_body(said.html) for said in record.comments),
            ]
        if isinstance(record, User):
            return [record.name, record.email, record.phone, record.external_id]
        return [record.name]

    def _time(self, term: Term, record: Any) -> bool:
        moment: int | None = getattr(record, TIMES[term.key or ""], None)
        if moment is None:
            return term.value == "none"
        start, end = self._span(term.value)
        match term.operator:
            case ":":
                return start <= moment < end
            case ">":
                return moment >= end
            case ">=":
                return moment >= start
            case "<":
                return moment < start
            case _:
                return moment < end

    def _span(self, value: str) -> tuple[int, int]:
        """Give the seconds from and until (exclusive) that a time means: a day, a second, or a time ago."""
        relative = RELATIVE.fullmatch(value)
        if relative:
            moment = self.vendor.now() - int(relative[1]) * SECONDS[relative[2]]
            return moment, moment + 1
        if re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", value):
            first = datetime.strptime(f"{value}-01-01"[:10] if len(value) < 8 else value, "%Y-%m-%d").replace(tzinfo=UTC)
            days = 1 if len(value) == 10 else 31 if len(value) == 7 else 365
            return int(first.timestamp()), int((first + timedelta(days=days)).timestamp())
        moment = parse(value) or 0
        return moment, moment + 1

    def _ticket(self, term: Term, ticket: Ticket) -> bool:
        key = term.key or ""
        if key == "status" and term.value in STATUS_ORDER:
            return _compare(STATUS_ORDER[ticket.status], term.operator, STATUS_ORDER[term.value])
        if key == "priority" and term.value in PRIORITY_ORDER:
            known = ticket.priority is not None
            return known and _compare(PRIORITY_ORDER[ticket.priority], term.operator, PRIORITY_ORDER[term.value])
        if key in {"requester", "assignee", "submitter", "cc", "commenter"}:
            return self._person(term.value, _people_of(ticket, key))
        if key == "description":
            return _contains([said for said in self._words(ticket)[3:4] if said], term.value)
        if key == "subject":
            return _contains([ticket.subject], term.value)
        if key == "comment":
            return _contains([said for said in self._words(ticket)[3:] if said], term.value)
        if key == "group":
            group = self.vendor.state.groups.get(ticket.group_id or 0)
            return _matches(term.value, [group.name, str(group.id)] if group else None)
        if key == "organization":
            owner = self.vendor.state.organizations.get(ticket.organization_id or 0)
            return _matches(term.value, [owner.name, str(owner.id)] if owner else None)
        if key == "fieldvalue":
            return _matches(term.value, [str(value) for value in ticket.fields.values()])
        if key.startswith("custom_field_"):
            return _matches(term.value, ticket.fields.get(int(key.rpartition("_")[2])))
        plain: Json = {
            "external_id": ticket.external_id,
            "tags": ticket.tags,
            "ticket_type": ticket.type,
            "via": (ticket.via or {"channel": "api"})["channel"],
            "custom_status_id": str(ticket.custom_status_id),
            "brand": str(ticket.brand_id),
            "form": str(ticket.form_id),
        }
        return key in plain and _matches(term.value, plain[key])

    def _person(self, value: str, numbers: Iterable[int | None]) -> bool:
        users = [self.vendor.state.users[number] for number in numbers if number in self.vendor.state.users]
        if value == "none":
            return not users
        return any(_matches(value, [str(user.id), user.email or "", user.name]) for user in users)

    def _user(self, term: Term, user: User) -> bool:
        plain: Json = {
            "email": [identity.value for identity in user.identities],
            "name": user.name,
            "role": user.role,
            "external_id": user.external_id,
            "phone": user.phone,
            "tags": user.tags,
            "organization_id": str(user.organization_id),
        }
        return term.key in plain and _matches(term.value, plain[term.key])


def _people_of(ticket: Ticket, role: str) -> list[int | None]:
    people: dict[str, Callable[[], list[int | None]]] = {
        "requester": lambda: [ticket.requester_id],
        "assignee": lambda: [ticket.assignee_id],
        "submitter": lambda: [ticket.submitter_id],
        "cc": lambda: [*ticket.email_cc_ids],
        "commenter": lambda: [said.author_id for said in ticket.comments],
    }
    return people[role]()


def _compare(have: int, operator: str, want: int) -> bool:
    match operator:
        case "<":
            return have < want
        case ">":
            return have > want
        case "<=":
            return have <= want
        case ">=":
            return have >= want
        case _:
            return have == want


def _matches(value: str, have: Any) -> bool:
    """Tell whether a value, or one of a list, is the one asked for: any case, ``*`` at the end, ``none``."""
    given = cast("list[Any]", have if isinstance(have, list) else [have])
    items = [str(item).lower() for item in given if item not in {None, ""}]
    wanted = value.lower()
    if wanted == "none":
        return not items
    if wanted.endswith("*"):
        return any(item.startswith(wanted[:-1]) for item in items)
    return wanted in items


def _contains(texts: list[Any], words: str) -> bool:
    wanted = words.lower().rstrip("*")
    return any(wanted in str(item).lower() for item in texts if item)
