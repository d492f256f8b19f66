"""People, groups and fields of one connection: matched by e-mail and name, never by guess, in few calls."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from isthmus.core.connector import FieldInfo
from isthmus.core.mapping.directory import Directory, Unlisted, emails_of
from isthmus.core.model import Group, Person

ANN = Person(id="1", name="Ann", email="ann@acme.example")
ROB = Person(id="2", name="Rob", email="robert@ops.example")
DESK = Person(id="3", name="Desk", email="desk@ops.example")


class Vendor:
    """Knows three people, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def people(self, ids: Iterable[str]) -> dict[str, Person]:
        self.asked.append(list(ids))
        return {each.id: each for each in (ANN, ROB, DESK) if each.id in self.asked[-1]}

    def find_people(self, emails: Iterable[str]) -> dict[str, Person]:
        self.asked.append(list(emails))
        return {each.email: each for each in (ANN, ROB, DESK) if each.email in self.asked[-1]}

    def default_group(self):
        return "11"

    def groups(self) -> list[Group]:
        named = {"10": "Network", "11": "Desk", "12": "Desk", "13": None}
        return [Group(id=group_id, name=name) for group_id, name in named.items()]

    def fields(self) -> list[FieldInfo]:
        return [
            FieldInfo("u_a", "Region", custom=True, options=(("e", "Europe"), ("a", "Asia"))),
            FieldInfo("u_b", "Cost", custom=True),
            FieldInfo("u_c", "Cost", custom=True),
            FieldInfo("u_d", "Sum", custom=True, writable=False),
            FieldInfo("state", "State"),
        ]


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def directory(vendor) -> Directory:
    people = {"Bob@acme.example": "Robert@ops.example"}
    return Directory(
        vendor, base_url="https://ops.example", people=people, groups={"NOC": "Network"}, fallback="desk@ops.example"
    )


def test_people_are_found_by_mail_then_by_the_table_then_by_the_fallback(directory):
    assert directory.person_id(Person(email="ANN@acme.example")) == "1"
    assert directory.person_id(Person(email="bob@acme.example")) == "2"
    assert directory.person_id(Person(email="eve@acme.example")) == "3"
    assert directory.person_id(Person(name="Ann")) == "3"
    assert directory.find(Person(email="eve@acme.example")) is None
    assert directory.find(Person(name="Ann")) is None


def test_without_a_fallback_nobody_is_guessed(vendor):
    directory = Directory(vendor)
    assert directory.person_id(Person(name="Ann", email="ann@elsewhere.example")) is None


def test_a_page_costs_one_call(directory, vendor):
    author = {"email": "bob@acme.example"}
    directory.meet({"requester": {"email": "ann@acme.example"}, "assignee": None, "comments": [{"author": author}, {}]})
    directory.meet({"watchers": [author]})
    assert vendor.asked == [["ann@acme.example", "bob@acme.example", "desk@ops.example", "robert@ops.example"]]
    assert directory.person("1") == ANN
    assert len(vendor.asked) == 1


def test_ids_are_asked_once_even_where_nobody_is_behind_them(directory, vendor):
    directory.meet_ids(["1", "9", "", "1"])
    directory.meet_ids(["9"])
    assert (directory.person("1"), directory.person("9")) == (ANN, None)
    assert vendor.asked == [["1", "9"]]


def test_a_person_who_came_with_a_page_is_known_although_the_look_up_failed(directory):
    new = Person(id="7", email="new@acme.example")
    assert directory.find(new) is None
    directory.learn("7", new)
    directory.learn("8", None)
    assert directory.find(new) == new
    assert directory.person("8") is None


def test_groups_are_found_by_name_then_by_the_table(directory):
    assert directory.group_id(Group(name="Network")) == "10"
    assert directory.group_id(Group(name="NOC")) == "10"
    assert directory.group("11") == Group(id="11", name="Desk")
    assert [directory.group_id(Group(name=name)) for name in ("Desk", "none", None)] == [None, None, None]
    assert directory.default_group == "11"


def test_fields_are_found_by_name_unless_two_share_it(directory):
    assert [directory.field_id(name) for name in ("Region", "Cost", "Sum", "State")] == ["u_a", None, None, None]
    assert (directory.field_name("u_b"), directory.field_name("none")) == ("Cost", None)
    assert (directory.options("u_a"), directory.options("u_b")) == (frozenset({"e", "a"}), None)
    assert directory.base_url == "https://ops.example"


def test_without_a_tool_ids_stay_ids():
    names = Unlisted("https://x.example")
    assert (names.person("1"), names.group("1"), names.field_name("1"), names.options("1")) == (None,) * 4
    assert (names.person_id(ANN), names.group_id(Group(id="4"))) == ("1", "4")
    assert (names.field_id("360"), names.field_id("Region")) == ("360", None)


def test_the_mails_of_a_document():
    assert emails_of({"requester": {"name": "x"}, "watchers": None, "comments": None}) == set()
