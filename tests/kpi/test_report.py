"""The whole report: what stands in it agrees with itself, with its tickets and with what the store was told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import fmean, median

import orjson
import pytest
from isthmus.core.config.reporting import ReportConfig
from isthmus.core.errors import UserError
from isthmus.core.kpi.compute import compute
from isthmus.core.kpi.figures import Dimension, Figure, Report, Unit
from isthmus.core.kpi.periods import Period
from isthmus.core.kpi.tickets import tickets
from isthmus.core.store.store import Store
from isthmus.testing.generated_store import fill

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
PERIOD = Period.parse("2026-Q1", "Europe/Berlin")
SETTINGS = ReportConfig.model_validate(
    {
        "zone": "Europe/Berlin",
        "calendars": {"office": {"zone": "Europe/Berlin", "hours": {"mon-fri": ["09:00-17:30"]}, "holidays": "DE-BE"}},
        "targets": {"resolve": {1: "4h", 2: "8h"}, "first_response": {1: "15m"}},
        "tiers": {"Service Desk": "L1", "Network": "L2"},
        "connections": {"ops": {"calendar": "office"}},
    }
)


@pytest.fixture(scope="module")
def filled() -> Iterator[Store]:
    """A store with generated incidents of two years."""
    with Store(None) as store:
        fill(store, 2400, until=UNTIL)
        yield store


@pytest.fixture(scope="module")
def report(filled: Store) -> Report:
    return compute(filled, SETTINGS, PERIOD, UNTIL)


def of(report: Report, kpi: str, dimension: Dimension | None = None) -> list[Figure]:
    return [figure for figure in report.figures if (figure.kpi, figure.dimension) == (kpi, dimension)]


def test_every_kpi_has_its_figure_and_its_words(report):
    told = [info.id for info in report.kpis]
    assert [figure.kpi for figure in report.figures if figure.dimension is None] == told
    assert all(info.definition.endswith(".") for info in report.kpis)


def test_a_figure_is_made_of_its_tickets(filled, report):
    for info in report.kpis:
        (figure,) = of(report, info.id)
        behind = tickets(filled, info.id)
        weights = [each.value for each in behind]
        assert figure.count == len(behind)
        assert figure.tickets == tuple(behind[:5])
        if info.unit is Unit.COUNT:
            assert figure.value == len(behind)
        elif behind:
            assert figure.value == pytest.approx(fmean(weights))
        if info.unit is Unit.SECONDS:
            assert figure.median == pytest.approx(median(weights))


WAITING = {(kpi, Dimension.PERIOD) for kpi in ("sla_response", "sla_resolve", "backlog")}
"""What still waits belongs to no day, and what is open at the end of a day to each."""


def test_a_dimension_parts_the_incidents(filled, report):
    for info in report.kpis:
        (whole,) = of(report, info.id)
        for dimension in Dimension:
            parts = of(report, info.id, dimension)
            if (info.id, dimension) not in WAITING:
                assert sum(part.count for part in parts) == whole.count
            some = parts[len(parts) // 2]
            assert some.tickets == tuple(tickets(filled, info.id, dimension, some.value_of, limit=5))


def test_the_backlog_at_the_end_is_that_of_the_last_week(report):
    assert of(report, "backlog", Dimension.PERIOD)[-1].value == of(report, "backlog")[0].value


def test_the_period_before_stands_beside(filled, report):
    earlier = compute(filled, SETTINGS, PERIOD.before, UNTIL)
    for info in report.kpis:
        assert of(report, info.id)[0].before == of(earlier, info.id)[0].value
    assert of(report, "mttr", Dimension.PRIORITY)[0].before == of(earlier, "mttr", Dimension.PRIORITY)[0].value


def test_the_same_store_gives_the_same_bytes(filled, report):
    def told(found: Report) -> bytes:
        return orjson.dumps(found.model_dump(mode="json"))

    assert told(compute(filled, SETTINGS, PERIOD, UNTIL)) == told(report)
    with Store(None) as other:
        fill(other, 2400, until=UNTIL)
        assert told(compute(other, SETTINGS, PERIOD, UNTIL)) == told(report)


def test_how_values_are_spread(report):
    assert {kpi: sum(bar.count for bar in bars) for kpi, bars in report.distributions.items()} == {
        info.id: of(report, info.id)[0].count for info in report.kpis if info.unit is Unit.SECONDS
    }
    assert [bar.label for bar in report.distributions["mttr"]][:3] == ["under 15 min", "15 min to 1 h", "1 h to 4 h"]
    assert sum(bar.count for bar in report.ageing) == of(report, "backlog")[0].count
    assert report.ageing[-1].label == "90 d or more"
    assert sum(arrival.count for arrival in report.arrivals) == of(report, "volume")[0].count
    assert len(report.arrivals) == 7 * 24


def test_breaches_are_what_misses_a_target(filled, report):
    missed = {
        (each.connection, each.id)
        for kpi in ("sla_response", "sla_resolve")
        for each in tickets(filled, kpi)
        if each.value == 0
    }
    assert {(each.connection, each.id) for each in report.breaches} == missed
    late = [each.value for each in report.breaches if each.value is not None]
    assert late == sorted(late, reverse=True)
    assert min(late) > 0


def test_where_nothing_is_declared_the_tools_own_clock_counts(filled, report):
    found = {each.connection for each in tickets(filled, "sla_resolve", Dimension.PRIORITY, "4")}
    assert found == {"service"}  # the only tool of the generated store that states one


def test_differences_from_the_tools_own_figures_have_reasons(report):
    found = {(each.connection, each.source): each for each in report.agreement}
    minutes, elapsed = found["support", "full_resolution_time_in_minutes"], found["ops", "calendar_duration"]
    for each in found.values():
        assert each.compared == each.equal + sum(count for _, count in each.reasons)
        assert "unknown" not in dict(each.reasons)
        assert all(example.ticket.key for example in each.examples)
    assert dict(minutes.reasons).keys() <= {"the tool rounds to minutes", "the tool does not take pauses off"}
    assert "the tool counts by the wall clock, we by the business calendar" in dict(elapsed.reasons)


def test_the_settings_tell_the_days_off(report):
    assert report.settings["days_off"] == {"office": ["2026-01-01", "2026-03-08"]}
    assert (
        ReportConfig.model_validate({key: value for key, value in report.settings.items() if key != "days_off"}) == SETTINGS
    )


def test_the_tools_that_it_draws_on(report):
    assert [source.connection for source in report.sources] == ["desk", "helix", "ops", "plus", "service", "support"]
    assert all(source.complete and source.incidents == source.vendor_count == 400 for source in report.sources)
    assert report.quality == ()


def test_a_kpi_that_is_none_is_told(filled):
    with pytest.raises(UserError, match="unknown KPI 'mtr'; did you mean 'mttr'"):
        tickets(filled, "mtr")


def test_an_empty_store_has_a_report():
    with Store(None) as empty:
        report = compute(empty, SETTINGS, PERIOD, UNTIL)
    assert report.incidents == 0
    assert {figure.value for figure in report.figures} <= {0, None}


def test_what_is_odd_is_found():
    with Store(None) as store:
        fill(store, 60, until=UNTIL)
        odd = Odd(store)
        odd.make("resolved_before_opened", "set resolved_at = opened_at - interval 1 day", events="delete")
        odd.make("resolved_unknown", "set resolved_at = null, closed_at = null, updated_at = null", events="delete")
        odd.make("no_priority", "set priority = null")
        odd.make("no_group", "set team = null")
        odd.make("unassigned", "set assignee = null")
        odd.make("future", "set resolved_at = learned_at + interval 1 hour")
        odd.make("no_opening", "set opened_at = null")
        odd.make("deleted", "set deleted = true")
        odd.make("closed_unresolved", "set resolved_at = null", events="closed")
        odd.make("copies", "set marker = 'x'")
        store.sql.execute(
            f"insert into bonds select connection, incident, learned_at, 'infinity', 'b', false from incidents where {odd.of['copies']}"
        )
        store.sql.execute(
            """update collections set outcome = 'red', problems = '{"7": "broken"}', missing = '["8"]' where connection = 'ops'"""
        )
        report = compute(store, SETTINGS, Period.parse("2024-07-01..2026-06-30", "UTC"), UNTIL)
    found = {finding.id: finding for finding in report.quality}
    for name, incident in odd.incidents.items():
        assert (name, incident) in [(each.id, ticket.id) for each in report.quality for ticket in each.tickets]
    assert found["no_timeline"].count >= 1
    assert (found["broken"].connection, found["broken"].tickets[0].id) == ("ops", "7")
    assert (found["incomplete"].connection, found["incomplete"].count) == ("ops", 1)
    assert [source.connection for source in report.sources if not source.complete] == ["ops"]


class Odd:
    """Makes one closed incident odd for each kind of finding."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.incidents: dict[str, str] = {}
        self.of: dict[str, str] = {}
        found = store.sql.execute("select incident from incidents where status = 'closed' order by incident").fetchall()
        self._free = [incident for (incident,) in found]

    def make(self, name: str, change: str, events: str | None = None) -> None:
        incident = self.incidents[name] = self._free.pop()
        here = self.of[name] = f"incident = '{incident}'"
        self.store.sql.execute(f"update incidents {change} where {here}")
        if events == "delete":
            self.store.sql.execute(f"delete from events where {here}")
        elif events == "closed":
            self.store.sql.execute(
                f"delete from events where {here} and field = 'status' and after in ('resolved', 'pending')"
            )


