"""Workflow on incidents: customer, group, status, priority, and what follows from a save."""

from __future__ import annotations

import pytest
from isthmus.sandbox.bmc_helix.enums import IMPACT, URGENCY
from isthmus.sandbox.bmc_helix.priority import prioritized

CREATE, INTERFACE = "HPD:IncidentInterface_Create", "HPD:IncidentInterface"
REASON = {"Status_Reason": "Client Hold"}


def refused_create(client, words, **values):
    new = {name: value for name, value in (words["new"] | values).items() if value is not None}
    return client.refused("POST", CREATE, **new)


def assigned(hub, words, **values):
    return hub.create(**words["desk"], **values)["Request ID"]


# -- customer


@pytest.mark.parametrize(
    "who",
    [
        {"Login_ID": "eva.employee"},
        {"First_Name": "Eva", "Last_Name": "Employee"},
        {"First_Name": "eva", "Last_Name": "EMPLOYEE", "Contact_Company": "Example"},
        {"Person ID": "PPL000000000006"},
        {"Corporate ID": "C-1"},
    ],
)
def test_the_customer_is_found_and_fills_the_block(hub, who):
    eva = hub.rows("CTM:People", "'Remedy Login ID' = \"eva.employee\"")[0]["Person ID"]
    hub.change(eva, "CTM:People", **{"Corporate ID": "C-1", "VIP": "Yes", "Site": "Lyon"})
    made = hub.create(**{"Login_ID": None, **who})
    assert (made["Person ID"], made["Customer Login ID"]) == (eva, "eva.employee")
    assert (made["First Name"], made["Last Name"], made["Internet E-mail"]) == (
        "Eva",
        "Employee",
        "eva.employee@example.com",
    )
    assert (made["Company"], made["Contact Company"], made["Phone Number"]) == ("Example", "Example", "###")
    assert (made["VIP"], made["Site"]) == ("Yes", "Lyon")


@pytest.mark.parametrize(
    ("who", "count"),
    [
        ({}, 0),
        ({"Login_ID": "nobody"}, 0),
        ({"First_Name": "Eva"}, 0),
        ({"First_Name": "Eva", "Last_Name": "Employee", "Contact_Company": "Other"}, 0),
        ({"Login_ID": "eva.employee", "Last_Name": "Other"}, 0),
        ({"Person ID": "PPL000000009999"}, 0),
        ({"First_Name": "Tom", "Last_Name": "Twin"}, 2),
    ],
)
def test_the_customer_has_to_be_one(hub, words, who, count):
    for _ in "ab":
        hub.add(
            "CTM:People", **{"First Name": "Tom", "Last Name": "Twin", "Company": "Example", "Profile Status": "Enabled"}
        )
    answer = hub.entry("POST", CREATE, json={"values": {**words["new"], "Login_ID": None, **who}})
    assert answer.status_code == 500
    assert answer.json()[0]["messageText"].startswith(
        f"{count} records have been found for the Incident contact information"
    )
    assert hub.rows(INTERFACE) == []


def test_people_who_are_not_enabled_are_no_customers(hub, words):
    hub.add("CTM:People", **{"First Name": "Pia", "Last Name": "Proposed", "Company": "Example", "Remedy Login ID": "pia"})
    assert refused_create(hub, words, Login_ID="pia")[0] == 500
    pia = hub.rows("CTM:People", "'Remedy Login ID' = \"pia\"")[0]
    assert pia["Profile Status"] == "Proposed"
    hub.change(pia["Person ID"], "CTM:People", **{"Profile Status": "Enabled"})
    assert hub.create(Login_ID="pia")["Last Name"] == "Proposed"


def test_the_customer_can_be_changed(hub):
    made = hub.create()["Request ID"]
    hub.change(made, **{"Customer Login ID": "sven.sub", "First Name": None, "Last Name": None, "Person ID": None})
    row = hub.row(made)
    assert (row["Full Name"] if "Full Name" in row else row["Last Name"], row["Company"]) == ("Sub", "Example Subsidiary")
    hub.change(made, **{"Customer Login ID": "eva.employee", "Company": "Example Subsidiary"})
    assert hub.row(made)["Company"] == "Example Subsidiary"


