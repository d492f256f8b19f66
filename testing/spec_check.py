"""Judged by the vendor's own specification: each request and each reply is validated against OpenAPI files.

The recorder of a connector's context (:class:`SpecCheck`) finds the operation of an exchange in a folder of OpenAPI files
and lets openapi-core validate request and reply. What does not fit is a violation, unless a :class:`Known` entry says why
the specification is wrong there. An operation that no file describes is counted, not judged.

Two errors of published files are mended on reading: a component that a file names and does not hold is taken from the
other files (a schema that none holds accepts anything), and files that say ``nullable`` speak OpenAPI 3.0, whatever
version they state. The hosts and the credentials
that they name are not judged.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

import yaml
from jsonschema.exceptions import ValidationError
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from ..core.net.http import Exchange

VARIABLE: Final = "ISTHMUS_SPECS"
"""The environment variable that names the folder of specifications."""
LONGEST: Final = 160
"""Characters of a violation's text: what is wrong stands at its end, after the value."""
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SCHEMA: Final = re.compile(r"#/components/schemas/(\w+)")
PLACE: Final = re.compile(r"\\\{[^}]*\\\}")


@dataclass(frozen=True, slots=True)
class Known:
    """Where a specification is wrong, and why we think so."""

    operation: str
    """``GET /api/v2/tickets/{ticket_id}``; ``*`` stands for every operation."""
    says: str
    """A pattern that the violation's text holds."""
    reason: str


NULL = r"None (for not nullable|is not (of type|one of))"
ZENDESK: Final = (
    Known("*", rf"reply .*{NULL}", "every empty field is null in recorded replies; the files mark few as nullable"),
    Known("*", r"request ticket/(assignee_id|group_id): None", "null unassigns: developer.zendesk.com, updating tickets"),
    Known("*", r"status: (401|404|409|422|429|500|502|503)$", "the files describe the good replies only"),
    Known("*", r"custom_fields/\*/value: (True|False) is not of type", "a checkbox is a boolean: ticket fields"),
    Known("*", r"audit/events/\*/value: \[.*\]", "a change of tags or people tells the list: recorded audits"),
    Known(
        "GET /api/v2/incremental/tickets/cursor",
        r"Missing required query parameter: start_time",
        "a page after the first has a cursor instead: incremental exports",
    ),
    Known("GET /api/v2/incremental/tickets/cursor", r"status: 'deleted' is not", "deleted tickets: incremental exports"),
    Known("GET /api/v2/groups", r"Missing required path parameter: user_id", "the path has no such parameter"),
    Known(
        "POST /api/v2/imports/tickets",
        r"request ticket/comments/\*/created_at: Tried to write read-only",
        "an import sets the time of each comment: ticket import",
    ),
)
"""Where the published files of Zendesk are wrong; the sources are pages of developer.zendesk.com and recorded traffic."""


@dataclass(slots=True)
class _Sent:
    """A request, as openapi-core wants to see it."""

    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None


@dataclass(slots=True)
class _Received:
    """A reply, as openapi-core wants to see it."""

    status_code: int
    content_type: str
    headers: Headers
    data: bytes | None


class SpecFile:
    """One OpenAPI file."""

    def __init__(self, name: str, content: dict[str, Any]) -> None:
        """Take a file's content."""
        self.name = name
        self._content = content
        self._places = sorted(
            ((template, re.compile(PLACE.sub("[^/]+", re.escape(template)))) for template in self._content["paths"]),
            key=lambda place: place[0].count("{"),
        )

    @cached_property
    def validator(self) -> OpenAPI:
        """The validator; the vendor's files are taken as they are, though not all are flawless OpenAPI."""
        unproved = cast("Any", None)
        return OpenAPI.from_dict(self._content, config=Config(spec_validator_cls=unproved))

    def template(self, method: str, path: str) -> str | None:
        """Give the path template of an operation, or None where this file is silent."""
        for template, pattern in self._places:
            if pattern.fullmatch(path):
                return template if method.lower() in self._content["paths"][template] else None
        return None


