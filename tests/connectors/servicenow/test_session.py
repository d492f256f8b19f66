"""Credentials, and replies that are none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from isthmus.connectors.servicenow import ServiceNow
from isthmus.core.connector import ConnectionSettings, Context, Scope, operations
from isthmus.core.errors import AuthenticationError, ConfigError, RateLimitedError, UnavailableError, UnexpectedReplyError
from isthmus.core.net.auth import ApiTokenAuth
from pydantic import ValidationError

INCIDENTS = "/api/now/table/incident"
OAUTH = {"kind": "oauth", "client_id": "c", "client_secret": "env:SN_SECRET"}


def header(instance: Any, name: str) -> str | None:
    return instance.wire.calls[-1].request.headers.get(name)


def test_basic(ops: ServiceNow, instance: Any) -> None:
    ops.fetch(["a" * 32])
    assert header(instance, "Authorization").startswith("Basic ")
    assert header(instance, "Cookie") is None


def test_api_key(make: Any, instance: Any) -> None:
    make({"kind": "api_key", "key": "env:SN_KEY"}).fetch(["a" * 32])
    assert header(instance, "x-sn-apikey") == "key-of-acme"


@pytest.mark.parametrize(
    ("grant", "sent"),
    [
        ({"grant": "client_credentials"}, {}),
        (
            {"grant": "password", "user": "isthmus", "password": "env:SN_PASSWORD"},
            {"username": "isthmus", "password": "password-of-acme"},
        ),
        ({"grant": "refresh_token", "refresh_token": "env:SN_REFRESH"}, {"refresh_token": "refresh-of-acme"}),
    ],
)
def test_oauth_as_a_form(make: Any, instance: Any, grant: dict[str, str], sent: dict[str, str]) -> None:
    token = {"access_token": "access-of-acme", "expires_in": 1799, "token_type": "Bearer"}
    instance.on("POST", "/oauth_token.do", token)
    make({**OAUTH, **grant}).fetch(["a" * 32])
    assert header(instance, "Authorization") == "Bearer access-of-acme"
    assert instance.bodies("POST") == [
        {"grant_type": grant["grant"], "client_id": "c", "client_secret": "secret-of-acme", **sent}
    ]


def test_a_refused_token_is_renewed_once(make: Any, instance: Any) -> None:
    tokens = [{"access_token": f"access-{number}", "expires_in": 1799} for number in (1, 2, 3)]
    instance.on("POST", "/oauth_token.do", *tokens)
    denied = (401, {}, {"error": {"message": "User Not Authenticated", "detail": "Required to provide Auth information"}})
    instance.table("incident", denied, {"result": []})
    assert make(OAUTH).fetch(["a" * 32]) == []
    instance.table("incident", denied)
    with pytest.raises(AuthenticationError, match="User Not Authenticated: Required to provide Auth information"):
        make(OAUTH).fetch(["a" * 32])


def test_a_client_that_is_denied(make: Any, instance: Any) -> None:
    instance.on("POST", "/oauth_token.do", (401, {}, {"error_description": "access_denied", "error": "server_error"}))
    with pytest.raises(AuthenticationError, match="access_denied"):
        make(OAUTH).check()


def test_where_a_person_grants_access(ops: ServiceNow) -> None:
    place = ops.authorization()
    assert place.url == "https://acme.service-now.com/oauth_auth.do"
    assert (place.token.url, place.token.encoding) == ("https://acme.service-now.com/oauth_token.do", "form")


def test_credentials_that_are_not_offered(make: Any, ops: ServiceNow) -> None:
    with pytest.raises(ValidationError, match="basic, oauth and api_key"):
        make({"kind": "api_token", "user": "x", "token": "env:SN_KEY"})
    plain = ConnectionSettings.model_validate(
        {"url": "https://acme.service-now.com", "auth": {"kind": "basic", "user": "i", "password": "env:SN_PASSWORD"}}
    )
    assert ServiceNow(plain, ops.context).commit_bound == timedelta(seconds=300 + 60), "the time-out comes on top"
    odd = plain.model_copy(update={"auth": ApiTokenAuth(user="x", token="env:SN_KEY")})
    with pytest.raises(ConfigError, match=r"connections\.ops\.auth"):
        ServiceNow(odd, cast("Context", ops.context))


def test_a_hibernating_instance_is_named(ops: ServiceNow, instance: Any) -> None:
    instance.table("incident", (200, {"Content-Type": "text/html"}, "<html>Instance Hibernating page</html>"))
    with pytest.raises(UnexpectedReplyError, match="hibernating instance"):
        ops.fetch(["a" * 32])


def test_gateway_pages_pass_and_stay(ops: ServiceNow, instance: Any) -> None:
    page = (502, {"Content-Type": "text/html"}, "<html>Bad gateway</html>")
    instance.table("incident", page, page, {"result": []})
    assert ops.fetch(["a" * 32]) == []
    instance.table("incident", page)
    with pytest.raises(UnavailableError):
        ops.fetch(["a" * 32])


def test_a_body_cut_short_is_read_again(ops: ServiceNow, instance: Any) -> None:
    cut = (200, {"Content-Type": "application/json"}, '{"result": [{"sys')
    instance.table("incident", cut, {"result": []})
    assert ops.fetch(["a" * 32]) == []


def test_rate_limits_with_and_without_headers(ops: ServiceNow, instance: Any, slept: list[float]) -> None:
    body = {
        "error": {"message": "Rate limit exceeded", "detail": "Rate limit of 100 requests per hour"},
        "status": "failure",
    }
    limited = (429, {"Retry-After": "7", "X-RateLimit-Limit": "100"}, body)
    instance.table("incident", limited, (429, {}, body), {"result": []})
    assert ops.fetch(["a" * 32]) == []
    assert slept[0] == 7
    assert len(slept) == 2
    instance.table("incident", (429, {"Retry-After": "3000"}, body))
    with pytest.raises(RateLimitedError) as caught:
        ops.fetch(["a" * 32])
    assert caught.value.retry_after == 3000


def test_no_secret_shows(make: Any, instance: Any) -> None:
    instance.table("incident", (401, {}, {"error": {"message": "password-of-acme is wrong"}}))
    connector = make()
    with pytest.raises(AuthenticationError) as caught:
        connector.fetch(["a" * 32])
    assert "password-of-acme" not in str(caught.value) + repr(caught.value) + repr(connector.settings)


def test_what_the_connector_can_do(ops: ServiceNow) -> None:
    able = operations(ServiceNow)
    assert {"find", "census", "count", "threads", "history", "deleted", "submit", "create", "delete", "find_item"} <= able
    assert next(ops.changes(None, Scope())).records == ()
    assert ServiceNow.traits.required_on_resolve == ("close_code", "close_notes")
