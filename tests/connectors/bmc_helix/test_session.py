"""Credentials, and replies that are none."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import requests
from isthmus.connectors.bmc_helix import BmcHelix
from isthmus.core.connector import Scope, operations
from isthmus.core.errors import (
    AuthenticationError,
    ForbiddenError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
    UnexpectedReplyError,
)
from pydantic import ValidationError

INCIDENTS = "HPD:IncidentInterface"
OAUTH = {"kind": "oauth", "grant": "refresh_token", "client_id": "c", "client_secret": "env:AR_SECRET"}
GRANTED = {**OAUTH, "refresh_token": "env:AR_REFRESH"}
LOGIN = "/api/jwt/login"


def logins(server: Any) -> list[Any]:
    return [body for _, path, _, body in server.calls if path == LOGIN]


def authorizations(server: Any) -> list[str]:
    return [headers["Authorization"] for headers in server.headers if "Authorization" in headers]


def test_a_login_signs_all_calls(ops: BmcHelix, server: Any, token: Any) -> None:
    ops.fetch(["INC1"])
    ops.fetch(["INC2"])
    assert logins(server) == [{"username": "isthmus", "password": "password-of-acme"}]
    assert set(authorizations(server)) == {f"AR-JWT {token(iat=1000, exp=4600)}"}
    assert all("Cookie" not in headers for headers in server.headers)


def test_the_servers_own_authentication_string(make: Any, server: Any) -> None:
    make({"kind": "ar_jwt", "user": "u", "password": "env:AR_PASSWORD", "auth_string": "domain"}).fetch(["INC1"])
    assert logins(server)[0]["authString"] == "domain"


def test_a_token_is_renewed_before_it_expires(ops: BmcHelix, server: Any, token: Any, slept: list[float]) -> None:
    """Its life is measured by its own claims, so the server's clock may differ from ours by years."""
    server.logins = [token(iat=1000, exp=1600), token(iat=1541, exp=2141)]
    ops.fetch(["INC1"])
    slept.append(539.0)
    ops.fetch(["INC1"])
    assert len(logins(server)) == 1
    slept.append(2.0)
    ops.fetch(["INC1"])
    assert len(logins(server)) == 2
    assert authorizations(server)[-1] == f"AR-JWT {token(iat=1541, exp=2141)}"


@pytest.mark.parametrize("text", ["a.b.c", "eyJ.bm90IGpzb24.x", "eyJ.e30.x", "a.%%.c".replace("%", "_")])
def test_a_token_that_does_not_tell_its_life_is_used_until_it_is_refused(
    ops: BmcHelix, server: Any, text: str, slept: list[float]
) -> None:
    server.logins = [text, "d.e.f"]
    server.form(INCIDENTS, [], (401, {}, [{"messageType": "ERROR", "messageText": "expired"}]), [])
    ops.fetch(["INC1"])
    slept.append(1e6)
    ops.fetch(["INC1"])
    assert authorizations(server)[-2:] == [f"AR-JWT {text}", "AR-JWT d.e.f"]


def test_a_refused_token_is_renewed_once(ops: BmcHelix, server: Any, failure: Any) -> None:
    server.form(INCIDENTS, failure(623, "Authentication failed", 401, "isthmus"))
    with pytest.raises(AuthenticationError, match=r"Authentication failed: isthmus \(ARERR 623\)"):
        ops.fetch(["INC1"])
    assert len(logins(server)) == 2


def test_closing_logs_out(ops: BmcHelix, server: Any, token: Any) -> None:
    ops.close()
    assert server.calls == []
    ops.fetch(["INC1"])
    ops.close()
    ops.close()
    assert [path for _, path, _, _ in server.calls].count("/api/jwt/logout") == 1
    assert server.headers[-1]["Authorization"] == f"AR-JWT {token(iat=1000, exp=4600)}"


