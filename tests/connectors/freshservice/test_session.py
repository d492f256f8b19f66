from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import responses
from isthmus.connectors.freshservice import Freshservice
from isthmus.connectors.freshservice.api import Minutes, signer_for, vendor_words
from isthmus.core.connector import ConnectionSettings, Context
from isthmus.core.errors import (
    AuthenticationError,
    ConfigError,
    ForbiddenError,
    RateLimitedError,
    RejectedError,
    StaleVersionError,
    UnexpectedReplyError,
)
from isthmus.core.net.auth import TokenStore
from isthmus.core.net.budget import Limit
from pydantic import ValidationError

ORG = "https://acme.myfreshworks.com"
OAUTH = {
    "kind": "oauth",
    "grant": "refresh_token",
    "client_id": "fw_ext_1",
    "client_secret": "env:FS_SECRET",
    "refresh_token": "env:FS_REFRESH",
}
Make = Callable[..., Freshservice]


def test_an_api_key_is_the_user_of_basic_authentication(make: Make, desk: Any) -> None:
    desk.get("tickets", (200, {"x-ratelimit-total": "140", "x-ratelimit-remaining": "139"}, {"tickets": []}))
    for path, key in (("requesters", "requesters"), ("assets", "assets"), ("workspaces", "workspaces")):
        desk.get(path, {key: []})
    health = make().check()
    assert base64.b64decode(desk.headers[0]["Authorization"].removeprefix("Basic ")) == b"key-of-acme:X"
    assert (health.account, health.account_id, health.zone) == ("hub@example.com", "11", "UTC")
    assert "ticket lists: 139 of 140 left" in health.limits
    assert health.warnings == ("resolving demands category: fill what may be empty under 'required' in the mapping",)


def test_what_the_account_may_not_read_is_told_with_its_fix(make: Make, desk: Any) -> None:
    desk.get("tickets", {"tickets": []})
    refused = (403, {}, {"code": "access_denied", "message": "You are not authorized to perform this action."})
    for path in ("agents", "groups", "requesters", "assets", "workspaces", "ticket_form_fields"):
        desk.get(path, refused)
    health = make().check()
    for right in ("agents.manage", "agentgroups", "requesters.view", "assets.view", "workspaces.view", "fields.manage"):
        assert [words for words in health.warnings if right in words]
    assert make().fields() == []


def test_a_clock_that_is_off_is_told(make: Make, desk: Any) -> None:
    desk.get("agents/me", (200, {"Date": "Wed, 06 May 2026 09:05:00 GMT"}, {"agent": {"id": 11, "first_name": "Hub"}}))
    desk.get("tickets", (200, {"Date": "Wed, 06 May 2026 09:05:00 GMT"}, {"tickets": []}))
    stamped = (404, {"Date": "Wed, 06 May 2026 09:05:00 GMT"}, "")
    for path in ("agents", "groups", "requesters", "assets", "workspaces", "ticket_form_fields"):
        desk.get(path, stamped)
    health = make().check()
    assert health.account == "Hub"
    assert [words for words in health.warnings if "+300 s" in words]


def test_an_account_that_may_read_no_ticket_cannot_work(make: Make, desk: Any) -> None:
    desk.get("tickets", (403, {}, {"code": "access_denied", "message": "no"}))
    with pytest.raises(ForbiddenError, match="no"):
        make().check()


def test_a_wrong_address_is_told(make: Make, desk: Any) -> None:
    desk.get("agents/me", (404, {}, ""))
    with pytest.raises(UnexpectedReplyError, match="url"):
        make().identify()
    desk.get("agents/me", (200, {"Content-Type": "text/html"}, "<html>Log in</html>"))
    with pytest.raises(UnexpectedReplyError, match="login page"):
        make().identify()
    desk.get("agents/me", {"nothing": 1})
    with pytest.raises(UnexpectedReplyError, match="holds no 'agent'"):
        make().identify()


def test_refused_credentials_keep_the_vendors_words(make: Make, desk: Any) -> None:
    desk.get("agents/me", (401, {}, {"code": "invalid_credentials", "message": "You have to be logged in"}))
    with pytest.raises(AuthenticationError, match="You have to be logged in"):
        make().check()


# -- OAuth


def test_a_refresh_token_is_exchanged_at_the_organisations_host(
    make: Make, desk: Any, wire: responses.RequestsMock
) -> None:
    pair = {"access_token": "token-one", "refresh_token": "rotated-one", "expires_in": 1800}
    wire.post(f"{ORG}/org/oauth/v2/token", json=pair)
    connector = make(OAUTH, org_url=ORG)
    connector.identify()
    exchange = next(call.request for call in wire.calls if call.request.url.startswith(ORG))
    assert base64.b64decode(exchange.headers["Authorization"].removeprefix("Basic ")) == b"fw_ext_1:secret-of-acme"
    sent = json.loads(exchange.body)
    assert sent.keys() == {"grant_type", "refresh_token", "scope"}
    assert (sent["grant_type"], sent["refresh_token"]) == ("refresh_token", "refresh-of-acme")
    assert "freshservice.tickets.view" in sent["scope"]
    assert desk.headers[0]["Authorization"] == "Bearer token-one"
    endpoint = connector.authorization()
    assert endpoint is not None
    assert endpoint.url == f"{ORG}/org/oauth/v2/authorize"
    assert "agents.manage" in (endpoint.scope or "")


