"""The two products of one name: Cloud and on-premises, which spell some of the same things differently.

Vendor facts (manageengine.com, sdpod-v3-api and sdpop-v3-api; recorded bodies of both):

- Cloud serves ``/app/{portal}/api/v3`` (old set-ups without the portal), on-premises ``/api/v3``.
- A note is a ``request_note`` in Cloud and a ``note`` on-premises; its author and time are ``created_by`` and
  ``created_time``, or ``added_by`` and ``added_time``.
- Deleting moves to the trash in Cloud; on-premises that is ``move_to_trash``, and a plain DELETE would purge.
- On-premises ``last_updated_time`` is null until the first edit; in Cloud it is set when a request is created.
- Groups are ``/groups`` in Cloud and ``/support_groups`` in recent builds on-premises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Flavour:
    """One of the two products."""

    cloud: bool
    base: str
    """What stands before every path."""
    note: str
    """The envelope of a note."""
    trash: str
    """What is deleted to move a request to the trash, below the request's own path."""
    feeds: tuple[str, ...]
    """The times by which changes are found: each change is found by one of them."""
    groups: tuple[str, ...]
    """Where the groups are, the likeliest place first."""


ON_PREMISES: Final = Flavour(
    cloud=False,
    base="/api/v3",
    note="note",
    trash="/move_to_trash",
    feeds=("last_updated_time", "created_time"),
    groups=("support_groups", "groups"),
)


def cloud(portal: str | None) -> Flavour:
    """Give the Cloud, as a portal serves it."""
    return Flavour(
        cloud=True,
        base=f"/app/{quote(portal, safe='')}/api/v3" if portal else "/api/v3",
        note="request_note",
        trash="",
        feeds=("last_updated_time",),
        groups=("groups", "support_groups"),
    )
