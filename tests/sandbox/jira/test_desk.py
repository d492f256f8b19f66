"""The service desk API: forms, requests and all that hangs on them, customers, organizations."""

from __future__ import annotations

import pytest

DESK = "/rest/servicedeskapi/"
NO_CHECK = {"X-Atlassian-Token": "no-check"}


def key_of(answer):
    return answer[0], answer[1]["i18nErrorMessage"]["i18nKey"]


def test_desks_and_forms(jira):
    assert [desk["projectKey"] for desk in jira.desk("servicedesk")["values"]] == ["ITSM"]
    for name in ("1", "ITSM", "10200", "projectKey:ITSM"):
        assert jira.desk(f"servicedesk/{name}")["id"] == "1"
    assert key_of(jira.refused("GET", DESK + "servicedesk/9"))[0] == 404
    page = jira.desk("servicedesk/1/requesttype", limit=1, start=1)
    assert (page["size"], page["start"], page["isLastPage"]) == (1, 1, False)
    assert page["_links"]["next"].endswith("start=2&limit=1")
    assert page["_links"]["prev"].endswith("start=0&limit=1")
    assert [form["id"] for form in jira.desk("servicedesk/1/requesttype", groupId="12")["values"]] == ["33"]
    assert [form["id"] for form in jira.desk("requesttype", searchQuery="SYSTEM")["values"]] == ["31"]
    assert jira.desk("servicedesk/1/requesttype/31")["issueTypeId"] == "10210"
    assert key_of(jira.refused("GET", DESK + "servicedesk/1/requesttype/9")) == (
        404,
        "sd.customerview.error.requestTypeNotFound",
    )
    fields = jira.desk("servicedesk/1/requesttype/31/field")
    assert fields["canRaiseOnBehalfOf"] is True
    assert [(field["fieldId"], field["required"]) for field in fields["requestTypeFields"]][:2] == [
        ("summary", True),
        ("description", False),
    ]
    assert fields["requestTypeFields"][3]["validValues"][0]["label"] == "Extensive / Widespread"
    assert [group["name"] for group in jira.desk("servicedesk/1/requesttypegroup")["values"]] == [
        "Common requests",
        "Changes",
    ]


def test_raising_a_request(jira, customer):
    made = customer.request(
        "No mail", fields={"description": "It is *down*", "customfield_10204": {"value": "Minor / Localized"}}
    )
    assert made["reporter"]["emailAddress"] == "robin.requester@example.com"
    values = {value["fieldId"]: value for value in made["requestFieldValues"]}
    assert values["description"]["renderedValue"] == {"html": "<p>It is <b>down</b></p>"}
    assert values["customfield_10204"]["value"]["value"] == "Minor / Localized"
    assert (made["currentStatus"]["status"], made["currentStatus"]["statusCategory"]) == ("Open", "NEW")
    fields = jira.show(made["issueKey"])
    assert fields["description"]["content"][0]["content"][1]["marks"] == [{"type": "strong"}]
    assert fields["customfield_10210"]["requestType"]["id"] == "31"
    assert jira.outbox() == []
    expanded = customer.desk(
        f"request/{made['issueId']}", expand="participant,status,sla,requestType,serviceDesk,attachment,comment,action,odd"
    )
    assert {
        "participants",
        "status",
        "sla",
        "requestType",
        "serviceDesk",
        "attachments",
        "comments",
        "actions",
    } <= expanded.keys()


def test_raising_for_somebody(jira, customer, server, document):
    robin, alex = jira.account("robin.requester@example.com"), jira.account("alex.agent@example.com")
    made = jira.request(
        raiseOnBehalfOf=robin, requestParticipants=[alex], isAdfRequest=True, fields={"description": document("x")}
    )
    assert made["reporter"]["accountId"] == robin
    assert jira.outbox() == [("create", "robin.requester@example.com"), ("create", "alex.agent@example.com")]
    assert [user["accountId"] for user in jira.desk(f"request/{made['issueId']}/participant")["values"]] == [alex]
    for name in ("robin.requester", "robin.requester@example.com"):
        assert (
            server.request(raiseOnBehalfOf=name, requestParticipants=["alex.agent"])["reporter"]["name"]
            == "robin.requester"
        )
    assert (
        key_of(
            customer.refused(
                "POST",
                DESK + "request",
                {
                    "serviceDeskId": "1",
                    "requestTypeId": "31",
                    "requestFieldValues": {"summary": "x"},
                    "raiseOnBehalfOf": alex,
                },
            )
        )[0]
        == 403
    )


