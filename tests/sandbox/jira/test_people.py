"""People, groups, and what a site consists of."""

from __future__ import annotations

import pytest
from isthmus.sandbox import stories


def names(found):
    return [user["displayName"] for user in found]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("alex", ["Alex Agent"]),
        ("AGENT", ["Alex Agent"]),
        ("alex.agent@", ["Alex Agent"]),
        ("heidi.hidden@", []),
        ("heidi.hidden@example.com", ["Heidi Hidden"]),
        ("gent", []),
        ("", []),
        ("nobody", []),
    ],
)
def test_searching_for_people(jira, query, found):
    assert names(jira.get("user/search", query=query)) == found


def test_hidden_addresses(jira, as_person, server):
    (heidi,) = jira.get("user/search", query="heidi")
    assert "emailAddress" not in heidi
    assert as_person("heidi.hidden@example.com").get("myself")["emailAddress"] == "heidi.hidden@example.com"
    assert server.get("/rest/api/2/user", username="heidi.hidden")["emailAddress"] == "heidi.hidden@example.com"


def test_people_by_id(jira, customer):
    alex, robin = jira.account("alex.agent@example.com"), jira.account("robin.requester@example.com")
    assert names(jira.get("user/search", accountId=alex)) == ["Alex Agent"]
    assert jira.get("user", accountId=robin)["accountType"] == "customer"
    shown = jira.get("user", accountId=alex, expand="groups")
    assert {group["name"] for group in shown["groups"]["items"]} == {"jira-users", "jira-servicemanagement-users"}
    page = jira.get("user/bulk", accountId=[robin, "nobody", alex, robin])
    assert (page["total"], page["maxResults"], names(page["values"])) == (2, 10, ["Robin Requester", "Alex Agent"])
    assert (
        jira.refused("GET", "user", params={"accountId": "nobody"})[0]
        == customer.refused("GET", "user", params={"accountId": alex})[0]
        == 404
    )
    assert jira.refused("GET", "user/bulk")[0] == jira.refused("GET", "user/search")[0] == 400
    assert customer.get("user/search", query="alex") == customer.get("users/search") == []
    assert names(jira.get("users/search", maxResults=2, startAt=1)) == ["Alex Agent", "Heidi Hidden"]


def test_people_on_data_center(jira, server):
    assert len(server.get("/rest/api/2/user/search", username=".", maxResults=1000)) == len(jira.state.users)
    assert names(server.get("/rest/api/2/user/search", username="alex.a")) == ["Alex Agent"]
    key = next(iter(server.get("/rest/api/2/user/search", username="alex")))["key"]
    assert server.get("/rest/api/2/user", key=key)["name"] == "alex.agent"
    issue = jira.issue()
    server.put(f"/rest/api/2/issue/{issue}/assignee", {"name": "alex.agent"})
    assert server.get(f"/rest/api/2/issue/{issue}")["fields"]["assignee"]["name"] == "alex.agent"
    server.put(f"/rest/api/2/issue/{issue}", {"fields": {"assignee": {"name": "-1"}}})
    assert server.get(f"/rest/api/2/issue/{issue}")["fields"]["assignee"] is None
    server.put(f"/rest/api/2/issue/{issue}", {"fields": {"reporter": {"key": key}}})
    assert server.get(f"/rest/api/2/issue/{issue}")["fields"]["reporter"]["key"] == key


def test_assignable_people(jira):
    found = names(jira.get("user/assignable/search", project="ITSM"))
    assert found[:3] == ["Isthmus", "Alex Agent", "Heidi Hidden"]
    assert "Robin Requester" not in found
    key = jira.issue()
    assert names(jira.get("user/assignable/search", issueKey=key, query="alex")) == ["Alex Agent"]
    assert jira.refused("GET", "user/assignable/search", params={"query": "alex"})[0] == 400
    for wrong in ({"issueKey": "ITSM-99"}, {"project": "NONE"}):
        assert jira.refused("GET", "user/assignable/search", params=wrong)[0] == 404


