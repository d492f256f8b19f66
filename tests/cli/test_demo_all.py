"""``isthmus demo --all``: its parts run beside each other, and what goes wrong in one is told in its place."""

from __future__ import annotations

import io
import json
import multiprocessing
import signal
import tempfile

import pytest
from isthmus import cli, demo_all
from isthmus.core.errors import InterruptedRunError
from isthmus.core.run.assemble import Surroundings
from isthmus.core.run.exits import Exit
from isthmus.core.run.render_matrix import matrix
from isthmus.core.run.stop import Stop
from isthmus.core.run.working import Work
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.benches import BENCHES
from rich.console import Console

FIGURES = {"tickets": 3, "comments": 4, "files": 1, "equal": 50, "lossy": 7, "wrong": 0}
PAIR = {"source": "jira", "target": "zendesk"}


def move(**changes):
    return {
        **PAIR,
        **FIGURES,
        "lossy_fields": ["labels"],
        "certified": True,
        "right": True,
        "examples": [],
        "error": None,
        **changes,
    }


def link(*members, **changes):
    return {
        "members": list(members),
        **FIGURES,
        "cycles": 3,
        "quiet": True,
        "right": True,
        "examples": [],
        "error": None,
        **changes,
    }


def report(moves, links=()):
    faults = sum(not each["right"] for each in (*moves, *links))
    return {"vendors": ["jira", "zendesk"], "tickets": 3, "moves": moves, "links": links, "wrong": faults, "seconds": 5.0}


def page(shown, width=80):
    console = Console(file=io.StringIO(), width=width)
    console.print(matrix(shown))
    return console.file.getvalue()


def test_the_parts_are_every_move_every_mirror_and_a_link_of_all():
    found = demo_all.parts(tuple(BENCHES), 200)
    assert sum(not part.linked for part in found) == 30
    assert sum(part.linked and len(part.vendors) == 2 for part in found) == 15
    assert [part.vendors for part in found if len(part.vendors) > 2] == [tuple(BENCHES)]
    assert len(set(found)) == 46
    assert {part.tickets for part in found if not part.linked} == {200}
    assert [str(part) for part in demo_all.parts(("jira", "zendesk"), 1)] == [
        "jira -> zendesk",
        "zendesk -> jira",
        "jira = zendesk",
    ]


def test_two_tools_are_moved_and_mirrored(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = cli.run(["demo", "--all", "--only", "zendesk,servicenow", "--tickets", "2", "--jobs", "2", "--json"])
    said = capsys.readouterr()
    assert code == Exit.OK, said
    found = json.loads(said.out)
    assert [(each["source"], each["target"]) for each in found["moves"]] == [
        ("servicenow", "zendesk"),
        ("zendesk", "servicenow"),
    ]
    assert [(each["tickets"], each["wrong"], each["certified"]) for each in found["moves"]] == [(2, 0, True)] * 2
    assert [(each["members"], each["quiet"], each["wrong"]) for each in found["links"]] == [
        (["servicenow", "zendesk"], True, 0)
    ]
    assert sorted(line.split(":")[0] for line in said.err.splitlines()) == [
        "servicenow -> zendesk",
        "servicenow = zendesk",
        "zendesk -> servicenow",
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tickets", "3"], "--tickets is for --all"),
        (["--all", "--only", "jira"], "name two vendors"),
        (["--all", "--only", "jira,acme"], "there is no vendor acme"),
    ],
)
def test_what_cannot_be_is_refused(arguments, words, capsys):
    assert cli.run(["demo", *arguments]) == Exit.USAGE
    assert words in capsys.readouterr().err


def test_a_part_that_fails_is_red_and_the_rest_goes_on(tmp_path):
    ill = demo_all.Part(("jira", "acme"), linked=False, tickets=1)
    well = demo_all.Part(("zendesk", "jira"), linked=False, tickets=1)
    with demo_all._Crew(tmp_path) as crew:
        found = dict(crew.perform([ill, well], 1, lambda seconds: None))
    assert found[ill] == {
        "source": "jira",
        "target": "acme",
        "right": False,
        "error": f"ValueError: unknown vendor 'acme'; known are: {', '.join(BENCHES)}",
        "seconds": found[ill]["seconds"],
    }
    assert (found[well]["error"], found[well]["tickets"]) == (None, 1)


def test_a_process_that_dies_leaves_a_red_part():
    answer, theirs = multiprocessing.Pipe(duplex=False)
    theirs.close()
    part = demo_all.Part(("jira", "zendesk"), linked=True, tickets=1)
    assert demo_all._received(part, answer) == {
        "members": ["jira", "zendesk"],
        "right": False,
        "error": "the process that performed it ended without a word",
    }


def test_the_wish_to_stop_ends_every_process(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Stop() as stop:
        stop.wish()
        work = Work(RunOptions(), Surroundings(), stop, lambda: None)
        with pytest.raises(InterruptedRunError):
            demo_all.run(print, work, vendors=("jira", "zendesk"), jobs=2)
    assert not multiprocessing.active_children()
    assert list(tmp_path.iterdir()) == []
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


# -- the page


def test_the_page_of_what_is_right():
    shown = page(report([move(), move(source="zendesk", target="jira")], [link("jira", "zendesk")]))
    assert "Nothing is wrong. It took 5 s." in shown
    assert [line.split() for line in shown.splitlines() if "wrong" in line and "link" not in line][:2] == [
        ["wrong", "0"],
        ["wrong", "0"],
    ]
    assert "jira = zendesk" in shown


def test_the_page_of_what_is_wrong():
    moves = [
        move(wrong=2, right=False, examples=["7: title: 'a' became 'b'"]),
        PAIR | {"right": False, "error": "KeyError: 'x'"},
    ]
    moves[1] |= {"source": "zendesk", "target": "jira"}
    restless = link("jira", "zendesk", quiet=False, right=False)
    shown = page(report(moves, [restless]))
    assert "jira -> zendesk is wrong:\n- 7: title: 'a' became 'b'" in shown
    assert "zendesk -> jira is wrong:\n- KeyError: 'x'" in shown
    assert "jira = zendesk is wrong:\n- it did not come to rest" in shown
    assert "failed" in shown
    assert "3 of 3 are wrong" in shown
