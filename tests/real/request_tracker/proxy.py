"""What stands before a site and at times fails: passes requests on, loses some, loses some replies, asks some to wait."""

from __future__ import annotations

import http.client
import random
import re
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final, NamedTuple

CHANCES: Final = {"flaky": {"lost": 0.1, "lost reply": 0.1}, "throttled": {"busy": 0.15}}
"""Profile -> what happens how often."""
MOST: Final = 3
"""Failures in a row."""
WRITE: Final = re.compile(r"/REST/2\.0/ticket(/\d+/\w+)?$")
"""Where a POST writes; elsewhere it searches."""
HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding"})


class Answer(NamedTuple):
    """What goes back to whoever asked."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes


class Proxy:
    """A loopback address before another one."""

    def __init__(self, port: int, told: float) -> None:
        """Begin to listen; ``told`` is how many seconds it asks to wait when it is busy."""
        self.chances: dict[str, float] = {}
        self._dice = random.Random(0)
        self._in_a_row = 0
        self.writes = 0
        """Writes that arrived so far."""
        self.before_write: Callable[[int], None] = lambda number: None
        """Told the number of each write before it is passed on."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, port, told))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def profile(self, profile: str | None, seed: int) -> None:
        """Put a profile into force; None is good behaviour."""
        self._dice = random.Random(seed)
        self.chances = {what: share for name in (profile or "").split("+") for what, share in CHANCES.get(name, {}).items()}

    def arrived(self, method: str, path: str) -> None:
        """Count a request that writes, and tell of it."""
        if method in ("PUT", "DELETE") or (method == "POST" and WRITE.search(path)):
            self.writes += 1
            self.before_write(self.writes)

    def fault(self) -> str | None:
        """Give what happens to the next request."""
        draw = self._dice.random()
        for what, share in self.chances.items():
            if draw < share and self._in_a_row < MOST:
                self._in_a_row += 1
                return what
            draw -= share
        self._in_a_row = 0
        return None

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


def _handler(proxy: Proxy, port: int, told: float) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes: the second would wait for an acknowledgement

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            proxy.arrived(self.command, self.path)
            fault = proxy.fault()
            if fault == "busy":
                _answer(self, Answer(429, [("Retry-After", f"{told:g}")], b""))
                return
            if fault != "lost":
                answer = _ask(self, port, body)
                if fault is None:
                    _answer(self, answer)
                    return
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            """Say nothing."""

        do_GET = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815

    return Handler


def _ask(request: BaseHTTPRequestHandler, port: int, body: bytes) -> Answer:
    headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as link:
        try:
            link.request(request.command, request.path, body, {**headers, "Content-Length": str(len(body))})
            reply = link.getresponse()
            return Answer(reply.status, reply.getheaders(), reply.read())
        except (OSError, http.client.HTTPException):
            return Answer(502, [], b"")


def _answer(request: BaseHTTPRequestHandler, answer: Answer) -> None:
    request.send_response_only(answer.status)
    for name, value in answer.headers:
        if name.lower() not in HOP and name.lower() != "content-length":
            request.send_header(name, value)
    if answer.status != 204:
        request.send_header("Content-Length", str(len(answer.content)))
    request.end_headers()
    request.wfile.write(answer.content)
