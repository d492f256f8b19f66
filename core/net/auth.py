"""How a connection proves who it is: basic, API key, bearer token, login, OAuth 2.

Each kind is a frozen settings model that a user writes under ``auth:``, and a small object that signs requests. OAuth
tokens live in a token store (:mod:`core.net.tokens`), so that neither a crash nor a second process can lose a refresh
token.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import Field, model_validator

from ..errors import AuthenticationError, CredentialError
from ..model import Frozen
from .secrets import SecretReference, SecretText, resolve_secret
from .token_endpoint import AuthorizationEndpoint, TokenEndpoint, request_token
from .tokens import Token, TokenStore

__all__ = [
    "ApiKeyAuth",
    "ApiTokenAuth",
    "ArJwtAuth",
    "AuthSettings",
    "AuthorizationEndpoint",
    "BasicAuth",
    "HeaderSigner",
    "OAuth",
    "OAuthSigner",
    "Signer",
    "TokenEndpoint",
    "TokenStore",
    "basic_signer",
]

MARGIN_SECONDS = 60
"""A token is renewed this long before it expires."""


class BasicAuth(Frozen):
    """User name and password."""

    kind: Literal["basic"] = "basic"
    user: str
    password: SecretReference


class ApiTokenAuth(Frozen):
    """A user's e-mail address and an API token."""

    kind: Literal["api_token"] = "api_token"
    user: str
    token: SecretReference


class ApiKeyAuth(Frozen):
    """A key that travels in a header of the vendor's."""

    kind: Literal["api_key"] = "api_key"
    key: SecretReference


class ArJwtAuth(Frozen):
    """User name and password, exchanged for a token (AR-JWT) that lives as long as the session."""

    kind: Literal["ar_jwt"] = "ar_jwt"
    user: str
    password: SecretReference
    auth_string: str | None = None
    """What the server's own authentication asks for beside the password, such as a domain."""


class OAuth(Frozen):
    """OAuth 2, with the grant that the vendor offers."""

    kind: Literal["oauth"] = "oauth"
    grant: Literal["client_credentials", "password", "refresh_token"] = "client_credentials"
    client_id: str
    client_secret: SecretReference
    user: str | None = None
    password: SecretReference | None = None
    """With ``grant: password``."""
    refresh_token: SecretReference | None = None
    """The first one, with ``grant: refresh_token``; ``isthmus auth CONNECTION`` makes one where it is left out."""
    scope: str | None = None

    @model_validator(mode="after")
    def _check_grant(self) -> Self:
        if self.grant == "password" and not (self.user and self.password):
            raise ValueError("grant 'password' needs user and password")
        return self


AuthSettings = Annotated[BasicAuth | ApiTokenAuth | ApiKeyAuth | ArJwtAuth | OAuth, Field(discriminator="kind")]
"""Credentials of any kind; a connector says which it takes."""


class Signer(Protocol):
    """Signs requests."""

    def headers(self) -> dict[str, str]:
        """Give the headers that prove who we are."""
        ...

    def renew(self) -> bool:
        """Get new credentials after a 401, and tell whether there are any."""
        ...


@dataclass(frozen=True, slots=True)
class HeaderSigner:
    """Credentials that never change."""

    name: str
    value: SecretText

    def __post_init__(self) -> None:
        """Refuse what no header can carry.

        Raises:
            CredentialError: the secret holds a line break or a character beyond Latin-1.
        """
        _check_header(self.value.reveal())

    def headers(self) -> dict[str, str]:
        """Give the one header."""
        return {self.name: self.value.reveal()}

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False


def _check_header(value: str) -> None:
    if not all(" " <= character <= "\xff" and character != "\x7f" for character in value):
        raise CredentialError(
            "a secret holds a character that a request cannot carry, such as a line break; store it again"
        )


def basic_signer(user: str, password: SecretText) -> HeaderSigner:
    """Give a signer for HTTP basic authentication."""
    pair = base64.b64encode(f"{user}:{password.reveal()}".encode()).decode()
    SecretText(pair)
    return HeaderSigner("Authorization", SecretText(f"Basic {pair}"))


