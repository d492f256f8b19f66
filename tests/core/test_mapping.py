"""Mappings: laws that hold for every mapping that ships, and what the mapping language does, on small ones."""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from typing import Any, ClassVar

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from isthmus.core.config.config import mapping_schema
from isthmus.core.errors import MappingError
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.fields import take_at
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import Overlay, parse_mapping, shipped_mapping
from isthmus.core.mapping.values import group_values, held_groups, same
from isthmus.core.model import GROUPS, ConfigurationItem, Document, Group, Incident, Person, Status
from isthmus.core.records import Dependency
from isthmus.core.text.flavours import CUT
from jsonschema import Draft202012Validator

SHIPPED = sorted(
    path.name.removesuffix(".yaml") for path in resources.files("isthmus.mappings").iterdir() if path.name.endswith(".yaml")
)
COMPILED = {name: Mapping(shipped_mapping(name)) for name in SHIPPED}
EVERY_MAPPING = pytest.mark.parametrize("name", SHIPPED)


class Town:
    """Names of a connection that knows a few people, groups, items and fields."""

    base_url = "https://tool.example"
    account = "u-isthmus"
    default_group = "70"
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

    def dependency(self, field: str) -> Dependency | None:
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
    rule = shipped_mapping(name).fields["title"]
    limits = [(limit, len(of(title)), of) for limit, of in ((rule.max, str), (rule.max_bytes, str.encode)) if limit]
    kept = mapping.predict({"title": title}, TOWN)["title"]
    if all(length <= limit for limit, length, _ in limits):
        assert kept == title
    else:
        assert all(len(of(kept)) <= limit for limit, _, of in limits)
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
            assert take_at(field)(read) in (None, [], {}), field


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
@settings(max_examples=50)
@given(st.data())
def test_no_value_of_a_vendor_stops_a_record(name: str, data: st.DataObject) -> None:
    """Whatever stands in a field: it is read, or it lands in ``extra``, and what was read is an incident.

    What is ``listed`` is no value of a vendor: the connector puts it together.
    """
    mapping = COMPILED[name]
    rules = [rule for rule in mapping.spec.fields.values() if rule.transform != "listed"]
    fields = sorted({rule.field.partition(".")[0].partition("[")[0] for rule in rules})
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


def test_only_a_new_record_gets_what_the_vendor_demands_of_one() -> None:
    closing = {"status": "closed", "resolved_at": "2026-03-01T10:00:00Z"}
    body = COMPILED["zendesk"].write(closing, Town(), dated=True)
    assert body == {"status": "closed", "solved_at": "2026-03-01T10:00:00Z"}
    assert COMPILED["zendesk"].write(closing, Town()) == {"status": "closed"}
    assert COMPILED["zendesk"].write(closing, Town(), creating=True)["subject"] == "(no title)"
