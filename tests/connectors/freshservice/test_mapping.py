from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from isthmus.connectors.freshservice import Freshservice
from isthmus.connectors.freshservice.payloads import STATUSES, tidy
from isthmus.connectors.freshservice.transforms import TICKET_URL
from isthmus.core.connector import Dependency
from isthmus.core.mapping.directory import Directory, Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import Overlay, Table, shipped_mapping
from isthmus.core.mapping.transforms import UNRESOLVED
from isthmus.core.proof.proof import prove
from isthmus.core.sync.side import Side

SPEC = shipped_mapping("freshservice")
MAPPING = Mapping(SPEC)
NOBODY = Unlisted("https://acme.freshservice.com")
Ticket = Callable[..., dict[str, Any]]


def written(directory: Directory | Unlisted, **fields: Any) -> dict[str, Any]:
    return MAPPING.write(fields, directory)


def test_a_ticket_is_read_whole(ticket: Ticket) -> None:
    body = ticket(
        7,
        type="Major Incident",
        status=4,
        category="Network",
        sub_category="VPN",
        item_category="Client",
        cc_emails=["Ana Roux <ANA@example.com>", "bob@example.com", "nobody"],
        tags=["b", "a"],
        resolution_notes="One Two",
        resolution_notes_html="<div>One<br>Two</div>",
        stats={"first_assigned_at": "2026-05-01T09:00:00Z", "resolved_at": "2026-05-02T08:00:00Z", "closed_at": None},
        satisfaction={"score": "Happy"},
        assets=[{"display_id": 5, "name": "web-01", "serial_number": "S1", "asset_tag": ""}],
    )
    doc = MAPPING.read(tidy(body, STATUSES, {71: "Sales"}), NOBODY)
    assert (doc["id"], doc["key"], doc["url"]) == ("7", "INC-7", "https://acme.freshservice.com/a/tickets/7")
    assert (doc["status"], doc["status_name"], doc["resolution_notes"]) == ("resolved", "Resolved", "One\nTwo")
    assert (doc["impact"], doc["urgency"], doc["priority"], doc["major"]) == (3, 2, 2, True)
    assert (doc["category"], doc["subcategory"]) == ("Network", "VPN")
    assert doc["custom"] == {"site": "Lyon", "Department": "Sales", "Item": "Client"}
    assert doc["watchers"] == [{"email": "ana@example.com", "name": "Ana Roux"}, {"email": "bob@example.com"}]
    assert doc["labels"] == ["a", "b"]
    assert doc["due_at"] == "2026-05-09T08:00:00Z"
    assert (doc["acknowledged_at"], doc["resolved_at"], doc["closed_at"]) == (
        "2026-05-01T09:00:00Z",
        "2026-05-02T08:00:00Z",
        None,
    )
    assert doc["configuration_items"] == [{"id": "5", "name": "web-01", "serial": "S1"}]
    assert doc["satisfaction"] == {"score": "Happy"}
    assert doc["channel"] == "portal"
    assert [clock["breached"] for clock in doc["sla"]] == [True, False]


def test_what_a_list_leaves_out_is_unknown(ticket: Ticket) -> None:
    body = {key: value for key, value in ticket(7).items() if key not in ("urgency", "impact")}
    doc = MAPPING.read(tidy(body, STATUSES), NOBODY)
    assert doc["priority"] == 2
    assert not {"impact", "urgency", "labels", "resolution_notes", "links"} & doc.keys()


# -- statuses of the account's own


def test_a_status_is_written_where_the_account_has_it(plain: Freshservice, desk: Any) -> None:
    names = Directory(plain)
    waiting = {"status": "pending", "status_reason": "vendor"}
    assert MAPPING.write(waiting, names)["status"] == "Awaiting Vendor"
    assert MAPPING.predict(waiting, names) | waiting == MAPPING.predict(waiting, names)
    assert MAPPING.losses(waiting, names) == []
    for status, reason, name in (
        ("in_progress", None, "Open"),
        ("pending", "change", "Pending"),
        ("canceled", None, "Closed"),
        ("resolved", "Duplicate", "Resolved"),
    ):
        value = {"status": status, "status_reason": reason}
        assert MAPPING.write(value, names)["status"] == name
        assert MAPPING.losses(value, names)


