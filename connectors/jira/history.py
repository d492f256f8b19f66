"""Field changes of issues, from their changelogs.

Vendor facts:

- An entry of the changelog holds what one person changed at one moment: ``fieldId``, and ``from`` and ``to`` as ids with
  ``fromString`` and ``toString`` as words. The creation is no entry. [developer.atlassian.com, changelogs; recorded]
- ``/changelog/bulkfetch`` reads a thousand issues; its ``created`` is a number, of seconds in the sample and of
  milliseconds elsewhere. Data Center tells it with ``expand=changelog``. [developer.atlassian.com, bulk fetch changelogs]
- Rules act as apps. [Atlassian support, automation]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from ...core.connector import FieldChange, Json
from ...core.shapes import as_list, as_object
from .api import Api
from .reading import parse_time
from .site import Site, person_id
from .vocabulary import priority_of

ISSUES: Final = 1000
ENTRIES: Final = 1000
SECONDS_END: Final = 10**11
"""A moment below it is in seconds: in milliseconds it would be in 1973."""
BY_ID: Final = frozenset({"assignee", "reporter", "participants"})
"""Columns that hold ids of people."""


class History:
    """The changelogs of one site's issues."""

    def __init__(self, api: Api, site: Site) -> None:
        """Make a reader of changelogs."""
        self._api = api
        self._site = site

    def of(self, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Give the field changes of some issues, oldest first; those gone are left out."""
        wanted = [each for each in dict.fromkeys(ids) if each.isdigit()]
        logs = self._bulk(wanted) if self._api.settings.is_cloud else self._single(wanted)
        return {
            record_id: sorted(
                (change for entry in entries for change in self._changes(record_id, entry)), key=lambda change: change.at
            )
            for record_id, entries in logs.items()
        }

    def _bulk(self, ids: Sequence[str]) -> dict[str, list[Json]]:
        logs: dict[str, list[Json]] = {each: [] for each in ids}
        for start in range(0, len(ids), ISSUES):
            body: Json = {"issueIdsOrKeys": list(ids[start : start + ISSUES]), "maxResults": ENTRIES}
            while True:
                data = self._api.whole(self._api.ask("changelog/bulkfetch", body), "issueChangeLogs", "POST changelog")
                for log in map(as_object, as_list(data["issueChangeLogs"])):
                    logs.setdefault(str(log.get("issueId")), []).extend(map(as_object, as_list(log.get("changeHistories"))))
                token = data.get("nextPageToken")
                if not token or token == body.get("nextPageToken"):
                    break
                body["nextPageToken"] = token
        return logs

    def _single(self, ids: Sequence[str]) -> dict[str, list[Json]]:
        logs: dict[str, list[Json]] = {}
        for each in ids:
            issue = self._api.exists("issue/{issue}", {"fields": "summary", "expand": "changelog"}, issue=each)
            if issue is not None:
                log = as_object(as_object(issue).get("changelog"))
                logs[each] = [as_object(entry) for entry in as_list(log.get("histories"))]
        return logs

    def _changes(self, record_id: str, entry: Json) -> Iterator[FieldChange]:
        at = _moment(entry.get("created"))
        author = as_object(entry.get("author"))
        who = person_id(author)
        by_rule = author.get("accountType") == "app" and who != self._site.account_id
        for item in map(as_object, as_list(entry.get("items"))):
            column = self._column(item)
            before, after = (self._value(column, item, *keys) for keys in (("from", "fromString"), ("to", "toString")))
            yield FieldChange(record_id, column, before, after, at, None if by_rule or not who else who)

    def _column(self, item: Json) -> str:
        field_id = str(item.get("fieldId") or item.get("field"))
        if field_id == "status":
            return "state"
        column = self._site.columns.column_of.get(field_id)
        if column is not None:
            return "service" if column == "services" else column
        return (
            "custom_fields" if field_id in self._site.columns.fields and field_id.startswith("customfield_") else field_id
        )

    def _value(self, column: str, item: Json, number: str, words: str) -> str | None:
        stored, shown = item.get(number), item.get(words)
        if column == "state":
            status = self._site.statuses.get(str(stored)) or {"name": shown}
            return self._site.state(status) if shown or stored else None
        value: Any = stored if column in BY_ID else shown
        if value in (None, ""):
            return None
        if column == "priority":
            return priority_of(str(value), [each.name for each in self._site.priorities])
        return str(value)


def _moment(stated: Any) -> datetime:
    if isinstance(stated, int | float):
        seconds = stated if stated < SECONDS_END else stated / 1000
        return datetime.fromtimestamp(seconds, UTC)
    return parse_time(str(stated))
