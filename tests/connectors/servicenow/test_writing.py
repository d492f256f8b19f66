"""Writing incidents: markers, merges, batches, refusals and unknown fates."""

from __future__ import annotations

import base64
import io
import json
from contextlib import nullcontext
from typing import Any

import pytest
import requests
from isthmus.connectors.servicenow import ServiceNow
from isthmus.connectors.servicenow.writing import id_for
from isthmus.core.connector import AddComment, AddFile, Create, Delete, FileSource, NewComment, Outcome, Update, Write
from isthmus.core.errors import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
    UnexpectedReplyError,
)
from isthmus.core.model import Visibility

INCIDENTS = "/api/now/table/incident"
BATCH = "/api/now/v1/batch"
A, B = "a" * 32, "b" * 32


def refusal(detail: str) -> tuple[int, dict[str, str], Any]:
    return 403, {}, {"error": {"message": "Operation Failed", "detail": detail}, "status": "failure"}


INSERT_REFUSED = refusal("ACL Exception Insert Failed due to security constraints")
POLICY = refusal("Data Policy Exception: The following fields are mandatory: Resolution code")


def echo(params: dict[str, str], body: Any) -> Any:
    return 201, {}, {"result": {"sys_mod_count": "0", "sys_id": A, **body}}


def create(number: int = 1, **fields: Any) -> Create:
    return Create(key=f"c{number}", marker=f"isthmus:zd:{number}", body={"short_description": "x", **fields})


def comment(key: str, record_id: str, text: str, *, public: bool = True) -> AddComment:
    visibility = Visibility.PUBLIC if public else Visibility.INTERNAL
    return AddComment(key=key, record_id=record_id, comment=NewComment({"value": text}, visibility, "zd/1/2"))


def brief(outcomes: Any) -> list[tuple[str, type | None]]:
    return [(each.key, type(each.error) if each.error else None) for each in outcomes]


def one(connector: ServiceNow, write: Write) -> Outcome:
    (outcome,) = connector.submit([write])
    return outcome


def test_a_create_chooses_its_id_and_keeps_the_marker(ops: ServiceNow, instance: Any) -> None:
    instance.on("POST", INCIDENTS, echo)
    outcome = ops.create(create())
    chosen = id_for("isthmus:zd:1")
    assert (outcome.record_id, outcome.error) == (chosen, None)
    assert len(chosen) == 32
    assert instance.bodies("POST") == [
        {
            "short_description": "x",
            "sys_id": chosen,
            "correlation_id": "isthmus:zd:1",
            "correlation_display": "Isthmus",
        }
    ]
    assert instance.params(INCIDENTS)[-1]["sysparm_input_display_value"] == "false"


def test_a_create_is_repeated_because_its_id_is_chosen(ops: ServiceNow, instance: Any, make_row: Any) -> None:
    instance.on("POST", INCIDENTS, requests.ConnectionError("reset"), refusal("duplicate"))
    instance.table("incident", {"result": [make_row(sys_id=id_for("isthmus:zd:1"))]})
    outcome = ops.create(create())
    assert (outcome.record_id, outcome.error) == (id_for("isthmus:zd:1"), None)
    assert len(instance.bodies("POST")) == 2


def test_an_instance_that_chooses_ids_itself_is_not_sent_a_create_twice(ops: ServiceNow, instance: Any) -> None:
    instance.on(
        "POST", INCIDENTS, (201, {}, {"result": {"sys_id": A, "sys_mod_count": "0"}}), requests.ConnectionError("reset")
    )
    assert ops.create(create()).record_id == A
    outcome = ops.create(create(2))
    assert isinstance(outcome.error, UnavailableError)
    assert outcome.error.maybe_applied
    assert len(instance.bodies("POST")) == 2


def test_a_403_although_inserted_is_settled_by_a_look_up(ops: ServiceNow, instance: Any, make_row: Any) -> None:
    instance.on("POST", INCIDENTS, INSERT_REFUSED)
    instance.table("incident", {"result": [make_row(correlation_id="isthmus:zd:1")]})
    outcome = ops.create(create())
    assert (outcome.record_id, outcome.error) == (f"{1:032x}", None)


