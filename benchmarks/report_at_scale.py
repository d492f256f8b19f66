"""Export and report from a store at two sizes: seconds and peak memory, each in a program of its own.

``python -m benchmarks.report_at_scale FOLDER WHAT`` does one piece of work on the store in a folder, as its command does.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from isthmus import cli_report
from isthmus.core.config.config import Config, load_config
from isthmus.core.export.request import Format
from isthmus.core.run import render
from isthmus.core.store.store import Store
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.generated_store import fill

from .measure import Figure, peak_mb, spending

NOW = datetime(2026, 7, 1, tzinfo=UTC)
PERIOD = "2026-Q1"
"""The quarter that is reported; its incidents are an eighth of all."""
MOST = 1.2
"""How many times the memory of the smaller size the larger one may take."""
CONFIG = """
connections:
  ops: {connector: servicenow, url: "https://ops.example.com", auth: {kind: basic, user: nobody, password: "env:NOTHING"}}
"""
"""Nobody is asked; a configuration has a connection."""
COMMAND = (cli_report.export, render.pairs)
"""What the command itself consists of, beside what is called here."""


def _export(form: str, **wishes: Any) -> Callable[[Config, Path], int]:
    def work(config: Config, folder: Path) -> int:
        from isthmus.core.run.export import Wish, export  # noqa: PLC0415 - memory is that of one command

        return export(config, (), Wish(folder / "out", format=form, **wishes), RunOptions()).exported.incidents

    return work


def _report(config: Config, folder: Path) -> int:
    from isthmus.core.run.report import report  # noqa: PLC0415 - memory is that of one command

    return report(config, PERIOD, [folder / f"out.{end}" for end in ("html", "xlsx", "json")], now=NOW).incidents


WORK = {
    "export jsonl, whole incidents": _export(Format.JSONL),
    "export jsonl, whole, people masked": _export(Format.JSONL, mask=True),
    "export csv, incidents": _export(Format.CSV),
    "export csv, incidents, people masked": _export(Format.CSV, mask=True),
    "export csv, timeline": _export(Format.CSV, tables=("timeline",)),
    "export xlsx, incidents": _export(Format.XLSX, tables=("incidents",)),
    "export parquet, all tables": _export(Format.PARQUET),
    f"report {PERIOD}: html, xlsx, json": _report,
}
"""What is measured."""


def report_at_scale(sizes: list[int]) -> list[Figure]:
    """Measure every piece of work at some sizes, and compare the memory of the largest with that of the smallest.

    Args:
        sizes: numbers of incidents.
    """
    figures: list[Figure] = []
    peaks: dict[str, list[float]] = {}
    for size in sorted(sizes):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            part = f"store {size:,}"
            with Store(folder / "isthmus.duckdb") as store, spending() as spent:
                fill(store, size, until=NOW)
            figures.append(Figure(part, "generate", spent.wall, "s"))
            (folder / "isthmus.yaml").write_text(CONFIG, "utf-8")
            for what in WORK:
                took = _program(folder, what)
                note = f"{took['cpu']:,.0f} s of processor time, {took['bytes'] / 1e6:,.0f} MB written"
                figures.append(Figure(part, what, took["wall"], "s", note=note))
                figures.append(Figure(part, f"{what}: peak memory", took["peak"], "MB"))
                peaks.setdefault(what, []).append(took["peak"])
    if len(sizes) > 1:
        part = f"memory at {max(sizes):,} against {min(sizes):,}"
        figures += [Figure(part, what, held[-1] / held[0], "times", note=f"at most {MOST}") for what, held in peaks.items()]
    return figures


def _program(folder: Path, what: str) -> Any:
    command = [sys.executable, "-m", "benchmarks.report_at_scale", str(folder), what]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def main() -> None:
    """Do one piece of work, print what it took as JSON, and remove what it wrote."""
    folder, what = Path(sys.argv[1]), sys.argv[2]
    config = load_config(folder / "isthmus.yaml")
    with spending() as spent:
        incidents = WORK[what](config, folder)
    if not incidents:
        raise RuntimeError(f"{what}: there was nothing to do")
    written = [path for out in folder.glob("out*") for path in (out, *out.glob("**/*")) if path.is_file()]
    size = sum(path.stat().st_size for path in written)
    print(json.dumps({"wall": spent.wall, "cpu": spent.cpu, "peak": peak_mb(), "bytes": size}))
    for out in folder.glob("out*"):
        shutil.rmtree(out) if out.is_dir() else out.unlink()


if __name__ == "__main__":
    main()
