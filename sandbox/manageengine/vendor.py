"""The ServiceDesk Plus sandbox: the class that the engine drives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from werkzeug.wrappers import Request as HttpRequest
from werkzeug.wrappers import Response

from ..clock import Clock
from ..faults import Faults
from ..limits import Limits
from ..outbox import Outbox
from ..vendor import Call, Json, Routes, Vendor
from . import (
    access,
    actions,
    associations,
    attachments,
    children,
    conversations,
    history,
    lookups,
    modules,
    notes,
    oauth,
    people,
    requests,
    resolutions,
    trash,
)
from .changes import Changes
from .errors import failure, message, throttled_text
from .flavour import PORTAL, flavour_of_path
from .loading import load
from .manners import Manners
from .oauth import SCOPE, Grants
from .quotas import admit, too_many
from .render import Render
from .rules import Mailer, Rules
from .search import Search
from .seed import plant, populate
from .snapshot import snapshot
from .state import State

FAILED = message(4004, "Internal Error")


class ManageEngine(Vendor):
    """An emulated ServiceDesk Plus: Cloud and on-premises over the same state."""

    name: ClassVar[str] = "manageengine"
    title: ClassVar[str] = "ManageEngine ServiceDesk Plus"
    areas: ClassVar[Sequence[Routes]] = (
        requests.routes,
        actions.routes,
        trash.routes,
        resolutions.routes,
        notes.routes,
        conversations.routes,
        attachments.routes,
        associations.routes,
        children.routes,
        history.routes,
        modules.routes,
        people.routes,
        lookups.routes,
        oauth.routes,
    )
    state: State
    population: int | None = None
    """The seed of the people that the server has beside its own three."""

    def __init__(self, *, clock: Clock, limits: Limits, faults: Faults, outbox: Outbox) -> None:
        self.manners = Manners(faults.profile, faults.seed)
        """The fault profiles in force, this vendor's own among them; the engine sees the same object as ``faults``."""
        super().__init__(clock=clock, limits=limits, faults=self.manners, outbox=outbox)

    # -- state

    def reset(self) -> None:
        """Empty the state; the people, groups and options stay."""
        self.state = State()
        self.render = Render(self)
        self.search = Search(self)
        self.changes = Changes(self)
        self.mailer = Mailer(self)
        self.rules = Rules(self)
        self.grants = Grants(self)
        self.locks: dict[str, int] = {}
        """Until when an operation of the Cloud is locked, by window."""
        if self.population is not None:
            populate(self, self.population)

    def seed(self, tickets: int, seed: int) -> None:
        """Add the seed's people and groups, and its first tickets."""
        if self.population != seed:
            populate(self, seed)
        self.population = seed
        plant(self, tickets, seed)

    def load(self, records: Iterable[Json]) -> None:
        """Add real requests."""
        load(self, records)

    def snapshot(self) -> Json:
        """Give the whole raw state."""
        return snapshot(self)

    def credentials(self) -> Json:
        """Give working credentials of every kind; people act with their own key, or their own refresh token."""
        me = self.state.isthmus
        people = [user for user in self.state.users.values() if user.email and user is not me]
        technicians = [user for user in people if user.technician][:4]
        others = [user for user in people if not user.technician][:4]
        return {
            "authtoken": {"user": me.email, "key": me.key},
            "oauth": {**self.grants.credentials(), "portal": PORTAL},
            "people": [
                {
                    "user": user.email,
                    "authtoken": user.key,
                    "refresh_token": self.grants.refresh_token_of(user, SCOPE),
                    "role": "technician" if user.technician else "requester",
                }
                for user in (*technicians, *others)
            ],
        }

    def now(self) -> int:
        """Give the clock's time in milliseconds."""
        return int(self.clock.timestamp() * 1000)

    def tick(self) -> int:
        """Take requests off hold whose time has come."""
        return self.rules.run_due()

    # -- manners

    def authenticate(self, call: Call) -> access.Account:
        """Give the account that a request acts for, once it may make this call."""
        return access.authenticate(self, call)

    def unknown(self, request: HttpRequest, *, method: bool) -> Response:
        """Give the reply to a path, or a method of a path, that the vendor does not serve."""
        if not method:
            return failure(404, message(4007, "Invalid URL"))
        return failure(400, message(4021, "Invalid HTTP method"))

    def failure(self, status: int) -> Response:
        """Give the vendor's own failure."""
        return failure(status, FAILED)

    def throttled(self, call: Call, retry_after: int | None) -> Response:
        """Give the Cloud's 429, or the 400 with a text on-premises, which never says how long."""
        return too_many(retry_after) if flavour_of_path(call.route.rule).cloud else throttled_text()

    def accepted(self, response: Response) -> bool:
        """Tell whether the reply to a write says that it was stored: a refusal may come with 200."""
        return super().accepted(response) and b'"status":"failed"' not in response.get_data()[-40:]

    def admit(self, call: Call) -> Response | None:
        """Count a request against the limits; now and then, with ``flaky``, refuse a write with a 200."""
        refused = admit(self, call)
        if refused is None and self.is_write(call):
            http = call.request
            if self.manners.refuses_quietly(b"\0".join((http.full_path.encode(), http.get_data()))):
                return failure(200, FAILED)
        return refused
