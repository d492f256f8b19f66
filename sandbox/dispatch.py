"""The way of one request: control or vendor, faults, kills and counts.

A :class:`Reply` says not only what is answered but how: whole, cut, after a silence, or not at all.
"""

from __future__ import annotations

import logging
import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from .control import CONTROL, Control
from .faults import CARRIED_OUT, Fault
from .vendor import Call, RefusedError, Route, Vendor

log = logging.getLogger("isthmus.sandbox")

Moment: TypeAlias = Literal["before", "stored", "replied"]


@dataclass(slots=True)
class Reply:
    """What goes back to the client, and in which manner."""

    response: Response | None
    """None ends the connection without a byte."""
    cut: bool = False
    """Send the headers and only a part of the body, then end the connection."""
    hold: float = 0.0
    """Real seconds to keep silent before."""
    then: Callable[[], None] | None = None
    """Called once the reply is on its way."""


@dataclass(frozen=True, slots=True)
class Kill:
    """An order to kill a process at a write."""

    pid: int
    at: int
    """The number of the write, counted as ``writes_seen``."""
    when: Moment


@dataclass(slots=True)
class Counts:
    """What happened since the start or the last reset."""

    calls: Counter[str] = field(default_factory=Counter[str])
    writes_seen: int = 0
    writes_stored: int = 0


class Dispatch:
    """Answers the requests of one sandbox."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.counts = Counts()
        self.kills: list[Kill] = []
        self.control = Control(self)

    def answer(self, request: Request) -> Reply:
        """Answer one request; never raises."""
        try:
            if request.path.startswith(CONTROL):
                with self.vendor.lock:
                    return Reply(self.control.answer(request))
            return self._vendor(request)
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return Reply(self.vendor.failure(500))

    def order_kill(self, pid: int, write: int, when: Moment) -> None:
        """Send SIGKILL to a process at the ``write``-th write request from now."""
        self.kills.append(Kill(pid, self.counts.writes_seen + write, when))

    def _vendor(self, request: Request) -> Reply:
        vendor = self.vendor
        adapter = vendor.map.bind("sandbox")
        try:
            route, args = adapter.match(vendor.path(request), request.method)
        except MethodNotAllowed:
            return Reply(vendor.unknown(request, method=True))
        except NotFound:
            return Reply(vendor.unknown(request, method=False))
        assert isinstance(route, Route)
        call = Call(request, route, dict(args))
        write = vendor.is_write(call)
        with vendor.lock:
            self.counts.calls[call.name] += 1
            fault = vendor.faults.draw(request.method, request.full_path, request.get_data(), write=write)
            return self._write(call, fault) if write else self._serve(call, fault)

    def _write(self, call: Call, fault: Fault | None) -> Reply:
        self.counts.writes_seen += 1
        kill = next((kill for kill in self.kills if kill.at == self.counts.writes_seen), None)
        if kill is None:
            return self._serve(call, fault)
        self.kills.remove(kill)

        def strike() -> None:
            os.kill(kill.pid, signal.SIGKILL)

        if kill.when == "before":
            strike()
            return Reply(None)
        reply = self._serve(call, None)
        if kill.when == "stored":
            strike()
            return Reply(None)
        reply.then = strike
        return reply

    def _serve(self, call: Call, fault: Fault | None) -> Reply:
        vendor = self.vendor
        if fault is not None and fault not in CARRIED_OUT:
            return self._refuse(call, fault)
        response = self._run(call)
        if vendor.is_write(call) and vendor.accepted(response):
            self.counts.writes_stored += 1
        match fault:
            case Fault.CUT:
                return Reply(response, cut=True)
            case Fault.LOST_ERROR:
                return Reply(vendor.edge_failure(502))
            case Fault.LOST_RESET:
                return Reply(None)
            case Fault.LOST_SILENCE:
                return Reply(None, hold=vendor.faults.hold)
            case _:
                return Reply(response)

    def _run(self, call: Call) -> Response:
        vendor = self.vendor
        try:
            vendor.tick()
            if not call.route.public:
                call.account = vendor.authenticate(call)
            response = vendor.admit(call) or call.route.handler(vendor, call, **call.args)
        except RefusedError as refused:
            response = refused.response
        return vendor.finish(call, response)

    def _refuse(self, call: Call, fault: Fault) -> Reply:
        vendor = self.vendor
        match fault:
            case Fault.ERROR:
                return Reply(vendor.failure(500))
            case Fault.UNAVAILABLE:
                return Reply(vendor.edge_failure(503))
            case Fault.SILENCE:
                return Reply(None, hold=vendor.faults.hold)
            case Fault.THROTTLED:
                return Reply(vendor.finish(call, vendor.throttled(call, 1)))
            case Fault.THROTTLED_BARE:
                return Reply(vendor.finish(call, vendor.throttled(call, None)))
            case _:
                return Reply(None)
