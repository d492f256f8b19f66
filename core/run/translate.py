"""Translate files of vendor JSON into normalized incidents, and incidents into a vendor's create bodies; no network.

A file holds whatever its vendor returns: one ticket, bare or in an envelope, a page of them, search results; as one JSON
document, or as JSON lines, which are read one by one. A line may also be ``{"file", "where", "record"}``: a record with the
place where it was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO

import orjson

from ..connector import Connector, Json
from ..errors import MappingError, UserError
from ..mapping.directory import Unlisted
from ..mapping.mapping import Mapping
from ..mapping.spec import shipped_mapping
from ..model import ConfigurationItem, Document, Group, Person
from ..registry import connector_class
from .exits import Exit

PLACED = frozenset({"file", "where", "record"})
ALWAYS = ("id", "title", "status")
"""Keys that every line has, null where the record does not tell."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A record that cannot be translated, and why."""

    line: int
    reason: str


class Strangers(Unlisted):
    """Names at a tool that is not asked: an id of another tool means nothing there."""

    def person_id(self, person: Person) -> str | None:
        """Nobody is known by id."""
        return None

    def group_id(self, group: Group) -> str | None:
        """No group is known by id."""
        return None

    def item_id(self, item: ConfigurationItem) -> str | None:
        """No configuration item is known by id."""
        return None

    def field_id(self, field_name: str) -> str | None:
        """No custom field is known by id."""
        return None


@cache
def _mapping(connector: str) -> Mapping:
    return Mapping(shipped_mapping(connector))


def payloads(source: BinaryIO) -> Iterator[tuple[int, Any]]:
    """Give the JSON values of a file with the numbers of their lines; JSON lines are never held all at once.

    A line that is not JSON, after one that is, comes as an :class:`Unread`: the others flow.

    Raises:
        UserError: the file holds no JSON; names the line.
    """
    number, first = 0, b""
    for number, first in enumerate(source, 1):  # noqa: B007 - both are used after the blank lines
        if first.strip():
            break
    try:
        value = orjson.loads(first)
    except orjson.JSONDecodeError:
        yield number, _document(first + source.read(), number)
        return
    yield number, value
    for later, line in enumerate(source, number + 1):
        if line.strip():
            yield later, _line(line, later)


def _document(text: bytes, line: int) -> Any:
    if not text.strip():
        raise UserError("the input is empty")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UserError(f"the input is not JSON, line {line + error.lineno - 1}: {error.msg}") from error


def _line(text: bytes, line: int) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return Unread(line, f"not JSON: {error.msg}")


def records(connector: type[Connector], payload: Any) -> Iterator[Json]:
    """Give the records of one JSON value.

    Raises:
        UserError: there can be none in it.
    """
    bare = payload["record"] if _is_placed(payload) else payload
    if not _holds_tickets(bare):
        raise UserError(f"a {type(bare).__name__} where a ticket or a page of tickets should be")
    yield from connector.unwrap(bare)


def _is_placed(payload: Any) -> bool:
    """Tell whether this is a line that says where a record was found."""
    return isinstance(payload, dict) and payload.keys() == PLACED


def _holds_tickets(payload: Any) -> bool:
    return isinstance(payload, dict | list)


def translate(source: BinaryIO, origin: str, target: str | None = None) -> Iterator[Document | Json | Unread]:
    """Give a document for each record of a file, or the target's create body.

    Args:
        source: the file, opened for reading bytes.
        origin: name of the connector whose records these are.
        target: name of the connector whose create bodies are wanted. Those name no people and groups, since ids of one
            tool mean nothing at another.

    Raises:
        UserError: the file is not JSON or a connector does not exist.
    """
    connector, mapping, names = connector_class(origin), _mapping(origin), Unlisted()
    write = _writer(origin, target) if target else None
    for line, payload in payloads(source):
        for record in _each(connector, payload, line):
            if isinstance(record, Unread):
                yield record
                continue
            try:
                document = mapping.read(record, names)
                yield write(document) if write else {"connection": origin, **dict.fromkeys(ALWAYS), **document}
            except (MappingError, ValueError, TypeError, KeyError, AttributeError) as error:
                yield Unread(line, f"record {record.get('id') or record.get('sys_id') or '?'}: {_words(error)}")


def _each(connector: type[Connector], payload: Any, line: int) -> Iterator[Json | Unread]:
    if isinstance(payload, Unread):
        yield payload
        return
    try:
        yield from records(connector, payload)
    except UserError as error:
        yield Unread(line, str(error))


def _writer(origin: str, target: str) -> Any:
    connector, mapping = connector_class(target), _mapping(target)
    names = Unlisted() if origin == target else Strangers()

    def write(document: Document) -> Json:
        return connector.wrap(mapping.write(document, names, creating=True))

    return write


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, MappingError) else f"{type(error).__name__}: {error}"


def write_lines(found: Iterable[Document | Json | Unread], target: BinaryIO, complain: Callable[[str], object]) -> Exit:
    """Write each document as a line of JSON; a record that cannot be translated is told, and the code is partial."""
    code = Exit.OK
    for item in found:
        if isinstance(item, Unread):
            code = Exit.PARTIAL
            complain(f"line {item.line}: {item.reason}")
        else:
            target.write(orjson.dumps(item) + b"\n")
    target.flush()
    return code
