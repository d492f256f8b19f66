"""Vendor JSON in, normalized incidents out: shapes of files, bad lines, and create bodies."""

from __future__ import annotations

import io
import json

import pytest
from isthmus import cli
from isthmus.core.errors import UserError
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.model import ConfigurationItem, Group, Person
from isthmus.core.run.translate import Strangers, Unread, payloads

PRINTER = {"id": "left-1", "title": "Printer on fire", "state": "open", "caller": "left-p3", "puzzle": 7}
MOUSE = {"id": "left-2", "title": "Mouse gone", "state": "new", "caller": None}


@pytest.fixture
def translate(desk, monkeypatch):
    """Run ``translate`` on some text; the in-memory tools' mappings stand in for shipped ones."""
    specs = {name: tool.dialect.mapping for name, tool in desk.tools.items()}
    monkeypatch.setattr("isthmus.core.run.translate.shipped_mapping", specs.__getitem__)
    from isthmus.core.run import translate as module

    module._mapping.cache_clear()

    def run(text, *arguments):
        path = desk.folder / "tickets.json"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return desk.run("translate", "--from", "left", *arguments, str(path))

    yield run
    module._mapping.cache_clear()


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(PRINTER) + "\n" + json.dumps(MOUSE),
        "\n\n" + json.dumps(PRINTER) + "\n\n" + json.dumps(MOUSE) + "\n",
        json.dumps([PRINTER, MOUSE]),
        json.dumps([PRINTER, MOUSE], indent=2),
        "\n".join(json.dumps({"file": "a.json", "where": "$", "record": each}) for each in (PRINTER, MOUSE)),
    ],
    ids=["lines", "blank lines", "page", "pretty page", "placed lines"],
)
def test_every_shape_gives_a_line_for_each_incident(translate, text):
    said = translate(text)
    assert said.code == 0, said
    printer, mouse = said.lines
    assert printer["connection"] == "left"
    assert printer["id"] == "left-1"
    assert printer["status"] == "in_progress"
    assert printer["requester"] == {"id": "left-p3"}
    assert printer["extra"] == {"puzzle": 7}
    assert mouse["requester"] is None
    assert "assignee" not in mouse


def test_id_title_and_status_are_always_there(translate):
    (line,) = translate(json.dumps({"caller": "left-p1", "state": "haunted"})).lines
    assert line["id"] is None
    assert line["title"] is None
    assert line["status"] is None
    assert line["extra"]["state"] == "haunted"


def test_a_pretty_single_ticket(translate):
    (line,) = translate(json.dumps(PRINTER, indent=4)).lines
    assert line["title"] == "Printer on fire"


def test_standard_input(translate, desk, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(MOUSE).encode())))
    said = desk.run("translate", "--from", "left", "-")
    assert said.lines[0]["title"] == "Mouse gone"


def test_a_bad_line_is_told_and_the_rest_flows(translate, monkeypatch):
    def read(mapping, record, names):
        if record["id"] == "x":
            raise TypeError("what is this?")
        return plain(mapping, record, names)

    plain = Mapping.read
    monkeypatch.setattr(Mapping, "read", read)
    lines = [json.dumps(PRINTER), "{broken", "7", json.dumps({"id": "x"}), json.dumps(MOUSE)]
    said = translate("\n".join(lines))
    assert said.code == 3
    assert [line["id"] for line in said.lines] == ["left-1", "left-2"]
    complaints = said.err.splitlines()
    assert complaints[0].startswith("line 2: not JSON")
    assert complaints[1] == "line 3: a int where a ticket or a page of tickets should be"
    assert complaints[2] == "line 4: record x: TypeError: what is this?"


def test_a_file_without_json_is_a_usage_error(translate):
    said = translate('{\n  "id": 1,\n  oops\n}')
    assert said.code == 2
    assert "the input is not JSON, line 3" in said.err
    assert translate("").code == 2
    assert "the input is empty" in translate("\n \n").err


def test_a_create_body_names_nobody_of_another_tool(translate):
    (body,) = translate(json.dumps({**PRINTER, "team": "left-g1", "x_floor": 4}), "--to", "right").lines
    assert body["title"] == "Printer on fire"
    assert body["state"] == "open"
    assert "caller" not in body
    assert "team" not in body


def test_ids_of_another_tool_mean_nothing():
    names = Strangers()
    assert names.person_id(Person(id="1")) is None
    assert names.group_id(Group(id="1")) is None
    assert names.item_id(ConfigurationItem(id="1")) is None
    assert names.field_id("1") is None


def test_a_create_body_for_the_same_tool_keeps_its_ids(translate):
    (body,) = translate(json.dumps({**PRINTER, "team": "left-g1"}), "--to", "left").lines
    assert body["caller"] == "left-p3"
    assert body["team"] == "left-g1"


def test_an_unknown_connector_is_named(desk):
    said = desk.run("translate", "--from", "lefty", str(desk.config))
    assert said.code == 2
    assert "unknown connector 'lefty'; did you mean 'left'?" in said.err


def test_lines_are_read_one_by_one():
    class Endless(io.RawIOBase):
        taken = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            Endless.taken += 1
            line = b'{"id": 1}\n'
            buffer[: len(line)] = line
            return len(line)

    found = payloads(io.BufferedReader(Endless(), 64))
    assert [next(found) for _ in range(3)] == [(1, {"id": 1}), (2, {"id": 1}), (3, {"id": 1})]
    assert Endless.taken < 10


def test_payloads_tell_what_they_cannot_read():
    assert list(payloads(io.BytesIO(b"{}\n{"))) == [(1, {}), (2, Unread(2, "not JSON: unexpected end of data"))]
    with pytest.raises(UserError):
        list(payloads(io.BytesIO(b"{")))


def test_a_closed_pipe_ends_quietly(desk, monkeypatch):
    def broken(*_):
        raise BrokenPipeError

    monkeypatch.setattr("isthmus.core.run.translate.write_lines", broken)
    silenced = []
    monkeypatch.setattr("os.dup2", lambda source, target: silenced.append(target))
    monkeypatch.setattr("sys.stdout.fileno", lambda: 1, raising=False)
    assert cli.run(["translate", "--from", "left", str(desk.config)]) == 8
    assert silenced == [1]
