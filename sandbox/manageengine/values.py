"""Reading of a written request: each value checked and turned into what is stored, before anything changes.

* An option is named by id or name; where both are given the id counts. An option that does not exist is 4001.
* A person is named by ``id``, ``email_id`` or ``name`` and has to exist.
* A subcategory has to belong to the category, an item to the subcategory, a technician to the group.
* A key that no request has is refused; so is a field that the server sets itself (4014).
* The template can be chosen at creation only (4009).

Source: manageengine.com, requests and common error codes; the outcomes that clients report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from .errors import extra_key, invalid, mismatch, read_only, refused
from .fields import CUSTOM, FIELDS, LONGEST_TEXT, WRITE_ONLY, Custom, Field
from .flavour import Flavour
from .input_data import boolean, check_keys, text
from .records import Json, Request, User
from .text import sanitize
from .times import milliseconds

if TYPE_CHECKING:
    from .vendor import ManageEngine

PARENTS = {"subcategory": "category", "item": "subcategory"}
CLOSURE_KEYS = ("closure_code", "closure_comments", "requester_ack_resolution", "requester_ack_comments")


@dataclass(slots=True)
class Written:
    """What a body asks for, as it is stored."""

    values: Json = field(default_factory=dict[str, Any])
    udf: Json = field(default_factory=dict[str, Any])
    resolution: str | None = None
    """The content of a resolution that came with the request."""


class Reader:
    """Reads bodies of one request for one product."""

    def __init__(self, vendor: ManageEngine, flavour: Flavour, current: Request | None = None) -> None:
        """Read for a request to be created, or for one that is there.

        Args:
            vendor: the server.
            flavour: the product that is asked.
            current: the request that is to be changed.
        """
        self.state = vendor.state
        self.flavour = flavour
        self.current = current

    def read(self, body: Json) -> Written:
        """Read the object under ``request``.

        Raises:
            RefusedError: a key or a value is refused.
        """
        written = Written()
        for key in body:
            if key not in FIELDS and key not in WRITE_ONLY:
                raise extra_key(key)
            if key == "onhold_scheduler" and not self.flavour.cloud:
                raise extra_key(key)
            if key in FIELDS and not FIELDS[key].writable:
                raise read_only(key)
        if self.current is not None and "template" in body:
            raise refused(400, 4009, "Field not editable", field="template")
        for key, value in body.items():
            if key in FIELDS:
                written.values[key] = self._field(FIELDS[key], value, body)
        self._check_membership(written.values)
        self._others(body, written)
        return written

    def _others(self, body: Json, written: Written) -> None:
        for key in ("status_change_comments", "update_reason"):
            text(body, key)
        if "udf_fields" in body:
            written.udf = self.custom(body["udf_fields"])
        if "resolution" in body:
            content = self._object("resolution", body["resolution"])
            check_keys(content, ("content", "add_to_linked_requests"))
            written.resolution = sanitize(text(content, "content") or "")
        if "closure_info" in body:
            written.values["closure_info"] = self.closure(body["closure_info"])
        if "onhold_scheduler" in body:
            written.values["onhold_scheduler"] = self._scheduler(body["onhold_scheduler"])

    # -- fields

    def _field(self, known: Field, value: Any, body: Json) -> Any:
        if value is None:
            if known.name in {"subject", "status", "requester"}:
                raise invalid(known.name)
            return None
        match known.kind:
            case "lookup":
                return self._option(known, value, body)
            case "user":
                return self.person(known.name, value, technician=known.name == "technician").number
            case "time":
                moment = milliseconds(value)
                if moment is None:
                    raise invalid(known.name) if isinstance(value, dict) else mismatch(known.name)
                return moment
            case "flag":
                return boolean({known.name: value}, known.name)
            case "emails":
                return self._emails(known.name, value)
            case "items":
                return self._items(known.name, value)
            case _:
                return self._text(known, value)

    def _text(self, known: Field, value: Any) -> str:
        if not isinstance(value, str):
            raise mismatch(known.name)
        if known.kind == "html":
            return sanitize(value)
        if len(value) > LONGEST_TEXT or (known.name == "subject" and not value.strip()):
            raise invalid(known.name)
        return value

    def _object(self, name: str, value: Any) -> Json:
        if not isinstance(value, dict):
            raise mismatch(name)
        return cast("Json", value)

    def _option(self, known: Field, value: Any, body: Json) -> int:
        parent: int | None = None
        if known.name in PARENTS:
            above = FIELDS[PARENTS[known.name]]
            given = body.get(above.name) if above.name in body else None
            parent = self._option(above, given, body) if given else self._stored(above.name)
            if parent is None:
                raise invalid(known.name)
        return self.option(known.name, known.options, value, parent)

    def _stored(self, name: str) -> int | None:
        return None if self.current is None else self.current.values.get(name)

    def option(self, name: str, kind: str, value: Any, parent: int | None = None) -> int:
        """Find an option that a body names.

        Raises:
            RefusedError: there is none, or it belongs to another parent.
        """
        named = self._object(name, value)
        number = self._number(name, named)
        if number is not None:
            option = self.state.option(kind, number)
        else:
            wanted = named.get("name")
            option = self.state.named(kind, wanted, parent) if isinstance(wanted, str) else None
        if option is None or option.parent != parent:
            raise invalid(name)
        return option.number

    def _number(self, name: str, named: Json) -> int | None:
        given = named.get("id")
        if given is None:
            return None
        number = self.flavour.number(str(given))
        if number is None:
            raise invalid(name)
        return number

    def person(self, name: str, value: Any, *, technician: bool = False) -> User:
        """Find a person whom a body names.

        Raises:
            RefusedError: there is none, or the person is no technician where one is needed.
        """
        named = self._object(name, value)
        number, email, called = self._number(name, named), named.get("email_id"), named.get("name")
        user: User | None = None
        if number is not None:
            user = self.state.users.get(number)
        elif isinstance(email, str) and email:
            user = self.state.with_email(email)
        elif isinstance(called, str):
            user = self.state.named_user(called)
        if user is None or not user.active or (technician and not user.technician):
            raise invalid(name)
        return user

    def _emails(self, name: str, value: Any) -> list[str]:
        items = cast("list[Any]", value) if isinstance(value, list) else None
        if items is None or not all(isinstance(item, str) and "@" in item for item in items):
            raise mismatch(name)
        return items

    def _items(self, name: str, value: Any) -> list[int]:
        if not isinstance(value, list):
            raise mismatch(name)
        found: list[int] = []
        for item in cast("list[Any]", value):
            named = self._object(name, item)
            number, wanted = self._number(name, named), named.get("name")
            if number is None:
                number = next((key for key, row in self.state.items.items() if row["name"] == wanted), None)
            if number not in self.state.items:
                raise invalid(name)
            found.append(number)
        return list(dict.fromkeys(found))

    def _check_membership(self, values: Json) -> None:
        """Refuse a technician who does not work in the group."""
        if values.get("technician") is None:
            return
        group = values["group"] if "group" in values else self._stored("group")
        if group is not None and group not in self.state.users[values["technician"]].groups:
            raise invalid("technician")

    # -- objects

    def custom(self, value: Any) -> Json:
        """Read ``udf_fields``.

        Raises:
            RefusedError: a key is not known, or a value is of another type.
        """
        fields = self._object("udf_fields", value)
        for key in fields:
            if key not in CUSTOM:
                raise extra_key(key)
        return {key: self._custom(CUSTOM[key], item) for key, item in fields.items()}

    def _custom(self, custom: Custom, value: Any) -> Any:
        if value is None:
            return None
        fits: dict[str, bool] = {
            "string": isinstance(value, str),
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "double": isinstance(value, int | float) and not isinstance(value, bool),
            "boolean": isinstance(value, bool),
            "datetime": milliseconds(value) is not None,
        }
        if not fits[custom.type]:
            raise mismatch(custom.key)
        if custom.options and value not in custom.options:
            raise invalid(custom.key)
        return milliseconds(value) if custom.type == "datetime" else value

    def closure(self, value: Any) -> Json:
        """Read ``closure_info``.

        Raises:
            RefusedError: a key or a value in it is refused.
        """
        given = self._object("closure_info", value)
        check_keys(given, CLOSURE_KEYS)
        code = given.get("closure_code")
        named = {"name": code} if isinstance(code, str) else code
        return {
            "closure_code": None if named is None else self.option("closure_code", "closure_codes", named),
            "closure_comments": text(given, "closure_comments"),
            "requester_ack_resolution": boolean(given, "requester_ack_resolution"),
            "requester_ack_comments": text(given, "requester_ack_comments"),
        }

    def _scheduler(self, value: Any) -> Json | None:
        if value is None:
            return None
        given = self._object("onhold_scheduler", value)
        check_keys(given, ("scheduled_time", "change_to_status", "comments"))
        moment = milliseconds(given.get("scheduled_time"))
        if moment is None:
            raise invalid("onhold_scheduler")
        status = self.option("onhold_scheduler", "statuses", given.get("change_to_status"))
        return {"scheduled_time": moment, "change_to_status": status, "comments": text(given, "comments")}
