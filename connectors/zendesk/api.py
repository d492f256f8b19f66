"""Speak with the Zendesk API: sign, count against its limits, page through lists, and hear its quiet warnings.

Vendor facts:

- API token: basic authentication as ``{email}/token``; OAuth tokens come from ``/oauth/tokens``, JSON, status 200 or 201.
  [developer.zendesk.com, security and authentication; OAuth tokens]
- Every reply carries the account's limit in one of three spellings, and one header for each endpoint limit,
  ``zendesk-ratelimit-NAME: total=100; remaining=99; resets=17``, the reset in seconds. One call counts against both.
  [developer.zendesk.com, rate limits; recorded headers of 2023 to 2026]
- A 429 may be plain text; ``TooManyJobs`` means that 30 jobs are waiting already. [developer.zendesk.com, rate limits,
  job statuses]
- Errors come in four shapes: ``{error, description, details}``, ``{error: {title, message}}``, ``{errors: [{detail}]}``
  and ``{error: "Sentence"}``. [developer.zendesk.com, ticketing introduction]
- Keys that Zendesk does not know or does not let us set are dropped in silence; only the header ``x-zendesk-api-warn``
  names them, as Ruby text: ``:unpermitted_keys=>["ticket.id"]``. [recorded]
- Cursor paging: ``page[size]`` up to 100, ``meta.has_more`` and ``meta.after_cursor``. ``links.next`` may be there although
  nothing follows. [developer.zendesk.com, pagination; recorded]
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Final

from ...core.connector import ConnectionSettings, Context, Json
from ...core.errors import ConfigError, RateLimitedError, StaleVersionError, UnexpectedReplyError
from ...core.net.auth import ApiTokenAuth, AuthorizationEndpoint, OAuth, OAuthSigner, Signer, TokenEndpoint, basic_signer
from ...core.net.budget import Limit
from ...core.net.http import ErrorRule, Reply
from ...core.net.secrets import resolve_secret
from ...core.shapes import as_list, as_object

log = logging.getLogger("isthmus.zendesk")

ACCOUNT: Final = "account"
EXPORTS: Final = "incremental-exports"
JOBS: Final = "inflight-jobs"
LIST_TICKETS: Final = "tickets-index"
SEARCH: Final = "search-index"
UPDATE_TICKETS: Final = "tickets-update"
DELETED_TICKETS: Final = "deleted-tickets"

MINUTE: Final = 60
"""Seconds of a limit's window; what is left of it is told in whole seconds, rounded down."""
PAGE: Final = 100
"""Most rows of one page of a list, and most ids of one ``show_many``."""
SCOPE: Final = "read write"
"""What OAuth asks for where the configuration does not say."""

RULES: Final = (
    ErrorRule(400, RateLimitedError, "TooManyJobs", "too many jobs wait already"),
    ErrorRule(403, RateLimitedError, "TooManyJobs", "too many jobs wait already"),
    ErrorRule(422, RateLimitedError, "TooManyJobs", "too many jobs wait already"),
    ErrorRule(409, StaleVersionError, "", "the ticket has changed since it was read"),
    ErrorRule(
        404, UnexpectedReplyError, "InvalidEndpoint", "Zendesk does not know this endpoint; check the url and the plan"
    ),
)

_COUNTS = re.compile(r"(total|remaining|resets)=(\d+)")
_ENDPOINT_LIMIT = re.compile(r"zendesk-rate-?limit-(.+)", re.IGNORECASE)
_DROPPED = re.compile(r":(?:unpermitted_keys|invalid_values)=>\[([^\]]*)\]")
_SPELLINGS = ("x-rate-limit", "ratelimit", "rate-limit")


def read_limits(headers: Mapping[str, str]) -> list[Limit]:
    """Give the limits that a reply's headers tell: the account's and those of single endpoints."""
    limits: list[Limit] = []
    for name, value in headers.items():
        match = _ENDPOINT_LIMIT.fullmatch(name)
        counts = {key: int(number) for key, number in _COUNTS.findall(value)} if match else {}
        if match and {"total", "remaining"} <= counts.keys():
            limits.append(Limit(match[1].lower(), counts["total"], counts["remaining"], counts.get("resets", MINUTE) + 1))
    total = _number(headers, "x-rate-limit", "ratelimit-limit", "rate-limit")
    left = _number(headers, *(f"{spelling}-remaining" for spelling in _SPELLINGS))
    if total is not None and left is not None:
        reset = _number(headers, "ratelimit-reset", "rate-limit-reset")
        limits.append(Limit(ACCOUNT, total, left, (MINUTE if reset is None else reset) + 1))
    return limits


def _number(headers: Mapping[str, str], *names: str) -> int | None:
    stated = (headers.get(name, "").strip() for name in names)
    return next((int(text) for text in stated if text.isdigit()), None)


def vendor_words(data: Any) -> str:
    """Give Zendesk's own explanation in an error body of any of its shapes."""
    body = as_object(data)
    found = [str(each.get("detail") or each.get("title")) for each in as_list(body.get("errors"))]
    for items in as_object(body.get("details")).values():
        found += [str(item["description"]) for item in as_list(items) if item.get("description")]
    if found:
        return "; ".join(found)
    error = body.get("error")
    titled = as_object(error)
    if titled:
        return str(titled.get("message") or titled.get("title") or "")
    said = body.get("description") or body.get("message")
    return f"{error}: {said}" if error and said else str(said or error or "")