def test_groups(jira):
    numbers = {group["name"]: group["groupId"] for group in jira.get("group/bulk")["values"]}
    assert numbers.keys() == {"jira-administrators", "jira-servicemanagement-users", "jira-users", *stories.groups()}
    number = numbers["jira-servicemanagement-users"]
    assert jira.get("group/bulk", groupName="jira-users")["total"] == jira.get("group/bulk", groupId=number)["total"] == 1
    assert jira.get("groups/picker", query="ADMIN")["groups"][0]["name"] == "jira-administrators"
    assert names(jira.get("group/member", groupId=number)["values"])[:2] == ["Isthmus", "Alex Agent"]
    jira.state.user_with_email("alex.agent@example.com").active = False
    members = [
        len(jira.get("group/member", groupname="jira-users", includeInactiveUsers=given, maxResults=50)["values"])
        for given in ("false", "true")
    ]
    assert members[1] == members[0] + 1
    assert jira.refused("GET", "group/member", params={"groupname": "x"})[0] == 404
    alex = jira.account("alex.agent@example.com")
    assert {group["name"] for group in jira.get("user/groups", accountId=alex)} == {
        "jira-users",
        "jira-servicemanagement-users",
    }


# -- metadata


def test_priorities_and_resolutions(jira):
    assert [item["name"] for item in jira.get("priority")] == ["Highest", "High", "Medium", "Low", "Lowest"]
    page = jira.get("priority/search", maxResults=2, startAt=2)
    assert ([item["isDefault"] for item in page["values"]], page["total"], page["isLast"]) == ([True, False], 5, False)
    assert jira.get("priority/1")["statusColor"] == "#d04437"
    assert "Done" in [item["name"] for item in jira.get("resolution")]
    assert jira.get("resolution/search", maxResults=1)["values"][0]["default"] is True
    assert jira.get("resolution/10002")["name"] == "Duplicate"
    assert jira.refused("GET", "priority/9")[0] == jira.refused("GET", "resolution/9")[0] == 404


def test_statuses(jira, server):
    assert {"Open", "Work in progress", "Resolved"} <= {status["name"] for status in jira.get("status")}
    assert jira.get("status/Pending")["id"] == "10202"
    assert jira.get("status/10202")["untranslatedName"] == "Pending"
    assert "untranslatedName" not in server.get("/rest/api/2/status/Pending")
    page = jira.get("statuses/search", searchString="prog", statusCategory="IN_PROGRESS")
    assert [status["name"] for status in page["values"]] == ["Work in progress", "In progress"]
    assert jira.get("statuses/search")["maxResults"] == 200
    assert [status["statusCategory"] for status in jira.get("statuses", id=["10200", "1"])] == ["todo".upper()]
    assert [category["key"] for category in jira.get("statuscategory")] == ["undefined", "new", "indeterminate", "done"]
    assert jira.get("statuscategory/done")["id"] == jira.get("statuscategory/3")["id"] == 3
    for path in ("status/Nope", "statuscategory/Nope"):
        assert jira.refused("GET", path)[0] == 404
    assert jira.refused("GET", "statuses")[0] == 400


def test_projects_and_issue_types(jira, server, customer):
    (project,) = jira.get("project/search", query="service", typeKey="service_desk", keys="ITSM")["values"]
    assert (project["key"], project["style"]) == ("ITSM", "classic")
    assert (
        jira.get("project/search", query="nope")["values"] == jira.get("project/search", typeKey="software")["values"] == []
    )
    assert jira.get("project/search", keys="NOPE")["total"] == 0
    assert [each["key"] for each in server.get("/rest/api/2/project")] == ["ITSM"]
    shown = jira.get("project/ITSM")
    assert (shown["lead"]["displayName"], len(shown["issueTypes"])) == ("Isthmus", 5)
    by_type = {kind["name"]: [status["name"] for status in kind["statuses"]] for kind in jira.get("project/ITSM/statuses")}
    assert "Completed" in by_type["[System] Incident"]
    assert "Resolved" in by_type["[System] Service request"]
    assert jira.get("project/ITSM/components")[0]["name"] == "VPN"
    assert jira.get("project/ITSM/versions") == []
    assert jira.get("project/ITSM/version")["values"] == []
    assert jira.refused("GET", "project/NOPE")[0] == customer.refused("GET", "project/ITSM")[0] == 404
    assert [kind["subtask"] for kind in jira.get("issuetype")] == [False] * 4 + [True]
    assert jira.get("issuetype/10210")["untranslatedName"] == "[System] Incident"
    assert "untranslatedName" not in server.get("/rest/api/2/issuetype/10210")
    assert len(jira.get("issuetype/project", projectId=10200)) == 5
    assert jira.refused("GET", "issuetype/9")[0] == 404


