"""Rows that an account does not see, and writes that are not for it."""

from __future__ import annotations

INTERFACE, CREATE = "HPD:IncidentInterface", "HPD:IncidentInterface_Create"


def test_rows_of_other_companies_are_hidden(hub, agent, client_of):
    mine, other = hub.create(), hub.create(Login_ID="sven.sub")
    assert (mine["Assignee Groups"], other["Assignee Groups"]) == ("1000000001;'eva.employee';", "1000000002;'sven.sub';")
    assert len(hub.rows(INTERFACE)) == 2
    assert [row["Request ID"] for row in agent.rows(INTERFACE)] == [mine["Request ID"]]
    assert agent.refused("GET", INTERFACE, other["Request ID"])[:2] == (404, 302)
    assert agent.refused("PUT", INTERFACE, other["Request ID"], Description="x")[:2] == (404, 302)
    assert agent.refused("POST", "HPD:WorkLog", **{"Incident Number": other["Incident Number"]})[:2] == (500, 48370)
    assert [row["Request ID"] for row in client_of("sam.support").rows(INTERFACE)] == [other["Request ID"]]


def test_an_incident_that_moves_to_another_company_vanishes(hub, agent):
    made = hub.create()
    log = hub.add("HPD:WorkLog", **{"Incident Number": made["Incident Number"], "Detailed Description": "x"})
    hub.change(made["Request ID"], Company="Example Subsidiary")
    assert agent.rows(INTERFACE) == []
    assert agent.row(log, "HPD:WorkLog")["Work Log ID"] == log, "the work log keeps the permission with which it was saved"


def test_unrestricted_access_is_a_switch_of_the_person(hub):
    hub.create(Login_ID="sven.sub")
    me = hub.rows("CTM:People", "'Remedy Login ID' = \"isthmus\"")[0]
    assert me["Unrestricted Access"] == "Yes"
    hub.change(me["Person ID"], "CTM:People", **{"Unrestricted Access": "No"})
    assert hub.rows(INTERFACE) == []


def test_a_customer_sees_what_is_his_and_public(hub, customer):
    mine, other = hub.create(), hub.create(Login_ID="otto.admin")
    number = mine["Incident Number"]
    for view in ("Public", "Internal"):
        hub.add("HPD:WorkLog", **{"Incident Number": number, "Detailed Description": view, "View Access": view})
    assert [row["Incident Number"] for row in customer.rows(INTERFACE)] == [number]
    assert [log["Detailed Description"] for log in customer.logs(mine)] == ["Public"]
    assert customer.refused("GET", INTERFACE, other["Request ID"])[:2] == (404, 302)
    links = customer.entry("GET", "HPD:Help Desk", mine["Entry ID"], params={"fields": "assoc(HPD:INC:Worklog)"}).json()[
        "_links"
    ]
    assert len(links["assoc-HPD:INC:Worklog"]) == 1


def test_a_note_that_becomes_public_is_seen(hub, customer):
    made = hub.create()
    log = hub.add("HPD:WorkLog", **{"Incident Number": made["Incident Number"], "Detailed Description": "x"})
    assert customer.logs(made) == []
    hub.change(log, "HPD:WorkLog", **{"View Access": "Public"})
    assert len(customer.logs(made)) == 1


def test_what_a_customer_may_write(hub, customer, words):
    made = hub.create(**words["desk"])
    request, number = made["Request ID"], made["Incident Number"]
    log = customer.add("HPD:WorkLog", **{"Incident Number": number, "Detailed Description": "hello"})
    assert hub.row(log, "HPD:WorkLog")["View Access"] == "Public"
    internal = {"Incident Number": number, "View Access": "Internal"}
    assert customer.refused("POST", "HPD:WorkLog", **internal)[:2] == (403, 330)
    assert customer.refused("PUT", INTERFACE, request, Description="x")[:2] == (403, 332)
    hub.change(request, **words["resolved"])
    customer.change(request, Status="Assigned")
    row = hub.row(request)
    assert (row["Status"], row["Last Modified By"]) == ("Assigned", "eva.employee")
    customer.change(request, Status="Cancelled")


def test_a_customer_asks_for_himself(hub, customer, words):
    assert customer.entry("POST", CREATE, json={"values": words["new"]}).status_code == 201
    assert hub.control("outbox")["messages"] == [], "nobody is told of what he did himself"
    other = words["new"] | {"Login_ID": "otto.admin"}
    assert customer.refused("POST", CREATE, **other)[:2] == (403, 332)


def test_foundation_forms_are_written_by_administrators(agent, customer):
    assert agent.refused("POST", "COM:Company", Company="New")[:2] == (403, 353)
    assert customer.refused("POST", "TMS:Task", Summary="x", RootRequestID="y")[:2] == (403, 353)


def test_forms_of_the_system_are_written_by_nobody(hub):
    assert hub.refused("POST", "SLM:Measurement")[:2] == (403, 353)
    assert hub.refused("POST", "HPD:HelpDesk_AuditLogSystem")[:2] == (403, 353)


def test_staging_rows_and_histories_are_hidden_as_well(hub, agent, customer, words):
    hub.create(Login_ID="sven.sub")
    assert agent.rows(CREATE) == customer.rows(CREATE) == []
    assert agent.rows("HPD:HelpDesk_AuditLogSystem") == []
    mine = hub.create()
    assert [row["Incident Number"] for row in customer.rows(CREATE)] == [mine["Incident Number"]]
    assert len(agent.rows("HPD:HelpDesk_AuditLogSystem")) == 1
    assert customer.rows("HPD:HelpDesk_AuditLogSystem") == []
    assert len(hub.rows(CREATE)) == 2
