"""Zendesk's error replies (developer.zendesk.com, "Responses" and recorded bodies), ready to raise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..vendor import RefusedError, reply

NO_ACCESS = "You do not have access to this page. Please contact the account owner of this help desk for further help."


def unauthenticated() -> RefusedError:
    """401: no or bad credentials."""
    return RefusedError(reply({"error": "Couldn't authenticate you"}, 401))


def forbidden() -> RefusedError:
    """403: a good login that lacks a right or scope."""
    return RefusedError(reply({"error": {"title": "Forbidden", "message": NO_ACCESS}}, 403))


def not_found() -> RefusedError:
    """404: no such record."""
    return RefusedError(reply({"error": "RecordNotFound", "description": "Not found"}, 404))


def bad_request(error: str, description: str, **more: Any) -> RefusedError:
    """400 with a code."""
    return RefusedError(reply({"error": error, "description": description, **more}, 400))


def missing(name: str) -> RefusedError:
    """400: a parameter is missing."""
    return bad_request("ParameterMissing", f"Parameter {name} is required")


def too_many(limit: int = 100) -> RefusedError:
    """400: too many values; the two blanks are the vendor's."""
    return bad_request("TooManyValues", f"Parameter  cannot specify more than {limit} values", max_count=limit)


def conflict() -> RefusedError:
    """409: the ticket moved since ``updated_stamp``."""
    words = (
        "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data and try again."
    )
    return RefusedError(reply({"error": "UpdateConflict", "description": words}, 409))


def unprocessable(error: str, description: str) -> RefusedError:
    """422 that is not about a record's fields."""
    return RefusedError(reply({"error": error, "description": description}, 422))


class InvalidError(RefusedError):
    """422 ``RecordInvalid``; ``text`` is what a bulk job tells of it."""

    def __init__(self, details: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
        super().__init__(reply(body, 422))
        self.text = "; ".join(str(item["description"]) for items in details.values() for item in items)


def invalid(attribute: str, description: str, error: str | None = "InvalidValue", **more: Any) -> InvalidError:
    """422: one attribute is wrong."""
    return InvalidError({attribute: [{"description": description, "error": error, **more}]})
