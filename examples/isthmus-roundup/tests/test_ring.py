"""Roundup in the ring: tickets of an emulated tool move into a real tracker, and a mirror of both comes to rest.

Everything goes over the command line, as users have it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml

if TYPE_CHECKING:
    from bench import RoundupBench

ISTHMUS = (sys.executable, "-m", "isthmus")
LONG = [pytest.mark.acceptance, pytest.mark.timeout(3600)]
QUIET = 6
"""Cycles within which the mirror comes to rest."""


@dataclass
class Ring:
    """An emulated Zendesk and a tracker, joined by one configuration."""

    folder: Path
    bench: RoundupBench
    desk: dict[str, Any]

    def __post_init__(self) -> None:
        user = self.desk["credentials"]["api_token"]["user"]
        auths = {
            "desk": {"kind": "api_token", "user": user, "token": "env:DESK"},
            "tracker": {"kind": "basic", "user": "isthmus", "password": "env:TRACKER"},
        }
        members = list(auths)
        content = {
            "connections": {
                "desk": {"connector": "zendesk", "url": self.desk["base_url"], "auth": auths["desk"]},
                "tracker": {"connector": "roundup", "url": self.bench.tracker.url, "auth": auths["tracker"]},
            },
            "links": {"mirror": {"members": members, "create": members, "backfill": "all"}},
        }
        (self.folder / "isthmus.yaml").write_text(yaml.safe_dump(content), "utf-8")

    def run(self, *words: str) -> Any:
        """Give what a command prints."""
        secrets = {"DESK": self.desk["credentials"]["api_token"]["token"], "TRACKER": "isthmus-pass"}
        done = subprocess.run(
            [*ISTHMUS, *words, "--json"],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={**os.environ, **secrets},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def tickets(self) -> list[dict[str, Any]]:
        """Give the tickets that the emulated tool holds, each with its ``comments``."""
        reply = requests.get(f"{self.desk['base_url']}/_sandbox/snapshot", timeout=60)
        found: list[dict[str, Any]] = reply.json()["tickets"]
        return found

    def say_at_desk(self, ticket: int, text: str, *, public: bool) -> None:
        """Comment as an agent of the emulated tool."""
        agent = next(each for each in self.desk["credentials"]["people"] if each["role"] == "agent")
        reply = requests.put(
            f"{self.desk['base_url']}/api/v2/tickets/{ticket}.json",
            json={"ticket": {"comment": {"body": text, "public": public}}},
            auth=(f"{agent['user']}/token", agent["token"]),
            timeout=60,
        )
        reply.raise_for_status()

    def rest(self) -> None:
        """Run cycles until one has nothing to do."""
        for _ in range(QUIET):
            (cycle,) = self.run("sync", "mirror")["cycles"]
            if not any(cycle[kind]["written"] for kind in ("incidents", "comments", "files")):
                return
        pytest.fail("the mirror does not come to rest")


@pytest.fixture
def ring(roundup_bench: RoundupBench, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ring]:
    roundup_bench.tracker.set_right()
    command = [*ISTHMUS, "sandbox", "zendesk", "--tickets", str(request.param), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as sandbox:
        assert sandbox.stdout is not None
        desk = json.loads(sandbox.stdout.readline())
        roundup_bench.tracker.employ([each["user"] for each in desk["credentials"]["people"]])
        yield Ring(tmp_path, roundup_bench, desk)
        sandbox.terminate()


@pytest.mark.parametrize("ring", [10, pytest.param(150, marks=LONG)], indirect=True)
def test_a_move_into_the_tracker_is_certified_and_leaves_out_what_is_internal(ring: Ring) -> None:
    tickets = ring.tickets()
    said = [comment for ticket in tickets for comment in ticket["comments"][1:]]
    internal = [comment["text"] for comment in said if not comment["public"]]
    assert internal
    report = ring.run("migrate", "desk", "tracker", "--yes")
    certificate, comments = report["certificate"], report["run"]["comments"]
    assert (certificate["clean"], certificate["differences"]) == (True, [])
    assert (certificate["incidents"], len(ring.bench.ids())) == (len(tickets), len(tickets))
    assert (comments["written"], comments["excluded"]) == (len(said) - len(internal), len(internal))
    words = "\n".join(seen.text for each in ring.bench.ids() for seen in ring.bench.comments(each))
    assert not [text for text in internal if text in words]
    assert {field["how"] for field in report["proof"]["fields"] if field["field"] == "group"} == {
        "the target has no place for it; lost"
    }


@pytest.mark.parametrize("ring", [0, pytest.param(30, marks=LONG)], indirect=True)
def test_a_mirror_comes_to_rest_and_shows_nothing_internal(ring: Ring) -> None:
    opened = ring.bench.open("Opened at the tracker")
    ring.bench.say(opened, "Said at the tracker", public=True)
    ring.rest()
    (twin,) = [ticket for ticket in ring.tickets() if ticket["record"]["subject"] == "Opened at the tracker"]
    assert sum("Said at the tracker" in comment["text"] for comment in twin["comments"]) == 1

    ring.say_at_desk(twin["id"], "Said at the desk", public=True)
    ring.say_at_desk(twin["id"], "Whispered at the desk", public=False)
    ring.bench.retitle(opened, "Renamed at the tracker")
    ring.rest()
    heard = [seen.text for seen in ring.bench.comments(opened)]
    assert [sum(words in text for text in heard) for words in ("Said at the desk", "Whispered")] == [1, 0]
    (twin,) = [ticket for ticket in ring.tickets() if ticket["id"] == twin["id"]]
    assert twin["record"]["subject"] == "Renamed at the tracker"
