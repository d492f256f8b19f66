"""Personal data: what is hidden from an export.

Personal data are the people of an incident (requester, assignee, watchers, authors, who changed or confirmed something):
their names, e-mail addresses and ids; and in texts every e-mail address, every phone number, and the names of the
incident's own people, in full or in part. What a vendor gave and the mapping does not know (``extra``) may hold anything,
so it is left out as a whole. Names of people who have no part in the incident are not found in texts.

Each person gets one pseudonym, made with a secret key: the same person has the same within one export, and a list of
addresses tells nobody who is who. See :class:`People`.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias, cast

from .names import Names
from .spellings import AT

Json: TypeAlias = Any
DIGITS = 12
"""Hexadecimal digits of a pseudonym: enough for millions of people without two who share one."""
DOMAIN = "people.invalid"
"""Where the addresses of pseudonyms are: no mail is ever delivered there (RFC 2606)."""
ROLES = frozenset({"requester", "assignee", "watchers", "author", "by"})
"""Keys of a document under which people stand; what has an e-mail address is a person wherever it stands."""
CODES = frozenset(
    {"connection", "id", "key", "version", "marker", "status", "status_reason", "kind", "visibility", "media_type"}
    | {"sha256", "origin", "state", "external_id", "before", "after", "source", "channel"}
)
"""Keys of a document under which there is no text for people; neither is there under a key that ends with ``_at``."""
LEFT_OUT = frozenset({"extra"})

_AT = re.compile(AT)
_ADDRESS = re.compile(rf"(?<![\w.+'-])[\w+][\w.+'-]{{0,63}}{AT}[^\W_](?:[\w-]*\w)?(?:\.[^\W_](?:[\w-]*\w)?)+")
_PHONE = re.compile(
    r"""(?<![\w.,+/:-])(?:
        (?:\+|00)[ ]?[1-9](?:[ ()./-]{0,3}\d){6,14}                     # +49 (0) 30 1234-567
        | \(?0[1-9]\d{0,4}\)?[ /-]{1,3}\d(?:[ ./-]?\d){4,11}            # 030 / 123 45 67
        | (?:\([2-9]\d{2}\)[ ]?|[2-9]\d{2}[-. ])\d{3}[-. ]\d{4}         # (212) 555-0123
    )(?![\w@]|[.,:/-]\d)
    | (?<![^\W_])(?:tel(?:e(?:fon|phone))?|phone|fax|mobile?|handy|cell)[.:]{0,2}[ ]?
        (?P<said>\+?\d(?:[ ()./-]{0,3}\d){4,14})(?!\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,2}([./-])\d{1,2}\1(?:\d{2}|\d{4})(?!\d)")


