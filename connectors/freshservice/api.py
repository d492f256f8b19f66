"""Speak with the Freshservice API: sign, keep to the limits of the minute, page through lists.

Vendor facts (api.freshservice.com, authentication, rate limit, pagination, errors; recorded headers of 2022):

- API key: basic authentication, the key as user name and any password. OAuth tokens come from the organisation's host,
  which wants JSON and the client's credentials in the header.
- Limits are by the minute: one for the account, and one each for listing, viewing, creating and updating tickets and for
  listing agents and requesters. ``x-ratelimit-total`` and ``-remaining`` tell of the endpoint's own limit where it has one,
  else of the account's; when the minute ends is told only by the ``Retry-After`` of a 429. Each ``include`` costs more.
- Lists are paged by ``page`` and ``per_page``, 100 at most; a ``link`` header with ``rel="next"`` stands there while more
  follows. Whether ``per_page`` works on conversations is not confirmed: there a page has 30 by default.
- Errors are ``{description, errors: [{field, message, code}]}`` or ``{code, message}``; a 404 has no body. Any unknown key
  fails the whole request. 409 is a record that is just being changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Final

from ...core.connector import ConnectionSettings, Context, Json
from ...core.errors import ConfigError, StaleVersionError, UnexpectedReplyError
from ...core.net.auth import ApiKeyAuth, AuthorizationEndpoint, OAuth, OAuthSigner, Signer, TokenEndpoint, basic_signer
from ...core.net.budget import Limit
from ...core.net.http import ErrorRule, Reply
from ...core.net.secrets import SecretText, resolve_secret
from ...core.shapes import as_list, as_object

ACCOUNT: Final = "account"
MINUTE: Final = 60.0
PAGE: Final = 100
"""Most rows of one page."""
WHOLE_PAGES: Final = (30, PAGE)
"""Rows of a page after which another may follow, whatever its header says."""
LIMITED: Final = {
    "GET /api/v2/tickets": "ticket lists",
    "GET /api/v2/tickets/filter": "ticket lists",
    "GET /api/v2/tickets/{number}": "ticket views",
    "POST /api/v2/tickets": "ticket creates",
    "PUT /api/v2/tickets/{number}": "ticket updates",
    "GET /api/v2/agents": "agent lists",
    "GET /api/v2/requesters": "requester lists",
    "GET /api/v2/assets": "asset lists",
}
"""Call -> the limit that it has for itself."""
SCOPE: Final = " ".join(
    f"freshservice.{each}"
    for each in (
        *(f"tickets.{verb}" for verb in ("view", "create", "edit", "delete")),
        *(f"tickets.conversations.{verb}" for verb in ("view", "create")),
        "tickets.fields.manage",
        "requesters.view",
        "agents.manage",
        "agentgroups.manage",
        "departments.view",
        "workspaces.view",
        "assets.view",
    )
)
"""What OAuth asks for where the configuration does not say."""
RULES: Final = (ErrorRule(409, StaleVersionError, message="the ticket is just being changed, or is not as it was"),)


def vendor_words(data: Any) -> str:
    """Give Freshservice's own explanation in an error body of either shape."""
    body = as_object(data)
    found = [
        f"{each.get('field')}: {each.get('message')} ({each.get('code')})"
        for each in (as_object(item) for item in as_list(body.get("errors")))
    ]
    if found:
        return "; ".join(found)
    return str(body.get("message") or body.get("description") or body.get("code") or "")


def signer_for(settings: ConnectionSettings, context: Context, endpoint: AuthorizationEndpoint | None) -> Signer:
    """Give the signer for a connection.

    Raises:
        CredentialError: a secret reference cannot be resolved.
        ConfigError: Freshservice does not take this kind of credentials.
    """
    match settings.auth:
        case ApiKeyAuth(key=key):
            return basic_signer(resolve_secret(key).reveal(), SecretText("X"))
        case OAuth() as auth if endpoint is not None:
            wanted = auth.model_copy(update={"scope": auth.scope or SCOPE})
            return OAuthSigner(
                wanted,
                endpoint.token,
                context.tokens,
                connection=context.connection,
                now=lambda: context.clock().timestamp(),
            )
        case _:
            raise ConfigError(f"connections.{context.connection}.auth: kind is api_key or oauth with Freshservice")


def authorization_endpoint(org_url: str) -> AuthorizationEndpoint:
    """Say where a person of an organisation grants access, and where the code is exchanged."""
    token = TokenEndpoint(f"{org_url}/org/oauth/v2/token", "json", basic=True)
    return AuthorizationEndpoint(f"{org_url}/org/oauth/v2/authorize", token, SCOPE)


