"""Files: read from the work logs that hold them, written with them.

Vendor facts (docs.bmc.com, AR System REST API, attachments; public clients):

- A file is read at ``/entry/HPD:WorkLog/ID/attach/FIELD``; the address that an entry tells may name the server's inner
  host, so it is not used.
- A work log with files is a form of a part ``entry``, which comes first and names each file in its field, and a part
  ``attach-FIELD`` for each file.
- Neither a hash nor a media type is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Final

import orjson

from ...core.connector import FileSource, Json
from ...core.errors import NotFoundError
from ...core.net.http import Reply, quote_segment
from ...core.net.multipart import FilePart, Multipart, TextPart, bare_name
from .calls import Calls, form_path
from .columns import WORK_LOG
from .comments import FILES

LOGS: Final = form_path(WORK_LOG)


def download(calls: Calls, file: Json, target: BinaryIO) -> str:
    """Stream a file, given by its document, and give its SHA-256 in hex.

    Raises:
        NotFoundError: the document names no file of a work log.
        ConnectorError: the file is gone or hidden.
    """
    log_id, _, number = str(file.get("id") or "").rpartition("/")
    if not log_id or number not in ("1", "2", "3"):
        raise NotFoundError("no file of a work log", connection=calls.connection, key=file.get("id"))
    path = f"{LOGS}/{quote_segment(log_id)}/attach/{quote_segment(FILES[int(number) - 1])}"
    return calls.download(path, target)


def add_log(calls: Calls, values: Json, files: Sequence[FileSource]) -> Reply:
    """Write one work log with at most three files.

    Raises:
        ConnectorError: any error of the tree in ``core.errors``.
    """
    if not files:
        return calls.write("POST", LOGS, repeatable=False, json={"values": values})
    named = {field: bare_name(file.name) for field, file in zip(FILES, files, strict=False)}
    entry = orjson.dumps({"values": {**values, **named}}).decode()
    form = Multipart(
        [
            TextPart("entry", entry, "application/json; charset=UTF-8"),
            *(
                FilePart(f"attach-{field}", named[field], file.media_type, file.size, file.open)
                for field, file in zip(FILES, files, strict=False)
            ),
        ]
    )
    headers = {"Content-Type": form.content_type}
    return calls.write("POST", LOGS, repeatable=False, data=form.open, headers=headers)
