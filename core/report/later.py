"""What was learned after a report's moment: the incidents that differ, and the figures that would be different now.

It stands in a file of its own, so that the report itself stays the same, byte for byte.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..config.reporting import ReportConfig
from ..kpi.compute import compute
from ..kpi.figures import Dimension, Figure, Report
from ..kpi.periods import Period
from ..model import format_time
from ..store.later import learned_later

if TYPE_CHECKING:
    from ..store.store import Store


def later(store: Store, settings: ReportConfig, period: Period, report: Report, now: datetime) -> dict[str, Any]:
    """Compare a report with what is believed at a later moment, as JSON values.

    Args:
        store: the store.
        settings: those of the report.
        period: that of the report.
        report: the report.
        now: the later moment.

    Raises:
        ConfigError: a calendar's holidays are unknown.
    """
    learned = learned_later(store, report.as_of, report.first, report.last)
    figures = _differing(report, compute(store, settings, period, now))
    return {
        "period": report.label,
        "as_of": format_time(report.as_of),
        "known_at": format_time(now),
        "figures": figures,
        "incidents": learned.report(),
    }


def _differing(then: Report, now: Report) -> list[dict[str, Any]]:
    values = [{_key(figure): figure.value for figure in report.figures} for report in (then, now)]
    names = dict.fromkeys(key for found in values for key in found)
    return [
        {"kpi": kpi, "dimension": dimension, "value_of": value_of, "then": before, "now": after}
        for kpi, dimension, value_of in names
        if (before := values[0].get((kpi, dimension, value_of))) != (after := values[1].get((kpi, dimension, value_of)))
    ]


def _key(figure: Figure) -> tuple[str, Dimension | None, str | None]:
    return figure.kpi, figure.dimension, figure.value_of
