"""The HTTP session of a connection: signing, time-outs, retries, limits, redirects, and the translation of errors.

Reads are retried; a write is retried only where the caller says that repeating it is safe. ``Retry-After`` is honoured. A
reply that is not what a JSON API gives (a login page, a hibernating instance) is named as such. Credentials never follow a
redirect to another host. A write whose fate is unknown raises ``UnavailableError`` with ``maybe_applied`` set, so that the
engine settles it instead of guessing.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import Cookie, DefaultCookiePolicy
from typing import Any, BinaryIO, Final
from urllib.parse import quote, urljoin, urlsplit

import orjson
import requests
import urllib3
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from .auth import Signer
from .budget import Budget, Limit
from .errors import (
    AuthenticationError,
    ConnectorError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    RetryableError,
    UnavailableError,
    UnexpectedReplyError,
)
from .secrets import redact

log = logging.getLogger("isthmus.http")

MAX_REPLY = 64 * 1024 * 1024
"""Bytes of one JSON reply that we are willing to hold."""
CHUNK = 256 * 1024
ATTEMPTS: Final = 6
LONGEST_WAIT: Final = 120.0
"""Seconds; a vendor that asks for more gets the run stopped as rate limited."""
PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """A vendor's own meaning of a status, tried before the common ones."""

    status: int
    raises: type[ConnectorError]
    contains: str = ""
    """Text that the body must contain."""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its reply, for a recorder."""

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    reply_headers: Mapping[str, str]
    reply_body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with its JSON parsed."""

    status: int
    headers: Mapping[str, str]
    data: Any


def fill_path(template: str, **values: str | int) -> str:
    """Fill a path template; every value is quoted, so that none can change the path's shape."""
    return PLACE.sub(lambda match: quote_segment(str(values[match.group(1)])), template)


