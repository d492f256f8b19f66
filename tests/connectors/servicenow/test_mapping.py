"""The shipped mapping: states with hold reasons, the priority matrix, what a resolution needs, and what gets lost."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from isthmus.connectors.servicenow.transforms import RECORD_URL, TASK_LINK
from isthmus.core.mapping.directory import Directory, Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.mapping.transforms import UNRESOLVED

MAPPING = Mapping(shipped_mapping("servicenow"))
NAMES = Unlisted("https://acme.service-now.com")
MATRIX = {(1, 1): 1, (1, 2): 2, (1, 3): 3, (2, 1): 2, (2, 2): 3, (2, 3): 4, (3, 1): 3, (3, 2): 4, (3, 3): 5}


def read(**record: Any) -> dict[str, Any]:
    return MAPPING.read({"sys_id": "1", **record}, NAMES)


def image(**document: Any) -> dict[str, Any]:
    return MAPPING.predict(document, NAMES)


@pytest.mark.parametrize(
    ("state", "hold", "status", "reason"),
    [
        ("1", "", "new", None),
        ("2", "", "in_progress", None),
        ("3", "1", "pending", "requester"),
        ("3", "3", "pending", "problem"),
        ("3", "4", "pending", "vendor"),
        ("3", "5", "pending", "change"),
        ("3", "", "pending", None),
        ("3", "2", "pending", None),
        ("4", "", "pending", "requester"),
        ("5", "", "pending", None),
        ("6", "", "resolved", None),
        ("7", "", "closed", None),
        ("8", "", "canceled", None),
        ("2", "1", "in_progress", None),
        ("On Hold", "Awaiting Vendor", "pending", "vendor"),
        ("Cancelled", None, "canceled", None),
    ],
)
def test_states_with_hold_reasons(state: str, hold: str | None, status: str, reason: str | None) -> None:
    document = read(state=state, hold_reason=hold)
    assert (document["status"], document["status_reason"]) == (status, reason)
    assert MAPPING.unmapped({"state": state, "hold_reason": hold}, document) is None


def test_an_unknown_state_is_told_and_kept() -> None:
    document = read(state="42", hold_reason="")
    assert "status" not in document
    assert document["extra"]["state"] == "42"
    assert "state='42'" in str(MAPPING.unmapped({"state": "42", "hold_reason": ""}, document))


@pytest.mark.parametrize(
    ("status", "reason", "state", "hold"),
    [
        ("new", None, "1", ""),
        ("in_progress", None, "2", ""),
        ("pending", "requester", "3", "1"),
        ("pending", "problem", "3", "3"),
        ("pending", "vendor", "3", "4"),
        ("pending", "change", "3", "5"),
        ("pending", None, "3", ""),
        ("resolved", None, "6", ""),
        ("closed", None, "7", ""),
        ("canceled", None, "8", ""),
    ],
)
def test_statuses_come_back_as_they_are(status: str, reason: str | None, state: str, hold: str) -> None:
    body = MAPPING.write({"status": status, "status_reason": reason}, NAMES)
    assert (body["state"], body["hold_reason"]) == (state, hold)
    found = image(status=status, status_reason=reason)
    assert (found["status"], found["status_reason"]) == (status, reason)
    assert MAPPING.losses({"status": status, "status_reason": reason}) == []


@pytest.mark.parametrize("status", ["new", "in_progress", "pending", "resolved", "closed", "canceled"])
def test_a_reason_without_a_place_is_a_declared_loss(status: str) -> None:
    found = image(status=status, status_reason="scheduled")
    assert (found["status"], found["status_reason"]) == (status, None)
    assert MAPPING.losses({"status": status, "status_reason": "scheduled"})


def test_a_resolution_has_its_code_and_notes() -> None:
    body = MAPPING.write({"status": "resolved", "status_reason": None}, NAMES)
    assert (body["close_code"], body["close_notes"]) == ("Solution provided", "Resolved.")
    body = MAPPING.write({"status": "closed", "resolution_code": "Duplicate", "resolution_notes": "see INC1"}, NAMES)
    assert (body["close_code"], body["close_notes"]) == ("Duplicate", "see INC1")
    assert "close_code" not in MAPPING.write({"status": "in_progress"}, NAMES)


@pytest.mark.parametrize(("pair", "priority"), MATRIX.items())
def test_the_priority_follows_from_impact_and_urgency(pair: tuple[int, int], priority: int) -> None:
    impact, urgency = pair
    assert image(impact=impact, urgency=urgency, priority=priority) == {
        "impact": impact,
        "urgency": urgency,
        "priority": priority,
    }
    for other in {1, 2, 3, 4, 5} - {priority}:
        assert image(impact=impact, urgency=urgency, priority=other)["priority"] == other, "the priority counts most"
        assert MAPPING.losses({"impact": impact, "urgency": urgency, "priority": other})


@pytest.mark.parametrize("priority", [1, 2, 3, 4, 5])
def test_a_priority_alone_chooses_a_pair(priority: int) -> None:
    found = image(priority=priority)
    assert found["priority"] == priority == MATRIX[found["impact"], found["urgency"]]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_half_a_pair_is_completed(level: int) -> None:
    assert image(impact=level) == {"impact": level, "urgency": 3, "priority": MATRIX[level, 3]}
    assert image(urgency=level) == {"impact": 3, "urgency": level, "priority": MATRIX[3, level]}


def test_every_combination_is_read_as_it_is() -> None:
    for impact, urgency, priority in product("123", "123", "12345"):
        document = read(impact=impact, urgency=urgency, priority=priority)
        assert (document["impact"], document["urgency"], document["priority"]) == (int(impact), int(urgency), int(priority))
    assert read(impact="", urgency="", priority="4")["priority"] == 4
    assert read(impact="", urgency="", priority="") == {**read(), "impact": None, "urgency": None, "priority": None}


def test_channels_and_their_labels() -> None:
    assert read(contact_type="self-service")["channel"] == read(contact_type="Self-service")["channel"] == "portal"
    assert read(contact_type="carrier pigeon")["channel"] == "carrier pigeon"
    assert MAPPING.write({"channel": "portal"}, NAMES)["contact_type"] == "self-service"
    assert "contact_type" not in MAPPING.write({"channel": "api"}, NAMES)


def test_what_has_no_place_is_not_written() -> None:
    assert MAPPING.write({"labels": ["vip"], "workaround": "x", "tier": "L2", "major": True}, NAMES) == {}
    body = MAPPING.write({"links": [{"kind": "problem", "id": "1"}], "url": "x", "reopen_count": 1}, NAMES)
    assert body == {}


def test_links_of_two_columns_are_of_one_kind() -> None:
    document = read(rfc="c1", caused_by="c2", parent_incident="i1", problem_id="", **{"rfc.number": "CHG1"})
    assert [(link["kind"], link["id"], link.get("key")) for link in document["links"]] == [
        ("change", "c1", "CHG1"),
        ("change", "c2", None),
        ("parent", "i1", None),
    ]


def test_custom_columns_and_what_is_left() -> None:
    document = read(u_site="Ulm", made_sla="true", incident_state="2", sys_domain="global")
    assert document["custom"] == {"u_site": "Ulm"}
    assert document["extra"] == {"made_sla": "true"}
    assert MAPPING.write({"custom": {"u_site": "Bonn", "Site": "x"}}, NAMES) == {"u_site": "Bonn"}


def test_long_texts_are_cut_where_the_vendor_would() -> None:
    body = MAPPING.write({"title": "x" * 200, "description": f"<p>{'y' * 5000}</p>"}, NAMES)
    assert len(body["short_description"]) == 160
    assert len(body["description"]) <= 4000


def test_an_empty_value_clears_the_field() -> None:
    body = MAPPING.write({"assignee": None, "group": None, "due_at": None, "category": None, "watchers": []}, NAMES)
    assert body == {"assigned_to": "", "assignment_group": "", "due_date": "", "category": "", "watch_list": ""}


class _Cmdb:
    """Knows one service by name, and one item by serial."""

    asked = 0

    def fields(self) -> list[Any]:
        from isthmus.core.connector import FieldInfo

        return [FieldInfo("business_service.name", "Service", options=(("VPN", "VPN"),))]

    def find_item(self, item: Any) -> Any:
        self.asked += 1
        return item.model_copy(update={"id": "ci1", "name": "db1"}) if item.serial == "S1" else None


def test_services_and_items_are_matched_and_never_guessed() -> None:
    cmdb = _Cmdb()
    names = Directory(cmdb)  # type: ignore[arg-type]
    assert MAPPING.write({"service": "VPN"}, names) == {"business_service": {"name": "VPN"}}
    assert MAPPING.predict({"service": "VPN"}, names) == {"service": "VPN"}
    assert MAPPING.write({"service": "Fax"}, names) == {}
    item = {"id": "theirs", "serial": "S1"}
    assert MAPPING.write({"configuration_items": [item]}, names) == {"cmdb_ci": "ci1"}
    assert MAPPING.predict({"configuration_items": [item]}, names) == {
        "configuration_items": [{"id": "ci1", "name": "db1", "serial": "S1"}]
    }
    assert MAPPING.write({"configuration_items": [{"serial": "S2"}]}, names) == {}
    assert MAPPING.write({"configuration_items": []}, names) == {"cmdb_ci": ""}
    assert cmdb.asked == 2


def test_comments_and_files() -> None:
    comment = MAPPING.comment.read(
        {
            "sys_id": "1",
            "element": "work_notes",
            "value": "[code]<b>x</b>[/code]",
            "sys_created_on": "2026-07-14 08:00:00",
            "author": "u1",
            "author.name": "Abel",
            "author.email": "Abel@example.com",
        },
        NAMES,
    )
    assert comment == {
        "id": "1",
        "visibility": "internal",
        "body": "<p><strong>x</strong></p>",
        "created_at": "2026-07-14T08:00:00Z",
        "author": {"id": "u1", "name": "Abel", "email": "abel@example.com"},
    }
    written = MAPPING.comment.write({"body": "<p>a [code] b</p>", "visibility": "public"}, NAMES)
    assert written["element"] == "comments"
    assert "[code]" not in written["value"]
    file = MAPPING.attachment.read({"sys_id": "1", "file_name": "a.txt", "size_bytes": "7", "hash": "ab"}, NAMES)
    assert (file["name"], file["size"], file["sha256"]) == ("a.txt", 7, "ab")
    assert "visibility" not in file


def test_addresses_that_are_unknown() -> None:
    assert RECORD_URL.read("1", Unlisted()) is None
    assert RECORD_URL.read("", NAMES) is None
    assert RECORD_URL.write("x", NAMES) is UNRESOLVED
    assert TASK_LINK.read("", NAMES) is None
    assert TASK_LINK.read("1", Unlisted()) == {"id": "1"}