class Minutes:
    """Reads limits from headers that do not tell when the minute ends: it is timed by when the count went up again."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Make it; ``now`` is a monotonic clock, in seconds."""
        self._now = now
        self._begun: dict[str, tuple[float, int]] = {}

    def read(self, name: str, headers: Mapping[str, str]) -> list[Limit]:
        """Give what a reply's headers tell of the limit that its call counted against."""
        total, left = headers.get("x-ratelimit-total", ""), headers.get("x-ratelimit-remaining", "")
        if not (total.isdigit() and left.isdigit()):
            return []
        now, remaining = self._now(), int(left)
        begun, before = self._begun.get(name, (now, 0))
        if remaining > before or now - begun >= MINUTE:
            begun = now
        self._begun[name] = (begun, remaining)
        return [Limit(name, int(total), remaining, begun + MINUTE - now)]


class Api:
    """The HTTP session of one Freshservice connection."""

    def __init__(self, settings: ConnectionSettings, context: Context, endpoint: AuthorizationEndpoint | None) -> None:
        """Make a session; no call is made yet.

        Args:
            settings: the connection's settings.
            context: what the program gives the connector.
            endpoint: where OAuth tokens come from; None with an API key.
        """
        self.connection = context.connection
        self.limits: dict[str, Limit] = {}
        """What the vendor last said of each limit."""
        self._limit = ACCOUNT
        self.session = context.session(
            settings,
            signer_for(settings, context, endpoint),
            error_rules=RULES,
            words=vendor_words,
            limits=self._learn_limits,
        )
        self._minutes = Minutes(self.session.budget.now)

    def call(
        self,
        method: str,
        template: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Callable[[], Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        number: str | int = "",
    ) -> Reply:
        """Make one call; see :meth:`isthmus.core.net.http.ApiSession.call`.

        Raises:
            ConnectorError: any error of the tree in ``core.errors``.
        """
        self._limit = LIMITED.get(f"{method} {template}", ACCOUNT)
        return self.session.call(
            method,
            template,
            params=params,
            json=json,
            data=data,
            headers=headers,
            repeatable=repeatable,
            counts=(ACCOUNT, self._limit),
            number=number,
        )

    def get(self, template: str, key: str, params: Mapping[str, Any] | None = None, number: str | int = "") -> Any:
        """Read what stands under ``key`` of a JSON object.

        Raises:
            UnexpectedReplyError: the reply is no such object.
        """
        return self.whole(self.call("GET", template, params=params, number=number), key, f"GET {template}")

    def whole(self, reply: Reply, key: str, operation: str) -> Any:
        """Give what stands under ``key`` of a reply's JSON object.

        Raises:
            UnexpectedReplyError: the reply is no such object.
        """
        found = as_object(reply.data).get(key)
        if found is None:
            raise UnexpectedReplyError(f"the reply holds no '{key}'", connection=self.connection, operation=operation)
        return found

    def page(
        self, template: str, key: str, params: Mapping[str, Any] | None = None, page: int = 1, number: str | int = ""
    ) -> tuple[list[Json], bool]:
        """Read one page of a list, and tell whether another may follow.

        Raises:
            UnexpectedReplyError: the reply is no list.
        """
        reply = self.call("GET", template, params={**(params or {}), "page": page, "per_page": PAGE}, number=number)
        rows = as_list(self.whole(reply, key, f"GET {template}"))
        link = reply.headers.get("link", "")
        return rows, bool(rows) and ('rel="next"' in link or (not link and len(rows) in WHOLE_PAGES))

    def rows(
        self, template: str, key: str, params: Mapping[str, Any] | None = None, number: str | int = ""
    ) -> Iterator[Json]:
        """Read a list row by row, each row once: rows that move to a later page meanwhile come again there."""
        seen: set[Any] = set()
        page, more = 1, True
        while more:
            rows, more = self.page(template, key, params, page, number)
            fresh = [row for row in rows if row.get("id") not in seen]
            seen.update(row.get("id") for row in fresh)
            yield from fresh
            more = more and bool(fresh)
            page += 1

    def download(self, url: str, target: BinaryIO, *, signed: bool = True) -> str:
        """Stream a file into ``target`` and give its SHA-256 in hex."""
        return self.session.download(url, target, signed=signed)

    def _learn_limits(self, headers: Mapping[str, str]) -> list[Limit]:
        limits = self._minutes.read(self._limit, headers)
        self.limits.update((limit.name, limit) for limit in limits)
        return limits
