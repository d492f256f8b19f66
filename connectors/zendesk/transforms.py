"""The transforms that only Zendesk's mapping needs; ``mappings/zendesk.yaml`` names them.

Vendor facts:

- ``url`` of a ticket is its API address and ends in ``.json``; agents open ``/agent/tickets/{id}`` on the same host.
  [recorded; developer.zendesk.com, tickets]
- An import takes ``solved_at``; a ticket tells it in its metrics only, which imported tickets may not have.
  [developer.zendesk.com, ticket import, ticket metrics]
"""

from __future__ import annotations

import re
from typing import Any, Final

from ...core.mapping.transforms import UNRESOLVED, Names, Transform, find_transform, plain_text

_API_ADDRESS = re.compile(r"/api/v2/tickets/(\d+)(?:\.json)?$")


def _read_agent_url(value: Any, names: Names) -> Any:
    return _API_ADDRESS.sub(r"/agent/tickets/\1", plain_text(value)) if value else None


def _write_nothing(value: Any, names: Names) -> Any:
    return UNRESOLVED


def _read_solved_at(value: Any, names: Names) -> Any:
    if value is None:
        return None
    if isinstance(value, str):
        raise TypeError("an import takes this time, and need not tell it again")
    return find_transform("rfc3339").read(value["metric"], names)


def _write_solved_at(value: Any, names: Names) -> Any:
    return value


AGENT_URL: Final = Transform(_read_agent_url, _write_nothing, loss="the address of a ticket is Zendesk's own")
"""API address -> where an agent opens the ticket."""
SOLVED_AT: Final = Transform(_read_solved_at, _write_solved_at, loss="an imported ticket need not tell when it was solved")
"""``{"metric": time}``, as the connector takes it from a ticket's metrics; written as a plain time. What was written has no
image: whether it can be read again is not known."""