def test_an_account_that_may_create_nothing_stops_the_run(ops: ServiceNow, instance: Any) -> None:
    instance.on("POST", INCIDENTS, INSERT_REFUSED)
    with pytest.raises(ForbiddenError, match=r"may not create incidents.*ACL Exception Insert"):
        ops.create(create())


def test_once_it_could_create_a_refusal_concerns_the_record(ops: ServiceNow, instance: Any) -> None:
    instance.on("POST", INCIDENTS, echo, INSERT_REFUSED)
    ops.create(create())
    outcome = ops.create(create(2))
    assert isinstance(outcome.error, RejectedError)
    assert outcome.error.key == id_for("isthmus:zd:2")


def test_a_data_policy_refuses_the_record_in_the_vendors_words(ops: ServiceNow, instance: Any) -> None:
    instance.on("PATCH", f"{INCIDENTS}/{A}", POLICY)
    outcome = ops.update(Update(key="u", record_id=A, body={"state": "6"}))
    assert isinstance(outcome.error, RejectedError)
    assert "mandatory: Resolution code" in outcome.error.vendor_words


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((404, {}, {"error": {"message": "No Record found"}}), NotFoundError),
        (refusal("ACL Exception Update Failed due to security constraints"), RejectedError),
        (refusal("Operation against file 'incident' was aborted by Business Rule 'No^1'"), RejectedError),
        ((400, {}, {"error": "bad"}), RejectedError),
        ((429, {}, {"error": {"message": "Rate limit exceeded"}}), RateLimitedError),
    ],
)
def test_a_refused_update(ops: ServiceNow, instance: Any, answer: Any, error: type[Exception]) -> None:
    instance.on("PATCH", f"{INCIDENTS}/{A}", answer)
    assert isinstance(ops.update(Update(key="u", record_id=A, body={"urgency": "1"})).error, error)


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_permission_of_the_account_stops_the_run(ops: ServiceNow, instance: Any, status: int) -> None:
    answer = (status, {}, {"error": {"message": "User Not Authorized", "detail": "Failed API level ACL Validation"}})
    instance.on("PATCH", f"{INCIDENTS}/{A}", answer)
    with pytest.raises((AuthenticationError, ForbiddenError)):
        ops.update(Update(key="u", record_id=A, body={"urgency": "1"}))
    instance.on("PATCH", f"{INCIDENTS}/{B}", answer)
    writes = [Update(key=each, record_id=each, body={"urgency": "1"}) for each in (A, B)]
    with pytest.raises((AuthenticationError, ForbiddenError)):
        list(ops.submit(writes))


def test_fields_a_comment_and_a_note_travel_in_one_call(ops: ServiceNow, instance: Any) -> None:
    instance.on("PATCH", f"{INCIDENTS}/{A}", echo)
    outcomes = list(
        ops.submit(
            [
                Update(key="u", record_id=A, body={"urgency": "1"}),
                comment("c1", A, "hello"),
                comment("c2", A, "psst", public=False),
                comment("c3", A, "again"),
                Update(key="u2", record_id=A, body={"urgency": "2"}),
            ]
        )
    )
    assert brief(outcomes) == [("u", None), ("c1", None), ("c2", None), ("c3", None), ("u2", None)]
    assert instance.bodies("PATCH") == [
        {"urgency": "1", "comments": "hello", "work_notes": "psst"},
        {"comments": "again"},
        {"urgency": "2"},
    ]


def test_after_a_failure_the_records_later_writes_are_not_sent(ops: ServiceNow, instance: Any) -> None:
    instance.on("PATCH", f"{INCIDENTS}/{A}", POLICY)
    instance.on("PATCH", f"{INCIDENTS}/{B}", echo)
    outcomes = list(
        ops.submit(
            [
                comment("a1", A, "1"),
                comment("b1", B, "1"),
                comment("a2", A, "2"),
                comment("b2", B, "2"),
            ]
        )
    )
    assert brief(outcomes) == [("a1", RejectedError), ("b1", None), ("a2", RejectedError), ("b2", None)]
    assert len([1 for kind, at, _, _ in instance.calls if kind == "PATCH" and at.endswith(A)]) == 1


