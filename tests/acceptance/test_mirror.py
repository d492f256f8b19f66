"""Mirrors of two and three members while people work on all sides, judged on the raw states of the sandboxes."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from isthmus.core.run import decisions
from isthmus.core.run.assemble import open_engine, open_ledger
from isthmus.core.sync.engine import RunOptions

TEAMS = {
    "two": {"support": "zendesk", "ops": "servicenow"},
    "two-zendesk": {"support": "zendesk", "sales": "zendesk", "ops": "servicenow"},
    "two-servicenow": {"ops": "servicenow", "field": "servicenow", "support": "zendesk"},
}
LINK = "mirror"
WAITS = re.compile(r"group (?P<id>\S+) at (?P<member>\S+): (?P<group>\S+) waits")
SMALL, SMALLER, FULL = (3, 28, 4), (1, 14, 2), (8, 200, 20)
"""Tickets that each member brings along, edits, and cycles over which they happen."""
ANSWERS = {None: 1, "rules": 4, "flaky": 8}
"""Cycles that may still write after the one that carries the last edit, by fault profile.

Without faults one: Zendesk opens a new ticket once it is assigned, which is an answer of its own.
"""


@dataclass
class Mirror:
    """A link at work, people who use its members, and a judge."""

    bench: Any
    judge: ModuleType
    humans: ModuleType
    team: dict[str, str]
    tickets: int
    links: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.diary = self.humans.Diary()
        self.people: dict[str, Any] = {}
        self.seed = 5
        self.profile: str | None = None
        self.waiting: set[tuple[str, str, str]] = set()
        """(member, id, group) of which a run said that it waits, since the record is closed."""
        for name, vendor in self.team.items():
            running = self.bench.open(name, vendor, tickets=self.tickets, seed=3)
            kind = self.humans.Zendesk if vendor == "zendesk" else self.humans.ServiceNow
            self.people[name] = kind(name, running, self.diary)
            if vendor == "zendesk":
                self.bench.settings[name] = {"solver": self.humans.FIONA}
        names = list(self.team)
        link = {"members": names, "create": names, "backfill": "all", "brakes": {"max_changes_percent": 100}}
        self.links = {LINK: {**link, **self.links}}

    def faults(self, profile: str | None) -> None:
        """Put a fault profile into force, other faults each time."""
        self.seed += 1
        for name in self.team:
            self.bench.control(name, "faults", {"profile": profile, "seed": self.seed})

    # -- cycles

    def cycle(self, *, exact: bool = True) -> int:
        """Run one cycle and give the number of writes that it attempted; the mail is as the run said it would be."""
        self.forget_mail()
        before = self.bench.stored()
        self.faults(self.profile)
        result = self.bench.sync(self.links)
        self.faults(self.profile if self.profile == "rules" else None)  # people are spared faults, not rules
        assert result.tally.balanced, result.report()
        for words in result.tally.notes:
            if found := WAITS.search(words):
                self.waiting.add((found["member"], found["id"], found["group"]))
        if exact:
            assert len(self.mail()) == result.messages
        return self.bench.stored() - before

    def forecast(self) -> Counter[tuple[str, str, str]]:
        """Plan only, and count the messages: member, recipient, why."""
        self.bench.skip(120)
        config = self.bench.config(self.links)
        with open_engine(config, config.link(LINK), around=self.bench.around) as engine:
            plans = engine.plan(RunOptions()).plans
        return Counter((each.connection, each.recipient, each.why) for plan in plans for each in plan.messages)

    def forget_mail(self) -> None:
        for name in self.team:
            self.bench.control(name, "outbox/clear", {})

    def mail(self) -> list[tuple[str, str, str]]:
        found = {name: self.bench.control(name, "outbox")["messages"] for name in self.team}
        return [(name, each["to"], each["kind"]) for name, messages in found.items() for each in messages]

    def calm(self, most: int, *, exact: bool = True) -> None:
        """Run until nothing is written, within so many cycles, and see that then nothing is attempted any more."""
        for _ in range(most + 1):
            if not self.cycle(exact=exact):
                break
        assert [self.cycle(exact=exact), self.cycle(exact=exact)] == [0, 0]

    # -- judging

    def members(self) -> dict[str, Any]:
        return {name: self.judge.Member(name, self.bench.snapshot(name)) for name in self.team}

    def incidents(self) -> list[dict[str, str]]:
        """Give the incidents that every member holds, as connection -> id."""
        bonds = self.judge.bonds(self.members()).values()
        return [{name: str(each["id"]) for name, each in held.items()} for held in bonds if len(held) == len(self.team)]

    def listed(self) -> dict[tuple[str, str], list[str]]:
        """Give (bond, group) -> conflicts, of what the ledger says that the members need not agree on."""
        places = {
            (name, str(ticket["id"])): bond
            for bond, held in self.judge.bonds(self.members()).items()
            for name, ticket in held.items()
        }
        found: dict[tuple[str, str], list[str]] = {}
        with open_ledger(self.bench.config(self.links)) as ledger:
            for conflict in ledger.conflicts(LINK):
                name, seen = next(iter(conflict.values.items()))
                found.setdefault((places[name, seen["record_id"]], conflict.group), []).append(conflict.id)
            for bond in self._bonds(ledger, places):
                member = next(iter(bond.members.values()))
                key = places[member.connection, member.record_id]
                for _, group in (*bond.parks, *bond.frozen):
                    found.setdefault((key, group), [])
        for name, key, group in self.waiting:
            found.setdefault((places[name, key], group), [])
        return found

    def _bonds(self, ledger: Any, places: dict[tuple[str, str], str]) -> list[Any]:
        ids = {
            bond
            for name in self.team
            for bond in ledger.find_bonds(LINK, name, [key for member, key in places if member == name]).values()
        }
        return list(ledger.bonds(sorted(ids)).values())

    def resolve(self, chance: random.Random) -> int:
        """Decide every conflict for one of its members, and give how many there were."""
        with open_ledger(self.bench.config(self.links)) as ledger:
            conflicts = ledger.conflicts(LINK)
            for conflict in conflicts:
                decisions.resolve(ledger, conflict.id, chance.choice(sorted(conflict.values)))
        return len(conflicts)

    def expect_agreement(self) -> None:
        members, listed = self.members(), self.listed()
        found = self.judge.unlisted(self.judge.differences(members), listed)
        assert not found, "\n".join(map(str, found[:20]))
        unheard = list(self.judge.unheard(members, self.diary))
        assert not unheard, "\n".join(unheard[:20])


@pytest.fixture
def mirror(bench, agreement, humans):
    """Makes mirrors."""
    return lambda team, tickets, **links: Mirror(bench, agreement, humans, TEAMS[team], tickets, links)


def sizes() -> list[Any]:
    small = [pytest.param(team, None, *(SMALL if team == "two" else SMALLER), id=f"small-{team}") for team in TEAMS]
    full = [
        pytest.param(
            team, profile, *FULL, id=f"full-{team}-{profile}", marks=[pytest.mark.acceptance, pytest.mark.timeout(3600)]
        )
        for team in TEAMS
        for profile in ANSWERS
    ]
    return [*small, *full]


@pytest.mark.parametrize(("team", "profile", "tickets", "edits", "cycles"), sizes())
def test_members_agree_whatever_people_do(mirror, humans, team, profile, tickets, edits, cycles):
    link = mirror(team, tickets)
    link.calm(2)
    link.expect_agreement()
    link.profile = profile
    chance, exact = random.Random(edits), profile is None
    crowd = humans.Crowd(link.people, edits)
    for _ in range(cycles):
        incidents = link.incidents()
        for _ in range(edits // cycles):
            link.bench.skip(chance.choice((0, 3, 30)))
            crowd.act(incidents)
        link.cycle(exact=exact)
    link.calm(ANSWERS[profile], exact=exact)
    link.expect_agreement()
    while link.resolve(chance):
        link.calm(ANSWERS[profile], exact=exact)
    assert not [conflicts for conflicts in link.listed().values() if conflicts]
    link.expect_agreement()


@pytest.mark.parametrize("team", [pytest.param("two", marks=pytest.mark.acceptance), "two-servicenow"])
def test_the_mail_is_that_of_the_forecast(mirror, humans, team):
    link = mirror(team, 1)
    crowd = humans.Crowd(link.people, 3)
    kinds: set[str] = set()
    opened = {name: person.open("Lift", f"It is stuck, says {name}") for name, person in link.people.items()}
    for number in range(3):
        incidents = link.incidents()
        for _ in range(6 * number):
            link.bench.skip(5)
            crowd.act(incidents)
        for name, person in link.people.items() if number == 2 else ():
            person.copy_to(opened[name])
            person.say(opened[name], f"{name} to all", public=True)
        if number == 2:
            people = link.people["support"]
            people.save(opened["support"], status="solved", assignee_id=people.people[humans.FIONA])
        expected = link.forecast()
        link.cycle()
        assert Counter(link.mail()) == expected
        kinds |= {kind for _, _, kind in expected}
    assert kinds == {"create", "public_comment", "resolve"}
    told = {recipient for name, recipient, kind in expected if (name, kind) == ("support", "public_comment")}
    assert {humans.EVA, "lena.nguyen@example.com"} <= told, "watchers are told as well"


def test_a_migration_sends_the_mail_of_its_forecast(bench):
    bench.open("support", "zendesk", tickets=12, seed=3)
    bench.open("ops", "servicenow", seed=3)
    forecast, result, _ = bench.migrate("support", "ops")
    mail = bench.control("ops", "outbox")["messages"]
    assert forecast.messages == result.messages == len(mail) > 0
    snapshot = bench.snapshot("ops")
    emails = {person["sys_id"]: person["email"] for person in snapshot["people"]}
    callers = {each["record"]["number"]: emails[each["record"]["caller_id"]] for each in snapshot["tickets"]}
    assert [each["to"] for each in mail] == [callers[each["ticket"]] for each in mail]
    assert bench.control("support", "outbox")["messages"] == []


@pytest.mark.parametrize("taken", [pytest.param("support", marks=pytest.mark.acceptance), "ops"])
def test_a_conflict_waits_in_the_ledger_until_a_person_decides(mirror, taken):
    link = mirror("two", 0, fields={"title": {"policy": "ask"}})
    ticket = link.people["support"].open("Lift", "It is stuck.")
    link.calm(1)
    (incident,) = link.incidents()
    link.people["support"].set_title(ticket, "Lift in Rome")
    link.people["ops"].set_title(incident["ops"], "Lift in Oslo")
    link.people["ops"].set_priority(incident["ops"], random.Random(1))
    link.cycle()
    assert [link.cycle(), link.cycle()] == [0, 0], "nothing is knocked at while a person has not decided"
    found = list(link.judge.differences(link.members()))
    assert {each.group for each in found} == {"title"}, "what is no conflict flows"
    (listed,) = link.listed().items()
    assert listed[0] == (f"support:{ticket}", "title")
    with open_ledger(link.bench.config(link.links)) as ledger:
        decisions.resolve(ledger, *listed[1], taken)
    link.calm(1)
    assert list(link.judge.differences(link.members())) == []
    titles = {
        member.facts(each["record"])["title"] for member in link.members().values() for each in member.tickets.values()
    }
    assert titles == {{"support": "Lift in Rome", "ops": "Lift in Oslo"}[taken]}
