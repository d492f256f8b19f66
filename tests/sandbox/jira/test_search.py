"""Finding: JQL, tokens, counting, parsing, Data Center's older search."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from isthmus.sandbox.jira.auth import Session
from isthmus.sandbox.jira.jql_parse import JqlError, parse
from isthmus.sandbox.jira.search import Search


def refusal(jira, jql):
    status, told = jira.refused("POST", "search/jql", {"jql": jql})
    assert (status, told["warningMessages"]) == (400, [])
    return told["errorMessages"][0]


def test_pages_and_tokens(jira):
    keys = [jira.issue(str(number)) for number in range(5)]
    page = jira.search("project = ITSM ORDER BY updated ASC, id ASC", "summary", maxResults=2)
    assert [issue["fields"]["summary"] for issue in page["issues"]] == ["0", "1"]
    assert page["isLast"] is False
    assert page.keys() == {"issues", "nextPageToken", "isLast"}
    jira.advance(60)
    jira.put(f"issue/{keys[3]}", {"fields": {"summary": "late"}})
    again = {"jql": "project = ITSM ORDER BY updated ASC, id ASC", "fields": ["summary"], "maxResults": 50}
    rest = jira.post("search/jql", {**again, "nextPageToken": page["nextPageToken"]})
    assert [issue["fields"]["summary"] for issue in rest["issues"]] == ["2", "4", "late"]
    assert rest["isLast"] is True
    assert "nextPageToken" not in rest
    for wrong in ({"jql": "project = ITSM", "nextPageToken": page["nextPageToken"]}, {**again, "nextPageToken": "???"}):
        assert "token" in jira.refused("POST", "search/jql", wrong)[1]["errorMessages"][0]
    jira.advance(8 * 86400)
    assert jira.refused("POST", "search/jql", {**again, "nextPageToken": page["nextPageToken"]})[0] == 400


def test_other_orders_page_by_offset(jira):
    for number in range(5):
        jira.issue(priority={"id": str(5 - number)})
    page = jira.get("search/jql", jql="project=ITSM ORDER BY priority DESC", fields="key", maxResults=3)
    assert [issue["key"] for issue in page["issues"]] == ["ITSM-5", "ITSM-4", "ITSM-3"]
    rest = jira.get(
        "search/jql", jql="project=ITSM ORDER BY priority DESC", fields="key", nextPageToken=page["nextPageToken"]
    )
    assert [issue["key"] for issue in rest["issues"]] == ["ITSM-2", "ITSM-1"]


def test_without_fields_there_are_only_ids(jira):
    jira.issue()
    assert jira.post("search/jql", {"jql": "project = ITSM"}) == {"issues": [{"id": "10000"}], "isLast": True}
    assert jira.post("search/jql", {"jql": "project = ITSM", "fields": ["id"]})["issues"] == [{"id": "10000"}]
    shown = jira.search("project = ITSM", "summary", expand="names,schema,changelog", properties=["x"])
    assert (shown["names"], shown["schema"]["summary"]["type"]) == ({"summary": "Summary"}, "string")
    assert shown["issues"][0]["changelog"]["total"] == 0
    assert shown["issues"][0]["properties"] == {}


def test_a_found_issue_has_the_newest_comments_only(jira):
    key = jira.issue()
    for number in range(25):
        jira.comment(key, str(number))
    (found,) = jira.search("project = ITSM", "comment")["issues"]
    page = found["fields"]["comment"]
    assert (len(page["comments"]), page["total"], page["maxResults"]) == (20, 25, 20)
    assert page["comments"][-1]["body"]["content"][0]["content"][0]["text"] == "24"
    assert len(jira.show(key)["comment"]["comments"]) == 25


def test_limits_of_a_request(jira):
    assert jira.refused("POST", "search/jql", {"jql": "project = ITSM", "maxResults": -1})[0] == 400
    assert jira.refused("POST", "search/jql", {"jql": "project = ITSM", "reconcileIssues": list(range(51))})[0] == 400
    assert refusal(jira, "ORDER BY created").startswith("Unbounded JQL")
    assert refusal(jira, "").startswith("Unbounded JQL")


# -- time


def test_literals_are_minutes_in_the_callers_zone(jira, agent):
    jira.control("clock", {"set": "2026-05-06T08:30:40+00:00"})
    key = jira.issue()
    for clause, found in (
        ('updated >= "2026-05-06 10:30"', True),
        ('updated >= "2026/05/06 10:31"', False),
        ('updated < "2026-05-06 10:31"', True),
        ("updated >= 1778056230000", True),
        ("updated >= 1778056260000", False),
        ('updated >= "2026-05-06"', True),
        ("updated >= -1m", True),
        ("updated > -1w", True),
        ('created <= "1h"', True),
        ("created >= startOfDay()", True),
        ("created >= endOfDay(-1)", True),
        ("created >= startOfWeek() AND created <= endOfWeek()", True),
        ("created >= startOfMonth() AND created <= endOfMonth()", True),
        ("created >= startOfYear(-1y) AND created <= endOfYear()", True),
        ("created <= now()", True),
        ("resolved is EMPTY", True),
        ("resolutiondate > -1d", False),
    ):
        assert (jira.keys(clause) == [key]) is found, clause
    jira.state.user_with_email("alex.agent@example.com").zone = "America/New_York"
    assert agent.keys('updated >= "2026-05-06 04:30" AND updated < "2026-05-06 04:31"') == [key]


@pytest.mark.parametrize("value", ["'-53s'", '"2026-13-01"', "tomorrow", "EMPTY", '"2026-05-06 10:30:15"'])
def test_bad_moments(jira, value):
    text = value.strip("'\"")
    assert refusal(jira, f"updated >= {value}").startswith(f"Date value '{text}' for field 'updated' is invalid.")


def test_bad_functions(jira):
    assert "Unable to find JQL function" in refusal(jira, "updated >= yesterday()")
    assert "Unable to find JQL function" in refusal(jira, "status = nothing()")
    assert "should have the format" in refusal(jira, "updated >= startOfDay(x)")


# -- clauses


def test_clauses(jira, document):
    alex, robin = jira.account("alex.agent@example.com"), jira.account("robin.requester@example.com")
    jira.state.add_group("Network")
    one = jira.issue(
        "Mail server down", description=document("certificate of the gateway expired"), labels=["vip"], priority={"id": "1"},
        assignee={"accountId": alex}, components=[{"name": "VPN"}], customfield_10210="31", customfield_10204={"value": "Minor / Localized"},
        customfield_10227="INC0012345", customfield_10226={"name": "Network"}, customfield_10231=5, duedate="2026-05-09",
        customfield_10215={"value": "Network", "child": {"value": "VPN"}}, customfield_10208="2026-05-01T08:00:00.000+0000",
        customfield_10233="https://x.example/a",
    )  # fmt: skip
    two = jira.issue("Printer jam", kind="[System] Service request", reporter={"accountId": robin})
    jira.move(two, "141")
    jira.comment(one, "please restart the server")
    jira.attach(one)
    child = jira.issue("Part", kind="Sub-task", parent={"key": one})
    jira.post("issueLink", {"type": {"name": "Blocks"}, "inwardIssue": {"key": one}, "outwardIssue": {"key": two}})
    organization = jira.post("/rest/servicedeskapi/organization", {"name": "Acme"})
    jira.put(f"issue/{two}", {"fields": {"customfield_10202": [int(organization["id"])]}})
    for clause, found in {
        "project in (ITSM, 10200)": {one, two, child},
        'project = "IT Service Management"': {one, two, child},
        'issuetype = "[System] Incident"': {one},
        "type in subTaskIssueTypes()": {child},
        "issuetype in standardIssueTypes()": {one, two},
        "status = Open": {one, child},
        "status != Open": {two},
        "status not in (Open, Canceled)": set(),
        "statusCategory = Done": {two},
        "statusCategory != Done": {one, child},
        "statusCategory = 2": {one, child},
        "resolution = Unresolved": {one, child},
        'resolution = "Won\'t Do"': {two},
        "resolution is not EMPTY": {one, two, child},
        "priority > Medium": {one},
        "priority <= Medium": {two, child},
        f'assignee = "{alex}"': {one},
        "assignee = alex.agent": {one},
        "assignee is EMPTY": {two, child},
        "assignee is not null": {one},
        "assignee != currentUser()": {one},
        "assignee in (EMPTY, 'alex.agent@example.com')": {one, two, child},
        'assignee in membersOf("jira-servicemanagement-users")': {one},
        "reporter = robin.requester": {two},
        "creator = currentUser()": {one, two, child},
        "watcher = currentUser()": {one, two, child},
        "labels = vip": {one},
        "labels = nothing": set(),
        "labels is empty": {two, child},
        "component = VPN": {one},
        f"key in ({one}, {two})": {one, two},
        f"id > {10000}": {two, child},
        f"issue in linkedIssues({one})": {two},
        f'issue in linkedIssues({two}, "is blocked by")': {one},
        f'issue in linkedIssues({two}, "blocks")': set(),
        'issue in linkedIssues("ITSM-77")': set(),
        f'issue in updatedBy("{jira.state.admin.account_id}")': {one, two},
        f"parent = {one}": {child},
        "attachments is not EMPTY": {one},
        'cf[10210] = "31"': {one},
        '"Request Type" = "Report a system problem"': {one},
        "cf[10210] is not EMPTY": {one},
        'cf[10227] ~ "INC0012345"': {one},
        'cf[10227] ~ "\\"INC0012345\\""': {one},
        'cf[10204] = "Minor / Localized"': {one},
        "Impact = 10033": {one},
        '"Operational categorization" = VPN': {one},
        '"Assignment group" = Network': {one},
        '"Affected users" >= 5': {one},
        '"Affected users" = 5': {one},
        "due = 2026-05-09": {one},
        'due > "2026-05-09"': set(),
        "due <= 2026-05-09": {one},
        '"Change start date" < 2026-05-02': {one},
        '"Knowledge article" = "https://x.example/a"': {one},
        "Organizations = Acme": {two},
        'summary ~ "mail"': {one},
        'summary ~ "serv*"': {one},
        'summary ~ "m?il down"': {one},
        'summary !~ "mail"': {two, child},
        'summary ~ "\\"server down\\""': {one},
        'summary ~ "\\"down server\\""': set(),
        'summary ~ "\\"\\""': set(),
        'summary ~ "***"': set(),
        'text ~ "certificate"': {one},
        'text ~ "restart"': {one},
        'comment ~ "restart"': {one},
        'description ~ "gateway"': {one},
        "description is EMPTY": {two, child},
        "restart": {one},
        "NOT status = Open": {two},
        "!(status = Open OR status = Canceled)": set(),
        "status = Open AND (labels = vip || labels is empty) && project = ITSM": {one, child},
        "status WAS Open": {one, child},
        'status WAS "Waiting for support"': {two},
        "status WAS NOT Open": {two},
        "status WAS IN (Open, Canceled)": {one, two, child},
        "status WAS NOT IN (Open, Canceled)": set(),
        "status WAS Canceled BY currentUser()": {two},
        "status WAS Canceled BY alex.agent": set(),
        "assignee WAS EMPTY": {two, child},
        "status CHANGED": {two},
        "status CHANGED TO Canceled": {two},
        'status CHANGED FROM "Waiting for support" TO Canceled BY currentUser()': {two},
        "status CHANGED FROM Open": set(),
        "status CHANGED AFTER -1d": {two},
        "status CHANGED BEFORE -1d": set(),
        "status CHANGED ON startOfDay()": {two},
        "status CHANGED ON startOfDay(-3d)": set(),
        "status CHANGED DURING (-1d, now())": {two},
        "status CHANGED DURING (-3d, -2d)": set(),
        "resolution CHANGED FROM EMPTY": {two},
        "status WAS Canceled AFTER -1d": {two},
        "status WAS Canceled BEFORE -1d": set(),
    }.items():
        assert set(jira.keys(clause)) == found, clause


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("nothing = 1", "Field 'nothing' does not exist or you do not have permission to view it."),
        ("status = Nope", "The value 'Nope' does not exist for the field 'status'."),
        ("key = ITSM-99", "An issue with key 'ITSM-99' does not exist for field 'key'."),
        ("key in (ITSM-99, ITSM-98)", "An issue with key 'ITSM-99' does not exist for field 'key'."),
        ('"Affected users" > many', "The value 'many' does not exist for the field 'Affected users'."),
        ("status > Open", "The operator '>' is not supported by the 'status' field."),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("status ~ x", "The operator '~' is not supported by the 'status' field."),
        ("status is Open", "The operator 'is' only supports the 'EMPTY' operand for field 'status'."),
        ("summary ~ EMPTY", "The operator '~' does not support this operand for field 'summary'."),
        ("priority > EMPTY", "The operand 'EMPTY' is not supported by this operator for field 'priority'."),
        ("labels was x", "The operator 'was' is not supported by the 'labels' field."),
        ("status in Open", "Operator 'in' does not support the non-list value 'Open' for field 'status'."),
        ("status in EMPTY", "Operator 'in' does not support the non-list value 'EMPTY' for field 'status'."),
        ("status = (Open)", "Operator '=' does not support list values for field 'status'."),
        ("status = 'Open", "Error in the JQL Query: The quoted string 'Open' has no end. (line 1, character 10)"),
        ("status = a|b", "Error in the JQL Query: The character '|' is a reserved JQL character. (line 1, character 11)"),
        ("status =", "Error in the JQL Query: Expecting either a value, list or function before the end of the query."),
        ("status Open", "Error in the JQL Query: Expecting operator but got 'Open'. (line 1, character 8)"),
        ("= Open", "Error in the JQL Query: Expecting a field name but got '='. (line 1, character 1)"),
        ("(status = Open", "Error in the JQL Query: Expecting ')' before the end of the query."),
        ("status in (Open", "Error in the JQL Query: Expecting ')' or ',' before the end of the query."),
        ("status = Open x", "Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'x'. (line 1, character 15)"),
        ("status = Open\nORDER x", "Error in the JQL Query: Expecting 'BY' but got 'x'. (line 2, character 7)"),
        ("f(", "Error in the JQL Query: Expecting operator but got '('. (line 1, character 2)"),
        ("status = f(=", "Error in the JQL Query: Expecting either a value or ')' but got '='. (line 1, character 12)"),
        ("project = ITSM ORDER BY " + ", ".join(["key"] * 8), "The maximum number of 'order by' fields is 7."),
    ],
)
def test_queries_that_are_refused(jira, jql, message):
    assert refusal(jira, jql) == message


def test_reserved_words_need_quotes(jira):
    assert "'select' is a reserved JQL word" in refusal(jira, "labels = select")
    assert jira.keys("labels = 'select'") == []


def test_quoting(jira):
    label = "a\"b\\c'd"
    key = jira.issue(labels=[label])
    assert jira.keys('labels = "a\\"b\\\\c\'d"') == [key]
    assert jira.keys("labels = 'a\"b\\\\c\\'d'") == [key]
    assert jira.keys('labels = "\\u0061\\"b\\\\c\'d"') == [key]
    assert parse('a = "x\\ny"').where.operand.text == "x\ny"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1))
def test_a_quoted_value_never_changes_a_query(text):
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    query = parse(f"labels = {quoted} AND status = Open")
    assert [part.field for part in query.where.parts] == ["labels", "status"]
    assert query.where.parts[0].operand.text == text


@settings(max_examples=150, deadline=None)
@given(text=st.text())
def test_no_text_breaks_the_parser(text):
    with suppress(JqlError):
        assert parse(text).orders is not None


# -- counting and parsing


def test_counting(jira):
    jira.issue()
    assert jira.post("search/approximate-count", {"jql": "project = ITSM"}) == {"count": 1}
    assert jira.refused("POST", "search/approximate-count", {"jql": "x ="})[0] == 400


def test_parsing(jira):
    queries = [
        "status WAS Open BY currentUser() ORDER BY key DESC",
        "NOT (a = EMPTY OR b in (1, 2)) AND c CHANGED AFTER -1d",
        "status = ",
        "ORDER BY x",
    ]
    lenient = jira.post("jql/parse?validation=none", {"queries": queries})["queries"]
    assert lenient[0]["structure"] == {
        "where": {
            "field": {"name": "status"}, "operator": "was", "operand": {"value": "Open"},
            "predicates": [{"operator": "by", "operand": {"function": "currentUser", "arguments": []}}],
        },
        "orderBy": {"fields": [{"field": {"name": "key"}, "direction": "desc"}]},
    }  # fmt: skip
    where = lenient[1]["structure"]["where"]
    assert (where["operator"], where["clauses"][0]["operator"]) == ("and", "not")
    inner = where["clauses"][0]["clauses"][0]["clauses"]
    assert (inner[0]["operand"], inner[1]["operand"]["values"]) == ({"keyword": "empty"}, [{"value": "1"}, {"value": "2"}])
    assert "operand" not in where["clauses"][1]
    assert "errors" in lenient[2]
    strict = jira.post("jql/parse", {"queries": queries})["queries"]
    assert ["errors" in each for each in strict] == [False, True, True, True]


def test_matching(jira):
    jira.issue()
    body = {"issueIds": [10000, 10099], "jqls": ["project = ITSM", "status = Closed", "x ="]}
    matches = jira.post("jql/match", body)["matches"]
    assert [match["matchedIssues"] for match in matches] == [[10000], [], []]
    assert [bool(match["errors"]) for match in matches] == [False, False, True]


# -- Data Center


def test_the_older_search_pages_by_start(jira, server):
    for number in range(3):
        jira.issue(str(number))
    found = server.post(
        "/rest/api/2/search", {"jql": "", "startAt": 1, "maxResults": 1, "fields": ["summary"], "expand": ["names"]}
    )
    assert (found["startAt"], found["maxResults"], found["total"], found["names"]) == (1, 1, 3, {"summary": "Summary"})
    assert found["issues"][0]["fields"] == {"summary": "1"}
    shown = server.get("/rest/api/2/search", jql="project = ITSM ORDER BY created ASC")
    assert [issue["key"] for issue in shown["issues"]] == ["ITSM-1", "ITSM-2", "ITSM-3"]
    assert "description" in shown["issues"][0]["fields"]
    assert server.refused("GET", "/rest/api/2/search", params={"maxResults": -1})[0] == 400


def test_the_floor_of_a_query(jira):
    me = Session(jira.state.admin, 3, jira.base)
    floor = Search(jira.vendor, me, 'status = Open AND updated >= "2026-05-01" AND updated > "2026-05-02"').floor
    assert floor == 1777672800000
    assert Search(jira.vendor, me, 'updated >= "2026-05-01"').floor > 0
    assert Search(jira.vendor, me, 'updated >= "2026-05-01" OR status = Open').floor == 0
