"""Collecting sandboxes over real sockets, as the command does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from isthmus.core.config.config import Config
from isthmus.core.errors import ConfigError
from isthmus.core.run.assemble import open_migration
from isthmus.core.run.collect import Collection, collect
from isthmus.core.run.exits import Exit
from isthmus.core.store.store import Store
from isthmus.core.sync.engine import RunOptions
from isthmus.core.sync.timeline import FIELDS
from isthmus.testing.benches import BENCHES
from isthmus.testing.floor import Floor

LATER = 400
"""Seconds after which every tool's feed shows what was done."""


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    return Floor(tmp_path)


def run(floor: Floor, config: Config, *names: str, census: bool = False) -> Collection:
    floor.skip(LATER)
    return collect(config, names, RunOptions(), floor.around, census=census)


@contextmanager
def believed(config: Config) -> Iterator[Any]:
    """Give the rows of queries over what is believed now."""
    with Store(config.store_path, read_only=True) as store:
        last = store.last_learned()
        assert last is not None
        store.believe(last)
        yield lambda query: store.sql.execute(query).fetchall()


def test_six_tools_are_collected_whole_and_their_histories_end_where_the_records_stand(floor: Floor):
    with ExitStack() as stack:
        for vendor in BENCHES:
            stack.enter_context(floor.tool(vendor.replace("_", ""), vendor, 12))
        config = floor.config()
        done = run(floor, config, census=True)
        again = run(floor, config)
    assert (done.exit, len(done.connections)) == (Exit.OK, len(BENCHES))
    assert {(each.changed, each.held, each.census, each.vendor_count or 12) for each in done.connections} == {(12,) * 4}
    assert {each.changed for each in again.connections} == {0}
    with believed(config) as ask:
        assert len(ask("select distinct connection from then_events where field = 'status'")) == len(BENCHES)
        for name in FIELDS.values():
            assert ask(UNEXPLAINED.format(name=name)) == [], name
        assert ask("select distinct connection from then_comments where created_at is null or author is null") == []
        ((comments, files),) = ask("select (select count(*) from then_comments), (select count(*) from then_files)")
        assert comments > files > 0


UNEXPLAINED = """
select i.connection, i.incident, i.{name}, e.after
from then_incidents as i
left join (
    select connection, incident, arg_max_null(after, happened_at) as after from then_events where field = '{name}'
    group by all
) as e using (connection, incident)
where i.{name}::varchar is distinct from e.after
"""
"""Incidents whose last event is not what the record holds."""


@pytest.mark.parametrize("vendor", ["zendesk", "servicenow"])
def test_what_people_do_at_the_vendor_comes_with_the_next_collect(floor: Floor, vendor: str):
    with floor.tool("one", vendor, 3) as bench:
        config = floor.config()
        retitled, said, removed = (bench.open(f"Number {number}") for number in range(3))
        first = run(floor, config)
        opened = bench.open("A new one")
        bench.retitle(retitled, "Something else")
        bench.say(said, "Any news?", public=True)
        bench.remove(removed)
        second = run(floor, config, census=True)
    assert (first.connections[0].held, second.connections[0].held, second.exit) == (6, 6, Exit.OK)
    assert (second.connections[0].deleted, second.connections[0].census) == (1, 6)
    with believed(config) as ask:
        assert ask("select incident from then_incidents where deleted") == [(removed,)]
        assert ask(f"select title from then_incidents where incident = '{retitled}'") == [("Something else",)]
        assert ask(f"select title from then_incidents where incident = '{opened}'") == [("A new one",)]
        assert "Any news?" in str(ask(f"select body from then_comments where incident = '{said}'"))


def test_a_tool_that_is_down_stops_no_other(floor: Floor):
    with floor.tool("up", "servicenow", 3), floor.tool("down", "zendesk") as bench:
        config = floor.config()
        bench.running.stop()
        done = run(floor, config, "down", "up")
    down, up = done.connections
    assert (up.outcome, up.held) == ("ok", 3)
    assert (down.outcome, done.exit) == ("failed", Exit.VENDOR)
    assert down.error
    assert done.report()["exit"] == Exit.VENDOR
    assert not (config.folder / "isthmus.db").exists()


def test_a_connection_that_does_not_exist_is_named(floor: Floor):
    with floor.tool("one", "servicenow"), pytest.raises(ConfigError, match="other"):
        run(floor, floor.config(), "other")
    assert not (floor.folder / "isthmus.duckdb").exists()


def test_what_moved_from_one_tool_to_another_counts_once(floor: Floor):
    with floor.tool("old", "zendesk", 2), floor.tool("new", "servicenow"):
        config, options = floor.config(), RunOptions()
        floor.skip(LATER)
        with open_migration(config, "old", "new", floor.around) as job:
            job.read(options)
            assert job.apply(options).outcome == "ok"
        done = run(floor, config)
    assert [each.held for each in done.connections] == [2, 2]
    with believed(config) as ask:
        assert sorted(ask("select connection, counted, count(*) from then_bonds group by all")) == [
            ("new", False, 2),
            ("old", True, 2),
        ]
        assert ask("select count(distinct opened_at) from then_incidents") == [(2,)]
