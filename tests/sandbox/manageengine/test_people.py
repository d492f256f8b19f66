"""People, groups, the lists behind the fields, and the fields."""

from __future__ import annotations

import pytest

CLOUD = "/app/itdesk/api/v3"


def by_email(address):
    return {"row_count": 1, "search_criteria": {"field": "email_id", "condition": "is", "value": address}}


def test_people_by_kind(server, cloud):
    names = {
        (client.base, kind): [row["name"] for row in client.get(kind, row_count=100)[kind]]
        for client, kinds in ((server, ("users", "technicians")), (cloud, ("users", "technicians", "requesters")))
        for kind in kinds
    }
    assert names[server.base, "users"] == names[cloud.base, "users"]
    assert names[server.base, "users"][:3] == ["isthmus", "Alex Agent", "Robin Requester"]
    assert names[server.base, "technicians"] == names[cloud.base, "technicians"]
    assert (names[cloud.base, "technicians"][:2], len(names[cloud.base, "technicians"])) == (["isthmus", "Alex Agent"], 26)
    assert (names[cloud.base, "requesters"][0], len(names[cloud.base, "requesters"])) == ("Robin Requester", 100)


def test_a_person_by_address(either):
    (found,) = either.get("technicians", **by_email("ALEX.agent@example.com"))["technicians"]
    assert (found["name"], [group["name"] for group in found["groups"]]) == ("Alex Agent", ["Support"])
    assert either.get(f"technicians/{found['id']}")["technician"] == found
    assert either.get(f"users/{found['id']}")["user"]["email_id"] == "alex.agent@example.com"
    assert either.get("technicians", **by_email("robin.requester@example.com"))["technicians"] == []
    assert either.refused("GET", "users/999") == (404, 4007, None)


def test_making_and_changing_requesters(either):
    kind = "requesters" if either.base == CLOUD else "users"
    key = kind[:-1]
    body = {
        "first_name": "Fred",
        "last_name": "Fox",
        "email_id": "fred@example.com",
        "phone": "1",
        "department": {"name": "engineering"},
    }
    made = either.ok("POST", kind, {key: body}, 201)[key]
    assert (made["name"], made["phone"], made["department"]["name"], made["is_technician"]) == (
        "Fred Fox",
        "1",
        "Engineering",
        False,
    )
    one = either.request(requester={"email_id": "FRED@example.com"})
    assert one["department"]["name"] == "Engineering"
    path = f"{kind}/{made['id']}"
    changed = either.ok("PUT", path, {key: {"name": "Freddy", "email_id": "freddy@example.com", "mobile": "2"}})[key]
    assert (changed["name"], changed["email_id"], changed["mobile"]) == ("Freddy", "freddy@example.com", "2")
    assert either.ok("PUT", path, {key: {"phone": None}})[key]["name"] == "Freddy"
    assert (
        either.refused("POST", "requests", {"request": {"subject": "x", "requester": {"email_id": "fred@example.com"}}})[2]
        == "requester"
    )
    assert either.ok("PUT", path, {key: {"email_id": "freddy@example.com"}})[key]["email_id"] == "freddy@example.com"
    either.ok("PUT", path, {key: {"email_id": None}})
    either.ok("DELETE", path)
    assert either.refused("GET", path) == (404, 4007, None)
    assert either.show(one)["requester"]["name"] == "Freddy"
    assert (
        either.refused("POST", "requests", {"request": {"subject": "x", "requester": {"id": made["id"]}}})[2] == "requester"
    )


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"email_id": "x@example.com"}, 4012, ["name"]),
        ({"name": "X", "email_id": "x"}, 4001, "email_id"),
        ({"name": "X", "email_id": "alex.agent@example.com"}, 4008, "email_id"),
        ({"name": 5}, 4021, "name"),
        ({"name": "X", "colour": 1}, 4001, "colour"),
        ({"name": "X", "department": {"name": "Nothing"}}, 4001, "department"),
    ],
)
def test_people_that_are_refused(server, body, code, field):
    assert server.refused("POST", "users", {"user": body}) == (400, code, field)


