"""Every KPI as data: in words for people, and as SQL over ``facts`` for DuckDB.

The words are the definition; the report prints them, and ``docs/kpi.md`` is made of them. A figure's tickets are the rows
of ``facts`` for which the population and the figure's dimension hold, for every KPI alike.
"""

from __future__ import annotations

from enum import StrEnum

from ..model import Frozen
from .figures import Dimension, KpiInfo, Unit


class Aggregate(StrEnum):
    """How the measures of incidents become one figure."""

    MEAN = "mean"
    """Of a time or a number; of yes and no it is a share."""
    COUNT = "count"


class Kpi(Frozen):
    """One KPI."""

    info: KpiInfo
    population: str
    """Which incidents, as a condition; ``getvariable('first')`` is the period's begin."""
    measure: str
    """What each of them contributes: seconds, 1 or 0, a number."""
    moment: str
    """When it belongs to the period."""
    aggregate: Aggregate = Aggregate.MEAN

    @property
    def id(self) -> str:
        """Its name in settings, figures and links."""
        return self.info.id


COLUMNS: dict[Dimension, str] = {
    Dimension.TOOL: "connection",
    Dimension.PRIORITY: "coalesce(cast(priority as varchar), '')",
    Dimension.SERVICE: "coalesce(service, '')",
    Dimension.CATEGORY: "coalesce(category, '')",
    Dimension.GROUP: "coalesce(team, '')",
}
"""Dimension -> its value in SQL; that of the period depends on the KPI's moment."""

LAST = "getvariable('until') - interval 1 microsecond"
"""The last moment of the period, to which belongs what is open at its end."""


def _kpi(
    name: str,
    title: str,
    unit: Unit,
    definition: str,
    *,
    population: str,
    measure: str,
    moment: str,
    better: str | None = "lower",
    aggregate: Aggregate = Aggregate.MEAN,
) -> Kpi:
    info = KpiInfo(id=name, title=title, definition=" ".join(definition.split()), unit=unit, better=better)
    return Kpi(info=info, population=population, measure=measure, moment=moment, aggregate=aggregate)


RESOLVED = "resolved_at >= getvariable('first')"

