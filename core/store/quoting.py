"""Quote what goes into SQL for DuckDB: names and texts that no parameter can carry, as in views and in COPY."""

from __future__ import annotations


def string(text: str) -> str:
    """Give a text as SQL.

    Raises:
        ValueError: it holds a NUL, at which a parser may stop.
    """
    if "\0" in text:
        raise ValueError("a text within SQL cannot hold a NUL")
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """Give the name of a table or of a column as SQL.

    Raises:
        ValueError: it holds a NUL, at which a parser may stop.
    """
    if "\0" in text:
        raise ValueError("a name within SQL cannot hold a NUL")
    return '"' + text.replace('"', '""') + '"'
