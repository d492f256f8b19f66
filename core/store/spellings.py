r"""How HTML, JSON and URLs spell a text, as regular expressions: an address or a name is found however it is written.

A letter or sign other than a plain one (a to z, 0 to 9) may be composed or not (NFC, NFD), a character reference of HTML
(``&uuml;``, ``&#252;``), percent-encoded UTF-8 or an escape of JSON (``\u00fc``). Blanks are any number of
any of these; names of files have an underscore for one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from html.entities import html5
from typing import Final
from urllib.parse import quote

_ESCAPED: Final = r"(?<=%[0-9A-Fa-f]{2})(?<!%2[BbDdEe])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4})"
BEFORE: Final = rf"(?:(?<![^\W_])|{_ESCAPED})"
"""Matches where a word begins: after what is no letter or digit, be it encoded."""
AFTER: Final = r"(?![^\W_])"
"""Matches where a word ends."""
BEFORE_ADDRESS: Final = rf"(?:(?<![\w.+-])|{_ESCAPED})"
"""Matches where an e-mail address begins."""
BLANK: Final = r"(?:[\s+_]|%(?:20|0[9ADad])|%[Cc]2%[Aa]0|&nbsp;|&#(?:0*160|[Xx]0*[Aa]0);|\\[nrt]|\\u00[Aa]0)+"
AT: Final = r"(?:@|%40|&#(?:0*64|[Xx]0*40);|&commat;|\\u0040)"

_NAMED: Final = defaultdict[str, list[str]](list)
for _name, _meant in sorted(html5.items()):
    if _name.endswith(";"):
        _NAMED[_meant].append(_name)


def spelled(text: str, *, any_case: bool = True) -> str:
    """Give the pattern of a text, to be compiled with IGNORECASE (or to stand in such a group) where any case is meant."""
    words = unicodedata.normalize("NFC", text).split()
    return BLANK.join("".join(_character(each, any_case=any_case) for each in word) for word in words)


def hint(text: str) -> str:
    """Give a text in lower case that every spelling of a text holds, in any case: its longest run of plain letters.

    An i is none: Turkish has two of them, which a pattern that ignores the case takes for the same.
    """
    plain = unicodedata.normalize("NFC", text).lower()
    return max(re.findall(r"[a-hj-z0-9]+", plain), key=len, default="")


@lru_cache(4096)
def _character(character: str, *, any_case: bool) -> str:
    if character.isascii() and character.isalnum():
        return character
    cases = {character, *((character.lower(), character.upper()) if any_case else ())}
    forms = [re.escape(unicodedata.normalize(form, character)) for form in ("NFC", "NFD")]
    for each in sorted(each for each in cases if len(each) == 1):
        code = ord(each)
        forms += [f"&#0*{code};", f"&#[Xx]0*(?i:{code:x});", f"(?i:{_percent(each)})", f"(?i:{_escape(each)})"]
        forms += [f"&{re.escape(name)}" for name in _NAMED.get(each, ())]
    return f"(?:{'|'.join(dict.fromkeys(forms))})"


def _percent(character: str) -> str:
    encoded = [quote(unicodedata.normalize(form, character), safe="") for form in ("NFC", "NFD")]
    plain = [f"%{ord(character):02X}"] if character.isascii() else []  # which need not be encoded, and may be
    return "|".join(dict.fromkeys(map(re.escape, [*encoded, *plain])))


def _escape(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(rf"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
