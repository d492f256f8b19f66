"""Who calls, and what that person may do.

* Cloud: ``Authorization: Zoho-oauthtoken ...`` (``Bearer`` works too); a token has scopes ``SDPOnDemand.{module}.{right}``.
  Without an ``Accept`` of version 3 the answer is 415.
* On-premises: the header ``authtoken`` (older: ``TECHNICIAN_KEY``); a bad one is HTTP 400 with 401 in the body. After
  15 bad ones in a minute the server throttles.
* A requester reaches his own requests only, and sees the notes that are shown to him.

Source: manageengine.com, getting started of both products; a recorded refusal of a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError
from .errors import failure, forbidden, message, refused, throttled_text
from .flavour import Flavour, flavour_of
from .records import User

if TYPE_CHECKING:
    from .vendor import ManageEngine

ACCEPTED = ("application/vnd.manageengine.sdp.v3+json", "application/v3+json")
BAD_KEYS = 15
"""Bad keys within a minute before the server throttles."""
MODULES = {
    "users": "users",
    "requesters": "users",
    "technicians": "users",
    "requests": "requests",
    "problems": "problems",
    "changes": "changes",
    "assets": "assets",
    "configuration_items": "cmdb",
}
"""First step of the path -> module of the scope; all others are ``setup``."""
RIGHTS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "DELETE": "DELETE"}
FOR_REQUESTERS = frozenset(
    {
        ("GET", ""),
        ("POST", ""),
        ("GET", "/{request_id}"),
        ("PUT", "/{request_id}"),
        ("GET", "/{request_id}/notes"),
        ("POST", "/{request_id}/notes"),
        ("GET", "/{request_id}/notes/{note_id}"),
        ("GET", "/{request_id}/resolutions"),
        ("GET", "/{request_id}/conversations"),
        ("POST", "/{request_id}/notifications"),
        ("GET", "/{request_id}/notifications/{reply_id}"),
        ("GET", "/{request_id}/attachments"),
        ("GET", "/{request_id}/attachments/{file_id}/_download"),
        ("GET", "/{request_id}/_uploads/{file_id}/download"),
        ("PUT", "/{request_id}/upload"),
        ("POST", "/{request_id}/_uploads"),
        ("PUT", "/{request_id}/close"),
        ("PUT", "/{request_id}/_close"),
    }
)
"""What a requester may do with his requests: method, and what follows ``/requests``."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user in effect, and the scopes of the token (None: all)."""

    user: User
    scopes: frozenset[str] | None = None


def authenticate(vendor: ManageEngine, call: Call) -> Account:
    """Find out who calls.

    Raises:
        RefusedError: 400 or 401 for bad credentials, 415 for another ``Accept``, 403 for a missing right.
    """
    flavour = flavour_of(call)
    account = _by_token(vendor, call) if flavour.cloud else _by_key(vendor, call)
    step, _, rest = call.route.template.removeprefix(flavour.base + "/").partition("/")
    _authorize(account, call, step, f"/{rest}" if rest else "")
    return account


def _by_token(vendor: ManageEngine, call: Call) -> Account:
    kind, _, token = call.request.headers.get("Authorization", "").partition(" ")
    account = vendor.grants.account(token.strip()) if kind.lower() in {"zoho-oauthtoken", "bearer"} else None
    if account is None or not account.user.active:
        raise refused(401, 4022, "UNAUTHORISED")
    accept = call.request.headers.get("Accept", "")
    binary = call.route.rule.endswith(("/download", "/content"))
    if not binary and not any(accepted in accept for accepted in ACCEPTED):
        raise RefusedError(Response("", 415, content_type="text/html; charset=UTF-8"))
    return account


def _by_key(vendor: ManageEngine, call: Call) -> Account:
    headers = call.request.headers
    number = vendor.state.by_key.get(headers.get("authtoken") or headers.get("TECHNICIAN-KEY") or "")
    user = None if number is None else vendor.state.users[number]
    if user is None or not user.active:
        if vendor.limits.take("bad keys", BAD_KEYS).exceeded:
            raise RefusedError(throttled_text())
        words = "AuthToken in the request is invalid"
        raise RefusedError(failure(400, message(401, words), code=401))
    return Account(user)


def _authorize(account: Account, call: Call, step: str, rest: str) -> None:
    method = call.request.method
    if account.scopes is not None:
        module, right = MODULES.get(step, "setup"), RIGHTS.get(method, "READ")
        wanted = {f"SDPOnDemand.{module}.{right}", f"SDPOnDemand.{module}.ALL"}
        if not wanted & account.scopes:
            raise forbidden()
    if account.user.technician or (step != "requests" and method == "GET"):
        return
    if step != "requests" or (method, rest) not in FOR_REQUESTERS:
        raise forbidden()


def asks(call: Call) -> tuple[User, Flavour]:
    """Give who calls, and the product that is asked."""
    account: Account = call.account
    return account.user, flavour_of(call)
