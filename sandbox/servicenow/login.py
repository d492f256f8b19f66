"""Logging in: basic, bearer and API key; every failure is the same 401."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request

from .accounts import same
from .replies import unauthenticated

if TYPE_CHECKING:
    from .instance import ServiceNow

API_KEY = "x-sn-apikey"


def log_in(vendor: ServiceNow, request: Request) -> str:
    """Give the ``user_name`` behind a request.

    Raises:
        RefusedError: 401: no credentials or wrong ones, or the user is inactive or locked out.
    """
    found = _claimed(vendor, request)
    user = vendor.user(found) if found else None
    if user is None:
        raise unauthenticated()
    return user.get("user_name", "")


def _claimed(vendor: ServiceNow, request: Request) -> str | None:
    key = request.headers.get(API_KEY)
    if key is not None:
        return vendor.accounts.application_user if same(key, vendor.accounts.api_key) else None
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return vendor.accounts.bearer(rest.strip(), vendor.clock.now())
        case "basic":
            user_name, password = _pair(rest)
            return user_name if vendor.accounts.password_fits(user_name, password) else None
        case _:
            return None


def _pair(text: str) -> tuple[str, str]:
    try:
        user_name, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user_name, password
