"""Accounts of the sandbox: passwords, the OAuth client, tokens, the API key.

Nothing here is a secret: the values are derived from their names, and the sandbox prints them on start.

Token life (product documentation, OAuth application registry): access 1,800 s, refresh 100 days. A second request within
the life of a token returns the same token with the seconds that are left.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

ACCESS_LIFE = timedelta(seconds=1800)
REFRESH_LIFE = timedelta(days=100)
CODE_LIFE = timedelta(minutes=10)
GRANTS = ("password", "client_credentials", "refresh_token", "authorization_code")


def printed(name: str, length: int = 24) -> str:
    """Give the printed value of a credential: always the same for a name."""
    return hashlib.sha256(f"servicenow sandbox {name}".encode()).hexdigest()[:length]


def same(given: str, wanted: str) -> bool:
    """Compare without telling how much was right."""
    return hmac.compare_digest(given.encode(), wanted.encode())


@dataclass(slots=True)
class Token:
    """A token of a user."""

    text: str
    user_name: str
    expires: datetime


@dataclass(slots=True)
class Accounts:
    """Who may log in, and with what."""

    passwords: dict[str, str]
    """``user_name`` -> password."""
    application_user: str
    """As whom client credentials and the API key act."""
    client_id: str = field(default_factory=lambda: printed("client id", 32))
    client_key: str = field(default_factory=lambda: printed("client key"))
    api_key: str = field(default_factory=lambda: printed("api key", 48))
    access: dict[str, Token] = field(default_factory=dict[str, Token])
    """By text."""
    refresh: dict[str, Token] = field(default_factory=dict[str, Token])
    """By text."""
    codes: dict[str, tuple[Token, str]] = field(default_factory=dict[str, "tuple[Token, str]"])
    """Code -> the token that names user and life, and the redirect address."""

    def password_fits(self, user_name: str, given: str) -> bool:
        """Tell whether a password is right."""
        wanted = self.passwords.get(user_name.lower())
        return wanted is not None and same(given, wanted)

    def bearer(self, text: str, now: datetime) -> str | None:
        """Give whom a bearer token stands for; None for an unknown or expired one."""
        token = self.access.get(text)
        return token.user_name if token and token.expires > now else None

    def access_token(self, user_name: str, now: datetime) -> Token:
        """Give the user's access token: the living one, or a new one."""
        for token in self.access.values():
            if token.user_name == user_name and token.expires > now:
                return token
        return _new(self.access, user_name, now + ACCESS_LIFE)

    def refresh_token(self, user_name: str, now: datetime) -> Token:
        """Give the user's refresh token: the living one, or a new one."""
        for token in self.refresh.values():
            if token.user_name == user_name and token.expires > now:
                return token
        return _new(self.refresh, user_name, now + REFRESH_LIFE)

    def code(self, redirect: str, now: datetime) -> str:
        """Give a code that can be exchanged once."""
        token = Token(uuid4().hex, self.application_user, now + CODE_LIFE)
        self.codes[token.text] = token, redirect
        return token.text

    def granted(self, form: Mapping[str, str], now: datetime) -> str | None:
        """Give the user to whom a token request is granted; None where it is refused."""
        if form.get("client_id") != self.client_id or not same(form.get("client_secret", ""), self.client_key):
            return None
        match form.get("grant_type"):
            case "password":
                user_name = form.get("username", "")
                return user_name.lower() if self.password_fits(user_name, form.get("password", "")) else None
            case "client_credentials":
                return self.application_user
            case "refresh_token":
                token = self.refresh.get(form.get("refresh_token", ""))
                return token.user_name if token and token.expires > now else None
            case "authorization_code":
                return self._exchange(form, now)
            case _:
                return None

    def _exchange(self, form: Mapping[str, str], now: datetime) -> str | None:
        token, redirect = self.codes.pop(form.get("code", ""), (None, ""))
        valid = token is not None and token.expires > now and redirect == form.get("redirect_uri", "")
        return token.user_name if token and valid else None


def _new(tokens: dict[str, Token], user_name: str, expires: datetime) -> Token:
    token = Token((uuid4().hex + uuid4().hex + uuid4().hex)[:86], user_name, expires)
    tokens[token.text] = token
    return token
