from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable

import pytest
import responses
from isthmus.connectors.zendesk import Zendesk
from isthmus.connectors.zendesk.api import dropped_keys, read_limits, signer_for, vendor_words
from isthmus.core.connector import ConnectionSettings, Context
from isthmus.core.errors import (
    AuthenticationError,
    ConfigError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    UnexpectedReplyError,
)
from isthmus.core.net.auth import TokenStore
from isthmus.core.net.budget import Limit
from pydantic import ValidationError

URL = "https://acme.zendesk.com"
ADMIN = {
    "id": 11,
    "email": "sync@example.com",
    "role": "admin",
    "time_zone": "Paris",
    "iana_time_zone": "Europe/Paris",
    "only_private_comments": False,
    "ticket_restriction": None,
}
Make = Callable[..., Zendesk]


def test_an_api_token_signs_as_the_user_of_the_settings(make: Make, wire: responses.RequestsMock) -> None:
    wire.get(
        f"{URL}/api/v2/users/me", json={"user": ADMIN}, headers={"x-rate-limit": "700", "x-rate-limit-remaining": "693"}
    )
    health = make().check()
    sent = wire.calls[0].request.headers["Authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"sync@example.com/token:token-of-acme"
    assert (health.account, health.account_id, health.zone) == ("sync@example.com", "11", "Europe/Paris")
    assert health.limits == ("account: 693 of 700 left",)
    assert len(health.warnings) == 1
    assert "API tokens" in health.warnings[0]


def test_client_credentials_fetch_a_token_as_json(make: Make, wire: responses.RequestsMock) -> None:
    wire.post(f"{URL}/oauth/tokens", status=201, json={"access_token": "first-token", "expires_in": 172800})
    wire.get(f"{URL}/api/v2/users/me", json={"user": ADMIN})
    zendesk = make({"kind": "oauth", "client_id": "hub", "client_secret": "env:ZD_SECRET"})
    assert zendesk.check().warnings == ()
    assert json.loads(wire.calls[0].request.body) == {
        "grant_type": "client_credentials",
        "client_id": "hub",
        "client_secret": "secret-of-acme",
        "scope": "read write",
    }
    assert wire.calls[1].request.headers["Authorization"] == "Bearer first-token"


def test_a_refused_token_is_refreshed_with_the_rotated_one(make: Make, wire: responses.RequestsMock) -> None:
    pair = {"access_token": "token-one", "refresh_token": "rotated-one", "expires_in": 3600}
    wire.post(f"{URL}/oauth/tokens", json=pair)
    wire.get(f"{URL}/api/v2/users/me", status=401, json={"error": "invalid_token"})
    wire.post(f"{URL}/oauth/tokens", json={**pair, "access_token": "token-two", "refresh_token": "rotated-two"})
    wire.get(f"{URL}/api/v2/users/me", json={"user": ADMIN})
    auth = {
        "kind": "oauth",
        "grant": "refresh_token",
        "client_id": "hub",
        "client_secret": "env:ZD_SECRET",
        "refresh_token": "env:ZD_REFRESH",
        "scope": "tickets:read",
    }
    make(auth).check()
    forms = [json.loads(wire.calls[place].request.body) for place in (0, 2)]
    assert [form["refresh_token"] for form in forms] == ["refresh-of-acme", "rotated-one"]
    assert forms[0]["scope"] == "tickets:read"


@pytest.mark.parametrize(
    "auth",
    [
        {"kind": "basic", "user": "a", "password": "env:X"},
        {"kind": "api_key", "key": "env:X"},
        {
            "kind": "oauth",
            "grant": "password",
            "client_id": "hub",
            "client_secret": "env:X",
            "user": "a",
            "password": "env:X",
        },
    ],
)
def test_other_credentials_are_refused_in_the_settings(auth: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="Zendesk takes kind: oauth"):
        Zendesk.Settings.model_validate({"url": URL, "auth": auth})


def test_other_credentials_are_refused_without_the_settings_too(tmp_path) -> None:
    settings = ConnectionSettings.model_validate({"url": URL, "auth": {"kind": "basic", "user": "a", "password": "env:X"}})
    with pytest.raises(ConfigError, match=r"connections\.support\.auth"):
        signer_for(settings, Context(connection="support", tokens=TokenStore(tmp_path, "support")))


def test_people_grant_access_at_zendesk(make: Make) -> None:
    place = make().authorization()
    assert place is not None
    assert (place.url, place.scope) == (f"{URL}/oauth/authorizations/new", "read write")
    assert (place.token.url, place.token.encoding) == (f"{URL}/oauth/tokens", "json")


# -- check


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (200, {"user": {"id": None, "name": "Anonymous user"}}, AuthenticationError, "nobody"),
        (401, {"error": "Couldn't authenticate you"}, AuthenticationError, "Couldn't authenticate you"),
        (200, {"user": {**ADMIN, "role": "agent"}}, ForbiddenError, "need an admin"),
        (200, {"user": {**ADMIN, "role": "end-user"}}, ForbiddenError, "is end-user"),
        (404, {"error": "RecordNotFound"}, UnexpectedReplyError, "no help desk"),
        (404, {"error": "InvalidEndpoint", "description": "Not found"}, UnexpectedReplyError, "check the url"),
        (200, {"odd": 1}, UnexpectedReplyError, "holds no 'user'"),
        (200, [], UnexpectedReplyError, "holds no 'user'"),
    ],
)
def test_check_says_what_is_wrong(make: Make, wire: responses.RequestsMock, status, body, error, words) -> None:
    wire.get(f"{URL}/api/v2/users/me", status=status, json=body)
    with pytest.raises(error, match=words):
        make().check()