def test_the_second_name_of_a_status_is_written_where_the_first_is_missing(plain: Freshservice, desk: Any) -> None:
    form = desk.scripts["GET", "/api/v2/ticket_form_fields"][0]["ticket_fields"]
    choices = [{"id": 2, "value": "Open"}, {"id": 8, "value": "Waiting on Third Party"}, {"id": 9, "value": "Cancelled"}]
    desk.get("ticket_form_fields", {"ticket_fields": [{**form[2], "choices": choices}]})
    names = Directory(plain)
    assert written(names, status="pending", status_reason="vendor")["status"] == "Waiting on Third Party"
    assert written(names, status="canceled")["status"] == "Cancelled"


def test_a_status_that_no_row_knows_is_told_and_an_overlay_teaches_it(
    plain: Freshservice, desk: Any, ticket: Ticket
) -> None:
    body = tidy(ticket(7, status=12), {12: "Waiting for CAB"})
    doc = MAPPING.read(body, NOBODY)
    assert "status" not in doc
    assert "Waiting for CAB" in (MAPPING.unmapped(body, doc) or "")
    rows = SPEC.tables["status"].rows
    more = rows[0].model_copy(
        update={"incident": {"status": "pending", "status_reason": "change"}, "record": {"status": "Waiting for CAB"}}
    )
    table = Table(incident=("status", "status_reason"), record=("status",), rows=(more, *rows))
    taught = Mapping(Overlay(tables={"status": table}).apply(SPEC))
    doc = taught.read(body, NOBODY)
    assert (doc["status"], doc["status_reason"]) == ("pending", "change")
    assert taught.write(doc, NOBODY)["status"] == "Waiting for CAB"


def test_the_proof_asks_for_the_meaning_of_unknown_statuses(plain: Freshservice, desk: Any) -> None:
    side = Side("desk", plain, MAPPING, Directory(plain))
    assert prove(side, side).problems == ()
    form = desk.scripts["GET", "/api/v2/ticket_form_fields"][0]["ticket_fields"]
    strange = [
        {**row, "choices": [*row["choices"], {"id": 12, "value": "Strange"}]} if row["name"] == "status" else row
        for row in form
    ]
    desk.get("ticket_form_fields", {"ticket_fields": strange})
    fresh = Freshservice(plain.settings, plain.context)
    side = Side("desk", fresh, MAPPING, Directory(fresh))
    (problem,) = prove(side, side).problems
    assert "Strange" in str(problem)


# -- fields and choices


def test_what_the_form_lacks_is_not_written(plain: Freshservice, desk: Any) -> None:
    desk.get("requesters", {"requesters": [{"id": 21, "first_name": "Ana", "primary_email": "ana@example.com"}]})
    names = Directory(plain)
    body = written(
        names,
        category="Network",
        subcategory="VPN",
        assignee={"email": "ana@example.com"},
        requester={"email": "ana@example.com"},
        group={"name": "Support"},
        custom={"Site": "Lyon", "Unheard of": 1, "Department": "Sales", "Item": "Unheard of"},
    )
    assert body == {
        "category": "Network",
        "sub_category": "VPN",
        "requester_id": "21",
        "group_id": "41",
        "custom_fields": [{"id": "site", "value": "Lyon"}],
        "department": "Sales",
    }
    assert written(names, category="Catering", assignee={"email": "alex@example.com"}) == {"responder_id": "31"}
    assert "category" not in written(names, subcategory="Network")


def test_live_metadata_names_every_field(plain: Freshservice, desk: Any) -> None:
    fields = {info.id: info for info in plain.fields()}
    assert fields["status"].options == tuple((name, name) for name in (*STATUSES.values(), "Awaiting Vendor"))
    assert fields["priority"].options == (("1", "Low"), ("2", "Medium"), ("3", "High"), ("4", "Urgent"))
    assert fields["subject"].max_length == 255
    assert (fields["subject"].required, fields["requester_id"].required) == (True, False)
    assert fields["category"].options == (("Network", "Network"), ("Hardware", "Hardware"))
    assert fields["sub_category"].options == (("VPN", "VPN"),)
    assert fields["sub_category"].dependency == Dependency("category", frozenset({("Network", "VPN")}))
    assert fields["item_category"].dependency == Dependency("sub_category", frozenset({("VPN", "Client")}))
    assert fields["item_category"].options == (("Client", "Client"),)
    assert fields["department"].options == (("Sales", "Sales"),)
    assert fields["responder_id"].options == (("31", "Alex Agent"),)
    assert fields["group_id"].options == (("41", "Support"),)
    assert (fields["size"].custom, fields["size"].options) == (True, (("S", "S"), ("L", "L")))
    assert (fields["site"].name, fields["site"].options) == ("Site", None)