class SpecCheck:
    """Validates exchanges; a recorder for a connector's context."""

    def __init__(self, files: Sequence[Path], known: Sequence[Known] = (), *, affixes: str = r"\.json$") -> None:
        """Read the specifications.

        Args:
            files: OpenAPI files, the one that counts more first.
            known: where they are wrong.
            affixes: an expression for what stands in the path of a request and not in the files.
        """
        self._specs = [SpecFile(path.name, content) for path, content in zip(files, _read(files), strict=True)]
        self._known = known
        self._affixes = re.compile(affixes)
        self.checked: Counter[str] = Counter()
        """Operation -> exchanges that were validated."""
        self.silent: Counter[str] = Counter()
        """``METHOD path`` of exchanges that no specification describes."""
        self.excused: Counter[Known] = Counter()
        """Known error -> how often it was met."""
        self._violations: list[str] = []
        self._judged: dict[tuple[Any, ...], tuple[str, ...]] = {}
        """What is asked and answered again is judged once: a validation takes longer than the exchange."""

    def __call__(self, exchange: Exchange) -> None:
        """Validate one exchange, and remember what does not fit."""
        path = self._affixes.sub("", urlsplit(exchange.url).path)
        for spec in self._specs:
            template = spec.template(exchange.method, path)
            if template is not None:
                break
        else:
            self.silent[f"{exchange.method} {path}"] += 1
            return
        operation = f"{exchange.method} {template}"
        self.checked[operation] += 1
        for text in self._errors(spec, exchange, path):
            self._judge(operation, f"{spec.name}: {operation}: {exchange.status}: {text}")

    def _errors(self, spec: SpecFile, exchange: Exchange, path: str) -> Iterator[str]:
        """Give what does not fit; a request that the vendor refused is not judged by itself."""
        sent, received = _sent(exchange, path), _received(exchange)
        place = spec.name, sent.method, path
        if exchange.status < 400:
            asked = (
                *place,
                urlsplit(exchange.url).query,
                *exchange.request_headers.items(),
                sha256(exchange.request_body).digest(),
            )
            yield from self._once(asked, "request", lambda: spec.validator.validate_request(sent))
        given = (
            *place,
            exchange.status,
            received.content_type,
            *exchange.reply_headers,
            sha256(exchange.reply_body).digest(),
        )
        yield from self._once(given, "reply", lambda: spec.validator.validate_response(sent, received))

    def _once(self, what: tuple[Any, ...], where: str, validate: Callable[[], object]) -> tuple[str, ...]:
        if what not in self._judged:
            try:
                validate()
                self._judged[what] = ()
            except OpenAPIError as error:
                self._judged[what] = tuple(_told(where, error))
        return self._judged[what]

    def _judge(self, operation: str, text: str) -> None:
        for known in self._known:
            if known.operation in ("*", operation) and re.search(known.says, text):
                self.excused[known] += 1
                return
        self._violations.append(text)

    def take(self) -> list[str]:
        """Give the violations since the last asking."""
        taken, self._violations = self._violations, []
        return taken


def _sent(exchange: Exchange, path: str) -> _Sent:
    address = urlsplit(exchange.url)
    headers = Headers(list(exchange.request_headers.items()))
    return _Sent(
        host_url=f"{address.scheme}://{address.netloc}",
        path=path,
        method=exchange.method.lower(),
        parameters=RequestParameters(query=ImmutableMultiDict(parse_qsl(address.query)), header=headers),
        content_type=headers.get("Content-Type", "").lower(),
        body=exchange.request_body or None,
    )


def _received(exchange: Exchange) -> _Received:
    headers = Headers(list(exchange.reply_headers.items()))
    return _Received(exchange.status, headers.get("Content-Type", "").lower(), headers, exchange.reply_body or None)


def _told(where: str, error: BaseException) -> Iterable[str]:
    """Give one line for each reason of an error, without the values, which may be long."""
    reasons: list[ValidationError] = list(getattr(error.__cause__, "schema_errors", ()))
    if not reasons:
        yield f"{where}: {error.__cause__ or error}"[:LONGEST]
    for reason in chain.from_iterable(map(_leaves, reasons)):
        place = "/".join("*" if isinstance(part, int) else str(part) for part in reason.absolute_path)
        message = reason.message
        yield f"{where} {place}: {message if len(message) < LONGEST else '…' + message[-LONGEST:]}"


def _leaves(reason: ValidationError) -> Iterator[ValidationError]:
    """Give the reasons behind a reason: of alternatives, those of the one that fits best."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in reason.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    if not branches:
        yield reason
    else:
        yield from chain.from_iterable(map(_leaves, min(branches.values(), key=len)))


def _read(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Give the files' contents, the errors mended that the module's docstring names."""
    contents: list[dict[str, Any]] = []
    for path in files:
        text = path.read_text("utf-8")
        content: dict[str, Any] = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=LOADER)  # noqa: S506
        contents.append(content)
    shared: dict[str, dict[str, Any]] = {}
    for content in contents:
        for kind, named in _components(content).items():
            shared[kind] = named | shared.get(kind, {})
    for name in set(SCHEMA.findall(json.dumps(contents, default=str))):
        shared["schemas"].setdefault(name, {})
    for content in contents:
        own = _components(content)
        content["components"] = {kind: named | own.get(kind, {}) for kind, named in shared.items()}
        content["openapi"] = "3.0.3"
        _open(content)
    return contents


def _open(content: dict[str, Any]) -> None:
    """Leave out which hosts serve, and who may ask."""
    for name in ("servers", "security"):
        content.pop(name, None)
    for operations in content["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                cast("dict[str, Any]", operation).pop("security", None)


def _components(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return content.get("components") or {}


def zendesk_check(folder: Path) -> SpecCheck:
    """Give the check by Zendesk's files in a folder: those of 2026, and the one of version 2.0.0 where these are silent."""
    return SpecCheck([*sorted(folder.glob("zendesk-2026-*.yml")), *folder.glob("zendesk-support-openapi-2*.json")], ZENDESK)
