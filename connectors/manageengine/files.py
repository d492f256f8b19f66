"""Files: downloaded, uploaded, and taken away again where the note that they belong to was not written.

Vendor facts (manageengine.com, attachments; document copies for Cloud; seen live):

- On-premises a file is read at ``attachments/{id}/_download`` and sent by ``PUT upload``, in the part ``input_file``. It
  hangs on the request, where its requester sees it, until a note names it.
- In Cloud a file is read at its ``content_url`` and sent by ``POST _uploads``, in the part ``filename``; without
  ``addtoattachment`` nobody sees it until a note names it.
"""

from __future__ import annotations

from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from ...core.connector import FileSource, Json
from ...core.errors import NotFoundError, UnavailableError, UnexpectedReplyError
from ...core.net.http import fill_path
from ...core.net.multipart import FilePart, Multipart, bare_name
from .calls import Calls
from .replies import body_of

ATTACHMENTS: Final = "/requests/{id}/attachments"


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


def upload(calls: Calls, record_id: str, file: FileSource) -> str:
    """Send a file for a note of a request, and give its id.

    Raises:
        ConnectorError: any error of the tree in ``core.errors``.
    """
    name, cloud = bare_name(file.name), calls.flavour.cloud
    before = set[str]() if cloud else _ids(calls, record_id, name)
    method, path, part = ("POST", "/_uploads", "filename") if cloud else ("PUT", "/upload", "input_file")
    form = Multipart([FilePart(part, name, file.media_type, file.size, file.open)])
    headers = {"Content-Type": form.content_type}
    try:
        template = f"/requests/{{id}}{path}"
        reply: Any = calls.upload(method, template, repeatable=cloud, data=form.open, headers=headers, id=record_id)
    except UnavailableError as error:
        stored = _ids(calls, record_id, name) - before if error.maybe_applied and not cloud else set[str]()
        if len(stored) != 1:
            raise
        return stored.pop()
    told = body_of(reply, "attachment", "file", "upload") or {}
    file_id = told.get("file_id") or told.get("id")
    if not file_id:
        raise UnexpectedReplyError("an upload whose reply names no file", connection=calls.connection, key=record_id)
    return str(file_id)


def _ids(calls: Calls, record_id: str, name: str) -> set[str]:
    rows = calls.rows(ATTACHMENTS, "attachments", id=record_id)
    return {str(row["id"]) for row in rows if row.get("name") == name}


def remove(calls: Calls, record_id: str, file_id: str) -> None:
    """Delete a file; one that is gone already counts as deleted."""
    try:
        calls.write("DELETE", f"{ATTACHMENTS}/{{file}}", repeatable=True, id=record_id, file=file_id)
    except NotFoundError:
        return
