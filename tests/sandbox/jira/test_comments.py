"""Comments, properties, worklogs, watchers, votes and mails of the platform API."""

from __future__ import annotations

import pytest

PUBLIC = "sd.public.comment"


def test_a_comment_and_its_visibility(jira, document):
    key = jira.issue()
    answer = jira("POST", f"issue/{key}/comment", {"body": document("Hello")})
    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, made["self"])
    assert (made["jsdPublic"], made["body"]) == (True, document("Hello"))
    assert made["author"] == made["updateAuthor"]
    assert made["created"] == made["updated"]
    for value, public in (
        ({"internal": True}, False),
        ({"internal": "true"}, True),
        ({"internal": False}, True),
        (True, True),
    ):
        said = jira.post(f"issue/{key}/comment", {"body": document("x"), "properties": [{"key": PUBLIC, "value": value}]})
        assert said["jsdPublic"] is public
    restricted = {"type": "role", "value": "Administrators", "identifier": "Administrators"}
    assert jira.post(f"issue/{key}/comment", {"body": document("x"), "visibility": restricted})["visibility"] == restricted


def test_editing_keeps_the_visibility_unless_told(jira, agent, document):
    key = jira.issue()
    number = jira.comment(key, internal=True)["id"]
    jira.advance(60)
    edited = agent.put(f"issue/{key}/comment/{number}", {"body": document("better")})
    assert (edited["jsdPublic"], edited["updateAuthor"]["displayName"]) == (False, "Alex Agent")
    assert edited["updated"] > edited["created"]
    edited = jira.put(f"issue/{key}/comment/{number}", {
        "body": document("better"), "properties": [{"key": PUBLIC, "value": {"internal": False}}],
        "visibility": {"type": "role", "value": "x"},
    })  # fmt: skip
    assert edited["jsdPublic"] is True
    assert edited["visibility"]["value"] == "x"
    child = jira.post(f"issue/{key}/comment", {"body": document("child"), "parentId": int(number)})
    assert child["parentId"] == int(number)
    hidden = {"body": document("child"), "properties": [{"key": PUBLIC, "value": {"internal": True}}]}
    assert jira.refused("PUT", f"issue/{key}/comment/{child['id']}", hidden)[0] == 400
    assert jira.show(key)["updated"] >= edited["updated"]


def test_listing(jira, document):
    key = jira.issue()
    for text in "abc":
        jira.comment(key, text)
        jira.advance(1)
    page = jira.get(f"issue/{key}/comment", startAt=1, maxResults=1, orderBy="-created", expand="renderedBody")
    assert (page["startAt"], page["maxResults"], page["total"]) == (1, 1, 3)
    assert [each["renderedBody"] for each in page["comments"]] == ["<p>b</p>"]
    assert jira.get(f"issue/{key}/comment")["maxResults"] == 100
    assert jira.refused("GET", f"issue/{key}/comment", params={"orderBy": "author"})[0] == 400
    assert jira.refused("GET", f"issue/{key}/comment", params={"maxResults": -1})[0] == 400
    number = page["comments"][0]["id"]
    assert jira.get(f"issue/{key}/comment/{number}")["id"] == number
    jira.delete(f"issue/{key}/comment/{number}")
    missing = {"errorMessages": [f"Comment with id '{number}' does not exist."], "errors": {}}
    assert jira.refused("GET", f"issue/{key}/comment/{number}") == (404, missing)
    assert jira.get(f"issue/{key}/changelog")["total"] == 0


def test_listing_by_id(jira, customer, document):
    key = jira.issue()
    number = int(jira.comment(key, internal=True)["id"])
    found = jira.post("comment/list?expand=properties,renderedBody", {"ids": [number, 77]})
    assert [each["properties"] for each in found["values"]] == [[{"key": PUBLIC, "value": {"internal": True}}]]
    assert "properties" not in jira.post("comment/list", {"ids": [number]})["values"][0]
    assert customer.post("comment/list", {"ids": [number]})["values"] == []
    assert jira.refused("POST", "comment/list", {"ids": []})[0] == 400


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("text", "Comment body is not valid!"),
        (None, "Comment body is not valid!"),
        ({"type": "doc", "version": 1, "content": []}, "Comment body can not be empty!"),
        ({"type": "doc", "version": 1, "content": [{"type": "paragraph"}]}, "Comment body can not be empty!"),
        ({"type": "doc", "version": 1, "content": [{"type": "marquee"}]}, "INVALID_INPUT"),
        (
            {
                "type": "doc",
                "version": 1,
                "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x" * 32768}]}],
            },
            "The entered text is too long. It exceeds the allowed limit of 32,767 characters.",
        ),
    ],
)
def test_bodies_that_are_refused(jira, body, error):
    assert jira.errors("POST", f"issue/{jira.issue()}/comment", {"body": body}) == {"comment": error}


