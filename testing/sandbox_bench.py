"""A bench over a sandbox: the vendor is a real HTTP server on loopback, driven by the orders of its ``control``.

What people do goes over the vendor's own API under their own accounts; what is there is read from the snapshot, which no
connector sees.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeAlias

import requests

from ..core.connector import Connector, Context, Json
from ..core.mapping.mapping import Mapping
from ..core.mapping.spec import Overlay, shipped_mapping
from ..core.net.auth import AuthSettings
from ..core.net.http import Exchange
from ..core.registry import connector_class
from ..sandbox import Running
from .bench import Bench, Seen

LAG = timedelta(seconds=40)
"""What the profile ``laggy`` adds at most."""
SILENCE = 0.02
"""Real seconds for which a sandbox keeps silent before it drops a connection."""
Recorder: TypeAlias = Callable[[Exchange], None]


class SandboxBench(Bench):
    """A bench over a running sandbox, which is emptied first; a vendor's own bench adds people's hands."""

    options: ClassVar[Json] = {}
    """Settings of the connection beside ``url`` and ``auth``."""
    working: ClassVar[Json] = {}
    """Settings with which an admin lets a link work that meets tickets as they come."""

    def __init__(self, running: Running, *, recorder: Recorder | None = None) -> None:
        """Empty a sandbox and take it as the vendor.

        Args:
            running: the sandbox.
            recorder: sees every request that the connector sends, and its reply.
        """
        super().__init__()
        self.running = running
        self._spec = shipped_mapping(running.vendor.name)
        self.mapping = Mapping(self._spec)
        self._recorder = recorder
        self._session = requests.Session()
        self._session.trust_env = False
        self.control("faults", {"profile": None})
        self.control("reset", {})
        self.credentials: Json = self.control("credentials")
        """Working credentials of every kind."""

    # -- what a vendor's bench adds

    @abstractmethod
    def auth(self, *, wrong: bool) -> AuthSettings:
        """Give the connection's credentials; those that the vendor refuses where ``wrong``."""

    @abstractmethod
    def demands(self) -> Overlay:
        """Give what a user's configuration adds to the mapping where the vendor demands more: the profile ``strict``."""

    # -- the sandbox

    def control(self, order: str, body: Json | None = None) -> Any:
        """Give the reply to a control request: a POST where there is a body."""
        return self.running.control(order, body)

    def call(self, method: str, path: str, account: tuple[str, str], body: Json | None = None) -> Any:
        """Give the reply to a call of a person to the vendor's API."""
        reply = self._session.request(
            method,
            self.running.base_url + path,
            json=body,
            auth=account,
            headers={"Accept": "application/json"},
            timeout=30,
        )
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def _reference(self, value: str, *, wrong: bool) -> str:
        return self.secret("not-the-right-one" if wrong else value)

    def connect(self, context: Context, *, wrong: bool) -> Connector:
        """Make the vendor's connector as a user's configuration would."""
        made = connector_class(self.running.vendor.name)
        return made(made.Settings.model_validate(self.settings(wrong=wrong)), context)

    def settings(self, *, wrong: bool) -> Json:
        """Give what a user writes for the connection."""
        return {"url": self.running.base_url, "auth": self.auth(wrong=wrong), "timeout": 10, **self.options}

    def context(self, recorder: Recorder | None = None) -> Context:
        """Give a context that shows the recorder what is sent."""
        return super().context(recorder or self._recorder)

    def now(self) -> datetime:
        """The sandbox's clock."""
        return self.running.vendor.clock.now()

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        self.control("clock", {"advance": seconds})

    def at_once(self, count: int) -> list[str]:
        """Turn the clock back to the same moment before each opening."""
        moment = self.now().replace(microsecond=0).isoformat()

        def opened(number: int) -> str:
            self.control("clock", {"set": moment})
            return self.open(f"At once {number}")

        return self.act(lambda: [opened(number) for number in range(count)])

    def put_in_force(self, profile: str | None, seed: int) -> None:
        """Set the sandbox's fault profile; a strict vendor asks for a mapping that gives what it demands."""
        names = (profile or "").split("+")
        if "strict" in names and self.mapping.spec is self._spec:
            self.mapping = Mapping(self.demands().apply(self._spec))
        self.extra_lag = LAG if "laggy" in names else timedelta(0)
        self.control("faults", {"profile": profile, "seed": seed, "hold": SILENCE})

    # -- eyes

    def tickets(self) -> dict[str, Json]:
        """Give the raw tickets that exist, by id."""
        found: list[Json] = self.control("snapshot")["tickets"]
        return {str(ticket["id"]): ticket for ticket in found if not ticket["deleted"]}

    def ids(self) -> set[str]:
        """The snapshot's tickets."""
        return set(self.tickets())

    def comments(self, record_id: str) -> list[Seen]:
        """The snapshot's comments."""
        return [
            Seen(comment["text"].strip(), public=comment["public"]) for comment in self.tickets()[record_id]["comments"]
        ]

    def outbox(self) -> list[tuple[str, str]]:
        """The sandbox's outbox."""
        return [(message["to"], message["kind"]) for message in self.control("outbox")["messages"]]

    def close(self) -> None:
        """Close connections."""
        self._session.close()
        super().close()
