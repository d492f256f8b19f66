"""Comments and files of issues.

Vendor facts (measured on 2.6):

- Whoever sees an issue sees its messages and files: nothing can be hidden from the requester.
- A file hangs on the issue, on a message, or on both. No call tells how long one is. Neither an empty file nor an empty
  message can be stored.
- ``date`` is what people read as a message's time; where it was not stated, that is ``creation``.
- ``/file/7/binary_content`` gives the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from isthmus.plugin import FilePart, FileSource, Json, Multipart, NotFoundError, RejectedError, TextPart, Thread

from .api import Api
from .records import ORIGIN, id_of, ids_of, is_submission, kept_in, read_time

PUBLIC: Final = "public"
MESSAGE: Final = "author,creator,creation,date,content,files,messageid"
FILE: Final = "name,type,creator,creation"


def read_threads(api: Api, ids: Iterable[str]) -> dict[str, Thread]:
    """Read the threads of some issues; those gone are left out."""
    issues = list(api.by_id("issue", ids, "messages,files,creation"))
    wanted = [each for issue in issues for each in issue["messages"]]
    messages = {row["id"]: row for row in api.by_id("msg", wanted, MESSAGE, verbose=3)}
    attached = {issue["id"]: set(issue["files"]) for issue in issues}
    said: dict[str, list[Json]] = {}
    for issue in issues:
        said[issue["id"]] = own = [messages[each] for each in ids_of(issue["messages"]) if each in messages]
        attached[issue["id"]] |= {file for message in own for file in ids_of(message["files"])}
    files = {row["id"]: row for row in api.by_id("file", set[str]().union(*attached.values()), FILE)}
    return {
        issue["id"]: Thread(
            list(_comments(said[issue["id"]], issue, api.account)),
            [_file(files[each]) for each in ids_of(list(attached[issue["id"]])) if each in files],
        )
        for issue in issues
    }


def _comments(messages: list[Json], issue: Json, account: str) -> Iterator[Json]:
    for number, message in enumerate(messages):
        if number or not is_submission(message, issue):
            plain = {**message, "creator": id_of(message["creator"])}
            yield {
                "id": message["id"],
                "author": id_of(message["author"]),
                "content": message["content"],
                "date": read_time(message.get("date") or message["creation"]),
                "origin": kept_in(ORIGIN, plain, account),
                "visibility": PUBLIC,
            }


def _file(row: Json) -> Json:
    return {**row, "creation": read_time(row["creation"]), "visibility": PUBLIC}


def upload(api: Api, file: FileSource) -> str:
    """Store a file and give its id.

    Raises:
        RejectedError: it is empty.
    """
    if not file.size:
        raise RejectedError("Roundup keeps no file without bytes", connection=api.connection, key=file.name)
    kind = TextPart("type", file.media_type)
    form = Multipart([TextPart("name", file.name), kind, FilePart("content", "file", kind.value, file.size, file.open)])
    headers = {"Content-Type": form.content_type}
    return str(api.data("POST", "/file", data=form.open, headers=headers, repeatable=False)["id"])


def download(api: Api, file: Json, target: BinaryIO) -> str:
    """Write a file, given by its document, into ``target`` and give its SHA-256 in hex."""
    number = str(file.get("id") or "")
    if not number.isdigit():
        raise NotFoundError("the file has no number", connection=api.connection, key=number)
    return api.session.download(f"file/{number}/binary_content", target)
