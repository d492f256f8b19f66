"""Credentials, replies and the check: one clear error for whatever is not the API that was expected."""

from __future__ import annotations

from typing import Any

import pytest
from isthmus.connectors.manageengine import ManageEngine
from isthmus.core.connector import operations
from isthmus.core.errors import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
    UnexpectedReplyError,
)
from isthmus.core.model import ConfigurationItem
from pydantic import ValidationError

TLS = "Bad Request\nThis combination of host and port requires TLS."
BLOCKED = "URL blocked as maximum access limit for the page is exceeded. Please try after sometime."


def test_the_product_makes_the_class(make: Any) -> None:
    plain, cloud = make(), make(cloud=True)
    assert [each.traits.internal_files for each in (plain, cloud)] == [False, True]
    assert ["history" in operations(type(each)) for each in (plain, cloud)] == [False, True]
    assert cloud.traits.notifies - plain.traits.notifies == {"public_comment"}
    assert plain.authorization() is None


@pytest.mark.parametrize(
    "auth",
    [{"kind": "basic", "user": "x", "password": "env:X"}, {"kind": "oauth", "client_id": "x", "client_secret": "env:X"}],
)
def test_other_credentials_are_refused(auth: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="api_key"):
        ManageEngine.Settings.model_validate({"url": "https://desk.example.com", "auth": auth})


def test_a_key_and_an_instance_travel_in_headers(make: Any, server: Any, listed: Any, row: Any) -> None:
    server.on("GET", "/requests", listed("requests", row()))
    make(instance="2").identify()
    assert (server.headers[0]["authtoken"], server.headers[0]["PORTALID"]) == ("key-of-the-desk", "2")


@pytest.mark.parametrize(("center", "host"), [("us", "accounts.zoho.com"), ("eu", "accounts.zoho.eu")])
def test_zoho_tokens_are_kept(make: Any, server: Any, listed: Any, row: Any, center: str, host: str) -> None:
    server.on("GET", "/requests", listed("requests", row()))
    desk = make(cloud=True, data_center=center)
    assert desk.authorization().url == f"https://{host}/oauth/v2/auth"
    desk.identify()
    desk.identify()
    assert server.headers[-1]["Authorization"] == "Zoho-oauthtoken 1000.first"
    assert len([path for _, path, _ in server.calls if path == "/oauth/v2/token"]) == 1


def test_a_refused_token_is_renewed(make: Any, server: Any, listed: Any, failure: Any) -> None:
    server.tokens = [{"access_token": "1000.old", "expires_in": 3600}, {"access_token": "1000.new", "expires_in": 3600}]
    server.on("GET", "/requests", (401, failure(4022, "UNAUTHORISED")), listed("requests"))
    make(cloud=True).identify()
    assert server.headers[-1]["Authorization"] == "Zoho-oauthtoken 1000.new"


def test_too_many_tokens_are_waited_for(make: Any, server: Any, listed: Any, slept: list[float]) -> None:
    denied = {"error": "Access Denied", "error_description": "You have made too many requests continuously."}
    server.tokens = [denied, {"access_token": "1000.late"}]
    server.on("GET", "/requests", listed("requests"))
    make(cloud=True).identify()
    assert slept == [30.0]
    assert len([path for _, path, _ in server.calls if path == "/oauth/v2/token"]) == 2


