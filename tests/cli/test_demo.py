"""The demo: everything balances as the README shows it, and nothing is left behind."""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from isthmus import cli, demo
from isthmus.core.errors import InterruptedRunError, LeaseHeldError
from isthmus.core.run import render
from isthmus.core.run.cycles import Cycle
from isthmus.core.run.stop import Stop
from rich.console import Console

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def place(monkeypatch, tmp_path):
    """Let the demo's temporary folder be seen."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settled(text):
    """Give the lines of an output, with what differs from run to run taken out."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", text)
    text = re.sub(r"\d+\.\d seconds", "SECONDS", text)
    text = re.sub(r"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r"\b[0-9a-f]{12,32}\b", "ID", text)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


@pytest.mark.unmeasured
def test_everything_balances_and_prints_what_the_readme_shows_and_nothing_is_left(place, monkeypatch, capsys):
    told = io.StringIO()
    console = Console(file=told, width=80, highlight=False)
    run = demo.run
    monkeypatch.setattr(demo, "run", lambda say, *rest: run(lambda part: console.print(part, markup=False), *rest))
    threads = set(threading.enumerate())
    assert cli.run(["demo", "--json"]) == 0, capsys.readouterr()
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert all(check["holds"] for check in report["checks"])
    assert report["migration"]["run"]["incidents"]["written"] == demo.TICKETS
    assert report["migration"]["certificate"]["clean"]
    assert [cycle["outcome"] for cycle in report["cycles"]] == ["ok", "ok", "partial", "ok", "ok"]
    assert set(report["conflict"]["values"]) == {"support", "ops"}
    assert not said.err
    assert list((place / "temporary").iterdir()) == []
    assert report["report"]["files"].keys() == {"isthmus-demo-report.html"}
    assert report["report"]["incomplete"] == []
    assert {each.name for each in place.iterdir()} == {"temporary", "isthmus-demo-report.html"}
    for thread in set(threading.enumerate()) - threads:
        thread.join(timeout=10)  # a connection that is just being closed
        assert not thread.is_alive(), thread
    console.print(render.demo(report))
    (shown,) = re.findall(r"^```text\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    rest = iter(settled(told.getvalue()))
    missing = [line for line in settled(shown) if line != "[...]" and line not in rest]
    assert missing == [], told.getvalue()


def test_what_does_not_balance_is_red(monkeypatch):
    told = []
    made = demo.Demo(None, {}, None, None, None, told.append)
    made.expect("the sun rises", True)
    assert made.exit == 0
    made.expect("pigs fly", False)
    assert made.exit == 4
    assert told == ["  ok: the sun rises", "  NOT SO: pigs fly"]
    assert made.checks[-1] == {"what": "pigs fly", "holds": False}


def test_a_cycle_that_fails_ends_the_demo(monkeypatch):
    failed = Cycle("support-ops", datetime.now(UTC), error=LeaseHeldError("somebody else"))
    monkeypatch.setattr(demo.cycles, "make", lambda *_, **__: SimpleNamespace(once=lambda: [failed]))
    work = SimpleNamespace(options=None, stop=None, pause=lambda: None)
    config = SimpleNamespace(link=lambda name: None)
    with Stop() as stop:
        made = demo.Demo(config, {}, None, demo.Time({}, stop), work, print)
        with pytest.raises(LeaseHeldError):
            made.cycle("never told")


def test_an_error_ends_the_demo_with_its_code(place, monkeypatch, capsys):
    """A vendor that stops the run in the middle: the code says so, and both sandboxes are down."""
    urls = []

    def cycle(self, words, *, outcome="ok"):
        urls.extend(running.base_url for running in self.sandboxes.values())
        self.time.skip(1)
        plain = self.around.clock() - demo.datetime.now(demo.UTC)
        assert plain.total_seconds() > 0.9
        self.around.sleep(5)
        raise InterruptedRunError("asked to stop")

    monkeypatch.setattr(demo, "TICKETS", 2)
    monkeypatch.setattr(demo.Demo, "cycle", cycle)
    assert cli.run(["demo"]) == 8
    assert "Read back and compared" in capsys.readouterr().out
    assert len(urls) == 2
    for url in urls:
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=10)
    assert [each.name for each in place.rglob("*")] == ["temporary"]


def test_without_the_libraries_for_reports_the_demo_says_what_to_install(monkeypatch):
    told = []
    made = demo.Demo(None, {}, None, None, None, told.append)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert made.report(demo.PAGE) is None
    assert told == ["\nNo report is written: this needs the library 'duckdb': pip install 'isthmus[report]'"]
