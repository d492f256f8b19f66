"""A real Request Tracker among the sandboxes: moves into it and out again, mirrors with it, and its sudden end."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from isthmus.core.run.assemble import open_engine
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.matrix import LATER, LINK, mirror, move
from isthmus.testing.oracle import VENDORS

MANY = 150
"""Tickets that move where no recorded ones are at hand; of these there are as many."""
RT = "request_tracker"
pytestmark = pytest.mark.timeout(600)
SANDBOXES = [vendor for vendor in VENDORS if vendor != RT]
NEXT = dict(zip(SANDBOXES, [*SANDBOXES[1:], SANDBOXES[0]], strict=True))
"""Vendor -> the one to which its tickets move on."""
LONG = [pytest.mark.acceptance, pytest.mark.timeout(3600)]


@pytest.fixture
def floor(request_tracker: ModuleType, request_tracker_server: Any, tmp_path: Path) -> Any:
    return request_tracker.RealFloor(tmp_path, server=request_tracker_server)


def moves(floor: Any, vendor: str, further: str) -> int:
    """Move a tool's tickets into the server and from there to another tool, and give how many they were."""
    with floor.tool("rt", RT), floor.tool("ops", further):
        there = move(floor, "desk", "rt", (vendor, RT))
        assert there.right, there.report()
        on = move(floor, "rt", "ops", (RT, further))
        assert on.right, on.report()
        assert on.verdict.tickets == there.verdict.tickets
        return there.verdict.tickets


@pytest.mark.parametrize("tickets", [pytest.param(MANY, marks=LONG if "ISTHMUS_SAMPLES" in os.environ else ())])
def test_tickets_move_into_it_and_out_again(floor: Any, tickets: int) -> None:
    with floor.tool("desk", "zendesk", tickets):
        assert moves(floor, "zendesk", "servicenow") == tickets


@pytest.mark.parametrize("vendor", SANDBOXES)
def test_recorded_tickets_move_into_it_and_out_again(floor: Any, recorded: ModuleType, vendor: str, tmp_path: Path) -> None:
    if recorded.SAMPLES is None:
        pytest.skip("left out: recorded tickets; ISTHMUS_SAMPLES names the folder that holds them")
    path = recorded.load_file(vendor, tmp_path / "recorded.jsonl")
    with floor.tool("desk", vendor, load=path):
        assert moves(floor, vendor, NEXT[vendor]) > 0


@pytest.mark.parametrize(
    ("vendors", "tickets"),
    [(SANDBOXES, 0), *(pytest.param([each], 4, marks=LONG) for each in SANDBOXES), pytest.param(SANDBOXES, 2, marks=LONG)],
    ids=lambda value: "-".join(value) if isinstance(value, list) else str(value),
)
def test_a_mirror_comes_to_rest(floor: Any, vendors: list[str], tickets: int) -> None:
    """People work at all members, each of which has some tickets of its own before that in the long form."""
    found = mirror(floor, [RT, *vendors], tickets=tickets)
    assert found.right, found.report()


def test_its_end_in_the_middle_of_a_cycle_loses_and_doubles_nothing(floor: Any) -> None:
    with floor.tool("desk", "zendesk", 2), floor.tool("rt", RT) as bench:
        link = {
            "members": ["desk", "rt"],
            "create": ["desk", "rt"],
            "backfill": "all",
            "brakes": {"max_changes_percent": 100},
        }

        def cycle() -> int:
            floor.skip(LATER)
            before = floor.attempts()
            config = floor.config({LINK: link})
            with open_engine(config, config.link(LINK), around=floor.around) as engine:
                engine.sync(RunOptions())
            return floor.attempts() - before

        def stopped(number: int) -> None:
            if number == 3:
                floor.server.stop()

        bench.proxy.before_write = stopped
        cycle()
        assert bench.proxy.writes >= 3, "it ended before anything was written"
        floor.server.start()
        for _ in range(6):
            if cycle() == 0:
                break
        assert cycle() == 0
        snapshot = floor.snapshot("rt")["tickets"]
        marked = [ticket["record"]["Marker"] for ticket in snapshot]
        sources = {str(each["id"]): each for each in floor.snapshot("desk")["tickets"]}
        assert sorted(marked) == sorted(f"isthmus:desk:{key}" for key in sources)
        for ticket in snapshot:
            source = sources[ticket["record"]["Marker"].rpartition(":")[2]]
            said = [each["public"] for each in source["comments"]]
            said = said[1:] if said[0] else said
            carried = [each for each in ticket["comments"] if "Carried by Isthmus from" not in each["html"]]
            assert [each["public"] for each in carried] == said
