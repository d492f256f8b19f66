"""How a person is taken out of texts and documents, however they are spelled; others stay."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.store.forgotten import ERASED, Erasure, Forgotten
from isthmus.core.store.store import Store

ADDRESS, NAME = "anna.o'neil@acme.example", "Anna O'Neil"


@pytest.fixture
def erasure():
    return Erasure([ADDRESS], [NAME, "Müller Jörg", "Support"])


@pytest.mark.parametrize(
    "spelled",
    [
        "anna.o'neil@acme.example",
        "ANNA.O'Neil@Acme.Example",
        "anna.o&#x27;neil@acme.example",
        "anna.o%27neil%40acme.example",
        "Anna O'Neil",
        "anna   o'neil",
        "ANNA\nO&#x27;NEIL",
        "O'Neil, Anna",
        "Anna%20O%27Neil",
        "Müller Jörg",
        "Mu\u0308ller\u00a0Jo\u0308rg",
        "Müller&nbsp;Jörg",
        "M&uuml;ller&#160;J&#246;rg",
        "M&#xFC;LLER J&Ouml;RG",
        "M\\u00fcller\\u00a0J\\u00f6rg",
        "M%C3%BCller+J%c3%b6rg",
        "Müller_Jörg",
        "anna.o'neil&#64;acme.example",
        "anna.o&apos;neil&commat;acme&#46;example",
        "anna.o'neil\\u0040acme.example",
    ],
)
def test_every_spelling_is_erased(erasure, spelled):
    for around in ("{}", "<p>Ask {}.</p>", "a {}, b", '"{}"', "https://x.example/?who={}&more", r"a\n{}", "to%3A{}%20"):
        assert erasure.text(around.format(spelled)) == around.format(ERASED)
    assert any(hint in spelled.lower() for hint in erasure.hints)


@pytest.mark.parametrize(
    "other",
    [
        "joanna.o'neil@acme.example",
        "anna.o'neil@acme.example.org",
        "anna.o'neil@acme.examples",
        "Hanna O'Neil",
        "Support",
        "Anna",
    ],
)
def test_others_stay(erasure, other):
    assert erasure.text(f"Ask {other} about it") == f"Ask {other} about it"


def test_a_person_of_a_document_is_emptied_and_parts_of_the_name_go_from_its_texts(erasure):
    document = {
        "requester": {"id": "7", "name": "Anna O'Neil", "email": "Anna.O'Neil@acme.example"},
        "assignee": {"id": "8", "name": "Bo", "email": "bo@acme.example"},
        "group": {"id": "1", "name": "Support"},
        "status_name": "Anna",
        "description": "<p>Hi Anna, hi Bo</p>",
        "custom": {"anna.o'neil@acme.example": 1},
        "extra": {"nested": [["O'Neil, Anna", None, 3]]},
    }
    erased = erasure.value(document)
    assert erased["requester"] == {"id": None, "name": ERASED, "email": None}
    assert erased["assignee"] == document["assignee"]
    assert erased["group"] == {"id": None, "name": ERASED}
    assert erased["status_name"] == "Anna"
    assert erased["description"] == f"<p>Hi {ERASED}, hi Bo</p>"
    assert erased["custom"] == {ERASED: 1}
    assert erased["extra"] == {"nested": [[ERASED, None, 3]]}
    stranger = {"description": "<p>Hi Anna</p>", "by": {"name": "Bo"}}
    assert erasure.value(stranger) == stranger


def test_a_stored_text_stays_the_json_that_it_was(erasure):
    stored = json.dumps({"a": 1.5, "z": ["x"]})
    assert erasure.stored(stored) == stored
    assert erasure.stored('{"b":"Anna O\'Neil","a":null}') == f'{{"a":null,"b":"{ERASED}"}}'
    assert erasure.stored("{no json of Anna O'Neil") == f"{{no json of {ERASED}"
    assert erasure.stored("[]") == "[]"


@given(
    st.recursive(
        st.none() | st.integers(-9, 9) | st.text(max_size=9),
        lambda kinds: st.lists(kinds, max_size=3) | st.dictionaries(st.text(max_size=4), kinds, max_size=3),
        max_leaves=8,
    )
)
def test_what_names_nobody_is_left_alone(value):
    assert Erasure([ADDRESS], [NAME]).value(value) == value
    assert Erasure([]).value(value) == value


@given(st.text(max_size=20), st.text(max_size=20))
def test_nothing_of_the_person_is_left_whatever_stands_around(before, after):
    erased = Erasure([ADDRESS], [NAME]).text(f"{before} {ADDRESS} {NAME} {after}")
    assert ADDRESS not in erased
    assert NAME not in erased


# -- the list of the forgotten


@pytest.fixture
def store():
    with Store(None) as store:
        yield store


def test_who_is_on_the_list_is_erased_from_what_is_read(store, erasure):
    read = {
        "requester": {"id": "7", "name": "Ann Oneil", "email": "anna.o'neil@acme.example"},
        "body": "<p>Anna O'Neil called: anna.o&#x27;neil@acme.example, and Ann Oneil wrote</p>",
    }
    assert Forgotten(store).erase(read) == read
    Forgotten(store).add(erasure)
    erased = Forgotten(store).erase(read)
    assert erased["requester"] == {"id": None, "name": ERASED, "email": None}
    assert erased["body"] == f"<p>{ERASED} called: {ERASED}, and {ERASED} wrote</p>"
    assert Forgotten(store).erase({"body": "Bo Anna O'Neil Bo"}) == {"body": f"Bo {ERASED} Bo"}
    other = {"body": "bo@acme.example and Bo Bloom", "requester": {"name": "Bo", "email": None}}
    assert Forgotten(store).erase(other) == other


def test_the_list_names_nobody(store, erasure):
    Forgotten(store).add(erasure)
    Forgotten(store).add(erasure)
    rows = store.sql.execute("select * from forgotten").fetchall()
    assert len(rows) == 4
    assert {len(digest) for digest, _ in rows} == {64}
    assert "acme" not in str(rows)


@pytest.mark.parametrize("spelled", ["Mu\u0308ller Jo\u0308rg", "M&uuml;ller J&ouml;rg", "x?who=M%C3%BCller+J%C3%B6rg"])
def test_who_is_on_the_list_is_recognised_however_spelled(store, erasure, spelled):
    Forgotten(store).add(erasure)
    assert Forgotten(store).erase({"body": f"<p>{spelled}</p>"})["body"].count(ERASED) == 1


def test_a_name_of_one_word_goes_where_the_timeline_has_it_as_a_person():
    event = {"field": "assignee", "before": "Annabloom", "after": "Bo", "by": None}
    erasure = Erasure([ADDRESS], ["Annabloom"])
    assert erasure.value(event) == {**event, "before": ERASED}
    assert erasure.value({**event, "field": "team"}) == {**event, "field": "team"}
