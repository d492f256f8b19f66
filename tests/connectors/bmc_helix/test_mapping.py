"""The shipped mapping: statuses and reasons, priorities by weight, and what an incident loses on its way."""

from __future__ import annotations

from typing import Any

import pytest
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.proof.labels import label_pair

MAPPING = Mapping(shipped_mapping("bmc_helix"))
NAMES = Unlisted("https://acme-smartit.onbmc.com")
IMPACTS = {"1-Extensive/Widespread": 9, "2-Significant/Large": 5, "3-Moderate/Limited": 3, "4-Minor/Localized": 0}
URGENCIES = {"1-Critical": 20, "2-High": 15, "3-Medium": 10, "4-Low": 0}
LABELS = {"Critical": 1, "High": 2, "Medium": 3, "Low": 4}


def weighed(impact: str, urgency: str) -> str:
    """Give the priority as the product's weights give it."""
    weight = IMPACTS[impact] + URGENCIES[urgency]
    return "Critical" if weight >= 24 else "High" if weight >= 18 else "Medium" if weight >= 10 else "Low"


def test_every_row_of_the_priority_agrees_with_the_weights() -> None:
    rows = [row.record for row in MAPPING.spec.tables["priority"].rows if row.record["Impact"]]
    assert all(weighed(row["Impact"], row["Urgency"]) == row["Priority"] for row in rows)
    combinations = {(row["Impact"], row["Urgency"]) for row in rows}
    assert len(combinations) == 16, "each combination can be read"


@pytest.mark.parametrize("impact", [None, 1, 2, 3])
@pytest.mark.parametrize("urgency", [None, 1, 2, 3])
@pytest.mark.parametrize("priority", [None, 1, 2, 3, 4, 5])
def test_the_priority_is_never_lost(impact: int | None, urgency: int | None, priority: int | None) -> None:
    value = {"impact": impact, "urgency": urgency, "priority": priority}
    image = MAPPING.predict(value, NAMES)
    assert image["priority"] == min(priority or image["priority"], 4)
    again = MAPPING.predict(image, NAMES)
    assert {name: again[name] for name in value} == {name: image[name] for name in value}


def test_a_company_with_weights_of_its_own() -> None:
    doc = MAPPING.read({"Impact": "1-Extensive/Widespread", "Urgency": "4-Low", "Priority": "High"}, NAMES)
    assert (doc["impact"], doc["urgency"], doc["priority"]) == (1, 3, 2)
    strange = MAPPING.read({"Impact": "5-None", "Urgency": "4-Low", "Priority": "High"}, NAMES)
    assert strange["extra"]["Impact"] == "5-None"


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (("New", None), ("new", None, None)),
        (("Assigned", None), ("new", None, None)),
        (("Assigned", "Anything"), ("new", None, None)),
        (("In Progress", None), ("in_progress", None, None)),
        (("Pending", "Client Action Required"), ("pending", "requester", None)),
        (("Pending", "Support Contract Hold"), ("pending", "Support Contact Hold", None)),
        (("Pending", "Infrastructure Change"), ("pending", "change", None)),
        (("Pending", None), ("pending", None, None)),
        (("3", "7000"), ("pending", "vendor", None)),
        (("Resolved", "Monitoring Incident"), ("resolved", None, "Monitoring Incident")),
        (("Resolved", "A company's own"), ("resolved", None, None)),
        (("Closed", None), ("closed", None, None)),
        (("Cancelled", "No longer a Causal CI"), ("canceled", None, None)),
    ],
)
def test_statuses_are_read(record: tuple[str, Any], told: tuple[Any, ...]) -> None:
    doc = MAPPING.read({"Status": record[0], "Status_Reason": record[1]}, NAMES)
    assert (doc["status"], doc["status_reason"], doc["resolution_code"]) == told
    assert doc["status_name"] == record[0]


def test_what_the_vendor_demands_is_filled() -> None:
    body = MAPPING.write({"title": "", "status": "resolved"}, NAMES, creating=True)
    assert (body["Description"], body["Resolution"], body["Status_Reason"]) == (
        "(no title)",
        "Resolved.",
        "No Further Action Required",
    )
    assert (body["Impact"], body["Service Type"]) == ("4-Minor/Localized", "User Service Restoration")
    held = MAPPING.write({"status": "closed"}, NAMES, held={"Resolution": "Found it"})
    assert "Resolution" not in held


def test_titles_are_measured_in_bytes() -> None:
    assert MAPPING.write({"title": "ü" * 50}, NAMES)["Description"] == "ü" * 50
    cut = MAPPING.write({"title": "ü" * 51}, NAMES)["Description"]
    assert cut == "ü" * 48 + "…"
    labels = {row.field: row.how for row in label_pair(Mapping(shipped_mapping("zendesk")), MAPPING)}
    assert "cut at 100 bytes" in labels["title"]


def test_times_addresses_and_custom_fields() -> None:
    body = {
        "Incident Number": "INC 7",
        "Reported Date": "2022-06-21T11:08:05.000+0000",
        "Required Resolution DateTime": None,
        "links": None,
        "sla": [{"name": "x"}],
        "custom": {"Site__c": "LYS"},
    }
    doc = MAPPING.read(body, NAMES)
    assert doc["url"] == "https://acme-smartit.onbmc.com/smartit/app/#/incident/displayid/INC%207"
    assert (doc["opened_at"], doc["due_at"], doc["links"], doc["sla"]) == (
        "2022-06-21T11:08:05Z",
        None,
        [],
        [{"name": "x"}],
    )
    assert MAPPING.read({"Incident Number": "INC7"}, Unlisted())["url"] is None
    written = MAPPING.write(
        {**doc, "due_at": "2031-05-06T09:08:09+02:00", "custom": {"Site__c": "PAR", "u_site": "x"}}, NAMES, creating=True
    )
    assert written["Required Resolution DateTime"] == "2031-05-06T07:08:09.000+0000"
    assert written["Reported Date"] == "2022-06-21T11:08:05.000+0000"
    assert written["custom"] == {"Site__c": "PAR"}
    assert not {"links", "sla", "Incident Number"} & written.keys()
    assert MAPPING.write({"due_at": None}, NAMES) == {"Required Resolution DateTime": None}
    assert MAPPING.write({"due_at": "2031-05-06T07:08:09"}, NAMES) == {
        "Required Resolution DateTime": "2031-05-06T07:08:09.000+0000"
    }