def test_a_logout_that_fails_is_no_trouble(ops: BmcHelix, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ops.fetch(["INC1"])
    tried: list[str] = []

    def fail(session: requests.Session, url: str, **options: Any) -> None:
        tried.append(url)
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "post", fail)
    ops.close()
    assert [url.rpartition("/")[2] for url in tried] == ["logout"]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (
            (401, {}, [{"messageType": "ERROR", "messageText": "Authentication failed", "messageNumber": 623}]),
            AuthenticationError,
            "623",
        ),
        (
            (200, {"X-AR-Messages": '[{"messageType": "ERROR", "messageText": "login failed"}]'}, "x"),
            AuthenticationError,
            "login failed",
        ),
        ((200, {}, [{"messageType": "ERROR", "messageText": "no such user"}]), AuthenticationError, "no such user"),
        (
            (200, {"Content-Type": "text/html; charset=utf-8"}, "<html>Please log in</html>"),
            UnexpectedReplyError,
            "got text/html where a token",
        ),
        (
            (200, {"X-AR-Messages": "no json", "Content-Type": ""}, b"\xff\xfe"),
            UnexpectedReplyError,
            "got something where a token",
        ),
        ((302, {"Location": "https://sso.example/login"}, ""), UnexpectedReplyError, "redirected to sso.example"),
        ((403, {}, {"message": "Access forbidden", "code": 403, "transient": False}), ForbiddenError, "use https"),
        ((404, {}, "nothing"), None, "not found"),
    ],
)
def test_logins_that_fail(ops: BmcHelix, server: Any, answer: Any, error: Any, words: str, slept: list[float]) -> None:
    server.logins = [answer]
    with pytest.raises(error or Exception, match=words) as caught:
        ops.check()
    assert "password-of-acme" not in repr(caught.value)
    assert slept == [], "not tried again"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((500, {}, [{"messageType": "ERROR", "messageText": "in use", "messageNumber": 9093}]), RateLimitedError),
        ((503, {"Retry-After": "7"}, "<html>busy</html>"), UnavailableError),
        ((429, {"Retry-After": "7"}, ""), RateLimitedError),
        (requests.ConnectionError("refused"), UnavailableError),
    ],
)
def test_logins_that_may_succeed_later(
    ops: BmcHelix, server: Any, answer: Any, error: Any, slept: list[float], token: Any
) -> None:
    if isinstance(answer, Exception):
        server.on("POST", LOGIN, answer, answer, (200, {}, token(iat=1, exp=2000)))
    else:
        server.logins = [answer, answer, token(iat=1, exp=2000)]
    assert ops.fetch(["INC1"]) == []
    assert len(slept) == 2
    if isinstance(answer, tuple) and answer[1]:
        assert slept == [7.0, 7.0]
    server.on("POST", LOGIN, answer)
    slept.append(1e7)
    with pytest.raises(error):
        ops.fetch(["INC1"])


def test_single_sign_on(make: Any, server: Any) -> None:
    server.on("POST", "/rsso/oauth2/token", {"access_token": "access-of-acme", "expires_in": 1799})
    connector = make(GRANTED, sso_url="https://acme-rsso.onbmc.com/", api_url="https://acme-api.onbmc.com/")
    connector.fetch(["INC1"])
    method, _, _, form = server.calls[0]
    assert (method, form["grant_type"], form["refresh_token"]) == ("POST", "refresh_token", "refresh-of-acme")
    assert authorizations(server) == ["Bearer access-of-acme"] * len(authorizations(server))
    assert server.wire.calls[0].request.url == "https://acme-rsso.onbmc.com/rsso/oauth2/token"
    assert str(server.wire.calls[-1].request.url).startswith("https://acme-api.onbmc.com/api/arsys/v1/entry/")
    place = connector.authorization()
    assert (place.url, place.token.encoding) == ("https://acme-rsso.onbmc.com/rsso/oauth2/authorize", "form")


def test_only_single_sign_on_asks_a_person(ops: BmcHelix, make: Any) -> None:
    assert ops.authorization() is None
    assert make(GRANTED).authorization().url == "https://acme-restapi.onbmc.com/rsso/oauth2/authorize"


@pytest.mark.parametrize(
    "auth",
    [
        {"kind": "basic", "user": "u", "password": "env:AR_PASSWORD"},
        {"kind": "oauth", "client_id": "c", "client_secret": "env:AR_SECRET"},
    ],
)
def test_credentials_that_are_not_offered(make: Any, auth: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="kind: ar_jwt, or kind: oauth with grant: refresh_token"):
        make(auth)


def test_no_secret_is_shown(ops: BmcHelix, server: Any, caplog: pytest.LogCaptureFixture, token: Any) -> None:
    caplog.set_level(logging.DEBUG)
    ops.fetch(["INC1"])
    shown = repr(ops.settings) + repr(vars(ops)) + caplog.text
    assert "password-of-acme" not in shown
    assert token(iat=1000, exp=4600) not in shown


# -- who we are, and what we may


def myself(**more: Any) -> dict[str, Any]:
    return {
        "Person ID": "PPL1",
        "Remedy Login ID": "isthmus",
        "Full Name": "Isthmus Integration",
        "Internet E-mail": "isthmus@example.com",
        "Profile Status": "Enabled",
        **more,
    }


def test_check(ops: BmcHelix, server: Any) -> None:
    server.form("CTM:People", [myself()])
    server.on(
        "GET", "/api/arsys/v1.0/fields/HPD:IncidentInterface", [{"name": "Description", "limit": {"max_length": 100}}]
    )
    health = ops.check()
    assert (health.account, health.account_id, health.warnings) == ("Isthmus Integration", "isthmus", ())
    assert server.queries("CTM:People") == ["'Remedy Login ID' = $USER$"]


