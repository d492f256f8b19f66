"""The HTTP session, against a real socket that misbehaves as vendors and networks do."""

from __future__ import annotations

import gzip
import io
import logging
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from isthmus.core.errors import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    StaleVersionError,
    UnavailableError,
    UnexpectedReplyError,
)
from isthmus.core.net import http as http_module
from isthmus.core.net.auth import HeaderSigner
from isthmus.core.net.budget import Budget
from isthmus.core.net.http import ErrorRule, Exchange, Limit
from isthmus.core.net.secrets import SecretText

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
KEY = "the-key-of-ops"


# -- good replies


def test_a_call_is_signed_and_its_json_parsed(wire, api):
    wire.json(b'\xef\xbb\xbf{"id": 7}', 200, "Date: Mon, 04 May 2026 12:00:30 GMT")
    reply = api.call("POST", "/api/{id}/x", id="a/b", json={"title": "\u00e4"}, params={"q": "a&b"})
    assert (reply.status, reply.data) == (200, {"id": 7})
    assert api.skew_seconds == 30
    head, _, body = wire.heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/a%2Fb/x?q=a%26b HTTP/1.1")
    assert f"Authorization: Bearer {KEY}".encode() in head
    assert body == '{"title":"\u00e4"}'.encode()
    assert api.budget.calls == {"POST /api/{id}/x": 1}


def test_gzip_and_chunks_are_understood(wire, api):
    packed = gzip.compress(b'{"id": 7}')
    wire.says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)
    wire.says(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"id": 7}\r\n0\r\n\r\n')
    assert [api.call("GET", "/x").data for _ in range(2)] == [{"id": 7}] * 2


def test_an_empty_reply_to_a_write_is_a_reply(wire, api):
    wire.says(b"HTTP/1.1 204 No Content\r\n\r\n")
    wire.says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert [api.call("DELETE", "/x").data for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb'{"title": "cut \ud83d"}', "cut \ufffd"),
        (rb'{"title": "\ude00 cut"}', "\ufffd cut"),
        (rb'{"title": "whole \ud83d\ude00, cut \ud83d"}', "whole \U0001f600, cut \ufffd"),
    ],
)
def test_half_a_character_is_read_as_the_sign_of_one_that_is_lost(wire, api, body, text):
    wire.json(body)
    assert api.call("GET", "/x").data == {"title": text}


# -- what is tried again


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b'HTTP/1.1 200 OK\r\nContent-Length: 40\r\nContent-Type: application/json\r\n\r\n{"id":',
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"id":',
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"id":',
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 408 X\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 429 X\r\nContent-Length: 4\r\n\r\nslow",
        b"garbage\r\n\r\n",
    ],
    ids=["closed", "short", "cut json", "empty", "cut chunk", "bad gzip", "503", "408", "429", "garbage"],
)
def test_a_read_is_tried_again(wire, api, slept, broken):
    wire.says(broken)
    wire.json(b"[1]")
    assert api.call("GET", "/x").data == [1]
    assert len(wire.heard) == 2
    assert len(slept) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_write_of_unknown_fate_is_sent_once(wire, api, status):
    wire.json(b"{}", status, "Retry-After: 1")
    with pytest.raises(UnavailableError) as caught:
        api.call("POST", "/x", json={})
    assert caught.value.maybe_applied
    assert caught.value.retry_after == 1
    assert len(wire.heard) == 1


@pytest.mark.parametrize("broken", [b"", b"HTTP/1.1 201 X\r\nContent-Length: 40\r\n\r\n{", b"garbage\r\n\r\n"])
def test_a_write_without_a_whole_reply_is_sent_once(wire, api, broken):
    wire.says(broken)
    with pytest.raises(UnavailableError) as caught:
        api.call("PUT", "/x", json={})
    assert caught.value.maybe_applied
    assert len(wire.heard) == 1


def test_a_cut_json_body_of_a_write_is_an_unknown_fate(wire, api):
    wire.says(b'HTTP/1.1 201 X\r\nContent-Type: application/json\r\n\r\n{"id":')
    with pytest.raises(UnavailableError, match="cut short") as caught:
        api.call("POST", "/x", json={})
    assert caught.value.maybe_applied