# -- group and assignee


def test_the_triple_names_the_group(hub, words):
    made = hub.row(assigned(hub, words))
    group = hub.rows("CTM:Support Group", "'Support Group Name' = \"Service Desk\" AND 'Company' = \"Example\"")[0]
    assert made["Assigned Group ID"] == group["Support Group ID"]
    assert (made["Assignee"], made["Assignee Login ID"], made["Status"]) == (
        "Fiona Fulfiller",
        "fiona.fulfiller",
        "Assigned",
    )
    by_id = hub.create(**{"Assigned Group ID": group["Support Group ID"], "Assignee": "Otto Admin"})
    assert (by_id["Assigned Group"], by_id["Assignee Login ID"]) == ("Service Desk", "otto.admin")


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"Assigned Group": "Service Desk"}, 48330),
        (
            {
                "Assigned Group": "Nothing",
                "Assigned Support Company": "Example",
                "Assigned Support Organization": "IT Support",
            },
            48330,
        ),
        ({"Assigned Group ID": "SGP000000009999"}, 48330),
        ({"Assigned Group ID": "SGP000000000001", "Assigned Group": "Network"}, 48330),
        ({"Assignee Login ID": "fiona.fulfiller"}, 48331),
        ({"Assigned Group ID": "SGP000000000001", "Assignee Login ID": "eva.employee"}, 48331),
        ({"Assigned Group ID": "SGP000000000001", "Assignee": "Fiona"}, 48331),
    ],
)
def test_assignments_that_are_refused(hub, words, values, number):
    assert refused_create(hub, words, **values)[:2] == (500, number)


def test_moving_between_groups(hub, words):
    made = assigned(hub, words)
    hub.change(made, **{"Assigned Group": "Network"})
    row = hub.row(made)
    assert (row["Assigned Group"], row["Assignee"], row["Total Transfers"]) == ("Network", "Fiona Fulfiller", 1)
    hub.change(made, **{"Assigned Group": "Database"})
    row = hub.row(made)
    assert (row["Assigned Group"], row["Assignee"], row["Total Transfers"]) == ("Database", None, 2)
    hub.change(made, **dict.fromkeys(["Assigned Group", "Assigned Support Company", "Assigned Support Organization"]))
    assert hub.row(made)["Assigned Group ID"] is None
    hub.change(made, **{"Assigned Group ID": "SGP000000000001", "Assignee Login ID": "fiona.fulfiller"})
    hub.change(made, **{"Assigned Group ID": None})
    row = hub.row(made)
    assert (row["Assigned Group"], row["Assignee Login ID"]) == (None, None)


def test_a_disabled_group_takes_nothing(hub, words):
    hub.change("SGP000000000001", "CTM:Support Group", Status="Obsolete")
    assert refused_create(hub, words, **words["desk"])[:2] == (500, 48330)


def test_an_explicit_status_stays(hub, words):
    assert hub.create(**words["desk"], Status="New")["Status"] == "New"


# -- status

LEGAL = [
    ("Assigned", {}),
    ("In Progress", {}),
    ("Pending", REASON),
    ("Resolved", {"Status_Reason": "Monitoring Incident", "Resolution": "x"}),
    ("Cancelled", {}),
]


@pytest.mark.parametrize(("status", "values"), LEGAL)
def test_where_an_assigned_incident_may_go(hub, words, status, values):
    made = assigned(hub, words)
    hub.change(made, Status=status, **values)
    assert hub.row(made)["Status"] == status


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"Status": "Pending"}, 1291205),
        ({"Status": "Resolved", "Resolution": "x"}, 1291205),
        ({"Status": "Resolved", "Status_Reason": "Client Hold", "Resolution": "x"}, 45384),
        ({"Status": "Resolved", "Status_Reason": "Monitoring Incident"}, 1291053),
        ({"Status": "In Progress", "Status_Reason": "Client Hold"}, 45384),
        ({"Status": "New"}, 45390),
        ({"Status": "In Progress", "Assignee": None}, 45382),
        ({"Status": "Closed"}, 1291053),
    ],
)
def test_status_rules_are_500_and_one_at_a_time(hub, words, values, number):
    made = assigned(hub, words)
    before = hub.row(made)
    assert hub.refused("PUT", INTERFACE, made, **values)[:2] == (500, number)
    assert hub.row(made) == before


