"""Transforms: each reads what its tool tells and writes it back; what it does not understand it refuses."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.errors import MappingError
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.transforms import TRANSFORMS, UNRESOLVED, Transform, find_transform, known_transforms, plain_text
from isthmus.core.model import Group, Incident, Person


class Known(Unlisted):
    """Knows one person and one group, and no ids of other tools."""

    def person(self, person_id: str) -> Person | None:
        return Person(id="7", name="Ann", email="Ann@x.example") if person_id == "7" else None

    def person_id(self, person: Person) -> str | None:
        return "7" if person.email == "ann@x.example" else None

    def group(self, group_id: str) -> Group | None:
        return Group(id="70", name="Network") if group_id == "70" else None

    def group_id(self, group: Group) -> str | None:
        return "70" if group.name == "Network" else None


KNOWN = Known()
ANN = {"id": "7", "name": "Ann", "email": "ann@x.example"}
STRANGER = {"id": "x", "email": "eve@y.example"}


def read(name: str, raw: Any) -> Any:
    return find_transform(name).read(raw, KNOWN)


def write(name: str, value: Any) -> Any:
    return find_transform(name).write(value, KNOWN)


@pytest.mark.parametrize("name", [name for name in TRANSFORMS if name != "raw"])
def test_empty_is_empty_both_ways(name: str) -> None:
    for raw in (None, ""):
        assert read(name, raw) in (None, [], {})
    for value in (None, [], ()):
        if value is None or "label" in name or name in {"people", "people_commas", "tags", "configuration_items"}:
            assert write(name, value) in (None, "", [])


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("text", 5, "5"),
        ("text", True, "true"),
        ("nullable_text", "x", "x"),
        ("integer", "1,234", 1234),
        ("digits", "7", 7),
        ("boolean", True, True),
        ("boolean", "False", False),
        ("boolean_text", "1", True),
        ("rfc3339", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z"),
        ("rfc3339", "2026-03-29T01:30:00.5+02:00", "2026-03-28T23:30:00.500000Z"),
        ("rfc3339", "2026-03-29T01:30:00", "2026-03-29T01:30:00Z"),
        ("spaced_utc", "2026-10-25 02:30:00", "2026-10-25T02:30:00Z"),
        ("epoch_s", 0, "1970-01-01T00:00:00Z"),
        ("epoch_ms", "1500", "1970-01-01T00:00:01.500000Z"),
        ("person", 7, ANN),
        ("person", "9", {"id": "9"}),
        ("group", "70", {"id": "70", "name": "Network"}),
        ("group", 9, {"id": "9"}),
        ("people", [7, "9"], [ANN, {"id": "9"}]),
        ("people_commas", "7, Eve@Y.example ,9", [ANN, {"email": "eve@y.example"}, {"id": "9"}]),
        ("labels", ["b", "a", "b"], ["a", "b"]),
        ("labels_commas", "b, a,,b", ["a", "b"]),
        ("tags", ["vip"], ["vip"]),
        ("id_values", [{"id": 5, "value": "x"}, {"id": "6"}], {"5": "x", "6": None}),
        ("named", "Mail", "Mail"),
        ("configuration_items", "c1", [{"id": "c1"}]),
        ("satisfaction", "good", {"score": "good"}),
        ("satisfaction", {"score": "good", "id": 4}, {"score": "good"}),
        ("satisfaction", {"score": "bad", "comment": "slow"}, {"score": "bad", "comment": "slow"}),
        ("rich:text", "a\nb", "<p>a<br>b</p>"),
        ("rich:html", "<div>a</div>", "<p>a</p>"),
        ("rich:html", "<p> </p>", None),
    ],
)
def test_reading(name: str, raw: Any, value: Any) -> None:
    assert read(name, raw) == value


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("text", {"value": "x"}),
        ("integer", "many"),
        ("integer", "1.5"),
        ("boolean", "perhaps"),
        ("rfc3339", "yesterday"),
        ("rfc3339", "2026-13-01T00:00:00Z"),
        ("spaced_utc", "25/10/2026 02:30"),
        ("spaced_utc", 5),
        ("epoch_s", 10**20),
        ("epoch_ms", "soon"),
        ("person", {"link": "https://x"}),
        ("group", ["70"]),
        ("people", "7"),
        ("people_commas", ["7"]),
        ("labels", "a b"),
        ("labels", [["a"]]),
        ("id_values", {"5": "x"}),
        ("id_values", [{"value": "x"}]),
        ("id_values", ["x"]),
        ("configuration_items", ["c1"]),
        ("satisfaction", {"id": 4}),
        ("rich:html", ["x"]),
    ],
)
def test_what_cannot_be_read_is_refused(name: str, raw: Any) -> None:
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError, ArithmeticError)):
        read(name, raw)


@pytest.mark.parametrize(
    ("name", "value", "raw"),
    [
        ("text", "x", "x"),
        ("nullable_text", None, None),
        ("digits", 7, "7"),
        ("boolean_text", False, "false"),
        ("spaced_utc", "2026-10-25T02:30:00.900000+02:00", "2026-10-25 00:30:00"),
        ("spaced_utc", "2026-10-25T02:30:00", "2026-10-25 02:30:00"),
        ("epoch_s", "1970-01-01T00:00:59.999999Z", 59),
        ("rfc3339_s", "2026-03-29T01:30:00.5+02:00", "2026-03-28T23:30:00Z"),
        ("person", ANN, "7"),
        ("person", STRANGER, UNRESOLVED),
        ("group", {"name": "Network"}, "70"),
        ("group", {"name": "network"}, UNRESOLVED),
        ("people", [ANN, STRANGER], ["7"]),
        ("people_commas", [ANN, STRANGER, {"name": "No mail"}], "7,eve@y.example"),
        ("labels", ["a b"], ["a b"]),
        ("labels_commas", ["b,c", " a "], "a,b c"),
        ("tags", ["Needs  Vendor", "VIP", " "], ["needs_vendor", "vip"]),
        ("id_values", {"5": "x", "Name": "y"}, [{"id": 5, "value": "x"}]),
        ("named", "Mail", UNRESOLVED),
        ("configuration_items", [{"id": "c1"}, {"id": "c2"}], "c1"),
        ("configuration_items", [{"name": "n"}], UNRESOLVED),
        ("satisfaction", {"score": "good"}, UNRESOLVED),
        ("rich:text", "<p>a</p>", "a"),
    ],
)
def test_writing(name: str, value: Any, raw: Any) -> None:
    assert write(name, value) == raw


FIRST, LAST = datetime.fromisoformat("0001-01-03"), datetime.fromisoformat("9999-12-29")
MOMENTS = st.datetimes(FIRST, LAST).map(lambda moment: moment.replace(tzinfo=UTC))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(MOMENTS, OFFSETS)
def test_times_are_utc_whatever_zone_they_came_in(moment: datetime, zone: timezone) -> None:
    there = moment.astimezone(zone).isoformat()
    assert datetime.fromisoformat(read("rfc3339", there)) == moment
    assert read("rfc3339", there).endswith("Z")
    document = Incident(connection="c", id="1", due_at=moment.astimezone(zone)).document()
    assert document["due_at"] == read("rfc3339", there)


@given(MOMENTS, st.sampled_from(["spaced_utc", "epoch_s", "epoch_ms", "rfc3339"]))
def test_times_come_back_to_their_grain(moment: datetime, name: str) -> None:
    value = read("rfc3339", moment.isoformat())
    told = read(name, write(name, value))
    lost = moment - datetime.fromisoformat(told)
    grain = {"epoch_ms": timedelta(milliseconds=1), "rfc3339": timedelta(microseconds=1)}.get(name, timedelta(seconds=1))
    assert timedelta(0) <= lost < grain
    assert read(name, write(name, told)) == told


@given(st.lists(st.text(max_size=10), max_size=6), st.sampled_from(["labels", "labels_commas", "tags"]))
def test_labels_are_a_set_that_is_stable(labels: list[str], name: str) -> None:
    told = read(name, write(name, labels))
    assert told == sorted(set(told))
    assert read(name, write(name, told)) == told
    assert read(name, write(name, list(reversed(labels)))) == told
    if name == "labels":
        assert told == sorted(set(labels))


def test_plain_text_takes_single_values_only() -> None:
    assert [plain_text(value) for value in ("x", False, 1, 1.5)] == ["x", "false", "1", "1.5"]
    with pytest.raises(TypeError, match="not dict"):
        plain_text({})


def test_a_function_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "careless_transforms.py").write_text("1 / 0", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = ModuleType("house_transforms")
    shout = Transform(lambda raw, names: raw.upper(), lambda value, names: value.lower())
    module.__dict__.update(SHOUT=shout, NOTHING=5)
    monkeypatch.setitem(sys.modules, "house_transforms", module)
    assert find_transform("python:house_transforms:SHOUT") is shout
    for wrong in (
        "python:house_transforms:NOTHING",
        "python:house_transforms:ABSENT",
        "python:no_such_module:X",
        "python:careless_transforms:X",
        "python:",
    ):
        with pytest.raises(MappingError, match=wrong):
            find_transform(wrong)


class Form(Known):
    """Knows a field of three choices, and one without."""

    def field_id(self, field_name: str) -> str | None:
        return {"Site": "site", "Note": "12"}.get(field_name)

    def options(self, field: str) -> frozenset[str] | None:
        return frozenset({"lyon", "bonn", "5"}) if field == "site" else None


@pytest.mark.parametrize(
    ("value", "kept"),
    [("lyon", True), ("rome", False), (5, True), (["lyon", "bonn"], True), (["lyon", "rome"], False), (None, True),
     ("", True), ([], True), ({"a": 1}, False)],
)  # fmt: skip
def test_custom_values_that_the_tool_does_not_offer_are_left_out(value: Any, kept: bool) -> None:
    written = find_transform("id_values").write({"Site": value, "Note": value, "Unheard of": 1}, Form())
    assert written == [*([{"id": "site", "value": value}] if kept else []), {"id": 12, "value": value}]


def test_what_a_connector_put_together_is_read_as_it_is() -> None:
    links = [{"kind": "problem", "id": "7"}]
    assert read("listed", links) == links
    assert write("listed", links) is UNRESOLVED
    with pytest.raises(TypeError):
        read("listed", "text")


def test_the_known_transforms_are_listed() -> None:
    names = list(known_transforms())
    assert names == sorted(names)
    assert {"text", "rich:html", "python:MODULE:NAME"} <= set(names)
    with pytest.raises(MappingError, match="unknown transform 'txet'; known: boolean"):
        find_transform("txet")
