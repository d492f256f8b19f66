"""The connector against the sandbox: what single scripted replies cannot show."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from isthmus.connectors.manageengine import ManageEngine
from isthmus.core.connector import Context
from isthmus.core.net.auth import TokenStore
from isthmus.core.net.oauth_flow import grant
from isthmus.sandbox import Running, start


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start("manageengine") as running:
        yield running


def test_a_grant_in_the_browser_lasts(sandbox: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zoho gives a refresh token only where the page was asked for one; without it the grant would end with its hour."""
    given: dict[str, Any] = sandbox.credentials["oauth"]
    monkeypatch.setenv("SDP_SECRET", given["client_secret"])
    auth = {"kind": "oauth", "grant": "refresh_token", "client_id": given["client_id"], "client_secret": "env:SDP_SECRET"}
    place = {"url": sandbox.base_url, "accounts_url": sandbox.base_url, "portal": given["portal"]}
    tokens = TokenStore(tmp_path, "desk")
    desk = ManageEngine(
        ManageEngine.Settings.model_validate({**place, "auth": auth}), Context(connection="desk", tokens=tokens)
    )

    def browse(url: str) -> None:
        browsers.append(threading.Thread(target=lambda: requests.get(url, timeout=10).close()))
        browsers[-1].start()

    browsers: list[threading.Thread] = []
    grant(desk, port=0, show=browse)
    browsers[0].join()
    stored = tokens.load() or {}
    assert stored["refresh_token"].startswith("1000.")
    tokens.save({**stored, "expires_at": 0.0})
    assert desk.identify().account
    assert (tokens.load() or {})["refresh_token"] == stored["refresh_token"]
    desk.close()
