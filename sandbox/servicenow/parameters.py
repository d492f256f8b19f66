"""Reading of ``sysparm_...`` parameters, and the headers of paging.

``Link`` as recorded: absolute addresses that repeat the caller's parameters, joined by commas without blanks; ``prev`` is
missing on the first page, ``next`` on the last, the header as a whole where one page holds everything.
"""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.wrappers import Request

from .replies import refuse
from .shapes import Shape, Show

DEFAULT_LIMIT = 10000
_SHOWS: dict[str, Show] = {"true": "true", "all": "all"}


def flag(request: Request, name: str) -> bool:
    """Tell whether a parameter says ``true``."""
    return request.args.get(name, "").lower() == "true"


def shape(request: Request) -> Shape:
    """Read what the reply shall look like."""
    names = tuple(name.strip() for name in request.args.get("sysparm_fields", "").split(",") if name.strip())
    show = _SHOWS.get(request.args.get("sysparm_display_value", ""), "false")
    return Shape(show, exclude_link=flag(request, "sysparm_exclude_reference_link"), fields=names or None)


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows a list call asks for."""

    limit: int
    offset: int

    @classmethod
    def of(cls, request: Request, default: int = DEFAULT_LIMIT) -> Page:
        """Read the parameters; a limit that is no positive number is the default.

        Raises:
            RefusedError: 400 for a negative offset.
        """
        limit, offset = (_number(request.args.get(f"sysparm_{name}", "")) for name in ("limit", "offset"))
        if offset is not None and offset < 0:
            raise refuse(400, "Invalid offset", f"sysparm_offset must not be negative: {offset}")
        return cls(limit if limit and limit > 0 else default, offset or 0)

    def headers(self, request: Request, total: int, base_url: str) -> dict[str, str]:
        """Give the paging headers of a list of ``total`` rows."""
        headers: dict[str, str] = {}
        if not flag(request, "sysparm_no_count"):
            headers["X-Total-Count"] = str(total)
        if total > self.limit and not flag(request, "sysparm_suppress_pagination_header"):
            headers["Link"] = self._links(request, total, base_url)
        return headers

    def _links(self, request: Request, total: int, base_url: str) -> str:
        offsets = {"first": 0}
        if self.offset > 0:
            offsets["prev"] = max(0, self.offset - self.limit)
        if self.offset + self.limit < total:
            offsets["next"] = self.offset + self.limit
        offsets["last"] = (total - 1) // self.limit * self.limit
        address = f"{base_url}{request.path}?"
        return ",".join(f'<{address}{_query(request, offset)}>;rel="{rel}"' for rel, offset in offsets.items())


def _query(request: Request, offset: int) -> str:
    """Repeat the caller's query as it came, with another offset."""
    pieces = [piece for piece in request.query_string.decode("latin-1").split("&") if piece]
    mine = f"sysparm_offset={offset}"
    replaced = [mine if piece.startswith("sysparm_offset=") else piece for piece in pieces]
    return "&".join(replaced if mine in replaced else [*replaced, mine])


def _number(text: str) -> int | None:
    return int(text) if text.removeprefix("-").isdecimal() else None
