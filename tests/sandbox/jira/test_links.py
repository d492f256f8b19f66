"""Links between issues and to elsewhere; the changelog in its forms."""

from __future__ import annotations


def test_links_between_issues(jira, document):
    one, two = jira.issue("one"), jira.issue("two")
    body = {"type": {"name": "Blocks"}, "inwardIssue": {"key": one}, "outwardIssue": {"key": two}}
    for comment in ({}, {"comment": {"body": document("linked")}}):
        assert jira("POST", "issueLink", {**body, **comment}).status_code == 201
    (seen,), (back,) = jira.show(one)["issuelinks"], jira.show(two)["issuelinks"]
    assert (seen["outwardIssue"]["key"], seen["type"]["outward"], "inwardIssue" in seen) == (two, "blocks", False)
    assert (back["inwardIssue"]["key"], "outwardIssue" in back) == (one, False)
    whole = jira.get(f"issueLink/{seen['id']}")
    assert (whole["inwardIssue"]["fields"]["summary"], whole["outwardIssue"]["fields"]["priority"]["name"]) == (
        "one",
        "Medium",
    )
    assert jira.show(one)["comment"]["total"] == 1
    assert [entry["items"][0]["toString"] for entry in jira.get(f"issue/{one}/changelog")["values"]] == [
        "This work item blocks ITSM-2"
    ]
    jira.delete(f"issueLink/{seen['id']}")
    assert jira.show(one)["issuelinks"] == []
    assert (
        jira.get(f"issue/{two}/changelog")["values"][-1]["items"][0]["fromString"] == "This work item is blocked by ITSM-1"
    )
    assert jira.refused("GET", f"issueLink/{seen['id']}")[0] == 404


def test_links_through_an_edit(jira):
    one, two = jira.issue(), jira.issue()
    kind = {"name": "Problem/Incident"}
    jira.put(f"issue/{one}", {"update": {"issuelinks": [{"add": {"type": kind, "outwardIssue": {"key": two}}}]}})
    jira.put(f"issue/{one}", {"update": {"issuelinks": [{"add": {"type": kind, "inwardIssue": {"key": two}}}]}})
    assert ["outwardIssue" in link for link in jira.show(one)["issuelinks"]] == [True, False]


def test_links_that_are_refused_and_links_of_the_deleted(jira):
    one, two = jira.issue(), jira.issue()
    ends = {"inwardIssue": {"key": one}, "outwardIssue": {"key": two}}
    assert jira.refused("POST", "issueLink", {"type": {"name": "Nope"}, **ends})[0] == 404
    assert jira.refused("POST", "issueLink", {"type": {"name": "Blocks"}, "inwardIssue": {"key": one}})[0] == 404
    jira.post("issueLink", {"type": {"id": "10003"}, **ends})
    jira.delete(f"issue/{two}")
    assert jira.show(one)["issuelinks"] == []


def test_types_of_links(jira):
    kinds = jira.get("issueLinkType")["issueLinkTypes"]
    assert {"Blocks", "Duplicate", "Relates", "Problem/Incident"} <= {kind["name"] for kind in kinds}
    assert jira.get("issueLinkType/10002")["outward"] == "duplicates"
    assert jira.refused("GET", "issueLinkType/1")[0] == 404


