"""The proof of a mapping: complete where everything in use has a legal image, and otherwise it names what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib import resources
from textwrap import dedent
from typing import Any, ClassVar

import pytest
import yaml
from isthmus.core.connector import (
    Connector,
    FieldInfo,
    FilePlace,
    Health,
    MarkerKind,
    Page,
    Record,
    Scope,
    Traits,
)
from isthmus.core.mapping.directory import Directory
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import Overlay, parse_mapping, shipped_mapping
from isthmus.core.model import Group, Person
from isthmus.core.proof.labels import FieldLabel, Label, label_pair
from isthmus.core.proof.proof import Finding, Proof, contradictions, prove
from isthmus.core.proof.used import MOST_VALUES, UsedValues, collect_values
from isthmus.core.sync.side import Side

SHIPPED = sorted(
    path.name.removesuffix(".yaml") for path in resources.files("isthmus.mappings").iterdir() if path.name.endswith(".yaml")
)
PAIRS = [(one, other) for one in SHIPPED for other in SHIPPED if one != other]
TRAITS = Traits(
    precision=timedelta(seconds=1),
    version_moves_always=False,
    overlap=timedelta(0),
    conditional_write=False,
    marker=MarkerKind.LOOKUP,
    commit_bound=timedelta(minutes=1),
    keeps_history=False,
    create_carries_comments=False,
    comment_origin=False,
    comment_author=False,
    files_on=FilePlace.RECORD,
    internal_files=False,
    closed_is_final=False,
)


class Metadata(Connector):
    """A tool of which only the metadata is asked."""

    name = "toy"
    title = "Toy"
    traits: ClassVar[Traits] = TRAITS

    def __init__(self, fields: Sequence[FieldInfo], *, known: Iterable[str] = (), groups: Iterable[str] = ()) -> None:
        self._fields = tuple(fields)
        self._people = {email: Person(id=f"p{email}", email=email) for email in known}
        self._groups = [Group(id=f"g{name}", name=name) for name in groups]

    def check(self) -> Health:
        raise NotImplementedError

    def changes(self, cursor: str | None, scope: Scope) -> Iterator[Page]:
        raise NotImplementedError

    def fetch(self, ids: Sequence[str]) -> list[Record]:
        raise NotImplementedError

    def fields(self) -> Sequence[FieldInfo]:
        return self._fields

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        return {email: self._people[email] for email in emails if email in self._people}

    def groups(self) -> list[Group]:
        return self._groups


def mapping(text: str) -> Mapping:
    part: dict[str, Any] = {"fields": {}}
    spec = {"connector": "toy", "version": 1, "fields": {}, "comment": part, "attachment": part, **yaml.safe_load(text)}
    return Mapping(parse_mapping(yaml.safe_dump(spec, sort_keys=False), "toy.yaml"))


def side(name: str, what: Mapping, *fields: FieldInfo, on_resolve: tuple[str, ...] = (), **known: Any) -> Side:
    connector = Metadata(fields, **known)
    connector.traits = replace(TRAITS, required_on_resolve=on_resolve)  # pyright: ignore[reportAttributeAccessIssue]
    return Side(name, connector, what, Directory(connector))


def choice(field_id: str, *values: str, **facts: Any) -> FieldInfo:
    return FieldInfo(field_id, field_id.title(), options=tuple((value, value.upper()) for value in values), **facts)


SOURCE = mapping(
    """
    fields:
      title: {field: subject}
      requester: {field: who, as: person}
      group: {field: team, as: group}
      channel: {field: via}
      custom: {field: custom_fields, as: id_values}
    tables:
      status:
        incident: [status]
        record: [state]
        rows:
          - {incident: {status: new}, record: {state: "1"}}
          - {incident: {status: pending}, record: {state: "2"}}
          - {incident: {status: resolved}, record: {state: "3"}}
    """
)
TARGET = mapping(
    """
    fields:
      title: {field: summary, max: 20}
      requester: {field: reporter, as: person}
      group: {field: queue, as: group}
      channel: {field: origin, values: {mail: email, web: portal}}
      custom: {field: custom_fields, as: id_values}
    tables:
      status:
        incident: [status]
        record: [phase]
        rows:
          - {incident: {status: new}, record: {phase: open}}
          - {incident: {status: resolved}, record: {phase: done}}
          - {incident: {status: pending}, record: {phase: open}, loss: nothing waits here}
    """
)


def found(proof: Proof) -> str:
    return "\n".join(map(str, proof.problems))


# -- the mappings that ship


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_mappings_do_not_contradict_themselves(name: str) -> None:
    assert list(contradictions(Mapping(shipped_mapping(name)))) == []


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_shipped_mappings_are_complete_for_each_other(source: str, target: str) -> None:
    proof = prove(side("from", Mapping(shipped_mapping(source))), side("to", Mapping(shipped_mapping(target))))
    assert proof.complete, found(proof)
    assert proof.values > 10
    assert json.loads(json.dumps(proof.report()))["complete"] is True


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_labels_say_how_and_cover_all_that_is_told(source: str, target: str) -> None:
    one, other = Mapping(shipped_mapping(source)), Mapping(shipped_mapping(target))
    labels = {row.field: row for row in label_pair(one, other)}
    assert {"title", "description", "status", "priority", "requester", "assignee", "group"} <= labels.keys()
    for row in labels.values():
        assert (row.how == "") is (row.label is Label.LOSSLESS)
        assert (row.label is Label.ABSENT) is (row.field not in other.creatable)
    if source == "servicenow" and target == "zendesk":
        assert labels["status"] == FieldLabel("status", Label.LOSSY, "Zendesk has no canceled status")
        assert labels["category"].label is Label.ABSENT
        assert labels["description"].label is Label.ONE_WAY


@pytest.mark.parametrize("name", SHIPPED)
def test_a_mapping_keeps_its_own_priorities_and_statuses(name: str) -> None:
    labels = {row.field: row.label for row in label_pair(Mapping(shipped_mapping(name)), Mapping(shipped_mapping(name)))}
    assert labels["title"] is Label.LOSSLESS or shipped_mapping(name).fields["title"].max is not None
    assert labels["status"] is Label.LOSSLESS


# -- what makes a mapping incomplete


def test_a_live_value_that_no_row_reads_stops_the_work_and_is_named() -> None:
    live = choice("state", "1", "2", "3", "9")
    proof = prove(side("from", SOURCE, live), side("to", TARGET))
    assert not proof.complete
    assert proof.problems == (
        Finding("state", "from offers '9' (9), which the mapping cannot read", "add a row to the table 'status'"),
    )
    assert "state: from offers '9'" in found(proof)
    mended = mapping(
        yaml.safe_dump({**SOURCE.spec.model_dump(mode="json", by_alias=True), "aliases": {"state": {"9": "2"}}})
    )
    assert prove(side("from", mended, live), side("to", TARGET)).complete


def test_a_value_in_use_that_no_row_writes_stops_the_work_and_is_named() -> None:
    used = collect_values([{"status": "closed"}, {"status": "new"}])
    proof = prove(side("from", SOURCE), side("to", TARGET), used)
    assert [problem.value for problem in proof.problems] == ["status 'closed' has no image"]
    assert "table 'status' has no row for status='closed'" in proof.problems[0].fix
    label = next(row for row in proof.fields if row.field == "status")
    assert label.label is Label.LOSSY
    assert label.how == "nothing waits here; status 'closed' has no image"


def test_an_image_that_the_target_does_not_offer_is_named() -> None:
    phases = choice("phase", "open", "shut")
    proof = prove(side("from", SOURCE), side("to", TARGET, phases))
    assert [problem.field for problem in proof.problems] == ["phase"]
    assert "status 'resolved' would be written as 'done', which to does not offer; use one of open, shut" in found(proof)
    only_new = collect_values([{"status": "new"}])
    assert prove(side("from", SOURCE), side("to", TARGET, phases), only_new).complete


def test_a_word_that_the_target_lacks_is_named_unless_the_loss_is_declared() -> None:
    used = collect_values([{"channel": "fax"}, {"channel": "email"}])
    proof = prove(side("from", SOURCE), side("to", TARGET), used)
    assert [problem.value for problem in proof.problems] == ["channel 'fax' has no image at to"]
    for declaration in ({"otherwise": "mail"}, {"carried": True}):
        declared = Overlay.model_validate(
            {"fields": {"channel": {"field": "origin", "values": {"mail": "email"}, **declaration}}}
        ).apply(TARGET.spec)
        mended = prove(side("from", SOURCE), side("to", Mapping(declared)), used)
        assert mended.complete
        assert "does not have" in next(row.how for row in mended.fields if row.field == "channel")


def test_an_unstable_image_is_named() -> None:
    """The target's own rules move a written value on each time that it is written."""
    rules = """
        tables:
          status:
            incident: [status]
            record: [s]
            rows:
              - {incident: {status: new}, record: {s: "1"}}
              - {incident: {status: pending}, record: {s: "2"}}
              - {incident: {status: resolved}, record: {s: "3"}}
        effects:
        """
    calm = "  - {when: {s: ['2']}, set: {s: '3'}}\n"
    assert prove(side("from", SOURCE), side("to", mapping(dedent(rules) + calm))).complete
    restless = "  - {when: {s: ['3']}, set: {s: '1'}}\n" + calm
    proof = prove(side("from", SOURCE), side("to", mapping(dedent(rules) + restless)))
    assert [problem.value for problem in proof.problems] == [
        "status 'pending' becomes status 'resolved', which is not stable"
    ]


