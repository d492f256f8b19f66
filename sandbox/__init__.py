"""Emulated vendors: real HTTP servers on loopback with each vendor's manners and limits.

They are written from the vendors' documents and from recorded traffic, and share no code with the connectors, so that the
two cannot agree on a mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

from . import load as loading
from .clock import Clock
from .dispatch import Dispatch
from .faults import Faults
from .limits import Limits, Mode
from .outbox import Outbox
from .server import Server
from .vendor import Vendor

_VENDORS = {
    "bmc_helix": "BmcHelix",
    "freshservice": "Freshservice",
    "jira": "Jira",
    "manageengine": "ManageEngine",
    "servicenow": "ServiceNow",
    "zendesk": "Zendesk",
}
"""Package of the vendor, and its class there."""


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that serves; a context manager that stops it."""

    base_url: str
    credentials: dict[str, Any]
    vendor: Vendor
    server: Server

    def control(self, order: str, body: dict[str, Any] | None = None) -> Any:
        """Give the reply to a control request (see ``control``), which need not go over the socket from here."""
        return self.server.dispatch.control.carry_out(order, body)

    def stop(self) -> None:
        """Stop serving and end every open connection."""
        self.server.stop()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def vendors() -> list[str]:
    """Give the names of the vendors that can be emulated."""
    return sorted(_VENDORS)


def start(
    vendor: str,
    *,
    port: int = 0,
    tickets: int = 0,
    seed: int = 1,
    faults: str | None = None,
    limits: Mode = "off",
    now: datetime | None = None,
    load: Path | None = None,
) -> Running:
    """Start the sandbox of a vendor; it serves when this returns.

    Args:
        vendor: one of :func:`vendors`.
        port: port on the loopback interface; 0 takes a free one.
        tickets: how many seeded tickets it holds at the start.
        seed: of the data and of the faults.
        faults: a fault profile (see ``faults``); several are joined by ``+``.
        limits: ``real`` enforces the vendor's rate limits.
        now: what the virtual clock shows at the start; the real time by default.
        load: a file of real records to load (see ``load``).

    Raises:
        ValueError: the vendor or the profile is unknown, or a line of the file is malformed.
        OSError: the port is taken, or the file cannot be read.
    """
    if vendor not in _VENDORS:
        raise ValueError(f"unknown vendor {vendor!r}; known are: {', '.join(vendors())}")
    module = import_module(f".{vendor}", __name__)
    clock = Clock(now)
    made: Vendor = getattr(module, _VENDORS[vendor])(
        clock=clock, limits=Limits(clock, limits), faults=Faults(faults, seed), outbox=Outbox()
    )
    records = [] if load is None else loading.read(load)
    server = Server(Dispatch(made), port)
    made.seed(tickets, seed)
    made.load(records)
    server.start()
    return Running(server.base_url, made.credentials(), made, server)