def dropped_keys(warning: str) -> list[str]:
    """Give the keys that a warning header says had no effect."""
    return [key.strip().strip('"') for found in _DROPPED.findall(warning) for key in found.split(",") if key.strip()]


def signer_for(settings: ConnectionSettings, context: Context) -> Signer:
    """Give the signer for a connection.

    Raises:
        CredentialError: a secret reference cannot be resolved.
        ConfigError: Zendesk does not take this kind of credentials.
    """
    match settings.auth:
        case ApiTokenAuth(user=user, token=token):
            return basic_signer(f"{user}/token", resolve_secret(token))
        case OAuth() as auth:
            wanted = auth.model_copy(update={"scope": auth.scope or SCOPE})
            endpoint = authorization_endpoint(settings).token
            return OAuthSigner(wanted, endpoint, context.tokens, connection=context.connection)
        case _:
            raise ConfigError(f"connections.{context.connection}.auth: kind is oauth or api_token with Zendesk")


def authorization_endpoint(settings: ConnectionSettings) -> AuthorizationEndpoint:
    """Say where a person grants access, and where the code is exchanged."""
    token = TokenEndpoint(f"{settings.base_url}/oauth/tokens", "json")
    return AuthorizationEndpoint(f"{settings.base_url}/oauth/authorizations/new", token, SCOPE)


class Api:
    """The HTTP session of one Zendesk connection."""

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a session; no call is made yet."""
        self.connection = context.connection
        self.session = context.session(
            settings, signer_for(settings, context), error_rules=RULES, words=vendor_words, limits=self._learn_limits
        )
        self.limits: dict[str, Limit] = {}
        """What the vendor last said of each limit."""
        self._warned: set[str] = set()

    def call(
        self,
        method: str,
        template: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Callable[[], Any] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        counts: tuple[str, ...] = (),
        number: str | int = "",
    ) -> Reply:
        """Make one call; see :meth:`isthmus.core.net.http.ApiSession.call`. A key without effect is logged as a warning.

        Raises:
            ConnectorError: any error of the tree in ``core.errors``.
        """
        reply = self.session.call(
            method,
            template,
            params=params,
            json=json,
            data=data,
            headers=headers,
            repeatable=repeatable,
            counts=(ACCOUNT, *counts),
            number=number,
        )
        self._hear(reply, f"{method} {template}")
        return reply

    def get(
        self,
        template: str,
        key: str,
        params: Mapping[str, Any] | None = None,
        counts: tuple[str, ...] = (),
        number: str | int = "",
    ) -> Json:
        """Read one JSON object, in which ``key`` must stand.

        Raises:
            UnexpectedReplyError: the reply is no such object.
        """
        reply = self.call("GET", template, params=params, counts=counts, number=number)
        return self.whole(reply, key, f"GET {template}")

    def whole(self, reply: Reply, key: str, operation: str) -> Json:
        """Give a reply's JSON object, in which ``key`` must stand.

        Raises:
            UnexpectedReplyError: the reply is no such object.
        """
        data = as_object(reply.data)
        if data.get(key) is None:
            raise UnexpectedReplyError(f"the reply holds no '{key}'", connection=self.connection, operation=operation)
        return data

    def pages(
        self,
        template: str,
        key: str,
        params: Mapping[str, Any] | None = None,
        counts: tuple[str, ...] = (),
        number: str | int = "",
    ) -> Iterator[list[Json]]:
        """Read a list page by page, with cursors; the rows stand under ``key``."""
        after: dict[str, Any] = {}
        while True:
            data = self.get(template, key, {**(params or {}), "page[size]": PAGE, **after}, counts, number=number)
            yield data[key]
            meta = as_object(data.get("meta"))
            if not meta.get("has_more") or not meta.get("after_cursor"):
                return
            after = {"page[after]": meta["after_cursor"]}

    def rows(
        self,
        template: str,
        key: str,
        params: Mapping[str, Any] | None = None,
        counts: tuple[str, ...] = (),
        number: str | int = "",
    ) -> Iterator[Json]:
        """Read a list row by row."""
        for page in self.pages(template, key, params, counts, number=number):
            yield from page

    def download(self, url: str, target: BinaryIO) -> str:
        """Stream a file into ``target`` and give its SHA-256 in hex."""
        return self.session.download(url, target)

    def _learn_limits(self, headers: Mapping[str, str]) -> list[Limit]:
        limits = read_limits(headers)
        self.limits.update((limit.name, limit) for limit in limits)
        return limits

    def _hear(self, reply: Reply, operation: str) -> None:
        warning = reply.headers.get("x-zendesk-api-warn")
        if not warning:
            return
        for key in dropped_keys(warning):
            if f"{operation} {key}" not in self._warned:
                self._warned.add(f"{operation} {key}")
                log.warning("%s: Zendesk ignored '%s' in %s", self.connection, key, operation)
