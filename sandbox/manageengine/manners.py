"""Faults in this vendor's own manner, beyond those that every sandbox injects.

- ``narrow``: a profile: the list of requests is that of builds which refuse an array of one criterion, and a criterion on
  a time beside others.
- With ``flaky``: a write that was not carried out is answered with HTTP 200, and only ``response_status`` tells.

Whether it happens depends on the seed and the request, and never twice for the same request.
"""

from __future__ import annotations

import hashlib

from ..faults import Faults

NARROW = "narrow"
QUIET_REFUSAL = "refused with 200"
CHANCE = 0.03


class Manners(Faults):
    """The fault profiles of this vendor: the common ones, and ``narrow``."""

    def use(self, profile: str | None, seed: int = 1) -> None:
        """Put profiles into force; see the base class.

        Raises:
            ValueError: a name is unknown.
        """
        names = profile.split("+") if profile else []
        common = [name for name in names if name != NARROW]
        super().use("+".join(common) or None, seed)
        self.profiles: frozenset[str] = frozenset(names)
        self.profile = profile or None
        self._hit: set[bytes] = set()

    @property
    def narrow(self) -> bool:
        """Lists refuse what some builds refuse."""
        return NARROW in self.profiles

    def refuses_quietly(self, request: bytes) -> bool:
        """Decide whether a write fails inside a 200; noted among the injected faults."""
        key = hashlib.blake2b(b"%d:%s" % (self.seed, request), digest_size=8).digest()
        if "flaky" not in self.profiles or key in self._hit or int.from_bytes(key, "big") / 2**64 >= CHANCE:
            return False
        self._hit.add(key)
        self.injected[QUIET_REFUSAL] += 1
        return True
