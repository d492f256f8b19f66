"""Logging in and out, and the OAuth endpoints of Helix Single Sign-On.

``POST /api/jwt/login`` takes a form and answers the bare token as text; a wrong password is 401 with 623 and the
login (docs.bmc.com). Some servers answer 200 and put the failure into the header ``X-AR-Messages`` (public client);
the fault profile ``soft_login`` does so. Single Sign-On knows the authorization code, never client credentials
(knowledge article kA33n000000LBtPCAW).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson
from werkzeug.wrappers import Request, Response

from ..vendor import Call, Routes
from . import errors
from .errors import as_json, empty, listed, messages, refuse

if TYPE_CHECKING:
    from .vendor import BmcHelix

routes = Routes()


@routes.post("/api/jwt/login", writes=False, public=True)
def log_in(vendor: BmcHelix, call: Call) -> Response:
    """Give a token."""
    form = call.request.form
    login = form.get("username", "")
    if not vendor.accounts.password_fits(login, form.get("password", "")):
        if vendor.misbehaviour.soft_login:
            told = orjson.dumps(messages((errors.FAILED_LOGIN[0], "login failed"), login)).decode()
            return Response("", 200, {"X-AR-Messages": told}, content_type="text/plain;charset=UTF-8")
        return listed(401, errors.FAILED_LOGIN, login or None)
    token = vendor.accounts.log_in(login, vendor.seconds)
    return Response(token.text, 200, content_type="text/plain;charset=UTF-8")


@routes.post("/api/jwt/logout", writes=False)
def log_out(vendor: BmcHelix, call: Call) -> Response:
    """End a token's life."""
    vendor.accounts.tokens.pop(_presented(call.request), None)
    return empty()


@routes.get("/rsso/oauth2/authorize", public=True)
def authorize(vendor: BmcHelix, call: Call) -> Response:
    """Send the browser back with a code, as if the owner of the integration's account had consented."""
    args = call.request.args
    if args.get("client_id") != vendor.accounts.client_id or args.get("response_type") != "code":
        return as_json({"error": "invalid_request"}, 400)
    redirect = args.get("redirect_uri", "")
    query = urlencode({"code": vendor.accounts.code(redirect, vendor.seconds), "state": args.get("state", "")})
    return empty(302, {"Location": f"{redirect}?{query}"})


@routes.post("/rsso/oauth2/token", writes=False, public=True)
def token(vendor: BmcHelix, call: Call) -> Response:
    """Exchange a code or a refresh token."""
    form = {**_client(call.request), **call.request.form.to_dict()}
    login = vendor.accounts.granted(form, vendor.seconds)
    if login is None:
        return as_json({"error": "invalid_grant"}, 400)
    access, refresh = vendor.accounts.bearer(login, vendor.seconds)
    life = access.expires - vendor.seconds
    body = {"access_token": access.text, "refresh_token": refresh.text, "token_type": "Bearer", "expires_in": life}
    return as_json(body)


def _client(request: Request) -> dict[str, str]:
    """Give the client of a basic header, where there is one."""
    found = request.authorization
    if found is None or found.type != "basic":
        return {}
    return {"client_id": found.username or "", "client_secret": found.password or ""}


def _presented(request: Request) -> str:
    """Give the token that a request carries; empty for none."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme in {"AR-JWT", "Bearer"} else ""


def account(vendor: BmcHelix, request: Request) -> str:
    """Give the login behind a request.

    Raises:
        RefusedError: 401 without a valid token; 403 and 500 as fault profiles have it.
    """
    if vendor.misbehaviour.https_only:
        raise errors.RefusedError(as_json({"message": "Access forbidden", "code": 403, "transient": False}, 403))
    text = _presented(request)
    held = vendor.accounts.holder(text, vendor.seconds)
    if held is not None and vendor.misbehaviour.forgets(request.full_path.encode(), held.served):
        vendor.accounts.tokens.pop(text, None)
        held = None
    if held is None:
        raise refuse(401, errors.FAILED_LOGIN)
    if vendor.misbehaviour.one_session and vendor.accounts.newest(held.login) is not held:
        raise refuse(500, errors.OTHER_SESSION, held.login)
    held.served += 1
    return held.login
