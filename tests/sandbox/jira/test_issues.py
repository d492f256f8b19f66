"""Issues: create, show, edit, move, delete, in bulk."""

from __future__ import annotations

import pytest

OFF_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
NO_ISSUE = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}


def test_create_and_show(jira, document):
    key = jira.issue(
        "Mail down",
        description=document("No mail since 09:10."),
        labels=["b", "a"],
        priority={"id": "2"},
        components=[{"name": "E-mail"}],
        customfield_10204={"value": "Extensive / Widespread"},
    )
    shown = jira.get(f"issue/{key}")
    assert (shown["key"], shown["id"]) == ("ITSM-1", "10000")
    assert "customfield_10210.requestTypePractice" in shown["expand"]
    fields = shown["fields"]
    assert (fields["summary"], fields["labels"], fields["priority"]["name"]) == ("Mail down", ["a", "b"], "High")
    assert fields["description"] == document("No mail since 09:10.")
    assert fields["status"]["statusCategory"] | {"self": 0} == {
        "self": 0, "id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do",
    }  # fmt: skip
    assert fields["reporter"]["emailAddress"] == fields["creator"]["emailAddress"] == "isthmus@example.com"
    assert (fields["assignee"], fields["resolution"], fields["customfield_10210"]) == (None, None, None)
    assert fields["created"] == fields["updated"]
    assert fields["created"].startswith("2026-05-06T10:00:")
    assert fields["created"].endswith("+0200")
    assert fields["customfield_10204"]["value"] == "Extensive / Widespread"
    assert [item["name"] for item in fields["components"]] == ["E-mail"]
    assert fields["watches"]["isWatching"] is True
    assert fields["customfield_10221"]["ongoingCycle"]["paused"] is False
    assert jira.get(f"issue/{shown['id']}")["key"] == key


def test_moments_are_in_the_callers_zone(jira, agent):
    key = jira.issue()
    jira.state.user_with_email("alex.agent@example.com").zone = "America/New_York"
    assert agent.show(key)["created"].endswith("-0400")
    assert agent.get("myself")["timeZone"] == "America/New_York"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"project": {"key": "NONE"}}, {"project": "Specify a valid project ID or key"}),
        ({"project": {"key": "ITSM"}}, {"issuetype": "Specify an issue type"}),
        ({"project": {"id": "10200"}, "issuetype": {"id": "1"}}, {"issuetype": "The issue type selected is invalid."}),
        (
            {"project": {"key": "ITSM"}, "issuetype": {"id": "10210"}},
            {"summary": "You must specify a summary of the issue."},
        ),
        (
            {"project": {"key": "ITSM"}, "issuetype": {"id": "10214"}, "summary": "x"},
            {"parent": "Issue type is a sub-task but parent issue key or id not specified."},
        ),
    ],
)
def test_what_a_new_issue_needs(jira, fields, errors):
    assert jira.errors("POST", "issue", {"fields": fields}) == errors


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"summary": " "}, "You must specify a summary of the issue."),
        ({"summary": "a\nb"}, "The summary is invalid because it contains newline characters."),
        ({"summary": "x" * 256}, "Summary can't exceed 255 characters."),
        ({"summary": 5}, "Operation value must be a string"),
        ({"summary": None}, "Summary is required."),
        ({"description": "text"}, "Operation value must be an Atlassian Document (see the Atlassian Document Format)"),
        ({"description": {"type": "doc"}}, "INVALID_INPUT"),
        ({"labels": "x"}, "data was not an array"),
        ({"labels": ["a b"]}, "The label 'a b' contains spaces which is invalid."),
        (
            {"labels": ["x" * 256]},
            "The label 'xxxxxxxxxxxxxxxxxxxx' exceeds the maximum length for a single label of 255 characters.",
        ),
        ({"labels": [1]}, "string expected at index 0"),
        ({"priority": {"id": "77"}}, "The priority selected is invalid."),
        ({"priority": {"name": "Nope"}}, "The priority selected is invalid."),
        ({"components": [{"name": "Nope"}]}, "Component name 'Nope' is not valid"),
        ({"assignee": {"accountId": "nobody"}}, "User 'nobody' does not exist."),
        ({"reporter": "x"}, "data was not an object"),
        ({"duedate": "tomorrow"}, "Error parsing date string: tomorrow"),
        ({"customfield_10204": {"value": "Huge"}}, "Option value 'Huge' is not valid"),
        ({"customfield_10204": {"id": "1"}}, "Option id '1' is not valid"),
        ({"customfield_10204": "Huge"}, "Specify a valid 'id' or 'name' for the option"),
        ({"customfield_10208": "2026-05-01"}, "Operation value must be of format yyyy-MM-dd'T'HH:mm:ss.SSSZ"),
        ({"customfield_10227": "x" * 256}, "The entered text is too long. It exceeds the allowed limit of 255 characters."),
        ({"customfield_10227": 5}, "Operation value must be a string"),
        ({"customfield_10231": "5"}, "Operation value must be a number"),
        ({"customfield_10233": "no address"}, "Not a valid URL"),
        ({"customfield_10226": {"name": "Nobody"}}, "Could not find group with name 'Nobody'"),
        ({"customfield_10210": "99"}, "The request type with id '99' is not valid for this project."),
        ({"customfield_10202": [9]}, "Organization '9' does not exist."),
        ({"resolution": {"name": "Done"}}, OFF_SCREEN.format("resolution")),
        ({"environment": None}, OFF_SCREEN.format("environment")),
        ({"customfield_10221": {}}, OFF_SCREEN.format("customfield_10221")),
        ({"customfield_99999": 1}, OFF_SCREEN.format("customfield_99999")),
        ({"status": {"name": "Closed"}}, OFF_SCREEN.format("status")),
        ({"attachment": []}, OFF_SCREEN.format("attachment")),
    ],
)
def test_values_that_do_not_fit(jira, fields, error):
    key = jira.issue()
    ((name, told),) = jira.errors("PUT", f"issue/{key}", {"fields": fields}).items()
    assert (name, told) == (next(iter(fields)), error)