def test_a_status_reason_goes_with_its_status(hub, words):
    made = assigned(hub, words)
    hub.change(made, Status="Pending", **REASON)
    hub.change(made, Description="still pending")
    assert hub.row(made)["Status_Reason"] == "Client Hold"
    hub.change(made, Status="In Progress")
    assert hub.row(made)["Status_Reason"] is None
    hub.change(made, **words["resolved"])
    hub.change(made, Status="Closed")
    assert hub.row(made)["Status_Reason"] == "No Further Action Required"


def test_resolving_reopening_and_closing_are_dated(hub, words):
    made = assigned(hub, words)
    hub.advance(60)
    hub.change(made, Status="In Progress")
    hub.advance(60)
    hub.change(made, **words["resolved"])
    hub.advance(60)
    hub.change(made, Resolution="better words")
    row = hub.row(made)
    times = {name: row[name][14:19] for name in ("Responded Date", "Last Resolved Date", "Last Modified Date")}
    assert times == {"Responded Date": "01:00", "Last Resolved Date": "02:00", "Last Modified Date": "03:00"}
    assert row["Status-History"]["Resolved"]["timestamp"] == row["Last Modified Date"], "the last save, not the beginning"
    assert hub.refused("PUT", INTERFACE, made, Status="Pending", **REASON)[:2] == (500, 45390)
    hub.change(made, Status="In Progress")
    assert hub.row(made)["Re-Opened Date"][14:19] == "03:00"
    hub.advance(60)
    hub.change(made, **words["resolved"])
    hub.change(made, Status="Closed")
    row = hub.row(made)
    assert (row["Last Resolved Date"][14:19], row["Closed Date"][14:19]) == ("04:00", "04:00")
    assert set(row["Status-History"]) == {"New", "Assigned", "In Progress", "Resolved", "Closed"}


@pytest.mark.parametrize("final", ["Closed", "Cancelled"])
def test_what_is_final_is_read_only(hub, words, final):
    made = assigned(hub, words)
    hub.change(made, **words["resolved"] if final == "Closed" else {})
    hub.change(made, Status=final)
    assert hub.refused("PUT", INTERFACE, made, Description="x")[:2] == (500, 48303)
    number = hub.row(made)["Incident Number"]
    assert hub.add("HPD:WorkLog", **{"Incident Number": number, "Detailed Description": "x"})


def test_closing_without_resolving_is_for_administrators(hub, agent, words):
    first, second = assigned(hub, words), assigned(hub, words)
    assert agent.refused("PUT", INTERFACE, first, Status="Closed", Resolution="x")[:2] == (500, 45390)
    hub.change(second, Status="Closed", Resolution="x")
    assert hub.row(second)["Last Resolved Date"] == hub.row(second)["Closed Date"]


def test_a_create_may_name_a_later_status(hub, words):
    made = hub.create(**words["desk"], **words["resolved"])
    assert (made["Status"], made["Last Resolved Date"]) == ("Resolved", made["Submit Date"])
    assert refused_create(hub, words, **words["resolved"])[:2] == (500, 45382)


def test_open_tasks_hold_an_incident(hub, words):
    made = assigned(hub, words)
    number = hub.row(made)["Incident Number"]
    task = hub.add("TMS:Task", Summary="Look", RootRequestID=number)
    assert hub.refused("PUT", INTERFACE, made, **words["resolved"]) == (500, 48310, task)
    hub.change(task, "TMS:Task", Status="Closed")
    hub.change(made, **words["resolved"])


# -- priority, categories, items, templates