def test_a_login_page_is_named_as_such(make: Make, wire: responses.RequestsMock) -> None:
    wire.get(f"{URL}/api/v2/users/me", body="<html>Log in</html>", content_type="text/html")
    with pytest.raises(UnexpectedReplyError, match="login page"):
        make().check()


def test_check_warns_of_what_will_hurt(make: Make, wire: responses.RequestsMock) -> None:
    user = {**ADMIN, "email": None, "name": "Sync", "only_private_comments": True, "ticket_restriction": "groups"}
    user["iana_time_zone"] = None
    wire.get(f"{URL}/api/v2/users/me", json={"user": user}, headers={"Date": "Wed, 06 May 2026 09:01:40 GMT"})
    zendesk = make()
    health = zendesk.check()
    assert (health.account, health.zone, health.skew_seconds) == ("Sync", "Paris", 100.0)
    for warning, words in zip(health.warnings, ("API tokens", "internal comments only", "'groups'", "+100 s"), strict=True):
        assert words in warning
    assert zendesk.skew_seconds == 100.0


# -- limits and errors


def test_limits_are_read_in_every_spelling() -> None:
    assert read_limits({"ratelimit-limit": "700", "ratelimit-remaining": "699", "ratelimit-reset": "12"}) == [
        Limit("account", 700, 699, 13)
    ]
    assert read_limits({"rate-limit": "200", "rate-limit-remaining": "0"}) == [Limit("account", 200, 0, 61)]
    assert read_limits({"zendesk-rate-limit-tickets-update": "total=20; remaining=19; resets=59"}) == [
        Limit("tickets-update", 20, 19, 60)
    ]
    assert read_limits({"Zendesk-RateLimit-Search-Index": "total=5; remaining=0"}) == [Limit("search-index", 5, 0, 61)]
    assert read_limits({"x-rate-limit": "many", "zendesk-ratelimit-odd": "none", "Date": "now"}) == []


def test_a_used_up_limit_is_waited_for(zendesk: Zendesk, wire: responses.RequestsMock, slept: list[float]) -> None:
    spent = {"zendesk-ratelimit-tickets-index": "total=100; remaining=0; resets=17"}
    wire.get(f"{URL}/api/v2/tickets", json={"tickets": []}, headers=spent)
    wire.get(f"{URL}/api/v2/tickets", json={"tickets": []})
    zendesk.find("isthmus:ops:1")
    assert slept == []
    zendesk.find("isthmus:ops:2")
    assert slept == [pytest.approx(18, abs=1)]