def test_a_write_that_was_refused_for_its_rate_is_sent_again(wire, api, slept):
    wire.json(b"{}", 429, "Retry-After: 7")
    wire.json(b"{}", 201)
    assert api.call("POST", "/x", json={}).status == 201
    assert slept == [7]


def test_a_write_that_may_be_repeated_is(wire, api):
    wire.says(b"")
    wire.json(b"{}")
    assert api.call("POST", "/x", json={}, repeatable=True).status == 200


def test_a_write_that_never_reached_the_vendor_is_sent_again(make, slept):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(UnavailableError) as caught:
        make(f"http://127.0.0.1:{port}").call("POST", "/x", json={})
    assert not caught.value.maybe_applied
    assert len(slept) == http_module.ATTEMPTS - 1


def test_attempts_are_bounded(wire, api, slept):
    for _ in range(20):
        wire.json(b"{}", 500)
    with pytest.raises(UnavailableError):
        api.call("GET", "/x")
    assert len(wire.heard) == http_module.ATTEMPTS
    assert sum(slept) <= http_module.LONGEST_WAIT


def test_waits_together_are_bounded(wire, api, slept):
    for _ in range(20):
        wire.json(b"{}", 429, "Retry-After: 50")
    with pytest.raises(RateLimitedError):
        api.call("GET", "/x")
    assert slept == [50, 50]


@pytest.mark.parametrize("asked", ["121", "1e9", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_an_absurd_wait_is_reported_or_ignored_but_never_waited(wire, api, slept, asked):
    for _ in range(6):
        wire.json(b"{}", 429, f"Retry-After: {asked}")
    with pytest.raises(RateLimitedError):
        api.call("POST", "/x")
    assert sum(slept) <= http_module.LONGEST_WAIT


def test_a_time_out_is_an_error_of_ours(make, slept):
    listening = socket.create_server(("127.0.0.1", 0))
    with listening:
        api = make(f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=(5, 0.05))
        with pytest.raises(UnavailableError, match="ReadTimeout") as caught:
            api.call("POST", "/x", json={})
        assert caught.value.maybe_applied
        with pytest.raises(UnavailableError, match="ReadTimeout"):
            api.call("GET", "/x")
        assert len(slept) == http_module.ATTEMPTS - 1


def test_a_reply_that_does_not_end_is_given_up(wire, make):
    ticks = iter(range(0, 10**6, 400))
    wire.json(b"{}")
    api = make(wire.url, budget=Budget(now=lambda: float(next(ticks)), sleep=lambda seconds: None))
    with pytest.raises(UnavailableError, match="does not end") as caught:
        api.call("POST", "/x", json={})
    assert caught.value.maybe_applied


def test_a_used_up_limit_is_waited_for_or_reported(wire, make, slept):
    left = {"7": 0, "500": 0}
    wire.json(b"{}", 200, "X-Reset: 7")
    wire.json(b"{}", 200, "X-Reset: 500")
    moment = [0.0]
    budget = Budget(now=lambda: moment[0], sleep=slept.append)
    api = make(
        wire.url,
        budget=budget,
        limits=lambda headers: [Limit("account", 10, left[headers["X-Reset"]], float(headers["X-Reset"]))],
    )
    api.call("GET", "/x")
    api.call("GET", "/x")
    assert slept == [7]
    with pytest.raises(RateLimitedError, match=r"ops: .* 500 s"):
        api.call("GET", "/x")


# -- what replies mean


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (301, UnexpectedReplyError),
        (400, RejectedError),
        (401, AuthenticationError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, RejectedError),
        (410, NotFoundError),
        (422, RejectedError),
        (500, UnavailableError),
    ],
)
def test_statuses_are_errors_of_the_tree(wire, make, status, raised):
    wire.json(b'{"error": "Beware"}', status, "Location: https://elsewhere.example/login")
    api = make(wire.url, words=lambda data: data["error"])
    with pytest.raises(raised) as caught:
        api.call("POST", "/x/{id}", id=3)
    error = caught.value
    assert type(error) is raised
    assert (error.connection, error.operation, error.status, error.vendor_words) == (
        "ops",
        "POST /x/{id}",
        status,
        "Beware",
    )


