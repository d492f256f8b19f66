"""One export in a program of its own, as the command makes it: ``python -m benchmarks.exporting FOLDER MOMENT [sampled]``.

It imports what ``isthmus export`` imports and little else, so that its memory is the command's. Its clock stands still at
the moment at which the pages were recorded, and nobody waits. What it took is printed as JSON.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from isthmus import cli
from isthmus.core.config.config import load_config
from isthmus.core.run import render
from isthmus.core.run.assemble import Surroundings, open_side
from isthmus.core.run.export import Export, export
from isthmus.core.sync.engine import RunOptions

from .measure import peak_mb, spending
from .sampling import sampled

NAME = "tool"
"""The connection that is exported."""
COMMAND = (cli.export, render.pairs)
"""What the command itself consists of, beside what is called here."""


def exported(folder: Path, around: Surroundings) -> Export:
    """Export the connection that the folder's configuration names."""
    with open_side(load_config(folder / "isthmus.yaml"), NAME, around=around) as side:
        return export(side, folder / "export.jsonl", RunOptions())


def main() -> None:
    """Export once."""
    folder, moment, watching = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), "sampled" in sys.argv[3:]
    around = Surroundings(sleep=lambda seconds: None, clock=lambda: moment)
    places: Counter[str] = Counter()
    with sampled() if watching else nullcontext(places) as places, spending() as spent:
        done = exported(folder, around)
    took = {"wall": spent.wall, "cpu": spent.cpu, "peak": peak_mb(), "incidents": done.incidents, "places": places}
    print(json.dumps(took))


if __name__ == "__main__":
    main()
