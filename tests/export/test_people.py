"""No personal data is left under a mask, and the rest is untouched."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from isthmus.core.model import Incident
from isthmus.core.store.people import DOMAIN, People

KEY = b"k" * 32
ANA = {"id": "9", "name": "Ana Roux", "email": "Ana.Roux@example.com"}
OBRIEN = {"name": "Pat O'Brien", "email": None}


@pytest.fixture
def people():
    return People(KEY)


def test_the_same_person_has_one_pseudonym_and_another_key_another(people):
    name = people.name("Ana Roux", "ana.roux@example.com")
    assert people.name("A. Roux", "ANA.ROUX@example.com") == name
    assert people.email("ana.roux@example.com") == f"{name.split()[1]}@{DOMAIN}"
    assert people.name("Bob", "bob@example.com") != name
    assert People(b"other").name("Ana Roux", "ana.roux@example.com") != name
    assert People().name("Ana") != People().name("Ana")
    assert (people.name(None), people.email("")) == (None, "")
    assert People(KEY, aliases={"ana roux": "ana.roux@example.com"}).name("Ana  Roux") == name
    assert people.person(ANA) == {"id": name.split()[1], "name": name, "email": f"{name.split()[1]}@{DOMAIN}"}
    alone = people.person({"id": "9", "name": None})
    assert (alone["id"] not in ("9", name.split()[1]), alone["name"]) == (True, None)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ana Roux called", "@ called"),
        ("ANA  ROUX called, Ana thanks Mrs Roux", "@ called, @ thanks Mrs @"),
        ("analysis by Rouxel, will and ana", "analysis by Rouxel, will and ana"),
        ("log in as ana.roux please", "log in as @ please"),
        ("O'Brien, O&#x27;Brien and Pat O&#x27;Brien", "@, @ and @"),
        ('<a href="mailto:ana.roux@example.com">Ana</a>', '<a href="mailto:@">@</a>'),
        ("x?to=ana.roux%40example.com&y", "x?to=@&y"),
        ("bob+it@mail.example.co.uk.", "@."),
    ],
)
def test_names_and_addresses_in_texts(people, text, left):
    shown = people.redact_text(text, [ANA, OBRIEN])
    for pseudonym in {people.name("Ana Roux", ANA["email"]), people.name("Pat O'Brien")}:
        shown = shown.replace(pseudonym, "@")
    for address in (ANA["email"], "bob+it@mail.example.co.uk"):
        shown = shown.replace(people.email(address), "@")
    assert shown == left


@pytest.mark.parametrize(
    "text",
    [
        "Zoe\u0308 Mu\u0308ller",
        "Zo&euml; M&uuml;ller",
        "ZO&#203;&nbsp;M&#xDC;LLER",
        "Zo%C3%AB%20M%C3%BCller",
        "zo%c3%ab+m%c3%bcller",
        "Zo\\u00eb M\\u00fcller",
        "Zoë",
        "Mu\u0308ller",
    ],
)
def test_names_with_accents_in_html_json_and_urls(people, text):
    zoe = {"name": "Zoë Müller", "email": None}
    shown = people.redact_text(f"https://x.example/?who={text}&more", [zoe])
    assert shown == f"https://x.example/?who={people.name('Zoë Müller')}&more"


@pytest.mark.parametrize(("name", "text"), [("Ali Yilmaz", "Ali Y\u0131lmaz"), ("Inci Kaya", "\u0130nci Kaya")])
def test_an_i_of_turkish_is_an_i(people, name, text):
    assert people.redact_text(f"{text} called", [{"name": name}]) == f"{people.name(name)} called"


@pytest.mark.parametrize(
    "number",
    [
        "+49 30 123456-7",
        "+49 (0) 30 / 1234567",
        "0049 30 1234567",
        "030 / 123 45 67",
        "(212) 555-0123",
        "212-555-0123",
        "+4930123456",
    ],
)
def test_phone_numbers(people, number):
    for text in (f"call {number} now", f"<p>{number}</p>", f"Tel.: {number}, thanks"):
        shown = people.redact_text(text)
        assert "phone-" in shown
        assert sum(map(str.isdigit, shown.replace(shown[shown.index("phone-") :][:18], ""))) == 0
    assert (
        people.redact_text(f"a {number}").split("phone-")[1]
        == people.redact_text(f"Phone: {number}!").split("phone-")[1][:12]
    )


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.1",
        "01/02/2026 10:30",
        "2026-03-02T09:00:00Z",
        "INC0010023",
        "Error 0x00000001",
        "KE-12345678",
        "1234567890123",
        "v1.2.3-4",
        "05.11.2025",
        "a@b",
        "take 3 of 10",
        "12:30 - 14:00",
        "1 000 000 rows",
        "db0123 456",
        "Phone has no dial tone in room 123",
    ],
)
def test_what_is_no_personal_data_stays(people, text):
    assert people.redact_text(text, [ANA]) == text


@given(st.text(), st.sampled_from(["ana.roux@example.com", "Ana Roux", "+49 30 123456-7"]), st.text())
@example("x", "Ana Roux", "")
def test_hiding_is_done_once_and_for_all(before, data, after):
    people = People(KEY)
    shown = people.redact_text(f"{before} {data} {after}", [ANA])
    assert data not in shown
    assert people.redact_text(shown, [ANA]) == shown


def test_a_person_is_one_wherever_she_stands(people):
    shown = people.redact({"custom": {"caller": ANA, "rooms": [{"name": "Roux"}]}, "title": "Ana called", "count": 3})
    name = people.name("Ana Roux", ANA["email"])
    assert shown == {
        "custom": {"caller": people.person(ANA), "rooms": [{"name": name}]},
        "title": f"{name} called",
        "count": 3,
    }


def test_a_masked_incident_names_nobody_and_is_still_an_incident(shelf, make_incident):
    shelf.put(make_incident(7, title="VPN of Zoë, Bob"), make_incident(8))
    first, second = shelf.lines(mask=True, key=KEY)
    assert Incident.model_validate(first).requester == Incident.model_validate(second).requester
    told = json.dumps(first, ensure_ascii=False)
    for data in ("Ana", "Roux", "Bob", "Zoë", "Weiß", "example.com", "123456-7", "123 45 67", "raw_sender"):
        assert data not in told
    assert first["custom"]["count"] == 3
    assert (first["status"], first["key"], first["opened_at"]) == ("resolved", "INC7", "2026-03-02T09:00:00Z")


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_masked_rows_name_nobody_and_agree_with_the_whole(shelf, make_incident, form):
    shelf.put(make_incident(7, title="VPN of Zoë, Bob"))
    whole = shelf.lines(mask=True, key=KEY)[0]
    if form == "parquet":
        _, folder = shelf.export(form, name="out", mask=True, key=KEY)
        rows = {
            part: shelf.store.sql.execute(f"from read_parquet('{folder}/{part}/**/*.parquet')").fetchall()
            for part in ("incidents", "comments", "timeline")
        }
    elif form == "xlsx":
        rows = {sheet.title: list(sheet.values) for sheet in shelf.book(mask=True, key=KEY)}
    else:
        rows = {part: shelf.table(part, mask=True, key=KEY) for part in ("incidents", "comments", "timeline")}
        assert rows["incidents"][0]["title"] == whole["title"]
        assert rows["incidents"][0]["requester"] == whole["requester"]["name"]
        assert rows["comments"][0]["body"] == whole["comments"][0]["body"]
        assignment = next(row for row in rows["timeline"] if row["field"] == "assignee")
        assert (assignment["after"], assignment["by"]) == (whole["assignee"]["name"], whole["requester"]["name"])
    told = repr(rows)
    for data in ("Ana", "Roux", "Bob", "Nowak", "Zoë", "example.com"):
        assert data not in told


def test_names_of_files_and_their_addresses_name_nobody(people):
    file = {"id": "1", "name": "Ana_Roux_CV.pdf", "url": "https://x.example/f/2026-03-02/ana_roux.pdf?n=0049301234567"}
    name = people.name("Ana Roux", ANA["email"])
    shown = people.redact({"requester": ANA, "attachments": [file]})["attachments"][0]
    assert shown["name"] == f"{name}_CV.pdf"
    assert shown["url"] == f"https://x.example/f/2026-03-02/{name}.pdf?n=0049301234567"


def test_who_had_it_before_is_hidden_too_and_so_are_people_in_labels_and_groups(shelf, make_incident):
    facts = {
        "labels": ["ana.roux@example.com", "vip"],
        "group": {"name": "Team of Ana Roux"},
        "status_name": "With Ana Roux",
    }
    shelf.put(make_incident(7, title="Carla Blum gave it to me", assignee=None, comments=[], **facts))
    at = "timestamp '2026-03-02 10:00:00'"
    shelf.store.sql.execute(
        "insert into events (connection, incident, learned_at, happened_at, field, before, after, source) "
        f"select connection, incident, learned_at, {at}, 'assignee', 'Carla Blum', 'Bob Nowak', 'history' from incidents"
    )
    (whole,) = shelf.lines(mask=True, key=KEY)
    (row,) = shelf.table("incidents", mask=True, key=KEY)
    carla, ana = People(KEY).name("Carla Blum"), People(KEY).name("Ana Roux", ANA["email"])
    assert row["title"] == whole["title"] == f"{carla} gave it to me"
    assert (
        (row["group"], row["status_name"])
        == (whole["group"]["name"], whole["status_name"])
        == (f"Team of {ana}", f"With {ana}")
    )
    assert row["labels"] == ", ".join(whole["labels"])
    assert "example.com" not in row["labels"]
