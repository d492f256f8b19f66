"""A broken plug-in: one clear message that names it, never a traceback, and no other connection's work stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from isthmus.core import registry
from isthmus.core.connector import ConnectionSettings, Connector
from isthmus.testing.memory import MemoryTool
from pydantic import field_validator

from .conftest import Desk, Entry, connector_for


def unknown(*args: Any, **options: Any) -> Any:
    raise ZeroDivisionError("what no contract knows")


class Careless(ConnectionSettings):
    @field_validator("auth")
    @classmethod
    def _offered(cls, auth: Any) -> Any:
        unknown()


UNUSABLE: dict[str, tuple[dict[str, Any] | Exception | type, str]] = {
    "raises at import": (ImportError("no module named requestz"), "no module named requestz"),
    "ends the program at import": (SystemExit(3), "SystemExit: 3"),
    "no class": (lambda: None, "is not a Connector"),
    "another class": (dict, "is not a Connector"),
    "wrong traits": ({"traits": {"overlap": 3}}, "its 'traits' is not right: dict instead of Traits"),
    "no name": ({"name": None}, "its 'name' is no text"),
    "another name": ({"name": "ours"}, "its name is 'ours', and its entry point is called 'bad'"),
    "settings of another kind": ({"Settings": dict}, "its 'Settings' is no subclass of ConnectionSettings"),
    "settings that raise": ({"Settings": Careless}, "connector 'bad' cannot read the settings of connections.bad"),
    "without what it must have": (
        {"changes": Connector.changes, "check": Connector.check},
        "it has no changes(); it has no check()",
    ),
}
"""What the entry point gives, and what the user is told."""


@pytest.fixture
def trio(desk: Desk) -> Iterator[Callable[..., None]]:
    """Give what installs a plug-in ``bad`` beside two sound ones, with a link of its own; what those two share goes on."""

    def install(given: Any) -> None:
        tool = desk.tools["bad"] = MemoryTool("bad", clock=desk.left.clock)
        made = type("Bad", (connector_for(tool),), given) if isinstance(given, dict) else given
        desk.entries["bad"] = Entry("acme.bad:Bad", made)
        registry.connector_class.cache_clear()
        account = {"url": tool.url, "auth": {"kind": "api_key", "key": "env:ISTHMUS_TEST_KEY"}}
        connections = {**desk.settings["connections"], "bad": {"connector": "bad", **account, "mapping": "left.map.yaml"}}
        links = {
            "broken": {"members": ["left", "bad"], "create": ["left", "bad"], "backfill": "all"},
            "sound": {**desk.settings["links"]["pair"], "create": ["right"]},
        }
        desk.write(connections=connections, links=links)

    return install


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_plug_in_that_cannot_be_used_is_named_and_the_others_are_checked(desk: Desk, trio: Any, case: str) -> None:
    given, words = UNUSABLE[case]
    trio(given)
    said = desk.run("check", "--quick", "--json")
    rows = {row["connection"]: row for row in said.json["connections"]}
    assert [rows[name]["ok"] for name in ("left", "right", "bad")] == [True, True, False]
    assert words in rows["bad"]["error"]
    assert "connector 'bad'" in rows["bad"]["error"]
    assert (said.code, said.err) == (2, "")


@pytest.mark.parametrize("case", ["raises at import", "settings that raise"])
def test_a_plug_in_that_cannot_be_used_stops_no_other_work(desk: Desk, trio: Any, case: str) -> None:
    given, words = UNUSABLE[case]
    trio(given)
    desk.left.create(title="Printer on fire")
    said = desk.run("sync", "--all", "--json")
    broken, sound = said.json["cycles"]
    assert (said.code, broken["exit"], broken["error"], sound["exit"]) == (2, 2, "PluginError", 0)
    assert words in broken["message"]
    assert [record["title"] for record in desk.right.records.values()] == ["Printer on fire"]
    collected = {row["connection"]: row for row in desk.run("collect", "--json").json["connections"]}
    assert [collected[name]["outcome"] for name in ("left", "right", "bad")] == ["ok", "ok", "failed"]
    assert words in collected["bad"]["error"]
    told = desk.run("migrate", "left", "bad", "--yes")
    assert (told.code, told.err) == (2, f"error: {broken['message']}\n")


def test_a_plug_in_that_cannot_be_used_is_listed_with_the_reason(desk: Desk, trio: Any) -> None:
    trio(RuntimeError("out of order"))
    said = desk.run("connectors")
    assert said.code == 0
    assert "connector 'bad' cannot be loaded from acme.bad:Bad: RuntimeError: out of order" in said.out
    schema = desk.run("schema", "config").json
    assert len(schema["$defs"]["ConnectionConfig"]["allOf"]) == len(desk.entries) - 1


@pytest.mark.parametrize("name", ["__init__", "check", "changes", "threads", "create", "close", "calls"])
def test_a_foreign_exception_is_told_as_the_plug_ins_and_stops_nothing_else(desk: Desk, trio: Any, name: str) -> None:
    trio({name: unknown})
    desk.left.create(title="Printer on fire")
    desk.tools["bad"].create(title="Printer in water")
    said = desk.run("sync", "--all", "--json")
    broken, sound = said.json["cycles"]
    assert (broken["exit"], sound["exit"]) == ({"close": 0, "threads": 3}.get(name, 7), 0)
    assert "Printer on fire" in [record["title"] for record in desk.right.records.values()]
    told = said.out + said.err
    assert "connector 'bad' (acme.bad:Bad) breaks the contract: ZeroDivisionError: what no contract knows" in told
    assert "Traceback" not in told


def test_a_mapping_that_cannot_be_read_stops_no_other_collection(desk: Desk) -> None:
    connections = desk.settings["connections"]
    desk.write(connections={**connections, "left": {**connections["left"], "mapping": "lost.yaml"}})
    said = desk.run("collect", "--json")
    left, right = said.json["connections"]
    assert (said.code, left["outcome"], right["outcome"]) == (7, "failed", "ok")
    assert "lost.yaml cannot be read" in left["error"]


def test_a_check_goes_on_where_one_connection_cannot_be_read(desk: Desk, trio: Any) -> None:
    trio({"changes": lambda self, cursor, scope: [{}]})
    said = desk.run("check", "--json")
    rows = {row["connection"]: row for row in said.json["connections"]}
    assert (said.code, [rows[name]["ok"] for name in ("left", "right", "bad")]) == (7, [True, True, False])
    assert (
        "connector 'bad' (acme.bad:Bad) breaks the contract: TypeError: it gives dict instead of Page"
        in rows["bad"]["error"]
    )
    assert {proof["link"] for proof in said.json["proofs"]} == {"sound"}


def test_the_place_of_a_defect_is_told_to_who_wants_it(desk: Desk, trio: Any) -> None:
    trio({"check": unknown})
    assert "Traceback" not in desk.run("check", "bad").err
    assert "ZeroDivisionError" in desk.run("--log-level", "debug", "check", "bad").err
