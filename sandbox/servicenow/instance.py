"""The emulated instance: what joins the parts of the ServiceNow sandbox, and the hooks of the engine.

Scope: Table, Aggregate, Attachment and Batch API, OAuth. Not served: import sets, XML, ``tinyurl``, HMAC, JWT bearer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from ..clock import Clock
from ..faults import Faults
from ..limits import Limits
from ..outbox import Outbox
from ..stories import stories
from ..vendor import Call, Json, Routes, Vendor
from . import attachment_api, batch_api, oauth_api, stats_api, table_api
from .accounts import GRANTS, Accounts, printed
from .answers import answerer, copy_to_children, count_children
from .fresh import INTEGRATION, LOGINS, RATE_LIMIT_RULE, SYSTEM_USER, furnish
from .jobs import autoclose
from .loading import Loader
from .login import log_in
from .misbehaviour import HIBERNATION_PAGE, Misbehaviour
from .records import Records
from .replies import dress, error, plain
from .search import Search
from .seed import Seeder
from .session import Session, open_session, platform_session
from .snapshot import snapshot
from .store import Row, Store

_HIBERNATION = "/hibernation"
_AUTOCLOSE_EVERY = timedelta(hours=1)
_HOUR = 3600
_CANCELLED = "Transaction cancelled: maximum execution time exceeded"
hibernation = Routes()


@hibernation.get(_HIBERNATION, public=True)
@hibernation.post(_HIBERNATION, writes=False, public=True)
@hibernation.add("PUT", _HIBERNATION, writes=False, public=True)
@hibernation.add("PATCH", _HIBERNATION, writes=False, public=True)
@hibernation.add("DELETE", _HIBERNATION, writes=False, public=True)
def hibernate(vendor: ServiceNow, call: Call) -> Response:
    """Give the page that stands for every path while the instance sleeps."""
    return Response(HIBERNATION_PAGE, 200, content_type="text/html;charset=UTF-8")


class ServiceNow(Vendor):
    """An emulated ServiceNow instance."""

    name = "servicenow"
    title = "ServiceNow"
    areas: ClassVar[Sequence[Routes]] = (
        table_api.routes,
        stats_api.routes,
        attachment_api.routes,
        batch_api.routes,
        oauth_api.routes,
        hibernation,
    )

    def __init__(self, *, clock: Clock, limits: Limits, faults: Faults, outbox: Outbox) -> None:
        self.misbehaviour = Misbehaviour(faults.profile, faults.seed)
        """The fault profiles in force, this vendor's own among them; the engine sees the same object as ``faults``."""
        self._transactions = count(1)
        super().__init__(clock=clock, limits=limits, faults=self.misbehaviour, outbox=outbox)

    # -- state

    def reset(self) -> None:
        """Make a fresh instance."""
        self.store = Store()
        furnish(self.store)
        self.search = Search(self.store)
        system = self.store["sys_user"].first("user_name", SYSTEM_USER)
        assert system is not None
        self._system = system
        self.records = Records(
            self.store,
            self.outbox,
            self.misbehaviour.stamp,
            strict=lambda: self.misbehaviour.strict,
            after_rules=[copy_to_children, count_children, answerer(system, lambda: self.misbehaviour.rules)],
        )
        self.accounts = Accounts({login.user_name: printed(login.user_name) for login in LOGINS}, INTEGRATION)
        self._closed_at = self.clock.now()

    def seed(self, tickets: int, seed: int) -> None:
        """Add the people of a seed and its first stories."""
        Seeder(self.store, seed).add(stories(seed, tickets, self.clock.now()))

    def load(self, records: Iterable[Json]) -> None:
        """Add real incidents, in any shape in which the vendor returns them."""
        loader = Loader(self.store, self.clock.now(), self.defaults.append)
        for record in records:
            loader.load(record)

    def snapshot(self) -> Json:
        """Give the raw state; see ``snapshot``."""
        return snapshot(self.store, self.records.deleted)

    def credentials(self) -> Json:
        """Give working credentials of every kind."""
        password, accounts = self.accounts.passwords[INTEGRATION], self.accounts
        user = {"user": INTEGRATION, "password": password}
        return {
            "basic": user,
            "oauth": {
                "client_id": accounts.client_id,
                "client_secret": accounts.client_key,
                "grants": list(GRANTS),
                **user,
                "refresh_token": accounts.refresh_token(INTEGRATION, self.clock.now()).text,
            },
            "api_key": {"key": accounts.api_key},
            "people": [
                {"user": login.user_name, "password": accounts.passwords[login.user_name], "role": login.role}
                for login in LOGINS
                if login.user_name != INTEGRATION
            ],
        }

    # -- who asks

    def authenticate(self, call: Call) -> str:
        """Give the ``user_name``.

        Raises:
            RefusedError: 401.
        """
        return log_in(self, call.request)

    def user(self, user_name: str) -> Row | None:
        """Give the row of a user who may log in: active and not locked out."""
        row = self.store["sys_user"].first("user_name", user_name)
        usable = row is not None and row.get("active") == "true" and row.get("locked_out") != "true"
        return row if usable else None

    def session(self, call: Call) -> Session:
        """Give the session of an authenticated call."""
        row = self.store["sys_user"].first("user_name", call.account)
        assert row is not None
        return open_session(self.store, row, self.now(), self.base_url)

    def now(self) -> datetime:
        """Give the virtual time."""
        return self.clock.now()

    # -- manners

    def path(self, request: Request) -> str:
        """Give the path to route by."""
        return _HIBERNATION if self.misbehaviour.hibernating else request.path

    def is_write(self, call: Call) -> bool:
        """Tell whether a request stores something; a batch by its items."""
        return batch_api.writes(call) if call.route.handler is batch_api.batch else call.route.writes

    def admit(self, call: Call) -> Response | None:
        """Count a request against the rate limit rule, where limits are real."""
        if self.limits.mode == "off" or call.account is None:
            return None
        rule = self._rule()
        if rule is None:
            return None
        quota = self.limits.take(f"{rule['sys_id']}:{call.account}", int(rule.get("request_limit") or 0), _HOUR)
        if quota.exceeded:
            return self.throttled(call, quota.reset)
        call.headers.update(self._rate_headers(rule, quota.reset))
        return None

    def throttled(self, call: Call, retry_after: int | None) -> Response:
        """Give 429: with the headers of a rule, or bare as an overflowing semaphore answers; some reads queue with 202."""
        rule = self._rule()
        if retry_after is None or rule is None:
            queued = not self.is_write(call) and len(call.request.query_string) % 2
            return Response(status=202) if queued else _rate_exceeded("Semaphore queue of API_INT exceeded")
        limit = rule.get("request_limit", "")
        response = _rate_exceeded(f"Rate limit of {limit} requests per hour for Table API exceeded")
        response.headers["Retry-After"] = str(retry_after)
        response.headers.update(self._rate_headers(rule, retry_after))
        return response

    def _rule(self) -> Row | None:
        rows = self.store["sys_rate_limit_rules"].rows.values()
        return next((row for row in rows if row.get("name") == RATE_LIMIT_RULE and row.get("active") == "true"), None)

    def _rate_headers(self, rule: Row, reset: int) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": rule.get("request_limit", ""),
            "X-RateLimit-Reset": str(int(self.clock.timestamp()) + reset),
            "X-RateLimit-Rule": rule["sys_id"],
        }

    def unknown(self, request: Request, *, method: bool) -> Response:
        """Give the reply to a path or a method that is not served."""
        if method:
            return self._dressed(error(405, "Method not supported", f"{request.method} {request.path}"))
        path = request.path.removeprefix("/api")
        return self._dressed(error(400, "Requested URI does not represent any resource", path))

    def failure(self, status: int) -> Response:
        """Give the reply of a cancelled transaction."""
        return self._dressed(error(status, _CANCELLED, f"{_CANCELLED} Check logs for error trace"))

    def json(self, body: Any) -> Response:
        """Give a reply that is no usual envelope."""
        return plain(body)

    def finish(self, call: Call, response: Response) -> Response:
        """Complete a reply with the platform's headers."""
        return self._dressed(super().finish(call, response), logged_in=call.account is not None)

    def _dressed(self, response: Response, *, logged_in: bool = False) -> Response:
        return dress(response, f"{next(self._transactions) * 0x9E3779B97F4B & 0xFFFFFFFFFFFF:012x}", logged_in=logged_in)

    def tick(self) -> int:
        """Run the job that closes resolved incidents, every hour of virtual time."""
        now = self.clock.now()
        if now - self._closed_at < _AUTOCLOSE_EVERY:
            return 0
        self._closed_at = now
        return autoclose(self.records, platform_session(self._system, now, self.base_url))


def _rate_exceeded(detail: str) -> Response:
    return error(429, "Rate limit exceeded", detail)
