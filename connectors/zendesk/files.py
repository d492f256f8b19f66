"""Upload and download files.

Vendor facts:

- Files hang on comments. The raw bytes go to ``/uploads?filename=``, with the file's own media type; the token that comes
  back is named in a comment's ``uploads`` and lives for 60 minutes at least. [developer.zendesk.com, attachments]
- Several files may share a token, but an upload that is repeated would then be attached twice; with a token each, a
  repeated upload leaves an orphan that expires. [developer.zendesk.com, attachments]
- ``content_url`` redirects to storage on another host, which must not see our credentials. A file that a scan found
  infected is refused. [developer.zendesk.com, attachments]
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import BinaryIO

from ...core.connector import FileSource, Json
from ...core.errors import ForbiddenError, NotFoundError
from .api import Api


def upload(api: Api, files: Iterable[FileSource]) -> list[str]:
    """Upload files, each under a token of its own, and give the tokens.

    Raises:
        RejectedError: a file is too large, or of a kind that the account refuses.
    """
    return [_upload(api, file) for file in files]


def _upload(api: Api, file: FileSource) -> str:
    with ExitStack() as opened:

        def body() -> BinaryIO | bytes:
            handle = opened.enter_context(file.open())
            empty = not handle.read(1)
            handle.seek(0)
            return b"" if empty else handle

        reply = api.call(
            "POST",
            "/api/v2/uploads",
            params={"filename": file.name},
            data=body,
            headers={"Content-Type": file.media_type},
            repeatable=True,
        )
    return str(api.whole(reply, "upload", "POST /api/v2/uploads")["upload"]["token"])


def download(api: Api, file: Json, target: BinaryIO) -> str:
    """Stream a file, given by its document, and give its SHA-256 in hex.

    Raises:
        NotFoundError: the file is gone, or the document names no address.
        RejectedError: Zendesk does not hand this file out.
    """
    address = file.get("url")
    if not address:
        raise NotFoundError("the file has no address", connection=api.connection, key=file.get("id"))
    try:
        return api.download(str(address), target)
    except ForbiddenError as error:
        words = "Zendesk does not hand this file out: it is infected or restricted"
        raise error.refusal(words, file.get("id")) from error
