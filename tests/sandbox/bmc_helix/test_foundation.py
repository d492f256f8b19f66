"""People, groups, companies, relationships, problems, changes, metadata, merges."""

from __future__ import annotations

import pytest

INTERFACE = "HPD:IncidentInterface"
GROUP = {"Company": "Example", "Support Organization": "IT Support", "Support Group Name": "Night Shift"}
PERSON = {
    "First Name": "Nora",
    "Last Name": "New",
    "Company": "Example",
    "Remedy Login ID": "nora",
    "Profile Status": "Enabled",
}


def test_people_are_found_by_address_and_login(hub):
    (row,) = hub.rows("CTM:People", "'Internet E-mail' = \"Eva.Employee@example.com\"")
    assert (row["Full Name"], row["Remedy Login ID"], row["Profile Status"]) == ("Eva Employee", "eva.employee", "Enabled")
    assert (row["Support Staff"], row["Client Type"]) == ("No", "Office-Based Employee")


def test_people_are_made_and_changed(hub):
    made = hub.add("CTM:People", **PERSON)
    row = hub.row(made, "CTM:People")
    assert (row["Full Name"], row["Client Type"], row["Submitter"]) == ("Nora New", "Office-Based Employee", "isthmus")
    hub.change(made, "CTM:People", **{"Middle Initial": "X", "Internet E-mail": "nora@example.com"})
    assert hub.row(made, "CTM:People")["Full Name"] == "Nora X New"
    assert hub.rows("CTM:People", "'Internet E-mail' = \"nora@example.com\"", fields="values(Person ID)") == [
        {"Person ID": made}
    ]
    assert hub.refused("POST", "CTM:People", **PERSON)[:2] == (500, 382)
    assert hub.refused("POST", "CTM:People", **PERSON | {"Company": "Nowhere", "Remedy Login ID": "n2"})[:2] == (500, 48330)
    assert hub.refused("POST", "CTM:People", Company="Example") == (400, 307, "CTM:People : First Name, Last Name")
    assert hub.entry("DELETE", "CTM:People", made).status_code == 204
    assert hub.rows("CTM:People", "'Remedy Login ID' = \"nora\"") == []


def test_groups_and_their_members(hub):
    group, person = hub.add("CTM:Support Group", **GROUP), hub.add("CTM:People", **PERSON)
    assert hub.refused("POST", "CTM:Support Group", **GROUP)[:2] == (500, 382)
    hub.change(group, "CTM:Support Group", Description="at night")
    other = hub.add("CTM:Support Group", **GROUP | {"Company": "Example Subsidiary"})
    member = hub.add("CTM:Support Group Association", **{"Support Group ID": group, "Person ID": person})
    row = hub.row(member, "CTM:Support Group Association")
    assert (row["Login ID"], row["Full Name"], row["Support Group Association Role"]) == ("nora", "Nora New", "Member")
    assert hub.refused("POST", "CTM:Support Group Association", **{"Support Group ID": group, "Person ID": person})[:2] == (
        500,
        382,
    )
    hub.change(member, "CTM:Support Group Association", **{"Support Group Association Role": "Lead"})
    hub.add("CTM:Support Group Association", **{"Support Group ID": other, "Person ID": person})
    wrong = {"Support Group ID": "SGP000000009999", "Person ID": person}
    assert hub.refused("POST", "CTM:Support Group Association", **wrong)[:2] == (500, 48330)
    made = hub.create(**{"Assigned Group ID": group, "Assignee Login ID": "nora"})
    assert (made["Assigned Group"], made["Assignee"]) == ("Night Shift", "Nora New")


def test_companies_have_permission_groups(hub):
    company = hub.add("COM:Company", Company="Third")
    assert hub.row(company, "COM:Company")["Permission Group ID"] == 1000000003
    assert hub.refused("POST", "COM:Company", Company="Third")[:2] == (500, 382)
    hub.change(company, "COM:Company", Abbreviation="3")
    hub.add("CTM:People", **PERSON | {"Company": "Third"})
    assert hub.create(Login_ID="nora")["Assignee Groups"] == "1000000003;'nora';"


