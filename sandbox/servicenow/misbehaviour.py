"""Faults in this vendor's own manner, beyond those that every sandbox injects.

- ``hibernating``: a profile: every path answers 200 with an HTML page, as a sleeping developer instance does.
- With ``flaky``: a POST is answered 403 although the row was inserted (knowledge base KB2697679), and a list is cut short
  with ``error`` beside ``result`` in a 200 (transaction quota).
- With ``throttled``: a read is answered 202, the queue of a session that is in use.
- With ``laggy``: a write is stamped some seconds before it becomes visible, as a long transaction is.

Whether it happens depends on the seed and the request, and never twice for the same request.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from ..faults import Faults

HIBERNATING = "hibernating"
HIBERNATION_PAGE = (
    "<!DOCTYPE html><html><head><title>Instance Hibernating page</title></head>"
    "<body><h1>Your instance is hibernating</h1><p>Sign in to the developer site to wake it up.</p></body></html>"
)
_LATEST = 8.0
"""Seconds by which a commit is late at most."""


class Misbehaviour(Faults):
    """The fault profiles of this vendor: the common ones, and ``hibernating``."""

    def use(self, profile: str | None, seed: int = 1) -> None:
        """Put profiles into force; see the base class.

        Raises:
            ValueError: a name is unknown.
        """
        names = profile.split("+") if profile else []
        common = [name for name in names if name != HIBERNATING]
        super().use("+".join(common) or None, seed)
        self.profiles: frozenset[str] = frozenset(names)
        self.profile = profile or None
        self._hit: set[bytes] = set()
        self._writes = 0

    @property
    def hibernating(self) -> bool:
        """Every path answers with a page."""
        return HIBERNATING in self.profiles

    def strikes(self, profile: str, kind: str, request: bytes, chance: float) -> bool:
        """Decide whether one of this vendor's own faults strikes a request; noted among the injected ones.

        Args:
            profile: the profile that it belongs to.
            kind: its name in the counts.
            request: what makes the request what it is.
            chance: between 0 and 1.
        """
        key = hashlib.blake2b(b"%d:%s:%s" % (self.seed, kind.encode(), request), digest_size=8).digest()
        if profile not in self.profiles or key in self._hit or int.from_bytes(key, "big") / 2**64 >= chance:
            return False
        self._hit.add(key)
        self.injected[kind] += 1
        return True

    def stamp(self, now: datetime) -> datetime:
        """Give the moment with which a write that is visible now is stamped."""
        if "laggy" not in self.profiles:
            return now
        self._writes += 1
        digest = hashlib.blake2b(b"%d:%d" % (self.seed, self._writes), digest_size=2).digest()
        return now - timedelta(seconds=_LATEST * int.from_bytes(digest, "big") / 2**16)
