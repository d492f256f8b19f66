"""Translate files of vendor JSON, and the mappings by themselves: records per second, and whether memory stays flat."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import orjson
import requests
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.registry import connector_class
from isthmus.core.run.translate import translate, write_lines
from isthmus.sandbox import Running, start

from .measure import Figure, isolated, median, peak_mb, rates

DISTINCT = 200
"""Different tickets of the sandbox that a file repeats."""
MANY = 3000
"""Records of a mapping's run: more texts than the hub remembers."""
SHORT = 10
"""A file that is so many times shorter shows what memory does with the length."""


def translations(lines: int, runs: int) -> list[Figure]:
    """Measure every vendor that has a sandbox.

    Args:
        lines: of the long file.
        runs: of each rate, over the short file.
    """
    figures: list[Figure] = []
    for vendor in ("zendesk", "servicenow"):
        with tempfile.TemporaryDirectory() as folder:
            long, short = Path(folder) / "long.jsonl", Path(folder) / "short.jsonl"
            found = isolated(_records, vendor)
            _fill(long, found, lines)
            _fill(short, found, lines // SHORT)
            figures += isolated(_rate, vendor, short, lines // SHORT, runs)
            small, large = isolated(_peak, vendor, short), isolated(_peak, vendor, long)
            part = f"translate {vendor}"
            figures.append(
                Figure(part, f"peak memory, {lines:,} lines", large, "MB", note=f"{long.stat().st_size / 1e6:.0f} MB read")
            )
            figures.append(Figure(part, f"memory at {lines:,} lines against {lines // SHORT:,}", large / small, "times"))
            figures += isolated(_mapping, vendor, found, runs)
    return figures


def _records(vendor: str) -> list[dict[str, Any]]:
    """Give tickets as the vendor's list gives them."""
    with start(vendor, tickets=DISTINCT) as running:
        return list(_listed(vendor, running))[:DISTINCT]


def _listed(vendor: str, running: Running) -> Iterator[dict[str, Any]]:
    given = running.credentials
    if vendor == "servicenow":
        auth = (given["basic"]["user"], given["basic"]["password"])
        params = {"sysparm_limit": str(DISTINCT), "sysparm_display_value": "all"}
        reply = requests.get(f"{running.base_url}/api/now/table/incident", params=params, auth=auth, timeout=60)
        yield from reply.json()["result"]
        return
    auth = (f"{given['api_token']['user']}/token", given["api_token"]["token"])
    for page in range(1, DISTINCT // 100 + 1):
        params = {"per_page": "100", "page": str(page)}
        yield from requests.get(f"{running.base_url}/api/v2/tickets", params=params, auth=auth, timeout=60).json()[
            "tickets"
        ]


def _fill(path: Path, found: list[dict[str, Any]], lines: int) -> None:
    with path.open("wb") as file:
        file.writelines(orjson.dumps(body) + b"\n" for body in _varied(found, lines))


def _varied(found: list[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    """Repeat records, each time with another description: the hub remembers what it made of a text."""
    for number in range(count):
        body = found[number % len(found)]
        text = body.get("description") or ""
        if isinstance(text, dict):
            yield {**body, "description": {name: f"{each} {number}" for name, each in text.items()}}
        else:
            yield {**body, "description": f"{text} {number}"}


def _translate(vendor: str, path: Path) -> None:
    with path.open("rb") as source, Path(os.devnull).open("wb") as target:
        complaints: list[str] = []
        write_lines(translate(source, vendor), target, complaints.append)
        if complaints:
            raise RuntimeError(complaints[0])


def _rate(vendor: str, path: Path, lines: int, runs: int) -> list[Figure]:
    _translate(vendor, path)
    note = "a line in, a line out; one core"
    return [
        median(
            f"translate {vendor}",
            "records",
            "records/s",
            rates(lines, lambda: _translate(vendor, path), runs, process_time),
            note,
        )
    ]


def _peak(vendor: str, path: Path) -> float:
    _translate(vendor, path)
    return peak_mb()


def _mapping(vendor: str, found: list[dict[str, Any]], runs: int) -> list[Figure]:
    """Measure a mapping alone, without its files: read, write, predict."""
    mapping, names = Mapping(shipped_mapping(vendor)), Unlisted()
    bodies = [body for record in _varied(found, MANY) for body in connector_class(vendor).unwrap(record)]
    documents = [mapping.read(body, names) for body in bodies]
    works = {
        "read": lambda: [mapping.read(body, names) for body in bodies],
        "write": lambda: [mapping.write(document, names, creating=True) for document in documents],
        "predict": lambda: [mapping.predict(document, names, creating=True) for document in documents],
    }
    return [
        median(f"mapping {vendor}", name, "records/s", rates(len(bodies), work, runs, process_time))
        for name, work in works.items()
    ]
