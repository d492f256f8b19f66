"""Rate limits: the account's and the endpoints', with their headers and bodies.

Totals are those of a trial account on Enterprise, as recorded and as on developer.zendesk.com, "Rate limits". One call
counts against the account and against its endpoint. The account-wide 429 is plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..limits import Quota
from ..vendor import Call, reply

if TYPE_CHECKING:
    from .vendor import Zendesk

ACCOUNT_TOTAL = 700
PLAIN_BODY = "Number of allowed API requests per minute exceeded"
EXPORT_BODY = {
    "error": "APIRateLimitExceeded",
    "description": "Number of allowed incremental export API requests per minute exceeded",
}
UPDATE_BODY = {
    "error": "Rate limit for ticket updates exceeded, please slow down",
    "description": "You exceeded the limit of 30 updates per 10 minutes by the same user to the same ticket.",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The limit of some calls."""

    method: str
    path: re.Pattern[str]
    header: str
    """Without its prefix ``zendesk-ratelimit-``."""
    total: int
    seconds: int = 60
    by_user_and_path: bool = False
    old_spelling: bool = False
    """Sent with the prefix ``zendesk-rate-limit-`` as well, as recorded in 2023."""
    body: dict[str, str] | None = None
    announced: bool = True
    """Told by headers; of some limits there is only the 429."""


def _endpoint(
    method: str,
    path: str,
    header: str,
    total: int,
    *,
    seconds: int = 60,
    by_user_and_path: bool = False,
    old_spelling: bool = False,
    body: dict[str, str] | None = None,
    announced: bool = True,
) -> Endpoint:
    return Endpoint(method, re.compile(path + "$"), header, total, seconds, by_user_and_path, old_spelling, body, announced)


ENDPOINTS = (
    _endpoint("GET", r"/api/v2/tickets", "tickets-index", 100, old_spelling=True),
    _endpoint("GET", r"/api/v2/incremental/(?!\w+/sample).+?", "incremental-exports", 10, body=EXPORT_BODY),
    _endpoint("POST", r"/api/v2/tickets", "ticket-request-create-by-user-and-ip", 300),
    _endpoint("PUT", r"/api/v2/tickets/\d+", "tickets-update", 100, old_spelling=True, body=UPDATE_BODY),
    _endpoint(
        "PUT",
        r"/api/v2/tickets/\d+(/comments/\d+/attachments/\d+/redact)?",
        "per-ticket-updates",
        30,
        seconds=600,
        by_user_and_path=True,
        body=UPDATE_BODY,
    ),
    _endpoint("DELETE", r"/api/v2/tickets/\d+", "tickets-destroy", 400, announced=False),
    _endpoint("GET", r"/api/v2/search", "search-index", 2500),
    _endpoint("GET", r"/api/v2/search/export", "search-export", 100),
    _endpoint("GET", r"/api/v2/deleted_tickets", "deleted-tickets-index", 10),
    _endpoint("DELETE", r"/api/v2/deleted_tickets/\d+", "deleted-tickets-destroy", 1000, old_spelling=True),
    _endpoint("GET", r"/api/v2/ticket_fields", "ticket-fields-index", 20),
    _endpoint("PUT", r"/api/v2/users/\d+", "users-update", 5, by_user_and_path=True),
)


def admit(vendor: Zendesk, call: Call) -> Response | None:
    """Count a call, put the headers on its way, and refuse it where a limit is exceeded."""
    account = vendor.limits.take("account", ACCOUNT_TOTAL)
    _account_headers(call, account)
    refused: tuple[Endpoint, Quota] | None = None
    path = vendor.path(call.request)
    for endpoint in ENDPOINTS:
        if endpoint.method != call.request.method or not endpoint.path.match(path):
            continue
        window = endpoint.header
        if endpoint.by_user_and_path:
            user = call.account.user.id if call.account else 0
            window = f"{window}:{user}:{path.split('/')[4]}"
        quota = vendor.limits.take(window, endpoint.total, endpoint.seconds)
        _endpoint_headers(call, endpoint, quota)
        if quota.exceeded:
            refused = refused or (endpoint, quota)
    if account.exceeded:
        return vendor.throttled(call, account.reset)
    if refused is None:
        return None
    endpoint, quota = refused
    if endpoint.body is None:
        return vendor.throttled(call, quota.reset)
    return reply(endpoint.body, 429, {"Retry-After": str(quota.reset)})


def _endpoint_headers(call: Call, endpoint: Endpoint, quota: Quota) -> None:
    if not endpoint.announced:
        return
    spelled = f"total={quota.total}; remaining={quota.remaining}; resets={quota.reset}"
    call.headers[f"zendesk-ratelimit-{endpoint.header}"] = spelled
    if endpoint.old_spelling:
        call.headers[f"zendesk-rate-limit-{endpoint.header}"] = spelled


def _account_headers(call: Call, quota: Quota) -> None:
    for total, remaining in (
        ("x-rate-limit", "x-rate-limit-remaining"),
        ("ratelimit-limit", "ratelimit-remaining"),
        ("rate-limit", "rate-limit-remaining"),
    ):
        call.headers[total] = str(quota.total)
        call.headers[remaining] = str(quota.remaining)
    call.headers["ratelimit-reset"] = call.headers["rate-limit-reset"] = str(quota.reset)
