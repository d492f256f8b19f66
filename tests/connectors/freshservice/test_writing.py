from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from isthmus.connectors.freshservice import Freshservice
from isthmus.connectors.freshservice.bodies import fitted
from isthmus.core.connector import AddComment, Create, Delete, NewComment, Outcome, Record, Update, Write
from isthmus.core.errors import (
    AuthenticationError,
    ConfigError,
    ForbiddenError,
    NotFoundError,
    RejectedError,
    StaleVersionError,
    UnavailableError,
    UnexpectedReplyError,
)
from isthmus.core.model import Visibility

Ticket = Callable[..., dict[str, Any]]
MAKE = ("POST", "/api/v2/tickets")
CHANGE = ("PUT", "/api/v2/tickets/7")
WORKSPACES = {"workspaces": [{"id": 2, "primary": True}, {"id": 3}]}


def made(**fields: Any) -> Any:
    return 201, {}, {"ticket": {"id": 7, "type": "Incident", **fields}}


def create(connector: Freshservice, body: dict[str, Any], marker: str = "isthmus:ops:1", **options: Any) -> Outcome:
    return connector.create(Create(key="k", marker=marker, body=body, **options))


def update(connector: Freshservice, **body: Any) -> Outcome:
    return connector.update(Update(key="k", record_id="7", body=body))


def send(connector: Freshservice, write: Write) -> Outcome:
    (outcome,) = connector.submit([write])
    return outcome


# -- create


def test_a_create_sends_what_the_vendor_takes_and_nothing_empty(plain: Freshservice, desk: Any) -> None:
    desk.on(*MAKE, made())
    body = {
        "subject": "VPN down",
        "description": "<p>x</p>",
        "status": "awaiting vendor",
        "priority": 3,
        "impact": None,
        "source": "1",
        "requester_id": "21",
        "responder_id": None,
        "group_id": "41",
        "department": "Sales",
        "category": None,
        "cc_emails": ["a@example.com"],
        "tags": ["vpn"],
        "custom_fields": [{"id": "site", "value": "Lyon"}, {"id": "floor", "value": None}],
        "type": "Incident",
        "resolution_notes_html": "",
        "assets": [],
    }
    outcome = create(plain, body)
    assert (outcome.record_id, outcome.record) == ("7", None)
    assert desk.bodies("POST") == [
        {
            "subject": "VPN down",
            "description": "<p>x</p>",
            "status": 9,
            "priority": 3,
            "source": 1,
            "requester_id": 21,
            "group_id": 41,
            "department_id": 71,
            "cc_emails": ["a@example.com"],
            "tags": ["vpn", "isthmus:ops:1"],
            "custom_fields": {"site": "Lyon"},
        }
    ]


def test_the_account_stands_in_for_a_missing_requester(plain: Freshservice, desk: Any) -> None:
    desk.on(*MAKE, made())
    create(plain, {"subject": "x"})
    assert desk.bodies("POST")[0]["requester_id"] == 11


def test_a_due_time_brings_that_of_the_first_response(plain: Freshservice, desk: Any) -> None:
    desk.on(*MAKE, made())
    create(plain, {"subject": "x", "due_by": "2026-05-09T08:00:00Z"})
    assert desk.bodies("POST")[0]["fr_due_by"] == "2026-05-09T07:59:00Z"


def test_what_only_an_update_takes_follows_a_create(plain: Freshservice, desk: Any) -> None:
    desk.on(*MAKE, made())
    desk.on(*CHANGE, {"ticket": {}})
    create(plain, {"subject": "x", "priority": 2, "type": "Incident", "resolution_notes_html": "<p>Done</p>"})
    assert "resolution_notes_html" not in desk.bodies("POST")[0]
    assert desk.bodies("PUT") == [{"resolution_notes_html": "<p>Done</p>"}]


def test_a_major_incident_is_promoted_and_keeps_its_priority(plain: Freshservice, desk: Any) -> None:
    desk.on(*MAKE, made())
    desk.on("PUT", "/api/v2/tickets/7/promote", {"ticket": {}})
    desk.on(*CHANGE, {"ticket": {}})
    create(plain, {"subject": "x", "priority": 2, "type": "Major Incident"})
    assert desk.bodies("PUT") == [{"type": "Major Incident"}, {"priority": 2}]
    create(plain, {"subject": "x", "type": "Major Incident"})
    assert desk.bodies("PUT")[2:] == [{"type": "Major Incident"}]


