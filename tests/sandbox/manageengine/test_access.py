"""Who may call: keys on-premises, tokens in Cloud, scopes, rights of requesters, limits."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

CLOUD = "/app/itdesk/api/v3"
ACCEPT = "application/vnd.manageengine.sdp.v3+json"


def get(client, path, **headers):
    return requests.get(client.root + path, headers=headers, timeout=10)


@pytest.mark.parametrize("header", ["authtoken", "AuthToken", "TECHNICIAN_KEY", "technician_key"])
def test_a_key_opens_the_server(server, header):
    key = server.running.credentials["authtoken"]["key"]
    assert len(key) == 36
    assert get(server, "/api/v3/requests", **{header: key}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"authtoken": "no"}, {"Authorization": "Zoho-oauthtoken x"}])
def test_a_bad_key_is_a_400_with_a_401_inside(server, headers):
    answer = get(server, "/api/v3/requests", **headers)
    assert answer.status_code == 400
    assert answer.json() == {
        "response_status": {
            "status_code": 401,
            "messages": [{"status_code": 401, "type": "failed", "message": "AuthToken in the request is invalid"}],
            "status": "failed",
        }
    }


def test_many_bad_keys_are_throttled(start):
    server = start(limits="real")
    answers = [get(server, "/api/v3/requests", authtoken="no") for _ in range(16)]
    assert answers[14].json()["response_status"]["status_code"] == 401
    assert "URL blocked as maximum access limit" in answers[15].text


def test_the_key_of_a_deleted_person_is_dead(server, robin):
    user = server.get(
        "users", search_criteria={"field": "email_id", "condition": "is", "value": "robin.requester@example.com"}
    )
    server.ok("DELETE", f"users/{user['users'][0]['id']}")
    assert robin("GET", "requests").json()["response_status"]["status_code"] == 401


# -- Cloud


def test_a_refresh_token_gives_an_access_token(cloud):
    refresh = cloud.running.credentials["oauth"]["refresh_token"]
    for _ in range(2):
        body = cloud.token(grant_type="refresh_token", refresh_token=refresh)
        assert set(body) == {"access_token", "api_domain", "token_type", "expires_in"}
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
        for scheme in ("Zoho-oauthtoken", "Bearer"):
            answer = get(cloud, f"{CLOUD}/requests", Authorization=f"{scheme} {body['access_token']}", Accept=ACCEPT)
            assert answer.status_code == 200


def test_parameters_of_the_token_may_stand_in_the_query(cloud):
    oauth = cloud.running.credentials["oauth"]
    query = {"grant_type": "refresh_token", **{key: oauth[key] for key in ("client_id", "client_secret", "refresh_token")}}
    assert "access_token" in requests.post(f"{cloud.root}/oauth/v2/token", params=query, timeout=10).json()


def code(client, **more):
    oauth = client.running.credentials["oauth"]
    asked = {"access_type": "offline", "prompt": "consent", **more}
    query = {"client_id": oauth["client_id"], "response_type": "code", "redirect_uri": "https://hub.example/cb", **asked}
    answer = client("GET", "/oauth/v2/auth", params=query)
    assert answer.status_code == 302, answer.text
    return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def test_a_code_works_once(cloud):
    given = code(cloud, state="s", scope="SDPOnDemand.requests.READ")
    assert (given["state"], given["location"], given["accounts-server"]) == ("s", "us", cloud.root)
    exchange = {"grant_type": "authorization_code", "code": given["code"], "redirect_uri": "https://hub.example/cb"}
    body = cloud.token(**exchange)
    assert "refresh_token" in body
    assert "access_token" in cloud.token(grant_type="refresh_token", refresh_token=body["refresh_token"])
    assert cloud.token(**exchange) == {"error": "invalid_code"}


@pytest.mark.parametrize(
    ("asked", "lasting"),
    [({}, True), ({"access_type": "online"}, False), ({"access_type": None}, False), ({"prompt": None}, False)],
)
def test_a_refresh_token_has_to_be_asked_for(cloud, asked, lasting):
    exchange = {"grant_type": "authorization_code", "redirect_uri": "https://hub.example/cb"}
    body = cloud.token(code=code(cloud, **asked)["code"], **exchange)
    assert ("access_token" in body, "refresh_token" in body) == (True, lasting)


def test_one_who_never_agreed_is_always_asked(cloud):
    revoke = {"token": cloud.running.credentials["oauth"]["refresh_token"]}
    assert cloud("POST", "/oauth/v2/token/revoke", params=revoke).json() == {"status": "success"}
    exchange = {"grant_type": "authorization_code", "redirect_uri": "https://hub.example/cb"}
    assert "refresh_token" in cloud.token(code=code(cloud, prompt=None)["code"], **exchange)


def test_a_code_grows_old_and_belongs_to_its_redirect(cloud):
    exchange = {"grant_type": "authorization_code", "redirect_uri": "https://other.example/"}
    assert cloud.token(code=code(cloud)["code"], **exchange) == {"error": "invalid_redirect_uri"}
    late = code(cloud)["code"]
    cloud.advance(advance=601)
    assert cloud.token(code=late, **exchange) == {"error": "invalid_code"}


def test_the_authorization_page_refuses(cloud):
    assert code(cloud, response_type="token", redirect_uri="https://hub.example/?x=1")["error"] == "invalid_response_type"
    answer = cloud("GET", "/oauth/v2/auth", params={"client_id": "no"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "no"}, "invalid_client"),
        ({"client_secret": "no"}, "invalid_client_secret"),
        ({"grant_type": "refresh_token", "refresh_token": "no"}, "invalid_code"),
        ({"grant_type": "authorization_code", "code": "no"}, "invalid_code"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_errors_of_tokens_come_with_200(cloud, form, error):
    oauth = cloud.running.credentials["oauth"]
    body = {"client_id": oauth["client_id"], "client_secret": oauth["client_secret"], **form}
    answer = cloud("POST", "/oauth/v2/token", data=None, params=body)
    assert (answer.status_code, answer.json()) == (200, {"error": error})


def test_tokens_are_made_five_times_a_minute(start, connect):
    server = start(limits="real")
    refresh = server.running.credentials["oauth"]["refresh_token"]
    bodies = [server.token(grant_type="refresh_token", refresh_token=refresh) for _ in range(6)]
    assert [body.get("error") for body in bodies] == [None] * 5 + ["Access Denied"]
    assert bodies[5]["status"] == "failure"
    server.advance(advance=61)
    assert "access_token" in server.token(grant_type="refresh_token", refresh_token=refresh)


def test_an_access_token_lives_an_hour(cloud):
    cloud.advance(advance=3601)
    assert cloud.refused("GET", "requests") == (401, 4022, None)


def test_a_refresh_token_can_be_revoked(cloud):
    given = code(cloud)["code"]
    body = cloud.token(grant_type="authorization_code", code=given, redirect_uri="https://hub.example/cb")
    revoke = {"token": body["refresh_token"]}
    assert cloud("POST", "/oauth/v2/token/revoke", params=revoke).json() == {"status": "success"}
    assert cloud("POST", "/oauth/v2/token/revoke", params=revoke).json() == {"error": "invalid_token"}
    assert cloud.token(grant_type="refresh_token", refresh_token=body["refresh_token"]) == {"error": "invalid_code"}


def test_the_oldest_of_too_many_refresh_tokens_is_dropped(cloud):
    exchange = {"grant_type": "authorization_code", "redirect_uri": "https://hub.example/cb"}
    first = cloud.running.credentials["oauth"]["refresh_token"]
    for _ in range(19):
        assert "refresh_token" in cloud.token(code=code(cloud)["code"], **exchange)
    assert "access_token" in cloud.token(grant_type="refresh_token", refresh_token=first)
    cloud.token(code=code(cloud)["code"], **exchange)
    assert cloud.token(grant_type="refresh_token", refresh_token=first) == {"error": "invalid_code"}
    assert cloud.control("credentials")["oauth"]["refresh_token"] == first
    assert cloud.vendor.grants.refresh_token_of(cloud.vendor.state.isthmus, "x") != first


@pytest.mark.parametrize(("accept", "status"), [("*/*", 415), ("application/json", 415), ("application/v3+json", 200)])
def test_cloud_wants_its_accept(cloud, accept, status):
    assert cloud("GET", "requests", headers={"Accept": accept}).status_code == status


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("SDPOnDemand.requests.READ", "GET", "requests", 200),
        ("SDPOnDemand.requests.READ", "POST", "requests", 403),
        ("SDPOnDemand.requests.ALL", "GET", "users", 403),
        ("SDPOnDemand.users.ALL", "GET", "technicians", 200),
        ("SDPOnDemand.setup.READ,SDPOnDemand.users.READ", "GET", "statuses", 200),
        ("SDPOnDemand.requests.ALL", "GET", "priorities", 403),
    ],
)
def test_a_token_reaches_what_its_scopes_say(cloud, scope, method, path, status):
    given = code(cloud, scope=scope)["code"]
    body = cloud.token(grant_type="authorization_code", code=given, redirect_uri="https://hub.example/cb")
    cloud.http.headers["Authorization"] = f"Zoho-oauthtoken {body['access_token']}"
    assert cloud(method, path).status_code == status


# -- requesters


def test_a_requester_sees_his_own_requests_and_public_notes(server, robin, connect):
    mine = robin.request(description="mine")
    assert mine["requester"]["email_id"] == "robin.requester@example.com"
    other = server.request()
    assert robin.ids() == [mine["id"]]
    assert robin.refused("GET", f"requests/{other['id']}") == (404, 4007, None)
    hidden = server.note(mine, "<p>staff</p>")
    shown = server.note(mine, "<p>for you</p>", show_to_requester=True)
    own = robin.note(mine, "<p>thanks</p>")
    assert own["show_to_requester"] is True
    assert [row["id"] for row in robin.get(f"requests/{mine['id']}/notes")["notes"]] == [shown["id"], own["id"]]
    assert robin.refused("GET", f"requests/{mine['id']}/notes/{hidden['id']}") == (404, 4007, None)
    assert robin.update(mine, subject="better")["subject"] == "better"
    robin.ok("PUT", f"requests/{mine['id']}/close")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "requests", {"request": {"subject": "x", "status": {"name": "Closed"}}}),
        ("DELETE", "requests/1/move_to_trash", None),
        ("POST", "users", {"user": {"name": "x"}}),
        ("GET", "requests/1/tasks", None),
    ],
)
def test_what_a_requester_may_not_do(robin, method, path, body):
    robin.request()
    assert robin.refused(method, path, body) == (403, 4002, None)


def test_a_requester_may_read_lists(robin):
    assert robin.get("statuses")["statuses"]
    assert robin.get("_x" if False else "users")["users"]


def test_a_requester_cannot_read_the_files_of_hidden_notes(server, robin):
    mine = robin.request()
    files = [server.upload(mine, name) for name in ("hidden.txt", "shown.txt", "open.txt")]
    server.note(mine, attachments=[{"id": files[0]["id"]}])
    server.note(mine, attachments=[{"id": files[1]["id"]}], show_to_requester=True)
    paths = [f"requests/{mine['id']}/attachments/{file['id']}/_download" for file in files]
    assert [robin("GET", path).status_code for path in paths] == [404, 200, 200]


# -- paths and limits


def test_unknown_paths_and_methods(either):
    assert either.refused("GET", "nothing") == (404, 4007, None)
    assert either.refused("PUT", "requests") == (400, 4021, None)
    assert either.refused("GET", "/app/other/api/v3/requests") == (404, 4007, None)


def test_some_paths_are_of_one_product_only(server, cloud):
    for client, path in ((server, "requesters"), (server, "groups"), (cloud, "support_groups")):
        assert client.refused("GET", path) == (404, 4007, None)
    one = server.request()
    assert server.refused("PUT", f"requests/{one['id']}/_close") == (404, 4007, None)
    assert server.refused("GET", f"requests/{one['id']}/history") == (404, 4007, None)
    assert cloud.refused("PUT", f"requests/{one['id']}/close") == (404, 4007, None)
    assert cloud.refused("GET", f"requests/{one['id']}") == (404, 4007, None)


def test_cloud_locks_an_operation(start, connect):
    cloud = connect(start(limits="real").running, CLOUD)
    answers = [cloud("GET", "requests") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert answers[30].json()["response_status"]["messages"][0]["status_code"] == 4015
    assert answers[30].headers["Retry-After"] == "60"
    assert cloud("GET", "statuses").status_code == 200
    cloud.advance(advance=30)
    assert cloud("GET", "requests").headers["Retry-After"] == "30"
    cloud.advance(advance=31)
    assert cloud("GET", "requests").status_code == 200


def test_the_server_blocks_a_url(start):
    server = start(limits="real")
    answers = [server("GET", "statuses") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [400]
    assert answers[60].text.startswith("URL blocked")
    assert "Retry-After" not in answers[60].headers
    assert server("GET", "priorities").status_code == 200
