"""The language of ``search_criteria`` beside a plain reading of its rules."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.sandbox.manageengine.criteria import compiled
from isthmus.sandbox.manageengine.list_info import columns

TIMES = [None, 10, 20, 30]
WORDS = [None, "", "alpha", "Beta", "alphabet"]
RECORDS = [
    {"word": word, "moment": None if time is None else {"value": str(time)}, "flag": flag}
    for word in WORDS
    for time in TIMES
    for flag in (True, False)
]
RESOLVE = columns({"word": "text", "moment": "time", "flag": "flag"})

ORDERS = {
    "greater than": lambda stored, asked: stored > asked,
    "greater or equal": lambda stored, asked: stored >= asked,
    "lesser than": lambda stored, asked: stored < asked,
    "lesser or equal": lambda stored, asked: stored <= asked,
}
TEXTS = {
    "contains": lambda stored, asked: asked in stored,
    "not contains": lambda stored, asked: asked not in stored,
    "starts with": lambda stored, asked: stored.startswith(asked),
    "ends with": lambda stored, asked: stored.endswith(asked),
}

words = st.sampled_from(["alpha", "BETA", "be", "a", "x"])
moments = st.sampled_from(["10", 20, "25", 30])
leaves = st.one_of(
    st.fixed_dictionaries(
        {"field": st.just("word"), "condition": st.sampled_from(["is", "is not", *TEXTS]), "value": words}
    ),
    st.fixed_dictionaries(
        {"field": st.just("moment"), "condition": st.sampled_from(["is", "is not", *ORDERS]), "value": moments}
    ),
    st.fixed_dictionaries(
        {"field": st.just("flag"), "condition": st.sampled_from(["is", "is not"]), "value": st.booleans()}
    ),
    st.fixed_dictionaries({"field": st.sampled_from(["word", "moment"]), "condition": st.sampled_from(["is", "is not"])}),
)
operators = st.sampled_from([{}, {"logical_operator": "AND"}, {"logical_operator": "or"}, {"logical_operator": "OR"}])


def grown(inner):
    return st.builds(
        lambda leaf, operator, children: {**leaf, **operator, "children": children},
        leaves,
        operators,
        st.lists(inner, max_size=3),
    )


joined = st.builds(lambda leaf, operator: {**leaf, **operator}, leaves, operators)
trees = st.recursive(joined, grown, max_leaves=8)


def fits(record, row):
    """Read one criterion without its children."""
    stored = record[row["field"]]
    if row["field"] == "moment":
        stored = None if stored is None else int(stored["value"])
    condition, asked = row["condition"], row.get("value")
    if asked is None:
        return (stored in (None, "")) == (condition == "is")
    if row["field"] == "word":
        stored, asked = None if stored is None else stored.lower(), asked.lower()
        if condition in TEXTS:
            return TEXTS[condition](stored or "", asked)
    elif row["field"] == "moment":
        asked = int(asked)
        if condition in ORDERS:
            return stored is not None and ORDERS[condition](stored, asked)
    return (stored == asked) == (condition == "is")


def reading(record, rows, first=None):
    """Join criteria from left to right."""
    result = first
    for row in rows:
        one = reading(record, row.get("children", ()), fits(record, row))
        if result is None:
            result = one
        elif row.get("logical_operator", "AND").upper() == "AND":
            result = result and one
        else:
            result = result or one
    return result


@settings(max_examples=300, deadline=None)
@given(st.lists(trees, min_size=1, max_size=4))
def test_every_tree_means_what_its_reading_says(rows):
    criteria = compiled(rows, RESOLVE)
    found = [record for record in RECORDS if criteria.holds(record)]
    assert found == [record for record in RECORDS if reading(record, rows)]
    for field, floor in criteria.floors.items():
        assert all(record[field] is not None and int(record[field]["value"]) >= floor for record in found)
