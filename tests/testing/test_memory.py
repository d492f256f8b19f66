"""The in-memory tool: people's hands, rules, misbehaviour, and two tools kept in agreement by the engine."""

from __future__ import annotations

import contextlib
import io
from collections import deque
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from isthmus.core.config.links import LinkConfig
from isthmus.core.connector import (
    AddComment,
    AddFile,
    Create,
    Delete,
    FilePlace,
    FileSource,
    NewComment,
    Outcome,
    Scope,
    Update,
)
from isthmus.core.errors import NotFoundError, RateLimitedError, RejectedError, UnavailableError
from isthmus.core.ledger.ledger import Ledger
from isthmus.core.model import Status, Visibility
from isthmus.core.sync.engine import Engine, RunOptions
from isthmus.testing import Answer, Clock, Crash, Dialect, Fault, Hostility, MemoryTool, memory_side


@contextlib.contextmanager
def opened(data: bytes) -> Generator[BinaryIO]:
    yield io.BytesIO(data)


def source(data: bytes = b"x", name: str = "x.txt") -> FileSource:
    return FileSource(name, "text/plain", len(data), lambda: opened(data))


def made(title: str = "ours", marker: str = "m") -> Create:
    return Create(key="k", marker=marker, body={"title": title})


def sent(tool: MemoryTool, write: Any) -> Outcome:
    (outcome,) = tool.connector().submit([write])
    return outcome


def changed(tool: MemoryTool, record_id: str, **body: Any) -> Outcome:
    return sent(tool, Update(key="k", record_id=record_id, body=body))


def fed(tool: MemoryTool, cursor: str | None = None) -> list[str]:
    return [record.id for page in tool.connector().changes(cursor, Scope()) for record in page.records]


class Down(Hostility):
    """A tool that does not answer."""

    def fails_to_read(self, read: str) -> bool:
        return True


# -- people and rules


def test_people_are_named_by_id_address_or_its_beginning() -> None:
    tool = MemoryTool("left")
    assert tool.person_id("ann") == tool.person_id("ann@example.com") == tool.person_id("left-p1") == "left-p1"
    assert tool.groups[tool.group_id("Network")].name == "Network"
    with pytest.raises(KeyError):
        tool.person_id("nobody")


def test_ids_of_two_tools_never_look_alike() -> None:
    left, right = MemoryTool("left"), MemoryTool("right")
    assert left.create(title="x") != right.create(title="x")


@pytest.mark.parametrize(
    "fields",
    [{"colour": "red"}, {"state": "gone"}, {"state": None}, {"severity": 9}, {"owner": "x"}, {"team": "x"}, {"impact": 1}],
)
def test_what_the_tool_does_not_know_is_refused(fields: dict[str, Any]) -> None:
    tool = MemoryTool("left")
    record_id = tool.create(title="x")
    with pytest.raises(RejectedError):
        tool.edit(record_id, **fields)
    assert isinstance(changed(tool, record_id, **fields).error, RejectedError)


def test_an_edit_without_change_leaves_no_trace() -> None:
    tool = MemoryTool("left")
    record_id = tool.create(title="x", tags=["b", "a", "a"])
    before = dict(tool.records[record_id])
    tool.edit(record_id, title="x", tags=["a", "b"])
    assert tool.records[record_id] == before


def test_titles_are_cut_in_silence() -> None:
    tool = MemoryTool("left", Dialect(title_length=5))
    assert tool.records[tool.create(title="abcdefgh")]["title"] == "abcde"


def test_solving_sets_times_and_reopening_takes_them_back() -> None:
    tool = MemoryTool("left")
    record_id = tool.create(title="x")
    tool.edit(record_id, state="closed")
    assert tool.records[record_id]["solved"] == tool.records[record_id]["closed"] is not None
    tool.edit(record_id, state="open")
    assert (tool.records[record_id]["solved"], tool.records[record_id]["closed"]) == (None, None)


def test_a_closed_record_takes_nothing_where_that_is_final() -> None:
    tool = MemoryTool("left", Dialect(closed_is_final=True))
    record_id = tool.create(title="x")
    tool.edit(record_id, state="closed")
    for deed in (
        lambda: tool.edit(record_id, title="y"),
        lambda: tool.comment(record_id, text="y"),
        lambda: tool.attach(record_id, name="y", data=b"y"),
    ):
        with pytest.raises(RejectedError):
            deed()


def test_a_file_hangs_where_the_tool_hangs_it() -> None:
    tool = MemoryTool("left", Dialect(files_on=FilePlace.COMMENT))
    record_id = tool.create(title="x")
    file_id = tool.attach(record_id, name="a", data=b"a", public=False)
    assert [file["id"] for file in tool.comments[record_id][0]["files"]] == [file_id]
    assert tool.bytes[file_id] == b"a"


def test_a_clone_bears_the_same_marker() -> None:
    tool = MemoryTool("left")
    record_id = sent(tool, made()).record_id or ""
    twin = tool.clone(record_id)
    assert {record.id for record in tool.connector().find("m")} == {record_id, twin}


