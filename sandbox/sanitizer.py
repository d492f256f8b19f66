"""HTML as a vendor keeps it: some tags with some attributes, correctly nested; all text stays, scripts and styles go."""

from __future__ import annotations

import html
from collections.abc import Callable, Collection
from html.parser import HTMLParser
from typing import TypeAlias

SILENT = frozenset({"script", "style", "head", "title"})
VOID = frozenset({"br", "hr", "img"})
Attributes: TypeAlias = Callable[[str, list[tuple[str, str | None]]], str]
"""Gives what is kept of a tag's attributes, as it stands in the tag."""


class Sanitizer(HTMLParser):
    """Takes one text apart and puts together what is kept of it."""

    def __init__(self, allowed: Collection[str], attributes: Attributes) -> None:
        super().__init__(convert_charrefs=True)
        self._allowed = allowed
        self._attributes = attributes
        self.parts: list[str] = []
        self.open: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an allowed tag."""
        if tag in SILENT:
            self.silent += 1
        elif tag in self._allowed and not self.silent:
            self.parts.append(f"<{tag}{self._attributes(tag, attrs)}>")
            if tag not in VOID:
                self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an allowed tag that ends at once."""
        if tag not in SILENT:
            self.handle_starttag(tag, attrs)
            if tag not in VOID:
                self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, and those within it that are still open."""
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in self.open and not self.silent:
            while True:
                closing = self.open.pop()
                self.parts.append(f"</{closing}>")
                if closing == tag:
                    return

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if not self.silent:
            self.parts.append(html.escape(data, quote=False))

    def result(self) -> str:
        """Give what is kept, every open tag closed."""
        self.close()
        self.parts.extend(f"</{tag}>" for tag in reversed(self.open))
        return "".join(self.parts)
