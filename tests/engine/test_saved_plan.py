"""A plan that was saved, read and approved is carried out as it stands, or not at all."""

from __future__ import annotations

import pytest
from isthmus.core.errors import ConfigError
from isthmus.core.sync.engine import RunOptions
from isthmus.core.sync.plan import load_plan, save_plan


def saved(world, path):
    world.clock.advance(120)
    result = world.engine().plan(RunOptions())
    count = save_plan(path, {"link": "ab"}, result.plans)
    assert count == len(result.plans)
    header, plans = load_plan(path)
    assert header["link"] == "ab"
    return list(plans)


def test_planning_writes_nothing(make_world, tmp_path):
    world = make_world()
    world.a.create(title="x")
    plans = saved(world, tmp_path / "plan.jsonl")
    assert world.attempts() == 0
    assert world.ledger.bond_ids("ab") == []
    assert [len(plan.creates) for plan in plans] == [1]


def test_a_saved_plan_is_applied_and_the_link_is_quiet_afterwards(make_world, tmp_path):
    world = make_world()
    record = world.a.create(title="x", severity=1)
    world.a.comment(record, text="<p>hello</p>")
    world.a.attach(record, name="a.txt", data=b"1")
    result = world.engine().apply_plan(saved(world, tmp_path / "plan.jsonl"), RunOptions())
    assert result.outcome == "ok"
    assert world.twin()["severity"] == 1
    world.a.edit(record, severity=2)
    world.engine().apply_plan(saved(world, tmp_path / "plan.jsonl"), RunOptions())
    assert world.twin()["severity"] == 2
    attempts = world.attempts()
    world.cycle()
    assert world.attempts() == attempts


def test_exactly_the_records_that_changed_since_are_refused(make_world, tmp_path):
    world = make_world()
    ids = [world.a.create(title=f"ticket {number}") for number in range(5)]
    world.cycle()
    world.cycle()
    for record in ids:
        world.a.edit(record, severity=1)
    plans = saved(world, tmp_path / "plan.jsonl")
    twins = {record["title"]: record["id"] for record in world.b.records.values()}
    world.b.edit(twins["ticket 3"], title="edited meanwhile")
    world.a.comment(ids[1], text="<p>wait</p>")
    result = world.engine().apply_plan(plans, RunOptions())
    assert result.outcome == "partial"
    done = {title for title, twin in twins.items() if world.b.records[twin]["severity"] == 1}
    assert done == {"ticket 0", "ticket 2", "ticket 4"}
    assert world.b.records[twins["ticket 3"]]["title"] == "edited meanwhile"
    world.cycle()
    assert all(record["severity"] == 1 for record in world.b.records.values())


def test_a_plan_of_an_incident_that_was_carried_meanwhile_is_refused(make_world, tmp_path):
    world = make_world()
    world.a.create(title="x")
    plans = saved(world, tmp_path / "plan.jsonl")
    world.cycle()
    world.engine().apply_plan(plans, RunOptions())
    assert len(world.b.records) == 1


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"isthmus_plan": 99}'])
def test_what_is_no_plan_is_refused(tmp_path, text):
    path = tmp_path / "plan.jsonl"
    path.write_text(text)
    with pytest.raises(ConfigError, match="plan"):
        load_plan(path)


def test_a_broken_line_is_named(make_world, tmp_path):
    world = make_world()
    world.a.create(title="x")
    path = tmp_path / "plan.jsonl"
    saved(world, path)
    path.write_text(path.read_text() + '{"link": 1}\n')
    _, plans = load_plan(path)
    with pytest.raises(ConfigError, match="line 3"):
        list(plans)


def test_a_missing_plan_is_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_plan(tmp_path / "none.jsonl")