def test_a_row_that_claims_too_much_is_named() -> None:
    claims = mapping(
        """
        tables:
          status:
            incident: [status, status_reason]
            record: [s]
            rows:
              - {incident: {status: new}, record: {s: "1"}}
              - {incident: {status: pending}, record: {s: "1"}}
              - {incident: {status: canceled}, record: {s: "1"}, read_only: true}
        """
    )
    assert list(contradictions(claims)) == [
        Finding(
            "status",
            "status 'pending' is read back as status 'new'",
            "mark the row of the mapping of toy with a 'loss' or as 'read_only'",
        )
    ]


def test_a_required_field_that_nothing_fills_is_named() -> None:
    area = FieldInfo("area", "Area", required=True)
    assert "area: to demands 'Area': no field of the source fills it" in found(
        prove(side("from", SOURCE), side("to", TARGET, area))
    )
    filled = TARGET.spec.model_dump(mode="json", by_alias=True) | {"required": [{"set": {"area": "Office"}}]}
    assert prove(side("from", SOURCE), side("to", mapping(yaml.safe_dump(filled)), area)).complete
    counted = FieldInfo("number", "Number", required=True, writable=False)
    assert prove(side("from", SOURCE), side("to", TARGET, counted)).complete


def test_a_required_field_that_some_incidents_leave_empty_is_named() -> None:
    summary = FieldInfo("summary", "Summary", required=True)
    used = collect_values([{"title": None}, {"title": "x"}], SOURCE.readable)
    proof = prove(side("from", SOURCE), side("to", TARGET, summary), used)
    assert "to demands 'Summary': 1 of 2 incidents have no title" in found(proof)
    assert prove(
        side("from", SOURCE), side("to", TARGET, summary), collect_values([{"title": "x"}], SOURCE.readable)
    ).complete


