"""Writing through the Table API: what is stored, what is dropped, what is refused."""

from __future__ import annotations

import pytest

FAILED = "Operation Failed"


def refused(answer, status=403):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["status"] == "failure"
    return body["error"]


def test_insert_gives_the_defaults_and_a_location(hub):
    answer = hub("POST", "/api/now/table/incident", json={"short_description": "Mail down", "impact": "3", "urgency": "3"})
    row = answer.json()["result"]
    assert answer.headers["Location"] == f"{hub.base}/api/now/table/incident/{row['sys_id']}"
    expected = {
        "number": "INC0010001",
        "task_effective_number": "INC0010001",
        "sys_class_name": "incident",
        "sys_mod_count": "0",
        "sys_created_by": "isthmus",
        "state": "1",
        "incident_state": "1",
        "active": "true",
        "priority": "5",
        "severity": "3",
        "category": "inquiry",
        "approval": "not requested",
        "upon_approval": "proceed",
        "upon_reject": "cancel",
        "made_sla": "true",
        "knowledge": "false",
        "notify": "1",
        "reassignment_count": "0",
        "contact_type": "",
        "sys_domain_path": "/",
    }
    assert {name: row[name] for name in expected} == expected
    assert row["opened_at"] == row["sys_created_on"] == row["sys_updated_on"]
    assert hub.create()["number"] == "INC0010002"
    assert hub.create(number="INC0010003")["number"] == "INC0010003"
    assert hub.create()["number"] == "INC0010004"


def test_a_chosen_sys_id_is_taken_once(hub):
    chosen = "0123456789abcdef0123456789abcdef"
    assert hub.create(sys_id=chosen)["sys_id"] == chosen
    error = refused(hub("POST", "/api/now/table/incident", json={"sys_id": chosen}))
    assert error["message"] == FAILED
    assert "Unique Key violation" in error["detail"]
    assert hub.create(sys_id="not an id")["sys_id"] != "not an id"
    assert hub.change(chosen, sys_id="f" * 32)["sys_id"] == chosen


def test_updates_are_partial_and_counted(hub):
    made = hub.create(short_description="a", description="d")
    hub.advance(seconds=5)
    changed = hub.change(made["sys_id"], short_description="b")
    assert (changed["short_description"], changed["description"]) == ("b", "d")
    assert (changed["sys_mod_count"], changed["sys_updated_by"]) == ("1", "isthmus")
    assert changed["sys_updated_on"] > made["sys_updated_on"]
    put = hub("PUT", f"/api/now/table/incident/{made['sys_id']}", json={"short_description": "c"}).json()["result"]
    assert (put["short_description"], put["description"], put["sys_mod_count"]) == ("c", "d", "2")
    assert hub.change(made["sys_id"], description="")["description"] == ""
    assert hub.change(made["sys_id"], short_description=None)["short_description"] == ""


def test_an_update_that_changes_nothing_is_no_update(hub):
    made = hub.create(short_description="a", urgency="2")
    hub.advance(seconds=60)
    for body in (
        {"short_description": "a"},
        {"urgency": 2},
        {"nosuch": "x"},
        {"sys_created_by": "me"},
        {},
        {"comments": ""},
    ):
        assert hub.change(made["sys_id"], **body) == made


