"""Forget a person: take them out of what is stored, and keep them out of what is read later.

Erasing puts one word, the same for everybody, in the place of a person's e-mail address and full name, wherever they stand
and however JSON, HTML or a URL spells them. A person of a document (``id``, ``name``, ``email``) is emptied; in the texts
of an incident in which the person took part, parts of the name go too. Other people's data stay.

What the vendors still hold is read again. So the store keeps keyed digests of forgotten addresses and names, and
:class:`Forgotten` erases on the way in whom it recognises by them. Who holds the store can test a guess against these
digests, and learns no more from them.
"""

from __future__ import annotations

import hmac
import html
import re
import secrets
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final, cast
from urllib.parse import unquote_plus

import orjson

from .names import Names
from .spellings import AFTER, BEFORE, BEFORE_ADDRESS, BLANK, hint, spelled
from .store import Store

ERASED: Final = "[forgotten]"
"""What stands in the place of a person."""
TEXTS: Final = frozenset(
    {"title", "description", "body", "resolution_notes", "cause", "workaround", "name", "comment", "message", "reason"}
)
"""Keys of a document under which somebody writes to people, and may use a part of a name."""
PERSONAL_FIELDS: Final = ("assignee", "requester")
"""Fields of the timeline whose values (``before``, ``after``) are people."""
LONGEST_NAME: Final = 5
"""Words of a name that is recognised in the texts of others."""
KEY: Final = "forgetting_key"

