"""The ``/_sandbox/`` endpoints: the same for every vendor, without authentication, never faulted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
from werkzeug.wrappers import Request, Response

from .vendor import reply

if TYPE_CHECKING:
    from .dispatch import Dispatch

CONTROL = "/_sandbox/"
WHENS = ("before", "stored", "replied")

Body: TypeAlias = dict[str, Any]


class Control:
    """Answers the control endpoints of one sandbox."""

    def __init__(self, dispatch: Dispatch) -> None:
        self.dispatch = dispatch
        self.vendor = dispatch.vendor
        self._orders: dict[tuple[str, str], Callable[[Body], Any]] = {
            ("POST", "reset"): self.reset,
            ("POST", "seed"): self.seed,
            ("GET", "snapshot"): lambda _: self.vendor.snapshot(),
            ("GET", "inspect"): lambda _: self.inspect(),
            ("POST", "clock"): self.clock,
            ("GET", "outbox"): lambda _: {"messages": self.vendor.outbox.to_json()},
            ("POST", "outbox/clear"): self.clear_outbox,
            ("POST", "faults"): self.faults,
            ("POST", "kill"): self.kill,
            ("GET", "credentials"): lambda _: self.vendor.credentials(),
        }

    def answer(self, request: Request) -> Response:
        """Answer one control request: 404 for an unknown one, 400 for a body that does not fit."""
        order = self._orders.get((request.method, request.path.removeprefix(CONTROL).rstrip("/")))
        if order is None:
            return reply({"error": f"no such control: {request.method} {request.path}"}, 404)
        try:
            body: Any = orjson.loads(request.get_data() or b"{}")
            return reply(order(body))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return reply({"error": f"{type(error).__name__}: {error}"}, 400)

    def carry_out(self, order: str, body: Body | None = None) -> Any:
        """Carry out an order of the process that runs the sandbox: a POST where there is a body. Gives what JSON would.

        Raises:
            KeyError: there is no such order, or its body lacks something.
            TypeError, ValueError: the body does not fit.
        """
        with self.vendor.lock:
            done = self._orders["GET" if body is None else "POST", order](body or {})
            return orjson.loads(reply(done).get_data())

    def reset(self, _: Body) -> Body:
        """Empty the vendor's state, the outbox and the counts; the fault profile, the limits and the clock stay."""
        self.vendor.outbox.clear()
        self.vendor.limits.clear()
        self.vendor.defaults.clear()
        self.vendor.faults.injected.clear()
        self.dispatch.counts.__init__()
        self.dispatch.kills.clear()
        self.vendor.reset()
        return {"reset": True}

    def seed(self, body: Body) -> Body:
        """Add seeded tickets."""
        tickets, seed = int(body["tickets"]), int(body.get("seed", 1))
        self.vendor.seed(tickets, seed)
        return {"tickets": tickets, "seed": seed}

    def inspect(self) -> Body:
        """Give counts of what happened, and what is in force."""
        counts = self.dispatch.counts
        return {
            "vendor": self.vendor.name,
            "now": self.vendor.clock.now(),
            "limits": self.vendor.limits.mode,
            "profile": self.vendor.faults.profile,
            "calls": dict(sorted(counts.calls.items())),
            "writes_seen": counts.writes_seen,
            "writes_stored": counts.writes_stored,
            "faults": dict(sorted(self.vendor.faults.injected.items())),
            "messages": len(self.vendor.outbox.messages),
            "defaults": self.vendor.defaults,
        }

    def clock(self, body: Body) -> Body:
        """Advance or set the clock, and let the vendor do what has become due."""
        if "set" in body:
            self.vendor.clock.set(datetime.fromisoformat(body["set"]))
        else:
            self.vendor.clock.advance(float(body["advance"]))
        self.vendor.tick()
        return {"now": self.vendor.clock.now()}

    def clear_outbox(self, _: Body) -> Body:
        """Forget the mails."""
        self.vendor.outbox.clear()
        return {"cleared": True}

    def faults(self, body: Body) -> Body:
        """Put a fault profile into force; ``hold`` sets for how many real seconds a silence lasts."""
        self.vendor.faults.use(body["profile"], int(body.get("seed", 1)))
        self.vendor.faults.hold = float(body.get("hold", self.vendor.faults.hold))
        return {"profile": self.vendor.faults.profile, "seed": self.vendor.faults.seed}

    def kill(self, body: Body) -> Body:
        """Order a kill at a write to come."""
        pid, write, when = int(body["pid"]), int(body["write"]), body.get("when", "stored")
        if when not in WHENS or write < 1 or pid < 1:
            raise ValueError("pid and write are positive, when is before, stored or replied")
        self.dispatch.order_kill(pid, write, when)
        return {"pid": pid, "write": write, "when": when}
