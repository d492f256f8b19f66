"""A vendor that says byte for byte what a test wants, over a real socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from isthmus.core.net.auth import HeaderSigner
from isthmus.core.net.budget import Budget
from isthmus.core.net.http import ApiSession
from isthmus.core.net.secrets import SecretText

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
KEY = "the-key-of-ops"


@dataclass
class Wire:
    """Answers each request with the next scripted reply and then closes; keeps what it was sent."""

    socket: socket.socket
    script: list[bytes] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def says(self, *replies: bytes) -> None:
        self.script.extend(replies)

    def json(self, body: bytes, status: int = 200, *headers: str) -> None:
        head = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
        self.says("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    def serve(self) -> None:
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(5)
                self.heard.append(self.request(peer))
                reply = self.script.pop(0) if self.script else b""
                if reply.startswith(b"HTTP/"):
                    reply = reply.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
                peer.sendall(reply)

    @staticmethod
    def request(peer: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data and (piece := peer.recv(65536)):
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                while len(body) < int(line.partition(b":")[2]):
                    body += peer.recv(65536)
        return head + b"\r\n\r\n" + body


@pytest.fixture
def make_wire() -> Iterator[type[Wire]]:
    opened: list[tuple[socket.socket, threading.Thread]] = []

    def make() -> Wire:
        listening = socket.create_server(("127.0.0.1", 0))
        wire = Wire(listening)
        thread = threading.Thread(target=wire.serve, daemon=True)
        thread.start()
        opened.append((listening, thread))
        return wire

    yield make  # type: ignore[misc]
    for listening, thread in opened:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10)


@pytest.fixture
def wire(make_wire) -> Wire:
    return make_wire()


class Renewing:
    """A signer whose first token is refused."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.renewals = tokens, 0

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[0]}"}

    def renew(self) -> bool:
        self.renewals += 1
        if len(self.tokens) > 1:
            self.tokens.pop(0)
        return True


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def make(slept, request):
    def session(url: str, signer=None, **options) -> ApiSession:
        signer = signer or HeaderSigner("Authorization", SecretText(f"Bearer {KEY}"))
        budget = options.pop("budget", None) or Budget(sleep=slept.append)
        made = ApiSession(url, signer, connection="ops", budget=budget, clock=lambda: NOW, **options)
        request.addfinalizer(made.close)
        return made

    return session


@pytest.fixture
def api(wire, make) -> ApiSession:
    return make(wire.url)


@pytest.fixture
def renewing() -> type[Renewing]:
    """A class of signers that renew."""
    return Renewing
