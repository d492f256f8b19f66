"""Refusals, ready to raise: always an object ``response_status`` with an outer 4000 and a list of messages.

The inner code says what is wrong; a message may name one ``field`` or several ``fields``, and 4012 has no text (recorded).

Source: manageengine.com, sdpod-v3-api, common error codes; recorded bodies.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from werkzeug.wrappers import Response

from ..vendor import Json, RefusedError, reply

THROTTLED_TEXT = "URL blocked as maximum access limit for the page is exceeded. Please try after sometime."


def message(code: int, text: str | None = None, **more: Any) -> Json:
    """Give one message of a refusal."""
    return {"status_code": code, **more, "type": "failed", **({} if text is None else {"message": text})}


def failure(status: int, *messages: Json, headers: Json | None = None, code: int = 4000) -> Response:
    """Give the reply of a refusal."""
    body = {"response_status": {"status_code": code, "messages": list(messages), "status": "failed"}}
    return reply(body, status, headers)


def refused(status: int, code: int, text: str | None = None, **more: Any) -> RefusedError:
    """Give a refusal with one message."""
    return RefusedError(failure(status, message(code, text, **more)))


def invalid(field: str, text: str = "Invalid Input") -> RefusedError:
    """400/4001: the value does not exist, is not active or not allowed."""
    return refused(400, 4001, text, field=field)


def mandatory(fields: Iterable[str]) -> RefusedError:
    """400/4012: mandatory fields are missing."""
    return refused(400, 4012, fields=list(fields))


def extra_key(key: str) -> RefusedError:
    """400: ``input_data`` has a key that is not known (EXTRA_KEY_FOUND_IN_JSON)."""
    return refused(400, 4001, "Extra key found in JSON", field=key)


def read_only(field: str) -> RefusedError:
    """400/4014: the field cannot be written."""
    return refused(400, 4014, "Read only field", field=field)


def mismatch(field: str) -> RefusedError:
    """400/4021: a value of another type."""
    return refused(400, 4021, "Data type mismatch", field=field)


def unparsable(field: str) -> RefusedError:
    """400: an id that is no number."""
    return refused(400, 4001, f"Unable to parse the given data for {field}", field=field)


def forbidden() -> RefusedError:
    """403/4002: a good login that lacks a right or a scope."""
    return refused(403, 4002, "UNAUTHORISED")


def not_found() -> RefusedError:
    """404/4007: no such path, or no such record: both look alike (recorded)."""
    return refused(404, 4007, "Invalid URL")


def throttled_text() -> Response:
    """400 with a text: the throttle on-premises."""
    return Response(THROTTLED_TEXT, 400, content_type="text/html; charset=UTF-8")
