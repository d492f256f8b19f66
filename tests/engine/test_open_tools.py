"""Tools that hide nothing from the requester, keep no empty file and tell no sizes."""

from __future__ import annotations

from dataclasses import replace

from isthmus.core.connector import FilePlace
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.proof.proof import prove
from isthmus.testing.dialect import Dialect

OPEN = Dialect(internal_comments=False, internal_files=False, empty_files=False, tells_sizes=False, keeps_history=False)


def texts(world, name, record):
    return [comment["text"] for comment in world.tools[name].comments[record]]


def test_nothing_internal_reaches_a_tool_that_hides_no_comment(make_world):
    world = make_world(Dialect(files_on=FilePlace.COMMENT), OPEN, on_delete="note")
    record = world.a.create(title="x", service="billing")
    world.a.comment(record, text="<p>for you</p>")
    world.a.comment(record, text="<p>among us</p>", public=False)
    world.a.attach(record, name="secret.txt", data=b"secret", public=False)
    result = world.cycle()
    twin = world.twin()["id"]
    (said,) = texts(world, "b", twin)
    assert "for you" in said
    assert world.b.files[twin] == []
    assert "the tool cannot hide a comment from the requester" in "\n".join(result.tally.notes)
    assert result.tally.counts["comments"]["excluded"] == 2
    assert result.tally.balanced
    world.cycle()
    attempts = world.attempts()
    world.cycle()
    assert world.attempts() == attempts, "what is left out is not tried again"

    world.a.delete(record)
    world.cycle()
    world.cycle()
    assert len(texts(world, "b", twin)) == 1, "a note of ours is internal as well"


def test_an_empty_file_is_left_out_and_said(make_world):
    world = make_world(Dialect(), OPEN)
    record = world.a.create(title="x")
    world.a.attach(record, name="empty.txt", data=b"")
    world.a.attach(record, name="full.txt", data=b"full", by="carla")
    result = world.cycle()
    assert [file["name"] for file in world.b.files[world.twin()["id"]]] == ["full.txt"]
    assert "the tool keeps no file without bytes" in "\n".join(result.tally.notes)
    assert result.tally.balanced


def test_a_file_whose_size_is_not_told_is_measured_on_the_way(make_world):
    world = make_world(OPEN, Dialect())
    record = world.a.create(title="x")
    world.a.attach(record, name="log.txt", data=b"four", by="carla")
    sizes: list[int] = []
    add_file = world.sides["b"].connector.add_file
    world.sides["b"].connector.add_file = lambda write: (sizes.append(write.file.size), add_file(write))[1]
    world.cycle()
    assert sizes == [4]
    (copy,) = world.b.files[world.twin()["id"]]
    assert copy["size"] == 4


def test_what_others_carry_in_a_note_is_called_lost(make_world):
    world = make_world(Dialect(), OPEN)
    for side in world.sides.values():
        short = {"fields": {"title": side.mapping.spec.fields["title"]}, "tables": {}}
        side.mapping, whole = Mapping(side.mapping.spec.model_copy(update=short)), side.mapping
        other = world.sides["b" if side.name == "a" else "a"]
        told = {row.field: row.how for row in prove(replace(other, mapping=whole), side).fields}
        assert told["labels"].endswith("lost" if side.name == "b" else "carried in text")
        assert ("internal ones are left out" in told["comments"]) is (side.name == "b")
