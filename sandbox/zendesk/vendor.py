"""The Zendesk sandbox: the class that the engine drives."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from ..vendor import Call, Routes, Vendor, reply
from . import (
    attachments,
    audits,
    auth,
    bulk,
    comments,
    deleted,
    exports,
    fields,
    groups,
    jobs,
    metrics,
    oauth,
    organizations,
    requests,
    search,
    statuses,
    tags,
    ticket_writes,
    tickets,
    users,
)
from .changes import Changes
from .errors import invalid
from .loading import load
from .oauth import Grants
from .quotas import PLAIN_BODY, admit
from .records import Field, Json, Ticket
from .render import Render
from .rules import Rules
from .seed import plant, populate
from .snapshot import snapshot
from .state import ADMIN_EMAIL, API_TOKEN, STRICT_FIELDS, State

FORMAT = re.compile(r"\.json[^/]*$")


class Zendesk(Vendor):
    """An emulated Zendesk Support account."""

    name: ClassVar[str] = "zendesk"
    title: ClassVar[str] = "Zendesk Support"
    areas: ClassVar[Sequence[Routes]] = (
        tickets.routes,
        ticket_writes.routes,
        deleted.routes,
        bulk.routes,
        tags.routes,
        comments.routes,
        audits.routes,
        metrics.routes,
        exports.routes,
        search.routes,
        users.routes,
        groups.routes,
        organizations.routes,
        fields.routes,
        statuses.routes,
        attachments.routes,
        jobs.routes,
        oauth.routes,
        requests.routes,
    )
    state: State
    rules: Rules
    grants: Grants
    population: int | None = None
    """The seed of the people that the account has beside its own three."""

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
        """Give the whole raw state."""
        return snapshot(self)

    def credentials(self) -> Json:
        """Give working credentials of every kind."""
        people = [user for user in self.state.users.values() if user.email and user.email != ADMIN_EMAIL]
        agents = [user for user in people if user.is_agent][:4]
        others = [user for user in people if not user.is_agent][:4]
        return {
            "api_token": {"user": ADMIN_EMAIL, "token": API_TOKEN},
            "oauth": self.grants.credentials(),
            "people": [{"user": user.email, "token": API_TOKEN, "role": user.role} for user in (*agents, *others)],
        }

    def now(self) -> int:
        """Give the clock's time in whole seconds."""
        return int(self.clock.timestamp())

    def tick(self) -> int:
        """Close the solved tickets whose time has come."""
        return self.rules.close_due()

    # -- manners

    def path(self, request: Request) -> str:
        """Give the path without its optional format (``.json``, and what follows it within the last part, as recorded)."""
        return FORMAT.sub("", request.path)

    def authenticate(self, call: Call) -> auth.Account:
        """Give the account that a request acts for, once it may make this call."""
        account = auth.authenticate(self, call.request)
        auth.authorize(account, call)
        return account

    def unknown(self, request: Request, *, method: bool) -> Response:
        """Give the reply to a path, or a method of a path, that the vendor does not serve."""
        return reply({"error": "InvalidEndpoint", "description": "Not found"}, 404)

    def failure(self, status: int) -> Response:
        """Give the vendor's own failure (recorded in amp-labs/connectors)."""
        return reply({"status": status, "error": "Internal Server Error"}, status)

    def throttled(self, call: Call, retry_after: int | None) -> Response:
        """Give the account-wide 429: plain text."""
        headers = None if retry_after is None else {"Retry-After": str(retry_after)}
        return Response(PLAIN_BODY, 429, headers, content_type="text/plain; charset=utf-8")

    def admit(self, call: Call) -> Response | None:
        """Count a request against the account's and the endpoint's limits."""
        return admit(self, call)

    def finish(self, call: Call, response: Response) -> Response:
        """Put on what every answer of the API carries."""
        call.headers.setdefault("access-control-allow-origin", "*")
        call.headers["access-control-expose-headers"] = (
            "X-Zendesk-API-Warn,X-Zendesk-User-Id,X-Zendesk-User-Session-Expires-At"
        )
        call.headers["x-zendesk-api-version"] = "v2"
        call.headers.setdefault("cache-control", "max-age=0, private, must-revalidate")
        digest = hashlib.blake2b(response.get_data(), digest_size=16).hexdigest()
        call.headers["x-request-id"] = f"{digest[:16]}-LYS"
        if response.status_code == 200:
            call.headers["etag"] = f'W/"{digest}"'
        return super().finish(call, response)

    # -- what several areas ask

    def required_on_solve(self, field: Field) -> bool:
        """Tell whether a custom field must be filled in to solve a ticket."""
        return field.required or (self.faults.strict and field.removable and field.title in STRICT_FIELDS)

    def has_incidents(self, ticket: Ticket) -> bool:
        """Tell whether incidents hang on a problem."""
        return ticket.type == "problem" and any(other.problem_id == ticket.id for other in self.state.living())

    def claim_uploads(self, tokens: Any, ticket: Ticket, inner: str) -> tuple[int, ...]:
        """Give the files of upload tokens to a ticket; the tokens are used up.

        Args:
            tokens: one token or a list of them.
            ticket: the ticket whose comment names them.
            inner: the comment's HTML; an image shown in it is inline.

        Raises:
            InvalidError: a token is unknown or has expired.
        """
        named = [tokens] if isinstance(tokens, str) else list(tokens or ())
        for token in named:
            upload = self.state.uploads.get(token)
            if upload is None or upload.expires < self.now():
                raise invalid("attachments", "Attachments: upload token is invalid or has expired")
        ids: list[int] = []
        for token in dict.fromkeys(named):
            for number in self.state.uploads.pop(token).attachment_ids:
                file = self.state.attachments[number]
                file.ticket_id = ticket.id
                file.inline = file.token in inner
                ids.append(number)
        return tuple(ids)
