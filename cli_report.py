"""The commands that keep the store and report from it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from .cli_state import FILE, State, parsed, reporting


@click.command(epilog="Example: isthmus collect --census")
@click.argument("connections", nargs=-1, metavar="[CONNECTION]...")
@click.option(
    "--census", is_flag=True, help="Compare with what each vendor names by a second way, and read what is missing."
)
@reporting
@click.pass_obj
def collect(state: State, connections: tuple[str, ...], census: bool) -> int:
    """Bring the local copy of each CONNECTION up to date, or of all: what changed since the last time is read."""
    from .core.run import collect as collecting
    from .core.run import render_store

    with state.working() as work:
        done = collecting.collect(state.config, connections, work.options, work.around, census=census)
    state.terminal.show(done.report(), render_store.collection)
    return done.exit


STATUSES = ("new", "in_progress", "pending", "resolved", "closed", "canceled")


@click.command(epilog="Example: isthmus export support --collect --period 2026-Q1 -o support.csv")
@click.argument("connections", nargs=-1, metavar="[CONNECTION]...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE|FOLDER|-",
    help="Where to; it appears when it is whole. A folder gets Parquet.",
)
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv", "xlsx", "parquet"]), help="By default by the name's end."
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    type=click.Choice(["incidents", "comments", "timeline", "sla"]),
    help="By default incidents (JSONL, CSV) or all (XLSX, Parquet).",
)
@click.option(
    "--period", metavar="2026-Q1", help="Only incidents opened in it: a year, quarter, month, week or FIRST..LAST."
)
@click.option("--status", "statuses", multiple=True, type=click.Choice(STATUSES))
@click.option("--priority", "priorities", multiple=True, type=click.IntRange(1, 5), metavar="1-5")
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Assignment group; in any case.")
@click.option("--label", "labels", multiple=True, metavar="NAME")
@click.option("--as-of", callback=parsed("moment"), metavar="TIME", help="What was known at that moment.")
@click.option("--mask", type=click.Choice(["people"]), help="Pseudonyms instead of names, addresses and phone numbers.")
@click.option("--mask-key", metavar="REFERENCE", help="Secret (env:NAME) that gives the same pseudonyms each time.")
@click.option("--collect", "collecting", is_flag=True, help="Read first what changed at the vendors.")
@click.option("--census", is_flag=True, help="With --collect: count by a second way, and read what is missing.")
@reporting
@click.pass_obj
def export(
    state: State,
    connections: tuple[str, ...],
    output: Path,
    as_of: datetime | None,
    collecting: bool,
    census: bool,
    mask: str | None,
    **wishes: Any,
) -> int:
    """Write incidents of each CONNECTION, or of all, from the local copy: JSON lines, CSV, XLSX or Parquet."""
    from .core.export.request import Filter
    from .core.run import export as exporting
    from .core.run import render

    if census and not collecting:
        raise click.UsageError("--census counts while it collects: say --collect as well")
    chosen = {name: wishes.pop(name) for name in ("statuses", "priorities", "groups", "labels")}
    wish = exporting.Wish(
        output,
        format=wishes["form"],
        tables=wishes["tables"],
        which=Filter(**chosen),
        period=wishes["period"],
        as_of=as_of,
        mask=mask is not None,
        key=wishes["mask_key"],
    )
    with state.working() as work:
        done = exporting.export(
            state.config, connections, wish, work.options, work.around, collecting=collecting, census=census
        )
    if output.name != "-":
        state.terminal.show(done.report(), render.pairs)
    return done.exit


@click.command(epilog="Example: isthmus report --collect --period 2026-Q3 -o report.html -o report.xlsx")
@click.option("--period", metavar="2026-Q3", help="A year, quarter, month, week or FIRST..LAST; the last whole quarter.")
@click.option(
    "-o", "--output", "outputs", multiple=True, type=FILE, help="File: .html, .xlsx or .json by its end; may stand twice."
)
@click.option("--tickets", "kpi", metavar="KPI", help="List the incidents that this figure counts instead.")
@click.option("--by", metavar="DIMENSION=VALUE", help="With --tickets: of one value, such as priority=1.")
@click.option("--as-of", callback=parsed("moment"), metavar="TIME", help="What was known at that moment, and no more.")
@click.option("--collect", "collecting", is_flag=True, help="Read first what changed at the vendors.")
@reporting
@click.pass_obj
def report(
    state: State,
    period: str | None,
    outputs: tuple[Path, ...],
    kpi: str | None,
    by: str | None,
    as_of: datetime | None,
    collecting: bool,
) -> int:
    """Report on a period over all tools: KPIs with their definitions and tickets, as one page, a workbook and JSON."""
    from .core.run import collect as gathering
    from .core.run import exits, render_store
    from .core.run import report as reports

    if by and not kpi:
        raise click.UsageError("--by chooses among the incidents of a figure: say --tickets KPI as well")
    if kpi and outputs:
        raise click.UsageError("--tickets prints a list: leave -o out, or take it from --json")
    with state.working() as work:
        collected = [gathering.collect(state.config, (), work.options, work.around)] if collecting else []
        if kpi:
            listed = reports.list_tickets(state.config, period, kpi, by=by, as_of=as_of)
            state.terminal.show(listed.report(), render_store.tickets)
            return exits.worst([*(each.exit for each in collected), listed.exit])
        done = reports.report(
            state.config, period, outputs, now=work.around.clock(), as_of=as_of, progress=work.options.progress
        )
    state.terminal.show(done.report(), render_store.reported)
    return exits.worst([*(each.exit for each in collected), done.exit])
