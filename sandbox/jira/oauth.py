"""OAuth 2.0: the authorization page (which consents at once), the token endpoint, and the sites that a token reaches.

Refresh tokens rotate: each answer carries a new one, and the old one dies after a reuse leeway of ten minutes. On Cloud
these addresses are on the hosts ``auth.atlassian.com`` and ``api.atlassian.com``; here one host serves all.
Source: developer.atlassian.com, "OAuth 2.0 (3LO) apps", "Client credentials of service accounts".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .jsons import Json, as_dict
from .records import User
from .site import CLOUD_ID, INTEGRATION, SITE_NAME

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
CLIENT_ID = "6kzQ0jT1nV8wXy2mR4bL"
CLIENT_SECRET = "ATOAs4ndb0xcl13nts3cr3t0000000000000000000000000000000000000000000000"  # noqa: S105 - of an emulated app
SCOPES = (
    *("read:jira-work", "write:jira-work", "read:jira-user", "read:servicedesk-request", "write:servicedesk-request"),
    *("manage:servicedesk-customer", "offline_access"),
)
LIFETIME = 3600
LEEWAY = 600
"""Seconds for which a refresh token works after it was used."""
UNUSED = 90 * 86400
"""Seconds after which an unused refresh token dies."""
GRANTS = ("authorization_code", "refresh_token", "client_credentials")


@dataclass(slots=True)
class _Token:
    account_id: str
    scopes: frozenset[str]
    expires: float


class Grants:
    """The tokens and codes of one app."""

    def __init__(self, vendor: Jira) -> None:
        """Begin without any token."""
        self.vendor = vendor
        self._made = 0
        self._access: dict[str, _Token] = {}
        self._refresh: dict[str, _Token] = {}
        self._codes: dict[str, tuple[_Token, str]] = {}

    def _text(self, kind: str) -> str:
        self._made += 1
        return f"eyJ{hashlib.sha256(f'{kind}:{self._made}'.encode()).hexdigest()}"

    def _token(self, account_id: str, scopes: frozenset[str], seconds: int) -> _Token:
        return _Token(account_id, scopes, self.vendor.clock.timestamp() + seconds)

    def account(self, token: str) -> tuple[User, frozenset[str]] | None:
        """Give the user and the scopes of an access token."""
        found = self._access.get(token)
        if found is None or found.expires <= self.vendor.clock.timestamp():
            return None
        return self.vendor.state.users[found.account_id], found.scopes

    def access_token(self, account_id: str, scopes: frozenset[str]) -> str:
        """Make an access token."""
        text = self._text("access")
        self._access[text] = self._token(account_id, scopes, LIFETIME)
        return text

    def refresh_token(self, account_id: str, scopes: frozenset[str]) -> str:
        """Make a refresh token."""
        text = self._text("refresh")
        self._refresh[text] = self._token(account_id, scopes, UNUSED)
        return text

    def code(self, account_id: str, scopes: frozenset[str], redirect: str) -> str:
        """Make an authorization code, good for ten minutes."""
        text = self._text("code")
        self._codes[text] = (self._token(account_id, scopes, 600), redirect)
        return text

    def credentials(self) -> Json:
        """Give what a client needs to log in."""
        account_id = self.vendor.state.admin.account_id
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "grants": list(GRANTS),
            "refresh_token": self.refresh_token(account_id, frozenset(SCOPES)),
            "cloud_id": CLOUD_ID,
        }

    def granted(self, body: Json) -> tuple[_Token, bool] | None:
        """Give whom a request for a token is for, and whether a refresh token is due; None where it is refused."""
        now = self.vendor.clock.timestamp()
        match body.get("grant_type"):
            case "authorization_code":
                found, redirect = self._codes.pop(str(body.get("code")), (None, ""))
                if found is None or found.expires <= now or redirect != body.get("redirect_uri"):
                    return None
                return found, "offline_access" in found.scopes
            case "refresh_token":
                found = self._refresh.get(str(body.get("refresh_token")))
                if found is None or found.expires <= now:
                    return None
                found.expires = min(found.expires, now + LEEWAY)
                return found, True
            case "client_credentials":
                account = self.vendor.state.user_with_email(INTEGRATION)
                assert account is not None
                return self._token(account.account_id, frozenset(SCOPES), 0), False
            case _:
                return None


@routes.post("/oauth/token", writes=False, public=True)
def token(vendor: Jira, call: Call) -> Response:
    """Grant an access token, and with most grants a refresh token."""
    sent = as_dict(call.json()) if call.request.mimetype == "application/json" else call.request.form.to_dict()
    if sent.get("client_id") != CLIENT_ID or sent.get("client_secret") != CLIENT_SECRET:
        return reply({"error": "access_denied", "error_description": "Unauthorized"}, 401)
    if sent.get("grant_type") not in GRANTS:
        return reply({"error": "unsupported_grant_type", "error_description": "Unsupported grant type"}, 400)
    found = vendor.grants.granted(sent)
    if found is None:
        text = "Unknown or invalid refresh token." if "refresh_token" in sent else "Invalid authorization code"
        return reply({"error": "invalid_grant", "error_description": text}, 403)
    grant, renewable = found
    body: Json = {"access_token": vendor.grants.access_token(grant.account_id, grant.scopes)}
    if renewable:
        body["refresh_token"] = vendor.grants.refresh_token(grant.account_id, grant.scopes)
    return reply({**body, "expires_in": LIFETIME, "token_type": "Bearer", "scope": " ".join(sorted(grant.scopes))})


@routes.get("/authorize", public=True)
def authorize(vendor: Jira, call: Call) -> Response:
    """Consent for the integration's account, and send the browser back with a code."""
    given = call.request.args
    redirect, scopes = given.get("redirect_uri", ""), frozenset(given.get("scope", "").split())
    known = given.get("client_id") == CLIENT_ID and given.get("response_type") == "code" and scopes <= set(SCOPES)
    if not known or not redirect or given.get("audience") != "api.atlassian.com":
        return Response("<html><body>Something went wrong</body></html>", 400, content_type="text/html;charset=UTF-8")
    query = {"code": vendor.grants.code(vendor.state.admin.account_id, scopes, redirect)}
    if "state" in given:
        query["state"] = given["state"]
    return Response(status=302, headers={"Location": f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(query)}"})


@routes.get("/oauth/token/accessible-resources", public=True)
def accessible_resources(vendor: Jira, call: Call) -> Response:
    """List the sites that a token reaches: this one."""
    kind, _, text = call.request.headers.get("Authorization", "").partition(" ")
    found = vendor.grants.account(text.strip()) if kind.lower() == "bearer" else None
    if found is None:
        return reply({"code": 401, "message": "Unauthorized"}, 401)
    avatar = f"{vendor.base_url}/site-admin-avatar/{CLOUD_ID}.png"
    scopes = sorted(found[1] - {"offline_access"})
    return reply([{"id": CLOUD_ID, "url": vendor.base_url, "name": SITE_NAME, "scopes": scopes, "avatarUrl": avatar}])