@pytest.mark.parametrize(
    "change",
    [
        {"requestTypeId": "9"},
        {"requestFieldValues": {}},
        {"requestFieldValues": {"summary": "x", "priority": {"id": "1"}}},
        {"requestFieldValues": {"summary": "x" * 256}},
        {"requestFieldValues": {"summary": "x", "description": {"type": "doc"}}},
        {"raiseOnBehalfOf": "robin.requester@example.com"},
        {"requestParticipants": ["nobody"]},
    ],
)
def test_requests_that_are_refused(jira, change):
    body = {"serviceDeskId": "1", "requestTypeId": "31", "requestFieldValues": {"summary": "x"}, **change}
    status, told = jira.refused("POST", DESK + "request", body)
    assert (status, told.keys()) == (400, {"errorMessage", "i18nErrorMessage"})
    assert jira.state.issues == {}


def test_an_attachment_of_a_form_is_left_to_its_own_call(jira):
    assert jira.request(fields={"attachment": ["temp1"]})["issueKey"] == "ITSM-1"


def test_listing_requests(jira, customer, agent):
    mine, other = customer.request("mine")["issueId"], agent.request("other", form="32")["issueId"]
    alex, robin = jira.account("alex.agent@example.com"), jira.account("robin.requester@example.com")

    def listed(client, **params):
        return [request["issueId"] for request in client.desk("request", **params)["values"]]

    assert (listed(jira), listed(customer), listed(agent)) == ([], [mine], [other])
    agent.ok("POST", f"{DESK}request/{other}/participant", {"accountIds": [robin]})
    assert listed(customer) == [other, mine]
    assert listed(customer, requestOwnership="OWNED_REQUESTS") == [mine]
    assert listed(customer, requestOwnership="PARTICIPATED_REQUESTS") == [other]
    assert listed(customer, requestOwnership="ALL_REQUESTS") == [other, mine]
    assert listed(agent, requestOwnership="ALL_REQUESTS") == [other]
    assert listed(customer, serviceDeskId="1", requestTypeId="31") == listed(customer, searchTerm="MINE") == [mine]
    assert listed(customer, requestStatus="CLOSED_REQUESTS") == []
    assert listed(customer, requestStatus="OPEN_REQUESTS", limit=1) == [other]
    assert customer.refused("GET", DESK + "request", params={"requestTypeId": "31"})[0] == 400
    organization = jira.post(DESK + "organization", {"name": "Acme"})["id"]
    jira.post(f"{DESK}organization/{organization}/user", {"accountIds": [robin]})
    agent.ok("DELETE", f"{DESK}request/{other}/participant", {"accountIds": [robin]})
    jira.put(f"issue/{other}", {"fields": {"customfield_10202": [int(organization)]}})
    assert listed(customer, requestOwnership="ORGANIZATION", organizationId=organization) == [other]
    assert listed(customer, requestOwnership="ALL_REQUESTS") == [other, mine]
    assert customer.desk(f"request/{other}")["issueId"] == other
    assert alex != robin


def test_customers_see_their_own_requests_only(jira, customer):
    other, plain = jira.request()["issueId"], jira.issue()
    for name in (other, plain, "ITSM-99"):
        assert key_of(customer.refused("GET", f"{DESK}request/{name}")) == (404, "sd.agent.error.request.not.found")
    assert customer.desk(f"request/{other}/comment")["values"] == []
    assert customer.refused("GET", f"{DESK}request/ITSM-99/comment")[0] == 404


# -- comments


