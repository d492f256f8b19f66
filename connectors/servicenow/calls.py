"""One call to the instance: what a good status may still hide is an error here, and passing faults are tried again.

Vendor facts: 202 is a call queued behind another of its session; a reply of status 200 may carry ``error`` beside a partial
``result`` (see :mod:`.replies`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from ...core.errors import UnavailableError
from ...core.net.http import ApiSession, Reply
from .replies import CANCELED, CanceledError, error_in

TRIES = 6
"""As often as ``core.net.http`` sends a call; faults of several kinds may follow each other."""


class Calls:
    """Calls over one session."""

    def __init__(self, session: ApiSession, connection: str) -> None:
        """Wrap a session."""
        self.session = session
        self.connection = connection

    def read(self, path: str, params: Mapping[str, str], *, tries: int = TRIES) -> Reply:
        """Read, and try again after a passing fault.

        Raises:
            CanceledError: the vendor canceled the call as too slow, each time.
            ConnectorError: any other error.
        """
        return self.patiently(lambda: self.session.call("GET", path, params=params), f"GET {path}", tries=tries)

    def write(self, method: str, template: str, *, repeatable: bool, **request: Any) -> Reply:
        """Write; tried again only where repeating does no harm.

        Raises:
            UnavailableError: its fate is unknown (``maybe_applied``), or it did not reach the vendor.
            ConnectorError: any other error.
        """

        def send() -> Reply:
            return self.session.call(method, template, repeatable=repeatable, **request)

        operation = f"{method} {template}"
        try:
            return self.patiently(send, operation, tries=TRIES if repeatable else 1, write=True)
        except CanceledError as error:
            raise self._lost(error.message, operation, error.status, error.vendor_words, write=True) from None

    def download(self, path: str, target: BinaryIO) -> str:
        """Stream a file into ``target`` and give its SHA-256 in hex; tried again after a canceled call.

        Raises:
            ConnectorError: the last try failed as well, or trying again does not help.
        """
        for attempt in range(TRIES - 1):
            try:
                return self.session.download(path, target)
            except CanceledError:
                self.session.budget.sleep(2.0**attempt)
        return self.session.download(path, target)

    def patiently(self, send: Callable[[], Reply], operation: str, *, tries: int, write: bool = False) -> Reply:
        """Send, and send again after a canceled call or an error under a good status.

        Only a canceled read can gain from asking for less, so ``tries`` ends those; what else hides under a good status
        of a read passes with time.

        Raises:
            ConnectorError: the last try failed as well, or trying again does not help.
        """
        attempt = 1
        while True:
            try:
                reply = send()
                error = self._hidden(reply, operation, write=write)
                if error is None:
                    return reply
            except CanceledError as canceled:
                error = canceled
            if attempt >= (tries if write or isinstance(error, CanceledError) else TRIES):
                raise error
            self.session.budget.sleep(2.0 ** (attempt - 1))
            attempt += 1

    def _hidden(self, reply: Reply, operation: str, *, write: bool) -> CanceledError | UnavailableError | None:
        """Give the error that a good status hides, if it hides one."""
        said = error_in(reply.data)
        if said and CANCELED in said:
            return CanceledError(
                "the reply breaks off", connection=self.connection, operation=operation, status=200, vendor_words=said
            )
        if said is None and reply.status != 202:
            return None
        message = "the reply breaks off" if said else "the call waits in the vendor's session queue"
        return self._lost(message, operation, reply.status, said or "", write=write)

    def _lost(self, message: str, operation: str, status: int | None, said: str, *, write: bool) -> UnavailableError:
        return UnavailableError(
            message,
            maybe_applied=write,
            connection=self.connection,
            operation=operation,
            status=status,
            vendor_words=said,
        )
