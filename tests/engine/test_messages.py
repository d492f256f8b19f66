"""Messages that the tools send because of our writes: the forecast equals the outbox, person by person."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.dialect import Dialect
from isthmus.testing.hostility import Fault

ALL = frozenset({"create", "public_comment", "resolve"})


@pytest.fixture
def make_loud(make_world):
    """Make a world whose tool b sends mail."""
    return lambda **facts: make_world(Dialect(), Dialect(notifies=ALL, **facts))


def mail(world):
    sent = Counter((email, kind) for _, email, kind, _ in world.b.outbox)
    world.b.outbox.clear()
    return sent


def carried(world):
    """Run one cycle, see that it was foreseen, and give the mail."""
    world.clock.advance(120)
    plans = world.engine().plan(RunOptions()).plans
    foreseen = Counter((each.recipient, each.why) for plan in plans for each in plan.messages)
    result = world.cycle()
    sent = mail(world)
    assert (sent, result.messages) == (foreseen, sent.total())
    return dict(sent)


@pytest.mark.parametrize("watched", [True, False])
def test_watchers_are_told_where_the_tool_does_so(make_loud, watched):
    world = make_loud(notifies_watchers=watched)
    dan = world.a.person_id("dan")
    record = world.a.create(title="x", followers=[dan])
    both = ("carla@example.com", "dan@example.com") if watched else ("carla@example.com",)
    assert carried(world) == {(email, "create"): 1 for email in both}
    world.a.comment(record, text="public")
    world.a.comment(record, text="internal", public=False)
    assert carried(world) == {(email, "public_comment"): 1 for email in both}
    world.a.edit(record, state="solved")
    assert carried(world) == {(email, "resolve"): 1 for email in both}


def test_a_tool_may_tell_its_watchers_of_what_the_requester_does_not_hear(make_loud):
    world = make_loud(notifies_watchers=True)
    side = world.sides["b"]
    side.connector.traits = replace(side.connector.traits, notifies=frozenset())
    world.a.create(title="x", followers=[world.a.person_id("dan")])
    world.clock.advance(120)
    plans = world.engine().plan(RunOptions()).plans
    assert [(each.recipient, each.why) for plan in plans for each in plan.messages] == [("dan@example.com", "create")]


def test_whoever_watches_from_this_cycle_on_is_told_of_its_comments(make_loud):
    world = make_loud(notifies_watchers=True)
    record = world.a.create(title="x")
    carried(world)
    world.a.edit(record, followers=[world.a.person_id("dan")])
    world.a.comment(record, text="public")
    assert carried(world) == {(f"{name}@example.com", "public_comment"): 1 for name in ("carla", "dan")}


@pytest.mark.parametrize("named", [True, False])
def test_nobody_is_told_of_what_stands_there_in_their_own_name(make_loud, named):
    world = make_loud(notifies_watchers=True, comment_author=named)
    record = world.a.create(title="x", followers=[world.a.person_id("dan")])
    carried(world)
    world.a.comment(record, by="carla", text="any news?")
    told = ("dan",) if named else ("carla", "dan")
    assert carried(world) == {(f"{name}@example.com", "public_comment"): 1 for name in told}


def test_only_what_was_written_counts(make_loud):
    world = make_loud()
    record = world.a.create(title="x")
    carried(world)
    world.a.comment(record, text="first")
    world.a.comment(record, text="second")
    world.b.hostility.script.extend([Fault.NONE, Fault.REFUSED])
    result = world.cycle()
    assert mail(world) == {("carla@example.com", "public_comment"): 1}
    assert result.messages == 1


def test_a_refused_create_tells_nobody(make_loud):
    world = make_loud()
    world.a.create(title="bad")
    world.b.hostility.script.append(Fault.REFUSED)
    assert (world.cycle().messages, mail(world).total()) == (0, 0)
