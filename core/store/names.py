"""Find the names of certain people in texts: in full, or a part of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cached_property

from .spellings import AFTER, BEFORE, hint, spelled

_SPLIT = re.compile(r"[^\w'\u2019-]+|\d+")
_TELLING = re.compile(r"[._\d-]")
"""A local part that holds one of these, such as ``ana.roux``, means one person; ``support`` is a word as well."""


class Names:
    """The names of some people, ready to be found.

    A full name is found in any case and with any blanks between its words. A part of it (``Ana``) is found as it is
    written there, since ``will`` is no name; a word in lower case, such as ``van``, is no part. A name that HTML, JSON or a
    URL writes otherwise is found as well, and so is what an e-mail address says before the ``@``.
    """

    def __init__(self, people: frozenset[tuple[str | None, str | None]]) -> None:
        """Take the names (and e-mail addresses) of people."""
        self._full: dict[str, tuple[str | None, str | None]] = {}
        self._parts: dict[str, tuple[str | None, str | None]] = {}
        for name, email in sorted(people, key=lambda pair: (pair[1] or "", pair[0] or "")):
            self._take(name, email)
        self._hints = frozenset(map(hint, (*self._full, *self._parts)))

    def _take(self, name: str | None, email: str | None) -> None:
        owner = (name or email, email)
        plain = unicodedata.normalize("NFC", name or "")
        local = (email or "").partition("@")[0]
        if plain.strip():
            self._full.setdefault(" ".join(plain.split()).lower(), owner)
        if len(local) > 2 and _TELLING.search(local):
            self._full.setdefault(local.lower(), owner)
        for part in _SPLIT.split(plain):
            if len(part) > 1 and part[0] == part[0].upper() and part[0].isalpha():
                self._parts.setdefault(part, owner)

    @cached_property
    def _choices(self) -> tuple[re.Pattern[str], list[tuple[str | None, str | None]]]:
        """Give the pattern, and whom each of its groups means."""
        full = sorted(self._full, key=len, reverse=True)
        parts = sorted(self._parts, key=len, reverse=True)
        groups = [f"((?i:{spelled(text)}))" for text in full] + [f"({spelled(part, any_case=False)})" for part in parts]
        owners = [*(self._full[text] for text in full), *(self._parts[part] for part in parts)]
        return re.compile(rf"{BEFORE}(?:{'|'.join(groups)}){AFTER}"), owners

    def replace(self, text: str, pseudonym: Callable[[str | None, str | None], str]) -> str:
        """Give a text in which another name stands for each of these."""
        lowered = text.lower()
        if not any(each in lowered for each in self._hints):
            return text
        pattern, owners = self._choices
        return pattern.sub(lambda found: pseudonym(*owners[(found.lastindex or 1) - 1]), text)