def test_a_plain_text_429_is_waited_for(make: Make, wire: responses.RequestsMock, slept: list[float]) -> None:
    said = "Number of allowed API requests per minute exceeded"
    wire.get(f"{URL}/api/v2/users/me", status=429, body=said, content_type="text/plain", headers={"Retry-After": "36"})
    wire.get(f"{URL}/api/v2/users/me", json={"user": ADMIN})
    make().check()
    assert slept == [36.0]


def test_a_long_ban_ends_the_run(make: Make, wire: responses.RequestsMock) -> None:
    wire.get(f"{URL}/api/v2/users/me", status=429, body="slow down", headers={"Retry-After": "600"})
    with pytest.raises(RateLimitedError) as caught:
        make().check()
    assert caught.value.retry_after == 600


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"title": "Forbidden", "message": "You do not have access"}}, "You do not have access"),
        ({"error": {"title": "Forbidden"}}, "Forbidden"),
        ({"errors": [{"code": "X", "title": "Too deep", "detail": "Page 101"}, {"title": "Odd"}]}, "Page 101; Odd"),
        ({"error": "Couldn't authenticate you"}, "Couldn't authenticate you"),
        ({"error": "TooManyValues", "description": "Not over 100"}, "TooManyValues: Not over 100"),
        ({"description": "Too large", "message": "413"}, "Too large"),
        (
            {
                "error": "RecordInvalid",
                "description": "Record validation errors",
                "details": {
                    "base": [{"description": "Type:: is required when solving a ticket", "error": None}],
                    "status": [{"description": "Status: closed prevents ticket update"}, {"error": "odd"}],
                },
            },
            "Type:: is required when solving a ticket; Status: closed prevents ticket update",
        ),
        ({}, ""),
        ([], ""),
    ],
)
def test_the_vendors_words_are_found_in_every_shape(body, words: str) -> None:
    assert vendor_words(body) == words


def test_errors_carry_the_vendors_words(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.get(
        f"{URL}/api/v2/tickets", status=422, json={"error": "RecordInvalid", "details": {"base": [{"description": "Bad"}]}}
    )
    with pytest.raises(RejectedError) as caught:
        zendesk.find("x")
    assert caught.value.vendor_words == "Bad"


def test_a_missing_record_is_no_missing_endpoint(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.get(f"{URL}/api/v2/tickets", status=404, json={"error": "RecordNotFound", "description": "Not found"})
    with pytest.raises(NotFoundError):
        zendesk.find("x")


def test_a_key_without_effect_is_a_logged_warning(
    zendesk: Zendesk, wire: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    warning = (
        '{:allowed_parameters=>{:controller=>"tickets", :action=>"index", :unpermitted_keys=>["ticket.id", "ticket.odd"], '
        ":invalid_values=>[]}}"
    )
    assert dropped_keys(warning) == ["ticket.id", "ticket.odd"]
    wire.get(f"{URL}/api/v2/tickets", json={"tickets": []}, headers={"x-zendesk-api-warn": warning})
    with caplog.at_level(logging.WARNING, "isthmus.zendesk"):
        zendesk.find("a")
        zendesk.find("b")
    assert [record.getMessage() for record in caplog.records] == [
        "support: Zendesk ignored 'ticket.id' in GET /api/v2/tickets",
        "support: Zendesk ignored 'ticket.odd' in GET /api/v2/tickets",
    ]


def test_calls_are_counted_by_operation(zendesk: Zendesk, wire: responses.RequestsMock) -> None:
    wire.get(f"{URL}/api/v2/tickets", json={"tickets": []})
    zendesk.find("a")
    assert zendesk.calls() == {"GET /api/v2/tickets": 1}