@pytest.mark.parametrize(
    ("body", "element", "stored"),
    [
        ({"short_description": "x" * 200}, "short_description", "x" * 160),
        ({"description": "ü" * 4001}, "description", "ü" * 4000),
        ({"correlation_id": "y" * 101}, "correlation_id", "y" * 100),
        ({"short_description": "a\0b"}, "short_description", "ab"),
        ({"description": "one\r\ntwo 😕 {{x}} [code]"}, "description", "one\r\ntwo 😕 {{x}} [code]"),
        ({"state": "99"}, "state", "1"),
        ({"category": "nosuch"}, "category", "inquiry"),
        ({"close_code": "nosuch"}, "close_code", ""),
        ({"category": "Network"}, "category", "inquiry"),
        ({"assigned_to": "Eva Employee"}, "assigned_to", ""),
        ({"assigned_to": "f" * 32}, "assigned_to", ""),
        ({"contract": "f" * 32}, "contract", {"link": "BASE/api/now/table/ast_contract/" + "f" * 32, "value": "f" * 32}),
        ({"opened_at": "yesterday"}, "follow_up", ""),
        ({"order": "12x"}, "order", ""),
        ({"order": "1,200"}, "order", "1200"),
        ({"knowledge": "yes"}, "knowledge", "true"),
        ({"knowledge": False}, "knowledge", "false"),
        ({"watch_list": " a@example.com, b@example.com,"}, "watch_list", "a@example.com,b@example.com"),
        ({"description": ["list"]}, "description", ""),
        ({"category": {"value": "network", "display_value": "Network"}}, "category", "network"),
        ({"priority": "1"}, "priority", "5"),
        ({"sys_mod_count": "9"}, "sys_mod_count", "0"),
        ({"calendar_duration": "1970-01-01 01:00:00"}, "calendar_duration", "1970-01-01 01:00:00"),
    ],
)
def test_what_is_stored(hub, body, element, stored):
    if isinstance(stored, dict):
        stored = {name: text.replace("BASE", hub.base) for name, text in stored.items()}
    assert hub.create(**body)[element] == stored


def test_choices_that_do_not_exist_can_be_allowed(hub):
    hub.set_property("glide.rest.choice.allow_non_existing_value", "true")
    assert hub.create(category="nosuch")["category"] == "nosuch"


def test_display_values_as_input(hub, agent):
    display = {"sysparm_input_display_value": "true"}
    parent = hub.create()
    row = agent.create(
        params=display,
        caller_id="Eva Employee",
        assignment_group="network",
        category="Network",
        urgency="1 - High",
        follow_up="2026-07-13 17:28:40",
        watch_list="Otto Admin,x@example.com",
        parent=parent["number"],
        location="Lyon",
        contract="Anything",
        assigned_to="Nobody At All",
    )
    assert row["caller_id"]["value"] == hub.user_id("eva.employee")
    assert row["assignment_group"]["value"] == hub.group_id("Network")
    assert (row["category"], row["urgency"], row["follow_up"]) == ("network", "1", "2026-07-14 00:28:40")
    assert row["watch_list"] == f"{hub.user_id('otto.admin')},x@example.com"
    assert row["parent"]["value"] == parent["sys_id"]
    assert row["location"]["value"] == hub.rows("cmn_location", "name=Lyon")[0]["sys_id"]
    assert (row["assigned_to"], row["contract"]) == ("", "")
    again = agent.create(params=display, caller_id=hub.user_id("eva.employee"), opened_at="2026-07-14T00:00:00Z")
    assert again["caller_id"] == row["caller_id"]


def test_bodies_that_are_refused(hub):
    def post(**options):
        return hub("POST", "/api/now/table/incident", **options)

    json_type = {"Content-Type": "application/json"}
    assert refused(post(data=b"{broken", headers=json_type), 400)["message"] == "Exception while reading request"
    assert refused(post(data=b"3", headers=json_type), 400)["detail"] == "Expected a JSON object"
    assert refused(post(data=b"<x/>", headers={"Content-Type": "application/xml"}), 415)
    assert post(data=b"", headers=json_type).status_code == 201
    assert post(data=b"[]", headers=json_type).status_code == 201
    row = post(json=[{"short_description": "first"}, {"short_description": "second"}]).json()["result"]
    assert row["short_description"] == "first"
    assert len(hub.rows("incident")) == 3


