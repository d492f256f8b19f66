"""Attachment API: list, metadata, download, upload (raw and multipart), rename, delete.

Source: product documentation, Attachment API; a recorded list. One file for each upload; its author and time are the
caller's and now. An attachment is hidden with its record. Adding one does not touch the record (unconfirmed).

Properties: ``com.glide.attachment.max_size`` (MB, default 1024), ``glide.attachment.extensions`` (comma list, empty for
all). Status 413 for a file that is too large is unconfirmed.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import orjson
from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from .access import can_read, can_update
from .parameters import Page, shape
from .replies import FAILED, empty, no_record, refuse, result
from .session import Session
from .shapes import Shape, render
from .store import Row
from .table_api import encoded_query, json_object, opened, visible_row
from .zones import stored

if TYPE_CHECKING:
    from .instance import ServiceNow

routes = Routes()
TABLE = "sys_attachment"
_BASE = ("/api/now/attachment", "/api/now/<any('v1','v2'):version>/attachment")
_LIMIT = 1000


def _under(path: str) -> tuple[str, ...]:
    return tuple(base + path for base in _BASE)


def attachment_row(
    sys_id: str, table: str, table_sys_id: str, file_name: str, content_type: str, data: bytes, *, at: str, by: str
) -> Row:
    """Give the row of a file; ``at`` is a stored moment, ``by`` a ``user_name``."""
    return {
        "sys_id": sys_id,
        "table_name": table,
        "table_sys_id": table_sys_id,
        "file_name": file_name,
        "content_type": content_type,
        "size_bytes": str(len(data)),
        "size_compressed": str(len(zlib.compress(data))),
        "compressed": "true",
        "state": "available",
        "hash": hashlib.sha256(data).hexdigest(),
        "chunk_size_bytes": "700000",
        "sys_created_on": at,
        "sys_created_by": by,
        "sys_updated_on": at,
        "sys_updated_by": by,
        "sys_mod_count": "0",
    }


@routes.get(*_BASE)
def list_attachments(vendor: ServiceNow, call: Call, version: str = "") -> Response:
    """List metadata; as everywhere, the limit first and then the access rules."""
    session = opened(vendor, call, TABLE)
    page = Page.of(call.request, _LIMIT)
    ids = vendor.search.find(TABLE, encoded_query(vendor, call.request, TABLE), session)
    rows = [vendor.store[TABLE].rows[sys_id] for sys_id in ids[page.offset : page.offset + page.limit]]
    call.headers.update(page.headers(call.request, len(ids), vendor.base_url))
    readable = [row for row in rows if can_read(vendor.store, session, TABLE, row)]
    return result([_metadata(vendor, session, row, shape(call.request)) for row in readable])


@routes.get(*_under("/<sys_id>"))
def read_attachment(vendor: ServiceNow, call: Call, sys_id: str, version: str = "") -> Response:
    """Give the metadata of one file."""
    session = opened(vendor, call, TABLE)
    return result(_metadata(vendor, session, visible_row(vendor, session, TABLE, sys_id), shape(call.request)))


@routes.get(*_under("/<sys_id>/file"))
def download(vendor: ServiceNow, call: Call, sys_id: str, version: str = "") -> Response:
    """Give the bytes."""
    session = vendor.session(call)
    row = visible_row(vendor, session, TABLE, sys_id)
    metadata = orjson.dumps(_metadata(vendor, session, row, Shape())).decode()
    name = quote(row.get("file_name", ""), safe="")
    headers = {
        "X-Attachment-Metadata": quote(metadata, safe=' {}":,/?&=@[]'),
        "Content-Disposition": f"attachment;filename*=UTF-8''{name}",
    }
    content_type = row.get("content_type") or "application/octet-stream"
    return Response(vendor.store.files.get(sys_id, b""), 200, headers, content_type=content_type)


@routes.post(*_under("/file"))
def upload_raw(vendor: ServiceNow, call: Call, version: str = "") -> Response:
    """Add a file whose bytes are the body."""
    given = call.request.args
    content_type = call.request.content_type
    if not content_type:
        raise refuse(415, "Unsupported media type", "Content-Type is required")
    names = (given.get("table_name", ""), given.get("table_sys_id", ""), given.get("file_name", ""))
    return _add(vendor, call, *names, content_type, call.request.get_data())


@routes.post(*_under("/upload"))
def upload_multipart(vendor: ServiceNow, call: Call, version: str = "") -> Response:
    """Add the file of a multipart form."""
    form = call.request.form
    try:
        file = next(iter(call.request.files.values()), None)
        if file is None:
            raise refuse(400, "Missing or invalid parameter", "uploadFile")
        content_type = file.content_type or "application/octet-stream"
        data = file.stream.read()
    finally:
        call.request.close()
    return _add(
        vendor, call, form.get("table_name", ""), form.get("table_sys_id", ""), file.filename or "", content_type, data
    )


@routes.patch(*_under("/<sys_id>"))
def rename(vendor: ServiceNow, call: Call, sys_id: str, version: str = "") -> Response:
    """Give a file another name."""
    session = opened(vendor, call, TABLE)
    row = visible_row(vendor, session, TABLE, sys_id)
    name = str(json_object(call).get("file_name", ""))
    if not name:
        raise refuse(400, "Missing or invalid parameter", "file_name")
    stamp = {"sys_updated_on": stored(session.now), "sys_updated_by": session.user_name}
    count = str(int(row.get("sys_mod_count") or 0) + 1)
    vendor.store[TABLE].put({**row, **stamp, "file_name": name[:100], "sys_mod_count": count})
    return empty()


@routes.delete(*_under("/<sys_id>"))
def delete_attachment(vendor: ServiceNow, call: Call, sys_id: str, version: str = "") -> Response:
    """Delete a file: its author may, and an admin."""
    session = opened(vendor, call, TABLE)
    row = visible_row(vendor, session, TABLE, sys_id)
    if not session.is_admin and row.get("sys_created_by") != session.user_name:
        raise refuse(403, FAILED, "ACL Exception Delete Failed due to security constraints")
    vendor.store[TABLE].remove(sys_id)
    vendor.store.files.pop(sys_id, None)
    return empty()


def _add(
    vendor: ServiceNow, call: Call, table: str, table_sys_id: str, file_name: str, content_type: str, data: bytes
) -> Response:
    given = {"table_name": table, "table_sys_id": table_sys_id, "file_name": file_name}
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise refuse(400, "Missing or invalid parameter", ", ".join(missing))
    session = opened(vendor, call, table)
    record = vendor.store[table].rows.get(table_sys_id)
    if record is None or not can_read(vendor.store, session, table, record):
        raise no_record()
    if not can_update(session, table, record):
        raise refuse(403, FAILED, "ACL Exception Insert Failed due to security constraints")
    _check(vendor, file_name, len(data))
    at = stored(vendor.misbehaviour.stamp(session.now))
    row = attachment_row(uuid4().hex, table, table_sys_id, file_name[:100], content_type, data, at=at, by=session.user_name)
    vendor.store[TABLE].put(row)
    vendor.store.files[row["sys_id"]] = data
    call.headers["Location"] = f"{vendor.base_url}/api/now/attachment/{row['sys_id']}"
    return result(_metadata(vendor, session, row, shape(call.request)), 201)


def _check(vendor: ServiceNow, file_name: str, size: int) -> None:
    """Refuse a file that the instance does not take.

    Raises:
        RefusedError: 413 for its size, 400 for its extension.
    """
    largest = vendor.store.property("com.glide.attachment.max_size", "1024")
    if size > int(largest or 1024) * 1024 * 1024:
        raise refuse(413, "Maximum size exceeded", f"The file is larger than {largest} MB")
    allowed = [item.strip().lower() for item in vendor.store.property("glide.attachment.extensions").split(",")]
    extension = file_name.rpartition(".")[2].lower()
    if any(allowed) and extension not in allowed:
        raise refuse(400, "File type is not allowed", f"File extension {extension} is not allowed")


def _metadata(vendor: ServiceNow, session: Session, row: Row, wanted: Shape) -> dict[str, Any]:
    """Give what the API tells of a file: all text, and where to download it."""
    link = f"{vendor.base_url}/api/now/attachment/{row['sys_id']}/file"
    shown = render(vendor.store, session, TABLE, [row], wanted)[0]
    return shown if wanted.fields and "download_link" not in wanted.fields else {**shown, "download_link": link}
