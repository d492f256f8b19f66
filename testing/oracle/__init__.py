"""An independent judge of moves between any two tools, on the raw states that the sandboxes show.

It knows each vendor's own words by tables written by hand, one module for each vendor, and neither mappings nor
connectors: what both would get wrong alike, it sees. :func:`facts` reads a snapshot, :mod:`.judge` compares two.
"""

from __future__ import annotations

from importlib import import_module

from .facts import Facts, Snapshot, Tool

VENDORS = ("bmc_helix", "freshservice", "jira", "manageengine", "request_tracker", "servicenow", "zendesk")
"""Vendors that the judge can read."""


def tool(vendor: str) -> Tool:
    """Give what the judge knows of a vendor."""
    known: Tool = import_module(f".{vendor}", __name__).TOOL
    return known


def facts(vendor: str, snapshot: Snapshot) -> dict[str, Facts]:
    """Give what a sandbox holds, by ticket id."""
    return tool(vendor).read(snapshot)