@pytest.mark.parametrize(
    ("impact", "urgency", "expected"),
    [(1, 1, ("Critical", 29)), (2, 1, ("Critical", 25)), (4, 1, ("High", 20)), (4, 2, ("Medium", 15)), (1, 3, ("High", 19)), (1, 4, ("Low", 9)), (4, 4, ("Low", 0))],
)  # fmt: skip
def test_priority_comes_from_the_weights(impact, urgency, expected):
    assert prioritized(IMPACT[impact - 1][1], URGENCY[urgency - 1][1]) == expected


def test_priority_follows_impact_and_urgency(hub):
    made = hub.create()
    assert (made["Priority"], made["Priority Weight"]) == ("Critical", 25)
    hub.change(made["Request ID"], Impact="4-Minor/Localized")
    assert hub.row(made["Request ID"], fields="values(Priority,Priority Weight)") == {
        "Priority": "High",
        "Priority Weight": 20,
    }


def test_categories_are_those_of_the_catalogue(hub, words):
    tiers = {"Categorization Tier 1": "network", "Categorization Tier 2": "vpn"}
    made = hub.create(**tiers)
    assert made["Categorization Tier 2"] == "vpn"
    assert refused_create(hub, words, **{"Categorization Tier 1": "nothing"})[:2] == (500, 48350)
    assert refused_create(hub, words, **tiers | {"Categorization Tier 2": "laptop"})[:2] == (500, 48350)
    hub.change(made["Request ID"], **dict.fromkeys(tiers))
    assert hub.row(made["Request ID"])["Categorization Tier 1"] is None


def test_items_are_completed_and_related(hub, words):
    item = hub.rows("BMC.CORE:BMC_BaseElement", "'Name' = \"VPN\"")[0]
    key = item["ReconciliationIdentity"]
    made = hub.create(ServiceCI_ReconID=key)
    assert (made["ServiceCI"], made["HPD_CI"]) == ("VPN", None)
    hub.change(made["Request ID"], HPD_CI="VPN server")
    row = hub.row(made["Request ID"])
    assert row["HPD_CI_ReconID"].startswith("RE")
    related = hub.rows("HPD:Associations", f"'Request ID02' = \"{made['Incident Number']}\"")
    assert [(each["Request ID01"], each["Request Type01"]) for each in related] == [
        (key, "Configuration Item"),
        (row["HPD_CI_ReconID"], "Configuration Item"),
    ]
    assert refused_create(hub, words, ServiceCI="Nothing")[:2] == (500, 48360)
    hub.change(made["Request ID"], ServiceCI=None, ServiceCI_ReconID=None)
    hub.change(made["Request ID"], ServiceCI="VPN")
    assert len(hub.rows("HPD:Associations", f"'Request ID02' = \"{made['Incident Number']}\"")) == 2


def test_a_template_supplies_what_is_missing(hub):
    template = hub.rows("HPD:TemplateSPGLookUp")[0]
    answer = hub.entry("POST", CREATE, json={"values": {"Login_ID": "eva.employee", "TemplateID": template["InstanceId"]}})
    assert answer.status_code == 201
    (made,) = hub.rows(INTERFACE)
    assert (made["Description"], made["Service Type"]) == ("Reset a password", "User Service Request")


# -- what follows


def test_the_second_save(hub, words):
    made = hub.create(Status="Assigned")
    assert (made["Last Modified By"], made["Assigned Group"]) == ("isthmus", None)
    assert set(made["Status-History"]) == {"New", "Assigned"}
    hub.advance(5)
    row = hub.row(made["Request ID"])
    assert (row["Last Modified By"], row["Assigned Group"], row["Status"]) == (
        "Remedy Application Service",
        "Service Desk",
        "Assigned",
    )
    assert (row["Submit Date"][17:19], row["Last Modified Date"][17:19]) == ("00", "01")
    assert row["Owner Group"] == "Service Desk"
    (log,) = hub.logs(made)
    assert (log["Work Log Type"], log["View Access"], log["Secure Work Log"]) == ("Assignment Change", "Internal", "Yes")
    assert log["Detailed Description"] == f"Assigned To: {row['Assignee']} by Remedy Application Service"
    assert log["Work Log Submit Date"] == row["Last Modified Date"]