def test_what_a_ticket_holds_between_the_calls_is_told(plain: Freshservice) -> None:
    body = {"status": "Resolved", "type": "Major Incident", "impact": 2, "urgency": 1, "priority": 2}
    urgent = {"impact": 2, "urgency": 1, "priority": 4}
    notes = {"resolution_notes_html": "<p>Done</p>"}
    empty = {"status": "Resolved", "resolution_notes_html": None}
    assert plain.path(None, {**body, **notes}) == [{"type": "Incident"}, empty, urgent]
    assert plain.path(None, {"status": "Open", "type": "Incident"}) == []
    assert plain.path(Record("7", {"type": "Incident", "urgency": 1}), {"type": "Major Incident", "impact": 2}) == [urgent]
    assert plain.path(Record("7", {"type": "Major Incident"}), body) == []


def test_a_create_that_stays_half_done_is_settled_not_repeated(plain: Freshservice, desk: Any) -> None:
    desk.on(*MAKE, made())
    desk.on(*CHANGE, (400, {}, {"description": "Validation failed", "errors": [{"field": "x", "message": "Bad"}]}))
    with pytest.raises(UnavailableError, match="not all of it") as caught:
        create(plain, {"subject": "x", "resolution_notes_html": "<p>Done</p>"})
    assert (caught.value.maybe_applied, caught.value.key) == (True, "7")
    assert "x: Bad" in caught.value.vendor_words
    desk.on(*CHANGE, (401, {}, {"code": "access_token_expired"}))
    with pytest.raises(AuthenticationError):
        create(plain, {"subject": "x", "resolution_notes_html": "<p>Done</p>"})


def test_a_lost_reply_is_not_answered_by_a_second_create(plain: Freshservice, desk: Any, wire: Any) -> None:
    def lost(params: Any, body: Any) -> Any:
        raise requests.ReadTimeout("gone")

    desk.on(*MAKE, lost)
    outcome = send(plain, Create(key="k", marker="isthmus:ops:1", body={"subject": "x"}))
    assert isinstance(outcome.error, UnavailableError)
    assert outcome.error.maybe_applied
    assert len(desk.bodies("POST")) == 1


def test_a_create_without_a_ticket_in_its_reply_stops_the_run(plain: Freshservice, desk: Any) -> None:
    desk.on(*MAKE, (201, {}, {"nothing": 1}))
    with pytest.raises(UnexpectedReplyError):
        create(plain, {"subject": "x"})


def test_the_workspace_of_a_new_ticket_is_that_of_its_group(make: Any, desk: Any) -> None:
    desk.get("workspaces", WORKSPACES)
    desk.get(
        "groups",
        lambda params, body: {
            "groups": [{"id": 41, "name": "A"}] if params["workspace_id"] == "2" else [{"id": 42, "name": "B"}]
        },
    )
    desk.on(*MAKE, made())
    create(make(), {"subject": "x", "group_id": "42"})
    create(make(), {"subject": "x", "group_id": "41"})
    create(make(), {"subject": "x"})
    create(make(workspace=3), {"subject": "x"})
    assert [body.get("workspace_id") for body in desk.bodies("POST")] == [3, None, None, 3]


def test_a_marker_is_kept_in_full_where_a_field_is_given_for_it(make: Any, desk: Any) -> None:
    desk.on(*MAKE, made())
    desk.on(*CHANGE, {"ticket": {}})
    marker = "isthmus:ops:" + "f" * 32
    connector = make(marker_field="site")
    create(connector, {"subject": "x"}, marker)
    (body,) = desk.bodies("POST")
    assert body["custom_fields"] == {"site": marker}
    assert body["tags"][0].startswith("isthmus#")
    assert "site" not in {info.id for info in connector.fields()}
    with pytest.raises(RejectedError, match="no field site"):
        update(connector, custom_fields=[{"id": "site", "value": "of another"}])


def test_a_field_for_markers_that_does_not_exist_is_told(make: Any, desk: Any) -> None:
    desk.get("tickets", {"tickets": []})
    with pytest.raises(ConfigError, match="marker_field: tickets have no field 'ref'; known are site, floor"):
        make(marker_field="ref").check()


def test_a_create_carries_no_comments(plain: Freshservice) -> None:
    comment = NewComment({"body": "x"}, Visibility.PUBLIC, "ops/1/1")
    with pytest.raises(RejectedError, match="no comments"):
        create(plain, {"subject": "x"}, comments=(comment,))


def test_a_status_that_the_account_does_not_have_is_told_before_the_write(plain: Freshservice, desk: Any) -> None:
    with pytest.raises(RejectedError, match="no status 'In Progress', only Open, Pending"):
        create(plain, {"subject": "x", "status": "In Progress"})
    assert desk.bodies("POST") == []


