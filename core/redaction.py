"""Keep secrets out of whatever people and files get to see: error messages, representations, logs.

Every secret that is read is remembered here (:func:`remember`) in the spellings in which it may turn up again: as it is,
quoted for a URL, escaped for JSON, HTML or a Python string. What merely looks like a secret (an ``Authorization`` header, a
``password`` in a JSON body) is masked as well.
"""

from __future__ import annotations

import html
import json
import logging
import re
import threading
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 4
"""A shorter text is no secret worth the name, and masking it would garble every message."""

_guard = threading.Lock()
_known: tuple[str, ...] = ()
"""Longest first, so that a secret within a longer one leaves no tail of that one. Replaced, never changed: readers need
no lock."""

_HEADER = re.compile(
    r"(?i)((?:proxy-)?authorization['\"]?\s*[:=]\s*['\"]?)(?:(?:basic|bearer|digest|negotiate)\s+)?[^\s'\",}]+"
)
_NAMED = re.compile(
    r"(?i)((?:access_token|refresh_token|id_token|client_secret|password|passwd|api_?key|code_verifier|(?<=[?&])code)"
    r"['\"]?\s*[:=]\s*)(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s'\"&,;}]+)"
)


def remember(secret: str) -> None:
    """Mask a secret from now on, in each of its spellings."""
    spellings = {
        secret,
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        html.escape(secret),
    }
    fresh = {spelling for spelling in spellings if len(spelling) >= SHORTEST}
    global _known  # noqa: PLW0603 - one process has one set of secrets
    with _guard:
        if not fresh <= set(_known):
            _known = tuple(sorted(fresh.union(_known), key=len, reverse=True))


def redact(text: str) -> str:
    """Mask every known secret and everything that looks like one."""
    for secret in _known:
        if secret in text:
            text = text.replace(secret, MASK)
    for pattern in (_HEADER, _NAMED):
        text = pattern.sub(rf"\1{MASK}", text)
    return text


class RedactingFilter(logging.Filter):
    """Masks secrets in log records, tracebacks included. The program adds it to each handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask a record in place; every record passes."""
        record.msg = redact(record.getMessage())
        record.args = ()
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def get_logger(name: str) -> logging.Logger:
    """Give the logger ``isthmus.NAME``, whose records are masked whatever handler takes them."""
    logger = logging.getLogger(f"isthmus.{name}")
    if not any(isinstance(each, RedactingFilter) for each in logger.filters):
        logger.addFilter(RedactingFilter())
    return logger
