"""The HTTP server: threads on loopback, keep-alive, replies sent whole, cut or not at all.

The vendor sees werkzeug requests and responses. The server is the standard library's, because a fault needs the socket:
to reset it, to end a body early, or to keep silent.
"""

from __future__ import annotations

import contextlib
import io
import select
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from werkzeug.wrappers import Request, Response

from .dispatch import Dispatch, Reply

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes of a request body that are read; a larger one is answered 413."""
IDLE_SECONDS = 60.0
HOST = "127.0.0.1"


class Server(ThreadingHTTPServer):
    """Serves one vendor on a port of the loopback interface until :meth:`stop`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, dispatch: Dispatch, port: int = 0) -> None:
        """Bind the port (0: any free one) and tell the vendor its base URL; :meth:`start` begins to serve."""
        super().__init__((HOST, port), _Connection)
        self.dispatch = dispatch
        self.base_url = f"http://{HOST}:{self.server_address[1]}"
        self.dispatch.vendor.base_url = self.base_url
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, name="sandbox", daemon=True
        )

    def start(self) -> None:
        """Begin to serve in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and end every open connection."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        self._thread.join()
        for open_socket in list(self._open):
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, then serve it in a thread."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget and end the connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is no error of a sandbox."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = IDLE_SECONDS
    server_version = "nginx"
    sys_version = ""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing: the sandbox counts calls instead."""

    def _answer(self) -> None:
        body = self._read_body()
        if body is None:
            self.close_connection = True
            self._send(Response("Request Entity Too Large", 413, content_type="text/plain"), cut=False)
            return
        reply = self._dispatch.answer(Request(self._environ(body)))
        self._carry_out(reply)
        if reply.then is not None:
            reply.then()
            self.close_connection = True  # what the client may have sent in between came too late

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815 - the base class's names

    @property
    def _dispatch(self) -> Dispatch:
        return cast("Server", self.server).dispatch

    def _read_body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        return None if length > LARGEST_BODY else self.rfile.read(length)

    def _read_chunks(self) -> bytes | None:
        parts: list[bytes] = []
        total = 0
        while size := int(self.rfile.readline().split(b";")[0], 16):
            total += size
            if total > LARGEST_BODY:
                return None
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            """Trailers are read and dropped."""
        return b"".join(parts)

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        host, port = cast("tuple[str, int]", self.server.server_address)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}:
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _carry_out(self, reply: Reply) -> None:
        if reply.hold:
            self._wait(reply.hold)
        if reply.response is None:
            self._reset()
        else:
            self._send(reply.response, cut=reply.cut)

    def _wait(self, seconds: float) -> None:
        """Keep silent until the time is over, the client has gone or the server stops (its stop shuts the socket)."""
        select.select([self.connection], [], [], seconds)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _send(self, response: Response, *, cut: bool) -> None:
        body = response.get_data()
        if cut:
            self.close_connection = True
        self.send_response(response.status_code, response.status.partition(" ")[2])
        response.headers["Content-Length"] = str(len(body))
        if self.close_connection:
            response.headers["Connection"] = "close"
        for name, value in response.headers:
            if not (name == "Content-Length" and response.status_code in {204, 304}):
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Give the ``Date`` header by the virtual clock."""
        return super().date_time_string(self._dispatch.vendor.clock.timestamp() if timestamp is None else timestamp)
