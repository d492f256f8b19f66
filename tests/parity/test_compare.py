"""The judge of replies: what it lets pass, and what it tells."""

from __future__ import annotations

import pytest
from parity.compare import Evidence, Rules, compare, compare_headers, compare_status, watched

RULES = Rules(
    kinds={"ticket": "ticket", "tickets": "ticket", "results": "result", "events": "event"},
    mixed=frozenset({"result", "event"}),
    shared=frozenset({"next_page"}),
    documented={"ticket.due_at": "string"},
    open=frozenset({"ticket.fields"}),
)
TICKET = {"id": 1, "subject": "Printer", "due_at": None, "tags": ["a"], "fields": {"x": 1}, "via": {"channel": "web"}}
PAGE = {"tickets": [TICKET, {**TICKET, "id": 2, "assignee_id": None}], "next_page": None}


def told(recorded, actual, *others, place="GET /tickets"):
    evidence = Evidence(RULES)
    for reply in (recorded, *others):
        evidence.add(place, reply)
    return [str(difference) for difference in compare(evidence, place, [recorded], actual)]


def changed(**members):
    return {**PAGE, "tickets": [{**TICKET, **members}]}


def test_other_values_of_the_same_types_are_no_difference():
    other = {**TICKET, "id": 99, "subject": "", "tags": [], "fields": {"y": 2}, "via": {"channel": "api"}}
    assert told(PAGE, {"tickets": [other], "next_page": None}) == []


def test_a_key_of_every_recorded_item_must_be_there():
    ticket = {key: value for key, value in TICKET.items() if key != "subject"}
    assert told(PAGE, {**PAGE, "tickets": [ticket]}) == ["ticket.subject: missing"]


def test_a_key_of_some_recorded_items_may_be_there():
    assert told(PAGE, changed(assignee_id=None)) == []
    assert told(PAGE, changed()) == []


def test_a_key_that_no_recording_has_is_told():
    assert told(PAGE, changed(mood="good")) == ["ticket.mood: not recorded"]
    assert told(PAGE, {**PAGE, "count": 2}) == ["GET /tickets.count: not recorded"]


def test_a_key_that_another_recording_has_at_the_place_is_right():
    assert told(PAGE, changed(mood="good"), {"ticket": {"mood": "bad"}}) == []
    assert told(PAGE, changed(mood=1), {"ticket": {"mood": "bad"}}) == ["ticket.mood: number, recorded is string"]


def test_a_key_of_the_envelope_must_be_there():
    assert told(PAGE, {"tickets": [TICKET]}) == ["GET /tickets.next_page: missing"]


@pytest.mark.parametrize(
    ("members", "difference"),
    [
        ({"id": "1"}, "ticket.id: string, recorded is number"),
        ({"id": True}, "ticket.id: boolean, recorded is number"),
        ({"subject": None}, "ticket.subject: null, recorded is string"),
        ({"tags": "a"}, "ticket.tags: string, recorded is array"),
        ({"tags": [1]}, "ticket.tags[]: number, recorded is string"),
        ({"via": {"channel": 7}}, "ticket.via.channel: number, recorded is string"),
        ({"via": {}}, "ticket.via.channel: missing"),
        ({"via": []}, "ticket.via: array, recorded is object"),
        ({"fields": {"x": "1"}}, "ticket.fields.*: string, recorded is number"),
        ({"assignee_id": 7}, "ticket.assignee_id: number, recorded is null"),
    ],
)
def test_another_type_is_told(members, difference):
    assert told(PAGE, changed(**members)) == [difference]


def test_null_stands_for_a_value_only_where_recordings_show_both():
    assert told(PAGE, changed(assignee_id=7), {"ticket": {"assignee_id": 8}}) == []
    assert told(PAGE, changed(subject=None), {"ticket": {"subject": None}}) == []


def test_a_type_of_the_documents_is_right():
    assert told(PAGE, changed(due_at="2026-01-01T00:00:00Z")) == []
    assert told(PAGE, changed(due_at=5)) == ["ticket.due_at: number, recorded is null or string"]


def test_a_list_of_objects_must_not_be_empty():
    assert told(PAGE, {**PAGE, "tickets": []}) == ["GET /tickets.tickets: empty"]
    assert told({"tickets": []}, {"tickets": []}) == []


def test_an_item_where_the_recorded_list_is_empty_is_held_against_the_other_recordings():
    assert told({"tickets": []}, {"tickets": [TICKET]}, PAGE) == []
    assert told({"tickets": []}, {"tickets": [{**TICKET, "id": "1"}]}, PAGE) == ["ticket.id: string, recorded is number"]
    lacking = {key: value for key, value in TICKET.items() if key != "subject"}
    assert told({"tickets": []}, {"tickets": [lacking]}, PAGE) == ["ticket.subject: missing"]
    assert told({"tickets": []}, {"tickets": [TICKET]}) == ["ticket: object, recorded is nothing"]


