"""Access rules, and that rows are filtered after the limit."""

from __future__ import annotations

import pytest

PATH = "/api/now/table"


def detail(answer):
    assert answer.status_code == 403
    return answer.json()["error"]["detail"]


def test_the_journal_is_silently_empty_for_all_but_admins(hub, agent):
    hub.create(comments="x")
    answer = agent.get("table/sys_journal_field")
    assert (answer.status_code, answer.json(), answer.headers["X-Total-Count"]) == (200, {"result": []}, "1")
    hub.set_property("sandbox.acl.journal", "false")
    assert len(agent.rows("sys_journal_field")) == 1


def test_audits_are_for_admins(hub, agent):
    made = hub.create(comments="x")
    hub("DELETE", f"{PATH}/incident/{made['sys_id']}")
    for table in ("sys_audit", "sys_audit_delete"):
        assert agent.rows(table) == []
        assert hub.rows(table) != []
    hub.set_property("sandbox.acl.audit", "false")
    assert agent.rows("sys_audit") != []


@pytest.mark.parametrize("table", ["sys_properties", "sys_rate_limit_rules", "sys_user_has_role"])
def test_the_platforms_own_tables_are_for_admins(hub, agent, table):
    assert agent.rows(table) == []
    assert agent.get(f"table/{table}/{hub.rows(table)[0]['sys_id']}").status_code == 404


def test_hidden_rows_make_pages_short(hub, agent):
    for number in range(8):
        hub.create(sys_id=f"{number:031x}{number % 2 or 'a'}", short_description=str(number))
    hub.create(sys_id="8" * 31 + "0")
    hub.set_property("sandbox.acl.hidden_rows", "true")
    query = "ORDERBYsys_id"
    answer = agent.get("table/incident", sysparm_query=query, sysparm_limit=4, sysparm_offset=5)
    assert answer.headers["X-Total-Count"] == "9"
    assert len(answer.json()["result"]) == 3
    assert agent.get(f"table/incident/{'8' * 31}0").status_code == 404
    assert agent("PATCH", f"{PATH}/incident/{'8' * 31}0", json={"urgency": "1"}).status_code == 404
    assert hub.row("8" * 31 + "0")
    assert len(hub.rows("incident", query, sysparm_limit=4, sysparm_offset=5)) == 4
    hub.set_property("sandbox.acl.hidden_rows", "false")
    assert agent.row("8" * 31 + "0")


def test_a_fulfiller_works_but_does_not_delete(hub, agent):
    made = agent.create(short_description="x")
    assert detail(agent("DELETE", f"{PATH}/incident/{made['sys_id']}")) == (
        "ACL Exception Delete Failed due to security constraints"
    )
    problem = agent.create("problem")
    assert agent.change(problem["sys_id"], "problem", short_description="y")["short_description"] == "y"
    for method, path in (("POST", "sys_user"), ("PATCH", f"sys_user/{hub.user_id('eva.employee')}")):
        answer = agent(method, f"{PATH}/{path}", json={"title": "x"})
        assert detail(answer).startswith("ACL Exception ")


def test_an_employee_sees_what_concerns_her(hub, employee):
    eva = hub.user_id("eva.employee")
    mine = hub.create(caller_id=eva, work_notes="hush", comments="hello")
    watched = hub.create(watch_list=f"x@example.com,{eva}")
    hub.create()
    opened = employee.create(short_description="mine too", urgency="1", work_notes="no")
    assert opened["urgency"] == "3"
    assert {row["sys_id"] for row in employee.rows("incident")} == {mine["sys_id"], watched["sys_id"], opened["sys_id"]}
    shown = employee.row(mine["sys_id"], sysparm_display_value="all")
    assert shown["work_notes"] == {"display_value": "", "value": ""}
    assert shown["comments_and_work_notes"] == {"display_value": "", "value": ""}
    assert "hello" in shown["comments"]["display_value"]
    changed = employee.change(mine["sys_id"], state="6", urgency="1", comments="more", description="d")
    assert (changed["state"], changed["urgency"], changed["description"]) == ("1", "3", "d")
    assert [row["value"] for row in hub.rows("sys_journal_field", f"element_id={opened['sys_id']}")] == []
    assert detail(employee("POST", f"{PATH}/problem", json={})).startswith("ACL Exception Insert Failed")


def test_an_employee_cannot_touch_a_closed_ticket(hub, employee):
    mine = hub.create(caller_id=hub.user_id("eva.employee"), state="8")
    assert employee("PATCH", f"{PATH}/incident/{mine['sys_id']}", json={"comments": "x"}).status_code == 403
