"""Links of three members and chains of links at which one account writes everywhere: quiet soon, and nothing echoes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from isthmus import cli
from isthmus.core.run.assemble import open_engine
from isthmus.core.run.exits import Exit
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.floor import Floor
from isthmus.testing.matrix import LATER
from isthmus.testing.oracle import facts
from isthmus.testing.oracle.facts import Facts

LONG = [pytest.mark.acceptance, pytest.mark.timeout(1800)]
ANSWERS = {None: 0, "flaky+rules": 6}
"""Rounds that may still write after the bound, by fault profile: tools that answer writes with writes of their own."""
HUB, ALEX = "the hub's own account", "Alex"


@dataclass
class Desk:
    """One person at one tool, at work through the vendor's own API."""

    vendor: str
    bench: Any
    who: str

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        return self.bench.act(lambda: self.bench.call(method, path, self._account(), body))

    def _account(self) -> tuple[str, str]:
        given = self.bench.credentials
        people = {each["user"]: each for each in given.get("people", ())}
        match self.vendor, self.who == HUB:
            case "zendesk", hub:
                return f"{given['api_token']['user'] if hub else self.bench.agent.email}/token", given["api_token"]["token"]
            case "servicenow", hub:
                login = given["basic"] if hub else people["fiona.fulfiller"]
                return login["user"], login["password"]
            case "jira", hub:
                login = given["api_token"] if hub else people[self.bench.agent.email]
                return login["user"], login["token"]
            case _, hub:
                return (given["api_key"] if hub else people[self.bench.agent.email])["key"], "X"

    def open(self, title: str) -> str:
        """Let the requester open a ticket."""
        return self.bench.act(lambda: self.bench.open(title))

    def save(self, key: str, **fields: Any) -> None:
        match self.vendor:
            case "zendesk":
                self._call("PUT", f"/api/v2/tickets/{key}", {"ticket": fields})
            case "servicenow":
                self._call("PATCH", f"/api/now/table/incident/{key}", fields)
            case "jira":
                self._call("PUT", f"/rest/api/3/issue/{key}", {"fields": fields})
            case _:
                self._call("PUT", f"/api/v2/tickets/{key}", fields)

    def retitle(self, key: str, title: str) -> None:
        name = {"zendesk": "subject", "servicenow": "short_description", "jira": "summary", "freshservice": "subject"}
        self.save(key, **{name[self.vendor]: title})

    def hold(self, key: str) -> None:
        """Let a ticket wait for its requester."""
        match self.vendor:
            case "zendesk":
                self.save(key, status="pending")
            case "servicenow":
                self.save(key, state="3", hold_reason="1")
            case "freshservice":
                self.save(key, status=3)
            case _:
                path = f"/rest/api/3/issue/{key}/transitions"
                (way,) = [each for each in self._call("GET", path)["transitions"] if each["to"]["name"] == "Pending"]
                self._call("POST", path, {"transition": {"id": way["id"]}})

    def say(self, key: str, words: str, *, public: bool) -> None:
        match self.vendor:
            case "zendesk":
                self.save(key, comment={"body": words, "public": public})
            case "servicenow":
                self.save(key, **{"comments" if public else "work_notes": words})
            case "freshservice":
                self._call("POST", f"/api/v2/tickets/{key}/notes", {"body": words, "private": not public})
            case _:
                content = [{"type": "paragraph", "content": [{"type": "text", "text": words}]}]
                shown = [{"key": "sd.public.comment", "value": {"internal": not public}}]
                body = {"body": {"type": "doc", "version": 1, "content": content}, "properties": shown}
                self._call("POST", f"/rest/api/3/issue/{key}/comment", body)


