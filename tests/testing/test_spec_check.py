"""The check by a specification: what fits passes, what does not is told, what is known to be wrong there is excused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from isthmus.core.net.http import Exchange
from isthmus.testing.spec_check import Known, SpecCheck, zendesk_check

FIRST = """
openapi: 3.1.0
info: {title: First, version: "1"}
paths:
  /api/tickets/{id}:
    parameters: [{$ref: "#/components/parameters/Id"}]
    get:
      responses:
        "200":
          description: One
          content: {application/json: {schema: {$ref: "#/components/schemas/Ticket"}}}
  /api/tickets/count:
    get: {responses: {"200": {description: Count, content: {application/json: {schema: {type: object}}}}}}
  /api/tickets:
    post:
      requestBody:
        content: {application/json: {schema: {type: object, required: [title], properties: {title: {type: string}}}}}
      responses:
        "201": {description: Made, content: {application/json: {schema: {$ref: "#/components/schemas/Nowhere"}}}}
"""
SECOND: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Second", "version": "2"},
    "paths": {
        "/api/tickets": {"get": {"responses": {"200": {"description": "All"}}}},
        "/api/tickets/{id}": {"get": {"responses": {"200": {"description": "never asked"}}}},
    },
    "components": {
        "parameters": {"Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}},
        "schemas": {
            "Ticket": {
                "type": "object",
                "properties": {
                    "id": {"type": "integer"},
                    "note": {"type": "string", "nullable": True},
                    "size": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "boolean"}]},
                },
            }
        },
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "zendesk-2026-tickets.yml").write_text(FIRST)
    (tmp_path / "zendesk-support-openapi-2.0.0-trimmed.json").write_text(json.dumps(SECOND))
    return tmp_path


def exchange(method: str, path: str, reply: Any, *, status: int = 200, body: Any = None) -> Exchange:
    kind = {"Content-Type": "application/json"}
    sent = json.dumps(body).encode() if body is not None else b""
    return Exchange(method, f"https://acme.example.com{path}", kind, sent, status, kind, json.dumps(reply).encode())


def judged(check: SpecCheck, *exchanges: Exchange) -> list[str]:
    for each in exchanges:
        check(each)
    return check.take()


def test_what_fits_passes(folder: Path) -> None:
    check = zendesk_check(folder)
    good = [
        exchange("GET", "/api/tickets/7.json?include=users", {"id": 7, "note": None, "size": "big"}),
        exchange("GET", "/api/tickets/count", {"count": 3}),
        exchange("POST", "/api/tickets", {"anything": True}, status=201, body={"title": "x"}),
        exchange("GET", "/api/tickets", {}),
    ]
    assert judged(check, *good) == []
    assert set(check.checked) == {
        "GET /api/tickets/{id}", "GET /api/tickets/count", "POST /api/tickets", "GET /api/tickets",
    }  # fmt: skip


def test_what_does_not_fit_is_told_once(folder: Path) -> None:
    check = zendesk_check(folder)
    assert judged(check, exchange("GET", "/api/tickets/7", {"id": "seven"})) == [
        "zendesk-2026-tickets.yml: GET /api/tickets/{id}: 200: reply id: 'seven' is not of type 'integer'"
    ]
    assert check.take() == []


def test_a_wrong_request_is_told(folder: Path) -> None:
    (told,) = judged(zendesk_check(folder), exchange("POST", "/api/tickets", {}, status=201, body={"title": 7}))
    assert told.endswith("201: request title: 7 is not of type 'string'")


def test_a_refused_request_is_not_judged(folder: Path) -> None:
    assert judged(zendesk_check(folder), exchange("POST", "/api/tickets", {}, status=422, body={"title": 7})) == []


def test_an_unknown_status_is_told_unless_it_is_known(folder: Path) -> None:
    strict = SpecCheck([folder / "zendesk-2026-tickets.yml", folder / "zendesk-support-openapi-2.0.0-trimmed.json"])
    (told,) = judged(strict, exchange("GET", "/api/tickets/count", {}, status=404))
    assert "404: reply: Unknown response http status" in told
    lenient = zendesk_check(folder)
    assert judged(lenient, exchange("GET", "/api/tickets/count", {}, status=404)) == []
    assert sum(lenient.excused.values()) == 1


def test_of_alternatives_the_nearest_is_told_and_cut(folder: Path) -> None:
    (told,) = judged(zendesk_check(folder), exchange("GET", "/api/tickets/7", {"size": "x" * 500}))
    assert told.endswith("is too long")
    assert len(told) < 300


def test_an_error_is_excused_at_its_own_operation_only(folder: Path) -> None:
    files = [folder / "zendesk-2026-tickets.yml", folder / "zendesk-support-openapi-2.0.0-trimmed.json"]
    elsewhere = Known("GET /api/tickets/count", "is not of type", "for the test")
    here = Known("GET /api/tickets/{id}", "is not of type", "for the test")
    wrong = exchange("GET", "/api/tickets/7", {"id": "seven"})
    assert judged(SpecCheck(files, [elsewhere]), wrong)
    assert judged(SpecCheck(files, [elsewhere, here]), wrong) == []


def test_where_all_files_are_silent_the_exchange_is_counted(folder: Path) -> None:
    check = zendesk_check(folder)
    assert judged(check, exchange("GET", "/api/elsewhere", {}), exchange("DELETE", "/api/tickets/7", {})) == []
    assert dict(check.silent) == {"GET /api/elsewhere": 1, "DELETE /api/tickets/7": 1}