def test_several_records_travel_in_one_batch(ops: ServiceNow, instance: Any) -> None:
    instance.on("POST", INCIDENTS, echo, INSERT_REFUSED, echo)
    outcomes = list(ops.submit([create(number) for number in (1, 2, 3)]))
    assert brief(outcomes) == [("c1", None), ("c2", RejectedError), ("c3", None)]
    assert len([1 for _, at, _, _ in instance.calls if at == BATCH]) == 1


def test_a_journal_entry_is_never_sent_again(ops: ServiceNow, instance: Any) -> None:
    instance.on("PATCH", f"{INCIDENTS}/{A}", requests.ReadTimeout("lost"))
    error = ops.add_comment(comment("c", A, "hello")).error
    assert isinstance(error, UnavailableError)
    assert error.maybe_applied
    assert len(instance.bodies("PATCH")) == 1
    instance.on("PATCH", f"{INCIDENTS}/{A}", (202, {}, {"status": "queued"}))
    error = ops.add_comment(comment("c", A, "hello")).error
    assert isinstance(error, UnavailableError)
    assert error.maybe_applied
    slow = {"error": {"message": "Transaction cancelled: maximum execution time exceeded"}}
    instance.on("PATCH", f"{INCIDENTS}/{A}", (500, {}, slow))
    error = ops.add_comment(comment("c", A, "hello")).error
    assert isinstance(error, UnavailableError)
    assert error.maybe_applied
    assert len(instance.bodies("PATCH")) == 3


def test_a_lost_batch_leaves_every_fate_open(ops: ServiceNow, instance: Any) -> None:
    instance.on("POST", BATCH, requests.ReadTimeout("lost"))
    outcomes = list(ops.submit([comment("a", A, "1"), comment("b", B, "1")]))
    assert brief(outcomes) == [("a", UnavailableError), ("b", UnavailableError)]
    assert all(each.error.maybe_applied for each in outcomes)  # type: ignore[union-attr]
    assert len([1 for _, at, _, _ in instance.calls if at == BATCH]) == 1


def test_what_a_batch_did_not_reach_is_sent_again(ops: ServiceNow, instance: Any, slept: list[float]) -> None:
    def half(params: dict[str, str], body: Any) -> Any:
        whole = instance._batch({"rest_requests": body["rest_requests"][:1]})
        return {**whole, "unserviced_requests": [item["id"] for item in body["rest_requests"][1:]]}

    for each in (A, B):
        instance.on("PATCH", f"{INCIDENTS}/{each}", echo)
    instance.on("POST", BATCH, half)
    outcomes = list(ops.submit([comment("a", A, "1"), comment("b", B, "1")]))
    assert brief(outcomes) == [("a", None), ("b", None)]
    assert slept == []


def test_a_batch_that_reaches_nothing_gives_up(ops: ServiceNow, instance: Any, slept: list[float]) -> None:
    instance.on(
        "POST",
        BATCH,
        lambda params, body: {
            "serviced_requests": [],
            "unserviced_requests": [item["id"] for item in body["rest_requests"]],
        },
    )
    outcomes = list(ops.submit([comment("a", A, "1"), comment("b", B, "1")]))
    assert brief(outcomes) == [("a", RateLimitedError), ("b", RateLimitedError)]
    assert slept[:3] == [1.0, 2.0, 4.0]
    sizes = [len(body["rest_requests"]) for kind, at, _, body in instance.calls if at == BATCH]
    assert sizes[:2] == [2, 1]


def answered(request: Any, answer: Any) -> Any:
    return {"serviced_requests": [{"id": item["id"], **answer} for item in request["rest_requests"]]}


