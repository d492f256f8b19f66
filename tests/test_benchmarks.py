"""The benchmarks measure what they say: the pages served are those recorded, and the least calls are counted by hand."""

from __future__ import annotations

import http.client
import importlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest
from isthmus.core.net.http import Exchange

ROOT = Path(__file__).parents[1]
HEADERS = {"Content-Type": "application/json", "Content-Length": "999", "Transfer-Encoding": "chunked", "X-Left": "7"}


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch):
    """Give a module of the benchmarks, which are not installed."""
    monkeypatch.syspath_prepend(str(ROOT))

    def find(name: str) -> ModuleType:
        return importlib.import_module(f"benchmarks.{name}")

    return find


def exchange(method: str, path: str, sent: bytes, body: bytes) -> Exchange:
    return Exchange(method, f"http://vendor.example:1{path}", {}, sent, 200, HEADERS, body)


def asked(url: str, method: str, path: str, body: bytes | None = None) -> tuple[int, str | None, bytes]:
    wire = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    wire.request(method, path, body)
    reply = wire.getresponse()
    found = (reply.status, reply.getheader("X-Left"), reply.read())
    wire.close()
    return found


def test_what_was_recorded_is_served_again_and_the_loop_asks_for_all_of_it(part, tmp_path: Path):
    recordings = part("recordings")
    with recordings.Recording(tmp_path).taking() as recorder:
        for each in (
            exchange("GET", "/rows?page=1", b"", b'{"rows": [1]}'),
            exchange("GET", "/rows?page=1", b"", b'{"rows": [2]}'),
            exchange("POST", "/batch", b"a", b'{"serviced_requests": [{"body": "e30="}]}'),
            exchange("POST", "/batch", b"b", b'"b"'),
        ):
            recorder(each)
    recording = recordings.Recording.load(tmp_path)
    assert [entry.target for entry in recording.entries] == ["/rows?page=1", "/rows?page=1", "/batch", "/batch"]
    assert recording.size == recording.bodies.stat().st_size
    (tmp_path / "requests.json").write_text(json.dumps([(one.method, one.target, one.body) for one in recording.entries]))
    with recordings.served(tmp_path) as url:
        assert asked(url, "POST", "/batch", b"b") == (200, "7", b'"b"')
        assert [asked(url, "GET", "/rows?page=1")[2] for _ in range(3)] == [b'{"rows": [1]}', *[b'{"rows": [2]}'] * 2]
        assert asked(url, "GET", "/rows?page=2")[0] == 404
        command = [sys.executable, "-m", "benchmarks.loop", str(tmp_path), url, str(tmp_path / "lines")]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    assert json.loads(done.stdout)["peak"] > 1
    assert (tmp_path / "lines").read_text() == '{"rows": [2]}\n{"rows": [2]}\n[{}]\n"b"\n'


@pytest.mark.parametrize(
    ("source", "moving", "verifying"),
    [
        # 3 + 2 event pages + 4 of a doubtful thread + 2 x 5 files + 4 | 2,500 creates, 2,500 more entries: 100 batches + 5 + 5
        ("zendesk", 3 + 2 + 4 + 10 + 4 + 100 + 5 + 5, 1 + 1 + 1 + 5 + 25),
        # 4 tables + people + files | 25 jobs, asked once each + files + the ids of 10,000 comments + people + 4
        ("servicenow", 4 + 1 + 5 + 25 + 25 + 5 + 10 + 2 + 4, 25 + 10 + 10 + 1),
    ],
)
def test_the_least_calls_are_those_of_the_documents(part, source: str, moving: int, verifying: int):
    least = part("least")
    there = least.Held(tickets=2500, files=5, people=1001, threads=[(2, 1)] * 2500, events=1001, unsure=4)
    needed = least.needs(source, there)
    assert [sum(need.least for need in each) for each in needed] == [moving, verifying]


def test_calls_that_nobody_needs_count_against_us(part):
    calls, least = part("calls"), part("least")
    there = least.Held(tickets=2, files=0, people=0, threads=[(1, 0)] * 2)
    made = Counter({("source", "GET /a"): 3, ("target", "GET /b"): 1})
    figures = {
        each.what: each for each in calls._compared("p", "move", made, [least.Need("source", "GET /a", 2, "w")], there)
    }
    assert figures["move: calls against the least"].value == 2
    assert figures["move: target GET /b"].note.startswith("least 0")


def test_samples_tell_the_module_in_which_the_time_goes(part):
    sampling = part("sampling")
    with sampling.sampled() as found:
        while found.total() < 3:
            pass
    assert set(found) == {sampling.OUTSIDE}
    shares = sampling.by_module(Counter({"core.a: f": 6, "core.a: g": 2, "core.b: h": 2}))
    assert shares == [("core.a", 80.0, "f 60 %, g 20 %"), ("core.b", 20.0, "h 20 %")]
