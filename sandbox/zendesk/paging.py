"""Pages of lists: by cursor (``page[size]``) and by offset (``page``, ``per_page``).

* Cursor: at most 100; ``links`` are present although ``has_more`` is false (recorded), so a client stops on ``has_more``.
* Offset: at most 100; beyond 10,000 rows it is 400 ``InvalidPaginationDepth``. Without any parameter it is the offset form.

Source: developer.zendesk.com, "Pagination".
"""

from __future__ import annotations

import base64
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import urlencode

import orjson

from ..vendor import Call, RefusedError, reply
from .errors import missing, too_many
from .records import Json

if TYPE_CHECKING:
    from .vendor import Zendesk

T = TypeVar("T")
Key: TypeAlias = tuple[Any, ...]
DEEPEST = 10_000
MOST = 100
CURSOR_NAMES = ("page[size]", "page[after]", "page[before]")


def by_cursor(call: Call) -> bool:
    """Tell whether a request asks for the cursor form."""
    return any(name in call.request.args for name in CURSOR_NAMES)


def page(
    vendor: Zendesk,
    call: Call,
    rows: Sequence[T],
    key: Callable[[T], Key],
    *,
    order: str = "id",
    most: int = MOST,
    cursor_only: bool = False,
) -> tuple[list[T], Json]:
    """Cut the page that a request asks for.

    Args:
        vendor: for the base URL.
        call: the request.
        rows: all rows, in ascending order of ``key``.
        key: a row's place; unique.
        order: the name of the order, as the cursor tells it.
        most: the largest page.
        cursor_only: the list has no offset form.

    Returns:
        The rows of the page, and what the envelope says of paging.
    """
    if cursor_only or by_cursor(call):
        return _cursor_page(vendor, call, rows, key, order, most)
    return _offset_page(vendor, call, rows)


def url(vendor: Zendesk, call: Call, changes: Mapping[str, str | int | None]) -> str:
    """Give the URL of the same list with other parameters; None takes one away."""
    given = {name: value for name, value in call.request.args.items() if name not in changes}
    given |= {name: str(value) for name, value in changes.items() if value is not None}
    path = call.request.path.removesuffix(".json") + ".json"
    return f"{vendor.base_url}{path}" + (f"?{urlencode(given)}" if given else "")


def encode(order: str, key: Key) -> str:
    """Give a cursor: base64 of a JSON object with the order and the place, as recorded."""
    place = base64.b64encode(orjson.dumps(key)).decode()
    return base64.b64encode(orjson.dumps({"o": order, "v": place})).decode()


def decode(cursor: str) -> Key:
    """Give the place of a cursor.

    Raises:
        RefusedError: 400, it is none of ours.
    """
    try:
        return tuple(orjson.loads(base64.b64decode(orjson.loads(base64.b64decode(cursor))["v"])))
    except (ValueError, KeyError, TypeError):
        raise _bad_parameter("page[after] is not valid") from None


def size(call: Call, most: int = MOST) -> int:
    """Give the page size of the cursor form.

    Raises:
        RefusedError: 400, it is no number from 1 to ``most``.
    """
    text = call.request.args.get("page[size]", str(min(MOST, most)))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise _bad_parameter(f"page[size] must be between 1 and {most}")
    return int(text)


def _cursor_page(
    vendor: Zendesk, call: Call, rows: Sequence[T], key: Callable[[T], Key], order: str, most: int
) -> tuple[list[T], Json]:
    count = size(call, most)
    after, before = call.request.args.get("page[after]"), call.request.args.get("page[before]")
    if before:
        end = bisect_left(rows, decode(before), key=key)
        start = max(0, end - count)
        more = start > 0
    else:
        start = bisect_right(rows, decode(after), key=key) if after else 0
        end = start + count
        more = end < len(rows)
    cut = list(rows[start:end])
    last = encode(order, key(cut[-1])) if cut else None
    first = encode(order, key(cut[0])) if cut else None
    meta = {"has_more": more, "after_cursor": last, "before_cursor": first}
    links = {
        "prev": url(vendor, call, {"page[before]": first, "page[after]": None, "page[size]": count}) if first else None,
        "next": url(vendor, call, {"page[after]": last, "page[before]": None, "page[size]": count}) if last else None,
    }
    return cut, {"meta": meta, "links": links}


def _offset_page(vendor: Zendesk, call: Call, rows: Sequence[T]) -> tuple[list[T], Json]:
    number, count = offset(call)
    if (number - 1) * count >= DEEPEST:
        detail = "Your request has exceeded the maximum pagination depth of 10000 records."
        error = {"code": "InvalidPaginationDepth", "title": "Invalid pagination depth", "detail": detail}
        raise RefusedError(reply({"errors": [error]}, 400))
    start = (number - 1) * count
    return list(rows[start : start + count]), offset_envelope(vendor, call, len(rows), number, count)


def offset(call: Call) -> tuple[int, int]:
    """Give page number and page size of the offset form; what makes no sense becomes the default."""
    number, count = call.request.args.get("page", "1"), call.request.args.get("per_page", str(MOST))
    return (
        max(1, int(number)) if number.isdigit() else 1,
        min(MOST, max(1, int(count))) if count.isdigit() else MOST,
    )


def offset_envelope(vendor: Zendesk, call: Call, total: int, number: int, count: int) -> Json:
    """Give what the envelope of the offset form says."""
    return {
        "next_page": url(vendor, call, {"page": number + 1}) if number * count < total else None,
        "previous_page": url(vendor, call, {"page": number - 1}) if number > 1 else None,
        "count": total,
    }


def ids(call: Call, name: str = "ids", most: int = MOST) -> list[int]:
    """Give the ids of a comma-separated parameter.

    Raises:
        RefusedError: 400, it is missing or names too many.
    """
    text = call.request.args.get(name)
    if not text:
        raise missing(name)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > most:
        raise too_many(most)
    return [int(part) for part in parts if part.isdigit()]


def _bad_parameter(detail: str) -> RefusedError:
    error = {"code": "InvalidPaginationParameter", "title": "Invalid pagination parameter", "detail": detail}
    return RefusedError(reply({"errors": [error]}, 400))


def made_at(cursor: str) -> int:
    """Give the time at which a cursor was made, where its order tells it (``created_at@SECONDS``), else 0."""
    try:
        order = str(orjson.loads(base64.b64decode(cursor))["o"])
    except (ValueError, KeyError, TypeError):
        raise _bad_parameter("page[after] is not valid") from None
    made = order.partition("@")[2]
    return int(made) if made.isdigit() else 0
