"""Faults in this vendor's own manner, beyond those that every sandbox injects.

Profiles of its own: ``soft_login`` (a failed login is 200 with ``X-AR-Messages``), ``one_session`` (only the latest
token of a login is served; another one gets 500 with 9093), ``silent_create`` (201 without a body although ``fields``
was given, as servers from about 25.2 answer), ``https_only`` (plain HTTP is refused with 403 and an object).

- With ``flaky``: a list is answered 200 with the array of an error (old servers), a create is answered 500 with 92
  although the row was stored, and a token is forgotten before its time (a server of the group was restarted).
- With ``laggy``: a save is stamped some seconds before it becomes visible, as one with long workflow is.

Whether it happens depends on the seed and the request, and never twice for the same request.
"""

from __future__ import annotations

import hashlib

from ..faults import Faults

OWN = frozenset({"soft_login", "one_session", "silent_create", "https_only"})
_LATEST = 4
"""Seconds by which a save is late at most."""
_FRESH = 20
"""Requests for which a token is fresh: more than a client has in flight at once."""


class Misbehaviour(Faults):
    """The fault profiles of this vendor: the common ones, and its own."""

    def use(self, profile: str | None, seed: int = 1) -> None:
        """Put profiles into force; see the base class.

        Raises:
            ValueError: a name is unknown.
        """
        names = profile.split("+") if profile else []
        super().use("+".join(name for name in names if name not in OWN) or None, seed)
        self.profiles: frozenset[str] = frozenset(names)
        self.profile = profile or None
        self._hit: set[bytes] = set()
        self._saves = 0

    @property
    def soft_login(self) -> bool:
        """A failed login looks like a success."""
        return "soft_login" in self.profiles

    @property
    def one_session(self) -> bool:
        """Only the latest token of a login is served."""
        return "one_session" in self.profiles

    @property
    def silent_create(self) -> bool:
        """A create has no body in its reply."""
        return "silent_create" in self.profiles

    @property
    def https_only(self) -> bool:
        """Plain HTTP is refused."""
        return "https_only" in self.profiles

    def forgets(self, request: bytes, served: int) -> bool:
        """Decide whether the token of a request is forgotten; never a fresh one: a client that logs in again gets through.

        Args:
            request: what is asked.
            served: how many requests the token has let in.
        """
        return served >= _FRESH and self._strikes("token forgotten", request, 0.01)

    def lies(self, request: bytes) -> bool:
        """Decide whether a list is answered 200 with an error."""
        return self._strikes("error in a 200", request, 0.02)

    def times_out(self, request: bytes) -> bool:
        """Decide whether a create is answered with a time-out although it was stored."""
        return self._strikes("timed out although stored", request, 0.03)

    def _strikes(self, kind: str, request: bytes, chance: float) -> bool:
        key = hashlib.blake2b(b"%d:%s:%s" % (self.seed, kind.encode(), request), digest_size=8).digest()
        if "flaky" not in self.profiles or key in self._hit or int.from_bytes(key, "big") / 2**64 >= chance:
            return False
        self._hit.add(key)
        self.injected[kind] += 1
        return True

    def stamp(self, now: int) -> int:
        """Give the moment with which a save that is visible now is stamped."""
        if "laggy" not in self.profiles:
            return now
        self._saves += 1
        digest = hashlib.blake2b(b"%d:%d" % (self.seed, self._saves), digest_size=2).digest()
        return now - int.from_bytes(digest, "big") * (_LATEST + 1) // 2**16
