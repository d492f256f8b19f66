"""Values of groups: what is the same at two tools, and what is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import parse_mapping
from isthmus.core.mapping.values import elements, fingerprint, group_values, held_groups, is_set, key, same, set_value

PART = "{fields: {}}"
TOY = Mapping(
    parse_mapping(
        f"""
        connector: toy
        version: 1
        custom_prefix: u_
        fields:
          title: {{field: t}}
          description: {{field: d, direction: create}}
          requester: {{field: r, as: person}}
          group: {{field: g, as: group}}
          watchers: {{field: w, as: people}}
          configuration_items: {{field: c, as: configuration_items}}
        comment: {PART}
        attachment: {PART}
        """,
        "toy.yaml",
    )
)


def test_only_groups_that_can_be_written_have_values() -> None:
    document = {"title": "t", "description": "<p>d</p>", "status": "new", "requester": None}
    assert group_values(document, TOY) == {"title": {"title": "t"}, "requester": {"requester": None}}
    assert held_groups(TOY) == {"title", "requester", "assignment", "watchers", "configuration_items", "custom"}


def test_people_groups_and_items_lose_the_ids_of_their_tool() -> None:
    document = {
        "requester": {"id": "7", "name": "Ann", "email": "ann@x.example"},
        "group": {"id": "70", "name": "Network"},
        "watchers": [{"id": "8"}, {"id": "9", "name": "Cleo"}],
        "configuration_items": [{"id": "c", "name": "web-01", "serial": "S1"}],
    }
    assert group_values(document, TOY) == {
        "requester": {"requester": {"email": "ann@x.example", "name": "Ann"}},
        "assignment": {"group": {"name": "Network"}},
        "watchers": {"watchers": [{"id": "8"}, {"name": "Cleo"}]},
        "configuration_items": {"configuration_items": [{"serial": "S1", "name": "web-01"}]},
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"title": "a"}, {"title": " a \r\n"}),
        ({"title": None}, {}),
        ({"title": ""}, {"title": None}),
        ({"title": "a\u00a0b"}, {"title": "a b"}),
        ({"description": "<p>a <b>b</b></p>"}, {"description": "<div>a</div><div>b</div>"}),
        (
            {"requester": {"email": "ann@x.example", "name": "Ann"}},
            {"requester": {"email": "ann@x.example", "name": "Ann B."}},
        ),
        ({"requester": {"name": "ANN"}}, {"requester": {"name": "Ann"}}),
        ({"requester": {"id": None}}, {"requester": None}),
        ({"group": {"name": "Net"}}, {"group": {"name": "Net", "id": "5"}}),
        ({"watchers": [{"email": "a@x"}, {"email": "b@x"}]}, {"watchers": [{"email": "b@x"}, {"email": "a@x"}]}),
        ({"watchers": [{"id": None}]}, {"watchers": []}),
        ({"labels": ["b", "a"]}, {"labels": ["a", "b"]}),
        ({"custom": {"n": 5, "t": True, "e": None, "f": {"g": ""}}}, {"custom": {"n": "5", "t": "true"}}),
        ({"custom": {}}, {"custom": None}),
        ({"configuration_items": [{"name": "a", "serial": None}]}, {"configuration_items": [{"name": "a"}]}),
    ],
)
def test_the_same(one: Any, other: Any) -> None:
    assert same(one, other)
    assert key(one) == key(other)
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"title": "a"}, {"title": "A"}),
        ({"title": "a"}, {"title": None}),
        ({"title": "a\nb"}, {"title": "a b"}),
        ({"description": "<p>a</p>"}, {"description": "<p>b</p>"}),
        ({"requester": {"email": "a@x"}}, {"requester": {"email": "b@x"}}),
        ({"group": {"name": "Net"}}, {"group": {"name": "net"}}),
        ({"group": {"name": "Net"}}, {"group": {"id": None}}),
        ({"labels": ["a"]}, {"labels": ["a", "b"]}),
        ({"impact": 1}, {"impact": 2}),
        ({"major": False}, {"major": None}),
        ({"custom": {"description": "a  b"}}, {"custom": {"description": "a b"}}),
        ({"custom": {"n": 5}}, {"custom": {"n": 6}}),
        ({"custom": {"n": [1, 2]}}, {"custom": {"n": [1]}}),
        ({"links": [{"kind": "problem", "id": "1"}]}, {"links": [{"kind": "problem", "id": "2"}]}),
    ],
)
def test_not_the_same(one: Any, other: Any) -> None:
    assert not same(one, other)
    assert fingerprint(one) != fingerprint(other)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["title", "custom", "labels", "cause"]), JSON, max_size=3))
def test_keys_are_stable(value: dict[str, Any]) -> None:
    assert same(value, dict(reversed(value.items())))
    assert key(value) == key({**value, "tier": None})


@given(st.lists(st.text("abÄ日 ,", min_size=1, max_size=4).filter(str.strip), unique_by=str.strip))
def test_elements_make_a_set(labels: list[str]) -> None:
    held = elements({"labels": labels})
    assert len(held) == len(labels)
    assert same(set_value("labels", held), {"labels": labels})


def test_sets() -> None:
    assert elements(None) == elements({}) == elements({"labels": None}) == {}
    assert is_set("labels")
    assert not is_set("title")
    assert fingerprint(None) != fingerprint({}, None)
