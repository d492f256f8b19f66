"""A plug-in is held to the contract: what its class is, what its methods raise and give."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from isthmus.core.connector import OPERATIONS, Connector, Outcome, Page, Person, Record, Scope, Thread, operations
from isthmus.core.contract import flaws, guarded, problem
from isthmus.core.errors import DefectError, NotFoundError
from isthmus.testing.memory import MemoryTool
from isthmus.testing.memory_connector import MemoryConnector


def unknown(*args: Any, **options: Any) -> Any:
    """Raise what no contract knows."""
    raise ZeroDivisionError("division\nby zero")


def stopped(*args: Any, **options: Any) -> Any:
    raise SystemExit(3)


def plugin(**members: Any) -> Connector:
    """Give a guarded connector to an in-memory tool, some of whose members are those of a careless author."""
    tool = MemoryTool("acme")
    made = type("Acme", (type(tool.connector()),), members)
    settings = tool.connector().settings
    return guarded(made, "connector 'acme' (acme:Acme)")(settings, tool.context(), key=tool.key)


ASKED: dict[str, tuple[Any, ...]] = {
    "changes": (None, Scope()),
    "fetch": (["1"],),
    "find": ("isthmus:a:1",),
    "census": (Scope(),),
    "count": (Scope(),),
    "threads": (["1"],),
    "download": ({}, None),
    "history": (["1"],),
    "deleted": (datetime(2026, 1, 1, tzinfo=UTC),),
    "people": (["1"],),
    "find_people": (["a@example.com"],),
    "find_item": (None,),
    "path": (None, {}),
    "submit": ([],),
    "unwrap": ({},),
    "wrap": ({},),
    "origin_of": ({},),
    **dict.fromkeys(("create", "update", "add_comment", "add_file", "delete"), (None,)),
}


def call(connector: Connector, name: str) -> Any:
    """Call a method, to the end of what it gives."""
    given = getattr(connector, name)(*ASKED.get(name, ()))
    return list(given) if isinstance(given, Iterator) else given


@pytest.mark.parametrize("careless", [unknown, stopped])
@pytest.mark.parametrize("name", [*OPERATIONS, "check", "identify", "changes", "fetch", "wrap", "unwrap", "calls"])
def test_a_foreign_exception_of_any_method_names_the_plug_in(name: str, careless: Any) -> None:
    member = classmethod(careless) if name in ("wrap", "unwrap") else careless
    connector = plugin(**{name: member})
    with pytest.raises(DefectError) as caught:
        call(connector, name)
    words = str(caught.value)
    assert "connector 'acme' (acme:Acme) breaks the contract: " in words
    assert ("ZeroDivisionError: division by zero" if careless is unknown else "SystemExit: 3") in words
    assert f"({name})" in words
    assert "\n" not in words
    if name not in ("wrap", "unwrap"):
        assert caught.value.connection == connector.context.connection


NAIVE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
RECORD = Record("7", {"title": "x"}, "1", None)
WRONG: dict[str, tuple[Any, str]] = {
    "check": ({}, "dict instead of Health"),
    "changes": ([[RECORD]], "list instead of Page"),
    "fetch": ({"7": RECORD}, "dict instead of list"),
    "find": ([replace(RECORD, id=7)], "id: int instead of str"),
    "census": ([7], "int instead of str"),
    "count": ("3", "str instead of int"),
    "threads": ({"7": []}, "list instead of Thread"),
    "download": (b"", "bytes instead of str"),
    "history": ({"7": {}}, "dict instead of list"),
    "people": ({7: Person(id="7")}, "int instead of str"),
    "create": (None, "NoneType instead of Outcome"),
    "fields": (None, "NoneType instead of Sequence"),
    "submit": ([Outcome("k", error=ValueError("x"))], "error: ValueError instead of ConnectorError"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_of_another_type_is_told(name: str) -> None:
    given, words = WRONG[name]
    with pytest.raises(DefectError, match="TypeError: it gives") as caught:
        call(plugin(**{name: lambda *args: given}), name)
    assert words in str(caught.value)


def test_a_property_is_guarded_too() -> None:
    with pytest.raises(DefectError, match=r"acme.*str instead of float"):
        _ = plugin(skew_seconds=property(lambda self: "2")).skew_seconds


def test_a_plug_in_that_cannot_be_closed_is_told_of_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    plugin(close=unknown).close()
    assert "connector 'acme' (acme:Acme) breaks the contract: ZeroDivisionError" in caplog.text


def test_a_constructor_is_guarded_too() -> None:
    with pytest.raises(DefectError, match=r"acme.*ZeroDivisionError"):
        plugin(__init__=unknown)
    with pytest.raises(DefectError, match=r"does not call super\(\)\.__init__"):
        plugin(__init__=lambda self, settings, context, key: None)


def test_errors_of_the_tree_pass_and_operations_stay() -> None:
    def gone(self: Any, ids: Any) -> Any:
        raise NotFoundError("gone")

    connector = plugin(fetch=gone)
    with pytest.raises(NotFoundError) as caught:
        connector.fetch(["1"])
    assert caught.value.connection == connector.context.connection, "the author may leave it out"
    assert operations(type(connector)) == operations(type(MemoryTool("acme").connector()))
    assert type(connector).__name__ == "Acme"


def test_a_full_disk_is_no_defect_of_the_plug_in() -> None:
    """It writes a download where we let it."""

    def download(self: Any, file: Any, target: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        call(plugin(download=download), "download")


def test_a_feed_may_be_left_half_way() -> None:
    left = []

    def changes(self: Any, cursor: Any, scope: Any) -> Iterator[Page]:
        try:
            yield Page((), "1")
            yield Page((), "2")
        finally:
            left.append(cursor)

    for page in plugin(changes=changes).changes("0", Scope()):
        assert page.cursor == "1"
        break
    assert left == ["0"]


@pytest.mark.parametrize(
    ("value", "due", "words"),
    [
        (None, str | None, None),
        (3, str | None, "int instead of str"),
        (3, float, None),
        (("a",), list[str], None),
        ("ab", list[str], "str instead of list"),
        ({"a": object()}, dict[str, Any], None),
        ({1: "a"}, dict[str, str], "int instead of str"),
        ({"a": 1}, dict[str, str], "int instead of str"),
        (timedelta(1), timedelta, None),
        (NAIVE, datetime, "a time without its zone"),
        (Thread(comments=["x"]), Thread, "comments: str instead of dict"),
        (replace(RECORD, changed_at=NAIVE), Record, "changed_at: a time without its zone"),
    ],
)
def test_what_is_wrong_with_a_value(value: Any, due: Any, words: str | None) -> None:
    assert problem(value, due) == words


def test_what_is_wrong_with_a_class() -> None:
    assert flaws(type(MemoryTool("acme").connector())) == []

    class Bare(Connector):
        Settings = dict
        find = None

    words = "; ".join(flaws(Bare))
    for each in (
        "no changes()",
        "no check()",
        "'name' is no text",
        "no subclass of ConnectionSettings",
        "'find' is no method",
    ):
        assert each in words
    assert "its 'traits' is not right: NoneType instead of Traits" in words

    class Careless(MemoryConnector):
        traits = replace(MemoryTool("acme").dialect.traits, precision=1)

    assert flaws(Careless) == ["its 'traits' is not right: precision: int instead of timedelta"]