def test_a_body_may_show_something_without_words(jira):
    rule = {"type": "doc", "version": 1, "content": [{"type": "rule"}]}
    assert jira.post(f"issue/{jira.issue()}/comment", {"body": rule})["body"] == rule


def test_an_issue_may_be_full(jira, document, monkeypatch):
    for name in ("MOST_COMMENTS", "MOST_FILES", "MOST_LINKS", "MOST_WORKLOGS"):
        monkeypatch.setattr(f"isthmus.sandbox.jira.threads.{name}", 0)
    monkeypatch.setattr("isthmus.sandbox.jira.links.MOST_REMOTE", 0)
    key, other = jira.issue(), jira.issue()
    link = {"type": {"name": "Blocks"}, "inwardIssue": {"key": key}, "outwardIssue": {"key": other}}
    for path, body in (
        (f"issue/{key}/comment", {"body": document("x")}),
        (f"issue/{key}/worklog", {"timeSpentSeconds": 60}),
        (f"issue/{key}/remotelink", {"object": {"url": "u", "title": "t"}}),
        ("issueLink", link),
    ):
        assert jira.refused("POST", path, body)[0] == 413
    files = {"file": ("a", b"x")}
    assert (
        jira.refused("POST", f"issue/{key}/attachments", files=files, headers={"X-Atlassian-Token": "no-check"})[0] == 413
    )


# -- properties


def test_properties_of_an_issue(jira, agent):
    key = jira.issue()
    updated = jira.show(key)["updated"]
    jira.advance(60)
    path = f"issue/{key}/properties/acme.sync"
    assert [jira("PUT", path, {"id": number}).status_code for number in (1, 2)] == [201, 200]
    assert jira.get(path) == {"key": "acme.sync", "value": {"id": 2}}
    assert [each["key"] for each in jira.get(f"issue/{key}/properties")["keys"]] == ["acme.sync"]
    assert jira.show(key)["updated"] == updated
    jira.delete(path)
    assert jira.refused("GET", path)[0] == jira.refused("DELETE", path)[0] == 404
    assert jira.refused("PUT", path, data="{")[0] == jira.refused("PUT", path, data="")[0] == 400
    assert jira.refused("PUT", f"issue/{key}/properties/{'k' * 256}", 1)[0] == 400


def test_properties_of_a_comment(jira, customer):
    key = jira.issue()
    number = jira.comment(key)["id"]
    path = f"comment/{number}/properties/"
    assert jira("PUT", path + "acme", "x").status_code == 201
    assert jira("PUT", path + PUBLIC, {"internal": True}).status_code == 201
    assert jira.get(f"issue/{key}/comment/{number}")["jsdPublic"] is False
    assert [each["key"] for each in jira.get(f"comment/{number}/properties")["keys"]] == ["acme", PUBLIC]
    assert jira.get(path + "acme")["value"] == "x"
    jira.delete(path + "acme")
    assert jira.refused("GET", path + "acme")[0] == 404
    assert customer.refused("GET", path + PUBLIC)[0] == jira.refused("GET", "comment/77/properties")[0] == 404


# -- worklogs