def test_items_get_their_keys(hub):
    made = hub.add("BMC.CORE:BMC_BaseElement", Name="db1", ReconciliationIdentity="REX")
    row = hub.row(made, "BMC.CORE:BMC_BaseElement")
    assert (row["ReconciliationIdentity"], row["ClassId"], len(row["InstanceId"])) == ("REX", "BMC_COMPUTERSYSTEM", 30)
    other = hub.row(hub.add("BMC.CORE:BMC_BaseElement", Name="db2", ClassId="BMC_DATABASE"), "BMC.CORE:BMC_BaseElement")
    assert other["ReconciliationIdentity"].startswith("RE")
    assert hub.create(HPD_CI_ReconID="REX")["HPD_CI"] == "db1"


# -- relationships


def test_incidents_are_related_both_ways(hub):
    first, second = hub.create(Description="one"), hub.create(Description="two")
    one, two = first["Incident Number"], second["Incident Number"]
    body = {"Form Name01": "HPD:Help Desk", "Request ID01": one, "Request ID02": two, "Association Type01": "Duplicate of"}
    hub.add("HPD:Associations", **body, **{"Request Type01": "Incident"})
    rows = {row["Request ID02"]: row for row in hub.rows("HPD:Associations")}
    assert (rows[two]["Association Type01"], rows[two]["Request Description01"]) == ("Duplicate of", "one")
    assert (rows[one]["Association Type01"], rows[one]["Request ID01"]) == ("Original of", two)
    assert rows[one]["Request Description01"] == "two"
    hub.change(rows[two]["Associations ID"], "HPD:Associations", **{"Request Description01": "uno"})
    assert len(hub.rows("HPD:Associations")) == 2


def test_incidents_are_related_to_problems_and_changes(hub, agent):
    made = hub.create()
    problem = hub.row(
        agent.add("PBM:Problem Investigation", Description="root", Company="Example"), "PBM:Problem Investigation"
    )
    change = hub.row(agent.add("CHG:Infrastructure Change", Description="fix"), "CHG:Infrastructure Change")
    assert problem["Problem Investigation ID"].startswith("PBI")
    hub.change(problem["Entry ID"], "PBM:Problem Investigation", Description="the root")
    ends = {
        "PBM:Problem Investigation": problem["Problem Investigation ID"],
        "CHG:Infrastructure Change": change["Infrastructure Change ID"],
    }
    for form, number in ends.items():
        body = {"Form Name01": form, "Request ID01": number, "Request ID02": made["Incident Number"]}
        agent.add("HPD:Associations", **body, **{"Association Type01": "Caused by"})
    rows = hub.rows("HPD:Associations", f"'Request ID02' = \"{made['Incident Number']}\"")
    assert [row["Request Description01"] for row in rows] == ["the root", "fix"]
    for wrong in ({"Request ID01": "PBI000000009999"}, {"Request ID02": "INC000000009999"}):
        values = body | {"Association Type01": "Related to"} | wrong
        assert hub.refused("POST", "HPD:Associations", **values)[:2] == (500, 48380)


# -- metadata


def test_forms_and_fields_are_described(hub):
    assert INTERFACE in hub("GET", "/api/arsys/v1.0/form").json()
    fields = hub("GET", "/api/arsys/v1.0/fields/HPD:IncidentInterface").json()
    known = {field["name"]: field for field in fields}
    assert known["Status"]["id"] == 7
    assert known["Status"]["datatype"] == "ENUM"
    assert known["Status"]["limit"]["enum_values"][1] == {"id": 1, "name": "Assigned"}
    assert (known["Description"]["limit"], known["Description"]["field_option"]) == ({"max_length": 100}, "REQUIRED")
    assert (known["Submit Date"]["limit"], known["z1D_Details"]["field_option"]) == (None, "DISPLAY")
    query = {"field_criteria": "NAME,OPTIONS,MOOD", "field_ids": "7, 8"}
    assert hub("GET", "/api/arsys/v1/fields/HPD:IncidentInterface", params=query).json() == [
        {"id": 7, "name": "Status", "field_option": "REQUIRED"}
    ]
    assert hub("GET", "/api/arsys/v1.0/fields/Nothing").status_code == 404
    told = hub.entry("OPTIONS", INTERFACE).json()
    assert (told["name"], told["type"], told["associations"]) == (INTERFACE, "JOIN", ["HPD:INC:Worklog"])
    assert hub.entry("OPTIONS", "HPD:WorkLog").json()["type"] == "REGULAR"


