"""How a sandbox's credentials become a connection of the configuration; a vendor that stands here is measured."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

Given = Mapping[str, Any]
"""The credentials of every kind that a sandbox hands out."""


def _api_token(given: Given, keep: Callable[[str], str]) -> dict[str, str]:
    account = given["api_token"]
    return {"kind": "api_token", "user": account["user"], "token": keep(account["token"])}


def _basic(given: Given, keep: Callable[[str], str]) -> dict[str, str]:
    account = given["basic"]
    return {"kind": "basic", "user": account["user"], "password": keep(account["password"])}


AUTH: dict[str, Callable[[Given, Callable[[str], str]], dict[str, str]]] = {"zendesk": _api_token, "servicenow": _basic}
"""Vendor -> the settings that let the hub in; the second argument keeps a secret and gives the reference to it."""


def connection(name: str, vendor: str, url: str, credentials: Given) -> dict[str, Any]:
    """Give the settings of a connection; its secret goes where a reference finds it."""

    def keep(secret: str) -> str:
        place = f"BENCHMARK_SECRET_{name.upper()}"
        os.environ[place] = secret
        return f"env:{place}"

    return {"connector": vendor, "url": url, "auth": AUTH[vendor](credentials, keep)}
