"""Calls to the AR System: entries of a form read page by page, written, and what a good status may hide.

Vendor facts (docs.bmc.com, AR System REST API, operations on entry objects):

- ``q``, ``fields=values(A,B)``, ``sort``, ``limit`` select entries. A reply holds ``entries`` with their ``values``; where
  nothing fits the list may be missing. The setting "Max Entries Returned" cuts a page in silence.
- A create answers 201 and the entry's address in ``Location``, often without a body; an update or a deletion 204.
- A join form's entry has both ids for its own: ``INC000000000527|INC000000000527``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final, cast
from urllib.parse import quote, unquote, urlsplit

from ...core.connector import Json
from ...core.errors import ConnectorError, Facts, RateLimitedError, UnavailableError, UnexpectedReplyError
from ...core.net.http import ApiSession, Reply
from ...core.shapes import as_list, as_object
from .query import Keyset, Literal, both, epoch
from .replies import SlowError, error_of, failure_in

ENTRIES: Final = "/api/arsys/v1/entry"
TRIES: Final = 6
"""As often as ``core.net.http`` sends a call."""
LEAST_PAGE: Final = 20
"""Rows below which a page is neither made smaller nor taken for one that the server has cut: no server gives fewer."""


def form_path(form: str) -> str:
    """Give the path of a form's entries."""
    return f"{ENTRIES}/{quote(form, safe=':')}"


class Calls:
    """Calls over one session."""

    def __init__(self, session: ApiSession, connection: str) -> None:
        """Wrap a session."""
        self.session = session
        self.connection = connection
        self.literal: Literal = epoch
        """How the server reads times in a qualification."""
        self._widest = LEAST_PAGE
        """So many entries the server gives at once, as far as is known."""

    # -- reading

    def entries(
        self,
        form: str,
        q: str,
        fields: Sequence[str],
        *,
        keys: Keyset,
        limit: int,
        tries: int = TRIES,
    ) -> list[Json]:
        """Read the values of the first entries of a form that satisfy a qualification.

        Raises:
            ConnectorError: as :meth:`read`.
        """
        wanted = dict.fromkeys((*fields, *(name for name in (keys.time, keys.id) if name)))
        params = {"q": q, "fields": f"values({','.join(wanted)})", "sort": keys.sort, "limit": str(limit)}
        reply = self.read(form_path(form), {name: value for name, value in params.items() if value}, tries=tries)
        return values_of(reply.data, self.connection)

    def scan(self, form: str, q: str, fields: Sequence[str], *, keys: Keyset, limit: int) -> Iterator[list[Json]]:
        """Read all entries of a form that satisfy a qualification, page by page.

        Each page begins after the last entry of the one before, so entries that change meanwhile shift nothing. A page
        that takes too long is asked for by halves. A short page may be one that the server has cut: the next one is asked
        for as well, unless the server has given a wider one before.
        """
        rest = q
        while True:
            tries = TRIES if limit <= LEAST_PAGE else 2
            try:
                rows = self.entries(form, rest, fields, keys=keys, limit=limit, tries=tries)
            except SlowError:
                limit = max(limit // 2, LEAST_PAGE)
                continue
            whole = len(rows) < min(limit, self._widest)
            self._widest = max(self._widest, len(rows))
            if rows:
                yield rows
            if whole:
                return
            rest = both(q, keys.after(rows[-1], self.literal))

    def rows(self, form: str, q: str, fields: Sequence[str], *, keys: Keyset, limit: int = 500) -> Iterator[Json]:
        """Read all entries of a form that satisfy a qualification."""
        for page in self.scan(form, q, fields, keys=keys, limit=limit):
            yield from page

    def read(self, path: str, params: Mapping[str, str], *, tries: int = TRIES) -> Reply:
        """Read, and try again after a passing fault.

        Raises:
            SlowError: the server gave up the call, and fewer than all tries were allowed.
            UnavailableError: the server gave up the call, each time.
            ConnectorError: any other error.
        """
        try:
            return self._patiently(lambda: self.session.call("GET", path, params=params), f"GET {path}", tries=tries)
        except SlowError as error:
            if tries < TRIES:
                raise
            raise _lost(error, write=False) from None

    def download(self, path: str, target: BinaryIO) -> str:
        """Stream a file into ``target`` and give its SHA-256 in hex.

        Raises:
            ConnectorError: any error of the tree in ``core.errors``.
        """
        try:
            return self.session.download(path, target)
        except SlowError as error:
            raise _lost(error, write=False) from None

    # -- writing

    def write(self, method: str, template: str, *, repeatable: bool, **request: Any) -> Reply:
        """Write; tried again only where repeating does no harm.

        Raises:
            UnavailableError: its fate is unknown (``maybe_applied``), or it did not reach the vendor.
            ConnectorError: any other error.
        """

        def send() -> Reply:
            return self.session.call(method, template, repeatable=repeatable, **request)

        try:
            return self._patiently(send, f"{method} {template}", tries=TRIES if repeatable else 1)
        except SlowError as error:
            raise _lost(error, write=True) from None

    def _patiently(self, send: Callable[[], Reply], operation: str, *, tries: int) -> Reply:
        """Send, and send again after a call that the server gave up or an error under a good status that passes."""
        attempt = 1
        while True:
            error: ConnectorError
            try:
                reply = send()
                failure = failure_in(reply.data)
                if failure is None:
                    return reply
                error = error_of(failure, Facts(connection=self.connection, operation=operation, status=reply.status))
            except SlowError as slow:
                error = slow
            most = TRIES if isinstance(error, RateLimitedError) else tries
            if attempt >= most or not isinstance(error, SlowError | RateLimitedError):
                raise error
            self.session.budget.sleep(2.0 ** (attempt - 1))
            attempt += 1


def _lost(error: SlowError, *, write: bool) -> UnavailableError:
    return UnavailableError(
        error.message,
        maybe_applied=write,
        connection=error.connection,
        operation=error.operation,
        status=error.status,
        vendor_words=error.vendor_words,
    )


def values_of(data: Any, connection: str) -> list[Json]:
    """Give the values of each entry of a list reply.

    Raises:
        UnexpectedReplyError: it is none.
    """
    if not isinstance(data, dict):
        raise UnexpectedReplyError("a reply without entries", connection=connection)
    found = [as_object(entry).get("values") for entry in as_list(cast("Json", data).get("entries"))]
    if not all(isinstance(values, dict) for values in found):
        raise UnexpectedReplyError("an entry without values", connection=connection)
    return cast("list[Json]", found)


def entry_values(data: Any) -> Json:
    """Give the values of a reply that holds one entry; none where it holds no entry."""
    return as_object(as_object(data).get("values"))


def located(headers: Mapping[str, str]) -> str | None:
    """Give the id of a created entry from the address that the reply names, or None."""
    address = next((value for name, value in headers.items() if name.lower() == "location"), "")
    return unquote(urlsplit(address).path.rstrip("/").rpartition("/")[2]) or None
