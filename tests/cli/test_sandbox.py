"""The rehearsal room from the command line, and real connectors to it."""

from __future__ import annotations

import json
import threading

import pytest
import requests
import yaml
from isthmus import cli, sandbox
from isthmus.core.run.stop import Stop


def test_a_sandbox_serves_until_it_is_stopped(monkeypatch, capsys):
    seen = []

    def wait(stop, seconds=None):
        report = json.loads(capsys.readouterr().out)
        token = report["credentials"]["api_token"]
        auth = (f"{token['user']}/token", token["token"])
        seen.append(requests.get(f"{report['base_url']}/api/v2/tickets/count.json", auth=auth, timeout=10).json())
        seen.append(requests.get(f"{report['base_url']}/_sandbox/inspect", timeout=10).json())
        seen.append(report["base_url"])
        return True

    monkeypatch.setattr(Stop, "wait", wait)
    arguments = ["--tickets", "5", "--seed", "3", "--now", "2026-03-02T09:00:00Z", "--limits", "real", "--faults", "laggy"]
    assert cli.run(["sandbox", "zendesk", *arguments, "--json"]) == 0
    count, inspected, url = seen
    assert count["count"]["value"] == 5
    assert inspected["now"].startswith("2026-03-02T09:00")
    assert inspected["limits"] == "real"
    assert inspected["profile"] == "laggy"
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=10)


def test_people_read_address_and_credentials(monkeypatch, capsys):
    monkeypatch.setattr(Stop, "wait", lambda stop, seconds=None: True)
    assert cli.run(["sandbox", "zendesk"]) == 0
    said = capsys.readouterr().out
    assert "zendesk serves at http://127.0.0.1:" in said
    assert "isthmus@example.com" in said


def test_a_file_of_real_records_is_loaded(monkeypatch, capsys, tmp_path):
    path = tmp_path / "tickets.jsonl"
    path.write_text(json.dumps({"id": 7, "subject": "Printer on fire", "status": "open", "requester_id": 9}) + "\n")
    monkeypatch.setattr(Stop, "wait", lambda stop, seconds=None: True)
    assert cli.run(["sandbox", "zendesk", "--load", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["vendor"] == "zendesk"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["zendisk"], "unknown vendor 'zendisk'"),
        (["zendesk", "--now", "noon"], "'noon' is no moment"),
        (["zendesk", "--faults", "grumpy"], "grumpy"),
        (["zendesk", "--load", "/nowhere/at/all.jsonl"], "/nowhere/at/all.jsonl"),
    ],
)
def test_mistakes_are_usage_errors(capsys, arguments, words):
    assert cli.run(["sandbox", *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.fixture
def support(tmp_path, monkeypatch):
    """Give a configuration over a Zendesk sandbox that serves."""
    with sandbox.start("zendesk", tickets=12, seed=3) as running:
        oauth = running.credentials["oauth"]
        monkeypatch.setenv("ZENDESK_SECRET", oauth["client_secret"])
        auth = {
            "kind": "oauth",
            "grant": "refresh_token",
            "client_id": oauth["client_id"],
            "client_secret": "env:ZENDESK_SECRET",
        }
        path = tmp_path / "isthmus.yaml"
        path.write_text(
            yaml.safe_dump({"connections": {"support": {"connector": "zendesk", "url": running.base_url, "auth": auth}}})
        )
        yield path, running


def test_access_is_granted_in_a_browser_and_then_works(support, monkeypatch, capsys):
    path, _ = support
    config = ["--config", str(path)]
    assert cli.run([*config, "check", "--json"]) == 7
    assert "isthmus auth support" in json.loads(capsys.readouterr().out)["connections"][0]["error"]
    browsers = []

    def browse(url):
        browsers.append(threading.Thread(target=requests.get, args=(url,), kwargs={"timeout": 10}))
        browsers[0].start()

    monkeypatch.setattr("webbrowser.open", browse)
    assert cli.run([*config, "auth", "support", "--port", "0"]) == 0, capsys.readouterr().err
    browsers[0].join()
    capsys.readouterr()
    assert cli.run([*config, "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["connections"][0]["account"] == "isthmus@example.com"
    out = path.with_name("support.jsonl")
    assert cli.run([*config, "export", "support", "--collect", "--census", "-o", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["collected"][0]["census"] == 12
    assert len(out.read_text().splitlines()) == 12
