"""Record what a connection's export asks and what a sandbox answers, and serve it again from a process of its own.

A recording is a file of reply bodies and an index of them in the order in which they were asked for. The server only looks
up a request and sends bytes that are ready, so it costs the one who asks nothing but the wait.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import BinaryIO, ClassVar
from urllib.parse import urlsplit

import orjson
from isthmus.core.net.http import Exchange

HOP = frozenset({"connection", "content-length", "content-encoding", "server", "transfer-encoding"})
"""Headers that belong to the server that sends them; bodies are recorded as they are after decoding."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and where its reply lies."""

    method: str
    target: str
    """Path and query."""
    body: str
    """The request's body."""
    status: int
    headers: dict[str, str]
    start: int
    size: int
    """Bytes of the reply's body."""

    @property
    def key(self) -> str:
        """Name the request."""
        return _key(self.method, self.target, self.body.encode())


def _key(method: str, target: str, body: bytes) -> str:
    return f"{method} {target} {hashlib.sha256(body).hexdigest()}"


@dataclass(slots=True)
class Recording:
    """Exchanges on disk, in a folder."""

    folder: Path
    entries: list[Entry] = field(default_factory=list)

    @property
    def bodies(self) -> Path:
        """The file of reply bodies."""
        return self.folder / "bodies"

    @contextmanager
    def taking(self) -> Generator[Recorder]:
        """Give a recorder; the index is written when the block ends."""
        with self.bodies.open("wb") as target:
            yield Recorder(self, target)
        (self.folder / "index.json").write_bytes(orjson.dumps(self.entries))

    @classmethod
    def load(cls, folder: Path) -> Recording:
        """Read the index of a recording."""
        return cls(folder, [Entry(**each) for each in orjson.loads((folder / "index.json").read_bytes())])

    @property
    def size(self) -> int:
        """Bytes of all replies."""
        return sum(entry.size for entry in self.entries)


@dataclass(slots=True)
class Recorder:
    """Takes in exchanges, as a connection's context offers them."""

    recording: Recording
    target: BinaryIO

    def __call__(self, exchange: Exchange) -> None:
        """Keep one exchange."""
        address = urlsplit(exchange.url)
        headers = {name: value for name, value in exchange.reply_headers.items() if name.lower() not in HOP}
        self.recording.entries.append(
            Entry(
                exchange.method,
                f"{address.path}?{address.query}" if address.query else address.path,
                exchange.request_body.decode(),
                exchange.status,
                headers,
                self.target.tell(),
                len(exchange.reply_body),
            )
        )
        self.target.write(exchange.reply_body)


class _Handler(BaseHTTPRequestHandler):
    """Answers from a recording, over connections that stay open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    replies: ClassVar[dict[str, Iterator[Entry]]] = {}
    bodies: ClassVar[int] = -1

    def do_GET(self) -> None:
        """Answer a request of any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        entry = next(self.replies.get(_key(self.command, self.path, body), iter(())), None)
        if entry is None:
            self.send_error(404, "not recorded")
            return
        self.send_response_only(entry.status)
        for name, value in (*entry.headers.items(), ("Content-Length", str(entry.size))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        start, left = entry.start, entry.size
        while left:
            sent = os.sendfile(self.connection.fileno(), self.bodies, start, left)
            start, left = start + sent, left - sent

    do_POST = do_GET  # noqa: N815 - the name is http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


def _replies(entries: list[Entry]) -> dict[str, Iterator[Entry]]:
    """Give the replies to each request: one after another where it was asked several times, the last one for ever."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.key, []).append(entry)
    return {key: _lasting(each) for key, each in found.items()}


def _lasting(entries: list[Entry]) -> Iterator[Entry]:
    yield from entries
    while True:
        yield entries[-1]


def _serve(pipe: Connection, folder: Path) -> None:
    recording = Recording.load(folder)
    with recording.bodies.open("rb") as bodies, ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        _Handler.replies, _Handler.bodies = _replies(recording.entries), bodies.fileno()
        Thread(target=server.serve_forever, daemon=True).start()
        pipe.send(f"http://127.0.0.1:{server.server_port}")
        pipe.recv()
        server.shutdown()


@contextmanager
def served(folder: Path) -> Generator[str]:
    """Serve a recording from a process of its own, and give its address."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, folder))
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.send("stop")
        process.join(20)
        if process.is_alive():
            process.kill()