def test_a_vendors_own_meaning_comes_first(wire, make):
    rules = (
        ErrorRule(409, StaleVersionError, "UpdateConflict", "moved"),
        ErrorRule(403, UnavailableError, "maintenance"),
        ErrorRule(403, RateLimitedError, "concurrency"),
    )
    api = make(wire.url, error_rules=rules)
    wire.json(b'{"error": "UpdateConflict"}', 409)
    with pytest.raises(StaleVersionError, match="moved"):
        api.call("PUT", "/x")
    wire.json(b"maintenance", 403, "Retry-After: 5")
    with pytest.raises(UnavailableError) as caught:
        api.call("PUT", "/x")
    assert (caught.value.maybe_applied, caught.value.retry_after) == (True, 5)
    wire.json(b"concurrency", 403, "Retry-After: 500")
    with pytest.raises(RateLimitedError):
        api.call("PUT", "/x")
    wire.json(b"other", 403)
    with pytest.raises(ForbiddenError, match="other"):
        api.call("PUT", "/x")


@pytest.mark.parametrize("words", [lambda data: data["a"]["b"], lambda data: data[0], lambda data: ""])
def test_an_error_body_of_another_shape_speaks_for_itself(wire, make, words):
    wire.json(b'{"detail": "no such option"}', 400)
    with pytest.raises(RejectedError, match="no such option"):
        make(wire.url, words=words).call("PUT", "/x")


def test_an_html_error_page_is_not_repeated(wire, api):
    wire.json(b"<HTML><body>long page</body></HTML>", 400)
    with pytest.raises(RejectedError) as caught:
        api.call("PUT", "/x")
    assert caught.value.vendor_words == ""


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", ""])
def test_html_in_place_of_json_is_named(wire, api, kind):
    head = f"Content-Type: {kind}\r\n" if kind else ""
    wire.says(f"HTTP/1.1 200 OK\r\n{head}\r\n<html>Log in</html>".encode())
    with pytest.raises(UnexpectedReplyError, match="login page"):
        api.call("GET", "/x")
    assert len(wire.heard) == 1


def test_an_oversized_reply_is_refused(wire, api, monkeypatch):
    monkeypatch.setattr(http_module, "MAX_REPLY", 1024)
    wire.json(b"[" + b"1," * 2000 + b"1]")
    with pytest.raises(UnexpectedReplyError, match="the reply is over"):
        api.call("GET", "/x")


def test_a_date_that_is_none_leaves_the_skew_alone(wire, api):
    wire.json(b"{}", 200, "Date: yesterday")
    api.call("GET", "/x")
    assert api.skew_seconds == 0


def test_an_invalid_url_or_header_is_rejected_at_once(wire, api, slept):
    for value in ("a\nb", "\u20ac"):
        with pytest.raises(RejectedError) as caught:
            api.call("PUT", "/x", headers={"X-Name": value})
        assert value not in str(caught.value)
    assert slept == []
    assert wire.heard == [] or all(b"X-Name" not in each for each in wire.heard)


def test_untrusted_certificates_stop_the_run(make, slept, monkeypatch, wire):
    import ssl

    untrusted = ssl.SSLCertVerificationError("x")
    untrusted.verify_message = "self-signed certificate"
    seen: list[object] = []

    def refuse(self, *args, **kwargs):
        seen.append(self.verify)
        raise requests.exceptions.SSLError(untrusted)

    monkeypatch.setattr(requests.Session, "request", refuse)
    with pytest.raises(UnexpectedReplyError, match="self-signed"):
        make(wire.url).call("POST", "/x")
    assert (seen, slept) == ([True], [])


# -- surroundings


