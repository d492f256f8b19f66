"""The session: credentials, addresses, limits, errors; what the site is set up to hold; the check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from isthmus.connectors.jira import Jira
from isthmus.connectors.jira.api import read_limits, vendor_words
from isthmus.connectors.jira.settings import JiraSettings
from isthmus.connectors.jira.vocabulary import priority_of
from isthmus.core.connector import Dependency, Scope, Update
from isthmus.core.errors import (
    AuthenticationError,
    ConfigError,
    ForbiddenError,
    RateLimitedError,
    UnexpectedReplyError,
)
from isthmus.core.net.auth import BasicAuth
from isthmus.core.net.oauth_flow import ask
from pydantic import ValidationError

Make = Callable[..., Jira]
DESK = "/rest/servicedeskapi"
OAUTH = {
    "kind": "oauth",
    "grant": "refresh_token",
    "client_id": "cid",
    "client_secret": "env:JIRA_SECRET",
    "refresh_token": "env:JIRA_REFRESH",
}
TOKEN = {"access_token": "access-1", "refresh_token": "refresh-2", "expires_in": 3600}
EVERYTHING = Scope()


# -- settings


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"auth": {"kind": "api_key", "key": "env:X"}}, "Jira Cloud takes"),
        ({"auth": {**OAUTH, "grant": "password", "user": "u", "password": "env:X"}}, "Jira Cloud takes"),
        ({"deployment": "data_center"}, "Jira Data Center takes"),
        ({"project": ""}, "project"),
        ({"fields": {"nonsense": "x"}}, "fields"),
        ({"statuses": {"x": "Nowhere"}}, "statuses"),
    ],
)
def test_wrong_settings_are_refused(given: dict[str, Any], words: str) -> None:
    auth = {"kind": "api_token", "user": "u", "token": "env:X"}
    with pytest.raises(ValidationError, match=words):
        JiraSettings.model_validate({"url": "https://a.example", "auth": auth, "project": "A", **given})


def test_a_kind_of_credentials_that_slipped_through_is_refused(make: Make) -> None:
    desk = make()
    auth = desk.settings.auth.model_copy(update={})
    assert auth.kind == "api_token"
    odd = desk.settings.model_copy(update={"auth": BasicAuth.model_construct(kind="odd")})
    object.__setattr__(odd, "auth", type("Odd", (), {"kind": "odd"})())
    with pytest.raises(ConfigError, match="does not take kind odd"):
        Jira(odd, desk.context)


# -- addresses


def test_oauth_goes_through_the_gateway_to_the_site_of_the_url(make: Make, server: Any) -> None:
    server.on("POST", "/oauth/token", TOKEN)
    sites = [{"id": "other", "url": "https://other.atlassian.net"}, {"id": "cloud-1", "url": "https://acme.atlassian.net"}]
    server.on("GET", "/oauth/token/accessible-resources", sites)
    server.on("GET", "/ex/jira/cloud-1/rest/api/3/myself", {"accountId": "1", "displayName": "Sync", "timeZone": "Etc/UTC"})
    desk = make(OAUTH)
    assert desk.identify().account == "Sync"
    (asked,) = server.sent("POST", "/oauth/token")
    assert asked["refresh_token"] == "refresh-of-acme"
    assert server.headers[-1]["Authorization"] == "Bearer access-1"
    endpoint = desk.authorization()
    assert endpoint is not None
    page = ask(endpoint, desk.settings.auth, 7).url  # type: ignore[arg-type]
    assert page.startswith("https://auth.atlassian.com/authorize?audience=api.atlassian.com&prompt=consent&")
    assert "offline_access" in page
    assert make().authorization() is None


def test_a_grant_that_does_not_reach_the_site_says_which_it_reaches(make: Make, server: Any) -> None:
    server.on("POST", "/oauth/token", TOKEN)
    server.on("GET", "/oauth/token/accessible-resources", [{"id": "other", "url": "https://other.atlassian.net"}])
    with pytest.raises(ConfigError, match=r"it reaches: https://other\.atlassian\.net"):
        make(OAUTH).identify()


def test_a_scoped_token_goes_through_the_gateway(make: Make, server: Any) -> None:
    server.on("GET", "/ex/jira/cloud-1/rest/api/3/myself", {"accountId": "1", "emailAddress": "sync@acme.example"})
    assert make(cloud_id="cloud-1").identify().account == "sync@acme.example"
    server.on("GET", "/ex/jira/cloud-1/rest/api/3/attachment/content/9", (200, {}, b"x"))


# -- errors and limits


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errorMessages": ["a", "b"], "errors": {"summary": "c"}}, "a; b; summary: c"),
        ({"errorMessage": "d", "i18nErrorMessage": {}}, "d"),
        ({"code": 401, "message": "Unauthorized"}, "Unauthorized"),
        ({"errors": [{"message": "e"}]}, "e"),
        ({"error": "invalid_grant", "error_description": "f"}, "f"),
        ([], ""),
    ],
)
def test_the_vendors_words_of_every_shape(body: Any, words: str) -> None:
    assert vendor_words(body) == words


def test_limits_are_read_from_a_refusal() -> None:
    told = {
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "2026-07-14T09:00:30Z",
        "Date": "Tue, 14 Jul 2026 09:00:00 GMT",
    }
    (limit,) = read_limits(told)
    assert (limit.name, limit.limit, limit.remaining, limit.reset_seconds) == ("account", 100, 0, 30.0)
    for odd in (
        {"RateLimit-Reason": "jira-per-issue-on-write"},
        {"X-RateLimit-Reset": "soon"},
        {"Date": ""},
        {"X-RateLimit-Limit": ""},
    ):
        assert read_limits({**told, **odd}) == []
    assert read_limits({**told, "X-RateLimit-Reset": "2026-07-14T09:00:30"}) == []


def test_writes_on_one_issue_keep_to_their_pace(make: Make, server: Any, slept: list[float]) -> None:
    server.on("PUT", "issue/500", (204, {}, None))
    server.on("PUT", "issue/501", (204, {}, None))
    desk = make(share=0.5)
    for _ in range(10):
        desk.update(Update(key="k", record_id="500", body={"summary": "x"}))
    assert slept == []
    desk.update(Update(key="k", record_id="501", body={"summary": "x"}))
    assert slept == []
    desk.update(Update(key="k", record_id="500", body={"summary": "x"}))
    assert slept == [2.0]
    for _ in range(60):
        desk.update(Update(key="k", record_id="500", body={"summary": "x"}))
    assert sum(slept) >= 30


def test_only_so_many_issues_are_remembered(make: Make, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isthmus.connectors.jira.api.PACED_ISSUES", 2)
    desk = make()
    for number in range(4):
        server.on("DELETE", f"issue/{number}", (204, {}, None))
        desk._api.call("DELETE", "issue/{issue}", repeatable=True, issue=number)
    assert list(desk._api._writes) == ["2", "3"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, {}, "Unauthorized"), AuthenticationError),
        ((404, {"Content-Type": "text/html"}, "<html>dead link</html>"), UnexpectedReplyError),
        ((200, {"Content-Type": "text/html"}, "<html>log in</html>"), UnexpectedReplyError),
        ((200, {}, {"displayName": "Anonymous"}), AuthenticationError),
        ((429, {"Retry-After": "900"}, {}), RateLimitedError),
    ],
)
def test_who_is_nobody_is_told_so(desk: Jira, server: Any, answer: Any, error: type[Exception]) -> None:
    server.on("GET", "myself", answer)
    with pytest.raises(error):
        desk.check()
    with pytest.raises(error):
        list(desk.changes(None, EVERYTHING))


def test_an_old_api_is_named(desk: Jira, server: Any) -> None:
    server.on("POST", "search/jql", (410, {}, {"errorMessages": ["removed"]}))
    with pytest.raises(UnexpectedReplyError, match="deployment"):
        list(desk.changes(None, EVERYTHING))
    server.on("POST", "search/jql", {"odd": 1})
    with pytest.raises(UnexpectedReplyError, match="no 'issues'"):
        list(desk.changes(None, EVERYTHING))


# -- the site


def permissions(*, have: bool) -> Any:
    return lambda params, body: {
        "permissions": {name: {"havePermission": have} for name in params["permissions"].split(",")}
    }


def test_a_check_without_a_warning(make: Make, server: Any) -> None:
    server.on("GET", "mypermissions", permissions(have=True))
    server.on("GET", "user/assignable/search", [{"accountId": "1", "displayName": "Heidi"}])
    health = make(addresses={"Heidi@acme.example": "1"}).check()
    assert (health.account, health.account_id, health.zone, health.warnings) == (
        "sync@acme.example",
        "712020:bot",
        "Europe/Berlin",
        (),
    )


def test_a_check_says_what_will_hurt(desk: Jira, server: Any) -> None:
    server.on(
        "GET",
        "myself",
        (200, {"Date": "Tue, 14 Jul 2026 10:00:00 GMT"}, {"accountId": "712020:bot", "timeZone": "Mars/Base"}),
    )
    server.on("GET", "mypermissions", permissions(have=False))
    server.on("GET", "user/assignable/search", [{"accountId": "1", "displayName": "Heidi"}, {"emailAddress": "x"}])
    server.on("GET", f"{DESK}/servicedesk", (403, {}, b""))
    server.on("GET", "issue/createmeta/ITSM/issuetypes/10010", {"fields": []})
    said = "\n".join(desk.check().warnings)
    for words in (
        "may not create issues in ITSM",
        "Mars/Base is unknown",
        "licence",
        "Labels is not on",
        "1 of 2 agents hide",
        "(Heidi)",
    ):
        assert words in said
    server.on("GET", "user/assignable/search", (403, {}, {"errorMessages": ["no"]}))
    assert "browse users" in "\n".join(desk.check().warnings)


def test_a_check_of_a_plain_project_far_from_our_clock(make: Make, server: Any) -> None:
    types = [{"id": "10010", "name": "Vorfall", "untranslatedName": "[System] Incident"}]
    server.on("GET", "project/ITSM", {"id": "10", "key": "ITSM", "projectTypeKey": "software", "issueTypes": types})
    late = {"Date": "Tue, 14 Jul 2026 10:00:00 GMT"}
    server.on("GET", "mypermissions", (200, late, {"permissions": {}}))
    server.on("GET", "user/assignable/search", (200, late, []))
    for path in ("myself", "field", "issue/createmeta/ITSM/issuetypes/10010"):
        data = server.scripts["GET", f"/rest/api/3/{path}"][0]
        server.on("GET", path, (200, late, data))
    said = "\n".join(make().check().warnings)
    assert "no service project" in said
    assert "clock is +3600 s" in said


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"issue_type": "Epic"}, r"issue_type: .* it has: \[System\] Incident, "),
        ({"request_type": "Nothing"}, "there are: Report a system problem"),
        ({"fields": {"impact": "Nothing"}}, r"fields\.impact: Jira has no field 'Nothing'"),
        ({"marker_field": "Nothing"}, "marker_field: Jira has no field"),
    ],
)
def test_what_the_configuration_names_must_exist(make: Make, server: Any, given: Any, words: str) -> None:
    server.on("GET", "mypermissions", permissions(have=True))
    server.on("GET", "user/assignable/search", [])
    with pytest.raises(ConfigError, match=words):
        make(**given).check()


def test_request_types_of_a_desk_that_is_hidden(make: Make, server: Any) -> None:
    server.on("GET", f"{DESK}/servicedesk", {"values": [], "isLastPage": True})
    with pytest.raises(ConfigError, match="none that this account sees"):
        _ = make(request_type="31")._site.request_type_id


def test_a_project_that_nobody_sees(desk: Jira, server: Any) -> None:
    server.on("GET", "project/ITSM", (404, {}, {"errorMessages": ["no"]}))
    with pytest.raises(ForbiddenError, match="may not browse"):
        desk.check()


def test_the_types_that_are_read(make: Make, server: Any) -> None:
    server.on("POST", "search/jql", {"issues": [], "isLast": True})
    for given, clause in (
        ({}, 'project in ("ITSM") AND issuetype not in ("11", "12")'),
        ({"issue_types": ["[system] problem"]}, 'project in ("ITSM") AND issuetype in ("11")'),
        ({"issue_types": ["*"]}, 'project in ("ITSM")'),
        ({"issue_types": ["Unheard of"], "also": ["*"]}, 'project is not EMPTY AND issuetype in ("Unheard of")'),
    ):
        list(make(**given).changes(None, EVERYTHING))
        assert server.sent("POST", "search/jql")[-1]["jql"] == f"{clause} ORDER BY updated ASC, id ASC"


def test_live_metadata_says_what_each_column_takes(desk: Jira, server: Any) -> None:
    infos = {info.id: info for info in desk.fields()}
    assert dict(infos["priority"].options or ()) == {"Highest": "Highest", "High": "High", "Medium": "Medium"}
    assert [value for value, _ in infos["impact"].options or ()] == ["Extensive / Widespread", "Minor / Localized"]
    assert [value for value, _ in infos["subcategory"].options or ()] == ["VPN", "DNS"]
    assert infos["subcategory"].dependency == Dependency("category", frozenset({("Network", "VPN"), ("Network", "DNS")}))
    assert infos["major"].options == (("true", "true"),)
    assert (infos["urgency"].options, infos["tier"].options) == ((), ())
    assert infos["pending_reason"].options is None
    assert (infos["assignee"].options, infos["reporter"].required) == (None, False)
    assert (infos["customfield_14"].custom, infos["customfield_14"].required) == (True, True)
    assert [value for value, _ in infos["customfield_19"].options or ()] == ["Sev-1", "Sev-2"]
    assert (infos["customfield_17"].writable, infos["customfield_15"].writable) == (False, False)
    assert infos["components"].required
    assert "customfield_12" not in infos
    assert [value for value, _ in infos["state"].options or ()] == [
        "Open",
        "Work in progress",
        "Pending",
        "Completed",
        "Closed",
        "Canceled",
    ]
    server.on("GET", "project/ITSM/statuses", [])
    assert len(infos["state"].options or ()) == 6


def test_a_type_without_statuses_may_have_all(make: Make, server: Any) -> None:
    server.on("GET", "project/ITSM/statuses", [{"id": "99", "statuses": []}])
    infos = {info.id: info for info in make().fields()}
    assert len(infos["state"].options or ()) == 6


def test_a_priority_of_a_sites_own_means_its_rank() -> None:
    listed = ["P0", "Wichtig", "Egal"]
    assert [priority_of(name, listed) for name in listed] == ["Highest", "High", "Low"]
    assert (priority_of("Egal"), priority_of("blocker", listed)) == ("Egal", "Highest")
