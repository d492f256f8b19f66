"""What ``isthmus check`` finds out: who we are, in which zone we search, and whether our fields are there.

Vendor facts (measured on 5.0.3):

- ``GET /rt`` needs a login and tells the version. Nothing tells who asks; the settings name the user.
- A user's ``Timezone`` is missing where the site's default holds, which REST does not tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...core.connector import Json
from ...core.errors import ConfigError, NotFoundError, UnexpectedReplyError
from ...core.records import clock_warnings
from .api import Api
from .metadata import Metadata


class Account:
    """The account that a connection uses, read once."""

    def __init__(self, api: Api, user: str, zone: str | None) -> None:
        """Make it; nothing is read yet.

        Args:
            api: the connection's session.
            user: the account's user name.
            zone: its time zone as the settings say it, or None to ask.
        """
        self._api = api
        self._user = user
        self._stated = zone
        self._row: Json | None = None

    @property
    def row(self) -> Json:
        """The account as RT gives it.

        Raises:
            ConfigError: the token is somebody else's, or nobody bears the name.
        """
        if self._row is None:
            place = f"connections.{self._api.connection}.auth.user"
            try:
                self._api.get("/rt", "Version")
            except NotFoundError as error:
                raise UnexpectedReplyError(
                    "there is no REST 2.0 of Request Tracker here; check 'url'", connection=self._api.connection
                ) from error
            try:
                row = self._api.get("/user/{number}", "Name", number=self._user)
            except NotFoundError:
                raise ConfigError(f"{place}: Request Tracker knows no user '{self._user}'") from None
            if self._api.token_user not in (None, str(row["id"])):
                raise ConfigError(f"{place}: the token is not that of '{self._user}'")
            self._row = row
        return self._row

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which RT reads the times of our searches.

        Raises:
            ConfigError: nobody tells it, or it has no such name.
        """
        name = self._stated or self.row.get("Timezone")
        if not name:
            raise ConfigError(
                f"connections.{self._api.connection}: give the account '{self._user}' the time zone UTC in its "
                "preferences, or say with 'zone' which is the site's default"
            )
        try:
            return ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError):
            raise ConfigError(f"connections.{self._api.connection}.zone: '{name}' is no time zone") from None


def warnings(metadata: Metadata, queue: str, marker_field: str, origin_field: str, skew: float) -> Iterator[str]:
    """Give what will hurt, each with its fix.

    Raises:
        ConfigError: the queue of new tickets is not there, or lacks one of our custom fields.
    """
    try:
        metadata.queue(queue)
    except NotFoundError:
        raise ConfigError(f"queue: Request Tracker shows this account no queue '{queue}'") from None
    for field, what, of_transactions in ((marker_field, "tickets", False), (origin_field, "transactions", True)):
        if not metadata.holds(queue, field, of_transactions=of_transactions):
            raise ConfigError(
                f"queue {queue} has no custom field '{field}': an admin makes it (Enter one value, for {what}) "
                "and applies it to the queues that take part"
            )
    lacking = [str(group.name) for group in metadata.groups() if not metadata.holds(str(group.id), marker_field)]
    if lacking:
        yield f"no ticket can be created in {', '.join(lacking)}: apply the custom field '{marker_field}' there as well"
    yield from clock_warnings("the server", skew)
