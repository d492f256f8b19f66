"""Rate limits: by minute for the whole account, and for the busiest calls by themselves.

Totals are those of the Enterprise plan (api.freshservice.com, "Rate limit"). The headers tell of the call's own limit where
it has one, else of the account's (recorded). Side-loads cost more: two for each on a list, one for each on a single
ticket, its conversations two. Refused requests count too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..limits import Quota
from ..vendor import Call

if TYPE_CHECKING:
    from .vendor import Freshservice

ACCOUNT_TOTAL = 500
ENDPOINTS = {
    "GET /api/v2/tickets": ("tickets-list", 140),
    "GET /api/v2/tickets/filter": ("tickets-list", 140),
    "GET /api/v2/tickets/{ticket_id}": ("tickets-view", 160),
    "POST /api/v2/tickets": ("tickets-create", 160),
    "PUT /api/v2/tickets/{ticket_id}": ("tickets-update", 160),
    "GET /api/v2/agents": ("agents-list", 140),
    "GET /api/v2/requesters": ("requesters-list", 140),
    "GET /api/v2/assets": ("assets-list", 140),
}
LISTS = frozenset({"GET /api/v2/tickets", "GET /api/v2/tickets/filter"})
BODY = b'{"message":"You have exceeded the limit of requests per minute"}'


def cost(call: Call) -> int:
    """Give how many credits a request uses."""
    if not call.name.startswith("GET /api/v2/tickets"):
        return 1
    included = [name.strip() for name in call.request.args.get("include", "").split(",") if name.strip()]
    if call.name in LISTS:
        return 1 + 2 * len(included)
    return 1 + len(included) + ("conversations" in included)


def admit(vendor: Freshservice, call: Call) -> Response | None:
    """Count a request, put the headers on its way, and refuse it where a limit is exceeded."""
    credits_ = cost(call)
    whole = _take(vendor, "account", ACCOUNT_TOTAL, credits_)
    told = whole
    if call.name in ENDPOINTS:
        window, total = ENDPOINTS[call.name]
        told = _take(vendor, window, total, credits_)
    call.headers["x-ratelimit-total"] = str(told.total)
    call.headers["x-ratelimit-remaining"] = str(told.remaining)
    call.headers["x-ratelimit-used-currentrequest"] = str(credits_)
    if whole.exceeded or told.exceeded:
        return vendor.throttled(call, max(whole.reset if whole.exceeded else 0, told.reset if told.exceeded else 0))
    return None


def _take(vendor: Freshservice, window: str, total: int, times: int) -> Quota:
    quota = vendor.limits.take(window, total)
    for _ in range(times - 1):
        quota = vendor.limits.take(window, total)
    return quota
