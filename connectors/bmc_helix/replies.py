"""What the AR System's statuses and error bodies mean.

Vendor facts (docs.bmc.com, AR System error messages and REST API error handling; recorded replies of public clients):

- An error is a list of ``{messageType, messageText, messageAppendedText, messageNumber}``; the first one that is an ERROR,
  FATAL or BAD STATUS counts. A refusal before the AR System is an object: ``{message, code, transient}``.
- What the forms' own workflow refuses (a missing resolution, a customer that is not unique) comes as 500 with such a list:
  it is lasting. HTML or nothing under 500 is passing.
- 92, 93 and 94 are time-outs of the server's own call: the fate of a write is unknown, and a smaller read may pass. 9093
  means that the same user works from another machine just now.
- 302 is an entry that does not exist, 303 a form. 330 to 333 speak of one entry or field, 353 of a form that is hidden.
- Old servers give such a list under a good status. A login may answer 200 and tell the failure in ``X-AR-Messages``.
"""

from __future__ import annotations

from typing import Any, Final

from ...core.connector import Json
from ...core.errors import (
    AuthenticationError,
    ConnectorError,
    Facts,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    UnexpectedReplyError,
)
from ...core.net.http import ErrorRule
from ...core.shapes import as_list, as_object

FAILURES: Final = frozenset({"ERROR", "FATAL", "BAD STATUS"})


class SlowError(RejectedError):
    """The server gave up a call that took too long: a smaller one may pass."""


NUMBERS: Final[tuple[tuple[frozenset[int], type[ConnectorError], str], ...]] = (
    (frozenset({92, 93, 94}), SlowError, "the AR server gave up the call"),
    (frozenset({9093}), RateLimitedError, "the account is at work on another machine; give Isthmus an account of its own"),
    (frozenset({623}), AuthenticationError, "the credentials are refused"),
    (frozenset({302}), NotFoundError, "the entry does not exist or is hidden"),
    (frozenset({303}), UnexpectedReplyError, "a form is missing: is BMC Helix ITSM installed there?"),
    (frozenset({353}), ForbiddenError, "the account may not read a form"),
    (frozenset({330, 331, 332, 333}), RejectedError, "the account may not read or write this"),
)
"""ARERR numbers -> what they mean here, whatever the status."""


def _pattern(numbers: frozenset[int]) -> str:
    return rf'"messageNumber"\s*:\s*({"|".join(str(number) for number in sorted(numbers))})\b'


ERROR_RULES: Final = (
    *(
        ErrorRule(status, raises, message=message, pattern=_pattern(numbers))
        for numbers, raises, message in NUMBERS
        for status in (400, 401, 403, 404, 500)
        if not (status == 401 and raises is not AuthenticationError)
    ),
    ErrorRule(500, RejectedError, message="the vendor refuses", pattern=r'(?s)^\s*\[\s*\{.*"messageType"'),
    ErrorRule(403, ForbiddenError, '"transient"', "the server does not serve REST calls here: use https in 'url'"),
)


def failure_in(data: Any) -> Json | None:
    """Give the message that says what failed, or None where none does."""
    messages = (as_object(each) for each in as_list(data))
    return next((each for each in messages if each.get("messageType") in FAILURES), None)


def words(data: Any) -> str:
    """Give the vendor's explanation in an error body."""
    found = failure_in(data) or as_object(next(iter(as_list(data)), data))
    text = str(found.get("messageText") or found.get("message") or "")
    appended, number = found.get("messageAppendedText"), found.get("messageNumber")
    return f"{text}{f': {appended}' if appended else ''}{f' (ARERR {number})' if number else ''}"


def error_of(failure: Json, facts: Facts) -> ConnectorError:
    """Give the error that a message under a good status stands for."""
    facts["vendor_words"] = words([failure])
    for numbers, raises, message in NUMBERS:
        if failure.get("messageNumber") in numbers:
            return raises(message, **facts)
    return RejectedError("the vendor refuses", **facts)
