"""Sessions that begin with a login: a token for user name and password, renewed in time, given back at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from .auth import MARGIN_SECONDS
from .secrets import SecretText


@dataclass(frozen=True, slots=True)
class LoginToken:
    """What a login gave."""

    header: SecretText
    """The value of ``Authorization``."""
    expires_at: float | None = None
    """Seconds since 1970, our clock; None where the vendor does not tell."""


class LoginSigner:
    """Logs in when first needed, again before the token expires and after a 401, and logs out at the end."""

    def __init__(
        self,
        login: Callable[[], LoginToken],
        logout: Callable[[LoginToken], None],
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Make a signer; no call is made yet.

        Args:
            login: gets a token; raises a ``ConnectorError`` where the vendor gives none.
            logout: gives a token back; raises nothing.
            now: our clock, in seconds since 1970.
        """
        self._login = login
        self._logout = logout
        self._now = now
        self._guard = threading.Lock()
        self._token: LoginToken | None = None
        self._used = threading.local()
        """The token that this thread last sent."""

    def headers(self) -> dict[str, str]:
        """Give the header, with a token that will not expire on the way.

        Raises:
            ConnectorError: the vendor refuses the login, or does not answer.
        """
        with self._guard:
            if self._token is None or self._expires_soon(self._token):
                self._token = self._login()
            token = self._token
        self._used.token = token
        return {"Authorization": token.header.reveal()}

    def renew(self) -> bool:
        """Replace the token that the vendor refused to this thread, unless another thread has done so already."""
        with self._guard:
            if self._token is getattr(self._used, "token", None):
                self._token = self._login()
            return True

    def close(self) -> None:
        """Log out, where we are logged in: a session that is left open keeps a seat of the vendor's licence."""
        with self._guard:
            token, self._token = self._token, None
        if token is not None:
            self._logout(token)

    def _expires_soon(self, token: LoginToken) -> bool:
        return token.expires_at is not None and token.expires_at - MARGIN_SECONDS < self._now()
