"""Who may call, OAuth, limits, and what the vendor answers to strange requests."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.sandbox.freshservice import drafts

TOKEN = "/org/oauth/v2/token"


def anonymous(desk, method, path, **options):
    return requests.request(method, desk.base + path, timeout=10, allow_redirects=False, **options)


def login(user, password="X"):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "invalid_credentials"),
        (login("wrong"), "invalid_credentials"),
        ({"Authorization": "Basic !!"}, "invalid_credentials"),
        ({"Authorization": "Digest x"}, "invalid_credentials"),
        (login("isthmus@example.com", "secret"), "unsupported_authentication_type"),
        ({"Authorization": "Bearer x"}, "access_token_invalid"),
    ],
)
def test_bad_credentials(desk, headers, code):
    answer = anonymous(desk, "GET", "/api/v2/agents/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_any_password_will_do_and_an_inactive_agent_is_out(desk, agent):
    key = desk.running.credentials["api_key"]["key"]
    assert anonymous(desk, "GET", "/api/v2/agents/me", headers=login(key, "whatever")).status_code == 200
    desk.ok("DELETE", f"agents/{desk.person('alex.agent@example.com')['id']}")
    assert agent("GET", "agents/me").status_code == 401


def test_strange_requests(desk):
    assert desk.refused("GET", "nothing") == (404, None)
    assert desk.refused("GET", "tickets/INC-1") == (404, None)
    answer = desk("PATCH", "tickets/1")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "DELETE, GET, PUT")
    assert answer.json()["message"].startswith("PATCH method is not allowed.")
    assert desk("GET", "tickets", headers={"Accept": "text/html"}).status_code == 406
    for data, kind, status, code in (
        (b"{", "application/json", 400, "invalid_json"),
        (b"[]", "application/json", 400, "invalid_json"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "invalid_content_type"),
    ):
        answer = desk("POST", "tickets", data=data, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert desk.faults("POST", "tickets", data=b"", headers={"Content-Type": "text/plain"})[0] == (
        "subject",
        "missing_field",
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 6) | st.sampled_from(["", "x", "2026-06-01", "network", "a@example.com"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["display_id", "vip", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
KEYS = st.sampled_from(sorted(drafts.CREATE | drafts.UPDATE | {"body", "private", "user_id", "attachments", "shoe_size"}))


@given(
    st.sampled_from(["tickets", "tickets/1", "tickets/1/notes", "tickets/1/reply"]),
    st.dictionaries(KEYS, VALUES, max_size=5),
)
@settings(max_examples=150, deadline=None)
def test_no_body_breaks_it(seeded, path, body):
    answer = seeded("PUT" if path == "tickets/1" else "POST", path, json=body)
    assert answer.status_code in {200, 201, 400}
    if answer.status_code == 400:
        assert all(set(error) == {"field", "message", "code"} for error in answer.json()["errors"])


@given(st.text(alphabet="prioty:<>3 ANDOR()'\"\\~[]null|²", max_size=30))
@settings(max_examples=150, deadline=None)
def test_no_query_breaks_it(seeded, query):
    answer = seeded("GET", "tickets/filter", params={"query": f'"{query}"'})
    assert answer.status_code in {200, 400}


def test_headers_of_every_answer(desk):
    headers = desk("GET", "tickets").headers
    assert headers["x-freshservice-api-version"] == "latest=v2; requested=v2"
    assert headers["status"] == "200 OK"
    assert (headers["x-ratelimit-total"], headers["x-ratelimit-used-currentrequest"]) == ("140", "1")
    assert desk("GET", "groups").headers["x-ratelimit-total"] == "500"


def test_limits_by_endpoint_with_dear_side_loads(start):
    desk = start(limits="real")
    ticket = desk.ticket()
    shown = desk("GET", f"tickets/{ticket['id']}", params={"include": "conversations,stats"})
    assert shown.headers["x-ratelimit-used-currentrequest"] == "4"
    assert shown.headers["x-ratelimit-remaining"] == "156"
    for _ in range(28):
        answer = desk("GET", "tickets", params={"include": "stats,requester"})
        assert answer.status_code == 200
    assert answer.headers["x-ratelimit-remaining"] == "0"
    refused = desk("GET", "tickets")
    assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (429, "0")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.json() == {"message": "You have exceeded the limit of requests per minute"}
    assert desk("GET", "tickets/filter", params={"query": '"status:2"'}).status_code == 429
    assert desk("GET", "groups").status_code == 200
    desk.advance(61)
    assert desk("GET", "tickets").status_code == 200


def test_the_limit_of_the_account(start):
    desk = start(limits="real")
    for _ in range(500):
        desk.vendor.limits.take("account", 500)
    refused = desk("GET", "groups")
    assert (refused.status_code, refused.headers["x-ratelimit-total"]) == (429, "500")


def test_faults_in_the_vendors_manner(start):
    desk = start()
    desk.control("faults", {"profile": "throttled+flaky", "seed": 4, "hold": 0.01})
    bodies = [(answer.status_code, answer.content) for answer in (_try(desk) for _ in range(250)) if answer is not None]
    assert {status for status, _ in bodies} >= {200, 429, 500, 503}
    assert b"We're sorry, but something went wrong." in next(body for status, body in bodies if status == 500)
    assert b"exceeded" in next(body for status, body in bodies if status == 429)


def _try(desk):
    try:
        return desk("GET", "groups")
    except requests.RequestException:
        return None


# -- OAuth


def token(desk, body, auth=True, **options):
    kept = desk.running.credentials["oauth"]
    pair = (kept["client_id"], kept["client_secret"]) if auth else None
    return anonymous(desk, "POST", TOKEN, json=body, auth=pair, **options)


def bearer(desk, method, path, access, **options):
    return anonymous(desk, method, f"/api/v2/{path}", headers={"Authorization": f"Bearer {access}"}, **options)


def granted(desk, scope, **more):
    kept = desk.running.credentials["oauth"]
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": kept["client_id"], "redirect_uri": "http://localhost/back?x=1", "response_type": "code",
        "scope": scope, "state": "s", "code_challenge": challenge, "code_challenge_method": "S256", **more,
    }  # fmt: skip
    answer = anonymous(desk, "GET", "/org/oauth/v2/authorize", params=asked)
    found = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
    exchange = {"grant_type": "authorization_code", "redirect_uri": asked["redirect_uri"], "code_verifier": verifier}
    return answer, found, exchange


def test_the_metadata_name_the_endpoints(desk):
    found = anonymous(desk, "GET", "/.well-known/oauth-authorization-server").json()
    assert found["token_endpoint"] == desk.base + TOKEN == desk.running.credentials["oauth"]["token_url"]
    assert found["grant_types_supported"] == ["authorization_code", "refresh_token"]


def test_a_code_is_exchanged_once(desk):
    _, found, exchange = granted(desk, "freshservice.tickets.view")
    assert (found["state"], found["x"]) == (["s"], ["1"])
    body = {**exchange, "code": found["code"][0]}
    pair = token(desk, body).json()
    claims = json.loads(base64.urlsafe_b64decode(pair["access_token"].split(".")[1] + "=="))
    assert (claims["user"], claims["scope"]) == ("isthmus@example.com", ["freshservice.tickets.view"])
    assert token(desk, body).json()["error"] == "invalid_grant"
    assert bearer(desk, "GET", "tickets", pair["access_token"]).status_code == 200
    for method, path in (
        ("POST", "tickets"),
        ("GET", "requesters"),
        ("GET", "ticket_form_fields"),
        ("GET", "tickets/1/conversations"),
    ):
        answer = bearer(desk, method, path, pair["access_token"])
        assert (answer.status_code, answer.json()["code"]) == (403, "access_denied")
    desk.advance(1801)
    assert bearer(desk, "GET", "tickets", pair["access_token"]).json()["code"] == "access_token_expired"


def test_refresh_tokens_rotate(desk):
    first = desk.running.credentials["oauth"]["refresh_token"]
    pair = token(desk, {"grant_type": "refresh_token", "refresh_token": first}).json()
    assert bearer(desk, "GET", "agents/me", pair["access_token"]).status_code == 200
    assert bearer(desk, "POST", "tickets", pair["access_token"], json={}).status_code == 400
    assert token(desk, {"grant_type": "refresh_token", "refresh_token": first}).status_code == 400
    again = token(desk, {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}).json()
    desk.advance(366 * 86_400)
    assert token(desk, {"grant_type": "refresh_token", "refresh_token": again["refresh_token"]}).status_code == 400


def test_what_the_token_endpoint_refuses(desk):
    kept = desk.running.credentials["oauth"]
    form = anonymous(
        desk, "POST", TOKEN, data={"grant_type": "refresh_token"}, auth=(kept["client_id"], kept["client_secret"])
    )
    assert (form.status_code, form.content) == (400, b"")
    posted = {"grant_type": "refresh_token", "client_id": kept["client_id"], "client_secret": kept["client_secret"]}
    assert token(desk, posted, auth=False).json()["error"] == "invalid_client"
    assert token(desk, {"grant_type": "refresh_token", "resource": "x"}).json()["error"] == "invalid_target"
    assert token(desk, {"grant_type": "client_credentials"}).json()["error"] == "unsupported_grant_type"
    for data in (b"{", b"[]"):
        answer = anonymous(
            desk, "POST", TOKEN, data=data, headers={"Content-Type": "application/json"},
            auth=(kept["client_id"], kept["client_secret"]),
        )  # fmt: skip
        assert answer.json()["error"] == "unsupported_grant_type"


def test_what_the_authorization_page_refuses(desk):
    assert granted(desk, "", client_id="other")[0].status_code == 400
    assert granted(desk, "", redirect_uri="javascript:x")[0].status_code == 400
    assert granted(desk, "", response_type="token")[1]["error"] == ["unsupported_response_type"]
    assert granted(desk, "everything")[1]["error"] == ["invalid_scope"]
    _, found, exchange = granted(desk, "freshservice.tickets.view", redirect_uri="http://localhost/back")
    assert token(desk, {**exchange, "code": found["code"][0], "redirect_uri": "http://evil/"}).status_code == 400
    _, found, exchange = granted(desk, "freshservice.tickets.view")
    body = {**exchange, "code": found["code"][0], "code_verifier": "other"}
    assert token(desk, body).json()["error"] == "invalid_grant"
    _, found, exchange = granted(desk, "freshservice.tickets.view", code_challenge="plain", code_challenge_method="plain")
    assert token(desk, {**exchange, "code": found["code"][0], "code_verifier": "plain"}).status_code == 200
    _, found, exchange = granted(desk, "freshservice.tickets.view", code_challenge=None)
    del exchange["code_verifier"]
    assert token(desk, {**exchange, "code": found["code"][0]}).status_code == 200
    answer, found, _ = granted(desk, "freshservice.tickets.view", state=None, redirect_uri="http://localhost/")
    assert (answer.headers["Location"].count("?"), "state" in found) == (1, False)


def test_a_token_of_a_deactivated_agent_is_worth_nothing(desk):
    first = desk.running.credentials["oauth"]["refresh_token"]
    pair = token(desk, {"grant_type": "refresh_token", "refresh_token": first}).json()
    desk.vendor.state.admin.active = False
    assert bearer(desk, "GET", "agents/me", pair["access_token"]).json()["code"] == "access_token_invalid"
