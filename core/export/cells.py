"""Cells of CSV files and workbooks: text from a vendor never becomes a formula.

A spreadsheet program takes a text that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, even in a file of plain
text, and a formula can send what stands beside it to a stranger, or start a program. Some skip blanks and invisible
characters before it, some read the full-width signs of East Asian keyboards as the plain ones, and a tab or a line break at
the beginning may move the text into a cell of its own (OWASP, "CSV Injection"). Such a text gets an apostrophe in front,
by which spreadsheet programs know plain text.
"""

from __future__ import annotations

import re
from typing import TypeVar

from ..store.quoting import string

T = TypeVar("T")

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
_BREAKS = "\\t\\r\\n\\x0b\\x0c\x85\u2028\u2029"
_SKIPPED = "\\x00-\\x20\\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff"
"""Blanks, control characters and what has no width."""
_FORMULA = f"^(?:[{_BREAKS}]|[{_SKIPPED}]*[{_SIGNS}])"
"""Read alike by Python and by DuckDB's RE2."""
_formula = re.compile(_FORMULA)


def safe(value: T) -> T | str:
    """Give what may stand in a cell or in a heading: a text that could be read as a formula as plain text.

    Args:
        value: a text; anything else, such as a number or a moment, is given back as it is, since a cell holds it with its
            type.
    """
    if isinstance(value, str) and _formula.match(value):
        return "'" + value
    return value


def safe_sql(expression: str) -> str:
    """Give the SQL that does to a text what :func:`safe` does.

    Args:
        expression: SQL of a text; it is evaluated more than once.
    """
    return f"case when regexp_matches({expression}, {string(_FORMULA)}) then '''' || {expression} else {expression} end"
