"""KPIs survive moves: the last home and the ledger, with an empty store, give the figures of the first home."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from isthmus.core.config.reporting import ReportConfig
from isthmus.core.kpi.compute import compute
from isthmus.core.kpi.figures import Dimension, Report
from isthmus.core.kpi.periods import Period
from isthmus.core.run.assemble import open_migration
from isthmus.core.run.collect import collect
from isthmus.core.run.exits import Exit
from isthmus.core.store.store import Store
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.floor import Floor

LATER = 400
SETTINGS = ReportConfig.model_validate(
    {
        "zone": "Europe/Berlin",
        "calendar": "office",
        "calendars": {"office": {"zone": "Europe/Berlin", "hours": {"mon-fri": ["09:00-12:30", "13:00-17:30"]}}},
        "pauses": {"status": ["pending"], "reason": ["requester"]},
        "targets": {"first_response": {1: "15m", 2: "1h", 3: "4h"}, "resolve": {1: "4h", 2: "8h", 3: "3d", 4: "5d"}},
        "tiers": {"Service Desk": "L1", "Network": "L2", "Workplace": "L2", "Applications": "L2"},
    }
)


def reports(floor: Floor, name: str, periods: tuple[str, ...]) -> dict[str, Report]:
    """Collect one connection into an empty store, and give its report of each period."""
    floor.skip(LATER)
    config = floor.config()
    config.store_path.unlink(missing_ok=True)
    done = collect(config, [name], RunOptions(), floor.around, census=True)
    assert done.exit == Exit.OK, done.report()
    with Store(config.store_path) as store:
        last = store.last_learned()
        assert last is not None
        return {text: compute(store, SETTINGS, Period.parse(text, SETTINGS.zone), last) for text in periods}


def told(report: Report, name: str) -> dict[str, Any]:
    """Give everything that a report says but where the incidents are: ids, and the connection's name."""
    figures = {
        (figure.kpi, figure.dimension, "" if figure.dimension is Dimension.TOOL else figure.value_of): (
            figure.value,
            figure.median,
            figure.p90,
            figure.count,
            figure.before,
        )
        for figure in report.figures
    }
    spread = {kpi: [(each.label, each.count) for each in bins] for kpi, bins in report.distributions.items()}
    ageing = [(each.label, each.count) for each in report.ageing]
    over = report.as_of >= report.last  # until then, what is open gets later from one report to the next
    breaches = sorted((each.title, each.value if over else None) for each in report.breaches)
    agreement = [(each.kpi, each.source, each.compared, each.equal, each.reasons) for each in report.agreement]
    assert {figure.value_of for figure in report.figures if figure.dimension is Dimension.TOOL} <= {name}
    return {
        "figures": figures,
        "spread": spread,
        "ageing": ageing,
        "breaches": breaches,
        "agreement": agreement,
        "arrivals": report.arrivals,
        "majors": [each.ticket.title for each in report.majors],
        "incidents": report.incidents,
        "quality": [(each.id, each.count) for each in report.quality],
    }


def move(floor: Floor, source: str, target: str) -> None:
    floor.skip(LATER)
    options = RunOptions()
    with open_migration(floor.config(), source, target, floor.around) as job:
        job.read(options)
        assert job.apply(options).outcome == "ok"
        assert job.verify(options).clean


PERIODS = ("2025", "2026", "2026-Q3", "2026-10", "2026-W40")
LONG = [pytest.mark.acceptance, pytest.mark.timeout(3600)]
SIX = ("jira", "manageengine", "bmc_helix", "freshservice", "servicenow")


@pytest.mark.parametrize(
    ("tickets", "through", "periods"),
    [
        pytest.param(16, ("servicenow",), ("2026",), id="small"),
        pytest.param(400, ("servicenow",), PERIODS, id="full", marks=LONG),
        pytest.param(100, SIX, PERIODS, id="six", marks=LONG),
    ],
)
def test_figures_are_equal_before_and_after_moves(
    tmp_path: Path, tickets: int, through: tuple[str, ...], periods: tuple[str, ...]
):
    floor = Floor(tmp_path)
    with ExitStack() as stack:
        stack.enter_context(floor.tool("first", "zendesk", tickets))
        before = reports(floor, "first", periods)
        names = [f"stop{number}" for number in range(len(through))]
        for name, vendor in zip(names, through, strict=True):
            stack.enter_context(floor.tool(name, vendor))
        stack.enter_context(floor.tool("last", "zendesk"))
        for source, target in pairwise(("first", *names, "last")):
            move(floor, source, target)
        after = reports(floor, "last", periods)
    for text in periods:
        assert told(after[text], "last") == told(before[text], "first"), text
    year = {figure.kpi: figure for figure in before["2026"].figures if figure.dimension is None}
    assert all(year[kpi].value for kpi in ("volume", "mtta", "mttr", "mttc", "first_response", "sla_resolve"))
