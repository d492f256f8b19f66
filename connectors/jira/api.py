"""Speak with Jira: sign, address the site or the gateway, keep to the limits, page through lists.

Vendor facts:

- Cloud: API token by basic authentication at the site; a scoped token and OAuth tokens at
  ``https://api.atlassian.com/ex/jira/{cloudId}`` only. OAuth tokens come from ``https://auth.atlassian.com/oauth/token``,
  JSON, and refresh tokens rotate; ``/oauth/token/accessible-resources`` lists the sites of a grant. Data Center: personal
  access token as ``Bearer``. [developer.atlassian.com, basic auth, OAuth 2.0 (3LO)]
- Version 3 speaks ADF, version 2 wiki markup; Data Center has version 2 only. [developer.atlassian.com, REST v3]
- Errors are ``{"errorMessages": [], "errors": {field: words}}``, of the service desk ``{"errorMessage"}``, of the gateway
  ``{"code", "message"}``, of bulk edits ``{"errors": [{"message"}]}``; words are translated. [developer.atlassian.com,
  status codes]
- 20 writes in two seconds and 100 in thirty on one issue. A 429 tells ``Retry-After`` and, for bursts and hourly points,
  ``X-RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (ISO 8601). [developer.atlassian.com, rate limiting]
- 409 is an edit conflict, 413 a per-issue limit or a file too large, 422 a configuration that forbids the write. Without
  the licence of an agent the service desk API answers 403. [developer.atlassian.com, issues, service desk]
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, BinaryIO, Final, cast

from ...core.connector import Context, Json
from ...core.errors import ConfigError, NotFoundError, RejectedError, StaleVersionError, UnexpectedReplyError
from ...core.net.auth import (
    ApiKeyAuth,
    ApiTokenAuth,
    AuthorizationEndpoint,
    BasicAuth,
    HeaderSigner,
    OAuth,
    OAuthSigner,
    Signer,
    TokenEndpoint,
    basic_signer,
)
from ...core.net.budget import Limit
from ...core.net.http import ErrorRule, Reply, fill_path
from ...core.net.retry import http_date
from ...core.net.secrets import SecretText, resolve_secret
from ...core.shapes import as_list, as_object
from .settings import JiraSettings

SCOPES: Final = (
    "read:jira-work write:jira-work read:jira-user read:servicedesk-request write:servicedesk-request offline_access"
)
"""What OAuth asks for where the configuration does not say."""
RULES: Final = (
    ErrorRule(409, StaleVersionError, message="the issue is being changed by somebody else"),
    ErrorRule(410, UnexpectedReplyError, message="Jira has taken this API away; check 'deployment' of this connection"),
    ErrorRule(413, RejectedError, message="the issue or the file is too large for Jira"),
    ErrorRule(403, RejectedError, "XSRF", "Jira takes this call for a forgery"),
)
PACES: Final = ((20, 2.0), (100, 30.0))
"""Writes on one issue: (how many, in how many seconds)."""
PACED_ISSUES: Final = 2000
"""Issues whose last writes are remembered."""
DESK: Final = "/rest/servicedeskapi"
PLATFORM: Final = "/rest/api"


def vendor_words(data: Any) -> str:
    """Give Jira's own explanation in an error body of any of its shapes."""
    body = as_object(data)
    found = [str(each) for each in as_list(body.get("errorMessages"))]
    found += [f"{field}: {words}" for field, words in as_object(body.get("errors")).items()]
    found += [str(as_object(each).get("message")) for each in as_list(body.get("errors"))]
    said = body.get("errorMessage") or body.get("message") or body.get("error_description")
    return "; ".join(found) or str(said or "")


def read_limits(headers: Mapping[str, str]) -> list[Limit]:
    """Give the limit that a refusal tells; that of one issue is no limit of the account."""
    total, left = (headers.get(f"X-RateLimit-{name}", "") for name in ("Limit", "Remaining"))
    if not (total.isdigit() and left.isdigit()) or headers.get("RateLimit-Reason") == "jira-per-issue-on-write":
        return []
    try:
        reset = datetime.fromisoformat(headers.get("X-RateLimit-Reset", ""))
    except ValueError:
        return []
    now = http_date(headers.get("Date", ""))
    if now is None or reset.tzinfo is None:
        return []
    return [Limit("account", int(total), int(left), (reset - now).total_seconds())]


