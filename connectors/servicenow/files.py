"""Attachments: lists for many records, downloads with a check of the vendor's hash, raw uploads.

Vendor facts (ServiceNow documentation, Attachment API): ``hash`` is the SHA-256 of the content; ``state`` may be pending
while a virus scan runs; one file travels in one call; an upload's author and time are the account's and now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO

from ...core.connector import FileSource, Json
from ...core.errors import UnavailableError
from ...core.net.http import fill_path
from ...core.shapes import as_object
from .calls import Calls
from .columns import TABLE
from .people import People, chunks
from .query import Query, at_least, equals, one_of
from .table import TableApi

FIELDS = (
    "sys_id",
    "table_sys_id",
    "file_name",
    "content_type",
    "size_bytes",
    "hash",
    "state",
    "sys_created_on",
    "sys_created_by",
)
CHUNK = 100


class Files:
    """The attachments of incidents."""

    def __init__(self, calls: Calls, table: TableApi, people: People) -> None:
        """Make a reader and writer of attachments."""
        self._calls = calls
        self._table = table
        self._people = people

    def of(self, ids: Sequence[str]) -> dict[str, list[Json]]:
        """Give the attachments of some incidents, oldest first."""
        found: dict[str, list[Json]] = {record_id: [] for record_id in ids}
        for chunk in chunks(ids, CHUNK):
            query = Query().where(equals("table_name", TABLE), one_of("table_sys_id", chunk)).ordered("sys_id")
            for row in self._table.rows("sys_attachment", query, FIELDS):
                found[row["table_sys_id"]].append(row)
        self._people.name_authors([row for rows in found.values() for row in rows])
        for rows in found.values():
            rows.sort(key=lambda row: (row.get("sys_created_on") or "", row["sys_id"]))
        return found

    def since(self, moment: datetime) -> dict[str, str]:
        """Give the incidents that got a file since a moment, each with the id of its latest file."""
        query = Query().where(equals("table_name", TABLE), at_least("sys_created_on", moment))
        rows = self._table.rows("sys_attachment", query.ordered("sys_created_on", "sys_id"), FIELDS)
        return {row["table_sys_id"]: row["sys_id"] for row in rows}

    def download(self, file: Json, target: BinaryIO) -> str:
        """Stream a file into ``target`` and give its SHA-256 in hex.

        Raises:
            UnavailableError: the bytes are not those of which the vendor knows the hash.
            ConnectorError: the file is gone, hidden or still being scanned.
        """
        path = fill_path("/api/now/attachment/{id}/file", id=str(file["id"]))
        digest = self._calls.download(path, target)
        stated = file.get("sha256")
        if stated and stated.lower() != digest:
            raise UnavailableError(
                f"file {file['id']} came with other bytes than its hash says",
                connection=self._calls.connection,
                operation="GET file",
            )
        return digest

    def upload(self, record_id: str, file: FileSource) -> str | None:
        """Attach a file to an incident and give its id, where the reply tells it."""
        reply = self._calls.write(
            "POST",
            "/api/now/attachment/file",
            repeatable=False,
            params={"table_name": TABLE, "table_sys_id": record_id, "file_name": file.name},
            data=file.open if file.size else b"",
            headers={"Content-Type": file.media_type},
        )
        return as_object(as_object(reply.data).get("result")).get("sys_id")
