"""Who calls, through which door, and what that person may do.

* API token (Cloud): basic, ``email:token``, at the site's own address.
* Scoped API token (Cloud): basic as well, at ``/ex/jira/{cloudId}`` only; the site's own address refuses it.
* OAuth 2.0 (3LO) of Cloud: ``Bearer`` at ``/ex/jira/{cloudId}``; a token carries scopes.
* Personal access token (Data Center): ``Bearer`` at the site's own address. User and password (Data Center): basic, with
  the username. What is reached with either behaves as Data Center: version 2 only, people have ``name`` and ``key``.
* Customers reach the service desk API only; people without the agent licence are refused there with an empty 403.
* Some reads answer callers without credentials: as if there were nothing.

Source: developer.atlassian.com, "Basic auth for REST APIs", "OAuth 2.0 (3LO) apps"; Data Center, "Personal access tokens".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request

from ..vendor import Call
from . import times
from .errors import desk, gateway, no_licence, platform, unauthenticated
from .records import User
from .site import CLOUD_ID

if TYPE_CHECKING:
    from .vendor import Jira

GATEWAY = f"/ex/jira/{CLOUD_ID}"
VERSION = re.compile(r"/rest/api/(2|3|latest)(?=/|$)")
ANONYMOUS = frozenset(
    ["/rest/api/3/search/jql", "/rest/api/3/issue/<issue>", "/rest/api/3/project/search", "/rest/api/3/field"]
)
"""Routes that answer callers without credentials."""
FOR_ADMINS = frozenset(["/rest/servicedeskapi/customer", "/rest/api/3/field"])
"""Routes whose writes need an administrator."""
CLOUD_ONLY = re.compile(
    r"/rest/api/3/(search/(jql|approximate-count)|issue/bulkfetch|changelog/bulkfetch|comment/list|bulk/|jql/"
    r"|priority/search"
    r"|statuses/|resolution/search|project/search|issue/<issue>/changelog|user/bulk|group/bulk|users/search)"
)
DATA_CENTER_ONLY = frozenset(["/rest/api/3/search"])


def secret(kind: str, subject: str) -> str:
    """Give a made-up secret of an emulated account, always the same."""
    digest = hashlib.sha256(f"{kind}:{subject}".encode()).hexdigest()
    return {
        "api_token": f"ATATT3x{digest[:40]}",
        "pat": f"NjQ{digest[:41]}",
        "scoped": f"ATSTT3x{digest[:40]}",
        "password": f"pw-{digest[:20]}",
    }[kind]


@dataclass(frozen=True, slots=True)
class Session:
    """One caller for one request."""

    user: User | None
    """None without credentials."""
    version: int
    """Of the platform API: 2 or 3."""
    base: str
    """Of ``self`` links."""
    data_center: bool = False
    scopes: frozenset[str] | None = None
    """None: all."""

    @property
    def zone(self) -> tzinfo:
        """The time zone of the caller's profile."""
        return times.zone(self.user.zone if self.user else "Etc/UTC")

    @property
    def account_id(self) -> str:
        """The caller's account id; empty without credentials."""
        return self.user.account_id if self.user else ""

    @property
    def who(self) -> User:
        """The caller, where it is known that there is one."""
        assert self.user is not None
        return self.user

    @property
    def is_licensed(self) -> bool:
        """May see what the platform holds."""
        return self.user is not None and self.user.is_licensed

    @property
    def is_agent(self) -> bool:
        """Works in the service desk."""
        return self.user is not None and self.user.is_agent

    @property
    def is_admin(self) -> bool:
        """Administers the site."""
        return self.user is not None and self.user.role == "admin"


def inner_path(path: str) -> str:
    """Give the path to route by: without the gateway's prefix, with version 3 for every version of the platform API."""
    return VERSION.sub("/rest/api/3", path.removeprefix(GATEWAY), count=1)


def authenticate(vendor: Jira, call: Call) -> Session:
    """Find out who calls, and whether that person may make the call.

    Raises:
        RefusedError: 401, 403 or 404.
    """
    session = session_of(vendor, call.request)
    if session.user is None and call.route.rule not in ANONYMOUS:
        raise _stranger(call)
    _authorize(session, call)
    return session


def session_of(vendor: Jira, request: Request) -> Session:
    """Give the session behind a request; without a user where it has no credentials.

    Raises:
        RefusedError: 401.
    """
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    through_gateway = request.path.startswith(GATEWAY)
    found = VERSION.search(request.path)
    version = 2 if found and found[1] != "3" else 3
    base = vendor.base_url + (GATEWAY if through_gateway else "")
    user, scopes, data_center = None, None, False
    if through_gateway:
        if kind.lower() == "basic":
            login, word = _pair(value)
            user = vendor.state.user_with_email(login)
            grant = (user, None) if user is not None and word == secret("scoped", user.email) else None
        else:
            grant = vendor.grants.account(value.strip()) if kind.lower() == "bearer" else None
        if grant is None:
            raise gateway(401, "Unauthorized")
        user, scopes = grant
    elif kind.lower() == "bearer":
        user, data_center = _by_pat(vendor, value.strip()), True
    elif kind.lower() == "basic":
        user, data_center = _by_basic(vendor, value)
    if kind and (user is None or not user.active):
        raise unauthenticated()
    return Session(user, version, base, data_center, scopes)


def _stranger(call: Call) -> Exception:
    if "/servicedeskapi/" in call.route.rule:
        return desk(401, "You are not logged in.", "sd.error.unauthenticated")
    return unauthenticated()


def _by_pat(vendor: Jira, token: str) -> User | None:
    return next((user for user in vendor.state.users.values() if user.email and token == secret("pat", user.email)), None)


def _pair(value: str) -> tuple[str, str]:
    try:
        login, _, word = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return login, word


def _by_basic(vendor: Jira, value: str) -> tuple[User | None, bool]:
    login, word = _pair(value)
    user = vendor.state.user_with_email(login)
    if user is not None:
        return (user if word == secret("api_token", user.email) else None), False
    user = vendor.state.user_named(login)
    fits = user is not None and bool(user.email) and word == secret("password", user.email)
    return (user if fits else None), True


def _authorize(session: Session, call: Call) -> None:
    rule, reads = call.route.rule, not call.route.writes
    if session.data_center and (CLOUD_ONLY.match(rule) or (session.version == 3 and rule.startswith("/rest/api/"))):
        raise platform(404, "Not Found")
    if not session.data_center and rule in DATA_CENTER_ONLY:
        raise platform(
            410,
            "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
            " A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046",
        )
    if session.scopes is not None and not _in_scope(session.scopes, rule, reads=reads):
        raise gateway(401, "Unauthorized; scope does not match")
    if session.user is None:
        return
    if rule.startswith("/rest/servicedeskapi/") and session.user.role == "user" and not rule.endswith("/info"):
        raise no_licence()
    if rule in FOR_ADMINS and not reads and not session.is_admin:
        raise platform(403, "You do not have permission to perform this operation.")


def _in_scope(scopes: frozenset[str], rule: str, *, reads: bool) -> bool:
    if "/servicedeskapi/" in rule:
        if re.search(r"/(customer|organization)\b", rule) and not reads:
            return "manage:servicedesk-customer" in scopes
        return ("read:servicedesk-request" if reads else "write:servicedesk-request") in scopes
    if re.search(r"/(user|users|myself|group|groups)\b", rule):
        return "read:jira-user" in scopes
    return ("read:jira-work" if reads else "write:jira-work") in scopes
