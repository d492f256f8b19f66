"""The whole check on small recordings of our own, against both sandboxes: it passes what is right and tells the rest."""

from __future__ import annotations

import copy
import json

import pytest
from parity.account import pair_up
from parity.listed import Listed, Outside
from parity.replay import check

SYS_ID = "0123456789abcdef0123456789abcdef"
LIMITS = {
    "X-Rate-Limit": "400",
    "X-Rate-Limit-Remaining": "399",
    "RateLimit-Limit": "400",
    "RateLimit-Remaining": "399",
    "RateLimit-Reset": "9",
    "Rate-Limit": "400",
    "Rate-Limit-Remaining": "399",
    "Rate-Limit-Reset": "9",
}
GROUP = {
    "url": "https://example.com/api/v2/groups/77.json",
    "id": 77,
    "is_public": True,
    "name": "Parity",
    "description": "",
    "default": False,
    "deleted": False,
    "created_at": "2026-05-06T07:45:46Z",
    "updated_at": "2026-05-06T07:45:46Z",
}


def exchange(method, path, status, reply, body=None, headers=None, **params):
    """Give a recorded exchange; each shares nothing with another, so that a test may alter it."""
    recorded = {
        "method": method,
        "path": path,
        "request": {"params": params, "data": body},
        "response": {"status": status, "headers": headers or {}, "body": reply},
    }
    return copy.deepcopy(recorded)


def zendesk():
    """A group is created and shown; then a ticket is asked for that there never was."""
    location = {**LIMITS, "Location": "https://example.com/api/v2/groups/77.json"}
    return [
        exchange("POST", "/api/v2/groups.json", 201, {"group": GROUP}, {"group": {"name": "Parity"}}, location),
        exchange("GET", "/api/v2/groups/77.json", 200, {"group": GROUP}, headers=LIMITS),
        exchange(
            "GET", "/api/v2/tickets/5.json", 404, {"error": "RecordNotFound", "description": "Not found"}, headers=LIMITS
        ),
    ]


def servicenow():
    """A person is shown, then one page of people."""
    fields = {"sysparm_fields": "sys_id,name"}
    row = {"sys_id": SYS_ID, "name": "Ann Example"}
    link = '<https://example.com/x>;rel="first",<https://example.com/x>;rel="next",<https://example.com/x>;rel="last"'
    paging = {"Link": link, "X-Total-Count": "40"}
    path = "/api/now/table/sys_user"
    return [
        exchange("GET", f"{path}/{SYS_ID}", 200, {"result": row}, **fields),
        exchange("GET", path, 200, {"result": [row]}, headers=paging, sysparm_limit=1, **fields),
    ]


RECORDED = {"zendesk": zendesk, "servicenow": servicenow}


@pytest.fixture
def verdict(tmp_path):
    """Checks exchanges, as if they were all the recordings of a vendor."""

    def judged(vendor, exchanges, outside=(), listed=()):
        folder = tmp_path / vendor
        folder.mkdir()
        (folder / "recorded.json").write_text(json.dumps({"exchanges": exchanges}), "utf-8")
        return check(tmp_path, vendor, outside, listed)

    return judged


@pytest.mark.parametrize("vendor", RECORDED)
def test_what_the_sandbox_answers_as_recorded_passes(verdict, vendor):
    exchanges = RECORDED[vendor]()
    found = verdict(vendor, exchanges)
    assert (found.wrong, found.stale) == ([], [])
    assert (found.compared, found.outside, found.listed) == (len(exchanges), 0, 0)
    assert str(found).startswith(f"{len(exchanges)} exchanges compared")


ALTERED = {
    "a key that the sandbox lacks": (
        "zendesk",
        1,
        lambda response: response["body"]["group"].update(mood=1),
        "group.mood: missing",
    ),
    "another status": ("zendesk", 2, lambda response: response.update(status=410), "status: 404, recorded is 410"),
    "a header that the sandbox lacks": (
        "servicenow",
        0,
        lambda response: response["headers"].update({"X-RateLimit-Limit": "10"}),
        "header x-ratelimit-limit: missing",
    ),
    "a page where the recording has none": (
        "servicenow",
        1,
        lambda response: response["headers"].pop("Link"),
        "header link: not recorded",
    ),
    "another envelope": (
        "zendesk",
        2,
        lambda response: response.update(body={"error": {"title": "Not found"}}),
        "GET /api/v2/tickets/{id} refused.error: string, recorded is object",
    ),
}