def test_menus(hub):
    shown = hub("GET", "/api/arsys/v1.0/menu/HPD:Categorization").json()
    assert (shown["menu_type"], shown["form_name"]) == ("Search", "CFG:Service Catalog")
    items = hub("POST", "/api/arsys/v1.0/menu/expand", json={"name": "HPD:Categorization"}).json()["items"]
    network = next(item for item in items if item["label"] == "network")
    assert network["type"] == "SubMenu"
    assert {"type": "Value", "label": "vpn", "value": "vpn"} in network["content"]
    assert hub("GET", "/api/arsys/v1.0/menu/Nothing").status_code == 404
    assert hub("POST", "/api/arsys/v1.0/menu/expand", json={}).status_code == 404


# -- merges


def merge(client, form, values, qualification=None, **options):
    body = {"values": values, "mergeOptions": {"ignoreRequired": True, **options}}
    if qualification:
        body["qualification"] = qualification
    return client("POST", f"/api/arsys/v1/mergeEntry/{form}", json=body)


HISTORY = {
    "Description": "Old one", "Submit Date": "2015-01-02T03:04:05.000+0000", "Submitter": "eva.employee", "Status": "Closed",
    "Impact": "1-Extensive/Widespread", "Urgency": "4-Low", "Service Type": "User Service Restoration", "Company": "Example",
    "Incident Number": "INC000000077777", "Last Modified Date": "2015-02-02T03:04:05.000+0000", "Last Modified By": "otto.admin",
}  # fmt: skip


def test_a_merge_past_workflow_carries_times(hub):
    answer = merge(hub, "HPD:Help Desk", HISTORY, mergeType="DUP_ERROR", workflowEnabled=False)
    assert answer.status_code == 201
    row = hub.incident("INC000000077777")
    assert (row["Submit Date"], row["Submitter"], row["Status"]) == (
        "2015-01-02T03:04:05.000+0000",
        "eva.employee",
        "Closed",
    )
    assert (row["Last Modified Date"], row["Last Modified By"]) == ("2015-02-02T03:04:05.000+0000", "otto.admin")
    assert row["Priority"] is None, "no rule has run"
    assert hub.control("outbox")["messages"] == []
    assert hub.logs(row) == []
    assert hub.rows("SLM:Measurement") == []
    again = merge(hub, "HPD:Help Desk", {"Entry ID": row["Entry ID"], "Description": "x"}, workflowEnabled=False)
    assert (again.status_code, again.json()[0]["messageNumber"]) == (500, 382)


def test_an_upsert_by_any_field(hub):
    find = "'Vendor Ticket Number' = \"ZD-1\""
    values = {"Vendor Ticket Number": "ZD-1", "Description": "one"}
    options = {"mergeType": "DUP_MERGE", "workflowEnabled": False}
    assert merge(hub, INTERFACE, values, find, **options).status_code == 201
    first = hub.rows(INTERFACE, find)[0]
    assert first["Incident Number"].startswith("INC")
    assert merge(hub, INTERFACE, values | {"Description": "two"}, find, **options).status_code == 204
    (row,) = hub.rows(INTERFACE, find)
    assert (row["Description"], row["Submit Date"], row["Last Modified By"]) == ("two", first["Submit Date"], "isthmus")
    assert merge(hub, INTERFACE, {"Request ID": row["Request ID"], "Description": "3"}, **options).status_code == 204
    assert hub.rows(INTERFACE, find)[0]["Description"] == "3"
    options["mergeType"] = "DUP_OVERWRITE"
    assert merge(hub, INTERFACE, {"Description": "4"}, find, **options).status_code == 204
    assert hub.rows(INTERFACE, find) == []
    assert hub.row(row["Entry ID"])["Description"] == "4"


