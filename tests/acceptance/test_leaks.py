"""What is internal stays internal: marked strings in notes, files and images of one tool, looked for in the other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from isthmus.core.errors import InterruptedRunError, IsthmusError
from isthmus.core.run.assemble import open_migration
from isthmus.core.sync.engine import RunOptions

LINK = {"members": ["support", "ops"], "create": ["support", "ops"], "backfill": "all"}
MARK = "CANARY"
NOTES = {
    "support": ("CANARY-z-note", "CANARY-z-shown", "CANARY-z-first", "CANARY-z-solved"),
    "ops": ("CANARY-s-note", "CANARY-s-shown", "CANARY-s-solved"),
}
"""What each tool's internal comments say."""
FILES = {
    "support": ("CANARY-z-file.txt", "CANARY-z-image.png", "CANARY-z-first.txt"),
    "ops": ("CANARY-s-file.txt", "CANARY-s-image.png"),
}


def content(name: str) -> bytes:
    return f"{MARK} bytes of {name}".encode()


@dataclass
class Scene:
    """Two tools in which people keep secrets."""

    bench: Any
    oracle: ModuleType
    humans: ModuleType
    links: dict[str, Any] = field(default_factory=dict)
    interrupted: int = 0
    """Runs that were stopped in the middle."""

    def __post_init__(self) -> None:
        self.links = {"mirror": {**LINK, **self.links}}
        diary = self.humans.Diary()
        self.support = self.humans.Zendesk("support", self.bench.open("support", "zendesk", seed=3), diary)
        self.ops = self.humans.ServiceNow("ops", self.bench.open("ops", "servicenow", seed=3), diary)

    def fill_support(self) -> str:
        """Write what is marked into tickets, and give the first."""
        people = self.support
        ticket = people.open("Printer", "It smokes.")
        people.say(ticket, "CANARY-z-note", public=False, files={"CANARY-z-file.txt": content("CANARY-z-file.txt")})
        people.show(ticket, "CANARY-z-shown", "CANARY-z-image.png", content("CANARY-z-image.png"))
        people.say(ticket, "We are on it.", public=True, files={"manual.txt": b"for everybody"})
        people.open_hidden("Alarm", "CANARY-z-first", {"CANARY-z-first.txt": content("CANARY-z-first.txt")})
        solved = people.open("Mouse", "It is gone.")
        people.say(solved, "CANARY-z-solved", public=False)
        people.save(solved, status="solved", assignee_id=people.people[self.humans.FIONA])
        return ticket

    def fill_ops(self) -> str:
        """Write what is marked into incidents, and give the first."""
        people = self.ops
        incident = people.open("VPN", "Nobody gets in.")
        people.say(incident, "CANARY-s-note", public=False)
        people.bring(incident, "CANARY-s-file.txt", content("CANARY-s-file.txt"), public=False)
        people.show(incident, "CANARY-s-shown", "CANARY-s-image.png", content("CANARY-s-image.png"))
        people.say(incident, "We are on it.", public=True)
        people.bring(incident, "manual.txt", b"for everybody", public=True)
        solved = people.open("Screen", "It flickers.")
        people.say(solved, "CANARY-s-solved", public=False)
        done = {
            "close_code": "Solution provided",
            "close_notes": "Changed.",
            "assigned_to": people.people[self.humans.FIONA],
        }
        people.save(solved, state="6", **done)
        return incident

    def faults(self, profile: str | None) -> None:
        for name in self.bench.sandboxes:
            self.bench.control(name, "faults", {"profile": profile, "seed": 5})

    # -- runs that are interrupted and go on

    def migrate(self, source: str, target: str) -> None:
        def run(options: RunOptions) -> bool:
            with open_migration(self.bench.config(), source, target, self.bench.around) as job:
                job.read(options)
                job.retry_failed()
                job.apply(options)
                return not job.waiting()

        self._again_and_again(run)

    def mirror(self) -> None:
        def run(options: RunOptions) -> bool:
            before = self.bench.stored()
            self.bench.sync(self.links, stop=options.stop)
            return self.bench.stored() == before

        self._again_and_again(run)

    def _again_and_again(self, run: Callable[[RunOptions], bool]) -> None:
        """Run until all is done; the first runs are stopped, each a little later than the one before."""
        for number in range(30):
            self.bench.skip(120)
            asked = iter(range(number))
            stop = (lambda: False) if number >= 12 else lambda asked=asked: next(asked, None) is None
            try:
                if run(RunOptions(stop=stop)):
                    return
            except IsthmusError as error:
                self.interrupted += isinstance(error, InterruptedRunError)
        raise AssertionError("it does not end")

    # -- looking

    def public(self, name: str) -> list[str]:
        """Give everything that requesters can read at a member, mail included."""
        snapshot = self.bench.snapshot(name)
        mail = self.bench.control(name, "outbox")["messages"]
        member = {"support": self.support, "ops": self.ops}[name]
        return [
            *self.oracle.public_text(snapshot),
            *(each["subject"] + each["text"] for each in mail),
            *member.seen_by_eva(),
        ]

    def public_hashes(self, name: str) -> set[str]:
        tickets = self.bench.snapshot(name)["tickets"]
        return {sha for ticket in tickets for _, sha in self.oracle.public_files(ticket)}

    def internal(self, name: str) -> list[str]:
        comments = [each for ticket in self.bench.snapshot(name)["tickets"] for each in ticket["comments"]]
        hidden = [each for each in comments if not each["public"]]
        return [each.get("html") or each["text"] for each in hidden] + [
            file["name"] for each in hidden for file in each["files"]
        ]

    def expect_no_leak(self, source: str, target: str) -> None:
        """Nothing that is marked at the source is public at the target; the notes stand there, internally."""
        prefix = NOTES[source][0].rpartition("-")[0]
        leaked = [text for text in self.public(target) if prefix in text]
        assert not leaked, leaked
        secret = {hashlib.sha256(content(name)).hexdigest() for name in FILES[source]}
        assert not secret & self.public_hashes(target)
        hidden = self.internal(target)
        for note in NOTES[source]:
            assert sum(note in text and "." not in text.partition(note)[2][:1] for text in hidden) == 1, note
        for name in FILES[source]:
            assert sum(name == text for text in hidden) == (target == "support"), name


