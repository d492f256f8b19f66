"""The mapping language, on small mappings: paths, tables, value lists, directions, demands, and mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.errors import MappingError
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.fields import remainder
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import Overlay, load_mapping, parse_mapping, shipped_mapping
from isthmus.core.model import Person
from isthmus.core.proof.labels import rule_losses

LONG = st.builds(str.__mul__, st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), st.integers(0, 40))


class Town(Unlisted):
    """Names of a connection that knows one person and one custom field."""

    def person(self, person_id: str) -> Person | None:
        return Person(id="7", name="Ann", email="ann@x.example") if person_id == "7" else None

    def field_name(self, field_id: str) -> str | None:
        return "Site" if field_id == "360001" else None

    def field_id(self, field_name: str) -> str | None:
        return "360001" if field_name == "Site" else None


TOWN = Town()


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


class Choosy(Town):
    """A tool that offers some states only."""

    def __init__(self, *states: str) -> None:
        super().__init__()
        self.states = frozenset(states)

    def options(self, field: str) -> frozenset[str] | None:
        return self.states if field == "state" else None


def test_a_table_writes_no_row_that_the_tool_does_not_offer_while_there_are_others() -> None:
    rows = [
        {"incident": {"status": "in_progress"}, "record": {"state": "Work"}},
        {"incident": {"status": "in_progress"}, "record": {"state": "Busy"}},
        {"incident": {"status": "in_progress"}, "record": {"state": "Open"}, "loss": "nobody works visibly"},
    ]
    toy = small(tables={"status": {"incident": ["status"], "record": ["state"], "rows": rows}})
    value = {"status": "in_progress"}
    for offered, state in ((("Work", "Busy"), "Work"), (("Busy", "Open"), "Busy"), (("Open",), "Open"), ((), "Work")):
        names = Choosy(*offered)
        assert toy.write(value, names) == {"state": state}
        assert toy.losses(value, names) == (["nobody works visibly"] if state == "Open" else [])
    assert toy.write(value, TOWN) == {"state": "Work"}
    assert toy.losses(value) == []


def test_a_table_remembers_without_growing(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = small(tables=STATES)
    monkeypatch.setattr(type(toy.tables[0]), "_MEMORY", 2)
    for number in range(5):
        assert toy.read({"state": str(number), "hold": "x"}, TOWN) == (
            {"status": "pending", "status_reason": None} if number == 3 else {"extra": {"state": str(number), "hold": "x"}}
        )
        assert toy.write({"status": "pending", "status_reason": f"r{number}"}, TOWN)["hold"] == "4"


def test_some_fields_are_told_by_those_of_the_record_that_are_at_hand() -> None:
    toy = small(tables=STATES, title="subject")
    assert toy.tell({"state": "3", "subject": "x"}, {"status"}, TOWN) == {"status": "pending"}
    assert toy.tell({"state": "9", "subject": "x"}, {"status", "title"}, TOWN) == {"title": "x"}
    assert toy.tell({"hold": "4"}, {"title"}, TOWN) == {}
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


def test_whom_the_tool_puts_on_a_list_by_itself_is_not_on_it() -> None:
    mapping = small(
        assignee={"field": "owner", "as": "person"}, watchers={"field": "nosy", "as": "people", "besides": ["owner"]}
    )
    people = {name: {"id": name} for name in ("7", "8")}
    assert mapping.read({"owner": "7", "nosy": ["7", "8"]}, Unlisted())["watchers"] == [people["8"]]
    assert mapping.read({"owner": None, "nosy": ["7", "8"]}, Unlisted())["watchers"] == [people["7"], people["8"]]
    assert mapping.read({"nosy": None}, Unlisted())["watchers"] == []
    assert "owner is on this list already" in rule_losses(mapping.spec.fields["watchers"], None)[0]


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


def test_what_a_record_holds_is_never_filled_in_again() -> None:
    demands = {"team": "7", "custom[4]": "x", "details.area": "network"}
    toy = small(title="t", cause="team", tables=STATES, empty="", required=[{"when": {"state": ["3"]}, "set": demands}])
    pending = {"status": "pending", "status_reason": "vendor"}
    held = toy.demanded({"state": "1", "team": "9", "custom": [{"id": 4, "value": "y"}], "details": {"area": ""}, "t": "x"})
    assert held == {"team": "9", "custom": [{"id": 4, "value": "y"}], "details": {"area": ""}}
    filled = {"custom": [{"id": 4, "value": "x"}], "details": {"area": "network"}}
    assert toy.write(pending, TOWN) == {"state": "3", "hold": "4", "team": "7", **filled}
    assert toy.write(pending, TOWN, held=held) == {"state": "3", "hold": "4", "details": {"area": "network"}}
    emptied = toy.write({**pending, "cause": None}, TOWN, held=held)
    assert emptied["team"] == "7", "what this very write empties is filled in"


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


def test_a_combination_that_no_row_lists_is_read_field_by_field_where_the_table_says_so() -> None:
    table = {
        "incident": ["impact", "urgency"],
        "record": ["i", "u"],
        "rows": [{"incident": {"impact": 1, "urgency": 1}, "record": {"i": "1", "u": "1"}}],
        "unlisted": "integer",
    }
    mapping = small(tables={"priority": table})
    assert mapping.read({"i": "3", "u": ""}, TOWN) == {"impact": 3, "urgency": None}
    assert mapping.read({"i": "3"}, TOWN) == {"impact": 3}
    for bad in ("7", "high"):
        document = mapping.read({"i": bad, "u": "1"}, TOWN)
        assert document["extra"] == {"i": bad, "u": "1"}
        assert "impact" not in document
    with pytest.raises(MappingError, match="as many incident fields"):
        small(tables={"priority": {**table, "record": ["i"], "rows": []}})
