"""Fault profiles: how a sandbox misbehaves, by name, the same way for the same seed.

====================  ==================================================================================================
``flaky``             5xx in JSON and HTML, connection resets, no reply, cut bodies; a write is refused before it was
                      stored, or stored with its reply lost
``throttled``         429 in the vendor's manner, with and without ``Retry-After``
``laggy``             the search index and the export show changes late
``strict``            extra mandatory fields
``rules``             the vendor answers writes with writes of its own
====================  ==================================================================================================

Several profiles are joined by ``+``. Whether a request fails depends on the seed, the request and how often it came, never
on other requests, so threads do not change it. The reply to a POST that stores no record (a token, a search) is never lost:
a rotated token would be lost with it, and no client could get through. One logical request (method, path, query, body)
never fails more than :data:`MOST_IN_A_ROW` times in a row, so that a client that retries gets through.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

PROFILES = ("flaky", "throttled", "laggy", "strict", "rules")
MOST_IN_A_ROW = 3


class Fault(StrEnum):
    """What happens to one request."""

    ERROR = "error"
    """The vendor's own 500, before anything was stored."""
    UNAVAILABLE = "unavailable"
    """An HTML page of a proxy, before anything was stored."""
    RESET = "reset"
    """The connection is reset before anything was stored."""
    SILENCE = "silence"
    """No reply, and the connection ends after a while; nothing was stored."""
    CUT = "cut"
    """The reply's body ends too early; the request was carried out."""
    LOST_ERROR = "lost error"
    """The request was carried out, and the reply is a proxy's HTML page."""
    LOST_RESET = "lost reset"
    """The request was carried out, and the connection is reset."""
    LOST_SILENCE = "lost silence"
    """The request was carried out, and no reply comes."""
    THROTTLED = "throttled"
    """429 with ``Retry-After``."""
    THROTTLED_BARE = "throttled bare"
    """429 without it."""


CARRIED_OUT = frozenset({Fault.CUT, Fault.LOST_ERROR, Fault.LOST_RESET, Fault.LOST_SILENCE})
"""Faults that come after the handler has run."""

_READ: dict[str, tuple[tuple[Fault, float], ...]] = {
    "flaky": (
        (Fault.ERROR, 0.03),
        (Fault.UNAVAILABLE, 0.03),
        (Fault.RESET, 0.02),
        (Fault.SILENCE, 0.004),
        (Fault.CUT, 0.02),
    ),
    "throttled": ((Fault.THROTTLED, 0.08), (Fault.THROTTLED_BARE, 0.04)),
}
_WRITE: dict[str, tuple[tuple[Fault, float], ...]] = {
    "flaky": (
        (Fault.ERROR, 0.02),
        (Fault.UNAVAILABLE, 0.02),
        (Fault.RESET, 0.02),
        (Fault.SILENCE, 0.002),
        (Fault.CUT, 0.01),
        (Fault.LOST_ERROR, 0.02),
        (Fault.LOST_RESET, 0.02),
        (Fault.LOST_SILENCE, 0.002),
    ),
    "throttled": ((Fault.THROTTLED, 0.08), (Fault.THROTTLED_BARE, 0.04)),
}
_LAG_SECONDS = 30.0


@dataclass(slots=True)
class _Seen:
    times: int = 0
    in_a_row: int = 0


class Faults:
    """The faults of one vendor: the profiles in force, and what was injected so far."""

    def __init__(self, profile: str | None = None, seed: int = 1) -> None:
        """Put profiles into force; see :meth:`use`."""
        self.injected: Counter[str] = Counter()
        self.hold = 1.0
        """Real seconds for which ``silence`` keeps the client waiting before the connection ends."""
        self.use(profile, seed)

    def use(self, profile: str | None, seed: int = 1) -> None:
        """Put other profiles into force and forget which requests failed.

        Raises:
            ValueError: a name is unknown.
        """
        names = tuple(profile.split("+")) if profile else ()
        unknown = [name for name in names if name not in PROFILES]
        if unknown:
            raise ValueError(f"unknown fault profile {unknown[0]!r}; known are: {', '.join(PROFILES)}")
        self.profiles = frozenset(names)
        self.profile = profile or None
        self.seed = seed
        self._seen: dict[bytes, _Seen] = {}

    @property
    def index_lag(self) -> float:
        """Seconds for which the search index does not see a change, beyond the vendor's usual."""
        return _LAG_SECONDS if "laggy" in self.profiles else 0.0

    @property
    def export_lag(self) -> float:
        """Seconds for which exports and change lists do not see a change, beyond the vendor's usual."""
        return _LAG_SECONDS if "laggy" in self.profiles else 0.0

    @property
    def strict(self) -> bool:
        """The vendor has extra mandatory fields."""
        return "strict" in self.profiles

    @property
    def rules(self) -> bool:
        """The vendor answers writes with writes of its own."""
        return "rules" in self.profiles

    def draw(self, method: str, target: str, body: bytes, *, write: bool) -> Fault | None:
        """Decide what happens to one request.

        Args:
            method: the HTTP method.
            target: path and query.
            body: the raw body.
            write: the request stores something.
        """
        table = _WRITE if write else _READ
        odds = [pair for name in ("flaky", "throttled") if name in self.profiles for pair in table[name]]
        if not write and method not in {"GET", "HEAD"}:
            odds = [(fault, chance) for fault, chance in odds if fault not in CARRIED_OUT]
        if not odds:
            return None
        key = hashlib.blake2b(b"\0".join((method.encode(), target.encode(), body)), digest_size=16).digest()
        seen = self._seen.setdefault(key, _Seen())
        seen.times += 1
        fault = None if seen.in_a_row >= MOST_IN_A_ROW else self._roll(key, seen.times, odds)
        seen.in_a_row = 0 if fault is None else seen.in_a_row + 1
        if fault is not None:
            self.injected[fault.value] += 1
        return fault

    def _roll(self, key: bytes, times: int, odds: list[tuple[Fault, float]]) -> Fault | None:
        digest = hashlib.blake2b(b"%d:%d:%s" % (self.seed, times, key), digest_size=8).digest()
        number = int.from_bytes(digest, "big") / 2**64
        for fault, chance in odds:
            if number < chance:
                return fault
            number -= chance
        return None
