"""A collect that is killed at any statement goes on where it was: nothing is missing, and nothing is there twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from isthmus.core.store.collect import Collector
from isthmus.core.store.schema import BITEMPORAL
from isthmus.core.store.store import Store
from isthmus.testing import Clock, MemoryTool, memory_side

PAGES = 3
LATE = 45
"""A statement that a whole collect of this tool executes."""


class Deadly:
    """A connection on which the n-th statement, counted from 1, is the last thing that the process does."""

    def __init__(self, sql: Any, last: int) -> None:
        self._sql, self._left = sql, last

    def execute(self, *arguments: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            signal.raise_signal(signal.SIGKILL)
        return self._sql.execute(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sql, name)


def tool() -> MemoryTool:
    made = MemoryTool("desk", clock=Clock())
    made.page_size = 2
    for number in range(2 * PAGES):
        record = made.create(title=f"Printer {number}", severity=2)
        made.comment(record, text="<p>Yes</p>")
        made.edit(record, state="open")
    made.clock.advance(600)
    return made


def collect(path: Path, last: int = 0) -> int:
    """Collect the tool, die at a statement, and give how many incidents are held in the end."""
    desk = tool()
    with Store(path) as store:
        store.sql = Deadly(store.sql, last)
        done = Collector(store, memory_side("desk", desk), clock=desk.clock).collect(census=True)
        assert done.outcome == "ok"
        return done.held or 0


def held(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with Store(path) as store:
        return {
            table: sorted(
                store.sql.execute(f"select * exclude (learned_at, superseded_at) from {table}").fetchall(), key=str
            )
            for table in BITEMPORAL
        }


def killed(path: Path, last: int) -> None:
    ended = subprocess.run([sys.executable, __file__, str(path), str(last)], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


@pytest.mark.parametrize(
    "deaths",
    [
        pytest.param([LATE - 20, LATE], id="small"),
        *(pytest.param([last], id=str(last), marks=pytest.mark.acceptance) for last in range(1, LATE, 4)),
    ],
)
def test_a_killed_collect_goes_on_where_it_was(tmp_path: Path, deaths: list[int]):
    whole = tmp_path / "whole.duckdb"
    assert collect(whole) == 2 * PAGES
    path = tmp_path / "killed.duckdb"
    for last in deaths:
        killed(path, last)
    assert collect(path) == 2 * PAGES
    assert held(path) == held(whole)


if __name__ == "__main__":
    collect(Path(sys.argv[1]), int(sys.argv[2]))
