"""Reading of ``--load`` files: real records of a vendor, one JSON object a line.

A line is the bare record, or ``{"file": ..., "where": ..., "record": {...}}`` as the tool that collects samples prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import orjson


class LoadError(ValueError):
    """A line cannot be read; the message names file and line."""


def latest(
    records: Iterable[dict[str, Any]], number: Callable[[Any], int | None], left_out: Callable[[str], None]
) -> dict[int, dict[str, Any]]:
    """Give the records by id, in its order: the same id twice keeps the later, one without an id is left out and named.

    Args:
        records: as :func:`read` gives them.
        number: gives an id as a number, or None where it is none.
        left_out: told in words what is left out.
    """
    found: dict[int, dict[str, Any]] = {}
    for record in records:
        key = number(record.get("id"))
        if key is None:
            left_out(f"record without id left out: {str(record.get('subject'))[:60]!r}")
        else:
            found[key] = record
    return dict(sorted(found.items()))


def read(path: Path) -> list[dict[str, Any]]:
    """Give the records of a file, in order, each without its wrapper.

    Raises:
        LoadError: a line is not a JSON object.
        OSError: the file cannot be read.
    """
    records: list[dict[str, Any]] = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                value: Any = orjson.loads(line)
            except ValueError as error:
                raise LoadError(f"{path}:{number}: {error}") from None
            if not isinstance(value, dict):
                raise LoadError(f"{path}:{number}: not a JSON object")
            record = cast("dict[str, Any]", value)
            records.append(record["record"] if "where" in record and isinstance(record.get("record"), dict) else record)
    return records
