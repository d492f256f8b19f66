"""People: users, requesters, technicians; and the groups that technicians work in.

Cloud has ``/requesters``, ``/technicians``, ``/users`` and ``/groups``; on-premises recent builds have ``/users``,
``/technicians`` and ``/support_groups``, and answer 404 to the rest (seen live).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import asks
from .criteria import Type
from .errors import invalid, mandatory, not_found, refused
from .flavour import Flavour, both, cloud, on_premises
from .input_data import envelope, text
from .list_info import listed
from .records import Json, Lookup, User
from .replies import single
from .values import Reader

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()

KEYS = ("name", "first_name", "last_name", "email_id", "phone", "mobile", "department")
TYPES: dict[str, Type] = {
    "id": "text",
    "name": "text",
    "email_id": "text",
    "phone": "text",
    "mobile": "text",
    "department.name": "text",
    "is_technician": "flag",
}
GROUP_TYPES: dict[str, Type] = {"id": "text", "name": "text"}
EVERYBODY = (*both("/users"), cloud("/requesters"), *both("/technicians"))
ANYBODY = (*both("/users/<user_id>"), cloud("/requesters/<user_id>"), *both("/technicians/<user_id>"))
GROUPS = (cloud("/groups"), on_premises("/support_groups"))
GROUP = (cloud("/groups/<group_id>"), on_premises("/support_groups/<group_id>"))


def _kind(call: Call, flavour: Flavour) -> str:
    return call.route.rule.removeprefix(flavour.base + "/").partition("/")[0]


def _belongs(user: User, kind: str) -> bool:
    return user.active and (kind == "users" or user.technician == (kind == "technicians"))


def _body(vendor: ManageEngine, user: User, flavour: Flavour) -> Json:
    parts = vendor.render.parts
    body = parts.user(user.number, flavour) or {}
    groups = [vendor.state.options["groups"][number] for number in sorted(user.groups)]
    return {
        **body,
        "is_technician": user.technician,
        **({"groups": [parts.named(group, flavour) for group in groups]} if user.technician else {}),
    }


@routes.get(*EVERYBODY)
def list_people(vendor: ManageEngine, call: Call) -> Response:
    """List people of a kind."""
    _, flavour = asks(call)
    kind = _kind(call, flavour)
    bodies = [_body(vendor, user, flavour) for user in vendor.state.users.values() if _belongs(user, kind)]
    return listed(call, kind, bodies, TYPES)


def _find(vendor: ManageEngine, call: Call, user_id: str) -> User:
    _, flavour = asks(call)
    user = vendor.state.users.get(flavour.number(user_id) or 0)
    if user is None or not _belongs(user, _kind(call, flavour)):
        raise not_found()
    return user


@routes.get(*ANYBODY)
def show(vendor: ManageEngine, call: Call, user_id: str) -> Response:
    """Show somebody."""
    _, flavour = asks(call)
    user = _find(vendor, call, user_id)
    return single(_kind(call, flavour).removesuffix("s"), _body(vendor, user, flavour))


@routes.post(*both("/users"), cloud("/requesters"))
def create(vendor: ManageEngine, call: Call) -> Response:
    """Create a requester.

    An address that somebody has is refused as not unique.
    """
    _, flavour = asks(call)
    name = _kind(call, flavour).removesuffix("s")
    body = envelope(call, name, KEYS)
    called = text(body, "name") or " ".join(filter(None, (text(body, "first_name"), text(body, "last_name"))))
    if not called:
        raise mandatory(["name"])
    user = vendor.state.add_user(called, _free_email(vendor, body), technician=False)
    _fill(vendor, user, body, flavour)
    return single(name, _body(vendor, user, flavour), 201)


@routes.put(*both("/users/<user_id>"), cloud("/requesters/<user_id>"))
def update(vendor: ManageEngine, call: Call, user_id: str) -> Response:
    """Change somebody."""
    _, flavour = asks(call)
    name = _kind(call, flavour).removesuffix("s")
    user = _find(vendor, call, user_id)
    body = envelope(call, name, KEYS)
    if "email_id" in body:
        vendor.state.set_email(user, _free_email(vendor, body, user))
    user.name = text(body, "name") or user.name
    _fill(vendor, user, body, flavour)
    return single(name, _body(vendor, user, flavour))


@routes.delete(*both("/users/<user_id>"), cloud("/requesters/<user_id>"))
def delete(vendor: ManageEngine, call: Call, user_id: str) -> Response:
    """Delete somebody: he stays where he is named, and can be named no more."""
    _, flavour = asks(call)
    user = _find(vendor, call, user_id)
    user.active = False
    vendor.state.set_email(user, None)
    return single(_kind(call, flavour).removesuffix("s"), _body(vendor, user, flavour))


def _free_email(vendor: ManageEngine, body: Json, user: User | None = None) -> str | None:
    email = text(body, "email_id")
    if email and "@" not in email:
        raise invalid("email_id")
    other = vendor.state.with_email(email) if email else None
    if other is not None and other is not user:
        raise refused(400, 4008, "Not unique", field="email_id")
    return email


def _fill(vendor: ManageEngine, user: User, body: Json, flavour: Flavour) -> None:
    for key in ("phone", "mobile"):
        if key in body:
            setattr(user, key, text(body, key))
    if body.get("department") is not None:
        user.department = Reader(vendor, flavour).option("department", "departments", body["department"])


# -- groups


def _group(vendor: ManageEngine, group: Lookup, flavour: Flavour, *, whole: bool) -> Json:
    body = {**vendor.render.parts.named(group, flavour), "site": None, "deleted": False, "description": None}
    if not whole:
        return body
    members = [user for user in vendor.state.users.values() if group.number in user.groups]
    return {**body, "technicians": [vendor.render.parts.user(user.number, flavour) for user in members]}


@routes.get(*GROUPS)
def list_groups(vendor: ManageEngine, call: Call) -> Response:
    """List the support groups."""
    _, flavour = asks(call)
    bodies = [_group(vendor, group, flavour, whole=False) for group in vendor.state.options["groups"].values()]
    return listed(call, _kind(call, flavour), bodies, GROUP_TYPES)


@routes.get(*GROUP)
def show_group(vendor: ManageEngine, call: Call, group_id: str) -> Response:
    """Show a support group with its technicians."""
    _, flavour = asks(call)
    group = vendor.state.option("groups", flavour.number(group_id))
    if group is None:
        raise not_found()
    return single(_kind(call, flavour).removesuffix("s"), _group(vendor, group, flavour, whole=True))
