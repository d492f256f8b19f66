"""Loading of real requests: records of either product, whole or rows of a list.

Options and people that a record names become stubs where nobody of that name or address is there. A record of the Cloud is
known by its ``display_id``; its number here is its id without the Cloud's share. What the sandbox needs and a record lacks
gets a default; each is told in ``vendor.defaults``, as is every custom field that the account lacks. The same id twice
keeps the later.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from ..load import latest
from . import catalogue
from .fields import CUSTOM, FIELDS, Field
from .flavour import CLOUD, FIRST_CLOUD_ID, LONGEST_ID, ON_PREMISES, Flavour
from .records import Entry, Json, Lookup, Note, Request, User
from .text import sanitize
from .times import milliseconds

if TYPE_CHECKING:
    from .vendor import ManageEngine

SIMPLE = frozenset({"text", "html", "time", "flag", "emails", "number"})
COMPUTED = frozenset(
    {"id", "display_id", "short_description", "time_elapsed", "is_overdue", "is_first_response_overdue", "onhold_time"}
)
PARENTS = {"subcategory": "category", "item": "subcategory"}


def load(vendor: ManageEngine, records: Iterable[Json]) -> None:
    """Add real requests."""
    found = latest(records, _number, vendor.defaults.append)
    loader = _Loader(vendor)
    vendor.state.plant([loader.request(number, record) for number, record in found.items()])


def _number(value: Any) -> int | None:
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > LONGEST_ID or int(text) == 0:
        return None
    return int(text) - FIRST_CLOUD_ID if int(text) > FIRST_CLOUD_ID else int(text)


def _object(value: Any) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


class _Loader:
    def __init__(self, vendor: ManageEngine) -> None:
        self.vendor = vendor
        self.state = vendor.state
        self.people: dict[str, int] = {}
        """The number here by the id in the records."""

    def _told(self, number: int, what: str) -> None:
        self.vendor.defaults.append(f"request {number}: {what}")

    def request(self, number: int, record: Json) -> Request:
        flavour = CLOUD if "display_id" in record else ON_PREMISES
        values: Json = {}
        for field in FIELDS.values():
            if field.name in record and field.name not in COMPUTED and record[field.name] is not None:
                value = self._value(field, record[field.name], values, flavour)
                if value is not None:
                    values[field.name] = value
        if record.get("short_description") and "description" not in record:
            values["description"] = html.escape(str(record["short_description"]), quote=False)
            self._told(number, "description set to the short one")
        self._required(number, values)
        request = Request(number, values, values.get("last_updated_time") or values["created_time"])
        self._closing(record, values)
        self._custom(request, record)
        for note in record.get("notes") or ():
            self._note(request, _object(note), flavour)
        status = self.state.options["statuses"][values["status"]]
        if status.more.get("in_progress") and status.more.get("stop_timer"):
            request.held_since = request.stored
        if values.get("technician") and values.get("group"):
            self.state.users[values["technician"]].groups.add(values["group"])
        request.history.append(
            Entry(self.state.next("history"), values["created_time"], values["created_by"], "CREATE", [])
        )
        return request

    def _required(self, number: int, values: Json) -> None:
        defaults: Json = {
            "subject": "(no subject)",
            "status": catalogue.OPEN,
            "requester": self.state.isthmus.number,
            "created_time": self.vendor.now() - 3_600_000,
        }
        for name, default in defaults.items():
            if not values.get(name):
                values[name] = default
                self._told(number, f"{name} set to {default!r}")
        values.setdefault("created_by", values["requester"])
        if values.get("last_updated_time") == values["created_time"]:
            del values["last_updated_time"]

    # -- values

    def _value(self, field: Field, value: Any, values: Json, flavour: Flavour) -> Any:
        if field.kind == "lookup":
            above = PARENTS.get(field.name)
            return self._option(field, _object(value), values.get(above) if above else None, flavour)
        if field.kind == "user":
            return self._person(_object(value), technician=field.name == "technician")
        if field.kind == "items":
            return [self._item(_object(item)) for item in cast("list[Any]", value)]
        if field.kind not in SIMPLE:
            return None
        if field.kind == "time":
            return milliseconds(value)
        return sanitize(str(value)) if field.kind == "html" else value

    def _option(self, field: Field, named: Json, parent: int | None, flavour: Flavour) -> int | None:
        name = str(named.get("name") or "")
        if not name:
            return None
        known = self.state.named(field.options, name, parent)
        if known is None:
            known = self.state.add_option(field.options, name, parent=parent)
            if field.name == "status":
                self._status(known, named, flavour)
            else:
                known.more |= {key: named[key] for key in ("color", "is_service_template") if key in named}
        return known.number

    def _status(self, option: Lookup, named: Json, flavour: Flavour) -> None:
        option.more = {
            "internal_name": named.get("internal_name") or option.name,
            "in_progress": bool(named.get("in_progress", True)),
            "stop_timer": bool(named.get("stop_timer", False)),
            "color": named.get("color"),
        }
        if not flavour.cloud:
            self.vendor.defaults.append(f"status {option.name!r} taken as in progress")

    def _person(self, named: Json, *, technician: bool) -> int | None:
        if not named:
            return None
        recorded, email = str(named.get("id") or ""), str(named.get("email_id") or "")
        if recorded not in self.people:
            user = self._known(named, email) or self._stub(named, email, recorded)
            self.people[recorded] = user.number
        user = self.state.users[self.people[recorded]]
        user.technician = user.technician or technician or bool(named.get("is_technician"))
        return user.number

    def _known(self, named: Json, email: str) -> User | None:
        return self.state.with_email(email) if email else self.state.named_user(str(named.get("name") or ""))

    def _stub(self, named: Json, email: str, recorded: str) -> User:
        number = _number(recorded)
        free = number if number is not None and number not in self.state.users else None
        user = self.state.add_user(str(named.get("name") or f"User {recorded}"), email, technician=False, number=free)
        user.phone, user.mobile = named.get("phone"), named.get("mobile")
        user.vip = bool(named.get("is_vipuser") or named.get("is_vip_user"))
        department = str(_object(named.get("department")).get("name") or "")
        if department:
            known = self.state.named("departments", department) or self.state.add_option("departments", department)
            user.department = known.number
        return user

    def _item(self, named: Json) -> int:
        name = str(named.get("name") or named.get("id"))
        known = next((number for number, row in self.state.items.items() if row["name"] == name), None)
        return self.state.add_item(name, "Asset") if known is None else known

    # -- what is no plain field

    def _closing(self, record: Json, values: Json) -> None:
        resolution = _object(record.get("resolution"))
        if resolution.get("content") is not None:
            at = milliseconds(resolution.get("submitted_on")) or values["created_time"]
            by = self._person(_object(resolution.get("submitted_by")), technician=True)
            values["resolution"] = {"content": sanitize(str(resolution["content"])), "by": by, "at": at}
        closure = _object(record.get("closure_info"))
        code = _object(closure.get("closure_code")).get("name") or closure.get("closure_code")
        if closure:
            option = self.state.named("closure_codes", str(code)) if code else None
            if code and option is None:
                option = self.state.add_option("closure_codes", str(code))
            comments = closure.get("closure_comments")
            values["closure_info"] = {"closure_code": option and option.number, "closure_comments": comments}

    def _custom(self, request: Request, record: Json) -> None:
        for key, value in _object(record.get("udf_fields")).items():
            if key not in CUSTOM:
                self._told(request.number, f"custom field {key} left out")
            elif value is not None:
                request.udf[key] = milliseconds(value) if CUSTOM[key].type == "datetime" else value

    def _note(self, request: Request, body: Json, flavour: Flavour) -> None:
        at = milliseconds(body.get("added_time") or body.get("created_time")) or request.created
        edited = milliseconds(body.get("last_updated_time")) or at
        by = self._person(_object(body.get("added_by") or body.get("created_by")), technician=False)
        author = by or request.values["requester"]
        number = _number(body.get("id")) or self.state.next("notes")
        self.state.reserve("notes", number)
        words = sanitize(str(body.get("description") or ""))
        public = bool(body.get("show_to_requester"))
        request.notes.append(Note(number, words, public, author, at, author, edited))