def test_the_second_save_leaves_what_was_said(hub, words):
    new, done = hub.create(), hub.create(**words["desk"])["Request ID"]
    hub.change(done, Status="Cancelled")
    hub.advance(5)
    row = hub.row(new["Request ID"])
    assert (row["Status"], row["Assigned Group"], row["Last Modified By"]) == ("New", None, "Remedy Application Service")
    assert hub.row(done)["Last Modified By"] == "isthmus"


def test_saves_are_audited(hub, words):
    made = assigned(hub, words)
    hub.advance(10)
    hub.change(made, Status="In Progress", Description="VPN is down")
    entry_id = made.partition("|")[0]
    rows = hub.rows(
        "HPD:HelpDesk_AuditLogSystem", f"'Original Request ID' = \"{entry_id}\"", sort="Create Date.asc,Request ID.asc"
    )
    assert [row["Action"] for row in rows] == ["Create", "Set", "Set"]
    assert rows[1]["User"] == "Remedy Application Service"
    last = rows[2]
    assert (last["User"], last["Fields Changed"]) == ("isthmus", ";Status;Description;Responded Date;")
    assert last["Log"].splitlines()[:2] == ["Status: Assigned -> In Progress", "Description: VPN down -> VPN is down"]
    logs = [log["Detailed Description"] for log in hub.logs({"Incident Number": hub.row(made)["Incident Number"]})]
    assert logs == ["Assigned To: Fiona Fulfiller by isthmus", "Status: Assigned -> In Progress by isthmus"]
    hub.change(made, Description="VPN is down")
    assert len(hub.rows("HPD:HelpDesk_AuditLogSystem", f"'Original Request ID' = \"{entry_id}\"")) == 3


def test_a_save_brings_a_work_log_along(hub, words):
    made = hub.create(z1D_Action="CREATE", z1D_Details="first words", z1D_View_Access="Public", z1D_WorklogDetails="sum")
    (log,) = hub.logs(made)
    assert (log["Detailed Description"], log["Description"], log["View Access"]) == ("first words", "sum", "Public")
    assert log["Work Log Type"] == "General Information"
    hub.change(
        made["Request ID"], **{"z1D Action": "MODIFY", "z1D_WorklogDetails": "more", "z1D_Activity_Type": "Working Log"}
    )
    hub.change(made["Request ID"], z1D_WorklogDetails="lost without MODIFY")
    second = hub.logs(made)[-1]
    assert (second["Detailed Description"], second["Work Log Type"], second["View Access"]) == (
        "more",
        "Working Log",
        "Internal",
    )
    assert all(value is None for name, value in hub.row(made["Request ID"]).items() if name.startswith("z1D"))


def test_resolved_incidents_are_closed_by_time(hub, words):
    made = assigned(hub, words)
    hub.change(made, **words["resolved"])
    hub.advance(days=14)
    assert hub.control("inspect")["vendor"] == "bmc_helix"
    assert hub.control("snapshot")["tickets"][0]["record"]["Status"] == "Resolved"
    hub.advance(days=2)
    row = hub.row(made)
    assert (row["Status"], row["Last Modified By"]) == ("Closed", "Remedy Application Service")


def test_mails_to_the_customer(hub, customer, words):
    made = hub.create(**words["desk"])
    number = made["Incident Number"]
    hub.change(made["Request ID"], **words["resolved"])
    hub.add("HPD:WorkLog", **{"Incident Number": number, "Detailed Description": "secret"})
    hub.add("HPD:WorkLog", **{"Incident Number": number, "Detailed Description": "open", "View Access": "Public"})
    customer.add("HPD:WorkLog", **{"Incident Number": number, "Detailed Description": "mine"})
    mails = hub.control("outbox")["messages"]
    assert [(mail["kind"], mail["text"]) for mail in mails] == [
        ("create", "VPN down"),
        ("resolve", "Restarted."),
        ("public_comment", "open"),
    ]
    assert {(mail["to"], mail["ticket"]) for mail in mails} == {("eva.employee@example.com", number)}