def test_remote_links(jira):
    key = jira.issue()
    path, target = f"issue/{key}/remotelink", {"url": "https://x.example/INC1", "title": "INC1"}
    body = {"globalId": "system=acme&id=INC1", "relationship": "mirrors", "application": {"name": "Acme"}, "object": target}
    assert [jira("POST", path, body).status_code for _ in range(2)] == [201, 200]
    (link,) = jira.get(path)
    assert (link["globalId"], link["relationship"], link["object"]) == (body["globalId"], "mirrors", target)
    jira.post(path, {"globalId": body["globalId"], "object": target})
    assert jira.get(path, globalId=body["globalId"]) == {
        "id": link["id"], "self": link["self"], "globalId": body["globalId"], "application": {}, "object": target,
    }  # fmt: skip
    assert jira.refused("GET", path, params={"globalId": "x"})[0] == 404
    second = jira.post(path, {"object": target})["id"]
    third = jira.post(path, {"object": target})["id"]
    assert second != third
    jira.put(f"{path}/{third}", {"object": {**target, "title": "new"}})
    assert jira.get(f"{path}/{third}")["object"]["title"] == "new"
    assert set(jira.errors("POST", path, {"object": {}})) == {"url", "title"}
    jira.delete(f"{path}/{third}")
    assert jira.refused("GET", f"{path}/{third}")[0] == 404
    jira.delete(path, globalId=body["globalId"])
    assert [each["id"] for each in jira.get(path)] == [second]
    assert jira.refused("DELETE", path)[0] == 400
    assert jira.refused("DELETE", path, params={"globalId": "x"})[0] == 404


# -- the changelog


def test_pages_of_the_changelog(jira, agent):
    key = jira.issue()
    for number in range(3):
        agent.put(f"issue/{key}", {"fields": {"summary": str(number)}})
    page = jira.get(f"issue/{key}/changelog", maxResults=2)
    assert (page["total"], page["isLast"], len(page["values"])) == (3, False, 2)
    rest = jira("GET", page["nextPage"].removeprefix(jira.base)).json()
    assert (rest["startAt"], rest["isLast"]) == (2, True)
    assert rest["values"][0]["items"] == [
        {
            "field": "summary",
            "fieldtype": "jira",
            "fieldId": "summary",
            "from": None,
            "fromString": "1",
            "to": None,
            "toString": "2",
        }
    ]
    wanted = [int(entry["id"]) for entry in page["values"]]
    assert jira.post(f"issue/{key}/changelog/list", {"changelogIds": wanted})["total"] == 2


def test_the_changelog_on_data_center(jira, server):
    key = jira.issue()
    jira.put(f"issue/{key}/assignee", {"accountId": jira.account("alex.agent@example.com")})
    (entry,) = server.get(f"/rest/api/2/issue/{key}", expand="changelog")["changelog"]["histories"]
    person = server.get("/rest/api/2/user", username="alex.agent")
    assert entry["items"] == [
        {
            "field": "assignee",
            "fieldtype": "jira",
            "from": None,
            "fromString": None,
            "to": person["key"],
            "toString": "Alex Agent",
        }
    ]
    assert server.refused("GET", f"/rest/api/2/issue/{key}/changelog")[0] == 404


def test_changelogs_of_many_issues(jira, customer):
    one, two = jira.issue(), jira.issue()
    for key in (one, two):
        jira.put(f"issue/{key}", {"fields": {"summary": "x"}})
        jira.move(key, "11")
    body = {"issueIdsOrKeys": [two, one, "ITSM-77"]}
    logs = jira.post("changelog/bulkfetch", body)["issueChangeLogs"]
    assert [(log["issueId"], len(log["changeHistories"])) for log in logs] == [("10000", 2), ("10001", 2)]
    assert 0 <= logs[0]["changeHistories"][0]["created"] - 1778054400000 < 60_000  # milliseconds; the clock runs
    page = jira.post("changelog/bulkfetch", {**body, "fieldIds": ["status"], "maxResults": 1})
    assert page["issueChangeLogs"][0]["changeHistories"][0]["items"][0]["toString"] == "Work in progress"
    rest = jira.post("changelog/bulkfetch", {**body, "fieldIds": ["status"], "nextPageToken": page["nextPageToken"]})
    assert [log["issueId"] for log in rest["issueChangeLogs"]] == ["10001"]
    assert "nextPageToken" not in rest
    for wrong in ({"issueIdsOrKeys": []}, {**body, "fieldIds": [str(number) for number in range(11)]}):
        assert jira.refused("POST", "changelog/bulkfetch", wrong)[0] == 400
    assert customer.post("changelog/bulkfetch", body) == {"issueChangeLogs": []}
