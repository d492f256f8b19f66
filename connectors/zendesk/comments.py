"""Read the comments and files of tickets.

Vendor facts:

- The first comment is the description. It can be private, and then the description is internal text.
  [developer.zendesk.com, ticket comments]
- Inline images are listed among the attachments only with ``include_inline_images``. [developer.zendesk.com, ticket
  comments]
- ``author_id`` -1 is the system; a ``VoiceComment`` may come without ``html_body``. [developer.zendesk.com, ticket
  comments]
- What an update sends as ``metadata`` comes back with the comment as ``metadata.custom``; people do not see it.
  [developer.zendesk.com, ticket audits]
- Comments of a deleted ticket answer 404. [airbytehq/airbyte issue 6249]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from ...core.connector import Json, Thread
from ...core.errors import NotFoundError
from ...core.shapes import as_list, as_object
from ...core.text.richtext import from_text
from .api import Api

METADATA_KEY: Final = "isthmus"
"""Where our own entry stands in an update's ``metadata``."""


def origin_of(comment: Json) -> str | None:
    """Give the origin that we stored with a comment."""
    custom = as_object(as_object(comment.get("metadata")).get("custom"))
    origin = as_object(custom.get(METADATA_KEY)).get("origin")
    return str(origin) if origin else None


def read_comments(api: Api, record_id: str) -> list[Json] | None:
    """Read all comments of one ticket, or give None where the ticket is gone."""
    params = {"include_inline_images": "true", "sort": "created_at"}
    try:
        return list(api.rows("/api/v2/tickets/{number}/comments", "comments", params, number=record_id))
    except NotFoundError:
        return None


def read_threads(api: Api, ids: Iterable[str], known: Callable[[str], list[Json] | None]) -> dict[str, Thread]:
    """Read the threads of some tickets; those gone are left out.

    Args:
        api: the connection's session.
        ids: the tickets.
        known: gives all comments of a ticket where they were read in bulk, else None.
    """
    threads: dict[str, Thread] = {}
    for record_id in ids:
        comments = known(record_id)
        if comments is None:
            comments = read_comments(api, record_id)
        if comments is not None:
            threads[record_id] = thread_of(comments)
    return threads


def thread_of(comments: Iterable[Json]) -> Thread:
    """Give the thread that a ticket's comments make, the description left out of it."""
    ordered = sorted((_plain(comment) for comment in comments), key=lambda each: (each.get("created_at") or "", each["id"]))
    if not ordered:
        return Thread()
    if ordered[0].get("public") is not True:
        return Thread(comments=ordered, description_internal=True)
    return Thread(comments=ordered[1:], files=ordered[0]["attachments"], description=ordered[0])


def _plain(comment: Json) -> Json:
    """Give a comment with an HTML body and an author who is a person, its files with what the comment says of them."""
    author = comment.get("author_id")
    person = author if isinstance(author, int) and author > 0 else None
    said = {"author_id": person, "created_at": comment.get("created_at"), "public": comment.get("public")}
    html = comment.get("html_body")
    if html is None:
        html = from_text(comment.get("body") or comment.get("plain_body") or "")
    files = [{**file, **said} for file in as_list(comment.get("attachments")) if not file.get("deleted")]
    return {**comment, **said, "html_body": html, "attachments": files}
