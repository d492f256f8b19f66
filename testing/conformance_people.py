"""Conformance, people and groups: found by id and by e-mail, never by guess."""

from __future__ import annotations

from .bench import Bench
from .requirements import needs
from .suite import Suite


class People(Suite):
    """People and groups are those of the vendor."""

    @needs("find_people")
    def test_people_are_found_by_address(self, bench: Bench) -> None:
        emails = [bench.agent.email or "", bench.requester.email or ""]
        found = bench.connector.find_people(emails)
        assert {email: person.name for email, person in found.items()} == {
            bench.agent.email: bench.agent.name,
            bench.requester.email: bench.requester.name,
        }
        assert all(person.id for person in found.values())

    @needs("find_people", "people")
    def test_people_are_read_by_id(self, bench: Bench) -> None:
        ids = bench.known_ids([bench.agent, bench.requester])
        found = bench.connector.people([*ids, bench.unknown_person])
        assert [found[person_id].email for person_id in ids] == [bench.agent.email, bench.requester.email]
        assert found.keys() == set(ids)

    @needs("find_people")
    def test_unknown_addresses_are_left_out(self, bench: Bench) -> None:
        name = (bench.agent.email or "").partition("@")[0]
        strangers = ["nobody@example.com", name, "*", "a^ORactive=true", "x' OR 'a'='a", "%@example.com", ""]
        found = bench.connector.find_people([*strangers, bench.agent.email or ""])
        assert found.keys() == {bench.agent.email}

    @needs("find_people")
    def test_nobody_is_found_among_many_strangers(self, bench: Bench) -> None:
        strangers = [f"stranger{number}@example.com" for number in range(130)]
        assert bench.connector.find_people([*strangers, bench.requester.email or ""]).keys() == {bench.requester.email}

    @needs("find_people")
    def test_an_address_of_two_people_is_nobodys(self, bench: Bench) -> None:
        shared = bench.ambiguous_email
        found = bench.connector.find_people([shared or "shared@example.com", bench.agent.email or ""])
        assert found.keys() == {bench.agent.email}

    @needs("find_people")
    def test_part_of_an_address_is_no_address(self, bench: Bench) -> None:
        email = bench.agent.email or ""
        assert bench.connector.find_people([email[:-1], email[1:], f"x{email}"]) == {}

    def test_asking_for_nobody_gives_nobody(self, bench: Bench) -> None:
        assert bench.connector.people([]) == {}
        assert bench.connector.find_people([]) == {}

    @needs("groups")
    def test_groups_are_those_of_the_vendor(self, bench: Bench) -> None:
        groups = bench.connector.groups()
        assert bench.group in [group.name for group in groups]
        assert len({group.id for group in groups}) == len(groups)
