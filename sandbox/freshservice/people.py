"""What requesters and agents have in common: rendering, values, lists and their query language.

The e-mail key differs: ``primary_email`` of a requester, ``email`` of an agent. Attributes that were removed in May 2023
(``group_ids``, ``role_ids``, ``scopes``) are unknown keys now (api.freshservice.com, changelog).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from .query import Query, asked
from .records import Json, Person
from .times import iso, iso_or_none
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

INDEX_LAG = 120
"""Seconds after which a query finds a new or changed person ("minutes" in the document)."""
PLAIN: dict[str, Any] = {
    "job_title": None, "reporting_manager_id": None, "address": None, "time_zone": "UTC", "time_format": "12h",
    "language": "en", "location_id": None, "background_information": None, "external_id": None,
}  # fmt: skip
"""Attributes that are kept as they are sent, with what they are before."""
COMMON = frozenset(
    {"first_name", "last_name", "work_phone_number", "mobile_phone_number", "department_ids", "custom_fields", *PLAIN}
    | {"can_see_all_tickets_from_associated_departments"}
)
QUERY_FIELDS = {
    "first_name": "text", "last_name": "text", "job_title": "text", "primary_email": "text", "email": "text",
    "work_phone_number": "text", "mobile_phone_number": "text", "language": "text", "time_zone": "text",
    "location_id": "number", "department_id": "number", "reporting_manager_id": "number",
    "external_id": "text", "created_at": "date", "updated_at": "date",
}  # fmt: skip
NAMES = ("first_name", "last_name")


def common(person: Person) -> Json:
    """Give what the JSON of both kinds has."""
    return {
        "id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "work_phone_number": person.work_phone,
        "mobile_phone_number": person.mobile_phone,
        "department_ids": person.department_ids,
        "can_see_all_tickets_from_associated_departments": person.sees_departments,
        **PLAIN,
        **{key: value for key, value in person.other.items() if key in PLAIN},
        "custom_fields": person.custom_fields,
        "active": person.active,
        "has_logged_in": person.is_agent,
        "created_at": iso(person.created),
        "updated_at": iso(person.updated),
    }


def requester(person: Person) -> Json:
    """Give a person as requester."""
    more = {"is_agent": person.is_agent, "primary_email": person.email, "secondary_emails": person.secondary_emails}
    return common(person) | more


def agent(vendor: Freshservice, person: Person) -> Json:
    """Give a person as agent."""
    state = vendor.state
    role = next((number for number, (name, _) in state.roles.items() if name == person.role), None)
    scope = "entire_helpdesk" if person.role != "SD Agent" else "member_groups"
    return common(person) | {
        "email": person.email,
        "occasional": person.occasional,
        "member_of": state.groups_of(person.id),
        "observer_of": [],
        "member_of_pending_approval": [],
        "observer_of_pending_approval": [],
        "roles": [] if role is None else [{"role_id": role, "assignment_scope": scope, "groups": []}],
        "workspace_ids": [row["id"] for row in vendor.workspaces()],
        "scoreboard_level_id": person.other.get("scoreboard_level_id"),
        "signature": person.other.get("signature"),
        "last_login_at": iso_or_none(person.other.get("last_login_at")),
        "last_active_at": iso_or_none(person.other.get("last_active_at")),
        "vip_user": bool(person.other.get("vip_user")),
        "auto_assign_tickets": bool(person.other.get("auto_assign_tickets")),
    }


def read(vendor: Freshservice, values: Values, *, creating: bool) -> Json:
    """Read the attributes that both kinds have; by attribute of :class:`Person`."""
    found: Json = {}
    if creating or "first_name" in values.data:
        found["first_name"] = values.text("first_name", required=True)
    if "last_name" in values.data:
        found["last_name"] = values.text("last_name") or None
    for key, attribute in (("work_phone_number", "work_phone"), ("mobile_phone_number", "mobile_phone")):
        if key in values.data:
            found[attribute] = values.text(key) or None
    ids = values.numbers("department_ids")
    if ids is not None:
        if not set(ids) <= vendor.state.departments.keys():
            values.problems.unmatched("department_ids", "department")
        found["department_ids"] = ids
    custom = values.object("custom_fields")
    if custom:
        for name in custom:
            values.problems.unexpected(name)
    return found


def store(vendor: Freshservice, person: Person, attributes: Json, values: Values, plain: Collection[str] = ()) -> None:
    """Set what was read, and put the person into the indexes anew."""
    state, now = vendor.state, vendor.now()
    for key, value in attributes.items():
        setattr(person, key, value)
    person.other |= {key: values.data[key] for key in (*PLAIN, *plain) if key in values.data}
    person.updated = now
    for address, number in list(state.person_by_email.items()):
        if number == person.id:
            del state.person_by_email[address]
    state.add_person(person)


def matching(vendor: Freshservice, people: list[Person], text: str, shown: Callable[[Person], Json]) -> list[Person]:
    """Give the people whom a query finds; the newest changes are not in the index yet."""
    query = Query(asked(text), QUERY_FIELDS, prefixes=NAMES)
    known_until = vendor.now() - INDEX_LAG - vendor.faults.index_lag
    indexed = vendor.state.indexed
    return [person for person in people if indexed[person.id] <= known_until and query.holds(_indexed(shown(person)))]


def _indexed(body: Json) -> Json:
    return body | {"department_id": body["department_ids"]}


def filtered(values: Values, people: list[Person]) -> list[Person]:
    """Give the people who have exactly the e-mail address or phone numbers that a list asks for."""
    email = values.text("email")
    if email is not None:
        people = [row for row in people if email.lower() in _addresses(row)]
    for key, attribute in (
        ("work_phone_number", "work_phone"),
        ("mobile_phone_number", "mobile_phone"),
        ("first_name", "first_name"),
        ("last_name", "last_name"),
    ):
        wanted = values.text(key)
        if wanted is not None:
            people = [row for row in people if getattr(row, attribute) == wanted]
    return people


def _addresses(person: Person) -> set[str]:
    return {address.lower() for address in (person.email, *person.secondary_emails) if address}
