"""How a connection proves who it is: basic, API key, bearer token, OAuth 2.

Each kind is a frozen settings model that a user writes under ``auth:``, and a small object that signs requests. OAuth
tokens that rotate live in a token store: a file of mode 0600, replaced atomically under a lock before a new token is used,
so that neither a crash nor a second process can lose a refresh token.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import requests
from filelock import FileLock
from pydantic import Field

from .errors import AuthenticationError, UnavailableError
from .model import Frozen
from .secrets import SecretReference, SecretText, redact, resolve_secret

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


AuthSettings = Annotated[BasicAuth | ApiTokenAuth | ApiKeyAuth | OAuth, Field(discriminator="kind")]


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

    def headers(self) -> dict[str, str]:
        """Give the one header."""
        return {self.name: self.value.reveal()}

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False


def basic_signer(user: str, password: SecretText) -> HeaderSigner:
    """Give a signer for HTTP basic authentication."""
    pair = base64.b64encode(f"{user}:{password.reveal()}".encode()).decode()
    SecretText(pair)
    return HeaderSigner("Authorization", SecretText(f"Basic {pair}"))


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """How a vendor hands out OAuth tokens."""

    url: str
    encoding: Literal["json", "form"]
    timeout: float = 30.0


class TokenStore:
    """Rotating tokens at rest: one file of mode 0600 for each connection."""

    def __init__(self, folder: Path, connection: str) -> None:
        """Name the file; nothing is created before the first token."""
        self._path = folder / f"{connection}.token"

    def locked(self) -> FileLock:
        """Give the lock under which a token is renewed."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileLock(f"{self._path}.lock", timeout=60)

    def load(self) -> dict[str, Any] | None:
        """Give the stored token, or None."""
        try:
            return json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def save(self, token: dict[str, Any]) -> None:
        """Replace the stored token atomically; it is on disk when this returns."""
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(token, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


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
        self._token: dict[str, Any] | None = None

    def headers(self) -> dict[str, str]:
        """Give the bearer header, with a token that will not expire on the way."""
        with self._guard:
            if self._token is None:
                self._token = self._store.load()
            if self._token is None or self._expires_soon(self._token):
                self._refresh(self._token)
            assert self._token is not None
            return {"Authorization": f"Bearer {SecretText(self._token['access_token']).reveal()}"}

    def renew(self) -> bool:
        """Replace a token that the vendor refused."""
        with self._guard:
            self._refresh(self._token)
            return True

    def _expires_soon(self, token: dict[str, Any]) -> bool:
        expires = token.get("expires_at")
        return expires is not None and expires - MARGIN_SECONDS < self._now()

    def _refresh(self, refused: dict[str, Any] | None) -> None:
        """Get a token under the lock; another process may have done so already."""
        with self._store.locked():
            stored = self._store.load()
            if stored is not None and stored != refused and not self._expires_soon(stored):
                self._token = stored
                return
            fresh = self._request(stored or refused)
            self._store.save(fresh)
            self._token = fresh

    def _request(self, last: dict[str, Any] | None) -> dict[str, Any]:
        settings = self._settings
        form: dict[str, Any] = {
            "grant_type": settings.grant,
            "client_id": settings.client_id,
            "client_secret": resolve_secret(settings.client_secret).reveal(),
        }
        if settings.scope:
            form["scope"] = settings.scope
        rotating = (last or {}).get("refresh_token")
        if settings.grant == "refresh_token":
            form["refresh_token"] = rotating or self._first_refresh_token()
        elif settings.grant == "password":
            if settings.password is None or settings.user is None:
                raise AuthenticationError("grant 'password' needs user and password", connection=self._connection)
            form |= {"username": settings.user, "password": resolve_secret(settings.password).reveal()}
        return self._post(form)

    def _first_refresh_token(self) -> str:
        if self._settings.refresh_token is None:
            raise AuthenticationError(
                f"no token yet; run: isthmus auth {self._connection}", connection=self._connection
            )
        return resolve_secret(self._settings.refresh_token).reveal()

    def _post(self, form: dict[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {"json": form} if self._endpoint.encoding == "json" else {"data": form}
        try:
            reply = requests.post(self._endpoint.url, timeout=self._endpoint.timeout, allow_redirects=False, **body)
        except requests.RequestException as error:
            raise UnavailableError(
                f"the token endpoint does not answer: {type(error).__name__}", connection=self._connection
            ) from None
        try:
            token = reply.json()
            access = token["access_token"]
        except (ValueError, KeyError, TypeError):
            token, access = None, None
        if reply.status_code >= 500 and access is None:
            raise UnavailableError("the token endpoint fails", connection=self._connection, status=reply.status_code)
        if access is None or reply.status_code >= 400:
            raise AuthenticationError(
                "the vendor refuses the OAuth client or its token; check client id, secret and grant",
                connection=self._connection,
                status=reply.status_code,
                vendor_words=redact(reply.text[:300]),
            )
        for name in ("access_token", "refresh_token"):
            if token.get(name):
                SecretText(token[name])
        if token.get("expires_in"):
            token["expires_at"] = self._now() + float(token["expires_in"])
        return token

    def adopt(self, form: dict[str, Any]) -> None:
        """Exchange an authorization code (``isthmus auth``) and store the tokens."""
        with self._guard, self._store.locked():
            form |= {
                "client_id": self._settings.client_id,
                "client_secret": resolve_secret(self._settings.client_secret).reveal(),
            }
            self._token = self._post(form)
            self._store.save(self._token)
