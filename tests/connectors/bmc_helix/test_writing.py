"""Creates, updates and their steps, deletions: what is sent, and what a reply means."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from isthmus.connectors.bmc_helix import BmcHelix
from isthmus.connectors.bmc_helix.statuses import way
from isthmus.core.connector import Create, Delete, NewComment, Record, Update
from isthmus.core.errors import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)
from isthmus.core.model import ConfigurationItem, Visibility

INCIDENTS = "HPD:IncidentInterface"
CREATES = "/api/arsys/v1/entry/HPD:IncidentInterface_Create"
ENTRY = "INC000000000001"
CHANGES = f"/api/arsys/v1/entry/HPD:IncidentInterface/{ENTRY}|{ENTRY}"
LOCATED = {"Location": "https://inner.host/api/arsys/v1/entry/HPD:IncidentInterface_Create/000000000000606"}
MYSELF = {
    "Person ID": "PPL9",
    "Remedy Login ID": "isthmus",
    "Full Name": "Isthmus",
    "Company": "Acme",
    "Profile Status": "Enabled",
}
ANN = {"Person ID": "PPL1", "Remedy Login ID": "ann", "Full Name": "Ann Agent", "Profile Status": "Enabled"}
DESK = {
    "Support Group ID": "SGP1",
    "Company": "Acme",
    "Support Organization": "IT",
    "Support Group Name": "Desk",
    "Status": "Enabled",
}


@pytest.fixture(autouse=True)
def acme(server: Any, make_row: Any) -> None:
    def people(params: dict[str, str], body: Any) -> Any:
        return [row for row in (MYSELF, ANN) if f'"{row["Remedy Login ID"]}"' in params["q"]] or (
            [MYSELF] if "$USER$" in params["q"] else []
        )

    server.form("CTM:People", people)
    server.form("CTM:Support Group", [DESK])
    server.form(INCIDENTS, [make_row(1, **{"Vendor Ticket Number": "isthmus:a:1"})])
    server.on("POST", CREATES, (201, {}, {"values": {"Incident Number": "INC000000000501"}}))
    server.on("PUT", CHANGES, (204, {}, None))


def create(**body: Any) -> Create:
    return Create(key="k", marker="isthmus:a:1", body={"Description": "x", **body})


def update(**body: Any) -> Update:
    return Update(key="k", record_id=ENTRY, body=body)


def created(server: Any) -> dict[str, Any]:
    return server.sent("POST", "HPD:IncidentInterface_Create")[-1]["values"]


def changed(server: Any) -> list[dict[str, Any]]:
    return [body["values"] for body in server.sent("PUT")]


# -- creates


def test_a_create_goes_through_the_create_form(ops: BmcHelix, server: Any) -> None:
    outcome = ops.create(
        create(
            customer={"id": "ann"},
            assignee={"id": "ann"},
            group={"id": "SGP1"},
            custom={"Site__c": "LYS"},
            Priority="High",
            Status="In Progress",
            Status_Reason=None,
            **{"Detailed Decription": "text", "Service Type": "User Service Request"},
        )
    )
    assert outcome.error is None
    assert (outcome.record_id, outcome.record and outcome.record.id) == (ENTRY, ENTRY)
    assert created(server) == {
        "Description": "x",
        "Detailed_Decription": "text",
        "Service_Type": "User Service Request",
        "Status": "In Progress",
        "Person ID": "PPL1",
        "Assignee": "Ann Agent",
        "Assignee Login ID": "ann",
        "Assigned Support Company": "Acme",
        "Assigned Support Organization": "IT",
        "Assigned Group": "Desk",
        "Assigned Group ID": "SGP1",
        "Site__c": "LYS",
        "Vendor Ticket Number": "isthmus:a:1",
        "z1D_Action": "CREATE",
    }
    params = next(params for method, path, params, _ in server.calls if (method, path) == ("POST", CREATES))
    assert params == {"fields": "values(Incident Number)"}


def test_a_create_of_nobody_is_ours(make: Any, server: Any) -> None:
    make(company="Subsidiary").create(create())
    assert (created(server)["Person ID"], created(server)["Company"]) == ("PPL9", "Subsidiary")
    make(company="Subsidiary").create(create(Company="Other"))
    assert created(server)["Company"] == "Other"


def test_a_stand_in_where_the_status_asks_for_somebody(ops: BmcHelix, make: Any, server: Any) -> None:
    server.form(
        "CTM:Support Group Association",
        [{"Support Group ID": "SGP0", "Default Group": "Yes"}, {"Support Group ID": "SGP1", "Default Group": "No"}],
    )
    ops.create(create(Status="Pending"))
    assert (created(server)["Assignee Login ID"], created(server)["Assigned Group"]) == ("isthmus", "Desk")
    ops.create(create(Status="Pending", group={"id": "SGP1"}, assignee={"id": None}))
    assert created(server)["Assignee Login ID"] == "isthmus"
    ops.create(create(Status="New"))
    assert "Assignee Login ID" not in created(server)
    make(stand_in_group="Nowhere").create(create(Status="Pending"))
    assert "Assigned Group" not in created(server)
    server.form("CTM:Support Group Association", [])
    make(stand_in_group="Desk").create(create(Status="Pending"))
    assert (created(server)["Assignee Login ID"], created(server)["Assigned Group"]) == ("isthmus", "Desk")
    make(stand_in="\n").create(create(Status="Resolved"))
    assert "Assigned Group" not in created(server)
    server.form("CTM:Support Group Association", [])
    make(stand_in="spare").create(create(Status="Resolved"))
    assert created(server)["Assignee Login ID"] == "spare"
    assert "Assigned Group" not in created(server)


def test_an_oauth_account_that_nobody_knows_stands_in_for_nobody(make: Any, server: Any) -> None:
    server.on("POST", "/rsso/oauth2/token", {"access_token": "access-of-acme"})
    server.form("CTM:People", [])
    auth = {
        "kind": "oauth",
        "grant": "refresh_token",
        "client_id": "c",
        "client_secret": "env:AR_SECRET",
        "refresh_token": "env:AR_REFRESH",
    }
    make(auth).create(create(Status="Pending"))
    assert not {"Assignee Login ID", "Person ID"} & created(server).keys()


def test_a_create_without_a_body_in_its_reply(ops: BmcHelix, server: Any) -> None:
    server.on("POST", CREATES, (201, LOCATED, None))
    server.on("GET", f"{CREATES}/000000000000606", {"values": {"Incident Number": "INC000000000501"}})
    assert ops.create(create()).record_id == ENTRY


@pytest.mark.parametrize(
    "staged", [{"values": {"Incident Number": None}}, (404, {}, [{"messageType": "ERROR", "messageNumber": 302}])]
)
def test_a_create_whose_number_is_unknown_is_found_by_its_marker(ops: BmcHelix, server: Any, staged: Any) -> None:
    server.on("POST", CREATES, (201, LOCATED, None))
    server.on("GET", f"{CREATES}/000000000000606", staged)
    assert ops.create(create()).record_id == ENTRY
    assert "'Vendor Ticket Number' = \"isthmus:a:1\"" in server.queries(INCIDENTS)


def test_a_staging_row_of_which_no_incident_came(ops: BmcHelix, server: Any) -> None:
    server.on("POST", CREATES, (201, {}, None))
    server.form(INCIDENTS, [])
    with pytest.raises(RejectedError, match="no incident came of it"):
        ops.create(create())


def test_a_create_that_cannot_be_looked_up(ops: BmcHelix, server: Any) -> None:
    server.form(INCIDENTS, (503, {}, "<html>busy</html>"))
    with pytest.raises(UnavailableError, match="cannot be read now") as caught:
        ops.create(create())
    assert caught.value.maybe_applied


def test_another_incidents_number_is_not_ours(ops: BmcHelix, server: Any, make_row: Any) -> None:
    server.form(INCIDENTS, lambda params, body: [make_row(2)] if "'Incident Number'" in params["q"] else [])
    with pytest.raises(RejectedError):
        ops.create(create())


def test_a_create_carries_no_comments(ops: BmcHelix) -> None:
    said = NewComment({"text": "x"}, Visibility.PUBLIC, "o")
    with pytest.raises(RejectedError, match="carries no comments"):
        ops.create(Create(key="k", marker="m", body={}, comments=(said,)))


@pytest.mark.parametrize(
    ("answer", "error", "unknown"),
    [
        (
            (500, {}, [{"messageType": "ERROR", "messageText": "0 records have been found", "messageNumber": 48340}]),
            RejectedError,
            False,
        ),
        ((500, {}, [{"messageType": "ERROR", "messageText": "busy", "messageNumber": 92}]), UnavailableError, True),
        ((500, {}, "<html>error</html>"), UnavailableError, True),
        (
            (400, {}, [{"messageType": "ERROR", "messageText": "Required field", "messageNumber": 307}]),
            RejectedError,
            False,
        ),
        ((200, {}, [{"messageType": "ERROR", "messageText": "no", "messageNumber": 1}]), RejectedError, False),
        ((200, {}, [{"messageType": "ERROR", "messageText": "busy", "messageNumber": 93}]), UnavailableError, True),
        (requests.ReadTimeout(), UnavailableError, True),
    ],
)
def test_creates_that_fail_are_not_repeated(ops: BmcHelix, server: Any, answer: Any, error: Any, *, unknown: bool) -> None:
    server.on("POST", CREATES, answer)
    (outcome,) = ops.submit([create()])
    assert isinstance(outcome.error, error)
    assert getattr(outcome.error, "maybe_applied", False) is unknown
    assert len(server.sent("POST", "HPD:IncidentInterface_Create")) == 1


def test_a_session_conflict_is_waited_out(ops: BmcHelix, server: Any, failure: Any, slept: list[float]) -> None:
    server.on("POST", CREATES, failure(9093), failure(9093), (201, {}, {"values": {"Incident Number": "INC000000000501"}}))
    assert ops.create(create()).record_id == ENTRY
    assert len(slept) == 2
    server.on("POST", CREATES, failure(9093))
    (outcome,) = ops.submit([create()])
    assert isinstance(outcome.error, RateLimitedError)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"customer": {"id": "nobody"}}, "no person 'nobody'"),
        ({"customer": {"id": None}}, "no person 'None'"),
        ({"group": {"id": "SGP9"}}, "no enabled support group 'SGP9'"),
        ({"custom": {"Site": "x"}}, "no field Site"),
        ({"custom": {"Unheard__c": "x"}}, "no field Unheard__c"),
    ],
)
def test_what_does_not_exist_here_is_not_sent(ops: BmcHelix, server: Any, body: Any, words: str) -> None:
    server.on("GET", "/api/arsys/v1.0/fields/HPD:IncidentInterface", [{"name": "Site__c"}])
    (outcome,) = ops.submit([create(**body)])
    assert isinstance(outcome.error, RejectedError)
    assert words in str(outcome.error)
    assert server.sent("POST", "HPD:IncidentInterface_Create") == []


def test_services_and_items(ops: BmcHelix, server: Any) -> None:
    def answer(params: dict[str, str], body: Any) -> Any:
        return [{"Name": "Mail" if "ClassId" in params["q"] else "web-01", "ReconciliationIdentity": "RE1"}]

    server.form("BMC.CORE:BMC_BaseElement", answer)
    ops.update(update(ServiceCI="Mail", HPD_CI_ReconID="RE7"))
    assert ops.find_item(ConfigurationItem(name="web-01"))
    ops.update(update(ServiceCI="", HPD_CI_ReconID="RE1"))
    ops.update(update(HPD_CI_ReconID=None))
    assert changed(server) == [
        {"ServiceCI": "Mail", "ServiceCI_ReconID": "RE1", "HPD_CI_ReconID": "RE7"},
        {"ServiceCI": None, "ServiceCI_ReconID": None, "HPD_CI_ReconID": "RE1", "HPD_CI": "web-01"},
        {"HPD_CI_ReconID": None, "HPD_CI": None},
    ]


# -- updates


def test_an_update_names_what_changes(ops: BmcHelix, server: Any) -> None:
    ops.update(update(Description="new", Priority="High"))
    ops.update(update(group={"id": None}))
    assert changed(server) == [
        {"Description": "new"},
        dict.fromkeys(("Assigned Support Company", "Assigned Support Organization", "Assigned Group", "Assigned Group ID")),
    ]
    assert server.queries(INCIDENTS) == [], "it need not be read"
    ops.update(update(Priority="High"))
    assert len(changed(server)) == 2, "nothing is nothing"


def held(server: Any, make_row: Any, **fields: Any) -> None:
    server.form(INCIDENTS, [make_row(1, **fields)])


def test_closing_takes_the_step_of_resolving(ops: BmcHelix, server: Any, make_row: Any) -> None:
    held(server, make_row, Status="In Progress", Assignee="Ann Agent", **{"Assignee Login ID": "ann"})
    body = {
        "Status": "Closed",
        "Status_Reason": "Automated Resolution Reported",
        "Resolution": "Done",
        "Description": "new",
    }
    (record,) = ops.fetch([ENTRY])
    assert list(ops.path(record, body)) == [
        {"Status": "Resolved", "Status_Reason": "Automated Resolution Reported", "Resolution": "Done"}
    ]
    ops.update(update(**body))
    assert changed(server) == [
        {
            "Description": "new",
            "Status": "Resolved",
            "Status_Reason": "Automated Resolution Reported",
            "Resolution": "Done",
        },
        {"Status": "Closed", "Status_Reason": "Automated Resolution Reported", "Resolution": "Done"},
    ]
    held(server, make_row, Status="Resolved", Assignee="Ann Agent")
    ops.update(update(**body))
    assert [values["Status"] for values in changed(server)[2:]] == ["Closed"], "safe to repeat half-way"


def test_a_stand_in_is_put_in_once(ops: BmcHelix, server: Any, make_row: Any) -> None:
    held(server, make_row, Status="Assigned", **{"Assigned Group ID": "SGP1"})
    ops.update(update(Status="Closed", Status_Reason=None, Resolution="Done"))
    first, last = changed(server)
    assert (first["Assignee Login ID"], first["Status_Reason"]) == ("isthmus", "No Further Action Required")
    assert "Assignee Login ID" not in last
    ops.update(update(assignee={"id": None}))
    assert changed(server)[-1] == {"Assignee Login ID": None, "Assignee": None}, "Assigned needs nobody"


def test_somebody_new_is_not_replaced(ops: BmcHelix, server: Any, make_row: Any) -> None:
    held(server, make_row, Status="Assigned")
    ops.update(update(Status="Closed", Resolution="Done", assignee={"id": "ann"}, group={"id": "SGP1"}))
    first, last = changed(server)
    assert (first["Assignee Login ID"], first["Assigned Group ID"]) == ("ann", "SGP1")
    assert "Assignee Login ID" not in last


def test_opening_again(ops: BmcHelix, server: Any, make_row: Any) -> None:
    held(server, make_row, Status="Resolved", Assignee="Ann", Resolution="Done", Status_Reason="Monitoring Incident")
    ops.update(update(Status="Pending", Status_Reason="Client Hold"))
    assert changed(server) == [
        {"Status": "In Progress", "Status_Reason": None, "Resolution": "Done"},
        {"Status": "Pending", "Status_Reason": "Client Hold"},
    ]
    ops.update(update(Status="New", Status_Reason=None))
    assert changed(server)[-1] == {"Status": "Assigned", "Status_Reason": None}


def test_new_is_left_as_it_is(ops: BmcHelix, server: Any, make_row: Any) -> None:
    held(server, make_row, Status="Assigned")
    ops.update(update(Status="New", Status_Reason=None))
    assert changed(server) == [{"Status_Reason": None}]


@pytest.mark.parametrize("final", ["Closed", "Cancelled"])
def test_no_way_leads_out_of_the_end(ops: BmcHelix, server: Any, make_row: Any, final: str) -> None:
    held(server, make_row, Status=final)
    (record,) = ops.fetch([ENTRY])
    with pytest.raises(RejectedError, match=f"{final} takes no change"):
        ops.path(record, {"Status": "Assigned"})
    (outcome,) = ops.submit([update(Status="Assigned")])
    assert isinstance(outcome.error, RejectedError)
    assert (outcome.error.key, outcome.error.vendor_words) == (ENTRY, f"status {final}")
    assert changed(server) == []


def test_every_way_ends_where_it_should() -> None:
    live = ("New", "Assigned", "In Progress", "Pending", "Resolved")
    for before in live:
        for after in (*live, "Closed", "Cancelled"):
            steps = way(before, after)
            end = steps[-1] if steps else before
            assert end == after or (after == "New" and end in ("New", "Assigned"))
            assert len(steps) <= 2
    assert list(BmcHelix.path.__annotations__) == ["record", "body", "return"]


def test_a_path_without_a_status(ops: BmcHelix) -> None:
    assert ops.path(Record(ENTRY, {"Status": "Closed"}), {"Description": "x"}) == []


def test_an_update_of_nobody(ops: BmcHelix, server: Any, failure: Any) -> None:
    server.on("PUT", CHANGES, failure(302, "Entry does not exist in database", 404))
    with pytest.raises(NotFoundError, match="ARERR 302"):
        ops.update(update(Description="x"))
    server.form(INCIDENTS, [])
    with pytest.raises(NotFoundError, match="gone or hidden"):
        ops.update(update(Status="Assigned"))


def test_a_refused_update_tells_the_vendors_words(ops: BmcHelix, server: Any, failure: Any, slept: list[float]) -> None:
    server.on("PUT", CHANGES, failure(1291053, "A Resolution is required", appended="Resolution"))
    with pytest.raises(RejectedError) as caught:
        ops.update(update(Description="x"))
    assert caught.value.vendor_words == "A Resolution is required: Resolution (ARERR 1291053)"
    assert (caught.value.key, caught.value.status, slept) == (ENTRY, 500, [])


def test_an_update_is_repeated_after_passing_trouble(ops: BmcHelix, server: Any, failure: Any) -> None:
    server.on("PUT", CHANGES, failure(92), (503, {}, "<html></html>"), requests.ConnectionError(), (204, {}, None))
    assert ops.update(update(Description="x")).error is None
    server.on("PUT", CHANGES, failure(93))
    with pytest.raises(UnavailableError) as caught:
        ops.update(update(Description="x"))
    assert caught.value.maybe_applied


@pytest.mark.parametrize(
    ("number", "status", "error"), [(330, 403, RejectedError), (353, 403, ForbiddenError), (623, 401, AuthenticationError)]
)
def test_permissions(ops: BmcHelix, server: Any, failure: Any, number: int, status: int, error: Any) -> None:
    server.on("PUT", CHANGES, failure(number, "no", status))
    with pytest.raises(error):
        ops.update(update(Description="x"))


# -- deletions


def test_a_deletion(ops: BmcHelix, server: Any, failure: Any) -> None:
    place = f"/api/arsys/v1/entry/HPD:Help Desk/{ENTRY}"
    delete = Delete(key="k", record_id=ENTRY)
    server.on("DELETE", place, (204, {}, None))
    assert ops.delete(delete).error is None
    server.on("DELETE", place, failure(302, "gone", 404))
    with pytest.raises(NotFoundError):
        ops.delete(delete)
    server.form(INCIDENTS, [])
    assert ops.delete(delete).error is None, "it is gone already"
