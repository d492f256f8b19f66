"""Logs: lines of JSON that name run, link and key, and hold no secret."""

from __future__ import annotations

import json
import logging

import pytest
from isthmus.core.errors import ConfigError, RejectedError
from isthmus.core.net.secrets import SecretText
from isthmus.core.run.logs import bound, logging_to

log = logging.getLogger("isthmus.tests")


def read(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_line_names_run_link_and_key(tmp_path):
    path = tmp_path / "log.jsonl"
    with logging_to("info", str(path)):
        with bound(link="pair"):
            with bound(run="r1"):
                log.info("wrote %d", 3, extra={"key": "INC1"})
            log.info("done")
        log.debug("too fine to be logged")
        log.warning("alone")
    first, second, third = read(path)
    assert first.items() >= {"level": "info", "message": "wrote 3", "link": "pair", "run": "r1", "key": "INC1"}.items()
    assert first["time"].endswith("Z")
    assert first["logger"] == "isthmus.tests"
    assert "run" not in second
    assert second["link"] == "pair"
    assert "link" not in third


def test_an_error_brings_its_key_and_traceback(tmp_path):
    path = tmp_path / "log.jsonl"
    with logging_to("warning", str(path)):
        try:
            raise RejectedError("no such category", connection="ops", key="INC7")
        except RejectedError:
            log.exception("refused")
    (line,) = read(path)
    assert line["key"] == "INC7"
    assert line["error"] == "RejectedError"
    assert "no such category" in line["traceback"]


@pytest.mark.parametrize("json_to", ["-", None])
def test_no_secret_is_logged(capsys, json_to):
    SecretText("hunter2-hunter2")
    with logging_to("warning", json_to):
        log.warning("sent hunter2-hunter2 and Authorization: Basic abcdef")
        try:
            raise ValueError("hunter2-hunter2")
        except ValueError:
            log.exception("failed")
    said = capsys.readouterr().err
    assert "hunter2" not in said
    assert "abcdef" not in said
    assert "sent ***" in said
    assert "ValueError" in said


def test_the_logger_is_left_as_it_was(tmp_path):
    logger = logging.getLogger("isthmus")
    before = (logger.level, logger.propagate, list(logger.handlers))
    with logging_to("debug", str(tmp_path / "log.jsonl")):
        assert logger.level == logging.DEBUG
    assert (logger.level, logger.propagate, list(logger.handlers)) == before


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"--log-json: .*nowhere"), logging_to("info", str(tmp_path / "nowhere" / "x")):
        pass


def test_a_command_logs_its_run_and_every_write(desk):
    ticket = desk.left.create(title="Printer on fire")
    path = desk.folder / "log.jsonl"
    assert desk.run("--log-json", str(path), "sync", "pair").code == 0
    desk.left.edit(ticket, title="Printer smokes")
    assert desk.run("--log-json", str(path), "sync", "pair").code == 0
    lines = read(path)
    ended = [line for line in lines if line["message"].startswith("run ended")]
    assert [line["message"] for line in ended] == ["run ended: ok"] * 2
    assert {line["link"] for line in lines} == {"pair"}
    assert len({line["run"] for line in lines}) == 2
    assert [line["kind"] for line in lines if line.get("kind") in ("create", "update")] == ["create", "update"]
    (update,) = [line for line in lines if line.get("kind") == "update"]
    assert update["key"] == f"right/{next(iter(desk.right.records))}"
    assert "Printer" not in path.read_text()