def test_comments(jira, customer):
    number = customer.request()["issueId"]
    path = f"{DESK}request/{number}/comment"
    said = jira.post(path, {"body": "*secret*", "public": False})
    assert (said["public"], said["body"]) == (False, "*secret*")
    answer = customer.post(path, {"body": "thanks", "public": True})
    assert [each["id"] for each in jira.get(path)["values"]] == [said["id"], answer["id"]]
    assert [each["id"] for each in customer.get(path)["values"]] == [answer["id"]]
    assert [each["id"] for each in jira.get(path, public="false")["values"]] == [said["id"]]
    assert [each["id"] for each in jira.get(path, internal="false")["values"]] == [answer["id"]]
    shown = jira.get(f"{path}/{said['id']}", expand="renderedBody,attachment")
    assert shown["renderedBody"] == {"html": "<p><b>secret</b></p>"}
    assert shown["attachments"]["values"] == []
    assert customer.refused("GET", f"{path}/{said['id']}")[0] == 404
    assert jira.show(number)["comment"]["comments"][0]["jsdPublic"] is False
    for body in (
        {"body": "x"},
        {"body": "x", "public": "true"},
        {"body": " ", "public": True},
        {"body": "x" * 32768, "public": True},
    ):
        assert jira.refused("POST", path, body)[0] == 400
    assert key_of(customer.refused("POST", path, {"body": "x", "public": False})) == (403, "sd.error.agent.only")


def test_a_customers_answer_takes_a_waiting_request_up_again(jira, customer):
    for form, wait, back in (("31", "21", "Work in progress"), ("32", "121", "Waiting for support")):
        number = customer.request(form=form)["issueId"]
        jira.move(number, wait)
        customer.post(f"{DESK}request/{number}/comment", {"body": "here", "public": True})
        assert jira.show(number)["status"]["name"] == back
        (*_, last) = jira.get(f"issue/{number}/changelog")["values"]
        assert last["author"]["displayName"] == "Automation for Jira"


# -- files


def temporary(client, *files):
    sent = [("file", file) for file in files]
    made = client.ok("POST", DESK + "servicedesk/1/attachTemporaryFile", files=sent, headers=NO_CHECK)
    return [each["temporaryAttachmentId"] for each in made["temporaryAttachments"]]


def test_files_come_with_a_comment(jira, customer):
    number = customer.request()["issueId"]
    path = f"{DESK}request/{number}/attachment"
    names = temporary(customer, ("log.txt", b"x" * 3000, "text/plain"), ("shot.png", b"png", "image/png"))
    made = customer.post(path, {"temporaryAttachmentIds": names, "public": True, "additionalComment": {"body": "See log."}})
    assert made["comment"]["body"] == "See log.\n\n[^log.txt] _(2 kB)_\n!shot.png|thumbnail!"
    assert [file["filename"] for file in made["attachments"]["values"]] == ["log.txt", "shot.png"]
    assert "thumbnail" in made["attachments"]["values"][1]["_links"]
    (secret,) = temporary(jira, ("s.txt", b"s", "text/plain"))
    jira.post(path, {"temporaryAttachmentIds": [secret], "public": False})
    jira.attach(number, "agents.txt")
    assert [file["filename"] for file in jira.get(path)["values"]] == ["log.txt", "shot.png", "s.txt", "agents.txt"]
    assert [file["filename"] for file in customer.get(path)["values"]] == ["log.txt", "shot.png"]
    comment = made["comment"]["id"]
    assert len(customer.desk(f"request/{number}/comment/{comment}/attachment")["values"]) == 2
    expanded = customer.desk(f"request/{number}/comment/{comment}", expand="attachment")
    assert expanded["attachments"]["size"] == 2
    file = made["attachments"]["values"][0]["_links"]["self"].rpartition("/")[2]
    assert customer("GET", f"{path}/{file}").status_code == 303
    assert customer.refused("GET", f"{path}/10002")[0] == 404
    jira.delete(f"attachment/{file}")
    assert len(jira.desk(f"request/{number}/comment/{comment}/attachment")["values"]) == 1


