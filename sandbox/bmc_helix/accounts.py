"""Accounts and tokens: passwords, the tokens of logins, and the grants of Helix Single Sign-On.

Nothing here is a secret: the values are derived from their names, and the sandbox prints them on start. An AR-JWT is
a JSON Web Token with the claims ``sub``, ``iss``, ``iat``, ``nbf`` (two minutes earlier), ``exp``, ``jti`` and
``_cacheId``; it lives for an hour, and there is none to renew it with (docs.bmc.com, access and authentication for
the REST API).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from .session import Role

TOKEN_LIFE = 3600
REFRESH_LIFE = 7 * 86400
CODE_LIFE = 600
GRANTS = ("authorization_code", "refresh_token")


def printed(name: str, length: int = 24) -> str:
    """Give the printed value of a credential: always the same for a name."""
    return hashlib.sha256(f"bmc helix sandbox {name}".encode()).hexdigest()[:length]


def same(given: str, wanted: str) -> bool:
    """Compare without telling how much was right."""
    return hmac.compare_digest(given.encode(), wanted.encode())


@dataclass(slots=True)
class Token:
    """What one login gave."""

    text: str
    login: str
    expires: int
    redirect: str = ""
    """Of a code: where it may be used from."""
    served: int = 0
    """How many requests it let in."""


@dataclass(slots=True)
class Accounts:
    """Who may log in, and who is logged in."""

    roles: dict[str, Role]
    """Login -> role, of the accounts with a password."""
    integration: str
    """As whom a consent at Single Sign-On acts."""
    life: int = TOKEN_LIFE
    """Seconds for which a token is valid; configurable on a server."""
    client_id: str = field(default_factory=lambda: printed("client id", 32))
    client_key: str = field(default_factory=lambda: printed("client key"))
    tokens: dict[str, Token] = field(default_factory=dict[str, Token])
    refresh: dict[str, Token] = field(default_factory=dict[str, Token])
    codes: dict[str, Token] = field(default_factory=dict[str, Token])
    drawn: int = 0

    def password_fits(self, login: str, given: str) -> bool:
        """Tell whether a login may come in."""
        return login in self.roles and same(given, printed(login))

    def log_in(self, login: str, now: int) -> Token:
        """Give a new token of a login."""
        return self._keep(self.tokens, self._jwt(login, now), login, now + self.life)

    def bearer(self, login: str, now: int) -> tuple[Token, Token]:
        """Give an access and a refresh token of Single Sign-On."""
        access = self._keep(self.tokens, self._drawn("access"), login, now + self.life)
        return access, self.refresh_token(login, now)

    def refresh_token(self, login: str, now: int) -> Token:
        """Give a new refresh token."""
        return self._keep(self.refresh, self._drawn("refresh"), login, now + REFRESH_LIFE)

    def code(self, redirect: str, now: int) -> str:
        """Give a code that can be exchanged once."""
        token = self._keep(self.codes, self._drawn("code"), self.integration, now + CODE_LIFE)
        token.redirect = redirect
        return token.text

    def holder(self, text: str, now: int) -> Token | None:
        """Give what a valid token stands for."""
        token = self.tokens.get(text)
        return token if token is not None and token.expires > now else None

    def newest(self, login: str) -> Token:
        """Give the token of the latest login of an account that has one."""
        return [token for token in self.tokens.values() if token.login == login][-1]

    def granted(self, form: Mapping[str, str], now: int) -> str | None:
        """Give the login to whom a token request is granted; None where it is refused."""
        if form.get("client_id") != self.client_id or not same(form.get("client_secret", ""), self.client_key):
            return None
        match form.get("grant_type"):
            case "authorization_code":
                token = self.codes.pop(form.get("code", ""), None)
                right = token is not None and token.redirect == form.get("redirect_uri", "")
            case "refresh_token":
                token = self.refresh.pop(form.get("refresh_token", ""), None)
                right = token is not None
            case _:
                return None
        return token.login if token is not None and right and token.expires > now else None

    @staticmethod
    def _keep(tokens: dict[str, Token], text: str, login: str, expires: int) -> Token:
        tokens[text] = Token(text, login, expires)
        return tokens[text]

    def _drawn(self, kind: str) -> str:
        self.drawn += 1
        return printed(f"{kind} {self.drawn}", 40)

    def _jwt(self, login: str, now: int) -> str:
        self.drawn += 1
        claims = {"sub": login, "iss": "sandbox", "iat": now, "nbf": now - 120, "exp": now + self.life}
        claims |= {"jti": printed(f"jti {self.drawn}"), "_cacheId": self.drawn}
        signed = f"{_encoded({'typ': 'JWT', 'alg': 'HS256'})}.{_encoded(claims)}"
        digest = hmac.digest(printed("signature").encode(), signed.encode(), "sha256")
        return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _encoded(part: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=").decode()
