"""The reading of recordings, in each of the forms in which tools write them."""

from __future__ import annotations

import json

import pytest
from parity.exchanges import is_form, read_folder

PARTS = ("method", "path", "query", "body", "status", "headers", "reply")
REPLY = {"ticket": {"id": 1}}
FORMS = {
    "exchanges": {
        "exchanges": [
            {
                "method": "GET",
                "path": "/t/1",
                "request": {"params": {"limit": 2}, "data": None},
                "response": {"status": 200, "headers": {"Link": "<x>"}, "body": REPLY},
            }
        ]
    },
    "interactions": {
        "interactions": [
            {
                "request": {"method": "GET", "url": "https://example.com/t/1?limit=2"},
                "response": {"status": 200, "headers": {"Link": "<x>"}, "body": REPLY},
            }
        ]
    },
    "api": {
        "api": {
            "get": {
                "/t/1": {
                    "request": {"params": {"limit": "2"}},
                    "status": 200,
                    "headers": {"LINK": "<x>"},
                    "response": REPLY,
                }
            }
        }
    },
}


def read(tmp_path, document, vendor="zendesk"):
    folder = tmp_path / vendor / "sort"
    folder.mkdir(parents=True)
    (folder / "file.json").write_text(json.dumps(document), "utf-8")
    ((*exchanges,),) = read_folder(tmp_path, vendor)
    return exchanges


@pytest.mark.parametrize("form", FORMS)
def test_forms_with_headers(tmp_path, form):
    (exchange,) = read(tmp_path, FORMS[form])
    assert tuple(getattr(exchange, part) for part in PARTS) == (
        "GET",
        "/t/1",
        (("limit", "2"),),
        None,
        200,
        {"link": "<x>"},
        REPLY,
    )
    assert str(exchange) == "zendesk/sort/file.json #1: GET /t/1"


def test_several_entries_for_a_path(tmp_path):
    entry = {"request": {"data": {"a": 1}}, "status": 201, "headers": {}, "response": REPLY}
    one, other = read(tmp_path, {"api": {"post": {"/t": [entry, {**entry, "status": 422}]}}})
    assert (one.number, one.status, one.body) == (1, 201, {"a": 1})
    assert (other.number, other.status) == (2, 422)


def test_nock_keeps_no_headers_and_an_empty_body_is_none(tmp_path):
    item = {"scope": "https://example.com:443", "method": "DELETE", "path": "/t/1?a=b", "body": "", "status": 204}
    (exchange,) = read(tmp_path, [{**item, "response": ""}])
    assert tuple(getattr(exchange, part) for part in PARTS) == ("DELETE", "/t/1", (("a", "b"),), None, 204, None, None)


def test_wiremock(tmp_path):
    request = {"Path": {"Matchers": [{"Pattern": "/t"}]}, "Methods": ["POST"], "Body": {"Matcher": {"Pattern": {"a": 1}}}}
    (exchange,) = read(tmp_path, {"Request": request, "Response": {"StatusCode": 201, "BodyAsJson": REPLY}})
    assert (exchange.method, exchange.path, exchange.body, exchange.status) == ("POST", "/t", {"a": 1}, 201)
    assert (exchange.headers, exchange.reply) == (None, REPLY)


def test_printed_samples_are_paired_and_forms_passed_over(tmp_path):
    get = {"method": "GET", "url": "https://example.com/t?a=1", "body_text": None}
    post = {"method": "POST", "url": "https://example.com/t", "body": {"a": 1}}
    samples = [
        {"response_body": {"result": "before any request"}},
        {"request": {"method": "DELETE", "url": "https://example.com/t/1", "body_text": None}},
        {"request": get},
        {"response_body": {"result": [{"key": "String"}]}},
        {"response_body": REPLY},
        {"response_body": {"second": "reply"}},
        {"request": post},
        {"response_body": REPLY},
    ]
    one, other = read(tmp_path, {"samples": samples})
    assert (one.method, one.query, one.body, one.status) == ("GET", (("a", "1"),), None, None)
    assert (other.method, other.body, other.reply) == ("POST", {"a": 1}, REPLY)


@pytest.mark.parametrize("document", [REPLY, [], [REPLY], {"tickets": []}, {"samples": []}])
def test_a_body_alone_is_no_exchange(tmp_path, document):
    assert read(tmp_path, document) == []


def test_a_vendor_without_a_folder_has_no_recordings(tmp_path):
    assert read_folder(tmp_path, "zendesk") == []


def test_forms():
    assert is_form({"result": [{"key": "String"}]})
    assert not is_form({"result": [{"key": "String theory"}, 1, None]})
