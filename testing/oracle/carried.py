"""What a ticket says in text because the tool has no place for it: the lines of its note of origin."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from .facts import TIMES, Said, moment, plain_words

NOTE = "Carried by Isthmus from"


def lines(text: str) -> list[str]:
    """Give the lines of a text in markup, without it."""
    text = re.sub(r"</?(?:p|br|div|li)\b[^>]*>", "\n", text).replace("\u200b", "")
    return html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>|\[/?code\]", "", text)).replace("\u00a0", " ").split("\n")


def is_note(said: Said, connection: str, record_id: str) -> bool:
    """Tell whether a comment is the note of a record's origin."""
    return any(line.strip() == f"{NOTE} {connection} {record_id}." for line in lines(said.text))


class Carried:
    """Values that notes carry, each under the name of its field."""

    def __init__(self, notes: Iterable[Said]) -> None:
        """Take the notes of a ticket."""
        self._lines = [line.strip() for said in notes for line in lines(said.text)]

    def has(self, name: str, value: str) -> bool:
        """Tell whether a field's value stands in the notes, whole and under its own name."""
        label = f"{name.replace('_', ' ')}{' at' if name in TIMES else ''}:"
        return any(
            _says(name, value, [line[len(label) :], *self._lines[at + 1 :]])
            for at, line in enumerate(self._lines)
            if line.lower().startswith(label)
        )

    def says(self, value: str) -> bool:
        """Tell whether the value of a field of the account's own stands in the notes, under any name."""
        own = (at for at, line in enumerate(self._lines) if ": " in line)
        return any(_says("", value, [self._lines[at].split(": ", 1)[1], *self._lines[at + 1 :]]) for at in own)


def _says(name: str, value: str, following: list[str]) -> bool:
    """Tell whether the lines after a field's name begin with its value and nothing but it."""
    first = following[0].strip()
    if name in TIMES:
        return _moment(first) == value
    if name in ("requester", "assignee"):
        return value in re.split(r"[\s<>]+", first.lower())
    if name == "group":  # one whose name several bear has what it belongs to before it
        return value in (first, first.rpartition(" > ")[2])
    if name == "labels":
        return sorted(first.split(", ")) == value.split()
    wanted, held = plain_words(value), ""
    for line in following:
        held += "\n" + line
        shown = plain_words(held)
        if shown == wanted:
            return True
        if len(shown) > len(wanted):
            return False
    return False


def _moment(text: str) -> str:
    try:
        return moment(text)
    except ValueError:
        return ""
