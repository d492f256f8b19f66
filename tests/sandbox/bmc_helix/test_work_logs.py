"""Work logs and their files."""

from __future__ import annotations

import json

import pytest

FIELD = "z2AF Work Log01"


def logged(client, incident, **values):
    return client.add(
        "HPD:WorkLog", **{"Incident Number": incident["Incident Number"], "Detailed Description": "text", **values}
    )


def parts(values, files, *, first=True):
    entry = ("entry", ("", json.dumps({"values": values}), "application/json; charset=UTF-8"))
    attached = [(f"attach-{field}", (name, data, "application/octet-stream")) for field, (name, data) in files.items()]
    return [entry, *attached] if first else [*attached, entry]


def test_defaults(hub):
    made = hub.create()
    row = hub.row(logged(hub, made, **{"Total Time Spent": "5"}), "HPD:WorkLog")
    assert (row["View Access"], row["Secure Work Log"], row["Work Log Type"]) == ("Internal", "No", "General Information")
    assert (row["Submitter"], row["Work Log Submitter"]) == ("isthmus", "isthmus")
    assert row["Submit Date"] == row["Work Log Submit Date"] == row["Work Log Date"]
    assert row["SV_TicketSummary"] == f"@[VPN down]|{made['InstanceId']}|(incident)"
    assert (row["Number of Attachments"], row[FIELD], row["Total Time Spent"]) == (None, None, 5)
    assert hub.row(made["Request ID"]) == made, "a work log does not save the incident"


def test_author_and_moment_may_be_set_by_administrators(hub, agent):
    made = hub.create()
    dated = {"Work Log Submitter": "eva.employee", "Work Log Submit Date": "2020-01-02T03:04:05.000+0000"}
    row = hub.row(logged(hub, made, **dated), "HPD:WorkLog")
    assert row["Work Log Submitter"] == "eva.employee"
    assert row["Work Log Submit Date"] == row["Work Log Date"] == "2020-01-02T03:04:05.000+0000"
    assert row["Submitter"] == "isthmus"
    assert agent.refused("POST", "HPD:WorkLog", **{"Incident Number": made["Incident Number"], **dated})[:2] == (403, 330)


def test_editing(hub, agent, client_of):
    made = hub.create()
    log = logged(agent, made)
    hub.advance(60)
    agent.change(log, "HPD:WorkLog", **{"Detailed Description": "other words"})
    row = hub.row(log, "HPD:WorkLog")
    assert (row["Detailed Description"], row["Submit Date"][14:16], row["Last Modified Date"][14:16]) == (
        "other words",
        "00",
        "01",
    )
    hub.change(log, "HPD:WorkLog", **{"Secure Work Log": "Yes"})
    assert hub.refused("PUT", "HPD:WorkLog", log, Description="x")[:2] == (500, 48371)
    other = logged(hub, made)
    assert agent.refused("PUT", "HPD:WorkLog", other, Description="x")[:2] == (403, 332)
    assert hub.refused("PUT", "HPD:WorkLog", other, **{"Work Log Type": None})[:2] == (400, 326)


def test_an_unknown_incident(hub):
    assert hub.refused("POST", "HPD:WorkLog", **{"Incident Number": "INC000000009999"})[:2] == (500, 48370)


def test_the_feed_of_all_incidents(hub):
    first, second = hub.create(), hub.create()
    start = hub.control("inspect")["now"]
    hub.advance(60)
    made = [logged(hub, each) for each in (first, second, first)]
    query = f"'Last Modified Date' > \"{start[:19]}.000+0000\""
    rows = hub.rows("HPD:WorkLog", query, sort="Last Modified Date.asc,Work Log ID.asc", fields="values(Work Log ID)")
    assert [row["Work Log ID"] for row in rows] == made


# -- files


