"""Reading: the feed by keyset, time literals, scopes, people and groups beside incidents, links, clocks, history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from isthmus.connectors.bmc_helix import BmcHelix
from isthmus.connectors.bmc_helix.reading import make_cursor, parse_cursor
from isthmus.core.connector import Scope
from isthmus.core.errors import ConfigError, UnavailableError

INCIDENTS = "HPD:IncidentInterface"
ALL = Scope()
NOW = datetime(2026, 7, 14, 9, 0, tzinfo=UTC)


def understood(rows: list[dict[str, Any]], *, form: str = "epoch") -> Any:
    """Answer lists; a condition on a time matches only in the form of time that the server reads."""

    def answer(params: dict[str, str], body: Any) -> Any:
        q = params.get("q", "")
        quoted = "'Last Modified Date' = \"" in q or "'Last Modified Date' >= \"" in q
        if "'Last Modified Date'" in q and quoted != (form == "quoted"):
            return []
        return rows[:1] if params["limit"] == "1" else rows

    return answer


# -- the feed


def test_the_feed_goes_on_after_the_last_row(make: Any, server: Any, make_row: Any) -> None:
    first = [make_row(number) for number in range(1, 21)]
    second = [make_row(21)]
    server.form(INCIDENTS, first[:1], first[:1], first, second)
    pages = list(make(page=20).changes(None, ALL))
    assert [len(page.records) for page in pages] == [20, 1, 0]
    assert server.queries(INCIDENTS)[3] == (
        "('Last Modified Date' > 1784016000 OR 'Last Modified Date' = 1784016000 AND 'Entry ID' > \"INC000000000020\")"
    )
    sorts = {params["sort"] for _, path, params, _ in server.calls if path.endswith(f"entry/{INCIDENTS}")}
    assert sorts == {"Entry ID.asc", "Last Modified Date.asc,Entry ID.asc"}
    assert parse_cursor(pages[-1].cursor, "ops") == NOW - timedelta(seconds=120)


def test_a_page_that_the_server_cuts_is_no_end(make: Any, server: Any, make_row: Any) -> None:
    rows = [make_row(number) for number in range(1, 91)]
    server.form(INCIDENTS, rows[:40], rows[40:80], rows[80:], rows[:39])
    ops = make()
    assert len(list(ops.census(ALL))) == 90, "the server gives 40 at once"
    assert len(list(ops.census(ALL))) == 39
    assert len(server.queries(INCIDENTS)) == 4, "a page shorter than that is whole"


def test_a_server_that_reads_quoted_times(ops: BmcHelix, server: Any, make_row: Any) -> None:
    server.form(INCIDENTS, understood([make_row()], form="quoted"))
    cursor = make_cursor(NOW - timedelta(hours=1))
    pages = list(ops.changes(cursor, ALL))
    assert [record.id for record in pages[0].records] == ["INC000000000001"]
    assert "'Last Modified Date' >= \"2026-07-14T07:58:00.000+0000\"" in server.queries(INCIDENTS)
    asked = len(server.queries(INCIDENTS))
    list(ops.changes(cursor, ALL))
    assert len(server.queries(INCIDENTS)) == asked + 1, "the form of time is found out once"


def test_a_server_that_reads_no_times(ops: BmcHelix, server: Any, make_row: Any, failure: Any) -> None:
    def answer(params: dict[str, str], body: Any) -> Any:
        return (
            failure(1587, "misused expression", 400)
            if "= 1784" in params.get("q", "")
            else understood([make_row()], form="no")(params, body)
        )

    server.form(INCIDENTS, answer)
    with pytest.raises(ConfigError, match="understands no form of time"):
        list(ops.changes(None, ALL))


def test_an_empty_server_gives_a_cursor(ops: BmcHelix) -> None:
    (page,) = ops.changes(None, ALL)
    assert page.records == ()
    assert parse_cursor(page.cursor, "ops") == NOW - timedelta(seconds=120)


def test_a_cursor_of_somebody_else(ops: BmcHelix) -> None:
    for cursor in ("", "nothing", "{}", '{"modified": "x"}', '{"modified": 1e300}'):
        with pytest.raises(ConfigError, match="did not make"):
            list(ops.changes(cursor or "x", ALL))


def test_incidents_of_which_a_work_log_moved(ops: BmcHelix, server: Any, make_row: Any) -> None:
    moved = {"Work Log ID": "WLG1", "Last Modified Date": "2026-07-14T08:59:00.000+0000", "View Access": "Public"}
    logs = [
        {**moved, "Incident Number": "INC000000000502"},
        {**moved, "Incident Number": "INC000000000501"},
        {**moved, "Incident Number": "INC000000000503", "Communication Source": "System Assignment"},
        {**moved, "Incident Number": None},
    ]

    def incidents(params: dict[str, str], body: Any) -> Any:
        q = params.get("q", "")
        if "'Incident Number'" in q:
            assert q == "('Incident Number' = \"INC000000000502\")"
            return [make_row(2)]
        return [make_row(1), make_row(4)]

    server.form(INCIDENTS, incidents)
    server.form("HPD:WorkLog", logs)
    pages = list(ops.changes(make_cursor(NOW), ALL))
    found = [(record.id, record.touched) for page in pages for record in page.records]
    assert found == [
        ("INC000000000001", "WLG1 2026-07-14T08:59:00.000+0000"),
        ("INC000000000004", None),
        ("INC000000000002", "WLG1 2026-07-14T08:59:00.000+0000"),
    ], "a repeat of which only a work log moved is no repeat"
    server.form(INCIDENTS, [])
    assert [page.records for page in ops.changes(make_cursor(NOW), ALL)] == [()]


@pytest.mark.parametrize("cursor", [None, make_cursor(NOW - timedelta(hours=1))])
def test_what_is_written_while_the_feed_is_read_is_read_next_time(
    ops: BmcHelix, server: Any, make_row: Any, cursor: str | None
) -> None:
    """Reading takes long: an incident is saved after it began, later than a work log on one that was read already."""
    late = make_row(2, **{"Last Modified Date": "2026-07-14T09:30:00.000+0000"})
    server.form(INCIDENTS, understood([make_row(1), late]))
    *_, page = ops.changes(cursor, ALL)
    assert parse_cursor(page.cursor, "ops") == NOW - timedelta(seconds=120)


# -- scopes


def scope_query(ops: BmcHelix, server: Any, scope: Scope) -> str:
    server.form(INCIDENTS, [])
    assert list(ops.census(scope)) == []
    return server.queries(INCIDENTS)[-1]


@pytest.mark.parametrize(
    ("scope", "q"),
    [
        (Scope(), ""),
        (Scope(status=("new", "closed")), "('Status' = \"New\" OR 'Status' = \"Assigned\" OR 'Status' = \"Closed\")"),
        (Scope(status=("strange",)), "'Entry ID' = \"isthmus-nobody\""),
        (Scope(priority=(1, 4, 5)), "('Priority' = \"Critical\" OR 'Priority' = \"Low\")"),
        (Scope(priority=(9,)), "'Entry ID' = \"isthmus-nobody\""),
        (Scope(label=("x",)), "'Entry ID' = \"isthmus-nobody\""),
        (Scope(key=("INC7",)), "(('Incident Number' = \"INC7\") OR ('Entry ID' = \"INC7\"))"),
        (Scope(native="'Company' = \"Acme\""), "('Company' = \"Acme\")"),
        (
            Scope(opened_after=NOW, updated_after=NOW),
            "'Reported Date' > 1784019600 AND 'Last Modified Date' > 1784019600",
        ),
    ],
)
def test_a_scope_is_a_qualification(ops: BmcHelix, server: Any, scope: Scope, q: str) -> None:
    assert scope_query(ops, server, scope) == q


def test_a_scope_by_group(make: Any, server: Any) -> None:
    server.form("CTM:Support Group", [group("SGP1", "Network"), group("SGP2", "Desk")])
    assert scope_query(make(), server, Scope(group=("Network",))) == "('Assigned Group ID' = \"SGP1\")"
    assert scope_query(make(), server, Scope(group=("No such",))) == "('Assigned Group ID' = \"isthmus-nobody\")"


def test_a_scope_that_cannot_be_asked(ops: BmcHelix) -> None:
    with pytest.raises(ConfigError, match="unusable key"):
        list(ops.census(Scope(key=("a\nb",))))


def test_ids_that_cannot_be_asked_are_nobodys(ops: BmcHelix, server: Any) -> None:
    assert ops.fetch(["", "a\nb", "$USER$"]) == []
    assert ops.find("") == []
    assert ops.threads(["\n"]) == {}
    assert ops.history(["\n"]) == {}
    assert server.queries(INCIDENTS) == server.queries("HPD:WorkLog") == []


def test_a_marker_is_found_letter_for_letter(ops: BmcHelix, server: Any, make_row: Any) -> None:
    rows = [make_row(1, **{"Vendor Ticket Number": "isthmus:a:1"}), make_row(2, **{"Vendor Ticket Number": "ISTHMUS:A:1"})]
    server.form(INCIDENTS, rows)
    assert [record.id for record in ops.find("isthmus:a:1")] == ["INC000000000001"]


# -- what stands beside an incident


def group(group_id: str, name: str, company: str = "Acme", organization: str = "IT", **more: Any) -> dict[str, Any]:
    return {
        "Support Group ID": group_id,
        "Company": company,
        "Support Organization": organization,
        "Support Group Name": name,
        "Status": "Enabled",
        **more,
    }


def person(login: str | None, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "Person ID": f"PPL{number}",
        "Remedy Login ID": login,
        "First Name": "Ann",
        "Last Name": f"No{number}",
        "Full Name": None,
        "Internet E-mail": f"{login}@Example.com",
        "Profile Status": "Enabled",
        **more,
    }


def test_people_and_groups_beside_an_incident(ops: BmcHelix, server: Any, make_row: Any) -> None:
    people = {"'ann'": person("ann")}
    server.form("CTM:People", lambda params, body: list(people.values()) if '"ann"' in params["q"] else [])
    server.form("CTM:Support Group", [group("SGP1", "Network", **{"Support Group Role": "Help Desk"})])
    row = make_row(
        1,
        **{
            "Person ID": "PPL9",
            "Customer Login ID": None,
            "First Name": "Mary",
            "Last Name": "Mann",
            "Internet E-mail": "***",
            "Phone Number": "###",
            "Assignee": "Ann No1",
            "Assignee Login ID": "ann",
            "Assigned Group": "Network",
            "Assigned Group ID": "SGP1",
            "Site_Code__c": "LYS",
        },
    )
    server.form(INCIDENTS, [row])
    (record,) = ops.fetch(["INC000000000001"])
    assert record.body["customer"] == {"id": "PPL9", "name": "Mary Mann"}
    assert record.body["assignee"] == {"id": "ann", "name": "Ann No1", "email": "ann@example.com"}
    assert record.body["group"] == {"id": "SGP1", "name": "Network", "role": "Help Desk"}
    assert record.body["custom"] == {"Site_Code__c": "LYS"}
    assert (record.version, record.changed_at) == (row["Last Modified Date"], datetime(2026, 7, 14, 8, tzinfo=UTC))


def test_who_stands_in_is_nobody(make: Any, server: Any, make_row: Any) -> None:
    server.form(INCIDENTS, [make_row(1, Assignee="Isthmus", **{"Assignee Login ID": "isthmus"})])
    (record,) = make().fetch(["INC000000000001"])
    assert record.body["assignee"] == {"id": None, "name": None}
    (record,) = make(stand_in="spare").fetch(["INC000000000001"])
    assert record.body["assignee"] == {"id": "isthmus", "name": "Isthmus"}


def test_the_group_of_who_stands_in_is_none(make: Any, server: Any, make_row: Any) -> None:
    server.form("CTM:Support Group", [group("SGP1", "Network")])
    at_network = {"Assigned Group": "Network", "Assigned Group ID": "SGP1"}
    ours = make_row(1, Assignee="Isthmus", **{"Assignee Login ID": "isthmus"}, **at_network)
    server.form(INCIDENTS, [ours, make_row(2, **at_network)])
    one, other = make(stand_in_group="Network").fetch(["INC000000000001", "INC000000000002"])
    assert (one.body["group"], one.body["assignee"]) == ({"id": None, "name": None}, {"id": None, "name": None})
    assert other.body["group"]["name"] == "Network"
    record = make(stand_in_group="Desk").fetch(["INC000000000001"])[0]
    assert record.body["group"]["name"] == "Network"


def test_a_group_that_nobody_knows_keeps_its_name(ops: BmcHelix, server: Any, make_row: Any) -> None:
    server.form(INCIDENTS, [make_row(1, **{"Assigned Group": "Old", "Assigned Group ID": None})])
    (record,) = ops.fetch(["INC000000000001"])
    assert record.body["group"] == {"id": "Old", "name": "Old"}


def test_names_of_groups_that_repeat(make: Any, server: Any) -> None:
    rows = [
        group("S1", "Desk"),
        group("S2", "Desk", "Other"),
        group("S3", "Net", "Other"),
        group("S4", "Lab"),
        group("S5", "Lab", organization="HR"),
    ]
    server.form("CTM:Support Group", rows)
    names = {each.id: each.name for each in make(company="Acme").groups()}
    assert names == {
        "S1": "Desk",
        "S2": "Other > IT > Desk",
        "S3": "Net",
        "S4": "Acme > IT > Lab",
        "S5": "Acme > HR > Lab",
    }
    server.form("CTM:People", [person("isthmus", Company="Other")])
    assert {each.id: each.name for each in make().groups()}["S2"] == "Desk"


def test_people_that_could_not_be_read_are_not_taken_for_nobody(ops: BmcHelix, server: Any) -> None:
    server.form("CTM:People", *[(503, {}, "busy")] * 6, [person("ann")])
    with pytest.raises(UnavailableError):
        ops.people(["ann"])
    assert ops.people(["ann"])["ann"].id == "ann"


def test_people_by_address(ops: BmcHelix, server: Any) -> None:
    server.form(
        "CTM:People",
        [
            person("ann", 1),
            person("bob", 2, **{"Internet E-mail": "shared@example.com"}),
            person("bo", 3, **{"Internet E-mail": "shared@example.com"}),
            person("gone", 4, **{"Profile Status": "Obsolete"}),
            person(None, 5, **{"Internet E-mail": "nologin@example.com", "Full Name": "No Login"}),
        ],
    )
    found = ops.find_people(["ann@example.com", "shared@example.com", "gone@example.com", "nologin@example.com", "\n"])
    assert {email: each.id for email, each in found.items()} == {"ann@example.com": "ann", "nologin@example.com": "PPL5"}
    assert found["ann@example.com"].name == "Ann No1"
    asked = len(server.calls)
    assert ops.people(["ANN", "PPL1", "PPL5"])["ANN"].id == "ann"
    assert len(server.calls) == asked, "who was met costs no call"
    assert ops.people(["\n"]) == {}


def test_links_and_clocks(ops: BmcHelix, server: Any, make_row: Any) -> None:
    def related(form: str, other: str, kind: str = "Related to") -> dict[str, str]:
        return {"Request ID02": "INC000000000501", "Request ID01": other, "Form Name01": form, "Association Type01": kind}

    server.form(
        "HPD:Associations",
        [
            related("PBM:Problem Investigation", "PBI1"),
            related("CHG:Infrastructure Change", "CRQ1"),
            related("HPD:Help Desk", "INC7", "Duplicate of"),
            related("HPD:Help Desk", "INC8", "Related to"),
            related("AST:ComputerSystem", "RE1"),
            related("PBM:Problem Investigation", ""),
        ],
    )
    clock = {
        "ApplicationUserFriendlyID": "INC000000000501",
        "SVTTitle": "Resolve in 4 h",
        "SVTDueDate": "2026-07-14T12:00:00.000+0000",
    }
    server.form(
        "SLM:Measurement",
        [
            {**clock, "MeasurementStatus": "Missed", "GoalTimeHr": 4, "GoalTimeMin": None},
            {**clock, "MeasurementStatus": "Pending", "SVTTitle": None, "SVTDueDate": None},
            {**clock, "MeasurementStatus": "Detached"},
        ],
    )
    server.form(INCIDENTS, [make_row(1)])
    (record,) = ops.fetch(["INC000000000001"])
    assert [(link["kind"], link["id"]) for link in record.body["links"]] == [
        ("problem", "PBI1"),
        ("change", "CRQ1"),
        ("duplicate", "INC7"),
    ]
    assert record.body["links"][2]["url"].endswith("/smartit/app/#/incident/displayid/INC7")
    assert record.body["sla"] == [
        {
            "name": "Resolve in 4 h",
            "paused": False,
            "breached": True,
            "due_at": "2026-07-14T12:00:00Z",
            "target_seconds": 14400,
        },
        {"name": "SLA", "paused": True, "breached": False},
    ]


def test_hidden_relations_are_unknown_and_asked_once(ops: BmcHelix, server: Any, make_row: Any, failure: Any) -> None:
    server.form("HPD:Associations", failure(353, "no", 403))
    server.form("SLM:Measurement", failure(303, "no", 404))
    server.form(INCIDENTS, [make_row(1)])
    for _ in range(2):
        (record,) = ops.fetch(["INC000000000001"])
        assert not {"links", "sla"} & record.body.keys()
    assert len(server.queries("HPD:Associations")) == len(server.queries("SLM:Measurement")) == 1


# -- history


def audit(names: str, log: str, *, at: str = "08:00:00", number: int = 1) -> dict[str, str]:
    return {
        "Request ID": f"{number:015}",
        "Original Request ID": "INC000000000001",
        "Create Date": f"2026-07-14T{at}.000+0000",
        "User": "ann",
        "Fields Changed": names,
        "Log": log,
    }


def told(ops: BmcHelix) -> list[tuple[str, str | None, str | None]]:
    return [(each.field, each.before, each.after) for each in ops.history(["INC000000000001"])["INC000000000001"]]


def test_an_audit_of_new_values(ops: BmcHelix, server: Any) -> None:
    server.form(
        "HPD:HelpDesk_AuditLogSystem",
        [
            audit(";Description;", "Description: later\n -> not an arrow of ours", at="08:00:09", number=2),
            audit(
                ";Description;Status;Assignee;", "Description: first\r\nsecond: line\r\nStatus: New\r\nAssignee: ", number=1
            ),
            audit("", "nothing", at="08:00:10", number=3),
        ],
    )
    assert told(ops) == [
        ("Description", None, "first\nsecond: line"),
        ("Status", None, "New"),
        ("assignee.name", None, None),
        ("Description", "first\nsecond: line", "later\n -> not an arrow of ours"),
    ]


def test_an_audit_of_old_and_new_values(ops: BmcHelix, server: Any) -> None:
    server.form(
        "HPD:HelpDesk_AuditLogSystem",
        [
            audit(";Description;Status;", "Description:  -> a -> b\nStatus: New -> Assigned", number=1),
            audit(";Description;", "Description: a -> b -> c -> d", at="08:01:00", number=2),
            audit(";Description;Impact;", "Description: c -> d -> ", at="08:02:00", number=3),
        ],
    )
    assert told(ops) == [
        ("Description", None, "a -> b"),
        ("Status", "New", "Assigned"),
        ("Description", "a -> b", "c -> d"),
        ("Description", "c -> d", None),
        ("Impact", None, None),
    ]


def test_a_hidden_audit_leaves_the_status_history(ops: BmcHelix, server: Any, make_row: Any, failure: Any) -> None:
    server.form("HPD:HelpDesk_AuditLogSystem", failure(353, "no", 403))
    history = {
        "Assigned": {"user": "svc", "timestamp": "2026-07-14T08:00:00.000+0000"},
        "New": {"user": "ann", "timestamp": "2026-07-14T07:59:59.000+0000"},
        "Resolved": None,
    }
    server.form(INCIDENTS, [make_row(1, **{"Status-History": history}), make_row(2, **{"Status-History": None})])
    for _ in range(2):
        found = ops.history(["INC000000000001", "INC000000000002"])
        assert [(each.field, each.before, each.after, each.by) for each in found["INC000000000001"]] == [
            ("Status", None, "New", "ann"),
            ("Status", "New", "Assigned", "svc"),
        ]
        assert found["INC000000000002"] == []
    assert len(server.queries("HPD:HelpDesk_AuditLogSystem")) == 1
