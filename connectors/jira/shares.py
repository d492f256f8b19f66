"""Which files of an issue its customer sees: those of public comments, and those that customers brought themselves.

The platform API does not tell it of a file, so it is told from the comments, and never by a name alone that two files bear;
what these leave open the service desk is asked. A file of which it is not known is internal.

Vendor facts:

- A file that is shared through the service desk makes a comment by the same author, which holds nothing but its name, as
  ``[^log.txt]`` or ``!shot.png|thumbnail!``. [developer.atlassian.com, service desk, attachments]
- The service desk lists the files of a comment with ``expand=attachment``; they have no id but in their links.
  [developer.atlassian.com, service desk, request comments]
- ``media`` nodes of a document name the media service's id, and the file in ``alt``. [developer.atlassian.com, ADF]
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from ...core.connector import Json
from ...core.shapes import as_list, as_object
from ...core.text.adf import read_adf
from ...core.text.richtext import to_text
from .site import person_id

AT_ONCE: Final = timedelta(seconds=10)
"""A file and the comment that shares it are made within this time."""
_NAMED = re.compile(r"\[\^([^\]\n]+)\]|!([^!\n|]+)(?:\|[^!\n]*)?!")
_ONLY = re.compile(r"(?:(?:\[(?:\^|file: )[^\]\n]+\]|![^!\n]+!)\s*(?:_?\(\d+ kB\)_?)?\s*)+")


def shown_files(files: Sequence[Json], comments: Iterable[Json], *, reporter: str) -> set[str]:
    """Give the ids of the files that a customer sees.

    Args:
        files: as Jira gives them.
        comments: the public ones, as Jira gives them.
        reporter: who raised the request.
    """
    counts = Counter(str(file.get("filename")) for file in files)
    said = [(comment, set(_media(comment.get("body"))), set(_named(comment.get("body")))) for comment in comments]
    shown: set[str] = set()
    for file in files:
        name, author = str(file.get("filename")), as_object(file.get("author"))
        brought = author.get("accountType") == "customer" or (bool(reporter) and person_id(author) == reporter)
        shared = any(
            (name in media and counts[name] == 1) or (name in media | named and _at_once(file, comment))
            for comment, media, named in said
        )
        if brought or shared:
            shown.add(str(file.get("id")))
    return shown


def is_carrier(comment: Json) -> bool:
    """Tell whether a comment is nothing but the place where files stand."""
    return _ONLY.fullmatch(_words(comment.get("body")).strip()) is not None


def shared_id(file: Json) -> str:
    """Give the id of a file that the service desk tells: it stands in its links only."""
    links = as_object(file.get("_links"))
    for address in (links.get("jiraRest"), links.get("content")):
        for part in reversed(str(address or "").split("?")[0].split("/")):
            if part.isdigit():
                return part
    return ""


def _at_once(file: Json, comment: Json) -> bool:
    if person_id(as_object(file.get("author"))) != person_id(as_object(comment.get("author"))):
        return False
    one, other = (datetime.fromisoformat(str(each.get("created"))) for each in (file, comment))
    return abs(one - other) <= AT_ONCE


def _media(body: Any) -> Iterator[str]:
    """Give the names of the files that a text shows: the media of a document, the references of wiki markup."""
    if isinstance(body, str):
        yield from _references(body)
        return
    node = as_object(body)
    alt = as_object(node.get("attrs")).get("alt")
    if node.get("type") in ("media", "mediaInline") and alt:
        yield str(alt)
    for child in as_list(node.get("content")):
        yield from _media(child)


def _named(body: Any) -> Iterator[str]:
    """Give the names that stand in a document as wiki markup would refer to files."""
    return _references(_words(body))


def _references(text: str) -> Iterator[str]:
    return (first or second for first, second in _NAMED.findall(text))


def _words(body: Any) -> str:
    return body if isinstance(body, str) else to_text(read_adf(orjson.dumps(body).decode())) if body else ""
