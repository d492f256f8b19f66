"""A run that ends between a write and the reading of what it wrote: nothing is carried twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from isthmus.core.connector import FilePlace
from isthmus.core.errors import InterruptedRunError
from isthmus.core.sync import parts as write_parts
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.dialect import Dialect
from isthmus.testing.hostility import Crash, Fault
from isthmus.testing.memory import MemoryTool

ON_COMMENTS = Dialect(files_on=FilePlace.COMMENT)


def files(tool: MemoryTool, record_id: str) -> Counter[str]:
    """Count the files of a record by name, wherever they hang."""
    held: list[dict[str, Any]] = [*tool.files[record_id]]
    for comment in tool.comments[record_id]:
        held += comment["files"]
    return Counter(file["name"] for file in held)


@pytest.fixture
def make_filed(make_world):
    """Make two tools with one incident, at which two files have come since the last cycle."""

    def make(first: Dialect, second: Dialect) -> Any:
        world = make_world(first, second)
        ticket = world.a.create(title="Printer on fire", state="open")
        world.cycle()
        for name in ("one.txt", "two.txt"):
            world.a.attach(ticket, name=name, data=name.encode(), public=True)
        return world

    return make


def expect_once(world: Any) -> None:
    """After two more cycles each file stands once at each tool, and nobody writes any more."""
    world.cycle()
    world.cycle()
    before = world.attempts()
    world.cycle()
    assert world.attempts() == before
    for tool, record_id in ((world.a, next(iter(world.a.records))), (world.b, world.twin()["id"])):
        assert files(tool, record_id) == {"one.txt": 1, "two.txt": 1}, tool.name


@pytest.mark.parametrize("tells_ids", [True, False])
@pytest.mark.parametrize("place", FilePlace)
@pytest.mark.parametrize("first", [Dialect(), ON_COMMENTS], ids=["record", "comment"])
def test_a_file_whose_copy_was_not_learned_is_not_carried_again(make_filed, first, place, tells_ids):
    world = make_filed(first, Dialect(files_on=place, tells_ids=tells_ids))
    world.b.hostility.script.extend([Fault.NONE, Fault.CRASH_AFTER])
    with pytest.raises(Crash):
        world.cycle()
    expect_once(world)


def test_neither_after_the_wish_to_stop(make_filed):
    world = make_filed(Dialect(), ON_COMMENTS)
    wished: list[Any] = []
    world.b.before_write = wished.append
    world.clock.advance(120)
    with pytest.raises(InterruptedRunError):
        world.engine().sync(RunOptions(stop=lambda: bool(wished)))
    world.b.before_write = None
    assert len(wished) == 1
    expect_once(world)


def test_a_create_whose_thread_was_not_read_is_settled(make_world, monkeypatch):
    """The record is a member of its bond already: its receipts stay, and its thread is paired."""
    world = make_world(Dialect(), ON_COMMENTS, create=("b",))
    ticket = world.a.create(title="Printer on fire", state="open")
    world.a.attach(ticket, name="one.txt", data=b"one", public=True)
    world.clock.advance(120)

    def die(*_: Any) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(write_parts, "learn_copies", die)
        with pytest.raises(Crash):
            world.engine(history=True).sync(RunOptions())
    assert len(world.ledger.unsettled("ab")) == 1
    world.clock.advance(120)
    world.engine(history=True).sync(RunOptions())
    assert files(world.b, world.twin()["id"]) == {"one.txt": 1}
    assert not world.ledger.unsettled("ab")