@pytest.mark.parametrize(
    ("answer", "error", "open_fate"),
    [
        ({"status_code": 500, "body": ""}, UnavailableError, True),
        ({"status_code": 202, "body": ""}, UnavailableError, True),
        ({"body": ""}, UnavailableError, True),
        ({"status_code": 200, "body": "####"}, UnavailableError, True),
        ({"status_code": 404, "body": base64.b64encode(b"<html>").decode()}, NotFoundError, None),
        ({"status_code": 302, "body": ""}, UnexpectedReplyError, None),
        ({"status_code": 401, "body": ""}, AuthenticationError, None),
        ({"status_code": 429, "body": ""}, RateLimitedError, None),
        ({"status_code": 200, "body": base64.b64encode(b'{"error": {"message": "x"}}').decode()}, UnavailableError, True),
        ({"status_code": 422, "body": base64.b64encode(b'"odd"').decode()}, RejectedError, None),
    ],
)
def test_odd_answers_to_items(
    ops: ServiceNow, instance: Any, answer: Any, error: type[Exception], open_fate: bool | None
) -> None:
    instance.on("POST", BATCH, lambda params, request: answered(request, answer))
    writes = [comment("a", A, "1"), comment("b", B, "1")]
    if error in (UnexpectedReplyError, AuthenticationError):
        with pytest.raises(error):
            list(ops.submit(writes))
        return
    outcomes = list(ops.submit(writes))
    assert brief(outcomes) == [("a", error), ("b", error)]
    assert getattr(outcomes[0].error, "maybe_applied", None) is open_fate


def test_an_item_without_a_word_has_an_open_fate(ops: ServiceNow, instance: Any) -> None:
    instance.on("POST", BATCH, {"serviced_requests": []})
    outcomes = list(ops.submit([comment("a", A, "1"), comment("b", B, "1")]))
    assert all(isinstance(each.error, UnavailableError) and each.error.maybe_applied for each in outcomes)
    instance.on("POST", BATCH, {"result": []})
    with pytest.raises(UnexpectedReplyError, match="serviced_requests"):
        list(ops.submit([comment("a", A, "1"), comment("b", B, "1")]))
    instance.on("POST", BATCH, (401, {}, {"error": {"message": "User Not Authenticated"}}))
    with pytest.raises(AuthenticationError):
        list(ops.submit([comment("a", A, "1"), comment("b", B, "1")]))


def test_batches_keep_to_the_vendors_sizes(ops: ServiceNow, instance: Any) -> None:
    for number in range(120):
        instance.on("PATCH", f"{INCIDENTS}/{number:032x}", echo)
    large = "x" * 1_500_000
    writes = [comment(str(number), f"{number:032x}", large if number < 4 else "short") for number in range(120)]
    assert all(each.error is None for each in ops.submit(writes))
    sizes = [len(body["rest_requests"]) for kind, at, _, body in instance.calls if at == BATCH]
    assert sizes == [2, 50, 50, 18]


def test_a_body_over_the_limit_travels_alone(ops: ServiceNow, instance: Any) -> None:
    huge = "x" * 5_000_000
    instance.on("PATCH", f"{INCIDENTS}/{A}", echo)
    instance.on("PATCH", f"{INCIDENTS}/{B}", POLICY)
    instance.on("POST", INCIDENTS, echo)
    outcomes = list(
        ops.submit([comment("a", A, huge), comment("b", B, huge), comment("a2", A, "x"), create(1, description=huge)])
    )
    assert sorted(brief(outcomes), key=lambda each: each[0]) == [
        ("a", None),
        ("a2", None),
        ("b", RejectedError),
        ("c1", None),
    ]
    assert BATCH not in [at for _, at, _, _ in instance.calls]


# -- columns, services


def test_a_value_of_a_custom_column_that_is_not_there_is_refused(ops: ServiceNow, instance: Any, make_row: Any) -> None:
    instance.table("incident", {"result": [make_row(u_site="Ulm")]})
    instance.on("PATCH", f"{INCIDENTS}/{A}", echo)
    outcome = one(ops, Update(key="u", record_id=A, body={"u_site": "Bonn", "u_floor": "3"}))
    assert isinstance(outcome.error, RejectedError)
    assert "no column u_floor" in str(outcome.error)
    assert one(ops, Update(key="u", record_id=A, body={"u_site": "Bonn", "u_floor": ""})).error is None
    assert instance.bodies("PATCH") == [{"u_site": "Bonn"}]