KPIS: tuple[Kpi, ...] = (
    _kpi(
        "volume",
        "Incidents opened",
        Unit.COUNT,
        """The number of incidents that were opened in the period, whatever became of them. Copies of an incident at other
        tools and deleted incidents are left out.""",
        population="opened_at >= getvariable('first')",
        measure="1",
        moment="opened_at",
        better=None,
        aggregate=Aggregate.COUNT,
    ),
    _kpi(
        "mtta",
        "Mean time to acknowledge",
        Unit.SECONDS,
        """Of the incidents that were acknowledged in the period: the mean time from opening to acknowledgement. An incident
        is acknowledged when the tool says so; where it does not say, when the incident first had a status other than new or
        canceled, or was first assigned to a person, whichever came first. An incident acknowledged before it was opened
        is left out.""",
        population="acknowledged_at >= getvariable('first') and mtta is not null",
        measure="mtta",
        moment="acknowledged_at",
    ),
    _kpi(
        "first_response",
        "Mean time to first response",
        Unit.SECONDS,
        """Of the incidents first responded to in the period: the mean time from opening to the first response. The first
        response is the first public comment by a known author other than the requester; people are told apart by e-mail
        address, or by name where one of them has none, and where no requester is known every author is another. Only
        where an incident has no comments at all, the time that the tool itself states counts. An incident responded to
        before it was opened is left out.""",
        population="first_response_at >= getvariable('first') and first_response is not null",
        measure="first_response",
        moment="first_response_at",
    ),
    _kpi(
        "mttr",
        "Mean time to resolve",
        Unit.SECONDS,
        """Of the incidents that were resolved in the period and still were at its end: the mean time from opening to the
        last resolution. An incident is resolved when its status becomes resolved, or closed without having been resolved
        before. One that was reopened counts with its last resolution only, and the time in which it was thought to be
        resolved counts too. Canceled incidents are not resolved. Where the timeline does not tell, the time that the record
        states counts. An incident resolved before it was opened is left out.""",
        population=f"{RESOLVED} and resolve is not null",
        measure="resolve",
        moment="resolved_at",
    ),
    _kpi(
        "mttc",
        "Mean time to close",
        Unit.SECONDS,
        """Of the incidents that were closed in the period and still were at its end: the mean time from opening to the last
        closure. An incident that is resolved and waits for its closure is not in it.""",
        population="closed_at >= getvariable('first') and close is not null",
        measure="close",
        moment="closed_at",
    ),
    _kpi(
        "sla_response",
        "Response targets met",
        Unit.SHARE,
        """The share of incidents whose first response came within its target. It is of the incidents that have a target and
        were responded to in the period, or resolved in it without a response before, or were open at its end without a
        response and beyond their target. The target is the one that the configuration gives for the priority; without one,
        what the tool's own clock for response says. The clock runs from opening to the first response, to the resolution
        if that came first, or else to the end of the period. Over time, what still waits counts in no day, week or
        month.""",
        population="""response_breached is not null and case when coalesce(first_response_at, resolved_at) is null
            then open and response_breached else least(first_response_at, resolved_at) >= getvariable('first') end""",
        measure="1 - cast(response_breached as integer)",
        moment="least(first_response_at, resolved_at)",
        better="higher",
    ),
    _kpi(
        "sla_resolve",
        "Resolution targets met",
        Unit.SHARE,
        """The share of incidents that were resolved within their target. It is of the incidents that have a target and were
        resolved in the period, or were open at its end and beyond their target. The target is the one that the
        configuration gives for the priority; without one, what the tool's own clock for resolution says. The clock runs
        from opening to the last resolution, or else to the end of the period. Over time, what is still open counts in no
        day, week or month.""",
        population=f"resolve_breached is not null and case when open then resolve_breached else {RESOLVED} end",
        measure="1 - cast(resolve_breached as integer)",
        moment="resolved_at",
        better="higher",
    ),
    _kpi(
        "backlog",
        "Open incidents",
        Unit.COUNT,
        """The number of incidents that were open at the end of the period: neither resolved nor closed nor canceled. For a
        day, week or month within it, at the end of that; an incident counts as open until the last time that it was
        resolved. Age is the time since opening by the wall clock, whatever the calendar.""",
        population="open",
        measure="age",
        moment=LAST,
        aggregate=Aggregate.COUNT,
    ),
    _kpi(
        "reopen_rate",
        "Reopened",
        Unit.SHARE,
        """The share of incidents that were reopened in the period, of all that were resolved or reopened in it. An incident
        is reopened when its status goes from resolved or closed back to new, in progress or pending, no later after the
        resolution than the configuration says. Where there is no timeline, an incident that was resolved in the period
        is reopened if the tool says that it ever was.""",
        population="reopened or last_resolved_at >= getvariable('first')",
        measure="cast(reopened as integer)",
        moment="case when reopened then greatest(reopened_at, last_resolved_at) else last_resolved_at end",
    ),
    _kpi(
        "escalation_rate",
        "Escalated",
        Unit.SHARE,
        """The share of incidents that were moved to a higher tier at least once since they were opened, of those that were
        resolved in the period and whose tier is known. A tier is that of the group, as the configuration says; the order
        of tiers is that of the configuration. Tiers that the tool itself tells count as well; two of them that the
        configuration does not both know are compared by name.""",
        population=f"{RESOLVED} and tiers is not null",
        measure="cast(tiers > 0 as integer)",
        moment="resolved_at",
    ),
    _kpi(
        "hops",
        "Moves between groups",
        Unit.MEAN,
        """Of the incidents resolved in the period: how often each was moved from one group to another since it was opened,
        in the mean. The first assignment to a group is no move.""",
        population=RESOLVED,
        measure="hops",
        moment="resolved_at",
    ),
    _kpi(
        "first_contact_resolution",
        "Resolved at first contact",
        Unit.SHARE,
        """The share of incidents that needed one contact only, of those resolved in the period: never moved between groups,
        never reopened, and with at most one response up to the resolution. A response is a public comment by a known author
        other than the requester.""",
        population=RESOLVED,
        measure="cast(first_contact as integer)",
        moment="resolved_at",
        better="higher",
    ),
    _kpi(
        "major",
        "Major incidents",
        Unit.COUNT,
        """The number of major incidents that were at work in the period: opened before its end, and neither resolved nor
        canceled before its begin. The review of one is done when the record names it, and overdue when it does not so long
        after the resolution as the configuration says.""",
        population="major and touched",
        measure="1",
        moment="greatest(opened_at, getvariable('first'))",
        aggregate=Aggregate.COUNT,
    ),
)

BY_ID = {kpi.id: kpi for kpi in KPIS}
"""KPI by id."""