def test_files_that_are_refused(jira, customer):
    number = customer.request()["issueId"]
    path = f"{DESK}request/{number}/attachment"
    (name,) = temporary(customer, ("a", b"x", ""))
    assert customer.refused("POST", path, {"temporaryAttachmentIds": [name]})[0] == 400
    assert customer.refused("POST", path, {"temporaryAttachmentIds": ["temp1"], "public": True})[0] == 400
    assert customer.refused("POST", path, {"temporaryAttachmentIds": [name], "public": False})[0] == 403
    jira.advance(3601)
    assert customer.refused("POST", path, {"temporaryAttachmentIds": [name], "public": True})[0] == 400
    assert customer.refused("POST", DESK + "servicedesk/1/attachTemporaryFile", files={"file": ("a", b"x")})[0] == 403


# -- participants, statuses, transitions, clocks


def test_participants(jira, server, customer):
    number, alex = customer.request()["issueId"], jira.account("alex.agent@example.com")
    path = f"{DESK}request/{number}/participant"
    assert [user["displayName"] for user in customer.post(path, {"accountIds": [alex]})["values"]] == ["Alex Agent"]
    assert server.ok("DELETE", path, {"usernames": ["alex.agent"]})["values"] == []
    for body in ({"accountIds": []}, {"accountIds": ["nobody"]}):
        assert jira.refused("POST", path, body)[0] == 400


def test_statuses_and_transitions_of_the_portal(jira, customer):
    number = customer.request()["issueId"]
    path = f"{DESK}request/{number}/"
    jira.advance(60)
    jira.move(number, "11")
    assert [each["status"] for each in customer.get(path + "status")["values"]] == ["Work in progress", "Open"]
    assert [way["name"] for way in customer.get(path + "transition")["values"]] == ["Cancel request"]
    customer.post(path + "transition", {"id": "41", "additionalComment": {"body": "solved itself"}})
    shown = jira.show(number)
    assert (shown["status"]["name"], shown["comment"]["comments"][0]["jsdPublic"]) == ("Canceled", True)
    assert customer.refused("POST", path + "transition", {"id": "41"})[0] == 400
    jira.state.issues[int(number)].histories[0].items[0]["from"] = "1"
    assert [each["status"] for each in customer.get(path + "status")["values"]] == ["Canceled", "Work in progress"]
    second = customer.request()["issueId"]
    customer.post(f"{DESK}request/{second}/transition", {"id": "41"})
    assert jira.show(second)["comment"]["total"] == 0


def test_clocks(jira, customer, agent):
    number = customer.request()["issueId"]
    path = f"{DESK}request/{number}/sla"

    def clock(metric):
        return jira.get(f"{path}/{metric}")

    jira.advance(3600)
    first, resolution = jira.get(path)["values"]
    assert (first["name"], resolution["name"]) == ("Time to first response", "Time to resolution")
    assert 3_600_000 <= first["ongoingCycle"]["elapsedTime"]["millis"] < 3_660_000
    assert first["ongoingCycle"]["goalDuration"] == {"millis": 14_400_000, "friendly": "4h 0m"}
    customer.post(f"{DESK}request/{number}/comment", {"body": "any news?", "public": True})
    agent.comment(number, internal=True)
    assert "ongoingCycle" in clock("1")
    agent.comment(number)
    agent.comment(number)
    (cycle,) = clock("1")["completedCycles"]
    assert cycle["breached"] is False
    assert "ongoingCycle" not in clock("1")
    jira.move(number, "21")
    jira.advance(30 * 3600)
    assert (clock("2")["ongoingCycle"]["paused"], clock("2")["ongoingCycle"]["breached"]) == (True, False)
    jira.move(number, "31")
    jira.advance(24 * 3600)
    assert clock("2")["ongoingCycle"]["breached"] is True
    assert clock("2")["ongoingCycle"]["remainingTime"]["friendly"].startswith("-")
    jira.move(number, "21")
    assert "breachTime" in clock("2")["ongoingCycle"]
    jira.move(number, "761", fields={"resolution": {"name": "Done"}})
    jira.move(number, "51")
    (cycle,) = clock("2")["completedCycles"]
    assert cycle["breached"] is True
    assert "stopTime" in cycle
    jira.move(number, "61")
    assert clock("2")["ongoingCycle"]["elapsedTime"]["millis"] < 60_000
    assert jira.show(number)["customfield_10222"]["completedCycles"][0]["breached"] is True
    assert key_of(jira.refused("GET", path + "/9"))[0] == 404
    assert customer.refused("GET", path)[0] == 403