def test_neither_proxies_nor_netrc_nor_cookies_nor_bundles_are_used(wire, api, monkeypatch, tmp_path):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("CURL_CA_BUNDLE", "")
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login netrc-user password netrc-secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    wire.json(b"{}", 200, "Set-Cookie: session=sticky")
    wire.json(b"{}")
    for _ in range(2):
        api.call("GET", "/x")
    assert all(f"Bearer {KEY}".encode() in each for each in wire.heard)
    assert not any(b"Cookie:" in each for each in wire.heard)
    assert api._session.verify is True


def test_each_thread_has_its_own_session_and_close_closes_all(wire, api):
    wire.json(b"{}")
    wire.json(b"{}")
    api.call("GET", "/x")
    other = threading.Thread(target=api.call, args=("GET", "/x"))
    other.start()
    other.join()
    assert len(api._sessions) == 2
    api.close()
    assert api._sessions == []


def test_logs_name_the_operation_and_no_ids(wire, api, caplog):
    wire.json(b"{}")
    with caplog.at_level(logging.DEBUG, "isthmus.http"):
        api.call("GET", "/people/{id}", id="bob@acme.example")
    assert "ops GET /people/{id} 200" in caplog.text
    assert "bob" not in caplog.text


def test_a_recorder_sees_exchanges_without_credentials(wire, make):
    seen: list[Exchange] = []
    wire.json(b"[1]")
    wire.json(b"[2]")
    make(wire.url, recorder=seen.append).call("POST", "/x", json=[7])
    make(wire.url, HeaderSigner("x-api-key", SecretText(KEY)), recorder=seen.append).call("GET", "/y")
    assert [(each.method, each.request_body, each.reply_body) for each in seen] == [
        ("POST", b"[7]", b"[1]"),
        ("GET", b"", b"[2]"),
    ]
    assert seen[0].request_headers["Authorization"] == "Bearer ***"
    assert seen[1].request_headers["x-api-key"] == "***"
    assert KEY not in repr(seen)


# -- renewal after a 401


def test_a_refused_token_is_renewed_once_and_the_body_opened_anew(wire, make, renewing):
    signer = renewing(["old-token", "new-token"])
    closed: list[io.BytesIO] = []

    class Body(io.BytesIO):
        def close(self) -> None:
            closed.append(self)
            super().close()

    wire.json(b"{}", 401)
    wire.json(b"{}", 201)
    assert make(wire.url, signer).call("POST", "/x", data=lambda: Body(b"file bytes")).status == 201
    assert [each.endswith(b"\r\n\r\nfile bytes") for each in wire.heard] == [True, True]
    assert b"new-token" in wire.heard[1]
    assert len(closed) >= 2


def test_a_401_right_after_a_renewal_does_not_loop(wire, make, renewing):
    signer = renewing(["old-token", "new-token", "newest-token"])
    for _ in range(5):
        wire.json(b"{}", 401)
    with pytest.raises(AuthenticationError):
        make(wire.url, signer).call("GET", "/x")
    assert (signer.renewals, len(wire.heard)) == (1, 2)


# -- bodies


def test_bodies_of_all_kinds(wire, api, tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(b"from a file")
    empty = tmp_path / "empty"
    empty.write_bytes(b"")

    @contextmanager
    def opened():
        with path.open("rb") as file:
            yield file

    for body in (b"plain", lambda: b"made", lambda: path.open("rb"), opened, lambda: empty.open("rb")):
        wire.json(b"{}")
        api.call("POST", "/x", data=body)
    assert [each.partition(b"\r\n\r\n")[2] for each in wire.heard] == [
        b"plain",
        b"made",
        b"from a file",
        b"from a file",
        b"",
    ]
    assert b"Content-Length: 0" in wire.heard[-1]
    assert b"chunked" not in b"".join(wire.heard)


def test_no_value_can_change_the_shape_of_a_path(wire, api):
    for bad in ("", ".", ".."):
        with pytest.raises(RejectedError):
            api.call("DELETE", "/tickets/{id}", id=bad)
    assert wire.heard == []
