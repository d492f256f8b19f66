"""Answers of success: one record, or only a message.

The status of a success is an object here, and an array in lists (recorded).
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from ..vendor import reply

SUCCESS = {"status_code": 2000, "status": "success"}


def single(name: str, body: Any, status: int = 200) -> Response:
    """Give one record under its name."""
    return reply({name: body, "response_status": SUCCESS}, status)


def done(text: str) -> Response:
    """Give a message, and no record."""
    messages = [{"status_code": 2000, "type": "success", "message": text}]
    return reply({"response_status": {**SUCCESS, "messages": messages}})


def ok() -> Response:
    """Give nothing but success."""
    return reply({"response_status": SUCCESS})
