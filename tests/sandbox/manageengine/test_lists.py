"""Lists: paging, order, and the language of ``search_criteria``."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

NULL_TRAP = "2026-05-06T08:00:10+00:00"


def refused(client, **info):
    return client.refused("GET", "requests", {"list_info": info})


def test_pages_of_a_list(seeded):
    whole, start = [], 1
    while True:
        body = seeded.get("requests", row_count=100, start_index=start, sort_field="created_time", sort_order="asc")
        info = body["list_info"]
        assert body["response_status"] == [{"status_code": 2000, "status": "success"}]
        assert (info["start_index"], info["row_count"], info["sort_order"]) == (start, len(body["requests"]), "asc")
        whole += body["requests"]
        start += 100
        if not info["has_more_rows"]:
            break
    assert len({row["id"] for row in whole}) == 250
    moments = [int(row["created_time"]["value"]) for row in whole]
    assert moments == sorted(moments)


def test_a_list_without_list_info(seeded, seeded_cloud):
    body = seeded.get("requests")
    assert body["list_info"] == {"has_more_rows": True, "start_index": 1, "row_count": 10}
    assert [row["id"] for row in body["requests"]] == [str(number) for number in range(250, 240, -1)]
    row, other = body["requests"][0], seeded_cloud.get("requests")["requests"][0]
    assert not {"description", "category", "udf_fields", "last_updated_time", "display_id"} & row.keys()
    assert {"short_description", "priority", "created_by", "site"} <= row.keys()
    assert not {"priority", "short_description", "description", "last_updated_time"} & other.keys()
    assert other["display_id"] == "250"


def test_totals_and_pages(seeded):
    body = seeded.get("requests", row_count=2, start_index=0, get_total_count=True)
    assert body["list_info"] == {
        "has_more_rows": True, "start_index": 1, "row_count": 2, "total_count": 250, "page": 1, "get_total_count": "true",
    }  # fmt: skip
    third = seeded.get("requests", row_count="100", page=3, get_total_count="true")["list_info"]
    assert (third["start_index"], third["row_count"], third["has_more_rows"], third["total_count"]) == (201, 50, False, 250)
    beyond = seeded.get("requests", start_index=300)
    assert (beyond["requests"], beyond["list_info"]["row_count"]) == ([], 0)


@pytest.mark.parametrize(
    ("info", "field"),
    [
        ({"row_count": 101}, "row_count"),
        ({"row_count": 0}, "row_count"),
        ({"row_count": True}, "row_count"),
        ({"row_count": "x"}, "row_count"),
        ({"start_index": -1}, "start_index"),
        ({"sort_field": "technician"}, "sort_field"),
        ({"sort_order": "up"}, "sort_order"),
        ({"colour": 1}, "colour"),
        ({"fields_required": "id"}, "fields_required"),
        ({"fields_required": ["nonsense"]}, "fields_required"),
        ({"filter_by": {"name": "Nothing"}}, "filter_by"),
        ({"filter_by": "Open_System"}, "filter_by"),
        ({"search_fields": {}}, "search_fields"),
        ({"search_fields": {"nonsense": "x"}}, "nonsense"),
    ],
)
def test_a_wrong_list_info_is_refused(seeded, info, field):
    status, _, named = refused(seeded, **info)
    assert (status, named) == (400, field)


def test_list_info_is_an_object_alone(seeded):
    assert seeded.refused("GET", "requests", {"list_info": []}) == (400, 4021, "list_info")
    assert seeded.refused("GET", "requests", {"list": {}}) == (400, 4001, "list")


def test_fields_can_be_asked_for(seeded, seeded_cloud):
    wanted = ["description", "udf_fields", "last_updated_time", "category", "has_notes", "primary_asset"]
    for client in (seeded, seeded_cloud):
        body = client.get("requests", row_count=3, fields_required=wanted)
        assert all(row.keys() == {"id", *wanted} for row in body["requests"])
        assert body["list_info"]["fields_required"] == wanted


@pytest.mark.parametrize(
    "field", ["created_time", "last_updated_time", "subject", "id", "priority", "status", "due_by_time"]
)
def test_orders(seeded, field):
    rows = {}
    for order in ("asc", "desc"):
        body = seeded.get("requests", row_count=100, sort_field=field, sort_order=order, fields_required=[field])
        rows[order] = [row[field] for row in body["requests"]]
        values = [
            (int(value["value"]) if "value" in value else value["name"].casefold()) if isinstance(value, dict)
            else int(value) if field == "id" else (value or "").casefold() if field == "subject" else value
            for value in rows[order]
        ]  # fmt: skip
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=order == "desc")
    if field in {"last_updated_time", "priority", "due_by_time"}:
        assert rows["asc"][0] is None


@pytest.mark.parametrize(
    "view", ["All_Requests", "Open_System", "Onhold_System", "Overdue_System", "Unassigned_System", "Completed_System"]
)
def test_saved_views(seeded, view):
    wanted = {
        "All_Requests": lambda row: True,
        "Open_System": lambda row: row["status"]["name"] in {"Open", "In Progress", "On Hold"},
        "Completed_System": lambda row: row["status"]["name"] in {"Resolved", "Closed", "Cancelled"},
        "Onhold_System": lambda row: row["status"]["name"] == "On Hold",
        "Overdue_System": lambda row: row["is_overdue"],
        "Unassigned_System": lambda row: row["technician"] is None,
    }[view]
    records = [one["record"] for one in seeded.control("snapshot")["tickets"]]
    total = seeded.get("requests", filter_by={"name": view}, get_total_count=True)["list_info"]["total_count"]
    assert total == sum(map(wanted, records)) > 0


# -- criteria


@pytest.fixture(scope="module")
def crowd():
    """Three requests that differ in everything, on a server that is only read."""
    from datetime import UTC, datetime

    from isthmus import sandbox

    with sandbox.start("manageengine", now=datetime(2026, 5, 6, 8, 0, tzinfo=UTC)) as running:
        from isthmus.sandbox.manageengine.flavour import ON_PREMISES

        key, base = running.credentials["authtoken"]["key"], running.base_url
        import requests

        session = requests.Session()
        session.headers["authtoken"] = key

        def call(method, path, data):
            where = {"params" if method == "GET" else "data": {"input_data": json.dumps(data)}}
            answer = session.request(method, f"{base}{ON_PREMISES.base}/{path}", timeout=10, **where)
            return answer.json()

        def at(moment):
            session.post(f"{base}/_sandbox/clock", json={"set": f"2026-05-06T{moment}+00:00"}, timeout=10)

        at("08:00:00")
        call("POST", "requests", {"request": {
            "subject": "Alpha VPN", "priority": {"name": "High"}, "requester": {"name": "Robin Requester"},
            "udf_fields": {"udf_char1": "INC0001", "udf_long1": 5, "bool_306": True, "udf_date1": {"value": "1700000000000"}},
        }})  # fmt: skip
        at("08:10:00")
        call(
            "POST",
            "requests",
            {"request": {"subject": "beta 50% off_", "technician": {"name": "Alex Agent"}, "description": "<p>long</p>"}},
        )
        at("08:20:00")
        call("POST", "requests", {"request": {"subject": "Gamma", "status": {"name": "On Hold"}, "impact_details": "big"}})
        at("08:30:00")
        call("PUT", "requests/1", {"request": {"level": {"name": "Tier 1"}}})

        def found(criteria, **info):
            body = call(
                "GET",
                "requests",
                {"list_info": {"row_count": 100, "sort_field": "id", "search_criteria": criteria, **info}},
            )
            if "requests" not in body:
                (message,) = body["response_status"]["messages"]
                return message["field"]
            return "".join(row["id"] for row in body["requests"])

        yield found
        session.close()


T0, T10, T20, T30 = (str(1778054400000 + minutes * 60_000) for minutes in (0, 10, 20, 30))
CASES = [
    ("subject", "is", "alpha vpn", "1"),
    ("subject", "=", "ALPHA VPN", "1"),
    ("subject", "eq", "alpha", ""),
    ("subject", "is not", "Gamma", "12"),
    ("subject", "!=", "Gamma", "12"),
    ("subject", "contains", "vpn", "1"),
    ("subject", "contains", "50% off_", "2"),
    ("subject", "contains", "%", "2"),
    ("subject", "not contains", "a", ""),
    ("subject", "starts with", "be", "2"),
    ("subject", "ends with", "ma", "3"),
    ("subject", "greater than", "beta", "23"),
    ("description", "contains", "long", "2"),
    ("impact_details", "contains", "b", "3"),
    ("status", "is", "open", "12"),
    ("status", "is", {"name": "Open"}, "12"),
    ("status", "is", {"id": "2"}, "12"),
    ("status", "is not", {"id": "2"}, "3"),
    ("status.name", "is", "On Hold", "3"),
    ("status.id", "is", "1", "3"),
    ("status.id", "greater than", 1, "12"),
    ("status.in_progress", "is", True, "123"),
    ("status.stop_timer", "is", "true", "3"),
    ("priority.name", "is", "high", "1"),
    ("priority", "is not", "High", "23"),
    ("priority.id", "is", 4, "1"),
    ("requester.email_id", "is", "ROBIN.requester@example.com", "1"),
    ("requester.name", "starts with", "robin", "1"),
    ("requester", "is", "isthmus", "23"),
    ("requester", "is", {"email_id": "isthmus@example.com"}, "23"),
    ("technician.id", "is", "5", "2"),
    ("technician.name", "contains", "x", "2"),
    ("technician", "is", None, "13"),
    ("technician", "is not", None, "2"),
    ("technician.email_id", "is not", "alex.agent@example.com", "13"),
    ("udf_fields.udf_char1", "is", "inc0001", "1"),
    ("udf_fields.udf_long1", "lesser or equal", 5, "1"),
    ("udf_fields.bool_306", "is", True, "1"),
    ("udf_fields.udf_date1", "gt", 1, "1"),
    ("id", "is", "2", "2"),
    ("id", "greater than", 1, "23"),
    ("display_id", "is", "3", "3"),
    ("is_service_request", "is", False, "123"),
    ("is_service_request", "is", "false", "123"),
    ("has_notes", "is", True, ""),
    ("is_overdue", "is", False, "123"),
    ("created_time", "greater than", T10, "23"),
    ("created_time", "greater or equal", T20, "3"),
    ("created_time", "gte", int(T20), "3"),
    ("created_time", "lesser than", T10, "1"),
    ("created_time", "lt", T30, "123"),
    ("created_time", "lte", T30, "123"),
    ("last_updated_time", "greater or equal", T0, "1"),
    ("last_updated_time", "is", None, "23"),
]


@pytest.mark.parametrize(("field", "condition", "value", "expected"), CASES)
def test_conditions(crowd, field, condition, value, expected):
    assert crowd({"field": field, "condition": condition, "value": value}) == expected


def criterion(field, condition, *values, **more):
    return {"field": field, "condition": condition, "values": list(values), **more}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (criterion("subject", "is", "gamma", "Alpha VPN"), "13"),
        (criterion("subject", "is not", "gamma", "Alpha VPN"), "2"),
        (criterion("subject", "contains", "vpn", "gam"), "13"),
        (criterion("subject", "not contains", "vpn", "gam"), "2"),
        (criterion("status", "is", {"name": "On Hold"}, {"id": "2"}), "123"),
        (criterion("technician", "is"), "13"),
        (criterion("technician", "is not"), "2"),
        (criterion("created_time", "between", T0, T20), "12"),
        (criterion("created_time", "not between", T0, T20), "3"),
        (criterion("last_updated_time", "not between", T0, T10), "1"),
        (criterion("created_time", "greater than", T30, T10), "23"),
        (criterion("udf_fields.udf_long1", "gt", 7, 4), "1"),
        ({"field": "technician", "condition": "is not"}, "2"),
    ],
)
def test_values(crowd, one, expected):
    assert crowd(one) == expected


def is_(field, value, operator=None, **more):
    joined = {} if operator is None else {"logical_operator": operator}
    return {"field": field, "condition": "is", "value": value, **joined, **more}


GAMMA, ALPHA, OPEN = is_("subject", "gamma"), is_("subject", "alpha vpn"), is_("status.name", "open")


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ([OPEN, is_("subject", "gamma", "OR")], "123"),
        ([OPEN, is_("subject", "alpha vpn")], "1"),
        ([OPEN, is_("subject", "alpha vpn", "and")], "1"),
        ([GAMMA, is_("subject", "alpha vpn", "OR"), is_("status.name", "open", "AND")], "1"),
        ({**OPEN, "children": [is_("subject", "gamma", "OR")]}, "123"),
        ({**GAMMA, "children": [is_("status.name", "open", "OR", children=[is_("subject", "alpha vpn")])]}, "13"),
        ([ALPHA, {**GAMMA, "logical_operator": "OR", "children": [is_("status.name", "on hold")]}], "13"),
    ],
)
def test_logic(crowd, criteria, expected):
    assert crowd(criteria) == expected


def test_the_null_trap(crowd):
    """Nobody has edited 2 and 3, so that only the time of creation finds them."""
    since = {"field": "last_updated_time", "condition": "greater or equal", "value": T0}
    assert crowd(since) == "1"
    created = {"field": "created_time", "condition": "greater or equal", "value": T20, "logical_operator": "OR"}
    assert crowd({**since, "children": [created]}) == "13"
    assert crowd({**since, "children": [created]}, sort_field="last_updated_time") == "31"
    assert crowd(since, sort_field="last_updated_time") == "1"
    newest = {"sort_field": "created_time", "sort_order": "desc"}
    assert crowd({"field": "created_time", "condition": "gte", "value": T10}, **newest) == "32"


def test_search_fields(crowd):
    assert crowd(OPEN, search_fields={"subject": "a"}) == "12"
    assert crowd([OPEN, is_("subject", "gamma", "OR")], search_fields={"subject": "m"}) == "3"


def test_search_fields_alone(seeded):
    rows = seeded.get("requests", row_count=100, search_fields={"subject": "vpn", "priority": "High"})["requests"]
    assert rows
    assert all("vpn" in row["subject"].casefold() and row["priority"]["name"] == "High" for row in rows)


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        ([], "search_criteria"),
        (["x"], "search_criteria"),
        ("x", "search_criteria"),
        ({"field": "nothing", "condition": "is", "value": 1}, "nothing"),
        ({"field": "status.colour", "condition": "is", "value": 1}, "status.colour"),
        ({"field": "status.internal_name", "condition": "is", "value": 1}, "status.internal_name"),
        ({"field": "subject.name", "condition": "is", "value": 1}, "subject.name"),
        ({"field": "udf_fields.nothing", "condition": "is", "value": 1}, "udf_fields.nothing"),
        ({"field": "attachments", "condition": "is", "value": 1}, "attachments"),
        ({"field": 5, "condition": "is", "value": 1}, "field"),
        ({"condition": "is", "value": 1}, "field"),
        ({"field": "subject", "value": 1}, "condition"),
        ({"field": "subject", "condition": "like", "value": 1}, "condition"),
        ({"field": "created_time", "condition": "contains", "value": 1}, "condition"),
        ({"field": "subject", "condition": "contains"}, "value"),
        ({"field": "subject", "condition": "is", "values": "x"}, "values"),
        ({"field": "subject", "condition": "is", "value": {"name": "x"}}, "value"),
        ({"field": "status", "condition": "is", "value": {"name": "x", "id": "1"}}, "value"),
        ({"field": "status", "condition": "contains", "value": {"name": "x"}}, "status"),
        ({"field": "created_time", "condition": "gt", "value": "yesterday"}, "created_time"),
        ({"field": "created_time", "condition": "gt", "value": True}, "created_time"),
        ({"field": "created_time", "condition": "between", "values": ["1"]}, "values"),
        ({"field": "has_notes", "condition": "is", "value": "maybe"}, "value"),
        ({"field": "subject", "condition": "is", "value": "x", "children": {}}, "children"),
        ([OPEN, is_("subject", "x", "XOR")], "logical_operator"),
        ({**OPEN, "colour": 1}, "colour"),
    ],
)
def test_wrong_criteria_are_refused(crowd, criteria, field):
    assert crowd(criteria) == field


def test_criteria_may_not_be_too_deep(crowd):
    deep = OPEN
    for _ in range(25):
        deep = {**OPEN, "children": [deep]}
    assert crowd(deep) == "status.name"


def test_cloud_knows_internal_names_and_long_ids(seeded_cloud):
    by_name = seeded_cloud.ids({"field": "status.internal_name", "condition": "is", "value": "Onhold"})
    by_id = seeded_cloud.ids({"field": "status.id", "condition": "is", "value": "123640000000000001"})
    assert by_name == by_id != []
    assert seeded_cloud.ids({"field": "id", "condition": "is", "value": by_name[0]}) == by_name[:1]
    since = {"field": "last_updated_time", "condition": "gt", "value": "1"}
    assert seeded_cloud.get("requests", search_criteria=since, get_total_count=True)["list_info"]["total_count"] == 250


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=30))
def test_no_text_changes_the_meaning_of_a_criterion(crowd, text):
    """A value is only a value: what is found has exactly that subject, and nothing has."""
    assert crowd({"field": "subject", "condition": "is", "value": text}) in {"", "123" if not text else ""}
    assert crowd([OPEN, {"field": "subject", "condition": "is", "value": text, "logical_operator": "OR"}]) == "12"


def test_orders_follow_changes(server):
    """A list that was read before is right after every sort of change."""
    made = [server.request(subject=name) for name in ("b", "a", "c")]
    ids = [one["id"] for one in made]
    edited = {"sort_field": "last_updated_time", "sort_order": "asc"}
    assert server.ids(**edited) == ids
    assert server.ids(sort_field="subject") == [ids[1], ids[0], ids[2]]
    server.update(made[0], subject="d")
    assert server.ids(**edited) == [ids[1], ids[2], ids[0]]
    assert server.ids(sort_field="subject") == [ids[1], ids[2], ids[0]]
    server.advance(advance=5)
    server.note(made[1])
    assert server.ids(**edited) == [ids[2], ids[0], ids[1]]
    late = server.request(subject="aa")
    assert server.ids(sort_field="subject") == [ids[1], late["id"], ids[2], ids[0]]
    server.ok("DELETE", f"requests/{ids[2]}/move_to_trash")
    server.ok("DELETE", f"requests/{ids[2]}")
    assert server.ids(sort_field="subject") == [ids[1], late["id"], ids[0]]
    with server.vendor.lock:
        server.vendor.load([{"id": ids[0], "subject": "0", "status": {"name": "Open"}, "created_time": {"value": "1"}}])
    assert server.ids(sort_field="subject") == [ids[0], ids[1], late["id"]]
