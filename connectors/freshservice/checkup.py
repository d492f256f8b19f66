"""What an account can do, and what will hurt: probes that write nothing.

Vendor facts (api.freshservice.com, authentication, OAuth scopes): a key belongs to one agent, whose role decides what is
visible. Reading agents and the fields of the form takes rights of its own; what is missing answers 403.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ...core.errors import ForbiddenError, NotFoundError, RejectedError
from ...core.records import clock_warnings
from .api import Api
from .metadata import Metadata
from .reading import TICKETS

PROBES: Final[tuple[tuple[str, dict[str, int], str], ...]] = (
    ("/api/v2/agents", {"per_page": 1}, "assignees are matched one by one: let the account read agents (agents.manage)"),
    ("/api/v2/groups", {"per_page": 1}, "groups are not matched: let the account read groups (agentgroups.manage)"),
    ("/api/v2/requesters", {"per_page": 1}, "people are not matched: let the account read requesters (requesters.view)"),
    ("/api/v2/assets", {"per_page": 1}, "configuration items are not matched: let the account read assets (assets.view)"),
    ("/api/v2/workspaces", {}, "only the primary workspace is read: let the account read workspaces (workspaces.view)"),
)
"""Path, parameters, and what is missing where it is hidden."""


def warnings(api: Api, metadata: Metadata, skew: float) -> Iterator[str]:
    """Give what works but will hurt, each with its fix.

    Raises:
        ForbiddenError: the account may not read tickets.
    """
    api.call("GET", TICKETS, params={"per_page": 1})
    for path, params, words in PROBES:
        if not _readable(api, path, params):
            yield words
    if metadata.form is None:
        yield "own statuses and fields are unknown: let the account manage ticket fields (tickets.fields.manage)"
    demanded = metadata.demanded_at_end()
    if demanded:
        yield f"resolving demands {', '.join(demanded)}: fill what may be empty under 'required' in the mapping"
    yield from clock_warnings("Freshservice", skew)


def _readable(api: Api, path: str, params: Mapping[str, int]) -> bool:
    try:
        api.call("GET", path, params=params)
    except (ForbiddenError, NotFoundError, RejectedError):
        return False
    return True