def test_a_service_is_written_by_its_name(ops: ServiceNow, instance: Any) -> None:
    services = [{"sys_id": "1", "name": "VPN"}, {"sys_id": "2", "name": "Mail"}, {"sys_id": "3", "name": "Mail"}]
    instance.table("cmdb_ci_service", {"result": services})
    instance.on("PATCH", f"{INCIDENTS}/{A}", echo)
    for name in ("VPN", "Mail", ""):
        assert one(ops, Update(key="u", record_id=A, body={"business_service": {"name": name}})).error is None
    assert instance.bodies("PATCH") == [{"business_service": "1"}, {"business_service": ""}, {"business_service": ""}]
    (service,) = ops.fields()
    assert (service.id, service.options) == ("business_service.name", (("VPN", "VPN"),))


# -- files, deletes


def source(content: bytes, name: str = "a b&c.txt") -> FileSource:
    return FileSource(name, "text/plain", len(content), lambda: nullcontext(io.BytesIO(content)))


def test_a_file_is_uploaded_raw(ops: ServiceNow, instance: Any) -> None:
    instance.on("POST", "/api/now/attachment/file", (201, {}, {"result": {"sys_id": "f1"}}))
    outcome = ops.add_file(AddFile(key="f", record_id=A, file=source(b"hello"), visibility=Visibility.PUBLIC))
    assert outcome.child_id == "f1"
    assert instance.params("/api/now/attachment/file") == [
        {"table_name": "incident", "table_sys_id": A, "file_name": "a b&c.txt"}
    ]
    assert instance.bodies("POST") == [b"hello"]
    assert ops.add_file(AddFile(key="f", record_id=A, file=source(b""), visibility=Visibility.PUBLIC)).error is None


def test_a_refused_file_and_a_lost_one(ops: ServiceNow, instance: Any) -> None:
    instance.on("POST", "/api/now/attachment/file", (400, {}, {"error": {"message": "Invalid extension"}}))
    assert isinstance(
        ops.add_file(AddFile(key="f", record_id=A, file=source(b"x"), visibility=Visibility.PUBLIC)).error, RejectedError
    )
    instance.on("POST", "/api/now/attachment/file", requests.ReadTimeout("lost"))
    error = ops.add_file(AddFile(key="f", record_id=A, file=source(b"x"), visibility=Visibility.PUBLIC)).error
    assert isinstance(error, UnavailableError)
    assert error.maybe_applied
    instance.on("POST", "/api/now/attachment/file", (403, {}, {"error": {"message": "User Not Authorized"}}))
    with pytest.raises(ForbiddenError):
        ops.add_file(AddFile(key="f", record_id=A, file=source(b"x"), visibility=Visibility.PUBLIC))


def test_deletes(ops: ServiceNow, instance: Any) -> None:
    instance.on("DELETE", f"{INCIDENTS}/{A}", (204, {}, None))
    assert ops.delete(Delete(key="d", record_id=A)) == Outcome("d", A)
    instance.on("DELETE", f"{INCIDENTS}/{A}", refusal("ACL Exception Delete Failed due to security constraints"))
    assert isinstance(ops.delete(Delete(key="d", record_id=A)).error, RejectedError)


def test_a_create_body_for_people_leaves_out_what_only_the_instance_knows() -> None:
    body = {"short_description": "x", "business_service": {"name": "VPN"}}
    assert ServiceNow.wrap(body) == {"short_description": "x"}
    assert json.dumps(ServiceNow.wrap({})) == "{}"


def test_a_reply_without_a_row(ops: ServiceNow, instance: Any, make_row: Any) -> None:
    instance.on("PATCH", f"{INCIDENTS}/{A}", (200, {}, None))
    assert ops.update(Update(key="u", record_id=A, body={"urgency": "1"})) == Outcome("u", A)
    instance.on("POST", INCIDENTS, (201, {}, None))
    assert ops.create(create()) == Outcome("c1", id_for("isthmus:zd:1"))
    instance.table("incident", {"result": [make_row(correlation_id="isthmus:zd:1")]})
    assert ops.create(create()).record_id == f"{1:032x}"
    instance.on("POST", "/api/now/attachment/file", (201, {}, None))
    added = ops.add_file(AddFile(key="f", record_id=A, file=source(b"x"), visibility=Visibility.PUBLIC))
    assert (added.child_id, added.error) == (None, None)