def test_new_ids_and_several_matches(hub):
    values = {"Vendor Ticket Number": "ZD-1", "Description": "one", "Entry ID": "INC000000000500"}
    for kind in ("DUP_NEW_ID", "GEN_NEW_ID"):
        assert merge(hub, "HPD:Help Desk", values, mergeType=kind, workflowEnabled=False).status_code == 201
        assert merge(hub, "HPD:Help Desk", values, mergeType=kind, workflowEnabled=False).status_code == 201
    find = "'Vendor Ticket Number' = \"ZD-1\""
    assert len(hub.rows(INTERFACE, find)) == 4
    options = {"mergeType": "DUP_MERGE", "workflowEnabled": False}
    answer = merge(hub, INTERFACE, {"Description": "x"}, find, **options)
    assert (answer.status_code, answer.json()[0]["messageNumber"]) == (500, 383)
    assert merge(hub, INTERFACE, {"Description": "x"}, find, multimatchOption=1, **options).status_code == 204


def test_a_merge_with_workflow(hub, words):
    values = words["new"] | {"Status": "New"}
    answer = merge(hub, "HPD:IncidentInterface_Create", values, mergeType="DUP_ERROR")
    assert answer.status_code == 201
    (row,) = hub.rows(INTERFACE)
    assert row["Priority"] == "Critical"
    find = f"'Incident Number' = \"{row['Incident Number']}\""
    assert merge(hub, INTERFACE, {"Impact": "4-Minor/Localized"}, find, mergeType="DUP_MERGE").status_code == 204
    assert hub.row(row["Request ID"])["Priority"] == "High"


@pytest.mark.parametrize(
    ("options", "qualification", "status"),
    [({"mergeType": "NONE"}, None, 400), ({}, "'Mood' = 1", 400), ({}, "nonsense", 400)],
)
def test_merges_that_are_refused(hub, options, qualification, status):
    assert merge(hub, "HPD:Help Desk", {"Description": "x"}, qualification, **options).status_code == status


def test_merges_are_for_administrators(agent):
    answer = merge(agent, "HPD:Help Desk", {"Description": "x"})
    assert answer.status_code == 403


def test_required_fields_bind_a_merge_unless_told_otherwise(hub):
    answer = merge(hub, "HPD:WorkLog", {"Description": "x"}, workflowEnabled=False, ignoreRequired=False)
    assert (answer.status_code, answer.json()[0]["messageNumber"]) == (400, 307)
    answer = merge(hub, "HPD:WorkLog", {"Description": "x", "InstanceId": None}, workflowEnabled=False)
    assert answer.status_code == 201
    log = hub.row(answer.headers["Location"].rpartition("/")[2], "HPD:WorkLog")
    assert len(log["InstanceId"]) == 30


def test_a_number_is_merged_once(hub):
    made = hub.create()
    values = {"Incident Number": made["Incident Number"], "Description": "x"}
    answer = merge(hub, "HPD:Help Desk", values, mergeType="DUP_NEW_ID", workflowEnabled=False)
    assert (answer.status_code, answer.json()[0]["messageNumber"]) == (500, 382)


def test_rows_merged_past_workflow_are_for_unrestricted_accounts(hub, agent):
    assert merge(hub, "HPD:Help Desk", HISTORY, workflowEnabled=False).status_code == 201
    assert agent.rows(INTERFACE) == []
    assert len(hub.rows(INTERFACE)) == 1


def test_foundation_forms_keep_their_rules_in_a_merge(hub):
    answer = merge(hub, "CTM:People", {"First Name": "A", "Last Name": "B", "Company": "Nowhere"}, workflowEnabled=False)
    assert answer.status_code == 500


def test_an_incident_that_lost_its_status_waits(hub):
    made = hub.create()
    find = f"'Incident Number' = \"{made['Incident Number']}\""
    options = {"mergeType": "DUP_OVERWRITE", "workflowEnabled": False}
    assert merge(hub, "HPD:Help Desk", {"Incident Number": made["Incident Number"]}, find, **options).status_code == 204
    hub.advance(days=2)
    assert hub.row(made["Request ID"])["Status"] is None
    assert hub.refused("PUT", INTERFACE, made["Request ID"], Description="x")[:2] == (400, 326)


def test_closing_by_time_takes_what_a_merge_left(hub):
    values = {"Status": "Resolved", "Last Resolved Date": "2026-01-02T03:04:05.000+0000", "Description": "x"}
    assert merge(hub, "HPD:Help Desk", values, workflowEnabled=False).status_code == 201
    hub.advance(7200)
    assert [(row["Status"], row["Priority"]) for row in hub.rows(INTERFACE)] == [("Closed", None)]
