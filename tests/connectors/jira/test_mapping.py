"""The mapping, value by value, and the transforms that only Jira needs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.jira.columns import site_field
from isthmus.connectors.jira.markers import is_marker_label, label_of, marker_in
from isthmus.connectors.jira.transforms import ASSIGNEE, DATE, LABELS, MAJOR, PARTICIPANTS, STATE, SUMMARY
from isthmus.connectors.jira.values import RichText, plain, wire
from isthmus.connectors.jira.vocabulary import Choice, choose
from isthmus.core.errors import RejectedError
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.mapping.transforms import UNRESOLVED

MAPPING = Mapping(shipped_mapping("jira"))
NAMES = Unlisted()
TEXT = RichText(documents=True)


class Sparse(Unlisted):
    """A site that has fields for nothing beyond the system's."""

    def options(self, field: str) -> frozenset[str] | None:
        lacking = (
            "impact",
            "urgency",
            "participants",
            "source",
            "cause",
            "major",
            "category",
            "subcategory",
            "service",
            "tier",
        )
        return frozenset() if field in lacking else None


@pytest.mark.parametrize(
    ("status", "reason", "state", "pending", "image"),
    [
        ("new", None, "Open", None, ("new", None)),
        ("new", "odd", "Open", None, ("new", None)),
        ("in_progress", None, "Work in progress", None, ("in_progress", None)),
        ("pending", None, "Pending", None, ("pending", None)),
        ("pending", "requester", "Pending", "More info required", ("pending", "requester")),
        ("pending", "vendor", "Pending", "Waiting on vendor", ("pending", "vendor")),
        ("pending", "change", "Pending", "Pending on change request", ("pending", "change")),
        ("pending", "approval", "Pending", "Awaiting approval", ("pending", "approval")),
        ("pending", "problem", "Pending", None, ("pending", None)),
        ("pending", "scheduled", "Pending", None, ("pending", None)),
        ("resolved", None, "Completed", None, ("resolved", None)),
        ("closed", "x", "Closed", None, ("closed", None)),
        ("canceled", None, "Canceled", None, ("canceled", None)),
    ],
)
def test_every_status_has_an_image(status: str, reason: str | None, state: str, pending: str | None, image: Any) -> None:
    document = {"status": status, "status_reason": reason}
    body = MAPPING.write(document, NAMES)
    assert (body["state"], body["pending_reason"]) == (state, pending)
    predicted = MAPPING.predict(document, NAMES)
    assert (predicted["status"], predicted["status_reason"]) == image
    assert bool(MAPPING.losses(document)) is (image != (status, reason))


def test_a_reason_of_the_sites_own_is_read_as_it_is() -> None:
    (table,) = (runner for runner in MAPPING.tables if runner.name == "status")
    assert MAPPING.read({"state": "Pending", "pending_reason": "Slow supplier"}, NAMES)["status_reason"] == "Slow supplier"
    assert table.reads_apart("pending_reason", "Slow supplier")
    assert not table.reads_apart("state", "Nowhere")
    assert MAPPING.unmapped({"state": "Nowhere"}, {}) is not None


@pytest.mark.parametrize(
    ("status", "code", "sent", "image"),
    [
        ("resolved", None, "Done", "Done"),
        ("closed", "Duplicate", "Duplicate", "Duplicate"),
        ("in_progress", "Duplicate", "Duplicate", None),
        ("canceled", "Done", "Done", "Won't Do"),
    ],
)
def test_what_the_workflow_makes_of_a_resolution(status: str, code: str | None, sent: str, image: str | None) -> None:
    document = {"status": status, "resolution_code": code}
    assert MAPPING.write(document, NAMES)["resolution"] == sent
    assert MAPPING.predict(document, NAMES)["resolution_code"] == image


@pytest.mark.parametrize(
    ("priority", "name"), [(1, "Highest"), (2, "High"), (3, "Medium"), (4, "Low"), (5, "Lowest"), (None, "Medium")]
)
def test_priority_impact_and_urgency_stand_for_themselves(priority: int | None, name: str) -> None:
    document = {"impact": 2, "urgency": 1, "priority": priority}
    body = MAPPING.write(document, NAMES)
    assert body == {"impact": "Significant / Large", "urgency": "Critical", "priority": name}
    assert MAPPING.predict(document, NAMES) == {**document, "priority": priority or 3}
    assert bool(MAPPING.losses(document)) is (priority is None)


def test_what_a_site_has_no_field_for_is_left_out() -> None:
    document = {
        "impact": 1,
        "urgency": None,
        "channel": "email",
        "cause": "x",
        "major": True,
        "category": "Network",
        "subcategory": "VPN",
        "service": "ERP",
        "tier": "L2",
        "watchers": [{"id": "1", "email": "a@x.example"}],
    }
    assert MAPPING.write(document, Sparse()) == {"urgency": None}
    assert MAPPING.write(document, NAMES)["participants"] == ["1"]


class Simple(Unlisted):
    """A workflow of three statuses, without reasons."""

    def options(self, field: str) -> frozenset[str] | None:
        return {"state": frozenset({"Open", "Work in progress", "Completed"}), "pending_reason": frozenset[str]()}.get(
            field
        )


@pytest.mark.parametrize(
    ("status", "reason", "state"),
    [
        ("pending", "vendor", "Work in progress"),
        ("closed", None, "Completed"),
        ("canceled", None, "Completed"),
        ("new", None, "Open"),
    ],
)
def test_a_simple_workflow_takes_what_comes_nearest(status: str, reason: str | None, state: str) -> None:
    assert MAPPING.write({"status": status, "status_reason": reason}, Simple())["state"] == state


