"""Pages for people, and progress where somebody watches."""

from __future__ import annotations

import io

import pytest
from isthmus.core.run import render
from isthmus.core.run.assemble import both_ways
from isthmus.core.run.terminal import Terminal
from isthmus.core.run.working import Meter, working
from rich.console import Console


def shown(page, width=160):
    console = Console(file=io.StringIO(), width=width)
    console.print(page)
    return console.file.getvalue()


def bond(**changes):
    plain = {"anchor": ["left", "1"], "failed": None, "creates": [], "groups": {}, "parts": [], "deletes": {}, "skips": []}
    return {**plain, "messages": [], **changes}


def plan(*bonds, file=None):
    return {"link": "pair", "incidents": {"seen": len(bonds)}, "plans": list(bonds), "file": file}


def test_a_plan_tells_every_kind_of_action():
    group = {"writes": {"right": {"title": "new\ntitle"}}, "before": {"right": {"title": "old"}}, "conflict": None}
    dispute = {"writes": {}, "before": {}, "conflict": "both changed"}
    page = shown(
        render.plan(
            plan(
                bond(failed="no row for state=haunted"),
                bond(creates=[{"connection": "right", "document": {"title": "x" * 100}}]),
                bond(groups={"title": group, "status": dispute}),
                bond(
                    parts=[
                        {
                            "kind": "file",
                            "connection": "right",
                            "public": False,
                            "origin_connection": "left",
                            "origin_id": "f1",
                        }
                    ]
                ),
                bond(deletes={"right": "close"}),
                bond(skips=[{"kind": "file", "connection": "right", "id": "f2", "reason": "cannot be hidden"}]),
                bond(messages=[{"connection": "right", "recipient": "ann@example.com", "why": "create"}]),
            )
        )
    )
    for words in (
        "quarantine",
        "no row for state=haunted",
        "create at right",
        "x" * 59 + "…",
        "title: title=old -> title=new title",
        "status: both changed",
        "internal, from left/f1",
        "close at right",
        "f2: cannot be hidden",
        "1 messages will be sent:",
        "right mails ann@example.com: create",
    ):
        assert words in page
    assert "Saved" not in page
    assert "isthmus apply plan.jsonl" in shown(render.plan(plan(file="plan.jsonl")))


def test_text_of_tickets_is_never_read_as_markup():
    page = shown(render.table(("title",), [["[bold red]x[/nonsense]"]]))
    assert "[bold red]x[/nonsense]" in page


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "-"), ("", "-"), (True, "yes"), (False, "no"), ([], "-"), ([1, None], "1, -"), ({}, "-"), (0, "0")],
)
def test_cells(value, words):
    assert words in shown(render.table(("value",), [[value]])).splitlines()[-2].strip()


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, None), (0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (200_000, "2 d")]
)
def test_durations(seconds, words):
    assert render.duration(seconds) == words


def test_long_lists_say_what_they_left_out():
    page = shown(render.lines([f"note {number}" for number in range(25)]))
    assert "note 19" in page
    assert "note 20" not in page
    assert "and 5 more; --json has them all" in page


def test_a_forecast_tells_problems_and_skips():
    numbers = dict.fromkeys(("incidents", "comments", "files", "bytes", "excluded", "messages", "calls"), 1)
    page = shown(render.forecast({**numbers, "seconds": 600.0, "problems": ["7: haunted"], "skips": ["file 1: hidden"]}))
    assert "10 min" in page
    assert "1 cannot be migrated as they are:" in page
    assert "7: haunted" in page
    assert "file 1: hidden" in page


def test_a_cycle_tells_when_writes_of_unknown_fate_are_settled():
    counts = dict.fromkeys(("seen", "written", "unchanged", "excluded", "conflicts", "failed", "unexplained"), 0)
    report = dict.fromkeys(("incidents", "comments", "files"), counts)
    report |= {"link": "pair", "at": "now", "outcome": "ok", "notes": [], "settle_at": "2026-03-02T09:00:00Z"}
    assert "settled by a run after 2026-03-02T09:00:00Z" in shown(render.cycle(report))


def test_a_sandbox_tells_address_and_credentials():
    report = {"vendor": "zendesk", "base_url": "http://127.0.0.1:1", "credentials": {"basic": {"user": "x"}, "people": []}}
    page = shown(render.sandbox(report))
    assert "zendesk serves at http://127.0.0.1:1" in page
    assert "user=x" in page
    assert "people" not in page


