"""People: users and their identities (developer.zendesk.com, Users and User identities)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from . import auth, jobs, paging
from .errors import bad_request, forbidden, invalid, missing, not_found, too_many
from .query import Query
from .records import Identity, Json, User
from .search import page_of
from .text import normalize_tags
from .ticket_writes import actor_of, body_of, object_of
from .tickets import counted

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
ROLES = ("end-user", "agent", "admin")
PLAIN = ("alias", "details", "notes", "signature", "time_zone", "user_fields", "locale", "custom_role_id")
ANONYMOUS: Json = {"id": None, "name": "Anonymous user", "email": None, "role": "end-user"}


def find(vendor: Zendesk, user_id: int) -> User:
    """Give a user; a deleted one is still shown, as inactive.

    Raises:
        RefusedError: 404.
    """
    user = vendor.state.users.get(user_id)
    if user is None:
        raise not_found()
    return user


@routes.get("/api/v2/users/me", public=True)
def show_me(vendor: Zendesk, call: Call) -> Response:
    """Show the user in effect: without credentials, or with a password, it is 200 with an anonymous one (recorded)."""
    if auth.password_login(call.request):
        template = vendor.render.user(User(0, "", None, "end-user", vendor.now(), vendor.now()))
        nobody = dict.fromkeys(template)
        return reply(
            {"user": {**nobody, **ANONYMOUS, "url": f"{vendor.base_url}/api/v2/users/.json", "user_fields": {}, "tags": []}}
        )
    user = auth.authenticate(vendor, call.request).user
    token = vendor.state.token("authenticity")
    return reply({"user": {**vendor.render.user(user), "authenticity_token": token}})


@routes.get("/api/v2/users")
def list_users(vendor: Zendesk, call: Call) -> Response:
    """List the active users, filtered by role."""
    roles = {*call.request.args.getlist("role"), *call.request.args.getlist("role[]")}
    rows = [user for user in vendor.state.users.values() if user.active and (not roles or user.role in roles)]
    cut, envelope = paging.page(vendor, call, rows, lambda user: (user.id,))
    return reply({"users": [vendor.render.user(user) for user in cut], **envelope})


@routes.get("/api/v2/users/count")
def count_users(vendor: Zendesk, call: Call) -> Response:
    """Count the active users."""
    return counted(vendor, sum(user.active for user in vendor.state.users.values()))


@routes.get("/api/v2/users/<int:user_id>")
def show_user(vendor: Zendesk, call: Call, user_id: int) -> Response:
    """Show a user."""
    return reply({"user": vendor.render.user(find(vendor, user_id))})


@routes.get("/api/v2/users/<int:user_id>/related")
def show_related(vendor: Zendesk, call: Call, user_id: int) -> Response:
    """Show what hangs on a user."""
    find(vendor, user_id)
    tickets = list(vendor.state.living())
    body = {
        "assigned_tickets": sum(ticket.assignee_id == user_id for ticket in tickets),
        "requested_tickets": sum(ticket.requester_id == user_id for ticket in tickets),
        "ccd_tickets": sum(user_id in ticket.email_cc_ids for ticket in tickets),
        "organization_subscriptions": 0,
    }
    return reply({"user_related": body})


def by_external_ids(call: Call, rows: Iterable[Any]) -> list[Any]:
    """Give the rows whose external ids are named; 400 where there are too many."""
    wanted = {value.strip() for value in call.request.args["external_ids"].split(",")}
    if len(wanted) > paging.MOST:
        raise too_many()
    return sorted((row for row in rows if row.external_id in wanted), key=lambda row: row.id)


@routes.get("/api/v2/users/show_many")
def show_many(vendor: Zendesk, call: Call) -> Response:
    """Show users by id or external id; the unknown are left out."""
    users = vendor.state.users
    if "external_ids" in call.request.args:
        found = by_external_ids(call, users.values())
    else:
        found = [users[number] for number in sorted(set(paging.ids(call))) if number in users]
    bodies = [vendor.render.user(user) for user in found]
    return reply({"users": bodies, "next_page": None, "previous_page": None, "count": len(bodies)})


@routes.get("/api/v2/users/search")
def search_users(vendor: Zendesk, call: Call) -> Response:
    """Find users by a query (``email:a@example.com``, or words), or by external id."""
    external_id, query = call.request.args.get("external_id"), call.request.args.get("query")
    if external_id is not None:
        rows = [user for user in vendor.state.users.values() if user.active and user.external_id == external_id]
    elif query is not None:
        wanted = Query(vendor, query, "user")
        rows = [user for user in vendor.state.users.values() if user.active and wanted.holds(user)]
    else:
        raise missing("query")
    cut, envelope = page_of(vendor, call, rows)
    return reply({"users": [vendor.render.user(user) for user in cut], **envelope})


@routes.get("/api/v2/users/autocomplete")
def autocomplete(vendor: Zendesk, call: Call) -> Response:
    """Find users whose name begins with some letters."""
    name = call.request.args.get("name", "").lower()
    if len(name) < 2:
        raise bad_request("InvalidValue", "name must have at least 2 characters")
    rows = [user for user in vendor.state.users.values() if user.active and user.name.lower().startswith(name)]
    cut, envelope = page_of(vendor, call, rows)
    return reply({"users": [vendor.render.user(user) for user in cut], **envelope})


# -- writing


def apply(vendor: Zendesk, user: User | None, data: Json) -> User:
    """Create a user, or change one.

    Raises:
        InvalidError: a value is missing or wrong, or an e-mail address is taken.
    """
    email = str(data["email"]).strip().lower() if data.get("email") else None
    if email and not EMAIL.fullmatch(email):
        raise invalid("email", f"Email: {email} is not properly formatted", "InvalidFormat")
    holder = vendor.state.user_with_email(email) if email else None
    if holder is not None and holder is not user:
        raise invalid("email", f"Email: {email} is already being used by another user", "DuplicateValue")
    if data.get("role", "end-user") not in ROLES:
        raise invalid("role", f"Role: {data['role']} is not included in the list")
    name = str(data.get("name") or "").strip()
    if user is None:
        if not name:
            raise invalid("name", "Name: is too short (minimum one character)", "BlankValue")
        user = vendor.state.add_user(name, email, "end-user", vendor.now())
        user.verified = bool(data.get("verified", False))
    elif email and holder is None:
        _add_identity(vendor, user, "email", email, primary=not user.email)
    _set(vendor, user, data, name)
    return user


def _set(vendor: Zendesk, user: User, data: Json, name: str) -> None:
    user.name = name or user.name
    user.updated = vendor.now()
    for key in ("phone", "external_id", "role", "suspended", "verified", "default_group_id"):
        if key in data:
            setattr(user, key, data[key])
    if "tags" in data:
        user.tags = normalize_tags(data["tags"])
    if "organization_id" in data:
        if data["organization_id"] and data["organization_id"] not in vendor.state.organizations:
            raise invalid("organization_id", "Organization: is invalid")
        user.organization_id = data["organization_id"]
    user.other.update({key: data[key] for key in PLAIN if key in data})
    if user.is_agent and user.default_group_id is None:
        vendor.state.join(user, vendor.state.default_group, default=True)


def _may_write(call: Call, data: Json) -> None:
    """Only admins make agents."""
    if data.get("role", "end-user") != "end-user" and actor_of(call).role != "admin":
        raise forbidden()


def _location(vendor: Zendesk, user: User) -> Json:
    return {"Location": f"{vendor.base_url}/api/v2/users/{user.id}.json"}


@routes.post("/api/v2/users")
def create_user(vendor: Zendesk, call: Call) -> Response:
    """Create a user."""
    data = object_of(call, "user")
    _may_write(call, data)
    user = apply(vendor, None, data)
    return reply({"user": vendor.render.user(user)}, 201, _location(vendor, user))


def _known(vendor: Zendesk, data: Json) -> User | None:
    external_id, email = data.get("external_id"), data.get("email")
    for user in vendor.state.users.values():
        if external_id is not None and user.external_id == external_id:
            return user
    return vendor.state.user_with_email(str(email)) if email else None


@routes.post("/api/v2/users/create_or_update")
def create_or_update(vendor: Zendesk, call: Call) -> Response:
    """Create a user, or change the one with the same external id or e-mail address."""
    data = object_of(call, "user")
    _may_write(call, data)
    known = _known(vendor, data)
    user = apply(vendor, known, data)
    return reply({"user": vendor.render.user(user)}, 200 if known else 201, _location(vendor, user))


@routes.post("/api/v2/users/<any(create_many, create_or_update_many):operation>")
def create_many(vendor: Zendesk, call: Call, operation: str) -> Response:
    """Create users, or change those that are known, by a job."""
    listed: Any = body_of(call, "users")
    rows = cast("list[Json]", listed if isinstance(listed, list) else [])
    if len(rows) > paging.MOST:
        raise bad_request("TooManyValues", "Maximum 100 users may be created per call")
    jobs.admit(vendor, call)
    results = [_create_row(vendor, call, place, row, operation) for place, row in enumerate(rows)]
    return reply({"job_status": jobs.submit(vendor, "Bulk Create User", "Creating User", len(rows), results)})


def _create_row(vendor: Zendesk, call: Call, place: int, row: Json, operation: str) -> Json:
    known = _known(vendor, row) if operation == "create_or_update_many" else None
    try:
        _may_write(call, row)
        user = apply(vendor, known, row)
    except RefusedError as refused:
        text = getattr(refused, "text", "Forbidden")
        return {"index": place, "error": "UserCreateFailed", "details": text, "status": "Failed"}
    return {"id": user.id, "status": "Updated" if known else "Created"}


@routes.put("/api/v2/users/<int:user_id>")
def update_user(vendor: Zendesk, call: Call, user_id: int) -> Response:
    """Change a user."""
    data = object_of(call, "user")
    _may_write(call, data)
    return reply({"user": vendor.render.user(apply(vendor, find(vendor, user_id), data))})


@routes.delete("/api/v2/users/<int:user_id>")
def delete_user(vendor: Zendesk, call: Call, user_id: int) -> Response:
    """Delete a user softly: old tickets still name it; the e-mail addresses become free."""
    user = find(vendor, user_id)
    if any(row.requester_id == user_id and row.status != "closed" for row in vendor.state.living()):
        raise invalid("base", "User: has open tickets and cannot be deleted", None)
    user.active, user.updated = False, vendor.now()
    for identity in user.identities:
        vendor.state.user_by_email.pop(identity.value, None)
    return reply({"user": vendor.render.user(user)})


@routes.get("/api/v2/deleted_users")
def list_deleted(vendor: Zendesk, call: Call) -> Response:
    """List the deleted users."""
    rows = [user for user in vendor.state.users.values() if not user.active]
    cut, envelope = paging.page(vendor, call, rows, lambda user: (user.id,))
    return reply({"deleted_users": [vendor.render.user(user) for user in cut], **envelope})


# -- identities


def _add_identity(vendor: Zendesk, user: User, kind: str, value: str, *, primary: bool) -> Identity:
    now = vendor.now()
    identity = Identity(vendor.state.next_id(), kind, value, primary, False, now, now)
    user.identities.append(identity)
    if kind == "email":
        vendor.state.user_by_email[value] = user.id
        user.email = value if primary else user.email
    return identity


@routes.get("/api/v2/users/<int:user_id>/identities")
def list_identities(vendor: Zendesk, call: Call, user_id: int) -> Response:
    """List the identities of a user."""
    user = find(vendor, user_id)
    cut, envelope = paging.page(vendor, call, user.identities, lambda identity: (identity.id,))
    return reply({"identities": [vendor.render.identity(user, identity) for identity in cut], **envelope})


@routes.post("/api/v2/users/<int:user_id>/identities")
def create_identity(vendor: Zendesk, call: Call, user_id: int) -> Response:
    """Add an identity; an e-mail address belongs to one user only."""
    user, data = find(vendor, user_id), object_of(call, "identity")
    kind, value = str(data.get("type") or "email"), str(data.get("value") or "").strip()
    if kind == "email":
        value = value.lower()
        if not EMAIL.fullmatch(value):
            raise invalid("value", f"Email: {value} is not properly formatted", "InvalidFormat")
        if vendor.state.user_with_email(value) is not None:
            raise invalid("value", f"Email: {value} is already being used by another user", "DuplicateValue")
    identity = _add_identity(vendor, user, kind, value, primary=bool(data.get("primary")) and kind == "email")
    identity.verified = bool(data.get("verified"))
    return reply({"identity": vendor.render.identity(user, identity)}, 201)
