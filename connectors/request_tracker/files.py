"""Files: sent with a reply or a comment, and read.

Vendor facts (measured on 5.0.3):

- Files travel as base64 within the JSON of a reply or comment. RT takes an empty content for a missing one and refuses it;
  a line break, which decodes to nothing, makes an empty file. A form of several parts has no such way.
- A name beyond ASCII breaks RT's own writing of the mail (500) unless it is an encoded word of RFC 2047, which RT decodes.
- A text that is not UTF-8 is told as UTF-8 afterwards, and a message is taken apart. Sent as ``application/octet-stream``
  both come back byte for byte.
- ``GET /attachment/ID`` gives any content as base64 in JSON, which cannot be streamed.
"""

from __future__ import annotations

import base64
import codecs
import hashlib
import re
import tempfile
from collections.abc import Sequence
from typing import IO, BinaryIO, Final

import orjson

from ...core.connector import FileSource, Json
from ...core.errors import NotFoundError, RejectedError
from .api import Api

LARGEST: Final = 40 * 1024 * 1024
"""Bytes of a file whose base64 still fits into one reply."""
OPAQUE: Final = "application/octet-stream"
_CHUNK: Final = 3 * 64 * 1024
"""Bytes that are encoded at a time; a multiple of three, so that the pieces join."""
_IN_MEMORY: Final = 1024 * 1024
_BARE: Final = re.compile(r"[\w.()+-][\w .()+-]*[\w.()+-]|\w", re.ASCII)


def encoded_name(name: str) -> str:
    """Give a file's name as RT takes it: bare where it is harmless, else one encoded word."""
    if _BARE.fullmatch(name) and name != "0":
        return name
    return f"=?UTF-8?B?{base64.b64encode(name.encode(errors='replace')).decode()}?="


def media_type_of(file: FileSource) -> str:
    """Give the media type under which RT keeps a file as it is."""
    kind = file.media_type.partition(";")[0].strip().lower()
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) or kind.startswith(("message/", "multipart/")):
        return OPAQUE
    return kind if not kind.startswith("text/") or _is_utf8(file) else OPAQUE


def _is_utf8(file: FileSource) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open() as source:
        try:
            while piece := source.read(_CHUNK):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def spooled(message: Json, files: Sequence[FileSource]) -> IO[bytes]:
    """Give the JSON of a message with its files, written to a temporary file: no file is ever held as a whole."""
    spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - who sends it closes it
    spool.write(orjson.dumps(message)[:-1] + b',"Attachments":[')
    for number, file in enumerate(files):
        facts = {"FileName": encoded_name(file.name), "FileType": media_type_of(file)}
        spool.write((b"," if number else b"") + orjson.dumps(facts)[:-1] + b',"FileContent":"')
        empty = True
        with file.open() as source:
            while piece := source.read(_CHUNK):
                empty = False
                spool.write(base64.b64encode(piece))
        spool.write(b'\\n"}' if empty else b'"}')
    spool.write(b"]}")
    spool.seek(0)
    return spool


def download(api: Api, file: Json, target: BinaryIO) -> str:
    """Write a file, given by its document, into ``target`` and give its SHA-256 in hex.

    Raises:
        NotFoundError: the file is gone.
        RejectedError: the file is too large for this API.
    """
    number = str(file.get("id") or "")
    if not number.isdigit():
        raise NotFoundError("the file has no number", connection=api.connection, key=number)
    if int(file.get("size") or 0) > LARGEST:
        raise RejectedError(f"the file is over {LARGEST // 2**20} MB", connection=api.connection, key=number)
    reply = api.get("/attachment/{number}", "Content", number=number)
    data = base64.b64decode(str(reply["Content"] or ""))
    target.seek(0)
    target.truncate()
    target.write(data)
    return hashlib.sha256(data).hexdigest()