def test_a_clock_stops_at_the_end_while_the_request_waits(jira, customer):
    number = customer.request()["issueId"]
    jira.move(number, "21")
    jira.move(number, "41")
    (cycle,) = jira.get(f"{DESK}request/{number}/sla/2")["completedCycles"]
    assert cycle["elapsedTime"]["millis"] < 60_000
    assert jira.get(f"{DESK}request/{number}/sla/1")["completedCycles"][0]["breached"] is False


# -- approvals, feedback, mails


def change(jira, *emails):
    approvers = [{"accountId": jira.account(email)} for email in emails]
    return jira.request("Upgrade", form="33", fields={"customfield_10203": approvers})["issueId"]


def test_approvals(jira, agent, customer):
    number = change(jira, "alex.agent@example.com", "robin.requester@example.com")
    path = f"{DESK}request/{number}/approval"
    assert jira.show(number)["status"]["name"] == "Waiting for approval"
    (asked,) = customer.get(path)["values"]
    assert (asked["finalDecision"], asked["canAnswerApproval"]) == ("pending", True)
    one = f"{path}/{asked['id']}"
    assert jira.refused("POST", one, {"decision": "approve"})[0] == 403
    assert customer.refused("POST", one, {"decision": "perhaps"})[0] == 400
    assert customer.post(one, {"decision": "approve"})["finalDecision"] == "pending"
    done = agent.post(one, {"decision": "approve"})
    assert done["finalDecision"] == "approved"
    assert "completedDate" in done
    assert jira.show(number)["status"]["name"] == "In progress"
    assert agent.refused("POST", one, {"decision": "approve"})[0] == 409
    assert jira.show(number)["customfield_10225"][0]["finalDecision"] == "approved"
    assert jira.refused("GET", f"{path}/9")[0] == 404
    declined = change(jira, "alex.agent@example.com")
    agent.post(f"{DESK}request/{declined}/approval/{int(asked['id']) + 1}", {"decision": "decline"})
    assert jira.show(declined)["resolution"]["name"] == "Declined"
    assert agent.get(f"{DESK}request/{declined}/approval/{int(asked['id']) + 1}")["finalDecision"] == "declined"


def test_an_answer_after_the_request_went_on(jira, agent):
    number = change(jira, "alex.agent@example.com")
    jira.move(number, "181")
    agent.post(f"{DESK}request/{number}/approval/10000", {"decision": "approve"})
    assert jira.show(number)["status"]["name"] == "In progress"


def test_feedback(jira, customer):
    number = customer.request()["issueId"]
    path = f"{DESK}request/{number}/feedback"
    rating = {"type": "csat", "rating": 4, "comment": {"body": "Great work!"}}
    assert customer.refused("GET", path)[0] == customer.refused("DELETE", path)[0] == 404
    assert customer.refused("POST", path, rating)[0] == 400
    jira.move(number, "41")
    for wrong in ({}, {"rating": 6}, {"rating": 3, "type": "nps"}):
        assert customer.refused("POST", path, wrong)[0] == 400
    assert jira.refused("POST", path, rating)[0] == 403
    assert customer.post(path, rating) == customer.get(path) == rating
    fields = jira.show(number)
    assert fields["customfield_10223"] == {"rating": 4}
    assert fields["customfield_10224"].endswith("+0200")
    assert jira.control("snapshot")["tickets"][0]["feedback"]["rating"] == 4
    customer.delete(path)
    assert customer.post(path, {"rating": 5}) == {"type": "csat", "rating": 5}


def test_mails_can_be_stopped(jira, customer):
    number = customer.request()["issueId"]
    path = f"{DESK}request/{number}/notification"
    assert customer.get(path) == {"subscribed": True}
    customer.delete(path)
    jira.comment(number)
    assert (customer.get(path), jira.outbox()) == ({"subscribed": False}, [])
    customer.ok("PUT", path)
    jira.comment(number)
    assert jira.outbox() == [("public_comment", "robin.requester@example.com")]


# -- queues, customers, organizations


