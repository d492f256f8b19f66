"""Credentials, rights, OAuth and rate limits."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from isthmus.sandbox.zendesk import quotas

UNAUTHENTICATED = {"error": "Couldn't authenticate you"}


def test_me_is_anonymous_without_credentials(zendesk):
    for auth in (None, ("isthmus@example.com", "password")):
        answer = requests.get(f"{zendesk.base}/api/v2/users/me.json", auth=auth, timeout=10)
        assert (answer.status_code, answer.json()["user"]["id"]) == (200, None)
        assert answer.json()["user"]["name"] == "Anonymous user"
    answer = requests.get(f"{zendesk.base}/api/v2/users/me.json", auth=("isthmus@example.com/token", "wrong"), timeout=10)
    assert (answer.status_code, answer.json()) == (401, UNAUTHENTICATED)
    me = zendesk.get("users/me")["user"]
    assert (me["role"], "authenticity_token" in me) == ("admin", True)


@pytest.mark.parametrize(
    "header",
    [None, "Basic !!!", "Basic", "Bearer nothing", "Digest x", "Basic " + base64.b64encode(b"nobody/token:x").decode()],
)
def test_bad_credentials_are_401(zendesk, header):
    answer = requests.get(
        f"{zendesk.base}/api/v2/tickets", headers={"Authorization": header} if header else None, timeout=10
    )
    assert (answer.status_code, answer.json()) == (401, UNAUTHENTICATED)


def test_unknown_people_and_paths(zendesk):
    assert zendesk.as_user("nobody@example.com").refused("GET", "tickets")[0] == 401
    assert zendesk.refused("GET", "nothing") == (404, {"error": "InvalidEndpoint", "description": "Not found"})
    assert zendesk.refused("DELETE", "search")[0] == 404


def test_rights_by_role(zendesk, agent, requester):
    assert requester.refused("GET", "tickets")[1]["error"]["title"] == "Forbidden"
    assert agent.get("tickets")["tickets"] == []
    for method, path in (
        ("GET", "incremental/tickets/cursor?start_time=0"),
        ("POST", "imports/tickets"),
        ("POST", "groups"),
    ):
        assert agent.refused(method, path)[0] == 403
    assert agent.get("groups")["count"] == 7


def test_the_suffix_is_optional_and_odd_formats_are_taken(zendesk):
    zendesk.ticket()
    assert zendesk.get("tickets.json") | {"tickets": 0} == zendesk.get("tickets") | {"tickets": 0}
    assert zendesk.get("tickets.json&page[size]=100")["count"] == 1


# -- OAuth


def grant(zendesk, status=201, **body):
    client = zendesk.running.credentials["oauth"]
    data = {"client_id": client["client_id"], "client_secret": client["client_secret"], **body}
    answer = requests.post(f"{zendesk.base}/oauth/tokens", json=data, timeout=10)
    assert answer.status_code == status, answer.text
    return answer.json()


def bearer(zendesk, token, path="tickets", method="GET", **options):
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, f"{zendesk.base}/api/v2/{path}", headers=headers, timeout=10, **options)


def test_client_credentials(zendesk):
    token = grant(zendesk, grant_type="client_credentials", scope="read", expires_in=300)
    assert (token["token_type"], token["expires_in"], token["scope"], "refresh_token" in token) == (
        "bearer",
        300,
        "read",
        False,
    )
    assert bearer(zendesk, token["access_token"]).status_code == 200
    refused = bearer(zendesk, token["access_token"], method="POST", json={"ticket": {"comment": "x"}})
    assert (refused.status_code, refused.json()["error"]["title"]) == (403, "Forbidden")
    zendesk.control("clock", {"advance": 301})
    assert bearer(zendesk, token["access_token"]).status_code == 401


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("tickets:read", "tickets", 200), ("tickets:read", "users", 403), ("users:read", "incremental/users/cursor?start_time=0", 200),
        ("nonsense", "tickets", 403), ("read write", "search/count.json?query=x", 200),
    ],
)  # fmt: skip
def test_scopes(zendesk, scope, path, status):
    token = grant(zendesk, grant_type="client_credentials", scope=scope)["access_token"]
    assert bearer(zendesk, token, path).status_code == status


def test_refreshing_kills_the_old_pair(zendesk):
    first = zendesk.running.credentials["oauth"]["refresh_token"]
    second = grant(zendesk, grant_type="refresh_token", refresh_token=first)
    assert bearer(zendesk, second["access_token"]).status_code == 200
    third = grant(zendesk, grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert bearer(zendesk, second["access_token"]).status_code == 401
    for old in (first, second["refresh_token"], ""):
        assert grant(zendesk, 400, grant_type="refresh_token", refresh_token=old)["error"] == "invalid_grant"
    zendesk.control("clock", {"advance": third["refresh_token_expires_in"] + 1})
    assert grant(zendesk, 400, grant_type="refresh_token", refresh_token=third["refresh_token"])["error"] == "invalid_grant"


def authorized(zendesk, **params):
    client = zendesk.running.credentials["oauth"]
    query = {"response_type": "code", "client_id": client["client_id"], "redirect_uri": "http://127.0.0.1:1/back", **params}
    return zendesk("GET", "/oauth/authorizations/new", params=query)


def test_authorization_code_with_pkce(zendesk):
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    answer = authorized(zendesk, state="s1", scope="read write", code_challenge=challenge, code_challenge_method="S256")
    assert answer.status_code == 302
    sent = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert sent["state"] == ["s1"]
    data = {"grant_type": "authorization_code", "code": sent["code"][0], "redirect_uri": "http://127.0.0.1:1/back"}
    token = grant(zendesk, **data, code_verifier=verifier, client_secret=None)
    assert bearer(zendesk, token["access_token"], "users/me").json()["user"]["role"] == "admin"
    assert grant(zendesk, 400, **data, code_verifier=verifier)["error"] == "invalid_grant"
    again = parse_qs(urlsplit(authorized(zendesk, code_challenge=challenge).headers["Location"]).query)["code"][0]
    assert grant(zendesk, 400, **{**data, "code": again}, code_verifier="w")["error"] == "invalid_grant"


def test_authorization_codes_age_and_know_their_redirect(zendesk):
    def code():
        return parse_qs(urlsplit(authorized(zendesk).headers["Location"]).query)["code"][0]

    data = {"grant_type": "authorization_code", "redirect_uri": "http://127.0.0.1:1/back"}
    assert grant(zendesk, **data, code=code())["refresh_token"]
    assert grant(zendesk, 400, **{**data, "redirect_uri": "http://other/"}, code=code())["error"] == "invalid_grant"
    old = code()
    zendesk.control("clock", {"advance": 121})
    assert grant(zendesk, 400, **data, code=old)["error"] == "invalid_grant"
    assert authorized(zendesk, client_id="other").status_code == 400
    location = authorized(zendesk, response_type="token", redirect_uri="http://127.0.0.1:1/back?a=b").headers["Location"]
    assert location == "http://127.0.0.1:1/back?a=b&error=unsupported_response_type"


def test_tokens_that_are_refused(zendesk):
    assert grant(zendesk, 401, grant_type="client_credentials", client_secret="wrong")["error"] == "invalid_client"
    assert grant(zendesk, 400, grant_type="password")["error"] == "unsupported_grant_type"
    assert grant(zendesk, 400, grant_type="client_credentials", expires_in=1)["error"] == "invalid_request"
    for data, kind in (
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"a=b", "application/x-www-form-urlencoded"),
    ):
        answer = requests.post(f"{zendesk.base}/oauth/tokens", data=data, headers={"Content-Type": kind}, timeout=10)
        assert answer.status_code == 401


def test_tokens_are_listed_and_revoked(zendesk):
    grant(zendesk, grant_type="client_credentials")
    rows = zendesk.get("oauth/tokens")["tokens"]
    assert [len(row["token"]) for row in rows] == [10, 10]
    path = f"oauth/tokens/{rows[1]['id']}"
    assert zendesk.get(path)["token"]["scopes"] == ["read", "write"]
    assert zendesk("DELETE", path).status_code == 204
    assert zendesk.refused("GET", path)[0] == zendesk.refused("DELETE", path)[0] == 404


# -- limits


def test_headers_of_the_limits_are_always_there(zendesk):
    headers = zendesk("GET", "tickets").headers
    assert headers["x-rate-limit"] == headers["ratelimit-limit"] == headers["rate-limit"] == "700"
    assert headers["ratelimit-remaining"] == headers["x-rate-limit-remaining"] == "699"
    assert headers["zendesk-ratelimit-tickets-index"] == headers["zendesk-rate-limit-tickets-index"]
    assert headers["zendesk-ratelimit-tickets-index"].startswith("total=100; remaining=99; resets=")
    ticket = zendesk.ticket()
    answer = zendesk("PUT", f"tickets/{ticket['id']}.json", json={"ticket": {"priority": "low"}})
    assert answer.headers["zendesk-ratelimit-per-ticket-updates"].startswith("total=30; remaining=29;")
    assert "zendesk-ratelimit-tickets-update" in answer.headers


def test_a_parameter_in_the_place_of_the_format_counts_for_the_same_limit(zendesk):
    headers = zendesk("GET", "tickets.json&page[size]=100").headers
    assert headers["zendesk-ratelimit-tickets-index"].startswith("total=100; remaining=99;")


def test_the_limit_of_deletions_has_no_headers_but_holds(start, monkeypatch):
    small = [replace(limit, total=2) if limit.header == "tickets-destroy" else limit for limit in quotas.ENDPOINTS]
    monkeypatch.setattr(quotas, "ENDPOINTS", small)
    zendesk = start(limits="real")
    answers = [zendesk("DELETE", f"tickets/{zendesk.ticket()['id']}") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 429]
    assert not [name for answer in answers for name in answer.headers if "tickets-destroy" in name]


def test_ten_exports_a_minute(start):
    zendesk = start(limits="real")
    paths = ["incremental/tickets/cursor?start_time=0", "incremental/users?start_time=0"] * 5
    assert [zendesk("GET", path).status_code for path in paths] == [200] * 10
    assert zendesk("GET", "incremental/tickets/sample?start_time=0").status_code == 200
    answer = zendesk("GET", paths[0])
    assert (answer.status_code, answer.json()["error"]) == (429, "APIRateLimitExceeded")
    zendesk.control("clock", {"advance": int(answer.headers["Retry-After"])})
    assert zendesk("GET", paths[0]).status_code == 200


def test_thirty_updates_of_one_ticket_in_ten_minutes(start):
    zendesk = start(limits="real")
    one, two = zendesk.ticket(), zendesk.ticket()
    for number in range(30):
        zendesk.update(one, subject=str(number))
    status, body = zendesk.refused("PUT", f"tickets/{one['id']}", {"ticket": {"subject": "x"}})
    assert (status, body["error"]) == (429, "Rate limit for ticket updates exceeded, please slow down")
    zendesk.update(two, subject="free")


def test_the_accounts_limit_and_others_are_plain_text(start, monkeypatch):
    zendesk = start(limits="real")
    assert [zendesk("GET", "ticket_fields").status_code for _ in range(21)][-1] == 429
    monkeypatch.setattr("isthmus.sandbox.zendesk.quotas.ACCOUNT_TOTAL", 5)
    answer = zendesk("GET", "groups")
    assert (answer.status_code, answer.text) == (429, "Number of allowed API requests per minute exceeded")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_faults_speak_the_vendors_language(start):
    zendesk = start(faults="flaky+throttled", seed=2)
    zendesk.control("faults", {"profile": "flaky+throttled", "seed": 2, "hold": 0.01})
    bodies = set()
    for number in range(200):
        try:
            answer = zendesk("GET", f"groups?n={number}")
        except requests.RequestException:
            continue
        if not answer.ok:
            bodies.add((answer.status_code, answer.headers["Content-Type"].partition(";")[0]))
    assert bodies == {(500, "application/json"), (503, "text/html"), (429, "text/plain")}