def test_files_go_up_and_down(hub):
    made = hub.create()
    values = {"Incident Number": made["Incident Number"], FIELD: "log.txt", "z2AF Work Log03": "b.bin"}
    files = {FIELD: ("log.txt", b"line\n"), "z2AF Work Log03": ("b.bin", bytes(range(256)))}
    answer = hub.entry("POST", "HPD:WorkLog", files=parts(values, files))
    assert (answer.status_code, answer.content) == (201, b"")
    log = answer.headers["Location"].rpartition("/")[2]
    row = hub.row(log, "HPD:WorkLog")
    assert row[FIELD].keys() == {"name", "sizeBytes", "href"}
    assert (row[FIELD]["name"], row[FIELD]["sizeBytes"], row["Number of Attachments"]) == ("log.txt", 5, 2)
    assert (row["FileNameAttachment1"], row["FileNameAttachment2"], row["FileNameAttachment3"]) == (
        "log.txt",
        None,
        "b.bin",
    )
    assert (row["Description"], row["Detailed Description"]) == (None, None)
    got = hub.http.get(row[FIELD]["href"], timeout=10)
    assert (got.content, got.headers["Content-Type"]) == (b"line\n", "application/octet-stream")
    assert hub.entry("GET", "HPD:WorkLog", log, "/attach/z2AF%20Work%20Log03").content == bytes(range(256))
    assert hub.entry("GET", "HPD:WorkLog", log, "/attach/z2AF%20Work%20Log02").status_code == 404
    assert hub.entry("GET", "HPD:WorkLog", log, "/attach/Description").status_code == 400
    assert hub.entry("GET", "HPD:WorkLog", log, "/attach/Nothing").status_code == 400


def test_a_file_is_added_and_taken_away(hub):
    made = hub.create()
    log = logged(hub, made)
    put = hub.entry("PUT", "HPD:WorkLog", log, files=parts({FIELD: "a.txt"}, {FIELD: ("a.txt", b"a")}))
    assert put.status_code == 204
    assert hub.row(log, "HPD:WorkLog")["Number of Attachments"] == 1
    hub.change(log, "HPD:WorkLog", **{FIELD: None})
    row = hub.row(log, "HPD:WorkLog")
    assert (row[FIELD], row["Number of Attachments"], row["FileNameAttachment1"]) == (None, None, None)


def test_a_file_of_the_first_work_log(hub, words):
    field = "z2AF_Act_Attachment_1"
    values = words["new"] | {field: "a.txt", "z1D_Action": "CREATE"}
    answer = hub.entry("POST", "HPD:IncidentInterface_Create", files=parts(values, {field: ("a.txt", b"abc")}))
    assert answer.status_code == 201
    (made,) = hub.rows("HPD:IncidentInterface")
    (log,) = hub.logs(made)
    assert (log[FIELD]["name"], log["Detailed Description"]) == ("a.txt", None)


@pytest.mark.parametrize("broken", ["order", "unnamed part", "missing part", "no entry", "entry as a file"])
def test_parts_that_do_not_fit(hub, broken):
    made = hub.create()
    values = {"Incident Number": made["Incident Number"], FIELD: "a.txt"}
    files = {FIELD: ("a.txt", b"a")}
    match broken:
        case "order":
            body = parts(values, files, first=False)
        case "unnamed part":
            body = parts({"Incident Number": made["Incident Number"]}, files)
        case "missing part":
            body = parts(values, {})
        case "no entry":
            body = parts(values, files)[1:]
        case _:
            body = parts(values, files)
            body[0] = ("entry", ("entry.json", body[0][1][1], "application/json"))
    answer = hub.entry("POST", "HPD:WorkLog", files=body)
    assert answer.status_code == (201 if broken == "entry as a file" else 400)
    assert len(hub.logs(made)) == (broken == "entry as a file")


def test_there_is_no_posting_to_an_attachment(hub):
    log = logged(hub, hub.create())
    assert hub.entry("POST", "HPD:WorkLog", log, "/attach/z2AF%20Work%20Log01", data=b"x").status_code == 405