def test_queues(jira, customer, agent):
    number = customer.request()["issueId"]
    jira.put(f"issue/{number}/assignee", {"accountId": jira.account("alex.agent@example.com")})
    queues = agent.desk("servicedesk/1/queue", includeCount="true")["values"]
    assert [(queue["name"], queue["issueCount"]) for queue in queues] == [
        ("All open", 1),
        ("Assigned to me", 1),
        ("Unassigned issues", 0),
    ]
    assert "issueCount" not in agent.desk("servicedesk/1/queue/1")
    page = agent.desk("servicedesk/1/queue/2/issue")
    assert [issue["id"] for issue in page["values"]] == [number]
    assert "summary" in page["values"][0]["fields"]
    assert agent.refused("GET", DESK + "servicedesk/1/queue/9")[0] == 404
    assert customer.refused("GET", DESK + "servicedesk/1/queue")[0] == 403


def test_customers(jira, customer, agent, server):
    made = jira("POST", DESK + "customer", {"email": "cara@example.com", "displayName": "Cara"})
    assert (made.status_code, made.json()["emailAddress"]) == (201, "cara@example.com")
    again = {"email": "CARA@example.com", "fullName": "Cara"}
    assert jira.refused("POST", DESK + "customer", again)[0] == 400
    assert jira.refused("POST", DESK + "customer?strictConflictStatusCode=true", again)[0] == 409
    assert jira.refused("POST", DESK + "customer", {"email": "nobody"})[0] == 400
    assert agent.refused("POST", DESK + "customer", {"email": "x@example.com", "displayName": "x"})[0] == 403
    path = DESK + "servicedesk/1/customer"
    assert [user["displayName"] for user in agent.get(path, query="cara@")["values"]] == ["Cara"]
    alex = jira.account("alex.agent@example.com")
    agent.post(path, {"accountIds": [alex]})
    assert "Alex Agent" in [user["displayName"] for user in agent.get(path)["values"]]
    assert agent.refused("POST", path, {"accountIds": ["nobody", alex]})[0] == 400
    server.ok("DELETE", path, {"usernames": ["alex.agent"]})
    assert "Alex Agent" not in [user["displayName"] for user in agent.get(path)["values"]]
    assert customer.refused("GET", path)[0] == 403


def test_organizations(jira, customer, agent):
    robin = jira.account("robin.requester@example.com")
    made = agent.post(DESK + "organization", {"name": "Acme"})
    assert agent.post(DESK + "organization", {"name": "Acme"})["id"] == made["id"] == "1"
    path = f"{DESK}organization/{made['id']}"
    agent.post(f"{path}/user", {"accountIds": [robin]})
    assert [user["accountId"] for user in agent.get(f"{path}/user")["values"]] == [robin]
    assert [each["name"] for each in customer.desk("organization")["values"]] == ["Acme"]
    assert agent.desk("organization", accountId="nobody")["values"] == []
    agent.ok("DELETE", f"{path}/user", {"accountIds": [robin]})
    assert customer.desk("organization")["values"] == []
    assert agent("PUT", f"{path}/property/k", {"a": 1}).status_code == 201
    assert agent.get(f"{path}/property/k")["value"] == {"a": 1}
    assert [each["key"] for each in agent.get(f"{path}/property")["keys"]] == ["k"]
    assert agent.refused("GET", f"{path}/property/x")[0] == 404
    desk = DESK + "servicedesk/1/organization"
    agent.post(desk, {"organizationId": 1})
    assert [each["id"] for each in agent.get(desk)["values"]] == ["1"]
    agent.ok("DELETE", desk, {"organizationId": 1})
    assert agent.get(desk)["values"] == []
    agent.post(desk, {"organizationId": 1})
    assert agent.get(path)["scimManaged"] is False
    agent.delete(path)
    assert agent.refused("GET", path)[0] == 404
    assert agent.get(desk)["values"] == []
    assert agent.refused("POST", DESK + "organization", {"name": " "})[0] == 400
    assert customer.refused("POST", DESK + "organization", {"name": "x"})[0] == 403


def test_data_center_shows_usernames(jira, server, customer):
    customer.request()
    shown = server.desk("request/ITSM-1")
    assert shown["reporter"]["name"] == "robin.requester"
    assert "accountId" not in shown["reporter"]
