"""How long a person waits for the help: ``isthmus --help`` beside ``python -c "import requests"``, in turns."""

from __future__ import annotations

import subprocess
import sys
import time

from .measure import Figure, median

HELP = (sys.executable, "-m", "isthmus", "--help")
IMPORT = (sys.executable, "-c", "import requests")
TURNS = 5
"""Starts of each for one run: a start is short, and the machine is never quiet."""


def starting(runs: int) -> list[Figure]:
    """Measure; each run is the shortest of some starts, which others on the machine disturb least."""
    _seconds(HELP), _seconds(IMPORT)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(runs):
        pairs = [(_seconds(HELP), _seconds(IMPORT)) for _ in range(TURNS)]
        ours.append(min(one for one, _ in pairs))
        theirs.append(min(other for _, other in pairs))
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return [
        median("start", "isthmus --help", "s", ours),
        median("start", 'python -c "import requests"', "s", theirs),
        median("start", "help against the import", "times", ratios),
    ]


def _seconds(command: tuple[str, ...]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun
