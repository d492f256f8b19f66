"""Ask a vendor's token endpoint for an OAuth 2 token (RFC 6749)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote_plus

import requests

from ..errors import AuthenticationError, Facts, RateLimitedError, UnavailableError
from ..redaction import redact, remember
from .retry import retry_after
from .sessions import plain_session
from .tokens import Token


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """How a vendor hands out OAuth tokens."""

    url: str
    encoding: Literal["json", "form"]
    timeout: float = 30.0
    basic: bool = False
    """Client id and secret travel in the header (``client_secret_basic``), not in the body."""
    busy: tuple[str, ...] = ()
    """Words of a refusal that passes, where the vendor tells it under a status of another meaning."""
    pause: float | None = None
    """Seconds to wait after such a refusal, which does not say how long."""


@dataclass(frozen=True, slots=True)
class AuthorizationEndpoint:
    """Where a person grants access in a browser: OAuth 2, authorization code flow."""

    url: str
    """The page, without a query."""
    token: TokenEndpoint
    """Where the code is exchanged."""
    scope: str | None = None
    """What is asked for where the configuration names no ``scope``."""
    beside: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the vendor's page asks for beside what the standard does."""


def request_token(endpoint: TokenEndpoint, form: dict[str, Any], *, connection: str, now: Callable[[], float]) -> Token:
    """Make one token request; it is never repeated here, since a refresh token may be good only once.

    Args:
        endpoint: whom to ask.
        form: the grant, with the client's credentials.
        connection: name of the connection, for messages.
        now: our clock, in seconds since 1970.

    Raises:
        AuthenticationError: the client or its grant is refused.
        RateLimitedError: the vendor asks to slow down.
        UnavailableError: no usable reply.
    """
    stated, client = (_without_client(form), _client(form)) if endpoint.basic else (form, None)
    body: dict[str, Any] = {"json": stated} if endpoint.encoding == "json" else {"data": stated}
    try:
        with plain_session() as session:
            reply = session.post(
                endpoint.url,
                headers={"Accept": "application/json"},
                timeout=endpoint.timeout,
                allow_redirects=False,
                auth=client,
                **body,
            )
    except requests.RequestException as error:
        raise UnavailableError(
            f"the token endpoint does not answer ({type(error).__name__})", connection=connection
        ) from None
    facts = Facts(connection=connection, operation="POST token", status=reply.status_code)
    wait = retry_after(reply.headers, datetime.fromtimestamp(now(), UTC))
    if reply.status_code == 429:
        raise RateLimitedError("the token endpoint asks to slow down", retry_after=wait, **facts)
    if reply.status_code >= 500:
        raise UnavailableError("the token endpoint fails", **facts)
    token = _token(reply, now())
    if token is None or reply.status_code >= 300:
        facts["vendor_words"] = "" if "<html" in reply.text.lower() else redact(reply.text)[:300]
        if any(words in reply.text for words in endpoint.busy):
            raise RateLimitedError(
                "the vendor gives no more tokens for a while", retry_after=wait or endpoint.pause, **facts
            )
        raise AuthenticationError(
            "the vendor refuses the OAuth client or its token; check url, client id, secret and grant", **facts
        )
    return token


def _client(form: dict[str, Any]) -> tuple[str, str]:
    """Give the client's credentials as the header takes them (RFC 6749, 2.3.1)."""
    return quote_plus(str(form["client_id"])), quote_plus(str(form["client_secret"]))


def _without_client(form: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in form.items() if name not in ("client_id", "client_secret")}


def _token(reply: requests.Response, now: float) -> Token | None:
    """Give what is kept of a reply (RFC 6749, 5.1), or None where it holds no token."""
    try:
        stated: Any = reply.json()
        token: Token = {"access_token": stated["access_token"]}
        rotated, lifetime = stated.get("refresh_token"), stated.get("expires_in")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if not (isinstance(token["access_token"], str) and token["access_token"]):
        return None
    remember(token["access_token"])
    if isinstance(rotated, str) and rotated:
        remember(rotated)
        token["refresh_token"] = rotated
    seconds = _seconds(lifetime)
    if seconds is not None:
        token["expires_at"] = now + seconds
    return token


def _seconds(stated: Any) -> float | None:
    """Give a lifetime in seconds; some vendors write the number as a string."""
    try:
        seconds = float(stated)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None
