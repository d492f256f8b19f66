"""Credentials of every kind, and the one 401."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

DENIED = {"error_description": "access_denied", "error": "server_error"}


def token(client, **form):
    return client("POST", "/oauth_token.do", data=form)


@pytest.fixture
def oauth(fresh):
    return fresh.vendor.credentials()["oauth"]


@pytest.fixture
def nobody(client_of):
    return client_of()


def test_missing_and_wrong_credentials_look_alike(nobody, hub):
    envelope = {
        "error": {"message": "User Not Authenticated", "detail": "Required to provide Auth information"},
        "status": "failure",
    }
    answers = [
        nobody.get("table/incident"),
        nobody("GET", "/api/now/table/incident", auth=("isthmus", "wrong")),
        nobody("GET", "/api/now/table/incident", auth=("nobody", "x")),
        nobody("GET", "/api/now/table/incident", headers={"Authorization": "Basic %%%"}),
        nobody("GET", "/api/now/table/incident", headers={"Authorization": "Bearer nonsense"}),
        nobody("GET", "/api/now/table/incident", headers={"Authorization": "Digest x"}),
        nobody("GET", "/api/now/table/incident", headers={"x-sn-apikey": "wrong"}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()) == (401, envelope)
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert answer.headers["X-Is-Logged-In"] == "false"


def test_basic_and_key(nobody, hub, fresh):
    assert hub.get("table/sys_user", sysparm_limit=1).headers["X-Is-Logged-In"] == "true"
    key = fresh.vendor.credentials()["api_key"]["key"]
    row = nobody("POST", "/api/now/table/incident", json={}, headers={"x-sn-apikey": key}).json()["result"]
    assert row["sys_created_by"] == "isthmus"


@pytest.mark.parametrize("change", [{"active": "false"}, {"locked_out": "true"}])
def test_a_disabled_user_is_refused(hub, agent, change):
    assert agent.get("table/incident").status_code == 200
    hub.change(hub.user_id("fiona.fulfiller"), "sys_user", **change)
    assert agent.get("table/incident").status_code == 401


def test_password_grant_and_refresh(nobody, oauth):
    client = {"client_id": oauth["client_id"], "client_secret": oauth["client_secret"]}
    first = token(nobody, grant_type="password", username=oauth["user"], password=oauth["password"], **client).json()
    assert set(first) == {"access_token", "refresh_token", "scope", "token_type", "expires_in"}
    assert (len(first["access_token"]), first["scope"], first["token_type"]) == (86, "useraccount", "Bearer")
    assert 1790 <= first["expires_in"] <= 1800
    headers = {"Authorization": f"Bearer {first['access_token']}"}
    assert nobody("GET", "/api/now/table/incident", headers=headers).status_code == 200

    nobody.advance(seconds=600)
    again = token(nobody, grant_type="refresh_token", refresh_token=first["refresh_token"], **client).json()
    assert again["access_token"] == first["access_token"]
    assert again["expires_in"] <= 1200

    nobody.advance(seconds=1201)
    assert nobody("GET", "/api/now/table/incident", headers=headers).status_code == 401
    later = token(nobody, grant_type="refresh_token", refresh_token=first["refresh_token"], **client).json()
    assert later["access_token"] != first["access_token"]

    nobody.advance(days=101)
    expired = token(nobody, grant_type="refresh_token", refresh_token=first["refresh_token"], **client)
    assert (expired.status_code, expired.json()) == (401, DENIED)


def test_client_credentials_act_as_the_application_user(nobody, hub, oauth):
    client = {"client_id": oauth["client_id"], "client_secret": oauth["client_secret"]}
    granted = token(nobody, grant_type="client_credentials", **client).json()
    assert "refresh_token" not in granted
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    made = nobody("POST", "/api/now/table/incident", json={}, headers=headers)
    assert made.json()["result"]["sys_created_by"] == "isthmus"
    hub.set_property("glide.oauth.inbound.client.credential.grant_type.enabled", "false")
    assert token(nobody, grant_type="client_credentials", **client).json() == DENIED


def test_code_flow(nobody, oauth):
    client = {"client_id": oauth["client_id"], "client_secret": oauth["client_secret"]}
    redirect = "http://127.0.0.1:1/back?x=1"
    params = {"response_type": "code", "client_id": oauth["client_id"], "redirect_uri": redirect, "state": "s t"}
    answer = nobody("GET", "/oauth_auth.do", params=params)
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (query["x"], query["state"]) == (["1"], ["s t"])
    form = {"grant_type": "authorization_code", "code": query["code"][0], "redirect_uri": redirect, **client}
    assert token(nobody, **form).json()["refresh_token"]
    assert token(nobody, **form).status_code == 401, "a code works once"

    params.pop("state")
    code = parse_qs(urlsplit(nobody("GET", "/oauth_auth.do", params=params).headers["Location"]).query)["code"][0]
    assert token(nobody, **form | {"code": code, "redirect_uri": "http://other"}).status_code == 401
    assert nobody("GET", "/oauth_auth.do", params=params | {"client_id": "x"}).status_code == 400


def test_what_the_token_endpoint_refuses(nobody, oauth):
    good = {"grant_type": "password", "username": oauth["user"], "password": oauth["password"]}
    good |= {"client_id": oauth["client_id"], "client_secret": oauth["client_secret"]}
    bad = [
        {"client_secret": "x"},
        {"client_id": "x"},
        {"password": "x"},
        {"username": "nobody"},
        {"grant_type": "magic"},
        {"grant_type": "refresh_token", "refresh_token": "x"},
        {"grant_type": "authorization_code", "code": "x"},
    ]
    for change in bad:
        answer = token(nobody, **{**good, **change})
        assert (answer.status_code, answer.json()) == (401, DENIED), change
    assert nobody("POST", "/oauth_token.do", json=good).json() == DENIED


def test_printed_credentials_work(fresh, client_of, nobody, oauth):
    client = {"client_id": oauth["client_id"], "client_secret": oauth["client_secret"]}
    granted = token(nobody, grant_type="refresh_token", refresh_token=oauth["refresh_token"], **client)
    assert granted.status_code == 200
    people = fresh.vendor.credentials()["people"]
    assert {person["role"] for person in people} == {"itil", "admin", "ess"}
    for person in people:
        assert client_of(person["user"]).get("table/incident").status_code == 200
