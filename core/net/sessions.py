"""HTTP sessions that take nothing from their surroundings."""

from __future__ import annotations

import urllib.request
from http.cookiejar import Cookie, DefaultCookiePolicy

import requests


def plain_session() -> requests.Session:
    """Give a session without proxies, ``.netrc`` and cookies, that verifies TLS whatever the environment says."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(_NoCookies())
    return session


class _NoCookies(DefaultCookiePolicy):
    """Keeps no cookie: a session shared through cookies is served one call at a time by some vendors."""

    def set_ok(self, cookie: Cookie, request: urllib.request.Request) -> bool:
        return False