def test_a_wrong_data_centre_is_told(make: Any, server: Any) -> None:
    server.tokens = [{"error": "invalid_client"}]
    with pytest.raises(AuthenticationError, match="invalid_client"):
        make(cloud=True).identify()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"response_status": {"status_code": 401, "messages": [{"status_code": 401}]}}, AuthenticationError),
        (400, TLS, UnexpectedReplyError),
        (415, "", UnexpectedReplyError),
        (200, "<html>Log in</html>", UnexpectedReplyError),
        (200, {"nothing": 1}, UnexpectedReplyError),
        (403, {"response_status": {"messages": [{"status_code": 4002}]}}, ForbiddenError),
        (403, {"response_status": {"messages": [{"status_code": 4002, "field": "priority"}]}}, RejectedError),
        (400, BLOCKED, RateLimitedError),
        (429, {"response_status": {"messages": [{"status_code": 4015}]}}, RateLimitedError),
    ],
)
def test_what_a_reply_means(desk: Any, server: Any, status: int, body: Any, error: type[Exception]) -> None:
    server.on("GET", "/requests", (status, body))
    with pytest.raises(error, match="desk"):
        desk.identify()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (4022, AuthenticationError),
        (4015, RateLimitedError),
        (4004, UnavailableError),
        (4007, NotFoundError),
        (4002, RejectedError),
        ("4001", RejectedError),
    ],
)
def test_a_failure_under_200_is_a_failure(desk: Any, server: Any, failure: Any, code: Any, error: type[Exception]) -> None:
    server.on("GET", "/requests", (200, failure(code, "no", fields=["impact"])))
    with pytest.raises(error, match="impact: no"):
        desk.identify()


def test_a_failure_without_messages_is_one(desk: Any, server: Any) -> None:
    server.on("GET", "/requests", (200, {"response_status": [{"status_code": 4012, "status": "failed"}]}))
    with pytest.raises(RejectedError, match="mandatory fields are missing"):
        desk.identify()


def test_a_block_is_waited_out(desk: Any, server: Any, listed: Any, slept: list[float]) -> None:
    server.on("GET", "/requests", (400, BLOCKED), listed("requests"))
    desk.identify()
    assert slept == [30.0]


def test_the_check_names_what_is_missing(make: Any, server: Any, listed: Any) -> None:
    server.on("GET", "/requests", listed("requests"))
    server.on(
        "GET", "/requests/_metainfo", {"metainfo": {"fields": {"subject": {"display_name": "Subject"}, "udf_fields": {}}}}
    )
    server.on("GET", "/statuses", (403, "no"))
    warnings = " ".join(make().check().warnings)
    for words in ("udf_char1", "labels_field", "may not read statuses", "may not read users or groups"):
        assert words in warnings
    server.on("GET", "/users", listed("users"))
    server.on("GET", "/support_groups", listed("support_groups"))
    assert "nobody has the address" in " ".join(make(account="x@example.com").check().warnings)
    assert "whose key it is" in " ".join(make().check().warnings)


def test_the_check_tells_who_we_are(make: Any, server: Any, listed: Any) -> None:
    server.on("GET", "/requests", listed("requests"))
    server.on("GET", "/users", listed("users", {"id": "4", "name": "Bot", "email_id": "Bot@example.com"}))
    told = make(account="bot@example.com").check()
    assert (told.account, told.account_id) == ("Bot", "4")


def test_groups_stand_in_one_of_two_places(desk: Any, server: Any, listed: Any) -> None:
    rows = ({"id": "1", "name": "Network"}, {"id": "2", "name": "Old", "deleted": True})
    server.on("GET", "/groups", listed("groups", *rows))
    assert [group.name for group in desk.groups()] == ["Network"]


def test_shared_addresses_are_nobodys(desk: Any, server: Any, listed: Any) -> None:
    rows = [{"id": str(number), "email_id": email} for number, email in enumerate(("a@x.com", "A@x.com", "b@x.com", ""))]
    server.on("GET", "/users", listed("users", *rows))
    assert {email: person.id for email, person in desk.find_people(["a@x.com", "B@x.com", "nobody"]).items()} == {
        "b@x.com": "2"
    }
    assert desk.people(["x", "2"])["2"].email == "b@x.com"


def test_items_by_serial_then_by_name(desk: Any, server: Any, listed: Any) -> None:
    twice = [{"id": "1", "name": "gw"}, {"id": "2", "name": "gw"}]
    serial = {"id": "3", "name": "srv", "serial_number": "SN-3"}
    server.on(
        "GET",
        "/assets",
        lambda data: listed(
            "assets", *([serial] if data["list_info"]["search_criteria"]["field"] == "serial_number" else twice)
        ),
    )
    found = desk.find_item(ConfigurationItem(name="gw", serial="SN-3"))
    assert (found.id, found.serial) == ("3", "SN-3")
    assert desk.find_item(ConfigurationItem(name="gw", serial="SN-4")) is None
