"""OAuth: tokens by ``client_credentials``, ``authorization_code`` (with PKCE) and ``refresh_token``.

* An authorization code lives 120 s; here the authorization page agrees at once and redirects.
* Using a refresh token gives a new pair and kills the old one at once.
* ``expires_in`` 300 to 172,800 s; ``refresh_token_expires_in`` 604,800 to 7,776,000 s, by default 30 days.
* ``client_credentials`` acts as the user whom the client belongs to, and has no refresh token.
* A scope that is not known still yields a token; every call with it is 403.

Source: developer.zendesk.com, "OAuth tokens for grant types".
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from .auth import Account
from .errors import not_found
from .records import Json, User
from .times import iso, iso_or_none

if TYPE_CHECKING:
    from .vendor import Zendesk

routes = Routes()

CLIENT_ID = "isthmus"
CLIENT_SECRET = "0f5a1f9f2b6c4ad2b7e4a7d1c9e8b3f60f5a1f9f2b6c4ad2"  # noqa: S105 - of an emulated account
CODE_LIVES = 120
LIFE = (300, 172_800)
REFRESH_LIFE = (604_800, 7_776_000)
DEFAULT_LIFE = 172_800
DEFAULT_REFRESH_LIFE = 2_592_000


@dataclass(slots=True)
class Grant:
    """An access token, with its refresh token where there is one."""

    id: int
    user: User
    scope: str
    access: str
    refresh: str | None
    created: int
    expires: int
    refresh_expires: int


@dataclass(slots=True)
class Code:
    """An authorization code."""

    user: User
    scope: str
    redirect_uri: str
    challenge: str | None
    expires: int


class Grants:
    """The tokens of one account."""

    def __init__(self, vendor: Zendesk) -> None:
        self.vendor = vendor
        self.live: dict[int, Grant] = {}
        self.codes: dict[str, Code] = {}
        first = self.issue(vendor.state.admin, "read write", {}, refresh=True)
        self.first_refresh = first.refresh

    def credentials(self) -> Json:
        """Give the client, and a refresh token that works until it is used."""
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "grants": ["client_credentials", "refresh_token", "authorization_code"],
            "refresh_token": self.first_refresh,
        }

    def issue(self, user: User, scope: str, data: Json, *, refresh: bool) -> Grant:
        """Make a token."""
        state, now = self.vendor.state, self.vendor.now()
        life = _within(data.get("expires_in"), LIFE, DEFAULT_LIFE)
        refresh_life = _within(data.get("refresh_token_expires_in"), REFRESH_LIFE, DEFAULT_REFRESH_LIFE)
        token = state.token("refresh") if refresh else None
        grant = Grant(state.next_id(), user, scope, state.token("access"), token, now, now + life, now + refresh_life)
        self.live[grant.id] = grant
        return grant

    def account(self, token: str) -> Account | None:
        """Give the account of an access token that is alive."""
        for grant in self.live.values():
            if grant.access == token and grant.expires > self.vendor.now():
                return Account(grant.user, frozenset(grant.scope.split()))
        return None

    def refreshed(self, token: str, data: Json) -> Grant:
        """Replace a pair by a new one.

        Raises:
            RefusedError: 400, the refresh token is unknown, used or old.
        """
        for grant in self.live.values():
            if grant.refresh == token and token and grant.refresh_expires > self.vendor.now():
                del self.live[grant.id]
                return self.issue(grant.user, str(data.get("scope") or grant.scope), data, refresh=True)
        raise _refused("invalid_grant", "The provided refresh token is invalid, expired or revoked.")

    def redeemed(self, data: Json) -> Grant:
        """Exchange an authorization code, which works once.

        Raises:
            RefusedError: 400, code, redirect URI or PKCE verifier do not fit.
        """
        code = self.codes.pop(str(data.get("code")), None)
        if code is None or code.expires < self.vendor.now() or code.redirect_uri != data.get("redirect_uri"):
            raise _refused("invalid_grant", "The provided authorization grant is invalid, expired or revoked.")
        if code.challenge is not None:
            digest = hashlib.sha256(str(data.get("code_verifier") or "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != code.challenge:
                raise _refused("invalid_grant", "The code verifier does not match the code challenge.")
        return self.issue(code.user, code.scope, data, refresh=True)


def _within(value: Any, limits: tuple[int, int], default: int) -> int:
    if value is None:
        return default
    if not str(value).isdigit() or not limits[0] <= int(value) <= limits[1]:
        raise _refused("invalid_request", f"Expiry must be between {limits[0]} and {limits[1]} seconds.")
    return int(value)


def _refused(error: str, words: str, status: int = 400) -> RefusedError:
    return RefusedError(reply({"error": error, "error_description": words}, status))


def _token_body(vendor: Zendesk, grant: Grant) -> Json:
    now = vendor.now()
    body: Json = {
        "access_token": grant.access,
        "token_type": "bearer",
        "scope": grant.scope,
        "expires_in": grant.expires - now,
    }
    if grant.refresh is not None:
        body |= {"refresh_token": grant.refresh, "refresh_token_expires_in": grant.refresh_expires - now}
    return body


@routes.post("/oauth/tokens", writes=False, public=True)
def create_token(vendor: Zendesk, call: Call) -> Response:
    """Give a token for a grant; the body is JSON or a form."""
    try:
        parsed: Any = call.json() if "json" in call.request.headers.get("Content-Type", "") else call.request.form.to_dict()
    except ValueError:
        parsed = None
    data: Json = cast("Json", parsed) if isinstance(parsed, dict) else {}
    kind, grants = data.get("grant_type"), vendor.grants
    public_client = kind == "authorization_code" and data.get("code_verifier") and not data.get("client_secret")
    if data.get("client_id") != CLIENT_ID or not (public_client or data.get("client_secret") == CLIENT_SECRET):
        raise _refused("invalid_client", "Client authentication failed.", 401)
    match kind:
        case "client_credentials":
            grant = grants.issue(vendor.state.admin, str(data.get("scope") or "read write"), data, refresh=False)
        case "refresh_token":
            grant = grants.refreshed(str(data.get("refresh_token") or ""), data)
        case "authorization_code":
            grant = grants.redeemed(data)
        case _:
            raise _refused("unsupported_grant_type", "The authorization grant type is not supported.")
    return reply(_token_body(vendor, grant), 201)


@routes.get("/oauth/authorizations/new", public=True)
def authorize(vendor: Zendesk, call: Call) -> Response:
    """Agree at once, as the admin, and send the browser back with a code."""
    args = call.request.args
    target = args.get("redirect_uri", "")
    if args.get("client_id") != CLIENT_ID or not target.startswith(("http://", "https://")):
        raise _refused("invalid_request", "The client or the redirect URI is not known.")
    answer: dict[str, str] = {"state": args["state"]} if "state" in args else {}
    if args.get("response_type") != "code":
        answer["error"] = "unsupported_response_type"
    else:
        challenge = args.get("code_challenge")
        code = Code(vendor.state.admin, args.get("scope", "read"), target, challenge, vendor.now() + CODE_LIVES)
        answer["code"] = vendor.state.token("code")
        vendor.grants.codes[answer["code"]] = code
    joint = "&" if "?" in target else "?"
    return Response(status=302, headers={"Location": f"{target}{joint}{urlencode(answer)}"})


# -- the tokens as records


def _record(vendor: Zendesk, grant: Grant) -> Json:
    return {
        "url": f"{vendor.base_url}/api/v2/oauth/tokens/{grant.id}.json",
        "id": grant.id,
        "user_id": grant.user.id,
        "client_id": vendor.state.brand_id,
        "token": grant.access[:10],
        "refresh_token": grant.refresh[:10] if grant.refresh else None,
        "created_at": iso(grant.created),
        "expires_at": iso(grant.expires),
        "used_at": None,
        "refresh_token_expires_at": iso_or_none(grant.refresh_expires if grant.refresh else None),
        "scopes": grant.scope.split(),
    }


@routes.get("/api/v2/oauth/tokens")
def list_tokens(vendor: Zendesk, call: Call) -> Response:
    """List the tokens, each with its first letters only."""
    rows = [_record(vendor, grant) for grant in vendor.grants.live.values()]
    return reply({"tokens": rows, "count": len(rows), "next_page": None, "previous_page": None})


@routes.get("/api/v2/oauth/tokens/<int:token_id>")
def show_token(vendor: Zendesk, call: Call, token_id: int) -> Response:
    """Show a token."""
    grant = vendor.grants.live.get(token_id)
    if grant is None:
        raise not_found()
    return reply({"token": _record(vendor, grant)})


@routes.delete("/api/v2/oauth/tokens/<int:token_id>")
def revoke_token(vendor: Zendesk, call: Call, token_id: int) -> Response:
    """Revoke a token."""
    if vendor.grants.live.pop(token_id, None) is None:
        raise not_found()
    return Response(status=204)