def test_check_asks_for_the_group_of_who_stands_in(make: Any, server: Any) -> None:
    assert "stand_in_group: there is no enabled support group 'Nowhere'" in make(stand_in_group="Nowhere").check().warnings


def test_check_says_what_is_missing(ops: BmcHelix, server: Any, failure: Any) -> None:
    server.form("CTM:People", failure(353, "no access", 403))
    server.form("HPD:WorkLog", failure(353, "no access", 403))
    server.form("SLM:Measurement", failure(303, "no form", 404))
    server.form("HPD:Associations", failure(331, "no access", 403))
    health = ops.check()
    assert (health.account, health.account_id) == ("isthmus", "isthmus")
    told = "\n".join(health.warnings)
    for words in ("HPD:WorkLog", "SLM:Measurement", "HPD:Associations", "metadata", "CTM:People"):
        assert words in told
    assert "CTM:Support Group" not in told


def test_an_account_that_nobody_knows(make: Any, server: Any) -> None:
    server.on("POST", "/rsso/oauth2/token", {"access_token": "access-of-acme"})
    health = make(GRANTED).identify()
    assert (health.account, health.account_id) == ("an account without an entry in CTM:People", None)


def test_check_stops_where_incidents_are_hidden(ops: BmcHelix, server: Any, failure: Any) -> None:
    server.form(INCIDENTS, failure(353, "You have no access to form", 403, INCIDENTS))
    with pytest.raises(ForbiddenError, match="may not read a form"):
        ops.check()
    server.form(INCIDENTS, failure(303, "Form does not exist on server", 404, INCIDENTS))
    with pytest.raises(UnexpectedReplyError, match="is BMC Helix ITSM installed"):
        ops.check()


def test_a_clock_that_differs(ops: BmcHelix, server: Any) -> None:
    server.form(INCIDENTS, (200, {"Date": "Tue, 14 Jul 2026 10:00:00 GMT"}, {"entries": []}))
    assert any("server's clock is +3600 s" in warning for warning in ops.check().warnings)
    assert ops.skew_seconds == 3600


# -- replies that are none


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, {"Content-Type": "text/html"}, "<html>login</html>"), "got text/html where JSON"),
        ((200, {}, "[]"), "a reply without entries"),
        ((200, {}, {"entries": [{"nothing": 1}]}), "an entry without values"),
        ((200, {}, {"entries": ["x"]}), "an entry without values"),
    ],
)
def test_a_reply_that_is_none(ops: BmcHelix, server: Any, answer: Any, words: str) -> None:
    server.form(INCIDENTS, answer)
    with pytest.raises(UnexpectedReplyError, match=words):
        list(ops.census(Scope()))


def test_missing_entries_are_none(ops: BmcHelix, server: Any) -> None:
    server.form(INCIDENTS, (200, {}, {}))
    assert list(ops.census(Scope())) == []


def test_an_error_under_a_good_status(ops: BmcHelix, server: Any, failure: Any, slept: list[float]) -> None:
    _, _, slow = failure(93, "Timeout during database query")
    _, _, taken = failure(9093, "another machine")
    warning = {"messageType": "WARNING", "messageText": "hm"}
    server.form(INCIDENTS, (200, {}, slow), (200, {}, taken), [])
    assert list(ops.census(Scope())) == []
    assert slept == [1.0, 2.0]
    server.form(INCIDENTS, (200, {}, [warning, {"messageType": "FATAL", "messageText": "no", "messageNumber": 1}]))
    with pytest.raises(Exception, match=r"no \(ARERR 1\)"):
        list(ops.census(Scope()))


def test_a_refusal_of_workflow_is_one_however_it_is_printed(ops: BmcHelix, server: Any, failure: Any) -> None:
    """A 500 whose list stands on several lines is no passing fault."""
    status, headers, body = failure(1291053, "The status reason is missing")
    server.form(INCIDENTS, (status, headers, json.dumps(body, indent=2)))
    with pytest.raises(RejectedError, match="status reason is missing"):
        list(ops.census(Scope()))
    assert len(server.queries(INCIDENTS)) == 1


def test_a_busy_server_gets_smaller_pages(ops: BmcHelix, server: Any, failure: Any, slept: list[float]) -> None:
    server.form(INCIDENTS, failure(93), failure(93), failure(92), failure(92), [])
    assert list(ops.census(Scope())) == []
    limits = [params["limit"] for _, path, params, _ in server.calls if path.endswith(INCIDENTS)]
    assert limits == ["2000", "2000", "1000", "1000", "500"]
    server.form(INCIDENTS, failure(93))
    with pytest.raises(UnavailableError, match="gave up the call"):
        list(ops.census(Scope()))


def test_what_it_can() -> None:
    assert operations(BmcHelix) >= {"census", "find", "threads", "download", "history", "find_item", "path", "delete"}
    assert not operations(BmcHelix) & {"count", "deleted", "add_file", "submit"}
