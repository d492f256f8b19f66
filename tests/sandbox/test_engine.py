"""The engine over real sockets: routing, counts, control, kills and faults."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import requests
from isthmus.sandbox.faults import MOST_IN_A_ROW, Fault
from isthmus.sandbox.vendor import Route


def test_a_request_is_routed_authenticated_and_counted(notes):
    assert notes("POST", "/notes", data="one").json() == {"number": 1, "account": "ann"}
    assert notes("GET", "/notes?a=b").json() == {"notes": ["one"], "query": {"a": "b"}}
    assert notes("PATCH", "/notes/1", json={"text": "two"}).json() == {"note": "two"}
    assert notes("GET", "/notes/1").json() == {"note": "two"}
    assert notes("DELETE", "/notes/1").status_code == 204
    seen = notes.control("inspect")
    assert seen["calls"] == {
        "DELETE /notes/{number}": 1,
        "GET /notes": 1,
        "GET /notes/{number}": 1,
        "PATCH /notes/{number}": 1,
        "POST /notes": 1,
    }
    assert (seen["writes_seen"], seen["writes_stored"], seen["messages"]) == (3, 3, 1)


def test_an_order_from_within_the_process_is_answered_as_over_the_socket(notes):
    within = notes.server.dispatch.control.carry_out
    assert within("clock", {"set": "2030-01-01T00:00:00"})["now"].startswith("2030-01-01T00:00:00")
    assert within("seed", {"tickets": 2, "seed": 5}) == {"tickets": 2, "seed": 5}
    assert within("snapshot") == notes.control("snapshot") == {"tickets": ["5/0", "5/1"]}
    assert within("inspect") | {"now": ""} == notes.control("inspect") | {"now": ""}
    for order, body in (("nothing", None), ("snapshot", {}), ("seed", {})):
        with pytest.raises(KeyError):
            within(order, body)


def test_refusals_unknown_paths_and_methods(notes):
    assert notes("GET", "/notes/9").status_code == 404
    assert notes("GET", "/nothing").json() == {"error": "unknown path"}
    assert notes("PUT", "/notes").json() == {"error": "wrong method"}
    assert requests.post(notes.base + "/notes", data="x", timeout=10).status_code == 401
    assert notes.control("inspect")["writes_stored"] == 0


def test_a_bug_in_a_handler_is_a_500_and_the_server_lives(notes, caplog):
    assert notes("PUT", "/notes/7", json={"text": "x"}).status_code == 500
    assert "PUT /notes/7 failed" in caplog.text
    assert notes("GET", "/notes").status_code == 200


def test_one_connection_carries_many_requests(notes):
    with socket.create_connection(notes.server.server_address) as raw:
        for _ in range(3):
            raw.sendall(b"GET /notes HTTP/1.1\r\nHost: x\r\nX-Key: sesame\r\n\r\n")
            assert raw.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_head_has_no_body_and_repeated_headers_are_joined(notes):
    answer = notes("HEAD", "/notes")
    assert (answer.status_code, answer.content) == (200, b"")
    with socket.create_connection(notes.server.server_address) as raw:
        raw.sendall(b"POST /notes HTTP/1.1\r\nHost: x\r\nX-Key: ses\r\nX-Key: ame\r\nContent-Length: 0\r\n\r\n")
        assert raw.recv(65536).startswith(b"HTTP/1.1 401")


def test_chunked_bodies_are_read(notes):
    assert notes("POST", "/notes", data=iter([b"a" * 10, b"b" * 10])).status_code == 201
    assert notes.control("snapshot") == {"tickets": ["a" * 10 + "b" * 10]}


def test_trailers_of_a_chunked_body_are_dropped(notes):
    head = b"POST /notes HTTP/1.1\r\nHost: x\r\nX-Key: sesame\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(notes.server.server_address) as raw:
        raw.sendall(head + b"2;a=b\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n")
        assert raw.recv(65536).startswith(b"HTTP/1.1 201")
    assert notes.control("snapshot") == {"tickets": ["hi"]}


@pytest.mark.parametrize("head", ["Content-Length: 99999999", "Transfer-Encoding: chunked"])
def test_a_body_that_is_too_large_is_refused(notes, head):
    with socket.create_connection(notes.server.server_address) as raw:
        raw.sendall(f"POST /notes HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\nfffffff\r\n".encode())
        assert raw.recv(65536).startswith(b"HTTP/1.1 413")


def test_the_date_header_is_the_virtual_clock(notes):
    assert notes.control("clock", {"set": "2030-01-01T00:00:00"})["now"].startswith("2030-01-01T00:00:00")
    assert notes.control("clock", {"advance": 3600})["now"].startswith("2030-01-01T01:00:00")
    assert "Tue, 01 Jan 2030 01:00:0" in notes("GET", "/notes").headers["Date"]


def test_seed_snapshot_reset_outbox_credentials(notes):
    assert notes.control("seed", {"tickets": 2, "seed": 5}) == {"tickets": 2, "seed": 5}
    assert notes.control("snapshot") == {"tickets": ["5/0", "5/1"]}
    notes("POST", "/notes", data="x")
    [message] = notes.control("outbox")["messages"]
    assert message["kind"] == "create"
    assert datetime.fromisoformat(message["time"]).tzinfo == UTC
    assert notes.control("outbox/clear", {}) == {"cleared": True}
    assert notes.control("outbox") == {"messages": []}
    assert notes.control("credentials") == {"key": "sesame"}
    assert notes.control("reset", {}) == {"reset": True}
    assert notes.control("snapshot") == {"tickets": []}
    assert notes.control("inspect")["writes_seen"] == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("nothing", b"{}", 404),
        ("seed", b"[]", 400),
        ("seed", b"{", 400),
        ("seed", b"{}", 400),
        ("clock", b'{"set": "yesterday"}', 400),
        ("faults", b'{"profile": "gremlins"}', 400),
        ("kill", b'{"pid": 1, "write": 0}', 400),
    ],
)
def test_control_says_what_is_wrong(notes, path, body, status):
    answer = notes("POST", f"/_sandbox/{path}", data=body)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_limits_count_on_the_virtual_clock(notes):
    assert [notes("GET", "/notes").headers["X-Left"] for _ in range(5)] == ["2"] * 5
    notes.vendor.limits.mode = "real"
    notes.control("clock", {"set": "2026-05-06T09:00:10"})
    assert [notes("GET", "/notes").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = notes("GET", "/notes")
    assert refused.headers["X-Left"] == "0"
    assert 45 <= int(refused.headers["Retry-After"]) <= 50
    notes.control("clock", {"advance": 60})
    assert notes("GET", "/notes").status_code == 200


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("stored", 1), ("replied", 1)])
def test_a_kill_strikes_at_the_write_it_was_ordered_for(notes, when, stored):
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    notes.control("kill", {"pid": victim.pid, "write": 2, "when": when})
    notes("GET", "/notes")
    notes("POST", "/notes", data="first")
    assert victim.poll() is None
    if when == "replied":
        assert notes("POST", "/notes", data="second").status_code == 201
        notes.http.close()  # the server ends this connection once it has struck: nothing may be sent on it in between
    else:
        with pytest.raises(requests.ConnectionError):
            notes("POST", "/notes", data="second")
    assert victim.wait(10) == -signal.SIGKILL
    assert len(notes.control("snapshot")["tickets"]) == 1 + stored
    assert notes("POST", "/notes", data="third").status_code == 201


def test_a_process_that_is_killed_after_a_reply_writes_nothing_more(notes):
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    notes.control("kill", {"pid": victim.pid, "write": 1, "when": "replied"})
    write = b"POST /notes HTTP/1.1\r\nHost: x\r\nX-Key: sesame\r\nContent-Length: 1\r\n\r\nx"
    with socket.create_connection(notes.server.server_address) as raw:
        raw.sendall(write + write)
        assert raw.recv(65536).startswith(b"HTTP/1.1 201")
        assert victim.wait(10) == -signal.SIGKILL
        assert raw.recv(65536) == b""
    assert notes.control("snapshot") == {"tickets": ["x"]}


def force(notes, monkeypatch, fault):
    monkeypatch.setattr(notes.vendor.faults, "draw", lambda *_, **__: fault)


@pytest.mark.parametrize(
    ("fault", "status", "stored"),
    [
        (Fault.ERROR, 500, 0),
        (Fault.UNAVAILABLE, 503, 0),
        (Fault.LOST_ERROR, 502, 1),
        (Fault.THROTTLED, 429, 0),
        (Fault.THROTTLED_BARE, 429, 0),
        (None, 201, 1),
    ],
)
def test_faults_that_answer(notes, monkeypatch, fault, status, stored):
    force(notes, monkeypatch, fault)
    answer = notes("POST", "/notes", data="x")
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (fault is Fault.THROTTLED)
    assert len(notes.control("snapshot")["tickets"]) == stored


@pytest.mark.parametrize(
    ("fault", "stored"),
    [(Fault.RESET, 0), (Fault.LOST_RESET, 1), (Fault.CUT, 1), (Fault.SILENCE, 0), (Fault.LOST_SILENCE, 1)],
)
def test_faults_that_break_the_connection(notes, monkeypatch, fault, stored):
    notes.vendor.faults.hold = 0.01
    force(notes, monkeypatch, fault)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        notes("POST", "/notes", data="x")
    assert len(notes.control("snapshot")["tickets"]) == stored


def test_silence_ends_when_the_client_goes_away(notes, monkeypatch):
    notes.vendor.faults.hold = 30.0
    force(notes, monkeypatch, Fault.SILENCE)
    with pytest.raises(requests.ReadTimeout):
        notes.http.get(notes.base + "/notes", timeout=0.05)


def passes(notes, path):
    try:
        return notes("GET", path).ok
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        return False


def test_a_flaky_vendor_lets_every_request_through_in_the_end(notes):
    notes.vendor.faults.hold = 0.01
    assert notes.control("faults", {"profile": "flaky+throttled", "seed": 3, "hold": 0.01})["profile"] == "flaky+throttled"
    failures = 0
    for number in range(150):
        in_a_row = 0
        while not passes(notes, f"/notes?n={number}"):
            in_a_row += 1
            assert in_a_row <= MOST_IN_A_ROW
        failures += in_a_row
    assert failures >= 10
    assert sum(notes.control("inspect")["faults"].values()) >= 10
    assert notes.control("faults", {"profile": None})["profile"] is None


def test_stopping_ends_open_connections(notes):
    raw = socket.create_connection(notes.server.server_address)
    raw.sendall(b"GET /notes HTTP/1.1\r\nHost: x\r\n\r\n")
    assert raw.recv(65536).startswith(b"HTTP/1.1 200")
    notes.server.stop()
    assert raw.recv(1) == b""
    raw.close()
    notes.server.stop = lambda: None


def test_a_template_names_its_variables():
    route = Route("GET", "/a/<int:first>/b/<second>", lambda: None, writes=False, public=False)
    assert route.template == "/a/{first}/b/{second}"
