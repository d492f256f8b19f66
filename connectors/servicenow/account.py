"""The account that we use: who it is, and how it shows dates.

Vendor facts (ServiceNow documentation, user records and date formats): ``time_zone`` names a zone of the tz database, empty
for the system's default (property ``glide.sys.default.tz``); ``date_format`` and ``time_format`` are Java patterns, empty
for ``yyyy-MM-dd`` and ``HH:mm:ss``. ``javascript:gs.getUserID()`` in a query is the id of the account that asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from ...core.errors import ConfigError, ForbiddenError, RecordError
from .query import Condition, Query, equals, parse_stamp
from .table import TableApi

FIELDS = ("sys_id", "user_name", "name", "time_zone", "date_format", "time_format")
GMT: Final = frozenset({"GMT", "UTC", "Etc/UTC", "Etc/GMT", "Greenwich", "Zulu", "Universal", "UCT"})
_MYSELF = Condition("sys_id=javascript:gs.getUserID()", (), lambda row: True)
_PATTERNS = {
    "yyyy": ("%Y", r"\d{4}"),
    "yy": ("%y", r"\d{2}"),
    "MM": ("%m", r"\d{1,2}"),
    "dd": ("%d", r"\d{1,2}"),
    "HH": ("%H", r"\d{1,2}"),
    "hh": ("%I", r"\d{1,2}"),
    "mm": ("%M", r"\d{2}"),
    "ss": ("%S", r"\d{2}"),
    "a": ("%p", r"[AaPp][Mm]"),
}
_TOKEN = re.compile("|".join(_PATTERNS) + r"|[A-Za-z]+|[^A-Za-z]+")


@dataclass(frozen=True, slots=True)
class DateFormat:
    """How an account shows a date and time."""

    pattern: str
    """Regular expression."""
    directive: str
    """For ``strptime``."""

    def parse(self, text: str) -> datetime:
        """Give the local time that a text shows, without a zone.

        Raises:
            ValueError: it shows none.
        """
        return datetime.strptime(text, self.directive)  # noqa: DTZ007 - the zone is the account's, applied afterwards


def date_format(date: str, time: str, connection: str) -> DateFormat:
    """Give the format that Java patterns describe.

    Raises:
        ConfigError: a part of a pattern is unknown; names the fix.
    """
    pattern, directive = "", ""
    for token in _TOKEN.findall(f"{date or 'yyyy-MM-dd'} {time or 'HH:mm:ss'}"):
        if token in _PATTERNS:
            directive += _PATTERNS[token][0]
            pattern += _PATTERNS[token][1]
        elif token.isalpha():
            raise ConfigError(
                f"connection {connection}: the account's date format '{date} {time}' cannot be read; set it to yyyy-MM-dd "
                "and HH:mm:ss in the account's profile"
            )
        else:
            directive += token.replace("%", "%%")
            pattern += re.escape(token)
    return DateFormat(pattern, directive)


@dataclass(frozen=True, slots=True)
class Account:
    """The account that we use."""

    id: str | None
    user_name: str | None
    name: str | None
    zone: str | None
    """Name of its time zone; None where the vendor does not tell."""
    format: DateFormat

    @property
    def is_gmt(self) -> bool:
        """Tell whether it sees times as they are stored."""
        return self.zone in GMT

    def tzinfo(self, connection: str) -> tzinfo:
        """Give its time zone.

        Raises:
            ConfigError: the zone is unknown; names the fix.
        """
        if self.is_gmt:
            return UTC
        try:
            return ZoneInfo(self.zone or "")
        except (OSError, ValueError, KeyError):
            raise ConfigError(
                f"connection {connection}: the account's time zone {self.zone or '(system)'} is unknown here; set it to "
                "GMT in the account's profile"
            ) from None


def read_account(table: TableApi, user_name: str | None, connection: str) -> Account:
    """Read the account's own user record.

    Args:
        table: the table API.
        user_name: the user name that we log in with, where we have one; else the vendor is asked who we are.
        connection: name of the connection, for messages.
    """
    query = Query().where(equals("user_name", user_name) if user_name else _MYSELF).ordered("sys_id")
    try:
        rows = table.page("sys_user", query, FIELDS, limit=2).rows
    except (ForbiddenError, RecordError):
        rows = []
    row = rows[0] if len(rows) == 1 else {}
    zone = row.get("time_zone") or _default_zone(table)
    dates = date_format(row.get("date_format") or "", row.get("time_format") or "", connection)
    return Account(row.get("sys_id"), row.get("user_name") or user_name, row.get("name"), zone, dates)


def _default_zone(table: TableApi) -> str | None:
    query = Query().where(equals("name", "glide.sys.default.tz")).ordered("sys_id")
    try:
        rows = table.page("sys_properties", query, ("name", "value"), limit=1).rows
    except (ForbiddenError, RecordError):
        rows = []
    return rows[0].get("value") or None if rows else None


def literals_are_utc(table: TableApi, incident: str, updated_on: str) -> bool:
    """Tell whether the vendor reads a time in a query as UTC, by asking for a record under its own time."""
    moment = parse_stamp(updated_on)
    query = Query().where(equals("sys_id", incident), equals("sys_updated_on", f"{moment:%Y-%m-%d %H:%M:%S}"))
    return bool(table.page("incident", query, ("sys_id",), limit=1).rows)
