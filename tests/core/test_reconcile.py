"""Reconciliation: random members with random lossy values agree after one writing cycle, and nothing swings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.mapping.values import same
from isthmus.core.sync.reconcile import Decision, Rule, Seen, reconcile
from isthmus.core.text.flavours import CUT

Value = dict[str, Any]
STATES = tuple(f"s{number}" for number in range(7))
ASK = Rule("ask")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def never(names: Sequence[str]) -> dict[str, datetime]:
    raise AssertionError(names)


def untold(names: Sequence[str]) -> dict[str, datetime]:
    return {}


@st.composite
def retractions(draw: st.DrawFn) -> Callable[[Value], Value]:
    """A member that tells some states only: each state becomes one of these, and these stay themselves."""
    held = draw(st.lists(st.sampled_from(STATES), min_size=1, unique=True))
    table = {state: state if state in held else draw(st.sampled_from(held)) for state in STATES}
    return lambda value: {"status": table[value["status"]]} if "status" in value else {}


def exactly(value: Value) -> Value:
    return value


@dataclass(frozen=True)
class World:
    """Some members and the value of record; what a run leaves behind."""

    members: tuple[Seen, ...]
    record: Value | None = None

    def decide(self, rule: Rule = ASK, group: str = "status", **options: Any) -> Decision:
        return reconcile(group, self.members, self.record, rule, options.pop("times", untold), **options)

    def apply(self, decision: Decision) -> World:
        """Carry out a decision as a run does: values written become values and receipts."""
        members = []
        for seen in self.members:
            value = decision.writes.get(seen.connection, seen.value)
            receipt = decision.writes.get(seen.connection, decision.receipts.get(seen.connection, seen.receipt))
            members.append(replace(seen, value=value, receipt=receipt))
        return World(tuple(members), decision.record or self.record)

    def edit(self, connection: str, value: Value) -> World:
        members = (replace(seen, value=value) if seen.connection == connection else seen for seen in self.members)
        return replace(self, members=tuple(members))

    def value(self, connection: str) -> Value:
        return next(seen.value for seen in self.members if seen.connection == connection)


@st.composite
def worlds(draw: st.DrawFn, *, agreed: bool) -> World:
    images = [draw(retractions()) for _ in range(draw(st.integers(2, 4)))]
    record = {"status": draw(st.sampled_from(STATES))}
    members: list[Seen] = []
    for number, image in enumerate(images):
        value = image(record) if agreed else image({"status": draw(st.sampled_from(STATES))})
        writable = draw(st.booleans()) if number else True
        members.append(Seen(f"m{number}", value, value if agreed else None, image, writable))
    return World(tuple(members), record if agreed else None)


def settled(world: World) -> bool:
    """Tell whether every writable member holds the image of the value of record, and a new decision would do nothing."""
    assert world.record is not None
    again = world.decide(times=never)
    holds = all(same(seen.value, seen.image(world.record)) for seen in world.members if seen.writable)
    return holds and not again.writes and again.conflict is None and not again.changed


# -- laws


@given(worlds(agreed=True), st.data())
def test_one_edit_needs_one_writing_cycle(world: World, data: st.DataObject) -> None:
    editor = data.draw(st.sampled_from(world.members))
    value = editor.image({"status": data.draw(st.sampled_from(STATES))})
    decision = world.edit(editor.connection, value).decide()
    assert decision.conflict is None
    assert editor.connection not in decision.writes
    assert settled(world.edit(editor.connection, value).apply(decision))


@given(worlds(agreed=True))
def test_agreement_writes_nothing(world: World) -> None:
    decision = world.decide(times=never)
    assert (decision.writes, decision.conflict, decision.record, decision.changed) == ({}, None, None, ())


@given(worlds(agreed=False), st.sampled_from(["m0", "m1", "newest"]))
def test_a_first_meeting_agrees_in_one_cycle(world: World, policy: str) -> None:
    times = {seen.connection: NOON + timedelta(minutes=number) for number, seen in enumerate(world.members)}
    decision = world.decide(Rule(policy), times=lambda names: {name: times[name] for name in names})
    assert decision.conflict is None
    after = world.apply(decision)
    assert settled(after)
    if policy != "newest" and decision.reason.startswith("the policy"):
        assert after.value(policy) == world.value(policy)


@given(worlds(agreed=True), st.data())
def test_any_number_of_edits_under_a_policy_agrees_in_one_cycle(world: World, data: st.DataObject) -> None:
    edited = world
    for seen in world.members:
        if data.draw(st.booleans()):
            edited = edited.edit(seen.connection, seen.image({"status": data.draw(st.sampled_from(STATES))}))
    decision = edited.decide(Rule("m0"))
    if decision.conflict is None:
        assert settled(edited.apply(decision))
    else:
        assert "m0" not in decision.changed
        assert not decision.writes
        assert not decision.receipts


@given(worlds(agreed=True), st.data())
def test_a_coarse_member_never_pulls_detail_out_of_a_finer_one(world: World, data: st.DataObject) -> None:
    """Whoever already shows what the winner says of its value keeps that value, detail included."""
    editor = data.draw(st.sampled_from(world.members))
    value = editor.image({"status": data.draw(st.sampled_from(STATES))})
    edited = world.edit(editor.connection, value)
    decision = edited.decide()
    finer = [seen for seen in edited.members if seen.connection != editor.connection and editor.image(seen.value) == value]
    if finer and decision.changed:
        assert decision.record == finer[0].value
        assert finer[0].connection not in decision.writes


@given(worlds(agreed=True), st.data())
def test_images_of_one_members_value_are_no_conflict(world: World, data: st.DataObject) -> None:
    author = data.draw(st.sampled_from(world.members))
    value = author.image({"status": data.draw(st.sampled_from(STATES))})
    edited = world
    for seen in world.members:
        edited = edited.edit(seen.connection, seen.image(value))
    decision = edited.decide()
    assert decision.conflict is None
    assert settled(edited.apply(decision))


def test_what_all_changed_to_may_be_what_another_shows_already() -> None:
    """Two coarse tools are set by hand to what the finer one, which nobody touched, says: nobody need decide."""
    fine = Seen("m0", {"status": "fine"}, {"status": "fine"}, lambda value: value)
    coarse = [
        Seen(name, {"status": shown}, {"status": "old"}, lambda value, shown=shown: {"status": shown})
        for name, shown in (("m1", "a"), ("m2", "b"))
    ]
    decision = World((fine, *coarse), {"status": "old"}).decide()
    assert (decision.conflict, decision.record, decision.writes) == (None, {"status": "fine"}, {})


ELEMENTS = st.sets(st.sampled_from(["a", "b", "c", "d", "e"]))


@given(st.lists(ELEMENTS, min_size=2, max_size=4), ELEMENTS)
def test_sets_join_additions_and_removals(held: list[set[str]], before: set[str]) -> None:
    members = tuple(
        Seen(f"m{number}", {"labels": sorted(items)}, {"labels": sorted(before)}, exactly)
        for number, items in enumerate(held)
    )
    world = World(members, {"labels": sorted(before)})
    decision = world.decide(group="labels", times=never)
    assert decision.conflict is None
    added = set[str]().union(*(items - before for items in held))
    removed = set[str]().union(*(before - items for items in held))
    after = world.apply(decision)
    for seen in after.members:
        assert set(seen.value["labels"]) == (before - removed) | added
    assert not after.decide(group="labels").writes


@given(st.lists(ELEMENTS, min_size=2, max_size=4))
def test_sets_that_meet_are_united(held: list[set[str]]) -> None:
    members = tuple(Seen(f"m{number}", {"labels": sorted(items)}, None, exactly) for number, items in enumerate(held))
    world = World(members)
    after = world.apply(world.decide(group="labels"))
    assert all(set(seen.value["labels"]) == set[str]().union(*held) for seen in after.members)


@given(worlds(agreed=True), st.data(), st.sampled_from(["keep", "restore"]))
def test_one_way_groups_keep_or_restore_drift(world: World, data: st.DataObject, on_drift: str) -> None:
    rule = Rule(source="m0", on_drift="keep" if on_drift == "keep" else "restore")
    receiver = data.draw(st.sampled_from(world.members[1:]))
    value = receiver.image({"status": data.draw(st.sampled_from(STATES))})
    drifted = world.edit(receiver.connection, value)
    moved = not same(value, receiver.value)
    decision = drifted.decide(rule, times=never)
    after = drifted.apply(decision)
    assert "m0" not in decision.writes
    if moved and receiver.writable:
        assert (decision.drift == (receiver.connection,)) is (on_drift == "keep")
        assert (after.value(receiver.connection) == value) is (on_drift == "keep")
    if on_drift == "restore":
        assert not after.decide(rule).writes
    source = world.members[0]
    news = source.image({"status": data.draw(st.sampled_from(STATES))})
    if not same(news, source.value):
        told = world.edit("m0", news)
        spread = told.apply(told.decide(rule))
        assert spread.record == news
        assert all(same(seen.value, seen.image(news)) for seen in spread.members if seen.writable)


# -- what an image leaves out


def test_a_field_that_an_image_leaves_out_stays_and_does_not_swing() -> None:
    """The receiving member does not know the new assignee: it keeps its own, and does not send that back."""

    def knows_only_groups(value: Value) -> Value:
        return {"group": value["group"]}

    before: Value = {"group": {"name": "Ops"}, "assignee": {"email": "a@x.example"}}
    world = World((Seen("one", before, before, exactly), Seen("two", before, before, knows_only_groups)), before)
    edited = world.edit("one", {"group": {"name": "Net"}, "assignee": {"email": "b@x.example"}})
    decision = edited.decide(group="assignment")
    assert decision.writes == {"two": {"group": {"name": "Net"}, "assignee": {"email": "a@x.example"}}}
    again = edited.apply(decision).decide(group="assignment", times=never)
    assert (again.writes, again.changed, again.conflict) == ({}, (), None)


def test_custom_fields_of_one_member_alone_stay() -> None:
    def has(*names: str) -> Callable[[Value], Value]:
        return lambda value: {"custom": {name: item for name, item in value["custom"].items() if name in names}}

    one: Value = {"custom": {"Site": "Lyon", "Only one": 1}}
    two: Value = {"custom": {"Site": "Lyon", "Only two": 2}}
    world = World((Seen("one", one, None, has("Site", "Only one")), Seen("two", two, None, has("Site", "Only two"))))
    first = world.decide(group="custom")
    assert (first.conflict, first.writes) == (None, {})
    moved = world.apply(first).edit("two", {"custom": {"Site": "Bonn", "Only two": 3}})
    decision = moved.decide(group="custom")
    assert decision.writes == {"one": {"custom": {"Site": "Bonn", "Only one": 1}}}
    assert not moved.apply(decision).decide(group="custom", times=never).writes


def test_an_element_that_only_its_member_can_name_stays() -> None:
    """A watcher without an address is nobody at the other tool, and no reason to write."""

    def with_address(value: Value) -> Value:
        return {"watchers": [person for person in value["watchers"] if "email" in person]}

    ann, clerk = {"email": "ann@x.example"}, {"id": "77"}
    world = World(
        (
            Seen("one", {"watchers": [ann, clerk]}, None, with_address),
            Seen("two", {"watchers": [ann]}, None, with_address),
        )
    )
    decision = world.decide(group="watchers", times=never)
    assert (decision.writes, decision.conflict) == ({}, None)
    assert not world.apply(decision).decide(group="watchers", times=never).writes


# -- policies


def two(one: Value, other: Value, before: Value | None = None) -> World:
    return World((Seen("one", one, before, exactly), Seen("two", other, before, exactly)), before)


CLASH = two({"status": "s1"}, {"status": "s2"}, {"status": "s0"})


def test_ask_tells_who_disagrees() -> None:
    decision = CLASH.decide(Rule("ask"))
    assert decision.conflict == "status changed at one and two"
    assert (decision.changed, decision.writes, decision.record) == (("one", "two"), {}, None)


def test_newest_asks_the_history_and_only_then() -> None:
    def at(one: datetime, other: datetime) -> Decision:
        return CLASH.decide(Rule("newest"), times=lambda names: {"one": one, "two": other}, skew=timedelta(seconds=30))

    assert at(NOON, NOON + timedelta(minutes=1)).record == {"status": "s2"}
    assert at(NOON + timedelta(minutes=1), NOON).writes == {"two": {"status": "s1"}}
    assert "too close" in (at(NOON, NOON + timedelta(seconds=30)).conflict or "")
    assert "does not tell when two" in (CLASH.decide(Rule("newest"), times=lambda names: {"one": NOON}).conflict or "")


def test_highest_compares_priorities() -> None:
    world = two({"priority": 3}, {"priority": 1}, {"priority": 4})
    assert world.decide(Rule("highest"), group="priority").record == {"priority": 1}
    nothing = two({"priority": None, "impact": 1}, {"priority": None, "impact": 2}, {"priority": 4})
    assert nothing.decide(Rule("highest"), group="priority").conflict == "no side states a priority"


def test_a_named_policy_counts_only_if_that_member_changed() -> None:
    assert CLASH.decide(Rule("two")).record == {"status": "s2"}
    third = Seen("three", {"status": "s0"}, {"status": "s0"}, exactly)
    world = World((*CLASH.members, third), CLASH.record)
    assert world.decide(Rule("three")).conflict is not None


def test_a_person_decides_a_conflict() -> None:
    decision = CLASH.decide(Rule("ask"), chosen="two")
    assert (decision.record, decision.writes) == ({"status": "s2"}, {"one": {"status": "s2"}})
    assert CLASH.decide(Rule("ask"), chosen="gone").conflict is not None


def test_a_write_that_failed_is_tried_again() -> None:
    lagging = Seen("two", {"status": "s0"}, {"status": "s0"}, exactly)
    world = World((Seen("one", {"status": "s1"}, {"status": "s1"}, exactly), lagging), {"status": "s1"})
    assert world.decide(times=never).writes == {"two": {"status": "s1"}}
    one_way = World((*world.members[:1], lagging), world.record).decide(Rule(source="one"))
    assert one_way.writes == {"two": {"status": "s1"}}


def test_nothing_is_known_yet() -> None:
    same_receipts = World((Seen("one", {"status": "s1"}, {"status": "s1"}, exactly),))
    assert same_receipts.decide() == Decision()
    assert CLASH.decide(Rule(source="absent")) == Decision()


@pytest.mark.parametrize(("accept", "conflict"), [(False, True), (True, False)])
def test_an_edit_of_a_shortened_text_is_a_conflict(accept: bool, conflict: bool) -> None:
    def short(value: Value) -> Value:
        text = value["title"]
        return {"title": text if len(text) <= 8 else text[:7] + CUT}

    whole: Value = {"title": "a long title"}
    cut: Value = {"title": "a long " + CUT}
    world = World((Seen("one", whole, whole, exactly), Seen("two", cut, cut, short)), whole)
    edited = world.edit("two", {"title": "A long " + CUT})
    decision = edited.decide(Rule("ask", accept_shorter=accept), group="title")
    assert (decision.conflict is not None) is conflict
    other = world.edit("one", {"title": "another long title"}).decide(group="title")
    assert other.writes == {"two": {"title": "another" + CUT}}
    assert not world.decide(group="title").writes


MATRIX = {(1, 1): 1, (1, 2): 2, (2, 1): 2, (2, 2): 3, (1, 3): 3, (3, 1): 3, (2, 3): 4, (3, 2): 4, (3, 3): 5}


def computed(value: Value) -> Value:
    """A tool whose priority follows from impact and urgency."""
    return {**value, "priority": MATRIX[value["impact"], value["urgency"]]}


def derived(value: Value) -> Value:
    """A tool that holds a priority only, and derives the others from it."""
    impact, urgency = next(pair for pair, priority in MATRIX.items() if priority == value["priority"])
    return {"impact": impact, "urgency": urgency, "priority": value["priority"]}


def test_detail_that_would_undo_a_change_elsewhere_is_not_kept() -> None:
    agreed = {"impact": 3, "urgency": 2, "priority": 4}
    fine, coarse = Seen("fine", agreed, agreed, computed), Seen("coarse", derived(agreed), derived(agreed), derived)
    edited = World((fine, coarse), agreed).edit("coarse", derived({"priority": 3}))
    after = edited.apply(edited.decide(group="priority"))
    assert after.value("fine")["priority"] == after.value("coarse")["priority"] == 3
    assert not after.decide(group="priority").writes
