"""The HTTP session of a connection: signing, time-outs, retries, limits, redirects.

TLS is always verified; neither proxies nor ``.netrc`` of the environment are used; cookies are not kept. Credentials never
follow a redirect or a file's URL to another origin (host, port and scheme). What is tried again, :mod:`core.net.retry`
says; what a reply means, :mod:`core.net.replies`.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Final, cast
from urllib.parse import urljoin, urlsplit

import orjson
import requests

from ..errors import RateLimitedError, RejectedError, UnavailableError, UnexpectedReplyError
from ..redaction import MASK, get_logger
from .auth import Signer
from .budget import LONGEST_WAIT, Budget, Limit
from .replies import ErrorRule, Interpreter, Reply
from .retry import ATTEMPTS, http_date, retry_after, retrying
from .sessions import plain_session
from .urls import fill_path, origin_of, quote_segment

__all__ = [
    "ATTEMPTS",
    "LONGEST_WAIT",
    "ApiSession",
    "ErrorRule",
    "Exchange",
    "Limit",
    "Reply",
    "fill_path",
    "quote_segment",
]

log = get_logger("http")

MAX_REPLY = 64 * 1024 * 1024
"""Bytes of one JSON reply that we are willing to hold."""
CHUNK = 256 * 1024
LONGEST_REPLY: Final = 300.0
"""Seconds after which a JSON reply that still trickles in is given up."""
MAX_REDIRECTS = 5
_READS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its reply, for a recorder; credentials are masked."""

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    reply_headers: Mapping[str, str]
    reply_body: bytes


@dataclass(frozen=True, slots=True)
class _Call:
    """One call, ready to be sent any number of times."""

    method: str
    url: str
    operation: str
    params: Mapping[str, Any] | None
    body: Any
    headers: Mapping[str, str]

    @property
    def may_apply(self) -> bool:
        return self.method not in _READS