def test_every_kind_of_field_is_read_as_it_was_written(jira, document):
    agent, robin = jira.account("alex.agent@example.com"), jira.account("robin.requester@example.com")
    organization = jira.post("/rest/servicedeskapi/organization", {"name": "Acme"})["id"]
    group = jira.state.add_group("Network")
    written = {
        "assignee": {"accountId": agent},
        "reporter": {"accountId": robin},
        "duedate": "2026-05-09",
        "customfield_10202": [int(organization)],
        "customfield_10203": [{"accountId": agent}, {"accountId": robin}, {"accountId": agent}],
        "customfield_10208": "2026-05-01T08:00:00.123+0000",
        "customfield_10210": "31",
        "customfield_10215": {"value": "Network", "child": {"value": "VPN"}},
        "customfield_10216": [{"value": "VPN"}, {"value": "ERP"}],
        "customfield_10217": document("Disk full"),
        "customfield_10226": {"groupId": group},
        "customfield_10227": "INC0012345",
        "customfield_10229": {"id": agent},
        "customfield_10231": 12.5,
        "customfield_10232": "2026-05-08",
        "customfield_10233": "https://example.com/kb/1",
        "customfield_10234": ["one", "two"],
        "customfield_10235": [{"name": "Network"}],
    }
    shown = jira.show(jira.issue(**written))
    assert (shown["assignee"]["accountId"], shown["reporter"]["accountType"]) == (agent, "customer")
    assert shown["customfield_10202"][0]["name"] == "Acme"
    assert [user["accountId"] for user in shown["customfield_10203"]] == [agent, robin]
    assert shown["customfield_10208"] == "2026-05-01T10:00:00.123+0200"
    assert shown["customfield_10210"]["requestType"]["name"] == "Report a system problem"
    assert shown["customfield_10210"]["currentStatus"]["statusCategory"] == "NEW"
    assert (shown["customfield_10215"]["value"], shown["customfield_10215"]["child"]["value"]) == ("Network", "VPN")
    assert [option["value"] for option in shown["customfield_10216"]] == ["VPN", "ERP"]
    assert shown["customfield_10226"]["name"] == shown["customfield_10235"][0]["name"] == "Network"
    for name in ("duedate", "customfield_10217", "customfield_10227", "customfield_10231", "customfield_10232"):
        assert shown[name] == written[name]
    assert (shown["customfield_10233"], shown["customfield_10234"]) == ("https://example.com/kb/1", ["one", "two"])


