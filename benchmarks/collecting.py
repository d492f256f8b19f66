"""One collection in a program of its own: ``python -m benchmarks.collecting FOLDER MOMENT [sampled]``.

It imports what ``isthmus collect`` imports and little else, so that its memory is the command's. Its clock stands still at
the moment at which the pages were recorded, and nobody waits. What it took is printed as JSON.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from isthmus import cli_report
from isthmus.core.config.config import load_config
from isthmus.core.run import render_store
from isthmus.core.run.assemble import Surroundings
from isthmus.core.run.collect import collect
from isthmus.core.store.collect import Collected
from isthmus.core.sync.engine import RunOptions

from .measure import peak_mb, spending
from .sampling import sampled

NAME = "tool"
"""The connection that is collected."""
COMMAND = (cli_report.collect, render_store.collection)
"""What the command itself consists of, beside what is called here."""


def collected(folder: Path, around: Surroundings) -> Collected:
    """Collect the connection that the folder's configuration names, into a new store."""
    config = load_config(folder / "isthmus.yaml")
    config.store_path.unlink(missing_ok=True)
    (found,) = collect(config, [NAME], RunOptions(), around).connections
    if found.outcome != "ok":
        raise RuntimeError(f"the collection was not whole: {found}")
    return found


def main() -> None:
    """Collect once."""
    folder, moment, watching = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), "sampled" in sys.argv[3:]
    around = Surroundings(sleep=lambda seconds: None, clock=lambda: moment)
    places: Counter[str] = Counter()
    with sampled() if watching else nullcontext(places) as places, spending() as spent:
        done = collected(folder, around)
    took = {"wall": spent.wall, "cpu": spent.cpu, "peak": peak_mb(), "incidents": done.held, "places": places}
    print(json.dumps(took))


if __name__ == "__main__":
    main()
