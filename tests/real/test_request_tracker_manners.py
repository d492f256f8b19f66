"""What a real Request Tracker does that hardly anybody would think of, and the connector's answer to each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from isthmus.connectors.request_tracker import RequestTracker
from isthmus.core.connector import AddComment, Connector, Create, NewComment, Scope, Update
from isthmus.core.errors import ConfigError, RejectedError, StaleVersionError
from isthmus.core.mapping.values import same
from isthmus.core.model import Visibility
from isthmus.testing.deeds import Deeds


@pytest.fixture
def bench(request_tracker: ModuleType, request_tracker_server: Any) -> Iterator[Any]:
    made = request_tracker.RequestTrackerBench(request_tracker_server)
    yield made
    made.close()


def account(bench: Any, user: str, **options: Any) -> Connector:
    """Give a connector under another account."""
    auth = {"kind": "basic", "user": user, "password": bench.secret(f"{user}-pass")}
    return RequestTracker(RequestTracker.Settings.model_validate(bench.settings(auth, **options)), bench.context())


def status_of(connector: Connector, record_id: str) -> str:
    (record,) = connector.fetch([record_id])
    return record.body["Status"]


def reply(record_id: str, visibility: Visibility) -> AddComment:
    return AddComment(key="k", record_id=record_id, comment=NewComment({"Content": "<p>x</p>"}, visibility, "a/1/2"))


def test_searches_are_read_in_the_zone_of_the_account(bench: Any) -> None:
    tokyo = account(bench, "tokyo")
    old = bench.open("old")
    bench.advance(7200)
    start = bench.now() - timedelta(seconds=5)
    new = bench.open("new")
    assert tokyo.identify().zone == "Asia/Tokyo"
    assert list(tokyo.census(Scope(opened_after=start))) == [new]
    pages = list(tokyo.changes((start + timedelta(seconds=60)).isoformat(), Scope()))
    assert [record.id for page in pages for record in page.records] == [new]
    assert list(tokyo.census(Scope())) == [old, new]


def test_an_account_without_a_zone_says_so(bench: Any) -> None:
    with pytest.raises(ConfigError, match="time zone UTC"):
        account(bench, "nowhere").check()
    assert account(bench, "nowhere", zone="UTC").check().zone == "UTC"


def test_a_queue_without_our_field_takes_no_ticket(bench: Any) -> None:
    assert "Unmarked" in bench.connector.check().warnings[0]
    unmarked = next(group.id for group in bench.connector.groups() if group.name == "Unmarked")
    with pytest.raises(RejectedError, match="Unmarked"):
        bench.connector.create(Create(key="k", marker="m", body={"Queue": unmarked, "Subject": "s"}))
    assert bench.ids() == set()


@pytest.mark.parametrize("group", [None, {"name": "A group of another tool"}], ids=["none", "unknown"])
def test_the_default_queue_is_foreseen(bench: Any, group: dict[str, str] | None) -> None:
    """Else it would be taken for a person's choice, and carried to the tool that the ticket comes from."""
    deeds = Deeds(bench)
    document = deeds.document("nobody's", group=group, assignee=None)
    held = deeds.values(deeds.create(document))["assignment"]
    assert same(held, deeds.image(document)["assignment"])
    assert held["group"]["name"] == "Support"


@pytest.mark.parametrize("status", ["new", "resolved", "rejected", "stalled"])
def test_a_reply_leaves_the_status_and_a_comment_does_as_well(bench: Any, status: str) -> None:
    record_id = bench.open("to be replied to")
    if status != "new":
        bench.call("PUT", f"/ticket/{record_id}", {"Status": status})
    for visibility in Visibility:
        (outcome,) = bench.connector.submit([reply(record_id, visibility)])
        assert outcome.error is None
        assert status_of(bench.connector, record_id) == status
    assert [seen.public for seen in bench.comments(record_id)] == [each is Visibility.PUBLIC for each in Visibility]


