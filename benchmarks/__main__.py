"""Measure Isthmus on this machine, against its own sandboxes: ``python -m benchmarks [PART...] [--json]``.

Every figure is a median of several runs or a sum over one, so compare figures of one machine only, and ratios rather than
seconds. Nothing is asserted about speed; work that was not done is an error.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from .calls import calls
from .collection import collection
from .journey import journey
from .ledgers import ledgers
from .measure import Figure, isolated, shown
from .report_at_scale import report_at_scale
from .starting import starting
from .translations import translations

SMALL = 500
"""Tickets of the migration whose memory is compared with a larger one's."""
EDITS = 20
SIZES = [20_000, 100_000]
"""Tickets of the collections."""
STORES = [100_000, 1_000_000]
"""Incidents of the stores that are exported and reported."""


def _migrations(options: argparse.Namespace) -> list[Figure]:
    """Migrate twice, so that memory at two sizes can be compared; the larger one is mirrored afterwards."""
    sizes = sorted({min(SMALL, options.tickets), options.tickets})
    figures: list[Figure] = []
    peaks: list[float] = []
    for size in sizes:
        cycles = options.runs if size == sizes[-1] else 0
        found = isolated(journey, size, cycles, EDITS, options.profiles)
        figures += found
        peaks += [each.value for each in found if each.what.startswith("peak memory")]
    if len(sizes) > 1:
        what = f"memory at {sizes[-1]:,} tickets against {sizes[0]:,}"
        figures.append(Figure(f"migrate {sizes[-1]:,}", what, peaks[-1] / peaks[0], "times"))
    return figures


PARTS: dict[str, Callable[[argparse.Namespace], list[Figure]]] = {
    "start": lambda options: starting(options.runs),
    "translate": lambda options: translations(options.lines, options.runs),
    "collect": lambda options: collection(options.sizes, options.runs),
    "report": lambda options: report_at_scale(options.stores),
    "calls": lambda options: calls(options.tickets),
    "ledger": lambda options: ledgers(1000, options.ids, options.runs),
    "migrate": _migrations,
}
"""What can be measured, in order; ``migrate`` also mirrors what it migrated."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(PARTS)}; all by default")
    parser.add_argument("--tickets", type=int, default=SMALL, help=f"tickets to migrate, mirror and count ({SMALL})")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, metavar="TICKETS", help="tickets of each collection (20000 100000)"
    )
    parser.add_argument(
        "--stores",
        type=int,
        nargs="+",
        default=STORES,
        metavar="INCIDENTS",
        help="incidents of each store (100000 1000000)",
    )
    parser.add_argument("--lines", type=int, default=100_000, help="lines of the long file to translate (100000)")
    parser.add_argument("--ids", type=int, default=100_000, help="ids that the ledger remembers and cleans (100000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each figure that is a median (3)")
    parser.add_argument("--profiles", type=Path, help="folder for a cProfile file of each stage of migrate")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def main() -> int:
    """Measure and print."""
    parser = _parser()
    options = parser.parse_args()
    unknown = [name for name in options.parts if name not in PARTS]
    if unknown:
        parser.error(f"there is no part '{unknown[0]}'; there are {', '.join(PARTS)}")
    figures: list[Figure] = []
    for name in options.parts or PARTS:
        print(f"measuring: {name}", file=sys.stderr)
        figures += PARTS[name](options)
    machine = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
    if options.json:
        print(orjson.dumps({"machine": machine, "figures": [each.report() for each in figures]}).decode())
    else:
        _show(figures, machine)
    return 0


def _show(figures: list[Figure], machine: dict[str, object]) -> None:
    table = Table(caption=", ".join(f"{name} {value}" for name, value in machine.items()))
    for name in ("part", "what", "value", "unit", "runs", "note"):
        table.add_column(name, justify="right" if name == "value" else "left", no_wrap=name in ("part", "what", "value"))
    part = ""
    for each in figures:
        if each.part != part:
            table.add_section()
        table.add_row(
            each.part if each.part != part else "", each.what, shown(each.value), each.unit, each.spread, each.note
        )
        part = each.part
    Console(width=None if sys.stdout.isatty() else 160).print(table)


if __name__ == "__main__":
    sys.exit(main())