def test_custom_fields_are_fields() -> None:
    tool = MemoryTool("left")
    tool.create(title="x", x_site="Lyon")
    info = {info.id: info for info in tool.connector().fields()}
    assert info["x_site"].custom
    assert not info["title"].custom


def test_native_scope_is_one_condition() -> None:
    tool = MemoryTool("left")
    record_id = tool.create(title="x", state="open", severity=2, tags=["a"], team=tool.group_id("Network"))
    tool.create(title="y")
    connector = tool.connector()
    for scope in (
        Scope(native="title=x"),
        Scope(status=("in_progress",)),
        Scope(priority=(2,)),
        Scope(label=("a",)),
        Scope(group=("Network",)),
        Scope(key=(record_id,)),
    ):
        assert list(connector.census(scope)) == [record_id]
        assert connector.count(scope) == 1


# -- late, hidden, repeated


def test_a_late_commit_keeps_its_time() -> None:
    tool = MemoryTool("left")
    record_id = tool.create(title="before")
    tool.edit(record_id, title="after", visible_after=60)
    unseen = tool.create(title="new", visible_after=60)
    assert [record.body["title"] for record in tool.connector().fetch([record_id, unseen])] == ["before"]
    stamp = tool.records[record_id]["updated"]
    tool.clock.advance(61)
    assert [record.body["title"] for record in tool.connector().fetch([record_id, unseen])] == ["after", "new"]
    assert tool.records[record_id]["updated"] == stamp


def test_a_hidden_record_is_nowhere() -> None:
    tool = MemoryTool("left")
    record_id = tool.create(title="x")
    tool.hostility.hidden.add(record_id)
    connector = tool.connector()
    assert (fed(tool), connector.fetch([record_id]), list(connector.census(Scope()))) == ([], [], [])
    for write in (
        Update(key="k", record_id=record_id, body={}),
        Delete(key="k", record_id=record_id),
        AddComment(key="k", record_id=record_id, comment=NewComment({}, Visibility.PUBLIC, "o")),
        AddFile(key="k", record_id=record_id, file=source(), visibility=Visibility.PUBLIC),
    ):
        assert isinstance(sent(tool, write).error, NotFoundError)
    tool.hostility.calm()
    assert fed(tool) == [record_id]


def test_a_hostile_feed_repeats_and_shuffles_but_loses_nothing() -> None:
    tool = MemoryTool("left", hostility=Hostility(seed=3, repeats=True, reorders=True), page_size=4)
    ids = [tool.create(title=str(number)) for number in range(12)]
    found = fed(tool)
    assert set(found) == set(ids)
    assert len(found) > len(ids)
    assert found[:4] != ids[:4]


def test_a_deleted_record_stands_in_the_trash() -> None:
    tool = MemoryTool("left", Dialect(chosen_id=True))
    record_id = sent(tool, made()).record_id or ""
    tool.delete(record_id)
    assert tool.trash[record_id][1]["title"] == "ours"
    assert sent(tool, made("again")).record_id == record_id
    assert record_id not in tool.trash


# -- faults


@pytest.mark.parametrize(
    ("fault", "error", "stored"),
    [
        (Fault.LOST, UnavailableError, 0),
        (Fault.LOST_REPLY, UnavailableError, 1),
        (Fault.LATE, UnavailableError, 0),
        (Fault.REFUSED, RejectedError, 0),
    ],
)
def test_a_scripted_fault_hits_the_next_write(fault: Fault, error: type[Exception], stored: int) -> None:
    tool = MemoryTool("left", hostility=Hostility(script=deque([Fault.NONE, fault])))
    assert sent(tool, made("first", "m1")).error is None
    outcome = sent(tool, made("second", "m2"))
    assert isinstance(outcome.error, error)
    assert getattr(outcome.error, "maybe_applied", False) is (error is UnavailableError)
    assert (tool.attempts["create"], tool.writes["create"], tool.faults[fault]) == (2, 1 + stored, 1)


@pytest.mark.parametrize(("fault", "stored"), [(Fault.CRASH_BEFORE, 0), (Fault.CRASH_AFTER, 1)])
def test_a_crash_passes_every_handler(fault: Fault, stored: int) -> None:
    tool = MemoryTool("left", hostility=Hostility(script=deque([fault])))
    with pytest.raises(Crash):
        sent(tool, made())
    assert len(tool.records) == stored


def test_a_busy_tool_is_asked_again_and_in_the_end_given_up() -> None:
    tool = MemoryTool("left", hostility=Hostility(script=deque([Fault.BUSY])))
    start = tool.now
    assert sent(tool, made()).error is None
    assert tool.now - start >= timedelta(seconds=5)
    tool.hostility.script.extend([Fault.BUSY] * 9)
    assert isinstance(sent(tool, made()).error, RateLimitedError)