def test_the_review_of_a_major_incident_is_done_due_or_overdue():
    with Store(None) as store:
        fill(store, 60, until=UNTIL)
        store.sql.execute(
            "update incidents set major = incident in ('1', '2', '3'), status = 'resolved', opened_at = '2026-02-01'"
        )
        store.sql.execute(
            "update incidents set resolved_at = if(incident = '3', timestamp '2026-03-30', '2026-02-02'), closed_at = null"
        )
        store.sql.execute("update incidents set review_url = 'https://wiki.example.com/1' where incident = '1'")
        store.sql.execute("delete from events")
        report = compute(store, SETTINGS, PERIOD, UNTIL)
    assert {each.ticket.id: each.review for each in report.majors} == {"1": "done", "2": "overdue", "3": "due"}
    assert of(report, "major")[0].value == 3
    assert all(each.seconds is not None for each in report.majors)


def test_a_report_before_its_period_is_over_tells_the_days_that_have_been(filled):
    as_of = PERIOD.first + timedelta(days=10)
    with Store(None) as store:
        fill(store, 60, until=as_of)
        report = compute(store, SETTINGS, PERIOD, as_of)
    assert [figure.value_of for figure in of(report, "volume", Dimension.PERIOD)] == ["2026-01-01", "2026-01-05"]
