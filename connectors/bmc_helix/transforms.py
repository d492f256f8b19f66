"""What the mapping names beyond the common transforms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from ...core.mapping.transforms import UNRESOLVED, Names, Transform, plain_text
from ...core.model import format_time
from ...core.shapes import as_object
from .columns import CUSTOM
from .query import parse_stamp, stamp


def _read_url(value: Any, names: Names) -> str | None:
    """Give the page on which people open an incident; None where the server's address is unknown."""
    if not value or not names.base_url:
        return None
    return f"{names.base_url}/smartit/app/#/incident/displayid/{quote(plain_text(value), safe='')}"


def _unwritten(value: Any, names: Names) -> Any:
    return UNRESOLVED


RECORD_URL: Final = Transform(_read_url, _unwritten)
"""An incident number -> the address of its page in Smart IT (public clients, links by display id)."""


def _read_time(value: Any, names: Names) -> str | None:
    return format_time(parse_stamp(plain_text(value))) if value else None


def _write_time(value: Any, names: Names) -> str | None:
    if not value:
        return None
    moment = datetime.fromisoformat(value)
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


TIME: Final = Transform(_read_time, _write_time, loss="times are kept to the second", coarse=True)
"""``2022-12-23T08:47:49.000+0000`` <-> RFC 3339."""


def _read_custom(value: Any, names: Names) -> Any:
    return as_object(value)


def _write_custom(value: Any, names: Names) -> Any:
    return {name: item for name, item in as_object(value).items() if name.endswith(CUSTOM)}


CUSTOM_VALUES: Final = Transform(_read_custom, _write_custom, loss="custom fields that the target lacks are left out")
"""Fields of the customer's own, whose names end in ``__c``."""

_RANKS: Final = {
    "1-Extensive/Widespread": 1,
    "2-Significant/Large": 2,
    "3-Moderate/Limited": 2,
    "4-Minor/Localized": 3,
    "1-Critical": 1,
    "2-High": 1,
    "3-Medium": 2,
    "4-Low": 3,
    "Critical": 1,
    "High": 2,
    "Medium": 3,
    "Low": 4,
}


def _read_rank(value: Any, names: Names) -> Any:
    return None if value in (None, "") else _RANKS[plain_text(value)]


RANK: Final = Transform(_read_rank, _unwritten)
"""A label of impact, urgency or priority -> its number; where a company weighs them in a way of its own."""