def test_permissions_labels_and_the_server(jira, server, as_person):
    asked = "BROWSE_PROJECTS,EDIT_ISSUES,ADMINISTER"
    mine = jira.get("mypermissions", permissions=asked)["permissions"]
    hers = as_person("ulla.user@example.com").get("mypermissions", permissions=asked)["permissions"]
    assert [each["havePermission"] for each in mine.values()] == [True, True, True]
    assert [each["havePermission"] for each in hers.values()] == [True, False, False]
    assert len(server.get("/rest/api/2/mypermissions")["permissions"]) > 10
    assert (
        jira.refused("GET", "mypermissions")[0]
        == jira.refused("GET", "mypermissions", params={"permissions": "FLY"})[0]
        == 400
    )
    jira.issue(labels=["b", "a"])
    assert jira.get("label")["values"] == ["a", "b"]
    assert server.get("/rest/api/2/serverInfo")["deploymentType"] == "Server"


def test_fields(jira, server, as_person):
    listed = {field["id"]: field for field in jira.get("field")}
    assert listed["customfield_10210"]["schema"]["custom"].endswith(":vp-origin")
    assert listed["customfield_10204"]["untranslatedName"] == "Impact"
    assert listed["thumbnail"].keys().isdisjoint({"schema"})
    assert "untranslatedName" not in next(
        field for field in server.get("/rest/api/2/field") if field["id"] == "customfield_10204"
    )
    page = jira.get("field/search", type="custom", query="time to")
    assert [field["name"] for field in page["values"]] == ["Time to first response", "Time to resolution"]
    assert jira.get("field/search", type="system", id="summary")["total"] == 1
    made = jira.post("field", {"name": "Twin", "type": "com.atlassian.jira.plugin.system.customfieldtypes:textfield"})
    key = jira.issue(**{made["id"]: "INC1"})
    assert jira.keys('Twin ~ "INC1"') == [key]
    assert jira.post("field", {"name": "Twins", "type": "labels"})["id"] != made["id"]
    assert set(jira.errors("POST", "field", {"type": "textfield"})) == {"name"}
    assert set(jira.errors("POST", "field", {"name": "x", "type": "select"})) == {"type"}


def test_choices_of_a_field(jira):
    (context,) = jira.get("field/customfield_10215/context")["values"]
    choices = jira.get(f"field/customfield_10215/context/{context['id']}/option")["values"]
    assert [choice["value"] for choice in choices if choice.get("optionId") == choices[0]["id"]] == [
        "VPN",
        "Wireless",
        "DNS",
    ]
    assert jira.refused("GET", "field/summary/context")[0] == 404


def test_metadata_of_creating(jira, server):
    kinds = jira.get("issue/createmeta/ITSM/issuetypes")
    assert (kinds["total"], kinds["issueTypes"][0]["id"], "isLast" in kinds) == (5, "10210", False)
    fields = {
        field["fieldId"]: field for field in jira.get("issue/createmeta/ITSM/issuetypes/10210", maxResults=200)["fields"]
    }
    assert fields["summary"]["required"]
    assert not fields["description"]["required"]
    assert fields["priority"]["allowedValues"][0]["name"] == "Highest"
    assert fields["customfield_10215"]["allowedValues"][0]["children"][0]["value"] == "VPN"
    assert fields["labels"]["operations"] == ["add", "set", "remove"]
    assert "resolution" not in fields
    assert "parent" in {field["fieldId"] for field in jira.get("issue/createmeta/ITSM/issuetypes/10214")["fields"]}
    page = server.get("/rest/api/2/issue/createmeta/ITSM/issuetypes/10210")
    assert page["isLast"] is True
    assert page["values"][0]["fieldId"] == "summary"
    assert jira.refused("GET", "issue/createmeta/ITSM/issuetypes/10210", params={"maxResults": 201}) == (
        400, {"errorMessages": ["Parameter 'maxResults' must not exceed the limit '200'"], "errors": {}},
    )  # fmt: skip
    assert jira.refused("GET", "issue/createmeta/ITSM/issuetypes/9")[0] == 404
    older = jira.get("issue/createmeta", projectKeys="ITSM", expand="projects.issuetypes.fields")
    assert older["projects"][0]["issuetypes"][0]["fields"]["summary"]["required"] is True
    assert "fields" not in jira.get("issue/createmeta")["projects"][0]["issuetypes"][0]
    assert jira.get("issue/createmeta", projectIds="9")["projects"] == []
    assert server.refused("GET", "/rest/api/2/issue/createmeta")[0] == 404
    meta = jira.get(f"issue/{jira.issue()}/editmeta")["fields"]
    assert "project" not in meta
    assert meta["comment"]["operations"] == ["add"]
    assert meta["assignee"]["autoCompleteUrl"].endswith("user/assignable/search?project=ITSM&query=")