def test_a_field_that_the_account_does_not_have_is_told_before_the_write(plain: Freshservice, desk: Any) -> None:
    fields = [{"id": "site", "value": "x"}, {"id": "nowhere", "value": 1}, {"id": "subject", "value": 1}]
    with pytest.raises(RejectedError, match="no field nowhere, subject"):
        create(plain, {"subject": "x", "custom_fields": fields})
    desk.get("ticket_form_fields", (403, {}, {}))
    desk.on(*MAKE, made())
    create(Freshservice(plain.settings, plain.context), {"subject": "x", "custom_fields": fields[1:2]})
    assert desk.bodies("POST")[0]["custom_fields"] == {"nowhere": 1}


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("custom_text", 5, "5"),
        ("custom_text", True, "true"),
        ("custom_text", "", None),
        ("custom_paragraph", None, None),
        ("custom_dropdown", "S", "S"),
        ("custom_number", "5", 5),
        ("custom_number", 5, 5),
        ("custom_number", "5.5", 5.5),
        ("custom_number", "many", "many"),
        ("custom_decimal", "5", 5.0),
        ("custom_checkbox", "yes", True),
        ("custom_checkbox", False, False),
        ("custom_checkbox", "perhaps", "perhaps"),
        ("custom_date", "2026-05-06", "2026-05-06"),
        ("custom_multi_select_dropdown", ["a"], ["a"]),
    ],
)
def test_values_take_the_types_of_their_fields(kind: str, value: Any, sent: Any) -> None:
    found = fitted({"x": value}, {"x": {"field_type": kind}}, "desk")["x"]
    assert (found, type(found)) == (sent, type(sent))


# -- update


def test_an_update_sends_what_changes(plain: Freshservice, desk: Any) -> None:
    desk.on(*CHANGE, {"ticket": {}})
    outcome = update(
        plain,
        subject="after",
        description="",
        status="Resolved",
        priority=None,
        responder_id=None,
        group_id=None,
        category=None,
        cc_emails=["x"],
        resolution_notes_html="<p>Done</p>",
        custom_fields=[{"id": "site", "value": ""}],
    )
    assert outcome.record_id == "7"
    assert desk.bodies("PUT") == [
        {
            "subject": "after",
            "status": 4,
            "responder_id": None,
            "group_id": None,
            "category": None,
            "resolution_notes_html": "<p>Done</p>",
            "custom_fields": {"site": None},
        }
    ]
    assert "tickets/7" not in desk.paths()