def test_items_of_several_sorts_are_held_against_their_own_sort():
    recorded = {"events": [{"type": "Comment", "body": "x"}, {"type": "Change", "field": "status"}]}
    assert told(recorded, {"events": [{"type": "Change", "field": "tags"}]}) == []
    assert told(recorded, {"events": [{"type": "Change"}]}) == ["event(Change).field: missing"]
    assert told(recorded, {"events": [{"type": "Create"}]}) == ["event(Create): object, recorded is nothing"]


def test_the_sort_of_a_found_item_may_be_a_kind():
    recorded = {"results": [{"result_type": "ticket", **TICKET}]}
    assert told(recorded, {"results": [{"result_type": "ticket", **TICKET, "id": "1"}]}) == [
        "ticket.id: string, recorded is number"
    ]


def test_a_list_may_have_a_kind_of_its_own_at_one_place():
    evidence = Evidence(Rules(kinds={"results": "result", "job": "job", "job.results": "row"}))
    assert evidence.item("job.results", {}) == "row"
    assert evidence.item("search.results", {}) == "result"


def test_another_envelope_is_told():
    assert told(PAGE, [TICKET]) == ["GET /tickets: array, recorded is object"]
    assert told(None, "<html>") == ["GET /tickets: string, recorded is null"]


def test_a_member_that_means_the_same_everywhere_shares_its_types():
    evidence = Evidence(RULES)
    evidence.add("GET /tickets", PAGE)
    evidence.add("GET /users", {"next_page": "https://example.com/2"})
    assert list(compare(evidence, "GET /tickets", [PAGE], {**PAGE, "next_page": "https://example.com/3"})) == []


def test_numbers_are_one_type():
    assert told({"score": 1}, {"score": 1.5}) == []


# -- status and headers


@pytest.mark.parametrize(("recorded", "actual"), [(200, 200), (404, 404), (None, 200), (None, 204)])
def test_the_recorded_status(recorded, actual):
    assert list(compare_status(recorded, actual)) == []


@pytest.mark.parametrize(("recorded", "actual"), [(200, 201), (201, 200), (404, 400), (None, 404), (None, 302)])
def test_another_status_is_told(recorded, actual):
    (difference,) = compare_status(recorded, actual)
    assert difference.place == "status"


LINK = '<http://a/t?o=0>;rel="first",<http://a/t?o=2>;rel="next"'
RECORDED = {"x-rate-limit": "400", "link": LINK, "x-total-count": "9", "server": "nginx"}


def headers_told(actual, recorded=RECORDED, other=None):
    evidence = Evidence(RULES)
    evidence.add("GET /tickets", {}, recorded)
    evidence.add("GET /tickets", {}, other)
    return [str(difference) for difference in compare_headers(evidence, recorded, actual)]


def test_only_headers_of_paging_and_limits_count():
    names = {"Link", "X-Total-Count", "Location", "Retry-After", "X-Rate-Limit-Remaining", "RateLimit-Reset", "Rate-Limit"}
    assert watched({*names, "zendesk-ratelimit-search-index", "X-RateLimit-Rule"}) == {
        *map(str.lower, names),
        "zendesk-ratelimit-search-index",
        "x-ratelimit-rule",
    }
    assert watched({"Server", "Content-Type", "X-Limit", "Set-Cookie"}) == set()


def test_the_recorded_headers():
    other = LINK.replace("http://a", "http://127.0.0.1")
    assert headers_told({"X-Rate-Limit": "700", "Link": other, "X-Total-Count": "3", "Via": "x"}) == []


def test_a_missing_header_is_told():
    actual = {"Link": LINK, "X-Total-Count": "3"}
    assert headers_told(actual) == ["header x-rate-limit: missing"]
    assert headers_told({}) == ["header link: missing", "header x-rate-limit: missing", "header x-total-count: missing"]


def test_a_header_of_limits_that_no_recording_has_is_told():
    actual = {**RECORDED, "X-RateLimit-Rule": "r"}
    assert headers_told(actual) == ["header x-ratelimit-rule: not recorded"]
    assert headers_told(actual, other={"x-ratelimit-rule": "q"}) == []


def test_a_header_of_paging_beyond_the_recorded_is_told_even_if_others_have_it():
    recorded = {"x-rate-limit": "1"}
    actual = {**recorded, "Link": LINK}
    assert headers_told(actual, recorded, other={"link": LINK}) == ["header link: not recorded"]


def test_other_relations_are_told():
    actual = {**RECORDED, "link": '<http://a/t?o=0>;rel="first"'}
    assert headers_told(actual) == ["header link: ['first'], recorded is ['first', 'next']"]


def test_headers_that_were_not_recorded_are_no_difference():
    assert list(compare_headers(Evidence(RULES), None, {"X-Rate-Limit": "1"})) == []
