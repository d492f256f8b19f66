"""The entry API as such: lists, pages, fields, ids, associations, errors of every form."""

from __future__ import annotations

import re

import pytest

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000")


def test_the_three_ids_of_an_incident_differ(hub, words):
    answer = hub.entry("POST", "HPD:IncidentInterface_Create", json={"values": words["new"]})
    assert (answer.status_code, answer.content) == (201, b"")
    staged = answer.headers["Location"].rpartition("/")[2]
    assert re.fullmatch(r"\d{15}", staged)
    row = hub.row(staged, "HPD:IncidentInterface_Create")
    assert (row["Request ID"], row["Incident_Entry_ID"]) == (staged, None)
    incident = hub.incident(row["Incident Number"])
    entry_id = incident["Entry ID"]
    assert incident["Request ID"] == f"{entry_id}|{entry_id}"
    assert entry_id != incident["Incident Number"]
    assert hub.row(entry_id, "HPD:Help Desk")["Entry ID"] == entry_id
    assert hub.row(entry_id)["Request ID"] == incident["Request ID"]


def test_a_number_is_no_id(hub):
    made = [hub.create(Description=f"no. {number}") for number in range(100)]
    assert hub.refused("PUT", "HPD:IncidentInterface", made[0]["Incident Number"])[:2] == (404, 302)
    other = hub.row(made[-1]["Incident Number"], "HPD:Help Desk")
    assert other["Description"] == "no. 2", "another ticket"
    assert hub.refused("GET", "HPD:IncidentInterface", "INC0000000000001")[:2] == (400, 101)
    assert hub.refused("GET", "HPD:IncidentInterface", "INC000000000098|INC000000000099")[:2] == (404, 302)


def test_an_entry_is_values_and_links(hub):
    made = hub.create()
    answer = hub.entry("GET", "HPD:IncidentInterface", made["Request ID"])
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    body = answer.json()
    assert body.keys() == {"values", "_links"}
    assert body["_links"]["self"][0]["href"].endswith(f"/{made['Entry ID']}%7C{made['Entry ID']}")
    values = body["values"]
    assert len(values) > 120
    assert STAMP.fullmatch(values["Submit Date"])
    assert values["Priority Weight"] == 25
    assert values["Status"] == "New"
    assert values["Closed Date"] is None
    assert values["Status-History"] == {"New": {"user": "isthmus", "timestamp": values["Submit Date"]}}
    assert "Status History" in hub.row(made["Entry ID"], "HPD:Help Desk")


def test_chosen_fields(hub):
    made = hub.create()
    assert hub.row(made["Request ID"], fields="values(Status,1000000161)") == {
        "Status": "New",
        "Incident Number": made["Incident Number"],
    }
    answer = hub.entry("GET", "HPD:IncidentInterface", params={"fields": "values(Mood)"})
    assert answer.status_code == 400
    assert answer.json() == [
        {
            "messageType": "ERROR",
            "messageText": "Field does not exist on current form",
            "messageAppendedText": "HPD:IncidentInterface : <Mood>",
            "messageNumber": 314,
        }
    ]


def test_pages(hub):
    for number in range(5):
        hub.create(Description=f"no. {number}")
    params = {"fields": "values(Description)", "sort": "Request ID.asc", "limit": "2"}
    pages, url = [], None
    while True:
        body = (
            hub.entry("GET", "HPD:IncidentInterface", params=params) if url is None else hub.http.get(url, timeout=10)
        ).json()
        assert body["numMatches"] is None
        pages.append([entry["values"]["Description"] for entry in body["entries"]])
        if "next" not in body["_links"]:
            break
        url = body["_links"]["next"][0]["href"]
        assert "offset=" in url
        assert "limit=2" in url
    assert pages == [["no. 0", "no. 1"], ["no. 2", "no. 3"], ["no. 4"]]
    assert hub.entry("GET", "HPD:IncidentInterface", params={"offset": 9}).json()["entries"] == []


def test_a_server_caps_lists_without_a_word(hub, monkeypatch):
    monkeypatch.setattr("isthmus.sandbox.bmc_helix.entry_api.MAX_ENTRIES", 3)
    body = hub.entry("GET", "CTM:People").json()
    assert len(body["entries"]) == 3
    assert "next" not in body["_links"]
    assert body["_links"]["self"][0]["href"].endswith("/CTM:People")
    capped = hub.entry("GET", "CTM:People", params={"limit": 50}).json()
    assert len(capped["entries"]) == 3
    assert "offset=3&limit=3" in capped["_links"]["next"][0]["href"]


