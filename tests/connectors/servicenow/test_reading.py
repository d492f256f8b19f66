"""Reading incidents: pages that ACLs make short, keysets, scopes, and what a dropped condition would do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from isthmus.connectors.servicenow import ServiceNow
from isthmus.connectors.servicenow.reading import NOBODY
from isthmus.core.connector import Scope
from isthmus.core.errors import ConfigError, ForbiddenError, UnavailableError, UnexpectedReplyError

INCIDENTS = "/api/now/table/incident"
BATCH = "/api/now/v1/batch"
Row = Callable[..., dict[str, str]]


def paged(rows: list[dict[str, str]], total: int | None) -> tuple[int, dict[str, str], Any]:
    return 200, {} if total is None else {"X-Total-Count": str(total)}, {"result": rows}


def test_columns_come_from_a_row_with_companions_and_without_journals(
    ops: ServiceNow, instance: Any, make_row: Row
) -> None:
    full = make_row(1, u_site="Ulm", comments="", wf_activity="")
    instance.table("incident", {"result": [full]})
    (record,) = ops.fetch([full["sys_id"]])
    assert record.version == "3"
    assert record.changed_at == datetime(2026, 7, 14, 8, 0, tzinfo=UTC)
    fields = instance.params(INCIDENTS)[-1]["sysparm_fields"].split(",")
    assert {"u_site", "caller_id.email", "assignment_group.name", "close_notes"} <= set(fields)
    assert not {"comments", "work_notes", "wf_activity"} & set(fields)
    assert len(fields) == len(set(fields))
    assert instance.params(INCIDENTS)[-1]["sysparm_exclude_reference_link"] == "true"


def test_columns_of_an_empty_table_come_from_the_dictionary(ops: ServiceNow, instance: Any) -> None:
    instance.table("sys_dictionary", {"result": [{"sys_id": "1", "name": "incident", "element": "u_site"}]})
    assert ops.fetch(["a" * 32]) == []
    assert "u_site" in instance.params(INCIDENTS)[-1]["sysparm_fields"]


def test_changes_follow_a_keyset_through_short_and_empty_pages(make: Any, instance: Any, make_row: Row) -> None:
    first = [make_row(1, sys_updated_on="2026-07-14 08:00:00"), make_row(2, sys_updated_on="2026-07-14 08:00:01")]
    last = [make_row(30, sys_updated_on="2026-07-14 08:00:01")]
    instance.table("incident", paged([make_row(1)], 90), paged(first, 90), paged([], 60), paged([], 60), paged(last, 20))
    pages = list(make(page=20).changes(None, Scope()))
    assert [[record.id for record in page.records] for page in pages] == [[f"{1:032x}", f"{2:032x}"], [f"{30:032x}"]]
    _, one, two, three, four = instance.params(INCIDENTS)
    assert "NQ" not in one["sysparm_query"]
    assert "sys_updated_on<=2026-07-14 09:00:00" in one["sysparm_query"]
    assert two["sysparm_query"].count("sys_updated_on<=2026-07-14 09:00:00") == 2
    assert f"sys_updated_on=2026-07-14 08:00:01^sys_id>{2:032x}^NQ" in two["sysparm_query"]
    assert [each.get("sysparm_offset") for each in (one, two, three, four)] == [None, None, "20", "40"]


def test_a_cursor_goes_back_by_the_overlap_and_never_behind_the_quiet_clock(
    ops: ServiceNow, instance: Any, make_row: Row
) -> None:
    instance.table("incident", paged([make_row()], 1))
    (page,) = ops.changes(None, Scope())
    assert json.loads(page.cursor) == {"updated": "2026-07-14 08:58:00"}
    instance.table("incident", paged([make_row(sys_updated_on="2026-07-14 08:59:59")], 1))
    (page,) = ops.changes(page.cursor, Scope())
    assert "sys_updated_on>=2026-07-14 08:57:00" in instance.queries(INCIDENTS)[-1]
    assert json.loads(page.cursor) == {"updated": "2026-07-14 08:59:59"}
    instance.table("incident", paged([], 0))
    (page,) = ops.changes(page.cursor, Scope())
    assert page.records == ()
    assert json.loads(page.cursor) == {"updated": "2026-07-14 08:59:59"}


def test_a_page_in_the_middle_keeps_its_own_place(make: Any, instance: Any, make_row: Row) -> None:
    rows = [make_row(1, sys_updated_on="2026-07-01 08:00:00"), make_row(2, sys_updated_on="2026-07-02 08:00:00")]
    instance.table("incident", paged(rows[:1], 40), paged(rows[:1], 40), paged(rows[1:], 1))
    first, second = make(page=20).changes(None, Scope())
    assert json.loads(first.cursor) == {"updated": "2026-07-01 08:00:00"}
    assert json.loads(second.cursor) == {"updated": "2026-07-14 08:58:00"}


def test_a_foreign_cursor_is_told(ops: ServiceNow) -> None:
    with pytest.raises(ConfigError, match="cursor"):
        list(ops.changes("{}", Scope()))


def test_without_a_count_reading_ends_at_an_empty_page(make: Any, instance: Any, make_row: Row) -> None:
    instance.table(
        "incident", paged([make_row(1)], None), paged([make_row(1)], None), paged([make_row(2)], None), paged([], None)
    )
    assert [len(page.records) for page in make(page=20).changes(None, Scope())] == [1, 1, 0]


def test_a_dropped_condition_is_noticed(ops: ServiceNow, instance: Any, make_row: Row) -> None:
    instance.table("incident", {"result": [make_row(1), make_row(2)]})
    with pytest.raises(UnexpectedReplyError, match="ignored a part of a query"):
        ops.fetch([f"{1:032x}"])


def test_a_page_that_takes_too_long_is_made_smaller(make: Any, instance: Any, make_row: Row) -> None:
    slow = {"error": {"message": "Transaction cancelled: maximum execution time exceeded", "detail": None}}
    instance.table(
        "incident",
        paged([make_row()], 1),
        (500, {}, slow),
        (200, {"X-Total-Count": "9"}, {"result": [make_row()], **slow}),
        (500, {}, slow),
        (500, {}, slow),
        paged([make_row()], 50),
        paged([make_row(2)], 1),
    )
    pages = list(make(page=60).changes(None, Scope()))
    assert [len(page.records) for page in pages] == [1, 1]
    assert [each["sysparm_limit"] for each in instance.params(INCIDENTS)] == ["1", "60", "60", "30", "30", "20", "40"]


def test_a_call_that_is_too_slow_at_any_size_is_unavailable(make: Any, instance: Any, make_row: Row) -> None:
    slow = {"error": {"message": "Transaction cancelled: maximum execution time exceeded"}}
    instance.table("incident", paged([make_row()], 1), (500, {}, slow))
    with pytest.raises(UnavailableError, match="as too slow"):
        list(make(page=20).changes(None, Scope()))


def test_a_page_that_waits_in_the_session_queue_is_no_page_that_is_too_large(
    ops: ServiceNow, instance: Any, make_row: Row, slept: list[float]
) -> None:
    instance.table("incident", *[(202, {}, None)] * 3, paged([make_row()], 1))
    assert list(ops.census(Scope())) == [make_row()["sys_id"]]
    assert slept == [1.0, 2.0, 4.0]


def test_an_error_under_a_good_status_is_tried_again_and_then_told(
    ops: ServiceNow, instance: Any, make_row: Row, slept: list[float]
) -> None:
    broken = {"result": [], "error": {"message": "Something broke", "detail": "half way"}}
    instance.table("incident", {"result": [make_row()]}, broken, (202, {}, {"status": "queued"}), {"result": [make_row()]})
    assert len(ops.fetch([f"{1:032x}"])) == 1
    assert slept == [1.0, 2.0]
    instance.table("incident", broken)
    with pytest.raises(UnavailableError, match="Something broke: half way"):
        ops.fetch([f"{1:032x}"])
    instance.table("incident", (202, {}, None))
    with pytest.raises(UnavailableError, match="session queue"):
        ops.fetch([f"{1:032x}"])


@pytest.mark.parametrize("reply", [{"result": {"sys_id": "x"}}, {"result": ["x"]}, ["x"]])
def test_a_reply_of_another_shape_is_told(ops: ServiceNow, instance: Any, reply: Any) -> None:
    instance.table("incident", reply)
    with pytest.raises(UnexpectedReplyError):
        ops.fetch([f"{1:032x}"])


def test_long_addresses_travel_in_a_batch(ops: ServiceNow, instance: Any, make_row: Row) -> None:
    ids = [f"{number:032x}" for number in range(1, 151)]

    def rows(params: dict[str, str], body: Any) -> Any:
        wanted = params.get("sysparm_query", "")
        return {
            "result": [make_row(number) for number in range(1, 151) if f"{number:032x}" in wanted or number == 1][
                : int(params["sysparm_limit"])
            ]
        }

    instance.table("incident", rows)
    with pytest.raises(UnexpectedReplyError):
        ops.fetch(ids)  # the second hundred is answered with number 1 as well, which was not asked for
    assert [kind for kind, at, _, _ in instance.calls if at == BATCH] == ["POST", "POST"]
    assert len(ops.fetch(ids[:100])) == 100


def test_a_passing_fault_inside_a_batch_is_met_with_another_try(ops: ServiceNow, instance: Any, make_row: Row) -> None:
    slow = (500, {}, {"error": {"message": "Transaction cancelled: maximum execution time exceeded"}})
    rows = [make_row(number) for number in range(1, 61)]
    instance.table("incident", {"result": rows[:1]}, (503, {}, None), (429, {}, None), slow, {"result": rows})
    assert len(ops.fetch([row["sys_id"] for row in rows])) == 60


def test_a_failure_inside_a_batch_is_that_of_the_read(ops: ServiceNow, instance: Any, make_row: Row) -> None:
    refused = (403, {}, {"error": {"message": "Insufficient rights to query records", "detail": "Field(s) present"}})
    instance.table("incident", {"result": [make_row()]}, refused)
    with pytest.raises(ForbiddenError, match="Insufficient rights"):
        ops.fetch([f"{number:032x}" for number in range(60)])


def test_ids_that_cannot_be_asked_for_are_not_there(ops: ServiceNow, instance: Any, make_row: Row) -> None:
    instance.table("incident", {"result": [make_row()]})
    assert ops.fetch(["a,b", "a^b", ""]) == []
    assert ops.fetch([]) == []


def test_find_asks_for_the_chosen_id_and_the_correlation_id(ops: ServiceNow, instance: Any, make_row: Row) -> None:
    instance.table("incident", {"result": [make_row(correlation_id="isthmus:zd:7")]})
    assert [record.id for record in ops.find("isthmus:zd:7")] == [f"{1:032x}"]
    assert "^ORcorrelation_id=isthmus:zd:7" in instance.queries(INCIDENTS)[-1]
    instance.table("incident", {"result": []})
    assert ops.find("isthmus:zd:a^b") == []
    assert "correlation_id=" not in instance.queries(INCIDENTS)[-1]


# -- scope


def test_what_a_ticket_can_leave_does_not_narrow_changes(ops: ServiceNow, instance: Any, make_row: Row) -> None:
    row = make_row(7, opened_at="2026-07-02 00:00:00")
    instance.table("incident", {"result": [row]})
    scope = Scope(
        status=("new",),
        group=("Network",),
        label=("x",),
        key=("INC0000007",),
        opened_after=datetime(2026, 7, 1, tzinfo=UTC),
        updated_after=datetime(2026, 7, 2, tzinfo=UTC),
    )
    list(ops.changes(None, scope))
    query = instance.queries(INCIDENTS)[-1]
    assert query.startswith(
        "numberININC0000007^ORsys_idININC0000007^opened_at>2026-07-01 00:00:00^sys_updated_on>2026-07-02 00:00:00^"
    )
    assert "state" not in query
    assert "assignment_group" not in query
    with pytest.raises(ConfigError, match="scope 'key'"):
        list(ops.changes(None, Scope(key=("a^b",))))


def test_the_count_and_the_census_see_the_whole_scope(ops: ServiceNow, instance: Any, make_row: Row) -> None:
    instance.on("GET", "/api/now/stats/incident", {"result": {"stats": {"count": "73"}}})
    instance.table("sys_user_group", {"result": [{"sys_id": "9" * 32, "name": "Network", "active": "true"}]})
    scope = Scope(status=("pending",), priority=(1, 2), group=("Network", "Nobody's"))
    assert ops.count(scope) == 73
    assert instance.queries("/api/now/stats/incident") == [f"stateIN3,4,5^priorityIN1,2^assignment_groupIN{'9' * 32}"]
    assert ops.count(Scope(label=("vip",), status=("odd",), group=("Nobody's",))) == 73
    assert instance.queries("/api/now/stats/incident")[-1] == (
        f"stateIN{NOBODY}^assignment_groupIN{NOBODY}^sys_idIN{NOBODY}"
    )
    instance.on("GET", "/api/now/stats/incident", {"result": {}})
    with pytest.raises(UnexpectedReplyError, match="count"):
        ops.count(Scope())
    instance.table("incident", paged([make_row(1)], 20_001), paged([make_row(5)], 1))
    assert list(ops.census(Scope())) == [f"{1:032x}", f"{5:032x}"]
    assert instance.queries(INCIDENTS)[-1] == f"sys_id>{1:032x}^ORDERBYsys_id"


def counting(totals: dict[str, int], row: dict[str, str]) -> Callable[..., Any]:
    def answer(params: dict[str, str], body: Any) -> Any:
        query = params.get("sysparm_query", "")
        if query in totals:
            return paged([], totals[query])
        return paged([row], 1)

    return answer


def test_a_native_query_is_proven_once_and_carried_in_every_half(make: Any, instance: Any, make_row: Row) -> None:
    row = make_row(category="network", active="true")
    nothing = f"sys_idIN{NOBODY}^OR"
    totals = {
        "category=network": 4,
        f"{nothing}category=network": 4,
        "active=true": 0,
        "vip=true": 9,
        f"{nothing}vip=true": 0,
    }
    instance.table("incident", counting(totals, {**row, "vip": "true"}))
    connector = make()
    for _ in range(2):
        ((record,),) = [page.records for page in connector.changes(None, Scope(native="category=network^NQactive=true"))]
        assert record.body["category"] == "network"
    asked = instance.queries(INCIDENTS)
    assert asked.count("category=network") == 1
    assert "category=network^sys_updated_on<=" in asked[-1]
    assert "^NQactive=true^sys_updated_on<=" in asked[-1]
    with pytest.raises(ConfigError, match="does not understand 'vip=true'"):
        list(connector.changes(None, Scope(native="vip=true")))
    with pytest.raises(ConfigError, match="does not understand 'nosuch=1'"):
        list(connector.changes(None, Scope(native="nosuch=1")))


# -- the zone of the account


def test_an_account_that_would_miss_changes_is_refused(make: Any, instance: Any, make_row: Row, make_user: Any) -> None:
    instance.people[:] = [make_user("isthmus", time_zone="US/Pacific")]
    row = make_row()
    instance.table("incident", paged([row], 1), paged([], 0))
    with pytest.raises(ConfigError, match=r"US/Pacific.*GMT"):
        list(make().changes(None, Scope()))
    instance.table("incident", {"result": [row]})
    assert len(list(make().changes(None, Scope()))) == 1
    instance.table("incident", {"result": []})
    assert len(list(make().changes(None, Scope()))) == 1


def test_the_upper_bound_is_on_the_vendors_clock(make: Any, instance: Any, make_row: Row) -> None:
    late = (200, {"X-Total-Count": "1", "Date": "Tue, 14 Jul 2026 09:05:00 GMT"}, {"result": [make_row()]})
    instance.table("incident", late)
    connector = make()
    assert len(list(connector.changes(None, Scope()))) == 1
    assert len(list(connector.changes(None, Scope()))) == 1
    assert "sys_updated_on<=2026-07-14 09:05:00" in instance.queries(INCIDENTS)[-1]
    assert connector.skew_seconds == timedelta(minutes=5).total_seconds()
    assert connector.calls()["GET /api/now/table/incident"] == 3
