"""The flavours of rich text that tools speak: a tool's text <-> canonical HTML.

What a flavour cannot express degrades to readable text. Two flavours defuse what a tool would evaluate: a zero-width space
goes into it, and one is taken out again on reading, so that a text that holds such a space already comes back as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .adf import read_adf, write_adf
from .markup import canonical
from .richtext import from_text, to_text

CUT: Final = "…"
"""Ends a text that the target had to shorten."""

_JOINER = "\u200b"
_LIQUID = re.compile(rf"\{{(?=[{{%{_JOINER}])")
_CODE_MARK = re.compile(rf"\[(/?)({_JOINER}*code\])", re.IGNORECASE)
_DEFUSED_MARK = re.compile(rf"\[(/?){_JOINER}({_JOINER}*code\])", re.IGNORECASE)
_CODE = re.compile(r"\[code\](.*?)\[/code\]", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<([a-z0-9]+)")


@dataclass(frozen=True, slots=True)
class Flavour:
    """One tool's way with rich text."""

    read: Callable[[str], str]
    """The tool's text -> canonical HTML."""
    write: Callable[[str], str]
    """HTML -> the tool's text."""
    echo: Callable[[str], str] | None = None
    """What was written -> what the tool tells of it, where that is not the same."""
    loss: str | None = None
    """What the tool cannot keep, in words."""

    def shorten(self, markup: str, limit: int) -> str:
        """Give the tool's text of the longest beginning of a text that fits, formatting left out and the cut marked."""
        text = to_text(markup)
        low, high = 0, min(limit, len(text))
        while low < high:
            middle = (low + high + 1) // 2
            if len(self._beginning(text, middle)) <= limit:
                low = middle
            else:
                high = middle - 1
        return self._beginning(text, low)

    def _beginning(self, text: str, length: int) -> str:
        return self.write(from_text(text[:length] + CUT))


def cut(text: str, limit: int) -> str:
    """Shorten a plain text to a limit, marking the cut."""
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT


def cut_bytes(text: str, limit: int) -> str:
    """Shorten a plain text to so many bytes of UTF-8, never within a character, marking the cut."""
    content = text.encode(errors="replace")
    if len(content) <= limit:
        return text
    return content[: limit - len(CUT.encode())].decode(errors="ignore") + CUT


def _to_liquid(markup: str) -> str:
    return _LIQUID.sub("{" + _JOINER, canonical(markup))


def _from_liquid(markup: str) -> str:
    return canonical(markup.replace("{" + _JOINER, "{"))


def _from_liquid_text(text: str) -> str:
    return from_text(text.replace("{" + _JOINER, "{"))


def _to_code_text(markup: str) -> str:
    """Write plain text where that says it all, else a ``[code]`` part."""
    tidy = canonical(markup)
    if set(_TAG.findall(tidy)) <= {"p", "br"}:
        text = to_text(tidy)
        if from_text(text).replace("&nbsp;", " ") == tidy.replace("&nbsp;", " "):
            return _defused(text)
    return f"[code]{_defused(tidy)}[/code]"


def _from_code_text(text: str) -> str:
    pieces = _CODE.split(text)
    return "".join(
        canonical(_armed(piece)) if index % 2 else from_text(_armed(piece)) for index, piece in enumerate(pieces)
    )


def _defused(text: str) -> str:
    return _CODE_MARK.sub(rf"[\1{_JOINER}\2", text)


def _armed(text: str) -> str:
    return _DEFUSED_MARK.sub(r"[\1\2", text)


_PLAIN = "formatting becomes readable text"

FLAVOURS: dict[str, Flavour] = {
    "adf": Flavour(read_adf, write_adf),
    "html": Flavour(canonical, canonical),
    "text": Flavour(from_text, to_text, loss=_PLAIN),
    "liquid_html": Flavour(_from_liquid, _to_liquid),
    "liquid_text": Flavour(_from_liquid_text, _to_liquid, echo=to_text, loss=_PLAIN),
    "code_text": Flavour(_from_code_text, _to_code_text),
}
"""Flavours by the name that a mapping uses.

``adf``: a document of the Atlassian Document Format, as JSON. ``liquid``: the tool evaluates ``{{ }}`` in what it is sent.
``liquid_text``: it takes HTML but tells only the text. ``code_text``: plain text in which ``[code]`` parts are HTML.
"""
