"""Reading: people and groups, the site's own queries, the census, direct reads, changelogs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from isthmus.connectors.jira import Jira
from isthmus.core.connector import Scope, Update
from isthmus.core.errors import (
    ConfigError,
    NotFoundError,
    UnavailableError,
)
from isthmus.core.model import Group, Person

Make = Callable[..., Jira]
EVERYTHING = Scope()


# -- people


def test_people_are_asked_for_once(desk: Jira, server: Any, users: Any) -> None:
    server.on("GET", "user/bulk", {"values": [users["ana"]], "isLast": True})
    for _ in range(2):
        found = desk.people(["712020:ana", "712020:gone", ""])
        assert found == {"712020:ana": Person(id="712020:ana", name="Ana", email="ana@acme.example")}
    assert len(server.asked("user/bulk")) == 1


def test_a_hidden_address_is_known_where_the_configuration_says_it(make: Make, server: Any) -> None:
    hidden = {"accountId": "1", "displayName": "Heidi"}
    server.on("GET", "user/bulk", {"values": [hidden], "isLast": True})
    server.on("GET", "user/search", [hidden, {**hidden, "accountId": "2", "emailAddress": "heidi@acme.example.org"}])
    told = make(addresses={"heidi@acme.example": "1", "gone@acme.example": "3"})
    assert told.find_people(["heidi@acme.example"])["heidi@acme.example"].id == "1"
    assert told.people(["1"])["1"].email == "heidi@acme.example"
    assert told.find_people(["gone@acme.example"]) == {}
    assert make().find_people(["heidi@acme.example", "no address"]) == {}


def test_an_address_of_two_people_is_nobodys(desk: Jira, server: Any, users: Any) -> None:
    server.on(
        "GET",
        "user/search",
        [users["ana"], {**users["ana"], "accountId": "2"}, {**users["ana"], "accountId": "3", "active": False}],
    )
    assert desk.find_people(["ana@acme.example"]) == {}
    server.on("GET", "user/search", [users["ana"], users["ana"]])
    assert desk.find_people(["ana@acme.example"])["ana@acme.example"].name == "Ana"


def test_only_so_many_people_are_remembered(desk: Jira, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isthmus.connectors.jira.people.KEPT", 2)
    desk._people.meet([{"accountId": str(number), "displayName": "x"} for number in range(4)])
    assert list(desk._people._met) == ["2", "3"]


def test_groups(make: Make, server: Any) -> None:
    server.on("GET", "group/bulk", {"values": [{"name": "Network", "groupId": "g"}], "isLast": True})
    assert make().groups() == [Group(id="Network", name="Network")]
    server.on("GET", "group/bulk", (403, {}, {"errorMessages": ["no"]}))
    assert make().groups() == []
    server.on("GET", "field", [])
    assert make().groups() == []


def test_people_and_groups_of_data_center(center: Jira, server: Any) -> None:
    server.on(
        "GET",
        "/rest/api/2/user",
        lambda params, body: {"name": "ana", "displayName": "Ana"} if params["username"] == "ana" else (404, {}, {}),
    )
    assert center.people(["ana", "gone"]) == {"ana": Person(id="ana", name="Ana")}
    server.on("GET", "/rest/api/2/user/search", [{"name": "ana", "displayName": "Ana", "emailAddress": "ana@acme.example"}])
    assert center.find_people(["ana@acme.example"])["ana@acme.example"].id == "ana"
    assert server.asked("/rest/api/2/user/search")[0]["username"] == "ana@acme.example"
    server.on("GET", "/rest/api/2/groups/picker", {"groups": [{"name": "Network"}]})
    assert center.groups() == [Group(id="Network", name="Network")]


# -- reading


def test_a_cursor_of_somebody_else_is_refused(desk: Jira) -> None:
    with pytest.raises(ConfigError, match="cursor"):
        list(desk.changes("7", EVERYTHING))


def test_the_sites_own_query_is_proved_first(desk: Jira, server: Any) -> None:
    server.on("POST", "search/jql", {"issues": [], "isLast": True})
    server.on("POST", "jql/parse", {"queries": [{"query": "x"}]})
    scope = Scope(native="component = VPN")
    for _ in range(2):
        list(desk.changes(None, scope))
    assert [body["queries"] for body in server.sent("POST", "jql/parse")] == [["component = VPN"], ["(component = VPN)"]]
    server.on("POST", "jql/parse", {"queries": [{"errors": ["Expecting ')'"]}]})
    with pytest.raises(ConfigError, match="Expecting"):
        list(desk.changes(None, Scope(native="a) OR (b")))


def test_the_sites_own_query_is_proved_by_data_center(center: Jira, server: Any) -> None:
    server.on("POST", "/rest/api/2/search", {"issues": [], "total": 4})
    assert center.count(Scope(native="component = VPN")) == 4
    server.on("POST", "/rest/api/2/search", (400, {}, {"errorMessages": ["bad"]}))
    with pytest.raises(ConfigError, match="bad"):
        center.count(Scope(native="order by x"))


def test_counting_and_all_there_is(desk: Jira, server: Any) -> None:
    server.on("POST", "search/approximate-count", {"count": 3})
    assert desk.count(Scope(group=("Network",))) == 3
    assert "cf[3] in" in server.sent("POST", "search/approximate-count")[0]["jql"]
    pages = iter(
        [
            {"issues": [{"id": "1"}, {"id": "2"}], "nextPageToken": "t"},
            {"issues": [{"id": "3"}], "nextPageToken": "t"},
            {"issues": [{"id": "4"}], "isLast": True},
        ]
    )
    server.on("POST", "search/jql", lambda params, body: next(pages))
    assert list(desk.census(EVERYTHING)) == ["1", "2", "3", "4"]
    assert "id > 3" in server.sent("POST", "search/jql")[-1]["jql"]
    server.on("POST", "search/jql", {"issues": [], "nextPageToken": "t"})
    assert list(desk.census(EVERYTHING)) == []


def test_a_search_that_does_not_go_on_hides_no_project(make: Make, server: Any) -> None:
    server.on("POST", "search/jql", {"issues": [{"id": "1"}], "nextPageToken": "t"})
    with pytest.raises(UnavailableError, match="again and again"):
        list(make(also=["OPS"]).census(EVERYTHING))


def test_all_there_is_at_data_center_though_some_leave_meanwhile(make: Make, server: Any) -> None:
    center = make({"kind": "api_key", "key": "env:JIRA_TOKEN"}, deployment="data_center", also=["OPS"])
    server.on("GET", "/rest/api/2/myself", {"name": "bot", "timeZone": "Etc/UTC"})
    for path in ("project/ITSM", "field"):
        server.on("GET", f"/rest/api/2/{path}", server.scripts["GET", f"/rest/api/3/{path}"][0])
    there = [str(number) for number in range(1, 12)]
    leaving = ["7", "2", "1"]

    def search(params: Any, body: Any) -> Any:
        rows = there[body["startAt"] :][:4]
        reply = {"issues": [{"id": each} for each in rows], "total": len(there)}
        if leaving:
            there.remove(leaving.pop())
        return reply

    server.on("POST", "/rest/api/2/search", search)
    found = list(center.census(EVERYTHING))
    assert len(found) == len(set(found))
    assert set(there) <= set(found)


def test_fetching(desk: Jira, server: Any, make_issue: Any) -> None:
    server.on("POST", "issue/bulkfetch", {"issues": [make_issue(500, updated=None)], "issueErrors": []})
    (record,) = desk.fetch(["500", "500", "nonsense", "²"])
    assert (record.id, record.version, record.changed_at) == ("500", None, None)
    assert server.sent("POST", "issue/bulkfetch")[0]["issueIdsOrKeys"] == ["500"]
    server.on("POST", "issue/bulkfetch", {"issues": [], "issueErrors": [{"id": "500", "errorMessage": "later"}]})
    with pytest.raises(UnavailableError, match="later"):
        desk.fetch(["500"])
    assert desk.find("") == []
    with pytest.raises(NotFoundError):
        desk._reading.issue("nonsense", ("status",))


def test_what_we_wrote_a_moment_ago_is_searched_freshly(desk: Jira, server: Any, make_issue: Any) -> None:
    server.on("PUT", "issue/500", (204, {}, None))
    for _ in range(2):
        desk.update(Update(key="k", record_id="500", body={"summary": "x"}))
    server.on("POST", "search/jql", {"issues": [make_issue(500, labels=["isthmus:a%20b"])], "isLast": True})
    assert [record.id for record in desk.find("isthmus:a b")] == ["500"]
    assert server.sent("POST", "search/jql")[0]["reconcileIssues"] == [500]
    assert 'labels = "isthmus:a%20b"' in server.sent("POST", "search/jql")[0]["jql"]


# -- history


def test_the_changelog_in_every_unit(desk: Jira, server: Any, users: Any) -> None:
    rule = {"accountId": "557058:x", "accountType": "app"}
    entries = [
        {"created": 1784019600, "author": users["ana"], "items": [
            {"field": "status", "fieldId": "status", "from": "1", "fromString": "Open", "to": "3", "toString": "In Arbeit"},
            {"field": "priority", "fieldId": "priority", "from": "3", "fromString": "Normal", "to": "1", "toString": "Blocker"},
            {"field": "assignee", "fieldId": "assignee", "from": None, "fromString": None, "to": "712020:ana", "toString": "Ana"},
        ]},
        {"created": 1784019600000 + 1000, "author": rule, "items": [
            {"field": "Impact", "fieldId": "customfield_1", "fromString": "", "toString": "High"},
            {"field": "Affected services", "fieldId": "customfield_5", "fromString": None, "toString": "ERP"},
            {"field": "Severity", "fieldId": "customfield_19", "fromString": None, "toString": "Sev-1"},
            {"field": "Link", "from": None, "to": "ITSM-1", "toString": "x"},
            {"field": "status", "fieldId": "status", "from": None, "fromString": None, "to": "99", "toString": "Closed"},
        ]},
        {"created": "2026-07-14T11:00:02.000+0200", "items": []},
    ]  # fmt: skip
    pages = iter(
        [
            {"issueChangeLogs": [{"issueId": "500", "changeHistories": entries[:1]}], "nextPageToken": "1"},
            {"issueChangeLogs": [{"issueId": "500", "changeHistories": entries[1:]}], "nextPageToken": "1"},
        ]
    )
    server.on("POST", "changelog/bulkfetch", lambda params, body: next(pages))
    changes = desk.history(["500", "x"])["500"]
    assert [(change.field, change.before, change.after) for change in changes] == [
        ("state", "Open", "Work in progress"),
        ("priority", "Medium", "Highest"),
        ("assignee", None, "712020:ana"),
        ("impact", None, "High"),
        ("service", None, "ERP"),
        ("custom_fields", None, "Sev-1"),
        ("Link", None, "x"),
        ("state", None, "Closed"),
    ]
    assert {change.by for change in changes} == {"712020:ana", None}
    assert changes[0].at == datetime(2026, 7, 14, 9, 0, tzinfo=UTC)


def test_the_changelog_of_data_center(center: Jira, server: Any) -> None:
    entry = {
        "created": "2026-07-14T11:00:00.000+0200",
        "author": {"name": "ana"},
        "items": [{"field": "summary", "fromString": "a", "toString": "b"}],
    }
    server.on("GET", "/rest/api/2/issue/500", {"id": "500", "changelog": {"histories": [entry]}})
    found = center.history(["500", "501"])
    assert [(change.field, change.after, change.by) for change in found["500"]] == [("summary", "b", "ana")]
    assert "501" not in found


def test_calls_are_counted_and_the_session_closed(desk: Jira, server: Any) -> None:
    desk.identify()
    assert desk.calls() == {"GET /rest/api/3/myself": 1}
    desk.close()
    server.on("GET", "myself", requests.ConnectionError("down"))
    assert "token-of-acme" not in repr(desk.settings)