def test_a_lifecycle_that_refuses_a_jump_is_heard(bench: Any) -> None:
    strict = next(group.id for group in bench.connector.groups() if group.name == "Strict")
    body = {"Queue": strict, "Subject": "s", "Content": "<p>x</p>", "Requestor": "robin", "Status": "resolved"}
    outcome = bench.connector.create(Create(key="k", marker="m", body=body))
    assert isinstance(outcome.error, RejectedError)
    assert "can't change status from 'new' to 'resolved'" in outcome.error.vendor_words
    assert {outcome.record_id} == {record.id for record in bench.connector.find("m")} == bench.ids()
    (moved,) = bench.connector.submit([Update(key="k", record_id=outcome.record_id, body={"Status": "open"})])
    assert moved.error is None


def test_refusals_behind_a_success_code_are_told(bench: Any) -> None:
    record_id = bench.open("untouched")
    building = next(info.id for info in bench.connector.fields() if info.name == "Building")
    for body in (
        {"Owner": "robin"},
        {"Status": "closed"},
        {"CustomFields": [{"id": building, "value": "East"}]},
    ):
        (outcome,) = bench.connector.submit([Update(key="k", record_id=record_id, body=body)])
        assert isinstance(outcome.error, RejectedError), body
        assert outcome.error.vendor_words
    (refused,) = account(bench, "reader").submit([Update(key="k", record_id=record_id, body={"Subject": "x"})])
    assert isinstance(refused.error, RejectedError)
    assert "Permission Denied" in refused.error.vendor_words
    assert bench.title_of(record_id) == "untouched"


def test_a_reader_without_the_right_sees_no_comment_and_may_write_none(bench: Any) -> None:
    record_id = bench.open("talked about")
    bench.say(record_id, "for all", public=True)
    bench.say(record_id, "among us", public=False)
    reader = account(bench, "reader")
    assert [each["public"] for each in reader.threads([record_id])[record_id].comments] == [True]
    (outcome,) = reader.submit([reply(record_id, Visibility.INTERNAL)])
    assert isinstance(outcome.error, RejectedError)
    assert len(bench.comments(record_id)) == 2


def test_a_reply_between_reading_and_writing_is_noticed(bench: Any) -> None:
    record_id = bench.open("watched")
    (seen,) = bench.connector.fetch([record_id])
    bench.advance(1)
    bench.say(record_id, "one moment", public=False)
    update = Update(key="k", record_id=record_id, body={"Subject": "ours"}, version=seen.version)
    (outcome,) = bench.connector.submit([update])
    assert isinstance(outcome.error, StaleVersionError)


def test_a_field_of_many_values_is_emptied_for_good(bench: Any) -> None:
    record_id = bench.open("tagged")
    tags = next(info.id for info in bench.connector.fields() if info.name == "Tags")
    for value in (["a", "b"], None, ["c"], []):
        (outcome,) = bench.connector.submit(
            [Update(key="k", record_id=record_id, body={"CustomFields": [{"id": tags, "value": value}]})]
        )
        assert outcome.error is None
        held = {each["id"]: each["value"] for each in outcome.record.body["CustomFields"]}[tags]
        assert held == {0: None, 1: "c"}.get(len(value or ()), value)
    rows = bench.call("GET", f"/ticket/{record_id}")["CustomFields"]
    assert next(row["values"] for row in rows if row["id"] == tags) == []


def test_a_merged_ticket_is_gone_and_its_words_are_with_the_other(bench: Any) -> None:
    kept, merged = bench.open("kept"), bench.open("merged")
    bench.say(merged, "from the merged one", public=True)
    bench.call("PUT", f"/ticket/{merged}", {"MergeInto": int(kept)})
    assert [record.id for record in bench.connector.fetch([kept, merged])] == [kept]
    texts = [comment["Content"] for comment in bench.connector.threads([kept])[kept].comments]
    assert any("from the merged one" in text for text in texts)
