"""The Freshservice sandbox: the class that the engine drives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from ..vendor import Call, Routes, Vendor, reply
from . import (
    account,
    activities,
    agents,
    approvals,
    assets,
    attachments,
    auth,
    conversations,
    departments,
    fields,
    groups,
    linked,
    oauth,
    requesters,
    search,
    tasks,
    ticket_writes,
    tickets,
    time_entries,
    workspaces,
)
from .changes import Changes
from .errors import not_allowed, not_found, refused
from .loading import load
from .oauth import Grants
from .quotas import BODY, admit
from .records import PRIMARY_WORKSPACE, Json
from .render import Render
from .rules import Rules
from .seed import plant, populate
from .snapshot import snapshot
from .state import State
from .times import iso


class Freshservice(Vendor):
    """An emulated Freshservice account."""

    name: ClassVar[str] = "freshservice"
    title: ClassVar[str] = "Freshservice"
    areas: ClassVar[Sequence[Routes]] = (
        tickets.routes,
        ticket_writes.routes,
        search.routes,
        conversations.routes,
        attachments.routes,
        activities.routes,
        time_entries.routes,
        tasks.routes,
        approvals.routes,
        requesters.routes,
        agents.routes,
        groups.routes,
        departments.routes,
        workspaces.routes,
        fields.routes,
        assets.routes,
        linked.routes,
        oauth.routes,
    )
    state: State
    rules: Rules
    grants: Grants
    population: int | None = None
    """The seed of the people that the account has beside its own three."""
    closure_rules: frozenset[str] = frozenset()
    """What an admin has made a condition of resolving: ``time_entries``, ``tasks``, ``children``; off by default."""

    # -- state

    def reset(self) -> None:
        """Empty the state; the people, groups and fields stay."""
        self.changes = Changes(self)
        self.render = Render(self)
        self.rules = Rules(self)
        self.state = State(self.now())
        self.grants = Grants(self)
        if self.population is not None:
            populate(self, self.population)

    def seed(self, tickets: int, seed: int) -> None:
        """Add the seed's people and groups, and its first tickets."""
        if self.population != seed:
            populate(self, seed)
        self.population = seed
        plant(self, tickets, seed)

    def load(self, records: Iterable[Json]) -> None:
        """Add real tickets."""
        load(self, records)

    def snapshot(self) -> Json:
        """Give the whole raw state, the workflows that wait carried out."""
        self.tick()
        return snapshot(self)

    def credentials(self) -> Json:
        """Give working credentials of every kind.

        A requester has no key at this vendor. To act as one, an agent's key adds a public note with ``incoming`` and the
        requester's ``user_id``, as a mail or the portal would.
        """
        people = [person for person in self.state.people.values() if person.email and person.email != account.ADMIN_EMAIL]
        crew = [person for person in people if person.is_agent][:4]
        others = [person for person in people if not person.is_agent][:4]
        relay = crew[0].api_key
        return {
            "api_key": {"user": account.ADMIN_EMAIL, "key": account.ADMIN_KEY},
            "oauth": self.grants.credentials(),
            "people": [
                *({"user": row.email, "id": row.id, "key": row.api_key, "role": "agent"} for row in crew),
                *({"user": row.email, "id": row.id, "key": relay, "role": "requester"} for row in others),
            ],
        }

    def now(self) -> int:
        """Give the clock's time in whole seconds."""
        return int(self.clock.timestamp())

    def tick(self) -> int:
        """Run the workflows that wait, and close the resolved tickets whose time has come."""
        return self.rules.run_due()

    # -- manners

    def authenticate(self, call: Call) -> auth.Account:
        """Give the account that a request acts for, once it may make this call."""
        who = auth.authenticate(self, call.request)
        auth.authorize(who, call)
        return who

    def unknown(self, request: Request, *, method: bool) -> Response:
        """Give the reply to a path, or a method of a path, that the vendor does not serve."""
        if not method:
            return not_found().response
        known = {*self.map.bind("sandbox").allowed_methods(request.path)} - {"HEAD"}
        return not_allowed(request.method, sorted(known))

    def failure(self, status: int) -> Response:
        """Give the vendor's own failure."""
        return reply({"code": "internal_error", "message": "We're sorry, but something went wrong."}, status)

    def throttled(self, call: Call, retry_after: int | None) -> Response:
        """Give the 429."""
        headers = None if retry_after is None else {"Retry-After": str(retry_after)}
        return reply(BODY, 429, headers)

    def admit(self, call: Call) -> Response | None:
        """Count a request, and refuse one that does not want JSON."""
        response = admit(self, call)
        if response is None and call.route.rule.startswith("/api/v2/"):
            _check_accept(call.request)
        return response

    def finish(self, call: Call, response: Response) -> Response:
        """Put on what every answer of the API carries."""
        digest = hashlib.blake2b(response.get_data(), digest_size=16).hexdigest()
        call.headers |= {
            "status": response.status,
            "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
            "x-freshservice-api-version": "latest=v2; requested=v2",
            "x-fw-ratelimiting-managed": "true",
            "x-request-id": f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}",
            "x-trace-id": f"00-{digest}-{digest[:16]}-01",
        }
        return super().finish(call, response)

    # -- what several areas ask

    def workspaces(self) -> list[Json]:
        """Give the workspaces as JSON."""
        founded = iso(self.state.founded)
        plain: dict[str, Any] = {"description": None, "restricted": False, "state": "active", "type": "workspace"}
        times = {"created_at": founded, "updated_at": founded}
        return [plain | row | times for row in account.WORKSPACES]

    def required_for_closure(self, workspace_id: int) -> list[str]:
        """Give the names of the fields that must be filled in to resolve or close a ticket."""
        own = [field.name for field in self.state.fields_of(workspace_id) if field.required_for_closure]
        strict = account.STRICT_FIELDS if self.faults.strict and workspace_id == PRIMARY_WORKSPACE else ()
        return [*own, *(name for name in strict if name not in own)]


def _check_accept(request: Request) -> None:
    accepted = request.headers.get("Accept", "*/*")
    if not any(kind in accepted for kind in ("application/json", "*/*", "application/*")):
        raise refused(406, "not_acceptable", f"Accept header is set to {accepted}")