def quote_segment(text: str) -> str:
    """Quote one path segment; a segment of dots, which servers resolve, is quoted as well."""
    quoted = quote(text, safe="")
    return quoted.replace(".", "%2E") if set(quoted) <= {"."} else quoted


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
        self._signer = signer
        self._connection = connection
        self._rules = error_rules
        self._limits = limits
        self._words = words
        self._timeout = timeout
        self._headers = dict(headers or {})
        self._recorder = recorder
        self._clock = clock
        self._local = threading.local()

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
            data: raw request body, or a function that opens it anew for each attempt.
            headers: further headers.
            repeatable: whether a second sending does no harm; reads are by default.
            counts: names of the limits that the call counts against.
            path: values for the template.

        Raises:
            ConnectorError: any error of the tree in ``core.errors``.
        """
        operation = f"{method} {template}"
        body = orjson.dumps(json) if json is not None else data
        extra = {"Content-Type": "application/json"} if json is not None else {}
        safe = method in ("GET", "HEAD") if repeatable is None else repeatable

        def attempt() -> Reply:
            self.budget.before(operation, counts)
            return self._once(
                method,
                self.base_url + fill_path(template, **path),
                operation,
                params=params,
                body=body() if callable(body) else body,
                headers={**self._headers, **extra, **(headers or {})},
            )

        return self._retrying(safe)(attempt)

    def download(self, url: str, target: BinaryIO) -> str:
        """Stream a file into ``target``, from its start, and give its SHA-256 in hex.

        Credentials are sent to the vendor's own host only, and follow no redirect to another.
        """

        def attempt() -> str:
            target.seek(0)
            target.truncate()
            digest = hashlib.sha256()
            with self._file(url) as reply:
                expected = reply.headers.get("Content-Length")
                size = 0
                for chunk in reply.iter_content(CHUNK):
                    target.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                encoded = reply.headers.get("Content-Encoding")
                if expected is not None and not encoded and size != int(expected):
                    raise UnavailableError("the file came cut short", connection=self._connection)
            return digest.hexdigest()

        def translated() -> str:
            try:
                return attempt()
            except requests.RequestException as error:
                raise self._lost(error, "download", may_apply=False) from None

        return self._retrying(True)(translated)

    @contextmanager
    def _file(self, url: str) -> Iterator[requests.Response]:
        address = urljoin(self.base_url + "/", url)
        for _ in range(5):
            headers = dict(self._signer.headers()) if self._is_home(address) else {}
            self.budget.before("GET file", ())
            reply = self._session.get(
                address, headers=headers, timeout=self._timeout, stream=True, allow_redirects=False
            )
            if reply.is_redirect:
                address = urljoin(address, reply.headers["Location"])
                reply.close()
                continue
            try:
                if reply.status_code >= 400:
                    raise self._error(reply, reply.content[:4000], "GET file")
                yield reply
            finally:
                reply.close()
            return
        raise UnexpectedReplyError("the file redirects in circles", connection=self._connection)

    def _is_home(self, url: str) -> bool:
        home, other = urlsplit(self.base_url), urlsplit(url)
        return (home.scheme, home.hostname, home.port) == (other.scheme, other.hostname, other.port)

    # -- one attempt

    @property
    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.cookies.set_policy(_NoCookies())
            self._local.session = session
        return session

    def _once(
        self,
        method: str,
        url: str,
        operation: str,
        *,
        params: Mapping[str, Any] | None,
        body: Any,
        headers: dict[str, str],
    ) -> Reply:
        may_apply = method not in ("GET", "HEAD")
        for renewed in (False, True):
            started = time.perf_counter()
            try:
                with self._session.request(
                    method,
                    url,
                    params=params,
                    data=body,
                    headers={"Accept": "application/json", **headers, **self._signer.headers()},
                    timeout=self._timeout,
                    stream=True,
                    allow_redirects=False,
                ) as reply:
                    content = self._content(reply, operation)
            except requests.RequestException as error:
                raise self._lost(error, operation, may_apply=may_apply) from None
            self._observe(reply, content, body, operation, started)
            if reply.status_code == 401 and not renewed and self._signer.renew():
                continue
            if reply.status_code >= 300:
                error = self._error(reply, content, operation)
                if isinstance(error, UnavailableError):
                    error.maybe_applied = may_apply
                raise error
            return Reply(reply.status_code, reply.headers, self._json(reply, content, operation, may_apply=may_apply))
        raise AssertionError("unreachable")

    def _content(self, reply: requests.Response, operation: str) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in reply.iter_content(CHUNK):
            size += len(chunk)
            if size > MAX_REPLY:
                raise UnexpectedReplyError(
                    f"the reply is over {MAX_REPLY // 2**20} MB",
                    connection=self._connection,
                    operation=operation,
                )
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _observe(self, reply: requests.Response, content: bytes, body: Any, operation: str, started: float) -> None:
        log.debug(
            "%s %s %d in %.0f ms",
            self._connection,
            operation,
            reply.status_code,
            (time.perf_counter() - started) * 1000,
        )
        self.budget.learn(self._limits(reply.headers))
        stamp = reply.headers.get("Date")
        if stamp:
            self.skew_seconds = (parsedate_to_datetime(stamp) - self._clock()).total_seconds()
        if self._recorder is not None and reply.request.url is not None:
            sent = body if isinstance(body, bytes) else b""
            self._recorder(
                Exchange(
                    str(reply.request.method),
                    reply.request.url,
                    dict(reply.request.headers),
                    sent,
                    reply.status_code,
                    dict(reply.headers),
                    content,
                )
            )

    def _json(self, reply: requests.Response, content: bytes, operation: str, *, may_apply: bool) -> Any:
        if not content.strip():
            return None
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            pass
        kind = reply.headers.get("Content-Type", "")
        if "json" in kind:
            error = UnavailableError(
                "the reply came cut short",
                connection=self._connection,
                operation=operation,
                status=reply.status_code,
            )
            error.maybe_applied = may_apply
            raise error
        raise UnexpectedReplyError(
            f"got {kind.split(';')[0] or 'something'} where JSON should be: a login page, a hibernating instance "
            "or a wrong url; open the url in a browser and check 'url' of this connection",
            connection=self._connection,
            operation=operation,
            status=reply.status_code,
        )

    # -- errors

    def _lost(self, error: requests.RequestException, operation: str, *, may_apply: bool) -> UnavailableError:
        """Translate every exception of requests; only a failed connect surely did not reach the vendor."""
        never_sent = isinstance(error, requests.ConnectTimeout) or _is_new_connection_error(error)
        lost = UnavailableError(
            f"no usable reply ({type(error).__name__})", connection=self._connection, operation=operation
        )
        lost.maybe_applied = may_apply and not never_sent
        return lost

    def _error(self, reply: requests.Response, content: bytes, operation: str) -> ConnectorError:
        status = reply.status_code
        facts: dict[str, Any] = {"connection": self._connection, "operation": operation, "status": status}
        if status == 429:
            return RateLimitedError(
                "the vendor asks to slow down", retry_after=self._retry_after(reply.headers), **facts
            )
        text = content[:4000].decode("utf-8", "replace")
        facts["vendor_words"] = redact(self._vendor_words(content, text))
        for rule in self._rules:
            if rule.status == status and rule.contains in text:
                return rule.raises(rule.message or "the vendor refuses", **facts)
        if 300 <= status < 400:
            target = urlsplit(reply.headers.get("Location", "")).netloc
            return UnexpectedReplyError(f"redirected to {target or 'nowhere'}; check 'url' of this connection", **facts)
        if status == 401:
            return AuthenticationError("the credentials are refused", **facts)
        if status == 403:
            return ForbiddenError("the account lacks a permission", **facts)
        if status == 404:
            return NotFoundError("not found", **facts)
        if status >= 500:
            failed = UnavailableError("the vendor fails", **facts)
            failed.retry_after = self._retry_after(reply.headers)
            return failed
        return RejectedError("the vendor refuses", **facts)

    def _vendor_words(self, content: bytes, text: str) -> str:
        try:
            return self._words(orjson.loads(content)) or text[:300]
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
            return "" if "<html" in text.lower() else text[:300]

    def _retry_after(self, headers: Mapping[str, str]) -> float | None:
        stated = headers.get("Retry-After")
        if stated is None:
            return None
        try:
            return max(float(stated), 0.0)
        except ValueError:
            pass
        try:
            moment = parsedate_to_datetime(stated)
        except ValueError:
            return None
        return max((moment - self._clock()).total_seconds() - self.skew_seconds, 0.0)

    def _retrying(self, safe: bool) -> Retrying:
        return Retrying(
            retry=retry_if_exception(lambda error: _worth_repeating(error, safe=safe)),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            sleep=self.budget.sleep,
            reraise=True,
        )


def _worth_repeating(error: BaseException, *, safe: bool) -> bool:
    if isinstance(error, RateLimitedError):
        return (error.retry_after or 0) <= LONGEST_WAIT
    if isinstance(error, UnavailableError):
        return safe or not error.maybe_applied
    return isinstance(error, RetryableError) and safe


_backoff = wait_random_exponential(multiplier=0.5, max=30)


def _wait(state: RetryCallState) -> float:
    """Wait as the vendor asks, and longer with every attempt where it does not."""
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(error, "retry_after", None)
    return float(asked) if asked is not None else _backoff(state)


def _is_new_connection_error(error: BaseException) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


class _NoCookies(DefaultCookiePolicy):
    """Keeps no cookie: a session shared through cookies is served one call at a time by some vendors."""

    def set_ok(self, cookie: Cookie, request: urllib.request.Request) -> bool:  # noqa: ARG002
        return False
