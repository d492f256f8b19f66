"""Collect from pages that are ready: tickets per second and peak memory, beside a bare loop over the same pages.

Both run as programs of their own against a server in a third process, in turns, so that a ratio compares two runs
of the same minute. See :mod:`.loop` for what the loop does, and :mod:`.collecting` for the collection.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from isthmus.core.run.assemble import Surroundings

from .accounts import AUTH, connection
from .collecting import NAME, collected
from .measure import Figure, median
from .recordings import Recording, served
from .sampling import by_module
from .sandboxes import open_sandbox

SEED = 7
LAG = 120.0
"""Seconds that pass before the collection, more than any export of a vendor hides, so that it need not wait."""
SHOWN = 8
"""Modules that are shown, those that take most."""
PEAK = "peak memory of the collection"


def collection(sizes: list[int], runs: int) -> list[Figure]:
    """Measure every vendor at some sizes.

    Args:
        sizes: numbers of tickets.
        runs: of the smallest size; a larger one is measured once.
    """
    figures: list[Figure] = []
    for vendor in AUTH:
        peaks: list[float] = []
        for size in sorted(sizes):
            found = list(_measured(vendor, size, runs if size == min(sizes) else 1))
            figures += found
            peaks += [each.value for each in found if each.what == PEAK]
        if len(sizes) > 1:
            what = f"memory at {max(sizes):,} tickets against {min(sizes):,}"
            figures.append(Figure(_part(vendor, max(sizes)), what, peaks[-1] / peaks[0], "times"))
    return figures


def _part(vendor: str, tickets: int) -> str:
    return f"collect {vendor} {tickets:,}"


def _measured(vendor: str, tickets: int, runs: int) -> Iterator[Figure]:
    part = _part(vendor, tickets)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        moment = _record(folder, vendor, tickets)
        with served(folder) as url:
            _configure(folder, vendor, url, json.loads((folder / "credentials").read_text("utf-8")))
            bare, copied, ours = _runs(folder, url, moment, runs)
            places = Counter(_program("collecting", folder, moment, "sampled")["places"])
        for run in ours:
            if run["incidents"] != tickets:
                raise RuntimeError(f"{run['incidents']} incidents were collected where there are {tickets}")
        recording = Recording.load(folder)
        note = f"{len(recording.entries):,} replies, {recording.size / 1e6:,.0f} MB"
        yield median(part, "collect", "tickets/s", _rates(ours, tickets), note)
        yield median(part, "bare loop: ask, parse", "tickets/s", _rates(bare, tickets))
        yield median(part, "bare loop: ask, parse, write", "tickets/s", _rates(copied, tickets))
        for what, loop in (("the bare loop", bare), ("the loop that writes", copied)):
            yield median(part, f"collect against {what}", "of its speed", _ratios(loop, ours, "wall"))
            yield median(part, f"collect against {what}, by processor time", "of its speed", _ratios(loop, ours, "cpu"))
        yield median(part, PEAK, "MB", [run["peak"] for run in ours])
        yield median(part, "peak memory of the bare loop", "MB", [run["peak"] for run in bare])
        for module, share, functions in by_module(places)[:SHOWN]:
            yield Figure(part, f"time in {module}", share, "%", note=functions)


def _runs(folder: Path, url: str, moment: str, runs: int) -> tuple[list[Any], list[Any], list[Any]]:
    bare: list[Any] = []
    copied: list[Any] = []
    ours: list[Any] = []
    for _ in range(runs):
        bare.append(_program("loop", folder, url))
        ours.append(_program("collecting", folder, moment))
        copied.append(_program("loop", folder, url, folder / "loop.jsonl"))
    return bare, copied, ours


def _program(name: str, *arguments: Path | str) -> Any:
    command = [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def _rates(runs: list[Any], tickets: int) -> list[float]:
    return [tickets / run["wall"] for run in runs]


def _ratios(loop: list[Any], ours: list[Any], clock: str) -> list[float]:
    return [one[clock] / other[clock] for one, other in zip(loop, ours, strict=True)]


# -- pages


def _record(folder: Path, vendor: str, tickets: int) -> str:
    """Collect once from a sandbox and keep all replies; gives the moment at which the hub believes to be."""
    sandbox = open_sandbox(vendor, tickets=tickets, seed=SEED)

    def skip(seconds: float) -> None:
        sandbox.control("clock", {"advance": seconds})

    try:
        skip(LAG)
        moment = datetime.now(UTC) + timedelta(seconds=LAG)
        _configure(folder, vendor, sandbox.url, sandbox.credentials)
        (folder / "credentials").write_text(json.dumps(sandbox.credentials), "utf-8")
        with Recording(folder).taking() as recorder:
            collected(folder, Surroundings(sleep=skip, clock=lambda: moment, recorder=recorder))
    finally:
        sandbox.stop()
    asked = [(entry.method, entry.target, entry.body) for entry in Recording.load(folder).entries]
    (folder / "requests.json").write_text(json.dumps(asked), "utf-8")
    return moment.isoformat()


def _configure(folder: Path, vendor: str, url: str, credentials: dict[str, Any]) -> None:
    document = {"connections": {NAME: connection(NAME, vendor, url, credentials)}}
    (folder / "isthmus.yaml").write_text(yaml.safe_dump(document), "utf-8")
