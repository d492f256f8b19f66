"""What stands before a site and at times fails: passes requests on, loses some, loses some replies, asks some to wait."""

from __future__ import annotations

import http.client
import random
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final

CHANCES: Final = {"flaky": {"lost": 0.1, "lost reply": 0.1}, "throttled": {"busy": 0.15}}
"""Profile -> what happens how often."""
MOST: Final = 3
"""Failures in a row."""
HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding"})


class Proxy:
    """A loopback address before another one."""

    def __init__(self, port: int, told: float) -> None:
        """Begin to listen; ``told`` is how many seconds it asks to wait when it is busy."""
        self.chances: dict[str, float] = {}
        self._dice = random.Random(0)
        self._in_a_row = 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                fault = proxy.fault()
                if fault == "busy":
                    self._answer(429, [("Retry-After", f"{told:g}")], b"")
                    return
                if fault != "lost":
                    status, headers, content = self._ask(body)
                    if fault is None:
                        self._answer(status, headers, content)
                        return
                self.close_connection = True

            def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
                with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as link:
                    kept = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
                    try:
                        link.request(self.command, self.path, body, {**kept, "Content-Length": str(len(body))})
                        reply = link.getresponse()
                        return reply.status, reply.getheaders(), reply.read()
                    except OSError:
                        return 502, [], b""

            def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in HOP and name.lower() != "content-length":
                        self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

            do_GET = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def profile(self, profile: str | None, seed: int) -> None:
        """Put a profile into force; None is good behaviour."""
        self._dice = random.Random(seed)
        self.chances = {what: share for name in (profile or "").split("+") for what, share in CHANCES.get(name, {}).items()}

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