def test_null_clears_and_tells(jira, document):
    key = jira.issue(description=document("x"), labels=["a"], customfield_10215={"value": "Network"}, duedate="2026-05-09")
    cleared = {"description": None, "labels": [], "customfield_10215": None, "duedate": ""}
    jira.put(f"issue/{key}", {"fields": cleared})
    shown = jira.show(key)
    assert [shown[name] for name in cleared] == [None, [], None, None]
    (history,) = jira.get(f"issue/{key}/changelog")["values"]
    told = {item["fieldId"]: item for item in history["items"]}
    assert told["labels"] == {
        "field": "labels", "fieldtype": "jira", "fieldId": "labels", "from": None, "fromString": "a", "to": None, "toString": "",
    }  # fmt: skip
    assert (told["customfield_10215"]["field"], told["customfield_10215"]["fieldtype"]) == (
        "Operational categorization",
        "custom",
    )


def test_operations_of_update(jira, document):
    key = jira.issue(labels=["a", "b"])
    update = {"labels": [{"add": "c"}, {"remove": "a"}], "priority": [{"set": {"name": "Low"}}]}
    update["components"] = [{"set": [{"name": "VPN"}]}, {"add": {"name": "ERP"}}, {"remove": {"name": "VPN"}}]
    update["comment"] = [{"add": {"body": document("done")}}]
    update["worklog"] = [{"add": {"timeSpent": "1h 30m"}}]
    jira.put(f"issue/{key}", {"update": update})
    shown = jira.show(key)
    assert (shown["labels"], shown["priority"]["name"]) == (["b", "c"], "Low")
    assert [item["name"] for item in shown["components"]] == ["ERP"]
    assert shown["comment"]["total"] == 1
    assert shown["timetracking"]["timeSpent"] == "1h 30m"
    assert jira.errors("PUT", f"issue/{key}", {"update": {"summary": [{"add": "x"}]}}) == {
        "summary": "Field 'summary' does not support update 'add'"
    }


def test_edits_that_are_refused_as_a_whole(jira):
    key = jira.issue()
    assert jira.refused("PUT", f"issue/{key}", {})[1]["errorMessages"] == ["one of 'fields' or 'update' required"]
    both = jira.errors("PUT", f"issue/{key}", {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}})
    assert both == {"labels": "Field 'labels' cannot appear in both 'fields' and 'update'"}
    assert jira.refused("PUT", f"issue/{key}", {"fields": []})[0] == 400
    assert jira.show(key)["labels"] == []


def test_a_transition_in_an_edit_is_ignored(jira):
    key = jira.issue()
    jira.put(f"issue/{key}", {"fields": {"summary": "new"}, "transition": {"id": "11"}})
    assert (jira.show(key)["summary"], jira.show(key)["status"]["name"]) == ("new", "Open")


def test_an_edit_may_give_the_issue_back_and_change_the_type(jira):
    key = jira.issue()
    shown = jira.put(f"issue/{key}?returnIssue=true", {"fields": {"issuetype": {"name": "[System] Problem"}}})
    assert shown["fields"]["issuetype"]["name"] == "[System] Problem"
    for wrong in ({"name": "[System] Change"}, {"id": "7"}):
        assert "issuetype" in jira.errors("PUT", f"issue/{key}", {"fields": {"issuetype": wrong}})
    jira.put(f"issue/{key}", {"fields": {"issuetype": {"id": "10212"}}})
    assert len(jira.get(f"issue/{key}/changelog")["values"]) == 1


def test_history_metadata_and_properties_of_an_edit(jira):
    key = jira.issue(properties=[{"key": "acme.sync", "value": {"id": 1}}, {"value": "no key"}])
    body = {"fields": {"summary": "x"}, "properties": [{"key": "b", "value": 2}], "historyMetadata": {"type": "sync"}}
    jira.put(f"issue/{key}", body)
    assert jira.get(f"issue/{key}/changelog")["values"][0]["historyMetadata"] == {"type": "sync"}
    assert jira.get(f"issue/{key}", properties="acme.sync")["properties"] == {"acme.sync": {"id": 1}}
    assert jira.get(f"issue/{key}", properties="*all")["properties"] == {"acme.sync": {"id": 1}, "b": 2}


def test_selecting_fields_and_expanding(jira, document):
    key = jira.issue(description=document("x"))
    assert set(jira.show(key, "summary", "nothing", "issuekey")) == {"summary"}
    assert "description" not in jira.show(key, "-description")
    assert {"comment", "attachment"}.isdisjoint(jira.show(key, "*navigable"))
    jira.move(key, "11")
    expand = "renderedFields,names,schema,changelog,editmeta,transitions.fields,transitions"
    shown = jira.get(f"issue/{key}", expand=expand, fields="summary,description,created,parent")
    assert shown["renderedFields"]["description"] == "<p>x</p>"
    assert shown["renderedFields"]["created"] == "06/May/26 10:00 AM"
    assert shown["names"]["summary"] == "Summary"
    assert shown["schema"]["summary"]["type"] == "string"
    assert shown["changelog"]["total"] == 1
    assert "parent" not in shown["fields"]
    assert shown["editmeta"]["fields"]["summary"]["required"] is True
    assert {way["name"] for way in shown["transitions"]} >= {"Resolve this issue"}


