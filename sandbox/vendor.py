"""The base class of an emulated vendor: what each vendor writes, and what the engine gives it.

A vendor is a set of routes over a state in memory. The engine (``server`` and ``dispatch``) reads a request, finds its
route, asks the vendor to authenticate and to admit it, runs the handler under the vendor's lock, and injects faults and
kills. Everything that has a vendor's flavour is a hook of the vendor's class: credentials, error bodies, rate limits and
their headers, the bodies of injected faults.

A handler is a plain function of its area's file::

    routes = Routes()

    @routes.get("/api/v2/tickets/<int:ticket_id>")
    def show(vendor: Zendesk, call: Call, ticket_id: int) -> Response: ...

The order for one request is: ``path``, routing (``unknown``), ``tick``, ``authenticate``, ``admit``, faults, handler,
``finish``. A hook or handler that refuses raises :class:`RefusedError` with the reply.
"""

from __future__ import annotations

import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, TypeAlias, TypeVar

import orjson
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from .clock import Clock
from .faults import Faults
from .limits import Limits
from .outbox import Outbox

Json: TypeAlias = dict[str, Any]
Handler: TypeAlias = Callable[..., Response]
F = TypeVar("F", bound=Handler)


class RefusedError(Exception):
    """A reply that ends the handling of a request at once."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def reply(body: Any, status: int = 200, headers: Json | None = None) -> Response:
    """Give a JSON reply; ``body`` is anything that orjson writes, or bytes that are JSON already."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return Response(data, status, headers, content_type="application/json; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the vendor's API."""

    method: str
    rule: str
    """A werkzeug rule: ``/api/v2/tickets/<int:ticket_id>``."""
    handler: Handler
    writes: bool
    """Counts as a write: for kills, for faults after storing, and in ``/_sandbox/inspect``."""
    public: bool
    """Reached without credentials; ``authenticate`` is not called."""

    @property
    def template(self) -> str:
        """The rule as OpenAPI writes it: ``/api/v2/tickets/{ticket_id}``."""
        return re.sub(r"<(?:[^:<>]*:)?([^<>]+)>", r"{\1}", self.rule)


class Routes:
    """The routes of one area; each vendor lists its areas."""

    def __init__(self) -> None:
        self.all: list[Route] = []

    def add(self, method: str, *rules: str, writes: bool | None = None, public: bool = False) -> Callable[[F], F]:
        """Register a handler for one method and one or more rules.

        Args:
            method: the HTTP method.
            rules: werkzeug rules.
            writes: whether the operation stores something; by default all but GET and HEAD do.
            public: reached without credentials.
        """
        stores = method not in {"GET", "HEAD"} if writes is None else writes

        def register(handler: F) -> F:
            self.all.extend(Route(method, rule, handler, stores, public) for rule in rules)
            return handler

        return register

    def get(self, *rules: str, public: bool = False) -> Callable[[F], F]:
        """Register a reading handler."""
        return self.add("GET", *rules, public=public)

    def post(self, *rules: str, writes: bool = True, public: bool = False) -> Callable[[F], F]:
        """Register a handler of POST."""
        return self.add("POST", *rules, writes=writes, public=public)

    def put(self, *rules: str) -> Callable[[F], F]:
        """Register a handler of PUT."""
        return self.add("PUT", *rules)

    def patch(self, *rules: str) -> Callable[[F], F]:
        """Register a handler of PATCH."""
        return self.add("PATCH", *rules)

    def delete(self, *rules: str) -> Callable[[F], F]:
        """Register a handler of DELETE."""
        return self.add("DELETE", *rules)


@dataclass(slots=True)
class Call:
    """One request on its way through the vendor."""

    request: Request
    route: Route
    args: Json
    """The values of the rule's variables."""
    account: Any = None
    """Whom ``authenticate`` found; None on public routes."""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """Headers for the reply, collected on the way: ``finish`` of the base class adds them."""

    @property
    def name(self) -> str:
        """The operation, as it is counted: ``GET /api/v2/tickets/{ticket_id}``."""
        return f"{self.route.method} {self.route.template}"

    def json(self) -> Any:
        """Give the parsed body; None where it is empty.

        Raises:
            ValueError: the body is not JSON.
        """
        data = self.request.get_data()
        return orjson.loads(data) if data.strip() else None


