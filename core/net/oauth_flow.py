"""The OAuth 2 authorization code flow for a program on a person's machine: a browser, and a listener on loopback.

RFC 8252 (loopback redirection), RFC 7636 (PKCE, S256) and the ``state`` of RFC 6749, section 10.12. The code is exchanged
and the tokens are stored by :class:`~isthmus.core.net.auth.OAuthSigner`; none of them is shown.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from ..connector import Connector
from ..errors import AuthenticationError, ConfigError, InterruptedRunError
from .auth import AuthorizationEndpoint, OAuth, OAuthSigner
from .secrets import SecretText

PATH = "/callback"
POLL_SECONDS = 0.5
"""How often the listener looks whether to stop."""
LONGEST_REQUEST = 10.0
"""Seconds that one browser connection may take; a silent one must not hold the listener."""
PAGE = """<!doctype html><meta charset="utf-8"><title>Isthmus</title><p>{words} You can close this window.</p>"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser is sent with, and what must come back."""

    url: str
    state: str
    verifier: str
    redirect_uri: str


def ask(endpoint: AuthorizationEndpoint, settings: OAuth, port: int) -> Asked:
    """Make the address at which a person grants access."""
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    SecretText(state)
    SecretText(verifier)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    redirect_uri = f"http://127.0.0.1:{port}{PATH}"
    query = {
        **endpoint.beside,
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    scope = settings.scope or endpoint.scope
    if scope:
        query["scope"] = scope
    return Asked(f"{endpoint.url}?{urlencode(query)}", state, verifier, redirect_uri)


class _Listener(TCPServer):
    """Waits for the browser to come back; what does not bear our state is turned away.

    A plain TCP server, since an HTTP server of the standard library asks the network for the machine's name.
    """

    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.timeout = POLL_SECONDS
        self.state = ""
        self.answer: dict[str, str] | None = None


class _Handler(BaseHTTPRequestHandler):
    server: _Listener  # pyright: ignore[reportIncompatibleVariableOverride] - made by no other server
    timeout = LONGEST_REQUEST

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        answer = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path != PATH:
            self._say(404, "Nothing is here.")
        elif not hmac.compare_digest(answer.get("state", "").encode(), self.server.state.encode()):
            self._say(400, "This is not the answer that Isthmus waits for.")
        else:
            self.server.answer = answer
            self._say(200, "Isthmus has access." if "code" in answer else "Isthmus was not given access.")

    def _say(self, status: int, words: str) -> None:
        page = PAGE.format(words=words).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing: the request line holds the code."""


def grant(
    connector: Connector,
    *,
    port: int,
    show: Callable[[str], object],
    wait: float = 300.0,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Let a person grant access in a browser, and store the tokens for the connection.

    Args:
        connector: the connection's connector.
        port: loopback port of the redirect URI; 0 takes a free one, where the vendor allows any port.
        show: shown the address to open.
        wait: seconds to wait for the person.
        stop: asked whether to give up.
        clock: a monotonic clock, in seconds.

    Raises:
        ConfigError: the connection uses no such grant, or the port is taken.
        AuthenticationError: access was refused, or nobody answered in time.
        InterruptedRunError: asked to stop.
    """
    name = connector.context.connection
    endpoint, settings = _settings(connector)
    try:
        listener = _Listener(port)
    except OSError as error:
        raise ConfigError(f"port {port} cannot be listened on ({error.strerror}); choose another one: --port") from error
    with listener:
        asked = ask(endpoint, settings, listener.server_address[1])
        listener.state = asked.state
        show(asked.url)
        until = clock() + wait
        while listener.answer is None:
            if stop():
                raise InterruptedRunError("asked to stop before access was granted")
            if clock() > until:
                raise AuthenticationError(f"nobody granted access within {wait:.0f} seconds", connection=name)
            listener.handle_request()
    code = listener.answer.get("code")
    if code is None:
        words = listener.answer.get("error_description") or listener.answer.get("error", "")
        raise AuthenticationError("access was not granted", connection=name, vendor_words=words)
    SecretText(code)
    signer = OAuthSigner(settings, endpoint.token, connector.context.tokens, connection=name)
    signer.adopt(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": asked.redirect_uri,
            "code_verifier": asked.verifier,
        }
    )


def _settings(connector: Connector) -> tuple[AuthorizationEndpoint, OAuth]:
    """Give where to ask and as whom, where the connection needs a person's grant."""
    place, auth = f"connections.{connector.context.connection}.auth", connector.settings.auth
    endpoint = connector.authorization()
    if endpoint is None:
        raise ConfigError(f"{place}: {connector.title} knows no grant in a browser; nothing is to be done")
    if not isinstance(auth, OAuth):
        raise ConfigError(f"{place}: kind '{auth.kind}' needs no browser; a grant in a browser needs kind: oauth")
    if auth.grant != "refresh_token":
        raise ConfigError(
            f"{place}: grant '{auth.grant}' needs no browser; a grant in a browser needs grant: refresh_token"
        )
    return endpoint, auth
