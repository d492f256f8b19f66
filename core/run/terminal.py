"""What a command says: one JSON document on standard output for scripts, or pages there and progress on standard error."""

from __future__ import annotations

import sys
import traceback
import webbrowser
from collections.abc import Callable
from typing import Any

import orjson
from rich.console import Console, RenderableType

from ..errors import BrakeError, ConnectorError, IsthmusError
from ..net.secrets import redact
from .exits import Exit, exit_for

UNWATCHED = 160
"""Columns of a page that goes to a file or a pipe."""


class Terminal:
    """Standard output and standard error of one command."""

    def __init__(self, *, json: bool) -> None:
        """Make one.

        Args:
            json: one JSON document on standard output, and no tables.
        """
        self.json = json
        self._out = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else UNWATCHED)
        self.err = Console(file=sys.stderr, soft_wrap=True, highlight=False)

    def show(self, report: Any, page: Callable[[Any], RenderableType]) -> None:
        """Show a report: as one JSON document, or as its page."""
        if self.json:
            self._write(report, orjson.OPT_INDENT_2)
        else:
            self._out.print(page(report))

    def line(self, report: Any, page: Callable[[Any], RenderableType]) -> None:
        """Show one of many reports at once: as one line of JSON, or as its page."""
        if self.json:
            self._write(report, 0)
        else:
            self._out.print(page(report))
        sys.stdout.flush()

    def _write(self, report: Any, option: int) -> None:
        sys.stdout.write(orjson.dumps(report, option=option | orjson.OPT_APPEND_NEWLINE).decode())

    def say(self, page: RenderableType) -> None:
        """Tell a person something that is no result."""
        self.err.print(page, markup=False)

    def tell(self, page: RenderableType) -> None:
        """Tell a person a part of a longer story, where no script reads."""
        if not self.json:
            self._out.print(page, markup=False)

    def opener(self, *, browser: bool) -> Callable[[str], None]:
        """Give what shows a person the page where access is granted."""

        def show(url: str) -> None:
            self.say(f"Grant access at:\n{url}")
            if browser:
                webbrowser.open(url)

        return show

    def fail(self, error: BaseException) -> Exit:
        """Tell what ended the command, and give its exit code; only a defect of ours comes with its traceback."""
        code = exit_for(error)
        words = redact(str(error)) or type(error).__name__
        if not isinstance(error, IsthmusError | KeyboardInterrupt):
            self.err.print(redact("".join(traceback.format_exception(error))), markup=False)
            words = f"internal error, please report it: {type(error).__name__}: {words}"
        self.say(f"error: {words}")
        if self.json:
            self._write({"error": _facts(error, words), "exit": int(code)}, orjson.OPT_INDENT_2)
        return code


def _facts(error: BaseException, words: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": type(error).__name__, "message": words}
    if isinstance(error, ConnectorError):
        facts |= {"connection": error.connection, "operation": error.operation, "key": error.key, "status": error.status}
    if isinstance(error, BrakeError):
        facts |= {"brake": error.brake, "flag": error.flag}
    return facts