def test_replies_without_body(hub):
    headers = {"X-no-response-body": "true"}
    answer = hub("POST", "/api/now/table/incident", json={}, headers=headers)
    assert (answer.status_code, answer.content) == (201, b"")
    sys_id = answer.headers["Location"].rpartition("/")[2]
    answer = hub("PATCH", f"/api/now/table/incident/{sys_id}", json={"urgency": "1"}, headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert hub.row(sys_id)["urgency"] == "1"


def test_delete(hub):
    made = hub.create(comments="x")
    answer = hub("DELETE", f"/api/now/table/incident/{made['sys_id']}")
    assert (answer.status_code, answer.content, answer.headers.get("Content-Type")) == (204, b"", None)
    assert hub.get(f"table/incident/{made['sys_id']}").status_code == 404
    assert hub("DELETE", f"/api/now/table/incident/{made['sys_id']}").status_code == 404
    assert hub("PATCH", f"/api/now/table/incident/{made['sys_id']}", json={}).status_code == 404
    assert hub.rows("sys_journal_field") == []


def test_people_have_names(hub):
    made = hub.create("sys_user", user_name="new.one", first_name="New", last_name="One", email="n@example.com")
    assert (made["name"], made["active"], made["identity_type"]) == ("New One", "true", "unclassified")
    assert made["federated_id"].endswith("=")
    assert hub.change(made["sys_id"], "sys_user", last_name="Two")["name"] == "New Two"
    assert hub.change(made["sys_id"], "sys_user", name="N. Two", user_password="x")["name"] == "N. Two"


def test_other_tasks_are_numbered_on_their_own(hub):
    problem, change = hub.create("problem", state="103"), hub.create("change_request")
    assert (problem["number"], problem["problem_state"], problem["priority"]) == ("PRB0040001", "103", "5")
    assert (change["number"], change["state"], change["priority"]) == ("CHG0030001", "-5", "4")
    assert change["requested_by"]["value"] == hub.user_id("isthmus")
    linked = hub.create(problem_id=problem["sys_id"], rfc=change["sys_id"])
    shown = hub.row(linked["sys_id"], sysparm_display_value="true")
    assert (shown["problem_id"]["display_value"], shown["rfc"]["display_value"]) == ("PRB0040001", "CHG0030001")


def test_a_column_added_through_the_dictionary(hub):
    entry = hub.create(
        "sys_dictionary", name="incident", column_label="Cost Centre", element="", max_length="5", choice="1"
    )
    assert entry["element"] == "u_cost_centre"
    hub.create("sys_choice", name="incident", element="u_cost_centre", value="10", label="Ten")
    made = hub.create(u_cost_centre="10")
    assert (len(made), made["u_cost_centre"]) == (93, "10")
    assert hub.create(u_cost_centre="11")["u_cost_centre"] == ""
    assert hub.row(made["sys_id"], sysparm_display_value="true")["u_cost_centre"] == "Ten"
    hub.create("sys_dictionary", name="task", element="u_site", internal_type="reference", reference="cmn_location")
    hub.create(
        "sys_dictionary", name="incident", element="u_flag", internal_type="boolean", default_value="true", max_length=""
    )
    assert hub.create()["u_flag"] == "true"
    assert "u_site" in hub.create("problem")


def test_journals_and_audits_are_not_written_by_hand(hub):
    for table in ("sys_journal_field", "sys_audit", "sys_attachment"):
        assert refused(hub("POST", f"/api/now/table/{table}", json={}))["message"] == FAILED


def test_catalogue(hub):
    fields = "name,element,internal_type,max_length,reference,mandatory,read_only"
    query = "name=incident^ORname=task"
    catalogue = {(row["name"], row["element"]): row for row in hub.rows("sys_dictionary", query, sysparm_fields=fields)}
    assert catalogue["task", "short_description"]["max_length"] == "160"
    assert catalogue["incident", "caller_id"]["reference"] == "sys_user"
    assert catalogue["task", "sys_created_on"]["read_only"] == "true"
    query = "name=incident^element=close_code^inactive=false^ORDERBYsequence"
    codes = [row["value"] for row in hub.rows("sys_choice", query, sysparm_fields="value,label,sequence")]
    assert (codes[0], codes[-1]) == ("Duplicate", "Closed/Resolved by Caller")
    dependent = hub.rows("sys_choice", "name=incident^element=subcategory^dependent_value=network")
    assert {row["value"] for row in dependent} == {"dhcp", "dns", "ip address", "vpn", "wireless"}
