"""Reply envelopes, error bodies and the headers of every reply.

Envelope: ``{"result": ...}``; errors ``{"error": {"message", "detail"}, "status": "failure"}`` (product documentation, REST
API HTTP response codes). The headers are those of recorded replies; a 204 has none of them but
``Strict-Transport-Security``. Wordings of 400 for unreadable bodies, 405 and 415 are unconfirmed, and so is the realm of
``WWW-Authenticate``.
"""

from __future__ import annotations

from typing import Any

import orjson
from werkzeug.wrappers import Response

from ..vendor import RefusedError

CONTENT_TYPE = "application/json;charset=UTF-8"
NO_RECORD = ("No Record found", "Record doesn't exist or ACL restricts the record retrieval")
FAILED = "Operation Failed"


def result(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Give a successful reply."""
    return Response(orjson.dumps({"result": value}), status, headers, content_type=CONTENT_TYPE)


def plain(body: Any, status: int = 200) -> Response:
    """Give a JSON reply without the envelope."""
    return Response(orjson.dumps(body), status, content_type=CONTENT_TYPE)


def error(status: int, message: str, detail: str | None = None) -> Response:
    """Give a failed reply."""
    return plain({"error": {"message": message, "detail": detail}, "status": "failure"}, status)


def refuse(status: int, message: str, detail: str | None = None) -> RefusedError:
    """Give what a handler raises to fail."""
    return RefusedError(error(status, message, detail))


def no_record() -> RefusedError:
    """Give the refusal of a row that does not exist or is hidden."""
    return refuse(404, *NO_RECORD)


def unauthenticated() -> RefusedError:
    """Give the refusal of missing or wrong credentials."""
    response = error(401, "User Not Authenticated", "Required to provide Auth information")
    response.headers["WWW-Authenticate"] = 'Basic realm="Service-now"'
    return RefusedError(response)


def empty() -> Response:
    """Give a 204."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def dress(response: Response, transaction: str, *, logged_in: bool) -> Response:
    """Put the platform's headers on a reply."""
    headers = response.headers
    headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if response.status_code == 204:
        return response
    headers["Server-Timing"] = f't;desc="{transaction}", sem_wait;dur=0, sesh_wait;dur=0'
    headers["X-Is-Logged-In"] = "true" if logged_in else "false"
    headers["X-Transaction-ID"] = transaction
    headers["Pragma"] = "no-store,no-cache"
    headers["Cache-Control"] = "no-cache,no-store,must-revalidate,max-age=-1"
    headers["Expires"] = "0"
    if logged_in:
        headers.add("Set-Cookie", f"JSESSIONID={transaction.upper()}; Path=/; HttpOnly; SameSite=None")
    return response
