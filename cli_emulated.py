"""The commands that need no account anywhere: they run on emulated vendors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .cli_state import FILE, State, parsed, reporting


@click.command(epilog="Example: isthmus sandbox zendesk --port 9001 --tickets 2000 --seed 7")
@click.argument("vendor")
@click.option("--port", default=0, help="Port on loopback; a free one by default.")
@click.option("--tickets", default=0, help="Seeded tickets at the start.")
@click.option("--seed", default=1, show_default=True, help="Seed of the tickets and faults.")
@click.option("--faults", metavar="PROFILE", help="flaky, throttled, laggy, strict or rules; joined by +.")
@click.option("--limits", type=click.Choice(["real", "off"]), default="off", show_default=True)
@click.option("--now", callback=parsed("moment"), metavar="TIME", help="What the sandbox's clock shows at the start.")
@click.option("--load", type=FILE, metavar="FILE.jsonl", help="Real records to hold.")
@reporting
@click.pass_obj
def sandbox(state: State, vendor: str, **settings: Any) -> None:
    """Serve an emulated VENDOR on loopback until it is stopped; prints its address and credentials."""
    from . import sandbox as emulation
    from .core.run import render

    with state.working() as work:
        try:
            running = emulation.start(vendor, **settings)
        except (ValueError, OSError) as error:
            raise click.UsageError(str(error)) from error
        with running:
            report = {"vendor": vendor, "base_url": running.base_url, "credentials": running.credentials}
            state.terminal.line(report, render.sandbox)
            work.stop.wait()


@click.command(epilog="Example: isthmus demo --all")
@click.option("--all", "everything", is_flag=True, help="Move and mirror between all vendors instead, and judge each pair.")
@click.option(
    "--tickets", type=click.IntRange(1), metavar="N", help="With --all: how many each move carries; 200 by default."
)
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="With --all: how many run at once; one for each core by default."
)
@click.option("--only", metavar="VENDOR,...", help="With --all: between these vendors only.")
@click.option(
    "--report", "page", type=FILE, default="isthmus-demo-report.html", show_default=True, help="Where the report goes."
)
@reporting
@click.pass_obj
def demo(state: State, everything: bool, page: Path, **settings: Any) -> int:
    """Migrate, mirror and report between two sandboxes; nothing to configure, and nothing but the report is left."""
    given = {name: value for name, value in settings.items() if value is not None}
    if given and not everything:
        raise click.UsageError(f"--{next(iter(given))} is for --all")
    return _all(state, **given) if everything else _two(state, page)


def _two(state: State, page: Path) -> int:
    from . import demo as demonstration
    from .core.run import render

    with state.working() as work:
        report = demonstration.run(state.terminal.tell, work, page)
    state.terminal.show(report, render.demo)
    return report["exit"]


def _all(state: State, *, only: str | None = None, **settings: int) -> int:
    from . import demo_all
    from .core.run.render_matrix import matrix

    vendors = demo_all.chosen(only.split(",")) if only else demo_all.VENDORS
    with state.working() as work:
        report = demo_all.run(state.terminal.say, work, vendors=vendors, **settings)
    state.terminal.show(report, matrix)
    return report["exit"]
