"""Checks of connections and links."""

from __future__ import annotations

from isthmus.testing.dialect import Dialect
from isthmus.testing.memory import MemoryTool


def test_all_connections_are_checked(desk):
    said = desk.run("check", "--json")
    assert said.code == 0, said
    rows = said.json["connections"]
    assert [row["connection"] for row in rows] == ["left", "right"]
    assert rows[0]["account"] == "isthmus@example.com"
    assert rows[0]["zone"] == "UTC"
    assert rows[0]["ok"]
    assert rows[0]["fields"] > 10
    page = desk.run("check").out
    assert "isthmus@example.com" in page


def test_one_connection_is_checked(desk):
    rows = desk.run("check", "right", "--json").json["connections"]
    assert [row["connection"] for row in rows] == ["right"]


def test_warnings_and_missing_operations_are_told(desk):
    desk.install(MemoryTool("right", Dialect(lacks=frozenset({"census"}))))
    desk.right.hostility.read_only = True
    said = desk.run("check", "right", "--json")
    (row,) = said.json["connections"]
    assert said.code == 0
    assert "census" in row["missing"]
    assert "may only read" in row["warnings"][0]
    assert "right: the account may only read" in desk.run("check", "right").out


def test_one_refused_connection_keeps_no_other_from_being_checked(desk):
    connections = desk.settings["connections"]
    desk.write(connections={**connections, "left": {**connections["left"], "url": "https://wrong.example.com"}})
    said = desk.run("check", "pair", "--json")
    assert said.code == 7
    left, right = said.json["connections"]
    assert (left["ok"], right["ok"]) == (False, True)
    assert "credentials are refused" in left["error"]
    assert "credentials are refused" in desk.run("check", "pair").out


def test_a_name_that_is_neither_is_told(desk):
    said = desk.run("check", "lefty")
    assert said.code == 2
    assert "unknown connection 'lefty'; did you mean 'left'?" in said.err
