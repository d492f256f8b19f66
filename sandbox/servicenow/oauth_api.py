"""OAuth: ``/oauth_token.do`` (form only) and ``/oauth_auth.do``, which redirects at once.

Every refused grant looks alike: 401 ``{"error_description":"access_denied","error":"server_error"}``. Client credentials
need the property ``glide.oauth.inbound.client.credential.grant_type.enabled`` and get no refresh token (unconfirmed in
general). Source: product documentation, OAuth examples of the REST API explorer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .replies import plain

if TYPE_CHECKING:
    from .instance import ServiceNow

routes = Routes()
FORM = "application/x-www-form-urlencoded"
_CLIENT_CREDENTIALS = "glide.oauth.inbound.client.credential.grant_type.enabled"


@routes.post("/oauth_token.do", writes=False, public=True)
def token(vendor: ServiceNow, call: Call) -> Response:
    """Grant an access token."""
    form = call.request.form.to_dict() if call.request.mimetype == FORM else {}
    grant, now, accounts = form.get("grant_type"), vendor.clock.now(), vendor.accounts
    allowed = grant != "client_credentials" or vendor.store.property(_CLIENT_CREDENTIALS) == "true"
    user_name = accounts.granted(form, now) if allowed else None
    if user_name is None or vendor.user(user_name) is None:
        return plain({"error_description": "access_denied", "error": "server_error"}, 401)
    access = accounts.access_token(user_name, now)
    body: dict[str, str | int] = {"access_token": access.text}
    if grant != "client_credentials":
        body["refresh_token"] = accounts.refresh_token(user_name, now).text
    seconds = int((access.expires - now).total_seconds())
    return plain({**body, "scope": "useraccount", "token_type": "Bearer", "expires_in": max(1, seconds)})


@routes.get("/oauth_auth.do", public=True)
def authorize(vendor: ServiceNow, call: Call) -> Response:
    """Let the application user consent without a page, and send the browser back with a code."""
    given = call.request.args
    redirect = given.get("redirect_uri", "")
    if given.get("response_type") != "code" or given.get("client_id") != vendor.accounts.client_id or not redirect:
        page = "<html><head><title>OAuth</title></head><body>Invalid authorization request</body></html>"
        return Response(page, 400, content_type="text/html;charset=UTF-8")
    query = {"code": vendor.accounts.code(redirect, vendor.clock.now())}
    if "state" in given:
        query["state"] = given["state"]
    return Response(status=302, headers={"Location": f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(query)}"})
