"""Files over HTTP: whole, hashed, and fetched without giving credentials away."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime

import pytest
import requests
from isthmus.core.errors import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    UnavailableError,
    UnexpectedReplyError,
)
from isthmus.core.net import http as http_module

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
KEY = "the-key-of-ops"


# -- files


def file_reply(body: bytes, *headers: str, status: int = 200) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} X", *headers]).encode() + b"\r\n\r\n" + body


def test_a_file_is_streamed_and_hashed(wire, api):
    wire.says(file_reply(b"x" * 600_000, "Content-Length: 600000"))
    target = io.BytesIO(b"something older and longer" * 100_000)
    assert api.download("/f/1", target) == hashlib.sha256(b"x" * 600_000).hexdigest()
    assert target.getvalue() == b"x" * 600_000
    assert f"Bearer {KEY}".encode() in wire.heard[0]
    assert b"Accept-Encoding: identity" in wire.heard[0]


@pytest.mark.parametrize(
    "broken",
    [
        file_reply(b"cut", "Content-Length: 10"),
        file_reply(b"9\r\ncut", "Transfer-Encoding: chunked"),
        file_reply(b"", "Content-Length: 0", status=503),
        b"",
    ],
)
def test_a_file_that_came_cut_short_is_fetched_again_from_its_start(wire, api, broken):
    wire.says(broken, file_reply(b"whole", "Content-Length: 5"))
    target = io.BytesIO()
    api.download(wire.url + "/f/1", target)
    assert target.getvalue() == b"whole"


def test_a_length_that_the_transport_let_pass_is_checked(wire, api, monkeypatch):
    monkeypatch.setattr(requests.Response, "iter_content", lambda self, size: iter([b"cut"]))
    for _ in range(http_module.ATTEMPTS):
        wire.says(file_reply(b"whole", "Content-Length: 5"))
    with pytest.raises(UnavailableError, match="cut short"):
        api.download("/f/1", io.BytesIO())


def test_credentials_follow_no_redirect_to_another_port(wire, api, make_wire):
    elsewhere = make_wire()
    wire.says(file_reply(b"", f"Location: {elsewhere.url}/signed?sig=1", "Content-Length: 0", status=302))
    elsewhere.says(file_reply(b"bytes", "Content-Length: 5"))
    api.download("/f/1", io.BytesIO())
    assert KEY.encode() in wire.heard[0]
    assert KEY.encode() not in elsewhere.heard[0]
    assert b"Authorization" not in elsewhere.heard[0]


def test_an_address_that_is_its_own_permission_sees_no_credentials(wire, api):
    wire.says(file_reply(b"bytes", "Content-Length: 5"))
    api.download(wire.url + "/signed?sig=1", io.BytesIO(), signed=False)
    assert b"Authorization" not in wire.heard[0]


def test_credentials_go_to_no_foreign_file(api, make_wire):
    elsewhere = make_wire()
    elsewhere.says(file_reply(b"bytes", "Content-Length: 5"))
    api.download(elsewhere.url + "/f", io.BytesIO())
    assert b"Authorization" not in elsewhere.heard[0]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x/"])
def test_a_redirect_leads_to_http_only(wire, api, location):
    wire.says(file_reply(b"", f"Location: {location}", "Content-Length: 0", status=302))
    with pytest.raises(UnexpectedReplyError, match="without TLS"):
        api.download("/f/1", io.BytesIO())


def test_a_redirect_never_leaves_tls(make):
    api = make("https://ops.example")
    with pytest.raises(UnexpectedReplyError, match="without TLS"):
        api._redirected("https://ops.example/f", "http://ops.example/f")
    assert api._redirected("https://ops.example/f", "//files.example/g") == "https://files.example/g"


def test_circles_end(wire, api):
    for _ in range(20):
        wire.says(file_reply(b"", "Location: /f/1", "Content-Length: 0", status=302))
    with pytest.raises(UnexpectedReplyError, match="circles"):
        api.download("/f/1", io.BytesIO())
    assert len(wire.heard) == http_module.MAX_REDIRECTS + 2


@pytest.mark.parametrize(
    ("status", "raised"),
    [(302, UnexpectedReplyError), (404, NotFoundError), (403, ForbiddenError), (401, AuthenticationError)],
)
def test_no_error_page_becomes_a_file(wire, api, status, raised):
    wire.says(file_reply(b"page", "Content-Length: 4", status=status))
    target = io.BytesIO()
    with pytest.raises(raised):
        api.download("/f/1", target)
    assert target.getvalue() == b""


def test_a_token_that_expired_is_renewed_for_a_file(wire, make, renewing):
    wire.says(file_reply(b"", "Content-Length: 0", status=401), file_reply(b"whole", "Content-Length: 5"))
    target = io.BytesIO()
    make(wire.url, renewing(["old-token", "new-token"])).download("/f/1", target)
    assert target.getvalue() == b"whole"
    assert b"new-token" in wire.heard[1]
