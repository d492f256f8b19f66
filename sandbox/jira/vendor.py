"""The Jira sandbox: the class that the engine drives.

Scope: what is named in the areas below. Not served: webhooks, knowledge base, assets, boards, moving between projects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import count
from typing import ClassVar

from werkzeug.wrappers import Request, Response

from ..clock import Clock
from ..faults import Faults
from ..limits import Limits
from ..outbox import Outbox
from ..vendor import Call, Json, Routes, Vendor, reply
from . import (
    attachments,
    auth,
    bulk,
    changelogs,
    comments,
    desks,
    field_api,
    issues,
    links,
    metadata,
    oauth,
    properties,
    quotas,
    request_parts,
    requests,
    search,
    times,
    users,
    worklogs,
)
from .changes import Changes
from .desk_view import Desk
from .issue_view import IssueView
from .jql_fields import JqlField
from .loading import load
from .notify import Notify
from .oauth import Grants
from .records import Issue, User
from .render import Render
from .rules import Rules
from .screens import Screens
from .seed import plant, populate
from .site import INTEGRATION
from .snapshot import snapshot
from .state import State
from .threads import Threads
from .workflows import Workflows


class Jira(Vendor):
    """An emulated Jira site."""

    name: ClassVar[str] = "jira"
    title: ClassVar[str] = "Jira Service Management"
    areas: ClassVar[Sequence[Routes]] = (
        issues.routes,
        search.routes,
        comments.routes,
        properties.routes,
        attachments.routes,
        links.routes,
        worklogs.routes,
        changelogs.routes,
        users.routes,
        metadata.routes,
        field_api.routes,
        bulk.routes,
        desks.routes,
        requests.routes,
        request_parts.routes,
        oauth.routes,
    )
    state: State
    grants: Grants
    population: int | None = None
    """The seed of the people that the site has beside its own."""
    clauses: tuple[int, dict[str, JqlField]] | None = None
    """The fields of queries, for a number of fields of the site; made when first asked for."""

    def __init__(self, *, clock: Clock, limits: Limits, faults: Faults, outbox: Outbox) -> None:
        """Make a fresh site."""
        self._requests = count(1)
        super().__init__(clock=clock, limits=limits, faults=faults, outbox=outbox)

    # -- state

    def reset(self) -> None:
        """Empty the state; the people, groups and fields stay."""
        self.state = State(self.now())
        self.grants = Grants(self)
        self.clauses = None
        self.render = Render(self)
        self.screens = Screens(self)
        self.workflows = Workflows(self)
        self.desk = Desk(self)
        self.view = IssueView(self)
        self.threads = Threads(self)
        self.changes = Changes(self)
        self.notify = Notify(self)
        self.rules = Rules(self)
        if self.population is not None:
            populate(self, self.population)

    def seed(self, tickets: int, seed: int) -> None:
        """Add the seed's people and groups, and its first issues."""
        if self.population != seed:
            populate(self, seed)
        self.population = seed
        plant(self, tickets, seed)

    def load(self, records: Iterable[Json]) -> None:
        """Add real issues."""
        load(self, records)

    def snapshot(self) -> Json:
        """Give the whole raw state."""
        return snapshot(self)

    def credentials(self) -> Json:
        """Give working credentials of every kind."""
        users = [user for user in self.state.users.values() if user.email and user.email != INTEGRATION]
        people = [
            *[user for user in users if user.role == "agent"][:4],
            *[user for user in users if user.role == "user"],
            *[user for user in users if user.role == "customer"][:4],
        ]
        admin = self.state.admin
        return {
            "api_token": {"user": INTEGRATION, "token": auth.secret("api_token", INTEGRATION)},
            "scoped_api_token": {"user": INTEGRATION, "token": auth.secret("scoped", INTEGRATION), "path": auth.GATEWAY},
            "oauth": {**self.grants.credentials(), "path": auth.GATEWAY},
            "pat": {"token": auth.secret("pat", INTEGRATION)},
            "basic": {"user": admin.username, "password": auth.secret("password", INTEGRATION)},
            "people": [_person(user) for user in people],
        }

    def now(self) -> int:
        """Give the clock's time in milliseconds."""
        return times.millis(self.clock.now())

    # -- manners

    def path(self, request: Request) -> str:
        """Give the path to route by."""
        return auth.inner_path(request.path)

    def authenticate(self, call: Call) -> auth.Session:
        """Give the session of a caller."""
        return auth.authenticate(self, call)

    def session(self, call: Call) -> auth.Session:
        """Give the session of a caller on a public route, also of one without credentials."""
        return auth.session_of(self, call.request)

    def unknown(self, request: Request, *, method: bool) -> Response:
        """Give the reply to a path, or a method of a path, that the vendor does not serve."""
        if request.path.startswith("/ex/jira/"):
            moment = f"{self.clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"
            body = {"timestamp": moment, "status": 404, "error": "Not Found", "message": "No message available"}
            return reply({**body, "path": request.path}, 404)
        if method:
            return reply({"errorMessages": ["Method Not Allowed"], "errors": {}}, 405)
        page = "<html><head><title>Oops, you&#39;ve found a dead link. - Jira</title></head><body></body></html>"
        return Response(page, 404, content_type="text/html;charset=UTF-8")

    def failure(self, status: int) -> Response:
        """Give the vendor's own failure."""
        return reply({"errorMessages": ["Internal server error"], "errors": {}}, status)

    def throttled(self, call: Call, retry_after: int | None) -> Response:
        """Give 429, with or without the headers that say when to come again."""
        body: Json = {"errorMessages": ["Rate limit exceeded"], "errors": {}}
        headers = {"RateLimit-Reason": "jira-burst-based"}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        return reply(body, 429, headers)

    def admit(self, call: Call) -> Response | None:
        """Count a request against the limits."""
        return quotas.admit(self, call)

    def admit_write(self, issue: Issue) -> None:
        """Count a write on an issue.

        Raises:
            RefusedError: 429.
        """
        quotas.admit_write(self, issue)

    def finish(self, call: Call, response: Response) -> Response:
        """Put on what every answer carries."""
        response.headers["Server"] = "AtlassianEdge"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["atl-traceid"] = hashlib.sha256(str(next(self._requests)).encode()).hexdigest()[:32]
        if response.mimetype == "application/json":
            response.headers["Content-Type"] = "application/json;charset=UTF-8"
        return super().finish(call, response)

    def search(self, session: auth.Session, jql: str) -> list[Issue]:
        """Give what a query finds."""
        return list(search.visible(self, search.make(self, session, jql)))


def _person(user: User) -> Json:
    kinds = {"token": "api_token", "pat": "pat", "password": "password"}
    secrets = {name: auth.secret(kind, user.email) for name, kind in kinds.items()}
    return {"user": user.email, "username": user.username, "account_id": user.account_id, "role": user.role, **secrets}