@dataclass
class Office:
    """Tools, the links between them, and one person who works at all of them."""

    floor: Floor
    links: dict[str, list[str]]
    desks: dict[str, Desk]
    opened: dict[str, str] = field(default_factory=dict)
    """Desk -> what was opened there."""
    said: list[tuple[str, str, bool]] = field(default_factory=list)
    """(desk where the ticket was opened, words, public)."""

    def round(self) -> int:
        """Run every link once, in order, and give the number of writes that were attempted."""
        before = self.floor.attempts()
        for name in self.links:
            self.floor.skip(LATER)
            config = self.floor.config({link: self._link(members) for link, members in self.links.items()})
            with open_engine(config, config.link(name), around=self.floor.around) as engine:
                result = engine.sync(RunOptions())
            assert result.tally.balanced, result.report()
        return self.floor.attempts() - before

    @staticmethod
    def _link(members: list[str]) -> dict[str, Any]:
        return {"members": members, "create": members, "backfill": "all", "brakes": {"max_changes_percent": 100}}

    def rest(self, most: int) -> None:
        """Run rounds until two in a row attempt no write; at most so many may write."""
        writing = 0
        while self.round():
            writing += 1
            assert writing <= most, f"still at work after {most} rounds"
        assert self.round() == 0

    def open(self, name: str) -> None:
        self.opened[name] = self.desks[name].open(f"Opened at {name}")

    def say(self, name: str, origin: str, words: str, *, public: bool) -> None:
        self.desks[name].say(self.everywhere(origin)[name].id, words, public=public)
        self.said.append((origin, words, public))

    def everywhere(self, origin: str) -> dict[str, Facts]:
        """Give what stands at each desk of a ticket opened at one, found by the marks along the links."""
        held = {name: facts(desk.vendor, self.floor.snapshot(name)) for name, desk in self.desks.items()}
        found = {origin: held[origin][self.opened[origin]]}
        for _ in self.links:
            for members in self.links.values():
                for one, other in product([each for each in members if each in found], members):
                    if other not in found:
                        (found[other],) = (each for each in held[other].values() if each.marker(one) == found[one].id)
        return found

    def complaints(self) -> Iterator[str]:
        """Give what was said and does not stand exactly once everywhere, as public as it was said, and each stray ticket."""
        for name, desk in self.desks.items():
            count = len(facts(desk.vendor, self.floor.snapshot(name)))
            if count != len(self.opened):
                yield f"{name}: {count} tickets of {len(self.opened)}"
        for origin in self.opened:
            wanted = sorted((words, public) for place, words, public in self.said if place == origin)
            texts = {words for words, _ in wanted}
            for name, ticket in self.everywhere(origin).items():
                held = sorted((words, said.public) for said in ticket.comments for words in texts if said.text.count(words))
                if held != wanted:
                    yield f"{origin} at {name}: {held} instead of {wanted}"

    def agree(self, origin: str, fact: str, value: str) -> bool:
        return {ticket.values[fact] for ticket in self.everywhere(origin).values()} == {value}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Any]:
    with ExitStack() as stack:
        floor = Floor(tmp_path)

        def opened(vendors: tuple[str, ...], links: dict[str, list[str]], who: str, faults: str | None = None) -> Office:
            desks = {}
            for name, vendor in zip("abc", vendors, strict=True):
                bench = stack.enter_context(floor.tool(name, vendor))
                bench.faults(faults)
                desks[name] = Desk(vendor, bench, who)
            return Office(floor, links, desks)

        yield opened


ONE, CHAIN = {"all": ["a", "b", "c"]}, {"a-b": ["a", "b"], "b-c": ["b", "c"]}
TEAMS = [
    ("zendesk", "jira", "freshservice"),
    ("servicenow", "zendesk", "jira"),
    ("freshservice", "servicenow", "zendesk"),
    ("jira", "freshservice", "servicenow"),
]


@pytest.mark.parametrize(
    ("vendors", "links", "who", "faults"),
    [
        pytest.param(TEAMS[0], ONE, HUB, None, id="link-hub"),
        pytest.param(TEAMS[1], CHAIN, HUB, None, id="chain-hub"),
        *(
            pytest.param(vendors, links, who, faults, id=f"full-{number}-{len(links)}-{who[:3]}-{faults}", marks=LONG)
            for (number, vendors), links, who, faults in product(enumerate(TEAMS), (ONE, CHAIN), (ALEX, HUB), ANSWERS)
        ),
    ],
)
def test_one_account_writes_everywhere_and_nothing_echoes(
    office: Any, vendors: tuple[str, ...], links: dict[str, list[str]], who: str, faults: str | None
):
    """The account that the hub uses may be a person's as well: what is new is known by its id, never by its author."""
    place: Office = office(vendors, links, who, faults)
    bound = len(links) + ANSWERS[faults]
    for name in place.desks:
        place.open(name)
    place.rest(bound + 1)  # what opened a ticket may set what follows from it: a status from its assignee
    for origin, name in product(place.desks, repeat=2):
        place.say(name, origin, f"<{name} speaks of {origin}>".strip("<>"), public=name != origin)
    for name in place.desks:  # the same words at once at every desk, which are no copies of each other
        place.say(name, "a", "Any update?", public=True)
    place.desks["c"].retitle(place.everywhere("a")["c"].id, "Renamed at the far end")
    place.desks["a"].retitle(place.everywhere("c")["a"].id, "Renamed at the near end")
    place.desks["a"].hold(place.everywhere("b")["a"].id)
    place.rest(bound)
    assert list(place.complaints()) == []
    assert place.agree("a", "title", "Renamed at the far end")
    assert place.agree("c", "title", "Renamed at the near end")
    assert place.agree("b", "status", "pending")

    place.desks["a"].retitle(place.everywhere("a")["a"].id, "Opened at a")  # back to what the hub knew before
    place.say("c", "b", "Said last, at the far end", public=False)
    place.rest(bound)
    assert place.agree("a", "title", "Opened at a")
    assert list(place.complaints()) == []


# -- rings

ACCOUNT = {"connector": "zendesk", "auth": {"kind": "api_token", "user": "hub@example.com", "token": "env:ISTHMUS_NOT_SET"}}


@pytest.mark.parametrize("command", [["sync", "--all"], ["sync", "one"], ["plan", "two"], ["check"]])
def test_a_ring_of_links_is_refused_with_an_explanation(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    links = {"one": ["a", "b"], "two": ["b", "c"], "three": ["c", "a"]}
    path = tmp_path / "isthmus.yaml"
    content = {
        "connections": {name: {**ACCOUNT, "url": f"https://{name}.example.com"} for name in "abc"},
        "links": {name: {"members": members} for name, members in links.items()},
    }
    path.write_text(yaml.safe_dump(content), "utf-8")
    assert cli.run(["--config", str(path), *command]) == Exit.USAGE
    told = " ".join(capsys.readouterr().err.split())
    assert "form a ring, in which two values can chase each other" in told
    assert all(name in told for name in links)
    assert not list(tmp_path.glob("*.db"))