@pytest.fixture
def scene(bench, oracle, humans):
    """Makes scenes."""
    return lambda **links: Scene(bench, oracle, humans, links)


@pytest.mark.parametrize("profile", [None, "flaky", pytest.param("throttled", marks=pytest.mark.acceptance)])
@pytest.mark.parametrize("way", ["to-servicenow", "to-zendesk", "mirror"])
def test_nothing_internal_becomes_public(scene, way, profile):
    stage = scene()
    source, target = ("ops", "support") if way == "to-zendesk" else ("support", "ops")
    if way != "to-zendesk":
        stage.fill_support()
    if way != "to-servicenow":
        stage.fill_ops()
    stage.faults(profile)
    if way == "mirror":
        stage.mirror()
    else:
        stage.migrate(source, target)
    stage.faults(None)
    assert stage.interrupted > 1
    stage.expect_no_leak(source, target)
    if way == "mirror":
        stage.expect_no_leak(target, source)
    assert hashlib.sha256(b"for everybody").hexdigest() in stage.public_hashes(target), "what is public is carried"


def test_what_is_hidden_after_it_was_carried_is_reported(scene):
    stage = scene()
    ticket = stage.support.open("Printer", "It smokes.")
    stage.support.say(ticket, "CANARY-z-slip", public=True)
    stage.bench.sync(stage.links)
    stage.support.hide(ticket, "CANARY-z-slip")
    result = stage.bench.sync(stage.links)
    assert any("edited or hidden after it had been carried" in words for words in result.tally.notes), result.tally.notes
    again = stage.bench.sync(stage.links)
    assert not any("hidden after" in words for words in again.tally.notes), "it is reported once"
    assert sum("CANARY-z-slip" in each["text"] for each in stage.bench.snapshot("ops")["tickets"][0]["comments"]) == 1


def test_a_rule_declassifies_what_it_names_and_no_more(scene):
    because = "The two teams share their notes with each other's callers."
    stage = scene(visibility={"support": {"declassify": "comments and files", "because": because}})
    stage.fill_support()
    stage.fill_ops()
    stage.mirror()
    public, hashes = stage.public("ops"), stage.public_hashes("ops")
    for note in NOTES["support"]:
        assert any(note in text for text in public), note
    for name in FILES["support"]:
        assert hashlib.sha256(content(name)).hexdigest() in hashes
    hidden = [text for text in stage.internal("ops") if "CANARY-z" in text]
    assert not hidden
    stage.expect_no_leak("ops", "support")
