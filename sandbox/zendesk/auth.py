"""Who calls, and what that person may do.

* API token: basic authentication as ``{email}/token:{token}``; whoever knows the token acts as any user.
* OAuth: ``Bearer``; a token carries scopes.
* End users reach only their own requests, uploads and ``/users/me``; exports, imports and settings need an admin.

Source: developer.zendesk.com, "Security and authentication".
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request

from ..vendor import Call
from .errors import forbidden, unauthenticated
from .records import User
from .state import API_TOKEN

if TYPE_CHECKING:
    from .vendor import Zendesk

FOR_END_USERS = re.compile(r"/api/v2/(requests|uploads|attachments)(/|$)")
FOR_ADMINS = re.compile(r"/api/v2/(incremental|imports|oauth)/")
SETTINGS = re.compile(r"/api/v2/(groups|group_memberships|ticket_fields|custom_statuses|custom_status)(/|$)")


@dataclass(frozen=True, slots=True)
class Account:
    """The user in effect, and the scopes of the token (None: all)."""

    user: User
    scopes: frozenset[str] | None = None


def authenticate(vendor: Zendesk, request: Request) -> Account:
    """Find out who calls.

    Raises:
        RefusedError: 401.
    """
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    account = None
    if kind.lower() == "basic":
        account = _basic(vendor, value)
    elif kind.lower() == "bearer":
        account = vendor.grants.account(value.strip())
    if account is None or not account.user.active or account.user.suspended:
        raise unauthenticated()
    return account


def password_login(request: Request) -> bool:
    """Tell whether a request carries no credentials, or an e-mail and a password: both are anonymous to ``/users/me``."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return not kind or (kind.lower() == "basic" and "/token:" not in _decoded(value))


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _basic(vendor: Zendesk, value: str) -> Account | None:
    login, _, token = _decoded(value).rpartition(":")
    email, slash, _ = login.rpartition("/token")
    if not slash or token != API_TOKEN:
        return None
    user = vendor.state.user_with_email(email)
    return None if user is None else Account(user)


def authorize(account: Account, call: Call) -> None:
    """Check that an account may make a call.

    Raises:
        RefusedError: 403.
    """
    path, reads = call.request.path, call.request.method in {"GET", "HEAD"}
    user = account.user
    if not user.is_agent and not FOR_END_USERS.match(path):
        raise forbidden()
    if user.role != "admin" and (FOR_ADMINS.match(path) or (SETTINGS.match(path) and not reads)):
        raise forbidden()
    if account.scopes is not None and not _in_scope(account.scopes, path, reads=reads):
        raise forbidden()


def _in_scope(scopes: frozenset[str], path: str, *, reads: bool) -> bool:
    right = "read" if reads else "write"
    parts = [part.removesuffix(".json") for part in path.split("/")[3:]]
    resource = parts[1] if parts[0] in {"incremental", "imports"} and len(parts) > 1 else parts[0]
    return right in scopes or f"{resource}:{right}" in scopes
