"""Writes: bodies as the site takes them, ways through the workflow, and what becomes of a write of unknown fate."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from isthmus.connectors.jira import Jira
from isthmus.core.connector import Create, Delete, Outcome, Record, Update
from isthmus.core.errors import ForbiddenError, NotFoundError, RejectedError, StaleVersionError, UnavailableError

Make = Callable[..., dict[str, Any]]
LOST = requests.ConnectionError("reset")
REFUSED = (400, {}, {"errorMessages": [], "errors": {"summary": "no"}})


def way(number: str, to: dict[str, Any], **fields: bool) -> dict[str, Any]:
    return {"id": number, "to": to, "fields": {name: {"required": required} for name, required in fields.items()}}


@pytest.fixture
def flow(server: Any, places: Any) -> dict[str, Any]:
    """Where issue 500 stands; its transitions lead on as those of the template do."""
    state: dict[str, Any] = {"at": "Open"}
    ways = {
        "Open": [way("11", places["Work in progress"]), way("41", places["Canceled"])],
        "Work in progress": [way("21", places["Pending"], customfield_2=False), way("61", places["Completed"], resolution=True, customfield_18=False)],
        "Pending": [way("31", places["Work in progress"])],
        "Completed": [way("51", places["Closed"])],
    }  # fmt: skip

    def read(params: Any, body: Any) -> Any:
        kept = {"labels": ["old", "isthmus:ops:9"], "resolution": state.get("resolution")}
        return {"id": "500", "fields": {"status": places[state["at"]], "issuetype": {"id": "10010"}, **kept}}

    def move(params: Any, body: Any) -> Any:
        for each in ways.get(state["at"], []):
            if each["id"] == body["transition"]["id"]:
                state["at"] = each["to"]["name"]
                return 204, {}, None
        return 400, {}, {"errorMessages": ["not available"], "errors": {}}

    server.on("GET", "issue/500", read)
    server.on("PUT", "issue/500", (204, {}, None))
    server.on("GET", "issue/500/transitions", lambda params, body: {"transitions": ways.get(state["at"], [])})
    server.on("POST", "issue/500/transitions", move)
    server.on("POST", "search/jql", {"issues": [], "isLast": True})
    return state


def update(desk: Jira, **body: Any) -> Outcome:
    (outcome,) = desk.submit([Update(key="k", record_id="500", body=body)])
    return outcome


# -- bodies


def test_every_column_is_sent_as_jira_takes_it(desk: Jira, server: Any, flow: Any) -> None:
    assert update(
        desk,
        summary="After",
        description='{"type":"doc","version":1,"content":[]}',
        reporter="qm:fred",
        assignee=None,
        priority="High",
        duedate="2026-08-01",
        impact="Minor / Localized",
        group="Network",
        category="Network",
        subcategory="DNS",
        service="ERP",
        major=True,
        cause="A storm",
        participants=["712020:ana"],
        labels=["new"],
        custom_fields=[
            {"id": "customfield_14", "value": "5.5"},
            {"id": "customfield_15", "value": "2026-07-14T08:30:00Z"},
            {"id": "customfield_16", "value": None},
            {"id": "customfield_19", "value": "Sev-1"},
            {"id": "customfield_99", "value": "gone"},
        ],
    ).error is None  # fmt: skip
    (sent,) = server.sent("PUT", "issue/500")
    assert sent["update"] == {"labels": [{"remove": "old"}, {"add": "new"}]}
    text = sent["fields"].pop("customfield_7")
    assert text["content"][0]["content"][0]["text"] == "A storm"
    assert sent["fields"] == {
        "summary": "After",
        "description": {"type": "doc", "version": 1, "content": []},
        "reporter": {"accountId": "qm:fred"},
        "assignee": None,
        "priority": {"id": "2"},
        "duedate": "2026-08-01",
        "customfield_1": {"id": "101"},
        "customfield_3": {"name": "Network"},
        "customfield_4": {"id": "40", "child": {"id": "101"}},
        "customfield_5": [{"id": "100"}],
        "customfield_6": [{"id": "100"}],
        "customfield_9": [{"accountId": "712020:ana"}],
        "customfield_14": 5.5,
        "customfield_15": "2026-07-14T08:30:00.000+0000",
        "customfield_19": {"value": "Sev-1"},
    }


def test_what_has_no_place_is_left_out_or_refused(desk: Jira, server: Any, flow: Any) -> None:
    empty = dict.fromkeys(["urgency", "tier", "source", "impact", "cause", "subcategory", "workaround"])
    assert update(desk, **empty, custom_fields=[]).error is None
    assert server.sent("PUT", "issue/500") == [{"fields": {"customfield_1": None, "customfield_7": None}}]
    assert "no field for 'urgency'" in str(update(desk, urgency="High").error)
    assert "no category of Jira; it offers: VPN, DNS" in str(update(desk, category="Network", subcategory="ERP").error)
    assert "is no value of the field 'Affected users'" in str(
        update(desk, custom_fields=[{"id": "customfield_14", "value": "many"}]).error
    )
    assert update(desk, category="Misc", subcategory=None, impact="Unheard of", priority="Lowest").error is None
    assert server.sent("PUT", "issue/500")[-1]["fields"] == {
        "customfield_4": {"id": "41"},
        "customfield_1": {"value": "Unheard of"},
        "priority": {"name": "Lowest"},
    }
    assert update(desk, category="Misc", subcategory="Any").error is None
    assert server.sent("PUT", "issue/500")[-1]["fields"]["customfield_4"] == {"id": "41", "child": {"value": "Any"}}


def test_an_update_of_nothing_still_needs_its_issue(desk: Jira, server: Any, flow: Any) -> None:
    assert update(desk, urgency=None).error is None
    assert server.sent("PUT", "issue/500") == []
    server.on("GET", "issue/500", (404, {}, {"errorMessages": ["gone"], "errors": {}}))
    assert isinstance(update(desk, urgency=None).error, NotFoundError)
    (outcome,) = desk.submit([Update(key="k", record_id="../x", body={"summary": "x"})])
    assert isinstance(outcome.error, NotFoundError)
    assert update(desk, labels=["old"]).error is not None


def test_a_conflict_is_a_stale_version(desk: Jira, server: Any, flow: Any) -> None:
    server.on("PUT", "issue/500", (409, {}, {"errorMessages": ["conflict"], "errors": {}}))
    assert isinstance(update(desk, summary="x").error, StaleVersionError)


# -- the workflow


def test_a_status_takes_its_steps_with_the_fields_that_each_demands(desk: Jira, server: Any, flow: Any) -> None:
    assert update(desk, state="Closed", resolution="Done", resolution_notes="Fixed", pending_reason=None).error is None
    assert flow["at"] == "Closed"
    steps = server.sent("POST", "issue/500/transitions")
    assert [step["transition"]["id"] for step in steps] == ["11", "61", "51"]
    assert steps[1]["fields"]["resolution"] == {"id": "90"}
    assert steps[1]["fields"]["customfield_18"]["type"] == "doc"
    assert update(desk, state="Closed", resolution="Done").error is None
    assert len(server.sent("POST", "issue/500/transitions")) == 3


def test_a_reason_goes_with_the_screen_of_pending(desk: Jira, server: Any, flow: Any) -> None:
    flow["at"] = "Work in progress"
    assert update(desk, state="Pending", pending_reason="Waiting on vendor", resolution="Unheard of").error is None
    (step,) = server.sent("POST", "issue/500/transitions")
    assert step == {"transition": {"id": "21"}, "fields": {"customfield_2": {"value": "Waiting on vendor"}}}


def test_what_no_screen_took_is_edited_afterwards(desk: Jira, server: Any, flow: Any) -> None:
    assert update(desk, state="Canceled", resolution="Won't Do", resolution_notes="Not ours").error is None
    (sent,) = server.sent("PUT", "issue/500")
    assert list(sent["fields"]) == ["customfield_18"]


def test_a_resolution_that_changes_without_a_step_is_edited(desk: Jira, server: Any, flow: Any) -> None:
    flow.update(at="Completed", resolution={"id": "90", "name": "Done"})
    assert update(desk, state="Completed", resolution="Done").error is None
    assert server.sent("PUT", "issue/500") == []
    assert update(desk, state="Completed", resolution="Won't Do").error is None
    assert update(desk, resolution="Duplicate").error is None
    assert [sent["fields"] for sent in server.sent("PUT", "issue/500")] == [
        {"resolution": {"id": "91"}},
        {"resolution": {"name": "Duplicate"}},
    ]


def test_a_way_that_does_not_exist_is_refused_and_nothing_moves(desk: Jira, server: Any, flow: Any) -> None:
    flow["at"] = "Work in progress"
    error = update(desk, state="Open").error
    assert isinstance(error, RejectedError)
    assert "offered: Pending, Completed" in str(error)
    assert flow["at"] == "Work in progress"
    flow["at"] = "Closed"
    assert "offered: none" in str(update(desk, state="Open").error)


def test_a_way_is_learned_from_an_issue_that_stands_there(desk: Jira, server: Any, flow: Any, places: Any) -> None:
    server.on("POST", "search/jql", {"issues": [{"id": "7"}], "isLast": True})
    server.on("GET", "issue/7/transitions", {"transitions": [way("71", places["Pending"])]})
    record = Record(
        "500", {"state": "Open", "status.id": "1", "status": "Open", "status.category": "new", "issuetype.id": "10010"}
    )
    assert desk.path(record, {"state": "Pending"}) == [
        {"state": "Work in progress", "pending_reason": None, "resolution": None}
    ]
    assert desk.path(record, {"state": "Open"}) == desk.path(record, {"summary": "x"}) == []
    server.on("GET", "issue/7/transitions", (404, {}, {"errorMessages": ["gone"], "errors": {}}))
    work, done = {"state": "Work in progress", "pending_reason": None}, {"state": "Completed", "pending_reason": None}
    assert desk.path(record, {"state": "Closed", "resolution": "Done"}) == [
        {**done, "resolution": None},
        {**work, "resolution": None},
        {**done, "resolution": "Done"},
    ], "no whole way is known: what may be tried counts"


def test_the_path_says_what_each_step_sets(desk: Jira, server: Any, flow: Any, places: Any) -> None:
    ways = {
        "1": [way("11", places["Work in progress"])],
        "2": [way("61", places["Completed"], resolution=True)],
        "3": [way("51", places["Closed"])],
    }
    ids = iter(["2", "3"])
    server.on("POST", "search/jql", lambda params, body: {"issues": [{"id": next(ids)}], "isLast": True})
    server.on("GET", "issue/500/transitions", {"transitions": ways["1"]})
    for number in ("2", "3"):
        server.on("GET", f"issue/{number}/transitions", {"transitions": ways[number]})
    record = Record("500", {"state": "Open", "status.id": "1", "status": "Open", "issuetype.id": "10010"})
    assert desk.path(record, {"state": "Closed", "resolution": "Done"}) == [
        {"state": "Work in progress", "pending_reason": None, "resolution": None},
        {"state": "Completed", "pending_reason": None, "resolution": "Done"},
    ]


def test_the_path_of_a_new_issue_holds_where_it_begins(desk: Jira, server: Any, flow: Any, places: Any) -> None:
    begins = {"state": "Open", "pending_reason": None, "resolution": None}
    work = {**begins, "state": "Work in progress"}
    server.on("POST", "search/jql", {"issues": [], "isLast": True})
    assert desk.path(None, {"summary": "x"}) == desk.path(None, {"state": "Open"}) == []
    assert desk.path(None, {"state": "Pending"}) == [begins, work], "nothing is known yet: a status of nobody's work"
    server.on("POST", "search/jql", {"issues": [{"id": "7"}], "isLast": True})
    server.on("GET", "issue/7/transitions", {"transitions": []})
    server.on("GET", "project/ITSM/statuses", [])
    assert desk.path(None, {"state": "Pending"}) == [begins, work], "read once"


def test_a_lost_transition_that_happened_counts(desk: Jira, server: Any, flow: Any) -> None:
    def lost(params: Any, body: Any) -> Any:
        flow["at"] = "Work in progress"
        raise LOST

    server.on("POST", "issue/500/transitions", lost)
    assert update(desk, state="Work in progress").error is None
    assert len(server.sent("POST", "issue/500/transitions")) == 1


def test_a_lost_transition_that_did_not_happen_is_not_repeated(desk: Jira, server: Any, flow: Any) -> None:
    server.on("POST", "issue/500/transitions", LOST)
    error = update(desk, state="Work in progress").error
    assert isinstance(error, UnavailableError)
    assert error.maybe_applied
    assert len(server.sent("POST", "issue/500/transitions")) == 1


def test_a_step_that_somebody_else_took_is_none_of_ours(desk: Jira, server: Any, flow: Any) -> None:
    def taken(params: Any, body: Any) -> Any:
        flow["at"] = "Work in progress"
        return 400, {}, {"errorMessages": ["not available"], "errors": {}}

    server.on("POST", "issue/500/transitions", taken)
    assert update(desk, state="Work in progress").error is None


def test_a_refused_step_is_told_in_the_vendors_words(desk: Jira, server: Any, flow: Any) -> None:
    server.on(
        "POST",
        "issue/500/transitions",
        (400, {}, {"errorMessages": [], "errors": {"resolution": "Resolution is required."}}),
    )
    error = update(desk, state="Work in progress").error
    assert isinstance(error, RejectedError)
    assert error.vendor_words == "resolution: Resolution is required."


def test_a_remembered_transition_that_is_gone_is_learned_anew(desk: Jira, server: Any, flow: Any, places: Any) -> None:
    assert update(desk, state="Work in progress").error is None
    flow["at"] = "Open"
    renamed = [way("12", places["Work in progress"])]
    server.on("GET", "issue/500/transitions", {"transitions": renamed})
    moves = iter([(400, {}, {"errorMessages": ["gone"]}), (204, {}, None)])
    server.on("POST", "issue/500/transitions", lambda params, body: next(moves))
    assert update(desk, state="Work in progress").error is None
    assert [sent["transition"]["id"] for sent in server.sent("POST", "issue/500/transitions")] == ["11", "11", "12"]


def test_a_workflow_that_turns_in_circles_ends(desk: Jira, server: Any, flow: Any, places: Any) -> None:
    numbers = iter(range(100))
    server.on(
        "GET",
        "issue/500/transitions",
        lambda params, body: {"transitions": [way(str(next(numbers)), places["Work in progress"])]},
    )
    server.on("POST", "issue/500/transitions", (400, {}, {"errorMessages": ["no"]}))
    assert "does not reach 'Work in progress'" in str(update(desk, state="Work in progress").error)


# -- creating


def create(number: int = 1, **body: Any) -> Create:
    return Create(key=f"k{number}", marker=f"isthmus:ops:{number}", body={"summary": f"number {number}", **body})


def test_a_create_bears_type_request_type_and_marker(make: Callable[..., Jira], server: Any) -> None:
    desk = make(request_type="report a system problem")
    server.on("POST", "issue", (201, {}, {"id": "500", "key": "ITSM-500"}))
    (outcome,) = desk.submit([create(labels=["a"], cause=None, resolution_notes="not on the screen")])
    assert (outcome.error, outcome.record_id) == (None, "500")
    assert server.sent("POST", "issue") == [
        {
            "fields": {
                "summary": "number 1",
                "project": {"key": "ITSM"},
                "issuetype": {"id": "10010"},
                "customfield_8": "31",
                "labels": ["a", "isthmus:ops:1"],
            }
        }
    ]


def test_a_field_can_take_the_marker(make: Callable[..., Jira], server: Any, make_issue: Make) -> None:
    desk = make(marker_field="external id")
    server.on("POST", "issue", (201, {}, {"id": "500", "key": "ITSM-500"}))
    assert desk.create(create()).error is None
    (sent,) = server.sent("POST", "issue")
    assert sent["fields"]["customfield_13"] == "isthmus:ops:1"
    assert "labels" not in sent["fields"]
    found = [make_issue(500, customfield_13="isthmus:ops:1"), make_issue(501, customfield_13="isthmus:ops:1 b")]
    server.on("POST", "search/jql", {"issues": found, "isLast": True})
    assert [record.id for record in desk.find("isthmus:ops:1")] == ["500"]
    (asked,) = server.sent("POST", "search/jql")
    assert asked["jql"] == 'project in ("ITSM") AND cf[13] ~ "\\"isthmus:ops:1\\"" ORDER BY id ASC'
    assert asked["reconcileIssues"] == [500]


def test_the_first_step_rides_with_later_creates(desk: Jira, server: Any, flow: Any) -> None:
    server.on("POST", "issue", (201, {}, {"id": "500", "key": "ITSM-500", "transition": {"status": 204}}))
    assert desk.create(create(state="Work in progress")).error is None
    assert [step["transition"]["id"] for step in server.sent("POST", "issue/500/transitions")] == ["11"]
    assert desk.create(create(state="Work in progress")).error is None
    assert server.sent("POST", "issue")[1]["transition"] == {"id": "11"}
    assert len(server.sent("POST", "issue/500/transitions")) == 1
    assert "transition" not in server.sent("POST", "issue")[0]
    assert desk.create(create(state="Open")).error is None
    assert "transition" not in server.sent("POST", "issue")[2]


def test_a_first_step_that_failed_is_taken_again(desk: Jira, server: Any, flow: Any) -> None:
    server.on("POST", "issue", (201, {}, {"id": "500", "transition": {"status": 400, "errorCollection": {}}}))
    assert desk.create(create(state="Work in progress")).error is None
    flow["at"] = "Open"
    assert desk.create(create(state="Work in progress")).error is None
    assert flow["at"] == "Work in progress"


def test_an_issue_that_was_made_is_named_although_it_did_not_move(desk: Jira, server: Any, flow: Any) -> None:
    server.on("POST", "issue", (201, {}, {"id": "500", "key": "ITSM-500"}))
    server.on("POST", "issue/500/transitions", LOST)
    outcome = desk.create(create(state="Work in progress"))
    assert isinstance(outcome.error, UnavailableError)
    assert (outcome.record_id, outcome.error.maybe_applied) == ("500", True)
    server.on("POST", "issue/500/transitions", REFUSED)
    refused = desk.create(create(state="Work in progress"))
    assert isinstance(refused.error, RejectedError)
    assert refused.record_id == "500"
    server.on("POST", "issue/500/transitions", (403, {}, {"errorMessages": ["no"]}))
    with pytest.raises(ForbiddenError):
        desk.create(create(state="Work in progress"))


def test_many_are_created_in_one_call(desk: Jira, server: Any) -> None:
    def bulk(params: Any, body: Any) -> Any:
        assert len(body["issueUpdates"]) == 3
        told = {
            "status": 400,
            "elementErrors": {"errorMessages": ["bad"], "errors": {"labels": "no"}},
            "failedElementNumber": 1,
        }
        return 201, {}, {"issues": [{"id": "501"}, {"id": "503"}], "errors": [told]}

    server.on("POST", "issue/bulk", bulk)
    writes = [
        *(create(number) for number in (1, 2, 3)),
        create(4, cause="x", custom_fields=[{"id": "customfield_14", "value": "y"}]),
    ]
    outcomes = {outcome.key: outcome for outcome in desk.submit(writes)}
    assert [outcomes[f"k{number}"].record_id for number in (1, 2, 3)] == ["501", None, "503"]
    error = outcomes["k2"].error
    assert isinstance(error, RejectedError)
    assert error.vendor_words == "bad; labels: no"
    assert isinstance(outcomes["k4"].error, RejectedError)


def test_when_none_of_many_worked_each_is_tried_by_itself(desk: Jira, server: Any) -> None:
    server.on("POST", "issue/bulk", (400, {}, {"issues": [], "errors": [{"status": 400}]}))
    server.on("POST", "issue", REFUSED, (201, {}, {"id": "502"}))
    outcomes = list(desk.submit([create(1), create(2)]))
    assert [outcome.record_id for outcome in outcomes] == [None, "502"]
    assert isinstance(outcomes[0].error, RejectedError)


@pytest.mark.parametrize("reply", [LOST, (201, {}, {"issues": [{"id": "1"}], "errors": []}), (201, {}, {"odd": True})])
def test_a_bulk_create_of_unknown_fate_is_not_repeated(desk: Jira, server: Any, reply: Any) -> None:
    server.on("POST", "issue/bulk", reply)
    outcomes = list(desk.submit([create(1), create(2)]))
    assert all(isinstance(outcome.error, UnavailableError) and outcome.error.maybe_applied for outcome in outcomes)
    assert len(server.sent("POST", "issue/bulk")) == 1


def test_a_forbidden_create_stops_the_run(desk: Jira, server: Any) -> None:
    server.on("POST", "issue/bulk", (403, {}, {"errorMessages": ["no"]}))
    with pytest.raises(ForbiddenError):
        list(desk.submit([create(1), create(2)]))
    server.on("POST", "issue", (403, {}, {"errorMessages": ["no"]}))
    with pytest.raises(ForbiddenError):
        desk.create(create())


def test_a_create_of_unknown_fate_is_not_repeated(desk: Jira, server: Any) -> None:
    server.on("POST", "issue", LOST)
    outcome = desk.create(create())
    assert isinstance(outcome.error, UnavailableError)
    assert outcome.error.maybe_applied
    assert len(server.sent("POST", "issue")) == 1


def test_a_create_carries_no_comments(desk: Jira) -> None:
    write = Create(key="k", marker="m", body={}, comments=(None,))  # type: ignore[arg-type]
    assert isinstance(desk.create(write).error, RejectedError)
    assert [isinstance(each.error, RejectedError) for each in desk.submit([write, write])] == [True, True]


# -- deleting


def test_deleting(desk: Jira, server: Any) -> None:
    server.on(
        "DELETE",
        "issue/500",
        (204, {}, None),
        (404, {}, {"errorMessages": ["gone"]}),
        (400, {}, {"errorMessages": ["has subtasks"]}),
    )
    write = Delete(key="k", record_id="500")
    assert desk.delete(write).error is None
    assert desk.delete(write).error is None
    (outcome,) = desk.submit([write])
    assert isinstance(outcome.error, RejectedError)


# -- Data Center


def test_data_center_speaks_wiki_markup_and_user_names(center: Jira, server: Any) -> None:
    server.on("PUT", "/rest/api/2/issue/500", (204, {}, None))
    text = json.dumps(
        {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a *b*"}]}]}
    )
    (outcome,) = center.submit(
        [Update(key="k", record_id="500", body={"description": text, "assignee": "ana", "cause": "c_d"})]
    )
    assert outcome.error is None
    (sent,) = server.sent("PUT", "/rest/api/2/issue/500")
    assert sent["fields"] == {"description": "a \\*b\\*", "assignee": {"name": "ana"}, "customfield_7": "c_d"}
