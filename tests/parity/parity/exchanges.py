"""Reading of recorded exchanges, whatever tool recorded them.

A recording has a request and its response. Files that hold only one of the two (bodies of tests, examples of a
specification with templates for paths) are no recordings and give no exchange. Seven forms are known:

* ``{"exchanges": [{"method", "path", "request": {"params", "data"}, "response": {"status", "headers", "body"}}]}``,
* ``{"interactions": [...]}`` with ``url`` (betamax, and HAR as Polly writes it),
* ``{"api": {method: {path: entry or entries}}}`` with ``request``, ``status``, ``headers``, ``response``,
* ``[{"scope", "method", "path", "body", "status", "response"}]`` (nock; it keeps no headers),
* ``{"Request", "Response"}`` (WireMock),
* ``{"samples": [...]}``: printed requests, each followed by its printed reply; without status and headers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PLACEHOLDER = "String"
"""Stands for every value where a document prints a form instead of a reply."""


@dataclass(frozen=True)
class Exchange:
    """One recorded request and its reply."""

    vendor: str
    file: str
    """Relative to the folder of the vendor."""
    number: int
    """Place within the file, from 1."""
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: Any
    status: int | None
    """None where only success is known."""
    headers: dict[str, str] | None
    """By lower-case name; None where they were not recorded."""
    reply: Any

    def __str__(self) -> str:
        return f"{self.vendor}/{self.file} #{self.number}: {self.method} {self.path}"


def read_folder(folder: Path, vendor: str) -> list[list[Exchange]]:
    """Give the exchanges of each file of a vendor, in order; a file without exchanges gives an empty list."""
    files = sorted((folder / vendor).rglob("*.json"))
    return [list(read_file(path, vendor, path.relative_to(folder / vendor).as_posix())) for path in files]


def read_file(path: Path, vendor: str, name: str) -> Iterator[Exchange]:
    """Give the exchanges of one file."""
    for number, entry in enumerate(_entries(json.loads(path.read_text("utf-8"))), 1):
        method, target, params, body, status, headers, reply = entry
        parts = urlsplit(target)
        query = [*parse_qsl(parts.query, keep_blank_values=True), *(params or {}).items()]
        lower = None if headers is None else {key.lower(): str(value) for key, value in headers.items()}
        pairs = tuple((str(key), str(value)) for key, value in query)
        sent, got = (None if value == "" else value for value in (body, reply))
        yield Exchange(vendor, name, number, method.upper(), parts.path, pairs, sent, status, lower, got)


def _entries(document: Any) -> Iterator[tuple[Any, ...]]:
    match document:
        case {"exchanges": list(items)}:
            yield from map(_exchange, items)
        case {"interactions": list(items)}:
            yield from map(_interaction, items)
        case {"api": dict(methods)}:
            yield from _api(methods)
        case {"Request": dict(request), "Response": dict(response)}:
            yield _wiremock(request, response)
        case {"samples": list(items)}:
            yield from _printed(items)
        case [{"scope": _, "method": _}, *_]:
            yield from (
                (item["method"], item["path"], None, item["body"] or None, item["status"], None, item["response"])
                for item in document
            )
        case _:
            return


def _exchange(item: Any) -> tuple[Any, ...]:
    request, response = item["request"], item["response"]
    params, body = request["params"], request["data"]
    return item["method"], item["path"], params, body, response["status"], response["headers"], response["body"]


def _interaction(item: Any) -> tuple[Any, ...]:
    request, response = item["request"], item["response"]
    answer = response["status"], response["headers"], response["body"]
    return request["method"], request["url"], None, request.get("body"), *answer


def _api(methods: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    for method, paths in methods.items():
        for path, found in paths.items():
            for entry in found if isinstance(found, list) else [found]:
                request = entry["request"]
                answer = entry["status"], entry["headers"], entry["response"]
                yield method, path, request.get("params"), request.get("data"), *answer


def _wiremock(request: Any, response: Any) -> tuple[Any, ...]:
    body = request.get("Body", {}).get("Matcher", {}).get("Pattern")
    path = request["Path"]["Matchers"][0]["Pattern"]
    return request["Methods"][0], path, None, body, response["StatusCode"], None, response["BodyAsJson"]


def _printed(samples: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Pair each printed request with the reply printed next; replies that are forms are passed over."""
    asked: Any = None
    for sample in samples:
        if "request" in sample:
            asked = sample["request"]
        elif asked is not None and not is_form(sample["response_body"]):
            body = asked.get("body") if "body" in asked else asked.get("body_text")
            yield asked["method"], asked["url"], None, body, None, None, sample["response_body"]
            asked = None


def is_form(value: Any) -> bool:
    """Tell whether a printed reply is a form: its values are placeholders."""
    if isinstance(value, dict):
        return any(map(is_form, value.values()))
    if isinstance(value, list):
        return any(map(is_form, value))
    return value == PLACEHOLDER