def test_forms_of_several_workspaces_are_united(make: Any, desk: Any) -> None:
    desk.get("workspaces", {"workspaces": [{"id": 2, "primary": True}, {"id": 3}]})
    form = desk.scripts["GET", "/api/v2/ticket_form_fields"][0]["ticket_fields"]
    other = [
        {**form[2], "choices": [{"id": 2, "value": "Open"}, {"id": 14, "value": "With HR"}]},
        {"name": "employee", "label": "Employee", "field_type": "custom_text", "choices": []},
    ]
    desk.get(
        "ticket_form_fields",
        lambda params, body: {"ticket_fields": other if params.get("workspace_id") == "3" else [dict(row) for row in form]},
    )
    desk.get("departments", (403, {}, {}))
    connector = make()
    fields = {info.id: info for info in connector.fields()}
    assert [value for value, _ in fields["status"].options or ()] == [*STATUSES.values(), "Awaiting Vendor", "With HR"]
    assert "employee" in fields
    assert fields["department"].options == ()


@pytest.mark.parametrize(("given", "sent"), [(["a,b", " ", "x" * 40, "a b"], ["a b", "x" * 31 + "…"]), ([], [])])
def test_labels_fit_tags(given: list[str], sent: list[str]) -> None:
    assert written(NOBODY, labels=given)["tags"] == sent


def test_items_that_the_account_lacks_empty_nothing(plain: Freshservice, desk: Any) -> None:
    rows = [{"display_id": 5, "id": 500, "name": "web-01"}]
    desk.get("assets", lambda params, body: {"assets": rows if "web-01" in params["search"] else []})
    names = Directory(plain)
    assert written(names, configuration_items=[{"name": "web-01"}, {"name": "gone"}])["assets"] == [{"display_id": 5}]
    assert "assets" not in written(names, configuration_items=[{"name": "gone"}])
    assert written(names, configuration_items=[])["assets"] == []
    assert MAPPING.read({"assets": [{"display_id": 5}]}, names)["configuration_items"] == [{"id": "5", "name": "web-01"}]


def test_what_the_vendor_demands_is_filled_and_never_emptied() -> None:
    body = MAPPING.write({"title": None, "description": None}, NOBODY, creating=True)
    assert body == {
        "subject": "(no title)",
        "description": "<p>(no description)</p>",
        "status": "Open",
        "impact": 1,
        "urgency": 1,
        "priority": 1,
    }
    assert written(NOBODY, title="", description=None) == {
        "subject": "(no title)",
        "description": "<p>(no description)</p>",
    }
    assert written(NOBODY, resolution_notes=None) == {"resolution_notes_html": ""}
    assert written(Unlisted(), url="x", major=None) == {"type": "Incident"}
    assert written(NOBODY, due_at="2026-05-06T08:00:00.888Z") == {"due_by": "2026-05-06T08:00:00Z"}
    assert TICKET_URL.write("https://x", NOBODY) is UNRESOLVED


def test_nobody_is_copied_whom_the_account_does_not_know(plain: Freshservice, desk: Any) -> None:
    desk.get("requesters", {"requesters": []})
    people = [{"email": "ALEX@example.com"}, {"email": "stranger@example.com"}, {"name": "No mail"}]
    assert MAPPING.write({"watchers": people}, Directory(plain), creating=True)["cc_emails"] == ["alex@example.com"]
    told = MAPPING.write({"watchers": [{"id": "1", "email": "a@example.com"}, {"id": "2"}]}, NOBODY, creating=True)
    assert told["cc_emails"] == ["a@example.com"]


@pytest.mark.parametrize("nothing", [None, "", "<p></p>", "<p>(no description)</p>"])
def test_no_description_is_written_in_words_and_read_as_none(nothing: str | None) -> None:
    assert written(NOBODY, description=nothing) == {"description": "<p>(no description)</p>"}
    assert MAPPING.read({"description": nothing}, NOBODY)["description"] is None
    assert MAPPING.read({"description": "<div>(no description)</div>"}, NOBODY)["description"] is None
    assert MAPPING.predict({"description": nothing}, NOBODY)["description"] is None


def test_a_form_without_a_label_or_choice_is_read(plain: Freshservice, desk: Any) -> None:
    rows = [
        {"name": "impact", "default_field": True, "choices": []},
        {"name": "agent", "default_field": True},
        {"name": "bare"},
    ]
    desk.get("ticket_form_fields", {"ticket_fields": rows})
    desk.get("groups", {"groups": []})
    desk.get("agents", {"agents": []})
    fields = {info.id: info for info in plain.fields()}
    assert fields.keys() == {"impact", "bare"}
    assert (fields["impact"].options, fields["bare"].name) == (None, "bare")
