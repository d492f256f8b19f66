"""What ServiceNow's statuses and error bodies mean.

Vendor facts (ServiceNow documentation, REST API HTTP response codes; knowledge base KB0635398, KB2697679, KB3046852):

- An error is ``{"error": {"message", "detail"}, "status": "failure"}``; some replies of status 200 carry ``error`` beside
  a partial ``result``.
- 403 ``Operation Failed`` speaks of one record: a data policy (names the missing fields by label), a business rule that
  aborted, or a row ACL. Any other 403 speaks of the account.
- 202 means that the call was queued behind another of the same session. 500 ``Transaction cancelled: maximum execution
  time exceeded`` means that a smaller page may pass.
"""

from __future__ import annotations

from typing import Any

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
from ...core.shapes import as_object

CANCELED = "maximum execution time exceeded"
"""The vendor's words for a call that took too long."""
INSERT_REFUSED = "ACL Exception Insert"


class CanceledError(RejectedError):
    """The vendor canceled a call that took too long: a smaller one may pass, the same one will not."""


ERROR_RULES = (
    ErrorRule(403, RejectedError, "Operation Failed", "the vendor refuses the write"),
    ErrorRule(500, CanceledError, CANCELED, "the vendor canceled a call that took too long"),
)


def words(data: Any) -> str:
    """Give the vendor's explanation in an error body."""
    body = as_object(data)
    error = body.get("error")
    told = as_object(error)
    parts = (told.get("message"), told.get("detail")) if told else (error, body.get("error_description"))
    return ": ".join(str(part) for part in parts if part)


def error_in(data: Any) -> str | None:
    """Give the explanation of an error that came under a good status, or None."""
    return words(data) if as_object(data).get("error") else None


def item_error(status: int, data: Any, *, connection: str, operation: str, write: bool) -> ConnectorError:
    """Give the error of one item of a batch, as the same reply alone would have been raised."""
    said = error_in(data) or (str(data)[:300] if data else "")
    facts = Facts(connection=connection, operation=operation, status=status, vendor_words=said)
    for rule in ERROR_RULES:
        if rule.status == status and rule.contains in said:
            return rule.raises(rule.message, **facts)
    match status:
        case 429:
            return RateLimitedError("the vendor asks to slow down", **facts)
        case 401:
            return AuthenticationError("the credentials are refused", **facts)
        case 403:
            return ForbiddenError("the account lacks a permission", **facts)
        case 404:
            return NotFoundError("not found", **facts)
        case _ if status >= 500 or status == 202:
            return UnavailableError("the vendor fails", maybe_applied=write, **facts)
        case _ if status < 400:
            return UnexpectedReplyError(f"an item of a batch answered {status}", **facts)
        case _:
            return RejectedError("the vendor refuses", **facts)
