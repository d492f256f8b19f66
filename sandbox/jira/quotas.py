"""Rate limits of Cloud: bursts by endpoint, writes on one issue, and points by the hour for OAuth apps.

Each is counted in fixed windows on the virtual clock. Good answers tell only that the end is near.
Source: developer.atlassian.com, "Rate limiting" (2026 edition).
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..limits import Quota
from ..vendor import Call, RefusedError, reply
from .auth import GATEWAY
from .records import Issue

if TYPE_CHECKING:
    from .vendor import Jira

BURSTS = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
"""Requests a second, by method."""
BURSTS_OF = {
    "GET /rest/api/3/issue/{issue}": 150,
    "GET /rest/api/3/attachment/content/{attachment}": 300,
    "GET /rest/api/3/issue/{issue}/changelog": 200,
    "POST /rest/api/3/search/approximate-count": 150,
    "GET /rest/servicedeskapi/servicedesk/{desk}/customer": 5,
}
ISSUE_WRITES = ((20, 2), (100, 30))
"""Writes on one issue: (how many, in how many seconds)."""
POINTS = 65_000
"""Points an hour of one app, over all its sites."""
READ_COST = 2
"""Points of a read of an object; a write costs one."""


def admit(vendor: Jira, call: Call) -> Response | None:
    """Count a request; a reply means that it is refused."""
    if vendor.limits.mode == "off":
        return None
    total = BURSTS_OF.get(call.name, BURSTS.get(call.route.method, 100))
    burst = vendor.limits.take(f"burst:{call.name}", total, 1)
    if burst.exceeded:
        return refuse(vendor, burst, "jira-burst-based")
    quotas = [burst]
    if call.request.path.startswith(GATEWAY):
        cost = 1 if call.route.writes else READ_COST
        quotas += [vendor.limits.take("points", POINTS, 3600) for _ in range(cost)]
        if quotas[-1].exceeded:
            return refuse(vendor, quotas[-1], "jira-quota-global-based")
    if any(quota.remaining < quota.total / 5 for quota in quotas):
        call.headers["X-RateLimit-NearLimit"] = "true"
    return None


def admit_write(vendor: Jira, issue: Issue) -> None:
    """Count a write on an issue.

    Raises:
        RefusedError: 429.
    """
    if vendor.limits.mode == "off":
        return
    for total, seconds in ISSUE_WRITES:
        quota = vendor.limits.take(f"issue:{issue.id}:{seconds}", total, seconds)
        if quota.exceeded:
            raise RefusedError(refuse(vendor, quota, "jira-per-issue-on-write"))


def refuse(vendor: Jira, quota: Quota, reason: str) -> Response:
    """Give 429 with the headers of a limit."""
    reset = vendor.clock.now() + timedelta(seconds=quota.reset)
    headers = {
        "Retry-After": str(quota.reset),
        "X-RateLimit-Limit": str(quota.total),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": f"{reset.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "RateLimit-Reason": reason,
    }
    return reply({"errorMessages": ["Rate limit exceeded"], "errors": {}}, 429, headers)