def test_what_a_resolution_demands_must_be_filled_by_something() -> None:
    assert "demands 'code': nothing fills it when" in found(
        prove(side("from", SOURCE), side("to", TARGET, on_resolve=("code",)))
    )
    filled = TARGET.spec.model_dump(mode="json", by_alias=True)
    filled["required"] = [{"when": {"phase": ["done"]}, "set": {"code": "fixed"}}]
    assert prove(side("from", SOURCE), side("to", mapping(yaml.safe_dump(filled)), on_resolve=("code",))).complete
    used = collect_values(
        [{"status": "resolved"}, {"status": "new", "requester": {"email": "a@x.example"}}], SOURCE.readable
    )
    proof = prove(side("from", SOURCE), side("to", TARGET, on_resolve=("reporter", "phase")), used)
    assert proof.complete
    assert "requester: 1 resolved or closed incidents have none, and to demands 'reporter'" in "\n".join(
        map(str, proof.notices)
    )


def test_fields_that_cannot_be_written_are_named() -> None:
    rules = TARGET.spec.model_dump(mode="json", by_alias=True)
    rules["fields"] |= {
        "category": {"field": "custom_fields[77]"},
        "cause": {"field": "u_cause"},
        "tier": {"field": "u_tier", "direction": "read"},
    }
    rules["custom_prefix"] = "u_"
    wide = mapping(yaml.safe_dump(rules))
    locked = FieldInfo("summary", "Summary", writable=False)
    problems = found(prove(side("from", SOURCE), side("to", wide, locked)))
    assert "title: 'summary' is read-only at to" in problems
    assert "category: to has no field 'custom_fields[77]'" in problems
    assert "cause: to has no field 'u_cause'" in problems
    assert "u_tier" not in problems
    assert prove(side("from", SOURCE), side("to", wide)).complete


def test_options_of_custom_fields_are_checked() -> None:
    site = replace(choice("5", "lyon", "bonn", custom=True), name="Site")
    used = collect_values(
        [{"custom": {"Site": "paris"}}, {"custom": {"Site": ["lyon", "rome"]}}, {"custom": {"Other": "x", "Site": None}}]
    )
    proof = prove(side("from", SOURCE), side("to", TARGET, site), used)
    assert [problem.value for problem in proof.problems] == ["'paris' is no option at to", "'rome' is no option at to"]
    assert [notice.value for notice in proof.notices] == ["'Other' has no place at to"]


# -- what is lost, and told before


