"""Freshservice's error replies, ready to raise.

Two shapes: ``{"description", "errors": [{"field", "message", "code"}]}`` for a request that is wrong, with all its faults
at once, and ``{"code", "message"}`` for the rest; a 404 has no body (api.freshservice.com, "Errors").
"""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.wrappers import Response

from ..vendor import RefusedError, reply

UNEXPECTED = "Unexpected/invalid field in request"
BLANK = "It should not be blank as this is a mandatory field"


def refused(status: int, code: str, message: str) -> RefusedError:
    """Any status with a code."""
    return RefusedError(reply({"code": code, "message": message}, status))


def unauthenticated(code: str = "invalid_credentials") -> RefusedError:
    """401: no or bad credentials."""
    return refused(401, code, "You have to be logged in to perform this action.")


def forbidden() -> RefusedError:
    """403: a good login that lacks a right or scope."""
    return refused(403, "access_denied", "You are not authorized to perform this action.")


def not_found() -> RefusedError:
    """404: no such record; no body."""
    return RefusedError(Response(status=404))


def not_allowed(method: str, allowed: Sequence[str]) -> Response:
    """405: the path knows other methods."""
    words = f"{method} method is not allowed. It should be one of these method(s): {', '.join(allowed)}"
    return reply({"message": words}, 405, {"Allow": ", ".join(allowed)})


def conflict(message: str) -> RefusedError:
    """409: the record is not in a state for this."""
    return refused(409, "inconsistent_state", message)


class Problems:
    """The faults of one request, collected so that they are told together."""

    def __init__(self) -> None:
        self.errors: list[dict[str, str]] = []

    def add(self, field: str, message: str, code: str) -> None:
        """Note a fault."""
        self.errors.append({"field": field, "message": message, "code": code})

    def unexpected(self, field: str) -> None:
        """Note a key that the call does not know."""
        self.add(field, UNEXPECTED, "invalid_field")

    def blank(self, field: str) -> None:
        """Note a mandatory value that is missing."""
        self.add(field, BLANK, "missing_field")

    def mistyped(self, field: str, kind: str) -> None:
        """Note a value of the wrong type; ``kind`` is the vendor's word for the right one."""
        self.add(field, f"It should be a/an {kind}", "datatype_mismatch")

    def not_a_choice(self, field: str, choices: Sequence[object]) -> None:
        """Note a value that is none of those allowed."""
        listed = ",".join(str(choice) for choice in choices)
        self.add(field, f"It should be one of these values: '{listed}'", "invalid_value")

    def unmatched(self, field: str, record: str) -> None:
        """Note an id to which there is no record."""
        self.add(field, f"There is no {record} matching the given {field}", "invalid_value")

    def check(self) -> None:
        """End the request where there are faults.

        Raises:
            RefusedError: 400 with all of them.
        """
        if self.errors:
            raise RefusedError(reply({"description": "Validation failed", "errors": self.errors}, 400))


def invalid(field: str, message: str, code: str = "invalid_value") -> RefusedError:
    """400: one fault."""
    problems = Problems()
    problems.add(field, message, code)
    return RefusedError(reply({"description": "Validation failed", "errors": problems.errors}, 400))