class People:
    """Gives people pseudonyms, and finds them in documents and in texts."""

    def __init__(self, key: bytes | None = None, *, aliases: Mapping[str, str] | None = None) -> None:
        """Start.

        Args:
            key: what the pseudonyms are made with; a random one by default, so that nothing links two exports.
            aliases: name -> e-mail address, both in lower case, of people who are known by their name alone in places.
        """
        self._key = key or secrets.token_bytes(32)
        self._aliases = aliases or {}
        self._digest = lru_cache(65536)(self._make_digest)
        self._names = lru_cache(4096)(Names)

    # -- one person

    def name(self, name: str | None, email: str | None = None) -> str | None:
        """Give what stands instead of a person's name; None for one that is not known."""
        return f"Person {self._digest(self._identity(name, email))}" if name else name

    def email(self, email: str | None, name: str | None = None) -> str | None:
        """Give what stands instead of a person's e-mail address; None for one that is not known."""
        return f"{self._digest(self._identity(name, email))}@{DOMAIN}" if email else email

    def person(self, person: Mapping[str, Json]) -> dict[str, Json]:
        """Give a person (``id``, ``name``, ``email``) under a pseudonym."""
        digest = self._digest(self._identity(person.get("name"), person.get("email")) or f"id {person.get('id')}")
        shown = {"id": digest, "name": f"Person {digest}", "email": f"{digest}@{DOMAIN}"}
        return {part: shown[part] if value and part in shown else None for part, value in person.items()}

    def _identity(self, name: str | None, email: str | None) -> str:
        known = " ".join((name or "").split()).casefold()
        return (email or "").strip().casefold() or self._aliases.get(known, known)

    def _make_digest(self, identity: str) -> str:
        return hmac.digest(self._key, identity.encode(), "sha256").hex()[:DIGITS]

    # -- documents and texts

    def redact(self, document: Mapping[str, Json], people: Iterable[Mapping[str, Json]] = ()) -> dict[str, Json]:
        """Give a document (an incident, a comment, a file) without personal data.

        Args:
            document: JSON values.
            people: who else may be named in its texts, beside those that stand in the document.
        """
        names = self._known([*_people(document), *people])
        return cast("dict[str, Json]", self._redacted(document, names))

    def _redacted(self, value: Json, names: Names) -> Json:
        match value:
            case dict():
                fields = cast("dict[str, Json]", value)
                if "email" in fields:
                    return self.person(fields)
                return {name: self._field(name, held, names) for name, held in fields.items() if name not in LEFT_OUT}
            case list() | tuple():
                return [self._redacted(each, names) for each in cast("list[Json]", value)]
            case str():
                return self._text(value, names)
            case _:
                return value

    def _field(self, name: str, value: Json, names: Names) -> Json:
        if name in ROLES:
            if isinstance(value, dict):
                return self.person(cast("dict[str, Json]", value))
            if isinstance(value, list):
                return [self.person(each) for each in cast("list[dict[str, Json]]", value)]
        if isinstance(value, str) and name == "url":  # it may hold the name of a file; its digits are no phone number
            return names.replace(self._without_addresses(value), self.name)  # pyright: ignore[reportArgumentType]
        if isinstance(value, str) and (name in CODES or name.endswith("_at")):
            return value
        return self._redacted(value, names)

    def redact_text(self, text: str, people: Iterable[Mapping[str, Json]] = ()) -> str:
        """Give a text, plain or HTML, without personal data.

        Args:
            text: a title, a body, the name of a file.
            people: the incident's own people (``name``, ``email``), whose names are looked for.
        """
        return self._text(text, self._known(people))

    def _known(self, people: Iterable[Mapping[str, Json]]) -> Names:
        return self._names(frozenset((person.get("name"), person.get("email")) for person in people))

    def _text(self, text: str, names: Names) -> str:
        text = self._without_addresses(text)
        if any(map(str.isdigit, text)):
            text = _PHONE.sub(self._replace_phone, text)
        return names.replace(text, self.name)  # pyright: ignore[reportArgumentType]

    def _without_addresses(self, text: str) -> str:
        return _ADDRESS.sub(self._replace_address, text) if _AT.search(text) else text

    def _replace_address(self, found: re.Match[str]) -> str:
        address = _AT.sub("@", found[0])
        return found[0] if address.endswith(f"@{DOMAIN}") else self.email(address) or ""

    def _replace_phone(self, found: re.Match[str]) -> str:
        number = found["said"] or found[0]
        if _DATE.match(number):
            return found[0]
        digits = "".join(filter(str.isdigit, number))
        return found[0].replace(number, f"phone-{self._digest(f'phone {digits}')}")


def _people(value: Json) -> list[dict[str, Json]]:
    """Give the people that stand anywhere in a document."""
    found: list[dict[str, Json]] = []
    if isinstance(value, dict):
        if "email" in value:
            found.append(cast("dict[str, Json]", value))
        for name, held in cast("dict[str, Json]", value).items():
            if name in ROLES:
                several = cast("list[Json]", held if isinstance(held, list) else [held])
                found += [cast("dict[str, Json]", each) for each in several if isinstance(each, dict)]
            elif name not in LEFT_OUT:
                found += _people(held)
    elif isinstance(value, list):
        for each in cast("list[Json]", value):
            found += _people(each)
    return found
