"""Zoho OAuth: tokens by ``authorization_code`` and ``refresh_token``, on the same host as the service here.

* Parameters come in the query or as a form. Errors are HTTP 200 with ``error``: test for ``access_token``.
* A grant code works once, for ten minutes; here the authorization page agrees at once and redirects. Only with
  ``access_type=offline`` does the code give a refresh token; without ``prompt=consent`` one who has agreed before gets
  no other.
* Refreshing gives no new refresh token; the old one works until it is revoked. A user has at most 20 with a client, and
  the oldest is dropped without a word.
* With the limits on, five tokens a minute; more are refused.

Source: zoho.com/accounts, OAuth 2.0; manageengine.com, sdpod-v3-api, getting started.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from .access import Account
from .records import Json, User
from .state import token

if TYPE_CHECKING:
    from .vendor import ManageEngine

routes = Routes()

CLIENT_ID = "1000.ISTHMUSSANDBOX0CLIENT0000000001"
CLIENT_SECRET = "b6d1f0a4c2937e58d40b91c6e7a2f35814c9de7a30"  # noqa: S105 - of an emulated account
LIFE = 3600
CODE_LIFE = 600
MOST_REFRESH_TOKENS = 20
PER_MINUTE = 5
MODULES = ("requests", "problems", "changes", "assets", "cmdb", "setup", "users", "general")
SCOPE = ",".join(f"SDPOnDemand.{module}.ALL" for module in MODULES)
TOO_MANY = {
    "error": "Access Denied",
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "status": "failure",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for."""

    user: User
    scope: str
    expires: int
    redirect_uri: str | None = None
    lasting: bool = False
    """A code that gives a refresh token."""

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes one by one."""
        return frozenset(self.scope.split(","))


class Grants:
    """The tokens of one account."""

    def __init__(self, vendor: ManageEngine) -> None:
        self.vendor = vendor
        self.codes: dict[str, Grant] = {}
        self.refreshing: dict[str, Grant] = {}
        self.live: dict[str, Grant] = {}
        self.lasting: dict[int, str] = {}
        """The refresh token that the credentials tell, by the number of the user."""
        self._count = 0
        self.first_refresh = self.refresh_token_of(vendor.state.isthmus, SCOPE)

    def credentials(self) -> Json:
        """Give the client, and a refresh token that works until it is revoked."""
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "grants": ["refresh_token", "authorization_code"],
            "refresh_token": self.first_refresh,
            "scope": SCOPE,
            "token_path": "/oauth/v2/token",
        }

    def _new(self, kind: str, user: User) -> str:
        self._count += 1
        parts = (kind, user.number, self._count)
        return f"1000.{token(*parts)}.{token(*parts, 'second')}"

    def code(self, user: User, scope: str, redirect_uri: str | None, *, lasting: bool) -> str:
        """Make a grant code, of which a lasting one gives a refresh token."""
        code = self._new("code", user)
        self.codes[code] = Grant(user, scope, self.vendor.now() + CODE_LIFE * 1000, redirect_uri, lasting)
        return code

    def refresh_token(self, user: User, scope: str) -> str:
        """Make a refresh token; the oldest of too many is dropped."""
        mine = [text for text, grant in self.refreshing.items() if grant.user is user]
        for old in mine[: max(0, len(mine) + 1 - MOST_REFRESH_TOKENS)]:
            del self.refreshing[old]
        made = self._new("refresh", user)
        self.refreshing[made] = Grant(user, scope, 0)
        return made

    def refresh_token_of(self, user: User, scope: str) -> str:
        """Give the refresh token of somebody's credentials: always the same, while it lives."""
        known = self.lasting.get(user.number)
        if known is None or known not in self.refreshing:
            known = self.lasting[user.number] = self.refresh_token(user, scope)
        return known

    def access(self, grant: Grant) -> Json:
        """Make an access token, and give the body that tells it."""
        made = self._new("access", grant.user)
        self.live[made] = Grant(grant.user, grant.scope, self.vendor.now() + LIFE * 1000)
        domain = "https://www.zohoapis.com"
        return {"access_token": made, "api_domain": domain, "token_type": "Bearer", "expires_in": LIFE}

    def account(self, text: str) -> Account | None:
        """Give the account of an access token that is alive."""
        grant = self.live.get(text)
        if grant is None or grant.expires <= self.vendor.now():
            return None
        return Account(grant.user, grant.scopes)


def _error(name: str) -> RefusedError:
    return RefusedError(reply({"error": name}))


def _given(call: Call) -> dict[str, str]:
    return {**call.request.form.to_dict(), **call.request.args.to_dict()}


@routes.post("/oauth/v2/token", writes=False, public=True)
def create_token(vendor: ManageEngine, call: Call) -> Response:
    """Give a token for a grant."""
    data, grants = _given(call), vendor.grants
    if vendor.limits.take("tokens", PER_MINUTE).exceeded:
        return reply(TOO_MANY)
    if data.get("client_id") != CLIENT_ID:
        raise _error("invalid_client")
    if data.get("client_secret") != CLIENT_SECRET:
        raise _error("invalid_client_secret")
    match data.get("grant_type"):
        case "refresh_token":
            grant = grants.refreshing.get(data.get("refresh_token", ""))
            if grant is None:
                raise _error("invalid_code")
            return reply(grants.access(grant))
        case "authorization_code":
            grant = grants.codes.pop(data.get("code", ""), None)
            if grant is None or grant.expires <= vendor.now():
                raise _error("invalid_code")
            if grant.redirect_uri != data.get("redirect_uri"):
                raise _error("invalid_redirect_uri")
            lasting = {"refresh_token": grants.refresh_token(grant.user, grant.scope)} if grant.lasting else {}
            return reply({**grants.access(grant), **lasting})
        case _:
            raise _error("unsupported_grant_type")


@routes.post("/oauth/v2/token/revoke", writes=False, public=True)
def revoke_token(vendor: ManageEngine, call: Call) -> Response:
    """Revoke a refresh token."""
    if vendor.grants.refreshing.pop(_given(call).get("token", ""), None) is None:
        raise _error("invalid_token")
    return reply({"status": "success"})


@routes.get("/oauth/v2/auth", public=True)
def authorize(vendor: ManageEngine, call: Call) -> Response:
    """Agree at once, as the administrator, and send the browser back with a code."""
    args = call.request.args
    target = args.get("redirect_uri", "")
    if args.get("client_id") != CLIENT_ID or not target.startswith(("http://", "https://")):
        return Response("Invalid Client", 400, content_type="text/html; charset=UTF-8")
    answer = {"state": args["state"]} if "state" in args else {}
    if args.get("response_type") != "code":
        answer["error"] = "invalid_response_type"
    else:
        user, grants = vendor.state.isthmus, vendor.grants
        again = args.get("prompt") == "consent" or all(grant.user is not user for grant in grants.refreshing.values())
        lasting = args.get("access_type") == "offline" and again
        answer["code"] = grants.code(user, args.get("scope", SCOPE), target, lasting=lasting)
        answer |= {"location": "us", "accounts-server": vendor.base_url}
    joint = "&" if "?" in target else "?"
    return Response(status=302, headers={"Location": f"{target}{joint}{urlencode(answer)}"})
