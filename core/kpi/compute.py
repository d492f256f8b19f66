"""A report's figures for a period, with those of the period before."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..config.reporting import ReportConfig
from . import facts, majors, measures, spread
from .agreement import agreement
from .calendars import days_off
from .definitions import KPIS
from .figures import Report
from .periods import Period
from .quality import quality
from .recurring import recurring
from .sources import sources

if TYPE_CHECKING:
    from ..store.store import Store

VERIFY = (
    "Every figure is made of its tickets: `isthmus report --tickets KPI` lists them, each with what it contributes.",
    "The definitions above say which incidents count, and from when to when.",
    "`isthmus audit pack` writes the incidents, their timelines and the derivation of each figure into one signed file.",
    "`isthmus audit verify` checks that file without a network and names the first thing in it that was changed.",
    "The same store, moment and settings give the same report, byte for byte: make it again with `--as-of`.",
)


def compute(store: Store, settings: ReportConfig, period: Period, as_of: datetime) -> Report:
    """Give the report of a period.

    Leaves the temp tables of :func:`.facts.build` for this period behind, so that tickets can be listed.

    Args:
        store: the store.
        settings: the section ``report`` of the configuration.
        period: the period, in the report's time zone.
        as_of: what was learned later does not count.

    Raises:
        ConfigError: a calendar's holidays are unknown.
    """
    build(store, settings, period.before, as_of, since=period.before.first)
    earlier = measures.figures(store)
    before = {key: figure.value for key, figure in zip(measures.keys(earlier), earlier, strict=True)}
    build(store, settings, period, as_of)
    touched = store.sql.execute("select count(*) from facts where touched").fetchone()
    assert touched is not None
    found = recurring(store, period)
    return Report(
        title=settings.title,
        first=period.first,
        last=period.last,
        before_first=period.before.first,
        zone=period.zone,
        label=period.label,
        as_of=as_of,
        incidents=touched[0],
        kpis=tuple(kpi.info.model_copy(update={"goal": settings.goals.get(kpi.id)}) for kpi in KPIS),
        figures=tuple(measures.figures(store, before=before)),
        distributions=spread.distributions(store),
        ageing=spread.ageing(store),
        breaches=majors.breaches(store),
        arrivals=spread.arrivals(store),
        recurring=found.issues,
        majors=majors.majors(store, settings.review_within),
        agreement=agreement(store),
        quality=(*quality(store, as_of), *found.quality),
        sources=sources(store, as_of),
        settings=_settings(settings, period),
        verify=VERIFY,
    )


def build(store: Store, settings: ReportConfig, period: Period, as_of: datetime, since: datetime | None = None) -> None:
    """Make all temp tables from which figures and their tickets are read."""
    facts.build(store, settings, period, as_of, since)
    measures.prepare(store, period)


def _settings(settings: ReportConfig, period: Period) -> dict[str, Any]:
    """Give what the figures depend on, with the days off that the calendars had in the period."""
    off = {
        name: sorted(
            str(day) for day in days_off(name, calendar, period.first, period.last) if period.day <= day < period.end
        )
        for name, calendar in settings.calendars.items()
    }
    return settings.model_dump(mode="json") | {"days_off": off}