def test_times_cannot_be_set() -> None:
    document = {
        "opened_at": "2026-05-01T08:00:00Z",
        "resolved_at": "2026-05-01T08:00:00Z",
        "due_at": "2026-05-03T23:30:00-02:00",
    }
    assert MAPPING.write(document, NAMES, creating=True) == {"duedate": "2026-05-04", "summary": "(no title)"}


def test_transforms() -> None:
    assert SUMMARY.write("a\n b", NAMES) == "a b"
    assert (SUMMARY.write(None, NAMES), SUMMARY.read("", NAMES)) == (None, None)
    assert LABELS.write(["a b", " c\t", "isthmus:x", "", "d" * 300], NAMES) == ["a_b", "c", "d" * 255]
    assert LABELS.write(None, NAMES) == []
    assert DATE.write(None, NAMES) is DATE.read("", NAMES) is None
    assert DATE.write("2026-05-03T08:00:00", NAMES) == "2026-05-03"
    with pytest.raises(ValueError, match="Invalid"):
        DATE.read("tomorrow", NAMES)
    assert (STATE.read("", NAMES), STATE.read("Open", NAMES), STATE.write("new", NAMES)) == (None, "new", UNRESOLVED)
    assert [MAJOR.read(value, NAMES) for value in (True, False, None)] == [True, None, None]
    assert [MAJOR.write(value, NAMES) for value in (True, False, None)] == [True, None, None]
    assert PARTICIPANTS.write([], Sparse()) is UNRESOLVED


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_a_marker_survives_as_a_label(name: str) -> None:
    marker = f"isthmus:{name}"
    label = label_of(marker)
    assert is_marker_label(label)
    assert not any(each.isspace() for each in label)
    assert marker_in(["a", label]) == marker
    assert label_of(f"{marker}0") != label


def field(kind: str, tail: str = "x", items: str = "") -> Any:
    return site_field({"id": "customfield_1", "name": "F", "schema": {"type": kind, "custom": f"a:{tail}", "items": items}})


@pytest.mark.parametrize(
    ("known", "value", "sent"),
    [
        (field("option", "select"), "High", {"value": "High"}),
        (field("array", "multiselect", "option"), ["a", "b"], [{"value": "a"}, {"value": "b"}]),
        (field("array", "multiselect", "option"), "a", [{"value": "a"}]),
        (field("option-with-child"), "A > B", {"value": "A", "child": {"value": "B"}}),
        (field("option-with-child"), "A", {"value": "A"}),
        (field("number"), 5, 5),
        (field("number"), "5", 5.0),
        (field("datetime"), "2026-07-14T10:00:00.5+02:00", "2026-07-14T08:00:00.500+0000"),
        (field("datetime"), "2026-07-14T10:00:00", "2026-07-14T10:00:00.000+0000"),
        (field("date"), "2026-07-14", "2026-07-14"),
        (field("string", "textfield"), 7, "7"),
        (field("array", "labels", "string"), ["a"], ["a"]),
        (field("string"), "", None),
        (field("array"), [], None),
    ],
)
def test_custom_values_are_sent_as_their_field_takes_them(known: Any, value: Any, sent: Any) -> None:
    assert wire(known, value, TEXT) == sent


@pytest.mark.parametrize("value", [True, "many"])
def test_a_value_that_cannot_be_one_of_its_field(value: Any) -> None:
    if value is True:
        assert wire(field("number"), value, TEXT) == 1.0
    else:
        with pytest.raises(RejectedError, match="no value of the field 'F'"):
            wire(field("number"), value, TEXT)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"value": "A", "child": {"value": "B"}}, "A > B"),
        ({"value": "A"}, "A"),
        ([{"displayName": "Ana"}, {"name": "Network"}, {"key": "A-1"}], ["Ana", "Network", "A-1"]),
        ({"odd": 1}, {"odd": 1}),
        (
            {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]},
            "x",
        ),
        (5, 5),
    ],
)
def test_custom_values_are_plain(value: Any, words: Any) -> None:
    assert plain(value) == words


def test_moments_are_plain_in_utc() -> None:
    assert plain("2026-07-14T10:00:00.000+0200", moment=True) == "2026-07-14T08:00:00Z"
    assert plain("2026-07-14T10:00:00", moment=True) == "2026-07-14T10:00:00Z"
    assert plain("soon", moment=True) == "soon"


def test_rich_text_in_either_version() -> None:
    markup = RichText(documents=False)
    assert (TEXT.held(None), TEXT.sent(""), TEXT.sent_words(None), markup.sent(None)) == (None, None, None, None)
    assert TEXT.held(5) is None
    assert TEXT.sent("plain words")["content"][0]["content"][0]["text"] == "plain words"
    held = markup.held("*a*")
    assert held is not None
    assert markup.sent(held) == "*a*"
    assert markup.sent_words("a_b *c*") == "a_b \\*c\\*"


def test_choices_are_found_by_name_and_by_meaning() -> None:
    listed = [Choice("1", "High"), Choice("2", "HIGH"), Choice("3", "Critical")]
    assert choose("high", listed) == listed[0]
    assert choose("Highest", listed, {"Highest": ("highest", "critical")}) == listed[2]
    assert choose("Low", listed) is None


def test_a_customer_is_assigned_nothing() -> None:
    agent, customer = {"id": "712020:ana", "name": "Ana"}, {"id": "qm:desk:fred", "name": "Fred"}
    assert ASSIGNEE.write(agent, NAMES) == "712020:ana"
    assert ASSIGNEE.write(None, NAMES) is None
    assert ASSIGNEE.write(customer, NAMES) is UNRESOLVED
    assert MAPPING.write({"assignee": customer, "requester": customer}, NAMES) == {"reporter": "qm:desk:fred"}
