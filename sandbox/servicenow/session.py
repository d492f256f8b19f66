"""Who asks: the user behind a request, the user's roles, and how the user sees moments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .store import Row, Store
from .zones import Display

PLATFORM = "maint"


@dataclass(frozen=True, slots=True)
class Session:
    """One user at one moment."""

    user: Row
    roles: frozenset[str]
    now: datetime
    """The virtual time, UTC."""
    base_url: str
    """For links."""
    display: Display = field(default_factory=Display)

    @property
    def user_id(self) -> str:
        """The user's sys_id."""
        return self.user["sys_id"]

    @property
    def user_name(self) -> str:
        """The name that ``sys_created_by`` and ``sys_updated_by`` hold."""
        return self.user.get("user_name", "")

    @property
    def is_platform(self) -> bool:
        """Is the platform itself: a job or a rule, which no data policy binds."""
        return PLATFORM in self.roles

    @property
    def is_admin(self) -> bool:
        """Passes every access rule."""
        return bool(self.roles & {"admin", PLATFORM})

    @property
    def is_fulfiller(self) -> bool:
        """Works on tickets."""
        return bool(self.roles & {"admin", "itil", PLATFORM})


def open_session(store: Store, user: Row, now: datetime, base_url: str) -> Session:
    """Give the session of a user; what the user's record leaves open comes from the instance's properties."""
    display = Display(
        user.get("time_zone") or store.property("glide.sys.default.tz", "GMT"),
        user.get("date_format") or store.property("glide.sys.date_format", "yyyy-MM-dd"),
        user.get("time_format") or store.property("glide.sys.time_format", "HH:mm:ss"),
    )
    return Session(user, frozenset(roles_of(store, user["sys_id"])), now, base_url, display)


def platform_session(user: Row, now: datetime, base_url: str) -> Session:
    """Give the session in which a job or a rule writes.

    Args:
        user: the row of the user ``system``.
        now: the virtual time.
        base_url: for links.
    """
    return Session(user, frozenset({PLATFORM}), now, base_url)


def roles_of(store: Store, user_id: str) -> set[str]:
    """Give the names of a user's roles."""
    roles = store["sys_user_role"].rows
    held = (row.get("role", "") for row in store["sys_user_has_role"].where("user", user_id))
    return {roles[role].get("name", "") for role in held if role in roles}
