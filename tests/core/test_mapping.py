"""Mappings: laws that hold for every mapping that ships, and what the mapping language does, on small ones."""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from isthmus.core.config import mapping_schema
from isthmus.core.directory import Unlisted
from isthmus.core.errors import MappingError
from isthmus.core.flavours import CUT
from isthmus.core.mapping import Mapping
from isthmus.core.mapping_fields import remainder
from isthmus.core.mapping_spec import Overlay, load_mapping, parse_mapping, shipped_mapping
from isthmus.core.model import GROUPS, ConfigurationItem, Document, Group, Incident, Person, Status
from isthmus.core.values import group_values, held_groups, same
from jsonschema import Draft202012Validator

SHIPPED = sorted(
    path.name.removesuffix(".yaml") for path in resources.files("isthmus.mappings").iterdir() if path.name.endswith(".yaml")
)
COMPILED = {name: Mapping(shipped_mapping(name)) for name in SHIPPED}
EVERY_MAPPING = pytest.mark.parametrize("name", SHIPPED)


class Town:
    """Names of a connection that knows a few people, groups, items and fields."""

    base_url = "https://tool.example"
    emails: ClassVar = {"7": "ann@x.example", "8": "bob@x.example", "9": "cleo@x.example"}
    groups: ClassVar = {"70": "Service Desk", "71": "Network"}
    fields: ClassVar = {"360001": "Site", "360002": "Asset tag"}
    items: ClassVar = {"500": "web-01"}

    def person(self, person_id: str) -> Person | None:
        return (
            Person(id=person_id, name=f"P{person_id}", email=self.emails[person_id]) if person_id in self.emails else None
        )

    def person_id(self, person: Person) -> str | None:
        return next((key for key, email in self.emails.items() if email == person.email), None)

    def group(self, group_id: str) -> Group | None:
        return Group(id=group_id, name=self.groups[group_id]) if group_id in self.groups else None

    def group_id(self, group: Group) -> str | None:
        return next((key for key, name in self.groups.items() if name == group.name), None)

    def item(self, item_id: str) -> ConfigurationItem | None:
        return ConfigurationItem(id=item_id, name=self.items[item_id]) if item_id in self.items else None

    def item_id(self, item: ConfigurationItem) -> str | None:
        return next((key for key, name in self.items.items() if name == item.name), None)

    def field_name(self, field_id: str) -> str | None:
        return self.fields.get(field_id)

    def field_id(self, field_name: str) -> str | None:
        return next((key for key, name in self.fields.items() if name == field_name), None)

    def options(self, field: str) -> frozenset[str] | None:
        return None


TOWN = Town()

# -- every value that an incident can hold, group by group

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
LONG = st.builds(lambda piece, count: (piece or "x") * count, TEXT, st.integers(0, 40)) | st.integers(0, 4100).map(
    "ü".__mul__
)
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
PEOPLE = st.sampled_from(
    [
        {"id": "x1", "name": "Ann", "email": "ann@x.example"},
        {"id": "x2", "name": "Bob", "email": "bob@x.example"},
        {"id": "x3", "name": "Nobody", "email": "nobody@y.example"},
        {"id": "x4", "name": "No mail"},
    ]
)
REASONS = st.sampled_from(
    [None, "requester", "vendor", "change", "problem", "scheduled", "duplicate", "Solved (Work Around)"]
)
FIRST, LAST = datetime.fromisoformat("0002-01-01"), datetime.fromisoformat("9998-01-01")
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.timezones()).map(
    lambda moment: Incident(connection="c", id="1", due_at=moment).document()["due_at"]
)
RICH = st.sampled_from(["<p>a</p>", "<p>{{x}} [code]</p>", "<ul><li>b</li></ul>", "<p>&nbsp;x</p>", None]) | LONG.map(
    lambda text: f"<p>{''.join(text.split())}</p>".replace("&", "").replace("<p></p>", "") or None
)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "title": LONG,
    "description": RICH,
    "status": st.sampled_from([status.value for status in Status]),
    "status_reason": REASONS,
    "resolution_code": st.none() | WORDS,
    "resolution_notes": st.none() | LONG,
    "impact": st.none() | st.integers(1, 3),
    "urgency": st.none() | st.integers(1, 3),
    "priority": st.none() | st.integers(1, 5),
    "group": st.none() | st.sampled_from([{"id": "1", "name": "Service Desk"}, {"id": "2", "name": "Unheard of"}]),
    "assignee": st.none() | PEOPLE,
    "requester": st.none() | PEOPLE,
    "watchers": st.lists(PEOPLE, unique_by=lambda person: person["id"]),
    "tier": st.none() | st.sampled_from(["L1", "L2", "L3"]),
    "category": st.none() | WORDS,
    "subcategory": st.none() | WORDS,
    "service": st.none() | WORDS,
    "configuration_items": st.lists(
        st.sampled_from([{"id": "1", "name": "web-01"}, {"id": "2", "name": "gone"}]), max_size=2
    ),
    "major": st.none() | st.booleans(),
    "labels": st.lists(WORDS, unique=True).map(sorted),
    "due_at": st.none() | MOMENTS,
    "channel": st.none() | st.sampled_from(["email", "portal", "phone", "chat", "monitoring", "api", "fax"]),
    "cause": st.none() | LONG,
    "workaround": st.none() | LONG,
    "links": st.just([{"kind": "problem", "id": "77"}]),
    "custom": st.dictionaries(
        st.sampled_from(["Site", "Asset tag", "u_site", "Unheard of"]),
        st.none() | WORDS | st.integers(0, 9) | st.booleans(),
    ),
}


