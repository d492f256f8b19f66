"""What a user says that a tool demands of a resolved record is filled in where it is missing, never over what is there."""

from __future__ import annotations

import pytest
from isthmus.core.mapping.spec import MappingSpec, Overlay, WhenRule
from isthmus.testing.dialect import Dialect


def demanding(spec: MappingSpec) -> MappingSpec:
    return Overlay(required=(WhenRule(when={"state": ("solved",)}, set={"kind": "other"}),)).apply(spec)


@pytest.mark.parametrize(("kind", "then"), [("network", "network"), (None, "other")])
@pytest.mark.parametrize("state", ["open", "solved"], ids=["resolved later", "taken over resolved"])
def test_a_demanded_field_is_filled_once(make_world, kind, then, state):
    world = make_world(Dialect(), Dialect(keeps_history=False, create_carries_comments=False))
    world.remap("b", demanding)
    record = world.a.create(title="x", state=state, kind=kind)
    world.cycle()
    world.a.edit(record, state="solved", notes="Done")
    world.cycle()
    assert (world.twin()["state"], world.twin()["kind"]) == ("solved", then)
    world.cycle()
    assert world.a.records[record]["kind"] == then
