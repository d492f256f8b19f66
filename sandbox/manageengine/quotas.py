"""Rate limits, as far as they are known; the figures are none of the vendor's, who publishes none.

* Cloud: calls to one operation within a minute, for each user; beyond it the operation is locked for a minute, with HTTP
  429 and code 4015.
* On-premises: calls to one URL within a minute; beyond it HTTP 400 with a text, no ``Retry-After``.

Source: manageengine.com, sdpod-v3-api, common error codes; pitstop.manageengine.com, dynamic throttling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call
from .errors import failure, message, throttled_text
from .flavour import flavour_of

if TYPE_CHECKING:
    from .vendor import ManageEngine

CLOUD_PER_MINUTE = 30
SERVER_PER_MINUTE = 60
LOCK_SECONDS = 60
LIMIT_TEXT = "API rate limit reached"


def too_many(retry_after: int | None) -> Response:
    """Give the Cloud's 429."""
    headers = None if retry_after is None else {"Retry-After": str(retry_after)}
    return failure(429, message(4015, LIMIT_TEXT), headers=headers)


def admit(vendor: ManageEngine, call: Call) -> Response | None:
    """Count a call, and refuse it where a limit is exceeded or the operation is still locked."""
    if vendor.limits.mode == "off" or call.account is None:
        return None
    user, flavour, now = call.account.user.number, flavour_of(call), vendor.now()
    if not flavour.cloud:
        quota = vendor.limits.take(f"{call.request.method} {call.request.path}", SERVER_PER_MINUTE)
        return throttled_text() if quota.exceeded else None
    window = f"{call.name}:{user}"
    locked = vendor.locks.get(window, 0)
    if locked <= now:
        if not vendor.limits.take(window, CLOUD_PER_MINUTE).exceeded:
            return None
        vendor.locks[window] = locked = now + LOCK_SECONDS * 1000
    return too_many(max(1, (locked - now + 999) // 1000))