def test_what_is_hidden_looks_absent(jira, customer):
    key = jira.issue()
    assert jira.refused("GET", "issue/ITSM-99") == (404, NO_ISSUE)
    assert customer.refused("GET", f"issue/{key}") == (404, NO_ISSUE)
    assert customer.errors("POST", "issue", {"fields": {"project": {"key": "ITSM"}}}) == {
        "project": "Specify a valid project ID or key"
    }
    assert jira.stranger().refused("GET", f"issue/{key}") == (404, NO_ISSUE)
    jira.delete(f"issue/{key}")
    assert jira.refused("GET", f"issue/{key}") == (404, NO_ISSUE)


def test_people_without_the_licence_may_not_edit(jira, as_person):
    user, key = as_person("ulla.user@example.com"), jira.issue()
    assert user.get(f"issue/{key}")["key"] == key
    assert user.refused("PUT", f"issue/{key}", {"fields": {"summary": "x"}})[0] == 403
    assert user.get(f"issue/{key}/transitions")["transitions"] == []
    assert user.get(f"issue/{key}/editmeta") == {"fields": {}}


def test_subtasks_and_deletion(jira):
    key = jira.issue()
    child = jira.issue(kind="Sub-task", parent={"key": key})
    assert [each["key"] for each in jira.show(key)["subtasks"]] == [child]
    assert jira.show(child)["parent"]["key"] == key
    assert jira.show(child)["subtasks"] == []
    assert jira.keys(f"parent = {key}") == [child]
    other = jira.issue()
    jira.put(f"issue/{child}", {"fields": {"parent": {"key": other}}})
    assert (jira.show(key)["subtasks"], jira.show(child)["parent"]["key"]) == ([], other)
    assert jira.errors("PUT", f"issue/{child}", {"fields": {"parent": {"key": "ITSM-99"}}}) == {
        "parent": "Could not find issue by id or key."
    }
    assert jira.errors("PUT", f"issue/{child}", {"fields": {"parent": None}}) == {"parent": "Parent is required."}
    status, told = jira.refused("DELETE", f"issue/{other}")
    assert status == 400
    assert "has subtasks" in told["errorMessages"][0]
    jira.delete(f"issue/{other}", deleteSubtasks="true")
    assert jira.refused("GET", f"issue/{child}")[0] == 404
    assert [ticket["deleted"] for ticket in jira.control("snapshot")["tickets"]] == [False, True, True]


def test_assigning(jira):
    key, agent = jira.issue(), jira.account("alex.agent@example.com")
    jira.put(f"issue/{key}/assignee", {"accountId": agent})
    assert jira.show(key)["assignee"]["accountId"] == agent
    for nobody in (None, "-1"):
        jira.put(f"issue/{key}/assignee", {"accountId": agent})
        jira.put(f"issue/{key}/assignee", {"accountId": nobody})
        assert jira.show(key)["assignee"] is None
    robin = jira.account("robin.requester@example.com")
    assert jira.errors("PUT", f"issue/{key}/assignee", {"accountId": robin}) == {
        "assignee": f"User '{robin}' cannot be assigned issues."
    }


def test_version_2_reads_and_writes_wiki_markup(jira, server):
    fields = {
        "project": {"key": "ITSM"},
        "issuetype": {"name": "[System] Incident"},
        "summary": "x",
        "description": "*bold*",
    }
    for client in (jira, server):
        key = client.post("/rest/api/2/issue", {"fields": fields})["key"]
        shown = client.get(f"/rest/api/2/issue/{key}")["fields"]
        assert shown["description"] == "*bold*"
        assert jira.show(key)["description"]["content"][0]["content"][0]["marks"] == [{"type": "strong"}]
        said = client.post(f"/rest/api/2/issue/{key}/comment", {"body": "h1. Hi"})
        assert (said["body"], said["jsdPublic"]) == ("h1. Hi", True)
        client.put(f"/rest/api/2/issue/{key}", {"fields": {"description": ""}})
        assert jira.show(key)["description"] is None
        for body, error in (
            ({"type": "doc"}, "Operation value must be a string"),
            ("x" * 32768, "The entered text is too long."),
        ):
            told = client.errors("PUT", f"/rest/api/2/issue/{key}", {"fields": {"description": body}})
            assert told["description"].startswith(error)
        assert client.errors("POST", f"/rest/api/2/issue/{key}/comment", {"body": ""}) == {
            "comment": "Comment body can not be empty!"
        }


