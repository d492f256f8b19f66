"""Calls to the API: one parameter that holds JSON, lists page by page, and what a good status may hide.

Vendor facts (manageengine.com, input data):

- ``input_data`` goes into the query of a GET and into the form of a write.
- ``row_count`` is 100 at most; ``start_index`` counts from 1; ``has_more_rows`` tells whether more follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

from ...core.connector import Json
from ...core.errors import ConnectorError, Facts, RateLimitedError, UnavailableError, UnexpectedReplyError
from ...core.net.http import ApiSession, Reply
from ...core.shapes import as_list, as_object
from .criteria import NAME, input_data
from .flavour import Flavour
from .replies import failure_in

TRIES: Final = 6
"""As often as ``core.net.http`` sends a call."""
MOST: Final = 100
"""Most rows of one page."""
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


class Calls:
    """Calls over one session."""

    def __init__(self, session: ApiSession, flavour: Flavour, connection: str) -> None:
        """Wrap a session."""
        self.session = session
        self.flavour = flavour
        self.connection = connection

    def read(self, template: str, data: Json | None = None, **path: str) -> Any:
        """Read, and try again after a passing fault.

        Args:
            template: the path below the API's base.
            data: what ``input_data`` holds.
            path: values for the template.

        Raises:
            ConnectorError: any error of the tree in ``core.errors``.
        """
        params = {NAME: input_data(data)} if data else None
        return self._send("GET", template, repeatable=True, params=params, **path).data

    def page(self, template: str, name: str, info: Json, **path: str) -> tuple[list[Json], bool]:
        """Read one page of a list: its rows, and whether more follow.

        Raises:
            UnexpectedReplyError: the reply holds no list.
            ConnectorError: any other error.
        """
        asked = {key: value for key, value in info.items() if value is not None}
        reply = as_object(self.read(template, {"list_info": asked}, **path))
        rows = reply.get(name)
        if not isinstance(rows, list):
            raise UnexpectedReplyError(
                f"a reply without '{name}'", connection=self.connection, operation=f"GET {self.flavour.base}{template}"
            )
        return [as_object(row) for row in as_list(rows)], as_object(reply.get("list_info")).get("has_more_rows") is True

    def rows(self, template: str, name: str, info: Json | None = None, **path: str) -> Iterator[Json]:
        """Read all rows of a list, by their index."""
        start = 1
        while True:
            asked = {"row_count": MOST, "start_index": start, **(info or {})}
            found, more = self.page(template, name, asked, **path)
            yield from found
            if not found or not more:
                return
            start += len(found)

    def write(self, method: str, template: str, data: Json | None = None, *, repeatable: bool, **path: str) -> Any:
        """Write, and give the reply's JSON; tried again only where repeating does no harm.

        Raises:
            UnavailableError: its fate is unknown (``maybe_applied``), or it did not reach the vendor.
            ConnectorError: any other error.
        """
        body: dict[str, Any] = (
            {} if data is None else {"data": urlencode({NAME: input_data(data)}).encode(), "headers": FORM}
        )
        return self._send(method, template, repeatable=repeatable, **body, **path).data

    def upload(self, method: str, template: str, *, repeatable: bool, **request: Any) -> Any:
        """Send a form of another kind, and give the reply's JSON; see :meth:`write`."""
        return self._send(method, template, repeatable=repeatable, **request).data

    def _send(self, method: str, template: str, *, repeatable: bool, **request: Any) -> Reply:
        """Send, and send again after a failure under a good status that passes."""
        path = self.flavour.base + template
        attempt = 1
        while True:
            reply = self.session.call(method, path, repeatable=repeatable, **request)
            facts = Facts(connection=self.connection, operation=f"{method} {path}", status=reply.status)
            error: ConnectorError | None = failure_in(reply.data, facts, write=method != "GET")
            if error is None:
                return reply
            passing = isinstance(error, RateLimitedError) or (isinstance(error, UnavailableError) and repeatable)
            if attempt >= TRIES or not passing:
                raise error
            wait = error.retry_after if isinstance(error, RateLimitedError) else None
            self.session.budget.sleep(wait or 2.0 ** (attempt - 1))
            attempt += 1
