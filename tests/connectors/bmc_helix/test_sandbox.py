"""The connector against the sandbox: what single scripted replies cannot show."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Generator, Iterator
from datetime import timedelta
from typing import Any, BinaryIO

import pytest
from isthmus.core.connector import AddComment, FileSource, NewComment, Scope
from isthmus.core.errors import AuthenticationError, DefectError, ForbiddenError, RejectedError
from isthmus.core.model import ConfigurationItem, Visibility
from isthmus.sandbox import Running, start
from isthmus.testing.bmc_helix_bench import BmcHelixBench
from isthmus.testing.deeds import Deeds


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start("bmc_helix") as running:
        yield running


@pytest.fixture
def bench(sandbox: Running) -> Iterator[BmcHelixBench]:
    made = BmcHelixBench(sandbox)
    yield made
    made.close()


@pytest.fixture
def deeds(bench: BmcHelixBench) -> Deeds:
    return Deeds(bench)


def source(name: str, data: bytes) -> FileSource:
    @contextlib.contextmanager
    def opened() -> Generator[BinaryIO]:
        yield io.BytesIO(data)

    return FileSource(name, "application/octet-stream", len(data), opened)


def test_seven_files_are_one_comment(bench: BmcHelixBench, deeds: Deeds) -> None:
    record_id = deeds.create(deeds.document("with many files"))
    files = [source(f"{number}.bin", bytes([number]) * number) for number in range(7)]
    said = deeds.new_comment("<p>Seven</p>", Visibility.INTERNAL, files=files)
    comment = deeds.comment(record_id, said)
    assert [(each["name"], each["size"]) for each in comment["attachments"]] == [
        (f"{number}.bin", number) for number in range(7)
    ]
    assert [deeds.download(each) for each in comment["attachments"]] == [bytes([number]) * number for number in range(7)]
    assert len(deeds.thread(record_id)["comments"]) == 1
    logs = [log for log in bench.tickets()[record_id]["comments"] if not log["system"]]
    assert [(len(log["files"]), log["public"]) for log in logs] == [(3, False), (3, False), (1, False)]


def test_a_comment_that_broke_off_is_taken_up(bench: BmcHelixBench, deeds: Deeds) -> None:
    record_id = deeds.create(deeds.document("with many files"))

    @contextlib.contextmanager
    def broken() -> Generator[BinaryIO]:
        raise OSError("the spool is gone")
        yield io.BytesIO()

    files = [source(f"{number}.bin", b"x") for number in range(3)]
    lost = FileSource("3.bin", "text/plain", 1, broken)
    said = deeds.new_comment("<p>Four</p>", Visibility.PUBLIC)
    with pytest.raises(DefectError, match="spool"):
        bench.connector.add_comment(
            AddComment(
                key="1", record_id=record_id, comment=NewComment(said.body, said.visibility, said.origin, (*files, lost))
            )
        )
    assert deeds.thread(record_id)["comments"] == [], "what is half there is no comment"
    again = NewComment(said.body, said.visibility, said.origin, (*files, source("3.bin", b"y")))
    comment = deeds.comment(record_id, again)
    assert [each["name"] for each in comment["attachments"]] == [f"{number}.bin" for number in range(4)]
    assert len([log for log in bench.tickets()[record_id]["comments"] if not log["system"]]) == 2


def test_the_vendors_own_second_save_is_no_change(
    bench: BmcHelixBench, deeds: Deeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isthmus.sandbox.bmc_helix.jobs.AFTER_CREATE", 600)  # however slow this machine is
    bench.put_in_force("rules", 1)
    document = deeds.document("routed", status="new", assignee=None, group=None)
    record_id = deeds.create(document)
    before = deeds.fetch(record_id)
    bench.advance(605)
    deeds.settle()
    bench.read_all()
    after = deeds.fetch(record_id)
    assert after.version != before.version, "it was saved once more"
    assert after.body["Status"] == "Assigned"
    first, second = (bench.side.values(bench.side.document(each)) for each in (before, after))
    assert {name for name in first if first[name] != second.get(name)} <= {"assignment"}
    ours = bench.connector.check().account_id
    last = bench.connector.history([record_id])[record_id][-1]
    assert last.by != ours


def test_a_token_that_expires_on_the_way(bench: BmcHelixBench, deeds: Deeds) -> None:
    record_id = deeds.create(deeds.document("before"))
    for _ in range(3):
        bench.advance(timedelta(minutes=61).total_seconds())
        assert bench.title_of(record_id) == "before"


@pytest.mark.parametrize("profile", ["silent_create", "soft_login"])
def test_manners_of_some_servers(bench: BmcHelixBench, deeds: Deeds, profile: str) -> None:
    bench.put_in_force(profile, 1)
    with pytest.raises(AuthenticationError):
        bench.fresh(wrong=True).check()
    record_id = deeds.create(deeds.document("made"))
    assert bench.title_of(record_id) == "made"


def test_a_server_that_serves_https_only(bench: BmcHelixBench) -> None:
    bench.put_in_force("https_only", 1)
    with pytest.raises(ForbiddenError, match="use https"):
        bench.fresh().check()


def test_a_ticket_goes_through_all_statuses(bench: BmcHelixBench, deeds: Deeds) -> None:
    record_id = deeds.create(deeds.document("walked", status="new"))
    ways = [
        {"status": "in_progress"},
        {"status": "pending", "status_reason": "vendor"},
        {"status": "resolved", "resolution_notes": "Done", "resolution_code": "Monitoring Incident"},
        {"status": "pending", "status_reason": "requester"},
        {"status": "closed", "resolution_notes": "Done at last"},
    ]
    for change in ways:
        whole = {"status_reason": None, "resolution_code": None, "resolution_notes": None, **change}
        deeds.update(record_id, whole)
        held = bench.side.document(deeds.fetch(record_id))
        assert (held["status"], held["status_reason"]) == (change["status"], change.get("status_reason"))
    with pytest.raises(RejectedError, match="takes no change"):
        deeds.update(record_id, {"status": "in_progress"})
    changes = [each for each in bench.connector.history([record_id])[record_id] if each.field == "Status"]
    told = (bench.side.mapping.tell({"Status": each.after}, {"status"}, bench.side.directory) for each in changes)
    statuses = [each["status"] for each in told]
    assert statuses[-6:] == ["in_progress", "pending", "resolved", "in_progress", "pending", "resolved", "closed"][-6:]


def test_nobody_is_assigned_where_the_vendor_demands_somebody(bench: BmcHelixBench, deeds: Deeds) -> None:
    record_id = deeds.create(deeds.document("in work by nobody", assignee=None))
    held = bench.side.document(deeds.fetch(record_id))
    assert (held["status"], held["assignee"], held["group"]["name"]) == ("in_progress", None, bench.group)
    assert bench.tickets()[record_id]["record"]["Assignee Login ID"] == "isthmus"


def test_links_clocks_and_items(bench: BmcHelixBench, deeds: Deeds) -> None:
    record_id = deeds.create(deeds.document("related", priority=1, impact=1, urgency=1))
    number = deeds.fetch(record_id).body["Incident Number"]
    (problem, *_) = bench._list("PBM:Problem Investigation", "'Entry ID' != \"\"")
    bench._post(
        "HPD:Associations",
        {
            "Form Name01": "PBM:Problem Investigation",
            "Request ID01": problem["Problem Investigation ID"],
            "Request ID02": number,
            "Request Type01": "Problem Investigation",
            "Association Type01": "Caused by",
        },
    )
    document = bench.side.document(deeds.fetch(record_id))
    assert [(link["kind"], link["key"]) for link in document["links"]] == [("problem", problem["Problem Investigation ID"])]
    assert all(clock["name"] for clock in document["sla"])
    row = bench._list("BMC.CORE:BMC_BaseElement", "'ClassId' = \"BMC_COMPUTERSYSTEM\"")[0]
    item = bench.connector.find_item(ConfigurationItem(name=row["Name"]))
    assert item is not None
    assert item.id == row["ReconciliationIdentity"]
    service = next(info for info in bench.connector.fields() if info.id == "ServiceCI")
    name = (service.options or ())[0][0]
    deeds.update(record_id, {"service": name, "configuration_items": [{"name": row["Name"]}], "category": None})
    document = bench.side.document(deeds.fetch(record_id))
    assert (document["service"], document["configuration_items"][0]["name"]) == (name, row["Name"])


def test_rows_that_are_hidden_are_not_there(bench: BmcHelixBench, deeds: Deeds) -> None:
    seen, hidden = (deeds.create(deeds.document(title)) for title in ("seen", "hidden"))
    bench._put("otto.admin", hidden, {"Company": "Example Subsidiary"})
    agent = bench._as("fiona.fulfiller", "GET", "/api/arsys/v1/entry/HPD:IncidentInterface?fields=values(Entry ID)")
    assert [entry["values"]["Entry ID"] for entry in agent["entries"]] == [seen]
    assert {record.id for record in bench.connector.fetch([seen, hidden])} == {seen, hidden}, "our account sees all"


def test_the_census_heeds_every_scope(bench: BmcHelixBench, deeds: Deeds) -> None:
    old = deeds.create(deeds.document("old", priority=1))
    bench.advance(7200)
    moment = bench.now() - timedelta(hours=1)
    new = deeds.create(deeds.document("new", status="new"))
    number = deeds.fetch(new).body["Incident Number"]

    def census(**scope: Any) -> set[str]:
        return set(bench.connector.census(Scope(**scope)))

    assert census() == {old, new}
    assert census(opened_after=moment) == census(updated_after=moment) == census(status=("new",)) == {new}
    assert census(key=(number,)) == {new}
    assert census(priority=(1,)) == census(native="'Priority' = \"Critical\"") == {old}
    assert census(group=(bench.group,)) == {old, new}
    assert census(label=("x",)) == census(group=("none",)) == set()
