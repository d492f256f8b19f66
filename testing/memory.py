"""An in-memory tool with people who work in it, and a real connector to it.

People act through :meth:`MemoryTool.create`, :meth:`~MemoryTool.edit`, :meth:`~MemoryTool.comment`,
:meth:`~MemoryTool.attach` and :meth:`~MemoryTool.delete`, in the tool's own words (``state="solved"``). Everything is
deterministic: the clock stands still until it is told, and what goes wrong is seeded or scripted.

::

    clock = Clock()
    left = MemoryTool("left", clock=clock)
    right = MemoryTool("right", Dialect(priorities=4, title_length=20), clock=clock)
    sides = {tool.name: memory_side(tool.name, tool) for tool in (left, right)}
    ticket = left.create(title="Printer on fire", severity=1)
"""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

from ..core.connector import Connector, Context, FilePlace
from ..core.mapping.directory import Directory
from ..core.mapping.mapping import Mapping
from ..core.net.auth import ApiKeyAuth, TokenStore
from ..core.sync.side import Side
from .memory_connector import MemoryConnector, MemorySettings
from .memory_store import BLANK, MemoryStore


class MemoryTool(MemoryStore):
    """A vendor that lives in memory, with people who work in it."""

    # -- what people do

    def create(self, *, by: str = "carla", visible_after: float = 0.0, **fields: Any) -> str:
        """Open a record, as a person, and give its id."""
        author = self.person_id(by)
        self.pass_time()
        record_id = self.insert({"caller": author, **fields}, author)
        if visible_after:
            self.veil(record_id, visible_after, None)
        return record_id

    def edit(self, record_id: str, *, by: str = "ann", visible_after: float = 0.0, **fields: Any) -> None:
        """Change fields, as a person.

        Args:
            record_id: the record.
            by: who does it.
            visible_after: seconds until readers see it: a transaction that commits late, with the time of its start.
            fields: raw fields.

        Raises:
            RejectedError: the tool's rules forbid it.
        """
        self.pass_time()
        before = copy.deepcopy(self.records[record_id])
        self.save(record_id, fields, self.person_id(by))
        if visible_after:
            self.veil(record_id, visible_after, before)

    def comment(self, record_id: str, *, by: str = "ann", text: str, public: bool = True) -> str:
        """Add a comment, as a person, and give its id."""
        self.pass_time()
        return self.say(record_id, {"text": text, "author": self.person_id(by)}, public=public)

    def attach(
        self,
        record_id: str,
        *,
        by: str = "ann",
        name: str,
        data: bytes,
        media_type: str = "text/plain",
        public: bool = True,
    ) -> str:
        """Attach a file, as a person, and give its id; where files hang on comments, a comment comes with it."""
        self.pass_time()
        author = self.person_id(by)
        file = self.keep_file(name, media_type, data, author, public=public)
        if self.dialect.files_on is FilePlace.COMMENT:
            self.say(record_id, {"text": "<p>See the file</p>", "author": author}, public=public, files=[file])
        else:
            self.hang(record_id, file)
        return file["id"]

    def delete(self, record_id: str, *, by: str = "ann") -> None:
        """Delete a record, as a person."""
        self.person_id(by)
        self.pass_time()
        self.remove(record_id)

    def clone(self, record_id: str, *, by: str = "ann") -> str:
        """Copy a record with all its fields, our marker among them, as a person, and give the copy's id."""
        self.pass_time()
        fields = {name: value for name, value in self.records[record_id].items() if name in BLANK or name[:2] == "x_"}
        return self.insert(copy.deepcopy(fields), self.person_id(by))

    # -- integrations

    def connector(self, context: Context | None = None, *, key: str | None = None) -> MemoryConnector:
        """Give a connector to this tool; with the tool's own key unless another is given.

        Its class is made for the tool, so that operations and traits are the dialect's.
        """
        absent = set(self.dialect.lacks)
        if self.dialect.files_on is FilePlace.COMMENT:
            absent.add("add_file")
        if not self.dialect.by_steps:
            absent.add("path")
        members: dict[str, Any] = {name: getattr(Connector, name) for name in absent}
        made = type("MemoryConnector", (MemoryConnector,), {**members, "tool": self, "traits": self.dialect.traits})
        settings = MemorySettings.model_validate({"url": self.url, "auth": ApiKeyAuth(key="env:ISTHMUS_MEMORY_KEY")})
        return made(settings, context or self.context(), key=key or self.key)

    def context(self) -> Context:
        """Give a context whose clock and waits are the tool's own."""
        return Context(
            connection=self.name,
            tokens=TokenStore(Path(tempfile.gettempdir()) / "isthmus-memory", self.name),
            sleep=self.clock.advance,
            clock=self.clock,
        )


def memory_side(
    name: str,
    tool: MemoryTool,
    *,
    writable: bool = True,
    people: dict[str, str] | None = None,
    groups: dict[str, str] | None = None,
    fallback: str | None = None,
    context: Context | None = None,
) -> Side:
    """Give an in-memory tool as a member of a link.

    Args:
        name: the connection's name, the tool's own by convention.
        tool: the tool.
        writable: whether the link may write it.
        people: the link's people table.
        groups: the link's group table.
        fallback: e-mail of the person who stands in for the unknown.
        context: what the connector is made from, the tool's own by default.
    """
    connector = tool.connector(context)
    directory = Directory(connector, base_url=tool.url, people=people, groups=groups, fallback=fallback)
    return Side(name, connector, Mapping(tool.dialect.mapping), directory, writable, tool.account)
