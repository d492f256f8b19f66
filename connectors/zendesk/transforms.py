"""The transform that only Zendesk's mapping needs; ``mappings/zendesk.yaml`` names it.

Vendor fact: ``url`` of a ticket is its API address and ends in ``.json``; agents open ``/agent/tickets/{id}`` on the same
host. [recorded; developer.zendesk.com, tickets]
"""

from __future__ import annotations

import re
from typing import Any, Final

from ...core.transforms import UNRESOLVED, Names, Transform, plain_text

_API_ADDRESS = re.compile(r"/api/v2/tickets/(\d+)(?:\.json)?$")


def _read_agent_url(value: Any, names: Names) -> Any:
    return _API_ADDRESS.sub(r"/agent/tickets/\1", plain_text(value)) if value else None


def _write_nothing(value: Any, names: Names) -> Any:
    return UNRESOLVED


AGENT_URL: Final = Transform(_read_agent_url, _write_nothing, loss="the address of a ticket is Zendesk's own")
"""API address -> where an agent opens the ticket."""
