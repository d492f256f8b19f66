"""The benches of the shipped connectors, by the vendor's name."""

from __future__ import annotations

from importlib import import_module
from typing import TypeAlias

from .sandbox_bench import SandboxBench

Made: TypeAlias = type[SandboxBench]

BENCHES = {
    "bmc_helix": "BmcHelixBench",
    "freshservice": "FreshserviceBench",
    "jira": "JiraBench",
    "manageengine": "ManageEngineBench",
    "servicenow": "ServiceNowBench",
    "zendesk": "ZendeskBench",
}
"""Vendor -> class of its bench, in the module ``VENDOR_bench``."""


def bench_class(vendor: str) -> Made:
    """Give the class of a vendor's bench.

    Raises:
        KeyError: there is none.
    """
    return getattr(import_module(f".{vendor}_bench", __package__), BENCHES[vendor])