def test_oauth_needs_the_organisations_host(make: Make) -> None:
    with pytest.raises(ValidationError, match="oauth-authorization-server"):
        make(OAUTH)


@pytest.mark.parametrize(
    "auth",
    [
        {"kind": "basic", "user": "x", "password": "env:FS_KEY"},
        {**OAUTH, "grant": "client_credentials"},
    ],
)
def test_other_credentials_are_refused_by_the_settings(make: Make, auth: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="api_key"):
        make(auth, org_url=ORG)


def test_other_credentials_are_refused_whatever_the_settings(tmp_path: Any, wire: responses.RequestsMock) -> None:
    settings = ConnectionSettings.model_validate({"url": "https://x.example", "auth": {**OAUTH}})
    context = Context(connection="desk", tokens=TokenStore(tmp_path, "desk"))
    with pytest.raises(ConfigError, match="api_key or oauth"):
        signer_for(settings, context, None)


def test_no_organisation_no_grant(make: Make) -> None:
    assert make().authorization() is None


# -- limits and errors


def test_a_throttled_call_waits_as_told(make: Make, desk: Any, slept: list[float]) -> None:
    agent = {"agent": {"id": 11, "first_name": "Hub"}}
    desk.get(
        "agents/me", (429, {"Retry-After": "17"}, {"message": "You have exceeded the limit of requests per minute"}), agent
    )
    make().identify()
    assert slept == [17.0]


def test_a_limit_of_one_endpoint_does_not_hold_up_others(make: Make, desk: Any, slept: list[float], ticket: Any) -> None:
    spent = {"x-ratelimit-total": "160", "x-ratelimit-remaining": "0"}
    desk.get("tickets/7", (200, spent, {"ticket": ticket(7)}))
    connector = make(associations=False, satisfaction=False)
    connector.fetch(["7"])
    connector.groups()
    assert slept == []
    connector.fetch(["7"])
    assert len(slept) == 1
    assert 0 < slept[0] <= 60


def test_a_share_leaves_the_rest_to_others(make: Make, desk: Any, slept: list[float]) -> None:
    half = {"x-ratelimit-total": "100", "x-ratelimit-remaining": "50"}
    desk.get("agents/me", (200, half, {"agent": {"id": 11, "first_name": "Hub"}}))
    connector = make(share=0.5)
    connector.identify()
    connector.identify()
    connector.calls()
    assert slept == []
    connector.groups()
    assert min(slept) > 0


def test_the_minute_is_timed_by_the_count_that_goes_up_again() -> None:
    clock = [100.0]
    minutes = Minutes(lambda: clock[0])

    def told(left: str) -> list[Limit]:
        return minutes.read("views", {"x-ratelimit-total": "160", "x-ratelimit-remaining": left})

    assert told("159") == [Limit("views", 160, 159, 60.0)]
    clock[0] = 130.0
    assert told("3") == [Limit("views", 160, 3, 30.0)]
    clock[0] = 150.0
    assert told("158") == [Limit("views", 160, 158, 60.0)]
    clock[0] = 220.0
    assert told("157") == [Limit("views", 160, 157, 60.0)]
    assert minutes.read("views", {"x-ratelimit-total": "many"}) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            {
                "description": "Validation failed",
                "errors": [{"field": "status", "message": "Bad", "code": "invalid_value"}],
            },
            "status: Bad (invalid_value)",
        ),
        ({"code": "require_feature", "message": "The feature is off"}, "The feature is off"),
        ({"description": "Validation failed"}, "Validation failed"),
        ({"code": "x"}, "x"),
        ([], ""),
    ],
)
def test_the_vendors_words_are_found_in_each_shape(data: Any, words: str) -> None:
    assert vendor_words(data) == words


def test_what_statuses_mean(make: Make, desk: Any) -> None:
    connector = make()
    for status, error in ((409, StaleVersionError), (415, RejectedError), (405, RejectedError)):
        desk.get("agents/me", (status, {}, {"message": "words"}))
        with pytest.raises(error, match="words"):
            connector.identify()
    desk.get("agents/me", (429, {"Retry-After": "9999"}, {}))
    with pytest.raises(RateLimitedError):
        connector.identify()
    assert connector.calls()["GET /api/v2/agents/me"] >= 4
