"""URLs from parts that we do not control: paths are filled with quoted values, and origins compared."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from ..errors import RejectedError

PLACE = re.compile(r"\{(\w+)\}")
_PORTS = {"http": 80, "https": 443}


def fill_path(template: str, **values: str | int) -> str:
    """Fill a path template; every value is quoted, so that none can change the path's shape.

    Raises:
        RejectedError: a value cannot stand in a path.
    """
    return PLACE.sub(lambda match: quote_segment(str(values[match.group(1)])), template)


def quote_segment(text: str) -> str:
    """Quote one path segment.

    Raises:
        RejectedError: the text is empty or made of dots. Such a segment names another resource (the collection, its
            parent), and quoting does not help: HTTP clients take ``%2E`` for a dot and resolve it.
    """
    if text in ("", ".", ".."):
        raise RejectedError(f"{text!r} cannot be the id of a record")
    return quote(text, safe="", errors="replace")


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """Give scheme, host and port of a URL; the scheme's own port where the URL names none."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