def test_worklogs(jira, customer, document):
    key = jira.issue()
    body = {"timeSpentSeconds": 3600, "started": "2024-01-15T09:00:00.000+0000", "comment": document("did it")}
    answer = jira("POST", f"issue/{key}/worklog", body)
    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, made["self"])
    assert (made["timeSpent"], made["started"]) == ("1h", "2024-01-15T10:00:00.000+0100")
    path = f"issue/{key}/worklog/{made['id']}"
    assert jira.put(path, {"timeSpent": "1w 2d 3h 4m"})["timeSpentSeconds"] == 144000 + 57600 + 10800 + 240
    assert jira.put(path, {"comment": document("better")})["timeSpent"] == "1w 2d 3h 4m"
    assert jira.get(path)["comment"] == document("better")
    assert "comment" not in jira.post(f"issue/{key}/worklog", {"timeSpent": "5m"})
    page = jira.get(f"issue/{key}/worklog")
    assert (page["total"], len(page["worklogs"])) == (2, 2)
    jira.advance(120)
    changed = jira.get("worklog/updated", since=0)
    assert [each["worklogId"] for each in changed["values"]] == [10000, 10001]
    assert changed["lastPage"] is True
    assert jira.get("worklog/updated", since=changed["until"] + 1)["values"] == []
    assert [each["issueId"] for each in jira.post("worklog/list", {"ids": [10000]})] == ["10000"]
    assert customer.post("worklog/list", {"ids": [10000]}) == []
    jira.delete(path)
    assert jira.refused("GET", path)[0] == 404
    for wrong in ({}, {"timeSpent": "long"}, {"timeSpent": ""}, {"timeSpentSeconds": 59}):
        assert "timeLogged" in jira.errors("POST", f"issue/{key}/worklog", wrong)
    assert jira.refused("POST", f"issue/{key}/worklog", {"timeSpent": "1h", "started": "now"})[0] == 400


# -- watchers and votes


def test_watchers(jira, server):
    key, alex = jira.issue(), jira.account("alex.agent@example.com")
    jira.post(f"issue/{key}/watchers", alex)
    jira.post(f"issue/{key}/watchers", alex)
    found = jira.get(f"issue/{key}/watchers")
    assert (found["watchCount"], found["isWatching"], len(found["watchers"])) == (2, True, 2)
    jira.delete(f"issue/{key}/watchers", accountId=alex)
    jira.ok("POST", f"issue/{key}/watchers")
    assert jira.get(f"issue/{key}/watchers")["watchCount"] == 1
    assert jira.refused("POST", f"issue/{key}/watchers", "nobody")[0] == 404
    server.post(f"/rest/api/2/issue/{key}/watchers", "alex.agent")
    server.delete(f"/rest/api/2/issue/{key}/watchers", username="isthmus")
    assert [each["name"] for each in server.get(f"/rest/api/2/issue/{key}/watchers")["watchers"]] == ["alex.agent"]


def test_votes(jira, agent):
    key = jira.issue()
    assert jira.refused("POST", f"issue/{key}/votes")[0] == 404
    agent.ok("POST", f"issue/{key}/votes")
    agent.ok("POST", f"issue/{key}/votes")
    votes = agent.get(f"issue/{key}/votes")
    assert (votes["votes"], votes["hasVoted"], len(votes["voters"])) == (1, True, 1)
    agent.delete(f"issue/{key}/votes")
    assert agent.show(key)["votes"]["votes"] == 0


# -- mails


def test_who_is_told_of_what(jira, agent, document):
    robin, alex = jira.account("robin.requester@example.com"), jira.account("alex.agent@example.com")
    silent = jira.issue(reporter={"accountId": robin})
    jira.comment(silent)
    assert jira.outbox() == []
    key = jira.issue(reporter={"accountId": robin}, customfield_10210="31", customfield_10220=[{"accountId": alex}])
    assert jira.outbox() == [("create", "robin.requester@example.com"), ("create", "alex.agent@example.com")]
    jira.control("outbox/clear", {})
    agent.comment(key)
    agent.comment(key, internal=True)
    assert agent.outbox() == [("public_comment", "robin.requester@example.com")]
    mention = {"type": "mention", "attrs": {"id": alex, "text": "@Alex"}}
    note = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [mention, {"type": "text", "text": " look"}]}],
    }
    jira.control("outbox/clear", {})
    jira.post(f"issue/{key}/comment", {"body": note, "properties": [{"key": PUBLIC, "value": {"internal": True}}]})
    agent.post(f"issue/{key}/comment", {"body": note, "properties": [{"key": PUBLIC, "value": {"internal": True}}]})
    assert jira.outbox() == [("mention", "alex.agent@example.com")]
    assert jira.control("outbox")["messages"][0]["text"] == "@Alex look"
    jira.control("outbox/clear", {})
    jira.move(key, "11")
    jira.move(key, "761", fields={"resolution": {"name": "Done"}})
    jira.move(key, "51")
    assert jira.outbox() == [("resolve", "robin.requester@example.com"), ("resolve", "alex.agent@example.com")]