def test_plus_stands_for_a_blank(hub):
    made = hub.create()
    query = f"?q=%27Incident+Number%27+%3D+%22{made['Incident Number']}%22&fields=values(Incident+Number)"
    body = hub("GET", "/api/arsys/v1/entry/HPD:IncidentInterface" + query).json()
    assert body["entries"][0]["values"] == {"Incident Number": made["Incident Number"]}


@pytest.mark.parametrize("q", ["'Mood' = 1", "'Status' = \"x\"", "nonsense", "'Status' ="])
def test_a_wrong_qualification_is_refused(hub, q):
    answer = hub.entry("GET", "HPD:IncidentInterface", params={"q": q})
    assert answer.status_code == 400
    assert answer.json()[0]["messageNumber"] == (314 if "Mood" in q else 1587)


def test_unknown_places(hub):
    assert hub.refused("GET", "HPD:Nothing") == (404, 303, "HPD:Nothing")
    assert hub.refused("GET", "HPD:Help Desk", "INC000000000001") == (404, 302, "HPD:Help Desk")
    assert hub("GET", "/api/nothing").status_code == 404
    assert hub("PATCH", "/api/arsys/v1/entry/HPD:WorkLog").status_code == 405


def test_associations(hub):
    made = hub.create()
    logs = [
        hub.add("HPD:WorkLog", **{"Incident Number": made["Incident Number"], "Detailed Description": "x"}) for _ in "ab"
    ]
    answer = hub.entry(
        "GET", "HPD:Help Desk", made["Entry ID"], params={"fields": "values(Entry ID),assoc(HPD:INC:Worklog)"}
    ).json()
    assert list(answer["values"]) == ["Entry ID"]
    links = [each["href"] for each in answer["_links"]["assoc-HPD:INC:Worklog"]]
    assert [link.rpartition("/")[2] for link in links] == logs
    assert hub.http.get(links[0], timeout=10).json()["values"]["Work Log ID"] == logs[0]
    below = "/assoc/HPD:INC:Worklog"
    listed = hub.entry("GET", "HPD:Help Desk", made["Entry ID"], below, params={"fields": "values(Work Log ID)"}).json()
    assert [entry["values"]["Work Log ID"] for entry in listed["entries"]] == logs
    assert hub.entry("GET", "HPD:Help Desk", made["Entry ID"], "/assoc/Nothing").status_code == 400


def test_bodies_that_cannot_be_read(hub):
    for body in (b"{", b"[]", b'{"values": []}', b"{}"):
        answer = hub.entry("POST", "HPD:WorkLog", data=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()[0]["messageNumber"]) == (400, 8945)


VALUES = {
    "unknown field": ({"Mood": "x"}, (400, 314)),
    "a field of the system": ({"Last Modified By": "x"}, (403, 330)),
    "priority": ({"Priority": "Low"}, (403, 330)),
    "text too long": ({"Description": "x" * 101}, (400, 306)),
    "bytes count": ({"Description": "ü" * 51}, (400, 306)),
    "no selection": ({"Impact": "huge"}, (400, 306)),
    "a code of nothing": ({"Impact": 77}, (400, 306)),
    "a switch is no code": ({"Impact": True}, (400, 306)),
    "no moment": ({"Reported Date": "soon"}, (400, 306)),
    "no moment either": ({"Reported Date": True}, (400, 306)),
    "too late": ({"Reported Date": 2**40}, (400, 306)),
    "no text": ({"Resolution": {"a": 1}}, (400, 306)),
    "no attachment": ({"z2AF_Act_Attachment_1": "a.txt"}, (400, 306)),
    "required": ({"Description": None}, (400, 326)),
    "required too": ({"Service Type": ""}, (400, 326)),
}


@pytest.mark.parametrize("what", VALUES)
def test_values_that_are_refused(hub, what):
    values, expected = VALUES[what]
    made = hub.create()
    assert hub.refused("PUT", "HPD:IncidentInterface", made["Request ID"], **values)[:2] == expected
    assert hub.row(made["Request ID"]) == made