class OAuthSigner:
    """Bearer tokens: fetched when first needed, renewed before they expire and after a 401."""

    def __init__(
        self,
        settings: OAuth,
        endpoint: TokenEndpoint,
        store: TokenStore,
        *,
        connection: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Make a signer; no call is made yet."""
        self._settings = settings
        self._endpoint = endpoint
        self._store = store
        self._connection = connection
        self._now = now
        self._guard = threading.Lock()
        self._token: Token | None = None
        self._used = threading.local()
        """The access token that this thread last sent."""

    def headers(self) -> dict[str, str]:
        """Give the bearer header, with a token that will not expire on the way.

        Raises:
            AuthenticationError: the vendor hands out no token.
            CredentialError: a secret reference cannot be resolved, or the token store cannot be used.
            RetryableError: the token endpoint does not answer.
        """
        with self._guard:
            if self._token is None:
                self._token = self._store.load()
            if self._token is None or self._expires_soon(self._token):
                self._token = self._renewed(self._token)
            access = SecretText(self._token["access_token"]).reveal()
        self._used.token = access
        return {"Authorization": f"Bearer {access}"}

    def renew(self) -> bool:
        """Replace the token that the vendor refused to this thread, unless another thread has done so already."""
        with self._guard:
            if self._token is None or self._token["access_token"] == getattr(self._used, "token", None):
                self._token = self._renewed(self._token)
            return True

    def adopt(self, form: dict[str, Any]) -> None:
        """Exchange an authorization code (``isthmus auth``) and store the tokens.

        Raises:
            AuthenticationError: the code is refused.
        """
        with self._guard, self._store.locked():
            fresh = self._request({**form, **self._client()})
            self._store.save(fresh)
            self._token = fresh

    def _expires_soon(self, token: Token) -> bool:
        expires = token.get("expires_at")
        return expires is not None and expires - MARGIN_SECONDS < self._now()

    def _renewed(self, refused: Token | None) -> Token:
        """Get a token under the lock; another process may have done so already."""
        with self._store.locked():
            stored = self._store.load()
            if stored is not None and stored != refused and not self._expires_soon(stored):
                return stored
            fresh = self._fetch(stored or refused or {})
            self._store.save(fresh)
            return fresh

    def _fetch(self, last: Token) -> Token:
        settings = self._settings
        form = {"grant_type": settings.grant, **self._client()}
        if settings.scope:
            form["scope"] = settings.scope
        if settings.grant == "refresh_token":
            return self._refresh(form, last.get("refresh_token"))
        if settings.grant == "password":
            assert settings.password is not None, "checked by the settings"
            form |= {"username": settings.user, "password": resolve_secret(settings.password).reveal()}
        return self._request(form)

    def _refresh(self, form: dict[str, Any], rotated: str | None) -> Token:
        """Use the newest refresh token; where it is refused, the configured one, which may be newer still."""
        first = self._settings.refresh_token
        if rotated is not None:
            try:
                fresh = self._request({**form, "refresh_token": rotated})
            except AuthenticationError:
                configured = None if first is None else resolve_secret(first).reveal()
                if configured in (None, rotated):
                    raise
            else:
                return {"refresh_token": rotated, **fresh}
        if first is None:
            raise AuthenticationError(f"no token yet; run: isthmus auth {self._connection}", connection=self._connection)
        configured = resolve_secret(first).reveal()
        return {"refresh_token": configured, **self._request({**form, "refresh_token": configured})}

    def _client(self) -> dict[str, Any]:
        return {
            "client_id": self._settings.client_id,
            "client_secret": resolve_secret(self._settings.client_secret).reveal(),
        }

    def _request(self, form: dict[str, Any]) -> Token:
        fresh = request_token(self._endpoint, form, connection=self._connection, now=self._now)
        _check_header(fresh["access_token"])
        return fresh
