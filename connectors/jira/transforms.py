"""What the mapping names beyond the common transforms."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any, Final

from ...core.mapping.transforms import UNRESOLVED, Names, Transform, find_transform, plain_text
from ...core.model import format_time
from .markers import is_marker_label

LABEL_LENGTH: Final = 255
CUSTOMER: Final = "qm:"
"""Account ids of Cloud's portal-only customers begin so. [recorded]"""
_STATUSES: Final = {
    "Open": "new",
    "Work in progress": "in_progress",
    "Pending": "pending",
    "Completed": "resolved",
    "Closed": "closed",
    "Canceled": "canceled",
}


def _unwritten(value: Any, names: Names) -> Any:
    return UNRESOLVED


def _read_summary(value: Any, names: Names) -> Any:
    return find_transform("text").read(value, names)


def _write_summary(value: Any, names: Names) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


SUMMARY: Final = Transform(_read_summary, _write_summary, loss="a title has one line", coarse=True)
"""A summary holds no line break."""


def _write_labels(value: Any, names: Names) -> Any:
    words = (re.sub(r"\s+", "_", label.strip())[:LABEL_LENGTH] for label in value or ())
    return sorted({word for word in words if word and not is_marker_label(word)})


LABELS: Final = Transform(
    find_transform("labels").read, _write_labels, loss="blanks in a label become underscores", coarse=True
)
"""Labels hold no white space; those that begin as our marker does are not written."""


def _write_assignee(value: Any, names: Names) -> Any:
    written = _PERSON.write(value, names)
    return UNRESOLVED if isinstance(written, str) and written.startswith(CUSTOMER) else written


_PERSON: Final = find_transform("person")
ASSIGNEE: Final = replace(_PERSON, write=_write_assignee)
"""A customer of the service desk is assigned no issue."""


def _read_date(value: Any, names: Names) -> Any:
    if value is None or value == "":
        return None
    return format_time(datetime.combine(date.fromisoformat(plain_text(value)), time(), UTC))


def _write_date(value: Any, names: Names) -> Any:
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).date().isoformat()


DATE: Final = Transform(_read_date, _write_date, loss="a due date has no time of day", coarse=True)
"""A day <-> its beginning in UTC."""


def _write_participants(value: Any, names: Names) -> Any:
    if names.options("participants") == frozenset():
        return UNRESOLVED
    return find_transform("people").write(value, names)


PARTICIPANTS: Final = Transform(find_transform("people").read, _write_participants, loss=find_transform("people").loss)
"""People who take part in a request, where the site has the field."""


def _read_major(value: Any, names: Names) -> Any:
    return True if find_transform("boolean").read(value, names) else None


def _write_major(value: Any, names: Names) -> Any:
    return True if value else None


MAJOR: Final = Transform(
    _read_major, _write_major, loss="what is no major incident is not told from what is not known to be"
)
"""A box that is ticked."""


def _read_state(value: Any, names: Names) -> Any:
    return None if value in (None, "") else _STATUSES.get(plain_text(value), plain_text(value))


STATE: Final = Transform(_read_state, _unwritten)
"""A state, or a reason that the mapping does not list: as it is."""