def test_the_demo_tells_how_it_ended():
    report = {"checks": [{"what": "all is well", "holds": True}], "exit": 0, "seconds": 3.0, "report": None}
    assert "Everything balances. It took 3.0 seconds." in shown(render.demo(report))
    written = {**report, "report": {"files": {"demo.html": "0" * 64}}}
    assert "The report over both tools: demo.html" in shown(render.demo(written))
    assert "does not balance" in shown(render.demo({**report, "exit": 4}))


# -- progress


@pytest.fixture
def watched():
    """Give a terminal whose standard error somebody watches."""
    terminal = Terminal(json=False)
    terminal.err = Console(file=io.StringIO(), force_terminal=True, width=120, legacy_windows=False)
    return terminal


def test_progress_is_shown_and_cleared_away(watched):
    with working(watched, lifted=("canary",)) as work:
        assert work.options.lifted == {"canary"}
        assert isinstance(work.options.progress, Meter)
        work.options.progress("reading left", 3, None)
        work.options.progress("reading left", 4, 10)
        work.pause()
        work.options.progress("writing right", 1, 2)
    said = watched.err.file.getvalue()
    assert "reading left" in said
    assert "4/10" in said
    assert "writing right" in said


def test_a_script_sees_no_progress(watched):
    watched.json = True
    with working(watched) as work:
        assert not isinstance(work.options.progress, Meter)


def test_a_story_is_told_to_people_only(capsys):
    Terminal(json=True).tell("once upon a time")
    assert not capsys.readouterr().out
    Terminal(json=False).tell("once upon a time")
    assert capsys.readouterr().out == "once upon a time\n"


# -- what is put together


def test_tables_of_names_are_read_from_either_side():
    assert both_ways({"a": "x", "b": "x"}) == {"x": "a", "a": "x", "b": "x"}


def test_a_narrow_terminal_cuts_no_heading_and_no_id():
    counts = dict.fromkeys(("seen", "written", "unchanged", "excluded", "conflicts", "failed", "unexplained"), 100_000)
    report = {**dict.fromkeys(("incidents", "comments", "files"), counts), "notes": []}
    status = {"name": "support-operations", "last_good_run": {"started_at": "2026-03-02T09:00:00Z", "outcome": "partial"}}
    status |= {
        "lag_seconds": 100_000,
        "last_run": {"outcome": "partial"},
        "bonds": 100_000,
        "conflicts": 10,
        "quarantine": 10,
    }
    status |= dict.fromkeys(("dirty", "open_intents", "parked", "frozen"), 0)
    row = {
        "connection": "support-operations",
        "connector": "servicenow",
        "ok": True,
        "account": "Isthmus Integration Account",
    }
    row |= {"zone": "Europe/Berlin", "skew_seconds": -12.5, "fields": 92, "writable": True}
    row |= {"error": None, "limits": [], "warnings": []}
    failure = {"id": "3f2a9c01d4e5", "link": "support-ops", "connection": "support", "record_id": "f" * 32}
    failure |= {"state": "waiting", "tries": 1, "message": "refused"}
    for page, words in (
        (render.tally(report), [*counts, "incidents", "100000"]),
        (render.status([status]), ["good", "incidents", "conflicts", "quarantine", "2026-03-02", "09:00:00Z", "partial"]),
        (
            render.check({"connections": [row], "proofs": [], "report": []}),
            ["connection", "connector", "servicenow", "writable", "seconds"],
        ),
        (render.failures([failure]), ["3f2a9c01d4e5", "connection", "record_id", "- 3f2a9c01d4e5: refused"]),
    ):
        said = shown(page, width=80)
        assert "…" not in said
        assert [word for word in words if word not in said] == []
        assert max(map(len, said.splitlines())) <= 80


def test_a_connector_that_does_not_load_is_told_below_the_others():
    able = {"name": "desk", "operations": {"count": True}, "traits": {"merges": False}, "error": None}
    broken = {"name": "other", "operations": {}, "traits": {}, "error": "connector 'other' cannot be loaded"}
    said = shown(render.connectors([broken, able]))
    assert [word for word in ("desk", "count", "merges", "connector 'other' cannot be loaded") if word not in said] == []
    assert "cannot be loaded" in shown(render.connectors([broken]))


def test_causes_in_the_quarantine_are_told_once():
    row = {"link": "pair", "connection": "left", "record_id": "1", "state": "waiting", "tries": 1, "message": "refused"}
    page = shown(render.failures([{**row, "id": f"id{number}"} for number in range(7)]))
    assert page.count("refused") == 1
    assert "- id0, id1, id2, id3, id4 and 2 more: refused" in page


def test_the_exit_code_is_no_row_of_a_page():
    assert "exit" not in shown(render.pairs({"whole": True, "exit": 0}))