def test_groups(server, cloud):
    for client, kind in ((server, "support_groups"), (cloud, "groups")):
        row = client.get(kind)[kind][0]
        assert (row["name"], row["deleted"]) == ("Support", False)
        whole = client.get(f"{kind}/{row['id']}")[kind[:-1]]
        assert [user["name"] for user in whole["technicians"]] == ["isthmus", "Alex Agent"]
        assert client.refused("GET", f"{kind}/99") == (404, 4007, None)


# -- lists


def test_statuses(server, cloud):
    rows = server.get("statuses")["statuses"]
    assert {row["name"]: (row["in_progress"], row["stop_timer"]) for row in rows} == {
        "Open": (True, False),
        "In Progress": (True, False),
        "On Hold": (True, True),
        "Resolved": (False, True),
        "Closed": (False, True),
        "Cancelled": (False, True),
    }
    assert "internal_name" not in rows[0]
    criteria = {"field": "internal_name", "condition": "is", "value": "Onhold"}
    (row,) = cloud.get("statuses", search_criteria=criteria)["statuses"]
    assert cloud.get(f"statuses/{row['id']}")["status"] == row


@pytest.mark.parametrize(
    ("kind", "name", "key"),
    [
        ("priorities", "High", "priority"),
        ("urgencies", "Urgent", "urgency"),
        ("levels", "Tier 4", "level"),
        ("modes", "E-Mail", "mode"),
        ("request_types", "Incident", "request_type"),
        ("closure_codes", "Success", "closure_code"),
        ("request_templates", "Default Request", "request_template"),
        ("sites", "Head Office", "site"),
        ("departments", "Engineering", "department"),
    ],
)
def test_other_lists(either, kind, name, key):
    row = next(row for row in either.get(kind)[kind] if row["name"] == name)
    assert either.get(f"{kind}/{row['id']}")[key] == row
    assert either.refused("GET", f"{kind}/99") == (404, 4007, None)


def test_impacts_have_other_names_in_cloud(server, cloud):
    assert [row["name"] for row in server.get("impacts")["impacts"]][:3] == ["High", "Medium", "Low"]
    assert [row["name"] for row in cloud.get("impacts")["impacts"]][:2] == ["Affects Business", "Affects Department"]


def test_categories_and_what_is_below(seeded):
    rows = seeded.get("categories", sort_field="name")["categories"]
    assert [row["name"] for row in rows] == ["access", "database", "hardware", "inquiry", "network", "software"]
    network = rows[4]
    below = seeded.get(f"categories/{network['id']}/subcategories")["subcategories"]
    assert [row["name"] for row in below] == ["vpn", "wireless", "dns"]
    assert below[0]["category"] == {"id": network["id"], "name": "network"}
    criteria = {"field": "category.name", "condition": "is", "value": "network"}
    assert seeded.get("subcategories", search_criteria=criteria)["subcategories"] == below
    assert seeded.get(f"subcategories/{below[0]['id']}/items")["items"] == []
    assert seeded.get("items")["items"] == []
    assert seeded.refused("GET", "categories/99/subcategories") == (404, 4007, None)


def test_the_fields_of_a_request(either):
    fields = either.get("requests/_metainfo")["metainfo"]["fields"]
    assert fields["status"]["lookup_entity"] == "statuses"
    assert fields["technician"]["lookup_entity"] == "technicians"
    assert fields["requester"]["lookup_entity"] == "users"
    assert (fields["subject"]["mandatory"], fields["subject"]["constraints"]) == (True, {"max_length": 250})
    assert (fields["created_time"]["type"], fields["created_time"]["read_only"]) == ("datetime", True)
    assert [name for name, field in fields.items() if field.get("mandatory")] == ["subject"]
    custom = fields["udf_fields"]["fields"]
    assert (custom["udf_char1"]["display_name"], custom["udf_char1"]["type"]) == ("External ID", "string")
    assert "Unknown" in custom["udf_pick_303"]["allowed_values"]
