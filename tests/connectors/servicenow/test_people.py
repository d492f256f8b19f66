"""People, groups, configuration items, columns and history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from isthmus.connectors.servicenow import ServiceNow
from isthmus.core.connector import FieldChange, Scope
from isthmus.core.errors import ForbiddenError
from isthmus.core.model import ConfigurationItem, Group, Person

USERS = "/api/now/table/sys_user"
FORBIDDEN = (403, {}, {"error": {"message": "Insufficient rights to query records"}})
A = "a" * 32


def test_people_who_come_with_a_page_cost_no_call(ops: ServiceNow, instance: Any, make_row: Any, make_user: Any) -> None:
    watcher = make_user("wanda")
    row = make_row(
        caller_id="c" * 32,
        **{"caller_id.name": "Cora", "caller_id.email": "Cora@Example.com"},
        assigned_to="d" * 32,
        watch_list=f"{watcher['sys_id']},x@example.com",
    )
    instance.table("incident", {"result": [row]})
    instance.people.append(watcher)
    list(ops.changes(None, Scope()))
    calls = len(instance.queries(USERS))
    assert ops.people(["c" * 32, watcher["sys_id"]]) == {
        "c" * 32: Person(id="c" * 32, name="Cora", email="cora@example.com"),
        watcher["sys_id"]: Person(id=watcher["sys_id"], name="Wanda", email="wanda@example.com"),
    }
    assert len(instance.queries(USERS)) == calls
    assert ops.people(["d" * 32, "odd,id"]) == {}
    assert ops.people(["d" * 32, "odd,id"]) == {}
    assert len(instance.queries(USERS)) == calls + 1


def test_an_email_that_two_share_is_nobodys(ops: ServiceNow, instance: Any, make_user: Any) -> None:
    rows = [
        make_user("abel", email="Abel@Example.com"),
        make_user("one", email="both@example.com"),
        make_user("two", email="both@example.com"),
    ]
    instance.people += rows
    found = ops.find_people(["abel@example.com", "both@example.com", "nobody@example.com", "a^b@example.com"])
    assert {email: person.name for email, person in found.items()} == {"abel@example.com": "Abel"}
    assert instance.queries(USERS) == [
        "emailINabel@example.com,both@example.com,nobody@example.com^active=true^ORDERBYsys_id"
    ]
    assert ops.find_people([]) == {}


def test_an_inactive_group_gives_way_to_an_active_one(ops: ServiceNow, instance: Any) -> None:
    rows = [
        {"sys_id": "1", "name": "Network", "active": "false"},
        {"sys_id": "2", "name": "Network", "active": "true"},
        {"sys_id": "3", "name": "Old", "active": "false"},
        {"sys_id": "4", "name": "", "active": "true"},
    ]
    instance.table("sys_user_group", {"result": rows})
    assert ops.groups() == [Group(id="2", name="Network"), Group(id="3", name="Old"), Group(id="4")]


def test_items_are_found_by_external_id_then_serial_then_name(ops: ServiceNow, instance: Any) -> None:
    item = {"sys_id": A, "name": "db1", "serial_number": "S1", "correlation_id": ""}

    def answer(params: dict[str, str], body: Any) -> Any:
        asked = params["sysparm_query"]
        return {"result": [item] if "serial_number=S1" in asked else [item, item] if "name=db1" in asked else []}

    instance.table("cmdb_ci", answer)
    found = ops.find_item(ConfigurationItem(external_id="X1", serial="S1", name="db1"))
    assert found == ConfigurationItem(id=A, name="db1", serial="S1")
    assert ops.find_item(ConfigurationItem(serial="S^1", name="db1")) is None
    assert ops.find_item(ConfigurationItem()) is None
    instance.table("cmdb_ci", FORBIDDEN)
    assert ops.find_item(ConfigurationItem(name="db1")) is None
    instance.table("cmdb_ci_service", FORBIDDEN)
    assert ops.fields()[-1].options == ()


def test_fields_with_their_options(ops: ServiceNow, instance: Any) -> None:
    columns = [
        {"sys_id": "1", "name": "incident", "element": "state", "column_label": "State", "choice": "1", "max_length": "40"},
        {"sys_id": "2", "name": "task", "element": "state", "column_label": "Task state", "choice": "1"},
        {"sys_id": "3", "name": "task", "element": "impact", "mandatory": "true", "read_only": "true", "choice": "3"},
        {"sys_id": "4", "name": "incident", "element": "u_site", "column_label": "Site", "choice": "0"},
        {"sys_id": "5", "name": "incident", "element": ""},
    ]
    choices = [
        {"sys_id": "1", "name": "incident", "element": "state", "value": "2", "label": "In Progress", "sequence": "2"},
        {"sys_id": "2", "name": "incident", "element": "state", "value": "1", "label": "New", "sequence": "1"},
        {"sys_id": "3", "name": "task", "element": "state", "value": "9", "label": "Other", "sequence": ""},
        {"sys_id": "4", "name": "task", "element": "impact", "value": "1", "label": "", "sequence": "1"},
    ]
    instance.table("sys_dictionary", {"result": columns})
    instance.table("sys_choice", {"result": [{**each, "inactive": "false", "language": "en"} for each in choices]})
    impact, state, site, service = sorted(
        ops.fields(), key=lambda each: ("impact", "state", "u_site").index(each.id) if "." not in each.id else 9
    )
    assert (state.name, state.options, state.max_length) == ("State", (("1", "New"), ("2", "In Progress")), 40)
    assert (impact.options, impact.required, impact.writable) == ((("1", "1"),), True, False)
    assert (site.custom, site.options, site.name) == (True, None, "Site")
    assert service.id == "business_service.name"


def test_a_dictionary_that_is_hidden_tells_nothing(ops: ServiceNow, instance: Any) -> None:
    assert [each.id for each in ops.fields()] == ["business_service.name"]
    assert instance.queries("/api/now/table/sys_choice") == []


def test_history_from_the_audit(ops: ServiceNow, instance: Any, make_user: Any) -> None:
    def audit(number: int, **more: str) -> dict[str, str]:
        return {
            "sys_id": f"{number:032x}",
            "tablename": "incident",
            "documentkey": A,
            "fieldname": "state",
            "oldvalue": "1",
            "newvalue": "2",
            "user": "abel",
            "sys_created_on": f"2026-07-14 08:00:0{number}",
            **more,
        }

    rows = [
        audit(1),
        audit(2, fieldname="work_notes", oldvalue="JOURNAL FIELD ADDITION"),
        audit(3, oldvalue="", newvalue="", user="system"),
        audit(4, fieldname="", newvalue="DELETED"),
    ]
    instance.table("sys_audit", {"result": rows})
    instance.people.append(make_user("abel"))
    changes = ops.history([A, "b" * 32])
    by = make_user("abel")["sys_id"]
    assert changes == {
        A: [
            FieldChange(A, "state", "1", "2", datetime(2026, 7, 14, 8, 0, 1, tzinfo=UTC), by),
            FieldChange(A, "state", None, None, datetime(2026, 7, 14, 8, 0, 3, tzinfo=UTC), None),
        ]
    }
    instance.table("sys_audit", FORBIDDEN)
    assert ops.history([A]) == {}


def test_deletions_from_the_audit(ops: ServiceNow, instance: Any) -> None:
    row = {"sys_id": "1", "tablename": "incident", "documentkey": A, "sys_created_on": "2026-07-14 08:00:00"}
    instance.table("sys_audit_delete", {"result": [row]})
    assert list(ops.deleted(datetime(2026, 7, 14, tzinfo=UTC))) == [A]
    instance.table("sys_audit_delete", FORBIDDEN)
    assert list(ops.deleted(datetime(2026, 7, 14, tzinfo=UTC))) == []


# -- the check-up


def test_a_healthy_account(ops: ServiceNow, instance: Any, make_row: Any, make_user: Any) -> None:
    instance.table("incident", {"result": [make_row()]})
    instance.table(
        "sys_journal_field",
        {"result": [{"sys_id": "1", "element_id": f"{1:032x}", "element": "comments", "sys_created_by": "isthmus"}]},
    )
    roles = [{"sys_id": each, "user": make_user("isthmus")["sys_id"], "role.name": each} for each in ("itil", "admin")]
    instance.table("sys_user_has_role", {"result": roles})
    health = ops.check()
    assert (health.account, health.account_id, health.zone) == ("Isthmus", make_user("isthmus")["sys_id"], "GMT")
    assert health.warnings == ()
    calls = len(instance.calls)
    ops.check()
    assert len(instance.calls) - calls == 4


def test_an_account_with_every_weakness(make: Any, instance: Any, make_row: Any, make_user: Any) -> None:
    instance.people[:] = [make_user("isthmus", time_zone="US/Pacific")]
    text = {"display_value": "2026-07-14 01:00:00 - A (c)\nhi\n\n", "value": ""}
    record = {
        "sys_id": {"value": f"{1:032x}"},
        "sys_updated_on": {"value": "2026-07-14 08:00:00", "display_value": "2026-07-14 01:00:00"},
        "comments": text,
    }

    def incidents(params: dict[str, str], body: Any) -> Any:
        if params["sysparm_display_value"] == "all":
            return {"result": [record]}
        if "sys_updated_on=" in params["sysparm_query"]:
            return {"result": []}
        return 200, {"Date": "Tue, 14 Jul 2026 10:00:00 GMT"}, {"result": [make_row()]}

    instance.table("incident", incidents)
    instance.table("sys_audit", (200, {"X-Total-Count": "7", "Date": "Tue, 14 Jul 2026 10:00:00 GMT"}, {"result": []}))
    instance.table("sys_audit_delete", FORBIDDEN)
    role = {"sys_id": "1", "user": make_user("isthmus")["sys_id"], "role.name": "ess"}
    instance.table(
        "sys_user_has_role", (200, {"X-Total-Count": "1", "Date": "Tue, 14 Jul 2026 10:00:00 GMT"}, {"result": [role]})
    )
    warnings = make().check().warnings
    words = [
        "time zone is US/Pacific",
        "changes would be missed",
        "sys_journal_field",
        "no history",
        "sys_audit_delete",
        "role itil",
        "role admin",
        "+3600 s",
    ]
    assert [word for word in words if not any(word in each for each in warnings)] == []
    assert len(warnings) == len(words)


def test_an_account_that_may_not_read_incidents(make: Any, instance: Any) -> None:
    instance.table("incident", FORBIDDEN)
    with pytest.raises(ForbiddenError):
        make().check()


def test_an_account_that_cannot_see_itself(make: Any, instance: Any) -> None:
    instance.table("sys_user", FORBIDDEN)
    connector = make({"kind": "api_key", "key": "env:SN_KEY"})
    health = connector.check()
    assert health.account.startswith("an account that may not")
    assert health.zone is None
    assert "is not told" in health.warnings[0]
    assert instance.queries("/api/now/table/sys_user") == ["sys_id=javascript:gs.getUserID()^ORDERBYsys_id"]
    assert instance.queries("/api/now/table/sys_user_has_role") == []
    instance.table("sys_user", {"result": [{"sys_id": A, "user_name": "x", "time_zone": "UTC"}]})
    instance.table("sys_user_has_role", FORBIDDEN)
    other = make({"kind": "api_key", "key": "env:SN_KEY"})
    assert other.check().account == "x"


def test_who_we_are_takes_one_call(ops: Any, instance: Any, make_user: Any) -> None:
    health = ops.identify()
    assert (health.account, health.account_id) == ("Isthmus", make_user("isthmus")["sys_id"])
    assert len(instance.calls) == 1
