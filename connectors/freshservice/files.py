"""Upload and download files.

Vendor facts (api.freshservice.com, attachments):

- Files travel as ``multipart/form-data``, in parts ``attachments[]`` beside the other fields; 40 MB for all of a ticket.
- ``attachment_url`` (once spelled ``Attachment_url``) is a signed link to storage, which works for a while, takes no
  credentials and is another one at every reading; so are the addresses of inline images. So documents hold addresses
  without the signature, and a link is read anew where it is old.
- ``/attachments/{id}`` gives files of tickets, not of conversations.
- The view of a ticket sometimes leaves out the id of a file. No hash is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import BinaryIO, Final

from ...core.connector import FileSource, Json
from ...core.errors import ForbiddenError, NotFoundError, RecordError
from ...core.net.multipart import FilePart, Multipart, TextPart, bare_name
from .api import Api

LINK: Final = "attachment_url"
SPELLINGS: Final = (LINK, "Attachment_url")
KEPT: Final = 10_000
"""Links remembered; a bound for memory."""
_IMAGE = re.compile(r"""(<img\b[^>]*?\bsrc=(["'])[^"'?]*)\?[^"']*\2""", re.IGNORECASE)


def unsigned(markup: str) -> str:
    """Give HTML whose images have no signature in their address: the same at every reading."""
    return _IMAGE.sub(r"\1\2", markup)


def form_of(fields: Json, files: Sequence[FileSource]) -> Multipart:
    """Give the form that carries files beside some fields."""
    texts = [
        TextPart(name, ("true" if value else "false") if isinstance(value, bool) else str(value))
        for name, value in fields.items()
    ]
    parts = [FilePart("attachments[]", bare_name(file.name), file.media_type, file.size, file.open) for file in files]
    return Multipart([*texts, *parts])


class Files:
    """The files of one account: their documents, and the links under which they can be had just now."""

    def __init__(self, api: Api) -> None:
        """Make it; no file is known yet."""
        self._api = api
        self._links: dict[str, str] = {}

    def document(self, file: Json, record_id: str, conversation_id: str = "") -> Json:
        """Give a file's document, with an id that tells where it hangs; its link is remembered, and not in it."""
        number = file.get("id") or f"{file.get('created_at')} {file.get('name')}"
        place = f"{record_id}/{conversation_id}/{number}"
        link = next((str(file[key]) for key in SPELLINGS if file.get(key)), None)
        if link is not None:
            self._links[place] = link
        while len(self._links) > KEPT:
            self._links.pop(next(iter(self._links)))
        told = {key: value for key, value in file.items() if key not in SPELLINGS}
        return {**told, "id": place, LINK: link and link.partition("?")[0]}

    def download(self, file: Json, target: BinaryIO, again: Callable[[str, str], object]) -> str:
        """Stream a file, given by its document, and give its SHA-256 in hex.

        Args:
            file: the file's document.
            target: takes the bytes.
            again: reads the files anew that hang on a ticket's conversation, or on the ticket itself.

        Raises:
            NotFoundError: the file is gone, or the document names none.
            RejectedError: Freshservice does not hand this file out.
        """
        place = str(file.get("id") or "")
        link = self._links.pop(place, None)
        if link is None:
            return self._anew(place, target, again)
        try:
            return self._api.download(link, target, signed=False)
        except (ForbiddenError, RecordError):  # the link is old
            return self._anew(place, target, again)

    def _anew(self, place: str, target: BinaryIO, again: Callable[[str, str], object]) -> str:
        record_id, conversation_id, _ = (*place.split("/", 2), "", "")[:3]
        again(record_id, conversation_id)
        link = self._links.pop(place, None)
        if link is None:
            raise NotFoundError("the file is gone", connection=self._api.connection, key=place)
        try:
            return self._api.download(link, target, signed=False)
        except ForbiddenError as error:
            raise error.refusal("Freshservice does not hand this file out", place) from error
