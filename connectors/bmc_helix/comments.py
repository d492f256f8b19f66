"""Work logs: the comments of incidents, and the files on them.

Vendor facts (docs.bmc.com, tracking work history; recorded work logs; public clients):

- A work log is an entry of ``HPD:WorkLog`` that names its incident by number. ``View Access`` is ``Public`` where the
  customer sees it, else ``Internal``; ``Secure Work Log`` locks it against editing and hides nothing.
- ``Description`` is a summary line of 100 bytes, ``Detailed Description`` the text; one with files only has neither.
- Workflow writes work logs itself: ``Communication Source`` begins with ``System``, or an application account writes an
  ``Assignment Change`` or ``Status Update``.
- Three files fit on one work log, in ``z2AF Work Log01`` to ``03``. A comment with more files becomes several work logs:
  the last one holds the text, and the others say whose files they hold.
- ``Work Log Submit Date`` tells when it was written, ``Last Modified Date`` when it was edited.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ...core.connector import Json
from ...core.model import Visibility
from ...core.shapes import as_object
from .calls import Calls
from .columns import MODIFIED, NUMBER, WORK_LOG
from .people import People, chunks
from .query import Keyset, field, one_of

LOG_ID: Final = "Work Log ID"
SUMMARY: Final = "Description"
TEXT: Final = "Detailed Description"
ACCESS: Final = "View Access"
TYPE: Final = "Work Log Type"
WRITTEN: Final = "Work Log Submit Date"
AUTHOR: Final = "Work Log Submitter"
FILES: Final = ("z2AF Work Log01", "z2AF Work Log02", "z2AF Work Log03")
FIELDS: Final = (LOG_ID, NUMBER, SUMMARY, TEXT, ACCESS, TYPE, "Communication Source", "Submitter", AUTHOR, WRITTEN)
BY_LOG: Final = Keyset(LOG_ID)
CHUNK: Final = 50
APPLICATION_ACCOUNTS: Final = frozenset({"Remedy Application Service", "AR_ESCALATOR"})
SYSTEM_TYPES: Final = frozenset({"Assignment Change", "Status Update"})
LONGEST_SUMMARY: Final = 100
"""Bytes of a summary."""
PUBLIC: Final = "Public"
INTERNAL: Final = "Internal"
_SPLIT = re.compile(r"Files? of one note \[(?P<key>[0-9a-f]{16})\](?P<last>, with its text)?")


def access_of(visibility: Visibility) -> str:
    """Give the view access that shows a comment to whom may see it."""
    return PUBLIC if visibility is Visibility.PUBLIC else INTERNAL


def split_key(origin: str) -> str:
    """Give what the work logs of one comment have in common."""
    return hashlib.sha256(origin.encode()).hexdigest()[:16]


def split_summary(key: str, *, last: bool) -> str:
    """Give the summary of one of several work logs that are one comment; the last one holds its text."""
    return f"Files of one note [{key}]{', with its text' if last else ''}"


def summary_of(text: str) -> str:
    """Give the summary line of a text: its beginning, in as many bytes as fit."""
    line = " ".join(text.split())
    return line.encode()[:LONGEST_SUMMARY].decode(errors="ignore").strip()


def moved_since(calls: Calls, start: datetime) -> dict[str, str]:
    """Give the numbers of incidents of which a work log moved since a moment, each with what moved last."""
    moved: dict[str, str] = {}
    q = f"{field(MODIFIED)} >= {calls.literal(start)}"
    for row in calls.rows(WORK_LOG, q, (*FIELDS, MODIFIED), keys=Keyset(LOG_ID, MODIFIED)):
        if not is_system(row) and row.get(NUMBER):
            moved[str(row[NUMBER])] = f"{row[LOG_ID]} {row[MODIFIED]}"
    return moved


def is_system(row: Mapping[str, Any]) -> bool:
    """Tell whether workflow wrote a work log."""
    if str(row.get("Communication Source") or "").startswith("System"):
        return True
    return row.get("Submitter") in APPLICATION_ACCOUNTS and row.get(TYPE) in SYSTEM_TYPES


class Comments:
    """Reads the work logs of incidents."""

    def __init__(self, calls: Calls, people: People) -> None:
        """Make a reader."""
        self._calls = calls
        self._people = people

    def of(self, numbers: Mapping[str, str]) -> dict[str, list[Json]]:
        """Give the comments of incidents, oldest first, by entry id.

        Args:
            numbers: entry id -> incident number.
        """
        by_number: dict[str, list[Json]] = defaultdict(list)
        for chunk in chunks(sorted(set(numbers.values())), CHUNK):
            for row in self._calls.rows(WORK_LOG, one_of(NUMBER, chunk), (*FIELDS, *FILES), keys=BY_LOG):
                if not is_system(row):
                    by_number[str(row[NUMBER])].append(row)
        people = self._people.by_id({author for rows in by_number.values() for row in rows if (author := _author(row))})
        found: dict[str, list[Json]] = {}
        for record_id, number in numbers.items():
            rows = sorted(by_number.get(number, ()), key=lambda row: (row.get(WRITTEN) or "", row[LOG_ID]))
            found[record_id] = _joined([_shaped(row, people) for row in rows])
        return found

    def parts(self, number: str, key: str) -> list[Json]:
        """Give the work logs of an incident that hold the files of one comment."""
        rows = self._calls.rows(WORK_LOG, one_of(NUMBER, [number]), (*FIELDS, *FILES), keys=BY_LOG)
        return [row for row in rows if (found := _split(row)) is not None and found["key"] == key]


def _author(row: Mapping[str, Any]) -> str | None:
    return row.get(AUTHOR) or row.get("Submitter") or None


def _split(row: Mapping[str, Any]) -> re.Match[str] | None:
    return _SPLIT.fullmatch(str(row.get(SUMMARY) or ""))


def _shaped(row: Json, people: Mapping[str, Any]) -> Json:
    """Give a work log with its author, its text and its files as objects."""
    login = _author(row)
    person = people.get(login or "")
    author = {
        "id": person.id if person else login,
        "name": (person.name if person else None) or login,
        "email": person.email if person else None,
    }
    said = {"author": author, ACCESS: row.get(ACCESS), WRITTEN: row.get(WRITTEN)}
    files = [
        {"id": f"{row[LOG_ID]}/{number}", "name": file.get("name"), "sizeBytes": file.get("sizeBytes"), **said}
        for number, name in enumerate(FILES, 1)
        if (file := as_object(row.get(name)))
    ]
    return {**row, **said, "text": _text(row), "files": files}


def _text(row: Mapping[str, Any]) -> str:
    """Give all that a work log says: its text, below a summary that is not its beginning."""
    text, summary = str(row.get(TEXT) or ""), str(row.get(SUMMARY) or "")
    if not summary.strip(" .") or _split(row) or summary_of(text).startswith(summary_of(summary)):
        return text
    return f"{summary}\n{text}" if text else summary


def _joined(rows: list[Json]) -> list[Json]:
    """Give the comments that some work logs are: the files of one that was split come to the one with its text.

    Files without the text belong to a comment that is still being written; they count only with it, and only where as few
    people see them.
    """
    files: dict[tuple[str, Any], list[Json]] = defaultdict(list)
    for row in rows:
        split = _split(row)
        if split is not None and not split["last"]:
            files[split["key"], row.get(ACCESS)] += row["files"]
    comments: list[Json] = []
    for row in rows:
        split = _split(row)
        if split is None:
            comments.append(row)
        elif split["last"]:
            comments.append({**row, "files": [*files[split["key"], row.get(ACCESS)], *row["files"]]})
    return comments


def batches(files: Sequence[Any]) -> list[Sequence[Any]]:
    """Cut the files of a comment into work logs; the last one may be empty."""
    return list(chunks(files, len(FILES))) or [()]
