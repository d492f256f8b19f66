"""The entrance: help, global options, exit codes, and what ends a command."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest
from isthmus import __version__, cli
from isthmus.core import errors
from isthmus.core.run.exits import Exit, exit_for, exit_of, worst


def commands(group, path=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize(
    ("path", "command"), [pytest.param(*each, id=" ".join(each[0])) for each in commands(cli.entrance)]
)
def test_every_command_has_help_and_an_example_that_parses(path, command, capsys):
    assert cli.run([*path, "--help"]) == 0
    assert f"Example: {command.epilog.removeprefix('Example: ')}" in " ".join(capsys.readouterr().out.split())
    assert "isthmus " in command.epilog
    assert " ".join(path) in command.epilog
    words = command.epilog.split("isthmus ", 1)[1].split(" > ")[0].replace(')"', "").split()
    arguments = [word for word in words if word not in {"--config", "isthmus.yaml"}][len(path) :]
    arguments = ["-" if word.endswith(".json") else word for word in arguments]
    command.make_context(path[-1], arguments, obj=cli.State())


def test_help_documents_every_exit_code(capsys):
    assert cli.run(["--help"]) == 0
    said = capsys.readouterr().out
    for code in Exit:
        assert f"\n    {code.value}  " in said


def test_version(capsys):
    assert cli.run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_help_imports_nothing_heavy():
    script = "import sys; from isthmus import cli; cli.run(['--help']); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    for heavy in ("pydantic", "sqlalchemy", "requests", "rich", "yaml", "werkzeug"):
        assert f"'{heavy}'" not in done.stdout


def test_the_module_runs(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["isthmus", "--version"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0


def test_the_configuration_comes_from_the_environment(desk, monkeypatch, capsys):
    monkeypatch.setenv("ISTHMUS_CONFIG", str(desk.config))
    assert cli.run(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "pair"


def test_a_missing_configuration_names_the_fix(tmp_path, capsys):
    assert cli.run(["--config", str(tmp_path / "none.yaml"), "status"]) == 2
    assert "'isthmus init' writes one" in capsys.readouterr().err


def test_init_writes_a_configuration_once(tmp_path, capsys):
    path = tmp_path / "isthmus.yaml"
    assert cli.run(["--config", str(path), "init"]) == 0
    assert "isthmus check" in capsys.readouterr().err
    assert "connections:" in path.read_text()
    assert cli.run(["--config", str(path), "init"]) == 2
    assert "exists already" in capsys.readouterr().err


def test_a_typo_in_the_configuration_names_its_place(desk):
    desk.write(linkz={})
    said = desk.run("status")
    assert said.code == 2
    assert "linkz: unknown setting; did you mean 'links'?" in said.err
    assert "Traceback" not in said.err


def test_an_unknown_command_is_a_usage_error(capsys):
    assert cli.run(["synk"]) == 2
    assert "No such command 'synk'" in capsys.readouterr().err


def test_a_defect_of_ours_shows_its_traceback_without_secrets(desk, monkeypatch):
    from isthmus.core.net.secrets import SecretText

    def defect(*_):
        raise RuntimeError("hunter2-hunter2 is out")

    SecretText("hunter2-hunter2")
    monkeypatch.setattr("isthmus.core.run.status.status", defect)
    said = desk.run("status", "--json")
    assert said.code == 1
    assert "Traceback" in said.err
    assert "internal error, please report it: RuntimeError: *** is out" in said.err
    assert "hunter2" not in said.out + said.err
    assert said.json["exit"] == 1


def test_a_vendors_error_brings_its_facts(desk, monkeypatch):
    def refuse(*_):
        raise errors.UnavailableError("the vendor fails", connection="left", operation="GET /x", status=503, key="7")

    monkeypatch.setattr("isthmus.core.run.status.status", refuse)
    said = desk.run("status", "--json")
    assert said.code == 7
    facts = {"connection": "left", "operation": "GET /x", "status": 503, "key": "7"}
    assert said.json["error"].items() >= facts.items()


def test_ctrl_c_without_a_listener_is_an_interruption(desk, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("isthmus.core.run.status.status", interrupt)
    said = desk.run("status")
    assert said.code == 8
    assert said.err == "error: KeyboardInterrupt\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("x"), 2),
        (errors.MappingError("x"), 2),
        (errors.CredentialError("x"), 2),
        (errors.BrakeError("x", brake="b", flag="--lift b"), 5),
        (errors.LeaseHeldError("x"), 6),
        (errors.StaleTargetError("x"), 3),
        (errors.InterruptedRunError("x"), 8),
        (errors.AuthenticationError("x"), 7),
        (errors.RateLimitedError("x"), 7),
        (errors.NotFoundError("x"), 7),
        (errors.LedgerError("x"), 1),
        (ZeroDivisionError("x"), 1),
    ],
)
def test_errors_become_codes(error, code):
    assert exit_for(error) == code


def test_outcomes_become_codes():
    assert [exit_of(outcome) for outcome in ("ok", "partial", "red")] == [0, 3, 4]
    assert worst([]) == Exit.OK
    assert worst([Exit.PARTIAL, Exit.RED, Exit.OK]) == Exit.RED
    assert worst([Exit.VENDOR, Exit.LEASE]) == Exit.VENDOR


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed(shell, capsys):
    assert cli.run(["completion", shell]) == 0
    assert "_ISTHMUS_COMPLETE" in capsys.readouterr().out


def test_completion_completes(monkeypatch, capsys):
    monkeypatch.setenv("_ISTHMUS_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "isthmus mig")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        cli.run([])
    assert "migrate" in capsys.readouterr().out


@pytest.mark.parametrize("which", ["config", "mapping"])
def test_schemas_are_json_schema(desk, which):
    schema = desk.run("schema", which).json
    assert schema["type"] == "object"
    assert schema["properties"]


def test_connectors_are_listed(desk):
    rows = desk.run("connectors", "--json").json
    assert [row["name"] for row in rows] == ["left", "right"]
    assert rows[0]["operations"]["create"] is True
    page = desk.run("connectors").out
    assert "conditional_write" in page
    assert "yes" in page
