"""Logging in to the AR System, and out again.

Vendor facts (docs.bmc.com, AR System REST API, login and logout; recorded replies of public clients):

- ``POST /api/jwt/login`` takes a form with ``username``, ``password`` and ``authString``, and answers with the bare token
  as text. Its claims ``iat`` and ``exp`` are on the server's clock; it lives for an hour by default.
- Some servers answer 200 to wrong credentials and tell so in the header ``X-AR-Messages``, a JSON list.
- ``POST /api/jwt/logout`` gives the session back; a session that is left keeps a licence's seat until it expires.
- Client credentials are not offered; OAuth 2 goes through Helix SSO (``/rsso/oauth2``), by a person's grant.
"""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import requests

from ...core.errors import AuthenticationError, ConnectorError, Facts, UnexpectedReplyError
from ...core.net.auth import ArJwtAuth
from ...core.net.login import LoginSigner, LoginToken
from ...core.net.replies import Interpreter
from ...core.net.retry import retry_after
from ...core.net.secrets import SecretText, resolve_secret
from ...core.net.sessions import plain_session
from ...core.shapes import as_object
from .replies import ERROR_RULES, failure_in, words

LOGIN: Final = "/api/jwt/login"
LOGOUT: Final = "/api/jwt/logout"
OPERATION: Final = f"POST {LOGIN}"
LONGEST_TOKEN: Final = 64 * 1024
GOODBYE_SECONDS: Final = 5.0
_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)


class Login:
    """Logs in with user name and password."""

    def __init__(
        self, base_url: str, auth: ArJwtAuth, *, connection: str, timeout: float, now: Callable[[], float]
    ) -> None:
        """Make it; no call is made yet.

        Raises:
            CredentialError: the password's reference cannot be resolved.
        """
        self._base_url = base_url
        self._auth = auth
        self._password = resolve_secret(auth.password)
        self._connection = connection
        self._timeout = timeout
        self._now = now
        self._interpreter = Interpreter(connection, ERROR_RULES, words)

    def signer(self) -> LoginSigner:
        """Give what signs requests with the token."""
        return LoginSigner(self.log_in, self.log_out, now=self._now)

    def log_in(self) -> LoginToken:
        """Get a token.

        Raises:
            AuthenticationError: the credentials are refused.
            UnexpectedReplyError: the reply is no token.
            ConnectorError: the server does not answer, or asks to wait.
        """
        form = {"username": self._auth.user, "password": self._password.reveal()}
        if self._auth.auth_string is not None:
            form["authString"] = self._auth.auth_string
        try:
            with (
                plain_session() as session,
                session.post(
                    self._base_url + LOGIN,
                    data=form,
                    timeout=(10.0, self._timeout),
                    allow_redirects=False,
                    stream=True,
                ) as reply,
            ):
                content: bytes = next(reply.iter_content(LONGEST_TOKEN), b"")
        except requests.RequestException as error:
            raise self._interpreter.lost(error, OPERATION, may_apply=False) from None
        if reply.status_code >= 300:
            wait = retry_after(reply.headers, datetime.fromtimestamp(self._now(), UTC))
            raise self._interpreter.error(reply, content, OPERATION, may_apply=False, wait=wait)
        return self._token(reply, content)

    def log_out(self, token: LoginToken) -> None:
        """Give a token back; where that fails the token expires by itself."""
        with contextlib.suppress(requests.RequestException), plain_session() as session:
            session.post(
                self._base_url + LOGOUT,
                headers={"Authorization": token.header.reveal()},
                timeout=GOODBYE_SECONDS,
                allow_redirects=False,
            )

    def _token(self, reply: requests.Response, content: bytes) -> LoginToken:
        refused = _refusal(
            reply, content, Facts(connection=self._connection, operation=OPERATION, status=reply.status_code)
        )
        if refused is not None:
            raise refused
        token = SecretText(content.decode().strip()).reveal()
        life = _life(token)
        return LoginToken(SecretText(f"AR-JWT {token}"), None if life is None else self._now() + life)


def _refusal(reply: requests.Response, content: bytes, facts: Facts) -> ConnectorError | None:
    """Give the error that a reply of a good status stands for, or None for a token."""
    for told in (reply.headers.get("X-AR-Messages", ""), content):
        failure = failure_in(_json(told))
        if failure is not None:
            facts["vendor_words"] = words([failure])
            return AuthenticationError("the credentials are refused", **facts)
    if not _TOKEN.fullmatch(content.decode("utf-8", "replace").strip()):
        kind = reply.headers.get("Content-Type", "").split(";")[0] or "something"
        return UnexpectedReplyError(
            f"got {kind} where a token should be: a login page or a wrong url; 'url' or 'api_url' names the AR REST server",
            **facts,
        )
    return None


def _life(token: str) -> float | None:
    """Give the seconds for which a token is good, by its own claims; None where it does not tell."""
    payload = token.split(".")[1]
    try:
        claims = as_object(_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
        return float(claims["exp"]) - float(claims["iat"])
    except (ValueError, KeyError, TypeError):
        return None


def _json(content: bytes | str) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
