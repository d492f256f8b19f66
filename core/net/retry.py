"""What is tried again, and after which wait: bounded in number and in time.

Reads are tried again after any passing fault. A write is tried again only where nothing can have happened at the vendor: it
was never sent, it was refused for its rate (429), or the caller says that repeating it does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from ..errors import RateLimitedError, UnavailableError
from .budget import LONGEST_WAIT

ATTEMPTS: Final = 6
_SECONDS = re.compile(r"\d{1,9}(\.\d+)?", re.ASCII)
_backoff = wait_random_exponential(multiplier=0.5, max=30)


def retrying(*, safe: bool, sleep: Callable[[float], None]) -> Retrying:
    """Give the policy for one call.

    Args:
        safe: a second sending does no harm.
        sleep: waits; injectable.
    """
    return Retrying(
        retry=retry_if_exception(lambda error: _worth_repeating(error, safe=safe)),
        stop=_enough,
        wait=_wait,
        sleep=sleep,
        reraise=True,
    )


def http_date(text: str) -> datetime | None:
    """Read an HTTP date (RFC 9110, 5.6.7), or give None where it is none. One without a zone is in UTC."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def retry_after(headers: Mapping[str, str], vendor_now: datetime) -> float | None:
    """Read ``Retry-After`` (RFC 9110, 10.2.3): the seconds to wait, or None where it is absent or makes no sense.

    Args:
        headers: of the reply.
        vendor_now: the present moment on the vendor's clock, which a date is measured against.
    """
    stated = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(stated):
        return float(stated)
    moment = http_date(stated)
    return None if moment is None else max((moment - vendor_now).total_seconds(), 0.0)


def _worth_repeating(error: BaseException, *, safe: bool) -> bool:
    if isinstance(error, RateLimitedError):
        return True
    return isinstance(error, UnavailableError) and (safe or not error.maybe_applied)


def _wait(state: RetryCallState) -> float:
    """Wait as the vendor asks, and longer with every attempt where it does not."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, RateLimitedError | UnavailableError) else None
    return asked or _backoff(state)


def _enough(state: RetryCallState) -> bool:
    return state.attempt_number >= ATTEMPTS or state.idle_for + state.upcoming_sleep > LONGEST_WAIT