@st.composite
def group_value(draw: st.DrawFn, group: str) -> Document:
    """A value of a group, in which the vendor may not have told some fields."""
    fields = GROUPS[group]
    kept = [field for field in fields if field == "status" or draw(st.integers(0, 4))] or [fields[0]]
    return {field: draw(VALUES[field]) for field in kept}


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A document with some of all fields."""
    doc: Document = {}
    for group in GROUPS:
        if draw(st.booleans()):
            doc.update(draw(group_value(group)))
    return doc


def image(mapping: Mapping, group: str, value: Document) -> Document:
    """What the engine takes for the image of a group's value."""
    return group_values(mapping.predict(value, TOWN), mapping).get(group, {})


# -- laws of every mapping that ships


@EVERY_MAPPING
@given(st.data())
def test_images_are_stable(name: str, data: st.DataObject) -> None:
    mapping = COMPILED[name]
    group = data.draw(st.sampled_from(sorted(held_groups(mapping))))
    value = data.draw(group_value(group))
    once = image(mapping, group, value)
    assert same(image(mapping, group, once), once)


@EVERY_MAPPING
@given(documents())
def test_what_is_read_back_of_a_create_is_written_back_the_same(name: str, doc: Document) -> None:
    mapping = COMPILED[name]
    once = mapping.predict(doc, TOWN, creating=True)
    again = mapping.predict(once, TOWN, creating=True)
    for field, value in once.items():
        assert same({field: value}, {field: again.get(field)}), field


@EVERY_MAPPING
@given(documents())
def test_every_predicted_value_is_one_an_incident_can_hold(name: str, doc: Document) -> None:
    predicted = COMPILED[name].predict(doc, TOWN, creating=True)
    incident = Incident.model_validate({**predicted, "connection": "c", "id": "1"})
    assert incident.document() == {**predicted, "connection": "c", "id": "1"}


@EVERY_MAPPING
@given(
    st.sampled_from(list(Status)),
    REASONS,
    st.none() | st.integers(1, 3),
    st.none() | st.integers(1, 3),
    st.none() | st.integers(1, 5),
)
def test_every_status_and_every_priority_can_be_written(
    name: str, status: Status, reason: str | None, impact: int | None, urgency: int | None, priority: int | None
) -> None:
    value = {"status": status.value, "status_reason": reason, "impact": impact, "urgency": urgency, "priority": priority}
    predicted = COMPILED[name].predict(value, TOWN, creating=True)
    assert predicted["status"] is not None
    lost = [field for field, item in value.items() if predicted.get(field) != item]
    losses = COMPILED[name].losses(value)
    assert bool(lost) is bool(losses)
    assert all(len(loss.split()) >= 2 for loss in losses)


@EVERY_MAPPING
def test_what_is_declared_lossless_is_lossless(name: str) -> None:
    mapping = COMPILED[name]
    for runner in mapping.tables:
        for row in runner.exact:
            if row.read_only:
                continue
            value = {field: row.incident.get(field) for field in runner.table.incident}
            predicted = mapping.predict(value, TOWN, creating=True)
            assert {field: predicted[field] for field in value} == value


