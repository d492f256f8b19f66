"""Files: downloaded, uploaded, and taken away again where the note that they belong to was not written.

Vendor facts (manageengine.com, attachments; document copies for Cloud; seen live):

- On-premises a file is read at ``attachments/{id}/_download`` and sent by ``PUT upload``, in the part ``input_file``. It
  hangs on the request, where its requester sees it, until a note names it; its ``description`` says for which one it waits.
- In Cloud a file is read at its ``content_url`` and sent by ``POST _uploads``, in the part ``filename``; without
  ``addtoattachment`` nobody sees it until a note names it.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from ...core.connector import FileSource, Json
from ...core.errors import NotFoundError, UnavailableError, UnexpectedReplyError
from ...core.net.http import fill_path
from ...core.net.multipart import FilePart, Multipart, bare_name
from .calls import Calls
from .replies import body_of

ATTACHMENTS: Final = "/requests/{id}/attachments"
_PART = re.compile(r"File \d+ of one note \[[0-9a-f]{16}\]")


def part_label(origin: str, number: int) -> str:
    """Give the description of one of the files of a note, by the note's origin."""
    return f"File {number} of one note [{hashlib.sha256(origin.encode()).hexdigest()[:16]}]"


def is_part(row: Json) -> bool:
    """Tell whether a file was sent for a note; one that no note names belongs to a note that is still being written."""
    return _PART.fullmatch(str(row.get("description") or "")) is not None


def download(calls: Calls, file: Json, target: BinaryIO) -> str:
    """Stream a file, given by its document, and give its SHA-256 in hex.

    Raises:
        NotFoundError: the document names no file of a request.
        ConnectorError: the file is gone or hidden.
    """
    request_id, _, file_id = str(file.get("id") or "").partition("/")
    if not (request_id.isdigit() and file_id.isdigit()):
        raise NotFoundError("no file of a request", connection=calls.connection, key=file.get("id"))
    told = urlsplit(str(file.get("url") or ""))
    if calls.flavour.cloud and told.path.startswith("/") and not told.netloc:
        return calls.session.download(f"{told.path}{f'?{told.query}' if told.query else ''}", target)
    path = "/_uploads/{file}/download" if calls.flavour.cloud else "/attachments/{file}/_download"
    return calls.session.download(
        fill_path(f"{calls.flavour.base}/requests/{{id}}{path}", id=request_id, file=file_id), target
    )


def upload(calls: Calls, record_id: str, file: FileSource, label: str) -> str:
    """Send a file for a note of a request, and give its id; one that an earlier attempt left there is not sent again.

    Args:
        calls: the connection's calls.
        record_id: the request.
        file: what to send.
        label: what tells this file of this note from all others, where it has to wait in sight.

    Raises:
        ConnectorError: any error of the tree in ``core.errors``.
    """
    name, cloud = bare_name(file.name), calls.flavour.cloud
    left = None if cloud else _left(calls, record_id, label)
    if left is not None:
        return left
    method, path, part = ("POST", "/_uploads", "filename") if cloud else ("PUT", "/upload", "input_file")
    form = Multipart([FilePart(part, name, file.media_type, file.size, file.open)])
    request: Json = {"headers": {"Content-Type": form.content_type}, "params": None if cloud else {"description": label}}
    try:
        template = f"/requests/{{id}}{path}"
        reply: Any = calls.upload(method, template, repeatable=cloud, data=form.open, id=record_id, **request)
    except UnavailableError as error:
        stored = _left(calls, record_id, label) if error.maybe_applied and not cloud else None
        if stored is None:
            raise
        return stored
    told = body_of(reply, "attachment", "file", "upload") or {}
    file_id = told.get("file_id") or told.get("id")
    if not file_id:
        raise UnexpectedReplyError("an upload whose reply names no file", connection=calls.connection, key=record_id)
    return str(file_id)


def _left(calls: Calls, record_id: str, label: str) -> str | None:
    rows = calls.rows(ATTACHMENTS, "attachments", id=record_id)
    return next((str(row["id"]) for row in rows if row.get("description") == label), None)


def remove(calls: Calls, record_id: str, file_id: str) -> None:
    """Delete a file; one that is gone already counts as deleted."""
    try:
        calls.write("DELETE", f"{ATTACHMENTS}/{{file}}", repeatable=True, id=record_id, file=file_id)
    except NotFoundError:
        return
