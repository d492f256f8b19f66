from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.zendesk import Zendesk
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.model import Incident

Ticket = Callable[..., dict[str, Any]]


def unwrapped(payload: Any) -> list[dict[str, Any]]:
    return list(Zendesk.unwrap(payload))


def envelopes(body: dict[str, Any]) -> list[Any]:
    return [
        body,
        [body],
        {"ticket": body},
        {"ticket": body, "audit": {"id": 5, "events": [{"id": 6, "type": "Create"}]}},
        {"tickets": [body], "users": [{"id": 1, "name": "Ana"}], "count": 1, "next_page": None},
        {"results": [{**body, "result_type": "ticket"}, {"id": 3, "result_type": "user", "name": "Ana"}], "facets": None},
        {"Details": {"ticket": body}},
    ]


def test_every_envelope_gives_the_ticket(ticket: Ticket) -> None:
    for payload in envelopes(ticket()):
        (found,) = unwrapped(payload)
        assert found["subject"] == "VPN down"
        assert found["custom_status"] == {"agent_label": "Open"}
        assert not {"fields", "generated_timestamp", "result_type", "comment_count"} & found.keys()


def test_what_is_no_ticket_gives_none() -> None:
    for payload in (
        {"users": [{"id": 1, "name": "Ana"}]},
        {"ticket": {}},
        "text",
        None,
        5,
        [],
        {"tickets": []},
        {"ticket": None},
    ):
        assert unwrapped(payload) == []


def test_a_webhook_body_gives_the_ticket_as_the_api_does() -> None:
    detail = {
        "id": "4016",
        "subject": "VPN down",
        "status": "SOLVED",
        "priority": "HIGH",
        "type": "INCIDENT",
        "requester_id": "21",
        "external_id": None,
        "tags": ["hub"],
        "created_at": "2026-05-06T08:46:13Z",
        "via": {"channel": "web_service"},
    }
    payload = {
        "account_id": 1,
        "type": "zen:event-type:ticket.status_changed",
        "detail": detail,
        "event": {"current": "SOLVED"},
    }
    (found,) = unwrapped(payload)
    assert (found["status"], found["priority"], found["type"]) == ("solved", "high", "incident")
    document = Mapping(shipped_mapping("zendesk")).read(found, Unlisted())
    assert (document["id"], document["status"], document["priority"], document["channel"]) == ("4016", "resolved", 2, "api")


def test_metrics_tell_when_a_ticket_was_solved(ticket: Ticket) -> None:
    metrics = {
        "id": 9,
        "solved_at": "2026-05-02T07:00:00Z",
        "initially_assigned_at": "2026-05-01T09:00:00Z",
        "reopens": 2,
        "requester_wait_time_in_minutes": {"calendar": 71, "business": 9},
    }
    (found,) = unwrapped({"tickets": [ticket(metric_set=metrics)]})
    assert found["metric_set"] == {
        "initially_assigned_at": "2026-05-01T09:00:00Z",
        "reopens": 2,
    }
    mapping = Mapping(shipped_mapping("zendesk"))
    document = mapping.read(found, Unlisted())
    assert (document["acknowledged_at"], document["reopen_count"]) == ("2026-05-01T09:00:00Z", 2)
    assert document["resolved_at"] == "2026-05-02T07:00:00Z"
    # What an import is told has no image: the imported ticket may have no metrics.
    assert mapping.write(document, Unlisted(), creating=True)["solved_at"] == "2026-05-02T07:00:00Z"
    assert "resolved_at" not in mapping.predict(document, Unlisted(), creating=True)
    assert mapping.read({**found, "solved_at": {"metric": None}}, Unlisted())["resolved_at"] is None
    assert mapping.read({**found, "solved_at": None}, Unlisted())["resolved_at"] is None
    assert "resolved_at" not in mapping.read(ticket(), Unlisted())


def test_the_list_of_deleted_tickets_gives_deleted_ones() -> None:
    row = {
        "id": 581,
        "subject": "Wombat",
        "actor": {"id": 3, "name": "Ana"},
        "previous_state": "open",
        "deleted_at": "2014-09-16T06:04:25Z",
    }
    (found,) = unwrapped({"deleted_tickets": [row], "count": 1})
    document = Mapping(shipped_mapping("zendesk")).read(found, Unlisted())
    assert (document["title"], document["status"], document["status_name"]) == ("Wombat", "closed", "Deleted")


def test_printed_python_values_are_values_again(ticket: Ticket) -> None:
    (found,) = unwrapped(
        ticket(due_at="None", has_incidents="False", is_public="True", description="None", priority="None")
    )
    assert (found["due_at"], found["has_incidents"], found["is_public"], found["priority"]) == (None, False, True, None)
    assert found["description"] == "None"


@pytest.mark.parametrize(
    "odd",
    [
        {
            "status": "example_value",
            "priority": "example_value",
            "type": "example_value",
            "satisfaction_rating": "example_value",
        },
        {"email_cc_ids": "user@example.com", "collaborator_ids": None, "tags": None, "custom_fields": None, "via": None},
        {"via": {"channel": "native_messaging", "source": {}}, "from_messaging_channel": True, "requester_id": None},
        {"via": {"channel": 33}, "custom_fields": [{"id": 77, "value": ["a", "b"]}], "priority": 3, "status": 5},
        {
            "created_at": "soon",
            "due_at": 7,
            "satisfaction_rating": {"score": "good", "comment": "Thanks"},
            "problem_id": 12,
        },
        {"id": "abc123", "status": "HOLD", "group_id": "500123"},
    ],
)
def test_odd_values_make_an_incident_and_nothing_is_dropped(ticket: Ticket, odd: dict[str, Any]) -> None:
    mapping = Mapping(shipped_mapping("zendesk"))
    for payload in envelopes(ticket(**odd)):
        (found,) = unwrapped(payload)
        document = mapping.read(found, Unlisted())
        incident = Incident.model_validate({**document, "connection": "support"})
        assert incident.title == "VPN down"
        if odd.get("status") == "example_value":
            assert (document["extra"]["status"], document["status_name"]) == ("example_value", "example_value")
            assert document["extra"]["priority"] == "example_value"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "ticket",
                        "tickets",
                        "results",
                        "detail",
                        "id",
                        "subject",
                        "status",
                        "requester_id",
                        "custom_status_id",
                    ]
                ),
                inner,
            )
        ),
    )
)
def test_no_payload_crashes(payload: Any) -> None:
    for body in Zendesk.unwrap(payload):
        assert "id" in body
