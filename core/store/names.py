"""Find the names of certain people in texts: in full, or a part of them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import cached_property

_SPLIT = re.compile(r"[^\w'\u2019-]+|\d+")
_TELLING = re.compile(r"[._\d-]")
"""A local part that holds one of these, such as ``ana.roux``, means one person; ``support`` is a word as well."""


class Names:
    """The names of some people, ready to be found.

    A full name is found in any case and with any blanks between its words. A part of it (``Ana``) is found as it is
    written there, since ``will`` is no name; a word in lower case, such as ``van``, is no part. A name that HTML writes
    otherwise is found as well, and so is what an e-mail address says before the ``@``.
    """

    def __init__(self, people: frozenset[tuple[str | None, str | None]]) -> None:
        """Take the names (and e-mail addresses) of people."""
        self._owners: dict[str, tuple[str | None, str | None]] = {}
        self._full: set[str] = set()
        self._parts: set[str] = set()
        for name, email in sorted(people, key=lambda pair: (pair[1] or "", pair[0] or "")):
            self._take(name, email)
        self._lowered = frozenset(text.casefold().split()[0] for text in (*self._full, *self._parts))

    def _take(self, name: str | None, email: str | None) -> None:
        owner = (name or email, email)
        local = (email or "").partition("@")[0]
        whole = [name] if name and name.strip() else []
        if len(local) > 2 and _TELLING.search(local):
            whole.append(local)
        for text in whole:
            for written in (text, html.escape(text)):
                words = " ".join(written.split())
                self._owners.setdefault(words.casefold(), owner)
                self._full.add(words)
        for part in _SPLIT.split(name or ""):
            if len(part) > 1 and part[0] == part[0].upper() and part[0].isalpha():
                for written in (part, html.escape(part)):
                    self._owners.setdefault(written.casefold(), owner)
                    self._parts.add(written)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        full = sorted((re.escape(text).replace(r"\ ", r"\s+") for text in self._full), key=len, reverse=True)
        parts = sorted(map(re.escape, self._parts), key=len, reverse=True)
        choices = [f"(?i:{'|'.join(full)})", *parts]
        return re.compile(rf"(?<!\w)(?:{'|'.join(choices)})(?!\w)")

    def replace(self, text: str, pseudonym: Callable[[str | None, str | None], str]) -> str:
        """Give a text in which another name stands for each of these."""
        lowered = text.casefold()
        if not any(word in lowered for word in self._lowered):
            return text

        def replaced(found: re.Match[str]) -> str:
            return pseudonym(*self._owners[" ".join(found[0].split()).casefold()])

        return self._pattern.sub(replaced, text)
