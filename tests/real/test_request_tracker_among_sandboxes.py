"""A real Request Tracker among the sandboxes: moves into it and out again, mirrors with it, and its sudden end."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from isthmus.core.run.assemble import open_engine
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.matrix import LATER, LINK, mirror, move
from isthmus.testing.oracle import VENDORS

SMALL, FULL = 4, 150
RT = "request_tracker"
LONG = [pytest.mark.acceptance, pytest.mark.timeout(3600)]


@pytest.fixture
def floor(request_tracker: ModuleType, request_tracker_server: Any, tmp_path: Path) -> Any:
    return request_tracker.RealFloor(tmp_path, server=request_tracker_server)


@pytest.mark.parametrize("tickets", [SMALL, pytest.param(FULL, marks=LONG)])
def test_a_history_moves_into_it_and_out_again(floor: Any, tickets: int) -> None:
    with floor.tool("desk", "zendesk", tickets), floor.tool("rt", RT), floor.tool("ops", "servicenow"):
        there = move(floor, "desk", "rt", ("zendesk", RT))
        assert there.right, there.report()
        assert there.verdict.tickets == tickets
        back = move(floor, "rt", "ops", (RT, "servicenow"))
        assert back.right, back.report()
        assert back.verdict.tickets == tickets


@pytest.mark.parametrize(
    ("vendor", "tickets"), [("servicenow", 0), *(pytest.param(each, 2, marks=LONG) for each in VENDORS if each != RT)]
)
def test_a_mirror_comes_to_rest(floor: Any, vendor: str, tickets: int) -> None:
    """People work on both sides, and each of the two has some tickets of its own before that."""
    found = mirror(floor, [RT, vendor], tickets=tickets)
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