class Api:
    """The HTTP session of one Jira connection."""

    def __init__(self, settings: JiraSettings, context: Context) -> None:
        """Make a session; no call is made yet.

        Raises:
            CredentialError: a secret reference cannot be resolved.
        """
        self.settings = settings
        self.connection = context.connection
        self._context = context
        self._writes: OrderedDict[str, deque[float]] = OrderedDict()
        home = str(settings.gateway).rstrip("/") if settings.through_gateway else settings.base_url
        self.session = context.session(
            settings, self._signer(), error_rules=RULES, words=vendor_words, limits=read_limits, base_url=home
        )

    def _signer(self) -> Signer:
        match self.settings.auth:
            case ApiTokenAuth(user=user, token=token):
                return basic_signer(user, resolve_secret(token))
            case BasicAuth(user=user, password=password):
                return basic_signer(user, resolve_secret(password))
            case ApiKeyAuth(key=key):
                return HeaderSigner("Authorization", SecretText(f"Bearer {resolve_secret(key).reveal()}"))
            case OAuth() as auth:
                return OAuthSigner(
                    auth,
                    self.authorization.token,
                    self._context.tokens,
                    connection=self.connection,
                    now=lambda: self._context.clock().timestamp(),
                )
            case _:
                raise ConfigError(f"connections.{self.connection}.auth: Jira does not take kind {self.settings.auth.kind}")

    @property
    def authorization(self) -> AuthorizationEndpoint:
        """Where a person grants access, and where the code is exchanged."""
        login = str(self.settings.login).rstrip("/")
        asked = {"audience": "api.atlassian.com", "prompt": "consent"}
        return AuthorizationEndpoint(
            f"{login}/authorize", TokenEndpoint(f"{login}/oauth/token", "json"), SCOPES, beside=asked
        )

    # -- where

    @cached_property
    def prefix(self) -> str:
        """What stands before every path: nothing at the site, the site's place at the gateway.

        Raises:
            ConfigError: the grant reaches no site of this address; names those that it reaches.
        """
        if not self.settings.through_gateway:
            return ""
        return fill_path("/ex/jira/{site}", site=self.settings.cloud_id or self._cloud_id())

    def _cloud_id(self) -> str:
        sites = [as_object(each) for each in as_list(self.session.call("GET", "/oauth/token/accessible-resources").data)]
        wanted = self.settings.base_url.lower()
        for site in sites:
            if str(site.get("url", "")).rstrip("/").lower() == wanted:
                return str(site["id"])
        reached = ", ".join(str(site.get("url")) for site in sites) or "none"
        raise ConfigError(
            f"connections.{self.connection}.url: the OAuth grant does not reach {wanted}; it reaches: {reached}"
        )

    def path(self, path: str) -> str:
        """Give the path of a call: ``issue/{id}`` of the platform, ``/servicedeskapi/...`` of the service desk."""
        if path.startswith("/"):
            return f"{self.prefix}{DESK}{path}"
        return f"{self.prefix}{PLATFORM}/{'3' if self.settings.is_cloud else '2'}/{path}"

    # -- calls

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Callable[[], Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        **names: str | int,
    ) -> Reply:
        """Make one call; see :meth:`isthmus.core.net.http.ApiSession.call`. A write on an issue keeps to its pace.

        Args:
            method: HTTP method.
            path: path template, as :meth:`path` takes it.
            params: query parameters.
            json: request body.
            data: opens a raw request body.
            headers: further headers.
            repeatable: whether a second sending of a write does no harm; None for a call that only reads.
            names: values for the template.

        Raises:
            ConnectorError: any error of the tree in ``core.errors``.
        """
        reads = method == "GET" or repeatable is None
        if not reads and "issue" in names:
            self._pace(str(names["issue"]))
        return self.session.call(
            method,
            self.path(path),
            params=params,
            json=json,
            data=data,
            headers=headers,
            repeatable=True if repeatable is None else repeatable,
            **cast("dict[str, Any]", names),
        )

    def read(self, path: str, params: Mapping[str, Any] | None = None, **names: str | int) -> Any:
        """Give the JSON of a GET."""
        return self.call("GET", path, params=params, **cast("dict[str, Any]", names)).data

    def ask(self, path: str, body: Json, params: Mapping[str, Any] | None = None) -> Any:
        """Give the JSON of a POST that only reads."""
        return self.call("POST", path, json=body, params=params).data

    def whole(self, data: Any, key: str, operation: str) -> Json:
        """Give a reply's JSON object, in which ``key`` must stand.

        Raises:
            UnexpectedReplyError: the reply is no such object.
        """
        body = as_object(data)
        if key not in body:
            raise UnexpectedReplyError(f"the reply holds no '{key}'", connection=self.connection, operation=operation)
        return body

    def rows(
        self, path: str, key: str, size: int, params: Mapping[str, Any] | None = None, **names: str | int
    ) -> Iterator[Json]:
        """Read a list page by page; its rows stand under ``key``, on Data Center also under ``values``."""
        first, most = ("start", "limit") if path.startswith("/") else ("startAt", "maxResults")
        start = 0
        while True:
            data = as_object(self.read(path, {**(params or {}), first: start, most: size}, **names))
            rows = as_list(data.get(key, data.get("values")))
            yield from map(as_object, rows)
            start += len(rows)
            total = data.get("total")
            ended = data.get("isLast") is True or data.get("isLastPage") is True
            if not rows or ended or (isinstance(total, int) and start >= total):
                return

    def exists(self, path: str, params: Mapping[str, Any] | None = None, **names: str | int) -> Any:
        """Give the JSON of a GET, or None where there is nothing or it is hidden."""
        try:
            return self.read(path, params, **names)
        except NotFoundError:
            return None

    def download(self, path: str, target: BinaryIO) -> str:
        """Stream a file into ``target`` and give its SHA-256 in hex; credentials stay at home."""
        return self.session.download(path, target)

    # -- pace

    def _pace(self, issue: str) -> None:
        """Wait until one more write on an issue is within its limits."""
        recent = self._writes.setdefault(issue, deque(maxlen=PACES[-1][0]))
        self._writes.move_to_end(issue)
        while len(self._writes) > PACED_ISSUES:
            self._writes.popitem(last=False)
        now = self._context.clock().timestamp()
        for most, seconds in PACES:
            allowed = max(int(most * self.settings.share), 1)
            if len(recent) >= allowed:
                wait = recent[-allowed] + seconds - now
                if wait > 0:
                    self._context.sleep(min(wait, seconds))
                    now = self._context.clock().timestamp()
        recent.append(now)
