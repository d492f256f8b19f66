"""What the API's statuses and error bodies mean.

Vendor facts (manageengine.com, common error codes; recorded bodies; public clients):

- ``response_status`` is an array in lists and an object elsewhere; a failure holds ``messages`` with an inner code, and
  ``field`` or ``fields``. A failure may come with HTTP 200: success is what says so.
- A bad key on-premises is HTTP 400 with 401 in the body. 404 with 4007 is a path or a record that does not exist.
- On-premises throttles by the minute with HTTP 400 and a text, which does not say how long; Cloud answers 429 with 4015.
- 4002 is a right, or a rule, that forbids a value; 4022 a token that is refused.
"""

from __future__ import annotations

from typing import Any, Final, cast

from ...core.connector import Json
from ...core.errors import (
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
from ...core.net.http import ErrorRule
from ...core.shapes import as_list, as_object

PAUSE: Final = 30.0
"""Seconds to wait where the vendor blocks a URL for the rest of a minute and does not say how long that is."""


class BlockedError(RateLimitedError):
    """The server blocks a URL for the rest of a minute."""

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait: as the vendor asks, else a pause of our own."""
        return self._asked or PAUSE

    @retry_after.setter
    def retry_after(self, seconds: float | None) -> None:
        self._asked = seconds


ERROR_RULES: Final = (
    ErrorRule(400, BlockedError, "URL blocked", "the server's throttle is on for a minute"),
    ErrorRule(400, AuthenticationError, message="the key is refused", pattern=r'"status_code"\s*:\s*"?401\b'),
    ErrorRule(400, UnexpectedReplyError, "requires TLS", "the server speaks HTTPS: use https in 'url'"),
    ErrorRule(403, RejectedError, '"field', "the vendor forbids this value"),
    ErrorRule(415, UnexpectedReplyError, message="the API of version 3 is not served there; check 'url' and 'portal'"),
)


def messages_of(data: Any) -> list[Json]:
    """Give the messages of a failure in a reply, at least one; none where the reply does not say that it failed."""
    told = as_object(data).get("response_status")
    for status in as_list(told) or [told]:
        stated = as_object(status)
        if stated.get("status") == "failed" or _code(stated) >= 4000:
            found = [as_object(each) for each in as_list(stated.get("messages"))]
            return found or [stated]
    return []


def words(data: Any) -> str:
    """Give the vendor's explanation in an error body."""
    return "; ".join(_said(each) for each in messages_of(data))


def _said(message: Json) -> str:
    fields = ", ".join(str(each) for each in as_list(message.get("fields")) or [message.get("field")] if each)
    text = str(message.get("message") or ("mandatory fields are missing" if _code(message) == 4012 else ""))
    return f"{f'{fields}: ' if fields else ''}{text} ({_code(message)})"


def _code(stated: Json) -> int:
    told: Any = stated.get("status_code")
    return int(told) if isinstance(told, int) or (isinstance(told, str) and told.isdigit()) else 0


def failure_in(data: Any, facts: Facts, *, write: bool) -> ConnectorError | None:
    """Give the error that a reply under a good status stands for, or None.

    Args:
        data: the reply's JSON.
        facts: where it came from.
        write: the call was a write.
    """
    messages = messages_of(data)
    if not messages:
        return None
    facts["vendor_words"] = words(data)
    codes = {_code(each) for each in messages}
    if codes & {401, 4022}:
        return AuthenticationError("the credentials are refused", **facts)
    if 4015 in codes:
        return BlockedError("the vendor asks to slow down", **facts)
    if 4004 in codes:
        return UnavailableError("the vendor fails", maybe_applied=write, **facts)
    if 4007 in codes:
        return NotFoundError("not found", **facts)
    if codes == {4002} and not any(each.get("field") or each.get("fields") for each in messages):
        return ForbiddenError("the account lacks a permission", **facts)
    return RejectedError("the vendor refuses", **facts)


def body_of(data: Any, *names: str) -> Json | None:
    """Give the object under the first of some keys that a reply has, or None."""
    reply = as_object(data)
    return next((cast("Json", reply[name]) for name in names if isinstance(reply.get(name), dict)), None)