def altered(what):
    vendor, number, alter, difference = ALTERED[what]
    exchanges = RECORDED[vendor]()
    alter(exchanges[number]["response"])
    return vendor, exchanges, difference


@pytest.mark.parametrize("what", ALTERED)
def test_a_difference_is_told(verdict, what):
    vendor, exchanges, difference = altered(what)
    found = verdict(vendor, exchanges)
    assert any(line.endswith(difference) for line in found.wrong), found.wrong


def test_a_wrong_type_is_told(verdict):
    exchanges = zendesk()
    for number in (0, 1):
        exchanges[number]["response"]["body"]["group"]["is_public"] = "yes"
    found = verdict("zendesk", exchanges)
    assert [line.partition(": ")[2] for line in found.wrong] == [
        "POST /api/v2/groups.json: group.is_public: boolean, recorded is string",
        "GET /api/v2/groups/77.json: group.is_public: boolean, recorded is string",
    ]


# -- the lists

MISSING = r"group\.mood: missing"


def odd_group():
    return altered("a key that the sandbox lacks")[1]


def test_a_listed_difference_is_counted(verdict):
    found = verdict("zendesk", odd_group(), listed=[Listed("zendesk", r"recorded\.json", MISSING, "why")])
    assert (found.wrong, found.stale, found.listed) == ([], [], 1)


@pytest.mark.parametrize(
    "entry",
    [
        Listed("zendesk", r"another\.json", MISSING, "why"),
        Listed("zendesk", r"recorded\.json", r"group\.mood", "why"),
    ],
)
def test_an_entry_that_covers_nothing_is_stale(verdict, entry):
    found = verdict("zendesk", odd_group(), listed=[entry])
    assert len(found.wrong) == 1
    assert found.stale == [f"{entry}: nothing needs it"]


def test_the_lists_of_other_vendors_do_not_count(verdict):
    entry = Listed("servicenow", r"recorded\.json", MISSING, "why")
    found = verdict("zendesk", odd_group(), [Outside("servicenow", "GET .*", "why")], [entry])
    assert len(found.wrong) == 1
    assert found.stale == []


def test_an_endpoint_outside_the_scope_is_counted(verdict):
    webhook = exchange("GET", "/api/v2/webhooks/9", 200, {"webhook": {"id": "9"}})
    found = verdict("zendesk", [*zendesk(), webhook], [Outside("zendesk", r"GET /api/v2/webhooks/\d+", "why")])
    assert (found.wrong, found.stale) == ([], [])
    assert (found.compared, found.outside) == (3, 1)


def test_an_endpoint_that_the_sandbox_lacks_and_no_entry_covers_is_told(verdict):
    found = verdict("zendesk", [exchange("GET", "/api/v2/webhooks/9", 200, {"webhook": {"id": "9"}})])
    (line,) = found.wrong
    assert line.endswith("GET /api/v2/webhooks/9: status: 404, recorded is 200")


def test_an_endpoint_that_the_sandbox_serves_is_not_outside(verdict):
    entry = Outside("zendesk", r"GET /api/v2/groups/.*", "why")
    found = verdict("zendesk", zendesk(), [entry])
    assert len(found.stale) == 1
    assert "the sandbox serves" in found.stale[0]


def test_an_endpoint_that_no_recording_uses_is_stale(verdict):
    entry = Outside("zendesk", "GET /nowhere", "why")
    assert verdict("zendesk", zendesk(), [entry]).stale == [f"{entry}: nothing needs it"]


# -- ids


def test_ids_are_paired_by_place():
    found = {}
    recorded = {"job": {"id": "a", "results": [{"id": 1}, {"id": 2}]}, "id": None, "name": "x"}
    actual = {"job": {"id": "b", "results": [{"id": 7}]}, "id": 3, "name": "y"}
    pair_up(recorded, actual, frozenset({"id"}), found.__setitem__)
    assert found == {"a": "b", "1": 7}
