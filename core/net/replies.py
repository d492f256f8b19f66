"""What a reply means: JSON parsed, or an error of the tree in ``core.errors``.

A reply that is not what a JSON API gives (a login page, a hibernating instance) is named as such. A write whose fate is
unknown raises ``UnavailableError`` with ``maybe_applied`` set, so that the engine settles it instead of guessing.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
import urllib3

from ..errors import (
    AuthenticationError,
    ConnectorError,
    Facts,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
    UnexpectedReplyError,
)
from ..redaction import redact

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ENOUGH = 8000
"""Characters of an error body that are looked at; more than ever are shown, so that a secret is never cut in two before it
is masked."""
_BODILESS = frozenset({201, 202, 204, 205})
"""Statuses with which an empty body is a whole reply (RFC 9110, 15.3)."""


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """A vendor's own meaning of a status, tried before the common ones."""

    status: int
    raises: type[ConnectorError]
    contains: str = ""
    """Text that the body must contain."""
    message: str = ""
    pattern: str = ""
    """Regular expression that must be found in the body."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with its JSON parsed."""

    status: int
    headers: Mapping[str, str]
    data: Any


def _with_lone_surrogates(content: bytes) -> Any:
    """Read JSON in which half of a character stands, as texts cut by a tool have it; None for what is no JSON."""
    try:
        found = json.loads(content)
        text = json.dumps(found, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return json.loads(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Reads the replies of one connection."""

    connection: str
    rules: tuple[ErrorRule, ...] = ()
    words: Callable[[Any], str] = lambda data: ""
    """Finds the vendor's explanation in an error body."""

    def json(self, reply: requests.Response, content: bytes, operation: str, *, may_apply: bool) -> Any:
        """Give the JSON of a successful reply; None where its body is empty and may be.

        Raises:
            UnavailableError: the body was cut short.
            UnexpectedReplyError: the body is no JSON.
        """
        facts = Facts(connection=self.connection, operation=operation, status=reply.status_code)
        if not content.strip():
            if may_apply or reply.status_code in _BODILESS or operation.startswith("HEAD "):
                return None
            raise UnavailableError("the reply came empty", **facts)
        try:
            return orjson.loads(content.removeprefix(_BYTE_ORDER_MARK))
        except orjson.JSONDecodeError:
            loose = _with_lone_surrogates(content)
            if loose is not None:
                return loose
            kind = reply.headers.get("Content-Type", "")
            if "json" in kind:
                raise UnavailableError("the reply came cut short", maybe_applied=may_apply, **facts) from None
            raise UnexpectedReplyError(
                f"got {kind.split(';')[0] or 'something'} where JSON should be: a login page, a hibernating instance "
                "or a wrong url; open the url in a browser and check 'url' of this connection",
                **facts,
            ) from None

    def error(
        self, reply: requests.Response, content: bytes, operation: str, *, may_apply: bool, wait: float | None
    ) -> ConnectorError:
        """Give the error that a reply of status 300 and above stands for.

        Args:
            reply: the reply.
            content: its body, or the beginning of it.
            operation: what was attempted.
            may_apply: the call was a write.
            wait: seconds that the vendor asks to wait.
        """
        status = reply.status_code
        facts = Facts(connection=self.connection, operation=operation, status=status)
        if status == 429:
            return RateLimitedError("the vendor asks to slow down", retry_after=wait, **facts)
        text = content[:_ENOUGH].decode("utf-8", "replace")
        facts["vendor_words"] = self._explanation(content, text)
        for rule in self.rules:
            if rule.status == status and rule.contains in text and re.search(rule.pattern, text):
                error = rule.raises(rule.message or "the vendor refuses", **facts)
                return _with_fate(error, may_apply=may_apply, wait=wait)
        if 300 <= status < 400:
            target = urlsplit(reply.headers.get("Location", "")).hostname
            return UnexpectedReplyError(f"redirected to {target or 'nowhere'}; check 'url' of this connection", **facts)
        match status:
            case 401:
                return AuthenticationError("the credentials are refused", **facts)
            case 403:
                return ForbiddenError("the account lacks a permission", **facts)
            case 404 | 410:
                return NotFoundError("not found", **facts)
            case 408 | 425:
                return UnavailableError("the vendor gave up waiting", maybe_applied=may_apply, retry_after=wait, **facts)
            case _ if status >= 500:
                return UnavailableError("the vendor fails", maybe_applied=may_apply, retry_after=wait, **facts)
            case _:
                return RejectedError("the vendor refuses", **facts)

    def _explanation(self, content: bytes, text: str) -> str:
        """Give the vendor's own words, masked before they are cut."""
        try:
            words = self.words(orjson.loads(content))
        except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError, ValueError):
            words = ""  # the body is not shaped as the vendor's errors are; the text speaks for itself
        return redact(words) if words else "" if "<html" in text.lower() else redact(text)[:300]

    def lost(self, error: requests.RequestException, operation: str, *, may_apply: bool) -> ConnectorError:
        """Translate an exception of requests; only a failed connect surely did not reach the vendor."""
        facts = Facts(connection=self.connection, operation=operation)
        causes = list(_causes(error))
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return UnexpectedReplyError(f"the server's TLS certificate is not trusted: {cause.verify_message}", **facts)
        if isinstance(error, ValueError):  # an invalid URL or header: the same every time
            return RejectedError(f"the request cannot be sent ({type(error).__name__})", **facts)
        never_sent = any(
            isinstance(cause, requests.ConnectTimeout | urllib3.exceptions.NewConnectionError) for cause in causes
        )
        return UnavailableError(
            f"no usable reply ({type(error).__name__})", maybe_applied=may_apply and not never_sent, **facts
        )


def _with_fate(error: ConnectorError, *, may_apply: bool, wait: float | None) -> ConnectorError:
    if isinstance(error, UnavailableError):
        error.maybe_applied = may_apply
    if isinstance(error, UnavailableError | RateLimitedError):
        error.retry_after = wait
    return error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give an exception and those that it wraps: requests and urllib3 keep them as arguments or as ``reason``."""
    found: list[BaseException] = [error]
    seen: set[int] = set()
    while found:
        each = found.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = (*each.args, getattr(each, "reason", None), each.__cause__)
        found += [item for item in inner if isinstance(item, BaseException)]
