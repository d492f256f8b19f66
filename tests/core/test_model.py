"""The incident: its two forms are one, times are UTC, and unknown is not empty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.model import GROUPS, SET_GROUPS, Incident, Person, Status, accepts, format_time
from pydantic import ValidationError

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
FIRST, LAST = datetime.fromisoformat("0002-01-01"), datetime.fromisoformat("9998-01-01")
MOMENTS = st.datetimes(FIRST, LAST, timezones=ZONES)
TEXTS = st.none() | st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=2), max_leaves=3
)
PEOPLE = st.builds(Person, id=TEXTS, name=TEXTS, email=TEXTS)
INCIDENTS = st.builds(
    lambda fields: Incident(connection="c", id="1", **fields),
    st.fixed_dictionaries(
        {},
        optional={
            "title": TEXTS,
            "status": st.none() | st.sampled_from(Status),
            "impact": st.none() | st.integers(1, 3),
            "requester": st.none() | PEOPLE,
            "watchers": st.lists(PEOPLE, max_size=2).map(tuple),
            "labels": st.lists(st.text(max_size=4), max_size=4).map(tuple),
            "due_at": st.none() | MOMENTS,
            "timeline": st.lists(st.fixed_dictionaries({"at": MOMENTS, "after": st.just("new")}), max_size=2),
            "comments": st.lists(
                st.fixed_dictionaries(
                    {"id": st.just("7"), "visibility": st.sampled_from(["public", "internal"])},
                    optional={"author": PEOPLE, "created_at": MOMENTS, "body": st.text(max_size=5)},
                ),
                max_size=2,
            ),
            "custom": st.dictionaries(st.text(max_size=4), JSON, max_size=3),
            "major": st.none() | st.booleans(),
        },
    ),
)


@given(INCIDENTS)
def test_an_incident_and_its_document_are_one(incident: Incident) -> None:
    document = incident.document()
    again = Incident.model_validate(document)
    assert again == incident
    assert again.model_fields_set == incident.model_fields_set
    assert again.document() == document


@given(MOMENTS)
def test_times_are_told_in_utc(moment: datetime) -> None:
    text = format_time(moment)
    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == moment
    assert Incident(connection="c", id="1", due_at=moment).due_at == moment
    assert Incident.model_validate({"connection": "c", "id": "1", "due_at": text}).document()["due_at"] == text


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        Incident(connection="c", id="1", due_at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_unknown_is_not_empty() -> None:
    incident = Incident.model_validate({"connection": "c", "id": "1", "title": None, "labels": []})
    assert incident.knows("title")
    assert incident.knows("labels")
    assert not incident.knows("status")
    assert incident.document() == {"connection": "c", "id": "1", "title": None, "labels": []}


def test_labels_are_a_set_and_people_have_lower_case_addresses() -> None:
    incident = Incident(connection="c", id="1", labels=("b", "a", "b"), requester=Person(email="Ann@X.example"))
    assert incident.labels == ("a", "b")
    assert incident.requester is not None
    assert incident.requester.email == "ann@x.example"


def test_values_are_frozen_and_strict() -> None:
    incident = Incident(connection="c", id="1", updated_at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(ValidationError):
        incident.title = "x"  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(ValidationError):
        Incident.model_validate({"connection": "c", "id": "1", "titel": "x"})


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("status", "new", "open"),
        ("impact", 3, 4),
        ("priority", 5, 0),
        ("major", True, "perhaps"),
        ("due_at", "2026-01-01T00:00:00Z", "soon"),
        ("watchers", [{"id": "1"}], [{"ident": "1"}]),
        ("links", [{"kind": "problem", "id": "1"}], [{"kind": "cousin", "id": "1"}]),
    ],
)
def test_a_field_says_what_it_accepts(field: str, good: Any, bad: Any) -> None:
    assert accepts(field, good)
    assert not accepts(field, bad)


def test_groups_cover_fields_of_an_incident_each_once() -> None:
    fields = [field for members in GROUPS.values() for field in members]
    assert len(fields) == len(set(fields))
    assert set(fields) <= set(Incident.model_fields)
    assert SET_GROUPS.issubset(GROUPS)
