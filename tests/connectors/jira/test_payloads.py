"""Issues in every shape: flat records that say all that Jira said."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from isthmus.connectors.jira import Jira
from isthmus.connectors.jira.columns import find_columns
from isthmus.connectors.jira.payloads import Shape, flat, users_in
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.model import Incident

MAPPING = Mapping(shipped_mapping("jira"))
NAMES = Unlisted()
DOCUMENT = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "No mail."}]}],
}
Make = Callable[..., dict[str, Any]]


def document(record: dict[str, Any]) -> dict[str, Any]:
    found = MAPPING.read(record, NAMES)
    Incident.model_validate({**found, "connection": "c"})
    return found


@pytest.fixture
def columns(server: Any) -> Any:
    return find_columns(server.scripts["GET", "/rest/api/3/field"][0], {})


def test_a_whole_issue_is_flat(make_issue: Make, columns: Any, users: Any) -> None:
    rich = make_issue(
        description=DOCUMENT,
        reporter=users["fred"],
        assignee=users["ana"],
        creator=users["bot"],
        priority={"id": "2", "name": "Emergency"},
        resolution=None,
        labels=["vpn", "isthmus:ops:1", "a"],
        duedate="2026-08-01",
        components=[{"id": "1", "name": "VPN"}],
        votes={"votes": 0},
        customfield_1={"id": "100", "value": "Minor / Localized"},
        customfield_2={"value": "Waiting on vendor"},
        customfield_3={"name": "Network", "groupId": "g"},
        customfield_4={"value": "Network", "child": {"value": "VPN"}},
        customfield_5=[{"value": "ERP"}, {"value": "Mail"}],
        customfield_6=[{"value": "Major incident"}],
        customfield_7=DOCUMENT,
        customfield_8={"requestType": {"id": "31", "name": "Report"}, "currentStatus": {}},
        customfield_9=[users["ana"]],
        customfield_10={
            "name": "Time to resolution",
            "ongoingCycle": {"breachTime": {"epochMillis": 1784019600000}, "goalDuration": {"millis": 3600000}, "paused": True, "breached": False},
        },
        customfield_11={"rating": 4},
        customfield_12="0|hzz",
        customfield_14=5,
        customfield_15="2026-07-14T10:30:00.000+0200",
        customfield_16=["x"],
    )  # fmt: skip
    record = flat(
        rich, Shape(columns=columns, base_url="https://acme.atlassian.net", priorities=("Blocker", "Emergency", "Normal"))
    )
    assert record["state"] == "Work in progress"
    assert (record["pending_reason"], record["marker"], record["priority"]) == (None, "isthmus:ops:1", "High")
    found = document(record)
    assert found["description"] == "<p>No mail.</p>"
    assert (found["status"], found["priority"], found["impact"]) == ("in_progress", 2, 3)
    assert found["requester"] == {"id": "qm:fred", "name": "Fred", "email": "fred@acme.example"}
    assert found["assignee"]["email"] == "ana@acme.example"
    assert (found["group"]["name"], found["category"], found["subcategory"], found["service"]) == (
        "Network",
        "Network",
        "VPN",
        "ERP",
    )
    assert (found["major"], found["cause"], found["watchers"]) == (True, "No mail.", [{"id": "712020:ana"}])
    assert found["sla"] == [
        {
            "name": "Time to resolution",
            "paused": True,
            "breached": False,
            "target_seconds": 3600,
            "due_at": "2026-07-14T09:00:00Z",
        }
    ]
    assert found["satisfaction"] == {"score": "4"}
    assert found["custom"] == {"customfield_14": 5, "customfield_15": "2026-07-14T08:30:00Z", "customfield_16": ["x"]}
    assert (found["labels"], found["due_at"], found["updated_at"]) == (
        ["a", "vpn"],
        "2026-08-01T00:00:00Z",
        "2026-07-14T08:30:00.123000Z",
    )
    assert found["url"] == "https://acme.atlassian.net/browse/ITSM-500"
    assert found["extra"] == {
        "project": "ITSM",
        "issuetype": "[System] Incident",
        "components": ["VPN"],
        "services": ["ERP", "Mail"],
        "request_type": "Report",
        "priority.name": "Emergency",
    }
    assert {user["displayName"] for user in users_in(rich)} == {"Fred", "Ana", "Sync"}


def test_empty_is_not_unknown(make_issue: Make, columns: Any) -> None:
    empty = make_issue(
        description=None,
        reporter=None,
        assignee=None,
        priority=None,
        resolution=None,
        status=None,
        **{f"customfield_{number}": None for number in range(1, 20)},
    )
    found = document(flat(empty, Shape(columns=columns, marker_field="customfield_13")))
    for name in (
        "description",
        "requester",
        "assignee",
        "priority",
        "group",
        "category",
        "service",
        "major",
        "cause",
        "satisfaction",
    ):
        assert found[name] is None, name
    assert found["watchers"] == []
    assert "status" not in found
    assert found["custom"]["customfield_14"] is None
    assert found.get("marker", "unknown") is None


@pytest.mark.parametrize(
    ("place", "told", "resolution", "reason", "expected"),
    [
        ("Completed", {}, "Done", "x", ("resolved", None, "Done")),
        ("Work in progress", {}, "Done", "Waiting on vendor", ("in_progress", None, None)),
        ("Pending", {}, None, "Waiting on vendor", ("pending", "vendor", None)),
        ("Waiting for customer", {}, None, None, ("pending", "requester", None)),
        ("Waiting for customer", {}, None, "Pending on change request", ("pending", "change", None)),
        ("Waiting for approval", {}, None, None, ("pending", "approval", None)),
        ("Irgendwas", {"key": "done"}, "Done", None, ("resolved", None, "Done")),
        ("Irgendwas", {"key": "new"}, None, None, ("new", None, None)),
        ("In Vendor Hands", {"key": "new"}, None, "Slow supplier", ("pending", "Slow supplier", None)),
        ("CANCELLED", {}, "Won't Do", None, ("canceled", None, "Won't Do")),
    ],
)
def test_statuses_of_any_site(
    make_issue: Make, columns: Any, place: str, told: Any, resolution: Any, reason: Any, expected: Any
) -> None:
    raw = make_issue(
        status={"id": "9", "name": place, "statusCategory": told},
        resolution=resolution and {"name": resolution},
        resolutiondate=None,
        statuscategorychangedate="2026-07-14T10:00:00.000+0000",
        customfield_2=reason and {"value": reason},
    )
    shape = Shape(columns=columns, statuses={"In Vendor Hands": "Pending"})
    found = document(flat(raw, shape))
    assert (found["status"], found["status_reason"], found["resolution_code"]) == expected
    assert found["status_name"] == place
    done = expected[0] in ("resolved", "canceled")
    assert found["resolved_at"] == ("2026-07-14T10:00:00Z" if done else None)


def test_a_translated_status_and_an_unknown_one(make_issue: Make) -> None:
    translated = make_issue(status={"name": "Offen", "untranslatedName": "Open", "statusCategory": {}})
    assert document(flat(translated, Shape()))["status"] == "new"
    strange = document(flat(make_issue(status={"name": "Seltsam"}, priority={"name": "Sehr dringend"}), Shape()))
    assert "priority" not in strange
    assert strange["extra"]["priority.name"] == "Sehr dringend"
    assert (strange.get("status"), strange["status_name"]) == (None, "Seltsam")


def test_links(make_issue: Make) -> None:
    def other(number: int, kind: str) -> dict[str, Any]:
        return {"id": str(number), "key": f"ITSM-{number}", "fields": {"issuetype": {"name": kind}}}

    raw = make_issue(
        parent=other(1, "Epic"),
        subtasks=[other(2, "Sub-task"), {"id": "9"}],
        issuelinks=[
            {"type": {"name": "Problem/Incident"}, "inwardIssue": other(3, "[System] Problem")},
            {"type": {"name": "Relates"}, "outwardIssue": other(4, "[System] Change")},
            {"type": {"name": "Duplicate"}, "outwardIssue": other(5, "[System] Incident")},
            {"type": {"name": "Post-Incident Reviews"}, "outwardIssue": other(6, "Review")},
            {"type": {"name": "Blocks"}, "outwardIssue": other(7, "Task")},
            {"type": {"name": "Blocks"}},
        ],
    )
    found = document(flat(raw, Shape()))
    page = "https://acme.atlassian.net/browse/ITSM-"
    assert [(link["kind"], link["id"], link.get("url")) for link in found["links"]] == [
        ("parent", "1", f"{page}1"),
        ("child", "2", f"{page}2"),
        ("child", "9", None),
        ("problem", "3", f"{page}3"),
        ("change", "4", f"{page}4"),
        ("duplicate", "5", f"{page}5"),
    ]
    assert found["review_url"] == f"{page}6"
    assert len(found["extra"]["issuelinks"]) == 2
    assert "links" not in document(flat(make_issue(), Shape()))


def test_addresses_of_every_kind(make_issue: Make) -> None:
    def page(address: str) -> Any:
        return flat({**make_issue(), "self": address}, Shape())["url"]

    assert (
        page("https://jira.acme.example/context/rest/api/2/issue/1") == "https://jira.acme.example/context/browse/ITSM-500"
    )
    assert page("https://api.atlassian.com/ex/jira/x/rest/api/3/issue/1") is None
    assert page("nonsense") is None
    assert flat({"id": "1", "fields": {}}, Shape())["url"] is None


def test_people_of_every_kind(make_issue: Make) -> None:
    hidden = {"accountId": "712020:x", "displayName": "Heidi"}
    raw = make_issue(reporter=hidden, assignee={"name": "ana", "key": "JIRAUSER1", "displayName": "Ana"})
    found = document(flat(raw, Shape(addresses={"712020:x": "heidi@acme.example"})))
    assert found["requester"]["email"] == "heidi@acme.example"
    assert found["assignee"] == {"id": "ana", "name": "Ana"}


def test_clocks_that_tell_little(make_issue: Make) -> None:
    raw = make_issue(
        customfield_70={"name": "Done", "completedCycles": [{"breached": True, "goalDuration": {"millis": 1000}}]},
        customfield_71={"completedCycles": [{}]},
        customfield_72={"errorMessage": "no", "i18nErrorMessage": {}},
        customfield_73={"name": "Idle", "completedCycles": []},
    )
    found = document(flat(raw, Shape()))
    assert found["sla"] == [{"name": "Done", "paused": False, "breached": True, "target_seconds": 1}]
    assert found["custom"] == {"customfield_72": {"errorMessage": "no", "i18nErrorMessage": {}}}


def test_odd_values_of_columns(make_issue: Make, columns: Any) -> None:
    raw = make_issue(
        customfield_4="Network", customfield_5={"value": "ERP"}, customfield_7="h1. Why\n*bold*", customfield_11={}
    )
    found = document(flat(raw, Shape(columns=columns)))
    assert (found["category"], found["service"], found["cause"], found["satisfaction"]) == (
        "Network",
        "ERP",
        "Why\n\nbold",
        None,
    )


# -- payloads


def test_envelopes(make_issue: Make) -> None:
    one = make_issue()
    assert [record["id"] for record in Jira.unwrap({"issues": [one, make_issue(501)], "isLast": True})] == ["500", "501"]
    assert [record["id"] for record in Jira.unwrap([{"response": {"body": one}}])] == ["500"]
    hook = {"timestamp": 1, "webhookEvent": "jira:issue_updated", "issue": one, "changelog": {"items": []}}
    assert [record["key"] for record in Jira.unwrap(hook)] == ["ITSM-500"]
    assert list(Jira.unwrap({"comment": {"id": "1", "body": "x"}})) == list(Jira.unwrap("x")) == []
    named = {**make_issue(customfield_77={"value": "Minor / Localized"}), "names": {"customfield_77": "Impact"}}
    named["schema"] = {"customfield_77": {"type": "option", "custom": "x:select"}}
    assert [document(record)["impact"] for record in Jira.unwrap(named)] == [3]
    assert [record["id"] for record in Jira.unwrap({"key": "A-1", "fields": {"summary": "x"}, "zz": 1})] == ["A-1"]


def test_a_request_of_the_service_desk() -> None:
    request = {
        "issueId": "500",
        "issueKey": "ITSM-500",
        "requestTypeId": "31",
        "reporter": {"accountId": "qm:fred", "displayName": "Fred", "emailAddress": "fred@acme.example"},
        "createdDate": {"jira": "2026-07-14T10:00:00.000+0200"},
        "requestFieldValues": [{"fieldId": "summary", "value": "VPN down"}, {"fieldId": "description", "value": "*now*"}],
        "currentStatus": {"status": "Waiting for support", "statusCategory": "NEW"},
    }
    (record,) = Jira.unwrap({"values": [request]})
    found = document(record)
    assert (found["id"], found["title"], found["status"]) == ("500", "VPN down", "new")
    assert found["description"] == "<p><strong>now</strong></p>"
    assert found["opened_at"] == "2026-07-14T08:00:00Z"
    assert found["extra"]["requestTypeId"] == "31"
    (bare,) = Jira.unwrap({"issueId": "1", "issueKey": "A-1"})
    assert "status" not in document(bare)


def test_every_recorded_issue_and_web_hook_is_read() -> None:
    folder = os.environ.get("ISTHMUS_SAMPLES")
    if folder is None:
        pytest.skip("ISTHMUS_SAMPLES names no folder with recorded replies")
    counts = {"issues": 0, "hooks": 0}
    for path in sorted((Path(folder) / "jira_service_management").rglob("*.json")):
        for record in Jira.unwrap(json.loads(path.read_text("utf-8"))):
            found = document(record)
            assert found["id"]
            assert "title" in found or not isinstance(record.get("summary"), str)
            orjson.dumps(found)
            counts["hooks" if path.parent.name == "webhooks" else "issues"] += 1
    assert counts["hooks"] >= 24
    assert counts["issues"] >= 35