def test_people_that_are_nobody(jira):
    key = jira.issue(customfield_10203=[{"accountId": None}])
    assert jira.show(key)["customfield_10203"] is None
    jira.put(f"issue/{key}", {"fields": {"customfield_10229": {}}})
    assert jira.show(key)["customfield_10229"] is None


# -- transitions


def test_the_way_of_an_incident(jira, document):
    key = jira.issue()
    ways = {way["id"]: way for way in jira.get(f"issue/{key}/transitions")["transitions"]}
    assert set(ways) == {"11", "21", "41"}
    assert "fields" not in ways["11"]
    jira.move(key, "11")
    (way,) = jira.get(f"issue/{key}/transitions", expand="transitions.fields", transitionId="761")["transitions"]
    assert (way["hasScreen"], way["fields"]["resolution"]["required"]) == (True, True)
    assert {"Done", "Won't Do"} <= {value["name"] for value in way["fields"]["resolution"]["allowedValues"]}
    assert jira.get(f"issue/{key}/transitions", transitionId="9")["transitions"] == []
    assert jira.errors("POST", f"issue/{key}/transitions", {"transition": {"id": "761"}}) == {
        "resolution": "Resolution is required."
    }
    comment = {"body": document("Restored."), "properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}
    jira.advance(3600)
    jira.move(key, "761", fields={"resolution": {"name": "Done"}}, update={"comment": [{"add": comment}]})
    shown = jira.show(key)
    assert (shown["status"]["name"], shown["resolution"]["name"]) == ("Completed", "Done")
    assert shown["resolutiondate"] == shown["statuscategorychangedate"] >= shown["created"]
    assert shown["comment"]["comments"][0]["jsdPublic"] is False
    jira.move(key, "61")
    shown = jira.show(key)
    assert (shown["status"]["name"], shown["resolution"], shown["resolutiondate"]) == ("Work in progress", None, None)
    jira.move(key, "41")
    assert jira.show(key)["resolution"]["name"] == "Won't Do"
    names = [
        item["toString"]
        for entry in jira.get(f"issue/{key}/changelog")["values"]
        for item in entry["items"]
        if item["field"] == "status"
    ]
    assert names == ["Work in progress", "Completed", "Work in progress", "Canceled"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"transition": {"id": "51"}}, 400), ({"transition": {"id": "11"}, "fields": {"summary": "x"}}, 400)],
)
def test_transitions_that_are_refused(jira, body, status):
    assert jira.refused("POST", f"issue/{jira.issue()}/transitions", body)[0] == status


def test_a_strict_site_demands_a_root_cause(start, document):
    jira = start(faults="strict")
    key = jira.issue()
    jira.move(key, "11")
    done = {"resolution": {"name": "Done"}}
    assert jira.errors("POST", f"issue/{key}/transitions", {"transition": {"id": "761"}, "fields": done}) == {
        "customfield_10217": "Root cause is required."
    }
    jira.move(key, "761", fields={**done, "customfield_10217": document("Disk")})


def test_a_first_transition_travels_with_the_creation(jira):
    def body(number):
        fields = {"project": {"key": "ITSM"}, "issuetype": {"id": "10210"}, "summary": "x"}
        return {"fields": fields, "transition": {"id": number}}

    made = jira.post("issue", body("11"))
    assert made["transition"] == {"status": 204, "errorCollection": {"errorMessages": [], "errors": {}}}
    assert jira.show(made["key"])["status"]["name"] == "Work in progress"
    assert jira.post("issue", body("99"))["transition"]["status"] == 400


# -- in bulk


def test_bulk_create_tells_each_failure_by_its_place(jira):
    good = {"fields": {"project": {"key": "ITSM"}, "issuetype": {"id": "10210"}, "summary": "x"}}
    bad = {"fields": {"project": {"key": "ITSM"}, "issuetype": {"id": "1"}, "summary": "x"}}
    made = jira("POST", "issue/bulk", {"issueUpdates": [good, bad, good]})
    assert made.status_code == 201
    assert [issue["key"] for issue in made.json()["issues"]] == ["ITSM-1", "ITSM-2"]
    (error,) = made.json()["errors"]
    assert (error["failedElementNumber"], error["status"]) == (1, 400)
    assert error["elementErrors"]["errors"] == {"issuetype": "The issue type selected is invalid."}
    assert jira("POST", "issue/bulk", {"issueUpdates": [bad]}).status_code == 400
    assert jira("POST", "issue/bulk", {"issueUpdates": [good] * 51}).status_code == 400


