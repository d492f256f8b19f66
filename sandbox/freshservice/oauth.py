"""OAuth 2: authorization code with PKCE, and refresh tokens.

* At the vendor the endpoints are on the organisation's host (``{org}.myfreshworks.com``), which is found through
  ``/.well-known/oauth-authorization-server``; here they have its paths on the one host that there is.
* The token endpoint wants JSON and the client's credentials by basic authentication; to a form it answers with an empty
  body, and it refuses ``resource`` (forterro/freshservice_mcp, docs/authentication).
* An access token is a JWT. A refresh token works once: with each answer comes the next one.
* The authorization page agrees at once, as the integration's account. There is no grant of client credentials.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import orjson
from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from .auth import ALL_SCOPES, Account
from .errors import unauthenticated
from .records import Json, Person

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

CLIENT_ID = "fw_ext_1729000000000000001"
CLIENT_SECRET = "c2a1f0e9d8b7465544332211ffeeddcc"  # noqa: S105 - of an emulated account
CODE_LIVES = 60
TOKEN_LIVES = 1800
REFRESH_LIVES = 365 * 86_400
AUTHORIZE = "/org/oauth/v2/authorize"
TOKEN = "/org/oauth/v2/token"  # noqa: S105 - a path


@dataclass(slots=True)
class Grant:
    """A pair of tokens."""

    person: Person
    scopes: frozenset[str]
    access: str
    refresh: str
    expires: int
    refresh_expires: int


@dataclass(slots=True)
class Code:
    """An authorization code."""

    person: Person
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str | None
    method: str
    expires: int


class Grants:
    """The tokens of one account."""

    def __init__(self, vendor: Freshservice) -> None:
        self.vendor = vendor
        self.by_access: dict[str, Grant] = {}
        self.by_refresh: dict[str, Grant] = {}
        self.codes: dict[str, Code] = {}
        self.first = self.issue(vendor.state.admin, frozenset(ALL_SCOPES))

    def credentials(self) -> Json:
        """Give the client, and a refresh token that works until it is used."""
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "grants": ["authorization_code", "refresh_token"],
            "refresh_token": self.first.refresh,
            "scopes": list(ALL_SCOPES),
            "authorize_url": self.vendor.base_url + AUTHORIZE,
            "token_url": self.vendor.base_url + TOKEN,
        }

    def issue(self, person: Person, scopes: frozenset[str]) -> Grant:
        """Make a pair of tokens."""
        now, number = self.vendor.now(), self.vendor.state.next_id()
        claims: Json = {
            "sub": person.id,
            "user": person.email,
            "organisation_domain": "isthmus.myfreshworks.com",
            "scope": sorted(scopes),
            "app_id": CLIENT_ID,
            "jti": number,
            "exp": now + TOKEN_LIVES,
        }
        refresh = hashlib.sha256(f"refresh:{number}".encode()).hexdigest()
        grant = Grant(person, scopes, _jwt(claims), refresh, now + TOKEN_LIVES, now + REFRESH_LIVES)
        self.by_access[grant.access] = self.by_refresh[grant.refresh] = grant
        return grant

    def account(self, token: str) -> Account:
        """Give the account of an access token.

        Raises:
            RefusedError: 401, it is unknown or has expired.
        """
        grant = self.by_access.get(token)
        if grant is None or self.vendor.state.agent(grant.person.id) is None:
            raise unauthenticated("access_token_invalid")
        if grant.expires <= self.vendor.now():
            raise unauthenticated("access_token_expired")
        return Account(grant.person, grant.scopes)

    def refreshed(self, token: str) -> Grant:
        """Replace a pair by a new one.

        Raises:
            RefusedError: 400, the refresh token is unknown, used or old.
        """
        grant = self.by_refresh.pop(token, None)
        if grant is None or grant.refresh_expires <= self.vendor.now():
            raise _refused("invalid_grant", "The refresh token is invalid, expired or revoked.")
        return self.issue(grant.person, grant.scopes)

    def redeemed(self, data: Json) -> Grant:
        """Exchange an authorization code, which works once.

        Raises:
            RefusedError: 400, code, redirect URI or PKCE verifier do not fit.
        """
        code = self.codes.pop(str(data.get("code")), None)
        if code is None or code.expires < self.vendor.now() or code.redirect_uri != data.get("redirect_uri"):
            raise _refused("invalid_grant", "The authorization code is invalid, expired or used.")
        verifier = str(data.get("code_verifier") or "")
        if code.challenge is not None and code.challenge != _challenge(verifier, code.method):
            raise _refused("invalid_grant", "The code verifier does not match the code challenge.")
        return self.issue(code.person, code.scopes)


def _challenge(verifier: str, method: str) -> str:
    if method == "plain":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _jwt(claims: Json) -> str:
    parts = [base64.urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=") for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = b".".join(parts)
    mark = hmac.new(CLIENT_SECRET.encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(mark).rstrip(b"=")).decode()


def _refused(error: str, words: str, status: int = 400) -> RefusedError:
    return RefusedError(reply({"error": error, "error_description": words}, status))


@routes.get("/.well-known/oauth-authorization-server", public=True)
def metadata(vendor: Freshservice, call: Call) -> Response:
    """Tell where the endpoints are, and what they know."""
    return reply(
        {
            "issuer": vendor.base_url,
            "authorization_endpoint": vendor.base_url + AUTHORIZE,
            "token_endpoint": vendor.base_url + TOKEN,
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256", "plain"],
            "scopes_supported": list(ALL_SCOPES),
        }
    )


@routes.get(AUTHORIZE, public=True)
def authorize(vendor: Freshservice, call: Call) -> Response:
    """Agree at once, and send the browser back with a code."""
    args = call.request.args
    target = args.get("redirect_uri", "")
    if args.get("client_id") != CLIENT_ID or not target.startswith(("http://", "https://")):
        raise _refused("invalid_request", "The client or the redirect URI is not known.")
    answer: dict[str, str] = {"state": args["state"]} if "state" in args else {}
    scopes = frozenset(args.get("scope", "").split())
    if args.get("response_type") != "code":
        answer["error"] = "unsupported_response_type"
    elif not scopes <= set(ALL_SCOPES):
        answer["error"] = "invalid_scope"
    else:
        method = args.get("code_challenge_method", "plain")
        code = Code(vendor.state.admin, scopes, target, args.get("code_challenge"), method, vendor.now() + CODE_LIVES)
        answer["code"] = hashlib.sha256(f"code:{vendor.state.next_id()}".encode()).hexdigest()[:32]
        vendor.grants.codes[answer["code"]] = code
    joint = "&" if "?" in target else "?"
    return Response(status=302, headers={"Location": f"{target}{joint}{urlencode(answer)}"})


@routes.post(TOKEN, writes=False, public=True)
def create_token(vendor: Freshservice, call: Call) -> Response:
    """Give a pair of tokens for a code or a refresh token."""
    if call.request.mimetype != "application/json":
        return Response(status=400)
    try:
        parsed: Any = call.json()
    except ValueError:
        parsed = None
    data: Json = cast("Json", parsed) if isinstance(parsed, dict) else {}
    login = call.request.authorization
    known = login is not None and (login.username, login.password) == (CLIENT_ID, CLIENT_SECRET)
    if not known:
        raise _refused("invalid_client", "Client authentication failed.", 401)
    if "resource" in data:
        raise _refused("invalid_target", "The parameter resource is not supported.")
    match data.get("grant_type"):
        case "refresh_token":
            grant = vendor.grants.refreshed(str(data.get("refresh_token") or ""))
        case "authorization_code":
            grant = vendor.grants.redeemed(data)
        case _:
            raise _refused("unsupported_grant_type", "The grant type is not supported.")
    body = {
        "access_token": grant.access,
        "token_type": "Bearer",
        "expires_in": grant.expires - vendor.now(),
        "refresh_token": grant.refresh,
        "scope": " ".join(sorted(grant.scopes)),
    }
    return reply(body)
