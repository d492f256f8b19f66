"""Service level clocks."""

from __future__ import annotations

INTERFACE = "HPD:IncidentInterface"
RESPONSE, RESOLUTION = "Incident Response Time", "Incident Resolution Time"


def clocks(client, incident):
    number = incident["Incident Number"]
    rows = client.rows("SLM:Measurement", f"'ApplicationUserFriendlyID' = \"{number}\"")
    return {row["GoalCategoryChar"]: row for row in rows}


def test_two_clocks_run_from_the_start(hub):
    made = hub.create()
    found = clocks(hub, made)
    assert found.keys() == {RESPONSE, RESOLUTION}
    response = found[RESPONSE]
    assert (response["MeasurementStatus"], response["OverallStartTime"]) == ("In Process", made["Submit Date"])
    assert (response["SVTDueDate"][11:16], found[RESOLUTION]["SVTDueDate"][11:16]) == ("08:15", "12:00")
    assert (response["GoalTimeHr"], response["GoalTimeMin"], response["UpElapsedTime"]) == (0, 15, 0)
    assert response["ApplicationInstanceID"] == made["InstanceId"]


def test_they_follow_the_priority(hub):
    made = hub.create()
    hub.change(made["Request ID"], Impact="4-Minor/Localized", Urgency="4-Low")
    assert clocks(hub, made)[RESPONSE]["SVTDueDate"][11:16] == "16:00"


def test_met_and_missed(hub, words):
    made = hub.create(**words["desk"])
    hub.advance(600)
    hub.change(made["Request ID"], Status="In Progress")
    response = clocks(hub, made)[RESPONSE]
    assert (response["MeasurementStatus"], response["UpElapsedTime"]) == ("Met", 600)
    hub.advance(5 * 3600)
    assert clocks(hub, made)[RESOLUTION]["MeasurementStatus"] == "Missed Goal", "by time alone"
    hub.change(made["Request ID"], **words["resolved"])
    assert clocks(hub, made)[RESOLUTION]["MeasurementStatus"] == "Missed"
    late = hub.create(**words["desk"])
    hub.advance(1000)
    hub.change(late["Request ID"], Status="In Progress")
    assert clocks(hub, late)[RESPONSE]["MeasurementStatus"] == "Missed"


def test_pending_stops_the_clock(hub, words):
    made = hub.create(**words["desk"])
    hub.advance(60)
    hub.change(made["Request ID"], Status="Pending", Status_Reason="Client Hold")
    resting = clocks(hub, made)[RESOLUTION]
    assert (resting["MeasurementStatus"], resting["UpElapsedTime"]) == ("Pending", 60)
    hub.advance(days=1)
    assert clocks(hub, made)[RESOLUTION]["MeasurementStatus"] == "Pending"
    hub.change(made["Request ID"], Status="In Progress")
    running = clocks(hub, made)[RESOLUTION]
    assert (running["MeasurementStatus"], running["UpElapsedTime"]) == ("In Process", 60)
    assert running["SVTDueDate"][:16] == "2026-07-15T12:00"


def test_a_cancelled_incident_has_none(hub):
    made = hub.create()
    hub.change(made["Request ID"], Status="Cancelled")
    assert {row["MeasurementStatus"] for row in clocks(hub, made).values()} == {"Detached"}


def test_a_reopened_incident_runs_again(hub, words):
    made = hub.create(**words["desk"])
    hub.change(made["Request ID"], **words["resolved"])
    assert clocks(hub, made)[RESOLUTION]["MeasurementStatus"] == "Met"
    hub.change(made["Request ID"], Status="In Progress")
    assert clocks(hub, made)[RESOLUTION]["MeasurementStatus"] == "In Process"


def test_a_deleted_incident_leaves_its_clocks_alone(hub):
    made = hub.create()
    hub.entry("DELETE", "HPD:Help Desk", made["Entry ID"])
    hub.advance(days=1)
    assert clocks(hub, made)[RESPONSE]["MeasurementStatus"] == "In Process"