class ApiSession:
    """Speaks JSON over HTTP with one vendor for one connection."""

    def __init__(
        self,
        base_url: str,
        signer: Signer,
        *,
        connection: str,
        budget: Budget | None = None,
        error_rules: tuple[ErrorRule, ...] = (),
        limits: Callable[[Mapping[str, str]], list[Limit]] = lambda headers: [],
        words: Callable[[Any], str] = lambda data: "",
        timeout: tuple[float, float] = (10.0, 60.0),
        headers: Mapping[str, str] | None = None,
        recorder: Callable[[Exchange], None] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make a session; no call is made yet.

        Args:
            base_url: scheme, host and port of the vendor.
            signer: proves who we are.
            connection: name of the connection, for messages.
            budget: the connection's rate budget.
            error_rules: the vendor's own meanings of statuses.
            limits: reads the vendor's rate headers.
            words: finds the vendor's explanation in an error body.
            timeout: seconds to connect and to wait for bytes.
            headers: sent with every call.
            recorder: sees each request and reply, for conformance checks.
            clock: our clock, in UTC; used to measure the vendor's skew.
        """
        self.base_url = base_url.rstrip("/")
        self.budget = budget or Budget()
        self.skew_seconds = 0.0
        """The vendor's clock minus ours, as last measured."""
        self._signer = signer
        self._connection = connection
        self._interpreter = Interpreter(connection, error_rules, words)
        self._limits = limits
        self._timeout = timeout
        self._headers = dict(headers or {})
        self._recorder = recorder
        self._clock = clock
        self._local = threading.local()
        self._sessions: list[requests.Session] = []

    def close(self) -> None:
        """Close the connections of all threads."""
        while self._sessions:
            self._sessions.pop().close()

    # -- calls

    def call(
        self,
        method: str,
        template: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Callable[[], Any] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        counts: tuple[str, ...] = ("account",),
        **path: str | int,
    ) -> Reply:
        """Make one call and give its JSON reply.

        Args:
            method: HTTP method.
            template: path template; its places are filled from ``path``, quoted.
            params: query parameters.
            json: request body.
            data: raw request body, or a function that opens it anew for each sending (a file, or a context manager
                that gives one; it is closed).
            headers: further headers.
            repeatable: whether a second sending does no harm; reads are by default.
            counts: names of the limits that the call counts against.
            path: values for the template.

        Raises:
            ConnectorError: any error of the tree in ``core.errors``.
        """
        kind = {"Content-Type": "application/json"} if json is not None else {}
        call = _Call(
            method,
            self.base_url + fill_path(template, **path),
            f"{method} {template}",
            params,
            orjson.dumps(json) if json is not None else data,
            {"Accept": "application/json", **self._headers, **kind, **(headers or {})},
        )
        safe = not call.may_apply if repeatable is None else repeatable

        def attempt() -> Reply:
            self._wait_for(call.operation, counts)
            return self._once(call)

        return retrying(safe=safe, sleep=self.budget.sleep)(attempt)

    def download(self, url: str, target: BinaryIO, *, signed: bool = True) -> str:
        """Stream a file into ``target``, from its start, and give its SHA-256 in hex.

        Credentials are sent to the vendor's own origin only, and follow no redirect to another.

        Args:
            url: where the file is; a path is one of the vendor's.
            target: takes the bytes.
            signed: send credentials; not to an address that is its own permission.

        Raises:
            ConnectorError: any error of the tree in ``core.errors``.
        """

        def attempt() -> str:
            target.seek(0)
            target.truncate()
            try:
                with self._file(url, signed=signed) as reply:
                    return self._stream(reply, target)
            except requests.RequestException as error:
                raise self._interpreter.lost(error, "GET file", may_apply=False) from None

        return retrying(safe=True, sleep=self.budget.sleep)(attempt)

    def _stream(self, reply: requests.Response, target: BinaryIO) -> str:
        digest, size = hashlib.sha256(), 0
        for chunk in reply.iter_content(CHUNK):
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        expected = reply.headers.get("Content-Length", "")
        if expected.isdigit() and "Content-Encoding" not in reply.headers and size != int(expected):
            raise UnavailableError("the file came cut short", connection=self._connection, operation="GET file")
        return digest.hexdigest()

    @contextmanager
    def _file(self, url: str, *, signed: bool) -> Generator[requests.Response]:
        address = urljoin(self.base_url + "/", url)
        renewed = False
        for _ in range(MAX_REDIRECTS + 2):
            self._wait_for("GET file", ())
            home = signed and origin_of(address) == origin_of(self.base_url)
            headers = {"Accept-Encoding": "identity", **(self._signer.headers() if home else {})}
            with self._session.get(
                address, headers=headers, timeout=self._timeout, stream=True, allow_redirects=False
            ) as reply:
                if reply.status_code == 401 and home and not renewed and self._signer.renew():
                    renewed = True
                elif reply.is_redirect:
                    address = self._redirected(address, reply.headers["Location"])
                elif reply.status_code >= 300:
                    content = self._content(reply, "GET file")
                    raise self._interpreter.error(
                        reply, content, "GET file", may_apply=False, wait=self._asked_wait(reply.headers)
                    )
                else:
                    yield reply
                    return
        raise UnexpectedReplyError("the file redirects in circles", connection=self._connection)

    def _redirected(self, address: str, location: str) -> str:
        """Give the address that a file's redirect leads to; never from TLS to plain text, never to a local file."""
        target = urljoin(address, location)
        if urlsplit(target).scheme not in {"https", urlsplit(address).scheme}:
            raise UnexpectedReplyError("the file redirects to an address without TLS", connection=self._connection)
        return target

    # -- one sending

    @property
    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = plain_session()
            self._local.session = session
            self._sessions.append(session)
        return session

    def _wait_for(self, operation: str, counts: tuple[str, ...]) -> None:
        try:
            self.budget.before(operation, counts)
        except RateLimitedError as error:
            error.connection = self._connection
            raise

    def _once(self, call: _Call) -> Reply:
        """Send a call; a second time after a 401, where the signer has newer credentials."""
        reply, content = self._send(call)
        if reply.status_code == 401 and self._signer.renew():
            reply, content = self._send(call)
        if reply.status_code >= 300:
            raise self._interpreter.error(
                reply, content, call.operation, may_apply=call.may_apply, wait=self._asked_wait(reply.headers)
            )
        data = self._interpreter.json(reply, content, call.operation, may_apply=call.may_apply)
        return Reply(reply.status_code, reply.headers, data)

    def _send(self, call: _Call) -> tuple[requests.Response, bytes]:
        signed = self._signer.headers()
        started = self.budget.now()
        try:
            with (
                _opened(call.body) as body,
                self._session.request(
                    call.method,
                    call.url,
                    params=call.params,
                    data=body,
                    headers={**call.headers, **signed},
                    timeout=self._timeout,
                    stream=True,
                    allow_redirects=False,
                ) as reply,
            ):
                content = self._content(reply, call.operation, may_apply=call.may_apply)
        except requests.RequestException as error:
            raise self._interpreter.lost(error, call.operation, may_apply=call.may_apply) from None
        except UnicodeError:  # its text holds the header's value
            raise RejectedError(
                "a header cannot carry this value", connection=self._connection, operation=call.operation
            ) from None
        log.debug("%s %s %d in %.3f s", self._connection, call.operation, reply.status_code, self.budget.now() - started)
        self._observe(reply, content, call, signed)
        return reply, content

    def _content(self, reply: requests.Response, operation: str, *, may_apply: bool = False) -> bytes:
        chunks: list[bytes] = []
        size, started = 0, self.budget.now()
        for chunk in reply.iter_content(CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_REPLY:
                raise UnexpectedReplyError(
                    f"the reply is over {MAX_REPLY // 2**20} MB", connection=self._connection, operation=operation
                )
            if self.budget.now() - started > LONGEST_REPLY:
                raise UnavailableError(
                    "the reply does not end", connection=self._connection, operation=operation, maybe_applied=may_apply
                )
        return b"".join(chunks)

    def _observe(self, reply: requests.Response, content: bytes, call: _Call, signed: Mapping[str, str]) -> None:
        self.budget.learn(self._limits(reply.headers))
        stamp = http_date(reply.headers.get("Date", ""))
        if stamp is not None:
            self.skew_seconds = (stamp - self._clock()).total_seconds()
        if self._recorder is not None and reply.request.url is not None:
            secret = {name.lower() for name in signed}
            self._recorder(
                Exchange(
                    call.method,
                    reply.request.url,
                    {
                        name: _masked(value) if name.lower() in secret else value
                        for name, value in reply.request.headers.items()
                    },
                    call.body if isinstance(call.body, bytes) else b"",
                    reply.status_code,
                    dict(reply.headers),
                    content,
                )
            )

    def _asked_wait(self, headers: Mapping[str, str]) -> float | None:
        return retry_after(headers, self._clock() + timedelta(seconds=self.skew_seconds))


def _masked(value: str) -> str:
    """Mask a credential; its scheme stays."""
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {MASK}" if space else MASK


@contextmanager
def _opened(body: Any) -> Generator[Any]:
    """Open a body for one sending; an empty file is sent as no bytes, not as a stream of unknown length."""
    if not callable(body):
        yield body
        return
    content: Any = body()
    if not isinstance(content, AbstractContextManager):
        yield content
        return
    source = cast("AbstractContextManager[Any]", content)
    with source as opened:
        empty = isinstance(opened, io.IOBase) and opened.seekable() and _remaining(opened) == 0
        yield b"" if empty else opened


def _remaining(file: io.IOBase) -> int:
    position = file.tell()
    end = file.seek(0, io.SEEK_END)
    file.seek(position)
    return end - position