class Vendor(ABC):
    """One emulated vendor: its routes, its state and its manners."""

    name: ClassVar[str]
    """As on the command line: ``zendesk``."""
    title: ClassVar[str]
    """The vendor's name of the tool, for people."""
    areas: ClassVar[Sequence[Routes]]
    """The routes, area by area."""

    def __init__(self, *, clock: Clock, limits: Limits, faults: Faults, outbox: Outbox) -> None:
        """Make the vendor with the state of a fresh account (through :meth:`reset`)."""
        self.clock = clock
        self.limits = limits
        self.faults = faults
        self.outbox = outbox
        self.base_url = "http://127.0.0.1"
        """Scheme, host and port under which the server is reached; set when it starts."""
        self.lock = threading.RLock()
        """Held while a request is handled, so handlers need no locks of their own."""
        self.defaults: list[str] = []
        """What :meth:`load` filled in, as sentences; shown at start and by ``/_sandbox/inspect``."""
        self.map = _route_map(type(self))
        self.reset()

    # -- state: what every vendor writes

    @abstractmethod
    def reset(self) -> None:
        """Empty the state; the people, groups and fields of a fresh account stay."""

    @abstractmethod
    def seed(self, tickets: int, seed: int) -> None:
        """Add the seed's people and groups, and its stories as the vendor's own records.

        Args:
            tickets: how many of ``stories.stories(seed, tickets, now)``; with 0, people and groups only.
            seed: of the stories.
        """

    @abstractmethod
    def load(self, records: Iterable[Json]) -> None:
        """Add real records of this vendor, as ``load.read`` gives them (the same id twice keeps the later).

        Missing people and groups become stubs; each absent required field gets a default, named in ``self.defaults``.
        """

    @abstractmethod
    def snapshot(self) -> Json:
        """Give the whole raw state: ``{"tickets": [...], "people": [...], "groups": [...], ...}``.

        Each ticket is raw, with its comments (author, time, public or internal, text, files) and files (name, size,
        sha256) beside it; deleted ones are marked.
        """

    @abstractmethod
    def credentials(self) -> Json:
        """Give working credentials of every kind, as the sandbox prints them on start."""

    # -- manners: what every vendor writes

    @abstractmethod
    def authenticate(self, call: Call) -> Any:
        """Give the account that a request acts for.

        Raises:
            RefusedError: with the vendor's 401.
        """

    @abstractmethod
    def unknown(self, request: Request, *, method: bool) -> Response:
        """Give the reply to a path that the vendor does not serve, or (``method``) does not serve with this method."""

    @abstractmethod
    def failure(self, status: int) -> Response:
        """Give the JSON reply with which the vendor itself fails (500, 503), for injected faults and for real bugs."""

    @abstractmethod
    def throttled(self, call: Call, retry_after: int | None) -> Response:
        """Give the vendor's 429, with or without a ``Retry-After`` in seconds."""

    # -- manners: with a default

    def path(self, request: Request) -> str:
        """Give the path to route by; a vendor with optional suffixes takes them off here."""
        return request.path

    def edge_failure(self, status: int) -> Response:
        """Give the HTML page of a proxy before the vendor (502, 503, 504), for injected faults."""
        page = f"<html><head><title>{status}</title></head><body><h1>{status} Service unavailable</h1></body></html>"
        return Response(page, status, content_type="text/html; charset=utf-8")

    def is_write(self, call: Call) -> bool:
        """Tell whether a request stores something; by its route, unless the vendor has one route for both."""
        return call.route.writes

    def accepted(self, response: Response) -> bool:
        """Tell whether the reply to a write says that it was stored; a vendor that refuses with 200 looks closer."""
        return response.status_code < 400

    def admit(self, call: Call) -> Response | None:
        """Count a request against the rate limits, put their headers into ``call.headers``; a reply means: refused."""
        return None

    def finish(self, call: Call, response: Response) -> Response:
        """Complete the reply: the collected headers, and what the vendor puts on every reply."""
        for name, value in call.headers.items():
            response.headers[name] = value
        return response

    def tick(self) -> int:
        """Carry out what the vendor does by itself once its time has come, and give how many records that changed.

        Called before each request, so it must be cheap when nothing is due.
        """
        return 0


@cache
def _route_map(vendor: type[Vendor]) -> Map:
    """Give the map of a vendor's routes: made once, since werkzeug compiles each rule."""
    routes = [route for area in vendor.areas for route in area.all]
    return Map(
        [Rule(route.rule, methods=[route.method], endpoint=route) for route in routes],
        strict_slashes=False,
        merge_slashes=False,
    )