def test_bulk_fetch_orders_by_id_and_leaves_out_what_is_absent(jira, customer):
    first, second = jira.issue("one"), jira.issue("two", properties=[{"key": "k", "value": 1}])
    body = {"issueIdsOrKeys": [second, "ITSM-77", "10000", first], "fields": ["summary"], "properties": ["k"]}
    found = jira.post("issue/bulkfetch", body)
    assert [issue["fields"] for issue in found["issues"]] == [{"summary": "one"}, {"summary": "two"}]
    assert (found["issues"][1]["properties"], found["issueErrors"]) == ({"k": 1}, [])
    assert "description" in jira.post("issue/bulkfetch", {"issueIdsOrKeys": [first]})["issues"][0]["fields"]
    for names in ([], [first] * 101):
        assert jira.refused("POST", "issue/bulkfetch", {"issueIdsOrKeys": names})[0] == 400
    assert customer.post("issue/bulkfetch", {"issueIdsOrKeys": [first]})["issues"] == []


def test_asynchronous_edits_and_moves(jira, as_person):
    keys = [jira.issue(), jira.issue()]
    given = {
        "labelsFields": [{"fieldId": "labels", "labels": [{"name": "x"}], "bulkEditMultiSelectFieldOption": "ADD"}],
        "priority": {"priorityId": "1"},
        "singleSelectFields": [{"fieldId": "customfield_10204", "option": {"optionId": 10031}}],
        "singleLineTextFields": [{"fieldId": "customfield_10227", "text": "E1"}],
        "singleSelectClearableUserPickerFields": [
            {"fieldId": "assignee", "user": {"accountId": jira.account("alex.agent@example.com")}}
        ],
    }
    actions = ["labels", "priority", "customfield_10204", "customfield_10227", "assignee"]
    body = {"selectedIssueIdsOrKeys": [*keys, "ITSM-77"], "selectedActions": actions, "editedFieldsInput": given}
    task = jira.post("bulk/issues/fields", body)["taskId"]
    done = jira.get(f"bulk/queue/{task}")
    assert (done["status"], done["processedAccessibleIssues"], done["invalidOrInaccessibleIssueCount"]) == (
        "COMPLETE",
        [10000, 10001],
        1,
    )
    shown = jira.show(keys[1])
    assert (shown["labels"], shown["priority"]["name"], shown["customfield_10227"]) == (["x"], "Highest", "E1")
    assert shown["assignee"]["displayName"] == "Alex Agent"
    given["labelsFields"][0]["bulkEditMultiSelectFieldOption"] = "REPLACE"
    jira.post("bulk/issues/fields", {**body, "editedFieldsInput": given})
    moves = [
        {"selectedIssueIdsOrKeys": [keys[0]], "transitionId": "11"},
        {"selectedIssueIdsOrKeys": [keys[1]], "transitionId": "51"},
    ]
    task = jira.post("bulk/issues/transition", {"bulkTransitionInputs": moves})["taskId"]
    done = jira.get(f"bulk/queue/{task}")
    assert done["processedAccessibleIssues"] == [10000]
    assert "illegal workflow operation" in done["failedAccessibleIssues"]["10001"][0]
    assert jira.refused("GET", "bulk/queue/1")[0] == 400
    for wrong in (
        {**body, "selectedActions": []},
        {**body, "selectedActions": ["summary"]},
        {**body, "selectedIssueIdsOrKeys": []},
    ):
        assert "errors" in jira.refused("POST", "bulk/issues/fields", wrong)[1]
    assert as_person("ulla.user@example.com").refused("POST", "bulk/issues/fields", body)[0] == 403


def test_a_mail_to_order(jira):
    key, alex = jira.issue(), jira.account("alex.agent@example.com")
    jira.post(f"issue/{key}/notify", {"subject": "Look", "textBody": "x", "to": {"users": [{"accountId": alex}]}})
    assert jira.outbox() == [("notification", "alex.agent@example.com")]
    assert jira.refused("POST", f"issue/{key}/notify", {"to": {}})[0] == 400