def test_a_late_write_is_stored_in_its_time_with_its_file() -> None:
    tool = MemoryTool("left", hostility=Hostility(script=deque([Fault.LATE, Fault.LATE, Fault.LATE])))
    record_id, gone = tool.create(title="x"), tool.create(title="y")
    sent(tool, AddFile(key="k", record_id=record_id, file=source(b"late"), visibility=Visibility.INTERNAL))
    sent(tool, AddComment(key="k", record_id=gone, comment=NewComment({"text": "late"}, Visibility.PUBLIC, "o")))
    due = tool.now + tool.hostility.late_by
    tool.delete(gone)
    tool.clock.advance(3600)
    (file,) = tool.connector().threads([record_id])[record_id].files
    assert (tool.bytes[file["id"]], file["readers"]) == (b"late", "staff")
    assert file["at"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"


def test_chance_is_seeded_and_bounded() -> None:
    def outcomes(seed: int) -> list[bool]:
        tool = MemoryTool("left", hostility=Hostility(seed=seed, chance={Fault.LOST: 0.5}))
        return [sent(tool, made("x", str(number))).error is None for number in range(20)]

    assert outcomes(1) == outcomes(1) != outcomes(2)
    tool = MemoryTool("left", hostility=Hostility(chance={Fault.LOST: 1.0}))
    assert [sent(tool, made()).error is None for _ in range(8)] == [False, False, False, True] * 2


def test_reads_that_fail_are_repeated_and_in_the_end_given_up() -> None:
    tool = MemoryTool("left", hostility=Hostility(read_failures=1.0))
    assert tool.connector().fetch(["x"]) == []
    with pytest.raises(UnavailableError):
        MemoryTool("right", hostility=Down()).connector().fetch(["x"])


def test_a_tool_that_went_read_only_refuses_and_says_so() -> None:
    tool = MemoryTool("left")
    record_id = tool.create(title="x")
    tool.hostility.read_only = True
    assert isinstance(changed(tool, record_id, title="y").error, RejectedError)
    assert tool.connector().check().warnings
    assert (tool.attempts["update"], tool.writes["update"]) == (1, 0)


def test_somebody_edits_between_read_and_write() -> None:
    tool = MemoryTool("left")
    record_id = tool.create(title="x")
    tool.before_write = lambda write: tool.edit(record_id, title="by Ann")
    (record,) = tool.connector().fetch([record_id])
    outcome = sent(tool, Update(key="k", record_id=record_id, body={"title": "ours"}, version=record.version))
    assert type(outcome.error).__name__ == "StaleVersionError"


def test_a_rule_answers_so_often_and_no_more() -> None:
    rule = Answer(when={"state": "open"}, set={"tags": ["seen"]}, times=2)
    tool = MemoryTool("left", hostility=Hostility(answers=(rule,)))
    record_id = tool.create(title="x")
    for round_number in range(4):
        changed(tool, record_id, state="open", tags=[str(round_number)])
    assert tool.records[record_id]["tags"] == ["3"]
    assert [change.by for change in tool.history[record_id] if change.after == "['seen']"] == [None, None]


def test_a_vanished_file_is_not_found() -> None:
    tool = MemoryTool("left")
    file_id = tool.attach(tool.create(title="x"), name="x", data=b"x")
    del tool.bytes[file_id]
    with pytest.raises(NotFoundError):
        tool.connector().download({"id": file_id}, io.BytesIO())


def test_an_unknown_write_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        sent(MemoryTool("left"), object())


# -- in a link


def test_two_tools_of_different_dialects_come_to_agree(tmp_path: Path) -> None:
    clock = Clock()
    left = MemoryTool("left", clock=clock)
    coarse = Dialect(priorities=4, title_length=20, statuses=frozenset(Status) - {Status.CANCELED}, reasons=False)
    right = MemoryTool("right", coarse, clock=clock)
    sides = {tool.name: memory_side(tool.name, tool) for tool in (left, right)}
    link = LinkConfig(name="both", members=("left", "right"), create=("left", "right"), backfill="all")
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    engine = Engine(link, sides, ledger, clock=clock)
    ticket = left.create(title="Printer on fire, again and again", severity=5, state="void")
    left.comment(ticket, text="<p>any update?</p>", public=False)
    for _ in range(2):
        clock.advance(300)
        assert engine.sync(RunOptions()).outcome == "ok"
    ((twin, raw),) = right.records.items()
    assert (raw["title"], raw["severity"], raw["state"]) == ("Printer on fire, ag…", 4, "closed")
    assert left.attempts.total() == 0
    right.edit(twin, state="open")
    before = right.attempts.total()
    for _ in range(3):
        clock.advance(300)
        engine.sync(RunOptions())
    assert left.records[ticket]["state"] == "open"
    assert left.records[ticket]["title"] == "Printer on fire, again and again"
    assert (left.attempts.total(), right.attempts.total()) == (1, before)
    ledger.close()


def test_the_mapping_of_a_dialect_is_made_once() -> None:
    assert Dialect().mapping is Dialect().mapping
    assert Dialect().nearest(Status.CANCELED) is Status.CANCELED
    assert Dialect(statuses=frozenset({Status.IN_PROGRESS, Status.RESOLVED})).nearest(Status.CANCELED) is Status.RESOLVED