@EVERY_MAPPING
def test_every_lossy_row_says_how(name: str) -> None:
    spec = shipped_mapping(name)
    rows = [row for table in spec.tables.values() for row in table.rows if row.loss is not None]
    assert rows
    assert all(len(row.loss.split()) >= 3 for row in rows if row.loss)


@EVERY_MAPPING
@given(st.integers(100, 170), st.sampled_from(["a", "ü", "🔥", "日"]), st.booleans())
@example(160, "a", False)
@example(161, "🔥", False)
def test_titles_of_any_length_fit(name: str, length: int, letter: str, spaced: bool) -> None:
    title = letter * length if not spaced else f"{letter} " * (length // 2) + letter
    mapping = COMPILED[name]
    limit = shipped_mapping(name).fields["title"].max
    kept = mapping.predict({"title": title}, TOWN)["title"]
    if limit is None or len(title) <= limit:
        assert kept == title
    else:
        assert len(kept) <= limit
        assert kept.endswith(CUT)
        assert title.startswith(kept[:-1])


@EVERY_MAPPING
def test_unknown_is_not_empty(name: str) -> None:
    mapping = COMPILED[name]
    assert mapping.read({}, TOWN) == {}
    for field, rule in mapping.spec.fields.items():
        if field.startswith("links.") or rule.transform.startswith("python:"):
            continue
        path, _, rest = rule.field.partition(".")
        for empty in (None, ""):
            read = mapping.read({path: {rest: empty}} if rest else {rule.field: empty}, TOWN)
            assert read.get(field, "unknown") in (None, [], {}), field


@EVERY_MAPPING
@given(st.dictionaries(TEXT, st.none() | TEXT | st.integers() | st.lists(TEXT), max_size=4))
def test_what_no_rule_reads_is_kept(name: str, strangers: dict[str, Any]) -> None:
    mapping = COMPILED[name]
    strange = {f"zz_{field}": value for field, value in strangers.items()}
    assert mapping.read(strange, TOWN).get("extra", {}) == strange


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "value", "score", "channel", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@EVERY_MAPPING
@given(st.data())
def test_no_value_of_a_vendor_stops_a_record(name: str, data: st.DataObject) -> None:
    """Whatever stands in a field: it is read, or it lands in ``extra``, and what was read is an incident."""
    mapping = COMPILED[name]
    fields = sorted({rule.field.partition(".")[0].partition("[")[0] for rule in mapping.spec.fields.values()})
    fields += [path for runner in mapping.tables for path in runner.table.record]
    body = data.draw(st.dictionaries(st.sampled_from(fields), JSON, max_size=5))
    doc = mapping.read(body, TOWN)
    Incident.model_validate({**doc, "connection": "c", "id": "1"})
    mapping.unmapped(body, doc)
    for part in (mapping.comment, mapping.attachment):
        part_fields = sorted(
            {rule.field for rule in (mapping.spec.comment.fields | mapping.spec.attachment.fields).values()}
        )
        try:
            read = part.read(data.draw(st.dictionaries(st.sampled_from(part_fields), JSON, max_size=4)), TOWN)
        except MappingError:
            continue
        assert "extra" not in read


@EVERY_MAPPING
def test_shipped_mappings_fit_the_published_schema(name: str) -> None:
    schema = mapping_schema()
    Draft202012Validator.check_schema(schema)
    raw = yaml.safe_load((resources.files("isthmus.mappings") / f"{name}.yaml").read_text("utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(raw)) == []


@pytest.mark.parametrize(
    ("mistake", "place"),
    [
        ({"title": {"feild": "subject"}}, "title"),
        ({"title": {"field": "subject", "max": "long"}}, "title"),
        ({"title": {"field": "subject", "direction": "reed"}}, "title"),
        ({"title": "subject"}, "title"),
    ],
)
def test_an_editors_typical_mistake_is_refused(mistake: dict[str, Any], place: str) -> None:
    raw = yaml.safe_load((resources.files("isthmus.mappings") / f"{SHIPPED[0]}.yaml").read_text("utf-8"))
    raw["fields"] = mistake
    errors = list(Draft202012Validator(mapping_schema()).iter_errors(raw))
    assert errors
    assert all(place in map(str, error.absolute_path) for error in errors)
    with pytest.raises(MappingError, match=r"mine.yaml: fields\.title"):
        parse_mapping(yaml.safe_dump(raw), "mine.yaml")


@EVERY_MAPPING
def test_a_version_changes_with_every_edit(name: str) -> None:
    spec = shipped_mapping(name)
    assert Mapping(spec).version == COMPILED[name].version
    edited = Overlay.model_validate({"fields": {"title": {"field": "another"}}}).apply(spec)
    assert Mapping(edited).version != COMPILED[name].version
    assert Mapping(edited).version.startswith(f"{name}/{spec.version}-")


# -- the language, on small mappings


def small(**rules: Any) -> Mapping:
    """A mapping with these field rules; ``tables`` and the like may stand among them."""
    whole = {
        key: rules.pop(key)
        for key in ("tables", "aliases", "required", "effects", "ignored", "empty", "custom_prefix")
        if key in rules
    }
    fields = {name.replace("__", "."): rule if isinstance(rule, dict) else {"field": rule} for name, rule in rules.items()}
    part = {
        "fields": {
            "id": {"field": "id"},
            "visibility": {"field": "public", "values": {"true": "public", "false": "internal"}},
        }
    }
    spec = {"connector": "toy", "version": 1, "fields": fields, "comment": part, "attachment": part, **whole}
    return Mapping(parse_mapping(yaml.safe_dump(spec, sort_keys=False), "toy.yaml"))


STATES = {
    "status": {
        "incident": ["status", "status_reason"],
        "record": ["state", "hold"],
        "rows": [
            {"incident": {"status": "new"}, "record": {"state": "1", "hold": ""}},
            {"incident": {"status": "pending", "status_reason": "vendor"}, "record": {"state": "3", "hold": "4"}},
            {"incident": {"status": "pending", "status_reason": "change"}, "record": {"state": "3", "hold": "5"}},
            {"incident": {"status": "pending"}, "record": {"state": "3"}, "read_only": True},
            {"incident": {"status": "pending"}, "record": {"state": "3", "hold": "4"}, "loss": "only two reasons exist"},
        ],
    }
}


def test_a_table_reads_what_the_record_tells_and_no_more() -> None:
    toy = small(tables=STATES, aliases={"state": {"On Hold": "3"}})
    assert toy.read({"state": "3", "hold": "4"}, TOWN) == {"status": "pending", "status_reason": "vendor"}
    assert toy.read({"state": "On Hold", "hold": "9"}, TOWN) == {"status": "pending", "status_reason": None}
    assert toy.read({"state": "3"}, TOWN) == {"status": "pending"}
    assert toy.read({"hold": "5"}, TOWN) == {"status": "pending"}
    assert toy.read({}, TOWN) == {}


def test_values_without_a_row_are_kept_and_named() -> None:
    toy = small(tables=STATES)
    body = {"state": "9", "hold": None}
    doc = toy.read(body, TOWN)
    assert doc == {"extra": {"state": "9"}}
    assert toy.unmapped(body, doc) == "the mapping of toy has no row in table 'status' for state='9', hold=None"
    assert toy.unmapped({"state": "3"}, {"status": "pending"}) is None
    assert toy.read({"state": ["3"]}, TOWN) == {"extra": {"state": ["3"]}}


def test_a_table_writes_exactly_then_with_loss_then_not_at_all() -> None:
    toy = small(tables=STATES)
    assert toy.write({"status": "pending", "status_reason": "change"}, TOWN) == {"state": "3", "hold": "5"}
    assert toy.write({"status": "pending", "status_reason": None}, TOWN) == {"state": "3", "hold": "4"}
    assert toy.losses({"status": "pending"}) == ["only two reasons exist"]
    assert toy.losses({"status": "new"}) == toy.losses({"title": "t"}) == []
    with pytest.raises(MappingError, match="table 'status' has no row for status='closed', status_reason=None"):
        toy.write({"status": "closed"}, TOWN)


def test_a_table_remembers_without_growing(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = small(tables=STATES)
    monkeypatch.setattr(type(toy.tables[0]), "_MEMORY", 2)
    for number in range(5):
        assert toy.read({"state": str(number), "hold": "x"}, TOWN) == (
            {"status": "pending", "status_reason": None} if number == 3 else {"extra": {"state": str(number), "hold": "x"}}
        )
        assert toy.write({"status": "pending", "status_reason": f"r{number}"}, TOWN)["hold"] == "4"


def test_the_timeline_translates_single_values() -> None:
    toy = small(tables=STATES, title="subject")
    assert toy.timeline([("state", "1"), ("state", "3"), ("subject", "x"), ("state", "9")], TOWN) == [
        "new",
        "pending",
        None,
        None,
    ]
    assert toy.fields_of("status") == {"state", "hold"}
    assert toy.fields_of("title") == {"subject"}


def test_paths_lead_into_objects_and_lists() -> None:
    toy = small(
        channel="via.channel",
        category="custom_fields[77]",
        subcategory="flat.name",
        custom={"field": "custom_fields", "as": "id_values"},
    )
    body = {
        "via": {"channel": "email", "source": {"rel": None}},
        "custom_fields": [{"id": 77, "value": "net"}, {"id": 360001, "value": "Lyon"}, {"id": 5, "value": 1}],
        "flat.name": "sub",
    }
    assert toy.read(body, TOWN) == {
        "channel": "email",
        "category": "net",
        "subcategory": "sub",
        "custom": {"Site": "Lyon", "5": 1},
        "extra": {"via": {"source": {"rel": None}}},
    }
    written = toy.write({"channel": "email", "category": "net", "custom": {"Site": "Bonn", "Unheard of": 1}}, TOWN)
    assert written == {
        "via": {"channel": "email"},
        "custom_fields": [{"id": 77, "value": "net"}, {"id": 360001, "value": "Bonn"}],
    }
    assert toy.read({"via": "web"}, TOWN) == {"extra": {"via": "web"}}
    assert toy.read({"via": {"channel": "web"}}, TOWN) == {"channel": "web"}
    assert toy.read({"custom_fields": None}, TOWN) == {"custom": {}}


def test_a_list_of_which_only_entries_are_read_keeps_the_others() -> None:
    toy = small(category="custom_fields[77]", service="custom_fields[abc]")
    body = {"custom_fields": [{"id": 77, "value": "net"}, {"id": 5, "value": 1}, "odd"]}
    assert toy.read(body, TOWN) == {"category": "net", "extra": {"custom_fields": [{"id": 5, "value": 1}, "odd"]}}
    assert toy.write({"service": "mail"}, TOWN) == {"custom_fields": [{"id": "abc", "value": "mail"}]}


@pytest.mark.parametrize(
    ("value", "paths", "left"),
    [
        ({"a": {"b": 1, "c": 2}, "d": 3}, ["r.a.b"], {"a": {"c": 2}, "d": 3}),
        ({"a": {"b": 1}}, ["r.a.b"], None),
        ({"a": 1}, ["r.a.b"], {"a": 1}),
        ({"a": 1, "b": None}, ["r.a"], {"b": None}),
        ("word", ["r.a"], "word"),
        ([{"id": 1}], ["r[1]"], None),
    ],
)
def test_the_remainder_of_an_object(value: Any, paths: list[str], left: Any) -> None:
    assert remainder(value, paths) == left


def test_custom_fields_by_prefix_and_by_rule() -> None:
    toy = small(custom_prefix="u_", custom__site="u_site", title="t")
    assert toy.read({"u_site": "Lyon", "u_x": "1", "y": "2"}, TOWN) == {
        "custom": {"site": "Lyon", "u_x": "1"},
        "extra": {"y": "2"},
    }
    assert toy.write({"custom": {"site": "Lyon", "u_x": "1", "other": "2"}}, TOWN) == {"u_site": "Lyon", "u_x": "1"}
    assert toy.write({"custom": None}, TOWN) == {}
    assert "custom" in toy.writable


def test_links_of_several_kinds_come_together() -> None:
    toy = small(
        links__problem={"field": "problem_id", "companions": {"key": "problem_key"}},
        links__change__first={"field": "rfc", "direction": "read"},
        links__parent={"field": "parent", "as": "raw"},
    )
    assert toy.read({"problem_id": 5, "rfc": "c1", "parent": {"id": "p"}}, TOWN) == {
        "links": [{"kind": "problem", "id": "5"}, {"kind": "change", "id": "c1"}, {"kind": "parent", "id": "p"}]
    }
    assert toy.read({"problem_id": None}, TOWN) == {"links": []}
    assert toy.write({"links": [{"kind": "problem", "id": "5"}]}, TOWN) == {"problem_id": "5", "parent": None}
    assert toy.write({}, TOWN) == {}


def test_companions_describe_without_a_question() -> None:
    class Silent(Town):
        def person(self, person_id: str) -> Person | None:
            raise AssertionError(person_id)

    person = {"field": "who", "as": "person", "companions": {"name": "who.name", "email": "who.email"}}
    item = {"field": "ci", "as": "configuration_items", "companions": {"name": "ci.name"}}
    toy = small(
        requester=person,
        configuration_items=item,
        service={"field": "svc", "as": "named", "companions": {"name": "svc.name"}},
    )
    body = {
        "who": "5",
        "who.name": "Eve",
        "who.email": "EVE@x.example",
        "ci": "c",
        "ci.name": "db",
        "svc": "s",
        "svc.name": "Mail",
    }
    assert toy.read(body, Silent()) == {
        "requester": {"id": "5", "name": "Eve", "email": "eve@x.example"},
        "configuration_items": [{"id": "c", "name": "db"}],
        "service": "Mail",
    }
    assert toy.read({"who": "7", "who.name": "Ann B"}, TOWN) == {
        "requester": {"id": "7", "name": "Ann B", "email": "ann@x.example"}
    }
    assert toy.read({"who": "", "ci": "", "svc": ""}, TOWN) == {
        "requester": None,
        "configuration_items": [],
        "service": None,
    }
    assert toy.read({"svc": "s"}, TOWN) == {"service": "s"}


def test_value_lists_translate_both_ways() -> None:
    toy = small(
        channel={"field": "source", "values": {"1": "email", "2": "portal", "3": "email"}, "otherwise": "9"},
        priority={"field": "p", "values": {"high": 1}},
        cause={"field": "c", "values": {"x": "y"}, "unknown": "z"},
        major={"field": "m", "values": {"true": True, "false": False}},
    )
    assert toy.read({"source": 3, "p": "high", "c": "q", "m": True}, TOWN) == {
        "channel": "email",
        "priority": 1,
        "cause": "z",
        "major": True,
    }
    assert toy.read({"source": "4", "p": "odd", "m": ["x"]}, TOWN) == {"channel": "4", "extra": {"p": "odd", "m": ["x"]}}
    assert toy.write({"channel": "email", "priority": 1, "cause": None}, TOWN) == {"source": "1", "p": "high", "c": None}
    assert toy.write({"channel": "fax", "priority": 2}, TOWN) == {"source": "9"}
    with pytest.raises(MappingError, match=r"channel: the value \['x'\] cannot be written to 'source'"):
        toy.write({"channel": ["x"]}, TOWN)


def test_a_value_that_is_no_option_becomes_the_declared_one() -> None:
    class Choosy(Town):
        def options(self, field: str) -> frozenset[str] | None:
            return {"code": frozenset({"a", "b"}), "77": frozenset({"x"})}.get(field)

    toy = small(resolution_code={"field": "code", "otherwise": "b"}, category="custom_fields[77]")
    assert toy.write({"resolution_code": "a", "category": "x"}, Choosy()) == {
        "code": "a",
        "custom_fields": [{"id": 77, "value": "x"}],
    }
    assert toy.write({"resolution_code": "c", "category": "y"}, Choosy()) == {"code": "b"}
    assert toy.write({"resolution_code": None}, Choosy()) == {"code": ""}


def test_what_a_vendor_demands_and_what_it_makes_of_a_write() -> None:
    toy = small(
        title="t",
        resolution_notes="notes",
        due_at={"field": "due", "as": "rfc3339"},
        tables=STATES,
        empty="",
        required=[
            {"set": {"t": "(none)"}},
            {"when": {"state": ["3"]}, "unless": {"hold": ["5"]}, "set": {"notes": "waiting"}},
        ],
        effects=[
            {"when": {"state": ["1"]}, "set": {"hold": ""}},
            {"when": {"due": [""]}, "set": {"due": "2026-01-01T00:00:00Z"}},
        ],
    )
    assert toy.write({"status": "new"}, TOWN, creating=True) == {"state": "1", "hold": "", "t": "(none)"}
    assert toy.write({"status": "new", "title": "x"}, TOWN) == {"state": "1", "hold": "", "t": "x"}
    vendor = {"status": "pending", "status_reason": "vendor"}
    assert toy.write(vendor, TOWN)["notes"] == "waiting"
    assert toy.write({**vendor, "resolution_notes": "own"}, TOWN)["notes"] == "own"
    assert "notes" not in toy.write({**vendor, "status_reason": "change"}, TOWN)
    assert toy.write({"due_at": None}, TOWN) == {"due": ""}
    assert toy.predict({"due_at": None}, TOWN) == {"due_at": "2026-01-01T00:00:00Z"}


def test_directions_say_when_a_rule_writes() -> None:
    toy = small(title={"field": "t", "direction": "create"}, key={"field": "k", "direction": "read"}, cause="c")
    doc = {"title": "x", "key": "K", "cause": "y"}
    assert toy.write(doc, TOWN) == {"c": "y"}
    assert toy.write(doc, TOWN, creating=True) == {"t": "x", "c": "y"}
    assert (toy.writable, toy.creatable) == ({"cause"}, {"cause", "title"})
    assert toy.readable == {"title", "key", "cause"}


def test_what_the_tool_tells_of_what_it_was_sent_is_predicted() -> None:
    toy = small(
        description={"field": "d", "as": "rich:liquid_text"}, cause={"field": "custom_fields[9]", "as": "rich:liquid_text"}
    )
    doc = {"description": "<p>a <strong>{{b}}</strong></p>", "cause": "<ul><li>c</li></ul>"}
    assert toy.write(doc, TOWN)["d"] == "<p>a <strong>{\u200b{b}}</strong></p>"
    assert toy.predict(doc, TOWN) == {"description": "<p>a {{b}}</p>", "cause": "<p>- c</p>"}


@given(st.sampled_from(["text", "html", "code_text", "liquid_text", "liquid_html"]), LONG)
def test_rich_text_is_shortened_without_breaking_it(flavour: str, text: str) -> None:
    toy = small(description={"field": "d", "as": f"rich:{flavour}", "max": 60})
    doc = {
        "description": f"<ul><li><strong>{''.join(text.split()).replace('&', '').replace('<', '')} end</strong></li></ul>"
    }
    assert len(toy.write(doc, TOWN)["d"]) <= 60
    once = toy.predict(doc, TOWN)
    assert toy.predict(once, TOWN) == once


def test_parts_have_rules_of_their_own() -> None:
    toy = small(title="t")
    assert toy.comment.read({"id": 5, "public": False}, TOWN) == {"id": "5", "visibility": "internal"}
    assert toy.comment.write({"visibility": "public"}, TOWN) == {"public": "true"}
    with pytest.raises(MappingError, match=r"id: the value \{'a': 1\} of 'id' cannot be read"):
        toy.comment.read({"id": {"a": 1}}, TOWN)


# -- mistakes in a mapping


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fields": {"titel": {"field": "x"}}}, "'titel' is not a field of an incident"),
        (
            {"fields": {"priority": {"field": "p", "values": {"x": 9}}}},
            "fields.priority: 9 is not a value of the incident's priority",
        ),
        (
            {
                "tables": {
                    "s": {
                        "incident": ["status"],
                        "record": ["s"],
                        "rows": [{"incident": {"status": "opne"}, "record": {"s": "1"}}],
                    }
                }
            },
            "tables.s, row 1: 'opne' is not a value of the incident's status",
        ),
        (
            {
                "tables": {
                    "s": {
                        "incident": ["status"],
                        "record": ["s"],
                        "rows": [{"incident": {"impact": 1}, "record": {"t": "1"}}],
                    }
                }
            },
            "row names fields that its table does not: impact, t",
        ),
        (
            {
                "tables": {
                    "s": {"incident": ["status"], "record": ["s"], "rows": [{"incident": {}, "record": {}, "loss": ""}]}
                }
            },
            "tables.s.rows.0.loss",
        ),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_place(change: dict[str, Any], words: str) -> None:
    part: dict[str, Any] = {"fields": {}}
    spec = {"connector": "toy", "version": 1, "fields": {}, "comment": part, "attachment": part, **change}
    with pytest.raises(MappingError) as caught:
        parse_mapping(yaml.safe_dump(spec, sort_keys=False), "toy.yaml")
    assert words in str(caught.value)


def test_an_unknown_transform_is_refused() -> None:
    with pytest.raises(MappingError, match="unknown transform 'rich:rtf'"):
        small(title={"field": "t", "as": "rich:rtf"})


def test_mapping_files(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="ships no mapping"):
        shipped_mapping("nothing")
    with pytest.raises(MappingError, match="cannot be read: No such file"):
        load_mapping(tmp_path / "absent.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("fields: [", "utf-8")
    with pytest.raises(MappingError, match="is not YAML"):
        load_mapping(broken)
    broken.write_text("- 1", "utf-8")
    with pytest.raises(MappingError, match="top: "):
        load_mapping(broken)


def test_an_overlay_replaces_takes_out_and_adds() -> None:
    toy = small(title="t", cause="c", required=[{"set": {"t": "shipped"}}]).spec
    overlay = Overlay.model_validate(
        {
            "fields": {"title": {"field": "u"}, "cause": None},
            "tables": STATES,
            "required": [{"set": {"u": "own"}}],
            "effects": [{"set": {"v": "1"}}],
        }
    )
    spec = overlay.apply(toy)
    assert spec.fields["title"].field == "u"
    assert "cause" not in spec.fields
    assert list(spec.tables) == ["status"]
    assert [rule.set for rule in spec.required] == [{"u": "own"}, {"t": "shipped"}]
    assert len(spec.effects) == 1


def test_a_record_without_its_tool_keeps_its_ids() -> None:
    toy = small(
        requester={"field": "r", "as": "person"},
        group={"field": "g", "as": "group"},
        watchers={"field": "w", "as": "people"},
    )
    doc = toy.read({"r": 5, "g": 6, "w": [7]}, Unlisted())
    assert doc == {"requester": {"id": "5"}, "group": {"id": "6"}, "watchers": [{"id": "7"}]}
    assert toy.write(doc, Unlisted()) == {"r": "5", "g": "6", "w": ["7"]}


# -- records as tools are known to tell them


def test_a_zendesk_ticket_with_odd_values_is_read_and_loses_nothing() -> None:
    """Old accounts, webhooks and copies of other tools give fields in other shapes, and statuses that do not exist."""
    ticket = {
        "id": 35436,
        "status": "example_value",
        "subject": None,
        "custom_fields": {"major_incident_type": None},
        "created_at": "example_value",
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        "tags": ["vip", "vip"],
        "satisfaction_rating": {"score": "unoffered"},
    }
    doc = COMPILED["zendesk"].read(ticket, Unlisted("https://acme.example"))
    assert (doc["id"], doc["title"], doc["channel"], doc["labels"]) == ("35436", None, "portal", ["vip"])
    assert "status" not in doc
    assert "opened_at" not in doc
    assert doc["extra"] == {
        "status": "example_value",
        "custom_fields": {"major_incident_type": None},
        "created_at": "example_value",
        "via": {"source": {"from": {}, "to": {}, "rel": None}},
    }
    assert "status='example_value'" in (COMPILED["zendesk"].unmapped(ticket, doc) or "")


def test_a_servicenow_row_without_some_columns_tells_what_it_can() -> None:
    """A query with chosen columns may leave out the hold reason; a demo row on hold has none."""
    servicenow = COMPILED["servicenow"]
    base = {"sys_id": "9c573169c611228700193229fff72400", "number": "INC0000001", "opened_at": "2026-03-29 01:30:00"}
    some = servicenow.read({**base, "state": "3"}, Unlisted("https://acme.example"))
    assert some["status"] == "pending"
    assert "status_reason" not in some
    assert some["opened_at"] == "2026-03-29T01:30:00Z"
    whole = servicenow.read({**base, "state": "3", "hold_reason": ""}, Unlisted("https://acme.example"))
    assert (whole["status"], whole["status_reason"]) == ("pending", None)
    empty = servicenow.read({**base, "short_description": "", "u_site": "Lyon", "caller_id": ""}, Unlisted())
    assert (empty["title"], empty["requester"], empty["custom"]) == (None, None, {"u_site": "Lyon"})