def test_values_that_are_taken(hub):
    made = hub.create()["Request ID"]
    hub.change(made, Impact=4000, Urgency="2000", Description="two\r\nlines", Resolution=5)
    row = hub.row(made)
    assert (row["Impact"], row["Urgency"], row["Priority"]) == ("4-Minor/Localized", "2-High", "Medium")
    assert (row["Description"], row["Resolution"]) == ("two lines", "5")
    hub.change(made, **{"Reported Date": 1700000000, "Resolution": None, "1000000652": "x"})
    row = hub.row(made)
    assert (row["Reported Date"], row["Resolution"]) == ("2023-11-14T22:13:20.000+0000", None)
    assert row["Vendor Ticket Number"] == "x"
    hub.change(made, **{"Reported Date": "2023-11-14T22:13:21.000+0000"})
    assert hub.row(made)["Reported Date"] == "2023-11-14T22:13:21.000+0000"


def test_the_missing_fields_of_a_create_are_listed(hub):
    status, number, told = hub.refused(
        "POST", "HPD:IncidentInterface_Create", Login_ID="eva.employee", Impact="1-Extensive/Widespread"
    )
    assert (status, number) == (400, 307)
    assert told == "HPD:IncidentInterface_Create : Description, Urgency, Service_Type, Reported Source"
    assert hub.refused("POST", "HPD:WorkLog")[:2] == (400, 307)


def test_deleting(hub, agent):
    made = hub.create()
    log = hub.add("HPD:WorkLog", **{"Incident Number": made["Incident Number"], "Detailed Description": "x"})
    entry_id = made["Entry ID"]
    assert agent.refused("DELETE", "HPD:Help Desk", entry_id)[:2] == (403, 332)
    assert hub.entry("DELETE", "HPD:Help Desk", entry_id, params={"options": "ALL"}).status_code == 400
    assert hub.entry("DELETE", "HPD:Help Desk", entry_id).status_code == 204
    assert hub.refused("GET", "HPD:Help Desk", entry_id)[:2] == (404, 302)
    assert hub.refused("GET", "HPD:WorkLog", log)[:2] == (404, 302)
    gone = [ticket for ticket in hub.control("snapshot")["tickets"] if ticket["deleted"]]
    assert [(ticket["id"], len(ticket["comments"])) for ticket in gone] == [(entry_id, 1)]
    other = hub.create()
    kept = hub.add("HPD:WorkLog", **{"Incident Number": other["Incident Number"], "Detailed Description": "x"})
    assert hub.entry("DELETE", "HPD:Help Desk", other["Entry ID"], params={"options": "NOCASCADE"}).status_code == 204
    assert hub.row(kept, "HPD:WorkLog")["Detailed Description"] == "x"
    hub.advance(5)
    assert hub.rows("HPD:IncidentInterface") == []


def test_a_join_form_has_no_id_to_give(hub, words):
    values = {name.replace("_", " "): value for name, value in words["new"].items() if name != "Login_ID"}
    answer = hub.entry("POST", "HPD:IncidentInterface", json={"values": values | {"Customer Login ID": "eva.employee"}})
    assert (answer.status_code, answer.headers.get("Location")) == (204, None)
    assert [row["Description"] for row in hub.rows("HPD:IncidentInterface")] == ["VPN down"]


def test_a_reply_of_a_create_shows_what_is_asked_for(hub, words):
    ask = {"params": {"fields": "values(Incident Number,Create Date)"}, "json": {"values": words["new"]}}
    body = hub.entry("POST", "HPD:IncidentInterface_Create", **ask).json()
    assert body["values"].keys() == {"Incident Number", "Create Date"}
    assert body["_links"]["self"][0]["href"].endswith("/HPD:IncidentInterface_Create")
    hub.use("silent_create")
    answer = hub.entry("POST", "HPD:IncidentInterface_Create", **ask)
    assert (answer.status_code, answer.content) == (201, b"")
    staged = hub.row(answer.headers["Location"].rpartition("/")[2], "HPD:IncidentInterface_Create")
    assert staged["Incident Number"] == "INC000000000002"
    bad = hub.entry(
        "POST", "HPD:IncidentInterface_Create", params={"fields": "values(Mood)"}, json={"values": words["new"]}
    )
    assert bad.status_code == 400
    assert len(hub.rows("HPD:IncidentInterface")) == 2