_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[^\W\d_][\w'\u2019.-]*")


def normal(identity: str) -> str:
    """Give the form in which an address or a name is compared: one case, single blanks, composed letters."""
    return " ".join(unicodedata.normalize("NFC", identity).split()).lower()


class Erasure:
    """Takes certain people out of texts and JSON values."""

    def __init__(self, addresses: Iterable[str], names: Iterable[str] = ()) -> None:
        """Take what the people are known by.

        Args:
            addresses: e-mail addresses.
            names: full names; one of a single word is erased only where it stands as a person's name.
        """
        self.addresses = frozenset(map(normal, addresses))
        names = tuple(names)
        self.names = frozenset(map(normal, names))
        telling = [name for name in names if len(name.split()) > 1]
        spelled = [_address_pattern(each) for each in sorted(self.addresses)]
        spelled += [_name_pattern(normal(each)) for each in sorted(telling)]
        self._pattern = re.compile("|".join(spelled) or r"(?!)", re.IGNORECASE)
        self._parts = Names(frozenset([(None, each) for each in self.addresses] + [(each, None) for each in telling]))

    @property
    def hints(self) -> list[str]:
        """Give texts in lower case, of which a text that names them holds at least one, in any case."""
        return sorted({*map(hint, self.addresses), *map(hint, self.names)})

    def means(self, name: Any, email: Any) -> bool:
        """Tell whether a person of this name and address is one of them; without an address, the name is enough."""
        if isinstance(email, str) and email:
            return normal(email) in self.addresses
        return isinstance(name, str) and (normal(name) in self.names or normal(name) in self.addresses)

    def text(self, text: str, *, own: bool = False) -> str:
        """Give a text without them; ``own`` where they took part in the incident, so that parts of names mean them."""
        erased = self._pattern.sub(ERASED, text)
        return self._parts.replace(erased, lambda _name, _email: ERASED) if own else erased

    def value(self, value: Any) -> Any:
        """Give a JSON value without them."""
        return self._value(value, "", own=self.takes_part(value))

    def stored(self, text: str, *, own: bool = False) -> str:
        """Give a stored text without them: JSON (with sorted keys) or plain."""
        if text[:1] in ("{", "["):
            try:
                value = orjson.loads(text)
            except orjson.JSONDecodeError:
                return self.text(text, own=own)
            erased = self._value(value, "", own=own or self.takes_part(value))
            return text if erased == value else orjson.dumps(erased, option=orjson.OPT_SORT_KEYS).decode()
        return self.text(text, own=own)

    def takes_part(self, value: Any) -> bool:
        """Tell whether one of them is a person of a JSON value."""
        match value:
            case dict():
                fields = cast("dict[str, Any]", value)
                return self._is_person(fields) or any(map(self.takes_part, fields.values()))
            case list() | tuple():
                return any(map(self.takes_part, cast("Sequence[Any]", value)))
            case _:
                return False

    def _is_person(self, fields: dict[str, Any]) -> bool:
        return ("email" in fields or fields.keys() <= {"id", "name"}) and self.means(
            fields.get("name"), fields.get("email")
        )

    def _value(self, value: Any, key: str, *, own: bool) -> Any:
        match value:
            case str():
                return self.text(value, own=own and key in TEXTS)
            case list() | tuple():
                return [self._value(each, key, own=own) for each in cast("Sequence[Any]", value)]
            case dict():
                fields = cast("dict[str, Any]", value)
                if self._is_person(fields):
                    return {name: ERASED if name == "name" else None for name in fields}
                if fields.get("field") in PERSONAL_FIELDS:
                    fields = {name: ERASED if self.means(each, None) else each for name, each in fields.items()}
                return {self.text(name): self._value(each, name, own=own) for name, each in fields.items()}
            case _:
                return value


class Forgotten:
    """The people whom the store has forgotten, as keyed digests."""

    def __init__(self, store: Store) -> None:
        """Read the list of a store."""
        self._sql = store.sql
        found = self._sql.execute("select value from settings where name = ?", [KEY]).fetchone()
        self._key = bytes.fromhex(found[0]) if found else None
        self._digests = {row[0] for row in self._sql.execute("select digest from forgotten").fetchall()}
        self._words = {row[0] for row in self._sql.execute("select distinct words from forgotten").fetchall()}
        self._is_listed = lru_cache(65536)(self._look_up)

    def add(self, erasure: Erasure) -> None:
        """Put people on the list, in the caller's transaction."""
        if self._key is None:
            self._key = secrets.token_bytes(32)
            self._sql.execute("insert into settings values (?, ?)", [KEY, self._key.hex()])
        for identity in (*erasure.addresses, *erasure.names):
            words = 0 if identity in erasure.addresses else len(identity.split())
            self._sql.execute("insert or ignore into forgotten values (?, ?)", [self._digest(self._key, identity), words])

    def erase(self, value: Any) -> Any:
        """Give what was read (JSON values of one incident) without the people on the list."""
        if not self._digests:
            return value
        found = Erasure(*self._recognised(value))
        return found.value(value) if found.addresses or found.names else value

    def _recognised(self, value: Any) -> tuple[set[str], set[str]]:
        """Give the addresses and names of the people on the list that stand in a value."""
        addresses: set[str] = set()
        names: set[str] = set()
        for text, person in _strings(value):
            for address in _ADDRESS.findall(text) if "@" in text else ():
                plain = address.strip(".")
                if self._is_listed(normal(plain)):
                    addresses.add(plain)
                    names.update([person] if person else [])
            names.update(each for each in _names(text, self._words) if self._is_listed(normal(each)))
        return addresses, names

    def _look_up(self, identity: str) -> bool:
        return self._key is not None and self._digest(self._key, identity) in self._digests

    @staticmethod
    def _digest(key: bytes, identity: str) -> str:
        return hmac.digest(key, identity.encode(), "sha256").hex()


def _strings(value: Any, person: str | None = None) -> Iterable[tuple[str, str | None]]:
    """Give the texts of a JSON value as HTML and URLs mean them, those of a person with the person's name."""
    match value:
        case str():
            yield from ((text, person) for text in dict.fromkeys((value, html.unescape(value), unquote_plus(value))))
        case list() | tuple():
            yield from chain.from_iterable(map(_strings, cast("Sequence[Any]", value)))
        case dict():
            fields = cast("dict[str, Any]", value)
            whose = cast("str | None", fields.get("name")) if isinstance(fields.get("email"), str) else None
            for each in fields.values():
                yield from _strings(each, whose)
        case _:
            return


def _names(text: str, lengths: Collection[int]) -> Iterable[str]:
    """Give what may be a name: so many words after each other, all of them with a capital; or the whole text."""
    yield text if len(text) < 200 else ""
    words = [found[0].rstrip(".-") for found in _WORD.finditer(unicodedata.normalize("NFC", text))]
    for length in lengths:
        if 1 < length <= LONGEST_NAME:
            for first in range(len(words) - length + 1):
                some = words[first : first + length]
                if some[0][:1].isupper() and some[-1][:1].isupper():
                    yield " ".join(some)


def _address_pattern(address: str) -> str:
    return rf"{BEFORE_ADDRESS}{spelled(address)}(?![\w-]|\.\w)"


def _name_pattern(name: str) -> str:
    *first, last = name.split()
    turned = rf"{spelled(last)}(?:,|%2C)?{BLANK}{spelled(' '.join(first))}"
    return rf"{BEFORE}(?:{spelled(name)}|{turned}){AFTER}"
