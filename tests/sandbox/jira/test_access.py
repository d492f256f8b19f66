"""Credentials, rights, OAuth, rate limits and faults."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from isthmus.sandbox.jira.auth import GATEWAY

AUTHORIZE = {
    "audience": "api.atlassian.com",
    "response_type": "code",
    "scope": "read:jira-work offline_access",
    "redirect_uri": "https://hub.example/callback",
}


def ask(jira, path="/rest/api/3/myself", header=None, **options):
    headers = {"Authorization": header} if header else {}
    return requests.get(jira.base + path, headers=headers, timeout=10, **options)


def basic(user, word):
    return "Basic " + base64.b64encode(f"{user}:{word}".encode()).decode()


def test_each_kind_of_credentials_reaches_the_same_account(jira, server):
    given = jira.running.credentials
    me = jira.get("myself")
    assert (me["emailAddress"], me["accountType"], me["locale"]) == ("isthmus@example.com", "atlassian", "en_US")
    scoped = basic(given["scoped_api_token"]["user"], given["scoped_api_token"]["token"])
    assert ask(jira, GATEWAY + "/rest/api/3/myself", scoped).json()["accountId"] == me["accountId"]
    assert ask(jira, header=scoped).status_code == 401
    password = basic(given["basic"]["user"], given["basic"]["password"])
    for mine in (server.get("/rest/api/2/myself"), ask(jira, "/rest/api/latest/myself", password).json()):
        assert (mine["name"], mine["emailAddress"]) == ("isthmus", "isthmus@example.com")
        assert mine["key"].startswith("JIRAUSER")
        assert "accountId" not in mine


@pytest.mark.parametrize(
    "header",
    [
        "Basic !!!",
        basic("isthmus@example.com", "wrong"),
        basic("isthmus", "wrong"),
        basic("nobody", "x"),
        "Bearer wrong",
        "Digest x",
    ],
)
def test_bad_credentials_are_401(jira, header):
    answer = ask(jira, header=header)
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "text/plain;charset=UTF-8")


def test_inactive_people_are_refused(jira, agent):
    jira.state.user_with_email("alex.agent@example.com").active = False
    assert agent.refused("GET", "myself")[0] == 401


def test_strangers_see_an_empty_site(jira):
    jira.issue()
    stranger = jira.stranger()
    assert stranger.refused("GET", "myself")[0] == 401
    assert stranger.post("search/jql", {"jql": "project = ITSM"}) == {"issues": [], "isLast": True}
    assert stranger.get("project/search")["values"] == []
    assert not any(field["custom"] for field in stranger.get("field"))
    status, told = stranger.refused("GET", "/rest/servicedeskapi/servicedesk")
    assert (status, told["i18nErrorMessage"]["i18nKey"]) == (401, "sd.error.unauthenticated")
    assert stranger.get("serverInfo")["deploymentType"] == "Cloud"
    assert stranger.desk("info")["isLicensedForUse"] is True


def test_people_without_the_agent_licence_get_an_empty_403(as_person):
    user = as_person("ulla.user@example.com")
    assert user.refused("GET", "/rest/servicedeskapi/servicedesk") == (403, "")
    assert user.desk("info")["version"]
    assert user.refused("POST", "/rest/servicedeskapi/customer", {})[0] == 403
    assert user.refused("POST", "field", {"name": "x"})[0] == 403


def test_unknown_paths_and_methods(jira, server):
    assert jira.refused("GET", "/rest/api/3/nothing")[0] == 404
    assert jira.refused("DELETE", "myself")[0] == 405
    status, told = jira.refused("GET", "/ex/jira/00000000/rest/api/3/myself")
    assert (status, told["error"], told["path"]) == (404, "Not Found", "/ex/jira/00000000/rest/api/3/myself")
    assert jira.refused("GET", "search", params={"jql": "x"})[0] == 410
    assert jira.refused("POST", "/rest/api/2/search", {"jql": "x"})[0] == 410
    for method, path in (
        ("POST", "/rest/api/2/search/jql"),
        ("POST", "/rest/api/2/issue/bulkfetch"),
        ("GET", "/rest/api/3/myself"),
    ):
        assert server.refused(method, path, {} if method == "POST" else None)[0] == 404


# -- OAuth


def grant(jira, status=200, **body):
    client = jira.running.credentials["oauth"]
    sent = {"client_id": client["client_id"], "client_secret": client["client_secret"], **body}
    answer = requests.post(f"{jira.base}/oauth/token", json=sent, timeout=10)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_refresh_tokens_rotate_and_old_ones_die_after_a_while(jira):
    old = jira.running.credentials["oauth"]["refresh_token"]
    first = grant(jira, grant_type="refresh_token", refresh_token=old)
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 3600)
    assert first["refresh_token"] != old
    grant(jira, grant_type="refresh_token", refresh_token=old)
    jira.advance(601)
    assert grant(jira, 403, grant_type="refresh_token", refresh_token=old) == {
        "error": "invalid_grant",
        "error_description": "Unknown or invalid refresh token.",
    }
    again = grant(jira, grant_type="refresh_token", refresh_token=first["refresh_token"])
    header = f"Bearer {again['access_token']}"
    shown = ask(jira, GATEWAY + "/rest/api/3/myself", header).json()
    assert shown["self"].startswith(jira.base + GATEWAY)
    jira.advance(3601)
    answer = ask(jira, GATEWAY + "/rest/api/3/myself", header)
    assert (answer.status_code, answer.json()) == (401, {"code": 401, "message": "Unauthorized"})


def test_a_code_is_exchanged_once(jira):
    client = jira.running.credentials["oauth"]["client_id"]
    answer = jira("GET", "/authorize", params={**AUTHORIZE, "client_id": client, "state": "s1"})
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (answer.status_code, query["state"]) == (302, ["s1"])
    body = {"grant_type": "authorization_code", "code": query["code"][0], "redirect_uri": AUTHORIZE["redirect_uri"]}
    token = grant(jira, **body)
    assert token["scope"] == "offline_access read:jira-work"
    assert grant(jira, 403, **body)["error_description"] == "Invalid authorization code"
    sites = ask(jira, "/oauth/token/accessible-resources", f"Bearer {token['access_token']}").json()
    assert [(site["id"], site["scopes"]) for site in sites] == [(GATEWAY.rpartition("/")[2], ["read:jira-work"])]
    assert ask(jira, "/oauth/token/accessible-resources").status_code == 401
    bad = jira("GET", "/authorize", params={**AUTHORIZE, "client_id": "x"})
    assert bad.status_code == 400
    plain = {**AUTHORIZE, "client_id": client, "scope": "read:jira-work", "redirect_uri": "https://hub.example/?a=b"}
    location = jira("GET", "/authorize", params=plain).headers["Location"]
    assert location.startswith("https://hub.example/?a=b&code=")
    code = parse_qs(urlsplit(location).query)["code"][0]
    assert "refresh_token" not in grant(
        jira, grant_type="authorization_code", code=code, redirect_uri=plain["redirect_uri"]
    )


def test_client_credentials_and_refusals(jira):
    token = grant(jira, grant_type="client_credentials")
    assert "refresh_token" not in token
    assert ask(jira, GATEWAY + "/rest/servicedeskapi/servicedesk", f"Bearer {token['access_token']}").status_code == 200
    assert grant(jira, 401, client_secret="wrong", grant_type="client_credentials")["error"] == "access_denied"
    assert grant(jira, 400, grant_type="password")["error"] == "unsupported_grant_type"
    client = jira.running.credentials["oauth"]
    form = {"grant_type": "client_credentials", "client_id": client["client_id"], "client_secret": client["client_secret"]}
    assert requests.post(f"{jira.base}/oauth/token", data=form, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("read:jira-work", "GET", "/rest/api/3/field", 200),
        ("read:jira-work", "GET", "/rest/api/3/myself", 401),
        ("read:jira-user", "GET", "/rest/api/3/myself", 200),
        ("read:jira-work", "POST", "/rest/api/3/issue", 401),
        ("write:jira-work", "POST", "/rest/api/3/issue", 400),
        ("read:servicedesk-request", "GET", "/rest/servicedeskapi/request", 200),
        ("read:servicedesk-request", "POST", "/rest/servicedeskapi/request", 401),
        ("write:servicedesk-request", "POST", "/rest/servicedeskapi/organization", 401),
        ("manage:servicedesk-customer", "POST", "/rest/servicedeskapi/organization", 400),
    ],
)
def test_scopes(jira, scope, method, path, status):
    state = jira.vendor.state
    token = jira.vendor.grants.access_token(state.admin.account_id, frozenset({scope}))
    headers = {"Authorization": f"Bearer {token}"}
    body = {} if method == "POST" else None
    answer = requests.request(method, jira.base + GATEWAY + path, headers=headers, json=body, timeout=10)
    assert answer.status_code == status
    if status == 401:
        assert answer.json() == {"code": 401, "message": "Unauthorized; scope does not match"}


@pytest.mark.parametrize("header", [None, "Basic x", "Digest x"])
def test_the_gateway_refuses_other_credentials(jira, header):
    assert ask(jira, GATEWAY + "/rest/api/3/myself", header).json() == {"code": 401, "message": "Unauthorized"}


# -- limits


def test_writes_on_one_issue_are_limited(start, document):
    jira = start(limits="real")
    key = jira.issue()
    jira.control("clock", {"set": "2026-05-06T09:00:00+00:00"})
    for _ in range(20):
        assert jira("POST", f"issue/{key}/comment", {"body": document("x")}).status_code == 201
    answer = jira("POST", f"issue/{key}/comment", {"body": document("x")})
    assert answer.status_code == 429
    assert answer.headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert {"Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining"} <= answer.headers.keys()
    assert answer.headers["X-RateLimit-Reset"] == "2026-05-06T09:00:02Z"
    jira.issue()


def test_bursts_are_limited_by_endpoint(start):
    jira = start(limits="real")
    jira.control("clock", {"set": "2026-05-06T09:00:00+00:00"})
    answers = [jira("GET", "/rest/servicedeskapi/servicedesk/1/customer") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert (answers[0].headers.get("X-RateLimit-NearLimit"), answers[4].headers.get("X-RateLimit-NearLimit")) == (
        None,
        "true",
    )
    assert answers[5].headers["RateLimit-Reason"] == "jira-burst-based"


def test_points_of_an_app_are_limited_by_the_hour(start, monkeypatch):
    monkeypatch.setattr("isthmus.sandbox.jira.quotas.POINTS", 3)
    jira = start(limits="real")
    token = grant(jira, grant_type="client_credentials")["access_token"]
    codes = [ask(jira, GATEWAY + "/rest/api/3/myself", f"Bearer {token}").status_code for _ in range(2)]
    assert codes == [200, 429]


# -- faults


def test_injected_faults_speak_as_the_vendor_does(start):
    jira = start(faults="flaky+throttled", seed=3)
    seen = set()
    for number in range(150):
        try:
            answer = jira("GET", "serverInfo", params={"n": number})
        except requests.RequestException:
            continue
        seen.add((answer.status_code, answer.headers.get("Retry-After")))
        if answer.status_code == 500:
            assert answer.json() == {"errorMessages": ["Internal server error"], "errors": {}}
    assert {(200, None), (500, None), (429, None), (429, "1")} <= seen


def test_a_lagging_index_misses_what_was_just_written(start):
    jira = start(faults="laggy")
    key = jira.issue()
    assert jira.keys("project = ITSM") == []
    assert jira.search("project = ITSM", reconcileIssues=[10000])["issues"][0]["key"] == key
    jira.advance(31)
    assert jira.keys("project = ITSM ORDER BY updated") == [key]


def test_rules_answer_writes(start, document):
    jira = start(faults="rules")
    levels = {"customfield_10204": {"value": "Minor / Localized"}, "customfield_10211": {"value": "Low"}}
    key = jira.issue(priority={"id": "1"}, **levels)
    assert jira.show(key)["priority"]["name"] == "Lowest"
    jira.put(
        f"issue/{key}",
        {"fields": {"customfield_10204": {"value": "Extensive / Widespread"}, "customfield_10211": {"value": "Critical"}}},
    )
    assert jira.show(key)["priority"]["name"] == "Highest"
    last = jira.get(f"issue/{key}/changelog")["values"][-1]
    assert (last["author"]["displayName"], last["author"]["accountType"]) == ("Automation for Jira", "app")
    jira.put(f"issue/{key}", {"fields": {"summary": "y"}})
    jira.comment(key, internal=True)
    assert jira.show(key)["status"]["name"] == "Open"
    jira.comment(key)
    assert jira.show(key)["status"]["name"] == "Work in progress"
    request = jira.issue(kind="[System] Service request")
    jira.comment(request)
    assert jira.show(request)["status"]["name"] == "Waiting for support"
