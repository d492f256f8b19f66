"""Logging in and out, tokens, Single Sign-On."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

LIST = "/api/arsys/v1/entry/COM:Company"


def status(client):
    return client("GET", LIST).status_code


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_login_gives_the_bare_token(client_of):
    client = client_of()
    answer = client.log_in("isthmus")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain;charset=UTF-8")
    told = claims(answer.text)
    assert told["sub"] == "isthmus"
    assert (told["nbf"], told["exp"]) == (told["iat"] - 120, told["iat"] + 3600)
    assert status(client) == 200


def test_a_wrong_password_is_an_array(client_of):
    client = client_of()
    for answer in (client.log_in("isthmus", "wrong"), client.log_in("nobody", "x")):
        assert answer.status_code == 401
        assert answer.json()[0]["messageNumber"] == 623
    assert client.log_in("isthmus", "x").json()[0]["messageAppendedText"] == "isthmus"
    assert client("POST", "/api/jwt/login").json()[0]["messageAppendedText"] is None


def test_some_servers_fail_softly(client_of):
    client = client_of()
    client.use("soft_login")
    answer = client.log_in("isthmus", "wrong")
    assert (answer.status_code, answer.text) == (200, "")
    assert "login failed" in json.loads(answer.headers["X-AR-Messages"])[0]["messageText"]
    assert client.log_in("isthmus").text


@pytest.mark.parametrize("header", ["", "AR-JWT", "AR-JWT x", "Basic eA==", "Bearer y"])
def test_without_a_valid_token_nothing_is_served(client_of, header):
    answer = client_of()("GET", LIST, headers={"Authorization": header})
    assert answer.status_code == 401
    assert isinstance(answer.json(), list)


def test_a_token_ends(hub):
    hub.advance(3599)
    assert status(hub) == 200
    hub.advance(2)
    assert status(hub) == 401
    hub.log_in("isthmus")
    assert status(hub) == 200
    assert hub("POST", "/api/jwt/logout").status_code == 204
    assert status(hub) == 401
    assert hub("POST", "/api/jwt/logout").status_code == 401


def test_the_life_is_configurable(client_of, fresh):
    fresh.vendor.accounts.life = 60
    client = client_of("isthmus")
    client.advance(61)
    assert status(client) == 401


def test_one_session_of_a_login(client_of):
    first, second = client_of("isthmus"), client_of("isthmus")
    assert (status(first), status(second)) == (200, 200)
    first.use("one_session")
    assert status(second) == 200
    answer = first("GET", LIST)
    assert (answer.status_code, answer.json()[0]["messageNumber"]) == (500, 9093)
    second("POST", "/api/jwt/logout")
    assert status(first) == 200


def test_plain_http_may_be_refused(hub):
    hub.use("https_only")
    answer = hub("GET", LIST)
    assert (answer.status_code, answer.json()) == (403, {"message": "Access forbidden", "code": 403, "transient": False})


def test_the_printed_credentials_work(hub, client_of):
    printed = hub.control("credentials")
    for person in [printed["jwt"], *printed["people"]]:
        assert client_of().log_in(person["user"], person["password"]).status_code == 200
    assert {person["role"] for person in printed["people"]} == {"admin", "agent", "requester"}


def oauth(hub):
    return hub.control("credentials")["oauth"]


def test_single_sign_on_by_code(hub, client_of):
    known, client = oauth(hub), client_of()
    redirect = "http://127.0.0.1/back"
    query = {"client_id": known["client_id"], "response_type": "code", "redirect_uri": redirect, "state": "s"}
    sent = client("GET", "/rsso/oauth2/authorize", params=query)
    assert sent.status_code == 302
    given = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert given["state"] == ["s"]
    form = {"grant_type": "authorization_code", "code": given["code"][0], "redirect_uri": redirect}
    basic = (known["client_id"], known["client_secret"])
    wrong = client("POST", "/rsso/oauth2/token", data=form | {"redirect_uri": "http://other"}, auth=basic)
    assert (wrong.status_code, wrong.json()) == (400, {"error": "invalid_grant"})
    again = client("GET", "/rsso/oauth2/authorize", params=query).headers["Location"]
    form["code"] = parse_qs(urlsplit(again).query)["code"][0]
    token = client("POST", "/rsso/oauth2/token", data=form, auth=basic).json()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    answer = client("GET", LIST, headers={"Authorization": f"Bearer {token['access_token']}"})
    assert answer.status_code == 200
    assert client("POST", "/rsso/oauth2/token", data=form, auth=basic).status_code == 400, "a code is used once"


def test_single_sign_on_by_refresh_token(hub, client_of):
    known, client = oauth(hub), client_of()
    form = {name: known[name] for name in ("client_id", "client_secret", "refresh_token")}
    form["grant_type"] = "refresh_token"
    token = client("POST", "/rsso/oauth2/token", data=form).json()
    assert token["refresh_token"] != known["refresh_token"]
    assert client("POST", "/rsso/oauth2/token", data=form).status_code == 400, "it is exchanged once"
    form["refresh_token"] = token["refresh_token"]
    client.advance(days=8)
    assert client("POST", "/rsso/oauth2/token", data=form).status_code == 400


def test_single_sign_on_has_no_other_grants(hub, client_of):
    known, client = oauth(hub), client_of()
    form = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    assert client("POST", "/rsso/oauth2/token", data=form | {"grant_type": "client_credentials"}).status_code == 400
    assert client("POST", "/rsso/oauth2/token", data=form | {"client_secret": "x"}).status_code == 400
    assert client("GET", "/rsso/oauth2/authorize", params={"client_id": "x"}).status_code == 400
