"""Logs: one JSON object for each line, with run, link and key, and never a secret.

``time`` is ours, in UTC. ``run`` and ``link`` are what :func:`bound` says at the moment of logging, ``key`` is the record
concerned, where the call names one in ``extra`` or the error that is logged carries one. Every write and decision is logged
as the trail keeps it, people as digests only.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from ..errors import ConfigError
from ..model import format_time
from ..net.secrets import redact

ROOT = "isthmus"
STANDARD_ERROR = "-"

_facts: ContextVar[dict[str, str] | None] = ContextVar("isthmus_log_facts", default=None)


@contextmanager
def bound(**facts: str) -> Generator[None]:
    """Put facts (``run``, ``link``, ``key``) into every line that is logged within."""
    token = _facts.set({**(_facts.get() or {}), **facts})
    try:
        yield
    finally:
        _facts.reset(token)


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON; every text in it is redacted."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line: dict[str, Any] = {
            "time": format_time(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            **(_facts.get() or {}),
            **getattr(record, "facts", {}),
        }
        for name in ("run", "link", "key"):
            stated = getattr(record, name, None)
            if stated is not None:
                line[name] = str(stated)
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            line.setdefault("key", getattr(error, "key", None))
            line["traceback"] = redact(self.formatException(record.exc_info))
        return orjson.dumps({name: value for name, value in line.items() if value is not None}).decode()


class _PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


@contextmanager
def logging_to(level: str | None, json_to: str | None) -> Generator[None]:
    """Send the program's logs where the command line says.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``; by default ``info`` for lines of JSON, else ``warning``.
        json_to: path of a file that JSON lines are appended to, ``-`` for standard error, or None for plain lines on
            standard error.

    Raises:
        ConfigError: the file cannot be written.
    """
    handler = _handler(json_to)
    handler.setFormatter(JsonFormatter() if json_to else _PlainFormatter("%(levelname)s: %(message)s"))
    logger = logging.getLogger(ROOT)
    before = (logger.level, logger.propagate)
    logger.setLevel((level or ("info" if json_to else "warning")).upper())
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()
        logger.setLevel(before[0])
        logger.propagate = before[1]


def _handler(json_to: str | None) -> logging.Handler:
    if json_to in (None, STANDARD_ERROR):
        return logging.StreamHandler(sys.stderr)
    try:
        return logging.FileHandler(Path(str(json_to)), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--log-json: {json_to} cannot be written: {error.strerror}") from error