def test_an_update_of_tags_keeps_ours(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.get("tickets/7", {"ticket": ticket(7, tags=["old", "isthmus:ops:1"])})
    desk.on(*CHANGE, {"ticket": {}})
    update(plain, tags=["new"])
    update(plain, tags=[])
    assert desk.bodies("PUT") == [{"tags": ["new", "isthmus:ops:1"]}, {"tags": ["isthmus:ops:1"]}]


@pytest.mark.parametrize(
    ("due", "first"), [("2026-05-09T08:00:00Z", "2026-05-07T08:00:00Z"), ("2026-05-06T08:00:00Z", "2026-05-06T07:59:00Z")]
)
def test_a_due_time_goes_with_that_of_the_first_response(
    plain: Freshservice, desk: Any, ticket: Ticket, due: str, first: str
) -> None:
    desk.get("tickets/7", {"ticket": ticket(7)})
    desk.on(*CHANGE, {"ticket": {}})
    update(plain, due_by=due)
    assert desk.bodies("PUT") == [{"due_by": due, "fr_due_by": first}]
    update(plain, due_by=None)
    assert len(desk.bodies("PUT")) == 1


@pytest.mark.parametrize(
    ("held", "wanted", "way"),
    [
        ("Incident", "Major Incident", ["promote"]),
        ("Major Incident", "Incident", ["demote"]),
        ("Major Incident", "Major Incident", []),
        ("Service Request", "Incident", []),
    ],
)
def test_a_major_incident_is_made_where_it_is_none_yet(
    plain: Freshservice, desk: Any, ticket: Ticket, held: str, wanted: str, way: list[str]
) -> None:
    desk.get("tickets/7", {"ticket": ticket(7, type=held)})
    desk.on(*CHANGE, {"ticket": {}})
    for each in ("promote", "demote"):
        desk.on("PUT", f"/api/v2/tickets/7/{each}", {"ticket": {}})
    update(plain, type=wanted)
    assert desk.paths("PUT") == [path for each in way for path in (f"tickets/7/{each}", "tickets/7")]
    assert desk.bodies("PUT")[1:] == [{"priority": 3} for _ in way], "which the vendor sets, and nobody has changed"


def test_a_request_cannot_become_a_major_incident(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    desk.get("tickets/7", {"ticket": ticket(7, type="Service Request")})
    with pytest.raises(RejectedError, match="Service Request"):
        update(plain, type="Major Incident")


def test_a_ticket_follows_its_group_to_another_workspace(make: Any, desk: Any, ticket: Ticket) -> None:
    desk.get("workspaces", WORKSPACES)
    desk.get("groups", {"groups": [{"id": 41, "name": "A", "workspace_id": 2}, {"id": 42, "name": "B", "workspace_id": 3}]})
    desk.get("tickets/7", {"ticket": ticket(7, responder_id=31)})
    desk.on("PUT", "/api/v2/tickets/7/move_workspace", {"ticket": {}})
    desk.on(*CHANGE, {"ticket": {}})
    update(make(), group_id="42")
    update(make(), group_id="42", responder_id="32")
    update(make(), group_id="41")
    update(make(), group_id="99")
    assert desk.paths("PUT").count("tickets/7/move_workspace") == 2
    assert desk.bodies("PUT")[:3] == [
        {"workspace_id": 3, "group_id": 42, "responder_id": 31},
        {"group_id": 42},
        {"workspace_id": 3, "group_id": 42, "responder_id": 32},
    ]


def test_a_ticket_in_the_trash_is_not_found(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    with pytest.raises(NotFoundError):
        update(plain, subject="x")
    desk.get("tickets/7", {"ticket": ticket(7, deleted=True)})
    with pytest.raises(NotFoundError, match="trash"):
        update(plain, tags=["x"])


def test_a_refusal_names_the_ticket_and_keeps_the_vendors_words(plain: Freshservice, desk: Any) -> None:
    errors = [{"field": "category", "message": "It should not be blank", "code": "missing_field"}]
    desk.on(*CHANGE, (400, {}, {"description": "Validation failed", "errors": errors}))
    outcome = send(plain, Update(key="k", record_id="7", body={"status": "Resolved"}))
    assert isinstance(outcome.error, RejectedError)
    assert outcome.error.key == "7"
    assert outcome.error.vendor_words == "category: It should not be blank (missing_field)"
    desk.on(*CHANGE, (409, {}, {"code": "inconsistent_state", "message": "being changed"}))
    outcome = send(plain, Update(key="k", record_id="7", body={"status": "Resolved"}))
    assert isinstance(outcome.error, StaleVersionError)


def test_an_update_that_changes_nothing_makes_no_call(plain: Freshservice, desk: Any) -> None:
    update(plain, cc_emails=["x"], priority=None)
    assert desk.bodies("PUT") == []


def test_a_write_to_a_hidden_ticket_concerns_that_ticket_alone(plain: Freshservice, desk: Any, ticket: Ticket) -> None:
    hidden = (403, {}, {"code": "access_denied", "message": "You are not authorized"})
    desk.on(*CHANGE, hidden)
    desk.get("tickets/7", hidden)
    desk.get("tickets", {"tickets": []})
    write = Update(key="k", record_id="7", body={"subject": "x"})
    outcome = send(plain, write)
    assert isinstance(outcome.error, RejectedError)
    assert "You are not authorized" in outcome.error.vendor_words
    desk.get("tickets/7", {"ticket": ticket(7)})
    with pytest.raises(ForbiddenError):
        send(plain, write)
    desk.on(*MAKE, hidden)
    with pytest.raises(ForbiddenError):
        send(plain, Create(key="k", marker="m", body={"subject": "x"}))


# -- delete


def test_a_ticket_goes_to_the_trash_once(plain: Freshservice, desk: Any) -> None:
    desk.on("DELETE", "/api/v2/tickets/7", (204, {}, ""), (404, {}, ""))
    for _ in range(2):
        assert send(plain, Delete(key="k", record_id="7")).error is None
    assert len(desk.bodies("DELETE")) == 2


def test_a_note_on_a_ticket_that_is_gone_is_not_found(plain: Freshservice, desk: Any) -> None:
    comment = NewComment({"body": "x"}, Visibility.PUBLIC, "ops/1/1")
    outcome = send(plain, AddComment(key="k", record_id="7", comment=comment))
    assert isinstance(outcome.error, NotFoundError)
