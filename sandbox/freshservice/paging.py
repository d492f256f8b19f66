"""Pages of lists: ``page`` from 1, ``per_page`` from 1 to 100, by default 30; anything else is an error.

A ``link`` header names the next page while there is one; no list tells a total but the filters
(api.freshservice.com, "Pagination"). Unknown parameters are refused like unknown keys of a body.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from ..vendor import Call
from .errors import Problems, invalid
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

T = TypeVar("T")
MOST = 100
USUAL = 30
FILTER_PAGES = 40
"""Pages that a filter has at most (api.freshservice.com, "Filter requesters")."""


def parameters(call: Call, allowed: Collection[str] = ()) -> Values:
    """Give a request's parameters; paging is allowed everywhere.

    Raises:
        RefusedError: 400, a parameter is unknown.
    """
    values = Values(call.request.args.to_dict(), is_form=True)
    values.only({"page", "per_page", *allowed})
    values.problems.check()
    return values


def place(call: Call, *, pages: int | None = None, fixed: bool = False) -> tuple[int, int]:
    """Give page number and page size.

    Args:
        call: the request.
        pages: how many pages the list has at most.
        fixed: the page size cannot be chosen.

    Raises:
        RefusedError: 400, they make no sense or are beyond the limits.
    """
    problems = Problems()
    found: list[int] = []
    for name, usual, most in (("page", 1, pages), ("per_page", USUAL, USUAL if fixed else MOST)):
        given = call.request.args.get(name, str(usual))
        number = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0
        if number < 1 or (most is not None and number > most):
            bound = "" if most is None else f" less than or equal to {most}"
            problems.add(name, f"It should be a Positive Integer{bound}", "invalid_value")
        found.append(number)
    problems.check()
    return found[0], found[1]


def cut(vendor: Freshservice, call: Call, rows: Iterable[T], **limits: Any) -> list[T]:
    """Give the rows of the page that a request asks for, and put the link to the next one on its way."""
    number, count = place(call, **limits)
    start = (number - 1) * count
    window = list(islice(rows, start, start + count + 1))
    if len(window) > count:
        call.headers["link"] = f'<{url(vendor, call, {"page": number + 1})}>; rel="next"'
    return window[:count]


def url(vendor: Freshservice, call: Call, changes: Mapping[str, str | int]) -> str:
    """Give the URL of the same list with other parameters."""
    given = call.request.args.to_dict() | {name: str(value) for name, value in changes.items()}
    return f"{vendor.base_url}{call.request.path}?{urlencode(given)}"


def includes(call: Call, known: Collection[str]) -> list[str]:
    """Give the side-loads that a request asks for.

    Raises:
        RefusedError: 400, one is unknown.
    """
    asked = [name.strip() for name in call.request.args.get("include", "").split(",") if name.strip()]
    if not set(asked) <= set(known):
        listed = ",".join(known)
        raise invalid("include", f"It should be one of these values: '{listed}'")
    return asked