def test_strangers_are_told_and_carried_in_text() -> None:
    documents = [
        {
            "requester": {"email": "ann@x.example"},
            "group": {"name": "Network"},
            "watchers": [{"email": "eve@x.example"}],
            "comments": [{"id": "1", "author": {"name": "Nobody"}}, {"id": "2", "author": None}],
        },
        {"requester": None, "group": {"name": "Service Desk"}},
    ]
    target = side("to", TARGET, known=["ann@x.example"], groups=["Network"])
    proof = prove(side("from", SOURCE), target, collect_values(documents))
    assert proof.complete
    assert [notice.value for notice in proof.notices] == [
        "2 unknown at to: Nobody, eve@x.example",
        "group Service Desk is unknown at to",
    ]
    many = collect_values([{"requester": {"email": f"p{number:02}@x.example"}} for number in range(25)])
    assert "p19@x.example and 5 more" in prove(side("from", SOURCE), target, many).notices[0].value


def test_long_texts_are_told_with_the_limit_that_holds() -> None:
    used = collect_values([{"title": "x" * 30, "channel": "email"}], SOURCE.readable)
    proof = prove(side("from", SOURCE), side("to", TARGET), used)
    assert proof.notices == (
        Finding("title", "the longest text has 30 characters, to takes 20", "the whole text is carried in a note"),
    )
    narrow = prove(side("from", SOURCE), side("to", TARGET, FieldInfo("summary", "Summary", max_length=10)), used)
    assert narrow.notices[0].fix == "set 'max: 10' on the rule, or to will refuse or cut it"
    wide = prove(side("from", SOURCE), side("to", TARGET, FieldInfo("summary", "Summary", max_length=50)), used)
    assert wide.notices == proof.notices
    short = collect_values([{"title": "x" * 20, "url": "y"}], SOURCE.readable)
    assert prove(side("from", SOURCE), side("to", TARGET), short).notices == ()


def test_labels_of_a_small_pair() -> None:
    source = mapping(
        """
        custom_prefix: c_
        fields:
          title: {field: t, max: 20}
          description: {field: d, as: "rich:text"}
          due_at: {field: due, as: epoch_ms}
          channel: {field: via, values: {e: email, f: fax}, unknown: api}
          cause: {field: c}
          satisfaction: {field: s, as: satisfaction}
          key: {field: k}
        """
    )
    target = mapping(
        """
        custom_prefix: u_
        fields:
          title: {field: t, max: 20}
          description: {field: d, as: "rich:text", direction: create}
          due_at: {field: due, as: spaced_utc}
          channel: {field: via, values: {e: email}}
          key: {field: k}
        """
    )
    rows = {row.field: (row.label, row.how) for row in label_pair(source, target)}
    assert rows == {
        "title": (Label.LOSSLESS, ""),
        "description": (Label.ONE_WAY, "written when a record is created, never after"),
        "due_at": (Label.LOSSY, "times are kept to the second"),
        "channel": (Label.LOSSY, "channel 'fax' becomes none; channel 'api' becomes none"),
        "cause": (Label.ABSENT, "the target has no place for it; carried in text"),
        "satisfaction": (Label.ABSENT, "the target has no place for it"),
        "custom": (Label.LOSSY, "only fields named u_... have a place"),
    }
    back = {row.field: row.how for row in label_pair(mapping("fields: {channel: {field: v}}"), target)}
    assert back == {"channel": "only email can be written"}


# -- values in use


def test_values_are_counted_by_group() -> None:
    documents = [
        {
            "status": "pending",
            "status_reason": "vendor",
            "impact": 1,
            "urgency": None,
            "custom": {"Site": "Lyon", "Empty": ""},
        },
        {"status": "pending", "status_reason": "vendor", "category": "net", "subcategory": "vpn", "title": "four"},
        {"status": "closed", "title": None, "watchers": [{"email": "a@x.example"}, {"email": "a@x.example"}]},
    ]
    report = collect_values(documents, ["title", "status"]).report()
    assert json.loads(json.dumps(report)) == {
        "incidents": 3,
        "groups": {
            "status": [
                {"value": {"status": "pending", "status_reason": "vendor"}, "count": 2},
                {"value": {"status": "closed"}, "count": 1},
            ],
            "priority": [{"value": {"impact": 1}, "count": 1}],
            "category": [{"value": {"category": "net", "subcategory": "vpn"}, "count": 1}],
        },
        "custom": {"Site": [{"value": {"custom": {"Site": "Lyon"}}, "count": 1}]},
        "people": 1,
        "longest": {"title": 4, "status": 7},
        "empty": {"title": 2},
        "overflowed": [],
    }


def test_counting_is_bounded() -> None:
    used = collect_values({"category": f"c{number}"} for number in range(MOST_VALUES + 5))
    assert len(used.groups["category"]) == MOST_VALUES
    assert used.overflowed == {"category"}
    assert used.incidents == MOST_VALUES + 5


def test_nothing_in_use_is_nothing_to_prove() -> None:
    assert prove(side("from", SOURCE), side("to", TARGET), UsedValues()).complete
