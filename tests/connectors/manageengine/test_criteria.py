"""``input_data`` and ``search_criteria``: whatever stands in a value comes back as that value, and as nothing else."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.manageengine.criteria import NAME, both, equals, input_data, native, one_of, since
from isthmus.core.errors import ConfigError


@given(st.text(), st.text())
def test_a_value_stays_a_value(field: str, value: str) -> None:
    sent = urlencode({NAME: input_data({"list_info": {"search_criteria": equals(field, value)}})})
    (told,) = parse_qs(sent, keep_blank_values=True)[NAME]
    assert json.loads(told) == {"list_info": {"search_criteria": {"field": field, "condition": "is", "value": value}}}


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=()))))
def test_half_characters_are_replaced(values: list[str]) -> None:
    told = json.loads(input_data(one_of("email_id", values)).encode())
    assert [len(each) > 0 for each in told["values"]] == [len(each) > 0 for each in values]


def test_one_criterion_is_no_array() -> None:
    one, other = since("created_time", 5), equals("id", "1")
    assert both(one, None) == both(None, one) == one
    assert both(None, None) is None
    assert both(one, other) == [one, {**other, "logical_operator": "AND"}]


def test_a_users_own_criteria_stay_together() -> None:
    a, b = equals("site.name", "Lyon"), {**equals("site.name", "Berlin"), "logical_operator": "OR"}
    assert native(None, "desk") is None
    assert native(json.dumps(a), "desk") == a
    assert native(json.dumps([a, b]), "desk") == {**a, "children": [b]}


@pytest.mark.parametrize("text", ["", "site = Lyon", "[]", "5", '["a"]', '{"value": 1}'])
def test_what_is_no_criterion_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="search_criteria"):
        native(text, "desk")
